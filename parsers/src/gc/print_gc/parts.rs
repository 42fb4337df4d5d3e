//! Figures, causes and time prefixes inside a record.

use crate::{
    Stamp,
    gc::bytes::{Figures, decimal, figures, find, integer, iso_stamp, size, text, trailing_decimal},
};

/// Time prefix of a line: `2022-08-01T17:16:33.170+0000: 0.169: #0: `.
pub(super) struct Prefix<'a> {
    pub time: Option<Stamp>,
    pub uptime_s: Option<f64>,
    pub rest: &'a [u8],
}

/// The prefix, and what follows it.
pub(super) fn prefix(line: &[u8]) -> Prefix<'_> {
    let mut found = Prefix {
        time: None,
        uptime_s: None,
        rest: line,
    };
    if let Some((stamp, rest)) = iso_stamp(line)
        && let Some(rest) = rest.strip_prefix(b": ")
    {
        (found.time, found.rest) = (Some(stamp), rest);
    }
    if let Some((number, rest)) = decimal(found.rest) {
        // A plain integer is no uptime: it always has three decimals.
        let printed = found.rest.len() - rest.len();
        let fraction = found
            .rest
            .get(..printed)
            .is_some_and(|n| n.contains(&b'.') || n.contains(&b','));
        if let (true, Some(rest)) = (fraction, rest.strip_prefix(b": ")) {
            (found.uptime_s, found.rest) = (Some(number), rest);
        }
    }
    if let Some((_, rest)) = found.rest.strip_prefix(b"#").and_then(integer) {
        found.rest = rest.strip_prefix(b": ").unwrap_or(found.rest);
    }
    found
}

/// `… 8704K->1634K(31680K)…` at the level of the record: the first figures with a capacity.
pub(super) fn heap_in(segment: &[u8]) -> Option<Figures> {
    let mut from = 0;
    while let Some(at) = find(segment.get(from..)?, b"->") {
        let arrow = from + at;
        let start = segment
            .get(..arrow)?
            .iter()
            .rposition(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'.' | b',' | b'(' | b')')))
            .map_or(0, |p| p + 1);
        if let Some((f, _)) = segment.get(start..).and_then(figures)
            && f.capacity.is_some()
        {
            return Some(f);
        }
        from = arrow + 2;
    }
    None
}

/// `] 18533K(31680K), 0.0010369 secs`: what initial mark and remark print.
pub(super) fn occupancy_in(segment: &[u8]) -> Option<(u64, u64)> {
    let open = memchr::memchr(b'(', segment)?;
    let start = segment
        .get(..open)?
        .iter()
        .rposition(|b| !(b.is_ascii_alphanumeric() || *b == b'.'))
        .map_or(0, |p| p + 1);
    let (used, rest) = segment.get(start..).and_then(size)?;
    let (capacity, _) = rest.strip_prefix(b"(").and_then(size)?;
    Some((used, capacity))
}

/// `…, 0.0042 secs` at the end of a segment.
pub(super) fn seconds(segment: &[u8]) -> Option<f64> {
    let head = segment.trim_ascii_end().strip_suffix(b" secs")?;
    trailing_decimal(head)
}

/// ` (Allocation Failure) …`, ` pause (G1 Evacuation Pause) (young)…`, ` remark …`.
pub(super) fn cause(tail: &[u8]) -> Option<&str> {
    let tail = tail.strip_prefix(b"--").unwrap_or(tail).trim_ascii_start();
    if tail.starts_with(b"remark") {
        return Some("remark");
    }
    if tail.starts_with(b"cleanup") {
        return Some("cleanup");
    }
    let tail = tail.strip_prefix(b"pause").unwrap_or(tail).trim_ascii_start();
    let inner = tail.strip_prefix(b"(")?;
    let mut depth = 1;
    for (i, b) in inner.iter().enumerate().take(120) {
        match b {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return inner.get(..i).map(text).filter(|t| !t.is_empty());
        }
    }
    None
}
