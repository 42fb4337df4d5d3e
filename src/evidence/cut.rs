//! Artefacts inside other text: thread dumps and GC output in console logs become artefacts of their own.

use super::archive::Item;
use goldenhour_parsers::{Kind, embedded};
use std::ops::Range;

/// One artefact to cut out.
#[derive(Debug)]
pub struct Part {
    /// What it is.
    pub kind: Kind,
    /// Its bytes, from its first to its last line.
    pub range: Range<usize>,
    /// 1-based line of its first line.
    pub first_line: u64,
    /// The stretches of `range` that are its own; lines between them stay with the file.
    pub owned: Vec<Range<usize>>,
}

/// Tells the artefacts inside an item apart from it; its kind may change from that of its parts to that of the rest.
pub fn parts(item: &mut Item) -> Vec<Part> {
    let (kind, sections) = embedded::split(item.content.bytes(), item.kind);
    item.kind = kind;
    let bytes = item.content.bytes();
    let mut line = 1_u64;
    let mut counted = 0;
    sections
        .into_iter()
        .map(|section| {
            let before = bytes.get(counted..section.range.start).unwrap_or_default();
            line += memchr::memchr_iter(b'\n', before).count() as u64;
            counted = section.range.start.max(counted);
            Part {
                kind: section.kind,
                range: section.range,
                first_line: line,
                owned: section.owned,
            }
        })
        .collect()
}
