//! When collections become futile, how fast live data grows, and how bad the worst minutes were.

use super::{
    GcEvent,
    events::{Point, seconds},
};
use goldenhour_parsers::{CHINA, gc::Collection};
use std::collections::VecDeque;

/// A full collection that leaves more than this share of the heap is futile (facts.rs; HEURISTICS.md: old generation
/// after GC > 80 % [S K6]).
const FUTILE_SHARE: f64 = 0.85;

/// Seconds of the window of [`Window::worst`].
const WINDOW_S: f64 = 300.0;

/// A full collection that leaves less than this share ends a run of pressure: it freed plenty.
const PRESSED_SHARE: f64 = 0.6;

/// Full collections further apart than this are no run.
const RUN_GAP_S: f64 = 7_200.0;

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
    let of_heap = event
        .after
        .zip(heap_max.or(event.capacity))
        .map(|(after, max)| ratio(after, max));
    let of_old = event
        .old
        .filter(|(_, size)| *size > 0)
        .map(|(used, size)| ratio(used, size));
    match (of_heap, of_old) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The first full collection of the run that holds most futile ones: from there on the heap was under pressure that
/// collections could not relieve. Collections that somebody asked for do not count.
pub(super) fn onset(events: &[GcEvent], heap_max: Option<u64>) -> Option<GcEvent> {
    let mut best: Option<(&GcEvent, u64)> = None;
    let mut run: Option<(&GcEvent, u64)> = None;
    let mut previous: Option<f64> = None;
    for event in events.iter().filter(|e| is_forced(e)) {
        let share = fullness(event, heap_max).unwrap_or(0.0);
        let now = seconds(event);
        let apart = previous.zip(now).is_some_and(|(a, b)| b < a || b - a > RUN_GAP_S);
        previous = now;
        if share < PRESSED_SHARE || apart {
            run = None;
        }
        if share < PRESSED_SHARE {
            continue;
        }
        let (_, futile) = run.get_or_insert((event, 0));
        *futile += u64::from(share > FUTILE_SHARE);
        if let Some(found) = run.filter(|(_, n)| *n > 0 && best.is_none_or(|(_, most)| *n >= most)) {
            best = Some(found);
        }
    }
    best.map(|(event, _)| event.clone())
}

/// The first full collection for class metadata.
pub(super) fn metadata_onset(events: &[GcEvent]) -> Option<GcEvent> {
    events.iter().find(|e| e.full && e.metadata).cloned()
}

/// Full because memory ran short, not because a person, a tool or a dump asked for it.
fn is_forced(event: &GcEvent) -> bool {
    event.full && !event.explicit && !event.metadata && !event.cause.as_deref().is_some_and(is_asked)
}

/// True for a cause that a person, a tool or a dump stands behind.
pub(super) fn is_asked(cause: &str) -> bool {
    const WORDS: &[&str] = &[
        "Heap Dump",
        "Heap Inspection",
        "Diagnostic",
        "rasdump",
        "vm shutdown",
        "WhiteBox",
        "JvmtiEnv",
    ];
    WORDS.iter().any(|word| cause.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(at: f64, after: u64) -> GcEvent {
        GcEvent {
            uptime_s: Some(at),
            full: true,
            after: Some(after),
            capacity: Some(100),
            ..GcEvent::default()
        }
    }

    #[test]
    fn pressure_begins_with_the_first_collection_of_the_run() {
        let events = [
            full(10.0, 30),
            full(100.0, 70),
            full(200.0, 80),
            full(300.0, 95),
            full(310.0, 96),
        ];
        assert_eq!(onset(&events, Some(100)).and_then(|e| e.uptime_s), Some(100.0));
    }

    #[test]
    fn a_heap_that_recovers_was_not_under_pressure_before() {
        let events = [
            full(10.0, 90),
            full(20.0, 30),
            full(30.0, 88),
            full(40.0, 91),
            full(50.0, 20),
        ];
        assert_eq!(onset(&events, Some(100)).and_then(|e| e.uptime_s), Some(30.0));
    }

    #[test]
    fn asked_for_collections_prove_nothing() {
        let mut dump = full(10.0, 95);
        dump.cause = Some("Heap Dump Initiated GC".to_owned());
        let mut explicit = full(20.0, 95);
        explicit.explicit = true;
        assert!(onset(&[dump, explicit], Some(100)).is_none());
        assert!(onset(&[full(1.0, 70), full(2.0, 75)], Some(100)).is_none());
    }

    #[test]
    fn the_slope_needs_time_and_points() {
        let at = |seconds: f64, after: f64| Point { seconds, after };
        assert!(slope(&[at(0.0, 1.0), at(10.0, 2.0)]).is_none());
        let s = slope(&[at(0.0, 0.0), at(50.0, 50.0), at(100.0, 100.0)]).unwrap();
        assert!((s - 1.0).abs() < 1e-9);
    }
}
