//! The case as detectors look at it: current records in order of time with what they are about.

use super::{
    themes::{self, Theme, Themes},
    thresholds::Thresholds,
};
use crate::{
    case::{Case, marks},
    evidence::{ArtefactId, Citation},
    gc::GcFacts,
    heap::HeapFacts,
    logs::{Level, LogFacts, LogRecord},
    site::Site,
    system::{Sign, SignKind},
    threads::{Activity, DumpFacts, ThreadInfo},
};
use goldenhour_parsers::{Reason, Stamp};
use jiff::{SignedDuration, Timestamp};

/// A notable record of a current log.
#[derive(Debug, Clone)]
pub struct Seen<'a> {
    /// The log.
    pub log: &'a LogFacts,
    /// The record.
    pub record: &'a LogRecord,
    /// Where it stands.
    pub artefact: ArtefactId,
    /// Whose log it is.
    pub process: Option<usize>,
    /// When it was written.
    pub at: Option<Timestamp>,
    /// When what it tells began: written minus the duration it carries.
    pub began: Option<Timestamp>,
    /// What it is about.
    pub themes: Themes,
    /// Life-cycle mark.
    pub mark: Option<marks::Mark>,
}

impl Seen<'_> {
    /// Points to the record.
    pub fn cite(&self) -> Citation {
        Citation::line(self.artefact, self.record.line, self.record.first_line.clone())
    }

    /// True when the record itself announces trouble.
    pub fn is_trouble(&self) -> bool {
        let record = self.record;
        record.level >= Level::Warn
            || !record.exceptions.is_empty()
            || record.root_exception.is_some()
            // J9 prints its crash report without a level.
            || self.themes.has(Theme::VmCrash)
    }
}

/// The case, prepared.
pub struct Scene<'a> {
    /// The case.
    pub case: &'a Case,
    /// The site.
    pub site: &'a Site,
    /// The thresholds in effect.
    pub limits: Thresholds,
    /// Notable records of all current logs in order of time; those without a time last.
    pub records: Vec<Seen<'a>>,
}

impl<'a> Scene<'a> {
    /// Prepares a case.
    pub fn new(case: &'a Case, site: &'a Site) -> Self {
        let mut records: Vec<Seen<'a>> = case
            .logs
            .iter()
            .filter_map(|log| Some((log.artefact?, log)))
            .filter(|(id, _)| case.is_current(*id))
            .flat_map(|(id, log)| log.notable.iter().map(move |record| seen(case, id, log, record)))
            .collect();
        records.sort_by_key(|s| (s.at.is_none(), s.at, s.artefact, s.record.line));
        Self {
            case,
            site,
            limits: Thresholds::of(site),
            records,
        }
    }

    /// Records about any of these.
    pub fn about<'s>(&'s self, wanted: &'s [Theme]) -> impl Iterator<Item = &'s Seen<'a>> + 's {
        self.records.iter().filter(move |s| s.themes.any(wanted))
    }

    /// Records of one process (or of none).
    pub fn of_process<'s>(&'s self, process: Option<usize>) -> impl Iterator<Item = &'s Seen<'a>> + 's {
        self.records.iter().filter(move |s| s.process == process)
    }

    /// The processes to look at; one nameless when none is known.
    pub fn processes(&self) -> Vec<Option<usize>> {
        if self.case.processes.is_empty() {
            vec![None]
        } else {
            let mut all: Vec<Option<usize>> = (0..self.case.processes.len()).map(Some).collect();
            all.push(None);
            all
        }
    }

    /// Current dumps of a process, in order of time.
    pub fn dumps(&self, process: Option<usize>) -> Vec<(usize, &'a DumpFacts)> {
        self.case
            .dumps
            .iter()
            .enumerate()
            .filter(|(_, d)| self.belongs(d.artefact, process))
            .collect()
    }

    /// All current dumps.
    pub fn all_dumps(&self) -> impl Iterator<Item = (usize, &'a DumpFacts)> + '_ {
        let case = self.case;
        case.dumps
            .iter()
            .enumerate()
            .filter(move |(_, d)| d.artefact.is_none_or(|id| case.is_current(id)))
    }

    /// Current GC logs of a process.
    pub fn gcs(&self, process: Option<usize>) -> impl Iterator<Item = &'a GcFacts> + '_ {
        self.case.gcs.iter().filter(move |g| self.belongs(g.artefact, process))
    }

    /// Current heap dumps of a process that can speak for its heap.
    pub fn heaps(&self, process: Option<usize>) -> impl Iterator<Item = &'a HeapFacts> + '_ {
        self.case
            .heaps
            .iter()
            .filter(move |h| self.belongs(h.artefact, process) && !self.is_a_stump(h, process))
    }

    /// True for a dump that was cut off and holds less than a third of what the VM said was in use: shares of the rest
    /// say nothing about the heap.
    fn is_a_stump(&self, heap: &HeapFacts, process: Option<usize>) -> bool {
        let cut = heap.gaps.iter().any(|g| matches!(g.reason, Reason::Truncated { .. }));
        let in_use = || self.dumps(process).iter().filter_map(|(_, d)| d.heap_used).min();
        let held = heap.shallow.saturating_add(heap.unreachable.shallow);
        cut && in_use().is_some_and(|used| held < used / 3)
    }

    /// Current access logs.
    pub fn access_logs(&self) -> impl Iterator<Item = (ArtefactId, &'a crate::logs::AccessFacts)> + '_ {
        let case = self.case;
        case.logs.iter().filter_map(move |log| {
            let id = log.artefact?;
            case.is_current(id).then_some(())?;
            Some((id, log.access.as_ref()?))
        })
    }

    /// Signs of the system within the window; signs without a time count as of now.
    pub fn signs(&self) -> impl Iterator<Item = &'a Sign> + '_ {
        let case = self.case;
        case.systems.iter().flat_map(|s| &s.signs).filter(move |sign| {
            let current = case.is_current(sign.citation.artefact);
            let inside = self.sign_time(sign).is_none_or(|at| case.in_window(at));
            current && inside
        })
    }

    /// When a sign was.
    pub fn sign_time(&self, sign: &Sign) -> Option<Timestamp> {
        sign.time.and_then(|t| self.case.instant(sign.citation.artefact, t))
    }

    /// When the listing that holds this sign was taken.
    pub fn listing_time(&self, sign: &Sign) -> Option<Timestamp> {
        let listing = self.case.systems.iter().find(|s| {
            s.artefact == Some(sign.citation.artefact) && s.signs.iter().any(|other| std::ptr::eq(other, sign))
        })?;
        listing.time.and_then(|t| self.case.instant(sign.citation.artefact, t))
    }

    /// The instant of a stamp.
    pub fn instant(&self, id: Option<ArtefactId>, stamp: Option<Stamp>) -> Option<Timestamp> {
        self.case.instant(id?, stamp?)
    }

    /// The time of a dump.
    pub fn dump_time(&self, dump: &DumpFacts) -> Option<Timestamp> {
        self.instant(dump.artefact, dump.time)
    }

    fn belongs(&self, id: Option<ArtefactId>, process: Option<usize>) -> bool {
        match id {
            Some(id) => self.case.is_current(id) && self.case.process_of(id) == process,
            None => process.is_none() || self.case.processes.len() <= 1,
        }
    }

    /// Earliest moment at which users or hang detectors of a process (or of all) noticed that answers stay away:
    /// hang messages dated back, pool waits dated back, the access log's turn.
    pub fn hang_began(&self, process: Option<usize>) -> Option<Timestamp> {
        let hung = self
            .about(&[
                Theme::HungThread,
                Theme::PoolTimeout,
                Theme::TxTimeout,
                Theme::SlowRequest,
                Theme::ReadTimeout,
            ])
            .filter(|s| process.is_none() || s.process == process || s.process.is_none())
            .filter_map(|s| s.began)
            .min();
        let access = self
            .access_logs()
            .filter(|(id, _)| process.is_none() || self.case.process_of(*id) == process)
            .filter_map(|(id, access)| self.instant(Some(id), access.degraded_from))
            .min();
        match (hung, access) {
            // An access log counts whole minutes; a dated-back message within the same minutes is more exact.
            (Some(hung), Some(access)) if hung.duration_since(access).abs() <= SignedDuration::from_mins(2) => {
                Some(hung)
            }
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Share of all troubled records (of error level) that are about these, 0…1; 0 without any.
    pub fn share_of_errors(&self, wanted: &[Theme]) -> f64 {
        let errors = || {
            self.records
                .iter()
                .filter(|s| s.record.level >= Level::Error || !s.record.exceptions.is_empty())
        };
        let all = errors().count();
        if all == 0 {
            return 0.0;
        }
        errors().filter(|s| s.themes.any(wanted)).count() as f64 / all as f64
    }

    /// True when these records are spread over the whole window at one rate: the usual background, not the incident.
    pub fn is_background(&self, seen: &[&Seen]) -> bool {
        let Some((from, to)) = self.case.window else {
            return false;
        };
        let span = to.duration_since(from).as_secs_f64();
        let times: Vec<f64> = seen
            .iter()
            .filter_map(|s| s.at)
            .map(|at| at.duration_since(from).as_secs_f64() / span.max(1.0))
            .collect();
        if times.len() < 3 || span < 60.0 {
            return false;
        }
        // A quarter of the window without any of them, or one with most of them, is no even spread.
        let mut quarters = [0_usize; 4];
        for at in &times {
            let quarter = ((at * 4.0) as usize).min(3);
            if let Some(count) = quarters.get_mut(quarter) {
                *count += 1;
            }
        }
        let most = quarters.iter().max().copied().unwrap_or(0);
        let least = quarters.iter().min().copied().unwrap_or(0);
        let even = times.len() < 8 && least == 0 && quarters.iter().filter(|q| **q > 0).count() >= 3;
        (least > 0 || even) && most * 2 <= times.len().max(3)
    }

    /// True when users or the product itself noticed trouble in a process: slow or failed requests, hang reports, waits for
    /// a pool, errors far above the usual.
    pub fn has_symptom(&self, process: Option<usize>) -> bool {
        const TOLD: [Theme; 8] = [
            Theme::HungThread,
            Theme::PoolTimeout,
            Theme::TxTimeout,
            Theme::SlowRequest,
            Theme::ReadTimeout,
            Theme::Oom,
            Theme::CpuStarved,
            Theme::DbLock,
        ];
        let ours = |p: Option<usize>| p == process || p.is_none() || process.is_none();
        let told = self.about(&TOLD).any(|s| ours(s.process));
        let access = self
            .access_logs()
            .any(|(id, a)| a.degraded_from.is_some() && ours(self.case.process_of(id)));
        let bursts = self.case.logs.iter().any(|log| {
            let current = log
                .artefact
                .is_some_and(|id| self.case.is_current(id) && ours(self.case.process_of(id)));
            current && log.bursts.iter().any(|b| b.level >= Level::Error && b.count >= 10)
        });
        told || access || bursts
    }

    /// The last moment at which a process (or any) wrote or served something.
    pub fn last_sign_of_life(&self, process: Option<usize>) -> Option<Timestamp> {
        let ours = |id: &ArtefactId| process.is_none() || self.case.process_of(*id) == process;
        self.case
            .logs
            .iter()
            .filter_map(|log| Some((log.artefact?, log.last_time?)))
            .filter(|(id, _)| self.case.is_current(*id) && ours(id))
            .filter_map(|(id, stamp)| self.case.instant(id, stamp))
            .max()
    }

    /// The kinds of thing in the listings, for "was it looked at?".
    pub fn has_sign(&self, wanted: impl Fn(&SignKind) -> bool) -> bool {
        self.signs().any(|s| wanted(&s.what))
    }
}

fn seen<'a>(case: &'a Case, artefact: ArtefactId, log: &'a LogFacts, record: &'a LogRecord) -> Seen<'a> {
    let at = record.time.and_then(|t| case.instant(artefact, t));
    let carried = record.carried_s.and_then(|s| SignedDuration::try_from_secs_f64(s).ok());
    Seen {
        log,
        record,
        artefact,
        process: case.process_of(artefact),
        at,
        began: match (at, carried) {
            (Some(at), Some(carried)) => at.checked_sub(carried).ok().or(Some(at)),
            _ => at,
        },
        themes: themes::of(record),
        mark: marks::of(record),
    }
}

/// True for a thread that does or wants to do work.
pub fn is_busy(thread: &ThreadInfo) -> bool {
    !matches!(thread.activity, Activity::Idle | Activity::Vm | Activity::Unknown) && !thread.frames.is_empty()
}

/// The busy threads of a dump.
pub fn busy(dump: &DumpFacts) -> impl Iterator<Item = &ThreadInfo> {
    dump.threads.iter().filter(|t| is_busy(t))
}

/// Points to a thread of a dump.
pub fn cite_thread(dump: &DumpFacts, name: &str) -> Option<Citation> {
    let id = dump.artefact?;
    let thread = dump.threads.iter().find(|t| t.name == name)?;
    let frame = thread.place().unwrap_or("");
    Some(Citation::line(id, thread.line, format!("\"{name}\" {frame}")))
}

impl Scene<'_> {
    /// True when any current GC log is like this.
    pub fn gcs_any(&self, wanted: impl Fn(&GcFacts) -> bool) -> bool {
        self.case
            .gcs
            .iter()
            .filter(|g| g.artefact.is_none_or(|id| self.case.is_current(id)))
            .any(wanted)
    }
}
