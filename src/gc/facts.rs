//! What a GC log tells.

use crate::{evidence::ArtefactId, words::Text};
pub use goldenhour_parsers::gc::{Marks, Safepoints};
use goldenhour_parsers::{Gap, Stamp};

/// The facts of one GC log.
#[derive(Debug, Clone, Default)]
pub struct GcFacts {
    /// Where it was read; `None` only in tests.
    pub artefact: Option<ArtefactId>,
    /// `unified`, `print-gc`, `j9-xml`, `j9-classic`, `j9-history` (what a javacore remembers).
    pub format: &'static str,
    /// Collector as in CONTRACT.md §5.
    pub collector: &'static str,
    /// Stop-the-world pauses, counted as the corpus README says.
    pub pauses: u64,
    /// Full or global collections.
    pub full: u64,
    /// Longest pause in milliseconds.
    pub max_pause_ms: f64,
    /// Sum of pauses in milliseconds.
    pub total_pause_ms: f64,
    /// Seconds from first to last event.
    pub span_s: f64,
    /// Share of the span spent in pauses, 0…1.
    pub gc_share: f64,
    /// Highest heap use after a collection, bytes.
    pub max_heap_after: Option<u64>,
    /// Heap use after the last collection, bytes.
    pub last_heap_after: Option<u64>,
    /// Largest heap size seen or configured, bytes.
    pub heap_max: Option<u64>,
    /// Slope of heap use after full collections (old generation where known), bytes per second.
    pub leak_slope_bytes_per_s: Option<f64>,
    /// First event's time.
    pub first: Option<Stamp>,
    /// Last event's time.
    pub last: Option<Stamp>,
    /// Collections in file order; thinned to at most [`MAX_EVENTS`], keeping every full one where possible.
    pub events: Vec<GcEvent>,
    /// The moment collections become futile: the first of a run of full collections that leave > 85 % of the heap.
    pub pressure_onset: Option<GcEvent>,
    /// Share of time in pauses during the worst five minutes, 0…1.
    pub worst_share: f64,
    /// Metaspace (or class storage) after the last collection and its limit, bytes.
    pub metaspace: Option<(u64, Option<u64>)>,
    /// Collections triggered by `System.gc()`.
    pub explicit: u64,
    /// First full collection that class metadata forced.
    pub metadata_onset: Option<GcEvent>,
    /// Collections triggered for metadata.
    pub metadata_triggered: u64,
    /// VM, version or command line as printed.
    pub vm: Option<String>,
    /// Process id, when printed.
    pub pid: Option<u64>,
    /// Allocation stalls and degenerated collections: the concurrent collector lost the race.
    pub stalls: u64,
    /// The log's own words of failure: concurrent mode failure, promotion failed, to-space exhausted, excessive GC,
    /// allocation unsatisfied.
    pub failures: u64,
    /// Largest allocation that set a collection off (J9), bytes.
    pub largest_request: Option<u64>,
    /// The failures, told apart.
    pub marks: Marks,
    /// Stops for any reason, where the log prints them.
    pub safepoints: Safepoints,
    /// VM options as the log prints them.
    pub options: Vec<String>,
    /// Causes with their number, most frequent first; at most [`MAX_CAUSES`].
    pub causes: Vec<(String, u64)>,
    /// Full collections that a person, a tool or a dump asked for.
    pub asked: u64,
    /// Bytes in use after the last collection of the whole heap.
    pub last_live: Option<u64>,
    /// Bytes allocated a second, from the heap before each collection and after the one before.
    pub allocation_rate: Option<f64>,
    /// Bytes that young collections moved into the old generation, a second.
    pub promotion_rate: Option<f64>,
    /// Parts that could not be read.
    pub gaps: Vec<Gap>,
}

/// Causes kept in [`GcFacts::causes`].
pub const MAX_CAUSES: usize = 64;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, PartialOrd, Ord)]
pub enum GcLevel {
    /// Stops the service.
    Critical,
    /// Hurts users.
    High,
    /// Costs time.
    Medium,
    /// Worth knowing.
    #[default]
    Low,
}

/// What a log's figures mean.
#[derive(Debug, Clone, Default)]
pub struct GcFinding {
    /// Row of the table, e.g. `promotion`.
    pub id: &'static str,
    /// How much it matters.
    pub level: GcLevel,
    /// What it means and what to do.
    pub words: Text,
    /// Where the knowledge comes from.
    pub source: &'static str,
}

/// Events kept in [`GcFacts::events`].
pub const MAX_EVENTS: usize = 20_000;

/// One collection.
#[derive(Debug, Clone, Default)]
pub struct GcEvent {
    /// When it began (or was logged).
    pub time: Option<Stamp>,
    /// Seconds since VM start, when printed.
    pub uptime_s: Option<f64>,
    /// Pause in milliseconds.
    pub pause_ms: f64,
    /// Full or global.
    pub full: bool,
    /// Cause as printed.
    pub cause: Option<String>,
    /// Heap use before, bytes.
    pub before: Option<u64>,
    /// Heap use after, bytes.
    pub after: Option<u64>,
    /// Heap capacity, bytes.
    pub capacity: Option<u64>,
    /// Old or tenured generation after: in use and size (0 when the size is not printed), bytes.
    pub old: Option<(u64, u64)>,
    /// Triggered by `System.gc()`.
    pub explicit: bool,
    /// Triggered for class metadata.
    pub metadata: bool,
    /// Bytes whose allocation failed and forced it (J9 `af`), when printed.
    pub requested: Option<u64>,
    /// 1-based line in the decompressed file.
    pub line: u64,
}
