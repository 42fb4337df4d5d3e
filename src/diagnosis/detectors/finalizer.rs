//! Finalizable objects pile up behind a blocked finalizer thread.

use crate::diagnosis::{
    detector::{Detector, found, size, words},
    pressure,
    scene::{Scene, cite_thread},
    verdict::{Cause, Finding, Severity},
};
use crate::{
    evidence::Citation,
    threads::{Activity, DumpFacts, ThreadInfo},
};

/// The detector.
pub const DETECTOR: Detector = Detector {
    id: "finalizer.backlog",
    findings: &[("finalizer.backlog", words("终结器积压", "the finalizer queue grows"))],
    causes: &[Cause::FinalizerBacklog],
    explain: words(
        "查找被阻塞或忙于慢操作的 Finalizer 线程，以及堆中大量待终结对象。终结队列不清空，这些对象就不能回收。判断关键是终结器线程的状态：栈为空即没有积压。\
         可能误判：大回收之后的短暂高峰；尚未入队的可终结对象。",
        "Looks for a Finalizer thread that is blocked or in slow work, and many finalizable objects in the heap. Until the queue drains they cannot be collected. The thread's state decides: an empty stack means no backlog. \
         Wrong for a short peak after a large collection, and for finalizable objects that are not queued.",
    ),
    run: |scene| {
        scene
            .processes()
            .into_iter()
            .filter_map(|p| backlog(scene, p))
            .collect()
    },
};

fn backlog(scene: &Scene, process: Option<usize>) -> Option<Finding> {
    let dumps = scene.dumps(process);
    let stuck: Vec<(&DumpFacts, &ThreadInfo)> = dumps
        .iter()
        .filter_map(|(_, d)| Some((*d, d.threads.iter().find(|t| is_finalizer(t) && is_held_up(t))?)))
        .collect();
    let queue = scene.heaps(process).find_map(|h| {
        let row = h.histogram.iter().find(|r| r.class == "java.lang.ref.Finalizer")?;
        (row.objects as f64 >= scene.limits.finalizer_queue).then_some((h, row))
    });
    let held = scene.heaps(process).find_map(|h| {
        let s = h.suspects.iter().find(|s| {
            s.path
                .iter()
                .chain([&s.holder_class, &s.accumulator_class])
                .any(|p| p.contains("java.lang.ref.Finalizer"))
        })?;
        Some((h, s))
    });
    let pressed = pressure::of(scene).into_iter().find(|p| p.process == process);
    let strength = match (!stuck.is_empty(), queue.is_some() || held.is_some()) {
        (true, true) => 5,
        (true, false) if stuck.len() >= 2 && pressed.is_some() => 4,
        (false, true) if held.is_some() && pressed.is_some() => 4,
        (false, true) if pressed.is_some() => 3,
        _ => return None,
    };
    let frame = stuck.iter().find_map(|(_, t)| t.place().map(str::to_owned));
    let count = queue.map_or(0, |(_, row)| row.objects);
    let bytes = held.map(|(_, s)| size(s.retained)).unwrap_or_default();
    found("finalizer.backlog", Cause::FinalizerBacklog)
        .severity(Severity::Critical)
        .process(process)
        .time(
            pressed
                .as_ref()
                .and_then(|p| p.began)
                .or_else(|| stuck.first().and_then(|(d, _)| scene.dump_time(d))),
        )
        .strength(strength)
        .coverage(held.map_or(0.6, |(_, s)| s.share.max(0.5)))
        .subject(frame.as_deref().map(|f| f.split('(').next().unwrap_or(f).to_owned()))
        .title(
            format!("终结器积压：待终结对象 {count} 个 {bytes}"),
            format!("finalizer backlog: {count} objects wait {bytes}"),
        )
        .detail(
            format!("终结器线程停在 {}。", frame.as_deref().unwrap_or("未知位置")),
            format!(
                "The finalizer thread is in {}.",
                frame.as_deref().unwrap_or("an unknown place")
            ),
        )
        .fact("queued", count)
        .fact("dumps", stuck.len())
        .cite(stuck.iter().filter_map(|(d, t)| cite_thread(d, &t.name)))
        .cite(queue.and_then(|(h, _)| h.artefact).map(Citation::artefact))
        .cite(held.and_then(|(h, s)| {
            Some(Citation {
                object: s.accumulator,
                ..Citation::artefact(h.artefact?)
            })
        }))
        .done()
}

fn is_finalizer(thread: &ThreadInfo) -> bool {
    thread.name == "Finalizer" || thread.name == "Finalizer thread"
}

/// Inside a `finalize` of somebody, not waiting for the queue.
fn is_held_up(thread: &ThreadInfo) -> bool {
    let in_finalize = thread
        .frames
        .iter()
        .any(|f| f.contains(".finalize(") || f.ends_with(".finalize"));
    let waits_for_queue = thread
        .frames
        .first()
        .is_some_and(|f| f.contains("Object.wait") || f.contains("ReferenceQueue"));
    in_finalize && !waits_for_queue || thread.activity == Activity::Lock
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{Build, run_one, thread};
    use crate::diagnosis::verdict::Cause;
    use crate::threads::{Activity, ThreadInfo};

    fn finalizer(frame: &str) -> ThreadInfo {
        ThreadInfo {
            frames: vec![frame.into()],
            ..thread("Finalizer", Activity::Running)
        }
    }

    #[test]
    fn a_finalizer_stuck_twice_in_a_full_heap_is_a_backlog() {
        let case = Build::new()
            .log("10:00:00 E java.lang.OutOfMemoryError: Java heap space")
            .dump("10:00:00", vec![finalizer("a.B.finalize(B.java:3)")], |_| {})
            .dump("10:00:30", vec![finalizer("a.B.finalize(B.java:3)")], |_| {})
            .case();
        assert_eq!(run_one(&super::DETECTOR, &case)[0].cause, Cause::FinalizerBacklog);
    }

    #[test]
    fn a_finalizer_that_waits_for_work_is_none() {
        let case = Build::new()
            .log("10:00:00 E java.lang.OutOfMemoryError: Java heap space")
            .dump(
                "10:00:00",
                vec![finalizer("java.lang.Object.wait(Native Method)")],
                |_| {},
            )
            .case();
        assert!(run_one(&super::DETECTOR, &case).is_empty());
    }
}
