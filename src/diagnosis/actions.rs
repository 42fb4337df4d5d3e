//! What a verdict calls for, out of the catalogue of actions (HEURISTICS.md §3).
//!
//! Nobody acts on their own: every action names its risk, its way back and who approves it. Preserving comes first and
//! does not count; at most three follow for now.

use super::{
    catalogue::{CATALOGUE, Template},
    modules,
    platform::{Os, Platform, Vm},
    scene::Scene,
    verdict::{Action, Cause, Finding, Role, Scale, Stage, Status},
};
use crate::words::Text;
use jiff::Timestamp;

/// What a cause calls for: ids now (at most three), within the hour, within twelve hours.
struct Plan {
    now: &'static [&'static str],
    hour: &'static [&'static str],
    later: &'static [&'static str],
}

const fn plan(now: &'static [&'static str], hour: &'static [&'static str], later: &'static [&'static str]) -> Plan {
    Plan { now, hour, later }
}

fn plan_of(cause: Cause) -> Plan {
    use Cause::*;
    match cause {
        HeapLeak => plan(&["A3"], &["A8"], &["A16"]),
        HeapLargeRequest => plan(&["A6", "A3"], &["A8"], &["A16"]),
        HeapUndersized => plan(&["A5", "A3"], &["A8", "A7"], &[]),
        ClassloaderLeak => plan(&["A3"], &["A8"], &["A16"]),
        MetaspaceExhausted => plan(&["A3", "A6"], &["A8"], &["A16"]),
        DirectMemoryExhausted => plan(&["A6", "A3"], &["A8"], &["A16"]),
        NativeMemoryExhausted => plan(&["A3"], &["A12", "A8"], &["A16"]),
        ThreadExhaustion => plan(&["A2", "A3"], &["A12"], &["A16"]),
        FinalizerBacklog => plan(&["A2", "A3"], &[], &["A16"]),
        Deadlock => plan(&["A2", "A3", "A6"], &[], &["A16"]),
        LockContention => plan(&["A2", "A6", "A3"], &[], &["A16"]),
        ConnectionLeak => plan(&["A2", "A3"], &["A9"], &["A16"]),
        PoolExhaustion => plan(&["A5"], &["A9", "A7"], &[]),
        DownstreamSlow => plan(&["A10", "A6", "A5"], &["A9"], &["A16"]),
        DownstreamDown => plan(&["A15", "A6"], &["A3"], &[]),
        InfiniteLoop => plan(&["A2", "A6", "A3"], &[], &["A16"]),
        StackOverflow => plan(&["A6"], &["A13"], &["A17"]),
        JvmCrashNative => plan(&["A3"], &["A14"], &["A16"]),
        JvmCrashJit => plan(&["A3"], &["A14"], &["A16"]),
        OomKiller => plan(&["A6", "A3"], &["A12", "A8"], &[]),
        DiskFull => plan(&["A11", "A3"], &["A9"], &[]),
        FdExhaustion => plan(&["A2", "A3"], &["A12"], &["A16"]),
        NetworkFailure => plan(&["A15", "A5"], &["A7"], &[]),
        HostOverload => plan(&["A6", "A7"], &["A5"], &[]),
        DeployFailure => plan(&["A6", "A13"], &[], &["A16"]),
        ConfigError => plan(&["A13"], &["A3"], &[]),
        DataError => plan(&["A6"], &[], &["A17"]),
        ExternalKill => plan(&["A3"], &[], &[]),
        GcMisconfigured => plan(&["A7"], &["A8"], &[]),
        None => plan(&[], &[], &[]),
    }
}

/// Everything the actions depend on.
pub struct Situation<'s, 'a> {
    /// The case.
    pub scene: &'s Scene<'a>,
    /// The findings.
    pub findings: &'s [Finding],
    /// The verdict's status.
    pub status: Status,
    /// Its cause.
    pub cause: Option<Cause>,
    /// The scale.
    pub scale: Scale,
    /// Response, workaround, resolution.
    pub due: Option<(Timestamp, Timestamp, Timestamp)>,
}

/// The actions of a verdict by stage.
pub fn plan_for(situation: &Situation) -> Vec<Action> {
    if situation.status == Status::None {
        return Vec::new();
    }
    let platform = Platform::of(situation.scene);
    let mut actions = vec![make(situation, &platform, "A1", Stage::Preserve)];
    if let Some(cause) = situation.cause {
        let plan = plan_of(cause);
        for id in now(&plan, situation) {
            // Three dumps only help while the process still runs.
            let stage = if id == "A2" { Stage::Preserve } else { Stage::Now };
            actions.push(make(situation, &platform, id, stage));
        }
        actions.extend(plan.hour.iter().map(|id| make(situation, &platform, id, Stage::Hour)));
        actions.extend(
            plan.later
                .iter()
                .map(|id| make(situation, &platform, id, Stage::HalfDay)),
        );
        actions.push(permanent(situation, cause));
    } else {
        actions.push(make(situation, &platform, "A2", Stage::Preserve));
        let first = if situation.scale == Scale::Large { "A5" } else { "A3" };
        actions.push(make(situation, &platform, first, Stage::Now));
    }
    actions.sort_by_key(|a| a.stage);
    actions
}

/// At most three for now. Large scale pauses the business first, small scale restarts first; a network fault never restarts Java.
fn now(plan: &Plan, situation: &Situation) -> Vec<&'static str> {
    let mut ids: Vec<&'static str> = plan.now.to_vec();
    if situation.scale == Scale::Large {
        let several = situation
            .scene
            .case
            .processes
            .iter()
            .filter(|p| p.ended.is_none())
            .count()
            >= 2;
        for id in ids.iter_mut().filter(|_| several) {
            if *id == "A3" {
                *id = "A4";
            }
        }
        if !ids.contains(&"A5") {
            ids.insert(0, "A5");
        }
    }
    // A dead process gives no thread dumps.
    if situation.scene.case.processes.iter().all(|p| p.ended.is_some()) && !situation.scene.case.processes.is_empty() {
        ids.retain(|id| *id != "A2");
    }
    let mut counted = 0;
    ids.retain(|id| {
        if *id == "A2" {
            return true;
        }
        counted += 1;
        counted <= 3
    });
    ids
}

fn make(situation: &Situation, platform: &Platform, id: &'static str, stage: Stage) -> Action {
    let template = CATALOGUE.iter().find(|t| t.id == id).unwrap_or(&CATALOGUE[0]);
    let due = situation.due.map(|(response, workaround, resolution)| match stage {
        Stage::Preserve => response,
        Stage::Now | Stage::Hour => workaround,
        Stage::HalfDay | Stage::Permanent => resolution,
    });
    Action {
        id: template.id,
        stage,
        title: titled(template, situation),
        command: command(id, platform, situation),
        expected: template.expected.text(),
        risk: template.risk.text(),
        rollback: template.rollback.text(),
        approval: template.approval.text(),
        due,
        verify: template.verify.text(),
        because: because(situation),
    }
}

/// The title with the place it is about: host, server, thread, target.
fn titled(template: &Template, situation: &Situation) -> Text {
    let finding = leading(situation);
    let subject = finding.and_then(|f| f.subject.clone());
    let process = finding
        .and_then(|f| f.process)
        .and_then(|p| situation.scene.case.processes.get(p));
    let server = process.and_then(|p| p.name.clone().or_else(|| p.host.clone()));
    let place = match template.id {
        "A3" | "A2" | "A8" => server,
        // The site file's name of the module tells the ward more than a class name.
        "A6" => finding
            .and_then(|f| modules::of_finding(situation.scene.site, f))
            .map(str::to_owned)
            .or_else(|| finding.and_then(code_of))
            // The class of a lock is no module that anybody could stop.
            .or(subject.filter(|_| situation.cause != Some(Cause::LockContention))),
        "A10" | "A13" | "A14" | "A15" | "A9" | "A11" => subject,
        _ => Option::None,
    };
    match place {
        Some(place) => Text::new(
            format!("{}（{place}）", template.title.zh),
            format!("{} ({place})", template.title.en),
        ),
        Option::None => template.title.text(),
    }
}

/// The method of our own code that a finding names.
fn code_of(finding: &Finding) -> Option<String> {
    let frame = finding.facts.get("frame")?.as_str()?;
    let method = frame.split('(').next().unwrap_or(frame);
    (!method.is_empty()).then(|| method.to_owned())
}

fn leading<'s>(situation: &Situation<'s, '_>) -> Option<&'s Finding> {
    let cause = situation.cause?;
    situation
        .findings
        .iter()
        .filter(|f| f.cause == cause && f.role == Role::Cause)
        .max_by_key(|f| f.strength)
}

fn because(situation: &Situation) -> Vec<String> {
    match situation.cause {
        Some(cause) => situation
            .findings
            .iter()
            .filter(|f| f.cause == cause && f.role == Role::Cause)
            .map(Finding::reference)
            .take(4)
            .collect(),
        Option::None => situation
            .findings
            .iter()
            .filter(|f| f.role != Role::Context)
            .map(Finding::reference)
            .take(4)
            .collect(),
    }
}

fn command(id: &str, platform: &Platform, situation: &Situation) -> Option<String> {
    match id {
        "A1" => Some(format!("{}\n{}", platform.host_state(), platform.pack())),
        "A2" => Some(platform.thread_dumps()),
        "A10" => Some("-- Oracle: select sid, serial#, blocking_session, event, seconds_in_wait, sql_id from v$session where blocking_session is not null;\n-- PostgreSQL: select pid, pg_blocking_pids(pid), state, wait_event, query from pg_stat_activity where wait_event_type = 'Lock';".to_owned()),
        "A11" => Some(match platform.os {
            Os::Aix => "df -g; du -sk * | sort -rn | head -20".to_owned(),
            Os::Linux => "df -h; df -i; du -xk --max-depth=2 . | sort -rn | head -20".to_owned(),
            Os::Windows => "wmic logicaldisk get caption,freespace,size".to_owned(),
        }),
        "A12" => Some(match platform.os {
            Os::Aix => "ulimit -a; lsuser -a nproc nofiles <USER>".to_owned(),
            Os::Linux => format!("cat /proc/{}/limits; ulimit -a", platform.pid_word()),
            Os::Windows => return Option::None,
        }),
        "A14" => {
            let finding = leading(situation)?;
            let method = finding.facts.get("method")?.as_str()?;
            Some(match platform.vm {
                Vm::J9 => format!("-Xjit:exclude={{{method}}}"),
                Vm::HotSpot => format!("-XX:CompileCommand=exclude,{method}"),
            })
        }
        "A15" => {
            let target = leading(situation).and_then(|f| f.subject.clone()).unwrap_or_else(|| "<HOST>:<PORT>".to_owned());
            let (host, port) = target.split_once(':').unwrap_or((target.as_str(), "<PORT>"));
            Some(match platform.os {
                Os::Aix => format!("ping -c 3 {host}; telnet {host} {port}; errpt | head -30; netstat -in; netstat -an | grep {port}"),
                Os::Linux => format!("ping -c 3 {host}; nc -vz {host} {port}; dmesg -T | tail -50; ip -s link; ss -an | grep {port}"),
                Os::Windows => format!("ping {host} & powershell Test-NetConnection {host} -Port {port}"),
            })
        }
        _ => Option::None,
    }
}

fn permanent(situation: &Situation, cause: Cause) -> Action {
    let platform = Platform::of(situation.scene);
    let mut action = make(situation, &platform, "P1", Stage::Permanent);
    action.title = cause.entry().fix.text();
    action
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::Build;
    use crate::site::Site;

    fn actions(cause: Option<Cause>, scale: Scale) -> Vec<Action> {
        let case = Build::new().log("10:00:00 E x").case();
        let site = Site::default();
        let scene = Scene::new(&case, &site);
        plan_for(&Situation {
            scene: &scene,
            findings: &[],
            status: Status::Determined,
            cause,
            scale,
            due: Option::None,
        })
    }

    #[test]
    fn every_cause_keeps_to_three_for_now_and_preserves_first() {
        for entry in super::super::causes::ALL.iter().filter(|e| e.cause != Cause::None) {
            for scale in [Scale::Small, Scale::Large] {
                let actions = actions(Some(entry.cause), scale);
                assert_eq!(actions[0].stage, Stage::Preserve);
                assert!(
                    actions.iter().filter(|a| a.stage == Stage::Now).count() <= 3,
                    "{}",
                    entry.id
                );
                assert!(actions.iter().any(|a| a.stage == Stage::Permanent));
            }
        }
    }

    #[test]
    fn a_network_fault_calls_the_network_department_and_restarts_nothing() {
        let actions = actions(Some(Cause::NetworkFailure), Scale::Small);
        assert!(actions.iter().any(|a| a.id == "A15" && a.stage == Stage::Now));
        assert!(actions.iter().all(|a| a.id != "A3" && a.id != "A4"));
    }

    #[test]
    fn a_large_crash_pauses_the_business_first() {
        let actions = actions(Some(Cause::HeapLeak), Scale::Large);
        let now: Vec<_> = actions.iter().filter(|a| a.stage == Stage::Now).map(|a| a.id).collect();
        assert_eq!(now, ["A5", "A3"]);
    }
}
