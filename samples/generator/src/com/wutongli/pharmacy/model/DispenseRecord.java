package com.wutongli.pharmacy.model;

import java.nio.charset.StandardCharsets;

/** What was handed out, with the printed labels, so that they can be printed again. */
public final class DispenseRecord {
    private final Prescription prescription;
    private final byte[] labels;
    private final int window;
    private final long at;
    private final int dots;

    public DispenseRecord(Prescription prescription, int window) {
        this.prescription = prescription;
        this.window = window;
        this.at = System.currentTimeMillis();
        this.labels = print(prescription, window);
        this.dots = raster(labels);
    }

    /** How many dots the printer will burn: draws the label once, as the preview does. */
    private static int raster(byte[] labels) {
        byte[] page = new byte[480 * 320];
        int dots = 0;
        for (int i = 0; i < labels.length; i++) {
            int at = (i * 97) % page.length;
            dots += page[at] == 0 ? Integer.bitCount(labels[i] & 0xFF) : 0;
            page[at] = labels[i];
        }
        return dots;
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

    public int dots() {
        return dots;
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
