package com.wutongli.window;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The dispensing windows: sends requests to the server until the time is over.
 *
 * <p>{@code Windows PORT SECONDS PAUSE_MS quiet|leak|deadlock|export}
 */
public final class Windows {
    private static final AtomicInteger NUMBER = new AtomicInteger(41_000_000);

    private Windows() {
    }

    public static void main(String[] args) throws InterruptedException {
        int port = Integer.parseInt(args[0]);
        long end = System.currentTimeMillis() + Integer.parseInt(args[1]) * 1000L;
        int pause = Integer.parseInt(args[2]);
        String mode = args[3];
        for (int window = 1; window <= 12; window++) {
            int mine = window;
            Thread thread = new Thread(() -> work(port, end, pause, mine, mode), "window-" + window);
            thread.setDaemon(true);
            thread.start();
        }
        if (mode.equals("export")) {
            Thread.sleep(20_000);
            Thread clerk = new Thread(() -> post(port, "10.60.14.7", "/month?month=202610&rows=900000", 120_000), "clerk");
            clerk.setDaemon(true);
            clerk.start();
        }
        Thread.sleep(Math.max(0, end - System.currentTimeMillis()));
    }

    private static void work(int port, long end, int pause, int window, String mode) {
        Random random = new Random(window);
        long stocktaking = System.currentTimeMillis() + 45_000; // of the deadlock sample: windows 1 to 4 level out their shelves
        String address = "10.60.12." + (10 + window);
        while (System.currentTimeMillis() < end) {
            boolean levels = mode.equals("deadlock") && window <= 4 && System.currentTimeMillis() > stocktaking;
            boolean moves = !mode.equals("leak") && !mode.equals("export") && random.nextInt(levels ? 4 : 60) == 0;
            if (moves) {
                int range = levels ? 4 : 12;
                int other = 1 + (window + random.nextInt(range - 1)) % range;
                post(port, address, "/transfer?from=" + window + "&to=" + other + "&count=" + (1 + random.nextInt(40)), 10_000);
            } else {
                String rx = random.nextInt(400) == 0 ? "R" + NUMBER.incrementAndGet() : "RX26" + NUMBER.incrementAndGet();
                post(port, address, "/dispense?window=" + window + "&rx=" + rx, 10_000);
            }
            try {
                Thread.sleep(pause / 2 + random.nextInt(pause));
            } catch (InterruptedException stop) {
                return;
            }
        }
    }

    private static void post(int port, String address, String path, int timeout) {
        try {
            HttpURLConnection call = (HttpURLConnection) URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
            call.setRequestMethod("POST");
            call.setRequestProperty("X-Window-Address", address);
            call.setReadTimeout(timeout);
            call.setConnectTimeout(timeout);
            call.getResponseCode();
            call.disconnect();
        } catch (IOException late) {
            // A real window shows its clerk an error and goes on.
        }
    }
}
