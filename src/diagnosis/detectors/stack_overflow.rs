//! Recursion beyond the limit of the stack.

use crate::diagnosis::{
    detector::{Detector, found, words},
    scene::{Scene, Seen},
    themes::Theme,
    verdict::{Cause, Finding, Severity},
};
use std::collections::BTreeMap;

/// The detector.
pub const DETECTOR: Detector = Detector {
    id: "stack.overflow",
    findings: &[("stack.overflow", words("栈溢出", "recursion beyond the stack"))],
    causes: &[Cause::StackOverflow],
    explain: words(
        "查找 StackOverflowError：同一组栈帧反复出现，说明递归没有出口。若只有某一条数据触发，根源是循环引用的数据；若发布之后每次调用都触发，根源是代码。\
         可能误判：多年来每天一次、已被捕获的记录；有意设置得很小的 -Xss。",
        "Looks for StackOverflowError: the same frames repeat, a recursion without an end. Triggered by one record it is cyclic data; by every call after a release it is code. \
         Wrong for one that has been caught and logged once a day for years, and for a small -Xss by design.",
    ),
    run,
};

fn run(scene: &Scene) -> Vec<Finding> {
    let mut by_process: BTreeMap<Option<usize>, Vec<&Seen>> = BTreeMap::new();
    for seen in scene.about(&[Theme::StackOverflow]).filter(|s| s.is_trouble()) {
        by_process.entry(seen.process).or_default().push(seen);
    }
    by_process
        .into_iter()
        .filter_map(|(process, seen)| finding(scene, process, &seen))
        .collect()
}

fn finding(scene: &Scene, process: Option<usize>, seen: &[&Seen]) -> Option<Finding> {
    let repeated = seen.len() as f64 >= scene.limits.repeated;
    // Caught and logged at the same rate all day long: somebody lives with it.
    if scene.is_background(seen) {
        return None;
    }
    let frame = seen
        .iter()
        .find_map(|s| s.record.own_frame.clone().or_else(|| s.record.frames.first().cloned()));
    let at = frame.clone().unwrap_or_default();
    found("stack.overflow", Cause::StackOverflow)
        .severity(if repeated { Severity::High } else { Severity::Medium })
        .process(process)
        .time(seen.iter().filter_map(|s| s.at).min())
        .strength(if repeated { 4 } else { 3 })
        .coverage(scene.share_of_errors(&[Theme::StackOverflow]))
        .subject(frame.as_deref().map(|f| f.split('(').next().unwrap_or(f).to_owned()))
        .title(
            format!("栈溢出 {} 次：{at}", seen.len()),
            format!("{} stack overflows: {at}", seen.len()),
        )
        .detail(
            "同一段代码反复调用自己，没有出口。请查触发它的数据是否循环引用。",
            "The same code calls itself without an end. Check whether the record that triggers it refers to itself.",
        )
        .fact("records", seen.len())
        .fact_opt("frame", frame)
        .cite(seen.iter().take(5).map(|s| s.cite()))
        .done()
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{Build, run_one};
    use crate::diagnosis::verdict::Severity;

    const LINE: &str = "10:00:00 E java.lang.StackOverflowError";

    #[test]
    fn repeated_overflows_are_a_finding() {
        let case = Build::new().log(LINE).log(LINE).log(LINE).case();
        assert_eq!(run_one(&super::DETECTOR, &case)[0].severity, Severity::High);
    }

    #[test]
    fn a_single_one_is_less() {
        assert_eq!(
            run_one(&super::DETECTOR, &Build::new().log(LINE).case())[0].severity,
            Severity::Medium
        );
        assert!(run_one(&super::DETECTOR, &Build::new().log("10:00:00 E order overflow").case()).is_empty());
    }
}
