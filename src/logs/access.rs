//! Access logs: requests a minute, server errors, latency, and since when it was bad.

use super::collect::{millis, stamp_at};
use super::{AccessFacts, AccessMinute, Level, LogFacts, LogOptions, LogRecord};
use goldenhour_parsers::{
    Stamp,
    log::access::{LatencyUnit, Request, request},
    text::{Encoding, detect, lines, lines_from},
};
use jiff::tz::Offset;
use std::collections::{BTreeMap, HashMap};

/// Latencies kept of one minute; of more requests every second, third … is taken.
const MOST_LATENCIES: usize = 4_000;
/// Paths told apart, and told.
const MOST_PATHS: usize = 20_000;
const TOLD_PATHS: usize = 20;

/// True when most lines of the beginning are requests.
pub(super) fn is_access_log(bytes: &[u8]) -> bool {
    let mut all = 0;
    let mut requests = 0;
    for line in lines(bytes.get(..256 << 10).unwrap_or(bytes))
        .take(200)
        .filter(|l| !l.bytes.is_empty())
    {
        all += 1;
        requests += usize::from(request(line.bytes).is_some());
    }
    requests * 2 > all && requests > 0
}

#[derive(Default)]
struct Minute {
    requests: u64,
    server_errors: u64,
    latencies: Vec<f64>,
    most: Option<f64>,
}

#[derive(Default)]
struct Path {
    requests: u64,
    server_errors: u64,
    sum: f64,
    timed: u64,
}

/// Reads an access log in one pass; latencies are converted when their unit is known at the end.
pub(super) fn read(bytes: &[u8], first_line: u64, options: &LogOptions) -> LogFacts {
    let mut facts = LogFacts {
        format: "access",
        encoding: detect(bytes).name(),
        ..LogFacts::default()
    };
    let mut minutes: BTreeMap<i64, Minute> = BTreeMap::new();
    let mut paths: HashMap<Vec<u8>, Path> = HashMap::new();
    let mut samples: Vec<(f64, bool)> = Vec::new();
    let mut failures: Vec<(u64, i64, Vec<u8>, Stamp)> = Vec::new();
    let mut server_errors = 0;
    let mut offset: Option<Offset> = None;
    for line in lines_from(bytes, first_line) {
        let Some(r) = request(line.bytes) else { continue };
        facts.records += 1;
        if options.assign {
            facts.assignment.push((line.number, 0));
        }
        offset = offset.or(r.time.offset);
        facts.first_time = facts.first_time.or(Some(r.time));
        facts.last_time = Some(r.time);
        let now = millis(&r.time);
        let failed = r.status.is_some_and(|s| s >= 500);
        if failed {
            server_errors += 1;
            // The first of each minute is enough to cite the first of the degraded time.
            if failures
                .last()
                .is_none_or(|f| f.1.div_euclid(60_000) != now.div_euclid(60_000))
                && failures.len() < 100_000
            {
                failures.push((line.number, now, line.bytes.to_vec(), r.time));
            }
        }
        add_minute(minutes.entry(now.div_euclid(60_000)).or_default(), &r, failed);
        add_path(&mut paths, &r, failed);
        if let Some(number) = r.last_number
            && samples.len() < 200_000
        {
            samples.push((number, r.fraction));
        }
    }
    // A trailing number in a few lines only is something else.
    let unit = if samples.len() as u64 * 2 > facts.records.min(200_000) {
        LatencyUnit::decide(&samples)
    } else {
        None
    };
    let rows = rows(minutes, unit, offset);
    facts.minutes = rows
        .iter()
        .filter_map(|m| Some((m.minute?, m.requests, m.server_errors)))
        .collect();
    let degraded_from = degraded_from(&rows);
    let first_failure = failures
        .iter()
        .find(|f| degraded_from.is_none_or(|d| f.1 >= millis(&d)));
    facts.access = Some(AccessFacts {
        requests: facts.records,
        server_errors,
        degraded_from,
        first_server_error: first_failure.map(failure),
        paths: told_paths(paths, unit),
        last_request: facts.last_time,
        minutes: rows,
    });
    facts
}

fn add_minute(minute: &mut Minute, r: &Request<'_>, failed: bool) {
    minute.requests += 1;
    minute.server_errors += u64::from(failed);
    if let Some(number) = r.last_number {
        minute.most = Some(minute.most.map_or(number, |m| m.max(number)));
        if minute.latencies.len() < MOST_LATENCIES {
            minute.latencies.push(number);
        } else if let Some(slot) = minute
            .latencies
            .get_mut((minute.requests as usize * 7919) % MOST_LATENCIES)
        {
            *slot = number;
        }
    }
}

fn add_path(paths: &mut HashMap<Vec<u8>, Path>, r: &Request<'_>, failed: bool) {
    let key = if paths.len() < MOST_PATHS || paths.contains_key(r.path) {
        r.path
    } else {
        b""
    };
    let path = match paths.get_mut(key) {
        Some(path) => path,
        None => paths.entry(key.to_vec()).or_default(),
    };
    path.requests += 1;
    path.server_errors += u64::from(failed);
    if let Some(number) = r.last_number {
        path.sum += number;
        path.timed += 1;
    }
}

fn rows(minutes: BTreeMap<i64, Minute>, unit: Option<LatencyUnit>, offset: Option<Offset>) -> Vec<AccessMinute> {
    minutes
        .into_iter()
        .map(|(minute, mut m)| {
            m.latencies.sort_by(f64::total_cmp);
            let in_millis = |n: Option<f64>| unit.and_then(|u| n.map(|n| n * u.millis()));
            AccessMinute {
                minute: stamp_at(minute * 60_000, offset),
                requests: m.requests,
                server_errors: m.server_errors,
                median_ms: in_millis(m.latencies.get(m.latencies.len() / 2).copied()),
                max_ms: in_millis(m.most),
            }
        })
        .collect()
}

/// The first minute of the trouble. A minute is bad when its server errors or its latency leave what is usual in the
/// log; the trouble begins with the first bad minute from which on most minutes are bad, for at least three.
fn degraded_from(rows: &[AccessMinute]) -> Option<Stamp> {
    let usual_ms = quantile(rows.iter().filter_map(|m| m.median_ms), 0.3);
    let usual_max = quantile(rows.iter().filter_map(|m| m.max_ms), 0.5);
    let usual_errors = quantile(
        rows.iter().map(|m| m.server_errors as f64 / m.requests.max(1) as f64),
        0.3,
    )
    .unwrap_or(0.0);
    let bad: Vec<bool> = rows
        .iter()
        .map(|m| {
            let share = m.server_errors as f64 / m.requests.max(1) as f64;
            let failing = m.server_errors >= 2 && share > 3.0 * usual_errors + 0.03;
            let slow = matches!((m.median_ms, usual_ms), (Some(now), Some(usual)) if now > 4.0 * usual + 200.0);
            let stuck = matches!((m.max_ms, usual_max), (Some(now), Some(usual)) if now > 10.0 * usual + 5_000.0);
            failing || slow || stuck
        })
        .collect();
    let index = (0..bad.len()).find(|i| {
        let window = bad.get(*i..(*i + 4).min(bad.len())).unwrap_or_default();
        let count = window.iter().filter(|b| **b).count();
        bad.get(*i) == Some(&true) && count * 4 >= window.len() * 3
    })?;
    rows.get(index)?.minute
}

fn quantile(values: impl Iterator<Item = f64>, share: f64) -> Option<f64> {
    let mut all: Vec<f64> = values.collect();
    all.sort_by(f64::total_cmp);
    all.get((all.len().saturating_sub(1) as f64 * share) as usize).copied()
}

fn failure(found: &(u64, i64, Vec<u8>, Stamp)) -> LogRecord {
    let text: String = Encoding::Utf8.decode(&found.2).chars().take(1000).collect();
    LogRecord {
        line: found.0,
        time: Some(found.3),
        level: Level::Error,
        first_line: text.clone(),
        message: text,
        ..LogRecord::default()
    }
}

/// Paths with server errors first, then the slowest by total time.
fn told_paths(paths: HashMap<Vec<u8>, Path>, unit: Option<LatencyUnit>) -> Vec<(String, u64, u64, f64)> {
    let factor = unit.map_or(0.0, LatencyUnit::millis);
    let mut all: Vec<(String, u64, u64, f64)> = paths
        .into_iter()
        .map(|(path, p)| {
            let mean = if p.timed == 0 {
                0.0
            } else {
                p.sum * factor / p.timed as f64
            };
            (
                Encoding::Utf8.decode(&path).into_owned(),
                p.requests,
                p.server_errors,
                mean,
            )
        })
        .collect();
    all.sort_by(|a, b| {
        let time = |p: &(String, u64, u64, f64)| p.3 * p.1 as f64;
        b.2.cmp(&a.2)
            .then(time(b).total_cmp(&time(a)))
            .then_with(|| a.0.cmp(&b.0))
    });
    all.truncate(TOLD_PATHS);
    all
}
