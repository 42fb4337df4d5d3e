package com.wutongli.rendition;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/**
 * Renders a recorded HotSpot run as a J9 on AIX would have left it: PHD, javacore and verbose:gc.
 *
 * <p>{@code J9Rendition DUMP.hprof GC.log PID HEAP_BYTES OUT_DIR}
 */
public final class J9Rendition {
    private static final String VM = "JRE 1.8.0 AIX ppc64-64 (build 8.0.8.6 - pap6480sr8fp6-20230601_01(SR8 FP6))";

    private J9Rendition() {
    }

    public static void main(String[] args) throws IOException {
        Hprof heap = Hprof.read(args[0]);
        int pid = Integer.parseInt(args[2]);
        long heapMax = Long.parseLong(args[3]);
        String dir = args[4];
        Path gc = Path.of(args[1]);
        long started = OffsetDateTime.parse(Files.readAllLines(gc).get(0).substring(1, 29),
                DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSZ")).toInstant().toEpochMilli();
        String stamp = DateTimeFormatter.ofPattern("yyyyMMdd.HHmmss").format(Instant.ofEpochMilli(heap.millis).atZone(ZoneId.of("Asia/Shanghai")));
        Phd.write(heap, VM, dir + "/heapdump." + stamp + "." + pid + ".0001.phd.gz");
        Javacore.write(heap, pid, started, heapMax, VM, dir + "/javacore." + stamp + "." + pid + ".0002.txt");
        VerboseGc.write(gc, heapMax, dir + "/native_stderr.log");
        System.out.println(heap.things.size() + " objects, " + heap.classes.size() + " classes, " + heap.threads.size() + " threads");
    }
}
