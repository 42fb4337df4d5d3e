//! The record of incidents: one SQLite file that survives `kill -9`, can be listed, and can be emptied.
//!
//! An incident is the masked report as JSON beside the columns that lists and trends ask for. The columns are read from
//! the JSON when it is recorded, so the two never disagree; what happened afterwards (responded, restored, resolved, the
//! cause found in the end) is the user's and is kept when the same evidence is analysed again.

mod export;
mod incident;
mod purge;
mod schema;
mod trends;

pub use export::{csv, json_lines};
pub use incident::{Aftermath, Incident};
pub use purge::without_evidence;
pub use trends::{CauseCount, Length, PeriodRow, Promise, Recurrence, Trends, trends};

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use std::{fs, path::Path, time::Duration};

/// Why the record could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file or its folder cannot be opened.
    #[error("{path}: cannot be opened: {detail}")]
    Open {
        /// The file.
        path: String,
        /// The system's words.
        detail: String,
    },
    /// The file was written by a later version of this program.
    #[error("the record has format {found}; this version reads up to {known}")]
    TooNew {
        /// Its format.
        found: i64,
        /// The latest that is known.
        known: i64,
    },
    /// The database refused.
    #[error("the record could not be read or written: {0}")]
    Database(#[from] rusqlite::Error),
    /// What was to be recorded is no report.
    #[error("not a report: {0}")]
    NoReport(String),
}

/// Which incident an id means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Exactly this one.
    One(String),
    /// None starts so.
    None,
    /// Several start so.
    Several(Vec<String>),
}

/// An open record of incidents.
#[derive(Debug)]
pub struct Store {
    db: Connection,
}

impl Store {
    /// Opens the record, making it and its folder when they are not there.
    ///
    /// # Errors
    /// When the file cannot be opened or is of a later format.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |detail: String| StoreError::Open {
            path: path.display().to_string(),
            detail,
        };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
        }
        let db = Connection::open(path).map_err(|error| failed(error.to_string()))?;
        Self::prepare(db).map_err(|error| match error {
            StoreError::Database(error) => failed(error.to_string()),
            other => other,
        })
    }

    /// A record that lives in memory only.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::prepare(Connection::open_in_memory()?)
    }

    fn prepare(mut db: Connection) -> Result<Self, StoreError> {
        db.busy_timeout(Duration::from_secs(10))?;
        // Write-ahead log with a sync for each commit: a killed process loses nothing that was committed.
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "foreign_keys", true)?;
        // Purged means overwritten.
        db.pragma_update(None, "secure_delete", true)?;
        schema::migrate(&mut db)?;
        Ok(Self { db })
    }

    /// Records a report (masked, schema `goldenhour.report/1`), replacing an earlier analysis of the same evidence.
    /// Gives the incident's id.
    ///
    /// # Errors
    /// When it is no report or the database refuses.
    pub fn record(&mut self, report: &Value, recorded_at: &str) -> Result<String, StoreError> {
        let incident = Incident::from_report(report, recorded_at).map_err(StoreError::NoReport)?;
        let text = report.to_string();
        let change = self.db.transaction()?;
        incident::upsert(&change, &incident, &text)?;
        incident::insert_parts(&change, &incident.id, report)?;
        change.commit()?;
        Ok(incident.id)
    }

    /// All incidents, newest onset first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn list(&self) -> Result<Vec<Incident>, StoreError> {
        incident::list(&self.db)
    }

    /// One incident by its full id.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn get(&self, id: &str) -> Result<Option<Incident>, StoreError> {
        Ok(self.list()?.into_iter().find(|incident| incident.id == id))
    }

    /// The report of one incident as it was recorded.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn report(&self, id: &str) -> Result<Option<Value>, StoreError> {
        let sql = "SELECT report FROM incidents WHERE id = ?1";
        let text: Option<String> = self.db.query_row(sql, [id], |row| row.get(0)).optional()?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Which incident is meant by an id or the start of one.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn find(&self, start: &str) -> Result<Found, StoreError> {
        let ids: Vec<String> = self.list()?.into_iter().map(|incident| incident.id).collect();
        if ids.iter().any(|id| id == start) {
            return Ok(Found::One(start.to_owned()));
        }
        let mut those: Vec<String> = ids
            .into_iter()
            .filter(|id| !start.is_empty() && id.starts_with(start))
            .collect();
        Ok(match those.len() {
            0 => Found::None,
            1 => those.pop().map_or(Found::None, Found::One),
            _ => Found::Several(those),
        })
    }

    /// Completes an incident with what happened afterwards; what is `None` stays as it is. False when there is none.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn set(&mut self, id: &str, after: &Aftermath) -> Result<bool, StoreError> {
        let sql = "UPDATE incidents SET responded_at = coalesce(?2, responded_at), restored_at = coalesce(?3, restored_at), \
                   resolved_at = coalesce(?4, resolved_at), final_cause = coalesce(?5, final_cause) WHERE id = ?1";
        let values = params![
            id,
            after.responded_at,
            after.restored_at,
            after.resolved_at,
            after.final_cause
        ];
        Ok(self.db.execute(sql, values)? > 0)
    }

    /// Earlier incidents with this fingerprint, newest first, the incident itself left out.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn seen_before(&self, fingerprint: &str, except: &str) -> Result<Vec<Incident>, StoreError> {
        let all = self.list()?.into_iter();
        Ok(all
            .filter(|i| i.id != except && i.fingerprint.as_deref() == Some(fingerprint))
            .collect())
    }

    /// Deletes incidents for good. Gives how many there were.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn purge(&mut self, ids: &[String]) -> Result<usize, StoreError> {
        purge::incidents(&mut self.db, ids)
    }

    /// Deletes what was quoted from the evidence of these incidents, and keeps the rest. Gives how many there were.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn purge_evidence(&mut self, ids: &[String]) -> Result<usize, StoreError> {
        purge::evidence(&mut self.db, ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    pub(super) fn report(id: &str, onset: &str, fingerprint: &str) -> Value {
        json!({
            "schema": "goldenhour.report/1",
            "tool": {"name": "goldenhour", "version": "0.1.0"},
            "incident": {"id": id, "site": "示例医院", "onset": onset, "scale": "large", "priority": "critical",
                         "due": {"response": "2026-11-20T11:00:00.000+08:00", "workaround": "2026-11-20T11:30:00.000+08:00",
                                 "resolution": "2026-11-20T22:30:00.000+08:00"}},
            "verdict": {"status": "determined", "cause": "deadlock", "confidence": "high", "fingerprint": fingerprint,
                        "headline": {"zh": "死锁", "en": "deadlock"}},
            "findings": [{"id": "threads.deadlock", "evidence": [{"artefact": "a1", "line": 1, "quote": "secret words"}]}],
            "processes": [{"id": "p1", "pid": 12, "host": "h1", "name": "server1"}],
            "artefacts": [{"id": "a1", "path": "x.log", "kind": "log", "bytes": 3, "sha256": "00"}]
        })
    }

    #[test]
    fn an_incident_is_kept_with_its_aftermath_when_analysed_again() {
        let mut store = Store::in_memory().unwrap();
        let one = report("i-1", "2026-11-20T10:30:00.000+08:00", "f");
        store.record(&one, "2026-11-20T12:00:00+08:00").unwrap();
        let after = Aftermath {
            restored_at: Some("2026-11-20T11:10:00.000+08:00".to_owned()),
            ..Aftermath::default()
        };
        assert!(store.set("i-1", &after).unwrap());
        store.record(&one, "2026-11-21T12:00:00+08:00").unwrap();
        let all = store.list().unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].after.restored_at, after.restored_at);
        assert_eq!(all[0].recorded_at, "2026-11-20T12:00:00+08:00", "first recorded");
        assert_eq!(all[0].cause.as_deref(), Some("deadlock"));
        assert_eq!(all[0].headline.zh, "死锁");
        assert_eq!(store.report("i-1").unwrap(), Some(one));
    }

    #[test]
    fn ids_may_be_shortened_while_they_are_clear() {
        let mut store = Store::in_memory().unwrap();
        for id in ["abc1", "abd2"] {
            store
                .record(&report(id, "2026-11-20T10:30:00.000+08:00", "f"), "t")
                .unwrap();
        }
        assert_eq!(store.find("abc").unwrap(), Found::One("abc1".to_owned()));
        assert!(matches!(store.find("ab").unwrap(), Found::Several(_)));
        assert_eq!(store.find("x").unwrap(), Found::None);
        assert_eq!(store.find("").unwrap(), Found::None);
    }

    #[test]
    fn the_same_kind_of_incident_was_seen_before() {
        let mut store = Store::in_memory().unwrap();
        store
            .record(&report("a", "2026-11-01T10:30:00.000+08:00", "f"), "t")
            .unwrap();
        store
            .record(&report("b", "2026-11-20T10:30:00.000+08:00", "f"), "t")
            .unwrap();
        store
            .record(&report("c", "2026-11-21T10:30:00.000+08:00", "g"), "t")
            .unwrap();
        let seen = store.seen_before("f", "b").unwrap();
        assert_eq!(seen.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn purged_words_are_not_in_the_file_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/incidents.db");
        let mut store = Store::open(&path).unwrap();
        store
            .record(&report("a", "2026-11-01T10:30:00.000+08:00", "f"), "t")
            .unwrap();
        assert_eq!(store.purge_evidence(&["a".to_owned()]).unwrap(), 1);
        assert_eq!(store.list().unwrap().len(), 1);
        let holds = |needle: &[u8]| {
            let files = fs::read_dir(path.parent().unwrap()).unwrap();
            files
                .flatten()
                .any(|f| memchr::memmem::find(&fs::read(f.path()).unwrap(), needle).is_some())
        };
        assert!(!holds(b"secret words"));
        assert_eq!(store.purge(&["a".to_owned()]).unwrap(), 1);
        assert!(store.list().unwrap().is_empty());
        assert!(!holds(b"server1"));
    }

    #[test]
    fn a_later_format_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        drop(Store::open(&path).unwrap());
        Connection::open(&path)
            .unwrap()
            .pragma_update(None, "user_version", 99)
            .unwrap();
        assert!(matches!(Store::open(&path), Err(StoreError::TooNew { found: 99, .. })));
    }

    #[test]
    fn what_is_no_report_is_not_recorded() {
        let mut store = Store::in_memory().unwrap();
        assert!(store.record(&json!({"schema": "other"}), "t").is_err());
        assert!(store.record(&json!([1, 2]), "t").is_err());
    }
}
