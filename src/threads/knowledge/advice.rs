//! The table of advice: what a stack or a thread's name says to somebody who has seen it before.
//!
//! `advice.tsv`: id, level, number of threads from which it is worth telling, when (what the thread does), where (`stack`
//! or `name`), pattern, words in Chinese and English, source. A pattern holds alternatives (`|`), each a chain of
//! beginnings of methods from the top of the stack downwards (`A < B`). To teach the tool something new, add a line.

use crate::threads::facts::{Activity, AdviceLevel};
use std::sync::LazyLock;

const TABLE: &str = include_str!("advice.tsv");

/// What a thread must do for a row to apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum When {
    /// Anything.
    Any,
    /// Anything but nothing.
    Busy,
    /// Waits for a lock.
    Lock,
    /// Waits for a pool, a condition or a lock.
    Wait,
    /// Waits for a database.
    Database,
    /// Waits for the network.
    Network,
    /// Runs.
    Running,
    /// Waits for work.
    Idle,
}

impl When {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "any" => Self::Any,
            "busy" => Self::Busy,
            "lock" => Self::Lock,
            "wait" => Self::Wait,
            "database" => Self::Database,
            "network" => Self::Network,
            "running" => Self::Running,
            "idle" => Self::Idle,
            _ => return None,
        })
    }

    /// True when a thread of this activity is meant.
    pub fn holds(self, activity: Activity) -> bool {
        match self {
            Self::Any => true,
            Self::Busy => !matches!(activity, Activity::Idle | Activity::Vm | Activity::Unknown),
            Self::Lock => activity == Activity::Lock,
            Self::Wait => matches!(activity, Activity::PoolWait | Activity::Waiting | Activity::Lock),
            Self::Database => activity == Activity::Database,
            Self::Network => activity == Activity::Network,
            Self::Running => activity == Activity::Running,
            Self::Idle => activity == Activity::Idle,
        }
    }

    /// Frames from the top in which the chain must begin: who runs or waits for a lock is described by his very top.
    pub fn depth(self) -> usize {
        match self {
            Self::Running | Self::Lock => 6,
            Self::Idle => 12,
            _ => 30,
        }
    }
}

/// Where the pattern is looked for.
#[derive(Debug, Clone)]
pub(in super::super) enum Pattern {
    /// Alternatives of chains of methods.
    Stack(Vec<Vec<&'static str>>),
    /// Beginnings of the thread's name.
    Name(Vec<&'static str>),
}

impl Pattern {
    /// True when the name or the methods (innermost first) match; chains begin within the first `depth` methods.
    pub fn matches(&self, name: &str, methods: &[&str], depth: usize) -> bool {
        match self {
            Self::Name(starts) => starts.iter().any(|start| name.starts_with(start)),
            Self::Stack(chains) => chains.iter().any(|chain| is_chain(chain, methods, depth)),
        }
    }
}

/// A beginning that opens with a dot is the end of a method instead (`.<clinit>`).
fn is_at(start: &str, method: &str) -> bool {
    match start.starts_with('.') {
        true => method.ends_with(start),
        false => method.starts_with(start),
    }
}

fn is_chain(chain: &[&str], methods: &[&str], depth: usize) -> bool {
    let Some((first, rest)) = chain.split_first() else {
        return false;
    };
    let Some(at) = methods.iter().take(depth).position(|m| is_at(first, m)) else {
        return false;
    };
    let mut below = methods.iter().skip(at + 1);
    rest.iter().all(|next| below.any(|m| is_at(next, m)))
}

/// A row.
#[derive(Debug, Clone)]
pub(in super::super) struct Row {
    /// `pool.hikari`.
    pub id: &'static str,
    /// How bad.
    pub level: AdviceLevel,
    /// Threads from which it is told.
    pub min: usize,
    /// What they do.
    pub when: When,
    /// What is looked for.
    pub pattern: Pattern,
    /// 中文。
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
    /// Where the knowledge comes from.
    pub source: &'static str,
}

fn row(line: &'static str) -> Option<Row> {
    let cells: Vec<&str> = line.split('\t').collect();
    let &[id, level, min, when, place, pattern, zh, en, source] = cells.as_slice() else {
        return None;
    };
    let starts: Vec<&str> = pattern.split('|').filter(|p| !p.is_empty()).collect();
    let pattern = match place {
        "name" => Pattern::Name(starts),
        "stack" => Pattern::Stack(starts.iter().map(|p| p.split(" < ").collect()).collect()),
        _ => return None,
    };
    Some(Row {
        id,
        level: AdviceLevel::read(level)?,
        min: min.parse().ok().filter(|min| *min > 0)?,
        when: When::read(when)?,
        pattern,
        zh,
        en,
        source,
    })
}

/// Every row, in the table's order.
pub(in super::super) fn rows() -> &'static [Row] {
    static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| TABLE.lines().skip(1).filter_map(row).collect());
    &ROWS
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_row_is_well_formed() {
        assert!(TABLE.lines().all(|l| l.split('\t').count() == 9));
        assert_eq!(rows().len(), TABLE.lines().count() - 1);
        let ids: BTreeSet<&str> = rows().iter().map(|r| r.id).collect();
        assert_eq!(ids.len(), rows().len(), "an id stands twice");
        for row in rows() {
            let has_chinese = row.zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(has_chinese && row.en.is_ascii() || row.en.contains('é'), "{}", row.id);
            assert!(!row.source.is_empty() && !row.en.ends_with('.'), "{}", row.id);
        }
    }

    #[test]
    fn chains_go_down_the_stack() {
        let pattern = Pattern::Stack(vec![vec!["a.B.", "c.D."]]);
        assert!(pattern.matches("", &["x.y", "a.B.m", "q.r", "c.D.n"], 3));
        assert!(!pattern.matches("", &["c.D.n", "a.B.m"], 3));
        assert!(!pattern.matches("", &["x", "y", "z", "a.B.m", "c.D.n"], 3));
    }
}
