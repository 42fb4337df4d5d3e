//! Keeping an incident, and merging one that another record kept.

use super::{Aftermath, Incident, StoreError, body, digest, incident, purge, readings};
use rusqlite::{Connection, params};
use serde::Serialize;
use serde_json::Value;

/// One entry of another record, or a plain report.
#[derive(Debug, Clone)]
pub struct Entry {
    incident: Incident,
    report: Value,
    stripped: bool,
}

/// What an import did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Entries read.
    pub read: u64,
    /// Incidents that were not on record.
    pub new: u64,
    /// Incidents that were, and got a later analysis or later words about their aftermath.
    pub changed: u64,
    /// Incidents that were on record as they are.
    pub same: u64,
}

impl Entry {
    /// From a `report.json`, or from a line of an export, which holds the report (as JSON or as a string of JSON)
    /// beside what happened afterwards. `now` is the time of recording when the line tells none.
    ///
    /// # Errors
    /// When it is no report.
    pub fn new(line: &Value, now: &str) -> Result<Self, StoreError> {
        let text = |key: &str| line.get(key).and_then(Value::as_str).map(str::to_owned);
        let report = match line.get("report") {
            Some(Value::String(packed)) => {
                serde_json::from_str(packed).map_err(|error| StoreError::NoReport(error.to_string()))?
            }
            Some(report) => report.clone(),
            None => line.clone(),
        };
        let recorded_at = text("recorded_at").unwrap_or_else(|| now.to_owned());
        let mut incident = Incident::from_report(&report, &recorded_at).map_err(StoreError::NoReport)?;
        incident.analysed_at = text("analysed_at").unwrap_or(recorded_at);
        incident.after = Aftermath {
            responded_at: text("responded_at"),
            restored_at: text("restored_at"),
            resolved_at: text("resolved_at"),
            final_cause: text("final_cause"),
            fix: text("fix"),
        };
        incident.set_at = text("set_at");
        Ok(Self {
            incident,
            report,
            stripped: line.get("evidence_purged").and_then(Value::as_bool) == Some(true),
        })
    }
}

/// Keeps an incident with its report and everything that is derived from them. Gives its number.
pub fn keep(db: &Connection, incident: &Incident, report: &Value, stripped: bool) -> Result<i64, StoreError> {
    let n = incident::upsert(db, incident)?;
    body::put(db, n, report, stripped)?;
    digest::refresh(db, n)?;
    readings::put(db, n, report)?;
    Ok(n)
}

/// Merges one entry.
pub fn merge(db: &Connection, entry: &Entry, imported: &mut Imported) -> Result<(), StoreError> {
    imported.read += 1;
    let there = incident::number(db, &entry.incident.id)?;
    let known = match there {
        Some(n) => incident::by_number(db, n)?,
        None => None,
    };
    let Some((n, known)) = there.zip(known) else {
        let n = keep(db, &entry.incident, &entry.report, entry.stripped)?;
        set(db, n, &entry.incident.after, entry.incident.set_at.as_deref(), true)?;
        digest::refresh(db, n)?;
        imported.new += 1;
        return Ok(());
    };
    let later = is_later(Some(&entry.incident.analysed_at), Some(&known.analysed_at));
    if later && body::get(db, n)?.as_ref() != Some(&entry.report) {
        // What was purged here does not come back by an import.
        if body::is_stripped(db, n)? {
            keep(db, &entry.incident, &purge::without_evidence(&entry.report), true)?;
        } else {
            keep(db, &entry.incident, &entry.report, entry.stripped)?;
        }
    }
    if !entry.incident.after.is_empty() {
        let leads = is_later(entry.incident.set_at.as_deref(), known.set_at.as_deref());
        set(db, n, &entry.incident.after, entry.incident.set_at.as_deref(), leads)?;
    }
    digest::refresh(db, n)?;
    match incident::by_number(db, n)? {
        Some(now) if now == known => imported.same += 1,
        _ => imported.changed += 1,
    }
    Ok(())
}

/// True when the first of two times is after the second; a time is after none.
fn is_later(a: Option<&str>, b: Option<&str>) -> bool {
    digest::instant(a) > digest::instant(b)
}

/// Writes what is told of the aftermath. With `lead` it replaces what is known, else it only fills what is not.
pub fn set(db: &Connection, n: i64, after: &Aftermath, set_at: Option<&str>, lead: bool) -> Result<(), StoreError> {
    let part = |column: &str, at: usize| {
        if lead {
            format!("{column} = coalesce(?{at}, {column})")
        } else {
            format!("{column} = coalesce({column}, ?{at})")
        }
    };
    let sql = format!(
        "UPDATE incidents SET {}, {}, {}, {}, {}, {} WHERE n = ?1",
        part("responded_at", 2),
        part("restored_at", 3),
        part("resolved_at", 4),
        part("final_cause", 5),
        part("fix", 6),
        part("set_at", 7),
    );
    let values = params![
        n,
        after.responded_at,
        after.restored_at,
        after.resolved_at,
        after.final_cause,
        after.fix,
        set_at
    ];
    db.prepare_cached(&sql)?.execute(values)?;
    Ok(())
}
