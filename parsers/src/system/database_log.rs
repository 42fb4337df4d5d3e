//! Server logs of databases: PostgreSQL's own log, Oracle's alert log.

use crate::{
    Stamp,
    gc::bytes::{iso_stamp, named_zone},
};

/// What a database's log says that matters to its clients.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DatabaseLog {
    /// Records of the server.
    pub records: u64,
    /// Waits for locks that the server reported (`log_lock_waits`).
    pub lock_waits: Vec<LockWait>,
    /// Errors of the server, fatal messages and `ORA-` errors, in order.
    pub errors: Vec<DatabaseError>,
    /// Statements slow enough to be logged, and the slowest in milliseconds.
    pub slow: u64,
    /// See above.
    pub slowest_ms: f64,
}

/// One `process N still waiting for …`.
#[derive(Debug, Clone, PartialEq)]
pub struct LockWait {
    /// When it was reported.
    pub time: Option<Stamp>,
    /// The waiting server process.
    pub process: u64,
    /// `RowExclusiveLock on relation 16397 of database 16385`.
    pub lock: String,
    /// How long it had waited, milliseconds.
    pub waited_ms: f64,
    /// Process that held the lock, when the next line tells.
    pub holder: Option<u64>,
    /// The waiting statement, when told.
    pub statement: Option<String>,
    /// 1-based line.
    pub line: u64,
}

/// An error of the server.
#[derive(Debug, Clone, PartialEq)]
pub struct DatabaseError {
    /// When.
    pub time: Option<Stamp>,
    /// `ERROR`, `FATAL`, `PANIC` or the `ORA-` code.
    pub level: String,
    /// The words, at most 300 characters.
    pub message: String,
    /// 1-based line.
    pub line: u64,
}

/// Errors and waits kept; a storm repeats itself.
const MAX_KEPT: usize = 10_000;

const LEVELS: [&str; 10] = [
    "LOG:  ",
    "ERROR:  ",
    "FATAL:  ",
    "PANIC:  ",
    "WARNING:  ",
    "DETAIL:  ",
    "HINT:  ",
    "STATEMENT:  ",
    "CONTEXT:  ",
    "NOTICE:  ",
];

/// True for a line of PostgreSQL's log.
pub(super) fn is_line(line: &str) -> bool {
    iso_stamp(line.as_bytes()).is_some() && level(line).is_some()
}

/// Level and message; the prefix in front of the level is of any shape (`log_line_prefix`).
fn level(line: &str) -> Option<(&'static str, &str)> {
    LEVELS.iter().find_map(|l| {
        let at = line.find(l)?;
        let before = line.get(..at)?;
        (before.len() < 200 && (before.is_empty() || before.ends_with(' ')))
            .then(|| Some((l.trim_end_matches([' ', ':']), line.get(at + l.len()..)?)))?
    })
}

/// Reads such a log.
pub(super) fn read(lines: &[&str], first_line: u64) -> DatabaseLog {
    let mut log = DatabaseLog::default();
    for (i, line) in lines.iter().enumerate() {
        let number = first_line + i as u64;
        if let Some(error) = oracle(line, number) {
            log.records += 1;
            keep(&mut log.errors, error);
            continue;
        }
        let Some((level, message)) = level(line) else { continue };
        match level {
            "DETAIL" => holder(&mut log, message),
            "STATEMENT" => statement(&mut log, message),
            "HINT" | "CONTEXT" => {}
            _ => {
                log.records += 1;
                record(&mut log, level, message, line, number);
            }
        }
    }
    log
}

fn record(log: &mut DatabaseLog, level: &str, message: &str, line: &str, number: u64) {
    if let Some(wait) = lock_wait(message, line, number) {
        keep(&mut log.lock_waits, wait);
    } else if matches!(level, "ERROR" | "FATAL" | "PANIC") {
        let error = DatabaseError {
            time: stamp(line),
            level: level.to_owned(),
            message: message.chars().take(300).collect(),
            line: number,
        };
        keep(&mut log.errors, error);
    } else if let Some(ms) = message
        .strip_prefix("duration: ")
        .and_then(|m| m.split(' ').next())
        .and_then(|n| n.parse::<f64>().ok())
    {
        log.slow += 1;
        log.slowest_ms = log.slowest_ms.max(ms);
    }
}

fn keep<T>(list: &mut Vec<T>, item: T) {
    if list.len() < MAX_KEPT {
        list.push(item);
    }
}

/// `process 10325 still waiting for RowExclusiveLock on relation 16397 of database 16385 after 1000.107 ms`.
fn lock_wait(message: &str, line: &str, number: u64) -> Option<LockWait> {
    let rest = message.strip_prefix("process ")?;
    let (process, rest) = rest.split_once(" still waiting for ")?;
    let (lock, rest) = rest.split_once(" after ")?;
    Some(LockWait {
        time: stamp(line),
        process: process.parse().ok()?,
        lock: lock.to_owned(),
        waited_ms: rest.split(' ').next()?.parse().ok()?,
        holder: None,
        statement: None,
        line: number,
    })
}

/// `Process holding the lock: 17258. Wait queue: …` belongs to the wait just read.
fn holder(log: &mut DatabaseLog, message: &str) {
    let Some(rest) = message
        .strip_prefix("Process holding the lock: ")
        .or_else(|| message.strip_prefix("Processes holding the lock: "))
    else {
        return;
    };
    if let Some(wait) = log.lock_waits.last_mut() {
        wait.holder = rest.split(['.', ',']).next().and_then(|n| n.parse().ok());
    }
}

fn statement(log: &mut DatabaseLog, message: &str) {
    if let Some(wait) = log.lock_waits.last_mut().filter(|w| w.statement.is_none()) {
        wait.statement = Some(message.chars().take(300).collect());
    }
}

fn stamp(line: &str) -> Option<Stamp> {
    let (mut stamp, rest) = iso_stamp(line.as_bytes())?;
    if stamp.offset.is_none() {
        let zone = std::str::from_utf8(rest)
            .ok()
            .and_then(|r| r.split_ascii_whitespace().next());
        stamp.offset = zone.and_then(named_zone);
    }
    Some(stamp)
}

/// `ORA-00060: Deadlock detected.` at the start of a line of the alert log.
fn oracle(line: &str, number: u64) -> Option<DatabaseError> {
    let code = line.get(..9)?;
    let digits = code.strip_prefix("ORA-")?;
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(DatabaseError {
        time: None,
        level: code.to_owned(),
        message: line.chars().take(300).collect(),
        line: number,
    })
}
