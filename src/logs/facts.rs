//! What a log tells.

use crate::{evidence::ArtefactId, words::Text};
use goldenhour_parsers::{Gap, Stamp};

/// The facts of one log file.
#[derive(Debug, Clone, Default)]
pub struct LogFacts {
    /// Where it was read; `None` only in tests.
    pub artefact: Option<ArtefactId>,
    /// `websphere`, `liberty`, `weblogic`, `juli`, `log4j`, `logback`, `json`, `access`, `ffdc`, `plain`, …
    pub format: &'static str,
    /// `utf-8`, `gb18030`, `utf-16le`, …
    pub encoding: &'static str,
    /// Records (a multi-line trace belongs to its record).
    pub records: u64,
    /// Records of error level, as the corpus README defines it.
    pub errors: u64,
    /// Records with a stack trace.
    pub traces: u64,
    /// First and last time.
    pub first_time: Option<Stamp>,
    /// Last time.
    pub last_time: Option<Stamp>,
    /// First record of error level.
    pub first_error: Option<LogRecord>,
    /// Records that may matter for a diagnosis: warnings, errors, exceptions, known codes, life-cycle messages. In file
    /// order. At most [`MAX_NOTABLE`]; of a template that repeats, the first and last 50 are kept and the rest counted in its template.
    pub notable: Vec<LogRecord>,
    /// Error bursts.
    pub bursts: Vec<Burst>,
    /// Templates by count, largest first; capped.
    pub templates: Vec<Template>,
    /// Message codes with counts.
    pub codes: Vec<CodeCount>,
    /// Records a minute: (minute as civil time at second 0, records, errors), ascending.
    pub minutes: Vec<(Stamp, u64, u64)>,
    /// Requests, for an access log.
    pub access: Option<AccessFacts>,
    /// Server or process name, host and pid, when the log tells them.
    pub process_name: Option<String>,
    /// Process id, when the log tells it (WebSphere's environment block, native_stderr file names …).
    pub pid: Option<u64>,
    /// (line, template id) of every record, only with [`LogOptions::assign`].
    pub assignment: Vec<(u64, u32)>,
    /// Parts that could not be read.
    pub gaps: Vec<Gap>,
}

/// Records kept in [`LogFacts::notable`].
pub const MAX_NOTABLE: usize = 20_000;

/// Level of a record, normalised over products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Level {
    /// Trace, debug, fine.
    Debug,
    /// Info, audit, notice, and records without a level.
    #[default]
    Info,
    /// Warning.
    Warn,
    /// Error, severe.
    Error,
    /// Fatal, critical, emergency.
    Fatal,
}

/// One record that may matter.
#[derive(Debug, Clone, Default)]
pub struct LogRecord {
    /// 1-based line in the decompressed file.
    pub line: u64,
    /// Time.
    pub time: Option<Stamp>,
    /// Level.
    pub level: Level,
    /// Thread name or id, as printed.
    pub thread: Option<String>,
    /// Logger, component or class.
    pub logger: Option<String>,
    /// Message code (`WSVR0605W`, `ORA-00060`, `BEA-000337` …).
    pub code: Option<String>,
    /// The record's first line as it stands, level and code included (decoded, not masked, at most 1,000 characters).
    pub first_line: String,
    /// The message without the header; at most 1,000 characters, following lines that are not frames included.
    pub message: String,
    /// Exception classes in the order named (outermost first); at most 10.
    pub exceptions: Vec<String>,
    /// `class: message` of every exception of the chain in that order; at most 10.
    pub chain: Vec<String>,
    /// Class of the last `Caused by`, else the first exception named.
    pub root_exception: Option<String>,
    /// The message behind that class.
    pub root_message: Option<String>,
    /// First frames of the root cause, innermost first; at most 8.
    pub frames: Vec<String>,
    /// First frame of the application's own code.
    pub own_frame: Option<String>,
    /// Duration in seconds that the message itself carries and by which it is late (HEURISTICS.md §8).
    pub carried_s: Option<f64>,
    /// Template of the record.
    pub template: u32,
}

/// A run of records of one template, level or exception far above its usual rate.
#[derive(Debug, Clone, Default)]
pub struct Burst {
    /// First record of the burst.
    pub onset: Option<Stamp>,
    /// Last record of the burst.
    pub end: Option<Stamp>,
    /// Level.
    pub level: Level,
    /// Template.
    pub template: String,
    /// Exception class, if any.
    pub exception: Option<String>,
    /// Records.
    pub count: u64,
    /// Line of the first record.
    pub line: u64,
    /// Expected records in the same span by the usual rate.
    pub expected: f64,
}

/// A template.
#[derive(Debug, Clone, Default)]
pub struct Template {
    /// Number, unique in the file.
    pub id: u32,
    /// Text with `<*>` for the variable parts.
    pub template: String,
    /// Records.
    pub count: u64,
    /// Line of the first record.
    pub first_line: u64,
    /// Highest level seen.
    pub level: Level,
    /// First and last time.
    pub first_time: Option<Stamp>,
    /// Last time.
    pub last_time: Option<Stamp>,
}

/// A message code and how often it came.
#[derive(Debug, Clone, Default)]
pub struct CodeCount {
    /// The code.
    pub code: String,
    /// Records that carry it.
    pub count: u64,
    /// What it means, when the table knows it.
    pub meaning: Option<Text>,
    /// `cause`, `symptom`, `noise`, `lifecycle`; from the code table.
    pub role: &'static str,
    /// Line of the first record.
    pub first_line: u64,
}

/// What an access log tells.
#[derive(Debug, Clone, Default)]
pub struct AccessFacts {
    /// Requests.
    pub requests: u64,
    /// Requests with status ≥ 500.
    pub server_errors: u64,
    /// A row a minute, ascending.
    pub minutes: Vec<AccessMinute>,
    /// The first minute of the trouble: latency or server errors leave their usual range and stay out of it.
    pub degraded_from: Option<Stamp>,
    /// First request with a status ≥ 500 in the degraded time.
    pub first_server_error: Option<LogRecord>,
    /// Paths by server errors and slowness: (path without parameters, requests, server errors, mean ms), at most 20.
    pub paths: Vec<(String, u64, u64, f64)>,
    /// The last request: when traffic ends although others go on, the process was gone.
    pub last_request: Option<Stamp>,
}

/// One minute of an access log.
#[derive(Debug, Clone, Default)]
pub struct AccessMinute {
    /// Start of the minute.
    pub minute: Option<Stamp>,
    /// Requests finished.
    pub requests: u64,
    /// With status ≥ 500.
    pub server_errors: u64,
    /// Median latency in ms, when the log has latency.
    pub median_ms: Option<f64>,
    /// Longest latency in ms.
    pub max_ms: Option<f64>,
}

/// How to read logs.
#[derive(Debug, Clone, Default)]
pub struct LogOptions {
    /// Keep the assignment of each record to its template (`--assign`).
    pub assign: bool,
}
