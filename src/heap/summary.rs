//! The lists of a report: classes, dominators, threads, loaders.

use super::{
    analysis::Analysis,
    column::{Column, Place},
    facts::{ClassRow, DominatorRow, HeapThread, LoaderRow, Population},
    graph::{CLASS, Classes, Graph, NONE, SIZE, Shape, unpack_size},
    names::Names,
};
use rayon::prelude::*;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

/// Objects that one thread counts at a time.
const PIECE: usize = 1 << 20;

/// Classes by shallow bytes of their reachable instances, largest first; at most `top` unless `every` one is wanted.
/// Retained sizes for the first `top`.
pub fn histogram(analysis: &Analysis, top: usize, every: bool) -> Vec<ClassRow> {
    let mut rows = sorted_rows(&analysis.graph.classes, &populations(analysis));
    if !every {
        rows.truncate(top);
    }
    let retained = class_retained(analysis, &rows.iter().take(top).map(|r| r.0).collect::<Vec<_>>());
    for (row, retained) in rows.iter_mut().zip(retained) {
        row.1.retained = Some(retained);
    }
    rows.into_iter().map(|r| r.1).collect()
}

/// Classes that have instances, with their numbers, by shallow bytes.
pub(super) fn sorted_rows(classes: &Classes, sums: &[Population]) -> Vec<(u32, ClassRow)> {
    let mut rows: Vec<(u32, u64, u64)> = sums
        .iter()
        .enumerate()
        .filter(|(_, s)| s.objects > 0)
        .map(|(class, s)| (class as u32, s.objects, s.shallow))
        .collect();
    rows.sort_by(|a, b| {
        (Reverse(a.2), Reverse(a.1), classes.name(a.0)).cmp(&(Reverse(b.2), Reverse(b.1), classes.name(b.0)))
    });
    let row = |(class, objects, shallow)| {
        let name = classes.name(class).to_owned();
        let row = ClassRow {
            class: name,
            objects,
            shallow,
            retained: None,
        };
        (class, row)
    };
    rows.into_iter().map(row).collect()
}

/// Classes of a graph before the search: every object counts, reachable or not; class objects do not, as in
/// [`super::hprof::tally`].
pub fn all_objects(graph: &Graph) -> Vec<ClassRow> {
    let mut sums = vec![Population::default(); graph.classes.all().len()];
    for (object, node) in graph.nodes.iter().enumerate() {
        if let Some(sum) = sums.get_mut(node[CLASS] as usize)
            && node[CLASS] != graph.class_class
            && !graph.made_up.contains(&(object as u32))
        {
            sum.objects += 1;
            sum.shallow += unpack_size(node[SIZE]);
        }
    }
    sorted_rows(&graph.classes, &sums).into_iter().map(|r| r.1).collect()
}

/// Reachable instances of each class and their bytes.
pub(super) fn populations(analysis: &Analysis) -> Vec<Population> {
    let classes = analysis.graph.classes.all().len();
    let (class, size) = (&analysis.order.class, &analysis.order.size);
    let tally = |(classes_of, sizes): (&[u32], &[u32])| {
        let mut sums = vec![Population::default(); classes];
        for (&class, &size) in classes_of.iter().zip(sizes) {
            if let Some(sum) = sums.get_mut(class as usize) {
                sum.objects += 1;
                sum.shallow += unpack_size(size);
            }
        }
        sums
    };
    let pieces = class.par_chunks(PIECE).zip(size.par_chunks(PIECE));
    pieces
        .map(tally)
        .reduce(|| vec![Population::default(); classes], Population::add_all)
}

/// Bytes retained by the top-most instances of each class: 32 classes a pass, one bit each for "an instance is above".
fn class_retained(analysis: &Analysis, classes: &[u32]) -> Vec<u64> {
    let mut retained = vec![0u64; classes.len()];
    for (batch, sums) in classes.chunks(32).zip(retained.chunks_mut(32)) {
        let mut bit_of = vec![0u32; analysis.graph.classes.all().len()];
        for (bit, &class) in batch.iter().enumerate() {
            if let Some(slot) = bit_of.get_mut(class as usize) {
                *slot = 1 << bit;
            }
        }
        sums.iter_mut()
            .zip(retained_by_bit(analysis, &bit_of))
            .for_each(|(sum, bytes)| *sum = bytes);
    }
    retained
}

/// Bytes retained by the top-most objects of each group of classes; `bit_of` says for each class by one bit which of 32
/// groups it is in, 0 for none.
pub(super) fn retained_by_bit(analysis: &Analysis, bit_of: &[u32]) -> [u64; 32] {
    let mut sums = [0u64; 32];
    let Ok(mut above) = Column::<u32>::zeroed(analysis.order.len(), Place::Memory) else {
        return sums;
    };
    let above: &mut [u32] = &mut above;
    let numbers = analysis.order.class.iter().zip(analysis.dominators.dominator.iter());
    for (number, (&class, &dominator)) in numbers.enumerate().skip(1) {
        let own = bit_of.get(class as usize).copied().unwrap_or(0);
        let seen = above.get(dominator as usize).copied().unwrap_or(0);
        if own & !seen != 0
            && let Some(sum) = sums.get_mut(own.trailing_zeros() as usize)
        {
            *sum += analysis.dominators.retained(number as u32);
        }
        if let Some(slot) = above.get_mut(number) {
            *slot = seen | own;
        }
    }
    sums
}

/// Objects that only the roots dominate, by retained bytes; at most `top`.
pub fn top_dominators(analysis: &Analysis, top: usize) -> Vec<DominatorRow> {
    let mut largest: BinaryHeap<Reverse<(u64, Reverse<u32>)>> = BinaryHeap::new();
    let dominators = analysis.dominators.dominator.iter().enumerate().skip(1);
    for (number, &dominator) in dominators {
        let number = number as u32;
        if dominator == 0 {
            largest.push(Reverse((analysis.dominators.retained(number), Reverse(number))));
            if largest.len() > top {
                largest.pop();
            }
        }
    }
    let mut numbers: Vec<_> = largest
        .into_iter()
        .map(|Reverse((retained, Reverse(n)))| (retained, n))
        .collect();
    numbers.sort_unstable_by_key(|&(retained, n)| (Reverse(retained), n));
    numbers
        .into_iter()
        .map(|(retained, number)| {
            let object = analysis.object(number);
            DominatorRow {
                object: analysis.graph.address(object),
                class: analysis.label(object),
                shallow: analysis.shallow(number),
                retained,
                share: analysis.share(retained),
                label: None,
            }
        })
        .collect()
}

/// Threads by retained bytes; at most `top`. `stacks` gives the frames of a thread object and whether it ran out of
/// memory.
pub fn threads(
    analysis: &Analysis,
    names: &Names<'_>,
    objects: &[u32],
    stacks: impl Fn(u64) -> (Vec<String>, bool),
    top: usize,
) -> Vec<HeapThread> {
    let mut rows: Vec<HeapThread> = objects
        .iter()
        .map(|&object| {
            let address = analysis.graph.address(object);
            let (frames, out_of_memory) = stacks(address);
            HeapThread {
                object: address,
                name: names.thread(address),
                class: analysis.role_name(object),
                retained: analysis.retained_of(object),
                out_of_memory,
                frames,
                ..HeapThread::default()
            }
        })
        .collect();
    rows.sort_by_key(|t| (Reverse(t.out_of_memory), Reverse(t.retained), t.object));
    rows.truncate(top);
    rows
}

/// Class loaders by number of classes; at most `top`.
pub fn loaders(analysis: &Analysis, labels: impl Fn(&[u64]) -> BTreeMap<u64, String>, top: usize) -> Vec<LoaderRow> {
    let classes = analysis.graph.classes.all();
    let mut rows: BTreeMap<u32, LoaderRow> = BTreeMap::new();
    for loader in analysis.loader_objects() {
        rows.insert(
            loader,
            LoaderRow {
                object: analysis.graph.address(loader),
                class: analysis.role_name(loader),
                retained: analysis.retained_of(loader),
                ..LoaderRow::default()
            },
        );
    }
    let mut loader_of = vec![NONE; classes.len()];
    for (number, class) in classes.iter().enumerate() {
        if let Some(slot) = loader_of.get_mut(number) {
            *slot = class.loader;
        }
        if class.shape == Shape::Plain
            && analysis.number(class.object).is_some()
            && let Some(row) = rows.get_mut(&class.loader)
        {
            row.classes += 1;
        }
    }
    for (loader, population) in loader_of.iter().zip(populations(analysis)) {
        if let Some(row) = rows.get_mut(loader) {
            row.instances += population.objects;
            row.shallow += population.shallow;
        }
    }
    let mut rows: Vec<LoaderRow> = rows.into_values().collect();
    rows.sort_by_key(|r| (Reverse(r.classes), Reverse(r.retained), r.object));
    rows.truncate(top);
    let labels = labels(&rows.iter().map(|r| r.object).collect::<Vec<_>>());
    for row in &mut rows {
        row.label = labels.get(&row.object).cloned();
    }
    rows
}
