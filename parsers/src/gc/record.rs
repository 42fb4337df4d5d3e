//! What every family of GC log is read into.

use super::bytes::{after, decimal};
use crate::Stamp;

/// Families of GC log, named as in CONTRACT.md §5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JDK 9 and later (`[0.017s][info][gc] …`).
    Unified,
    /// HotSpot up to JDK 8 (`-XX:+PrintGC`, `-XX:+PrintGCDetails`), JRockit.
    PrintGc,
    /// IBM J9 / OpenJ9 XML, Java 5 to today.
    J9Xml,
    /// IBM classic VM 1.3 / 1.4 text.
    J9Classic,
    /// The GC history in a javacore.
    J9History,
}

impl Format {
    /// The word of CONTRACT.md.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unified => "unified",
            Self::PrintGc => "print-gc",
            Self::J9Xml => "j9-xml",
            Self::J9Classic => "j9-classic",
            Self::J9History => "j9-history",
        }
    }
}

/// What set a collection off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trigger {
    /// An allocation, a threshold, a timer.
    #[default]
    Ordinary,
    /// `System.gc()`.
    Explicit,
    /// Class metadata (metaspace, permanent generation, class storage).
    Metadata,
}

/// One pause or one finished cycle, as printed. Sizes in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Collection<'a> {
    /// 1-based line where its result is printed.
    pub line: u64,
    /// Time printed with it.
    pub time: Option<Stamp>,
    /// Seconds since the start of the VM, when printed.
    pub uptime_s: Option<f64>,
    /// Milliseconds the application stood still; `None` for a concurrent cycle and for an unfinished pause.
    pub pause_ms: Option<f64>,
    /// A full or global collection.
    pub full: bool,
    /// True when it cleaned the whole heap, concurrently or not (`full`, a ZGC or major cycle).
    pub whole_heap: bool,
    /// Cause as printed.
    pub cause: Option<&'a str>,
    /// What set it off.
    pub trigger: Trigger,
    /// Heap in use before.
    pub before: Option<u64>,
    /// Heap in use after.
    pub after: Option<u64>,
    /// Heap size.
    pub capacity: Option<u64>,
    /// Old or tenured generation after: in use and size.
    pub old: Option<(u64, u64)>,
    /// Bytes of the allocation that failed.
    pub requested: Option<u64>,
}

/// What the log says besides its collections.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Family; `None` when nothing of a GC log was found.
    pub format: Option<Format>,
    /// Collector, named as in CONTRACT.md §5; `""` when nothing tells.
    pub collector: &'static str,
    /// Configured heap maximum.
    pub heap_max: Option<u64>,
    /// VM or log version, as printed.
    pub vm: Option<String>,
    /// Process id.
    pub pid: Option<u64>,
    /// Class metadata after the last collection, and its limit.
    pub metaspace: Option<(u64, Option<u64>)>,
    /// First time of the log.
    pub first: Option<Stamp>,
    /// Last time.
    pub last: Option<Stamp>,
    /// Seconds from the first to the last event; restarts inside the file are cut out.
    pub span_s: f64,
    /// Global collections as the J9 log counts them (`gc-end` elements); else the number of full collections.
    pub full: u64,
    /// Allocation stalls (ZGC) and degenerated or failed collections: the collector lost the race.
    pub stalls: u64,
    /// Milliseconds threads waited in allocation stalls.
    pub stall_ms: f64,
    /// The writer's own words that memory or time ran out (`excessive-gc`, `allocation-unsatisfied`, to-space exhausted …),
    /// with how often.
    pub failures: u64,
    /// The same, told apart.
    pub marks: Marks,
    /// Stops of the application for any reason.
    pub safepoints: Safepoints,
    /// VM options as the log prints them; at most 400.
    pub options: Vec<String>,
}

/// The writer's words of failure, with how often.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    /// `To-space exhausted`, `to-space overflow`, `Evacuation Failure` (G1).
    pub to_space: u64,
    /// `promotion failed` (ParNew, Serial).
    pub promotion: u64,
    /// `concurrent mode failure` and `interrupted` (CMS).
    pub concurrent_mode: u64,
    /// `excessive-gc` (J9).
    pub excessive: u64,
    /// `allocation-unsatisfied` (J9).
    pub unsatisfied: u64,
}

/// Safepoints, where the log prints them (`-XX:+PrintGCApplicationStoppedTime`, `-Xlog:safepoint`).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Safepoints {
    /// How many.
    pub count: u64,
    /// Milliseconds in all.
    pub total_ms: f64,
    /// Longest stop, milliseconds.
    pub longest_ms: f64,
    /// Longest time until all threads stood still, milliseconds.
    pub longest_reach_ms: f64,
}

impl Safepoints {
    /// Takes one stop and the time it took to reach it, milliseconds.
    pub(crate) fn take(&mut self, total_ms: f64, reach_ms: f64) {
        self.count += 1;
        self.total_ms += total_ms;
        self.longest_ms = self.longest_ms.max(total_ms);
        self.longest_reach_ms = self.longest_reach_ms.max(reach_ms);
    }

    /// `Total time for which application threads were stopped: 0.0012 seconds, Stopping threads took: 0.0001 seconds`, the
    /// words of JDK 8 and of unified logging up to 12.
    pub(crate) fn read(&mut self, message: &[u8]) -> bool {
        let figure = |mark: &[u8]| after(message, mark).and_then(decimal).map(|(n, _)| n * 1000.0);
        let Some(total) = figure(b" application threads were stopped: ") else {
            return false;
        };
        self.take(total, figure(b"Stopping threads took: ").unwrap_or(0.0));
        true
    }
}

/// Options kept of a log.
pub(crate) const MAX_OPTIONS: usize = 400;

/// Follows the clock of a log to know its span: by uptime where printed (a restart begins a new stretch), else by date.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock {
    first: Option<Stamp>,
    last: Option<Stamp>,
    low: Option<Stamp>,
    high: Option<Stamp>,
    start: Option<f64>,
    now: Option<f64>,
    done: f64,
}

impl Clock {
    /// Notes the time of a line.
    pub fn note(&mut self, time: Option<Stamp>, uptime_s: Option<f64>) {
        if let Some(t) = time {
            self.first.get_or_insert(t);
            self.last = Some(t);
            if self.low.is_none_or(|l| t.civil < l.civil) {
                self.low = Some(t);
            }
            if self.high.is_none_or(|h| t.civil > h.civil) {
                self.high = Some(t);
            }
        }
        let Some(up) = uptime_s else { return };
        match self.now {
            // Lines of several threads may be milliseconds out of order; a restart goes back for good.
            Some(now) if up + 1.0 < now => {
                self.done += now - self.start.unwrap_or(now);
                self.start = Some(up);
                self.now = Some(up);
            }
            Some(now) => self.now = Some(now.max(up)),
            None => {
                self.start = Some(up);
                self.now = Some(up);
            }
        }
    }

    /// Writes what was followed into a summary.
    pub fn finish(self, summary: &mut Summary) {
        summary.first = self.first;
        summary.last = self.last;
        let by_uptime = self.now.zip(self.start).map(|(now, start)| self.done + now - start);
        let by_date = self
            .high
            .zip(self.low)
            .map(|(high, low)| (high.civil.duration_since(low.civil)).as_secs_f64());
        summary.span_s = match (by_uptime, by_date) {
            (Some(0.0), Some(date)) => date,
            (Some(up), _) => up,
            (None, Some(date)) => date,
            (None, None) => 0.0,
        };
    }
}
