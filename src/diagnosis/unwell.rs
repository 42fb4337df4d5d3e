//! What shows that something was wrong although nothing says why. "Nothing wrong" must not be said over any of it.

use super::{
    pressure,
    scene::{Scene, busy},
    verdict::Status,
};
use crate::{
    logs::{AccessFacts, Level},
    threads::Activity,
    words::Text,
};

/// Errors of one kind within a burst that users would notice [P].
const BURST: u64 = 10;
/// Requests that failed, all in one part of the time, that are no usual background [P].
const FAILED_REQUESTS: u64 = 3;

/// Signs of trouble, one sentence each; empty when the evidence looks well.
pub fn signs(scene: &Scene) -> Vec<Text> {
    [
        failing_requests(scene),
        bursting_errors(scene),
        vm_event(scene),
        queue(scene),
        full_heap(scene),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The reasons of an undetermined verdict that no finding gives.
pub fn reasons(scene: &Scene, status: Status) -> Vec<Text> {
    match status {
        Status::Undetermined => signs(scene),
        _ => Vec::new(),
    }
}

fn failing_requests(scene: &Scene) -> Option<Text> {
    let (_, access) = scene
        .access_logs()
        .find(|(_, a)| a.degraded_from.is_some() || fails_at_once(a))?;
    let (all, failed) = (access.requests, access.server_errors);
    Some(if access.degraded_from.is_some() {
        Text::new(
            format!("访问日志中请求变慢或报错：{all} 个请求，{failed} 个服务器错误。"),
            format!("Requests slowed down or failed: {failed} server errors of {all} in the access log."),
        )
    } else {
        Text::new(
            format!("访问日志中有集中出现的服务器错误 {failed} 个（共 {all} 个请求）。"),
            format!("{failed} of {all} requests failed with server errors, close together."),
        )
    })
}

/// Server errors that all lie within a third of the time of the log.
fn fails_at_once(access: &AccessFacts) -> bool {
    let bad: Vec<usize> = access
        .minutes
        .iter()
        .enumerate()
        .filter(|(_, m)| m.server_errors > 0)
        .map(|(at, _)| at)
        .collect();
    let (Some(first), Some(last)) = (bad.first(), bad.last()) else {
        return false;
    };
    access.server_errors >= FAILED_REQUESTS && (last - first) * 3 <= access.minutes.len()
}

fn bursting_errors(scene: &Scene) -> Option<Text> {
    let burst = scene
        .case
        .logs
        .iter()
        .filter(|log| log.artefact.is_some_and(|id| scene.case.is_current(id)))
        .flat_map(|log| &log.bursts)
        .filter(|b| b.count >= BURST && (b.level >= Level::Warn || b.exception.is_some()))
        .max_by_key(|b| b.count)?;
    let what = burst
        .exception
        .clone()
        .unwrap_or_else(|| burst.template.chars().take(80).collect());
    Some(Text::new(
        format!("日志中集中出现 {} 条：{what}。", burst.count),
        format!("{} records burst out in a log: {what}.", burst.count),
    ))
}

/// A dump that the VM wrote by itself: for a crash or an error that was thrown.
fn vm_event(scene: &Scene) -> Option<Text> {
    let event = scene.all_dumps().find_map(|(_, dump)| {
        let event = dump.event.as_deref()?;
        matches!(event, "gpf" | "abort" | "systhrow" | "traceassert").then_some((event, dump.event_detail.as_deref()))
    });
    let (event, detail) = event?;
    let detail = detail.unwrap_or_default();
    Some(Text::new(
        format!("虚拟机因事件 {event} 写下转储：{detail}。"),
        format!("The VM wrote a dump for the event {event}: {detail}."),
    ))
}

/// Half or more of the working threads wait for locks.
fn queue(scene: &Scene) -> Option<Text> {
    scene.all_dumps().find_map(|(_, dump)| {
        let working = busy(dump).count();
        let waiting = busy(dump).filter(|t| t.activity == Activity::Lock).count();
        (waiting as f64 >= scene.limits.blocked_threads && waiting * 2 >= working).then(|| {
            Text::new(
                format!("线程转储中 {working} 个工作线程有 {waiting} 个在等锁。"),
                format!("{waiting} of {working} working threads wait for locks in a thread dump."),
            )
        })
    })
}

fn full_heap(scene: &Scene) -> Option<Text> {
    (!pressure::of(scene).is_empty())
        .then(|| Text::new("回收后堆仍接近用满。", "The heap stayed nearly full after collections."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{Build, thread};
    use crate::site::Site;

    fn count(build: Build) -> usize {
        let (case, site) = (build.case(), Site::default());
        signs(&Scene::new(&case, &site)).len()
    }

    #[test]
    fn a_dump_written_for_an_error_is_a_sign() {
        let written = |event: &str| {
            Build::new().dump("10:00:00", vec![thread("w", Activity::Idle)], |d| {
                d.event = Some(event.to_owned());
            })
        };
        assert_eq!(count(written("systhrow")), 1);
        assert_eq!(count(written("user")), 0);
    }

    #[test]
    fn a_queue_is_a_sign_and_idle_threads_are_none() {
        let threads = |activity| (0..8).map(|i| thread(&format!("w{i}"), activity)).collect::<Vec<_>>();
        assert_eq!(count(Build::new().dump("10:00:00", threads(Activity::Lock), |_| {})), 1);
        assert_eq!(count(Build::new().dump("10:00:00", threads(Activity::Idle), |_| {})), 0);
    }

    #[test]
    fn a_heap_that_stays_full_is_a_sign() {
        assert_eq!(count(Build::new().gc_curve(&[30; 40])), 0);
        assert_eq!(count(Build::new().gc_curve(&[95; 40])), 1);
    }
}
