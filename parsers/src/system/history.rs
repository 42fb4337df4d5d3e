//! Shell histories.

use crate::{Stamp, gc::bytes::iso_stamp};
use jiff::tz::Offset;

/// One remembered command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The command.
    pub command: String,
    /// When, with HISTTIMEFORMAT or a time comment.
    pub time: Option<Stamp>,
    /// 1-based line.
    pub line: u64,
}

/// ` 1001  2026-11-16 15:19:15  cd /opt`, ` 1001  cd /opt`, or `#1700000000` before a bare command.
pub(super) fn entries(lines: &[&str], first_line: u64) -> Vec<HistoryEntry> {
    let mut found = Vec::new();
    let mut noted = None;
    for (i, line) in lines.iter().enumerate() {
        if let Some(epoch) = epoch_comment(line) {
            noted = Stamp::from_epoch_millis(epoch.saturating_mul(1000), Offset::UTC);
            continue;
        }
        let (time, command) = numbered(line).unwrap_or((None, line.trim()));
        if command.is_empty() {
            continue;
        }
        found.push(HistoryEntry {
            command: command.to_owned(),
            time: time.or(noted.take()),
            line: first_line + i as u64,
        });
        noted = None;
    }
    found
}

fn epoch_comment(line: &str) -> Option<i64> {
    let digits = line.trim_end().strip_prefix('#')?;
    (digits.len() == 10 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok())?
}

/// A number, an optional time, and the command.
fn numbered(line: &str) -> Option<(Option<Stamp>, &str)> {
    let text = line.trim_start();
    let end = text.find(|c: char| !c.is_ascii_digit()).filter(|e| *e > 0 && *e <= 7)?;
    let rest = text.get(end..)?;
    let rest = rest.strip_prefix('*').unwrap_or(rest);
    if !rest.starts_with([' ', '\t']) {
        return None;
    }
    let rest = rest.trim_start();
    let rest_bytes = rest.trim_start_matches('[');
    match iso_stamp(rest_bytes.as_bytes()) {
        Some((stamp, tail)) => {
            let tail = std::str::from_utf8(tail).unwrap_or_default();
            Some((Some(stamp), tail.trim_start_matches(']').trim()))
        }
        None => Some((None, rest.trim_end())),
    }
}

/// True when the lines are a history: ascending numbers with commands, or time comments between commands.
pub(super) fn looks_like(lines: &[&&str]) -> bool {
    if lines.len() < 2 {
        return false;
    }
    let comments = lines.iter().filter(|l| epoch_comment(l).is_some()).count();
    if comments >= 2 && comments * 3 >= lines.len() {
        return true;
    }
    let mut previous = None;
    let mut ascending = 0;
    for line in lines {
        let Some((_, command)) = numbered(line) else { continue };
        let number: Option<u64> = line
            .split_ascii_whitespace()
            .next()
            .and_then(|w| w.trim_end_matches('*').parse().ok());
        let follows = match (previous, number) {
            (Some(p), Some(n)) => n == p + 1,
            (None, Some(_)) => true,
            _ => false,
        };
        previous = number;
        let begins = command
            .chars()
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '.' | '/' | '~'));
        ascending += usize::from(follows && begins);
    }
    ascending * 5 >= lines.len() * 4
}
