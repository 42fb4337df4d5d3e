package com.wutongli.pharmacy.audit;

import com.wutongli.pharmacy.model.DispenseRecord;
import java.util.HashMap;
import java.util.Map;

/**
 * Keeps what was dispensed so that a label can be printed again.
 *
 * <p>The fault of the sample incident: with {@code bounded} false nothing is ever taken out.
 */
public final class DispenseJournal {
    private static final Map<String, DispenseRecord> RECORDS = new HashMap<>();
    private static final int LIMIT = 200;
    private static boolean bounded = true;

    private DispenseJournal() {
    }

    public static void neverForget() {
        bounded = false;
    }

    public static synchronized int add(DispenseRecord record) {
        if (bounded && RECORDS.size() >= LIMIT) {
            RECORDS.clear();
        }
        RECORDS.put(record.prescription().number(), record);
        return RECORDS.size();
    }
}
