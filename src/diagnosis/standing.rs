//! How large the incident is, how urgent, and when each promise is due (OPERATIONS.md).

use super::{
    scene::Scene,
    verdict::{Cause, Finding, Priority, Role, Scale, Severity, Status},
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Small or large crash: several servers, or most users of one.
pub fn scale(scene: &Scene, findings: &[Finding], status: Status) -> Scale {
    if status == Status::None {
        return Scale::Unknown;
    }
    let servers: BTreeSet<&str> = scene
        .case
        .processes
        .iter()
        .filter_map(|p| p.name.as_deref().or(p.host.as_deref()))
        .collect();
    let hit: BTreeSet<Option<usize>> = findings
        .iter()
        .filter(|f| f.severity >= Severity::High)
        .filter_map(|f| f.process.map(Some))
        .collect();
    let several = servers.len() >= 2 && hit.len() >= 2;
    let shared = findings
        .iter()
        .any(|f| f.role == Role::Cause && matches!(f.cause, Cause::NetworkFailure | Cause::HostOverload));
    if several {
        Scale::Large
    } else if scene.case.processes.is_empty() {
        Scale::Unknown
    } else if shared && servers.len() >= 2 {
        Scale::Large
    } else {
        Scale::Small
    }
}

/// Critical when core business stands still, serious when it is slow or hit, else general.
pub fn priority(scene: &Scene, findings: &[Finding], scale: Scale, status: Status, first: Option<Cause>) -> Priority {
    if status == Status::None {
        return Priority::General;
    }
    let worst = findings
        .iter()
        .filter(|f| f.role != Role::Context)
        .map(|f| f.severity)
        .max()
        .unwrap_or(Severity::Info);
    let stopped = first.is_some_and(stops_business);
    let core = scene.site.modules.values().any(|m| m.core && names_module(scene, m));
    match (scale, worst) {
        (Scale::Large, Severity::High | Severity::Critical) => Priority::Critical,
        (_, Severity::Critical) if stopped || core => Priority::Critical,
        (_, Severity::High | Severity::Critical) => Priority::Serious,
        _ => Priority::General,
    }
}

/// Causes after which the server serves nobody.
fn stops_business(cause: Cause) -> bool {
    use Cause::*;
    matches!(
        cause,
        HeapLeak
            | HeapLargeRequest
            | HeapUndersized
            | Deadlock
            | JvmCrashNative
            | JvmCrashJit
            | OomKiller
            | ExternalKill
            | ThreadExhaustion
            | MetaspaceExhausted
            | ClassloaderLeak
            | NativeMemoryExhausted
            | NetworkFailure
            | DownstreamDown
            | DiskFull
            | FdExhaustion
            | ConnectionLeak
    )
}

fn names_module(scene: &Scene, module: &crate::site::Module) -> bool {
    scene.records.iter().filter(|s| s.is_trouble()).any(|s| {
        let frame = s.record.own_frame.as_deref().unwrap_or("");
        module.packages.iter().any(|p| frame.starts_with(p.as_str()))
            || module.paths.iter().any(|p| s.record.first_line.contains(p.as_str()))
    })
}

/// Response, workaround and resolution times from the onset.
pub fn due(priority: Priority, onset: Option<Timestamp>) -> Option<(Timestamp, Timestamp, Timestamp)> {
    let onset = onset?;
    let minutes = |m: i64| onset.checked_add(SignedDuration::from_mins(m)).ok();
    let (response, workaround, resolution) = match priority {
        Priority::Critical => (30, 60, 12 * 60),
        Priority::Serious => (5, 2 * 60, 24 * 60),
        Priority::General => (10, 4 * 60, 48 * 60),
    };
    Some((minutes(response)?, minutes(workaround)?, minutes(resolution)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_follows_the_contract() {
        let onset: Timestamp = "2026-11-20T02:00:00Z".parse().unwrap();
        let (response, workaround, resolution) = due(Priority::Critical, Some(onset)).unwrap();
        assert_eq!(response.duration_since(onset).as_mins(), 30);
        assert_eq!(workaround.duration_since(onset).as_mins(), 60);
        assert_eq!(resolution.duration_since(onset).as_hours(), 12);
        assert!(due(Priority::General, None).is_none());
    }
}
