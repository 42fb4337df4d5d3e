//! Threads of a heap found again in the thread dumps of the same process: by the VM's address, by Java's id, by name.

use super::Case;
use crate::{
    evidence::Citation,
    heap::{HeapThread, ThreadSeen},
    threads::{DumpFacts, ThreadInfo, ThreadState},
};
use std::collections::HashMap;

/// Notes at each thread of each heap where a thread dump shows it; of several dumps the one nearest in time counts.
pub(super) fn join(case: &mut Case) {
    let mut heaps = std::mem::take(&mut case.heaps);
    for heap in &mut heaps {
        let Some(id) = heap.artefact else { continue };
        let process = case.process_of(id);
        let at = heap
            .written
            .and_then(|t| case.instant(id, t))
            .or_else(|| case.artefact(id)?.time);
        let mut dumps: Vec<(i64, &DumpFacts)> = case
            .dumps
            .iter()
            .filter(|d| process.is_some() && d.artefact.and_then(|d| case.process_of(d)) == process)
            .map(|dump| {
                let time = dump.artefact.zip(dump.time).and_then(|(a, t)| case.instant(a, t));
                let distance = match (at, time) {
                    (Some(at), Some(time)) => at.duration_since(time).as_secs().saturating_abs(),
                    _ => i64::MAX,
                };
                (distance, dump)
            })
            .collect();
        dumps.sort_by_key(|(distance, dump)| (*distance, dump.artefact, dump.index));
        for (_, dump) in dumps {
            note(&mut heap.threads, dump);
        }
    }
    case.heaps = heaps;
}

/// Finds the threads that are not found yet in this dump.
fn note(threads: &mut [HeapThread], dump: &DumpFacts) {
    let Some(artefact) = dump.artefact else { return };
    let mut by_name: HashMap<&str, Option<&ThreadInfo>> = HashMap::new();
    let mut by_id: HashMap<u64, &ThreadInfo> = HashMap::new();
    let mut by_object: HashMap<u64, &ThreadInfo> = HashMap::new();
    for thread in &dump.threads {
        // A name that two threads have tells neither.
        by_name
            .entry(&thread.name)
            .and_modify(|t| *t = None)
            .or_insert(Some(thread));
        by_id.extend(thread.vm_id.map(|id| (id, thread)));
        by_object.extend(thread.object.map(|object| (object, thread)));
    }
    for thread in threads.iter_mut().filter(|t| t.seen.is_none()) {
        let same_name = |t: &&&ThreadInfo| thread.name.as_ref().is_none_or(|name| *name == t.name);
        let found = by_object
            .get(&thread.object)
            .filter(same_name)
            .or_else(|| by_id.get(&thread.native?).filter(same_name))
            .or_else(|| by_id.get(&thread.id?).filter(same_name))
            .copied()
            .or_else(|| by_name.get(thread.name.as_deref()?).copied().flatten());
        thread.seen = found.map(|info| ThreadSeen {
            citation: Citation::line(artefact, info.line, info.name.clone()),
            state: state_name(info.state),
        });
    }
}

fn state_name(state: ThreadState) -> &'static str {
    match state {
        ThreadState::Runnable => "RUNNABLE",
        ThreadState::Blocked => "BLOCKED",
        ThreadState::Waiting => "WAITING",
        ThreadState::TimedWaiting => "TIMED_WAITING",
        ThreadState::Parked => "PARKED",
        ThreadState::Other | ThreadState::Unknown => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::ArtefactId;

    fn info(name: &str, vm_id: u64, line: u64) -> ThreadInfo {
        ThreadInfo {
            name: name.to_owned(),
            vm_id: Some(vm_id),
            state: ThreadState::Blocked,
            line,
            ..ThreadInfo::default()
        }
    }

    fn thread(name: &str, native: Option<u64>) -> HeapThread {
        HeapThread {
            name: Some(name.to_owned()),
            native,
            ..HeapThread::default()
        }
    }

    #[test]
    fn by_address_and_by_a_name_that_is_not_shared() {
        let dump = DumpFacts {
            artefact: Some(ArtefactId(2)),
            threads: vec![info("pool-1", 0x10, 5), info("pool-1", 0x20, 9), info("main", 0x30, 14)],
            ..DumpFacts::default()
        };
        let mut threads = [
            thread("pool-1", Some(0x20)),
            thread("pool-1", None),
            thread("main", Some(0x99)),
            thread("other", Some(0x10)),
        ];
        note(&mut threads, &dump);
        let lines = threads
            .iter()
            .map(|t| t.seen.as_ref().and_then(|s| s.citation.line))
            .collect::<Vec<_>>();
        assert_eq!(lines, [Some(9), None, Some(14), None]);
        assert_eq!(threads[0].seen.as_ref().map(|s| s.state), Some("BLOCKED"));
    }
}
