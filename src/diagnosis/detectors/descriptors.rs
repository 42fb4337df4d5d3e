//! Too many open files or sockets.

use crate::diagnosis::{
    detector::{Detector, found, words},
    scene::{Scene, Seen},
    themes::Theme,
    verdict::{Cause, Finding, Severity},
};
use crate::system::{Sign, SignKind};

/// The detector.
pub const DETECTOR: Detector = Detector {
    id: "fd.exhausted",
    findings: &[
        ("fd.exhausted", words("文件句柄用尽", "file descriptors ran out")),
        (
            "fd.near-limit",
            words("打开的句柄接近上限", "open descriptors are near the limit"),
        ),
    ],
    causes: &[Cause::FdExhaustion],
    explain: words(
        "查找“Too many open files”、接受连接失败，以及句柄数接近上限的列表；大量 CLOSE_WAIT 说明本方代码没有关闭连接。句柄用尽后不能接受新连接、不能打开文件。\
         可能误判：高峰时的一条短暂信息；下游慢造成的连接堆积。",
        "Looks for Too many open files, failed accepts, and listings with descriptors near the limit; many CLOSE_WAIT mean that our own code does not close. Then no connection can be accepted and no file opened. \
         Wrong for one short message at a peak, and for sockets that pile up behind a slow backend.",
    ),
    run,
};

fn run(scene: &Scene) -> Vec<Finding> {
    let records: Vec<&Seen> = scene.about(&[Theme::TooManyFiles]).collect();
    let near: Vec<(&Sign, u64, u64, Option<&String>)> = scene
        .signs()
        .filter_map(|s| match &s.what {
            SignKind::Descriptors {
                open,
                limit: Some(limit),
                mostly,
            } if *limit > 0 && *open as f64 >= scene.limits.descriptors_share * *limit as f64 => {
                Some((s, *open, *limit, mostly.as_ref()))
            }
            _ => None,
        })
        .collect();
    let half_closed: Vec<(&Sign, u64, &String)> = scene
        .signs()
        .filter_map(|s| match &s.what {
            SignKind::Connections { state, peer, count } if state.contains("CLOSE_WAIT") && *count >= 20 => {
                Some((s, *count, peer))
            }
            _ => None,
        })
        .collect();
    if records.is_empty() && near.is_empty() {
        return Vec::new();
    }
    let only_near = records.is_empty();
    let id = if only_near { "fd.near-limit" } else { "fd.exhausted" };
    let kinds = [!records.is_empty(), !near.is_empty(), !half_closed.is_empty()]
        .iter()
        .filter(|k| **k)
        .count();
    let mostly = near
        .iter()
        .find_map(|n| n.3)
        .cloned()
        .or_else(|| half_closed.first().map(|h| format!("CLOSE_WAIT {}", h.2)));
    let shown = mostly.clone().unwrap_or_default();
    found(id, Cause::FdExhaustion)
        .severity(if only_near { Severity::High } else { Severity::Critical })
        .process(records.first().and_then(|s| s.process))
        .time(records.iter().filter_map(|s| s.at).min())
        .strength(match (only_near, kinds, records.len()) {
            (true, ..) => 3,
            (_, 2.., _) => 5,
            (_, _, 3..) => 4,
            _ => 3,
        })
        .coverage(scene.share_of_errors(&[Theme::TooManyFiles]).max(0.6))
        .subject(mostly)
        .title(
            format!(
                "文件句柄用尽：{} 条报错{}",
                records.len(),
                near.first()
                    .map(|n| format!("，已开 {} / 上限 {}", n.1, n.2))
                    .unwrap_or_default()
            ),
            format!(
                "file descriptors ran out: {} errors{}",
                records.len(),
                near.first()
                    .map(|n| format!(", {} open of {}", n.1, n.2))
                    .unwrap_or_default()
            ),
        )
        .detail(format!("其中大多数：{shown}。"), format!("Most of them: {shown}."))
        .fact("records", records.len())
        .fact_opt("open", near.first().map(|n| n.1))
        .fact_opt("limit", near.first().map(|n| n.2))
        .fact_opt("close_wait", half_closed.first().map(|h| h.1))
        .cite(records.iter().take(4).map(|s| s.cite()))
        .cite(near.iter().map(|n| n.0.citation.clone()))
        .cite(half_closed.iter().take(2).map(|h| h.0.citation.clone()))
        .done()
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{Build, run_one};
    use crate::diagnosis::verdict::Cause;
    use crate::system::SignKind;

    #[test]
    fn errors_and_a_full_table_are_strong() {
        let case = Build::new()
            .log("10:00:00 E java.io.IOException: Too many open files")
            .sign(
                "10:00:10",
                SignKind::Descriptors {
                    open: 1024,
                    limit: Some(1024),
                    mostly: Some("pipe".into()),
                },
            )
            .case();
        let findings = run_one(&super::DETECTOR, &case);
        assert_eq!((findings[0].cause, findings[0].strength), (Cause::FdExhaustion, 5));
    }

    #[test]
    fn half_used_is_nothing() {
        let case = Build::new()
            .sign(
                "10:00:10",
                SignKind::Descriptors {
                    open: 500,
                    limit: Some(1024),
                    mostly: None,
                },
            )
            .case();
        assert!(run_one(&super::DETECTOR, &case).is_empty());
    }
}
