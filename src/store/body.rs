//! The recorded report itself, packed (zlib), in a table that lists and trends never touch.

use super::StoreError;
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use std::io::{Read, Write};

/// The largest report that is unpacked; the program's own are below 100 MB.
const LARGEST: u64 = 1 << 30;

/// Keeps the report of incident number `n`; `stripped` when its quotes were purged.
pub fn put(db: &Connection, n: i64, report: &Value, stripped: bool) -> Result<(), StoreError> {
    let text = report.to_string();
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    // Writing into memory does not fail.
    let _ = packed.write_all(text.as_bytes());
    let packed = packed.finish().unwrap_or_default();
    db.prepare_cached("INSERT OR REPLACE INTO reports (incident, bytes, stripped, body) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![n, packed.len() as i64, stripped, packed])?;
    Ok(())
}

/// The report of incident number `n`; `None` when there is none or it cannot be unpacked.
pub fn get(db: &Connection, n: i64) -> Result<Option<Value>, StoreError> {
    let packed: Option<Vec<u8>> = db
        .prepare_cached("SELECT body FROM reports WHERE incident = ?1")?
        .query_row([n], |row| row.get(0))
        .optional()?;
    let Some(packed) = packed else { return Ok(None) };
    let mut text = String::new();
    let read = ZlibDecoder::new(packed.as_slice())
        .take(LARGEST)
        .read_to_string(&mut text);
    Ok(read.ok().and_then(|_| serde_json::from_str(&text).ok()))
}

/// True when the quotes of incident number `n` were purged.
pub fn is_stripped(db: &Connection, n: i64) -> Result<bool, StoreError> {
    let stripped: Option<bool> = db
        .prepare_cached("SELECT stripped FROM reports WHERE incident = ?1")?
        .query_row([n], |row| row.get(0))
        .optional()?;
    Ok(stripped.unwrap_or(false))
}
