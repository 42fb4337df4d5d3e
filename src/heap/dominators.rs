//! Immediate dominators by semi-NCA, and retained sizes.
//!
//! L. Georgiadis, R. Tarjan, R. Werneck, "Finding Dominators in Practice" (JGAA 10(1), 2006). Iterative throughout: a
//! chain of millions of objects is an everyday sight in a leaking heap.

use super::{
    column::{Column, prefetch},
    graph::{Graph, unpack_size},
    memory::Role,
    order::Order,
};
use rayon::prelude::*;
use std::io;

/// How many referrers ahead the forest cell of a referrer is fetched.
const CELLS_AHEAD: usize = 16;

/// The dominator tree and the inverse graph, in preorder numbers.
#[derive(Debug, Default)]
pub struct Dominators {
    /// Number → number of its immediate dominator, always smaller.
    pub dominator: Column<u32>,
    /// Number → bytes that would go with it, itself included; 0 is the whole reachable heap.
    pub retained: Column<u64>,
    /// Where the referrers of a number begin in [`Self::sources`].
    starts: Column<u32>,
    /// Referrers that are no tree parents.
    sources: Column<u32>,
}

impl Dominators {
    /// Numbers of the objects that refer to `number`, tree parent first (0: the virtual root, so a root or reached
    /// as one). Instances of a class, which refer to it too, are not included.
    pub fn referrers<'a>(&'a self, order: &'a Order, number: u32) -> impl Iterator<Item = u32> + 'a {
        let parent = order.parent.get(number as usize).copied();
        let begin = self.starts.get(number as usize).copied().unwrap_or(0) as usize;
        let end = self.starts.get(number as usize + 1).copied().unwrap_or(0) as usize;
        parent
            .into_iter()
            .chain(self.sources.get(begin..end).unwrap_or_default().iter().copied())
    }

    /// Retained bytes of a number.
    pub fn retained(&self, number: u32) -> u64 {
        self.retained.get(number as usize).copied().unwrap_or(0)
    }

    /// Immediate dominator of a number.
    pub fn of(&self, number: u32) -> u32 {
        self.dominator.get(number as usize).copied().unwrap_or(0)
    }
}

/// Computes dominators and retained sizes. Consumes the pairs and instance lists of `order`.
///
/// # Errors
/// When the system gives no memory.
pub fn dominators(graph: &Graph, order: &mut Order) -> io::Result<Dominators> {
    let core = graph.memory.place(Role::Core);
    let pairs = std::mem::take(&mut order.pairs);
    let (starts, sources) = bucket(graph, order, &pairs)?;
    let instances = std::mem::take(&mut order.instances);
    let mut semi = Column::in_place_of(pairs, order.len(), core)?;
    semi.set_len(order.len());
    let mut cells = std::mem::take(&mut order.room);
    cells.set_len(order.len());
    semidominators(graph, order, &starts, &sources, &instances, (&mut semi, &mut cells));
    drop(instances);
    let dominator = nearest_common_ancestors(order, semi);
    let mut retained = Column::in_place_of(cells, order.len(), core)?;
    retained.set_len(order.len());
    sum_up(order, &dominator, &mut retained);
    Ok(Dominators {
        dominator,
        retained,
        starts,
        sources,
    })
}

/// Sorts pairs by their target: where each target's sources begin, and the sources. Threads share the targets: each goes
/// through all pairs and takes those of its stretch.
fn bucket(graph: &Graph, order: &Order, pairs: &[[u32; 2]]) -> io::Result<(Column<u32>, Column<u32>)> {
    let place = graph.memory.place(Role::Referrers);
    let mut starts: Column<u32> = Column::zeroed(order.len() + 1, place)?;
    let mut sources: Column<u32> = Column::zeroed(pairs.len(), place)?;
    let stretch = starts.len().div_ceil(rayon::current_num_threads()).max(1);
    let counts: Vec<usize> = starts
        .par_chunks_mut(stretch)
        .enumerate()
        .map(|(i, counts)| {
            let first = (i * stretch) as u32;
            for &[_, to] in pairs.iter() {
                if let Some(count) = counts.get_mut(to.wrapping_sub(first) as usize) {
                    *count += 1;
                }
            }
            counts.iter().map(|&c| c as usize).sum()
        })
        .collect();
    let mut work = Vec::new();
    let (mut rest, mut before) = (&mut *sources, 0u32);
    for ((i, starts), count) in starts.chunks_mut(stretch).enumerate().zip(counts) {
        let (mine, others) = rest.split_at_mut(count.min(rest.len()));
        work.push(((i * stretch) as u32, before, starts, mine));
        rest = others;
        before += count as u32;
    }
    work.into_par_iter()
        .for_each(|(first, before, starts, sources)| fill_bucket(pairs, first, before, starts, sources));
    Ok((starts, sources))
}

/// Counts become beginnings, and the sources of the targets from `first` on are put in place; `before` of others precede.
fn fill_bucket(pairs: &[[u32; 2]], first: u32, before: u32, starts: &mut [u32], sources: &mut [u32]) {
    let mut sum = before;
    for start in starts.iter_mut() {
        sum += *start;
        *start = sum;
    }
    // Each start is now the end of its bucket; filling from the back turns it into the beginning.
    for &[from, to] in pairs {
        if let Some(start) = starts.get_mut(to.wrapping_sub(first) as usize) {
            *start -= 1;
            if let Some(slot) = sources.get_mut((*start - before) as usize) {
                *slot = from;
            }
        }
    }
}

/// The forest of semi-NCA: ancestor and label side by side.
struct Forest<'c> {
    cells: &'c mut [[u32; 2]],
    path: Vec<u32>,
}

impl Forest<'_> {
    #[inline]
    fn cell(&self, vertex: u32) -> [u32; 2] {
        self.cells.get(vertex as usize).copied().unwrap_or([0, 0])
    }

    /// Least semidominator on the path from `vertex` up to the tree of what is numbered above `current`.
    #[inline]
    fn eval(&mut self, vertex: u32, current: u32) -> u32 {
        if vertex <= current {
            return vertex;
        }
        let [mut ancestor, mut label] = self.cell(vertex);
        if ancestor <= current {
            return label;
        }
        let mut top = vertex;
        while ancestor > current {
            self.path.push(top);
            top = ancestor;
            [ancestor, label] = self.cell(top);
        }
        while let Some(below) = self.path.pop() {
            if let Some(cell) = self.cells.get_mut(below as usize) {
                label = label.min(cell[1]);
                *cell = [ancestor, label];
            }
        }
        label
    }
}

/// Fills the semidominators; the cells of the forest are room for the work.
fn semidominators(
    graph: &Graph,
    order: &Order,
    starts: &[u32],
    sources: &[u32],
    instances: &[Vec<u32>],
    (semis, cells): (&mut [u32], &mut [[u32; 2]]),
) {
    let parents: &[u32] = &order.parent;
    let beginnings = parents.par_iter().enumerate().map(|(i, &parent)| [parent, i as u32]);
    cells
        .par_iter_mut()
        .zip(beginnings)
        .for_each(|(cell, beginning)| *cell = beginning);
    let mut forest = Forest {
        cells,
        path: Vec::new(),
    };
    let mut classes = instances_by_class_object(graph, order, instances);
    if let Some(root) = semis.first_mut() {
        *root = 0;
    }
    for vertex in (1..parents.len()).rev() {
        let current = vertex as u32;
        let mut least = parents.get(vertex).copied().unwrap_or(0);
        let begin = starts.get(vertex).copied().unwrap_or(0) as usize;
        let end = starts.get(vertex + 1).copied().unwrap_or(0) as usize;
        if least != 0 {
            for (i, &source) in sources.get(begin..end).unwrap_or_default().iter().enumerate() {
                if let Some(&ahead) = (begin + i).checked_sub(CELLS_AHEAD).and_then(|at| sources.get(at)) {
                    prefetch(forest.cells, ahead as usize);
                }
                least = least.min(forest.eval(source, current));
            }
        }
        while let Some(&(_, list)) = classes.last().filter(|c| c.0 >= current) {
            if classes.pop().is_some_and(|c| c.0 == current) && least != 0 {
                for &source in list {
                    least = least.min(forest.eval(source, current));
                }
            }
        }
        if let (Some(slot), Some(cell)) = (semis.get_mut(vertex), forest.cells.get_mut(vertex)) {
            *slot = least;
            cell[1] = least;
        }
    }
}

/// Class objects that are no roots, by number, with their instances, which refer to them.
fn instances_by_class_object<'i>(graph: &Graph, order: &Order, instances: &'i [Vec<u32>]) -> Vec<(u32, &'i [u32])> {
    let mut classes: Vec<(u32, &[u32])> = graph
        .classes
        .all()
        .iter()
        .zip(instances)
        .filter_map(|(class, list)| {
            let number = order.number.get(class.object as usize).copied().filter(|&n| n != 0)?;
            (!list.is_empty()).then_some((number, list.as_slice()))
        })
        .collect();
    classes.sort_unstable_by_key(|c| c.0);
    classes
}

/// Turns semidominators into immediate dominators in place.
fn nearest_common_ancestors(order: &Order, mut semi: Column<u32>) -> Column<u32> {
    let dominators: &mut [u32] = &mut semi;
    let parents: &[u32] = &order.parent;
    for vertex in 1..dominators.len() {
        let bound = dominators.get(vertex).copied().unwrap_or(0);
        let mut dominator = parents.get(vertex).copied().unwrap_or(0);
        while dominator > bound {
            dominator = dominators.get(dominator as usize).copied().unwrap_or(0);
        }
        if let Some(slot) = dominators.get_mut(vertex) {
            *slot = dominator;
        }
    }
    semi
}

/// Retained bytes: own bytes and those of everything that is dominated.
fn sum_up(order: &Order, dominator: &[u32], retained: &mut [u64]) {
    let sizes: &[u32] = &order.size;
    retained
        .par_iter_mut()
        .zip(sizes)
        .for_each(|(sum, &size)| *sum = unpack_size(size));
    for vertex in (1..retained.len()).rev() {
        let bytes = retained.get(vertex).copied().unwrap_or(0);
        let above = dominator.get(vertex).copied().unwrap_or(0);
        if let Some(sum) = retained.get_mut(above as usize) {
            *sum = sum.saturating_add(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::{
        graph::{Class, Classes, LAST, Root, RootReason, START},
        index::Collector,
        memory::Memory,
        order::order,
    };
    use proptest::prelude::*;
    use std::collections::HashSet;

    /// A graph of `count` objects; objects named in `classes` are class objects, and object i has class `i % classes`.
    fn graph(count: u32, edges: &[(u32, u32)], roots: &[u32], classes: u32) -> Graph {
        let mut addresses = Collector::new(3);
        (0..count).for_each(|i| addresses.insert(u64::from(i) * 8));
        let mut graph = Graph {
            nodes: (0..count)
                .map(|i| [0, i % classes, shallow(i) as u32])
                .collect::<Vec<_>>()
                .into(),
            classes: Classes::new(
                (0..classes)
                    .map(|object| Class {
                        object,
                        ..Class::default()
                    })
                    .collect(),
            ),
            roots: roots
                .iter()
                .map(|&object| Root {
                    object,
                    reason: RootReason::Unknown,
                })
                .collect(),
            ..Graph::of(addresses.finish(), 0, Memory::default()).unwrap()
        };
        graph.roots.sort_unstable();
        graph.roots.dedup();
        graph.append(edges.to_vec()).unwrap();
        graph
    }

    fn shallow(object: u32) -> u64 {
        8 + u64::from(object) % 5 * 8
    }

    fn reach(edges: &[(u32, u32)], roots: &[u32], without: Option<u32>) -> HashSet<u32> {
        let mut seen: HashSet<u32> = HashSet::new();
        let mut todo: Vec<u32> = roots.iter().copied().filter(|&r| Some(r) != without).collect();
        while let Some(o) = todo.pop() {
            if seen.insert(o) {
                todo.extend(edges.iter().filter(|e| e.0 == o && Some(e.1) != without).map(|e| e.1));
            }
        }
        seen
    }

    /// Retained bytes by definition: what is reachable no more when the object is gone (roots have no other referrer).
    fn check(count: u32, edges: &[(u32, u32)], roots: &[u32], classes: u32) {
        let mut all: Vec<(u32, u32)> = edges.to_vec();
        all.extend((0..count).map(|i| (i, i % classes)));
        let kept: Vec<(u32, u32)> = all.iter().copied().filter(|e| !roots.contains(&e.1)).collect();
        let mut graph = graph(count, edges, roots, classes);
        let mut order = order(&mut graph).unwrap();
        let result = dominators(&graph, &mut order).unwrap();
        let alive = reach(&kept, roots, None);
        assert_eq!(order.len() - 1, alive.len());
        for object in 0..count {
            let number = order.number[object as usize];
            assert_eq!(number != 0, alive.contains(&object));
            if number == 0 {
                continue;
            }
            let rest = reach(&kept, roots, Some(object));
            let lost: u64 = alive.difference(&rest).map(|&o| shallow(o)).sum();
            assert_eq!(result.retained(number), lost, "object {object}");
        }
    }

    #[test]
    fn a_diamond_belongs_to_its_top() {
        check(5, &[(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)], &[0], 1);
    }

    #[test]
    fn a_root_is_dominated_by_nothing() {
        check(4, &[(0, 1), (1, 2), (2, 3)], &[0, 2], 1);
    }

    #[test]
    fn a_chain_needs_no_recursion() {
        let count = 300_000;
        let edges: Vec<u32> = (0..count).collect();
        let mut graph = graph(count, &[], &[0], 1);
        for &i in &edges {
            graph.nodes[i as usize][START] = if i + 1 < count { i + 1 } else { 0 };
        }
        graph.refs = edges.iter().map(|&i| i | LAST).collect::<Vec<_>>().into();
        let mut order = order(&mut graph).unwrap();
        let result = dominators(&graph, &mut order).unwrap();
        assert_eq!(order.len(), count as usize + 1);
        assert_eq!(
            result.of(order.number[count as usize - 1]),
            order.number[count as usize - 2]
        );
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(
            count in 2u32..40,
            raw in prop::collection::vec((0u32..40, 0u32..40), 0..120),
            roots in prop::collection::vec(0u32..40, 1..5),
            classes in 1u32..6,
        ) {
            let edges: Vec<_> = raw.into_iter().map(|(a, b)| (a % count, b % count)).collect();
            let roots: Vec<_> = roots.into_iter().map(|r| r % count).collect();
            check(count, &edges, &roots, classes.min(count));
        }
    }
}
