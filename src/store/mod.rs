//! The record of incidents: one SQLite file that survives `kill -9`, can be listed, and can be emptied.
//!
//! An incident is the masked report (packed) beside the columns that lists ask for and one narrow row that trends count.
//! Both are read from the report when it is recorded, so they never disagree; what happened afterwards (responded,
//! restored, resolved, the cause found in the end, the fix) is the user's and is kept when the same evidence is analysed
//! again.

mod body;
mod compare;
mod digest;
mod export;
mod import;
mod incident;
mod purge;
mod readings;
mod schema;
mod trends;

pub use compare::{Change, Comparison, Movement, compare};
pub use export::{Partition, csv_head, csv_row};
pub use import::{Entry, Imported};
pub use incident::{Aftermath, Incident};
pub use purge::without_evidence;
pub use trends::{
    CauseCount, Expense, Filter, Forecast, Length, PeriodRow, Promise, Recurrence, Trends, comeback, sheet,
};

use jiff::{Timestamp, tz::Offset};
use rusqlite::{Connection, ErrorCode, TransactionBehavior::Immediate, params};
use serde_json::Value;
use std::{fs, path::Path, thread, time::Duration};

/// Ids named when the start of one is not clear.
const CANDIDATES: usize = 20;

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
    /// Several start so; at most the first twenty are named.
    Several(Vec<String>),
}

/// What a record holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Holdings {
    /// Incidents.
    pub incidents: u64,
    /// Of these, incidents whose quotes were purged.
    pub evidence_purged: u64,
    /// Bytes of the kept reports, packed.
    pub report_bytes: u64,
    /// Bytes of the file, its write-ahead log left out.
    pub file_bytes: u64,
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
        db.set_prepared_statement_cache_capacity(64);
        // Write-ahead log with a sync for each commit: a killed process loses nothing that was committed.
        patiently(|| db.pragma_update(None, "journal_mode", "WAL"))?;
        db.pragma_update(None, "synchronous", "FULL")?;
        // Purged means overwritten.
        db.pragma_update(None, "secure_delete", true)?;
        db.pragma_update(None, "foreign_keys", false)?;
        schema::migrate(&mut db)?;
        db.pragma_update(None, "foreign_keys", true)?;
        Ok(Self { db })
    }

    /// Records a report (masked, schema `goldenhour.report/1`), replacing an earlier analysis of the same evidence.
    /// Gives the incident's id.
    ///
    /// # Errors
    /// When it is no report or the database refuses.
    pub fn record(&mut self, report: &Value, recorded_at: &str) -> Result<String, StoreError> {
        let incident = Incident::from_report(report, recorded_at).map_err(StoreError::NoReport)?;
        let change = self.db.transaction_with_behavior(Immediate)?;
        import::keep(&change, &incident, report, false)?;
        change.commit()?;
        Ok(incident.id)
    }

    /// Merges entries of another record, all of them or – when one is wrong – none. Doing it again changes nothing:
    /// of two analyses of the same evidence the later stays, of two accounts of the aftermath the later one leads.
    ///
    /// # Errors
    /// When an entry is no report or the database refuses.
    pub fn import(
        &mut self,
        entries: impl IntoIterator<Item = Result<Entry, StoreError>>,
    ) -> Result<Imported, StoreError> {
        let change = self.db.transaction_with_behavior(Immediate)?;
        let mut imported = Imported::default();
        for entry in entries {
            import::merge(&change, &entry?, &mut imported)?;
        }
        change.commit()?;
        Ok(imported)
    }

    /// The newest incidents first, all or at most `limit`.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn list(&self, limit: Option<usize>) -> Result<Vec<Incident>, StoreError> {
        incident::list(&self.db, limit)
    }

    /// One incident by its full id.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn get(&self, id: &str) -> Result<Option<Incident>, StoreError> {
        Ok(incident::search(&self.db, "id = ?1", [id], 1)?.pop())
    }

    /// The report of one incident as it was recorded.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn report(&self, id: &str) -> Result<Option<Value>, StoreError> {
        match incident::number(&self.db, id)? {
            Some(n) => body::get(&self.db, n),
            None => Ok(None),
        }
    }

    /// Which incident is meant by an id or the start of one.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn find(&self, start: &str) -> Result<Found, StoreError> {
        if start.is_empty() {
            return Ok(Found::None);
        }
        if incident::number(&self.db, start)?.is_some() {
            return Ok(Found::One(start.to_owned()));
        }
        // Ids from `start` up to the last that begins with it: a range of the index.
        let mut ids = self.db.prepare_cached(
            "SELECT id FROM incidents WHERE id >= ?1 AND id < ?1 || char(1114111) ORDER BY id LIMIT ?2",
        )?;
        let limit = i64::try_from(CANDIDATES).unwrap_or(i64::MAX);
        let mut those: Vec<String> = ids
            .query_map(params![start, limit], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
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
    pub fn set(&mut self, id: &str, after: &Aftermath, set_at: &str) -> Result<bool, StoreError> {
        let change = self.db.transaction_with_behavior(Immediate)?;
        let Some(n) = incident::number(&change, id)? else {
            return Ok(false);
        };
        import::set(&change, n, after, Some(set_at), true)?;
        digest::refresh(&change, n)?;
        change.commit()?;
        Ok(true)
    }

    /// Incidents with this fingerprint before a moment, the newest twenty, newest first, the incident itself left out.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn seen_before(
        &self,
        fingerprint: &str,
        except: &str,
        before: Option<Timestamp>,
    ) -> Result<Vec<Incident>, StoreError> {
        let condition = "fingerprint = ?1 AND id <> ?2 AND moment < ?3 AND NOT inspection";
        let before = before.map_or(i64::MAX, Timestamp::as_millisecond);
        incident::search(&self.db, condition, params![fingerprint, except, before], CANDIDATES)
    }

    /// Counts incidents by period; local days at `offset`.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn trends(&self, filter: &Filter, length: Length, offset: Offset) -> Result<Trends, StoreError> {
        trends::count(&self.db, filter, length, offset)
    }

    /// What there is to export: months (local at `offset`) and sites, in order.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn partitions(&self, filter: &Filter, offset: Offset) -> Result<Vec<Partition>, StoreError> {
        export::partitions(&self.db, filter, offset)
    }

    /// Gives every incident of a partition with its report, oldest first, to `take`, which may end it with an error.
    ///
    /// # Errors
    /// When the database refuses, or with the error of `take`.
    pub fn each_of<E: From<StoreError>>(
        &self,
        partition: &Partition,
        take: impl FnMut(&Incident, Option<Value>) -> Result<(), E>,
    ) -> Result<(), E> {
        export::each(&self.db, partition, take)
    }

    /// Ids of incidents that began before a moment, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn older_than(&self, limit: Timestamp) -> Result<Vec<String>, StoreError> {
        let mut old = self
            .db
            .prepare_cached("SELECT id FROM incidents WHERE moment < ?1 ORDER BY moment, id")?;
        let ids = old.query_map([limit.as_millisecond()], |row| row.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// What is kept and how large it is.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn holdings(&self) -> Result<Holdings, StoreError> {
        let sql = "SELECT (SELECT count(*) FROM incidents), count(*) FILTER (WHERE stripped), coalesce(sum(bytes), 0),
            (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size) FROM reports";
        Ok(self.db.query_row(sql, [], |row| {
            let figure = |at: usize| row.get::<_, i64>(at).map(i64::unsigned_abs);
            Ok(Holdings {
                incidents: figure(0)?,
                evidence_purged: figure(1)?,
                report_bytes: figure(2)?,
                file_bytes: figure(3)?,
            })
        })?)
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

/// Tries again while another process switches the journal: SQLite does not wait there by itself.
fn patiently(mut attempt: impl FnMut() -> rusqlite::Result<()>) -> rusqlite::Result<()> {
    for _ in 0..200 {
        match attempt() {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                thread::sleep(Duration::from_millis(25));
            }
            other => return other,
        }
    }
    attempt()
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
        assert!(store.set("i-1", &after, "2026-11-20T13:00:00+08:00").unwrap());
        store.record(&one, "2026-11-21T12:00:00+08:00").unwrap();
        let all = store.list(None).unwrap();
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
        let seen = store.seen_before("f", "b", None).unwrap();
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
        assert_eq!(store.list(None).unwrap().len(), 1);
        let holds = |needle: &[u8]| {
            let files = fs::read_dir(path.parent().unwrap()).unwrap();
            files
                .flatten()
                .any(|f| memchr::memmem::find(&fs::read(f.path()).unwrap(), needle).is_some())
        };
        assert!(!holds(b"secret words"));
        assert_eq!(store.purge(&["a".to_owned()]).unwrap(), 1);
        assert!(store.list(None).unwrap().is_empty());
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
