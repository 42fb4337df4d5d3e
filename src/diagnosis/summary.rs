//! The headline and the reasons, in plain words.

use super::{
    scene::Scene,
    verdict::{Cause, Confidence, Finding, Role, Severity, Status},
};
use crate::words::Text;

/// One sentence a director understands.
pub fn headline(
    scene: &Scene,
    status: Status,
    cause: Option<Cause>,
    confidence: Option<Confidence>,
    findings: &[Finding],
) -> Text {
    match (status, cause) {
        (Status::None, _) => Text::new(
            "未发现故障：证据完整的时段内没有异常。",
            "Nothing wrong was found in the time the evidence covers.",
        ),
        (Status::Determined, Some(cause)) => determined(scene, cause, confidence, findings),
        _ => Text::new(
            "现有证据不足以判定原因；请按“还缺什么”补充证据。",
            "The evidence does not suffice to name the cause; fetch what is listed as missing.",
        ),
    }
}

fn determined(scene: &Scene, cause: Cause, confidence: Option<Confidence>, findings: &[Finding]) -> Text {
    let (zh, en) = match confidence {
        Some(Confidence::High) => ("原因是", "The cause is"),
        Some(Confidence::Medium) => ("很可能是", "Most likely"),
        _ => ("可能是", "Possibly"),
    };
    let best = leading(cause, findings);
    let server = best
        .and_then(|f| f.process)
        .and_then(|p| scene.case.processes.get(p))
        .and_then(|p| p.name.clone().or_else(|| p.host.clone()));
    let detail = best.map(|f| f.title.clone()).unwrap_or_default();
    let name = cause.name();
    let at_zh = server.as_deref().map(|s| format!("（{s}）")).unwrap_or_default();
    let at_en = server.as_deref().map(|s| format!(" on {s}")).unwrap_or_default();
    Text::new(
        format!("{zh}{}{at_zh}{}。", name.zh, after("：", &detail.zh, &name.zh)),
        format!("{en} {}{at_en}{}.", name.en, after(": ", &detail.en, &name.en)),
    )
}

/// The detail after a separator; without the name of the cause if it begins with it again.
fn after(separator: &str, detail: &str, name: &str) -> String {
    let rest = detail
        .strip_prefix(name)
        .map_or(detail, |rest| rest.trim_start_matches(['：', ':', '，', ',', ' ']));
    if rest.is_empty() {
        String::new()
    } else {
        format!("{separator}{rest}")
    }
}

/// The strongest finding of a cause.
pub fn leading(cause: Cause, findings: &[Finding]) -> Option<&Finding> {
    findings
        .iter()
        .filter(|f| f.cause == cause && f.role == Role::Cause)
        .max_by(|a, b| a.strength.cmp(&b.strength).then(a.coverage.total_cmp(&b.coverage)))
}

/// Why we believe it: the findings of the cause, then what it explains.
pub fn why(status: Status, cause: Option<Cause>, findings: &[Finding], explained: &[(Cause, Cause)]) -> Vec<Text> {
    let mut reasons = Vec::new();
    match (status, cause) {
        (Status::Determined, Some(cause)) => {
            for finding in findings
                .iter()
                .filter(|f| f.cause == cause && f.role == Role::Cause)
                .take(4)
            {
                reasons.push(sentence(finding));
            }
            let victims: Vec<Cause> = explained
                .iter()
                .filter(|(_, by)| *by == cause)
                .map(|(victim, _)| *victim)
                .collect();
            if !victims.is_empty() {
                let zh: Vec<String> = victims.iter().map(|v| v.name().zh).collect();
                let en: Vec<String> = victims.iter().map(|v| v.name().en).collect();
                reasons.push(Text::new(
                    format!("其后果：{}。", zh.join("、")),
                    format!("Consequences of it: {}.", en.join(", ")),
                ));
            }
        }
        (Status::Undetermined, _) => {
            for finding in findings.iter().filter(|f| f.severity >= Severity::Medium).take(4) {
                reasons.push(sentence(finding));
            }
        }
        _ => {}
    }
    reasons
}

fn sentence(finding: &Finding) -> Text {
    Text::new(
        format!("{}。{}", finding.title.zh, finding.detail.zh),
        format!("{}. {}", finding.title.en, finding.detail.en),
    )
}
