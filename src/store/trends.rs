//! Trends across incidents, in the periods of OPERATIONS.md rule 11.

use super::Incident;
use jiff::{Timestamp, ToSpan, civil::Date, tz::Offset};
use serde::Serialize;
use std::collections::BTreeMap;

/// Length of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Monday to Sunday.
    Week,
    /// Calendar month.
    Month,
    /// Calendar quarter.
    Quarter,
    /// Half a calendar year.
    Half,
    /// Calendar year.
    Year,
}

/// Promises of the priority clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Promise {
    /// Kept.
    pub kept: usize,
    /// Missed.
    pub missed: usize,
    /// Nobody told when it happened, or no onset is known.
    pub unknown: usize,
}

/// One period.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PeriodRow {
    /// `2026-W47`, `2026-11`, `2026-Q4`, `2026-H2`, `2026`.
    pub period: String,
    /// Its first day.
    pub from: String,
    /// Incidents with something wrong.
    pub incidents: usize,
    /// Analyses that found nothing wrong.
    pub quiet: usize,
    /// Incidents whose cause was determined.
    pub determined: usize,
    /// Incidents whose fingerprint had been seen before.
    pub recurrent: usize,
    /// Incidents by cause.
    pub causes: Vec<CauseCount>,
    /// Incidents by server or application.
    pub components: Vec<CauseCount>,
    /// Median minutes from onset to the business running again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recover_median_min: Option<f64>,
    /// The longest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recover_max_min: Option<f64>,
    /// Response in time?
    pub response: Promise,
    /// Workaround in time (the business ran again)?
    pub workaround: Promise,
    /// Resolution in time?
    pub resolution: Promise,
}

/// A name and how many incidents bear it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CauseCount {
    /// Cause id or component.
    pub name: String,
    /// Incidents.
    pub count: usize,
}

/// A kind of incident that came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    /// Ids, oldest first.
    pub incidents: Vec<String>,
}

/// The trends.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Trends {
    /// Periods with incidents, oldest first.
    pub periods: Vec<PeriodRow>,
    /// All of them together.
    pub total: PeriodRow,
    /// What came back, most often first.
    pub recurrences: Vec<Recurrence>,
}

/// Counts incidents by period; local days at `offset`.
pub fn trends(incidents: &[Incident], length: Length, offset: Offset) -> Trends {
    let mut dated: Vec<(Timestamp, &Incident)> = incidents
        .iter()
        .filter_map(|i| Some((i.moment().parse().ok()?, i)))
        .collect();
    dated.sort_by(|(a, i), (b, j)| a.cmp(b).then_with(|| i.id.cmp(&j.id)));
    let recurrent = recurrent_ids(&dated);
    let mut periods: BTreeMap<Date, Vec<&Incident>> = BTreeMap::new();
    for (moment, incident) in &dated {
        let day = offset.to_datetime(*moment).date();
        periods.entry(first_day(day, length)).or_default().push(incident);
    }
    let all: Vec<&Incident> = dated.iter().map(|(_, incident)| *incident).collect();
    Trends {
        periods: periods
            .iter()
            .map(|(day, those)| row(name(*day, length), day.to_string(), those, &recurrent))
            .collect(),
        total: row(
            "total".to_owned(),
            periods.keys().next().map_or_else(String::new, Date::to_string),
            &all,
            &recurrent,
        ),
        recurrences: recurrences(&dated),
    }
}

fn first_day(day: Date, length: Length) -> Date {
    let months = match length {
        Length::Week => {
            let back = i64::from(day.weekday().to_monday_zero_offset());
            return day.checked_sub(back.days()).unwrap_or(day);
        }
        Length::Month => 1,
        Length::Quarter => 3,
        Length::Half => 6,
        Length::Year => 12,
    };
    let month = (day.month() - 1) / months * months + 1;
    Date::new(day.year(), month, 1).unwrap_or(day)
}

fn name(first: Date, length: Length) -> String {
    let year = first.year();
    match length {
        Length::Week => {
            let week = first.iso_week_date();
            format!("{}-W{:02}", week.year(), week.week())
        }
        Length::Month => format!("{year}-{:02}", first.month()),
        Length::Quarter => format!("{year}-Q{}", (first.month() - 1) / 3 + 1),
        Length::Half => format!("{year}-H{}", (first.month() - 1) / 6 + 1),
        Length::Year => year.to_string(),
    }
}

/// Ids of incidents whose fingerprint came before.
fn recurrent_ids<'i>(dated: &[(Timestamp, &'i Incident)]) -> Vec<&'i str> {
    let mut seen: Vec<&str> = Vec::new();
    let mut ids = Vec::new();
    for (_, incident) in dated {
        let Some(fingerprint) = incident.fingerprint.as_deref() else {
            continue;
        };
        if seen.contains(&fingerprint) {
            ids.push(incident.id.as_str());
        } else {
            seen.push(fingerprint);
        }
    }
    ids
}

fn recurrences(dated: &[(Timestamp, &Incident)]) -> Vec<Recurrence> {
    let mut groups: BTreeMap<&str, Vec<&Incident>> = BTreeMap::new();
    for (_, incident) in dated {
        if let Some(fingerprint) = incident.fingerprint.as_deref() {
            groups.entry(fingerprint).or_default().push(incident);
        }
    }
    let mut recurrences: Vec<Recurrence> = groups
        .into_iter()
        .filter(|(_, those)| those.len() > 1)
        .map(|(fingerprint, those)| Recurrence {
            fingerprint: fingerprint.to_owned(),
            cause: those.last().and_then(|incident| cause(incident)),
            count: those.len(),
            first: those.first().map_or_else(String::new, |i| i.moment().to_owned()),
            last: those.last().map_or_else(String::new, |i| i.moment().to_owned()),
            incidents: those.iter().map(|i| i.id.clone()).collect(),
        })
        .collect();
    recurrences.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.fingerprint.cmp(&b.fingerprint)));
    recurrences
}

/// The cause found in the end, else that of the verdict.
fn cause(incident: &Incident) -> Option<String> {
    incident.after.final_cause.clone().or_else(|| incident.cause.clone())
}

fn row(period: String, from: String, incidents: &[&Incident], recurrent: &[&str]) -> PeriodRow {
    let quiet = incidents.iter().filter(|i| i.status == "none").count();
    let real: Vec<&Incident> = incidents.iter().filter(|i| i.status != "none").copied().collect();
    let causes = real
        .iter()
        .map(|i| cause(i).unwrap_or_else(|| "undetermined".to_owned()));
    let mut minutes: Vec<f64> = real
        .iter()
        .filter_map(|i| minutes_between(i.onset.as_deref()?, i.after.restored_at.as_deref()?))
        .collect();
    minutes.sort_by(f64::total_cmp);
    PeriodRow {
        period,
        from,
        incidents: real.len(),
        quiet,
        determined: real.iter().filter(|i| i.status == "determined").count(),
        recurrent: real.iter().filter(|i| recurrent.contains(&i.id.as_str())).count(),
        causes: counted(causes),
        components: counted(real.iter().flat_map(|i| i.components.clone())),
        recover_median_min: median(&minutes),
        recover_max_min: minutes.last().copied(),
        response: promise(&real, |i| (&i.due_response, &i.after.responded_at)),
        workaround: promise(&real, |i| (&i.due_workaround, &i.after.restored_at)),
        resolution: promise(&real, |i| (&i.due_resolution, &i.after.resolved_at)),
    }
}

fn counted(names: impl Iterator<Item = String>) -> Vec<CauseCount> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let mut counts: Vec<CauseCount> = counts
        .into_iter()
        .map(|(name, count)| CauseCount { name, count })
        .collect();
    counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    counts
}

fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    match sorted.len() % 2 {
        0 => Some((sorted.get(middle - 1)? + upper) / 2.0),
        _ => Some(upper),
    }
}

fn minutes_between(from: &str, to: &str) -> Option<f64> {
    let (from, to): (Timestamp, Timestamp) = (from.parse().ok()?, to.parse().ok()?);
    let seconds = to.duration_since(from).as_secs_f64();
    (seconds >= 0.0).then_some((seconds / 6.0).round() / 10.0)
}

type Times<'i> = (&'i Option<String>, &'i Option<String>);

fn promise(incidents: &[&Incident], times: impl Fn(&Incident) -> Times<'_>) -> Promise {
    let mut promise = Promise::default();
    for incident in incidents {
        let (due, done) = times(incident);
        let parsed = |time: &Option<String>| time.as_deref().and_then(|t| t.parse::<Timestamp>().ok());
        match (parsed(due), parsed(done)) {
            (Some(due), Some(done)) if done <= due => promise.kept += 1,
            (Some(_), Some(_)) => promise.missed += 1,
            _ => promise.unknown += 1,
        }
    }
    promise
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Aftermath;

    fn incident(id: &str, onset: &str, fingerprint: &str, restored: Option<&str>) -> Incident {
        Incident {
            id: id.to_owned(),
            onset: Some(onset.to_owned()),
            status: "determined".to_owned(),
            cause: Some("deadlock".to_owned()),
            fingerprint: Some(fingerprint.to_owned()),
            due_workaround: Some("2026-11-20T11:30:00+08:00".to_owned()),
            after: Aftermath {
                restored_at: restored.map(str::to_owned),
                ..Aftermath::default()
            },
            ..Incident::default()
        }
    }

    #[test]
    fn incidents_fall_into_their_periods() {
        let those = [
            incident("a", "2026-11-20T10:30:00+08:00", "f", Some("2026-11-20T11:10:00+08:00")),
            incident("b", "2026-11-20T10:00:00+08:00", "f", Some("2026-11-20T12:00:00+08:00")),
            incident("c", "2026-12-31T23:59:00+08:00", "g", None),
        ];
        let found = trends(&those, Length::Month, Offset::constant(8));
        assert_eq!(
            found.periods.iter().map(|p| p.period.as_str()).collect::<Vec<_>>(),
            ["2026-11", "2026-12"]
        );
        let november = &found.periods[0];
        assert_eq!((november.incidents, november.recurrent), (2, 1));
        assert_eq!(november.recover_median_min, Some(80.0));
        assert_eq!(
            november.workaround,
            Promise {
                kept: 1,
                missed: 1,
                unknown: 0
            }
        );
        assert_eq!(found.total.workaround.unknown, 1);
        assert_eq!(found.recurrences[0].incidents, ["b", "a"]);
        let names = |length| trends(&those, length, Offset::constant(8)).periods[0].period.clone();
        assert_eq!(
            [Length::Week, Length::Quarter, Length::Half, Length::Year].map(names),
            ["2026-W47", "2026-Q4", "2026-H2", "2026"]
        );
    }

    #[test]
    fn no_incidents_give_no_periods() {
        assert!(trends(&[], Length::Week, Offset::UTC).periods.is_empty());
    }
}
