//! Whether, since when and how a process ran out of Java heap.

use super::{
    scene::{Scene, Seen},
    themes::Theme,
};
use crate::{
    evidence::Citation,
    gc::{GcEvent, GcFacts},
    threads::DumpFacts,
};
use jiff::Timestamp;

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
    })
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
    gc.pressure_onset.is_some() && full && gc.worst_share >= scene.limits.gc_share_futile
}

fn highest_after_full(gc: &GcFacts) -> Option<u64> {
    gc.events
        .iter()
        .filter(|e| e.full)
        .filter_map(|e| e.after)
        .max()
        .or(gc.max_heap_after)
}

/// Buckets of equal time into which the heap curve is cut.
const BUCKETS: usize = 24;

/// Shape of the lower envelope of heap use after collections.
pub fn trend(gc: &GcFacts) -> Trend {
    let Some(max) = gc.heap_max.or(gc.max_heap_after).filter(|m| *m > 0) else {
        return Trend::Unknown;
    };
    let points: Vec<(f64, f64)> = curve(gc, max);
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Trend::Unknown;
    };
    let span = last.0 - first.0;
    if span < 30.0 || points.len() < 6 {
        return Trend::Unknown;
    }
    let mut envelope: Vec<Option<f64>> = vec![None; BUCKETS];
    for (at, used) in &points {
        let bucket = (((at - first.0) / span) * BUCKETS as f64) as usize;
        if let Some(low) = envelope.get_mut(bucket.min(BUCKETS - 1)) {
            *low = Some(low.map_or(*used, |l: f64| l.min(*used)));
        }
    }
    shape(&envelope)
}

fn shape(envelope: &[Option<f64>]) -> Trend {
    let known: Vec<(usize, f64)> = envelope
        .iter()
        .enumerate()
        .filter_map(|(i, e)| e.map(|e| (i, e)))
        .collect();
    let (Some((_, start)), Some(height)) = (known.first().copied(), known.iter().map(|(_, e)| *e).reduce(f64::max))
    else {
        return Trend::Unknown;
    };
    let rise = height - start;
    if start >= 0.6 || rise < 0.15 {
        return if height >= 0.6 { Trend::Flat } else { Trend::Unknown };
    }
    let low = known.iter().rposition(|(_, e)| *e <= start + 0.25 * rise).unwrap_or(0);
    let high = known
        .iter()
        .position(|(_, e)| *e >= start + 0.75 * rise)
        .unwrap_or(known.len());
    let steps = known
        .get(high)
        .map_or(0, |h| h.0)
        .saturating_sub(known.get(low).map_or(0, |l| l.0));
    if high > low && steps <= BUCKETS / 8 {
        Trend::Sudden
    } else {
        Trend::Gradual
    }
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
