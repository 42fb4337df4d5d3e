package com.wutongli.rendition;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes a javacore of the moment of the heap dump: its threads and stacks, its class loaders, the failing thread on top. */
final class Javacore {
    private static final ZoneId ZONE = ZoneId.of("Asia/Shanghai");
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyy/MM/dd 'at' HH:mm:ss:SSS");

    private final Hprof heap;
    private final PrintWriter out;
    private final int pid;
    private final long started;
    private final long heapMax;

    private Javacore(Hprof heap, PrintWriter out, int pid, long started, long heapMax) {
        this.heap = heap;
        this.out = out;
        this.pid = pid;
        this.started = started;
        this.heapMax = heapMax;
    }

    static void write(Hprof heap, int pid, long started, long heapMax, String vm, String file) throws IOException {
        try (PrintWriter out = new PrintWriter(file, StandardCharsets.UTF_8)) {
            new Javacore(heap, out, pid, started, heapMax).all(vm, file.substring(file.lastIndexOf('/') + 1));
        }
    }

    private void section(String name) {
        out.println("NULL           ------------------------------------------------------------------------");
        out.println("0SECTION       " + name + " subcomponent dump routine");
        out.println("NULL           " + "=".repeat(name.length() + 25));
    }

    private static String at(long millis) {
        return DATE.format(ZonedDateTime.ofInstant(Instant.ofEpochMilli(millis), ZONE));
    }

    private void all(String vm, String name) {
        section("TITLE");
        out.println("1TICHARSET     UTF-8");
        out.println("1TISIGINFO     Dump Event \"systhrow\" (00040000) Detail \"java/lang/OutOfMemoryError\" \"Java heap space\" received ");
        out.println("1TIDATETIME    Date: " + at(heap.millis + 180));
        out.println("1TINANOTIME    System nanotime: " + (heap.millis - started) * 1_000_000L);
        out.println("1TIFILENAME    Javacore filename:    /usr/IBM/WebSphere/AppServer/profiles/PharmSrv01/" + name);
        out.println("1TIREQFLAGS    Request Flags: 0x81 (exclusive+preempt)");
        out.println("1TIPREPSTATE   Prep State: 0x104 (exclusive_vm_access+trace_disabled)");
        section("GPINFO");
        out.println("2XHOSLEVEL     OS Level         : AIX 7.2");
        out.println("2XHCPUS        Processors -");
        out.println("3XHCPUARCH       Architecture   : ppc64");
        out.println("3XHNUMCPUS       How Many       : 8");
        out.println("1XHERROR2      Register dump section only produced for SIGSEGV, SIGILL or SIGFPE.");
        section("ENVINFO");
        out.println("1CIJAVAVERSION " + vm);
        out.println("1CIRUNNINGAS   Running as a standalone JVM");
        out.println("1CISTARTTIME   JVM start time: " + at(started));
        out.println("1CIPROCESSID   Process ID: " + pid + " (0x" + Integer.toHexString(pid).toUpperCase() + ")");
        out.println("1CICMDLINE     /usr/IBM/WebSphere/AppServer/java/8.0/bin/java -Xgcpolicy:gencon -Xmx" + heapMax / 1048576
                + "m com.ibm.ws.bootstrap.WSLauncher com.ibm.ws.runtime.WsServer config WutongCell PharmNode01 PharmSrv01");
        out.println("1CIUSERARGS    UserArgs:");
        out.println("2CIUSERARG               -Xgcpolicy:gencon");
        out.println("2CIUSERARG               -Xmx" + heapMax / 1048576 + "m");
        section("MEMINFO");
        long used = 0;
        for (Hprof.Thing t : heap.things.values()) {
            used += t.length >= 0 ? heap.j9ArraySize(t) : heap.j9Size(heap.classes.get(t.klass));
        }
        used = Math.min(used, heapMax - 4096);
        out.println("1STHEAPTYPE    Object Memory");
        out.printf("1STHEAPTOTAL   Total memory:         %20d (0x%016X)%n", heapMax, heapMax);
        out.printf("1STHEAPINUSE   Total memory in use:  %20d (0x%016X)%n", used, used);
        out.printf("1STHEAPFREE    Total memory free:    %20d (0x%016X)%n", heapMax - used, heapMax - used);
        section("LOCKS");
        out.println("1LKPOOLINFO    Monitor pool info:");
        out.println("2LKPOOLTOTAL     Current total number of monitors: 0");
        out.println("1LKMONPOOLDUMP Monitor Pool Dump (flat & inflated object-monitors):");
        threads();
        classes();
        section("Javadump End");
        out.println("NULL           ---------------------- END OF DUMP -------------------------------------");
    }

    private void threads() {
        section("THREADS");
        out.println("1XMPOOLINFO    JVM Thread pool info:");
        out.println("2XMPOOLTOTAL       Current total number of pooled threads: " + heap.threads.size());
        out.println("2XMPOOLLIVE        Current total number of live threads: " + heap.threads.size());
        List<Hprof.JavaThread> order = new ArrayList<>(heap.threads);
        Hprof.JavaThread failing = order.stream().filter(Javacore::failed).findFirst().orElse(null);
        if (failing != null) {
            out.println("1XMCURTHDINFO  Current thread");
            thread(failing, 0);
            order.remove(failing);
        }
        out.println("1XMTHDINFO     Thread Details");
        int n = 1;
        for (Hprof.JavaThread thread : order) {
            thread(thread, n++);
        }
    }

    /** HotSpot marks the failing thread by a made-up constructor frame on top. */
    private static boolean failed(Hprof.JavaThread thread) {
        return !thread.frames.isEmpty() && thread.frames.get(0).startsWith("java/lang/OutOfMemoryError.<init>");
    }

    private static String state(Hprof.JavaThread thread) {
        String top = thread.frames.isEmpty() ? "" : thread.frames.get(0);
        if (top.contains("Unsafe.park")) {
            return "P";
        }
        return top.contains("Object.wait") || top.contains("Thread.sleep") || top.contains("waitForReference") ? "CW" : "R";
    }

    private void thread(Hprof.JavaThread thread, int n) {
        long vmThread = 0x30004000L + n * 0x900L;
        String state = state(thread);
        long tid = heap.field(heap.things.get(thread.object), "tid");
        out.printf("3XMTHREADINFO      \"%s\" J9VMThread:0x%016X, omrthread_t:0x%016X, java/lang/Thread:0x%016X, state:%s, prio=5%n",
                thread.name, vmThread, 0x10020000L + n * 0x480L, thread.object, state);
        out.printf("3XMJAVALTHREAD            (java/lang/Thread getId:0x%X, isDaemon:%s)%n", tid, !thread.name.equals("main"));
        out.printf("3XMTHREADINFO1            (native thread ID:0x%X, native priority:0x5, native policy:UNKNOWN, vmstate:%s, vm thread flags:0x00000020)%n",
                0x1B000 + n * 2, state);
        if (thread.frames.isEmpty()) {
            out.println("3XMTHREADINFO3           No Java callstack associated with this thread");
        } else {
            out.println("3XMTHREADINFO3           Java callstack:");
            for (String frame : thread.frames.subList(failed(thread) ? 1 : 0, thread.frames.size())) {
                out.println("4XESTACKTRACE                at " + frame.replace("(null)", "(Unknown Source)"));
            }
        }
        out.println("NULL");
    }

    private void classes() {
        section("CLASSES");
        out.println("1CLTEXTCLLOS   \tClassloader summaries");
        out.println("1CLTEXTCLLSS   \t\t12345678: 1=primordial,2=extension,3=shareable,4=middleware,5=system,6=trusted,7=application,8=delegating");
        Map<Long, Integer> loaded = new TreeMap<>();
        heap.classes.values().forEach(k -> loaded.merge(k.loader, 1, Integer::sum));
        loaded.forEach((loader, count) -> {
            Hprof.Thing object = heap.things.get(loader);
            String name = object == null ? "*System*" : heap.classes.get(object.klass).name;
            out.printf("2CLTEXTCLLOADER\t\t%s Loader %s(0x%016X)%n", object == null ? "p---st--" : "-----ta-", name, loader);
            out.println("3CLNMBRLOADEDLIB\t\tNumber of loaded libraries 0");
            out.println("3CLNMBRLOADEDCL\t\t\tNumber of loaded classes " + count);
        });
    }
}
