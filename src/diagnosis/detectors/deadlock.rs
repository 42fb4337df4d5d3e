//! A closed chain of threads that wait for each other's locks.

use crate::diagnosis::{
    detector::{Detector, found, rounded, words},
    scene::{Scene, Seen, busy, cite_thread},
    themes::Theme,
    verdict::{Cause, Finding, Severity},
};
use crate::threads::{Activity, Deadlock, DumpFacts};
use std::collections::BTreeMap;

/// The detector.
pub const DETECTOR: Detector = Detector {
    id: "threads.deadlock",
    findings: &[(
        "threads.deadlock",
        words("线程死锁", "threads wait for each other in a cycle"),
    )],
    causes: &[Cause::Deadlock],
    explain: words(
        "查找互相等待对方锁的线程环：虚拟机自己报告的，或从持有与等待关系中找到的（监视器、java.util.concurrent 锁、类初始化）。\
         环中的线程不会自行恢复，其后排队的线程越来越多，最终占满线程池。环本身即为证据。\
         可能误判：带超时的等待；虚拟机未能暂停其他线程时写下的转储。",
        "Looks for a cycle of threads that wait for each other's locks: reported by the VM or found in the wait-for graph (monitors, java.util.concurrent, class initialisation). \
         They never go on by themselves, and the queue behind them grows until the pool is full. A cycle is proof. \
         Wrong for waits with a limit, and in a dump that was written while other threads still ran.",
    ),
    run,
};

/// One cycle: the process it is in and its threads, sorted; the same cycle in several dumps counts once.
type CycleKey = (Option<usize>, Vec<String>);

fn run(scene: &Scene) -> Vec<Finding> {
    let mut cycles: BTreeMap<CycleKey, Vec<(&DumpFacts, &Deadlock)>> = BTreeMap::new();
    for (_, dump) in scene.all_dumps() {
        let process = dump.artefact.and_then(|id| scene.case.process_of(id));
        for deadlock in &dump.deadlocks {
            let mut members = deadlock.threads.clone();
            members.sort();
            cycles.entry((process, members)).or_default().push((dump, deadlock));
        }
    }
    let mut findings: Vec<Finding> = cycles
        .into_iter()
        .filter_map(|((process, _), seen)| finding(scene, process, &seen))
        .collect();
    if findings.is_empty() {
        findings.extend(reported(scene));
    }
    findings
}

/// A server that looks for cycles itself (WebLogic: BEA-000394) and wrote one into its log, when no dump shows it.
fn reported(scene: &Scene) -> Option<Finding> {
    let records: Vec<&Seen> = scene.about(&[Theme::Deadlock]).filter(|s| s.is_trouble()).collect();
    let first = records.first()?;
    let names = members(&first.record.message);
    let chain = if names.is_empty() {
        "?".to_owned()
    } else {
        names.join(" → ")
    };
    found("threads.deadlock", Cause::Deadlock)
        .severity(Severity::Critical)
        .process(first.process)
        .time(first.at)
        .strength(5)
        .coverage(0.7)
        .subject(names.first().cloned())
        .title(
            format!("服务器自己报告了线程死锁：{chain}"),
            format!("the server itself reported a deadlock: {chain}"),
        )
        .detail(
            "死锁写在日志里；没有线程转储。不重启不会恢复。",
            "It stands in the log; there is no thread dump. It does not end without a restart.",
        )
        .fact("threads", names)
        .fact("records", records.len())
        .cite(records.iter().take(3).map(|s| s.cite()))
        .done()
}

/// The threads of WebLogic's report: `[deadlocked thread] NAME:`.
fn members(message: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for line in message.lines() {
        let Some((_, rest)) = line.split_once("[deadlocked thread] ") else {
            continue;
        };
        let name = rest.trim_end().trim_end_matches(':').to_owned();
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn finding(scene: &Scene, process: Option<usize>, seen: &[(&DumpFacts, &Deadlock)]) -> Option<Finding> {
    let (_, deadlock) = seen.first()?;
    let (last_dump, last) = seen.last()?;
    let reported = seen.iter().any(|(_, d)| d.reported_by_vm);
    let resolved = scene
        .dumps(process)
        .last()
        .is_some_and(|(_, newest)| !reported && newest.deadlocks.is_empty() && seen.len() == 1);
    let strength = match (reported || seen.len() >= 2, resolved) {
        (_, true) => 2,
        (true, _) => 5,
        (false, _) if last_dump.consistent => 5,
        _ => 4,
    };
    let members = last.threads.len() as u64;
    let stuck = members + last.victims;
    let waiting = busy(last_dump)
        .filter(|t| {
            matches!(
                t.activity,
                Activity::Lock | Activity::PoolWait | Activity::Database | Activity::Network
            )
        })
        .count();
    let coverage = stuck as f64 / (waiting as u64).max(stuck).max(1) as f64;
    let began = scene
        .hang_began(process)
        .or_else(|| seen.iter().filter_map(|(d, _)| scene.dump_time(d)).min());
    let chain = last.threads.join(" → ");
    let mut classes: Vec<String> = last
        .locks
        .iter()
        .map(|l| l.split('@').next().unwrap_or(l).to_owned())
        .collect();
    classes.sort();
    classes.dedup();
    let frames: Vec<String> = last
        .threads
        .iter()
        .filter_map(|name| last_dump.threads.iter().find(|t| &t.name == name))
        .filter_map(|t| t.own_frame.clone())
        .collect();
    let at = if frames.is_empty() {
        String::new()
    } else {
        format!("：{}", frames.join("；"))
    };
    let at_en = if frames.is_empty() {
        String::new()
    } else {
        format!(": {}", frames.join("; "))
    };
    let (queue, queue_en) = match last.victims {
        0 => Default::default(),
        1 => (
            "；其后另有 1 个线程排队".to_owned(),
            "; 1 more queues behind them".to_owned(),
        ),
        n => (
            format!("；其后另有 {n} 个线程排队"),
            format!("; {n} more queue behind them"),
        ),
    };
    found("threads.deadlock", Cause::Deadlock)
        .severity(Severity::Critical)
        .process(process)
        .time(began)
        .strength(strength)
        .coverage(coverage)
        .subject(Some(classes.join("+")))
        .title(
            format!("{members} 个线程互相等待：{chain}{queue}"),
            format!("{members} threads wait for each other: {chain}{queue_en}"),
        )
        .detail(
            format!("在 {} 份转储中出现。不重启不会恢复。代码位置{at}", seen.len()),
            format!(
                "Seen in {} dumps. It does not end without a restart. Code{at_en}",
                seen.len()
            ),
        )
        .fact("threads", last.threads.clone())
        .fact("locks", last.locks.clone())
        .fact("victims", last.victims)
        .fact("dumps", seen.len())
        .fact("reported_by_vm", reported)
        .fact("blocked_share", rounded(coverage))
        .cite(seen.iter().filter_map(|(_, d)| d.citation.clone()))
        .cite(deadlock.threads.iter().filter_map(|name| cite_thread(last_dump, name)))
        .done()
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{Build, run_one, thread};
    use crate::diagnosis::verdict::Cause;
    use crate::evidence::{ArtefactId, Citation};
    use crate::threads::{Activity, Deadlock};

    fn cycle() -> Deadlock {
        Deadlock {
            threads: vec!["a".into(), "b".into()],
            locks: vec!["x.L@0x1".into(), "x.M@0x2".into()],
            reported_by_vm: true,
            victims: 7,
            citation: Some(Citation::line(ArtefactId(1), 3, "deadlock")),
        }
    }

    #[test]
    fn a_cycle_is_proof() {
        let case = Build::new()
            .dump(
                "10:00:00",
                vec![thread("a", Activity::Lock), thread("b", Activity::Lock)],
                |d| d.deadlocks = vec![cycle()],
            )
            .case();
        let findings = run_one(&super::DETECTOR, &case);
        assert_eq!((findings[0].cause, findings[0].strength), (Cause::Deadlock, 5));
    }

    #[test]
    fn the_same_cycle_in_three_dumps_is_one_finding() {
        let mut build = Build::new();
        for at in ["10:00:00", "10:00:30", "10:01:00"] {
            build = build.dump(at, vec![thread("a", Activity::Lock)], |d| d.deadlocks = vec![cycle()]);
        }
        assert_eq!(run_one(&super::DETECTOR, &build.case()).len(), 1);
    }

    #[test]
    fn a_cycle_that_the_server_wrote_into_its_log_counts() {
        let report = "10:00:00 E BEA-000394: Deadlock detected:\n[deadlocked thread] [ACTIVE] ExecuteThread: '3':\n\
                      Thread x is waiting to acquire lock 'a.B@1'\n[deadlocked thread] [ACTIVE] ExecuteThread: '8':";
        let findings = run_one(&super::DETECTOR, &Build::new().log(report).case());
        assert_eq!((findings[0].cause, findings[0].strength), (Cause::Deadlock, 5));
        assert!(findings[0].title.en.contains("ExecuteThread: '8'"));
    }

    #[test]
    fn a_deadlock_of_the_database_is_not_one_of_threads() {
        let line = "10:00:00 E org.postgresql.util.PSQLException: ERROR: deadlock detected";
        assert!(run_one(&super::DETECTOR, &Build::new().log(line).case()).is_empty());
    }

    #[test]
    fn threads_that_wait_without_a_cycle_are_none() {
        let case = Build::new()
            .dump("10:00:00", vec![thread("a", Activity::Lock)], |_| {})
            .case();
        assert!(run_one(&super::DETECTOR, &case).is_empty());
    }
}
