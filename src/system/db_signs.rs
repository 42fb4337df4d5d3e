//! What a database's sessions and log say.

use super::{Sign, SignKind, source::Source};
use goldenhour_parsers::{
    Stamp,
    system::{DatabaseLog, LockWait, Session},
};
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};

/// Kinds of error told of one log.
const MAX_ERRORS: usize = 40;

pub(super) fn sessions(rows: &[Session], source: &Source<'_>) -> Vec<Sign> {
    let mut groups: BTreeMap<(String, Option<String>), Vec<&Session>> = BTreeMap::new();
    for s in rows {
        let wait = match (&s.wait_kind, &s.wait) {
            (Some(kind), Some(event)) => Some(format!("{kind}:{event}")),
            (kind, event) => event.clone().or_else(|| kind.clone()),
        };
        groups.entry((s.state.clone(), wait)).or_default().push(s);
    }
    groups
        .into_iter()
        .map(|((state, wait), members)| {
            let longest_s = members.iter().filter_map(|s| s.age_s).max_by(f64::total_cmp);
            let statement = commonest(members.iter().filter_map(|s| s.statement.as_deref()));
            let id = members.first().map_or("", |s| s.id.as_str());
            let line = source.find(|l| l.split(['|', ' ']).any(|w| w.trim() == id));
            source.sign(
                SignKind::DbSessions {
                    state,
                    wait,
                    count: members.len() as u64,
                    longest_s,
                    statement,
                },
                line,
            )
        })
        .collect()
}

/// The shape that most statements have: literals replaced.
fn commonest<'a>(statements: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for s in statements {
        *counts.entry(shape(s)).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)))
        .map(|(s, _)| s)
}

/// Numbers and quoted strings become `?`.
fn shape(statement: &str) -> String {
    let mut out = String::with_capacity(statement.len());
    let mut quoted = false;
    let mut previous = ' ';
    for c in statement.chars() {
        if c == '\'' {
            quoted = !quoted;
            if quoted {
                out.push('?');
            }
        } else if !quoted {
            let in_number = c.is_ascii_digit() && !(previous.is_alphanumeric() || matches!(previous, '_' | '$' | '?'));
            if in_number {
                out.push('?');
                previous = '?';
                continue;
            }
            if c.is_ascii_digit() && previous == '?' {
                continue;
            }
            out.push(c);
        }
        previous = c;
    }
    out.truncate(out.char_indices().nth(200).map_or(out.len(), |(i, _)| i));
    out
}

/// Lock waits by lock, each dated back to when its first waiter began to wait, and the server's errors by shape.
pub(super) fn log(log: &DatabaseLog, source: &Source<'_>) -> Vec<Sign> {
    let mut by_lock: BTreeMap<(&str, Option<u64>), Vec<&LockWait>> = BTreeMap::new();
    for wait in &log.lock_waits {
        by_lock.entry((wait.lock.as_str(), wait.holder)).or_default().push(wait);
    }
    let mut signs: Vec<Sign> = by_lock
        .iter()
        .filter_map(|((lock, holder), waits)| lock_sign(lock, *holder, waits, source))
        .collect();
    signs.sort_by_key(|s| s.citation.line);
    signs.extend(errors(log, source));
    signs
}

fn lock_sign(lock: &str, holder: Option<u64>, waits: &[&LockWait], source: &Source<'_>) -> Option<Sign> {
    let first = waits.first()?;
    let waiters: BTreeSet<u64> = waits.iter().map(|w| w.process).collect();
    let longest_ms = waits.iter().map(|w| w.waited_ms).fold(0.0, f64::max);
    let onset = waits.iter().filter_map(|w| began(w)).min_by_key(|t| t.civil);
    let wait = match holder {
        Some(pid) => format!("{lock}, held by {pid}"),
        None => lock.to_owned(),
    };
    Some(source.sign_at(
        SignKind::DbSessions {
            state: "waiting for lock".to_owned(),
            wait: Some(wait),
            count: waiters.len() as u64,
            longest_s: Some(longest_ms / 1000.0),
            statement: commonest(waits.iter().filter_map(|w| w.statement.as_deref())),
        },
        first.line,
        onset,
    ))
}

/// The message carries its own duration.
fn began(wait: &LockWait) -> Option<Stamp> {
    let mut time = wait.time?;
    let waited = SignedDuration::from_millis(wait.waited_ms.clamp(0.0, 1e12) as i64);
    time.civil = time.civil.checked_sub(waited).ok()?;
    Some(time)
}

fn errors(log: &DatabaseLog, source: &Source<'_>) -> Vec<Sign> {
    let mut groups: Vec<(String, u64, usize)> = Vec::new();
    for (i, error) in log.errors.iter().enumerate() {
        let key = format!("{} {}", error.level, shape(&error.message));
        if let Some((_, count, _)) = groups.iter_mut().find(|(k, _, _)| *k == key) {
            *count += 1;
        } else if groups.len() < MAX_ERRORS {
            groups.push((key, 1, i));
        }
    }
    groups
        .into_iter()
        .filter_map(|(_, count, first)| {
            let error = log.errors.get(first)?;
            let what = SignKind::DbError {
                level: error.level.clone(),
                message: error.message.clone(),
                count,
            };
            Some(source.sign_at(what, error.line, error.time))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_of_one_shape_are_one() {
        assert_eq!(
            shape("select * from t1 where id = 4711 and name = 'Li'"),
            "select * from t1 where id = ? and name = ?"
        );
        assert_eq!(shape("update x set a = $1"), "update x set a = $1");
    }
}
