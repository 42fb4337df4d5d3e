//! Threads that burn a processor without progress.

use crate::diagnosis::{
    detector::{Detector, found, percent, rounded, words},
    pressure,
    scene::{Scene, cite_thread},
    verdict::{Cause, Finding, Role, Severity},
};
use crate::{
    evidence::Citation,
    system::SignKind,
    threads::{Activity, DumpFacts, ThreadInfo},
};

/// The detector.
pub const DETECTOR: Detector = Detector {
    id: "threads.loop",
    findings: &[(
        "threads.loop",
        words("线程空转占用 CPU", "a thread burns a processor in the same code"),
    )],
    causes: &[Cause::InfiniteLoop],
    explain: words(
        "查找在多份转储中停在同一段代码且 CPU 时间随墙钟增长的线程，或 top -H 中占满一个处理器的 Java 线程。\
         典型来源：并发改写的 HashMap、失控的正则、没有出口的循环。判断依据是 CPU 时间差，而不是“RUNNABLE”。\
         可能误判：回收与编译线程；RUNNABLE 但停在 socketRead 的线程；正常的批处理。",
        "Looks for threads in the same code in several dumps whose CPU time grows with the wall clock, or Java threads that fill a processor in top -H. \
         Typical: a HashMap changed concurrently, a runaway regular expression, a loop without an end. The CPU time decides, not the word RUNNABLE. \
         Wrong for GC and compiler threads, for RUNNABLE threads in socketRead, for honest batch work.",
    ),
    run,
};

/// A thread that seems to loop.
struct Suspected<'a> {
    process: Option<usize>,
    dump: Option<&'a DumpFacts>,
    name: String,
    frame: Option<String>,
    share: Option<f64>,
    dumps: usize,
    evidence: Vec<Citation>,
}

fn run(scene: &Scene) -> Vec<Finding> {
    let mut suspected = by_series(scene);
    by_top(scene, &mut suspected);
    let strained = pressure::of(scene);
    let mut findings = Vec::new();
    // Several threads in the same loop are one finding.
    while let Some(first) = suspected.first() {
        let frame = first.frame.clone();
        let process = first.process;
        let (same, rest): (Vec<_>, Vec<_>) = suspected
            .into_iter()
            .partition(|s| s.frame == frame && s.process == process);
        let short_of_heap = strained.iter().any(|p| p.process == process && p.out_of_memory);
        findings.extend(finding(scene, &same, short_of_heap));
        suspected = rest;
    }
    findings
}

fn by_series<'a>(scene: &Scene<'a>) -> Vec<Suspected<'a>> {
    let mut all = Vec::new();
    for series in &scene.case.series {
        for spinning in &series.series.spinning {
            if spinning.cpu_share.is_none_or(|s| s < scene.limits.spin_cpu_share) || is_vm_thread(&spinning.thread) {
                continue;
            }
            let dump = series.series.dumps.last().and_then(|i| scene.case.dumps.get(*i));
            let thread = dump.and_then(|d| d.threads.iter().find(|t| t.name == spinning.thread));
            all.push(Suspected {
                process: series.process,
                dump,
                name: spinning.thread.clone(),
                frame: thread
                    .and_then(|t| t.own_frame.clone())
                    .or_else(|| spinning.frame.clone()),
                share: spinning.cpu_share,
                dumps: series.series.dumps.len(),
                evidence: spinning.citation.clone().into_iter().collect(),
            });
        }
    }
    all
}

/// Adds what `top -H` says, to a thread that is suspected already or as a new one.
fn by_top<'a>(scene: &Scene<'a>, suspected: &mut Vec<Suspected<'a>>) {
    for sign in scene.signs() {
        let SignKind::ThreadCpu { tid, name, cpu } = &sign.what else {
            continue;
        };
        if *cpu < scene.limits.spin_cpu_share || is_vm_thread(name) {
            continue;
        }
        let mut dumps: Vec<&DumpFacts> = scene.all_dumps().map(|(_, d)| d).collect();
        dumps.reverse();
        let by_id = |t: &&ThreadInfo| t.native_id == Some(*tid);
        let Some((dump, thread)) = dumps.iter().find_map(|d| Some((*d, d.threads.iter().find(by_id)?))) else {
            continue;
        };
        if !matches!(
            thread.activity,
            Activity::Running | Activity::Native | Activity::Unknown
        ) || thread.frames.is_empty()
        {
            continue;
        }
        if let Some(known) = suspected.iter_mut().find(|s| s.name == thread.name) {
            if !known.evidence.contains(&sign.citation) {
                known.evidence.push(sign.citation.clone());
            }
            continue;
        }
        suspected.push(Suspected {
            process: dump.artefact.and_then(|id| scene.case.process_of(id)),
            dump: Some(dump),
            name: thread.name.clone(),
            frame: thread.place().map(str::to_owned),
            share: Some(*cpu),
            dumps: 1,
            evidence: vec![sign.citation.clone()],
        });
    }
}

/// GC, compiler and other threads of the VM, by their usual names.
fn is_vm_thread(name: &str) -> bool {
    const NAMES: [&str; 10] = [
        "GC ",
        "G1 ",
        "C1 ",
        "C2 ",
        "VM ",
        "JIT ",
        "Concurrent Mark",
        "ParGC",
        "ZGC",
        "Shenandoah",
    ];
    NAMES.iter().any(|n| name.starts_with(n))
        || name.contains("CompilerThre")
        || name.contains("Compilation Thread")
        || name.contains("GC Slave")
        || name.contains("GC Worker")
}

fn finding(scene: &Scene, same: &[Suspected], short_of_heap: bool) -> Option<Finding> {
    let first = same.first()?;
    let names: Vec<String> = same.iter().map(|s| s.name.clone()).collect();
    let share = same.iter().filter_map(|s| s.share).fold(0.0, f64::max);
    let dumps = same.iter().map(|s| s.dumps).max().unwrap_or(1);
    let strength = if dumps >= 2 { 4 } else { 3 };
    let frame = first.frame.clone().unwrap_or_default();
    let blocked: u64 = first.dump.map_or(0, |d| {
        d.blockers
            .iter()
            .filter(|b| names.contains(&b.thread))
            .map(|b| b.victims.max(b.blocked))
            .sum()
    });
    let list = names.join("、");
    found("threads.loop", Cause::InfiniteLoop)
        .severity(if short_of_heap {
            Severity::Medium
        } else {
            Severity::Critical
        })
        // Short of memory, threads burn processors in allocation and collection: a consequence.
        .role(if short_of_heap { Role::Victim } else { Role::Cause })
        .process(first.process)
        .time(
            scene
                .hang_began(first.process)
                .or_else(|| first.dump.and_then(|d| scene.dump_time(d))),
        )
        .strength(strength)
        .coverage(if blocked > 0 { 0.9 } else { 0.7 })
        .subject(
            first
                .frame
                .as_deref()
                .map(|f| f.split('(').next().unwrap_or(f).to_owned()),
        )
        .title(
            format!("线程 {list} 占用处理器 {}，一直停在同一段代码", percent(share)),
            format!(
                "thread {} uses {} of a processor in the same code",
                names.join(", "),
                percent(share)
            ),
        )
        .detail(
            format!(
                "位置：{frame}。见于 {dumps} 份转储。{}",
                if blocked > 0 {
                    format!("它持有的锁让 {blocked} 个线程等待。")
                } else {
                    String::new()
                }
            ),
            format!(
                "At {frame}. Seen in {dumps} dumps. {}",
                if blocked > 0 {
                    format!("{blocked} threads wait for a lock it holds.")
                } else {
                    String::new()
                }
            ),
        )
        .fact("threads", names)
        .fact("cpu_share", rounded(share))
        .fact("dumps", dumps)
        .fact_opt("frame", first.frame.clone())
        .fact("blocked_behind", blocked)
        .cite(same.iter().filter_map(|s| cite_thread(s.dump?, &s.name)))
        .cite(same.iter().flat_map(|s| s.evidence.iter().cloned()))
        .done()
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{Build, run_one, thread};
    use crate::diagnosis::verdict::{Cause, Role};
    use crate::system::SignKind;
    use crate::threads::{Activity, Spinning};

    fn spinning(share: f64) -> Spinning {
        Spinning {
            thread: "w1".into(),
            cpu_share: Some(share),
            frame: Some("a.B.loop".into()),
            citation: None,
        }
    }

    fn build() -> Build {
        Build::new()
            .dump("10:00:00", vec![thread("w1", Activity::Running)], |_| {})
            .dump("10:00:30", vec![thread("w1", Activity::Running)], |_| {})
    }

    #[test]
    fn cpu_time_that_grows_with_the_clock_is_a_loop() {
        let findings = run_one(&super::DETECTOR, &build().spinning(spinning(0.98)).case());
        assert_eq!(findings[0].cause, Cause::InfiniteLoop);
    }

    #[test]
    fn a_runnable_thread_without_cpu_is_none() {
        assert!(run_one(&super::DETECTOR, &build().spinning(spinning(0.02)).case()).is_empty());
    }

    #[test]
    fn a_collector_thread_in_top_is_none() {
        let case = build()
            .sign(
                "10:00:30",
                SignKind::ThreadCpu {
                    tid: 7,
                    name: "G1 Conc#0".into(),
                    cpu: 0.99,
                },
            )
            .case();
        assert!(run_one(&super::DETECTOR, &case).is_empty());
    }

    #[test]
    fn in_a_full_heap_it_is_a_victim() {
        let case = build()
            .spinning(spinning(0.98))
            .log("10:00:00 E java.lang.OutOfMemoryError: Java heap space")
            .case();
        assert_eq!(run_one(&super::DETECTOR, &case)[0].role, Role::Victim);
    }
}
