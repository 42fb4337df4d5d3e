//! A target refuses connections or is gone.

use crate::diagnosis::{
    detector::{Detector, found, words},
    scene::{Scene, Seen},
    targets,
    themes::Theme,
    verdict::{Cause, Finding, Severity},
};
use crate::system::SignKind;
use std::collections::{BTreeMap, BTreeSet};

/// The detector.
pub const DETECTOR: Detector = Detector {
    id: "downstream.down",
    findings: &[(
        "downstream.down",
        words("下游拒绝连接或已断开", "a backend refuses or dropped its connections"),
    )],
    causes: &[Cause::DownstreamDown],
    explain: words(
        "查找对同一目标的连接被拒绝、被对方终止、监听不识别等错误，几秒内成片出现。依赖它的功能立即报错。\
         应先从另一台主机测端口。可能误判：目标的计划重启；口令变更（ORA-01017）；本机句柄用尽。",
        "Looks for refused or terminated connections to one target, a burst that begins within seconds. Everything that needs it fails at once. \
         Test the port from another host first. Wrong for a planned restart of the target, a changed password (ORA-01017), or our own descriptors running out.",
    ),
    run,
};

/// A target that lets connection attempts run out is as gone as one that refuses them; several such targets are the
/// network's, which explains this.
const WORDS: [Theme; 4] = [
    Theme::Refused,
    Theme::BackendGone,
    Theme::NoRoute,
    Theme::ConnectTimeout,
];

fn run(scene: &Scene) -> Vec<Finding> {
    let records: Vec<&Seen> = scene
        .about(&WORDS)
        .filter(|s| s.is_trouble() && !s.themes.has(Theme::LeakReport))
        .collect();
    if (records.len() as f64) < scene.limits.outage_errors {
        return Vec::new();
    }
    let mut by_target: BTreeMap<String, Vec<&Seen>> = BTreeMap::new();
    let mut unnamed: Vec<&Seen> = Vec::new();
    for seen in &records {
        match targets::of(seen) {
            Some(target) => by_target.entry(target).or_default().push(seen),
            None => unnamed.push(seen),
        }
    }
    // Records without a name belong to the target that fails most.
    let most = by_target
        .iter()
        .max_by(|a, b| a.1.len().cmp(&b.1.len()).then(b.0.cmp(a.0)))
        .map(|(target, _)| target.clone());
    match most {
        Some(target) => by_target.entry(target).or_default().extend(unnamed),
        None => {
            by_target.insert(String::new(), unnamed);
        }
    }
    by_target
        .iter()
        .filter_map(|(target, seen)| finding(scene, target, seen))
        .collect()
}

fn finding(scene: &Scene, target: &str, seen: &[&Seen]) -> Option<Finding> {
    if (seen.len() as f64) < scene.limits.outage_errors || scene.is_background(seen) {
        return None;
    }
    let processes: BTreeSet<Option<usize>> = seen.iter().map(|s| s.process).collect();
    let waiting = scene
        .signs()
        .filter(|s| matches!(&s.what, SignKind::Connections { state, .. } if state.contains("SYN_SENT")))
        .collect::<Vec<_>>();
    let strength = if processes.len() >= 2 || !waiting.is_empty() || seen.len() >= 10 {
        4
    } else {
        3
    };
    let shown = if target.is_empty() {
        "下游 / the backend"
    } else {
        target
    };
    // Pool messages carry their wait; what began it is the refusal, not the request that waited.
    let began = seen
        .iter()
        .filter_map(|s| {
            if s.themes.has(Theme::PoolTimeout) {
                s.began
            } else {
                s.at
            }
        })
        .min();
    found("downstream.down", Cause::DownstreamDown)
        .severity(Severity::Critical)
        .process(seen.first().and_then(|s| s.process))
        .time(began)
        .strength(strength)
        .coverage(scene.share_of_errors(&[
            Theme::Refused,
            Theme::BackendGone,
            Theme::NoRoute,
            Theme::ConnectTimeout,
            Theme::PoolTimeout,
        ]))
        .subject((!target.is_empty()).then(|| target.to_owned()))
        .title(
            format!(
                "{shown} 拒绝连接或已断开：{} 条记录，{} 个进程",
                seen.len(),
                processes.len()
            ),
            format!(
                "{shown} refuses or dropped connections: {} records, {} processes",
                seen.len(),
                processes.len()
            ),
        )
        .detail(
            "网络可达而端口无人应答，或会话被对方终止。",
            "The host answers and the port does not, or the other side ended the sessions.",
        )
        .fact("records", seen.len())
        .fact("processes", processes.len())
        .fact_opt("target", (!target.is_empty()).then(|| target.to_owned()))
        .cite(seen.iter().take(6).map(|s| s.cite()))
        .cite(waiting.iter().take(2).map(|s| s.citation.clone()))
        .done()
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{Build, run_one};
    use crate::diagnosis::verdict::Cause;

    const REFUSED: &str = "10:00:00 E org.postgresql.util.PSQLException: Connection to 10.1.1.1:5432 refused. Check that the hostname and port are correct";

    #[test]
    fn a_burst_of_refusals_names_its_target() {
        let case = Build::new().log(REFUSED).log(REFUSED).log(REFUSED).case();
        let findings = run_one(&super::DETECTOR, &case);
        assert_eq!(findings[0].cause, Cause::DownstreamDown);
        assert_eq!(findings[0].subject.as_deref(), Some("10.1.1.1:5432"));
    }

    #[test]
    fn a_target_that_lets_attempts_run_out_is_down() {
        let line = "10:00:00 E java.sql.SQLRecoverableException: IO Error: The Network Adapter could not establish the connection";
        let case = Build::new().log(line).log(line).log(line).case();
        assert_eq!(run_one(&super::DETECTOR, &case)[0].cause, Cause::DownstreamDown);
    }

    #[test]
    fn an_optional_service_that_always_refuses_is_background() {
        let mut build = Build::new();
        for minute in (0..60).step_by(4) {
            build = build.log(&REFUSED.replace("10:00:00", &format!("10:{minute:02}:00")));
        }
        assert!(run_one(&super::DETECTOR, &build.case()).is_empty());
    }

    #[test]
    fn one_refusal_is_no_outage() {
        assert!(run_one(&super::DETECTOR, &Build::new().log(REFUSED).case()).is_empty());
    }
}
