//! Link, route, name or port trouble between tiers.

use crate::diagnosis::{
    detector::{Detector, found, words},
    scene::{Scene, Seen},
    targets,
    themes::Theme,
    verdict::{Cause, Finding, Severity},
};
use crate::{
    case::marks::Mark,
    system::{Sign, SignKind},
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// The detector.
pub const DETECTOR: Detector = Detector {
    id: "network.failure",
    findings: &[
        (
            "network.link-down",
            words("网卡或链路断开", "an adapter or link went down"),
        ),
        (
            "network.several-targets",
            words("多个目标同时不可达", "several targets failed together"),
        ),
        (
            "network.unreachable",
            words("目标主机不可达", "a host cannot be reached"),
        ),
    ],
    causes: &[Cause::NetworkFailure],
    explain: words(
        "查找系统日志（errpt、dmesg）中网卡断开且同时有错误成片出现，或一分钟内两个以上互不相关的目标同时超时、不可达、无法解析。\
         网络原因不要重启 Java，应立即联系网络部门。可能误判：几秒即恢复且没有错误的链路抖动；本机长停顿使对方超时。",
        "Looks for an adapter that went down (errpt, dmesg) while errors burst out, or two or more unrelated targets that time out, are unreachable or unresolvable within a minute. \
         Do not restart Java for a network fault; call the network department at once. Wrong for a link flap without errors, and when our own long pause made the peers time out.",
    ),
    run,
};

const WORDS: [Theme; 6] = [
    Theme::ConnectTimeout,
    Theme::UnknownHost,
    Theme::NoRoute,
    Theme::ReadTimeout,
    Theme::Reset,
    Theme::Refused,
];

fn run(scene: &Scene) -> Vec<Finding> {
    let records: Vec<&Seen> = scene
        .about(&WORDS)
        .filter(|s| s.is_trouble() && !s.themes.has(Theme::PoolTimeout))
        .collect();
    let mut findings = Vec::new();
    findings.extend(link_down(scene, &records));
    findings.extend(several_targets(scene, &records));
    findings.extend(unreachable(scene));
    findings
}

/// An adapter went down within minutes of the errors.
fn link_down(scene: &Scene, records: &[&Seen]) -> Option<Finding> {
    let downs: Vec<(&Sign, Option<Timestamp>, &String)> = scene
        .signs()
        .filter_map(|s| match &s.what {
            SignKind::LinkDown { adapter } => Some((s, scene.sign_time(s), adapter)),
            _ => None,
        })
        .collect();
    let near = |at: Timestamp| {
        let close = |s: &&&Seen| {
            s.at.is_some_and(|t| t.duration_since(at).abs() <= SignedDuration::from_mins(15))
        };
        records.iter().filter(close).count()
    };
    let (sign, at, adapter) = downs.iter().find(|(_, at, _)| at.is_some_and(|at| near(at) > 0))?;
    let hits = at.map_or(0, near);
    let first_error = records.iter().filter_map(|s| s.began.or(s.at)).min();
    let began = match (at, first_error) {
        // errpt's summary line has minutes only; the first error within that minute is more exact.
        (Some(at), Some(error)) if error.duration_since(*at).abs() <= SignedDuration::from_mins(2) => {
            Some((*at).min(error))
        }
        (at, error) => at.or(error),
    };
    found("network.link-down", Cause::NetworkFailure)
        .severity(Severity::Critical)
        .time(began)
        .strength(5)
        .coverage(scene.share_of_errors(&WORDS).max(0.6))
        .subject(Some((*adapter).clone()))
        .title(
            format!("网卡 {adapter} 断开，前后 15 分钟内有 {hits} 条网络错误"),
            format!("adapter {adapter} went down; {hits} network errors within 15 minutes"),
        )
        .detail(
            "系统记录了断开，应用同时报告超时或不可达。",
            "The system recorded it while the application reported timeouts or unreachable hosts.",
        )
        .fact("adapter", (*adapter).clone())
        .fact("errors_near", hits)
        .cite([sign.citation.clone()])
        .cite(records.iter().take(4).map(|s| s.cite()))
        .done()
}

/// Two or more targets failed within a minute.
fn several_targets(scene: &Scene, records: &[&Seen]) -> Option<Finding> {
    let mut first: BTreeMap<String, (Timestamp, &Seen)> = BTreeMap::new();
    for seen in records {
        if let (Some(target), Some(at)) = (targets::of(seen), seen.began.or(seen.at)) {
            let host = target.split(':').next().unwrap_or(&target).to_owned();
            let entry = first.entry(host).or_insert((at, seen));
            if at < entry.0 {
                *entry = (at, seen);
            }
        }
    }
    if first.len() < 2 {
        return None;
    }
    let mut times: Vec<Timestamp> = first.values().map(|(at, _)| *at).collect();
    times.sort_unstable();
    let together = times
        .windows(2)
        .filter(|w| matches!(w, [a, b] if b.duration_since(*a).as_secs_f64() <= scene.limits.network_together_s))
        .count();
    if together == 0 {
        return None;
    }
    let names: Vec<&String> = first.keys().collect();
    let list = names.iter().take(5).map(|n| n.as_str()).collect::<Vec<_>>().join("、");
    found("network.several-targets", Cause::NetworkFailure)
        .severity(Severity::Critical)
        .time(times.first().copied())
        .strength(3)
        .coverage(scene.share_of_errors(&WORDS))
        .subject(Some(
            names.iter().take(3).map(|n| n.as_str()).collect::<Vec<_>>().join("+"),
        ))
        .title(
            format!("{} 个互不相关的目标在一分钟内先后失败：{list}", names.len()),
            format!(
                "{} unrelated targets failed within a minute: {}",
                names.len(),
                list.replace('、', ", ")
            ),
        )
        .detail(
            "同时失去多个目标，更像网络，而不是某一个下游。",
            "Losing several at once looks like the network rather than one backend.",
        )
        .fact("targets", names.len())
        .cite(first.values().take(6).map(|(_, s)| s.cite()))
        .done()
}

/// No route, unknown hosts: the network said so itself.
fn unreachable(scene: &Scene) -> Option<Finding> {
    let records: Vec<&Seen> = scene
        .about(&[Theme::NoRoute, Theme::UnknownHost])
        .filter(|s| s.is_trouble())
        .collect();
    if (records.len() as f64) < scene.limits.outage_errors {
        return None;
    }
    // One name that nobody resolved since the server started was mistyped rather than lost.
    let names: std::collections::BTreeSet<String> = records
        .iter()
        .filter_map(|s| targets::of(s).or_else(|| s.record.root_message.clone()))
        .collect();
    let since_start =
        records.iter().all(|s| s.themes.has(Theme::UnknownHost)) && names.len() <= 1 && since_start(scene, &records);
    if since_start || scene.is_background(&records) {
        return None;
    }
    let target = records.iter().find_map(|s| targets::of(s));
    found("network.unreachable", Cause::NetworkFailure)
        .severity(Severity::Critical)
        .process(records.first().and_then(|s| s.process))
        .time(records.iter().filter_map(|s| s.began).min())
        .strength(3)
        .coverage(scene.share_of_errors(&[Theme::NoRoute, Theme::UnknownHost]))
        .subject(target)
        .title(
            format!("{} 次无法到达或无法解析主机", records.len()),
            format!("{} times a host could not be reached or resolved", records.len()),
        )
        .detail("路由或域名解析失败。", "Routing or name resolution failed.")
        .fact("records", records.len())
        .cite(records.iter().take(4).map(|s| s.cite()))
        .done()
}

/// The first of these records follows a start of its server within minutes.
pub(super) fn since_start(scene: &Scene, records: &[&Seen]) -> bool {
    let Some(first) = records.iter().filter_map(|s| s.at).min() else {
        return false;
    };
    let limit = scene.limits.change_minutes * 60.0;
    let near = |at: Timestamp| {
        let since = first.duration_since(at).as_secs_f64();
        (-60.0..=limit).contains(&since)
    };
    let marks = scene
        .records
        .iter()
        .filter(|s| matches!(s.mark, Some(Mark::Begin | Mark::Ready)))
        .filter_map(|s| s.at);
    let started = scene.case.processes.iter().filter_map(|p| p.started);
    marks.chain(started).any(near)
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{Build, run_one};
    use crate::diagnosis::verdict::Cause;
    use crate::system::SignKind;

    #[test]
    fn a_link_that_fell_with_the_errors_is_proof() {
        let case = Build::new()
            .log("10:00:20 E java.net.SocketTimeoutException: connect timed out")
            .sign("10:00:00", SignKind::LinkDown { adapter: "ent2".into() })
            .case();
        let findings = run_one(&super::DETECTOR, &case);
        assert_eq!((findings[0].cause, findings[0].strength), (Cause::NetworkFailure, 5));
    }

    #[test]
    fn a_link_flap_without_errors_is_nothing() {
        let case = Build::new()
            .sign("10:00:00", SignKind::LinkDown { adapter: "ent2".into() })
            .case();
        assert!(run_one(&super::DETECTOR, &case).is_empty());
    }

    #[test]
    fn one_target_alone_is_not_the_network() {
        let case = Build::new()
            .log("10:00:20 E java.net.SocketTimeoutException: connect to 10.1.1.1:80 connect timed out")
            .log("10:00:21 E java.net.SocketTimeoutException: connect to 10.1.1.1:80 connect timed out")
            .case();
        assert!(run_one(&super::DETECTOR, &case).is_empty());
    }
}
