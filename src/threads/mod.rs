//! Threads: states, what each one waits for, lock graph, series of dumps, pools.

mod activity;
mod advice;
mod facts;
mod hotspot;
mod javacore;
mod knowledge;
mod locks;
mod pools;
mod process;
mod series;

pub use facts::*;

use crate::evidence::Artefact;
use activity::Stack;
use goldenhour_parsers::Kind;
use std::sync::Arc;

/// Reads every dump of a javacore or thread-dump artefact.
pub fn analyse(artefact: &Artefact) -> Vec<DumpFacts> {
    match artefact.kind {
        Kind::Javacore => javacore::read(artefact),
        Kind::ThreadDump => match hotspot::read(artefact) {
            // Named by the user rather than recognised: a javacore whose beginning is lost, for example.
            dumps if dumps.is_empty() => javacore::read(artefact),
            dumps => dumps,
        },
        _ => Vec::new(),
    }
}

/// What a thread does whose frames (innermost first) a message quotes, when nothing else is known of it.
pub fn activity_of(frames: &[Arc<str>]) -> Activity {
    Stack::new(frames, ThreadState::Runnable).activity("", false)
}

/// Compares dumps of one process, given in order of time; `Series::dumps` counts 0… over `dumps`.
pub fn compare(dumps: &[&DumpFacts]) -> Series {
    series::compare(dumps)
}

/// Worker pools and the waiters of connection pools in each dump.
pub fn pools(dumps: &[DumpFacts]) -> Vec<Pool> {
    dumps
        .iter()
        .enumerate()
        .flat_map(|(at, dump)| pools::of(dump, at))
        .collect()
}

/// Threads with the same stack, largest group first, idle and VM threads last.
pub fn groups(dump: &DumpFacts) -> Vec<Group> {
    pools::groups(dump)
}

/// What is known about the stacks of a dump, worst first.
pub fn advice(dump: &DumpFacts) -> Vec<Advice> {
    advice::of(dump)
}

/// Names what each thread does and counts the states.
fn judge(dump: &mut DumpFacts) {
    let wanted: std::collections::HashSet<u64> = dump
        .threads
        .iter()
        .filter_map(|t| t.waits_for.as_ref())
        .map(|l| l.address)
        .collect();
    let is_hotspot = dump.format == "hotspot";
    for thread in &mut dump.threads {
        let stack = Stack::new(&thread.frames, thread.state);
        let mut activity = stack.activity(&thread.name, thread.waits_for.is_some());
        // HotSpot prints a state for Java threads only.
        if activity == Activity::Unknown && is_hotspot && thread.state == ThreadState::Unknown {
            activity = Activity::Vm;
        }
        // Whoever keeps others waiting is not idle.
        if activity == Activity::Idle
            && thread
                .holds
                .iter()
                .any(|l| l.address != 0 && wanted.contains(&l.address))
        {
            activity = Activity::Waiting;
        }
        thread.own_frame = stack
            .own()
            .and_then(|at| thread.frames.get(at))
            .map(|frame| frame.to_string());
        thread.activity = activity;
    }
    dump.states = StateCounts::default();
    for thread in &dump.threads {
        let count = match thread.state {
            ThreadState::Runnable => &mut dump.states.runnable,
            ThreadState::Blocked => &mut dump.states.blocked,
            ThreadState::Waiting => &mut dump.states.waiting,
            ThreadState::TimedWaiting => &mut dump.states.timed_waiting,
            ThreadState::Parked => &mut dump.states.parked,
            ThreadState::Other | ThreadState::Unknown => continue,
        };
        *count += 1;
    }
}

/// A blocked thread that comes back from `wait()` waits for the monitor again, when another one holds it.
fn return_from_wait(dump: &mut DumpFacts, waits_on: &[Option<LockRef>]) {
    let held: std::collections::HashMap<u64, usize> = dump
        .threads
        .iter()
        .enumerate()
        .flat_map(|(at, t)| t.holds.iter().map(move |l| (l.address, at)))
        .collect();
    for (at, thread) in dump.threads.iter_mut().enumerate() {
        if thread.waits_for.is_none()
            && let Some(Some(lock)) = waits_on.get(at)
            && held.get(&lock.address).is_some_and(|owner| *owner != at)
        {
            thread.waits_for = Some(lock.clone());
        }
    }
}

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod tests;
