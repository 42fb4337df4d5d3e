//! The process cannot create another native thread.

use crate::diagnosis::{
    detector::{Detector, found, rounded, words},
    pressure,
    scene::{Scene, Seen},
    themes::Theme,
    verdict::{Cause, Finding, Severity},
};
use crate::{
    evidence::Citation,
    system::SignKind,
    threads::{Activity, DumpFacts, ThreadInfo},
};
use std::collections::BTreeMap;

/// The detector.
pub const DETECTOR: Detector = Detector {
    id: "threads.exhausted",
    findings: &[
        (
            "threads.exhausted",
            words("无法创建新线程", "no further thread could be created"),
        ),
        (
            "threads.runaway",
            words("线程数失控", "a group of threads grows without bound"),
        ),
    ],
    causes: &[Cause::ThreadExhaustion],
    explain: words(
        "查找无法创建线程的报错（unable to create native thread，Failed to create a thread … errno 11），以及同名前缀的成百上千个线程。errno 11 是个数上限，errno 12 是内存不足。\
         若这些线程都在等同一把锁或同一下游，则那才是原因。可能误判：大而空闲的线程池、虚拟线程。",
        "Looks for failures to create a thread (unable to create native thread, Failed to create a thread … errno 11) and for hundreds or thousands of threads with one name stem. errno 11 is a limit on their number, 12 a lack of memory. \
         When they all wait for one lock or backend, that is the cause. Wrong for a large idle pool and for virtual threads.",
    ),
    run,
};

fn run(scene: &Scene) -> Vec<Finding> {
    let mut findings = Vec::new();
    for process in scene.processes() {
        let records: Vec<&Seen> = scene
            .of_process(process)
            .filter(|s| s.themes.has(Theme::OomThread) && !is_memory(s))
            .collect();
        let dumps = scene.dumps(process);
        let thrown = dumps.iter().map(|(_, d)| *d).find(|d| says_so(d));
        let stem = dumps
            .iter()
            .filter_map(|(_, d)| largest_stem(d))
            .max_by_key(|s| s.count);
        if !records.is_empty() || thrown.is_some() {
            findings.extend(exhausted(scene, process, &records, thrown, stem));
        } else if let Some(stem) = stem.filter(|s| s.count as f64 >= scene.limits.runaway_threads) {
            findings.extend(runaway(scene, process, &stem));
        }
    }
    findings
}

/// errno 12: memory, not the number of threads.
fn is_memory(seen: &Seen) -> bool {
    seen.record.first_line.contains("errno 12") || seen.record.message.contains("errno 12")
}

fn says_so(dump: &DumpFacts) -> bool {
    let detail = dump.event_detail.as_deref().unwrap_or("");
    let named = detail.contains("Failed to create a thread") || detail.contains("create") && detail.contains("thread");
    let oom = dump.event.as_deref() == Some("systhrow") && detail.contains("OutOfMemoryError");
    (named || oom && pressure::is_in_thread_start(dump)) && !detail.contains("errno 12")
}

/// Threads of one name stem.
struct Stem<'a> {
    stem: String,
    count: usize,
    dump: &'a DumpFacts,
    commonest: Option<&'a ThreadInfo>,
    waiting_share: f64,
}

fn largest_stem(dump: &DumpFacts) -> Option<Stem<'_>> {
    let mut stems: BTreeMap<String, Vec<&ThreadInfo>> = BTreeMap::new();
    for thread in dump.threads.iter().filter(|t| t.activity != Activity::Vm) {
        stems.entry(stem(&thread.name)).or_default().push(thread);
    }
    let (stem, members) = stems.into_iter().max_by_key(|(_, m)| m.len())?;
    let waiting = members
        .iter()
        .filter(|t| {
            matches!(
                t.activity,
                Activity::Lock | Activity::Database | Activity::Network | Activity::PoolWait
            )
        })
        .count();
    Some(Stem {
        stem,
        count: members.len(),
        dump,
        commonest: members.first().copied(),
        waiting_share: waiting as f64 / members.len().max(1) as f64,
    })
}

/// The name without its numbers: `pool-12-thread-3` → `pool-#-thread-#`.
fn stem(name: &str) -> String {
    let mut stem = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_ascii_digit() {
            if !stem.ends_with('#') {
                stem.push('#');
            }
        } else {
            stem.push(c);
        }
    }
    stem
}

fn exhausted(
    scene: &Scene,
    process: Option<usize>,
    records: &[&Seen],
    thrown: Option<&DumpFacts>,
    stem: Option<Stem>,
) -> Option<Finding> {
    let first = records.iter().filter_map(|s| s.at).min();
    let dumped = thrown.and_then(|d| scene.dump_time(d));
    let limit = scene.signs().find_map(|s| match &s.what {
        SignKind::Limit { what, limit, .. }
            if what.contains("thread") || what.contains("proc") || what.contains("pids") =>
        {
            Some((*limit, s))
        }
        _ => None,
    });
    let big = stem.as_ref().filter(|s| s.count >= 50);
    let name = big.map(|s| s.stem.clone());
    let total = thrown.or(stem.as_ref().map(|s| s.dump)).map(|d| d.thread_count);
    let group = big.map(|s| format!("{} × {}", s.count, s.stem)).unwrap_or_default();
    found("threads.exhausted", Cause::ThreadExhaustion)
        .severity(Severity::Critical)
        .process(process)
        .time([first, dumped].into_iter().flatten().min())
        .strength(if thrown.is_some() || big.is_some() { 5 } else { 4 })
        .coverage(scene.share_of_errors(&[Theme::OomThread]).max(0.6))
        .subject(name)
        .title(
            format!(
                "无法创建新线程（当时 {} 个）",
                total.map_or("未知".to_owned(), |t| t.to_string())
            ),
            format!(
                "no further thread could be created ({} existed)",
                total.map_or("an unknown number".to_owned(), |t| t.to_string())
            ),
        )
        .detail(
            if group.is_empty() {
                "进程或用户的线程数达到上限。".to_owned()
            } else {
                format!("最大的一组线程：{group}。")
            },
            if group.is_empty() {
                "The process or user reached its limit of threads.".to_owned()
            } else {
                format!("Largest group of threads: {group}.")
            },
        )
        .fact("records", records.len())
        .fact_opt("threads", total)
        .fact_opt("limit", limit.map(|l| l.0))
        .fact_opt("largest_group", big.map(|s| s.count))
        .cite(records.iter().take(4).map(|s| s.cite()))
        .cite(thrown.and_then(|d| d.artefact).map(Citation::artefact))
        .cite(big.and_then(|s| crate::diagnosis::scene::cite_thread(s.dump, &s.commonest?.name)))
        .cite(limit.map(|l| l.1.citation.clone()))
        .done()
}

fn runaway(scene: &Scene, process: Option<usize>, stem: &Stem) -> Option<Finding> {
    // They wait for somebody: a consequence of that, not a leak of threads.
    if stem.waiting_share >= 0.7 {
        return None;
    }
    let share = stem.count as f64 / stem.dump.thread_count.max(1) as f64;
    found("threads.runaway", Cause::ThreadExhaustion)
        .severity(Severity::High)
        .process(process)
        .time(scene.dump_time(stem.dump))
        .strength(2)
        .coverage(share)
        .subject(Some(stem.stem.clone()))
        .title(
            format!("{} 个线程同名前缀 {}", stem.count, stem.stem),
            format!("{} threads share the name stem {}", stem.count, stem.stem),
        )
        .detail(
            "多为每次请求新建线程或线程池而不关闭。",
            "Mostly a thread or pool made per request and never shut down.",
        )
        .fact("threads", stem.count)
        .fact("share", rounded(share))
        .cite(stem.dump.artefact.map(Citation::artefact))
        .done()
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{Build, run_one, thread};
    use crate::diagnosis::verdict::Cause;
    use crate::threads::Activity;

    #[test]
    fn a_failed_start_and_a_big_group_are_proof() {
        let threads = (0..300)
            .map(|i| thread(&format!("pool-{i}-thread-1"), Activity::Idle))
            .collect();
        let case = Build::new()
            .log("10:00:00 E java.lang.OutOfMemoryError: unable to create native thread")
            .dump("10:00:05", threads, |_| {})
            .case();
        let findings = run_one(&super::DETECTOR, &case);
        assert_eq!((findings[0].cause, findings[0].strength), (Cause::ThreadExhaustion, 5));
        assert_eq!(findings[0].subject.as_deref(), Some("pool-#-thread-#"));
    }

    #[test]
    fn threads_that_wait_for_a_backend_are_its_victims() {
        let threads = (0..600)
            .map(|i| thread(&format!("exec-{i}"), Activity::Database))
            .collect();
        assert!(run_one(&super::DETECTOR, &Build::new().dump("10:00:05", threads, |_| {}).case()).is_empty());
    }

    #[test]
    fn errno_12_is_memory() {
        let case = Build::new()
            .log("10:00:00 E java.lang.OutOfMemoryError: Failed to create a thread: retVal -1073741830, errno 12")
            .case();
        assert!(run_one(&super::DETECTOR, &case).is_empty());
    }
}
