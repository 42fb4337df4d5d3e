//! Artefacts inside other text: thread dumps and GC output in console logs become artefacts of their own.

use super::{archive::Item, map::release};
use goldenhour_parsers::{Kind, embedded};
use rayon::prelude::*;
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

/// Bytes of the pieces in which a large file is looked through.
const PIECE: usize = 4 << 20;

/// True when no artefact stands inside a large log. Its pieces are looked through at once, and their pages given back.
fn holds_nothing(bytes: &[u8], kind: Kind) -> bool {
    if bytes.len() < 4 * PIECE || !matches!(kind, Kind::Log | Kind::Text) {
        return false;
    }
    let mut borders = vec![0];
    borders.extend((1..bytes.len() / PIECE).filter_map(|n| {
        let at = n * PIECE;
        memchr::memchr(b'\n', bytes.get(at..)?).map(|end| at + end + 1)
    }));
    borders.push(bytes.len());
    borders.par_windows(2).all(|pair| {
        let [from, to] = pair else { return true };
        let piece = bytes.get(*from..*to).unwrap_or_default();
        let nothing = !embedded::may_hold(piece);
        release(piece);
        nothing
    })
}

/// Tells the artefacts inside an item apart from it; its kind may change from that of its parts to that of the rest.
pub fn parts(item: &mut Item) -> Vec<Part> {
    if holds_nothing(item.content.bytes(), item.kind) {
        return Vec::new();
    }
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
