package com.wutongli.rendition;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A whole HPROF of HotSpot in memory: enough to render the same heap as a J9 dump. */
final class Hprof {
    static final class Klass {
        long id;
        long superId;
        long loader;
        String name;
        final List<String> fieldNames = new ArrayList<>();
        final List<Integer> fieldTypes = new ArrayList<>();
        final List<Long> staticRefs = new ArrayList<>();
    }

    static final class Thing {
        long id;
        long klass;
        long[] refs = {};
        byte[] data;
        int primitive;
        long length = -1;
    }

    static final class JavaThread {
        long object;
        int trace;
        String name;
        final List<String> frames = new ArrayList<>();
    }

    final Map<Long, Klass> classes = new HashMap<>();
    final TreeMap<Long, Thing> things = new TreeMap<>();
    final List<JavaThread> threads = new ArrayList<>();
    long millis;

    private final Map<Long, String> strings = new HashMap<>();
    private final Map<Long, String> names = new HashMap<>();
    private final Map<Integer, String> bySerial = new HashMap<>();
    private final Map<Long, String> frames = new HashMap<>();
    private final Map<Integer, long[]> traces = new HashMap<>();
    private DataInputStream in;

    static Hprof read(String file) throws IOException {
        Hprof dump = new Hprof();
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(new FileInputStream(file), 1 << 20))) {
            dump.in = in;
            dump.readAll();
        }
        dump.finish();
        return dump;
    }

    private void readAll() throws IOException {
        while (in.readByte() != 0) {
            // version text
        }
        if (in.readInt() != 8) {
            throw new IOException("only 8-byte identifiers");
        }
        millis = in.readLong();
        while (true) {
            int tag;
            try {
                tag = in.readUnsignedByte();
            } catch (EOFException end) {
                return;
            }
            in.readInt();
            long length = Integer.toUnsignedLong(in.readInt());
            switch (tag) {
                case 0x01 -> strings.put(in.readLong(), new String(in.readNBytes((int) length - 8), StandardCharsets.UTF_8));
                case 0x02 -> loadClass();
                case 0x04 -> stackFrame();
                case 0x05 -> stackTrace();
                case 0x0C, 0x1C -> heap(length);
                default -> in.skipNBytes(length);
            }
        }
    }

    private void loadClass() throws IOException {
        int serial = in.readInt();
        long id = in.readLong();
        in.readInt();
        String name = strings.get(in.readLong());
        names.put(id, name);
        bySerial.put(serial, name);
    }

    private void stackFrame() throws IOException {
        long id = in.readLong();
        String method = strings.get(in.readLong());
        in.readLong();
        String source = strings.get(in.readLong());
        String klass = bySerial.get(in.readInt());
        int line = in.readInt();
        String place = line == -3 ? "Native Method" : line > 0 ? source + ":" + line : source;
        frames.put(id, klass + "." + method + "(" + place + ")");
    }

    private void stackTrace() throws IOException {
        int serial = in.readInt();
        in.readInt();
        long[] ids = new long[in.readInt()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = in.readLong();
        }
        traces.put(serial, ids);
    }

    private void heap(long length) throws IOException {
        long left = length;
        while (left > 0) {
            int sub = in.readUnsignedByte();
            left -= 1 + switch (sub) {
                case 0xFF, 0x05, 0x07 -> skip(8);
                case 0x01 -> skip(16);
                case 0x02, 0x03 -> skip(16);
                case 0x04, 0x06 -> skip(12);
                case 0x08 -> threadRoot();
                case 0x20 -> classDump();
                case 0x21 -> instance();
                case 0x22 -> objectArray();
                case 0x23 -> primitiveArray();
                default -> throw new IOException("sub-record " + sub);
            };
        }
    }

    private long skip(int n) throws IOException {
        in.skipNBytes(n);
        return n;
    }

    private long threadRoot() throws IOException {
        JavaThread thread = new JavaThread();
        thread.object = in.readLong();
        in.readInt();
        thread.trace = in.readInt();
        threads.add(thread);
        return 16;
    }

    static int width(int type) {
        return switch (type) {
            case 2, 7, 11 -> 8;
            case 4, 8 -> 1;
            case 5, 9 -> 2;
            default -> 4;
        };
    }

    private long classDump() throws IOException {
        Klass k = new Klass();
        k.id = in.readLong();
        in.readInt();
        k.superId = in.readLong();
        k.loader = in.readLong();
        in.skipNBytes(32);
        in.readInt();
        long read = 8 + 4 + 16 + 32 + 4 + 2;
        in.readUnsignedShort();
        int statics = in.readUnsignedShort();
        read += 2;
        for (int i = 0; i < statics; i++) {
            in.readLong();
            int type = in.readUnsignedByte();
            if (type == 2) {
                k.staticRefs.add(in.readLong());
            } else {
                in.skipNBytes(width(type));
            }
            read += 9 + width(type);
        }
        int fields = in.readUnsignedShort();
        read += 2 + fields * 9L;
        for (int i = 0; i < fields; i++) {
            k.fieldNames.add(strings.get(in.readLong()));
            k.fieldTypes.add(in.readUnsignedByte());
        }
        classes.put(k.id, k);
        return read;
    }

    private long instance() throws IOException {
        Thing t = new Thing();
        t.id = in.readLong();
        in.readInt();
        t.klass = in.readLong();
        int n = in.readInt();
        t.data = in.readNBytes(n);
        things.put(t.id, t);
        return 24 + n;
    }

    private long objectArray() throws IOException {
        Thing t = new Thing();
        t.id = in.readLong();
        in.readInt();
        t.length = in.readInt();
        t.klass = in.readLong();
        t.refs = new long[(int) t.length];
        for (int i = 0; i < t.length; i++) {
            t.refs[i] = in.readLong();
        }
        things.put(t.id, t);
        return 24 + 8 * t.length;
    }

    private long primitiveArray() throws IOException {
        Thing t = new Thing();
        t.id = in.readLong();
        in.readInt();
        t.length = in.readInt();
        t.primitive = in.readUnsignedByte();
        t.data = in.readNBytes((int) t.length * width(t.primitive));
        things.put(t.id, t);
        return 17 + t.data.length;
    }

    /** Resolves names and references once every class is known. */
    private void finish() {
        classes.values().forEach(k -> k.name = names.getOrDefault(k.id, "unknown"));
        for (Thing t : things.values()) {
            if (t.data != null && t.primitive == 0) {
                List<Long> refs = new ArrayList<>();
                walk(t, (name, type, at) -> {
                    if (type == 2) {
                        refs.add(word(t.data, at, 8));
                    }
                });
                t.refs = refs.stream().mapToLong(Long::longValue).toArray();
            }
        }
        for (JavaThread thread : threads) {
            thread.name = text(field(things.get(thread.object), "name"));
            for (long frame : traces.getOrDefault(thread.trace, new long[0])) {
                thread.frames.add(frames.get(frame));
            }
        }
    }

    private interface Field {
        void at(String name, int type, int offset);
    }

    private void walk(Thing t, Field visit) {
        int at = 0;
        for (Klass k = classes.get(t.klass); k != null; k = classes.get(k.superId)) {
            for (int i = 0; i < k.fieldTypes.size(); i++) {
                visit.at(k.fieldNames.get(i), k.fieldTypes.get(i), at);
                at += width(k.fieldTypes.get(i));
            }
        }
    }

    static long word(byte[] data, int at, int width) {
        long value = 0;
        for (int i = 0; i < width; i++) {
            value = value << 8 | (data[at + i] & 0xFF);
        }
        return value;
    }

    /** The value of a field, looked up from the object's own class upwards. */
    long field(Thing t, String wanted) {
        long[] found = {0};
        if (t != null) {
            walk(t, (name, type, at) -> {
                if (name.equals(wanted)) {
                    found[0] = word(t.data, at, width(type));
                }
            });
        }
        return found[0];
    }

    private String text(long string) {
        Thing s = things.get(string);
        Thing value = s == null ? null : things.get(field(s, "value"));
        if (value == null) {
            return "";
        }
        return new String(value.data, field(s, "coder") == 0 ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_16LE);
    }

    /** Bytes of one instance in a J9 with compressed references: 8 of header, 4 a reference, padded to 8. */
    int j9Size(Klass klass) {
        int size = 8;
        for (Klass k = klass; k != null; k = classes.get(k.superId)) {
            for (int type : k.fieldTypes) {
                size += type == 2 ? 4 : width(type);
            }
        }
        return (size + 7) & ~7;
    }

    /** The same for an array. */
    long j9ArraySize(Thing t) {
        long element = t.primitive == 0 ? 4 : width(t.primitive);
        return (8 + t.length * element + 7) & ~7L;
    }
}
