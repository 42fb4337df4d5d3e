package com.wutongli.pharmacy.report;

/** One line of the month's settlement. */
public final class SettlementRow {
    private final String prescription;
    private final String insurance;
    private final long cents;
    private final long paidCents;
    private final int window;

    public SettlementRow(String prescription, String insurance, long cents, int window) {
        this.prescription = prescription;
        this.insurance = insurance;
        this.cents = cents;
        this.paidCents = cents * 7 / 10;
        this.window = window;
    }

    public String csv() {
        return prescription + "," + insurance + "," + cents + "," + paidCents + "," + window;
    }
}
