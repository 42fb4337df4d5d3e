//! Processor, memory or disks of the host are saturated.

use crate::diagnosis::{
    detector::{Detector, found, percent, rounded, words},
    scene::{Scene, Seen},
    themes::Theme,
    verdict::{Cause, Finding, Severity},
};
use crate::{
    evidence::Citation,
    system::{Sign, SignKind},
};

/// The detector.
pub const DETECTOR: Detector = Detector {
    id: "host.overload",
    findings: &[
        ("host.overload", words("主机过载", "the host is overloaded")),
        (
            "host.starved",
            words("线程得不到处理器", "threads did not get the processor"),
        ),
    ],
    causes: &[Cause::HostOverload],
    explain: words(
        "查找主机换页、处理器饱和、调度延迟（HMGR0152W、时钟跳跃）、回收停顿的墙钟时间远大于 CPU 时间。占用者若是本 JVM，则看其内部；若是备份、批处理或别的进程，则是主机过载。\
         可能误判：备份时段的正常负载；虚拟机快照。",
        "Looks for paging, saturated processors, scheduling delays (HMGR0152W, clock leaps), collection pauses far longer than their CPU time. If our own JVM is the user, look inside it; if it is a backup, a batch or another process, the host is overloaded. \
         Wrong for a normal backup window and for VM snapshots.",
    ),
    run,
};

fn run(scene: &Scene) -> Vec<Finding> {
    let mut reasons: Vec<(String, String, Citation)> = Vec::new();
    for sign in scene.signs() {
        if let Some((zh, en)) = saturated(scene, sign) {
            reasons.push((zh, en, sign.citation.clone()));
        }
    }
    let starved: Vec<&Seen> = scene
        .about(&[Theme::CpuStarved])
        .filter(|s| s.record.carried_s.is_none_or(|d| d >= scene.limits.starvation_s))
        .collect();
    if reasons.is_empty() && starved.is_empty() {
        return Vec::new();
    }
    let other = other_consumer(scene);
    let paging = reasons.iter().any(|r| r.1.contains("paging"));
    let strength = match (reasons.len(), starved.len()) {
        (0, _) => 3,
        (1, 0) if other.is_none() => 2,
        (1.., 1..) => 4,
        (2.., 0) => 3,
        _ => 3,
    };
    let began = starved.iter().filter_map(|s| s.began).min();
    let zh = reasons
        .iter()
        .map(|r| r.0.as_str())
        .take(4)
        .collect::<Vec<_>>()
        .join("；");
    let en = reasons
        .iter()
        .map(|r| r.1.as_str())
        .take(4)
        .collect::<Vec<_>>()
        .join("; ");
    let who = other.as_ref().map(|o| o.1.clone());
    let count = reasons.len();
    found(
        if reasons.is_empty() {
            "host.starved"
        } else {
            "host.overload"
        },
        Cause::HostOverload,
    )
    .severity(if strength >= 4 || paging {
        Severity::Critical
    } else if strength == 3 {
        Severity::High
    } else {
        Severity::Medium
    })
    .time(began.or_else(|| first_slow_request(scene)).or_else(|| {
        scene
            .signs()
            .filter(|s| saturated(scene, s).is_some())
            .filter_map(|s| scene.sign_time(s).or_else(|| scene.listing_time(s)))
            .min()
    }))
    .strength(strength)
    // Two listings that agree are more than a glance at one.
    .coverage(match (strength, count) {
        (4.., _) => 0.8,
        (_, 2..) => 0.7,
        _ => 0.5,
    })
    .subject(who.clone())
    .title(
        format!(
            "主机过载：{}",
            if zh.is_empty() {
                "线程得不到处理器".to_owned()
            } else {
                zh
            }
        ),
        format!(
            "the host is overloaded: {}",
            if en.is_empty() {
                "threads did not get the processor".to_owned()
            } else {
                en
            }
        ),
    )
    .detail(
        who.as_deref()
            .map(|w| format!("占用最多的别的进程：{w}。"))
            .unwrap_or_else(|| "占用者未知。".to_owned()),
        who.as_deref()
            .map(|w| format!("Largest other consumer: {w}."))
            .unwrap_or_else(|| "The consumer is unknown.".to_owned()),
    )
    .fact("starvation_messages", starved.len())
    .fact_opt(
        "longest_delay_s",
        starved
            .iter()
            .filter_map(|s| s.record.carried_s)
            .reduce(f64::max)
            .map(rounded),
    )
    .cite(reasons.into_iter().map(|r| r.2))
    .cite(starved.iter().take(3).map(|s| s.cite()))
    .cite(other.map(|o| o.0.citation.clone()))
    .done()
    .into_iter()
    .collect()
}

fn first_slow_request(scene: &Scene) -> Option<jiff::Timestamp> {
    scene
        .access_logs()
        .filter_map(|(id, access)| scene.instant(Some(id), access.degraded_from))
        .min()
}

/// What makes a sign one of saturation.
fn saturated(scene: &Scene, sign: &Sign) -> Option<(String, String)> {
    let limits = &scene.limits;
    match &sign.what {
        SignKind::Paging { pages_per_s } if *pages_per_s >= limits.paging_pages_per_s => Some((
            format!("换页每秒 {pages_per_s:.0} 页"),
            format!("paging {pages_per_s:.0} pages a second"),
        )),
        SignKind::PagingSpace { used } if *used >= limits.paging_space_share => Some((
            format!("换页空间已用 {}", percent(*used)),
            format!("paging space {} used", percent(*used)),
        )),
        SignKind::Cpu {
            busy,
            run_queue,
            io_wait,
        } if *busy >= limits.cpu_busy_share => Some((
            format!(
                "处理器占用 {}，运行队列 {run_queue:.0}，等待磁盘 {}",
                percent(*busy),
                percent(*io_wait)
            ),
            format!(
                "processors {} busy, run queue {run_queue:.0}, waiting for disks {}",
                percent(*busy),
                percent(*io_wait)
            ),
        )),
        SignKind::Cpu { io_wait, .. } if *io_wait >= 0.4 => Some((
            format!("等待磁盘 {}", percent(*io_wait)),
            format!("waiting for disks {}", percent(*io_wait)),
        )),
        _ => None,
    }
}

/// A process that is not ours and uses most.
fn other_consumer<'a>(scene: &Scene<'a>) -> Option<(&'a Sign, String)> {
    let ours: Vec<u64> = scene.case.processes.iter().filter_map(|p| p.pid).collect();
    scene
        .signs()
        .filter_map(|s| match &s.what {
            SignKind::Process {
                pid, command, cpu, rss, ..
            } if !ours.contains(pid) && !command.contains("java") => {
                let busy = cpu.unwrap_or(0.0);
                (busy >= 0.5 || rss.is_some_and(|r| r >= 1 << 30)).then(|| (s, command.clone(), busy, rss.unwrap_or(0)))
            }
            _ => None,
        })
        .max_by(|a, b| a.2.total_cmp(&b.2).then(a.3.cmp(&b.3)))
        .map(|(s, command, ..)| (s, command))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{Build, run_one};
    use crate::diagnosis::verdict::Cause;
    use crate::system::SignKind;

    #[test]
    fn paging_and_starvation_agree() {
        let case = Build::new()
            .log("10:00:25 W HMGR0152W: CPU Starvation detected. Current thread scheduling delay is 25 seconds.")
            .sign("10:01:00", SignKind::Paging { pages_per_s: 4000.0 })
            .case();
        let findings = run_one(&super::DETECTOR, &case);
        assert_eq!((findings[0].cause, findings[0].strength), (Cause::HostOverload, 4));
    }

    #[test]
    fn a_quiet_host_is_nothing() {
        let case = Build::new()
            .sign(
                "10:01:00",
                SignKind::Cpu {
                    busy: 0.3,
                    run_queue: 1.0,
                    io_wait: 0.01,
                },
            )
            .sign("10:01:00", SignKind::PagingSpace { used: 0.05 })
            .case();
        assert!(run_one(&super::DETECTOR, &case).is_empty());
    }
}
