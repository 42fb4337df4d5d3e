//! The report model: the JSON of CONTRACT.md §2, key by key.
//!
//! Absent means unknown: an `Option` that is `None` and an empty list are left out, `null` never appears. Keys are
//! added, never renamed.

mod heap;
mod parts;
mod views;

pub use heap::*;
pub use parts::*;
pub use views::*;

use crate::{
    diagnosis::{Cause, Confidence, Priority, Scale, Status},
    words::Text,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Schema id of the report.
pub const SCHEMA: &str = "goldenhour.report/1";

/// Everything the report shows; the JSON is the model (CONTRACT.md §2).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportModel {
    /// Schema id, `goldenhour.report/1`.
    pub schema: String,
    /// The program that wrote it.
    pub tool: Tool,
    /// Identity, window and priority clock of the incident.
    pub incident: Incident,
    /// What happened.
    pub verdict: Verdict,
    /// The standing questions of the emergency rules.
    pub questions: Questions,
    /// Ranked explanations, the verdict's first.
    #[serde(default)]
    pub hypotheses: Vec<HypothesisView>,
    /// Risks, worst first; only of an inspection.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub risks: Vec<RiskView>,
    /// Findings, most severe first.
    #[serde(default)]
    pub findings: Vec<FindingView>,
    /// Heap dumps.
    #[serde(default)]
    pub heaps: Vec<HeapView>,
    /// Heap dumps of one process compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heap_growth: Vec<HeapGrowthView>,
    /// Thread dumps and javacores.
    #[serde(default)]
    pub dumps: Vec<DumpView>,
    /// Dumps of one process compared.
    #[serde(default)]
    pub series: Vec<SeriesView>,
    /// GC logs.
    #[serde(default)]
    pub gc: Vec<GcView>,
    /// Deadlocks, a row a dump.
    #[serde(default)]
    pub deadlocks: Vec<DeadlockView>,
    /// Holders of locks with waiters, a row a dump.
    #[serde(default)]
    pub blockers: Vec<BlockerView>,
    /// Pools, each in its worst dump.
    #[serde(default)]
    pub pools: Vec<PoolView>,
    /// Log files.
    #[serde(default)]
    pub logs: Vec<LogView>,
    /// Bursts of errors.
    #[serde(default)]
    pub bursts: Vec<BurstView>,
    /// Message codes, over all logs.
    #[serde(default)]
    pub codes: Vec<CodeView>,
    /// First record of the incident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_error: Option<FirstErrorView>,
    /// Native crashes.
    #[serde(default)]
    pub crashes: Vec<CrashView>,
    /// System listings.
    #[serde(default)]
    pub system: Vec<SystemView>,
    /// JVM lives inside the incident's window.
    #[serde(default)]
    pub processes: Vec<ProcessView>,
    /// Events in order of time.
    #[serde(default)]
    pub timeline: Vec<EventView>,
    /// Proposed actions by stage.
    #[serde(default)]
    pub actions: Vec<ActionView>,
    /// What was not brought and could change the verdict.
    #[serde(default)]
    pub missing: Vec<MissingView>,
    /// Everything that was brought.
    #[serde(default)]
    pub artefacts: Vec<ArtefactView>,
    /// Lists that were cut, with their true length.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capped: Vec<Capped>,
    /// The moment of reading and the tool's own timings; never part of the JSON.
    #[serde(skip)]
    pub run: Run,
}

impl ReportModel {
    /// The moment of reading while the priority clock still runs: not more than a day after the last promise. For an
    /// old incident the clock shows due times only.
    pub(crate) fn running_now(&self) -> Option<Timestamp> {
        let now = self.run.now?;
        let last = self.incident.due.as_ref()?.resolution.instant()?;
        (now.as_second() - last.as_second() <= 24 * 3600).then_some(now)
    }
}

/// What differs between two runs over the same evidence, shown by some forms and left out of the JSON.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run {
    /// The moment marked as "now" on the priority clock.
    pub now: Option<Timestamp>,
    /// Wall time of the analysis in seconds.
    pub elapsed_s: Option<f64>,
}

/// The program that wrote a report.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// `goldenhour`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// True when persons' data are shown as they are (`--unmask`).
    #[serde(default, skip_serializing_if = "is_false")]
    pub unmasked: bool,
    /// True for a report of a quiet day (`--inspection`).
    #[serde(default, skip_serializing_if = "is_false")]
    pub inspection: bool,
}

/// Identity, window and clock of the incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Incident {
    /// Derived from the evidence's hashes: same evidence, same id.
    pub id: String,
    /// Name of the site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// When the mechanism of the cause begins to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onset: Option<Moment>,
    /// The first thing a user could have noticed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_symptom: Option<Moment>,
    /// The last moment any current artefact speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_evidence: Option<Moment>,
    /// Small or large crash.
    pub scale: Scale,
    /// Priority class.
    pub priority: Priority,
    /// Due times, counted from the onset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
    /// Business modules of the site file that the cause lies in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<String>,
    /// Earlier incidents with the same fingerprint, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen_before: Vec<SeenBefore>,
}

impl Default for Incident {
    fn default() -> Self {
        Self {
            id: String::new(),
            site: None,
            onset: None,
            first_symptom: None,
            last_evidence: None,
            scale: Scale::Unknown,
            priority: Priority::General,
            due: None,
            modules: Vec::new(),
            seen_before: Vec::new(),
        }
    }
}

/// Due times of the priority clock (OPERATIONS.md).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Due {
    /// Somebody responds.
    pub response: Moment,
    /// A workaround is in place.
    pub workaround: Moment,
    /// The incident is resolved.
    pub resolution: Moment,
}

/// An earlier incident with the same fingerprint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenBefore {
    /// Its incident id.
    pub id: String,
    /// Its onset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onset: Option<Moment>,
    /// Its site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Minutes until service was back, when recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored_after_min: Option<f64>,
    /// What ended it, when recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// "The same as on 3 March, fixed by …, came back after 41 days."
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<Text>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// Determined, undetermined or nothing wrong.
    pub status: Status,
    /// The cause; absent when undetermined, `none` when nothing is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// How sure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// One sentence a director understands.
    pub headline: Text,
    /// Why we believe it.
    #[serde(default)]
    pub why: Vec<Text>,
    /// Share of what is abnormal that the cause explains, 0…1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<f64>,
    /// Stable across incidents of the same kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

impl Default for Verdict {
    fn default() -> Self {
        Self {
            status: Status::Undetermined,
            cause: None,
            confidence: None,
            headline: Text::default(),
            why: Vec::new(),
            coverage: None,
            fingerprint: None,
        }
    }
}

/// The standing questions of the emergency rules.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Questions {
    /// Was it the network?
    pub network: Reply,
    /// Was it the host?
    pub host: Reply,
}

/// An answer with its reasons.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reply {
    /// The answer.
    pub answer: YesNo,
    /// Why, or what is missing to know.
    #[serde(default)]
    pub why: Vec<Text>,
}

/// `yes`, `no` or `unknown`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum YesNo {
    /// Yes.
    Yes,
    /// No.
    No,
    /// The evidence does not tell.
    #[default]
    Unknown,
}

/// A list that was cut.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Capped {
    /// Key of the list (`bursts`, `timeline`, `artefacts.gaps` …).
    pub list: String,
    /// Elements kept.
    pub shown: u64,
    /// Elements there were.
    pub total: u64,
}

/// An instant in RFC 3339 with milliseconds and offset (`2026-11-20T10:31:22.120+08:00`).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Moment(pub String);

impl Moment {
    /// An instant shown at an offset.
    pub fn new(instant: Timestamp, offset: jiff::tz::Offset) -> Self {
        Self(goldenhour_parsers::rfc3339(instant, offset))
    }

    /// The instant meant; `None` for words that are no time (a report edited by hand).
    pub fn instant(&self) -> Option<Timestamp> {
        self.0.parse().ok()
    }

    /// `10:31:22`, the local time of day.
    pub fn time_of_day(&self) -> &str {
        self.0.get(11..19).unwrap_or(&self.0)
    }

    /// `2026-11-20`.
    pub fn date(&self) -> &str {
        self.0.get(..10).unwrap_or(&self.0)
    }

    /// `11:31:22`, or `11-21 11:31:22` when that is another day than `reference`.
    pub fn beside(&self, reference: &Self) -> String {
        match (self.date() == reference.date(), self.0.get(5..10)) {
            (false, Some(day)) => format!("{day} {}", self.time_of_day()),
            _ => self.time_of_day().to_owned(),
        }
    }

    /// `2026-11-20 10:31:22`.
    pub fn date_and_time(&self) -> String {
        match (self.0.get(..10), self.0.get(11..19)) {
            (Some(date), Some(time)) => format!("{date} {time}"),
            _ => self.0.clone(),
        }
    }

    /// The offset from UTC it is shown at; +08:00 when the words have none.
    pub fn offset(&self) -> jiff::tz::Offset {
        let tail = self.0.get(19..).unwrap_or_default();
        let Some(at) = tail.find(['+', '-']) else {
            return if tail.ends_with('Z') {
                jiff::tz::Offset::UTC
            } else {
                goldenhour_parsers::CHINA
            };
        };
        let digits = tail.get(at + 1..).unwrap_or_default();
        let hours: i32 = digits.get(..2).and_then(|d| d.parse().ok()).unwrap_or(8);
        let minutes: i32 = digits.get(3..5).and_then(|d| d.parse().ok()).unwrap_or(0);
        let sign = if tail.as_bytes().get(at) == Some(&b'-') { -1 } else { 1 };
        jiff::tz::Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).unwrap_or(goldenhour_parsers::CHINA)
    }
}

/// For `skip_serializing_if`.
pub(crate) fn is_false(value: &bool) -> bool {
    !*value
}
