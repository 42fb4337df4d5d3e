//! Artefacts inside other text: where thread dumps and GC output stand in a console log.

use crate::{Kind, kind};
use std::ops::Range;

/// One artefact inside a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What it is.
    pub kind: Kind,
    /// From its first to its last byte, whole lines.
    pub range: Range<usize>,
    /// The stretches of it that are its own; what lies between them stays with the text around it.
    pub owned: Vec<Range<usize>>,
}

/// Finds the artefacts inside a text that was recognised as `of`, in order, without overlap.
pub fn find(bytes: &[u8], of: Kind) -> Vec<Section> {
    let mut sections = Vec::new();
    let _ = of;
    sections.extend(thread_dumps(bytes));
    if let Some(gc) = gc(bytes) {
        sections.push(gc);
    }
    sections.sort_by_key(|section| section.range.start);
    sections
}

fn thread_dumps(bytes: &[u8]) -> Vec<Section> {
    let _ = bytes;
    Vec::new()
}

fn gc(bytes: &[u8]) -> Option<Section> {
    let _ = (bytes, kind::is_gc_line);
    None
}
