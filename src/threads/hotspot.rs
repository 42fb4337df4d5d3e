//! Facts of HotSpot-style thread dumps.

use super::{
    facts::{DumpFacts, LockKind, LockRef, StateCounts, ThreadInfo, ThreadState},
    locks::{self, Reported, is_exclusive, lock},
};
use crate::evidence::Artefact;
use goldenhour_parsers::{
    Stamp,
    thread_dump::{self, Dump, LockLine, LockWord, ReportedDeadlock, State, Thread},
};
use jiff::SignedDuration;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// Every dump of the artefact.
pub(super) fn read(artefact: &Artefact) -> Vec<DumpFacts> {
    let parsed = thread_dump::parse(artefact.bytes());
    let mut gaps = parsed.gaps;
    let mut dumps: Vec<DumpFacts> = parsed
        .value
        .into_iter()
        .zip(0..)
        .map(|(dump, index)| {
            // Gaps belong to the dump that they lie in or behind.
            let end = dump.range.end as u64;
            let (own, rest) = gaps.drain(..).partition(|gap| gap.offset <= end);
            gaps = rest;
            DumpFacts {
                gaps: own,
                ..facts(artefact, dump, index)
            }
        })
        .collect();
    if let Some(last) = dumps.last_mut() {
        last.gaps.append(&mut gaps);
    }
    for gap in dumps.iter_mut().flat_map(|d| &mut d.gaps) {
        gap.offset = gap.offset.saturating_add(artefact.offset);
    }
    dumps
}

fn facts(artefact: &Artefact, dump: Dump, index: u32) -> DumpFacts {
    let synchronizers = owned_synchronizers(&dump);
    let initialisers = initialisers(&dump);
    let first_line = artefact.first_line;
    let threads: Vec<ThreadInfo> = dump
        .threads
        .iter()
        .zip(0..)
        .map(|(t, at)| thread(t, at, &synchronizers, &initialisers, first_line))
        .collect();
    let mut facts = DumpFacts {
        artefact: Some(artefact.id),
        index,
        time: dump.time,
        format: dump.format.name(),
        vm: dump.vm,
        pid: dump.pid,
        started: dump.time.and_then(|time| started(time, &dump.threads)),
        thread_count: threads.len() as u64,
        with_java_stack: threads.iter().filter(|t| !t.frames.is_empty()).count() as u64,
        virtual_threads: dump.threads.iter().filter(|t| t.is_virtual).count() as u64,
        states: StateCounts::default(),
        heap_free: dump.heap.map(|h| h.total.saturating_sub(h.used)),
        heap_used: dump.heap.map(|h| h.used),
        complete: dump.complete,
        consistent: true,
        threads,
        ..DumpFacts::default()
    };
    super::return_from_wait(&mut facts, &waits_on(&dump.threads));
    super::judge(&mut facts);
    let reported = dump.deadlocks.iter().filter_map(cycle).collect();
    locks::solve(&mut facts, reported, &named_owners(&dump.threads), first_line);
    facts
}

/// The oldest thread is as old as the VM.
fn started(time: Stamp, threads: &[Thread]) -> Option<Stamp> {
    let age = threads.iter().filter_map(|t| t.elapsed_s).fold(0.0_f64, f64::max);
    let age = SignedDuration::try_from_secs_f64(age)
        .ok()
        .filter(|age| age.is_positive())?;
    Some(Stamp {
        civil: time.civil.checked_sub(age).ok()?,
        ..time
    })
}

/// Addresses in the lists of `Locked ownable synchronizers`.
fn owned_synchronizers(dump: &Dump) -> HashSet<u64> {
    dump.threads
        .iter()
        .flat_map(|t| &t.locks)
        .filter(|l| l.kind == LockWord::OwnedSynchronizer)
        .filter_map(|l| l.address)
        .collect()
}

/// Threads inside a static initialiser, with the class.
fn initialisers(dump: &Dump) -> Vec<(usize, String)> {
    let class_of = |t: &Thread| {
        let frame = t.frames.iter().find(|f| f.contains(".<clinit>("))?;
        frame.split_once(".<clinit>").map(|(class, _)| class.to_owned())
    };
    dump.threads
        .iter()
        .enumerate()
        .filter_map(|(at, t)| Some((at, class_of(t)?)))
        .collect()
}

fn thread(
    t: &Thread,
    at: usize,
    synchronizers: &HashSet<u64>,
    initialisers: &[(usize, String)],
    first_line: u64,
) -> ThreadInfo {
    let state = t.state.map_or(ThreadState::Unknown, state);
    let mut info = ThreadInfo {
        name: t.name.clone(),
        native_id: t.native_id,
        vm_id: t.vm_id.or(t.java_id),
        state,
        daemon: t.daemon,
        cpu_s: t.cpu_s,
        elapsed_s: t.elapsed_s,
        frames: t.frames.clone(),
        waits_for: waits_for(t, synchronizers).or_else(|| class_init_wait(t, at, initialisers)),
        holds: holds(t),
        allocated: t.allocated,
        line: t.line.saturating_add(first_line.saturating_sub(1)),
        ..ThreadInfo::default()
    };
    if let Some((_, class)) = initialisers.iter().find(|(other, _)| *other == at) {
        info.holds.push(lock(class, 0, LockKind::ClassInit));
    }
    info
}

fn state(state: State) -> ThreadState {
    match state {
        State::Runnable => ThreadState::Runnable,
        State::Blocked => ThreadState::Blocked,
        State::Waiting => ThreadState::Waiting,
        State::TimedWaiting => ThreadState::TimedWaiting,
        State::New | State::Terminated => ThreadState::Other,
    }
}

/// The lock that keeps the thread from going on; not a condition that it waits for.
fn waits_for(t: &Thread, synchronizers: &HashSet<u64>) -> Option<LockRef> {
    let find = |word: LockWord| {
        t.locks
            .iter()
            .find(|l| l.kind == word && (l.address.is_some() || word == LockWord::ClassInit))
    };
    let monitor = find(LockWord::WaitingToLock)
        // Also printed for threads that are plainly waiting (THREAD_FORMATS.md §2.1).
        .or_else(|| find(LockWord::Relocking).filter(|_| t.state == Some(State::Blocked)))
        .map(|l| reference(l, LockKind::Monitor));
    let parked = || {
        let parked = find(LockWord::Parking)?;
        let is_lock = is_exclusive(&parked.class) || parked.address.is_some_and(|a| synchronizers.contains(&a));
        is_lock.then(|| reference(parked, LockKind::Synchronizer))
    };
    monitor
        .or_else(parked)
        .or_else(|| find(LockWord::ClassInit).map(|l| reference(l, LockKind::ClassInit)))
}

fn reference(l: &LockLine, kind: LockKind) -> LockRef {
    lock(&l.class, l.address.unwrap_or(0), kind)
}

/// Before JDK 16 a wait for another thread's static initialiser shows only as `in Object.wait()` on a RUNNABLE thread
/// whose top frame is no `wait`. Who initialises is certain when only one other thread does.
fn class_init_wait(t: &Thread, at: usize, initialisers: &[(usize, String)]) -> Option<LockRef> {
    let is_hidden = t.state == Some(State::Runnable) && t.words.starts_with("in Object.wait()");
    if !is_hidden
        || t.frames
            .first()
            .is_none_or(|top| top.starts_with("java.lang.Object.wait"))
    {
        return None;
    }
    let mut others = initialisers.iter().filter(|(other, _)| *other != at);
    match (others.next(), others.next()) {
        (Some((_, class)), None) => Some(lock(class, 0, LockKind::ClassInit)),
        _ => None,
    }
}

/// What it holds: entered and not given back by `wait()`.
fn holds(t: &Thread) -> Vec<LockRef> {
    let not_held: HashSet<u64> = t
        .locks
        .iter()
        .filter(|l| {
            matches!(
                l.kind,
                LockWord::WaitingOn | LockWord::Relocking | LockWord::WaitingToLock
            )
        })
        .filter_map(|l| l.address)
        .chain(taken_back(t).and_then(|l| l.address))
        .collect();
    let mut seen = HashSet::new();
    t.locks
        .iter()
        .filter_map(|l| {
            let address = l.address?;
            let kind = match l.kind {
                LockWord::Locked if !not_held.contains(&address) => LockKind::Monitor,
                LockWord::OwnedSynchronizer => LockKind::Synchronizer,
                _ => return None,
            };
            seen.insert(address).then(|| reference(l, kind))
        })
        .collect()
}

/// JDK 7 prints `locked` right below `Object.wait` of a thread that wants the monitor back: it has not got it yet.
fn taken_back(t: &Thread) -> Option<&LockLine> {
    let is_wait = |frame: &&Arc<str>| frame.starts_with("java.lang.Object.wait");
    let waits = t.frames.iter().take_while(is_wait).count();
    let says_more = t.locks.iter().any(|l| l.kind == LockWord::WaitingOn);
    let first = t
        .locks
        .first()
        .filter(|l| l.kind == LockWord::Locked && (1..=waits).contains(&l.depth))?;
    (t.state == Some(State::Blocked) && !says_more).then_some(first)
}

/// The monitor that each blocked thread gave up in `wait()` and wants back, where the dump prints no more than that.
fn waits_on(threads: &[Thread]) -> Vec<Option<LockRef>> {
    threads
        .iter()
        .map(|t| {
            let waiting = t
                .locks
                .iter()
                .find(|l| l.kind == LockWord::WaitingOn && l.address.is_some())
                .or_else(|| taken_back(t))?;
            (t.state == Some(State::Blocked)).then(|| reference(waiting, LockKind::Monitor))
        })
        .collect()
}

/// Owners that tools name on the line of the waiter.
fn named_owners(threads: &[Thread]) -> HashMap<u64, String> {
    let named = |l: &LockLine| Some((l.address?, l.owner.clone()?));
    threads.iter().flat_map(|t| &t.locks).filter_map(named).collect()
}

/// The closed part of a printed chain: HotSpot may begin it with a thread that merely waits.
fn cycle(report: &ReportedDeadlock) -> Option<Reported> {
    let links = &report.links;
    let next = |at: usize| {
        let held_by = &links.get(at)?.held_by;
        links.iter().position(|l| l.thread == *held_by)
    };
    let mut path = Vec::new();
    let mut at = Some(0);
    while let Some(here) = at.filter(|here| !path.contains(here)) {
        path.push(here);
        at = next(here);
    }
    let from = at.and_then(|back| path.iter().position(|p| *p == back)).unwrap_or(0);
    let members: Vec<_> = path.get(from..)?.iter().filter_map(|at| links.get(*at)).collect();
    (!members.is_empty()).then(|| Reported {
        threads: members.iter().map(|l| l.thread.clone()).collect(),
        locks: members
            .iter()
            .map(|l| {
                let kind = if l.synchronizer {
                    LockKind::Synchronizer
                } else {
                    LockKind::Monitor
                };
                lock(&l.class, l.address.unwrap_or(0), kind)
            })
            .collect(),
        line: report.line,
    })
}
