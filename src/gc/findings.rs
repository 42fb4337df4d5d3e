//! What the figures of a GC log mean: the table of findings and the few rules that read it.
//!
//! `findings.tsv`: id, level, condition, words in Chinese and English, source. A condition is a list of terms joined by
//! ` & `: `figure>=n`, `figure<n`, `collector=name`, `cause:Beginning>=n` (collections of that cause), `mark:name>=n`
//! (the log's own words), `option:-X…` (an option that begins so). An unknown figure fulfils nothing.

use super::facts::{GcFacts, GcFinding, GcLevel};
use crate::words::Text;
use std::sync::LazyLock;

const TABLE: &str = include_str!("findings.tsv");

/// A part of a condition.
#[derive(Debug, Clone, Copy)]
enum Term {
    AtLeast(Measure, f64),
    Below(Measure, f64),
    Collector(&'static str),
    Option(&'static str),
}

/// Where a figure comes from.
#[derive(Debug, Clone, Copy)]
enum Measure {
    Figure(&'static str),
    Cause(&'static str),
    Mark(&'static str),
}

/// A row.
#[derive(Debug)]
struct Row {
    id: &'static str,
    level: GcLevel,
    terms: Vec<Term>,
    zh: &'static str,
    en: &'static str,
    source: &'static str,
}

fn term(text: &'static str) -> Option<Term> {
    if let Some(option) = text.strip_prefix("option:") {
        return Some(Term::Option(option));
    }
    if let Some(name) = text.strip_prefix("collector=") {
        return Some(Term::Collector(name));
    }
    let (measure, number, make): (_, _, fn(Measure, f64) -> Term) = match text.split_once(">=") {
        Some((measure, number)) => (measure, number, Term::AtLeast),
        None => {
            let (measure, number) = text.split_once('<')?;
            (measure, number, Term::Below)
        }
    };
    let measure = match measure.split_once(':') {
        Some(("cause", start)) => Measure::Cause(start),
        Some(("mark", name)) => Measure::Mark(name),
        Some(_) => return None,
        None => Measure::Figure(measure),
    };
    Some(make(measure, number.parse().ok()?))
}

fn row(line: &'static str) -> Option<Row> {
    let cells: Vec<&str> = line.split('\t').collect();
    let &[id, level, condition, zh, en, source] = cells.as_slice() else {
        return None;
    };
    Some(Row {
        id,
        level: GcLevel::read(level)?,
        terms: condition.split(" & ").map(term).collect::<Option<Vec<_>>>()?,
        zh,
        en,
        source,
    })
}

fn rows() -> &'static [Row] {
    static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| TABLE.lines().skip(1).filter_map(row).collect());
    &ROWS
}

/// Everything the table says about a log, worst first.
pub fn findings(log: &GcFacts) -> Vec<GcFinding> {
    let mut found: Vec<GcFinding> = rows()
        .iter()
        .filter(|row| row.terms.iter().all(|term| holds(term, log)))
        .map(|row| GcFinding {
            id: row.id,
            level: row.level,
            words: Text::new(row.zh, row.en),
            source: row.source,
        })
        .collect();
    found.sort_by_key(|f| f.level);
    found
}

fn holds(term: &Term, log: &GcFacts) -> bool {
    match *term {
        Term::AtLeast(measure, bound) => value(measure, log).is_some_and(|v| v >= bound),
        Term::Below(measure, bound) => value(measure, log).is_some_and(|v| v < bound),
        Term::Collector(name) => log.collector == name,
        Term::Option(start) => log.options.iter().any(|o| o.starts_with(start)),
    }
}

fn value(measure: Measure, log: &GcFacts) -> Option<f64> {
    match measure {
        Measure::Figure(name) => figure(name, log),
        Measure::Cause(start) => {
            let of_cause = log.causes.iter().filter(|(cause, _)| cause.starts_with(start));
            Some(of_cause.map(|(_, count)| *count).sum::<u64>() as f64)
        }
        Measure::Mark(name) => Some(match name {
            "to-space" => log.marks.to_space,
            "promotion" => log.marks.promotion,
            "concurrent-mode" => log.marks.concurrent_mode,
            "excessive" => log.marks.excessive,
            "unsatisfied" => log.marks.unsatisfied,
            _ => return None,
        } as f64),
    }
}

/// Names of the figures.
#[cfg(test)]
const FIGURES: &[&str] = &[
    "share",
    "worst-share",
    "pauses",
    "full",
    "full-forced",
    "full-per-hour",
    "pauses-per-min",
    "max-pause-ms",
    "pressure",
    "slope-mb-h",
    "hours-to-full",
    "after-share",
    "heap-max-gb",
    "explicit",
    "metadata",
    "metaspace-share",
    "stalls",
    "request-mb",
    "alloc-mb-s",
    "promo-mb-s",
    "safepoint-ms",
    "safepoint-reach-ms",
    "safepoint-share",
];

/// Minutes that a log must span before its counts are turned into rates.
const RATE_SPAN_S: f64 = 600.0;

fn figure(name: &str, log: &GcFacts) -> Option<f64> {
    const MB: f64 = 1_048_576.0;
    let rate = |count: u64, per_s: f64| (log.span_s >= RATE_SPAN_S).then(|| count as f64 / log.span_s * per_s);
    // A log of a few seconds (a start, a test) tells nothing about shares.
    let long_enough = |share: f64| (log.span_s >= 60.0).then_some(share);
    Some(match name {
        "share" => long_enough(log.gc_share)?,
        "worst-share" => long_enough(log.worst_share)?,
        "pauses" => log.pauses as f64,
        "full" => log.full as f64,
        "full-forced" => log
            .full
            .saturating_sub(log.explicit + log.metadata_triggered + log.asked) as f64,
        "full-per-hour" => rate(log.full, 3600.0)?,
        "pauses-per-min" => rate(log.pauses, 60.0)?,
        "max-pause-ms" => log.max_pause_ms,
        "pressure" => f64::from(u8::from(log.pressure_onset.is_some())),
        "slope-mb-h" => log.leak_slope_bytes_per_s.filter(|_| log.span_s >= RATE_SPAN_S)? * 3600.0 / MB,
        "hours-to-full" => log.seconds_to_full()? / 3600.0,
        "after-share" => {
            // Only what a collection of the whole heap leaves is live.
            let (after, max) = (log.last_live?, log.heap_max.filter(|m| *m > 0)?);
            after as f64 / max as f64
        }
        "heap-max-gb" => log.heap_max? as f64 / MB / 1024.0,
        "explicit" => log.explicit as f64,
        "metadata" => log.metadata_triggered as f64,
        "metaspace-share" => {
            let (used, limit) = log.metaspace?;
            used as f64 / limit.filter(|l| *l > 0)? as f64
        }
        "stalls" => log.stalls as f64,
        "request-mb" => log.largest_request? as f64 / MB,
        "alloc-mb-s" => log.allocation_rate? / MB,
        "promo-mb-s" => log.promotion_rate? / MB,
        "safepoint-ms" => log.safepoints.longest_ms,
        "safepoint-reach-ms" => log.safepoints.longest_reach_ms,
        "safepoint-share" => long_enough(log.safepoints.total_ms / 1000.0 / log.span_s.max(1.0))?,
        _ => return None,
    })
}

impl GcFacts {
    /// Seconds until the heap is full at the slope of what full collections leave; `None` without a rising slope.
    pub fn seconds_to_full(&self) -> Option<f64> {
        let slope = self.leak_slope_bytes_per_s.filter(|s| *s > 1024.0)?;
        let (live, max) = (self.last_live?, self.heap_max?);
        // A slope over minutes says nothing about days.
        let seconds = max.saturating_sub(live) as f64 / slope;
        (seconds <= self.span_s.max(60.0) * 24.0).then_some(seconds)
    }
}

impl GcLevel {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "critical" => Self::Critical,
            "high" => Self::High,
            "medium" => Self::Medium,
            "low" => Self::Low,
            _ => return None,
        })
    }

    /// The machine's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gc::GcEvent;
    use std::collections::BTreeSet;

    #[test]
    fn every_row_is_well_formed() {
        assert_eq!(rows().len(), TABLE.lines().count() - 1);
        let ids: BTreeSet<&str> = rows().iter().map(|r| r.id).collect();
        assert_eq!(ids.len(), rows().len(), "an id stands twice");
        for row in rows() {
            let has_chinese = row.zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(has_chinese && row.en.is_ascii() && !row.source.is_empty(), "{}", row.id);
            for term in &row.terms {
                if let Term::AtLeast(Measure::Figure(name), _) | Term::Below(Measure::Figure(name), _) = term {
                    assert!(FIGURES.contains(name), "{} {name}", row.id);
                }
            }
        }
    }

    /// A log in which the figure has the value.
    fn set(log: &mut GcFacts, name: &str, to: f64) {
        let mb = |v: f64| (v * 1_048_576.0) as u64;
        match name {
            "share" => log.gc_share = to,
            "worst-share" => log.worst_share = to,
            "pauses" => log.pauses = to as u64,
            "full" | "full-forced" => log.full = log.full.max(to as u64),
            "full-per-hour" => log.full = log.full.max((to * log.span_s / 3600.0).ceil() as u64),
            "pauses-per-min" => log.pauses = (to * log.span_s / 60.0).ceil() as u64,
            "max-pause-ms" => log.max_pause_ms = to,
            "pressure" => log.pressure_onset = (to > 0.0).then(GcEvent::default),
            "slope-mb-h" => log.leak_slope_bytes_per_s = Some(to * 1_048_576.0 / 3600.0 + 1.0),
            "hours-to-full" => {
                (log.heap_max, log.last_live) = (Some(1 << 30), Some(1 << 29));
                log.leak_slope_bytes_per_s = Some(f64::from(1u32 << 29) / (to.max(1.0) * 3600.0));
            }
            "after-share" => {
                let max = *log.heap_max.get_or_insert(8 << 30);
                log.last_live = Some((max as f64 * to + 1.0) as u64);
            }
            "heap-max-gb" => {
                let share = log.last_live.zip(log.heap_max).map(|(a, m)| a as f64 / m as f64);
                log.heap_max = Some(mb(to * 1024.0));
                log.last_live = share.map(|s| (s * to * 1_073_741_824.0) as u64);
            }
            "explicit" => log.explicit = to as u64,
            "metadata" => log.metadata_triggered = to as u64,
            "metaspace-share" => log.metaspace = Some(((to * 1e6).ceil() as u64, Some(1_000_000))),
            "stalls" => log.stalls = to as u64,
            "request-mb" => log.largest_request = Some(mb(to)),
            "alloc-mb-s" => log.allocation_rate = Some(to * 1_048_576.0),
            "promo-mb-s" => log.promotion_rate = Some(to * 1_048_576.0),
            "safepoint-ms" => log.safepoints.longest_ms = to,
            "safepoint-reach-ms" => log.safepoints.longest_reach_ms = to,
            "safepoint-share" => log.safepoints.total_ms = to * log.span_s * 1000.0,
            other => panic!("{other}"),
        }
    }

    /// The smallest log that fulfils a row.
    fn example(row: &Row) -> GcFacts {
        let mut log = GcFacts {
            span_s: 7200.0,
            ..GcFacts::default()
        };
        let mut bounds: std::collections::BTreeMap<&str, (f64, f64)> = std::collections::BTreeMap::new();
        for term in &row.terms {
            match *term {
                Term::AtLeast(Measure::Figure(name), n) => bounds.entry(name).or_insert((0.0, f64::MAX)).0 = n,
                Term::Below(Measure::Figure(name), n) => bounds.entry(name).or_insert((0.0, f64::MAX)).1 = n,
                Term::AtLeast(Measure::Cause(start), n) => log.causes.push((start.to_owned(), n as u64)),
                Term::AtLeast(Measure::Mark(name), n) => {
                    let n = n as u64;
                    match name {
                        "to-space" => log.marks.to_space = n,
                        "promotion" => log.marks.promotion = n,
                        "concurrent-mode" => log.marks.concurrent_mode = n,
                        "excessive" => log.marks.excessive = n,
                        _ => log.marks.unsatisfied = n,
                    }
                }
                Term::Collector(name) => log.collector = name,
                Term::Option(start) => log.options.push(format!("{start}x")),
                Term::Below(..) => panic!("{}", row.id),
            }
        }
        for (name, (low, high)) in bounds {
            let to = if low > 0.0 { low } else { high / 2.0 };
            set(&mut log, name, to);
        }
        log
    }

    #[test]
    fn every_row_is_reached() {
        for row in rows() {
            let log = example(row);
            let told = findings(&log);
            assert!(told.iter().any(|f| f.id == row.id), "{} {log:#?}", row.id);
        }
    }

    #[test]
    fn a_quiet_log_says_nothing() {
        let quiet = GcFacts {
            span_s: 7200.0,
            pauses: 100,
            max_pause_ms: 40.0,
            gc_share: 0.001,
            worst_share: 0.002,
            collector: "g1",
            heap_max: Some(2 << 30),
            last_live: Some(1 << 30),
            causes: vec![("G1 Evacuation Pause".into(), 100)],
            ..GcFacts::default()
        };
        assert!(findings(&quiet).is_empty(), "{:?}", findings(&quiet));
    }
}
