//! Figures that grow towards a limit, a row each, so that trends can say which limit comes next.

use super::{StoreError, digest};
use crate::report::readings;
use rusqlite::{Connection, params};
use serde_json::Value;

/// Replaces the readings of incident number `n`; the series of a reading is `site, kind, whose`.
pub fn put(db: &Connection, n: i64, report: &Value) -> Result<(), StoreError> {
    db.prepare_cached("DELETE FROM readings WHERE incident = ?1")?
        .execute([n])?;
    let mut moment = db.prepare_cached("SELECT moment, site FROM incidents WHERE n = ?1")?;
    let (at, site): (Option<i64>, Option<String>) = moment.query_row([n], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let Some(at) = at else { return Ok(()) };
    for reading in readings(report) {
        let series = format!(
            "{}\u{1f}{}\u{1f}{}",
            site.as_deref().unwrap_or_default(),
            reading.kind,
            reading.of
        );
        let series = digest::number(db, Some(&series))?;
        let sql =
            "INSERT OR REPLACE INTO readings (series, moment, incident, value, bound) VALUES (?1, ?2, ?3, ?4, ?5)";
        db.prepare_cached(sql)?
            .execute(params![series, at, n, reading.value, reading.bound])?;
    }
    Ok(())
}
