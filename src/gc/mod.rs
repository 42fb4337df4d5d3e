//! Garbage-collection logs: pauses, share, heap after collection, leak slope.

mod events;
mod facts;
mod findings;
mod pressure;
mod rates;

pub use facts::*;
pub use findings::findings;

use crate::evidence::Artefact;
use events::Kept;
use goldenhour_parsers::gc::{Collection, Format, Summary, Trigger, scan};
use pressure::Window;
use rates::Rates;

/// Seconds over which a javacore's GC history is measured at least.
const HISTORY_S: f64 = 60.0;

/// The collections that a javacore remembers; `None` when it remembers none.
pub fn history(javacore: &Artefact) -> Option<GcFacts> {
    let has_history = goldenhour_parsers::gc::detect(javacore.bytes()) == Some(Format::J9History);
    let facts = has_history.then(|| analyse(javacore))?;
    // Its gaps are told by the room that reads the whole javacore.
    (!facts.events.is_empty()).then(|| GcFacts {
        gaps: Vec::new(),
        ..facts
    })
}

/// Reads a GC log.
pub fn analyse(artefact: &Artefact) -> GcFacts {
    let mut facts = analyse_bytes(artefact.bytes(), artefact.first_line);
    for gap in &mut facts.gaps {
        gap.offset += artefact.offset;
    }
    facts.artefact = Some(artefact.id);
    facts
}

/// Reads a GC log whose first line has the number `first_line` in its file.
pub(crate) fn analyse_bytes(bytes: &[u8], first_line: u64) -> GcFacts {
    let mut tally = Tally::new(first_line);
    let parsed = scan(bytes, &mut |collection| tally.take(&collection));
    let mut facts = tally.finish(parsed.value);
    facts.gaps = parsed.gaps;
    facts
}

/// Sums while the log streams by.
struct Tally {
    facts: GcFacts,
    kept: Kept,
    window: Window,
    rates: Rates,
    first_line: u64,
}

impl Tally {
    fn new(first_line: u64) -> Self {
        Self {
            facts: GcFacts::default(),
            kept: Kept::default(),
            window: Window::default(),
            rates: Rates::default(),
            first_line,
        }
    }

    fn take(&mut self, c: &Collection<'_>) {
        let f = &mut self.facts;
        if let Some(ms) = c.pause_ms {
            f.pauses += 1;
            f.total_pause_ms += ms;
            f.max_pause_ms = f.max_pause_ms.max(ms);
        }
        match c.trigger {
            Trigger::Explicit => f.explicit += 1,
            Trigger::Metadata => f.metadata_triggered += 1,
            Trigger::Ordinary => {}
        }
        if let Some(after) = c.after {
            f.max_heap_after = f.max_heap_after.max(Some(after));
            f.last_heap_after = Some(after);
        }
        if c.whole_heap {
            f.last_live = c.after.or(f.last_live);
            f.asked += u64::from(c.full && c.cause.is_some_and(pressure::is_asked));
        }
        f.heap_max = f.heap_max.max(c.capacity);
        f.largest_request = f.largest_request.max(c.requested);
        self.window.take(c);
        self.rates.take(c);
        self.kept.take(self.event(c), c.whole_heap);
    }

    fn event(&self, c: &Collection<'_>) -> GcEvent {
        GcEvent {
            time: c.time,
            uptime_s: c.uptime_s,
            pause_ms: c.pause_ms.unwrap_or(0.0),
            full: c.full,
            cause: c.cause.map(str::to_owned),
            before: c.before,
            after: c.after,
            capacity: c.capacity,
            old: c.old,
            explicit: c.trigger == Trigger::Explicit,
            metadata: c.trigger == Trigger::Metadata,
            requested: c.requested,
            line: c.line.saturating_add(self.first_line).saturating_sub(1),
        }
    }

    fn finish(self, summary: Summary) -> GcFacts {
        let mut f = self.facts;
        f.format = summary.format.map_or("", |format| format.name());
        f.collector = summary.collector;
        f.full = summary.full;
        f.span_s = summary.span_s;
        let total_s = f.total_pause_ms / 1000.0;
        // A javacore's history holds the last events only, and those crowd where collections do.
        let span_s = match summary.format {
            Some(Format::J9History) => f.span_s.max(HISTORY_S),
            _ => f.span_s,
        };
        f.gc_share = if span_s > 0.0 { (total_s / span_s).min(1.0) } else { 0.0 };
        f.worst_share = self.window.worst(span_s);
        f.heap_max = summary.heap_max.or(f.heap_max);
        f.first = summary.first;
        f.last = summary.last;
        f.metaspace = summary.metaspace;
        f.vm = summary.vm;
        f.pid = summary.pid;
        f.stalls = summary.stalls;
        f.failures = summary.failures;
        f.marks = summary.marks;
        f.safepoints = summary.safepoints;
        f.options = summary.options;
        f.allocation_rate = self.rates.allocation(f.span_s);
        f.promotion_rate = self.rates.promotion(f.span_s);
        f.causes = self.rates.causes();
        let (events, whole) = self.kept.finish();
        f.events = events;
        f.leak_slope_bytes_per_s = pressure::slope(&whole);
        f.pressure_onset = pressure::onset(&f.events, f.heap_max);
        f.metadata_onset = pressure::metadata_onset(&f.events);
        f
    }
}
