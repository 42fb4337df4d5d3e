package com.wutongli.pharmacy.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A prescription as the doctor's station sends it. All persons and numbers are invented; area code 999999 does not exist. */
public final class Prescription {
    private static final String[] FAMILY = {"梅", "桐", "兰", "竹", "荷", "柳", "松", "菊"};
    private static final String[] GIVEN = {"小满", "立秋", "白露", "谷雨", "惊蛰", "清和", "冬青", "霜降"};
    private static final String[] DRUGS = {"阿莫西林胶囊 0.25g", "二甲双胍片 0.5g", "氨氯地平片 5mg", "布洛芬缓释胶囊 0.3g", "维生素C片 0.1g"};
    private static final String[] USAGE = {"口服 一日三次", "口服 一日两次 餐后", "口服 每晚一次"};

    private final String number;
    private final String patientName;
    private final String idCard;
    private final String phone;
    private final List<DrugLine> lines;

    private Prescription(String number, String patientName, String idCard, String phone, List<DrugLine> lines) {
        this.number = number;
        this.patientName = patientName;
        this.idCard = idCard;
        this.phone = phone;
        this.lines = lines;
    }

    public static Prescription of(String number, Random random) {
        List<DrugLine> lines = new ArrayList<>();
        int n = 2 + random.nextInt(4);
        for (int i = 0; i < n; i++) {
            int drug = random.nextInt(DRUGS.length);
            lines.add(new DrugLine(String.format("YP%05d", 100 + drug), new String(DRUGS[drug]),
                    USAGE[random.nextInt(USAGE.length)], 1 + random.nextInt(3)));
        }
        return new Prescription(number, FAMILY[random.nextInt(FAMILY.length)] + GIVEN[random.nextInt(GIVEN.length)],
                String.format("999999%04d%02d%02d%04d", 1940 + random.nextInt(80), 1 + random.nextInt(12), 1 + random.nextInt(28), random.nextInt(9999)),
                String.format("1990000%04d", random.nextInt(10000)), lines);
    }

    public String number() {
        return number;
    }

    public String patientName() {
        return patientName;
    }

    public String idCard() {
        return idCard;
    }

    public String phone() {
        return phone;
    }

    public List<DrugLine> lines() {
        return lines;
    }
}
