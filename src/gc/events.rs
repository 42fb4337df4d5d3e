//! Keeps a bounded number of events of an unbounded log.

use super::{GcEvent, MAX_EVENTS};

/// Points of the heap after whole-heap collections kept for the slope.
const MAX_POINTS: usize = 50_000;

/// Events in file order, thinned evenly; full collections go last.
#[derive(Default)]
pub(super) struct Kept {
    events: Vec<GcEvent>,
    stride: u64,
    skipped: u64,
    whole: Vec<Point>,
    whole_stride: u64,
    whole_seen: u64,
}

/// Live data at a moment: what a collection of the whole heap left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    /// Seconds on the log's own clock.
    pub seconds: f64,
    /// Bytes in use after.
    pub after: f64,
}

impl Kept {
    pub fn take(&mut self, event: GcEvent, whole_heap: bool) {
        if whole_heap {
            self.point(&event);
        }
        if !event.full && self.stride > 1 {
            self.skipped += 1;
            if !self.skipped.is_multiple_of(self.stride) {
                return;
            }
        }
        self.events.push(event);
        if self.events.len() >= MAX_EVENTS {
            self.thin();
        }
    }

    fn point(&mut self, event: &GcEvent) {
        let (Some(seconds), Some(after)) = (seconds(event), event.old.map(|(used, _)| used).or(event.after)) else {
            return;
        };
        self.whole_seen += 1;
        if self.whole_stride > 1 && !self.whole_seen.is_multiple_of(self.whole_stride) {
            return;
        }
        self.whole.push(Point {
            seconds,
            after: after as f64,
        });
        if self.whole.len() >= MAX_POINTS {
            let mut keep = false;
            self.whole.retain(|_| {
                keep = !keep;
                keep
            });
            self.whole_stride = self.whole_stride.max(1) * 2;
        }
    }

    /// Drops every second young collection; when nearly all are full ones, every second of them.
    fn thin(&mut self) {
        let mostly_full = self.events.iter().filter(|e| e.full).count() > MAX_EVENTS * 3 / 4;
        let mut keep = false;
        self.events.retain(|e| {
            if e.full && !mostly_full {
                return true;
            }
            keep = !keep;
            keep
        });
        self.stride = self.stride.max(1) * 2;
    }

    pub fn finish(self) -> (Vec<GcEvent>, Vec<Point>) {
        (self.events, self.whole)
    }
}

/// The event's place on the log's clock, in seconds: by date where printed (it survives a restart), else by uptime.
pub(super) fn seconds(event: &GcEvent) -> Option<f64> {
    event
        .time
        .and_then(|t| t.instant(goldenhour_parsers::CHINA))
        .map(|t| t.as_millisecond() as f64 / 1000.0)
        .or(event.uptime_s)
}
