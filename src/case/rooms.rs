//! Runs the room for each artefact; a room that panics costs its artefact a gap, not the report.

use super::{Case, CaseOptions, names};
use crate::{
    crash::{self, CrashFacts, CrashSigns, known_crashes},
    evidence::{Artefact, ArtefactId, Evidence},
    gc::{self, GcFacts},
    heap::{self, Companion, HeapFacts, HeapOptions},
    logs::{self, LogFacts, LogOptions},
    system::{self, SystemFacts},
    threads::{self, DumpFacts, VmCrash},
    words::Text,
};
use goldenhour_parsers::{Gap, Kind, Reason};
use rayon::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What one room made of one artefact.
enum Product {
    /// A javacore brings the collections that it remembers.
    Dumps(Vec<DumpFacts>, Option<Box<GcFacts>>),
    Crash(Box<CrashFacts>),
    Gc(Box<GcFacts>),
    Log(Box<LogFacts>),
    System(Vec<SystemFacts>),
    Heaps(Vec<HeapFacts>),
    Nothing,
}

/// Gaps that the rooms themselves caused (a panic), by artefact.
pub(super) type Failures = Vec<(ArtefactId, Gap)>;

/// Reads everything but the heaps into `case`.
pub(super) fn read_all_but_heaps(evidence: &Evidence, case: &mut Case) -> Failures {
    let products: Vec<(ArtefactId, Result<Product, Gap>)> = evidence
        .artefacts
        .par_iter()
        .map(|artefact| (artefact.id, guarded(artefact, || without_heaps(artefact))))
        .collect();
    take(products, case)
}

/// Reads the heap dumps, each with what the javacore of the same event knows.
pub(super) fn read_heaps(evidence: &Evidence, case: &mut Case, options: &CaseOptions) -> Failures {
    let heaps: Vec<&Artefact> = evidence
        .artefacts
        .iter()
        .filter(|a| matches!(a.kind, Kind::Hprof | Kind::Phd | Kind::ClassicHeap))
        .collect();
    let options: Vec<HeapOptions> = heaps
        .iter()
        .map(|artefact| HeapOptions {
            companion: companion(artefact, &case.dumps, evidence),
            memory_limit: options.memory_limit,
            deep: true,
            every_class: heaps.len() > 1,
            watch: options.watch.clone(),
            ..HeapOptions::default()
        })
        .collect();
    // One after the other: each dump uses every processor and much memory by itself.
    let products = heaps
        .iter()
        .zip(&options)
        .map(|(artefact, options)| {
            let work = || Product::Heaps(heap::analyse(artefact, options));
            (artefact.id, guarded(artefact, work))
        })
        .collect();
    take(products, case)
}

fn guarded(artefact: &Artefact, work: impl FnOnce() -> Product) -> Result<Product, Gap> {
    let made = catch_unwind(AssertUnwindSafe(work));
    artefact.done();
    made.map_err(|panic| {
        let words = panic
            .downcast_ref::<&str>()
            .map(|s| (*s).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned());
        let detail = format!("reading {}: {words}", artefact.kind);
        Gap::new(
            artefact.offset,
            artefact.bytes().len() as u64,
            Reason::Internal { detail },
        )
    })
}

fn without_heaps(artefact: &Artefact) -> Product {
    match artefact.kind {
        Kind::Javacore => Product::Dumps(threads::analyse(artefact), gc::history(artefact).map(Box::new)),
        Kind::ThreadDump => Product::Dumps(threads::analyse(artefact), None),
        Kind::HsErr => Product::Crash(Box::new(crash::analyse(artefact))),
        Kind::GcLog => Product::Gc(Box::new(gc::analyse(artefact))),
        Kind::Log | Kind::AccessLog => Product::Log(Box::new(logs::analyse(artefact, &LogOptions::default()))),
        // A shell history or a change record is readable text of no known kind: the system room looks for signs in it.
        Kind::System | Kind::Database | Kind::JvmListing | Kind::Text => Product::System(system::analyse(artefact)),
        Kind::Hprof | Kind::Phd | Kind::ClassicHeap | Kind::Core | Kind::Archive | Kind::Unknown => Product::Nothing,
    }
}

fn take(products: Vec<(ArtefactId, Result<Product, Gap>)>, case: &mut Case) -> Failures {
    let mut failures = Failures::new();
    let mut remembered = Vec::new();
    for (id, product) in products {
        match product {
            Ok(Product::Dumps(dumps, history)) => {
                case.dumps.extend(dumps.into_iter().map(|mut d| {
                    d.artefact = Some(id);
                    d
                }));
                remembered.extend(history.map(|history| GcFacts {
                    artefact: Some(id),
                    ..*history
                }));
            }
            Ok(Product::Crash(mut crash)) => {
                crash.artefact = Some(id);
                case.crashes.push(*crash);
            }
            Ok(Product::Gc(mut gc)) => {
                gc.artefact = Some(id);
                case.gcs.push(*gc);
            }
            Ok(Product::Log(mut log)) => {
                log.artefact = Some(id);
                case.logs.push(*log);
            }
            Ok(Product::System(listings)) => case.systems.extend(listings.into_iter().map(|mut s| {
                s.artefact = Some(id);
                s
            })),
            Ok(Product::Heaps(heaps)) => case.heaps.extend(heaps.into_iter().map(|mut h| {
                h.artefact = Some(id);
                h
            })),
            Ok(Product::Nothing) => {}
            Err(gap) => failures.push((id, gap)),
        }
    }
    // What javacores remember stands in for the GC log that nobody kept.
    if case.gcs.is_empty() {
        case.gcs = remembered;
    }
    failures
}

/// The javacore that belongs to a heap dump: same pid and nearest time, else the only one written for an
/// `OutOfMemoryError` in the same folder.
fn companion(heap: &Artefact, dumps: &[DumpFacts], evidence: &Evidence) -> Option<Companion> {
    if heap.kind == Kind::Hprof {
        return None;
    }
    let path_of = |dump: &DumpFacts| {
        let id = dump.artefact?;
        evidence.artefacts.iter().find(|a| a.id == id)
    };
    let javacores = || dumps.iter().filter(|d| d.format == "javacore");
    let name = names::of(heap.file_name());
    let best = javacores()
        .filter(|dump| {
            let pid = dump
                .pid
                .or_else(|| path_of(dump).and_then(|a| names::of(a.file_name()).pid));
            name.pid.is_some() && pid == name.pid
        })
        .filter_map(|dump| {
            let at = dump
                .time
                .map(|t| t.civil)
                .or_else(|| path_of(dump).and_then(|a| names::of(a.file_name()).time))?;
            let distance = name.time.map_or(0, |t| seconds_apart(t, at));
            // One event writes its dumps within minutes; IBM's analyser takes 330 s as the border.
            (distance <= 600).then_some((distance, dump))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, dump)| dump)
        .or_else(|| {
            let mut of_folder = javacores().filter(|dump| {
                dump.event.as_deref() == Some("systhrow") && path_of(dump).is_some_and(|a| a.folder() == heap.folder())
            });
            match (of_folder.next(), of_folder.next()) {
                (Some(only), None) => Some(only),
                _ => None,
            }
        })?;
    path_of(best).map(|artefact| heap::companion(artefact.bytes()))
}

fn seconds_apart(a: jiff::civil::DateTime, b: jiff::civil::DateTime) -> i64 {
    let utc = jiff::tz::Offset::UTC;
    match (utc.to_timestamp(a), utc.to_timestamp(b)) {
        (Ok(a), Ok(b)) => (a.as_second() - b.as_second()).abs(),
        _ => i64::MAX,
    }
}

/// What the table of known crashes says of a crash that a javacore tells (J9 writes no fatal error log).
pub fn known_crash(crash: &VmCrash) -> Option<Text> {
    let signs = CrashSigns {
        module: crash.module.as_deref(),
        frame: crash.frame.as_deref(),
        message: crash.signal.as_deref().unwrap_or_default(),
        thread: crash.thread.as_deref(),
    };
    known_crashes(&signs).into_iter().next().map(|known| known.words)
}
