//! The tables, and the steps from one format to the next.

use super::{StoreError, body, digest, incident};
use rusqlite::{Connection, Transaction};
use serde_json::Value;

/// One step from a format to the next.
type Step = fn(&Transaction<'_>) -> Result<(), StoreError>;

/// One step for each format; `user_version` tells how many were taken. Steps are never changed, only added.
const STEPS: &[Step] = &[first, at_scale];

/// Brings the file to the latest format. Foreign keys must be off: a rebuilt table would take its dependents along.
pub fn migrate(db: &mut Connection) -> Result<(), StoreError> {
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let found: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found == known {
        return Ok(());
    }
    let change = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    // Read again: another process may have taken the steps while this one waited.
    let found: i64 = change.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        step(&change)?;
    }
    if found < known {
        change.pragma_update(None, "user_version", known)?;
    }
    change.commit()?;
    Ok(())
}

/// Format 1: the report as text beside its columns.
fn first(change: &Transaction<'_>) -> Result<(), StoreError> {
    change.execute_batch(
        "
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
    ",
    )?;
    Ok(())
}

/// Format 2: reports packed in a table of their own, a narrow row an incident for counting, and readings over time.
/// What only repeated the report (its processes and artefacts) is gone.
fn at_scale(change: &Transaction<'_>) -> Result<(), StoreError> {
    change.execute_batch(
        "
        ALTER TABLE incidents RENAME TO old_incidents;
        DROP INDEX incidents_by_fingerprint;
        CREATE TABLE incidents (
            n INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            moment INTEGER,
            recorded_at TEXT NOT NULL,
            analysed_at TEXT NOT NULL,
            site TEXT,
            onset TEXT,
            first_symptom TEXT,
            last_evidence TEXT,
            status TEXT NOT NULL,
            inspection INTEGER NOT NULL DEFAULT 0,
            cause TEXT,
            confidence TEXT,
            fingerprint TEXT,
            priority TEXT,
            scale TEXT,
            due_response TEXT,
            due_workaround TEXT,
            due_resolution TEXT,
            components TEXT NOT NULL DEFAULT '[]',
            modules TEXT NOT NULL DEFAULT '[]',
            headline_zh TEXT NOT NULL,
            headline_en TEXT NOT NULL,
            set_at TEXT,
            responded_at TEXT,
            restored_at TEXT,
            resolved_at TEXT,
            final_cause TEXT,
            fix TEXT
        ) STRICT;
        CREATE INDEX incidents_by_moment ON incidents (moment DESC, id);
        CREATE INDEX incidents_by_fingerprint ON incidents (fingerprint, moment);
        CREATE TABLE reports (
            incident INTEGER PRIMARY KEY REFERENCES incidents (n) ON DELETE CASCADE,
            bytes INTEGER NOT NULL,
            stripped INTEGER NOT NULL DEFAULT 0,
            body BLOB NOT NULL
        ) STRICT;
        CREATE TABLE names (n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
        CREATE TABLE digests (
            incident INTEGER PRIMARY KEY REFERENCES incidents (n) ON DELETE CASCADE,
            moment INTEGER NOT NULL,
            flags INTEGER NOT NULL,
            site INTEGER NOT NULL,
            cause INTEGER NOT NULL,
            fingerprint INTEGER NOT NULL,
            respond INTEGER,
            restore INTEGER,
            resolve INTEGER,
            names BLOB NOT NULL
        ) STRICT;
        CREATE TABLE readings (
            series INTEGER NOT NULL,
            moment INTEGER NOT NULL,
            incident INTEGER NOT NULL REFERENCES incidents (n) ON DELETE CASCADE,
            value REAL NOT NULL,
            bound REAL NOT NULL,
            PRIMARY KEY (series, moment, incident)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX readings_by_incident ON readings (incident);
        INSERT INTO incidents (id, recorded_at, analysed_at, site, onset, first_symptom, last_evidence, status, cause,
            confidence, fingerprint, priority, scale, due_response, due_workaround, due_resolution, headline_zh,
            headline_en, responded_at, restored_at, resolved_at, final_cause)
        SELECT id, recorded_at, analysed_at, site, onset, first_symptom, last_evidence, status, cause, confidence,
            fingerprint, priority, scale, due_response, due_workaround, due_resolution, headline_zh, headline_en,
            responded_at, restored_at, resolved_at, final_cause
        FROM old_incidents ORDER BY rowid;
    ",
    )?;
    let mut old = change.prepare(
        "SELECT n, report, (SELECT json_group_array(name) FROM (SELECT DISTINCT coalesce(name, host) AS name
             FROM processes WHERE incident = i.id AND coalesce(name, host) IS NOT NULL ORDER BY 1))
         FROM incidents i JOIN old_incidents USING (id)",
    )?;
    let mut rows = old.query([])?;
    while let Some(row) = rows.next()? {
        let (n, text): (i64, String) = (row.get(0)?, row.get(1)?);
        let components: String = row.get(2)?;
        let report: Value = serde_json::from_str(&text).unwrap_or_default();
        let modules = serde_json::to_string(&incident::modules(&report)).unwrap_or_default();
        change.execute(
            "UPDATE incidents SET components = ?2, modules = ?3 WHERE n = ?1",
            (n, components, modules),
        )?;
        body::put(change, n, &report, false)?;
        digest::refresh(change, n)?;
        super::readings::put(change, n, &report)?;
    }
    drop(rows);
    drop(old);
    change.execute_batch("DROP TABLE processes; DROP TABLE artefacts; DROP TABLE old_incidents;")?;
    Ok(())
}
