package com.wutongli.platform;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Tells when a request has been running for long, once a request. */
public final class HangWatch extends Thread {
    private static final Log LOG = Log.of(HangWatch.class);
    private final Map<Thread, Long> running = new ConcurrentHashMap<>();
    private final Map<Thread, Long> told = new ConcurrentHashMap<>();
    private final long limitMs;
    private final boolean webSphere;

    public HangWatch(long limitMs, boolean webSphere) {
        super("hang-watch");
        this.limitMs = limitMs;
        this.webSphere = webSphere;
        setDaemon(true);
    }

    public void begin() {
        running.put(Thread.currentThread(), System.currentTimeMillis());
    }

    public void end() {
        running.remove(Thread.currentThread());
    }

    @Override
    public void run() {
        while (true) {
            try {
                Thread.sleep(5000);
                look();
            } catch (InterruptedException stop) {
                return;
            } catch (OutOfMemoryError full) {
                // The next round may find room again.
            }
        }
    }

    private void look() {
        long now = System.currentTimeMillis();
        running.forEach((thread, since) -> {
            if (now - since < limitMs || since.equals(told.put(thread, since))) {
                return;
            }
            long hung = running.values().stream().filter(s -> now - s >= limitMs).count();
            if (webSphere) {
                LOG.warn(String.format("WSVR0605W: Thread \"%s\" (%08x) has been active for %d milliseconds and may be hung.  "
                        + "There is/are %d thread(s) in total in the server that may be hung.",
                        thread.getName(), thread.getId(), now - since, hung));
            } else {
                LOG.warn("线程 " + thread.getName() + " 处理同一请求已 " + (now - since) / 1000 + " 秒未返回,当前未返回的线程共 " + hung + " 个");
            }
        });
    }
}
