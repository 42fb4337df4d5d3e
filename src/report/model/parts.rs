//! The diagnosis side of the model: hypotheses, findings, actions, what is missing, timeline, artefacts.

use super::{Moment, is_false};
use crate::{
    diagnosis::{Cause, Confidence, Role, Severity, Stage},
    words::Text,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One ranked explanation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HypothesisView {
    /// 1 is the verdict's.
    pub rank: u32,
    /// The cause.
    pub cause: Cause,
    /// 0…1.
    pub score: f64,
    /// How sure.
    pub confidence: Confidence,
    /// `<finding id>#n` of findings that speak for it.
    #[serde(rename = "for", default)]
    pub supporting: Vec<String>,
    /// … and against it.
    #[serde(default)]
    pub against: Vec<String>,
    /// The one check that would separate it from the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Text>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FindingView {
    /// Detector's finding id (`heap.leak`).
    pub id: String,
    /// 1-based number among findings of this id.
    pub n: u32,
    /// The cause it speaks for.
    pub cause: Cause,
    /// How bad.
    pub severity: Severity,
    /// Place in the chain of events.
    pub role: Role,
    /// Process id (`p1`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// One line.
    pub title: Text,
    /// A paragraph.
    pub detail: Text,
    /// When the mechanism began, as far as this finding tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Moment>,
    /// Share of the abnormality it explains, 0…1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<f64>,
    /// The name that makes it recognisable: holder class, lock class, backend, frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Figures with names that carry their unit.
    #[serde(default)]
    pub facts: Map<String, Value>,
    /// Where it was read.
    #[serde(default)]
    pub evidence: Vec<EvidenceView>,
}

impl FindingView {
    /// `heap.leak#1`.
    pub fn reference(&self) -> String {
        format!("{}#{}", self.id, self.n)
    }
}

/// A risk that an inspection found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RiskView {
    /// `heap`, `pool`, `disk`, `paging`, `growth`, `gc`, `finding`.
    pub kind: String,
    /// Whose: server, pool, file system, artefact, or `<finding id>#n`.
    pub of: String,
    /// How near it is.
    pub level: Severity,
    /// Share of the limit, 0…1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// Days until the limit is reached at the rate of the evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days_left: Option<f64>,
    /// What is near.
    pub title: Text,
    /// What to do about it.
    pub advice: Text,
    /// Artefact it was read from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub artefact: String,
}

impl Default for RiskView {
    fn default() -> Self {
        Self {
            kind: String::new(),
            of: String::new(),
            level: Severity::Low,
            share: None,
            days_left: None,
            title: Text::default(),
            advice: Text::default(),
            artefact: String::new(),
        }
    }
}

/// A place in an artefact.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceView {
    /// Artefact id (`a3`).
    pub artefact: String,
    /// 1-based line in the decompressed file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Byte in the decompressed file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Heap object, `0x…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The words themselves, masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
}

/// A proposed action; nobody does it without the approval it names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActionView {
    /// Catalogue id.
    pub id: String,
    /// When.
    pub stage: Stage,
    /// What, where.
    pub title: Text,
    /// Exact command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// What should happen.
    pub expected: Text,
    /// What can go wrong.
    pub risk: Text,
    /// The way back.
    pub rollback: Text,
    /// Who must agree.
    pub approval: Text,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Moment>,
    /// How to see that it worked.
    pub verify: Text,
    /// `<finding id>#n` it follows from.
    #[serde(default)]
    pub because: Vec<String>,
}

/// Something that was not brought.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MissingView {
    /// What.
    pub what: Text,
    /// Why it matters.
    pub why_it_matters: Text,
    /// The command that gets it.
    pub how_to_get: Text,
}

/// One event of the timeline.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventView {
    /// When.
    pub time: Moment,
    /// How far off it may be, in seconds.
    #[serde(default)]
    pub uncertainty_s: f64,
    /// What happened.
    pub what: Text,
    /// Lane: `log`, `gc`, `threads`, `heap`, `crash`, `system`, `access`, `life`.
    pub kind: String,
    /// Artefact id.
    pub artefact: String,
    /// 1-based line in the decompressed file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

/// One piece of evidence.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArtefactView {
    /// `a1`, `a2`, …
    pub id: String,
    /// Path relative to the PATH given.
    pub path: String,
    /// What it is.
    pub kind: String,
    /// Bytes on disk.
    pub bytes: u64,
    /// SHA-256, lower-case hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Artefact it was cut out of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Where in the parent it starts, bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Process id (`p1`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// Share of it that was read, 0…1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<f64>,
    /// The time it stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Moment>,
    /// True when nothing told the offset from UTC.
    #[serde(default, skip_serializing_if = "is_false")]
    pub zone_assumed: bool,
    /// True when it belongs to another day or life than the incident.
    #[serde(default, skip_serializing_if = "is_false")]
    pub stale: bool,
    /// What could not be read.
    #[serde(default)]
    pub gaps: Vec<GapView>,
}

/// A stretch that could not be read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GapView {
    /// First byte, in the decompressed file.
    pub offset: u64,
    /// Bytes; 0 when unknown.
    pub length: u64,
    /// Why.
    pub reason: Text,
}
