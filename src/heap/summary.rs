//! The lists of a report: classes, dominators, threads, loaders.

use super::{
    analysis::Analysis,
    facts::{ClassRow, DominatorRow, HeapThread, LoaderRow},
    graph::{NONE, Shape},
    names::Names,
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

/// Classes by shallow bytes of their reachable instances, largest first; at most `top`.
pub fn histogram(analysis: &Analysis, top: usize) -> Vec<ClassRow> {
    let classes = analysis.graph.classes.all();
    let mut sums = vec![(0u64, 0u64); classes.len()];
    for &object in analysis.order.object.iter().skip(1) {
        if let Some((count, bytes)) = sums.get_mut(analysis.graph.class(object) as usize) {
            *count += 1;
            *bytes += analysis.graph.shallow(object);
        }
    }
    let mut rows: Vec<(u32, u64, u64)> = sums
        .iter()
        .enumerate()
        .filter(|(_, s)| s.0 > 0)
        .map(|(class, &(count, bytes))| (class as u32, count, bytes))
        .collect();
    rows.sort_by(|a, b| {
        (Reverse(a.2), Reverse(a.1), analysis.graph.classes.name(a.0)).cmp(&(
            Reverse(b.2),
            Reverse(b.1),
            analysis.graph.classes.name(b.0),
        ))
    });
    rows.truncate(top);
    let retained = class_retained(analysis, &rows.iter().map(|r| r.0).collect::<Vec<_>>());
    rows.iter()
        .zip(retained)
        .map(|(&(class, objects, shallow), retained)| ClassRow {
            class: analysis.graph.classes.name(class).to_owned(),
            objects,
            shallow,
            retained: Some(retained),
        })
        .collect()
}

/// Bytes retained by the top-most instances of each class: 64 classes a pass, one bit each for "an instance is above".
fn class_retained(analysis: &Analysis, classes: &[u32]) -> Vec<u64> {
    let mut retained = vec![0u64; classes.len()];
    for (batch, sums) in classes.chunks(64).zip(retained.chunks_mut(64)) {
        let mut bit_of = vec![0u64; analysis.graph.classes.all().len()];
        for (bit, &class) in batch.iter().enumerate() {
            if let Some(slot) = bit_of.get_mut(class as usize) {
                *slot = 1 << bit;
            }
        }
        let mut above = vec![0u64; analysis.order.len()];
        for number in 1..analysis.order.len() {
            let own = bit_of.get(analysis.class(number as u32) as usize).copied().unwrap_or(0);
            let seen = above
                .get(analysis.dominators.of(number as u32) as usize)
                .copied()
                .unwrap_or(0);
            if own & !seen != 0
                && let Some(sum) = sums.get_mut(own.trailing_zeros() as usize)
            {
                *sum += analysis.dominators.retained(number as u32);
            }
            if let Some(slot) = above.get_mut(number) {
                *slot = seen | own;
            }
        }
    }
    retained
}

/// Objects that only the roots dominate, by retained bytes; at most `top`.
pub fn top_dominators(analysis: &Analysis, top: usize) -> Vec<DominatorRow> {
    let mut largest: BinaryHeap<Reverse<(u64, Reverse<u32>)>> = BinaryHeap::new();
    for number in 1..analysis.order.len() as u32 {
        if analysis.dominators.of(number) == 0 {
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
                class: analysis.graph.label(object),
                shallow: analysis.graph.shallow(object),
                retained,
                share: analysis.share(retained),
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
                class: analysis.graph.role_name(object),
                retained: analysis.retained_of(object),
                out_of_memory,
                frames,
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
                class: analysis.graph.role_name(loader),
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
    let mut instances = vec![0u64; classes.len()];
    for &object in analysis.order.object.iter().skip(1) {
        if let Some(count) = instances.get_mut(analysis.graph.class(object) as usize) {
            *count += 1;
        }
    }
    for (loader, count) in loader_of.iter().zip(instances) {
        if let Some(row) = rows.get_mut(loader) {
            row.instances += count;
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
