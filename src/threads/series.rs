//! Dumps of one process compared: who stands still, who burns CPU, does the number of threads grow.

use super::{
    facts::{Activity, DumpFacts, Series, Spinning, ThreadInfo},
    locks::quote,
};
use crate::evidence::Citation;
use goldenhour_parsers::{CHINA, thread_dump::frame::method};
use std::collections::HashMap;

/// Share of a processor from which a thread in the same code is taken to spin.
const SPIN: f64 = 0.7;
/// Share below which a thread is none of several that spin together and compete for processors.
const SPIN_TOGETHER: f64 = 0.1;
/// CPU seconds that a thread may use between two dumps and still have waited in one place all the time.
const WAITING_CPU_S: f64 = 0.02;
/// Frames at the top of a running stack that may differ while it is in the same loop.
const LOOP_DEPTH: usize = 3;
/// Seconds by which two computed starts of one VM may differ.
const SAME_START_S: i64 = 10;

/// Compares dumps given in order of time.
pub(super) fn compare(dumps: &[&DumpFacts]) -> Series {
    let life = longest_life(dumps);
    let of_life: Vec<&DumpFacts> = life.iter().filter_map(|at| dumps.get(*at).copied()).collect();
    let (Some(first), Some(last)) = (of_life.first(), of_life.last()) else {
        return Series::default();
    };
    let thread_growth = i64::try_from(last.thread_count)
        .unwrap_or(i64::MAX)
        .saturating_sub(i64::try_from(first.thread_count).unwrap_or(i64::MAX));
    let mut series = Series {
        dumps: life,
        thread_growth,
        ..Series::default()
    };
    if of_life.len() < 2 {
        return series;
    }
    let needed = of_life.len().min(3);
    let mut running: Vec<Spinning> = Vec::new();
    for history in histories(&of_life) {
        let run = history.longest_run();
        let is_stuck = run.len() >= needed;
        let spins = history.spins(run, needed);
        if is_stuck
            || spins
                .as_ref()
                .is_some_and(|s| s.cpu_share.is_some_and(|share| share >= SPIN))
        {
            series.stuck.push(history.name.to_owned());
        }
        running.extend(spins);
    }
    series.spinning = burning(running);
    series
}

/// Of the threads that run in the same code, those that burn CPU: alone, or several together on too few processors.
fn burning(mut running: Vec<Spinning>) -> Vec<Spinning> {
    let together: f64 = running
        .iter()
        .filter_map(|s| s.cpu_share)
        .filter(|share| *share >= SPIN_TOGETHER)
        .sum();
    running.retain(|s| match s.cpu_share {
        Some(share) => share >= SPIN || (share >= SPIN_TOGETHER && together >= SPIN),
        None => true,
    });
    running.sort_by(|a, b| b.cpu_share.unwrap_or(0.0).total_cmp(&a.cpu_share.unwrap_or(0.0)));
    running
}

/// The longest stretch of dumps without a restart between them; of two as long, the later.
fn longest_life(dumps: &[&DumpFacts]) -> Vec<usize> {
    let mut best: Vec<usize> = Vec::new();
    let mut life: Vec<usize> = Vec::new();
    for (at, dump) in dumps.iter().enumerate() {
        let before = life.last().and_then(|last| dumps.get(*last));
        if before.is_some_and(|before| is_restart(before, dump)) {
            life.clear();
        }
        life.push(at);
        if life.len() >= best.len() {
            best.clone_from(&life);
        }
    }
    best
}

/// True when the two cannot be of one life of the process.
fn is_restart(before: &DumpFacts, after: &DumpFacts) -> bool {
    if let (Some(a), Some(b)) = (before.pid, after.pid)
        && a != b
    {
        return true;
    }
    let start = |d: &DumpFacts| d.started?.instant(CHINA);
    match (start(before), start(after)) {
        (Some(a), Some(b)) => a.duration_since(b).as_secs().abs() > SAME_START_S,
        _ => false,
    }
}

/// A thread in one dump.
type Seen<'a> = (&'a DumpFacts, &'a ThreadInfo);

/// One thread through the dumps.
struct History<'a> {
    name: &'a str,
    /// Dump and thread, in order of time; dumps without it are left out.
    seen: Vec<Seen<'a>>,
}

/// Threads of the last dump that were there before, in file order. A thread is known by name and VM thread: names
/// are not unique and addresses are used again.
fn histories<'a>(dumps: &[&'a DumpFacts]) -> Vec<History<'a>> {
    let mut before: HashMap<(&str, Option<u64>), Vec<Seen<'a>>> = HashMap::new();
    let mut last_dump: Vec<(&str, Option<u64>)> = Vec::new();
    for (at, dump) in dumps.iter().enumerate() {
        for thread in &dump.threads {
            let key = (thread.name.as_str(), thread.vm_id);
            let seen = before.entry(key).or_default();
            // A second thread of the same key in one dump cannot be told apart: the first one counts.
            if seen.last().is_none_or(|(d, _)| !std::ptr::eq(*d, *dump)) {
                seen.push((dump, thread));
                if at + 1 == dumps.len() {
                    last_dump.push(key);
                }
            }
        }
    }
    last_dump
        .into_iter()
        .filter_map(|key| {
            let seen = before.remove(&key)?;
            (seen.len() >= 2).then_some(History { name: key.0, seen })
        })
        .collect()
}

impl<'a> History<'a> {
    /// The longest run of dumps in which it did not get on.
    fn longest_run(&self) -> &[Seen<'a>] {
        let mut best = 0..0;
        let mut start = 0;
        for at in 0..self.seen.len() {
            let gets_on = match (at.checked_sub(1).and_then(|p| self.seen.get(p)), self.seen.get(at)) {
                (Some(before), Some(now)) => !stands_still(before, now),
                _ => true,
            };
            if gets_on {
                start = at;
            }
            if at + 1 - start >= best.len() {
                best = start..at + 1;
            }
        }
        let run = self.seen.get(best).unwrap_or_default();
        let works = run.last().is_some_and(|(_, t)| is_work(t));
        if works && run.len() >= 2 { run } else { &[] }
    }

    /// How it burns CPU, if it runs Java code all the time; `run` is where it stood still.
    fn spins(&self, run: &[Seen<'a>], needed: usize) -> Option<Spinning> {
        let runs = |seen: &[Seen<'_>]| seen.iter().all(|(_, t)| t.activity == Activity::Running);
        // A long loop may look different in every dump: then its CPU time must speak.
        let stretch = if run.len() >= needed { run } else { &self.seen };
        let ((first_dump, first), (last_dump, last)) = (stretch.first()?, stretch.last()?);
        let share = cpu_share((first_dump, first), (last_dump, last));
        let same_code = first.own_frame.is_some() && outer_own(first) == outer_own(last);
        let is_candidate = match share {
            Some(share) => {
                (runs(stretch) && run.len() >= needed)
                    || (share >= SPIN && same_code && last.activity == Activity::Running)
            }
            // Without CPU times only three looks at the same Java code count.
            None => runs(stretch) && run.len() >= 3,
        };
        is_candidate.then(|| Spinning {
            thread: self.name.to_owned(),
            cpu_share: share,
            frame: last.place().map(str::to_owned),
            citation: last_dump.artefact.map(|id| Citation::line(id, last.line, quote(last))),
        })
    }
}

/// The outermost frame of the application: the entry of the request or job.
fn outer_own(thread: &ThreadInfo) -> Option<&str> {
    use super::knowledge::is_library;
    thread.frames.iter().rev().map(|f| method(f)).find(|m| !is_library(m))
}

fn is_work(thread: &ThreadInfo) -> bool {
    !matches!(thread.activity, Activity::Idle | Activity::Vm | Activity::Unknown)
}

/// True when the thread is in the same work in both dumps.
fn stands_still((_, before): &Seen<'_>, (_, now): &Seen<'_>) -> bool {
    if !is_work(before) || !is_work(now) || before.frames.is_empty() {
        return false;
    }
    if before.activity == Activity::Running && now.activity == Activity::Running {
        return is_same_loop(before, now);
    }
    // Who waited in one place used no CPU; who used some came back to it.
    let used = before.cpu_s.zip(now.cpu_s).map(|(a, b)| b - a);
    before.frames == now.frames && used.is_none_or(|cpu| cpu.abs() <= WAITING_CPU_S)
}

/// True when the stacks differ only in their topmost frames and share a frame of the application.
fn is_same_loop(before: &ThreadInfo, now: &ThreadInfo) -> bool {
    let outer = |t: &ThreadInfo| -> Vec<String> { t.frames.iter().rev().map(|f| method(f).to_owned()).collect() };
    let (a, b) = (outer(before), outer(now));
    let common = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let differs = a.len().max(b.len()).saturating_sub(common);
    let shared = before.frames.iter().rev().take(common);
    let has_own = shared.map(|f| method(f)).any(|m| !super::knowledge::is_library(m));
    differs <= LOOP_DEPTH && (has_own || before.own_frame.is_none() && common > 0)
}

/// CPU seconds by seconds of wall time between two dumps.
fn cpu_share(
    (first_dump, first): (&DumpFacts, &ThreadInfo),
    (last_dump, last): (&DumpFacts, &ThreadInfo),
) -> Option<f64> {
    let cpu = last.cpu_s? - first.cpu_s?;
    let by_age = first.elapsed_s.zip(last.elapsed_s).map(|(a, b)| b - a);
    let by_clock = || {
        let (a, b) = (first_dump.time?.instant(CHINA)?, last_dump.time?.instant(CHINA)?);
        Some(b.duration_since(a).as_secs_f64())
    };
    let wall = by_age.or_else(by_clock).filter(|wall| *wall > 0.0)?;
    Some((cpu / wall).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use goldenhour_parsers::Stamp;
    use jiff::civil::date;

    fn thread(name: &str, activity: Activity, frames: &[&str], cpu_s: Option<f64>) -> ThreadInfo {
        ThreadInfo {
            name: name.into(),
            activity,
            frames: frames.iter().map(|f| (*f).into()).collect(),
            own_frame: frames
                .iter()
                .find(|f| f.starts_with("com.acme"))
                .map(|f| (*f).to_owned()),
            cpu_s,
            ..ThreadInfo::default()
        }
    }

    fn dump(minute: i8, threads: Vec<ThreadInfo>) -> DumpFacts {
        DumpFacts {
            time: Some(Stamp::local(date(2026, 11, 20).at(10, minute, 0, 0))),
            thread_count: threads.len() as u64,
            threads,
            ..DumpFacts::default()
        }
    }

    fn compared(dumps: &[DumpFacts]) -> Series {
        compare(&dumps.iter().collect::<Vec<_>>())
    }

    const LOOP: &[&str] = &[
        "java.util.HashMap.get(H.java:1)",
        "com.acme.Parser.parse(P.java:9)",
        "com.acme.Job.run(J.java:1)",
    ];

    #[test]
    fn a_loop_spins_and_a_waiter_is_stuck() {
        let dumps: Vec<DumpFacts> = (0..3_i8)
            .map(|i| {
                let cpu = f64::from(i) * 58.0;
                dump(
                    i,
                    vec![
                        thread("loop", Activity::Running, LOOP, Some(cpu)),
                        thread(
                            "db",
                            Activity::Database,
                            &[
                                "java.net.SocketInputStream.socketRead0(Native Method)",
                                "com.acme.Dao.q(D.java:1)",
                            ],
                            Some(1.0),
                        ),
                        thread(
                            "busy",
                            Activity::Database,
                            &[
                                "java.net.SocketInputStream.socketRead0(Native Method)",
                                "com.acme.Dao.q(D.java:1)",
                            ],
                            Some(f64::from(i)),
                        ),
                        thread(
                            "idle",
                            Activity::Idle,
                            &["java.lang.Object.wait(Native Method)"],
                            Some(1.0),
                        ),
                    ],
                )
            })
            .collect();
        let series = compared(&dumps);
        assert_eq!(series.stuck, ["loop", "db"]);
        assert_eq!(series.spinning.len(), 1);
        assert!(series.spinning[0].cpu_share.is_some_and(|s| s > 0.9));
        assert_eq!(series.dumps, [0, 1, 2]);
    }

    #[test]
    fn without_cpu_times_three_dumps_are_needed() {
        let looks = |n: i8| {
            (0..n)
                .map(|i| dump(i, vec![thread("loop", Activity::Running, LOOP, None)]))
                .collect::<Vec<_>>()
        };
        assert_eq!(compared(&looks(3)).spinning.len(), 1);
        assert!(compared(&looks(2)).spinning.is_empty());
    }

    #[test]
    fn several_loops_share_a_processor_and_quiet_code_does_not_spin() {
        let with = |rates: [f64; 3]| {
            let dumps: Vec<DumpFacts> = (0..3_i8)
                .map(|i| {
                    let threads = rates.iter().enumerate().map(|(n, rate)| {
                        thread(
                            &format!("t{n}"),
                            Activity::Running,
                            LOOP,
                            Some(f64::from(i) * 60.0 * rate),
                        )
                    });
                    dump(i, threads.collect())
                })
                .collect();
            compared(&dumps).spinning.len()
        };
        assert_eq!(with([0.33, 0.33, 0.3]), 3);
        assert_eq!(with([0.02, 0.02, 0.3]), 0);
    }

    #[test]
    fn a_restart_parts_the_series() {
        let mut dumps: Vec<DumpFacts> = (0..4_i8)
            .map(|i| dump(i, vec![thread("a", Activity::Running, LOOP, None)]))
            .collect();
        dumps[0].pid = Some(1);
        for later in &mut dumps[1..] {
            later.pid = Some(2);
        }
        assert_eq!(compared(&dumps).dumps, [1, 2, 3]);
        assert!(compared(&[]).dumps.is_empty());
    }
}
