//! Deleting: for good, file included (the pages are overwritten and the write-ahead log is emptied).

use super::{StoreError, body, digest, incident};
use rusqlite::{Connection, TransactionBehavior::Immediate};
use serde_json::Value;

/// Deletes incidents.
pub fn incidents(db: &mut Connection, ids: &[String]) -> Result<usize, StoreError> {
    let change = db.transaction_with_behavior(Immediate)?;
    let mut count = 0;
    for id in ids {
        count += change
            .prepare_cached("DELETE FROM incidents WHERE id = ?1")?
            .execute([id])?;
    }
    if count > 0 {
        digest::forget_names(&change)?;
    }
    change.commit()?;
    overwrite(db)?;
    Ok(count)
}

/// Deletes what was quoted from the evidence.
pub fn evidence(db: &mut Connection, ids: &[String]) -> Result<usize, StoreError> {
    let change = db.transaction_with_behavior(Immediate)?;
    let mut count = 0;
    for id in ids {
        let Some(n) = incident::number(&change, id)? else {
            continue;
        };
        let report = body::get(&change, n)?.map(|report| without_evidence(&report));
        body::put(&change, n, &report.unwrap_or_default(), true)?;
        count += 1;
    }
    change.commit()?;
    overwrite(db)?;
    Ok(count)
}

/// Rebuilds the file without the deleted pages.
fn overwrite(db: &Connection) -> Result<(), StoreError> {
    db.execute_batch("VACUUM")?;
    // The log still holds the old pages until it is cut.
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}

/// Lists of a report that repeat the evidence.
const LISTS: [&str; 14] = [
    "heaps",
    "dumps",
    "series",
    "gc",
    "deadlocks",
    "blockers",
    "pools",
    "logs",
    "bursts",
    "codes",
    "crashes",
    "system",
    "timeline",
    "artefacts",
];

/// A report without the words of the evidence: verdict, findings and actions stay, quotes and listings go.
pub fn without_evidence(report: &Value) -> Value {
    let mut report = report.clone();
    if let Some(object) = report.as_object_mut() {
        for key in LISTS {
            if object.contains_key(key) {
                object.insert(key.to_owned(), Value::Array(Vec::new()));
            }
        }
        object.remove("first_error");
    }
    for finding in report
        .get_mut("findings")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if let Some(object) = finding.as_object_mut() {
            object.insert("evidence".to_owned(), Value::Array(Vec::new()));
            object.remove("facts");
        }
    }
    report
}
