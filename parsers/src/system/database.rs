//! Sessions of databases: `pg_stat_activity`, `v$session`, MySQL's process list.

/// One session.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Session {
    /// Server process or session id.
    pub id: String,
    /// User.
    pub user: Option<String>,
    /// Application or program.
    pub application: Option<String>,
    /// Client address or machine.
    pub client: Option<String>,
    /// State (`active`, `idle`, `idle in transaction`), lower case.
    pub state: String,
    /// Kind of wait (`Lock`, `Client`, `IO`).
    pub wait_kind: Option<String>,
    /// Event waited for.
    pub wait: Option<String>,
    /// Seconds since the state or query began.
    pub age_s: Option<f64>,
    /// The statement, at most 300 characters.
    pub statement: Option<String>,
    /// Session that blocks it.
    pub blocked_by: Option<String>,
}

/// True for the header of such a table.
pub(super) fn is_header(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let piped = line.contains('|');
    let has = |w: &str| lower.split(['|', ' ', '\t']).any(|c| c == w);
    piped && has("state") && (has("query") || has("wait_event") || has("datname") || has("usename"))
        || (has("sid")
            && (has("serial#") || has("status"))
            && (has("event") || has("username") || has("sql_id") || has("program")))
        || piped && has("id") && has("user") && has("command") && has("time") && has("info")
}

/// Reads an aligned table (psql, sqlplus, mysql).
pub(super) fn sessions(lines: &[&str]) -> Vec<Session> {
    let Some(header_at) = lines.iter().position(|l| is_header(l)) else {
        return Vec::new();
    };
    let header = lines.get(header_at).copied().unwrap_or_default();
    let rows = lines.get(header_at + 1..).unwrap_or_default();
    if header.contains('|') {
        piped(header, rows)
    } else {
        aligned(header, rows)
    }
}

fn piped(header: &str, rows: &[&str]) -> Vec<Session> {
    let cells = |line: &str| -> Vec<String> {
        let line = line.trim();
        let line = line.strip_prefix('|').unwrap_or(line);
        line.strip_suffix('|')
            .unwrap_or(line)
            .split('|')
            .map(|c| c.trim().to_owned())
            .collect()
    };
    let names: Vec<String> = cells(header).iter().map(|n| n.to_ascii_lowercase()).collect();
    let mut found = Vec::new();
    for row in rows {
        if row.starts_with('(') || !row.contains('|') || row.contains("-+-") {
            continue;
        }
        let mut values = cells(row);
        // A statement may hold the separator: everything beyond the last column belongs to it.
        if values.len() > names.len() {
            let tail = values.split_off(names.len().saturating_sub(1)).join(" | ");
            values.push(tail);
        }
        // psql prints a statement over several lines as rows that have only the last cell.
        let only_last = values.iter().rev().skip(1).all(String::is_empty);
        if only_last {
            continue;
        }
        found.push(session(&names, &values));
    }
    found
}

/// sqlplus: dashes under the header tell the column widths.
fn aligned(header: &str, rows: &[&str]) -> Vec<Session> {
    let Some(rule_at) = rows.iter().position(|l| l.trim_start().starts_with("---")) else {
        return Vec::new();
    };
    let rule = rows.get(rule_at).copied().unwrap_or_default();
    let columns = spans(rule);
    let cells = |line: &str| -> Vec<String> {
        let chars: Vec<char> = line.chars().collect();
        columns
            .iter()
            .map(|(from, to)| {
                chars
                    .get(*from..(*to).min(chars.len()))
                    .unwrap_or_default()
                    .iter()
                    .collect::<String>()
                    .trim()
                    .to_owned()
            })
            .collect()
    };
    let names: Vec<String> = cells(header).iter().map(|n| n.to_ascii_lowercase()).collect();
    rows.get(rule_at + 1..)
        .unwrap_or_default()
        .iter()
        .filter(|r| {
            !r.trim().is_empty() && !r.contains("rows selected") && !r.trim_start().starts_with("---") && !is_header(r)
        })
        .map(|r| session(&names, &cells(r)))
        .filter(|s| s.id.bytes().any(|b| b.is_ascii_digit()))
        .collect()
}

fn spans(rule: &str) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    let mut start = None;
    let chars: Vec<char> = rule.chars().collect();
    for (i, c) in chars.iter().enumerate() {
        match (c, start) {
            ('-', None) => start = Some(i),
            ('-', Some(_)) => {}
            (_, Some(from)) => {
                spans.push((from, i));
                start = None;
            }
            _ => {}
        }
    }
    if let Some(from) = start {
        spans.push((from, usize::MAX));
    }
    spans
}

fn session(names: &[String], values: &[String]) -> Session {
    let get = |wanted: &[&str]| -> Option<String> {
        wanted
            .iter()
            .find_map(|w| names.iter().position(|n| n == w))
            .and_then(|i| values.get(i))
            .filter(|v| !v.is_empty() && v.as_str() != "NULL")
            .cloned()
    };
    let state = get(&["state", "status", "command"])
        .unwrap_or_default()
        .to_ascii_lowercase();
    Session {
        id: get(&["pid", "sid", "id", "procpid", "spid"]).unwrap_or_default(),
        user: get(&["usename", "username", "user"]),
        application: get(&["application_name", "program", "module", "db"]),
        client: get(&["client_addr", "machine", "host", "osuser"]),
        state,
        wait_kind: get(&["wait_event_type", "wait_class"]),
        wait: get(&["wait_event", "event", "waiting"]),
        age_s: get(&[
            "since",
            "duration",
            "age",
            "runtime",
            "query_age",
            "xact_age",
            "state_age",
            "last_call_et",
            "seconds_in_wait",
            "time",
        ])
        .and_then(|a| age(&a)),
        statement: get(&["query", "sql_text", "info", "current_query", "sql_id"])
            .map(|s| s.chars().take(300).collect()),
        blocked_by: get(&["blocking_session", "blocked_by", "blocking_pids", "blocking_pid"]).filter(|b| b != "{}"),
    }
}

/// `00:01:06`, `1 day 02:03:04`, `66`, `66.2`.
fn age(text: &str) -> Option<f64> {
    let mut seconds = 0.0;
    let mut words = text.split_ascii_whitespace().peekable();
    let mut any = false;
    while let Some(word) = words.next() {
        if word.contains(':') {
            let part = word.split(':').try_fold(0.0, |sum: f64, p| {
                p.trim_start_matches('-').parse::<f64>().ok().map(|n| sum * 60.0 + n)
            })?;
            seconds += part;
            any = true;
        } else if let Ok(n) = word.parse::<f64>() {
            match words.peek() {
                Some(unit) if unit.starts_with("day") => {
                    seconds += n * 86_400.0;
                    words.next();
                }
                Some(unit) if unit.starts_with("mon") => {
                    seconds += n * 2_592_000.0;
                    words.next();
                }
                _ => seconds += n,
            }
            any = true;
        }
    }
    any.then_some(seconds)
}
