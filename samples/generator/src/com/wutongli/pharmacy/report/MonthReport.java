package com.wutongli.pharmacy.report;

import com.wutongli.platform.Log;
import java.util.ArrayList;
import java.util.List;

/**
 * The month's settlement as one table.
 *
 * <p>The fault of the J9 sample: every row is collected before the first is written.
 */
public final class MonthReport {
    private static final Log LOG = Log.of(MonthReport.class);

    public long export(String month, int rowCount) throws InterruptedException {
        LOG.info("月结报表导出开始 月份=" + month);
        List<SettlementRow> rows = collect(month, rowCount);
        long bytes = 0;
        for (SettlementRow row : rows) {
            bytes += row.csv().length();
        }
        LOG.info("月结报表导出完成 月份=" + month + " 行数=" + rows.size() + " 字节=" + bytes);
        return bytes;
    }

    private List<SettlementRow> collect(String month, int rowCount) throws InterruptedException {
        List<SettlementRow> rows = new ArrayList<>();
        for (int i = 0; i < rowCount; i++) {
            rows.add(new SettlementRow(month + String.format("%07d", i), "医保" + (i % 3 == 0 ? "居民" : "职工"), 1200 + i % 9000, i % 12));
            if (i % 500 == 0) {
                Thread.sleep(60);
            }
        }
        return rows;
    }
}
