//! The damage campaign: every artefact cut, flipped, zeroed, repeated, swapped and glued, through the whole program.
//!
//! Short over `samples/` with every `cargo test`; in full over the shared material by hand:
//!
//! ```sh
//! GOLDENHOUR_TORTURE=full cargo test --release --test torture -- --nocapture
//! ```
//!
//! `GOLDENHOUR_TORTURE=20` takes 20 cuts of each file in place of 200, and of the other damage in proportion;
//! `GOLDENHOUR_TORTURE_ONLY=text` keeps the files whose path holds `text`; `GOLDENHOUR_SHARED` names the shared material.
//! What must hold: no panic, no more than 5 s for a MB, a gap where a binary artefact is cut, and in line formats the
//! facts outside the damage as they were (`facts.rs`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking and say what they skip"
)]

mod damage;
mod facts;

use damage::{Damage, Plan};
use goldenhour::{
    case::{self, CaseOptions},
    diagnosis::{self, DiagnosisOptions},
    evidence::{IntakeOptions, Progress, Silent, intake},
    report::{self, BuildOptions},
    site::Site,
    words::Lang,
};
use rayon::prelude::*;
use std::{
    collections::BTreeMap,
    env, fs,
    io::Read,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// Seconds that a variant may take for each decompressed MB begun.
const SECONDS_PER_MB: u64 = 5;

/// One file to damage.
struct Subject {
    /// Path below the folder it was found in.
    name: String,
    bytes: Vec<u8>,
}

/// What a variant showed.
#[derive(Default)]
struct Outcome {
    failures: Vec<String>,
    took: Duration,
}

#[test]
fn damaged_evidence_never_stops_the_program() {
    let mode = env::var("GOLDENHOUR_TORTURE").ok();
    let full = mode.is_some();
    let plan = match mode.as_deref() {
        None => Plan::SHORT,
        Some(cuts) => cuts.parse().map_or(Plan::FULL, Plan::of_cuts),
    };
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut subjects = subjects(&root.join("samples"));
    if full {
        let beside = env::var_os("GOLDENHOUR_SHARED").map_or(root.join("../shared"), PathBuf::from);
        for folder in ["corpus", "heap/dumps", "incidents/bundles", "loghub"] {
            subjects.extend(self::subjects(&beside.join(folder)));
        }
    }
    if let Ok(only) = env::var("GOLDENHOUR_TORTURE_ONLY") {
        subjects.retain(|subject| subject.name.contains(&only));
    }
    assert!(!subjects.is_empty());
    let panics = watch_panics();
    let started = Instant::now();
    let tally: Mutex<BTreeMap<&'static str, (usize, Duration)>> = Mutex::default();
    let failures: Vec<String> = (0..subjects.len())
        .into_par_iter()
        .flat_map_iter(|n| torture(&subjects, n, &plan, &tally))
        .collect();
    for (kind, (count, slowest)) in tally.lock().unwrap().iter() {
        println!("{kind:8} {count:7} variants, slowest {:.2} s", slowest.as_secs_f64());
    }
    println!("{} files in {:.0} s", subjects.len(), started.elapsed().as_secs_f64());
    // A copy: the hook wants the lock when the assertion below fails.
    let panics = panics.lock().unwrap().clone();
    for (place, (count, words)) in panics.iter() {
        println!("PANIC {place} ({count} times): {words}");
    }
    assert!(failures.is_empty() && panics.is_empty(), "{} failures", failures.len());
}

/// Files below `folder`; a `.gz` also as what it holds, for the damage under the compression.
fn subjects(folder: &Path) -> Vec<Subject> {
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.sort();
    let mut subjects = Vec::new();
    for file in files {
        let name = file.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
        if name.starts_with("generator") || name.ends_with("TRUTH.tsv") || name.ends_with(".md") {
            continue;
        }
        let bytes = fs::read(&file).unwrap();
        if bytes.starts_with(&[0x1f, 0x8b]) {
            let mut inner = Vec::new();
            let _ = flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut inner);
            subjects.push(Subject {
                name: name.trim_end_matches(".gz").to_owned(),
                bytes: inner,
            });
        }
        subjects.push(Subject { name, bytes });
    }
    subjects
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, into);
        } else {
            into.push(path);
        }
    }
}

/// Every panic of the run by its place, with how often and what it said first.
type Panics = Arc<Mutex<BTreeMap<String, (usize, String)>>>;

fn watch_panics() -> Panics {
    let panics = Panics::default();
    let seen = Arc::clone(&panics);
    std::panic::set_hook(Box::new(move |info| {
        let place = info.location().map_or_else(String::new, ToString::to_string);
        if let Ok(mut seen) = seen.lock() {
            seen.entry(place).or_insert_with(|| (0, info.to_string())).0 += 1;
        }
    }));
    panics
}

/// All variants of one file; gives what failed.
fn torture(
    all: &[Subject],
    n: usize,
    plan: &Plan,
    tally: &Mutex<BTreeMap<&'static str, (usize, Duration)>>,
) -> Vec<String> {
    let subject = &all[n];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(Path::new(&subject.name).file_name().unwrap());
    let original = facts::of(&subject.bytes, &subject.name);
    let others: Vec<&[u8]> = (1..=plan.glues)
        .map(|step| all[(n + step * 37) % all.len()].bytes.as_slice())
        .collect();
    let mut failures = Vec::new();
    for damage in damage::plan(subject.bytes.len(), plan, n as u64) {
        let bytes = damage.apply(&subject.bytes, &others);
        fs::write(&file, &bytes).unwrap();
        let mut outcome = analyse(folder.path(), &damage, &subject.bytes);
        // Other work on the machine must not look like a hang of ours: the quickest of three counts.
        for _ in 0..2 {
            if outcome.failures.iter().any(|failure| failure.starts_with("took ")) {
                outcome = analyse(folder.path(), &damage, &subject.bytes);
            }
        }
        if let Some(original) = &original {
            let lost = facts::lost(original, &subject.bytes, &bytes, &damage, &subject.name);
            outcome.failures.extend(lost);
        }
        let mut tally = tally.lock().unwrap();
        let entry = tally.entry(damage.name()).or_default();
        entry.0 += 1;
        entry.1 = entry.1.max(outcome.took);
        for failure in outcome.failures {
            // At once: a campaign takes hours.
            println!("FAIL {}: {damage:?}: {failure}", subject.name);
            failures.push(failure);
        }
    }
    failures
}

/// The whole way from intake to every form of the report.
fn analyse(folder: &Path, damage: &Damage, original: &[u8]) -> Outcome {
    let mut outcome = Outcome::default();
    let started = Instant::now();
    let json = catch_unwind(AssertUnwindSafe(|| {
        let paths = [folder.to_path_buf()];
        let evidence = intake(
            &paths,
            &IntakeOptions::default(),
            &(Arc::new(Silent) as Arc<dyn Progress>),
        )
        .unwrap();
        let site = Site::default();
        let case = case::read(&evidence, &site, &CaseOptions::default(), &Silent);
        let diagnosis = diagnosis::diagnose(&case, &site, &DiagnosisOptions::default());
        let model = report::build(&case, &diagnosis, &BuildOptions::default());
        let _ = report::html::render(&model, Lang::Zh);
        let _ = report::markdown::render(&model, Lang::En);
        let _ = report::terminal::render(&model, Lang::Zh, 80, false);
        let bytes: usize = evidence.artefacts.iter().map(|artefact| artefact.bytes().len()).sum();
        (report::json::render(&model), bytes)
    }));
    outcome.took = started.elapsed();
    let Ok((json, length)) = json else {
        outcome.failures.push("a panic got through".to_owned());
        return outcome;
    };
    let limit = Duration::from_secs(SECONDS_PER_MB * (1 + length as u64 / 1_000_000));
    if outcome.took > limit {
        outcome
            .failures
            .push(format!("took {:.1} s", outcome.took.as_secs_f64()));
    }
    if json.contains("a part of this program failed") {
        outcome.failures.push("a part failed".to_owned());
    }
    let has_gap = json.contains("\"gaps\"");
    if damage.must_leave_a_gap(original) && !has_gap {
        outcome.failures.push("no gap".to_owned());
    }
    outcome
}
