//! The facts side of the model: dumps, locks, pools, GC, logs, crashes, listings, processes.

use super::Moment;
use crate::words::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One thread dump or javacore (CONTRACT.md §5).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DumpView {
    /// Artefact id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub artefact: String,
    /// 0-based number of the dump in its artefact.
    pub index: u32,
    /// When it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Moment>,
    /// `javacore`, `hotspot`, `jcmd-text`, `jcmd-json`, `jrockit`, `sap`, `other`.
    pub format: String,
    /// VM description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vm: Option<String>,
    /// Process id of the operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u64>,
    /// Why it was taken (javacore).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The event's detail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_detail: Option<String>,
    /// Threads.
    pub threads: u64,
    /// Of these, threads with a Java frame.
    pub with_java_stack: u64,
    /// Virtual threads.
    pub virtual_threads: u64,
    /// Threads by state.
    pub states: StatesView,
    /// Cycles.
    #[serde(default)]
    pub deadlocks: Vec<DeadlockView>,
    /// Holders of locks with waiters.
    #[serde(default)]
    pub blockers: Vec<BlockerView>,
    /// Maximum heap, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heap_max: Option<u64>,
    /// Free heap, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heap_free: Option<u64>,
    /// J9's collector policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gc_policy: Option<String>,
    /// True when the dump ends before its end mark.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub incomplete: bool,
    /// True when the VM could not stop its threads: locks may contradict each other.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub inconsistent: bool,
}

/// Threads by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatesView {
    /// RUNNABLE.
    pub runnable: u64,
    /// BLOCKED.
    pub blocked: u64,
    /// WAITING.
    pub waiting: u64,
    /// TIMED_WAITING.
    pub timed_waiting: u64,
    /// J9's P.
    pub parked: u64,
}

/// A closed chain of threads that wait for each other.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeadlockView {
    /// Process id (`p1`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// Artefact id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub artefact: String,
    /// Names, in the order of the cycle.
    pub threads: Vec<String>,
    /// `a.b.C@0x…`, in the same order.
    pub locks: Vec<String>,
    /// True when the VM printed it.
    pub reported_by_vm: bool,
    /// Threads that wait for a member of the cycle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub victims: Option<u64>,
    /// 1-based line in the decompressed file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

/// A lock whose holder makes others wait.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BlockerView {
    /// Artefact id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub artefact: String,
    /// Holder's name; absent when no owner is known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub thread: String,
    /// `a.b.C@0x…`.
    pub lock: String,
    /// Class of the lock.
    pub lock_class: String,
    /// `monitor`, `synchronizer` or `class-init`.
    pub kind: String,
    /// Direct waiters.
    pub blocked: u64,
    /// Direct and transitive waiters.
    pub victims: u64,
    /// What the holder does.
    pub doing: Text,
    /// 1-based line in the decompressed file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

/// Dumps of one process compared.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeriesView {
    /// Process id (`p1`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// Indices into `dumps`.
    pub dumps: Vec<usize>,
    /// Threads with the same working frames in the dumps.
    pub stuck: Vec<String>,
    /// Of these, threads that burn CPU.
    pub spinning: Vec<String>,
    /// Change of the thread count from first to last dump.
    pub thread_growth: i64,
}

/// A pool in its worst dump.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PoolView {
    /// Process id (`p1`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// Artefact id of the dump.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub artefact: String,
    /// Name.
    pub name: String,
    /// Threads, or connections when known.
    pub size: u64,
    /// Not idle.
    pub busy: u64,
    /// Threads that wait for the pool.
    #[serde(default)]
    pub waiting: u64,
    /// What most busy ones wait for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<String>,
    /// What most busy ones do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doing: Option<Text>,
}

/// One GC log (CONTRACT.md §5).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GcView {
    /// Artefact id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub artefact: String,
    /// `unified`, `print-gc`, `j9-xml`, `j9-classic`, `j9-history` (what a javacore remembers).
    pub format: String,
    /// Collector.
    pub collector: String,
    /// Stop-the-world pauses.
    pub pauses: u64,
    /// Full or global collections.
    pub full: u64,
    /// Longest pause, milliseconds.
    pub max_pause_ms: f64,
    /// Sum of pauses, milliseconds.
    pub total_pause_ms: f64,
    /// Seconds from first to last event.
    pub span_s: f64,
    /// Share of the span in pauses, 0…1.
    pub gc_share: f64,
    /// Share in pauses during the worst five minutes, 0…1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst_share: Option<f64>,
    /// Highest heap use after a collection, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_heap_after: Option<u64>,
    /// Heap use after the last collection, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_heap_after: Option<u64>,
    /// Largest heap size, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heap_max: Option<u64>,
    /// Slope of heap use after full collections, bytes per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leak_slope_bytes_per_s: Option<f64>,
    /// First event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_time: Option<Moment>,
    /// Last event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_time: Option<Moment>,
    /// When collections become futile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pressure_onset: Option<Moment>,
    /// Heap use after collections over time, thinned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<GcPoint>,
}

/// One collection of the plot.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GcPoint {
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Moment>,
    /// Seconds since the first event, or since VM start when only that is printed.
    pub at_s: f64,
    /// Heap use after it, bytes.
    pub after: u64,
    /// Pause, milliseconds.
    pub pause_ms: f64,
    /// Full or global.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub full: bool,
}

/// One log file (CONTRACT.md §5).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LogView {
    /// Artefact id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub artefact: String,
    /// Layout.
    pub format: String,
    /// Encoding.
    pub encoding: String,
    /// Records.
    pub records: u64,
    /// Records of error level.
    pub errors: u64,
    /// Records with a stack trace.
    pub traces: u64,
    /// First record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_time: Option<Moment>,
    /// Last record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_time: Option<Moment>,
    /// Records a minute around the incident.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub minutes: Vec<MinuteView>,
    /// Requests, for an access log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<AccessView>,
}

/// One minute of a log.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MinuteView {
    /// Start of the minute.
    pub time: Moment,
    /// Records, or requests of an access log.
    pub records: u64,
    /// Records of error level, or answers with status 500 and above.
    pub errors: u64,
}

/// What an access log tells.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AccessView {
    /// Requests.
    pub requests: u64,
    /// Answers with status 500 and above.
    pub server_errors: u64,
    /// First minute of the trouble.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degraded_from: Option<Moment>,
    /// Paths by server errors and slowness.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<PathView>,
}

/// One path of an access log.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PathView {
    /// Path without parameters.
    pub path: String,
    /// Requests.
    pub requests: u64,
    /// Answers with status 500 and above.
    pub server_errors: u64,
    /// Mean latency, milliseconds.
    pub mean_ms: f64,
}

/// A burst of records.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BurstView {
    /// Artefact id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub artefact: String,
    /// First record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onset: Option<Moment>,
    /// Last record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Moment>,
    /// `ERROR`, `WARN`, …
    pub level: String,
    /// Template, masked.
    pub template: String,
    /// Exception class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
    /// Records.
    pub count: u64,
    /// 1-based line of the first record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Records the usual rate would give in the same span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<f64>,
}

/// A message code.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CodeView {
    /// The code.
    pub code: String,
    /// Records that carry it.
    pub count: u64,
    /// `cause`, `symptom`, `noise`, `lifecycle`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// What it means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<Text>,
}

/// First record of the incident.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FirstErrorView {
    /// Artefact id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub artefact: String,
    /// 1-based line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Moment>,
    /// Class of the last `Caused by`, else the first class named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
    /// The record's first line as it stands, masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// A native crash.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CrashView {
    /// Artefact id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub artefact: String,
    /// `signal`, `internal-error`, `out-of-memory`, `gpf` (javacore).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Signal or exception.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<String>,
    /// The problematic frame as printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<String>,
    /// Module.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// First module of the stack that is not libc, the VM or the linker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guilty_module: Option<String>,
    /// Thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// Method being compiled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compiling: Option<String>,
    /// VM version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vm_version: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Moment>,
    /// 1-based line in the decompressed file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

/// One system listing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SystemView {
    /// Artefact id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub artefact: String,
    /// `errpt`, `netstat`, …
    pub kind: String,
    /// Host, if printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// When it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Moment>,
    /// The listing's own figures, units as printed.
    #[serde(default)]
    pub facts: Map<String, Value>,
}

/// One JVM life.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProcessView {
    /// `p1`, `p2`, …
    pub id: String,
    /// Process id of the operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u64>,
    /// Host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Server or application name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// VM description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vm: Option<String>,
    /// Start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Moment>,
    /// End.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Moment>,
}
