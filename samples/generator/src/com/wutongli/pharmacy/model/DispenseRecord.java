package com.wutongli.pharmacy.model;

import java.nio.charset.StandardCharsets;

/** What was handed out, with the printed labels, so that they can be printed again. */
public final class DispenseRecord {
    private static final int WIDTH = 480;
    private static final int HEIGHT = 320;
    private final Prescription prescription;
    private final byte[] labels;
    private final int window;
    private final long at;
    private final byte[] preview;

    public DispenseRecord(Prescription prescription, int window) {
        this.prescription = prescription;
        this.window = window;
        this.at = System.currentTimeMillis();
        this.labels = print(prescription, window);
        this.preview = draw(labels);
    }

    /** Draws the label once at full size and keeps a small preview of it, one byte for 64 dots. */
    private static byte[] draw(byte[] labels) {
        int[] page = new int[WIDTH * HEIGHT];
        for (int i = 0; i < page.length; i++) {
            page[i] = (labels[i % labels.length] * 31 + i) & 0xFF;
        }
        byte[] small = new byte[page.length / 64];
        for (int i = 0; i < small.length; i++) {
            small[i] = (byte) (page[i * 64] > 96 ? 0 : page[i * 64]);
        }
        return small;
    }

    /** The label printer's commands, one label a drug. */
    private static byte[] print(Prescription prescription, int window) {
        StringBuilder text = new StringBuilder(2048);
        for (DrugLine line : prescription.lines()) {
            text.append("^XA^CI28^PW480^LL320^FO20,20^A0N,28,28^FD梧桐里医院 门诊药房 窗口").append(window).append("^FS")
                    .append("^FO20,60^A0N,24,24^FD").append(prescription.patientName()).append(' ').append(prescription.number()).append("^FS")
                    .append("^FO20,100^A0N,24,24^FD").append(line.label()).append("^FS")
                    .append("^FO20,200^BY2^BCN,60,Y,N,N^FD").append(prescription.number()).append("^FS")
                    .append("^FO20,290^GB440,3,3^FS^XZ\n");
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    public int previewBytes() {
        return preview.length;
    }

    public int labelBytes() {
        return labels.length;
    }

    public Prescription prescription() {
        return prescription;
    }

    public int window() {
        return window;
    }

    public long at() {
        return at;
    }
}
