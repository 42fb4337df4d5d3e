//! The working set is honest but larger than the heap.

use crate::diagnosis::{
    detector::{Detector, found, percent, rounded, words},
    pressure::{self, Pressure, Trend},
    scene::Scene,
    verdict::{Cause, Finding, Severity},
};

/// The detector.
pub const DETECTOR: Detector = Detector {
    id: "heap.undersized",
    findings: &[(
        "heap.undersized",
        words("堆相对负载过小", "the heap is too small for the load"),
    )],
    causes: &[Cause::HeapUndersized],
    explain: words(
        "堆已满，但没有任何对象独占较大部分，回收后的占用也不是逐步上升，而是一直处在高位：正常的工作集比堆大。\
         完全回收频繁、吞吐低。可能误判：没有堆转储时的慢速泄漏；负载因别的节点宕机而翻倍。",
        "The heap is full, yet no object holds a large part of it and use after collections did not rise step by step but stayed high: the honest working set is larger than the heap. \
         Frequent full collections, low throughput. Wrong for a slow leak without a heap dump, or when load doubled because a peer died.",
    ),
    run,
};

fn run(scene: &Scene) -> Vec<Finding> {
    pressure::of(scene)
        .iter()
        .filter_map(|pressure| undersized(scene, pressure))
        .collect()
}

fn undersized(scene: &Scene, pressure: &Pressure) -> Option<Finding> {
    let heap = pressure::telling_heap(scene, pressure.process);
    let top_share = heap.and_then(|h| h.suspects.first()).map(|s| s.share);
    let even = heap.is_some() && top_share.is_none_or(|share| share < scene.limits.leak_share);
    // A heap that was not full was not too small, whatever the error said.
    if pressure
        .full_share
        .is_some_and(|share| share < scene.limits.gc_heap_low_share)
    {
        return None;
    }
    let by_load = pressure.trend == Trend::Sudden && (pressure.many_requests || is_long(pressure));
    let strength = match (pressure.trend, even) {
        (Trend::Flat, true) => 4,
        (Trend::Sudden, _) if by_load && (even || heap.is_none()) => 4,
        (Trend::Flat, false) if heap.is_none() => 3,
        (Trend::Unknown, true) => 3,
        (Trend::Unknown, false) if heap.is_none() && pressure.out_of_memory => 2,
        (Trend::Gradual | Trend::Sudden, true) => 2,
        _ => return None,
    };
    let share = pressure.full_share.map(percent).unwrap_or_default();
    found("heap.undersized", Cause::HeapUndersized)
        .severity(if pressure.out_of_memory {
            Severity::Critical
        } else {
            Severity::High
        })
        .process(pressure.process)
        .time(pressure.began)
        .strength(strength)
        .coverage(if strength >= 3 { 0.7 } else { 0.4 })
        .title(
            format!("完全回收后堆仍占 {share}，没有单一持有者"),
            format!("the heap stayed {share} full after full collections, without a single holder"),
        )
        .detail(
            if by_load {
                "占用随请求量升高，许多请求同时持有内存；负载回落后占用也回落。"
            } else {
                "回收后的占用是平的：不是泄漏，而是堆对这个负载太小。"
            },
            if by_load {
                "Use rose with the load; many requests held memory at once, and it falls when they end."
            } else {
                "Use after collections is level: not a leak, the heap is too small for this load."
            },
        )
        .fact_opt("heap_max_bytes", pressure.heap_max)
        .fact_opt("full_share", pressure.full_share.map(rounded))
        .fact_opt("worst_gc_share", pressure.gc.map(|g| rounded(g.worst_share)))
        .cite(pressure.evidence.iter().cloned())
        .cite(heap.and_then(|h| h.artefact).map(crate::evidence::Citation::artefact))
        .done()
}

/// Full for a minute or more: one request would have ended or died before [P].
fn is_long(pressure: &Pressure) -> bool {
    pressure.recovered && pressure.pressed_s.is_some_and(|s| s >= 60.0)
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{Build, run_one};
    use crate::diagnosis::verdict::Cause;
    use crate::heap::Suspect;

    const OOM: &str = "10:00:00 E java.lang.OutOfMemoryError: GC overhead limit exceeded";

    #[test]
    fn a_full_heap_without_a_holder_and_a_flat_curve_is_too_small() {
        let case = Build::new().log(OOM).gc_curve(&[85; 60]).heap(vec![]).case();
        let findings = run_one(&super::DETECTOR, &case);
        assert_eq!((findings[0].cause, findings[0].strength), (Cause::HeapUndersized, 4));
    }

    #[test]
    fn a_holder_of_the_heap_speaks_against_it() {
        let suspect = Suspect {
            share: 0.7,
            ..Suspect::default()
        };
        let case = Build::new().log(OOM).gc_curve(&[85; 60]).heap(vec![suspect]).case();
        assert!(run_one(&super::DETECTOR, &case).is_empty());
    }

    #[test]
    fn a_heap_with_room_is_no_finding() {
        assert!(run_one(&super::DETECTOR, &Build::new().gc_curve(&[30; 60]).case()).is_empty());
    }
}
