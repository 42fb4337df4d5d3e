package com.wutongli.rendition;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Writes a heap as a portable heap dump, version 6, 64-bit, J9 (flags 5): every record form of a current J9. */
final class Phd {
    private static final int[] ELEMENT = {-1, -1, -1, -1, 0, 1, 2, 3, 4, 5, 6, 7};
    private final DataOutputStream out;
    private final Hprof heap;
    private final long[] cache = new long[4];
    private int slot;
    private long last;

    private Phd(DataOutputStream out, Hprof heap) {
        this.out = out;
        this.heap = heap;
    }

    static void write(Hprof heap, String vm, String file) throws IOException {
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(new GZIPOutputStream(new FileOutputStream(file))))) {
            new Phd(out, heap).all(vm);
        }
    }

    private void all(String vm) throws IOException {
        out.writeUTF("portable heap dump");
        out.writeInt(6);
        out.writeInt(5);
        out.writeByte(1);
        out.writeByte(4);
        out.writeUTF(vm);
        out.writeByte(2);
        out.writeByte(2);
        for (Hprof.Thing t : heap.things.values()) {
            if (t.primitive != 0) {
                primitiveArray(t);
            } else if (t.length >= 0) {
                objectArray(t);
            } else {
                object(t);
            }
        }
        List<Hprof.Klass> classes = new ArrayList<>(heap.classes.values());
        classes.sort(Comparator.comparingLong(k -> k.id));
        for (Hprof.Klass k : classes) {
            klass(k);
        }
        out.writeByte(3);
    }

    private long gap(long address) {
        long gap = (address - last) >> 2;
        last = address;
        return gap;
    }

    /** 0…3 for 1, 2, 4, 8 bytes. */
    private static int code(long value) {
        return value == (byte) value ? 0 : value == (short) value ? 1 : value == (int) value ? 2 : 3;
    }

    private static int code(long[] values) {
        int code = 0;
        for (long value : values) {
            code = Math.max(code, code(value));
        }
        return code;
    }

    private void number(long value, int code) throws IOException {
        switch (code) {
            case 0 -> out.writeByte((int) value);
            case 1 -> out.writeShort((int) value);
            case 2 -> out.writeInt((int) value);
            default -> out.writeLong(value);
        }
    }

    /** Gaps of the references that are not null, seen from the object itself. */
    private static long[] gaps(long self, long[] refs) {
        long[] gaps = new long[refs.length];
        int n = 0;
        for (long ref : refs) {
            if (ref != 0) {
                gaps[n++] = (ref - self) >> 2;
            }
        }
        return java.util.Arrays.copyOf(gaps, n);
    }

    private void object(Hprof.Thing t) throws IOException {
        long[] refs = gaps(t.id, t.refs);
        int width = code(refs);
        long gap = gap(t.id);
        int cached = -1;
        for (int i = 0; i < 4; i++) {
            cached = cache[i] == t.klass ? i : cached;
        }
        if (cached >= 0 && refs.length <= 3 && code(gap) <= 1) {
            out.writeByte(0x80 | cached << 5 | refs.length << 3 | code(gap) << 2 | width);
            number(gap, code(gap));
        } else {
            if (refs.length <= 7 && code(gap) <= 1) {
                out.writeByte(0x40 | refs.length << 3 | code(gap) << 2 | width);
                number(gap, code(gap));
                out.writeLong(t.klass);
            } else {
                out.writeByte(0x04);
                out.writeByte(code(gap) << 6 | width << 4);
                number(gap, code(gap));
                out.writeLong(t.klass);
                out.writeInt(refs.length);
            }
            cache[slot] = t.klass;
            slot = (slot + 1) & 3;
        }
        for (long ref : refs) {
            number(ref, width);
        }
    }

    private void objectArray(Hprof.Thing t) throws IOException {
        long[] refs = gaps(t.id, t.refs);
        int width = code(refs);
        long gap = gap(t.id);
        out.writeByte(0x08);
        out.writeByte(code(gap) << 6 | width << 4);
        number(gap, code(gap));
        out.writeLong(t.klass);
        out.writeInt(refs.length);
        for (long ref : refs) {
            number(ref, width);
        }
        out.writeInt((int) t.length);
        out.writeInt((int) (heap.j9ArraySize(t) / 4));
    }

    private void primitiveArray(Hprof.Thing t) throws IOException {
        long gap = gap(t.id);
        int width = code(gap);
        while (width < 3 && t.length >= 1L << (8 << width)) {
            width++;
        }
        out.writeByte(0x20 | ELEMENT[t.primitive] << 2 | width);
        number(gap, width);
        number(t.length, width);
        out.writeInt((int) (heap.j9ArraySize(t) / 4));
    }

    private void klass(Hprof.Klass k) throws IOException {
        long[] all = new long[k.staticRefs.size() + 2];
        all[0] = k.loader;
        all[1] = k.superId;
        for (int i = 0; i < k.staticRefs.size(); i++) {
            all[i + 2] = k.staticRefs.get(i);
        }
        long[] refs = gaps(k.id, all);
        int width = code(refs);
        long gap = gap(k.id);
        out.writeByte(0x06);
        out.writeByte(code(gap) << 6 | width << 4);
        number(gap, code(gap));
        out.writeInt(heap.j9Size(k));
        out.writeLong(k.superId);
        out.writeUTF(k.name);
        out.writeInt(refs.length);
        for (long ref : refs) {
            number(ref, width);
        }
    }
}
