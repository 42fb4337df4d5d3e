//! What is in a heap, masked: labels, texts, names of pools.

use super::{
    Shown, address, share,
    shown::{id, process_id},
};
use crate::{
    case::Case,
    heap::{HeapFacts, HeapLocal, Inside},
    report::{HeapGrowthView, HeapThreadView},
};

/// Threads of the report; the heap command shows more.
const THREADS: usize = 20;
/// Frames shown of a thread.
const FRAMES: usize = 12;

/// The threads that retain most.
pub(super) fn threads(heap: &HeapFacts, shown: &Shown) -> Vec<HeapThreadView> {
    let of_heap = |bytes: u64| share(bytes as f64 / heap.shallow.max(1) as f64);
    let local = |local: &HeapLocal| HeapLocal {
        label: local.label.as_deref().map(|l| shown.words(l)),
        ..local.clone()
    };
    heap.threads
        .iter()
        .take(THREADS)
        .map(|thread| HeapThreadView {
            object: address(thread.object),
            name: thread.name.clone(),
            class: thread.class.clone(),
            retained: thread.retained,
            share: of_heap(thread.retained),
            out_of_memory: thread.out_of_memory,
            state: thread
                .seen
                .as_ref()
                .map(|s| s.state.to_owned())
                .filter(|s| !s.is_empty()),
            dump: thread.seen.as_ref().map(|s| s.citation.artefact.to_string()),
            line: thread.seen.as_ref().and_then(|s| s.citation.line),
            frames: thread.frames.iter().take(FRAMES).cloned().collect(),
            locals: thread.locals.iter().map(local).collect(),
        })
        .collect()
}

/// Everything that may hold words of the evidence, masked.
pub(super) fn inside(inside: &Inside, shown: &Shown) -> Inside {
    let mut out = inside.clone();
    let mask = |text: &mut String| *text = shown.words(text);
    out.loaders.iter_mut().filter_map(|l| l.label.as_mut()).for_each(mask);
    out.pools.iter_mut().filter_map(|p| p.name.as_mut()).for_each(mask);
    out.strings
        .iter_mut()
        .flat_map(|s| &mut s.top)
        .for_each(|row| mask(&mut row.text));
    let sessions = out.sessions.iter_mut().flat_map(|s| &mut s.biggest);
    sessions.filter_map(|s| s.label.as_mut()).for_each(mask);
    out
}

/// Classes of a growth series in the report.
const GROWTH_ROWS: usize = 30;

/// Dumps of one process compared.
pub(super) fn growths(case: &Case) -> Vec<HeapGrowthView> {
    let view = |growth: &crate::case::HeapGrowth| HeapGrowthView {
        process: growth.process.map(process_id),
        artefacts: growth
            .heaps
            .iter()
            .filter_map(|&at| case.heaps.get(at))
            .map(|h| id(h.artefact))
            .collect(),
        classes: growth.rows.iter().take(GROWTH_ROWS).cloned().collect(),
    };
    case.heap_growths.iter().map(view).collect()
}
