//! The real dumps of `../shared/corpus`, where it is there: thread counts and states against their known truth.

use super::*;
use crate::evidence::{Artefact, ArtefactId, Content};
use std::{collections::BTreeMap, io::Read, path::PathBuf};

fn corpus(kind: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("GOLDENHOUR_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")),
        PathBuf::from,
    );
    Some(shared.join("corpus").join(kind)).filter(|folder| folder.join("TRUTH.tsv").is_file())
}

fn content(path: &std::path::Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap();
    if path.extension().is_none_or(|e| e != "gz") {
        return bytes;
    }
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(&bytes[..])
        .read_to_end(&mut text)
        .unwrap();
    text
}

/// Compares what TRUTH.tsv says of each file with `told`; rows that it has no answer for do not count.
fn check(kind: &str, as_kind: Kind, told: fn(&[DumpFacts], &str) -> Option<u64>) {
    let Some(folder) = corpus(kind) else {
        #[allow(clippy::print_stdout, reason = "a test that cannot run says so")]
        {
            println!("skipped: no ../shared/corpus/{kind}");
        }
        return;
    };
    let truth = std::fs::read_to_string(folder.join("TRUTH.tsv")).unwrap();
    let mut files: BTreeMap<&str, Vec<(&str, u64)>> = BTreeMap::new();
    for row in truth.lines() {
        let mut cells = row.split('\t');
        if let (Some(file), Some(key), Some(value)) = (cells.next(), cells.next(), cells.next())
            && let Ok(number) = value.parse()
        {
            files.entry(file).or_default().push((key, number));
        }
    }
    let mut wrong = Vec::new();
    let mut right = 0;
    for (file, rows) in files {
        let bytes = Content::new(content(&folder.join(file)));
        let dumps = analyse(&Artefact::new(ArtefactId(1), file, as_kind, bytes));
        for (key, number) in rows {
            match told(&dumps, key) {
                Some(ours) if ours == number => right += 1,
                Some(ours) => wrong.push(format!("{file} {key}: {ours}, truth {number}")),
                None => {}
            }
        }
    }
    assert!(wrong.is_empty() && right > 50, "{right} right, {wrong:#?}");
}

#[test]
fn javacores_are_counted_as_they_are() {
    check("javacore", Kind::Javacore, |dumps, key| {
        let dump = dumps.first()?;
        Some(match key {
            "threads" => dump.thread_count,
            "threads_with_java_stack" => dump.with_java_stack,
            "deadlocks" => dump.deadlocks.iter().filter(|d| d.reported_by_vm).count() as u64,
            "heap_free_bytes" => dump.heap_free?,
            "heap_inuse_bytes" => dump.heap_used?,
            "pid" => dump.pid?,
            "deepest_java_stack_frames" => dump.threads.iter().map(|t| t.frames.len()).max().unwrap_or(0) as u64,
            _ => return None,
        })
    });
}

#[test]
fn thread_dumps_are_counted_as_they_are() {
    check("threads", Kind::ThreadDump, |dumps, key| {
        if key == "dumps" {
            return Some(dumps.len() as u64);
        }
        let (number, key) = key.strip_prefix("dump")?.split_once('.')?;
        let dump = dumps.get(number.parse::<usize>().ok()?.checked_sub(1)?)?;
        Some(match key {
            "threads" => dump.thread_count,
            "virtual" => dump.virtual_threads,
            "state.RUNNABLE" => dump.states.runnable,
            "state.BLOCKED" => dump.states.blocked,
            "state.WAITING" => dump.states.waiting,
            "state.TIMED_WAITING" => dump.states.timed_waiting,
            "jvm_reported_deadlocks" => dump.deadlocks.iter().filter(|d| d.reported_by_vm).count() as u64,
            "lock_cycles_by_hand_graph" => dump.deadlocks.len() as u64,
            "pid" => dump.pid?,
            _ => return None,
        })
    });
}
