//! Live objects pile up under one holder until the heap is full.

use crate::diagnosis::{
    detector::{Detector, Words, found, percent, rounded, size, words},
    pressure::{self, Pressure, Trend},
    scene::Scene,
    verdict::{Cause, Finding, Role, Severity},
};
use crate::{
    evidence::Citation,
    heap::{HeapFacts, Suspect, SuspectKind},
    system::SignKind,
};

/// The detector.
pub const DETECTOR: Detector = Detector {
    id: "heap.leak",
    findings: &[
        (
            "heap.leak",
            words("堆内存泄漏：对象在一个持有者下堆积", "objects pile up under one holder"),
        ),
        (
            "heap.growth",
            words("回收后的堆占用持续上升", "heap use after collections keeps rising"),
        ),
        (
            "heap.large-holder",
            words("一个对象占有堆的较大部分", "one object holds a large part of the heap"),
        ),
    ],
    causes: &[Cause::HeapLeak],
    explain: words(
        "查找持续增长且仍可达的对象：堆转储中一个集合或持有者支配（dominator）了堆的较大部分，同时堆已满（OutOfMemoryError、完全回收几乎收不回内存）。\
         堆满之前回收越来越频繁，请求变慢，最后进程报 OutOfMemoryError。需要堆转储；垃圾回收日志可证明增长。\
         可能误判：容量固定的大缓存（回收后的占用是平的），以及下游变慢时线程里堆积的请求对象。",
        "Looks for objects that keep growing and stay reachable: in the heap dump one collection or holder dominates a large part of the heap while the heap is full \
         (OutOfMemoryError, full collections that free next to nothing). Before the end collections take ever more time and requests slow down. Needs a heap dump; a GC log proves the growth. \
         Wrong when a cache of fixed size is large but flat, or when requests pile up in threads because a backend is slow.",
    ),
    run,
};

const NO_NAME: Words = words("未知类", "an unknown class");

fn run(scene: &Scene) -> Vec<Finding> {
    let pressures = pressure::of(scene);
    let mut findings = Vec::new();
    for process in scene.processes() {
        let pressure = pressures.iter().find(|p| p.process == process);
        let heap = pressure::telling_heap(scene, process);
        let held = heap.and_then(|heap| Some((heap, heap.suspects.iter().find(|s| is_object(s))?)));
        match (held, pressure) {
            (Some((heap, suspect)), Some(pressure)) if suspect.share >= scene.limits.leak_share => {
                findings.extend(leak(scene, heap, suspect, pressure));
            }
            (Some((heap, suspect)), None) if suspect.share >= scene.limits.leak_share => {
                findings.extend(large_holder(heap, suspect, process));
            }
            (_, Some(pressure)) if heap.is_none() => findings.extend(growth(scene, pressure)),
            _ => {}
        }
    }
    findings
}

/// Held by an object or class; what hangs on the finalizer's list is another detector's.
fn is_object(suspect: &Suspect) -> bool {
    let finalizer = [&suspect.holder_class, &suspect.accumulator_class]
        .iter()
        .any(|class| class.starts_with("java.lang.ref.Finalizer"));
    matches!(suspect.kind, SuspectKind::Object | SuspectKind::Group) && !finalizer
}

fn leak(scene: &Scene, heap: &HeapFacts, suspect: &Suspect, pressure: &Pressure) -> Option<Finding> {
    let proven = suspect.share >= scene.limits.leak_share_proof && pressure.out_of_memory && pressure::is_whole(heap);
    let strength = match suspect.share {
        _ if proven => 5,
        share if share >= scene.limits.leak_share_proof || share >= 0.3 => 4,
        _ => 3,
    };
    let holder = shown(&suspect.holder_class);
    let accumulator = shown(&suspect.accumulator_class);
    let content = shown(&suspect.content_class);
    let (share, bytes, count) = (percent(suspect.share), size(suspect.retained), suspect.content_count);
    let grows = pressure.trend == Trend::Gradual;
    let slope = pressure.gc.and_then(|g| g.leak_slope_bytes_per_s).filter(|s| *s > 0.0);
    found("heap.leak", Cause::HeapLeak)
        .severity(if pressure.out_of_memory {
            Severity::Critical
        } else {
            Severity::High
        })
        .process(pressure.process)
        .time(pressure.began)
        .strength(strength)
        .coverage(suspect.share.max(0.5))
        .subject(Some(suspect.holder_class.clone()))
        .title(
            format!("{holder} 持有 {bytes}（可达堆的 {share}）"),
            format!("{holder} holds {bytes} ({share} of the live heap)"),
        )
        .detail(
            format!(
                "对象堆积在 {accumulator} 中，主要是 {content}（{count} 个）。{}",
                if grows {
                    "回收后的堆占用持续上升。"
                } else {
                    ""
                }
            ),
            format!(
                "They pile up in {accumulator}, mostly {content} ({count}). {}",
                if grows {
                    "Heap use after collections rose steadily."
                } else {
                    ""
                }
            ),
        )
        .fact("holder_class", suspect.holder_class.clone())
        .fact("accumulator_class", suspect.accumulator_class.clone())
        .fact("content_class", suspect.content_class.clone())
        .fact("content_count", suspect.content_count)
        .fact("retained_bytes", suspect.retained)
        .fact("share", rounded(suspect.share))
        .fact_opt("growth_bytes_per_s", slope.map(|s| s.round()))
        .cite(heap.artefact.map(|id| cite_suspect(id, suspect)))
        .cite(pressure.evidence.iter().cloned())
        .done()
}

fn cite_suspect(id: crate::evidence::ArtefactId, suspect: &Suspect) -> Citation {
    Citation {
        object: suspect.accumulator.or(suspect.holder),
        quote: suspect.path.last().cloned(),
        ..Citation::artefact(id)
    }
}

fn shown(class: &str) -> String {
    if class.is_empty() {
        format!("{} / {}", NO_NAME.zh, NO_NAME.en)
    } else {
        class.to_owned()
    }
}

/// A large holder in a heap that was not full: worth knowing, no fault.
fn large_holder(heap: &HeapFacts, suspect: &Suspect, process: Option<usize>) -> Option<Finding> {
    let (share, bytes) = (percent(suspect.share), size(suspect.retained));
    found("heap.large-holder", Cause::None)
        .severity(Severity::Info)
        .role(Role::Context)
        .process(process)
        .strength(1)
        .coverage(0.0)
        .subject(Some(suspect.holder_class.clone()))
        .title(
            format!("{} 持有 {bytes}（可达堆的 {share}），堆并未用满", suspect.holder_class),
            format!(
                "{} holds {bytes} ({share} of the live heap); the heap was not full",
                suspect.holder_class
            ),
        )
        .detail(
            "没有内存不足的迹象。若是缓存，请确认它有上限。",
            "Nothing shows a shortage of memory. If it is a cache, make sure that it is bounded.",
        )
        .fact("retained_bytes", suspect.retained)
        .fact("share", rounded(suspect.share))
        .cite(heap.artefact.map(|id| cite_suspect(id, suspect)))
        .done()
}

/// Without a heap dump: the curve alone, or a class histogram beside it.
fn growth(scene: &Scene, pressure: &Pressure) -> Option<Finding> {
    if pressure.trend != Trend::Gradual || pressure.recovered {
        return None;
    }
    let slope = pressure.gc.and_then(|g| g.leak_slope_bytes_per_s);
    let largest = largest_class(scene);
    found("heap.growth", Cause::HeapLeak)
        .severity(if pressure.out_of_memory {
            Severity::Critical
        } else {
            Severity::High
        })
        .process(pressure.process)
        .time(pressure.began)
        .strength(3)
        .coverage(0.7)
        .subject(largest.as_ref().map(|(class, ..)| class.clone()))
        .title(
            "回收后的堆占用持续上升，直到堆满",
            "heap use after collections rose steadily until the heap was full",
        )
        .detail(
            "没有堆转储，无法指出持有者；下一次请保留堆转储。",
            "There is no heap dump, so the holder cannot be named; keep the next one.",
        )
        .fact_opt("growth_bytes_per_s", slope.map(|s| s.round()))
        .fact_opt("largest_class", largest.as_ref().map(|(class, ..)| class.clone()))
        .cite(pressure.evidence.iter().cloned())
        .cite(largest.map(|(_, citation)| citation))
        .done()
}

/// The largest class of a histogram that is neither an array nor a string.
fn largest_class(scene: &Scene) -> Option<(String, Citation)> {
    scene.signs().find_map(|sign| match &sign.what {
        SignKind::ClassHistogram { rows } => rows
            .iter()
            .find(|(class, ..)| !class.ends_with("[]") && !class.starts_with("java."))
            .map(|(class, ..)| (class.clone(), sign.citation.clone())),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{Build, run_one};
    use crate::diagnosis::verdict::{Cause, Severity};
    use crate::heap::{Suspect, SuspectKind};

    fn cache(share: f64) -> Suspect {
        Suspect {
            holder_class: "a.b.Cache".to_owned(),
            accumulator_class: "java.util.HashMap".to_owned(),
            content_class: "a.b.Entry".to_owned(),
            retained: 1 << 20,
            share,
            ..Suspect::default()
        }
    }

    #[test]
    fn a_full_heap_under_one_holder_is_a_leak() {
        let case = Build::new()
            .log("10:00:00 E java.lang.OutOfMemoryError: Java heap space")
            .heap(vec![cache(0.8)])
            .case();
        let findings = run_one(&super::DETECTOR, &case);
        assert_eq!(findings[0].cause, Cause::HeapLeak);
        assert_eq!(findings[0].strength, 5);
        assert_eq!(findings[0].subject.as_deref(), Some("a.b.Cache"));
    }

    #[test]
    fn a_large_cache_in_a_quiet_heap_is_only_worth_knowing() {
        let case = Build::new().heap(vec![cache(0.8)]).case();
        let findings = run_one(&super::DETECTOR, &case);
        assert_eq!(findings[0].severity, Severity::Info);
        assert_eq!(findings[0].cause, Cause::None);
    }

    #[test]
    fn memory_held_by_a_thread_is_not_a_leak() {
        let local = Suspect {
            kind: SuspectKind::Thread,
            ..cache(0.8)
        };
        let case = Build::new()
            .log("10:00:00 E java.lang.OutOfMemoryError: Java heap space")
            .heap(vec![local])
            .case();
        assert!(run_one(&super::DETECTOR, &case).is_empty());
    }
}
