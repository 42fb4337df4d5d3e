//! Trends across incidents, in the periods of OPERATIONS.md rule 11.
//!
//! One pass over the digests in order of time; names become words only for what is shown, so that any trend over a
//! million incidents takes less than a second.

mod forecast;
mod period;
mod recurrence;
mod sheet;

pub use forecast::Forecast;
pub use period::Length;
pub use recurrence::{Recurrence, comeback};
pub use sheet::sheet;

use super::{
    StoreError,
    digest::{self, Digest, Digests, Kept, Name, Tag},
};
use jiff::{Timestamp, tz::Offset};
use period::Periods;
use rusqlite::Connection;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// Names listed of a kind in one period; the rest is counted together.
const NAMES: usize = 50;

/// Which incidents are counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only incidents from this moment on.
    pub since: Option<Timestamp>,
    /// Only incidents of this site.
    pub site: Option<String>,
}

impl Filter {
    /// The site's number: `None` when no incident bears the name, `Some(None)` for all sites.
    pub(super) fn site_number(&self, db: &Connection) -> Result<Option<Option<Name>>, StoreError> {
        match &self.site {
            None => Ok(Some(None)),
            Some(site) => Ok(digest::known_number(db, site)?.map(Some)),
        }
    }
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

impl Promise {
    fn count(&mut self, kept: Kept) {
        match kept {
            Kept::Yes => self.kept += 1,
            Kept::No => self.missed += 1,
            Kept::Unknown => self.unknown += 1,
        }
    }
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
    /// Analyses that found nothing wrong, and inspections.
    pub quiet: usize,
    /// Of these, inspections.
    pub inspections: usize,
    /// Incidents whose cause was determined.
    pub determined: usize,
    /// Incidents whose fingerprint had been seen before.
    pub recurrent: usize,
    /// Incidents by priority.
    pub priorities: Vec<CauseCount>,
    /// Incidents by cause.
    pub causes: Vec<CauseCount>,
    /// Incidents by server or application.
    pub components: Vec<CauseCount>,
    /// Incidents by business module of the site file.
    pub modules: Vec<CauseCount>,
    /// Incidents by site.
    pub sites: Vec<CauseCount>,
    /// Median minutes from onset to the first response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub respond_median_min: Option<f64>,
    /// Median minutes from onset to the business running again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recover_median_min: Option<f64>,
    /// The longest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recover_max_min: Option<f64>,
    /// Median minutes from onset to the final solution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolve_median_min: Option<f64>,
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
    /// Cause id, priority, component, module or site.
    pub name: String,
    /// Incidents.
    pub count: usize,
}

/// What a cause cost.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Expense {
    /// Cause id.
    pub cause: String,
    /// Incidents.
    pub incidents: usize,
    /// Of these, incidents whose time of recovery was told.
    pub told: usize,
    /// Minutes without service, of those.
    pub minutes: f64,
    /// The longest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest_min: Option<f64>,
}

/// The trends.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Trends {
    /// Periods with incidents, oldest first.
    pub periods: Vec<PeriodRow>,
    /// All of them together.
    pub total: PeriodRow,
    /// What came back, most often first; at most fifty kinds.
    pub recurrences: Vec<Recurrence>,
    /// How many kinds came back.
    pub recurring_kinds: usize,
    /// Causes by time without service.
    pub expenses: Vec<Expense>,
    /// Limits that will be reached when things go on as they did, soonest first.
    pub forecasts: Vec<Forecast>,
}

/// Counts incidents by period; local days at `offset`.
pub fn count(db: &Connection, filter: &Filter, length: Length, offset: Offset) -> Result<Trends, StoreError> {
    let Some(site) = filter.site_number(db)? else {
        return Ok(Trends::default());
    };
    let digests = digest::read(db, filter.since, site)?;
    let recurring = recurrence::Recurring::new(&digests.all);
    let mut words = Words::new(db);
    let mut trends = Trends::default();
    let mut total = Tally::default();
    let mut begun: Option<(usize, Tally)> = None;
    let mut periods = Periods::new(length, offset);
    let mut first = String::new();
    let mut rows: Vec<(String, String)> = Vec::new();
    for d in &digests.all {
        if periods.enter(d.moment) {
            if let Some((at, tally)) = begun.take() {
                trends.periods.push(tally.row(rows.get(at), &mut words)?);
            }
            rows.push((periods.name(), periods.first_day()));
            if first.is_empty() {
                first = periods.first_day();
            }
            begun = Some((rows.len() - 1, Tally::default()));
        }
        let recurrent = recurring.came_before(d);
        if let Some((_, tally)) = &mut begun {
            tally.count(d, &digests, recurrent);
        }
        total.count(d, &digests, recurrent);
    }
    if let Some((at, tally)) = begun {
        trends.periods.push(tally.row(rows.get(at), &mut words)?);
    }
    trends.expenses = total.expenses(&mut words)?;
    trends.total = total.row(Some(&("total".to_owned(), first)), &mut words)?;
    trends.recurring_kinds = recurring.kinds();
    trends.recurrences = recurring.worst(db, &digests.all)?;
    trends.forecasts = forecast::all(db, filter)?;
    Ok(trends)
}

/// Names of numbers, each asked for once.
struct Words<'d> {
    db: &'d Connection,
    known: HashMap<Name, String>,
}

impl<'d> Words<'d> {
    fn new(db: &'d Connection) -> Self {
        Self {
            db,
            known: HashMap::new(),
        }
    }

    fn of(&mut self, name: Name, unknown: &str) -> Result<String, StoreError> {
        if name == 0 {
            return Ok(unknown.to_owned());
        }
        if let Some(word) = self.known.get(&name) {
            return Ok(word.clone());
        }
        let word = digest::name(self.db, name)?.unwrap_or_else(|| unknown.to_owned());
        self.known.insert(name, word.clone());
        Ok(word)
    }
}

/// Counts of one period.
#[derive(Default)]
struct Tally {
    incidents: usize,
    quiet: usize,
    inspections: usize,
    determined: usize,
    recurrent: usize,
    priorities: BTreeMap<&'static str, usize>,
    causes: HashMap<Name, usize>,
    systems: HashMap<Name, usize>,
    modules: HashMap<Name, usize>,
    sites: HashMap<Name, usize>,
    costs: HashMap<Name, (usize, u64, u32)>,
    respond: Vec<u32>,
    restore: Vec<u32>,
    resolve: Vec<u32>,
    response: Promise,
    workaround: Promise,
    resolution: Promise,
}

impl Tally {
    fn count(&mut self, d: &Digest, digests: &Digests, recurrent: bool) {
        if d.quiet() {
            self.quiet += 1;
            self.inspections += usize::from(d.inspection());
            return;
        }
        self.incidents += 1;
        self.determined += usize::from(d.determined());
        self.recurrent += usize::from(recurrent);
        *self.priorities.entry(d.priority()).or_default() += 1;
        *self.causes.entry(d.cause).or_default() += 1;
        *self.sites.entry(d.site).or_default() += 1;
        for (tag, name) in digests.names_of(d) {
            let counts = match tag {
                Tag::System => &mut self.systems,
                Tag::Module => &mut self.modules,
            };
            *counts.entry(name).or_default() += 1;
        }
        if let Some(seconds) = d.restore {
            let cost = self.costs.entry(d.cause).or_default();
            *cost = (cost.0 + 1, cost.1 + u64::from(seconds), cost.2.max(seconds));
        }
        self.respond.extend(d.respond);
        self.restore.extend(d.restore);
        self.resolve.extend(d.resolve);
        self.response.count(d.response());
        self.workaround.count(d.workaround());
        self.resolution.count(d.resolution());
    }

    fn row(mut self, period: Option<&(String, String)>, words: &mut Words<'_>) -> Result<PeriodRow, StoreError> {
        let (period, from) = period.cloned().unwrap_or_default();
        let known = |counts: HashMap<Name, usize>| -> HashMap<Name, usize> {
            counts.into_iter().filter(|(name, _)| *name != 0).collect()
        };
        let mut priorities: Vec<CauseCount> = Vec::new();
        for name in ["critical", "serious", "general", "unknown"] {
            priorities.extend(self.priorities.get(name).map(|count| CauseCount {
                name: name.to_owned(),
                count: *count,
            }));
        }
        Ok(PeriodRow {
            period,
            from,
            incidents: self.incidents,
            quiet: self.quiet,
            inspections: self.inspections,
            determined: self.determined,
            recurrent: self.recurrent,
            priorities,
            causes: counted(self.causes, words, "undetermined")?,
            components: counted(self.systems, words, "")?,
            modules: counted(self.modules, words, "")?,
            sites: counted(known(self.sites), words, "")?,
            respond_median_min: median(&mut self.respond),
            recover_median_min: median(&mut self.restore),
            recover_max_min: self.restore.iter().max().map(|s| minutes(*s)),
            resolve_median_min: median(&mut self.resolve),
            response: self.response,
            workaround: self.workaround,
            resolution: self.resolution,
        })
    }

    /// Causes by time without service, then by number.
    fn expenses(&self, words: &mut Words<'_>) -> Result<Vec<Expense>, StoreError> {
        let mut expenses = Vec::new();
        for (name, incidents) in &self.causes {
            let (told, seconds, longest) = self.costs.get(name).copied().unwrap_or_default();
            expenses.push(Expense {
                cause: words.of(*name, "undetermined")?,
                incidents: *incidents,
                told,
                minutes: (seconds as f64 / 6.0).round() / 10.0,
                longest_min: (told > 0).then(|| minutes(longest)),
            });
        }
        expenses.sort_by(|a, b| {
            let by_cost = b.minutes.total_cmp(&a.minutes).then(b.incidents.cmp(&a.incidents));
            by_cost.then_with(|| a.cause.cmp(&b.cause))
        });
        Ok(expenses)
    }
}

/// Names by number of incidents, the rarest beyond [`NAMES`] left out.
fn counted(counts: HashMap<Name, usize>, words: &mut Words<'_>, unknown: &str) -> Result<Vec<CauseCount>, StoreError> {
    let mut counts: Vec<(Name, usize)> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    counts.truncate(NAMES);
    let mut named = Vec::with_capacity(counts.len());
    for (name, count) in counts {
        named.push(CauseCount {
            name: words.of(name, unknown)?,
            count,
        });
    }
    named.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    Ok(named)
}

/// Seconds as minutes with one decimal.
fn minutes(seconds: u32) -> f64 {
    (f64::from(seconds) / 6.0).round() / 10.0
}

fn median(seconds: &mut [u32]) -> Option<f64> {
    if seconds.is_empty() {
        return None;
    }
    let middle = seconds.len() / 2;
    let even = seconds.len().is_multiple_of(2);
    let (below, upper, _) = seconds.select_nth_unstable(middle);
    let upper = minutes(*upper);
    match below.iter().max().filter(|_| even) {
        Some(lower) => Some(((minutes(*lower) + upper) * 5.0).round() / 10.0),
        None => Some(upper),
    }
}

#[cfg(test)]
mod tests;
