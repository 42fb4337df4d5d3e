//! One wait-for graph over monitors, ownable synchronizers and class initialisation: deadlocks, blockers, victims.

use super::facts::{Blocker, Deadlock, DumpFacts, LockKind, LockRef, ThreadInfo, ThreadState};
use crate::evidence::{ArtefactId, Citation};
use std::collections::{BTreeMap, HashMap, HashSet};

/// A deadlock as a VM printed it, already without threads that merely wait for it.
#[derive(Debug, Clone, Default)]
pub(super) struct Reported {
    /// Threads in the order of the cycle.
    pub threads: Vec<String>,
    /// The lock that each waits for.
    pub locks: Vec<LockRef>,
    /// 1-based line in the parser's input.
    pub line: u64,
}

/// What identifies a lock within one dump: its address, or its class where a VM prints none.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key(u64, String);

fn key(lock: &LockRef) -> Key {
    match lock.address {
        0 => Key(0, lock.class.clone()),
        address => Key(address, String::new()),
    }
}

/// Locks and threads of one dump.
struct Graph<'a> {
    threads: &'a [ThreadInfo],
    owner: HashMap<Key, usize>,
    waiters: BTreeMap<Key, Vec<usize>>,
    /// Direct waiters of each thread that has some.
    held_by: HashMap<usize, Vec<usize>>,
    /// Threads that wait for each thread, directly or through others, those of a closed chain not counted.
    behind: Vec<u64>,
    /// For each member of a closed chain: all threads of the chain and behind it.
    caught: HashMap<usize, u64>,
}

impl<'a> Graph<'a> {
    fn new(threads: &'a [ThreadInfo]) -> Self {
        let mut owner: HashMap<Key, usize> = HashMap::new();
        let mut waiters: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for (at, thread) in threads.iter().enumerate() {
            for held in &thread.holds {
                // A dump is not atomic: of two that seem to hold a lock, the one that does not also wait for it does.
                let place = owner.entry(key(held)).or_insert(at);
                let waits = threads.get(*place).and_then(|t| t.waits_for.as_ref()).map(key);
                if waits.as_ref() == Some(&key(held)) {
                    *place = at;
                }
            }
            if let Some(lock) = &thread.waits_for {
                waiters.entry(key(lock)).or_default().push(at);
            }
        }
        let mut graph = Self {
            threads,
            owner,
            waiters,
            held_by: HashMap::new(),
            behind: vec![0; threads.len()],
            caught: HashMap::new(),
        };
        for at in 0..threads.len() {
            if let Some(owner) = graph.blocks(at) {
                graph.held_by.entry(owner).or_default().push(at);
            }
        }
        graph.count();
        graph
    }

    /// Counts who waits behind whom, from the ends of the chains on, so that each thread is looked at once.
    fn count(&mut self) {
        let direct = |at: usize, graph: &Self| graph.held_by.get(&at).map_or(0, Vec::len);
        let mut missing: Vec<usize> = (0..self.threads.len()).map(|at| direct(at, self)).collect();
        let mut ready: Vec<usize> = (0..missing.len()).filter(|at| missing.get(*at) == Some(&0)).collect();
        while let Some(at) = ready.pop() {
            let Some(owner) = self.blocks(at) else { continue };
            let own = self.behind.get(at).copied().unwrap_or(0);
            if let (Some(behind), Some(missing)) = (self.behind.get_mut(owner), missing.get_mut(owner)) {
                *behind += own + 1;
                *missing = missing.saturating_sub(1);
                if *missing == 0 {
                    ready.push(owner);
                }
            }
        }
        for cycle in self.cycles() {
            let total = cycle
                .iter()
                .filter_map(|at| self.behind.get(*at))
                .map(|behind| behind + 1)
                .sum();
            self.caught.extend(cycle.into_iter().map(|at| (at, total)));
        }
    }

    /// Waiters of one lock, and everything that waits behind them; its owner not.
    fn waiting(&self, waiters: &[usize]) -> u64 {
        // A waiter inside a closed chain waits for the next member: everything caught there waits for the owner.
        if let Some(total) = waiters.iter().find_map(|at| self.caught.get(at)) {
            return total.saturating_sub(1);
        }
        waiters
            .iter()
            .filter_map(|at| self.behind.get(*at))
            .map(|behind| behind + 1)
            .sum()
    }

    /// The thread that `at` waits for.
    fn blocks(&self, at: usize) -> Option<usize> {
        let lock = self.threads.get(at)?.waits_for.as_ref()?;
        self.owner.get(&key(lock)).copied().filter(|owner| *owner != at)
    }

    /// Everything that waits for one of `first`, directly or through others; `first` itself not.
    fn victims(&self, first: &[usize]) -> HashSet<usize> {
        let mut seen: HashSet<usize> = first.iter().copied().collect();
        let mut open = first.to_vec();
        let mut victims = HashSet::new();
        while let Some(at) = open.pop() {
            for waiter in self.held_by.get(&at).into_iter().flatten() {
                if seen.insert(*waiter) {
                    victims.insert(*waiter);
                    open.push(*waiter);
                }
            }
        }
        victims
    }

    /// Every closed chain, each once, from its first thread in file order.
    fn cycles(&self) -> Vec<Vec<usize>> {
        let mut state = vec![0_usize; self.threads.len()];
        let mut cycles = Vec::new();
        for start in 0..self.threads.len() {
            let (mut at, mut path) = (Some(start), Vec::new());
            while let Some(here) = at {
                match state.get_mut(here) {
                    Some(mark) if *mark == 0 => *mark = start + 1,
                    Some(mark) if *mark == start + 1 => {
                        if let Some(from) = path.iter().position(|p| *p == here) {
                            cycles.push(path.split_off(from));
                        }
                        break;
                    }
                    _ => break,
                }
                path.push(here);
                at = self.blocks(here);
            }
        }
        cycles
    }
}

/// Fills deadlocks and blockers of a dump from its threads and what the VM reported.
pub(super) fn solve(
    dump: &mut DumpFacts,
    reported: Vec<Reported>,
    unknown_owners: &HashMap<u64, String>,
    first_line: u64,
) {
    let graph = Graph::new(&dump.threads);
    let deadlocks = deadlocks(&graph, reported, dump.artefact, first_line);
    let blockers = blockers(&graph, dump.artefact, unknown_owners);
    dump.deadlocks = deadlocks;
    dump.blockers = blockers;
}

/// The VM's reports first, then cycles that only the graph shows; a cycle that both know stands once.
fn deadlocks(
    graph: &Graph<'_>,
    reported: Vec<Reported>,
    artefact: Option<ArtefactId>,
    first_line: u64,
) -> Vec<Deadlock> {
    let mut known: Vec<(Vec<Key>, Deadlock)> = Vec::new();
    let name_of = |name: &String| graph.threads.iter().position(|t| t.name == *name);
    for report in reported {
        let keys = sorted(report.locks.iter().map(key).collect());
        if known.iter().any(|(other, _)| *other == keys) {
            continue;
        }
        let members: Vec<usize> = report.threads.iter().filter_map(name_of).collect();
        let deadlock = Deadlock {
            locks: report.locks.iter().map(printed).collect(),
            reported_by_vm: true,
            victims: graph.victims(&members).len() as u64,
            citation: artefact.map(|id| {
                let line = report.line + first_line.saturating_sub(1);
                Citation::line(id, line, report.threads.join(" ↔ "))
            }),
            threads: report.threads,
        };
        known.push((keys, deadlock));
    }
    for cycle in graph.cycles() {
        let members: Vec<&ThreadInfo> = cycle.iter().filter_map(|at| graph.threads.get(*at)).collect();
        let locks: Vec<&LockRef> = members.iter().filter_map(|t| t.waits_for.as_ref()).collect();
        let keys = sorted(locks.iter().map(|l| key(l)).collect());
        // A wait with a time limit (`tryLock`) ends by itself.
        let ends = |t: &&ThreadInfo| t.state == ThreadState::TimedWaiting;
        if known.iter().any(|(other, _)| *other == keys) || members.iter().any(ends) {
            continue;
        }
        let line = members.first().map_or(0, |t| t.line);
        let deadlock = Deadlock {
            threads: members.iter().map(|t| t.name.clone()).collect(),
            locks: locks.iter().map(|l| printed(l)).collect(),
            reported_by_vm: false,
            victims: graph.victims(&cycle).len() as u64,
            citation: artefact.map(|id| {
                let names: Vec<&str> = members.iter().map(|t| t.name.as_str()).collect();
                Citation::line(id, line, names.join(" ↔ "))
            }),
        };
        known.push((keys, deadlock));
    }
    known.into_iter().map(|(_, deadlock)| deadlock).collect()
}

fn sorted(mut keys: Vec<Key>) -> Vec<Key> {
    keys.sort();
    keys
}

/// `a.b.C@0x…`.
pub(super) fn printed(lock: &LockRef) -> String {
    match lock.address {
        0 => lock.class.clone(),
        address => format!("{}@{address:#x}", lock.class),
    }
}

/// Locks with waiters, most victims first.
fn blockers(graph: &Graph<'_>, artefact: Option<ArtefactId>, unknown_owners: &HashMap<u64, String>) -> Vec<Blocker> {
    let mut blockers: Vec<(u64, Blocker)> = Vec::new();
    for (key, waiters) in &graph.waiters {
        let owner = graph.owner.get(key).copied();
        // In old dumps a thread that comes back from `wait()` is shown waiting for what it holds.
        let waiters: Vec<usize> = waiters.iter().copied().filter(|w| Some(*w) != owner).collect();
        let Some(lock) = waiters.first().and_then(|at| graph.threads.get(*at)?.waits_for.clone()) else {
            continue;
        };
        let holder = owner.and_then(|at| graph.threads.get(at));
        let victims = graph.waiting(&waiters);
        let line = holder
            .or_else(|| graph.threads.get(*waiters.first()?))
            .map_or(0, |t| t.line);
        blockers.push((
            line,
            Blocker {
                thread: holder
                    .map(|t| t.name.clone())
                    .or_else(|| unknown_owners.get(&lock.address).cloned())
                    .unwrap_or_default(),
                blocked: waiters.len() as u64,
                victims,
                doing: holder.map(|t| t.activity).unwrap_or_default(),
                doing_frame: holder.and_then(|t| t.place().map(str::to_owned)),
                citation: artefact.zip(holder).map(|(id, t)| Citation::line(id, t.line, quote(t))),
                lock,
            },
        ));
    }
    blockers.sort_by(|(a_line, a), (b_line, b)| {
        (b.victims, b.blocked)
            .cmp(&(a.victims, a.blocked))
            .then(a_line.cmp(b_line))
            .then(a.lock.address.cmp(&b.lock.address))
    });
    blockers.into_iter().map(|(_, blocker)| blocker).collect()
}

/// The words of a citation of a thread: its name and what it is in.
pub(super) fn quote(thread: &ThreadInfo) -> String {
    match thread.place() {
        Some(frame) => format!("\"{}\" at {frame}", thread.name),
        None => format!("\"{}\"", thread.name),
    }
}

/// True for a lock of `java.util.concurrent` that one thread at a time holds; conditions, latches and semaphores are
/// nobody's.
pub(super) fn is_exclusive(class: &str) -> bool {
    const LOCKS: &[&str] = &[
        "java.util.concurrent.locks.ReentrantLock",
        "java.util.concurrent.locks.ReentrantReadWriteLock",
        "java.util.concurrent.locks.StampedLock",
    ];
    LOCKS.iter().any(|lock| class.starts_with(lock))
}

/// A lock.
pub(super) fn lock(class: &str, address: u64, kind: LockKind) -> LockRef {
    LockRef {
        class: class.to_owned(),
        address,
        kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thread(name: &str, holds: &[u64], waits: Option<u64>) -> ThreadInfo {
        let monitor = |address| lock("a.Lock", address, LockKind::Monitor);
        ThreadInfo {
            name: name.into(),
            holds: holds.iter().copied().map(monitor).collect(),
            waits_for: waits.map(monitor),
            state: ThreadState::Blocked,
            ..ThreadInfo::default()
        }
    }

    fn solved(threads: Vec<ThreadInfo>, reported: Vec<Reported>) -> DumpFacts {
        let mut dump = DumpFacts {
            threads,
            ..DumpFacts::default()
        };
        solve(&mut dump, reported, &HashMap::new(), 1);
        dump
    }

    #[test]
    fn a_cycle_is_told_once_with_its_victims() {
        let threads = vec![
            thread("tail", &[4], Some(1)),
            thread("A", &[1], Some(2)),
            thread("B", &[2], Some(1)),
            thread("behind", &[], Some(4)),
        ];
        let report = Reported {
            threads: vec!["B".into(), "A".into()],
            locks: vec![
                lock("a.Lock", 1, LockKind::Monitor),
                lock("a.Lock", 2, LockKind::Monitor),
            ],
            line: 7,
        };
        let dump = solved(threads.clone(), vec![report]);
        assert_eq!(dump.deadlocks.len(), 1);
        assert_eq!((dump.deadlocks[0].reported_by_vm, dump.deadlocks[0].victims), (true, 2));
        let alone = solved(threads, Vec::new());
        assert_eq!(alone.deadlocks[0].threads, ["A", "B"]);
        assert_eq!(alone.deadlocks[0].locks, ["a.Lock@0x2", "a.Lock@0x1"]);
        assert!(!alone.deadlocks[0].reported_by_vm);
    }

    #[test]
    fn blockers_count_direct_and_other_waiters() {
        let dump = solved(
            vec![
                thread("owner", &[1], None),
                thread("w1", &[], Some(1)),
                thread("w2", &[5], Some(1)),
                thread("w3", &[], Some(5)),
                thread("orphan", &[], Some(9)),
            ],
            Vec::new(),
        );
        let told: Vec<_> = dump
            .blockers
            .iter()
            .map(|b| (b.thread.as_str(), b.blocked, b.victims))
            .collect();
        assert_eq!(told, [("owner", 2, 3), ("w2", 1, 1), ("", 1, 1)]);
        assert!(dump.deadlocks.is_empty());
    }

    #[test]
    fn what_ends_by_itself_is_no_deadlock() {
        let mut waits_with_limit = thread("B", &[2], Some(1));
        waits_with_limit.state = ThreadState::TimedWaiting;
        let dump = solved(
            vec![
                thread("A", &[1], Some(2)),
                waits_with_limit,
                thread("self", &[7], Some(7)),
            ],
            Vec::new(),
        );
        assert!(dump.deadlocks.is_empty());
        assert_eq!(dump.blockers.len(), 2);
    }
}
