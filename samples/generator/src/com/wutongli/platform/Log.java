package com.wutongli.platform;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The server's log file, in the layout of logback or of WebSphere's SystemOut.log. */
public final class Log {
    private static final DateTimeFormatter LOGBACK = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS", Locale.ROOT);
    private static final DateTimeFormatter WEBSPHERE = DateTimeFormatter.ofPattern("M/d/yy HH:mm:ss:SSS", Locale.ROOT);
    private static PrintWriter out;
    private static boolean webSphere;

    private final String logger;

    private Log(String logger) {
        this.logger = logger;
    }

    public static Log of(Class<?> owner) {
        return new Log(owner.getName());
    }

    public static void open(String file, boolean asWebSphere) throws IOException {
        out = new PrintWriter(new OutputStreamWriter(new FileOutputStream(file), StandardCharsets.UTF_8), false);
        webSphere = asWebSphere;
    }

    public void info(String message) {
        write("INFO", "I", message, null);
    }

    public void warn(String message) {
        write("WARN", "W", message, null);
    }

    public void error(String message, Throwable cause) {
        write("ERROR", "E", message, cause);
    }

    private void write(String level, String letter, String message, Throwable cause) {
        ZonedDateTime now = ZonedDateTime.now();
        String thread = Thread.currentThread().getName();
        StringBuilder line = new StringBuilder(160);
        if (webSphere) {
            String shortName = logger.substring(logger.lastIndexOf('.') + 1);
            shortName = shortName.length() > 13 ? shortName.substring(0, 13) : shortName;
            line.append('[').append(WEBSPHERE.format(now)).append(" CST] ")
                    .append(String.format("%08x %-13s %s   ", Thread.currentThread().getId(), shortName, letter));
        } else {
            line.append(LOGBACK.format(now)).append(" [").append(thread).append("] ")
                    .append(String.format("%-5s ", level)).append(abbreviate(logger)).append(" - ");
        }
        line.append(message);
        if (cause != null) {
            StringWriter trace = new StringWriter();
            cause.printStackTrace(new PrintWriter(trace));
            line.append(System.lineSeparator()).append(trace.toString().stripTrailing());
        }
        synchronized (Log.class) {
            out.println(line);
            out.flush();
        }
    }

    /** {@code com.wutongli.pharmacy.DispenseDesk} as {@code c.w.pharmacy.DispenseDesk}, the way logback shortens it. */
    private static String abbreviate(String name) {
        String[] parts = name.split("\\.");
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts.length; i++) {
            text.append(i < 2 ? parts[i].substring(0, 1) : parts[i]);
            if (i + 1 < parts.length) {
                text.append('.');
            }
        }
        return text.toString();
    }
}
