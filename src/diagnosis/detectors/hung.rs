//! Hung-thread reports that quote the stacks: what the threads waited for, when no dump tells it.
//!
//! WebSphere (WSVR0605W) and Tomcat print the stack behind the message as `at` lines, WebLogic (BEA-000337) inside the message without `at`.

use super::downstream_slow::place;
use crate::diagnosis::{
    detector::{found, percent, rounded},
    scene::{Scene, Seen},
    themes::Theme,
    verdict::{Cause, Finding, Severity},
};
use crate::{
    case::activity_of,
    threads::{Activity, ThreadInfo},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// One reported thread with its quoted stack.
struct Reported<'s, 'a> {
    seen: &'s Seen<'a>,
    thread: ThreadInfo,
}

/// The backend in whose calls most of the reported threads were.
pub(super) fn in_downstream(scene: &Scene, process: Option<usize>) -> Option<Finding> {
    let reported = reported(scene, process);
    let mut groups: BTreeMap<String, Vec<&Reported>> = BTreeMap::new();
    for one in &reported {
        if matches!(one.thread.activity, Activity::Database | Activity::Network) {
            groups.entry(place(&one.thread)).or_default().push(one);
        }
    }
    let (place, group) = groups.into_iter().max_by_key(|(_, group)| group.len())?;
    let share = group.len() as f64 / reported.len().max(1) as f64;
    if (group.len() as f64) < scene.limits.repeated || share < scene.limits.downstream_share {
        return None;
    }
    // A report that was taken back for every thread was a long call, a batch perhaps, not a standstill.
    let over = cleared(scene, process) >= reported.len();
    let strength = match (over, group.len() as f64 >= scene.limits.downstream_threads) {
        (true, _) => 2,
        (false, true) => 4,
        (false, false) => 3,
    };
    let (n, shown) = (group.len(), percent(share));
    let frame = group.iter().find_map(|r| r.thread.own_frame.clone());
    found("downstream.hung-reports", Cause::DownstreamSlow)
        .severity(if over { Severity::Medium } else { Severity::Critical })
        .process(process)
        .time(group.iter().filter_map(|r| r.seen.began).min())
        .strength(strength)
        .coverage(share)
        .subject(Some(place.clone()))
        .title(
            format!("挂起线程报告：{n} 个线程（{shown}）停在等待 {place} 的回答"),
            format!("hung-thread reports: {n} threads ({shown}) wait for {place} to answer"),
        )
        .detail(
            frame
                .as_deref()
                .map(|f| format!("依据为日志中随告警打印的堆栈；没有线程转储。代码位置：{f}。"))
                .unwrap_or_else(|| "依据为日志中随告警打印的堆栈；没有线程转储。".to_owned()),
            frame
                .as_deref()
                .map(|f| format!("From the stacks that the log prints with the warnings; there is no dump of that time. Code: {f}."))
                .unwrap_or_else(|| "From the stacks that the log prints with the warnings; there is no dump of that time.".to_owned()),
        )
        .fact("threads", n)
        .fact("share", rounded(share))
        .fact_opt("frame", frame)
        .cite(group.iter().take(4).map(|r| r.seen.cite()))
        .done()
}

/// The reports of a process that quote a stack, one a thread.
fn reported<'s, 'a>(scene: &'s Scene<'a>, process: Option<usize>) -> Vec<Reported<'s, 'a>> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    scene
        .about(&[Theme::HungThread])
        .filter(|s| s.process == process && !s.themes.has(Theme::HungCleared))
        .filter_map(|seen| {
            let frames = frames(seen);
            let fresh = !frames.is_empty() && names.insert(thread_name(&seen.record.message));
            fresh.then(|| Reported {
                thread: ThreadInfo {
                    activity: activity_of(&frames),
                    own_frame: seen.record.own_frame.clone(),
                    frames,
                    ..ThreadInfo::default()
                },
                seen,
            })
        })
        .collect()
}

/// Threads whose report was taken back.
fn cleared(scene: &Scene, process: Option<usize>) -> usize {
    let names: BTreeSet<String> = scene
        .about(&[Theme::HungCleared])
        .filter(|s| s.process == process)
        .map(|s| thread_name(&s.record.message))
        .collect();
    names.len()
}

/// The quoted stack: as a trace, else the lines of the message that are frames.
fn frames(seen: &Seen) -> Vec<Arc<str>> {
    let traced = &seen.record.frames;
    if !traced.is_empty() {
        return traced.iter().map(|frame| Arc::from(frame.as_str())).collect();
    }
    let lines = seen.record.message.lines().map(str::trim);
    lines.filter(|l| is_bare_frame(l)).map(Arc::from).collect()
}

/// `a.b.C.method(C.java:12)` or `…(Native Method)`: no blanks before the bracket, at least two dots.
fn is_bare_frame(line: &str) -> bool {
    let Some((name, place)) = line.split_once('(') else {
        return false;
    };
    let source =
        place.ends_with(')') && (place.contains(".java") || place == "Native Method)" || place == "Unknown Source)");
    source && name.matches('.').count() >= 2 && !name.contains(char::is_whitespace)
}

/// What names the thread in a report: the first quoted or bracketed word, else the text up to its first figures of time.
fn thread_name(message: &str) -> String {
    const PAIRS: [(&str, &str); 5] = [
        ("“", "”"),
        ("Thread \"", "\""),
        ("\"", "\""),
        ("Thread: '", "'"),
        ("[http", "]"),
    ];
    // WebLogic's texts quote the seconds and the request as well, so the name's own marks come first.
    let weblogic = message
        .split_once("ExecuteThread: '")
        .and_then(|(_, rest)| rest.split_once('\''));
    if let Some((name, _)) = weblogic {
        return name.to_owned();
    }
    PAIRS
        .iter()
        .find_map(|(open, close)| {
            let (_, rest) = message.split_once(open)?;
            Some(rest.split_once(close)?.0.to_owned())
        })
        .unwrap_or_else(|| message.chars().take(60).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{Build, run_one};

    fn report(thread: u32, frame: &str) -> String {
        format!(
            "10:2{}:00 W WSVR0605W: Thread \"WebContainer : {thread}\" (0000004{thread}) has been active and may be hung.\n\
             \tjava.net.SocketInputStream.socketRead0(Native Method)\n\t{frame}(T.java:1)\n\tcom.his.Dao.list(Dao.java:8)",
            thread
        )
    }

    fn build(frame: &str, threads: std::ops::Range<u32>) -> Build {
        threads.fold(Build::new(), |b, t| b.log(&report(t, frame)))
    }

    #[test]
    fn stacks_in_hang_reports_name_the_backend() {
        let case = build("oracle.jdbc.driver.T4CMAREngine.unmarshalUB1", 0..6).case();
        let findings = run_one(&super::super::downstream_slow::DETECTOR, &case);
        let first = &findings[0];
        assert_eq!((first.id, first.strength), ("downstream.hung-reports", 4));
        assert_eq!(first.subject.as_deref(), Some("Oracle"));
    }

    #[test]
    fn two_reports_of_one_thread_are_one() {
        let case = build("oracle.jdbc.driver.T4CMAREngine.unmarshalUB1", 0..1)
            .log(&report(0, "oracle.jdbc.driver.T4CMAREngine.unmarshalUB1"))
            .log(&report(0, "oracle.jdbc.driver.T4CMAREngine.unmarshalUB1"))
            .case();
        assert!(run_one(&super::super::downstream_slow::DETECTOR, &case).is_empty());
    }

    #[test]
    fn reports_that_were_taken_back_are_weak() {
        let mut all = build("oracle.jdbc.driver.T4CMAREngine.unmarshalUB1", 0..4);
        for t in 0..4 {
            all = all.log(&format!("10:30:00 W WSVR0606W: Thread \"WebContainer : {t}\" (0000004{t}) was previously reported to be hung but has completed."));
        }
        let findings = run_one(&super::super::downstream_slow::DETECTOR, &all.case());
        assert_eq!(findings[0].strength, 2);
    }

    #[test]
    fn names_are_found_in_each_products_words() {
        assert_eq!(
            thread_name("线程“WebContainer : 7”（00000047）已保持活动状态"),
            "WebContainer : 7"
        );
        assert_eq!(
            thread_name("[STUCK] ExecuteThread: '12' for queue: 'x' has been busy for \"640\" seconds"),
            "12"
        );
    }
}
