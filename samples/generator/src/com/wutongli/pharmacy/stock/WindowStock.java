package com.wutongli.pharmacy.stock;

/** The drugs at hand behind one window; its monitor guards the counts. */
public final class WindowStock {
    private final int window;
    private int boxes = 5000;

    public WindowStock(int window) {
        this.window = window;
    }

    public int window() {
        return window;
    }

    public synchronized int take(int count) {
        boxes = boxes < count ? 5000 : boxes - count;
        return boxes;
    }

    public synchronized void put(int count) {
        boxes += count;
    }
}
