//! What came back: incidents with the fingerprint of an earlier one.

use super::super::{
    Incident, StoreError,
    digest::{Digest, Name},
    incident,
};
use crate::words::Text;
use jiff::Timestamp;
use rusqlite::Connection;
use serde::Serialize;
use std::collections::HashMap;

/// Kinds listed.
const KINDS: usize = 50;
/// Ids listed of a kind.
const IDS: usize = 20;

/// A kind of incident that came back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recurrence {
    /// Its fingerprint.
    pub fingerprint: String,
    /// Its cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// How often it came.
    pub count: usize,
    /// First and last time.
    pub first: String,
    /// Last time.
    pub last: String,
    /// Days from the last time but one to the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<f64>,
    /// "The same as on 3 March, fixed by …, came back after 41 days."
    pub sentence: Text,
    /// Ids, oldest first; of many, the newest twenty.
    pub incidents: Vec<String>,
}

/// First occurrence and number of every kind.
pub(super) struct Recurring {
    kinds: HashMap<Name, (i64, usize)>,
}

impl Recurring {
    /// `digests` in order of time.
    pub(super) fn new(digests: &[Digest]) -> Self {
        let mut kinds: HashMap<Name, (i64, usize)> = HashMap::new();
        for d in digests.iter().filter(|d| d.fingerprint != 0 && !d.quiet()) {
            kinds.entry(d.fingerprint).or_insert((d.incident, 0)).1 += 1;
        }
        Self { kinds }
    }

    /// True when this is not the first of its kind.
    pub(super) fn came_before(&self, d: &Digest) -> bool {
        self.kinds
            .get(&d.fingerprint)
            .is_some_and(|(first, _)| *first != d.incident)
    }

    /// Kinds that came more than once.
    pub(super) fn kinds(&self) -> usize {
        self.kinds.values().filter(|(_, count)| *count > 1).count()
    }

    /// The kinds that came most often.
    pub(super) fn worst(&self, db: &Connection, digests: &[Digest]) -> Result<Vec<Recurrence>, StoreError> {
        let mut kinds: Vec<(Name, usize)> = self
            .kinds
            .iter()
            .filter(|(_, (_, count))| *count > 1)
            .map(|(name, (_, count))| (*name, *count))
            .collect();
        kinds.sort_unstable_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
        kinds.truncate(KINDS);
        let mut members: HashMap<Name, Vec<i64>> = kinds.iter().map(|(name, _)| (*name, Vec::new())).collect();
        for d in digests.iter().rev().filter(|d| !d.quiet()) {
            if let Some(newest) = members.get_mut(&d.fingerprint).filter(|those| those.len() < IDS) {
                newest.push(d.incident);
            }
        }
        let mut found = Vec::new();
        for (name, count) in kinds {
            let newest = members.remove(&name).unwrap_or_default();
            let first = self.kinds.get(&name).map(|(first, _)| *first);
            found.extend(recurrence(db, count, first, &newest)?);
        }
        found.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.fingerprint.cmp(&b.fingerprint)));
        Ok(found)
    }
}

/// One kind, from its first incident and its newest ones, newest first.
fn recurrence(
    db: &Connection,
    count: usize,
    first: Option<i64>,
    newest: &[i64],
) -> Result<Option<Recurrence>, StoreError> {
    let mut those = Vec::new();
    for n in newest {
        those.extend(incident::by_number(db, *n)?);
    }
    let first = match first {
        Some(n) => incident::by_number(db, n)?,
        None => None,
    };
    let (Some(last), Some(first)) = (those.first(), first) else {
        return Ok(None);
    };
    let before = those.get(1).unwrap_or(&first);
    Ok(Some(Recurrence {
        fingerprint: last.fingerprint.clone().unwrap_or_default(),
        cause: last.after.final_cause.clone().or_else(|| last.cause.clone()),
        count,
        first: first.moment().to_owned(),
        last: last.moment().to_owned(),
        days: days_between(before.moment(), last.moment()),
        sentence: comeback(before, last.moment()),
        incidents: those.iter().rev().map(|i| i.id.clone()).collect(),
    }))
}

/// "The same as on 3 March 2026, fixed by …, came back after 41 days": an incident and the moment of the next of its
/// kind.
pub fn comeback(before: &Incident, moment: &str) -> Text {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let at = before.moment();
    let part = |range: std::ops::Range<usize>| at.get(range).and_then(|digits| digits.parse::<usize>().ok());
    let date = match (part(0..4), part(5..7), part(8..10)) {
        (Some(year), Some(month), Some(day)) => {
            let name = MONTHS.get(month.wrapping_sub(1)).copied().unwrap_or_default();
            Text::new(format!("{year} 年 {month} 月 {day} 日"), format!("{day} {name} {year}"))
        }
        _ => Text::same(at),
    };
    let mut zh = vec![format!("与 {}的事件相同", date.zh)];
    let mut en = vec![format!("The same as on {}", date.en)];
    match (&before.after.fix, &before.after.resolved_at, &before.after.restored_at) {
        (Some(fix), _, _) => {
            zh.push(format!("当时的处理：{fix}"));
            en.push(format!("fixed by: {fix}"));
        }
        (None, Some(_), _) => {
            zh.push("当时已解决，未登记办法".to_owned());
            en.push("resolved then, the fix is not on record".to_owned());
        }
        (None, None, Some(_)) => {
            zh.push("当时只恢复了业务，未登记根治".to_owned());
            en.push("service was restored then, no fix is on record".to_owned());
        }
        (None, None, None) => {
            zh.push("未登记当时如何处理".to_owned());
            en.push("how it ended is not on record".to_owned());
        }
    }
    if let Some(days) = days_between(at, moment) {
        if days >= 1.0 {
            let days = days.round();
            zh.push(format!("{days} 天后再次出现"));
            en.push(format!(
                "came back after {days} {}",
                if days > 1.0 { "days" } else { "day" }
            ));
        } else {
            zh.push(format!("{:.0} 小时后再次出现", days * 24.0));
            en.push(format!("came back after {:.0} hours", days * 24.0));
        }
    }
    Text::new(zh.join("，") + "。", en.join(", ") + ".")
}

/// Days with one decimal, when the second is not before the first.
fn days_between(from: &str, to: &str) -> Option<f64> {
    let (from, to): (Timestamp, Timestamp) = (from.parse().ok()?, to.parse().ok()?);
    let seconds = to.duration_since(from).as_secs_f64();
    (seconds >= 0.0).then_some((seconds / 8_640.0).round() / 10.0)
}
