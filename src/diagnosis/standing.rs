//! How large the incident is, how urgent, and when each promise is due (OPERATIONS.md).

use super::{
    modules,
    scene::Scene,
    verdict::{Cause, Finding, Priority, Role, Scale, Severity, Status},
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Small or large crash: several servers or most users against one module or request.
pub fn scale(scene: &Scene, findings: &[Finding], status: Status, cause: Option<Cause>) -> Scale {
    if status == Status::None || scene.case.processes.is_empty() {
        return Scale::Unknown;
    }
    let hit: BTreeSet<usize> = findings
        .iter()
        .filter(|f| f.severity >= Severity::High && f.role != Role::Context)
        .filter_map(|f| f.process)
        .collect();
    let servers = |of: &BTreeSet<usize>| -> BTreeSet<String> {
        let process = |p: &usize| scene.case.processes.get(*p);
        of.iter()
            .filter_map(process)
            .map(|p| p.name.clone().or_else(|| p.host.clone()).unwrap_or_default())
            .collect()
    };
    let all = servers(&(0..scene.case.processes.len()).collect());
    let struck = servers(&hit);
    match cause {
        _ if struck.len() >= 2 => Scale::Large,
        Some(cause) if shared_by_servers(cause) && all.len() >= 2 => Scale::Large,
        // Another member serves on.
        Some(_) if all.len() >= 2 => Scale::Small,
        Some(cause) if strikes_everybody(cause) || waits_behind(findings, cause) || most_requests_fail(scene) => {
            Scale::Large
        }
        Some(_) => Scale::Small,
        None => Scale::Unknown,
    }
}

/// Faults outside a single server.
fn shared_by_servers(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::NetworkFailure | Cause::HostOverload | Cause::DownstreamDown | Cause::DownstreamSlow
    )
}

/// Faults of a whole process; the others begin with one request, thread or record.
fn strikes_everybody(cause: Cause) -> bool {
    use Cause::*;
    !matches!(
        cause,
        HeapLargeRequest | StackOverflow | InfiniteLoop | DataError | GcMisconfigured | None
    )
}

/// Half of the work waits behind a thread of the cause.
fn waits_behind(findings: &[Finding], cause: Cause) -> bool {
    findings.iter().filter(|f| f.cause == cause).any(|f| {
        f.facts
            .get("blocked_behind")
            .and_then(serde_json::Value::as_u64)
            .is_some_and(|n| n >= 10)
    })
}

/// Half or more of the requests of the troubled minutes failed.
fn most_requests_fail(scene: &Scene) -> bool {
    scene.access_logs().any(|(id, access)| {
        let Some(turn) = scene.instant(Some(id), access.degraded_from) else {
            return false;
        };
        let (all, failed) = access
            .minutes
            .iter()
            .filter(|m| scene.instant(Some(id), m.minute).is_some_and(|at| at >= turn))
            .fold((0, 0), |(all, failed), m| (all + m.requests, failed + m.server_errors));
        all >= 20 && failed * 2 >= all
    })
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
        modules::of(scene.site, frame).is_some_and(|(_, of)| std::ptr::eq(of, module))
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
