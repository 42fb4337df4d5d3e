//! What a diagnosis says.

use crate::{case::Case, evidence::Citation, site::Site, words::Text};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The causes of CONTRACT.md §3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each is explained in the catalogue of causes")]
pub enum Cause {
    HeapLeak,
    HeapLargeRequest,
    HeapUndersized,
    ClassloaderLeak,
    MetaspaceExhausted,
    DirectMemoryExhausted,
    NativeMemoryExhausted,
    ThreadExhaustion,
    FinalizerBacklog,
    Deadlock,
    LockContention,
    ConnectionLeak,
    PoolExhaustion,
    DownstreamSlow,
    DownstreamDown,
    InfiniteLoop,
    StackOverflow,
    JvmCrashNative,
    JvmCrashJit,
    OomKiller,
    DiskFull,
    FdExhaustion,
    NetworkFailure,
    HostOverload,
    DeployFailure,
    ConfigError,
    DataError,
    ExternalKill,
    GcMisconfigured,
    None,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// A risk.
    Low,
    /// Hurts somebody.
    Medium,
    /// Hurts many.
    High,
    /// Stops the business.
    Critical,
}

/// What a finding is in the chain of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Set it off (deploy, batch start, load).
    Trigger,
    /// The mechanism itself.
    Cause,
    /// Made it worse.
    Amplifier,
    /// A consequence.
    Victim,
    /// Background.
    Context,
}

/// How sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Statistics or one message.
    Low,
    /// One strong kind of artefact, nothing against it.
    Medium,
    /// Proof, or two kinds of artefact that agree.
    High,
}

/// One finding of a detector.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Detector's finding id (`heap.leak`).
    pub id: &'static str,
    /// 1-based number among findings of this id.
    pub n: u32,
    /// The cause it speaks for.
    pub cause: Cause,
    /// How bad.
    pub severity: Severity,
    /// Place in the chain.
    pub role: Role,
    /// Index into the case's processes.
    pub process: Option<usize>,
    /// One line.
    pub title: Text,
    /// A paragraph.
    pub detail: Text,
    /// When the mechanism began, as far as this finding can tell.
    pub time: Option<Timestamp>,
    /// Specificity, 1 (a word in free text) … 5 (the runtime states it); HEURISTICS.md §2.3.
    pub strength: u8,
    /// The most that may be concluded from it, when something that would settle it was not brought.
    pub ceiling: Option<Confidence>,
    /// Share of the abnormality it explains, 0…1.
    pub coverage: f64,
    /// The name that makes the cause recognisable across incidents: holder class, lock class, backend, frame.
    pub subject: Option<String>,
    /// Figures with names that carry their unit.
    pub facts: Map<String, Value>,
    /// Where it was read; never empty.
    pub evidence: Vec<Citation>,
}

impl Finding {
    /// `heap.leak#1`.
    pub fn reference(&self) -> String {
        format!("{}#{}", self.id, self.n)
    }
}

/// One ranked explanation.
#[derive(Debug, Clone)]
pub struct Hypothesis {
    /// The cause.
    pub cause: Cause,
    /// 0…1.
    pub score: f64,
    /// How sure.
    pub confidence: Confidence,
    /// References of findings that speak for it.
    pub supporting: Vec<String>,
    /// References of findings that speak against it, or that it leaves unexplained.
    pub against: Vec<String>,
    /// The one check that would separate it from the first.
    pub check: Option<Text>,
}

/// `determined`, `undetermined` or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// A cause reached the bar.
    Determined,
    /// Something is wrong and the evidence does not say why.
    Undetermined,
    /// Nothing is wrong.
    None,
}

/// `yes`, `no` or `unknown`, with reasons.
#[derive(Debug, Clone)]
pub struct Answer {
    /// `Some(true)` yes, `Some(false)` no, `None` unknown.
    pub answer: Option<bool>,
    /// Why.
    pub why: Vec<Text>,
}

/// When an action is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Stage {
    /// Before anything else.
    #[serde(rename = "preserve")]
    Preserve,
    /// In the next ten minutes; at most three.
    #[serde(rename = "now")]
    Now,
    /// Within the hour.
    #[serde(rename = "1h")]
    Hour,
    /// Within twelve hours.
    #[serde(rename = "12h")]
    HalfDay,
    /// For good.
    #[serde(rename = "permanent")]
    Permanent,
}

/// One proposed action; nobody does it without the approval it names.
#[derive(Debug, Clone)]
pub struct Action {
    /// Catalogue id.
    pub id: &'static str,
    /// When.
    pub stage: Stage,
    /// What, where.
    pub title: Text,
    /// Exact command, when there is one.
    pub command: Option<String>,
    /// What should happen.
    pub expected: Text,
    /// What can go wrong.
    pub risk: Text,
    /// The way back.
    pub rollback: Text,
    /// Who must agree.
    pub approval: Text,
    /// Until when, by the priority clock.
    pub due: Option<Timestamp>,
    /// How to see that it worked.
    pub verify: Text,
    /// References of the findings it follows from.
    pub because: Vec<String>,
}

/// Something that was not brought and could change the verdict.
#[derive(Debug, Clone)]
pub struct Missing {
    /// What.
    pub what: Text,
    /// Why it matters.
    pub why_it_matters: Text,
    /// The command that gets it.
    pub how_to_get: Text,
}

/// Small or large crash (OPERATIONS.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// One server or one module.
    Small,
    /// Several servers or most users.
    Large,
    /// Not visible.
    Unknown,
}

/// Priority classes with their clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// 特级.
    Critical,
    /// 严重.
    Serious,
    /// 一般.
    General,
}

/// The first record of the incident.
#[derive(Debug, Clone)]
pub struct FirstError {
    /// Where it stands; the quote is its first line as it stands.
    pub citation: Citation,
    /// When.
    pub time: Option<Timestamp>,
    /// Class of the last `Caused by`, else the first class named.
    pub exception: Option<String>,
}

/// The whole diagnosis.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    /// Determined, undetermined or nothing wrong.
    pub status: Status,
    /// The cause, when determined.
    pub cause: Option<Cause>,
    /// How sure.
    pub confidence: Option<Confidence>,
    /// One sentence a director understands.
    pub headline: Text,
    /// Why we believe it, one line each.
    pub why: Vec<Text>,
    /// Share of what is abnormal that the cause explains.
    pub coverage: Option<f64>,
    /// Stable across incidents of the same kind.
    pub fingerprint: Option<String>,
    /// When the mechanism began to show.
    pub onset: Option<Timestamp>,
    /// The first thing a user could have noticed.
    pub first_symptom: Option<Timestamp>,
    /// Scale.
    pub scale: Scale,
    /// Priority.
    pub priority: Priority,
    /// Response, workaround and resolution due times; `None` without an onset.
    pub due: Option<(Timestamp, Timestamp, Timestamp)>,
    /// Was it the network?
    pub network: Answer,
    /// Was it the host?
    pub host: Answer,
    /// Explanations by rank, the verdict's first.
    pub hypotheses: Vec<Hypothesis>,
    /// Findings, most severe first.
    pub findings: Vec<Finding>,
    /// First record of the incident.
    pub first_error: Option<FirstError>,
    /// Actions by stage.
    pub actions: Vec<Action>,
    /// What to fetch.
    pub missing: Vec<Missing>,
}

/// How to diagnose.
#[derive(Debug, Clone, Default)]
pub struct DiagnosisOptions {
    /// `--priority`.
    pub priority: Option<Priority>,
    /// `--inspection`: a quiet day.
    pub inspection: bool,
}

/// The signature of a diagnosis, so that callers can be tested with another one.
pub type Diagnose = fn(&Case, &Site, &DiagnosisOptions) -> Diagnosis;
