//! What can be told while a dump is still being computed.

use super::{
    facts::{ClassRow, DominatorRow},
    graph::{CLASS, Graph, SIZE, Shape, unpack_size},
    summary,
};
use std::{cmp::Reverse, collections::BinaryHeap, fmt::Debug};

/// Classes and arrays of an early answer.
const ROWS: usize = 5;

/// Whoever wants to know early. Called from the thread that computes.
pub trait Watch: Debug + Send + Sync {
    /// After the first pass: how many objects there are, and how many bytes of memory the rest will take.
    fn counted(&self, objects: u64, memory: u64);
    /// After the second pass, before the dominators.
    fn early(&self, early: &Early);
}

/// The first answers: all objects count, reachable or not.
#[derive(Debug, Clone, Default)]
pub struct Early {
    /// Objects.
    pub objects: u64,
    /// Shallow bytes.
    pub shallow: u64,
    /// The largest classes.
    pub classes: Vec<ClassRow>,
    /// The largest arrays; their retained bytes are not known yet.
    pub arrays: Vec<DominatorRow>,
}

/// The first answers out of a graph before the search.
pub fn early(graph: &Graph) -> Early {
    let rows = summary::all_objects(graph);
    let classes = graph.classes.all();
    let is_array: Vec<bool> = classes.iter().map(|c| c.shape != Shape::Plain).collect();
    let mut largest: BinaryHeap<Reverse<(u64, Reverse<u32>)>> = BinaryHeap::new();
    for (object, node) in graph.nodes.iter().enumerate() {
        if is_array.get(node[CLASS] as usize) != Some(&true) {
            continue;
        }
        let bytes = unpack_size(node[SIZE]);
        if largest.len() < ROWS || largest.peek().is_some_and(|Reverse((least, _))| bytes > *least) {
            largest.push(Reverse((bytes, Reverse(object as u32))));
            if largest.len() > ROWS {
                largest.pop();
            }
        }
    }
    let mut arrays: Vec<(u64, u32)> = largest.into_iter().map(|Reverse((b, Reverse(o)))| (b, o)).collect();
    arrays.sort_unstable_by_key(|&(bytes, object)| (Reverse(bytes), object));
    Early {
        objects: rows.iter().map(|r| r.objects).sum(),
        shallow: rows.iter().map(|r| r.shallow).sum(),
        arrays: arrays
            .into_iter()
            .map(|(shallow, object)| DominatorRow {
                object: graph.address(object),
                class: graph.classes.name(graph.class(object)).to_owned(),
                shallow,
                ..DominatorRow::default()
            })
            .collect(),
        classes: rows.into_iter().take(ROWS).collect(),
    }
}
