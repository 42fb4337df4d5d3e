//! The case: facts of all artefacts joined – processes, identities, one clock, one timeline.

mod clock;
mod heap_growth;
mod heap_threads;
mod lives;
pub mod marks;
mod names;
mod rooms;
mod servers;
mod span;
mod timeline;

pub use clock::parse_offset;
pub use heap_growth::HeapGrowth;
pub use rooms::known_crash;

use crate::{
    crash::CrashFacts,
    evidence::{ArtefactId, Citation, Evidence, Progress},
    gc::GcFacts,
    heap::{HeapFacts, Watch},
    logs::LogFacts,
    site::Site,
    system::SystemFacts,
    threads::{DumpFacts, Pool, Series},
    words::Text,
};
use goldenhour_parsers::{CHINA, Gap, Kind, Stamp};
use jiff::{SignedDuration, Timestamp, tz::Offset};
use std::sync::Arc;

/// Everything known about one folder of evidence, on one clock.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// The artefacts, in the order of intake.
    pub artefacts: Vec<CaseArtefact>,
    /// Heap dumps.
    pub heaps: Vec<HeapFacts>,
    /// Several heap dumps of one process compared.
    pub heap_growths: Vec<HeapGrowth>,
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

/// What a thread does whose frames (innermost first) a log quotes, by the knowledge that judges dumps.
pub fn activity_of(frames: &[Arc<str>]) -> crate::threads::Activity {
    crate::threads::activity_of(frames)
}

impl Case {
    /// The artefact with this id.
    pub fn artefact(&self, id: ArtefactId) -> Option<&CaseArtefact> {
        // Intake numbers the artefacts 1, 2, … in order, so the place is nearly always known.
        let guess = (id.0 as usize).checked_sub(1).and_then(|i| self.artefacts.get(i));
        match guess {
            Some(artefact) if artefact.id == id => Some(artefact),
            _ => self.artefacts.iter().find(|a| a.id == id),
        }
    }

    /// The instant a stamp of an artefact means.
    pub fn instant(&self, id: ArtefactId, stamp: Stamp) -> Option<Timestamp> {
        stamp.instant(self.artefact(id).map_or(CHINA, |a| a.offset))
    }

    /// True when nothing says that the artefact is of another day.
    pub fn is_current(&self, id: ArtefactId) -> bool {
        self.artefact(id).is_none_or(|a| !a.stale)
    }

    /// The process an artefact belongs to.
    pub fn process_of(&self, id: ArtefactId) -> Option<usize> {
        self.artefact(id).and_then(|a| a.process)
    }

    /// True for a moment inside the incident's window, an hour to either side included.
    pub fn in_window(&self, at: Timestamp) -> bool {
        let hour = SignedDuration::from_hours(1);
        self.window
            .is_none_or(|(from, to)| from.duration_since(at) <= hour && at.duration_since(to) <= hour)
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
    /// Bytes of memory that a heap dump may take; what is more goes to temporary files.
    pub memory_limit: Option<u64>,
    /// Who is told early what a heap dump holds.
    pub watch: Option<Arc<dyn Watch>>,
}

/// Reads every artefact with the room for its kind and joins the facts. A part that fails becomes a gap of its artefact.
/// Tells `progress` when a stage begins.
pub fn read(evidence: &Evidence, site: &Site, options: &CaseOptions, progress: &dyn Progress) -> Case {
    let mut case = Case {
        artefacts: evidence.artefacts.iter().map(unread).collect(),
        ..Case::default()
    };
    let groups: Vec<(ArtefactId, &str, Kind)> = evidence.artefacts.iter().map(|a| (a.id, a.folder(), a.kind)).collect();
    let servers = servers::group(&groups);
    progress.stage("read");
    let mut failures = rooms::read_all_but_heaps(evidence, &mut case);
    progress.stage("heaps");
    failures.extend(rooms::read_heaps(evidence, &mut case, options));
    progress.stage("join");
    clock::resolve(&mut case, site, options.assumed_offset, &servers.of);
    let spans = span::spans(&case, evidence);
    case.window = span::mark_stale(&mut case, &spans);
    lives::find(&mut case, &servers, &spans);
    collect_gaps(&mut case, evidence, failures);
    for artefact in &mut case.artefacts {
        artefact.time = spans.get(&artefact.id).map(|span| span.0);
    }
    join_dumps(&mut case);
    heap_threads::join(&mut case);
    case.heap_growths = heap_growth::find(&case);
    case.timeline = timeline::build(&case);
    case
}

/// An artefact before any room has read it.
fn unread(artefact: &crate::evidence::Artefact) -> CaseArtefact {
    CaseArtefact {
        id: artefact.id,
        path: artefact.path.clone(),
        kind: artefact.kind,
        bytes: artefact.bytes_on_disk,
        sha256: artefact.sha256.clone(),
        parent: artefact.parent.map(|parent| (parent, artefact.offset)),
        process: None,
        coverage: 1.0,
        time: artefact.modified,
        offset: CHINA,
        offset_assumed: true,
        stale: false,
        gaps: artefact.gaps.clone(),
    }
}

/// Puts the gaps of all facts at their artefact and works out how much of it was read.
fn collect_gaps(case: &mut Case, evidence: &Evidence, failures: rooms::Failures) {
    let mut gaps: Vec<(ArtefactId, Gap)> = failures;
    let mut heap_coverage: Vec<(ArtefactId, f64)> = Vec::new();
    let mut take = |id: Option<ArtefactId>, list: &[Gap]| {
        if let Some(id) = id {
            gaps.extend(list.iter().map(|gap| (id, gap.clone())));
        }
    };
    case.dumps.iter().for_each(|f| take(f.artefact, &f.gaps));
    case.crashes.iter().for_each(|f| take(f.artefact, &f.gaps));
    case.gcs.iter().for_each(|f| take(f.artefact, &f.gaps));
    case.logs.iter().for_each(|f| take(f.artefact, &f.gaps));
    case.systems.iter().for_each(|f| take(f.artefact, &f.gaps));
    for heap in &case.heaps {
        take(heap.artefact, &heap.gaps);
        heap_coverage.extend(heap.artefact.map(|id| (id, heap.coverage)));
    }
    for (id, gap) in gaps {
        if let Some(artefact) = case.artefacts.iter_mut().find(|a| a.id == id)
            && !artefact.gaps.contains(&gap)
        {
            artefact.gaps.push(gap);
        }
    }
    for (artefact, source) in case.artefacts.iter_mut().zip(&evidence.artefacts) {
        let length = source.bytes().len().max(1) as f64;
        let lost: u64 = artefact.gaps.iter().map(|gap| gap.length).fold(0, u64::saturating_add);
        let read = (1.0 - lost as f64 / length).clamp(0.0, 1.0);
        let of_heap = heap_coverage
            .iter()
            .filter(|(id, _)| *id == artefact.id)
            .map(|(_, c)| *c);
        artefact.coverage = of_heap.fold(read, f64::min);
    }
}

/// Orders the dumps by process and time and compares those of one process.
fn join_dumps(case: &mut Case) {
    let mut dumps = std::mem::take(&mut case.dumps);
    dumps.sort_by_key(|dump| {
        let id = dump.artefact;
        let process = id.and_then(|id| case.process_of(id));
        let at = id.zip(dump.time).and_then(|(id, time)| case.instant(id, time));
        (process, at, id, dump.index)
    });
    for process in 0..case.processes.len() {
        let of_process: Vec<usize> = (0..dumps.len())
            .filter(|i| {
                dumps
                    .get(*i)
                    .and_then(|d| d.artefact)
                    .and_then(|id| case.process_of(id))
                    == Some(process)
            })
            .collect();
        if of_process.len() < 2 {
            continue;
        }
        let given: Vec<&DumpFacts> = of_process.iter().filter_map(|i| dumps.get(*i)).collect();
        let mut series = crate::threads::compare(&given);
        series.dumps = series
            .dumps
            .iter()
            .filter_map(|i| of_process.get(*i).copied())
            .collect();
        if series.dumps.is_empty() {
            series.dumps = of_process;
        }
        case.series.push(ProcessSeries {
            process: Some(process),
            series,
        });
    }
    case.pools = crate::threads::pools(&dumps);
    case.dumps = dumps;
}

#[cfg(test)]
mod tests;
