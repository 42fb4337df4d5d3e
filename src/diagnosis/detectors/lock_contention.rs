//! Many threads queue for one lock whose holder makes progress or sits in slow work of its own.

use crate::diagnosis::{
    detector::{Detector, found, rounded, words},
    scene::{Scene, busy},
    verdict::{Cause, Finding, Role, Severity},
};
use crate::{
    threads::{Activity, Blocker, DumpFacts},
    words::Text,
};
use std::collections::BTreeMap;

/// The detector.
pub const DETECTOR: Detector = Detector {
    id: "threads.contention",
    findings: &[(
        "threads.contention",
        words("大量线程等待同一把锁", "many threads queue for one lock"),
    )],
    causes: &[Cause::LockContention],
    explain: words(
        "查找许多线程排队等待的锁，及其持有者在做什么。持有者若在等数据库或网络，真正的原因在下游；若在执行自己的代码，则是锁竞争。\
         需要线程转储，最好三份。可能误判：正好落在回收停顿中的单份转储；轮转使用的选择器锁。",
        "Looks for locks that many threads queue for, and at what the holder does. A holder that waits for a database or the network points downstream; one in its own code is contention. \
         Needs thread dumps, better three. Wrong for a single dump inside a collection pause and for selector locks that rotate by design.",
    ),
    run,
};

/// One queue: the process and the class of its lock; the address moves between dumps.
type QueueKey = (Option<usize>, String);

fn run(scene: &Scene) -> Vec<Finding> {
    let mut queues: BTreeMap<QueueKey, Vec<(&DumpFacts, &Blocker)>> = BTreeMap::new();
    for (_, dump) in scene.all_dumps() {
        let process = dump.artefact.and_then(|id| scene.case.process_of(id));
        let cycle: Vec<&String> = dump.deadlocks.iter().flat_map(|d| &d.threads).collect();
        for blocker in &dump.blockers {
            let enough = blocker.victims.max(blocker.blocked) as f64 >= scene.limits.blocked_threads;
            if enough && !cycle.contains(&&blocker.thread) {
                queues
                    .entry((process, blocker.lock.class.clone()))
                    .or_default()
                    .push((dump, blocker));
            }
        }
    }
    queues
        .into_iter()
        .filter_map(|((process, class), seen)| finding(scene, process, class, &seen))
        .collect()
}

fn finding(scene: &Scene, process: Option<usize>, class: String, seen: &[(&DumpFacts, &Blocker)]) -> Option<Finding> {
    let (dump, worst) = seen.iter().max_by_key(|(_, b)| b.victims.max(b.blocked))?;
    // Blocked on a thread that is itself blocked: the lock further up is the finding.
    let chained = matches!(worst.doing, Activity::Lock);
    let outside = matches!(worst.doing, Activity::Database | Activity::Network | Activity::PoolWait);
    let working = busy(dump).count().max(1) as f64;
    let coverage = (worst.victims.max(worst.blocked) as f64 + 1.0) / working;
    let owners: std::collections::BTreeSet<&str> = seen.iter().map(|(_, b)| b.thread.as_str()).collect();
    let same_owner = owners.len() == 1 && seen.len() >= 2;
    let strength = match (seen.len(), coverage) {
        _ if chained => 2,
        (2.., c) if c >= 0.1 => 4,
        (_, c) if c >= 0.3 => 4,
        _ => 3,
    };
    // A queue seen once that nobody complains about is a moment, not a fault.
    // One that holds half of the work in two dumps or more is a fault even if no log or user was brought to complain.
    let dumps: std::collections::BTreeSet<_> = seen.iter().map(|(d, _)| d.artefact).collect();
    let lasting = dumps.len() >= 2 && coverage >= 0.5;
    let passing = !same_owner && !lasting && !scene.has_symptom(process);
    let strength = if passing { strength.min(2) } else { strength };
    let place = worst.doing_frame.as_deref();
    let (holder, blocked, victims) = (&worst.thread, worst.blocked, worst.victims);
    let held = match holder.as_str() {
        "" => Text::new(
            format!("锁 {class} 的持有者未知"),
            format!("nobody is known to hold lock {class}"),
        ),
        holder => Text::new(
            format!("线程 {holder} 持有锁 {class}"),
            format!("thread {holder} holds lock {class}"),
        ),
    };
    found("threads.contention", Cause::LockContention)
        .severity(match coverage {
            _ if passing => Severity::Low,
            c if c >= 0.5 => Severity::Critical,
            _ => Severity::High,
        })
        .role(match (passing, outside || chained) {
            (true, _) => Role::Context,
            (_, true) => Role::Victim,
            _ => Role::Cause,
        })
        .process(process)
        .time(
            scene
                .hang_began(process)
                .or_else(|| seen.iter().filter_map(|(d, _)| scene.dump_time(d)).min()),
        )
        .strength(strength)
        .coverage(coverage)
        .subject(Some(class.clone()))
        .title(
            format!("{}，{blocked} 个线程直接等待，共影响 {victims} 个", held.zh),
            format!("{}; {blocked} threads wait for it, {victims} in all", held.en),
        )
        .detail(
            format!(
                "{}{}",
                place.map(|frame| format!("持有者当时在 {frame}。")).unwrap_or_default(),
                if same_owner {
                    "各份转储中持有者相同：它停在那里。"
                } else {
                    ""
                }
            ),
            format!(
                "{}{}",
                place
                    .map(|frame| format!("The holder was in {frame}. "))
                    .unwrap_or_default(),
                if same_owner {
                    "It is the same holder in every dump: it is stuck there."
                } else {
                    ""
                }
            ),
        )
        .fact("thread", holder.clone())
        .fact("lock_class", class)
        .fact("blocked", blocked)
        .fact("victims", victims)
        .fact("dumps", seen.len())
        .fact("holders", owners.len())
        .fact("blocked_share", rounded(coverage.min(1.0)))
        .fact_opt("frame", worst.doing_frame.clone())
        .cite(seen.iter().filter_map(|(_, b)| b.citation.clone()))
        .cite(dump.artefact.map(crate::evidence::Citation::artefact))
        .done()
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{Build, blocker, run_one, thread};
    use crate::diagnosis::verdict::{Role, Severity};
    use crate::threads::Activity;

    const SLOW: &str = "10:00:00 W slow request took=9000ms";

    fn queue(waiters: u64, doing: Activity) -> Build {
        let threads = (0..12).map(|i| thread(&format!("w{i}"), Activity::Lock)).collect();
        Build::new().dump("10:00:00", threads, |d| {
            d.blockers = vec![blocker("h", "a.Lock", waiters, doing)];
        })
    }

    #[test]
    fn a_queue_behind_a_working_holder_is_contention() {
        let findings = run_one(&super::DETECTOR, &queue(11, Activity::Running).log(SLOW).case());
        assert_eq!(findings[0].role, Role::Cause);
        assert_eq!(findings[0].subject.as_deref(), Some("a.Lock"));
    }

    #[test]
    fn a_holder_in_the_database_is_a_victim() {
        let case = queue(11, Activity::Database).log(SLOW).case();
        assert_eq!(run_one(&super::DETECTOR, &case)[0].role, Role::Victim);
    }

    #[test]
    fn a_queue_seen_once_without_complaints_is_a_moment() {
        let findings = run_one(&super::DETECTOR, &queue(11, Activity::Running).case());
        assert_eq!((findings[0].role, findings[0].severity), (Role::Context, Severity::Low));
    }

    #[test]
    fn three_waiters_are_everyday_life() {
        assert!(run_one(&super::DETECTOR, &queue(3, Activity::Running).log(SLOW).case()).is_empty());
    }
}
