//! Was it the network? Was it the host? Yes, no, or what is missing to know (OPERATIONS.md, rule 3).

use super::{
    scene::Scene,
    themes::Theme,
    verdict::{Answer, Cause, Confidence, Hypothesis},
};
use crate::{system::SignKind, words::Text};
use goldenhour_parsers::Kind;

/// Was it the network?
pub fn network(scene: &Scene, hypotheses: &[Hypothesis]) -> Answer {
    let standing = hypotheses.iter().find(|h| h.cause == Cause::NetworkFailure);
    if let Some(h) = standing
        && (h.confidence >= Confidence::Medium || hypotheses.first().is_some_and(|f| f.cause == Cause::NetworkFailure))
    {
        return Answer {
            answer: Some(true),
            why: vec![Text::new(
                "系统记录或多个目标同时失败，指向网络。请联系网络部门，不要重启 Java。",
                "The system's records or several targets failing together point to the network. Call the network department; do not restart Java.",
            )],
        };
    }
    let failures = scene
        .about(&[
            Theme::ConnectTimeout,
            Theme::NoRoute,
            Theme::UnknownHost,
            Theme::Refused,
        ])
        .filter(|s| s.is_trouble())
        .count();
    let listings = has_kind(scene, Kind::System)
        && scene.has_sign(|w| {
            matches!(
                w,
                SignKind::Connections { .. }
                    | SignKind::Listening { .. }
                    | SignKind::InterfaceErrors { .. }
                    | SignKind::LinkUp { .. }
                    | SignKind::LinkDown { .. }
            )
        });
    let link_down = scene.has_sign(|w| matches!(w, SignKind::LinkDown { .. }));
    let determined = hypotheses.first().is_some_and(|h| h.confidence >= Confidence::Medium);
    if failures == 0 && !link_down && (listings || determined && has_kind(scene, Kind::Log)) {
        let mut why = vec![Text::new(
            "没有连接超时、不可达或无法解析的记录。",
            "No record of a connect timeout, an unreachable or an unresolvable host.",
        )];
        if listings {
            why.push(Text::new(
                "网络列表中没有异常。",
                "The network listings show nothing unusual.",
            ));
        }
        return Answer {
            answer: Some(false),
            why,
        };
    }
    if failures > 0
        && hypotheses
            .first()
            .is_some_and(|h| h.cause == Cause::DownstreamDown && h.confidence >= Confidence::Medium)
    {
        return Answer {
            answer: Some(false),
            why: vec![Text::new(
                "目标主机拒绝连接：网络可达，是服务没有应答。",
                "The target refused: the network delivers, the service does not answer.",
            )],
        };
    }
    Answer {
        answer: None,
        why: vec![Text::new(
            "缺少 netstat、errpt（或 dmesg）与端口测试，无法判断网络。",
            "netstat, errpt (or dmesg) and a port test are missing; the network cannot be judged.",
        )],
    }
}

/// Was it the host?
pub fn host(scene: &Scene, hypotheses: &[Hypothesis]) -> Answer {
    use Cause::{DiskFull, HostOverload, OomKiller};
    let first = hypotheses.first();
    let of_host = |c: Cause| matches!(c, HostOverload | DiskFull | OomKiller);
    if let Some(h) = first.filter(|h| of_host(h.cause)).or_else(|| {
        hypotheses
            .iter()
            .find(|h| of_host(h.cause) && h.confidence == Confidence::High)
    }) {
        return Answer {
            answer: Some(true),
            why: vec![Text::new(
                format!("主机侧：{}。", h.cause.name().zh),
                format!("On the host's side: {}.", h.cause.name().en),
            )],
        };
    }
    let looked = scene.has_sign(|w| {
        matches!(
            w,
            SignKind::Cpu { .. }
                | SignKind::Memory { .. }
                | SignKind::Paging { .. }
                | SignKind::PagingSpace { .. }
                | SignKind::FileSystem { .. }
        )
    });
    if looked {
        return Answer {
            answer: Some(false),
            why: vec![Text::new(
                "处理器、内存、换页与文件系统的列表中没有异常。",
                "The listings of processors, memory, paging and file systems show nothing unusual.",
            )],
        };
    }
    Answer {
        answer: None,
        why: vec![Text::new(
            "缺少 vmstat、df、svmon（或 free）等主机列表。",
            "vmstat, df, svmon (or free) of the host are missing.",
        )],
    }
}

fn has_kind(scene: &Scene, kind: Kind) -> bool {
    scene.case.artefacts.iter().any(|a| a.kind == kind && !a.stale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::Build;
    use crate::site::Site;

    #[test]
    fn without_listings_the_answers_are_unknown() {
        let case = Build::new().case();
        let site = Site::default();
        let scene = Scene::new(&case, &site);
        assert_eq!(network(&scene, &[]).answer, None);
        assert_eq!(host(&scene, &[]).answer, None);
    }

    #[test]
    fn a_quiet_host_is_a_no() {
        let case = Build::new()
            .sign(
                "10:00:00",
                SignKind::Cpu {
                    busy: 0.2,
                    run_queue: 1.0,
                    io_wait: 0.0,
                },
            )
            .case();
        let site = Site::default();
        assert_eq!(host(&Scene::new(&case, &site), &[]).answer, Some(false));
    }
}
