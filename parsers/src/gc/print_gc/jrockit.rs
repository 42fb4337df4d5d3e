//! JRockit's memory lines.

use crate::gc::{
    bytes::{after, before as text_before, ctime, decimal, has, integer, text},
    record::Collection,
};

/// `[memory ][Fri Feb 15 14:03:29 2013][17611] [YC#1] 0.832-0.928: YC 393216KB->131073KB (786432KB), 0.096 s, sum of
/// pauses 95.3 ms, longest pause 95.3 ms.`
pub(super) fn read(line: &[u8]) -> Option<Collection<'_>> {
    if !line.starts_with(b"[") || !has(line.get(..24).unwrap_or(line), b"memory") {
        return None;
    }
    let full = has(line, b"] [OC#");
    if !full && !has(line, b"] [YC#") {
        return None;
    }
    let rest = after(line, b"C#")?;
    let rest = after(rest, b"] ")?;
    let (start, rest) = decimal(rest)?;
    let rest = after(rest, b"C ")?;
    let (before, rest) = integer(rest)?;
    let (after_kb, rest) = integer(rest.strip_prefix(b"KB->")?)?;
    let capacity = after(rest, b"(").and_then(integer).map(|(n, _)| n.saturating_mul(1024));
    let pause = after(rest, b"sum of pauses ").and_then(decimal).map(|(n, _)| n);
    let pause = pause.or_else(|| after(rest, b"), ").and_then(decimal).map(|(n, _)| n * 1000.0))?;
    let time = line
        .get(1..)
        .and_then(|l| after(l, b"["))
        .and_then(|l| text_before(l, b"]"))
        .and_then(|t| ctime(text(t)).map(|(s, _)| s));
    Some(Collection {
        time,
        uptime_s: Some(start),
        pause_ms: Some(pause),
        full,
        whole_heap: full,
        before: Some(before.saturating_mul(1024)),
        after: Some(after_kb.saturating_mul(1024)),
        capacity,
        ..Collection::default()
    })
}
