//! When collections become futile, how fast live data grows, and how bad the worst minutes were.

use super::{GcEvent, events::{Point, seconds}};
use goldenhour_parsers::{CHINA, gc::Collection};
use std::collections::VecDeque;

/// A full collection that leaves more than this share of the heap is futile (facts.rs; HEURISTICS.md: old generation
/// after GC > 80 % [S K6]).
const FUTILE_SHARE: f64 = 0.85;

/// Seconds of the window of [`Window::worst`].
const WINDOW_S: f64 = 300.0;

/// Full collections closer than this belong to one run.
const RUN_GAP_S: f64 = 600.0;

/// Sliding sum of pauses over five minutes.
#[derive(Default)]
pub(super) struct Window {
    pauses: VecDeque<(f64, f64)>,
    sum_ms: f64,
    worst_ms: f64,
}

impl Window {
    pub fn take(&mut self, c: &Collection<'_>) {
        let Some(ms) = c.pause_ms else { return };
        let at = match (c.uptime_s, c.time) {
            (Some(up), _) => up,
            (None, Some(t)) => t.instant(CHINA).map_or(0.0, |t| t.as_millisecond() as f64 / 1000.0),
            (None, None) => return,
        };
        if self.pauses.back().is_some_and(|(last, _)| at + 1.0 < *last) {
            self.pauses.clear();
            self.sum_ms = 0.0;
        }
        self.pauses.push_back((at, ms));
        self.sum_ms += ms;
        while let Some((first, old)) = self.pauses.front().copied() {
            if at - first <= WINDOW_S {
                break;
            }
            self.pauses.pop_front();
            self.sum_ms -= old;
        }
        self.worst_ms = self.worst_ms.max(self.sum_ms);
    }

    /// Share of time in pauses during the worst five minutes of a log that spans `span_s`.
    pub fn worst(&self, span_s: f64) -> f64 {
        let window = if span_s > 0.0 { span_s.min(WINDOW_S) } else { WINDOW_S };
        (self.worst_ms / 1000.0 / window).clamp(0.0, 1.0)
    }
}

/// Least-squares slope of what whole-heap collections leave, bytes a second. Needs three points over half a minute.
pub(super) fn slope(points: &[Point]) -> Option<f64> {
    let (first, last) = (points.first()?, points.last()?);
    if points.len() < 3 || last.seconds - first.seconds < 30.0 {
        return None;
    }
    let n = points.len() as f64;
    let mean_x = points.iter().map(|p| p.seconds - first.seconds).sum::<f64>() / n;
    let mean_y = points.iter().map(|p| p.after).sum::<f64>() / n;
    let (mut xy, mut xx) = (0.0, 0.0);
    for p in points {
        let dx = p.seconds - first.seconds - mean_x;
        xy += dx * (p.after - mean_y);
        xx += dx * dx;
    }
    (xx > 0.0).then(|| xy / xx)
}

/// How full the heap (or its old generation) is after a collection.
fn fullness(event: &GcEvent, heap_max: Option<u64>) -> Option<f64> {
    let of_heap = event.after.zip(heap_max.or(event.capacity)).map(|(after, max)| ratio(after, max));
    let of_old = event.old.filter(|(_, size)| *size > 0).map(|(used, size)| ratio(used, size));
    match (of_heap, of_old) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The first full collection of the run that ends in futile ones.
pub(super) fn onset(events: &[GcEvent], heap_max: Option<u64>) -> Option<GcEvent> {
    let forced: Vec<&GcEvent> = events.iter().filter(|e| e.full && !e.explicit && !e.metadata).collect();
    let futile = forced
        .iter()
        .rposition(|e| fullness(e, heap_max).is_some_and(|share| share > FUTILE_SHARE))?;
    let mut start = futile;
    // Back through the run: as long as full collections follow each other closely.
    while start > 0 {
        let (Some(earlier), Some(later)) = (forced.get(start - 1), forced.get(start)) else { break };
        match (seconds(earlier), seconds(later)) {
            (Some(a), Some(b)) if b >= a && b - a > RUN_GAP_S => break,
            (Some(a), Some(b)) if b < a => break,
            _ => start -= 1,
        }
    }
    forced.get(start).map(|e| (*e).clone())
}
