//! The process was ended from outside: by the kernel for memory, by a person, a script or a watchdog.

use crate::case::marks::Mark;
use crate::diagnosis::{
    detector::{Detector, found, size, words},
    scene::{Scene, Seen},
    themes::Theme,
    verdict::{Cause, Finding, Role, Severity},
};
use crate::{
    logs::Level,
    system::{Sign, SignKind},
};
use jiff::{SignedDuration, Timestamp};

/// Ended by the kernel for memory.
pub const OOM_KILLER: Detector = Detector {
    id: "kill.oom-killer",
    findings: &[(
        "kill.oom-killer",
        words(
            "操作系统因内存不足终止了进程",
            "the system ended the process for memory",
        ),
    )],
    causes: &[Cause::OomKiller],
    explain: words(
        "查找内核（dmesg、errpt PGSP_KILL、容器事件）终止 JVM 的记录。此时没有 hs_err、没有 javacore，日志停在半行。内核那一行加上进程号即为证据。\
         可能误判：被终止的是别的进程；Java 内部的 OutOfMemoryError 是另一回事。",
        "Looks for the kernel's line (dmesg, errpt PGSP_KILL, container event) that ended the JVM. There is no hs_err, no javacore, and the log stops in mid-line. The line with the pid is proof. \
         Wrong when another process was killed; an OutOfMemoryError inside Java is something else.",
    ),
    run: oom_killer,
};

/// Ended by somebody.
pub const EXTERNAL: Detector = Detector {
    id: "kill.external",
    findings: &[
        (
            "kill.external",
            words("进程被人或脚本终止", "a person or script ended the process"),
        ),
        (
            "kill.stopped",
            words(
                "服务器被正常停止后没有再启动",
                "the server was stopped in an orderly way and did not come back",
            ),
        ),
        ("life.restart", words("计划内重启", "a planned restart")),
    ],
    causes: &[Cause::ExternalKill],
    explain: words(
        "查找终止命令（shell 历史、审计、kill 信号的发送者）或没有先兆的正常停机信息：停机前十分钟没有错误，之后没有再启动。\
         若停机前已有错误，是有人因故障而重启，真正的原因在错误里。计划维护与迅速恢复的重启不是故障。",
        "Looks for the command that ended it (shell history, audit, sender of a signal) or an orderly stop out of the blue: no errors in the ten minutes before, no start after. \
         Errors before the stop mean that somebody restarted because it hung; the cause is in the errors. Planned maintenance and a quick restart are no fault.",
    ),
    run: external,
};

fn oom_killer(scene: &Scene) -> Vec<Finding> {
    let pids: Vec<u64> = scene.case.processes.iter().filter_map(|p| p.pid).collect();
    scene
        .signs()
        .filter_map(|sign| match &sign.what {
            SignKind::OomKill { pid, name, rss } if pids.contains(pid) || name.contains("java") => {
                Some((sign, *pid, name, *rss))
            }
            _ => None,
        })
        .filter_map(|(sign, pid, name, rss)| killed_for_memory(scene, sign, pid, name, rss))
        .collect()
}

fn killed_for_memory(scene: &Scene, sign: &Sign, pid: u64, name: &str, rss: Option<u64>) -> Option<Finding> {
    let process = scene.case.processes.iter().position(|p| p.pid == Some(pid));
    let resident = rss.map(size).map_or_else(Default::default, |rss| {
        (format!("，常驻内存 {rss}"), format!("; resident {rss}"))
    });
    found("kill.oom-killer", Cause::OomKiller)
        .severity(Severity::Critical)
        .process(process)
        // Kernel lines often count seconds since boot only; the last line of the log is then the end.
        .time(scene.sign_time(sign).or_else(|| scene.last_sign_of_life(process)))
        .strength(5)
        .coverage(1.0)
        .subject(Some(name))
        .title(
            format!("内核因内存不足终止了进程 {pid}（{name}）{}", resident.0),
            format!("the kernel ended process {pid} ({name}) for memory{}", resident.1),
        )
        .detail(
            "主机或容器的内存不够，JVM 自己没有报错。",
            "The host or container was short of memory; the JVM itself reported nothing.",
        )
        .fact("pid", pid)
        .fact_opt("rss_bytes", rss)
        .cite([sign.citation.clone()])
        .done()
}

fn external(scene: &Scene) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let stops = stops(scene);
    for (sign, command, pid) in kill_signs(scene) {
        findings.extend(by_command(scene, sign, command, pid, &stops));
    }
    findings.extend(by_signal(scene));
    if findings.is_empty() {
        findings.extend(stops.iter().filter_map(|stop| by_stop(scene, stop)));
    }
    findings
}

/// An orderly stop: first and last stop message of one life.
struct Stop<'s, 'a> {
    process: Option<usize>,
    at: Timestamp,
    records: Vec<&'s Seen<'a>>,
    started_again: bool,
}

fn stops<'s, 'a>(scene: &'s Scene<'a>) -> Vec<Stop<'s, 'a>> {
    let mut stops: Vec<Stop<'s, 'a>> = Vec::new();
    for seen in scene.records.iter().filter(|s| s.mark == Some(Mark::Stop)) {
        let Some(at) = seen.at else { continue };
        match stops.iter_mut().rfind(|s| s.process == seen.process) {
            Some(stop) if at.duration_since(stop.at) <= SignedDuration::from_mins(5) => stop.records.push(seen),
            _ => stops.push(Stop {
                process: seen.process,
                at,
                records: vec![seen],
                started_again: false,
            }),
        }
    }
    for stop in &mut stops {
        let folder = stop
            .records
            .first()
            .and_then(|s| scene.case.artefact(s.artefact))
            .map(|a| a.path.clone());
        stop.started_again = scene.records.iter().any(|s| {
            let same_log = scene.case.artefact(s.artefact).map(|a| a.path.clone()) == folder;
            matches!(s.mark, Some(Mark::Begin | Mark::Ready))
                && s.at.is_some_and(|at| at > stop.at)
                && (s.process == stop.process || same_log)
        });
    }
    stops
}

fn kill_signs<'s>(scene: &'s Scene) -> Vec<(&'s Sign, &'s str, Option<u64>)> {
    scene
        .signs()
        .filter_map(|s| match &s.what {
            SignKind::Kill { command, pid } => Some((s, command.as_str(), *pid)),
            _ => None,
        })
        .collect()
}

fn by_command(scene: &Scene, sign: &Sign, command: &str, pid: Option<u64>, stops: &[Stop]) -> Option<Finding> {
    // `kill -3` asks for a thread dump and ends nothing.
    if command.contains("-3 ") || command.contains("-QUIT") || command.contains("-0 ") {
        return None;
    }
    let at = scene.sign_time(sign);
    let ours = pid.is_none_or(|pid| {
        scene.case.processes.iter().all(|p| p.pid.is_none()) || scene.case.processes.iter().any(|p| p.pid == Some(pid))
    });
    let stop = stops
        .iter()
        .find(|s| at.is_some_and(|at| s.at.duration_since(at).abs() <= SignedDuration::from_mins(3)));
    let planned = planned_change(scene, at.or_else(|| stop.map(|s| s.at)));
    if planned {
        return None;
    }
    let troubled = at.is_some_and(|at| troubled_before(scene, at));
    let strength = match (ours && pid.is_some(), stop.is_some()) {
        (true, _) => 5,
        (_, true) => 4,
        _ => 2,
    };
    found("kill.external", Cause::ExternalKill)
        .severity(Severity::Critical)
        .role(if troubled { Role::Victim } else { Role::Cause })
        .process(
            pid.and_then(|pid| scene.case.processes.iter().position(|p| p.pid == Some(pid)))
                .or_else(|| stop.and_then(|s| s.process)),
        )
        .time(at.or_else(|| stop.map(|s| s.at)))
        .strength(strength)
        .coverage(1.0)
        .subject(Some("kill"))
        .title(format!("有人执行了 {command}"), format!("somebody ran {command}"))
        .detail(
            if troubled {
                "此前已有错误：多半是因故障而重启，请先看那些错误。"
            } else {
                "此前没有错误。服务随即停止。"
            },
            if troubled {
                "There were errors before: probably a restart because of a fault; look at those first."
            } else {
                "No errors before. The service stopped at once."
            },
        )
        .fact("command", command)
        .fact_opt("pid", pid)
        .cite([sign.citation.clone()])
        .cite(
            stop.into_iter()
                .flat_map(|s| s.records.iter().take(3).map(|r| r.cite())),
        )
        .done()
}

/// A fatal signal that another process sent.
fn by_signal(scene: &Scene) -> Vec<Finding> {
    scene
        .case
        .crashes
        .iter()
        .filter(|c| c.sent_by.is_some() && c.artefact.is_none_or(|id| scene.case.is_current(id)))
        .filter_map(|c| {
            let sender = c.sent_by?;
            let signal = c.signal.clone().unwrap_or_default();
            found("kill.external", Cause::ExternalKill)
                .severity(Severity::Critical)
                .process(c.artefact.and_then(|id| scene.case.process_of(id)))
                .time(scene.instant(c.artefact, c.time))
                .strength(5)
                .coverage(1.0)
                .subject(Some("signal"))
                .title(
                    format!("进程 {sender} 发来 {signal}"),
                    format!("process {sender} sent {signal}"),
                )
                .detail(
                    "崩溃报告写明信号由另一进程发出。",
                    "The crash report says that another process sent the signal.",
                )
                .fact("sender_pid", sender)
                .cite(c.citation.clone())
                .done()
        })
        .collect()
}

/// A stop that nobody announced and after which nothing started.
fn by_stop(scene: &Scene, stop: &Stop) -> Option<Finding> {
    let planned = planned_change(scene, Some(stop.at));
    let troubled = troubled_before(scene, stop.at);
    let citations = stop.records.iter().take(4).map(|s| s.cite());
    if planned || stop.started_again || troubled {
        return found("life.restart", Cause::None)
            .severity(Severity::Info)
            .role(Role::Context)
            .process(stop.process)
            .time(Some(stop.at))
            .strength(1)
            .coverage(0.0)
            .title(
                if stop.started_again {
                    "服务器正常停止后重新启动"
                } else {
                    "服务器正常停止"
                },
                if stop.started_again {
                    "the server was stopped in an orderly way and started again"
                } else {
                    "the server was stopped in an orderly way"
                },
            )
            .detail(
                if planned {
                    "变更记录中有对应的维护窗口。"
                } else {
                    "停止是正常流程。"
                },
                if planned {
                    "A change record names the maintenance window."
                } else {
                    "The stop was orderly."
                },
            )
            .cite(citations)
            .done();
    }
    found("kill.stopped", Cause::ExternalKill)
        .severity(Severity::High)
        .process(stop.process)
        .time(Some(stop.at))
        .strength(3)
        .coverage(0.9)
        .subject(Some("orderly stop"))
        .title(
            "服务器在没有先兆的情况下被停止，之后没有再启动",
            "the server was stopped out of the blue and did not start again",
        )
        .detail(
            "停止前十分钟没有错误。请查谁、什么脚本发出了停止。",
            "No errors in the ten minutes before. Find out who or which script asked for the stop.",
        )
        .cite(citations)
        .done()
}

/// A change or maintenance window within an hour.
fn planned_change(scene: &Scene, at: Option<Timestamp>) -> bool {
    let near = |sign: &&Sign| match (scene.sign_time(sign), at) {
        (Some(change), Some(at)) => change.duration_since(at).abs() <= SignedDuration::from_hours(1),
        _ => true,
    };
    scene
        .signs()
        .filter(|s| matches!(&s.what, SignKind::Change { .. }))
        .any(|s| near(&s))
}

/// Errors in the ten minutes before; routine ones (as many in the hour before) do not count.
fn troubled_before(scene: &Scene, at: Timestamp) -> bool {
    let minutes = scene.limits.quiet_minutes_before_stop;
    let Some(from) = SignedDuration::try_from_secs_f64(minutes * 60.0)
        .ok()
        .and_then(|d| at.checked_sub(d).ok())
    else {
        return false;
    };
    let known = [
        Theme::Oom,
        Theme::PoolTimeout,
        Theme::HungThread,
        Theme::Refused,
        Theme::BackendGone,
        Theme::NoSpace,
        Theme::TooManyFiles,
        Theme::ConnectTimeout,
        Theme::ReadTimeout,
    ];
    let serious = |s: &&Seen| s.record.level >= Level::Error || s.themes.any(&known);
    // Messages of the stop itself are no trouble: leave out the last seconds.
    let until = at.checked_sub(SignedDuration::from_secs(2)).unwrap_or(at);
    let within = scene
        .records
        .iter()
        .filter(serious)
        .filter(|s| s.at.is_some_and(|t| t >= from && t < until))
        .count();
    within as f64 >= scene.limits.repeated
}

#[cfg(test)]
mod tests {
    use super::{EXTERNAL, OOM_KILLER};
    use crate::diagnosis::testing::{Build, run_one};
    use crate::diagnosis::verdict::{Cause, Role, Severity};
    use crate::system::SignKind;

    fn kill() -> SignKind {
        SignKind::Kill {
            command: "kill 4711".into(),
            pid: Some(4711),
        }
    }

    #[test]
    fn the_kernels_line_is_proof() {
        let case = Build::new()
            .pid(4711)
            .sign(
                "10:00:00",
                SignKind::OomKill {
                    pid: 4711,
                    name: "java".into(),
                    rss: None,
                },
            )
            .case();
        assert_eq!(run_one(&OOM_KILLER, &case)[0].strength, 5);
        let other = Build::new().pid(4711).sign(
            "10:00:00",
            SignKind::OomKill {
                pid: 99,
                name: "postgres".into(),
                rss: None,
            },
        );
        assert!(run_one(&OOM_KILLER, &other.case()).is_empty());
        // Nothing is known of our process: a killed `perl` is not it.
        let stranger = Build::new().sign(
            "10:00:00",
            SignKind::OomKill {
                pid: 99,
                name: "perl".into(),
                rss: None,
            },
        );
        assert!(run_one(&OOM_KILLER, &stranger.case()).is_empty());
    }

    #[test]
    fn a_kill_in_the_shell_history_is_named() {
        let case = Build::new()
            .pid(4711)
            .sign("10:00:00", kill())
            .log("10:00:01 I Stopping service [Catalina]")
            .case();
        let findings = run_one(&EXTERNAL, &case);
        assert_eq!(
            (findings[0].cause, findings[0].role),
            (Cause::ExternalKill, Role::Cause)
        );
    }

    #[test]
    fn a_kill_after_errors_is_a_victim() {
        let mut build = Build::new().pid(4711).sign("10:05:00", kill());
        for _ in 0..5 {
            build = build.log("10:01:00 E java.lang.OutOfMemoryError: Java heap space");
        }
        assert_eq!(run_one(&EXTERNAL, &build.case())[0].role, Role::Victim);
    }

    #[test]
    fn a_planned_restart_is_quiet() {
        let case = Build::new()
            .sign(
                "10:00:00",
                SignKind::Change {
                    what: "maintenance window".into(),
                },
            )
            .log("10:00:01 I Stopping service [Catalina]")
            .log("10:00:09 I Server startup in [5161] milliseconds")
            .case();
        assert!(run_one(&EXTERNAL, &case).iter().all(|f| f.severity == Severity::Info));
    }
}
