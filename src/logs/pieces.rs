//! Where a large log can be cut so that its pieces can be read at the same time.
//!
//! The pieces depend on the bytes alone, so the result is the same on any number of processors.

use goldenhour_parsers::log::{Item, LogFormat, Record, Records, Source, is_trace_line};
use std::ops::Range;

/// Bytes of a piece.
pub(super) const PIECE: usize = 4 << 20;
/// How far behind its mark a piece may end.
const SEARCH: usize = 256 << 10;
/// Records behind a border in which no frame of an exception before it may come.
const QUIET: usize = 24;

/// The pieces of a log, in order; each begins with a dated record of the logger. A log without dates is one piece: each
/// day follows from the one before.
pub(super) fn pieces(bytes: &[u8], cut: &[Range<usize>], format: &LogFormat, piece: usize) -> Vec<Range<usize>> {
    let mut borders = vec![0];
    if !format.undated && !format.is_plain() {
        let piece = piece.max(1);
        let mut mark = piece;
        while mark < bytes.len().saturating_sub(piece / 2) {
            borders.extend(border(bytes, cut, format, mark));
            mark = mark.max(borders.last().copied().unwrap_or(0)).saturating_add(piece);
        }
    }
    borders.push(bytes.len());
    borders
        .windows(2)
        .filter_map(|pair| Some(*pair.first()?..*pair.last()?))
        .collect()
}

/// The first record behind `mark` at which a piece can begin.
fn border(bytes: &[u8], cut: &[Range<usize>], format: &LogFormat, mark: usize) -> Option<usize> {
    let window = bytes.get(mark..(mark + SEARCH).min(bytes.len()))?;
    let start = mark + memchr::memchr(b'\n', window)? + 1;
    let window = bytes.get(start..(mark + SEARCH).min(bytes.len()))?;
    let records: Vec<Record<'_>> = Records::new(window, format, 1, &[])
        .filter_map(|item| match item {
            Item::Record(record) => Some(record),
            _ => None,
        })
        .take(20 * QUIET)
        .collect();
    let in_cut = |at: usize| cut.iter().any(|range| range.contains(&at));
    (0..records.len()).find_map(|index| {
        let at = start + records.get(index)?.offset;
        let quiet = records.iter().skip(index).take(QUIET).all(|r| !continues(r));
        (quiet && begins(records.get(index)?) && !in_cut(at)).then_some(at)
    })
}

fn begins(record: &Record<'_>) -> bool {
    let head = &record.head;
    head.source == Source::Logger && !head.printed && head.time.is_some_and(|time| time.has_date)
}

/// A line of a trace that was printed with a header of its own.
fn continues(record: &Record<'_>) -> bool {
    record.head.source == Source::Err && is_trace_line(&record.head.message)
}
