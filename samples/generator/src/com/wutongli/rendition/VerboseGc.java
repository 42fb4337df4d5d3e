package com.wutongli.rendition;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tells the pauses of a unified GC log again as a J9 verbose:gc log of policy gencon: same moments, sizes and durations. */
final class VerboseGc {
    private static final Pattern PAUSE = Pattern.compile(
            "^\\[(\\S{23})[^\\]]*\\].*GC\\(\\d+\\) Pause (Young|Full).* (\\d+)M->(\\d+)M\\((\\d+)M\\) ([0-9.]+)ms$");

    private VerboseGc() {
    }

    static void write(Path unified, long heapMax, String file) throws IOException {
        List<String> lines = Files.readAllLines(unified);
        int id = 1;
        try (PrintWriter out = new PrintWriter(file, StandardCharsets.UTF_8)) {
            out.println("<?xml version=\"1.0\" ?>\n\n<verbosegc xmlns=\"http://www.ibm.com/j9/verbosegc\" version=\"a6b8c22_CMPRSS\">\n");
            out.println("<initialized id=\"" + id++ + "\" timestamp=\"" + lines.get(0).substring(1, 24) + "\">");
            out.println("  <attribute name=\"gcPolicy\" value=\"-Xgcpolicy:gencon\" />");
            out.println("  <attribute name=\"maxHeapSize\" value=\"0x" + Long.toHexString(heapMax) + "\" />");
            out.println("  <attribute name=\"gcthreads\" value=\"8\" />\n</initialized>\n");
            for (String line : lines) {
                Matcher m = PAUSE.matcher(line);
                if (m.matches()) {
                    id = pause(out, id, m);
                }
            }
        }
    }

    private static int pause(PrintWriter out, int first, Matcher m) {
        String end = m.group(1);
        boolean full = m.group(2).equals("Full");
        String type = full ? "global" : "scavenge";
        long total = Long.parseLong(m.group(5)) << 20;
        int id = first;
        out.printf("<exclusive-start id=\"%d\" timestamp=\"%s\" intervalms=\"0.000\">%n  <response-info timems=\"0.020\" idlems=\"0.020\" "
                + "threads=\"0\" lastid=\"0000000030004000\" lastname=\"WebContainer : 0\" />%n</exclusive-start>%n", id++, end);
        out.printf("<af-start id=\"%d\" threadId=\"0000000030004000\" totalBytesRequested=\"24\" timestamp=\"%s\" intervalms=\"0.000\" type=\"%s\" />%n",
                id++, end, full ? "tenure" : "nursery");
        int cycle = id;
        out.printf("<cycle-start id=\"%d\" type=\"%s\" contextid=\"0\" timestamp=\"%s\" intervalms=\"0.000\" />%n", id++, type, end);
        out.printf("<gc-start id=\"%d\" type=\"%s\" contextid=\"%d\" timestamp=\"%s\">%n", id++, type, cycle, end);
        id = memory(out, id, total - (Long.parseLong(m.group(3)) << 20), total);
        out.println("</gc-start>");
        out.printf("<gc-end id=\"%d\" type=\"%s\" contextid=\"%d\" durationms=\"%s\" timestamp=\"%s\" activeThreads=\"8\">%n", id++, type, cycle, m.group(6), end);
        id = memory(out, id, total - (Long.parseLong(m.group(4)) << 20), total);
        out.println("</gc-end>");
        out.printf("<cycle-end id=\"%d\" type=\"%s\" contextid=\"%d\" timestamp=\"%s\" />%n", id++, type, cycle, end);
        out.printf("<af-end id=\"%d\" timestamp=\"%s\" threadId=\"0000000030004000\" success=\"true\" />%n", id++, end);
        out.printf("<exclusive-end id=\"%d\" timestamp=\"%s\" durationms=\"%s\" />%n%n", id++, end, m.group(6));
        return id;
    }

    private static int memory(PrintWriter out, int id, long free, long total) {
        out.printf("  <mem-info id=\"%d\" free=\"%d\" total=\"%d\" percent=\"%d\">%n", id, free, total, free * 100 / total);
        out.printf("    <mem type=\"tenure\" free=\"%d\" total=\"%d\" percent=\"%d\" />%n  </mem-info>%n", free, total, free * 100 / total);
        return id + 1;
    }
}
