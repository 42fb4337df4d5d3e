//! What goes wrong after a change: releases that do not fit, settings that are wrong.

use crate::case::marks::Mark;
use crate::diagnosis::{
    detector::{Detector, found, words},
    scene::{Scene, Seen},
    themes::Theme,
    verdict::{Cause, Finding, Severity},
};
use crate::system::SignKind;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// A release that does not fit.
pub const DEPLOY: Detector = Detector {
    id: "deploy.failure",
    findings: &[
        (
            "deploy.linkage",
            words("类或方法缺失、冲突", "classes or methods are missing or in conflict"),
        ),
        (
            "deploy.start-failed",
            words("应用启动失败", "an application did not start"),
        ),
    ],
    causes: &[Cause::DeployFailure],
    explain: words(
        "查找在部署、补丁或启动之后新出现的链接错误（NoSuchMethodError、NoClassDefFoundError、UnsupportedClassVersionError …）与应用启动失败信息。\
         关键是变更之前有没有同样的错误。可能误判：可选组件多年来每次启动都有的链接告警；部署时磁盘已满或数据库不可用。",
        "Looks for linkage errors (NoSuchMethodError, NoClassDefFoundError, UnsupportedClassVersionError …) and failed application starts that are new after a deployment, patch or start. \
         What matters is whether the same error existed before the change. Wrong for an optional library that has warned at every start for years, and when the disk was full or the database away during the deployment.",
    ),
    run: |scene| {
        let mut findings = linkage(scene);
        findings.extend(start_failed(scene));
        findings
    },
};

/// A wrong setting.
pub const CONFIG: Detector = Detector {
    id: "config.error",
    findings: &[("config.error", words("配置错误", "a wrong setting"))],
    causes: &[Cause::ConfigError],
    explain: words(
        "查找 JNDI 名称找不到、口令错误或账号锁定、证书过期、端口被占用、虚拟机参数无效等信息，它们从某次启动或某个日期开始。\
         与上一次正常启动的参数对比即可确认。可能误判：多年重复的告警；重启后端口短时仍被占用（TCPC0003E 之后有 TCPC0001I）。",
        "Looks for names not found in JNDI, wrong passwords or locked accounts, expired certificates, ports in use, invalid VM options, starting at a start or a date. \
         Compare the settings with the last good start. Wrong for warnings repeated for years, and for a port that is still held for a minute after a restart (TCPC0003E followed by TCPC0001I).",
    ),
    run: config,
};

/// The moments at which something was changed or started.
fn changes(scene: &Scene) -> Vec<Timestamp> {
    let marks = scene
        .records
        .iter()
        .filter(|s| matches!(s.mark, Some(Mark::Deploy | Mark::Begin | Mark::Ready)))
        .filter_map(|s| s.at);
    let signs = scene
        .signs()
        .filter(|s| matches!(s.what, SignKind::Change { .. }))
        .filter_map(|s| scene.sign_time(s));
    marks.chain(signs).collect()
}

/// True when a change lies within the minutes before.
fn follows_change(scene: &Scene, changes: &[Timestamp], at: Timestamp) -> bool {
    let limit = scene.limits.change_minutes * 60.0;
    changes.iter().any(|c| {
        let since = at.duration_since(*c);
        since >= SignedDuration::ZERO && since.as_secs_f64() <= limit
    })
}

fn linkage(scene: &Scene) -> Vec<Finding> {
    let changes = changes(scene);
    let mut by_process: BTreeMap<Option<usize>, Vec<&Seen>> = BTreeMap::new();
    for seen in scene
        .about(&[Theme::Linkage])
        .filter(|s| s.is_trouble() && !s.themes.any(&[Theme::Oom, Theme::TooManyFiles, Theme::NoSpace]))
    {
        by_process.entry(seen.process).or_default().push(seen);
    }
    by_process
        .into_iter()
        .filter_map(|(process, seen)| linkage_of(scene, &changes, process, &seen))
        .collect()
}

fn linkage_of(scene: &Scene, changes: &[Timestamp], process: Option<usize>, seen: &[&Seen]) -> Option<Finding> {
    if scene.is_background(seen) {
        return None;
    }
    let first = seen.iter().filter_map(|s| s.at).min();
    let after_change = first.is_some_and(|at| follows_change(scene, changes, at));
    // New: a template of its own that did not occur before the last change.
    let change = first.and_then(|at| changes.iter().filter(|c| **c <= at).max());
    let errors_only = seen
        .iter()
        .filter(|s| s.record.root_exception.as_deref().is_some_and(is_linkage_error))
        .count();
    let repeated = seen.len() as f64 >= scene.limits.repeated;
    let strength = match (after_change, errors_only > 0, repeated) {
        (true, true, true) => 4,
        (true, true, false) | (false, true, true) => 3,
        _ => 2,
    };
    let what = seen
        .iter()
        .find_map(|s| s.record.root_message.clone())
        .or_else(|| seen.first().map(|s| s.record.message.clone()))
        .unwrap_or_default();
    let class = seen
        .iter()
        .find_map(|s| s.record.root_exception.clone())
        .unwrap_or_default();
    let simple = class.rsplit('.').next().unwrap_or(&class).to_owned();
    found("deploy.linkage", Cause::DeployFailure)
        .severity(if strength >= 3 {
            Severity::Critical
        } else {
            Severity::Low
        })
        .process(process)
        .time(first)
        .strength(strength)
        .coverage(scene.share_of_errors(&[Theme::Linkage, Theme::AppStartFailed]))
        .subject(
            seen.iter()
                .find_map(|s| missing_name(s))
                .or_else(|| Some(simple.clone())),
        )
        .title(
            format!("{simple} {} 次：{}", seen.len(), clip(&what)),
            format!("{} × {simple}: {}", seen.len(), clip(&what)),
        )
        .detail(
            if after_change {
                "错误在部署或启动之后才出现：新旧版本的类不匹配。"
            } else {
                "未见相应的变更记录。"
            },
            if after_change {
                "They appear only after the deployment or start: classes of different versions do not fit."
            } else {
                "No change was recorded."
            },
        )
        .fact("records", seen.len())
        .fact_opt("change", change.map(|c| c.to_string()))
        .cite(seen.iter().take(5).map(|s| s.cite()))
        .done()
}

fn is_linkage_error(class: &str) -> bool {
    let simple = class.rsplit('.').next().unwrap_or(class);
    simple.ends_with("Error") || simple == "ClassNotFoundException"
}

/// The class or method a linkage error names, without quotes and parameters.
fn missing_name(seen: &Seen) -> Option<String> {
    let message = seen.record.root_message.as_deref().filter(|m| !m.is_empty())?;
    let name = message.trim_matches(['\'', '"', ' ']).split('(').next()?;
    let name = name.split_whitespace().next_back()?;
    (name.contains('.') || name.contains('/')).then(|| name.replace('/', "."))
}

fn start_failed(scene: &Scene) -> Option<Finding> {
    let records: Vec<&Seen> = scene.about(&[Theme::AppStartFailed]).collect();
    let first = records.first()?;
    found("deploy.start-failed", Cause::DeployFailure)
        .severity(Severity::Critical)
        .process(first.process)
        .time(records.iter().filter_map(|s| s.at).min())
        .strength(3)
        .coverage(scene.share_of_errors(&[Theme::AppStartFailed, Theme::Linkage]).max(0.5))
        .subject(
            first
                .record
                .code
                .clone()
                .or_else(|| first.record.root_exception.clone()),
        )
        .title(
            format!("应用启动失败 {} 次", records.len()),
            format!("an application failed to start {} times", records.len()),
        )
        .detail(clip(&first.record.message), clip(&first.record.message))
        .fact("records", records.len())
        .cite(records.iter().take(5).map(|s| s.cite()))
        .done()
}

fn config(scene: &Scene) -> Vec<Finding> {
    let kinds: [(Theme, &str, &str, u8); 6] = [
        (
            Theme::UnknownHost,
            "主机名自启动起就无法解析",
            "a host name could not be resolved since the start",
            4,
        ),
        (
            Theme::Credential,
            "口令错误、账号锁定或过期",
            "wrong password, locked or expired account",
            4,
        ),
        (
            Theme::Certificate,
            "证书或 TLS 握手失败",
            "certificate or TLS handshake failed",
            3,
        ),
        (Theme::BadOption, "虚拟机参数无效", "invalid VM option", 4),
        (
            Theme::Lookup,
            "名称、库或表找不到",
            "a name, database or table was not found",
            3,
        ),
        (Theme::PortInUse, "端口被占用", "a port is in use", 3),
    ];
    let changes = changes(scene);
    kinds
        .iter()
        .filter_map(|(theme, zh, en, strength)| {
            let records: Vec<&Seen> = scene
                .about(std::slice::from_ref(theme))
                .filter(|s| s.is_trouble() && !is_client_port(s))
                .collect();
            let first = records.first()?;
            // What stops a start is said once: the process ends there, or goes on without the port.
            let said_once = matches!(theme, Theme::BadOption | Theme::PortInUse);
            let enough = records.len() as f64 >= scene.limits.repeated
                || said_once
                || records
                    .iter()
                    .any(|s| s.at.is_some_and(|at| follows_change(scene, &changes, at)));
            // A port that was taken and then opened was only held for a moment.
            let cleared = *theme == Theme::PortInUse
                && scene.records.iter().any(|s| {
                    s.record
                        .code
                        .as_deref()
                        .is_some_and(|c| matches!(c, "TCPC0001I" | "CWWKO0219I"))
                        && s.at > first.at
                });
            // A name that was resolved until now is the network's business.
            let not_ours = *theme == Theme::UnknownHost && !super::network::since_start(scene, &records);
            if !enough || cleared || not_ours || scene.is_background(&records) && !changes_close(&changes, &records) {
                return None;
            }
            found("config.error", Cause::ConfigError)
                .severity(Severity::High)
                .process(first.process)
                .time(records.iter().filter_map(|s| s.at).min())
                .strength(if records.len() >= 2 || said_once {
                    *strength
                } else {
                    strength.saturating_sub(1)
                })
                .coverage(scene.share_of_errors(std::slice::from_ref(theme)))
                .subject(
                    first
                        .record
                        .code
                        .clone()
                        .or_else(|| first.record.root_exception.clone()),
                )
                .title(
                    format!("{zh}：{} 条记录", records.len()),
                    format!("{en}: {} records", records.len()),
                )
                .detail(clip(&first.record.message), clip(&first.record.message))
                .fact("records", records.len())
                .cite(records.iter().take(5).map(|s| s.cite()))
                .done()
        })
        .collect()
}

/// A `BindException` of a connecting client: it ran out of local ports, no listener is in another's way.
fn is_client_port(seen: &Seen) -> bool {
    seen.themes.has(Theme::PortInUse)
        && ["in use: connect", "Cannot assign requested address"]
            .iter()
            .any(|words| {
                seen.record
                    .chain
                    .iter()
                    .chain([&seen.record.message])
                    .any(|t| t.contains(words))
            })
}

/// The first record lies within a minute of a start: from then on it is always there.
fn changes_close(changes: &[Timestamp], records: &[&Seen]) -> bool {
    let first = records.iter().filter_map(|s| s.at).min();
    first.is_some_and(|first| changes.iter().any(|c| first.duration_since(*c).as_secs().abs() <= 60))
}

fn clip(text: &str) -> String {
    text.lines().next().unwrap_or("").chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::{CONFIG, DEPLOY};
    use crate::diagnosis::testing::{Build, run_one};
    use crate::diagnosis::verdict::{Cause, Severity};

    const MISSING: &str =
        "10:01:00 E java.lang.NoSuchMethodError: 'java.lang.String a.b.Queue.format(java.lang.String, int)'";

    #[test]
    fn linkage_errors_after_a_deployment_are_a_failed_release() {
        let case = Build::new()
            .log("10:00:50 I Deploying web application directory [x]")
            .log(MISSING)
            .log(MISSING)
            .log(MISSING)
            .case();
        let findings = run_one(&DEPLOY, &case);
        assert_eq!((findings[0].cause, findings[0].strength), (Cause::DeployFailure, 4));
        assert_eq!(findings[0].subject.as_deref(), Some("a.b.Queue.format"));
    }

    #[test]
    fn one_optional_class_without_a_change_is_low() {
        let case = Build::new()
            .log("10:01:00 W java.lang.ClassNotFoundException: x.Optional")
            .case();
        assert_eq!(run_one(&DEPLOY, &case)[0].severity, Severity::Low);
    }

    #[test]
    fn a_missing_class_for_want_of_memory_is_a_victim() {
        let case = Build::new()
            .log("10:01:00 E java.lang.NoClassDefFoundError: a.B caused by java.lang.OutOfMemoryError: Metaspace")
            .case();
        assert!(run_one(&DEPLOY, &case).is_empty());
    }

    #[test]
    fn a_port_that_is_taken_is_said_once() {
        let case = Build::new()
            .log("10:00:00 E java.net.BindException: Address already in use: bind <null>:8080")
            .case();
        let findings = run_one(&CONFIG, &case);
        assert_eq!((findings[0].cause, findings[0].strength), (Cause::ConfigError, 3));
    }

    #[test]
    fn a_client_without_local_ports_is_no_setting() {
        let line = "10:00:00 E java.net.BindException: Address already in use: connect";
        let case = Build::new().log(line).log(line).log(line).case();
        assert!(run_one(&CONFIG, &case).is_empty());
    }

    #[test]
    fn a_refused_password_is_configuration() {
        let line = "10:01:00 E ORA-01017: invalid username/password; logon denied";
        let case = Build::new().log(line).log(line).log(line).case();
        assert_eq!(run_one(&CONFIG, &case)[0].cause, Cause::ConfigError);
    }
}
