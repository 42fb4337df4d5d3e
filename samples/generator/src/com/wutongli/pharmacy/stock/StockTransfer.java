package com.wutongli.pharmacy.stock;

import com.wutongli.platform.Log;

/**
 * Moves boxes between two windows.
 *
 * <p>The fault of the deadlock sample: the two monitors are taken in the order of the request, not in a fixed order.
 */
public final class StockTransfer {
    private static final Log LOG = Log.of(StockTransfer.class);
    private final boolean ordered;

    public StockTransfer(boolean ordered) {
        this.ordered = ordered;
    }

    public void move(WindowStock from, WindowStock to, int count) throws InterruptedException {
        LOG.info("调拨开始 窗口" + from.window() + " -> 窗口" + to.window() + " 共 " + count + " 盒");
        boolean swap = ordered && from.window() > to.window();
        WindowStock first = swap ? to : from;
        WindowStock second = swap ? from : to;
        synchronized (first) {
            weigh();
            synchronized (second) {
                from.take(count);
                to.put(count);
            }
        }
        LOG.info("调拨完成 窗口" + from.window() + " -> 窗口" + to.window());
    }

    /** The scale at the window needs a moment. */
    private static void weigh() throws InterruptedException {
        Thread.sleep(40);
    }
}
