//! Threads with their local variables, and labels for the objects that a reader meets first.

use super::{
    facts::{Address, HeapFacts, HeapLocal},
    hprof::values::frames,
    inside::Peek,
};
use goldenhour_parsers::hprof::Root;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
};

/// Locals shown of a thread.
const MAX_LOCALS: usize = 5;
/// Frames of a stack in which a local's frame is looked up.
const MAX_DEPTH: usize = 4096;
/// Dominators that get a label.
const MAX_LABELS: usize = 30;

/// Adds ids and locals to the threads of `facts`. `threads` are the roots of the thread objects, `locals` those of Java frames.
pub fn add(peek: &Peek<'_>, threads: &[Root], locals: &[Root], facts: &mut HeapFacts) {
    let analysis = peek.analysis;
    let shown: BTreeSet<u64> = facts.threads.iter().map(|t| t.object).collect();
    let by_serial: HashMap<u32, &Root> = threads
        .iter()
        .filter(|t| shown.contains(&t.object))
        .filter_map(|t| Some((t.thread?, t)))
        .collect();
    let mut found: BTreeMap<u64, BTreeMap<u64, u32>> = BTreeMap::new();
    for local in locals {
        if let Some(thread) = local.thread.and_then(|serial| by_serial.get(&serial)) {
            let of_thread = found.entry(thread.object).or_default();
            of_thread.entry(local.object).or_insert(local.detail);
        }
    }
    let trace_of: HashMap<u64, u32> = threads.iter().map(|t| (t.object, t.detail)).collect();
    let things = peek.things(&shown.iter().copied().collect::<Vec<_>>());
    let positive = |n: Option<i64>| n.filter(|&n| n > 0).map(|n| n as u64);
    for thread in &mut facts.threads {
        if let Some(thing) = things.get(&thread.object) {
            thread.id = positive(thing.number("tid"));
            // A pointer in the VM, printed as `tid=0x…`; 0 once the thread has ended.
            thread.native = thing.number("eetop").filter(|&n| n != 0).map(|n| n as u64);
        }
        let mut rows: Vec<(u64, u64, u32)> = found
            .get(&thread.object)
            .into_iter()
            .flatten()
            .filter_map(|(&object, &frame)| {
                let retained = analysis.retained_of(analysis.graph.index.index_of(object)?);
                (retained > 0 && object != thread.object).then_some((retained, object, frame))
            })
            .collect();
        rows.sort_unstable_by_key(|&(retained, object, _)| (Reverse(retained), object));
        rows.truncate(MAX_LOCALS);
        if rows.is_empty() {
            continue;
        }
        let stack = trace_of
            .get(&thread.object)
            .map(|&trace| frames(peek.values.plan, trace, MAX_DEPTH))
            .unwrap_or_default();
        thread.locals = rows
            .into_iter()
            .filter_map(|(retained, object, frame)| {
                Some(HeapLocal {
                    object: Address(object),
                    class: analysis.label(analysis.graph.index.index_of(object)?),
                    retained,
                    frame: stack.get(frame as usize).cloned(),
                    label: None,
                })
            })
            .collect();
    }
}

/// Adds what objects say of themselves to suspects, dominators and locals.
pub fn label(peek: &Peek<'_>, facts: &mut HeapFacts) {
    let suspects = facts.suspects.iter().flat_map(|s| [s.holder, s.accumulator]).flatten();
    let dominators = facts.dominators.iter().take(MAX_LABELS).map(|d| d.object);
    let locals = facts.threads.iter().flat_map(|t| &t.locals).map(|l| l.object.0);
    let wanted: BTreeSet<u64> = suspects.chain(dominators).chain(locals).collect();
    let labels = peek.labels(&wanted.into_iter().collect::<Vec<_>>());
    let label = |address: Option<u64>| labels.get(&address?).cloned();
    for suspect in &mut facts.suspects {
        suspect.holder_label = label(suspect.holder);
        suspect.accumulator_label = label(suspect.accumulator);
    }
    for row in &mut facts.dominators {
        row.label = label(Some(row.object));
    }
    for local in facts.threads.iter_mut().flat_map(|t| &mut t.locals) {
        local.label = label(Some(local.object.0));
    }
}
