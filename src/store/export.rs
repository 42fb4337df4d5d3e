//! The record as JSON Lines and CSV, one file a month and site, named as Hive, DuckDB and Spark name partitions.

use super::{Filter, Incident, StoreError, body, digest, incident};
use jiff::{Timestamp, ToSpan, civil::Date, tz::Offset};
use rusqlite::Connection;
use serde_json::Value;
use std::collections::BTreeSet;

/// Incidents of one month and one site.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Partition {
    /// First day of the month.
    pub month: Date,
    /// Name of the site.
    pub site: Option<String>,
    from: Timestamp,
    to: Timestamp,
    since: Option<Timestamp>,
}

impl Partition {
    /// `month=2026-11/site=…`: values percent-encoded as Hive does, an unknown site by Hive's own word.
    pub fn folder(&self) -> String {
        let site = match self.site.as_deref() {
            None | Some("") => "__HIVE_DEFAULT_PARTITION__".to_owned(),
            Some(site) => encoded(site),
        };
        format!("month={}/site={site}", self.month.strftime("%Y-%m"))
    }
}

/// Letters and digits of any script stay; what paths and URLs give a meaning is percent-encoded byte by byte.
fn encoded(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_alphanumeric() || matches!(c, '-' | '_') || (c == '.' && !out.is_empty()) {
            out.push(c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    out
}

/// The months and sites that have incidents.
pub fn partitions(db: &Connection, filter: &Filter, offset: Offset) -> Result<Vec<Partition>, StoreError> {
    let Some(site) = filter.site_number(db)? else {
        return Ok(Vec::new());
    };
    let digests = digest::read(db, filter.since, site)?;
    let mut found = BTreeSet::new();
    for d in &digests.all {
        if let Ok(moment) = Timestamp::from_millisecond(d.moment) {
            found.insert((offset.to_datetime(moment).date().first_of_month(), d.site));
        }
    }
    let mut partitions = Vec::new();
    for (month, site) in found {
        let bounds = month.checked_add(1.month()).ok().and_then(|next| {
            let start = |day: Date| offset.to_timestamp(day.at(0, 0, 0, 0)).ok();
            Some((start(month)?, start(next)?))
        });
        if let Some((from, to)) = bounds {
            partitions.push(Partition {
                month,
                site: digest::name(db, site)?,
                from,
                to,
                since: filter.since,
            });
        }
    }
    partitions.sort();
    Ok(partitions)
}

/// Gives every incident of a partition with its report, oldest first.
pub fn each<E: From<StoreError>>(
    db: &Connection,
    partition: &Partition,
    mut take: impl FnMut(&Incident, Option<Value>) -> Result<(), E>,
) -> Result<(), E> {
    let numbers = || -> Result<Vec<i64>, StoreError> {
        let from = partition
            .since
            .map_or(partition.from, |since| since.max(partition.from));
        let mut find = db.prepare_cached(
            "SELECT n FROM incidents WHERE moment >= ?1 AND moment < ?2 AND site IS ?3 ORDER BY moment, id",
        )?;
        let bounds = (from.as_millisecond(), partition.to.as_millisecond(), &partition.site);
        Ok(find.query_map(bounds, |row| row.get(0))?.collect::<Result<_, _>>()?)
    };
    for n in numbers()? {
        if let Some(incident) = incident::by_number(db, n)? {
            take(&incident, body::get(db, n)?)?;
        }
    }
    Ok(())
}

/// The columns of the CSV, in their order.
const COLUMNS: [&str; 23] = [
    "id",
    "recorded_at",
    "analysed_at",
    "onset",
    "status",
    "inspection",
    "cause",
    "confidence",
    "fingerprint",
    "priority",
    "scale",
    "systems",
    "modules",
    "due_response",
    "due_workaround",
    "due_resolution",
    "responded_at",
    "restored_at",
    "resolved_at",
    "final_cause",
    "fix",
    "headline_zh",
    "headline_en",
];

/// The first line of a CSV (RFC 4180), after a mark that makes spreadsheets read UTF-8.
pub fn csv_head() -> String {
    format!("\u{feff}{}\r\n", COLUMNS.join(","))
}

/// The line of one incident; month and site are told by its partition.
pub fn csv_row(i: &Incident) -> String {
    let inspection = i.inspection.to_string();
    let (systems, modules) = (i.components.join("; "), i.modules.join("; "));
    let cells: [Option<&str>; COLUMNS.len()] = [
        Some(&i.id),
        Some(&i.recorded_at),
        Some(&i.analysed_at),
        i.onset.as_deref(),
        Some(&i.status),
        Some(&inspection),
        i.cause.as_deref(),
        i.confidence.as_deref(),
        i.fingerprint.as_deref(),
        i.priority.as_deref(),
        i.scale.as_deref(),
        Some(&systems),
        Some(&modules),
        i.due_response.as_deref(),
        i.due_workaround.as_deref(),
        i.due_resolution.as_deref(),
        i.after.responded_at.as_deref(),
        i.after.restored_at.as_deref(),
        i.after.resolved_at.as_deref(),
        i.after.final_cause.as_deref(),
        i.after.fix.as_deref(),
        Some(&i.headline.zh),
        Some(&i.headline.en),
    ];
    let row: Vec<String> = cells.into_iter().map(|text| cell(text.unwrap_or_default())).collect();
    row.join(",") + "\r\n"
}

/// Quoted, on one line, and never the start of a formula.
fn cell(text: &str) -> String {
    let text = text.replace(['\r', '\n'], " ");
    let safe = if text.starts_with(['=', '+', '-', '@', '\t']) {
        format!("'{text}")
    } else {
        text
    };
    if safe.contains([',', '"']) {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_start_no_formula() {
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("a \"b\", c\nd"), "\"a \"\"b\"\", c d\"");
        assert_eq!(cell("plain"), "plain");
    }

    #[test]
    fn every_row_has_every_column() {
        let row = csv_row(&Incident {
            id: "x".to_owned(),
            ..Incident::default()
        });
        let columns = [csv_head(), row].map(|line| line.matches(',').count());
        assert_eq!(columns, [COLUMNS.len() - 1; 2]);
    }

    #[test]
    fn site_names_are_safe_folders() {
        assert_eq!(encoded("示例医院 A/B=1"), "示例医院%20A%2FB%3D1");
        assert_eq!(encoded("../x"), "%2E.%2Fx");
    }
}
