//! Collections hurt although memory suffices.

use crate::diagnosis::{
    detector::{Detector, found, percent, rounded, words},
    pressure,
    scene::Scene,
    verdict::{Cause, Finding, Severity},
};
use crate::{evidence::Citation, gc::GcFacts};

/// The detector.
pub const DETECTOR: Detector = Detector {
    id: "gc.misconfigured",
    findings: &[("gc.misconfigured", words("垃圾回收配置不当", "the collector is unfit"))],
    causes: &[Cause::GcMisconfigured],
    explain: words(
        "查找回收后内存充裕而停顿长、回收占时多的情况：显式 System.gc()、服务器上的串行收集器、新生代过小、巨型对象分配。\
         若回收后内存仍高，则是泄漏或堆过小；若停顿的墙钟时间远大于 CPU 时间，则是主机过载。可能误判：写堆转储时的一次长停顿。",
        "Looks for long pauses or much time in collections while memory afterwards is plenty: explicit System.gc(), a serial collector on a server, a tiny nursery, humongous allocations. \
         High use afterwards means leak or small heap; pauses far longer than their CPU time mean an overloaded host. Wrong for one long pause while a heap dump is written.",
    ),
    run: |scene| {
        scene
            .processes()
            .into_iter()
            .flat_map(|p| of_process(scene, p))
            .collect()
    },
};

fn of_process(scene: &Scene, process: Option<usize>) -> Vec<Finding> {
    if pressure::of(scene).iter().any(|p| p.process == process) {
        return Vec::new();
    }
    scene.gcs(process).filter_map(|gc| unfit(scene, process, gc)).collect()
}

fn unfit(scene: &Scene, process: Option<usize>, gc: &GcFacts) -> Option<Finding> {
    let long: Vec<_> = gc
        .events
        .iter()
        .filter(|e| e.pause_ms >= scene.limits.gc_pause_serious_ms)
        .collect();
    let low = match (gc.last_heap_after, gc.heap_max) {
        (Some(after), Some(max)) if max > 0 => after as f64 / (max as f64) < scene.limits.gc_heap_low_share,
        _ => false,
    };
    let asked_for = gc.explicit >= 10 && gc.explicit * 2 >= gc.full.max(1) && gc.gc_share >= 0.04;
    let much = asked_for
        || gc.gc_share >= scene.limits.gc_share_hurts
        || (gc.worst_share >= scene.limits.gc_share_futile && gc.pauses >= 20);
    let often = long.len() as f64 >= scene.limits.repeated;
    let explicit = gc.explicit >= 5 && gc.explicit * 2 >= gc.full.max(1);
    if !low || !(much || often) {
        return None;
    }
    let first = long.first().copied().or_else(|| gc.events.first());
    let strength = match (much, often, explicit) {
        (true, true, _) | (true, _, true) | (_, true, true) => 4,
        _ => 3,
    };
    found("gc.misconfigured", Cause::GcMisconfigured)
        .severity(Severity::High)
        .process(process)
        .time(first.and_then(|e| scene.instant(gc.artefact, e.time)))
        .strength(strength)
        .coverage(gc.worst_share.max(gc.gc_share).max(0.4))
        .subject(Some(if explicit { "System.gc()" } else { gc.collector }))
        .title(
            format!(
                "回收后内存充裕，但回收占时 {}，最长停顿 {:.1} s",
                percent(gc.gc_share),
                gc.max_pause_ms / 1000.0
            ),
            format!(
                "memory is plenty after collections, yet they take {} of the time, longest pause {:.1} s",
                percent(gc.gc_share),
                gc.max_pause_ms / 1000.0
            ),
        )
        .detail(
            format!(
                "显式回收 {} 次，超过 {:.0} s 的停顿 {} 次，收集器 {}。",
                gc.explicit,
                scene.limits.gc_pause_serious_ms / 1000.0,
                long.len(),
                gc.collector
            ),
            format!(
                "{} explicit collections, {} pauses above {:.0} s, collector {}.",
                gc.explicit,
                long.len(),
                scene.limits.gc_pause_serious_ms / 1000.0,
                gc.collector
            ),
        )
        .fact("gc_share", rounded(gc.gc_share))
        .fact("worst_share", rounded(gc.worst_share))
        .fact("max_pause_ms", rounded(gc.max_pause_ms))
        .fact("explicit", gc.explicit)
        .cite(gc.artefact.and_then(|id| {
            Some(Citation {
                line: Some(first?.line),
                ..Citation::artefact(id)
            })
        }))
        .done()
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{Build, run_one};
    use crate::diagnosis::verdict::Cause;

    #[test]
    fn long_pauses_over_a_nearly_empty_heap_are_configuration() {
        let case = Build::new().gc_curve(&[20; 40]).gc_pauses(3000.0, 0.4).case();
        assert_eq!(run_one(&super::DETECTOR, &case)[0].cause, Cause::GcMisconfigured);
    }

    #[test]
    fn a_full_heap_is_not_the_collectors_fault() {
        let case = Build::new().gc_curve(&[92; 40]).gc_pauses(3000.0, 0.4).case();
        assert!(run_one(&super::DETECTOR, &case).is_empty());
    }

    #[test]
    fn short_pauses_are_everyday_life() {
        assert!(
            run_one(
                &super::DETECTOR,
                &Build::new().gc_curve(&[20; 40]).gc_pauses(20.0, 0.01).case()
            )
            .is_empty()
        );
    }
}
