//! The tables, and the steps from one format to the next.

use super::StoreError;
use rusqlite::Connection;

/// One step for each format; `user_version` tells how many were taken. Steps are never changed, only added.
const STEPS: &[&str] = &["
    CREATE TABLE incidents (
        id TEXT PRIMARY KEY,
        recorded_at TEXT NOT NULL,
        analysed_at TEXT NOT NULL,
        tool TEXT,
        site TEXT,
        onset TEXT,
        first_symptom TEXT,
        last_evidence TEXT,
        status TEXT NOT NULL,
        cause TEXT,
        confidence TEXT,
        fingerprint TEXT,
        priority TEXT,
        scale TEXT,
        due_response TEXT,
        due_workaround TEXT,
        due_resolution TEXT,
        responded_at TEXT,
        restored_at TEXT,
        resolved_at TEXT,
        final_cause TEXT,
        headline_zh TEXT NOT NULL,
        headline_en TEXT NOT NULL,
        report TEXT NOT NULL
    ) STRICT;
    CREATE INDEX incidents_by_fingerprint ON incidents (fingerprint);
    CREATE TABLE processes (
        incident TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
        process TEXT NOT NULL,
        pid INTEGER,
        host TEXT,
        name TEXT,
        PRIMARY KEY (incident, process)
    ) STRICT;
    CREATE TABLE artefacts (
        incident TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
        artefact TEXT NOT NULL,
        path TEXT NOT NULL,
        kind TEXT NOT NULL,
        bytes INTEGER,
        sha256 TEXT,
        PRIMARY KEY (incident, artefact)
    ) STRICT;
    CREATE INDEX artefacts_by_sha256 ON artefacts (sha256);
"];

/// Brings the file to the latest format.
pub fn migrate(db: &mut Connection) -> Result<(), StoreError> {
    let change = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let found: i64 = change.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        change.execute_batch(step)?;
    }
    if found < known {
        change.pragma_update(None, "user_version", known)?;
    }
    change.commit()?;
    Ok(())
}
