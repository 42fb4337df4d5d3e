//! Particular data makes code fail.

use crate::diagnosis::{
    detector::{Detector, found, rounded, words},
    scene::{Scene, Seen},
    themes::Theme,
    verdict::{Cause, Finding, Severity},
};
use crate::logs::Level;
use std::collections::BTreeMap;

/// The detector.
pub const DETECTOR: Detector = Detector {
    id: "data.error",
    findings: &[(
        "data.error",
        words("数据异常导致代码失败", "particular data makes code fail"),
    )],
    causes: &[Cause::DataError],
    explain: words(
        "查找同一段代码因数据（超长、格式、唯一键、编码）反复失败，占错误的大部分。用户输入校验失败是正常背景，应与平时的比率对比。\
         确认方法：换一条数据是否正常。可能误判：表结构刚刚变更（那是部署失败）。",
        "Looks for one piece of code that fails again and again because of data (too long, format, unique key, encoding) and makes most of the errors. Rejected user input is normal background; compare with the usual rate. \
         Check whether other keys work. Wrong when the schema has just changed (a failed release).",
    ),
    run,
};

fn run(scene: &Scene) -> Vec<Finding> {
    let errors = scene.records.iter().filter(|s| s.record.level >= Level::Error).count();
    let mut groups: BTreeMap<(String, String), Vec<&Seen>> = BTreeMap::new();
    for seen in scene
        .about(&[Theme::BadData])
        .filter(|s| s.record.level >= Level::Error && !s.themes.has(Theme::Oom))
    {
        let class = seen
            .record
            .root_exception
            .clone()
            .or_else(|| seen.record.code.clone())
            .unwrap_or_default();
        let frame = seen.record.own_frame.clone().unwrap_or_default();
        groups.entry((class, frame)).or_default().push(seen);
    }
    groups
        .into_iter()
        .filter_map(|((class, frame), seen)| finding(scene, &class, &frame, &seen, errors))
        .collect()
}

fn finding(scene: &Scene, class: &str, frame: &str, seen: &[&Seen], errors: usize) -> Option<Finding> {
    let share = seen.len() as f64 / errors.max(1) as f64;
    if (seen.len() as f64) < scene.limits.repeated || scene.is_background(seen) {
        return None;
    }
    let most = share >= scene.limits.data_share;
    found("data.error", Cause::DataError)
        .severity(if most { Severity::High } else { Severity::Medium })
        .process(seen.first().and_then(|s| s.process))
        .time(seen.iter().filter_map(|s| s.at).min())
        .strength(if most { 3 } else { 2 })
        .coverage(share)
        .subject(Some(if frame.is_empty() {
            class
        } else {
            frame.split('(').next().unwrap_or(frame)
        }))
        .title(
            format!("{class} {} 次，同一处代码", seen.len()),
            format!("{} × {class} at one place", seen.len()),
        )
        .detail(
            format!("位置：{frame}。占错误的 {:.0} %。", share * 100.0),
            format!("At {frame}. {:.0} % of the errors.", share * 100.0),
        )
        .fact("records", seen.len())
        .fact("share", rounded(share))
        .cite(seen.iter().take(5).map(|s| s.cite()))
        .done()
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{Build, run_one};
    use crate::diagnosis::verdict::Cause;

    #[test]
    fn one_statement_that_keeps_failing_is_data() {
        let line = "10:20:00 E ORA-12899: value too large for column";
        let case = Build::new()
            .log("10:00:00 I begin")
            .log(line)
            .log(line)
            .log(line)
            .log(line)
            .log("10:20:30 I end")
            .case();
        assert_eq!(run_one(&super::DETECTOR, &case)[0].cause, Cause::DataError);
    }

    #[test]
    fn rejected_input_all_day_long_is_background() {
        let mut build = Build::new();
        for minute in 0..60 {
            build = build.log(&format!("10:{minute:02}:00 E java.lang.NumberFormatException: bad"));
        }
        assert!(run_one(&super::DETECTOR, &build.case()).is_empty());
    }
}
