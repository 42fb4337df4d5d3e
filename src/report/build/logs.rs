//! The logs' side: files, minutes, bursts, codes.

use super::{MAX_ROWS, Shown, figure, note_cap, shown::id};
use crate::{
    case::Case,
    diagnosis::Diagnosis,
    evidence::ArtefactId,
    logs::{AccessFacts, Burst, Level, LogFacts},
    report::{AccessView, BurstView, Capped, CodeView, LogView, MinuteView, PathView},
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Minutes kept of each log, around the onset.
const MAX_MINUTES: usize = 240;

/// One log file as the report and `goldenhour logs` show it, without its minutes.
pub fn log_json(log: &LogFacts, shown: &Shown) -> LogView {
    LogView {
        artefact: id(log.artefact),
        format: log.format.to_owned(),
        encoding: log.encoding.to_owned(),
        records: log.records,
        errors: log.errors,
        traces: log.traces,
        first_time: shown.stamp(log.first_time.as_ref(), log.artefact),
        last_time: shown.stamp(log.last_time.as_ref(), log.artefact),
        minutes: Vec::new(),
        access: log.access.as_ref().map(|a| access(a, log.artefact, shown)),
    }
}

pub(super) fn files(case: &Case, diagnosis: &Diagnosis, shown: &Shown, capped: &mut Vec<Capped>) -> Vec<LogView> {
    let centre = diagnosis.onset.or(case.window.map(|(_, last)| last));
    super::cap(case.logs.iter(), "logs", capped, |log| LogView {
        minutes: minutes(log, centre, shown),
        ..log_json(log, shown)
    })
}

fn access(access: &AccessFacts, artefact: Option<ArtefactId>, shown: &Shown) -> AccessView {
    AccessView {
        requests: access.requests,
        server_errors: access.server_errors,
        degraded_from: shown.stamp(access.degraded_from.as_ref(), artefact),
        paths: access
            .paths
            .iter()
            .map(|(path, requests, server_errors, mean_ms)| PathView {
                path: shown.words(path),
                requests: *requests,
                server_errors: *server_errors,
                mean_ms: figure(*mean_ms),
            })
            .collect(),
    }
}

/// The minutes nearest to `centre`, ascending.
fn minutes(log: &LogFacts, centre: Option<Timestamp>, shown: &Shown) -> Vec<MinuteView> {
    let requests = log.access.iter().flat_map(|access| &access.minutes);
    let of_requests = requests.filter_map(|m| Some((m.minute?, m.requests, m.server_errors)));
    let mut minutes: Vec<(Timestamp, u64, u64)> = log
        .minutes
        .iter()
        .copied()
        .chain(of_requests.filter(|_| log.minutes.is_empty()))
        .filter_map(|(stamp, records, errors)| Some((shown.instant(&stamp, log.artefact)?, records, errors)))
        .collect();
    if let Some(centre) = centre {
        minutes.sort_by_key(|(time, ..)| time.as_second().abs_diff(centre.as_second()));
    }
    minutes.truncate(MAX_MINUTES);
    minutes.sort_unstable();
    minutes
        .into_iter()
        .map(|(time, records, errors)| MinuteView {
            time: shown.moment(time),
            records,
            errors,
        })
        .collect()
}

/// Bursts of all logs in order of onset.
pub(super) fn bursts(case: &Case, shown: &Shown, capped: &mut Vec<Capped>) -> Vec<BurstView> {
    let total = case.logs.iter().map(|log| log.bursts.len()).sum();
    note_cap("bursts", total, MAX_ROWS, capped);
    let mut bursts: Vec<(Option<Timestamp>, &LogFacts, &Burst)> = case
        .logs
        .iter()
        .flat_map(|log| log.bursts.iter().map(move |burst| (log, burst)))
        .map(|(log, burst)| {
            let onset = burst.onset.as_ref().and_then(|t| shown.instant(t, log.artefact));
            (onset, log, burst)
        })
        .collect();
    bursts.sort_by_key(|(onset, log, burst)| (onset.is_none(), *onset, log.artefact, burst.line));
    bursts
        .into_iter()
        .take(MAX_ROWS)
        .map(|(_, log, burst)| burst_view(burst, log.artefact, shown))
        .collect()
}

/// One burst.
fn burst_view(burst: &Burst, artefact: Option<ArtefactId>, shown: &Shown) -> BurstView {
    BurstView {
        artefact: id(artefact),
        onset: shown.stamp(burst.onset.as_ref(), artefact),
        end: shown.stamp(burst.end.as_ref(), artefact),
        level: level(burst.level).to_owned(),
        template: shown.name(&burst.template),
        exception: burst.exception.clone(),
        count: burst.count,
        line: (burst.line > 0).then_some(burst.line),
        expected: (burst.expected > 0.0).then(|| figure(burst.expected)),
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Debug => "DEBUG",
        Level::Info => "INFO",
        Level::Warn => "WARN",
        Level::Error => "ERROR",
        Level::Fatal => "FATAL",
    }
}

/// Message codes over all logs, commonest first.
pub fn codes_json(logs: &[LogFacts], _: &Shown) -> Vec<CodeView> {
    let mut codes: BTreeMap<&str, (u64, &'static str)> = BTreeMap::new();
    for code in logs.iter().flat_map(|log| &log.codes) {
        let entry = codes.entry(&code.code).or_insert((0, code.role));
        entry.0 = entry.0.saturating_add(code.count);
    }
    let mut rows: Vec<CodeView> = codes
        .into_iter()
        .map(|(code, (count, role))| CodeView {
            code: code.to_owned(),
            count,
            role: role.to_owned(),
            meaning: None,
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    rows.truncate(MAX_ROWS);
    rows
}
