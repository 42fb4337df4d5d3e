//! Bursts: runs of records of one kind far above their usual rate.
//!
//! For each template the expected rate is taken from the hours around a window, without its neighbourhood; windows of
//! 1 to 30 minutes are scored and the best are taken first. What recurs like a job, follows a silence or stays for good
//! is no burst.

use super::{
    Burst, Level,
    collect::{Event, stamp_at},
    miner::KeyId,
};
use jiff::tz::Offset;
use std::collections::BTreeMap;

/// Window lengths in minutes.
const WINDOWS: [usize; 8] = [1, 2, 3, 5, 8, 12, 20, 30];
/// Least records of a burst.
const LEAST: usize = 14;
/// Least multiple of the expected number.
const LEAST_RATIO: f64 = 2.5;
/// Score from which a window is a burst.
const THRESHOLD: f64 = 7.5;
/// Mean gaps by which the longest gap of a burst may exceed its expectation, and the share of the usual gap that it stays
/// below in any case.
const RANDOM_GAP: f64 = 2.5;
const USUAL_GAP: f64 = 0.35;
/// Minutes before and after a window from which the expected rate is taken, and those nearest that are left out.
const AROUND: i64 = 100;
const NEAREST: i64 = 20;
/// Records a minute from which a run that fills most of a file is a burst.
const DENSE: f64 = 6.0;
/// Longest distance of waves, milliseconds: the usual time-out of pools and a little more.
const WAVE_MS: f64 = 40_000.0;
/// Bursts of one series, and of all.
const MOST_OF_SERIES: usize = 60;
const MOST: usize = 5_000;

/// One kind of record: its times in order.
struct Series<'e> {
    events: Vec<&'e Event>,
    template: String,
}

/// Finds the bursts of one file, in order of time.
pub(super) fn find(
    events: &[Event],
    of_key: &[u32],
    texts: &[String],
    exceptions: &[String],
    minutes: &[(i64, (u64, u64))],
    offset: Option<Offset>,
) -> Vec<Burst> {
    let Some(clock) = Clock::new(minutes) else {
        return Vec::new();
    };
    let mut found: Vec<Burst> = Vec::new();
    let mut covered: Vec<u64> = Vec::new();
    for series in by_template(events, of_key, texts) {
        for (start, end, expected) in series_bursts(&series.events, &clock) {
            let part = series.events.get(start..end).unwrap_or_default();
            covered.extend(part.iter().map(|e| e.line));
            found.extend(burst(part, &series.template, exceptions, expected, offset));
        }
    }
    covered.sort_unstable();
    for series in by_exception(events, exceptions, &covered) {
        for (start, end, expected) in series_bursts(&series.events, &clock) {
            let part = series.events.get(start..end).unwrap_or_default();
            found.extend(burst(part, &series.template, exceptions, expected, offset));
        }
    }
    found.sort_by(|a, b| a.onset.cmp(&b.onset).then(a.line.cmp(&b.line)));
    found.truncate(MOST);
    found
}

fn by_template<'e>(events: &'e [Event], of_key: &[u32], texts: &[String]) -> Vec<Series<'e>> {
    let template = |key: KeyId| of_key.get(key as usize).copied().unwrap_or(0);
    let mut all: BTreeMap<u32, Vec<&Event>> = BTreeMap::new();
    for event in events {
        all.entry(template(event.key)).or_default().push(event);
    }
    all.into_iter()
        .map(|(id, mut events)| {
            events.sort_by_key(|e| (e.millis, e.line));
            Series {
                events,
                template: texts.get(id as usize).cloned().unwrap_or_default(),
            }
        })
        .collect()
}

/// Records of one exception class that are in no burst of a template: a fault that shows in many texts.
fn by_exception<'e>(events: &'e [Event], exceptions: &[String], covered: &[u64]) -> Vec<Series<'e>> {
    let mut all: BTreeMap<u32, Vec<&Event>> = BTreeMap::new();
    for event in events {
        if event.exception != 0 && covered.binary_search(&event.line).is_err() {
            all.entry(event.exception).or_default().push(event);
        }
    }
    all.into_iter()
        .filter(|(_, events)| events.iter().any(|e| Some(e.key) != events.first().map(|f| f.key)))
        .map(|(id, mut events)| {
            events.sort_by_key(|e| (e.millis, e.line));
            let class = (id as usize)
                .checked_sub(1)
                .and_then(|i| exceptions.get(i))
                .cloned()
                .unwrap_or_default();
            Series {
                events,
                template: class,
            }
        })
        .collect()
}

fn burst(
    part: &[&Event],
    template: &str,
    exceptions: &[String],
    expected: f64,
    offset: Option<Offset>,
) -> Option<Burst> {
    let (first, last) = (part.first()?, part.last()?);
    let mut classes: BTreeMap<u32, usize> = BTreeMap::new();
    for event in part.iter().filter(|e| e.exception != 0) {
        *classes.entry(event.exception).or_default() += 1;
    }
    let class = classes
        .into_iter()
        .max_by_key(|(id, count)| (*count, std::cmp::Reverse(*id)));
    Some(Burst {
        onset: stamp_at(first.millis, offset),
        end: stamp_at(last.millis, offset),
        level: part.iter().map(|e| e.level).max().unwrap_or(Level::Info),
        template: template.to_owned(),
        exception: class
            .and_then(|(id, _)| exceptions.get((id as usize).checked_sub(1)?))
            .cloned(),
        count: part.len() as u64,
        line: first.line,
        expected,
    })
}

/// The minutes of the file, and where it was silent.
struct Clock {
    first: i64,
    length: usize,
    /// Minutes in which nothing at all was written for at least five minutes.
    silent: Vec<bool>,
}

impl Clock {
    fn new(minutes: &[(i64, (u64, u64))]) -> Option<Clock> {
        let first = minutes.first()?.0;
        let last = minutes.last()?.0;
        // Damaged times may span centuries; then no rate means anything.
        let length = usize::try_from(last - first + 1).ok().filter(|n| *n <= 600_000)?;
        let mut silent = vec![false; length];
        let mut run = 0usize;
        for index in 0..length {
            if minutes.binary_search_by_key(&(first + index as i64), |m| m.0).is_ok() {
                run = 0;
                continue;
            }
            run += 1;
            if run >= 5 {
                for slot in silent.iter_mut().skip(index + 1 - run).take(run) {
                    *slot = true;
                }
            }
        }
        Some(Clock { first, length, silent })
    }

    fn index(&self, millis: i64) -> usize {
        usize::try_from(millis.div_euclid(60_000) - self.first)
            .unwrap_or(0)
            .min(self.length.saturating_sub(1))
    }

    /// True in the two minutes after a silence: a start-up, not a burst. A log that is mostly silent has no silences.
    fn after_silence(&self, index: usize) -> bool {
        let quiet = self.silent.iter().filter(|s| **s).count();
        quiet * 3 < self.length && (index.saturating_sub(2)..index).any(|i| self.silent.get(i) == Some(&true))
    }
}

/// Records of a series a minute, with sums for quick windows.
struct Counts {
    sums: Vec<u32>,
    silent: Vec<u32>,
    /// Variance over mean of the minute counts in ordinary time: records come in clumps.
    clump: f64,
}

impl Counts {
    fn new(events: &[&Event], clock: &Clock) -> Counts {
        let mut counts = vec![0u32; clock.length];
        for event in events {
            if let Some(slot) = counts.get_mut(clock.index(event.millis)) {
                *slot += 1;
            }
        }
        let mut sums = Vec::with_capacity(clock.length + 1);
        let mut silent = Vec::with_capacity(clock.length + 1);
        let (mut sum, mut quiet) = (0u32, 0u32);
        sums.push(0);
        silent.push(0);
        for (index, count) in counts.iter().enumerate() {
            sum += count;
            quiet += u32::from(clock.silent.get(index) == Some(&true));
            sums.push(sum);
            silent.push(quiet);
        }
        Counts {
            clump: clump(&counts),
            sums,
            silent,
        }
    }

    fn between(&self, from: i64, to: i64) -> f64 {
        let at = |i: i64| {
            self.sums
                .get(usize::try_from(i.max(0)).unwrap_or(0).min(self.sums.len() - 1))
                .copied()
                .unwrap_or(0)
        };
        if to <= from { 0.0 } else { f64::from(at(to) - at(from)) }
    }

    /// Minutes between that are in the file and not silent.
    fn minutes(&self, from: i64, to: i64) -> f64 {
        let last = self.silent.len() as i64 - 1;
        let (from, to) = (from.clamp(0, last), to.clamp(0, last));
        let at = |i: i64| self.silent.get(usize::try_from(i).unwrap_or(0)).copied().unwrap_or(0);
        (to - from) as f64 - f64::from(at(to) - at(from))
    }

    /// Expected records in a window by the time around it.
    fn expected(&self, start: i64, end: i64) -> f64 {
        let sides = [(start - AROUND, start - NEAREST), (end + NEAREST, end + AROUND)];
        let mut rates: Vec<f64> = Vec::new();
        for (from, to) in sides {
            // Ten-minute pieces; the middle of them, so that another burst nearby does not raise the rate.
            let mut pieces: Vec<f64> = (0..(to - from) / 10)
                .map(|i| (from + i * 10, from + i * 10 + 10))
                .filter(|(a, b)| self.minutes(*a, *b) >= 5.0)
                .map(|(a, b)| self.between(a, b) / self.minutes(a, b))
                .collect();
            if pieces.is_empty() {
                continue;
            }
            pieces.sort_by(f64::total_cmp);
            let kept = pieces.len() - pieces.len() / 4;
            rates.push(pieces.iter().take(kept).sum::<f64>() / kept as f64);
        }
        let rate = rates.iter().copied().fold(0.0, f64::max);
        rate * (end - start) as f64
    }
}

fn clump(counts: &[u32]) -> f64 {
    // Ten-minute pieces: the variance inside each over its mean, middle of all pieces that have records.
    let mut ratios: Vec<f64> = counts
        .chunks(10)
        .filter_map(|piece| {
            let mean = piece.iter().map(|c| f64::from(*c)).sum::<f64>() / piece.len() as f64;
            let variance = piece.iter().map(|c| (f64::from(*c) - mean).powi(2)).sum::<f64>() / piece.len() as f64;
            (mean > 0.0).then(|| variance / mean)
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).copied().unwrap_or(1.0).clamp(1.0, 4.0)
}

/// Bursts of one series as (first event, end, expected).
fn series_bursts(events: &[&Event], clock: &Clock) -> Vec<(usize, usize, f64)> {
    if events.len() < LEAST {
        return Vec::new();
    }
    let counts = Counts::new(events, clock);
    let mut windows: Vec<(f64, usize, usize, f64)> = Vec::new();
    let active: Vec<usize> = active_minutes(events, clock);
    for length in WINDOWS {
        for start in &active {
            let (from, to) = (*start as i64, (*start + length) as i64);
            let seen = counts.between(from, to);
            if seen < LEAST as f64 {
                continue;
            }
            let expected = counts.expected(from, to);
            let spread = counts.clump * expected + (0.3 * expected).powi(2) + 1.5 * counts.clump;
            let score = (seen - expected) / spread.sqrt();
            if seen >= LEAST_RATIO * expected && score >= THRESHOLD {
                windows.push((score, *start, start + length, expected));
            }
        }
    }
    windows.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut found: Vec<(usize, usize, f64)> = Vec::new();
    let mut taken: Vec<(usize, usize)> = Vec::new();
    for (_, from, to, expected) in windows {
        if found.len() >= MOST_OF_SERIES || taken.iter().any(|(a, b)| from < b + 3 && *a < to + 3) {
            continue;
        }
        taken.push((from, to));
        let (start, end) = trim_ends(events, clock, from, to, expected);
        if end - start >= LEAST && !is_ordinary(events, clock, &counts, start, end) {
            found.push((start, end, expected));
        }
    }
    found.sort_by_key(|f| f.0);
    join(events, found)
}

/// Minutes with a record, where a window may begin.
fn active_minutes(events: &[&Event], clock: &Clock) -> Vec<usize> {
    let mut all: Vec<usize> = events.iter().map(|e| clock.index(e.millis)).collect();
    all.dedup();
    all.sort_unstable();
    all.dedup();
    all
}

/// The events of a window without stray ones at its ends, and on over its end as long as they come as densely.
fn trim_ends(events: &[&Event], clock: &Clock, from: usize, to: usize, expected: f64) -> (usize, usize) {
    let start = events.partition_point(|e| clock.index(e.millis) < from);
    let end = events.partition_point(|e| clock.index(e.millis) < to);
    let time = |i: usize| events.get(i).map_or(0, |e| e.millis);
    if end <= start + 1 {
        return (start, end);
    }
    let mean_gap = (time(end - 1) - time(start)) as f64 / (end - start - 1) as f64;
    // Waves (every waiter times out at once) belong together as long as their distance is short against the usual one.
    let usual_gap = (to - from) as f64 * 60_000.0 / expected.max(1e-6);
    // The longest of many random gaps grows with the logarithm of their number.
    let longest_random = mean_gap * (((end - start) as f64).ln() + RANDOM_GAP);
    let most = (3.0 * mean_gap)
        .max(longest_random.min(USUAL_GAP * usual_gap))
        .max((0.25 * usual_gap).min(WAVE_MS)) as i64;
    // From the densest place outwards to the first gap that is too long.
    let middle = densest(events, start, end);
    let (mut first, mut last) = (middle, middle);
    while first > 0 && time(first) - time(first - 1) <= most {
        first -= 1;
    }
    while last + 1 < events.len() && time(last + 1) - time(last) <= most {
        last += 1;
    }
    (first, last + 1)
}

fn densest(events: &[&Event], start: usize, end: usize) -> usize {
    let time = |i: usize| events.get(i).map_or(0, |e| e.millis);
    let width = ((end - start) / 4).max(1);
    (start..end - width)
        .min_by_key(|i| time(i + width) - time(*i))
        .map_or(start, |i| i + width / 2)
}

/// Jobs, start-ups and lasting changes of the rate are no bursts.
fn is_ordinary(events: &[&Event], clock: &Clock, counts: &Counts, start: usize, end: usize) -> bool {
    let (Some(first), Some(last)) = (events.get(start), events.get(end - 1)) else {
        return true;
    };
    let span = last.millis - first.millis;
    // A spike of seconds.
    if span < 20_000 {
        return true;
    }
    // Nothing outside to compare with: then only a dense run is out of the ordinary, not a slow drip over all the file.
    let outside = clock.length as i64 * 60_000 - span;
    if outside < span && ((end - start) as f64) < DENSE * span as f64 / 60_000.0 {
        return true;
    }
    let (from, to) = (clock.index(first.millis), clock.index(last.millis));
    if clock.after_silence(from) && to - from <= 2 {
        return true;
    }
    recurs(counts, from as i64, to as i64 + 1, clock.length as i64)
        || stays(counts, from as i64, to as i64 + 1, clock.length as i64)
}

/// True when a similar number comes at the same minute of three other hours, or at the same time of another day.
fn recurs(counts: &Counts, from: i64, to: i64, length: i64) -> bool {
    let seen = counts.between(from, to);
    let similar = |shift: i64| {
        let (a, b) = (from + shift, to + shift);
        if a < 0 || b > length {
            return false;
        }
        let other = counts.between(a - 2, b + 2);
        let expected = counts.expected(a, b);
        other >= 0.4 * seen && other <= 2.5 * seen && other >= LEAST_RATIO * expected
    };
    let hours = (1..=72)
        .flat_map(|h| [h * 60, -h * 60])
        .filter(|shift| similar(*shift))
        .take(3)
        .count();
    hours >= 3 || (1..=3).flat_map(|d| [d * 1440, -d * 1440]).any(similar)
}

/// True when the rate goes on at the burst's height for long after: a change, not a burst.
fn stays(counts: &Counts, from: i64, to: i64, length: i64) -> bool {
    let height = counts.between(from, to) / (to - from) as f64;
    let after = counts.minutes(to + NEAREST, to + 3 * AROUND);
    if after < AROUND as f64 || to + NEAREST >= length {
        return false;
    }
    counts.between(to + NEAREST, to + 3 * AROUND) / after >= 0.5 * height
}

/// Joins bursts that touch.
fn join(events: &[&Event], found: Vec<(usize, usize, f64)>) -> Vec<(usize, usize, f64)> {
    let mut joined: Vec<(usize, usize, f64)> = Vec::new();
    for next in found {
        if let Some(before) = joined.last_mut() {
            let gap = events.get(next.0).map_or(0, |e| e.millis)
                - events.get(before.1.saturating_sub(1)).map_or(0, |e| e.millis);
            if next.0 < before.1 || gap <= 60_000 {
                before.1 = before.1.max(next.1);
                before.2 += next.2;
                continue;
            }
        }
        joined.push(next);
    }
    joined
}
