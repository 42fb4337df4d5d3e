//! Whether, since when and how a process ran out of Java heap.

use super::{
    scene::{Scene, Seen},
    themes::Theme,
};
use crate::{
    evidence::Citation,
    gc::{GcEvent, GcFacts},
    heap::HeapFacts,
    threads::DumpFacts,
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// How heap use after collections came to its height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// Not visible.
    Unknown,
    /// High from the first.
    Flat,
    /// Rose over a good part of the log.
    Gradual,
    /// Jumped within a small part of the log.
    Sudden,
}

/// A process short of Java heap.
pub struct Pressure<'a> {
    /// Whose.
    pub process: Option<usize>,
    /// The runtime said `OutOfMemoryError` for the heap.
    pub out_of_memory: bool,
    /// Records and dumps that say so.
    pub evidence: Vec<Citation>,
    /// First full collection that freed next to nothing, else the first `OutOfMemoryError`.
    pub began: Option<Timestamp>,
    /// Shape of the heap curve.
    pub trend: Trend,
    /// The GC log that shows it.
    pub gc: Option<&'a GcFacts>,
    /// Heap in use after collections at the end, as a share of the maximum.
    pub full_share: Option<f64>,
    /// The javacore written for the error.
    pub javacore: Option<&'a DumpFacts>,
    /// The maximum heap, bytes.
    pub heap_max: Option<u64>,
    /// Heap use fell back while the process lived on.
    pub recovered: bool,
    /// Seconds for which collections left the heap nearly full.
    pub pressed_s: Option<f64>,
    /// Many threads were inside the same code of the application: the memory is shared by many requests.
    pub many_requests: bool,
}

/// Finds the processes that ran out of heap or were about to.
pub fn of<'a>(scene: &Scene<'a>) -> Vec<Pressure<'a>> {
    scene
        .processes()
        .into_iter()
        .filter_map(|process| of_process(scene, process))
        .collect()
}

fn of_process<'a>(scene: &Scene<'a>, process: Option<usize>) -> Option<Pressure<'a>> {
    let errors: Vec<&Seen> = scene
        .of_process(process)
        .filter(|s| s.themes.has(Theme::OomHeap))
        .collect();
    let javacore = scene
        .dumps(process)
        .into_iter()
        .map(|(_, d)| d)
        .find(|d| is_heap_oom(d));
    let gc = worst_gc(scene, process);
    let futile = gc.is_some_and(|g| is_futile(scene, g));
    if errors.is_empty() && javacore.is_none() && !futile {
        return None;
    }
    let mut evidence: Vec<Citation> = errors.iter().take(4).map(|s| s.cite()).collect();
    evidence.extend(javacore.and_then(|d| d.artefact).map(Citation::artefact));
    let pressed = gc.filter(|g| g.pressure_onset.is_some() || g.worst_share >= scene.limits.gc_share_futile);
    if let Some(gc) = pressed
        && let Some(id) = gc.artefact
    {
        let line = gc.pressure_onset.as_ref().map(|e| e.line);
        evidence.push(Citation {
            line,
            ..Citation::artefact(id)
        });
    }
    let first_error = errors.iter().filter_map(|s| s.at).min();
    let first_dump = javacore.and_then(|d| scene.dump_time(d));
    let first_word = [first_error, first_dump].into_iter().flatten().min();
    let pressed_at = gc.and_then(|g| scene.instant(g.artefact, g.pressure_onset.as_ref()?.time));
    let heap_max = gc
        .and_then(|g| g.heap_max)
        .or_else(|| javacore.and_then(|d| d.heap_max));
    let full_share = gc
        .and_then(|g| Some(highest_after_full(g)? as f64 / g.heap_max? as f64))
        .or_else(|| javacore.and_then(|d| Some(1.0 - d.heap_free? as f64 / d.heap_max? as f64)));
    Some(Pressure {
        process,
        out_of_memory: !errors.is_empty() || javacore.is_some(),
        evidence,
        began: [pressed_at, first_word].into_iter().flatten().min(),
        trend: gc.map_or(Trend::Unknown, trend),
        gc,
        full_share,
        javacore,
        heap_max,
        recovered: gc.is_some_and(recovered),
        pressed_s: gc.and_then(pressed_s),
        many_requests: many_requests(scene, process),
    })
}

/// Ten or more threads of one dump inside the same code of the application [P].
fn many_requests(scene: &Scene, process: Option<usize>) -> bool {
    scene.dumps(process).iter().any(|(_, dump)| {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for frame in dump.threads.iter().filter_map(|t| t.own_frame.as_deref()) {
            *counts.entry(frame.split('(').next().unwrap_or(frame)).or_default() += 1;
        }
        counts.values().any(|n| *n >= 10)
    })
}

/// The heap dump of a process that can tell who holds the memory: one that was read as a whole, or a damaged one in which one
/// holder still stands out. A dump that breaks off early says nothing by its silence, nor by the small holders it still shows.
pub fn telling_heap<'a>(scene: &Scene<'a>, process: Option<usize>) -> Option<&'a HeapFacts> {
    scene
        .heaps(process)
        .filter(|heap| is_whole(heap) || heap.suspects.iter().any(|s| s.share >= scene.limits.leak_share))
        .max_by(|a, b| a.coverage.total_cmp(&b.coverage).then(a.shallow.cmp(&b.shallow)))
}

/// True for a dump that was read to its end: its shares are shares of the heap, and what it does not show was not there.
pub fn is_whole(heap: &HeapFacts) -> bool {
    heap.coverage >= 0.98 && heap.gaps.is_empty()
}

/// A javacore written for an `OutOfMemoryError` that neither threads nor native memory explain.
pub fn is_heap_oom(dump: &DumpFacts) -> bool {
    let detail = dump.event_detail.as_deref().unwrap_or("");
    let oom = dump.event.as_deref() == Some("systhrow") && detail.contains("OutOfMemoryError");
    let other = ["thread", "native", "Unable to allocate", "Metaspace", "irect"]
        .iter()
        .any(|w| detail.contains(w));
    oom && !other && !heap_has_room(dump) && !is_in_direct_allocation(dump)
}

/// True when the javacore itself shows that much of the heap was free.
pub fn heap_has_room(dump: &DumpFacts) -> bool {
    match (dump.heap_free, dump.heap_max) {
        (Some(free), Some(max)) if max > 0 => free as f64 / max as f64 > 0.3,
        _ => false,
    }
}

/// True when the failing thread was asking for a direct buffer.
pub fn is_in_direct_allocation(dump: &DumpFacts) -> bool {
    let failing = dump
        .threads
        .iter()
        .find(|t| Some(&t.name) == dump.current_thread.as_ref());
    failing.is_some_and(|t| {
        t.frames
            .iter()
            .take(12)
            .any(|f| f.contains("DirectByteBuffer") || f.contains("allocateDirect") || f.contains("allocateDBBMemory"))
    })
}

/// True when the failing thread was starting another one.
pub fn is_in_thread_start(dump: &DumpFacts) -> bool {
    let failing = dump
        .threads
        .iter()
        .find(|t| Some(&t.name) == dump.current_thread.as_ref());
    failing.is_some_and(|t| t.frames.iter().take(6).any(|f| f.contains("java.lang.Thread.start")))
}

fn worst_gc<'a>(scene: &Scene<'a>, process: Option<usize>) -> Option<&'a GcFacts> {
    scene.gcs(process).max_by(|a, b| {
        (a.pressure_onset.is_some(), a.pauses > 0)
            .cmp(&(b.pressure_onset.is_some(), b.pauses > 0))
            .then(a.worst_share.total_cmp(&b.worst_share))
            .then(a.events.len().cmp(&b.events.len()))
    })
}

/// Collections take a large share of the time although they leave the heap full.
fn is_futile(scene: &Scene, gc: &GcFacts) -> bool {
    let full = highest_after_full(gc)
        .zip(gc.heap_max)
        .is_some_and(|(after, max)| after as f64 >= scene.limits.heap_full_share * max as f64);
    let again = full && full_again(scene, gc) as f64 >= scene.limits.full_again;
    again || gc.pressure_onset.is_some() && full && gc.worst_share >= scene.limits.gc_share_futile
}

/// Full collections that left the heap full: one may be bad luck, many in a row free nothing.
fn full_again(scene: &Scene, gc: &GcFacts) -> usize {
    let Some(max) = gc.heap_max else { return 0 };
    gc.events
        .iter()
        .filter(|e| {
            e.full
                && e.after
                    .is_some_and(|after| after as f64 >= scene.limits.heap_full_share * max as f64)
        })
        .count()
}

fn highest_after_full(gc: &GcFacts) -> Option<u64> {
    gc.events
        .iter()
        .filter(|e| e.full)
        .filter_map(|e| e.after)
        .max()
        .or(gc.max_heap_after)
}

/// Shape of heap use after collections up to its height.
///
/// What is alive at a moment is at most the least use after any later collection, so the curve of future minima rises
/// with the live set and is blind to garbage that a young collection leaves behind.
pub fn trend(gc: &GcFacts) -> Trend {
    let Some(max) = gc.heap_max.or(gc.max_heap_after).filter(|m| *m > 0) else {
        return Trend::Unknown;
    };
    let mut points: Vec<(f64, f64)> = curve(gc, max);
    let Some(height) = points.iter().map(|(_, used)| *used).reduce(f64::max) else {
        return Trend::Unknown;
    };
    points.truncate(height_at(gc, &points, height) + 1);
    let troughs: Vec<(f64, f64)> = full_curve(gc, max)
        .into_iter()
        .filter(|(at, _)| points.last().is_some_and(|last| *at <= last.0))
        .collect();
    if troughs.len() > LEVEL_TROUGHS {
        return by_troughs(&troughs);
    }
    let (Some(first), Some(last)) = (points.first().copied(), points.last().copied()) else {
        return Trend::Unknown;
    };
    if height < 0.6 {
        return Trend::Unknown;
    }
    let alive = future_minima(&points);
    let start = alive.first().copied().unwrap_or(0.0);
    let rise = height - start;
    if start >= 0.6 || rise < 0.15 {
        return Trend::Flat;
    }
    if points.len() < 6 || last.0 - first.0 < 30.0 {
        return Trend::Unknown;
    }
    let low = alive.iter().rposition(|used| *used <= start + 0.25 * rise).unwrap_or(0);
    let high = alive
        .iter()
        .position(|used| *used >= start + 0.75 * rise)
        .unwrap_or(alive.len() - 1);
    let time = |i: usize| points.get(i).map_or(last.0, |p| p.0);
    let climb = (time(high) - time(low)) / (last.0 - first.0);
    if climb <= SUDDEN_CLIMB {
        Trend::Sudden
    } else {
        Trend::Gradual
    }
}

/// Where the heap first was at its height: the first futile full collection, else the first collection near the height. What
/// follows are futile collections or the relief after them. (After a young collection the old part still holds garbage, so
/// where full ones are known, those count.)
fn height_at(gc: &GcFacts, points: &[(f64, f64)], height: f64) -> usize {
    let pressed = gc.pressure_onset.as_ref().and_then(seconds);
    points
        .iter()
        .position(|(at, used)| match pressed {
            Some(pressed) => *at >= pressed,
            None => *used >= 0.95 * height,
        })
        .unwrap_or(points.len().saturating_sub(1))
}

/// Level full collections before a jump that make it one [P].
const LEVEL_TROUGHS: usize = 3;

/// The trend where full collections show what is really alive: level and then full at once, or rising from one to the next.
fn by_troughs(troughs: &[(f64, f64)]) -> Trend {
    let start = troughs.first().map_or(0.0, |t| t.1);
    let height = troughs.iter().map(|(_, used)| *used).fold(0.0, f64::max);
    let rise = height - start;
    if start >= 0.6 || rise < 0.15 {
        return if height >= 0.6 { Trend::Flat } else { Trend::Unknown };
    }
    let level = troughs
        .iter()
        .take_while(|(_, used)| *used <= start + 0.25 * rise)
        .count();
    let climbing = troughs
        .iter()
        .skip(level)
        .take_while(|(_, used)| *used < start + 0.75 * rise)
        .count();
    if level >= LEVEL_TROUGHS && climbing * 4 <= level {
        Trend::Sudden
    } else {
        Trend::Gradual
    }
}

/// A climb within this share of the time before the height is sudden [P].
const SUDDEN_CLIMB: f64 = 0.12;

fn future_minima(points: &[(f64, f64)]) -> Vec<f64> {
    let mut least = f64::INFINITY;
    let mut minima: Vec<f64> = points
        .iter()
        .rev()
        .map(|(_, used)| {
            least = least.min(*used);
            least
        })
        .collect();
    minima.reverse();
    minima
}

/// Seconds between the first and the last collection that left the heap nearly full.
fn pressed_s(gc: &GcFacts) -> Option<f64> {
    let max = gc.heap_max.or(gc.max_heap_after).filter(|m| *m > 0)?;
    let full: Vec<f64> = curve(gc, max)
        .into_iter()
        .filter(|(_, used)| *used >= 0.8)
        .map(|(at, _)| at)
        .collect();
    Some(full.last()? - full.first()?)
}

/// (seconds, share of the maximum) after each full collection.
fn full_curve(gc: &GcFacts, max: u64) -> Vec<(f64, f64)> {
    gc.events
        .iter()
        .filter(|e| e.full)
        .filter_map(|e| Some((seconds(e)?, e.after? as f64 / max as f64)))
        .collect()
}

/// True when, after the last collection that left the heap nearly full, use fell back while the process lived on; a leak
/// does not fall back.
fn recovered(gc: &GcFacts) -> bool {
    let Some(max) = gc.heap_max.or(gc.max_heap_after).filter(|m| *m > 0) else {
        return false;
    };
    let curve = curve(gc, max);
    let height = curve.iter().map(|(_, used)| *used).fold(0.0, f64::max);
    let Some(last_full) = curve.iter().rposition(|(_, used)| *used >= 0.8) else {
        return false;
    };
    curve.iter().skip(last_full + 1).any(|(_, used)| *used < 0.6 * height)
}

/// (seconds, share of the maximum) after each collection.
fn curve(gc: &GcFacts, max: u64) -> Vec<(f64, f64)> {
    gc.events
        .iter()
        .filter_map(|e| Some((seconds(e)?, e.after? as f64 / max as f64)))
        .collect()
}

fn seconds(event: &GcEvent) -> Option<f64> {
    event.uptime_s.or_else(|| {
        let at = event.time?.instant(goldenhour_parsers::CHINA)?;
        Some(at.as_millisecond() as f64 / 1000.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(after: &[u64]) -> GcFacts {
        GcFacts {
            heap_max: Some(100),
            events: after
                .iter()
                .zip(0..)
                .map(|(after, i)| GcEvent {
                    uptime_s: Some(f64::from(i) * 10.0),
                    after: Some(*after),
                    ..GcEvent::default()
                })
                .collect(),
            ..GcFacts::default()
        }
    }

    #[test]
    fn the_curve_tells_leak_burst_and_small_heap_apart() {
        let rising: Vec<u64> = (0..50).map(|i| 20 + i * 3 / 2).collect();
        assert_eq!(trend(&log(&rising)), Trend::Gradual);
        let jump: Vec<u64> = (0..50).map(|i| if i < 46 { 20 } else { 97 }).collect();
        assert_eq!(trend(&log(&jump)), Trend::Sudden);
        assert_eq!(trend(&log(&[85; 50])), Trend::Flat);
        assert_eq!(trend(&log(&[20; 50])), Trend::Unknown);
        assert_eq!(trend(&GcFacts::default()), Trend::Unknown);
    }
}
