package com.wutongli.pharmacy.model;

/** One drug of a prescription. */
public final class DrugLine {
    private final String drugCode;
    private final String name;
    private final String usage;
    private final int count;

    public DrugLine(String drugCode, String name, String usage, int count) {
        this.drugCode = drugCode;
        this.name = name;
        this.usage = usage;
        this.count = count;
    }

    public String label() {
        return drugCode + " " + name + " x" + count + " " + usage;
    }
}
