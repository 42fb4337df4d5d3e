//! Names of remote targets (`host:port`) in messages.

use super::scene::Seen;
use regex::Regex;
use std::sync::OnceLock;

fn pattern() -> Option<&'static Regex> {
    static PATTERN: OnceLock<Option<Regex>> = OnceLock::new();
    PATTERN
        .get_or_init(|| {
            // host:port, (HOST=h)(PORT=p) of Oracle, "host h, port p" of drivers; ours, so it compiles.
            Regex::new(
                r"(?i)(?:\(HOST\s*=\s*([\w.\-]+)\)\s*\(PORT\s*=\s*(\d{2,5})\))|(?:\bhost\s+([\w.\-]+),\s*port\s+(\d{2,5}))|(?:([A-Za-z0-9][\w.\-]*[A-Za-z0-9])[:/](\d{2,5})\b)",
            )
            .ok()
        })
        .as_ref()
}

/// The first target a text names.
pub fn in_text(text: &str) -> Option<String> {
    let pattern = pattern()?;
    pattern.captures_iter(text).find_map(|found| {
        let pair = |host: usize, port: usize| Some((found.get(host)?.as_str(), found.get(port)?.as_str()));
        if let Some((host, port)) = pair(1, 2).or_else(|| pair(3, 4)) {
            return Some(format!("{host}:{port}"));
        }
        let (host, port) = pair(5, 6)?;
        is_host(host).then(|| format!("{host}:{port}"))
    })
}

/// An address or a name, not a source file, a time or a version.
fn is_host(host: &str) -> bool {
    let source = [
        ".java", ".kt", ".groovy", ".scala", ".js", ".sql", ".xml", ".log", ".out",
    ]
    .iter()
    .any(|e| host.ends_with(e));
    let octets: Vec<&str> = host.split('.').collect();
    let address = octets.len() == 4 && octets.iter().all(|o| o.parse::<u8>().is_ok());
    let named = host.bytes().any(|b| b.is_ascii_alphabetic())
        && (host.contains('.') || host.contains('-') || host.bytes().any(|b| b.is_ascii_digit()));
    let class = host
        .split('.')
        .next_back()
        .is_some_and(|last| last.starts_with(|c: char| c.is_ascii_uppercase()));
    !source && (address || (named && !class))
}

/// The target a record speaks of, from its root cause first.
pub fn of(seen: &Seen) -> Option<String> {
    let record = seen.record;
    let root = record.root_message.as_deref().unwrap_or("");
    in_text(root)
        .or_else(|| record.chain.iter().rev().find_map(|link| in_text(link)))
        .or_else(|| in_text(&record.message))
        .or_else(|| in_text(&record.first_line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_told_from_source_lines_and_times() {
        assert_eq!(
            in_text("Connection to 10.20.1.21:5432 refused. Check").as_deref(),
            Some("10.20.1.21:5432")
        );
        assert_eq!(
            in_text("(ADDRESS=(PROTOCOL=TCP)(HOST=hisdb1)(PORT=1521))").as_deref(),
            Some("hisdb1:1521")
        );
        assert_eq!(in_text("at a.B.c(Cache.java:120)"), None);
        assert_eq!(in_text("at 10:20:30 the job"), None);
        assert_eq!(
            in_text("http://esb-01:8080/route failed").as_deref(),
            Some("esb-01:8080")
        );
    }
}
