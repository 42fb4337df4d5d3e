//! Error bursts and the users' view of the trouble: context for everything else.

use crate::diagnosis::{
    detector::{Detector, found, words},
    scene::Scene,
    verdict::{Cause, Finding, Role, Severity},
};
use crate::{evidence::Citation, logs::Level};

/// The detector.
pub const DETECTOR: Detector = Detector {
    id: "log.burst",
    findings: &[
        ("log.burst", words("错误成片出现", "errors burst out")),
        (
            "access.degraded",
            words("请求变慢或报错", "requests slowed down or failed"),
        ),
    ],
    causes: &[],
    explain: words(
        "查找远高于平时比率的错误记录，以及访问日志中延迟或 5xx 离开正常范围的时刻。它们说明从何时起影响了用户，但不说明原因。\
         可能误判：整点批处理；监控探测。",
        "Looks for error records far above their usual rate, and for the moment at which latency or 5xx leave their range in the access log. They tell since when users were hit, not why. \
         Wrong for hourly batches and for probes of a monitor.",
    ),
    run,
};

/// Bursts reported per case; the rest stay in the log facts.
const MOST_BURSTS: usize = 8;

fn run(scene: &Scene) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut bursts: Vec<_> = scene
        .case
        .logs
        .iter()
        .filter_map(|log| Some((log.artefact?, log)))
        .filter(|(id, _)| scene.case.is_current(*id))
        .flat_map(|(id, log)| log.bursts.iter().map(move |b| (id, b)))
        .filter(|(_, b)| b.level >= Level::Warn || b.exception.is_some())
        .collect();
    bursts.sort_by_key(|(id, b)| (std::cmp::Reverse(b.count), *id, b.line));
    for (id, burst) in bursts.into_iter().take(MOST_BURSTS) {
        let what = burst
            .exception
            .clone()
            .unwrap_or_else(|| burst.template.chars().take(120).collect());
        findings.extend(
            found("log.burst", Cause::None)
                .severity(if burst.level >= Level::Error && burst.count >= 10 {
                    Severity::Medium
                } else {
                    Severity::Low
                })
                .role(Role::Context)
                .process(scene.case.process_of(id))
                .time(scene.instant(Some(id), burst.onset))
                .strength(2)
                .coverage(0.0)
                .subject(Some(what.clone()))
                .title(
                    format!("{} 条错误集中出现：{what}", burst.count),
                    format!("{} errors burst out: {what}", burst.count),
                )
                .detail(
                    format!("按平时比率应有 {:.1} 条。", burst.expected),
                    format!("{:.1} were to be expected by the usual rate.", burst.expected),
                )
                .fact("records", burst.count)
                .cite([Citation::line(id, burst.line, burst.template.clone())])
                .done(),
        );
    }
    for (id, access) in scene.access_logs() {
        if access.degraded_from.is_none() {
            continue;
        }
        findings.extend(
            found("access.degraded", Cause::None)
                .severity(Severity::Medium)
                .role(Role::Context)
                .process(scene.case.process_of(id))
                .time(scene.instant(Some(id), access.degraded_from))
                .strength(2)
                .coverage(0.0)
                .title(
                    format!(
                        "请求变慢或报错，服务器错误 {} 次，共 {} 个请求",
                        access.server_errors, access.requests
                    ),
                    format!(
                        "requests slowed down or failed: {} server errors of {} requests",
                        access.server_errors, access.requests
                    ),
                )
                .detail("这是用户感到异常的时刻。", "This is when users noticed.")
                .fact("requests", access.requests)
                .fact("server_errors", access.server_errors)
                .cite([Citation::artefact(id)])
                .done(),
        );
    }
    findings
}
