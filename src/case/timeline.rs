//! The timeline: what all artefacts say happened, in order of time.

use super::{
    Case, Event,
    marks::{self, Mark},
};
use crate::{
    evidence::{ArtefactId, Citation},
    logs::{Level, LogFacts},
    system::{Sign, SignKind},
    words::Text,
};
use goldenhour_parsers::Stamp;

/// Events kept; of several of one kind in one artefact the first ones.
const MOST_EVENTS: usize = 400;
/// Events of one kind that one artefact may give.
const MOST_OF_A_KIND: usize = 40;

/// Builds the timeline of everything current.
pub(super) fn build(case: &Case) -> Vec<Event> {
    let mut events = Vec::new();
    logs(case, &mut events);
    collections(case, &mut events);
    dumps(case, &mut events);
    crashes(case, &mut events);
    system(case, &mut events);
    lives(case, &mut events);
    events.sort_by(|a, b| {
        (a.time, a.citation.artefact, a.citation.line).cmp(&(b.time, b.citation.artefact, b.citation.line))
    });
    events.truncate(MOST_EVENTS);
    events
}

fn push(
    case: &Case,
    events: &mut Vec<Event>,
    stamp: Option<Stamp>,
    kind: &'static str,
    what: Text,
    citation: Citation,
) {
    let id = citation.artefact;
    if case.artefact(id).is_some_and(|a| a.stale) {
        return;
    }
    if let Some(time) = stamp.and_then(|s| case.instant(id, s)) {
        let uncertainty_s = if stamp.is_some_and(|s| s.civil.second() == 0 && s.civil.subsec_nanosecond() == 0) {
            60.0
        } else {
            1.0
        };
        events.push(Event {
            time,
            uncertainty_s,
            kind,
            what,
            citation,
        });
    }
}

fn logs(case: &Case, events: &mut Vec<Event>) {
    for log in &case.logs {
        let Some(id) = log.artefact else { continue };
        for burst in log.bursts.iter().take(MOST_OF_A_KIND) {
            let what = burst.exception.clone().unwrap_or_else(|| clip(&burst.template));
            let text = Text::new(
                format!("错误集中出现：{} 条，{what}", burst.count),
                format!("burst of {} records: {what}", burst.count),
            );
            push(
                case,
                events,
                burst.onset,
                "log",
                text,
                Citation::line(id, burst.line, clip(&burst.template)),
            );
        }
        first_of_each_template(case, id, log, events);
        if let Some(access) = &log.access {
            let text = Text::new("请求开始变慢或报错", "requests begin to slow down or fail");
            push(
                case,
                events,
                access.degraded_from,
                "access",
                text,
                Citation::artefact(id),
            );
            let text = Text::new("访问日志中最后一个请求", "last request in the access log");
            push(
                case,
                events,
                access.last_request,
                "access",
                text,
                Citation::artefact(id),
            );
        }
    }
}

fn first_of_each_template(case: &Case, id: ArtefactId, log: &LogFacts, events: &mut Vec<Event>) {
    let mut seen = std::collections::BTreeSet::new();
    let troubled = log
        .notable
        .iter()
        .filter(|r| r.level >= Level::Warn || !r.exceptions.is_empty());
    for record in troubled.filter(|r| seen.insert(r.template)).take(MOST_OF_A_KIND) {
        let what = clip(&record.first_line);
        let text = Text::new(format!("首次出现：{what}"), format!("first seen: {what}"));
        push(
            case,
            events,
            record.time,
            "log",
            text,
            Citation::line(id, record.line, what),
        );
    }
}

fn collections(case: &Case, events: &mut Vec<Event>) {
    for gc in &case.gcs {
        let Some(id) = gc.artefact else { continue };
        if let Some(event) = &gc.pressure_onset {
            let text = Text::new(
                "从此刻起，完全回收几乎收不回内存",
                "from here on full collections free next to nothing",
            );
            push(case, events, event.time, "gc", text, at_line(id, event.line));
        }
        let mut longest: Vec<_> = gc.events.iter().filter(|e| e.pause_ms >= 1000.0).collect();
        longest.sort_by(|a, b| b.pause_ms.total_cmp(&a.pause_ms).then(a.line.cmp(&b.line)));
        for event in longest.into_iter().take(5) {
            let s = event.pause_ms / 1000.0;
            let text = Text::new(
                format!("垃圾回收停顿 {s:.1} s"),
                format!("collection pause of {s:.1} s"),
            );
            push(case, events, event.time, "gc", text, at_line(id, event.line));
        }
    }
}

fn at_line(id: ArtefactId, line: u64) -> Citation {
    Citation {
        line: Some(line),
        ..Citation::artefact(id)
    }
}

fn dumps(case: &Case, events: &mut Vec<Event>) {
    for dump in &case.dumps {
        let Some(id) = dump.artefact else { continue };
        let event = dump.event.as_deref().unwrap_or("");
        let detail = dump.event_detail.as_deref().unwrap_or("");
        let why = format!("{event} {detail}");
        let why = why.trim();
        let text = if why.is_empty() {
            Text::new(
                format!("线程转储，{} 个线程", dump.thread_count),
                format!("thread dump, {} threads", dump.thread_count),
            )
        } else {
            Text::new(
                format!("线程转储（{why}），{} 个线程", dump.thread_count),
                format!("thread dump ({why}), {} threads", dump.thread_count),
            )
        };
        push(case, events, dump.time, "threads", text, Citation::artefact(id));
    }
    for heap in &case.heaps {
        let Some(id) = heap.artefact else { continue };
        let text = Text::new(
            format!("堆转储，{} 个对象", heap.objects),
            format!("heap dump, {} objects", heap.objects),
        );
        push(case, events, heap.written, "heap", text, Citation::artefact(id));
    }
}

fn crashes(case: &Case, events: &mut Vec<Event>) {
    for crash in &case.crashes {
        let Some(id) = crash.artefact else { continue };
        let signal = crash.signal.clone().unwrap_or_else(|| crash.kind.to_owned());
        let frame = crash.frame.clone().unwrap_or_default();
        let text = Text::new(
            format!("JVM 崩溃：{signal} {frame}"),
            format!("the JVM crashed: {signal} {frame}"),
        );
        let citation = crash.citation.clone().unwrap_or_else(|| Citation::artefact(id));
        push(case, events, crash.time, "crash", text, citation);
    }
}

fn system(case: &Case, events: &mut Vec<Event>) {
    for sign in case.systems.iter().flat_map(|s| &s.signs) {
        let at = sign.time.and_then(|t| case.instant(sign.citation.artefact, t));
        if at.is_none_or(|at| !case.in_window(at)) {
            continue;
        }
        if let Some(text) = sign_words(sign) {
            push(case, events, sign.time, "system", text, sign.citation.clone());
        }
    }
}

fn sign_words(sign: &Sign) -> Option<Text> {
    Some(match &sign.what {
        SignKind::NoSpace { mount } => Text::new(
            format!("文件系统 {mount} 无空间"),
            format!("file system {mount} had no space"),
        ),
        SignKind::OomKill { pid, name, .. } => Text::new(
            format!("内核因内存不足终止进程 {pid}（{name}）"),
            format!("the kernel ended process {pid} ({name}) for memory"),
        ),
        SignKind::Kill { command, .. } => Text::new(
            format!("有人终止进程：{command}"),
            format!("somebody ended a process: {command}"),
        ),
        SignKind::CoreDump { program, .. } => {
            Text::new(format!("{program} 产生 core"), format!("{program} dumped core"))
        }
        SignKind::LinkDown { adapter } => {
            Text::new(format!("网卡 {adapter} 断开"), format!("adapter {adapter} went down"))
        }
        SignKind::LinkUp { adapter } => {
            Text::new(format!("网卡 {adapter} 恢复"), format!("adapter {adapter} came back"))
        }
        SignKind::Reboot => Text::new("主机重启", "the host was restarted"),
        SignKind::Change { what } => Text::new(format!("变更：{what}"), format!("change: {what}")),
        SignKind::HardwareError { what } => Text::new(
            format!("硬件或系统错误：{what}"),
            format!("hardware or system error: {what}"),
        ),
        _ => return None,
    })
}

fn lives(case: &Case, events: &mut Vec<Event>) {
    for log in &case.logs {
        let Some(id) = log.artefact else { continue };
        for record in &log.notable {
            let text = match marks::of(record) {
                Some(Mark::Begin) => Text::new("服务器开始启动", "the server begins to start"),
                Some(Mark::Ready) => Text::new("服务器启动完成", "the server is open for work"),
                Some(Mark::Stop) => Text::new("服务器停止", "the server stops"),
                Some(Mark::Deploy) => Text::new("应用部署或启动", "an application is deployed or started"),
                Some(Mark::Undeploy) => Text::new("应用停止或卸载", "an application is stopped or removed"),
                None => continue,
            };
            push(
                case,
                events,
                record.time,
                "life",
                text,
                Citation::line(id, record.line, clip(&record.first_line)),
            );
        }
    }
}

fn clip(text: &str) -> String {
    const LONGEST: usize = 160;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(LONGEST).collect();
    short.push('…');
    short
}
