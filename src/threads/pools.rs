//! Worker pools by the names of their threads, connection pools by who waits for them, groups by stack.

use super::{
    activity::Stack,
    facts::{Activity, DumpFacts, Group, Pool, ThreadInfo},
};
use goldenhour_parsers::thread_dump::frame::method;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// Pools of one dump, `at` its index among those given.
pub(super) fn of(dump: &DumpFacts, at: usize) -> Vec<Pool> {
    let mut pools = workers(dump, at);
    pools.extend(connections(dump, at));
    pools
}

/// Threads whose names differ only in their number.
fn workers(dump: &DumpFacts, at: usize) -> Vec<Pool> {
    let mut by_stem: BTreeMap<String, Vec<&ThreadInfo>> = BTreeMap::new();
    for thread in &dump.threads {
        let is_java = !matches!(thread.activity, Activity::Vm) && !thread.frames.is_empty();
        if let Some(stem) = stem(&thread.name).filter(|_| is_java) {
            by_stem.entry(stem).or_default().push(thread);
        }
    }
    merge_numbered(by_stem)
        .into_iter()
        .filter(|(_, threads)| threads.len() >= 2)
        .map(|(name, threads)| {
            let busy: Vec<&ThreadInfo> = threads.iter().copied().filter(|t| is_busy(t)).collect();
            Pool {
                name,
                dump: at,
                size: threads.len() as u64,
                busy: busy.len() as u64,
                waiting: 0,
                waiting_for: most(busy.iter().filter_map(|t| waits_for(t)), busy.len()),
                activity: main_activity(&busy),
            }
        })
        .collect()
}

/// Executors that are made again and again number their own names (`pool-26-thread`): many such count as one, with
/// `*` for the number.
fn merge_numbered(by_stem: BTreeMap<String, Vec<&ThreadInfo>>) -> BTreeMap<String, Vec<&ThreadInfo>> {
    /// So many names that differ only in numbers are one thing.
    const ALIKE: usize = 8;
    let starred = |stem: &str| {
        let mut out = String::with_capacity(stem.len());
        for c in stem.chars() {
            match c {
                '0'..='9' if out.ends_with('*') => {}
                '0'..='9' => out.push('*'),
                c => out.push(c),
            }
        }
        out
    };
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    for stem in by_stem.keys() {
        *alike.entry(starred(stem)).or_default() += 1;
    }
    let mut merged: BTreeMap<String, Vec<&ThreadInfo>> = BTreeMap::new();
    for (stem, threads) in by_stem {
        let common = starred(&stem);
        let is_one_of_many = alike.get(&common).is_some_and(|count| *count >= ALIKE);
        merged
            .entry(if is_one_of_many { common } else { stem })
            .or_default()
            .extend(threads);
    }
    merged
}

fn is_busy(thread: &ThreadInfo) -> bool {
    !matches!(thread.activity, Activity::Idle | Activity::Vm | Activity::Unknown)
}

/// What most of `all` have in common, when at least half do.
fn most(values: impl Iterator<Item = String>, all: usize) -> Option<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let (value, count) = counts.into_iter().min_by_key(|(_, count)| std::cmp::Reverse(*count))?;
    (count * 2 >= all).then_some(value)
}

fn main_activity(busy: &[&ThreadInfo]) -> Activity {
    let mut counts: BTreeMap<Activity, usize> = BTreeMap::new();
    for thread in busy {
        *counts.entry(thread.activity).or_default() += 1;
    }
    counts
        .into_iter()
        .min_by_key(|(_, count)| std::cmp::Reverse(*count))
        .map_or(Activity::Unknown, |(activity, _)| activity)
}

/// What a busy thread waits for, in words that group: a lock's class, `database: frame`, a pool, `network: frame`.
fn waits_for(thread: &ThreadInfo) -> Option<String> {
    let frame = || thread.place().map(|f| method(f).to_owned());
    Some(match thread.activity {
        Activity::Lock => thread
            .waits_for
            .as_ref()
            .map(|l| l.class.clone())
            .filter(|class| !class.is_empty())?,
        Activity::Database => format!("database: {}", frame()?),
        Activity::PoolWait => format!("connection pool: {}", pool_name(thread)?),
        Activity::Network => format!("network: {}", frame()?),
        Activity::FileIo => format!("file: {}", frame()?),
        _ => return None,
    })
}

/// The product, or the application's own pool class.
fn pool_name(thread: &ThreadInfo) -> Option<String> {
    let stack = Stack::new(&thread.frames, thread.state);
    if let Some(product) = stack.pool() {
        return Some(product.to_owned());
    }
    let own = thread.own_frame.as_ref().map(|f| method(f))?;
    own.rsplit_once('.').map(|(class, _)| class.to_owned())
}

/// Pools that threads wait for a connection of.
fn connections(dump: &DumpFacts, at: usize) -> Vec<Pool> {
    let mut waiting: BTreeMap<String, u64> = BTreeMap::new();
    for thread in dump.threads.iter().filter(|t| t.activity == Activity::PoolWait) {
        if let Some(name) = pool_name(thread) {
            *waiting.entry(name).or_default() += 1;
        }
    }
    let only_hikari = only_housekeeper(dump);
    waiting
        .into_iter()
        .map(|(product, waiting)| Pool {
            name: match &only_hikari {
                Some(name) if product == "HikariCP" => name.clone(),
                _ => product,
            },
            dump: at,
            waiting,
            activity: Activity::PoolWait,
            ..Pool::default()
        })
        .collect()
}

/// HikariCP names its housekeeper after the pool; with one pool the waiters are its own.
fn only_housekeeper(dump: &DumpFacts) -> Option<String> {
    let mut names = dump.threads.iter().filter_map(|t| {
        let name = t
            .name
            .strip_suffix(" housekeeper")
            .or_else(|| t.name.strip_suffix(":housekeeper"))?;
        Some(name.to_owned())
    });
    let first = names.next()?;
    names.all(|other| other == first).then_some(first)
}

/// The name without the thread's number: `WebContainer : 12` → `WebContainer`; `None` when it has none.
fn stem(name: &str) -> Option<String> {
    // Liberty and Jazz append what the thread works on.
    let name = name.split(" @@ ").next().unwrap_or(name);
    if let Some((mark, queue)) = name.split_once("ExecuteThread: '") {
        // `[ACTIVE] ExecuteThread: '3' for queue: 'weblogic.kernel.Default (self-tuning)'`
        let _ = mark;
        let queue = queue.split_once("queue: '")?.1;
        return Some(queue.trim_end_matches('\'').to_owned());
    }
    let bare = name.trim_end_matches(['\'', '"', ')', ']', '>', ' ']);
    let digits = bare.bytes().rev().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return None;
    }
    let stem = bare.get(..bare.len().checked_sub(digits)?)?;
    let stem = stem.trim_end_matches([' ', '-', ':', '#', '_', '.', '\'', '(', '[', '/', '@', '=']);
    let stem = stem
        .strip_suffix("Thread")
        .filter(|s| !s.is_empty() && stem.starts_with("Thread"))
        .unwrap_or(stem);
    (!stem.is_empty()).then(|| stem.to_owned())
}

/// Threads with the same stack.
pub(super) fn groups(dump: &DumpFacts) -> Vec<Group> {
    let mut places: HashMap<&[Arc<str>], usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for thread in dump.threads.iter().filter(|t| !t.frames.is_empty()) {
        let place = *places.entry(&thread.frames).or_insert_with(|| {
            groups.push(Group {
                frames: thread.frames.clone(),
                activity: thread.activity,
                own_frame: thread.own_frame.clone(),
                ..Group::default()
            });
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(place) {
            group.threads.push(thread.name.clone());
        }
    }
    let is_quiet = |g: &Group| matches!(g.activity, Activity::Idle | Activity::Vm | Activity::Unknown);
    groups.sort_by_key(|g| (is_quiet(g), std::cmp::Reverse(g.threads.len())));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threads::facts::{LockKind, LockRef, ThreadState};

    #[test]
    fn stems() {
        for (name, wanted) in [
            ("WebContainer : 12", Some("WebContainer")),
            ("http-nio-8080-exec-3", Some("http-nio-8080-exec")),
            ("pool-3-thread-7", Some("pool-3-thread")),
            ("qtp1594199808-27", Some("qtp1594199808")),
            (
                "Default Executor-thread-51 @@ 11:44 <x> /dcc/service",
                Some("Default Executor-thread"),
            ),
            (
                "[ACTIVE] ExecuteThread: '3' for queue: 'weblogic.kernel.Default (self-tuning)'",
                Some("weblogic.kernel.Default (self-tuning)"),
            ),
            ("Thread-9", Some("Thread")),
            ("main", None),
            ("42", None),
        ] {
            assert_eq!(stem(name).as_deref(), wanted, "{name}");
        }
    }

    fn worker(n: usize, activity: Activity, own: &str) -> ThreadInfo {
        ThreadInfo {
            name: format!("http-exec-{n}"),
            activity,
            frames: vec!["a.b.C.m(C.java:1)".into(), own.into()],
            own_frame: Some(own.into()),
            state: ThreadState::Runnable,
            ..ThreadInfo::default()
        }
    }

    #[test]
    fn a_pool_says_what_most_wait_for() {
        let mut threads: Vec<ThreadInfo> = (0..4)
            .map(|n| worker(n, Activity::Database, "com.acme.Dao.q(D.java:1)"))
            .collect();
        threads.push(worker(5, Activity::Idle, "x.Y.z"));
        let mut blocked = worker(6, Activity::Lock, "com.acme.X.y");
        blocked.waits_for = Some(LockRef {
            class: "com.acme.Lock".into(),
            address: 1,
            kind: LockKind::Monitor,
        });
        threads.push(blocked);
        let dump = DumpFacts {
            threads,
            ..DumpFacts::default()
        };
        let pools = of(&dump, 3);
        assert_eq!(pools.len(), 1);
        let pool = &pools[0];
        assert_eq!(
            (pool.name.as_str(), pool.size, pool.busy, pool.dump),
            ("http-exec", 6, 5, 3)
        );
        assert_eq!(
            (pool.waiting_for.as_deref(), pool.activity),
            (Some("database: com.acme.Dao.q"), Activity::Database)
        );
        assert_eq!(groups(&dump)[0].threads.len(), 4);
    }

    #[test]
    fn executors_without_end_are_one_pool() {
        let thread = |pool: usize, n: usize| ThreadInfo {
            name: format!("pool-{pool}-thread-{n}"),
            activity: Activity::Idle,
            frames: vec!["a.b.C.m".into()],
            ..ThreadInfo::default()
        };
        let dump = DumpFacts {
            threads: (0..20).flat_map(|pool| [thread(pool, 1), thread(pool, 2)]).collect(),
            ..DumpFacts::default()
        };
        let pools = of(&dump, 0);
        assert_eq!(
            pools.iter().map(|p| (p.name.as_str(), p.size)).collect::<Vec<_>>(),
            [("pool-*-thread", 40)]
        );
    }

    #[test]
    fn waiters_of_a_connection_pool_are_counted_by_its_name() {
        let frames = [
            "java.lang.Object.wait(Native Method)",
            "com.zaxxer.hikari.pool.HikariPool.getConnection(H.java:1)",
            "com.acme.Dao.q(D.java:1)",
        ];
        let waiter = |n: usize| ThreadInfo {
            name: format!("w{n}"),
            activity: Activity::PoolWait,
            frames: frames.iter().map(|f| (*f).into()).collect(),
            state: ThreadState::Waiting,
            ..ThreadInfo::default()
        };
        let keeper = ThreadInfo {
            name: "EmrPool housekeeper".into(),
            ..ThreadInfo::default()
        };
        let dump = DumpFacts {
            threads: vec![waiter(1), waiter(2), keeper],
            ..DumpFacts::default()
        };
        let pools = of(&dump, 0);
        let pool = pools.iter().find(|p| p.waiting > 0).unwrap();
        assert_eq!((pool.name.as_str(), pool.waiting), ("EmrPool", 2));
    }
}
