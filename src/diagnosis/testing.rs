//! Hand-made cases for the tests of detectors.

use super::{detector::Detector, scene::Scene, verdict::Finding};
use crate::{
    case::{Case, CaseArtefact, Process, ProcessSeries},
    crash::CrashFacts,
    evidence::{ArtefactId, Citation},
    gc::{GcEvent, GcFacts},
    heap::{HeapFacts, Suspect},
    logs::{Level, LogFacts, LogRecord},
    site::Site,
    system::{Sign, SignKind, SystemFacts},
    threads::{Activity, Blocker, DumpFacts, LockRef, Series, Spinning, ThreadInfo, ThreadState},
};
use goldenhour_parsers::{CHINA, Kind, Stamp};
use jiff::civil::{Date, Time, date};

const DAY: Date = date(2026, 11, 20);

/// Puts a case together; everything belongs to one process.
pub struct Build {
    case: Case,
    log: LogFacts,
}

impl Build {
    /// A case of one process without evidence.
    pub fn new() -> Self {
        let case = Case {
            processes: vec![Process::default()],
            ..Case::default()
        };
        Self {
            case,
            log: LogFacts::default(),
        }
    }

    fn artefact(&mut self, kind: Kind) -> ArtefactId {
        let id = ArtefactId(self.case.artefacts.len() as u32 + 1);
        self.case.artefacts.push(CaseArtefact {
            id,
            path: format!("{kind}-{id}"),
            kind,
            bytes: 1,
            sha256: None,
            parent: None,
            process: Some(0),
            coverage: 1.0,
            time: None,
            offset: CHINA,
            offset_assumed: true,
            stale: false,
            gaps: Vec::new(),
        });
        id
    }

    /// A record: `HH:MM:SS L message`, L one of I W E.
    pub fn log(mut self, line: &str) -> Self {
        if self.log.artefact.is_none() {
            self.log.artefact = Some(self.artefact(Kind::Log));
        }
        let mut parts = line.splitn(3, ' ');
        let at = stamp(parts.next().unwrap());
        let level = match parts.next().unwrap() {
            "E" => Level::Error,
            "W" => Level::Warn,
            _ => Level::Info,
        };
        let message = parts.next().unwrap().to_owned();
        let exception = message
            .split([' ', ':', ','])
            .find(|w| w.contains('.') && (w.ends_with("Exception") || w.ends_with("Error")))
            .map(str::to_owned);
        let root_message = exception
            .as_ref()
            .and_then(|e| message.split_once(&format!("{e}: ")))
            .map(|(_, m)| m.to_owned());
        self.log.notable.push(LogRecord {
            line: self.log.notable.len() as u64 + 1,
            time: Some(at),
            level,
            first_line: line.to_owned(),
            code: message
                .split([':', ' '])
                .next()
                .filter(|w| w.len() > 6 && w.chars().any(|c| c.is_ascii_digit()))
                .map(str::to_owned),
            carried_s: message
                .split_once("after ")
                .and_then(|(_, r)| r.split_once("ms"))
                .and_then(|(n, _)| n.parse::<f64>().ok())
                .map(|ms| ms / 1000.0),
            exceptions: exception.iter().cloned().collect(),
            root_exception: exception,
            root_message,
            message,
            ..LogRecord::default()
        });
        self
    }

    /// A heap dump with these suspects.
    pub fn heap(mut self, suspects: Vec<Suspect>) -> Self {
        let artefact = Some(self.artefact(Kind::Hprof));
        self.case.heaps.push(HeapFacts {
            artefact,
            suspects,
            coverage: 1.0,
            ..HeapFacts::default()
        });
        self
    }

    /// A GC log: heap use in percent after collections ten seconds apart.
    pub fn gc_curve(mut self, after: &[u64]) -> Self {
        let artefact = Some(self.artefact(Kind::GcLog));
        let start = stamp("09:50:00");
        let events: Vec<GcEvent> = after
            .iter()
            .zip(0..)
            .map(|(after, i)| GcEvent {
                time: Some(Stamp::local(
                    start
                        .civil
                        .checked_add(jiff::SignedDuration::from_secs(i * 10))
                        .unwrap(),
                )),
                uptime_s: Some(i as f64 * 10.0),
                after: Some(*after),
                full: true,
                line: i as u64 + 1,
                ..GcEvent::default()
            })
            .collect();
        let pressed = events.iter().find(|e| e.after > Some(85)).cloned();
        self.case.gcs.push(GcFacts {
            artefact,
            collector: "parallel",
            pauses: after.len() as u64,
            full: after.len() as u64,
            heap_max: Some(100),
            last_heap_after: after.last().copied(),
            max_heap_after: after.iter().max().copied(),
            worst_share: if pressed.is_some() { 0.9 } else { 0.0 },
            pressure_onset: pressed,
            events,
            ..GcFacts::default()
        });
        self
    }

    /// Lengthens the pauses of the GC log.
    pub fn gc_pauses(mut self, pause_ms: f64, share: f64) -> Self {
        let gc = self.case.gcs.last_mut().unwrap();
        gc.events.iter_mut().for_each(|e| e.pause_ms = pause_ms);
        gc.max_pause_ms = pause_ms;
        gc.gc_share = share;
        gc.worst_share = gc.worst_share.max(share);
        self
    }

    /// A thread dump.
    pub fn dump(mut self, at: &str, threads: Vec<ThreadInfo>, change: impl FnOnce(&mut DumpFacts)) -> Self {
        let artefact = Some(self.artefact(Kind::ThreadDump));
        let mut dump = DumpFacts {
            artefact,
            time: Some(stamp(at)),
            format: "hotspot",
            thread_count: threads.len() as u64,
            threads,
            complete: true,
            consistent: true,
            ..DumpFacts::default()
        };
        change(&mut dump);
        self.case.dumps.push(dump);
        self
    }

    /// A thread that spins, in a series over all dumps.
    pub fn spinning(mut self, spinning: Spinning) -> Self {
        let dumps = (0..self.case.dumps.len()).collect();
        let series = Series {
            dumps,
            spinning: vec![spinning],
            ..Series::default()
        };
        self.case.series.push(ProcessSeries {
            process: Some(0),
            series,
        });
        self
    }

    /// A fatal error log.
    pub fn crash(mut self, crash: CrashFacts) -> Self {
        let id = self.artefact(Kind::HsErr);
        self.case.crashes.push(CrashFacts {
            artefact: Some(id),
            citation: Some(Citation::artefact(id)),
            ..crash
        });
        self
    }

    /// Something a system listing says.
    pub fn sign(mut self, at: &str, what: SignKind) -> Self {
        let id = self.artefact(Kind::System);
        let time = Some(stamp(at));
        let sign = Sign {
            what,
            time,
            citation: Citation::line(id, 1, "sign"),
        };
        self.case.systems.push(SystemFacts {
            artefact: Some(id),
            kind: "test",
            signs: vec![sign],
            time,
            ..SystemFacts::default()
        });
        self
    }

    /// The process id.
    pub fn pid(mut self, pid: u64) -> Self {
        self.case.processes[0].pid = Some(pid);
        self
    }

    /// The finished case.
    pub fn case(mut self) -> Case {
        if let Some(id) = self.log.artefact {
            self.log.records = self.log.notable.len() as u64;
            let times: Vec<_> = self
                .log
                .notable
                .iter()
                .filter_map(|r| self.case.instant(id, r.time?))
                .collect();
            self.case.window = times.iter().min().copied().zip(times.iter().max().copied());
            self.case.logs.push(self.log);
        }
        self.case
    }
}

fn stamp(at: &str) -> Stamp {
    let time: Time = at.parse().unwrap();
    Stamp::local(DAY.to_datetime(time))
}

/// A thread doing something.
pub fn thread(name: &str, activity: Activity) -> ThreadInfo {
    ThreadInfo {
        name: name.to_owned(),
        activity,
        state: ThreadState::Runnable,
        frames: vec!["a.B.c(B.java:1)".into()],
        line: 1,
        ..ThreadInfo::default()
    }
}

/// A lock with waiters.
pub fn blocker(thread: &str, class: &str, blocked: u64, doing: Activity) -> Blocker {
    Blocker {
        thread: thread.to_owned(),
        lock: LockRef {
            class: class.to_owned(),
            address: 1,
            ..LockRef::default()
        },
        blocked,
        victims: blocked,
        doing,
        doing_frame: Some("a.B.c(B.java:1)".to_owned()),
        citation: Some(Citation::line(ArtefactId(1), 1, "holder")),
    }
}

/// Runs one detector over a case.
pub fn run_one(detector: &Detector, case: &Case) -> Vec<Finding> {
    let site = Site::default();
    (detector.run)(&Scene::new(case, &site))
}
