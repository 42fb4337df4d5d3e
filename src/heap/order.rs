//! Depth-first numbering of what the roots reach (PERFORMANCE §5.7).
//!
//! The search collects every reference that is no tree edge as it meets it, so no second sweep builds the inverse
//! graph. The reference from an object to its class is implied by the class column. What is known of an object moves into
//! columns by number on the way: everything after the search reads them in order.

use super::{
    column::{Column, Pages, prefetch},
    facts::Population,
    graph::{CLASS, Classes, Graph, LAST, NONE, Node, Root, SIZE, START, unpack_size},
    memory::Role,
};
use rayon::prelude::*;
use std::{
    io,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

/// Objects that one thread settles at a time.
const PIECE: usize = 1 << 20;

/// How many references ahead the node of a reference is fetched, and how many the block of references behind it.
const NODES_AHEAD: usize = 6;
const BLOCKS_AHEAD: usize = 2;

/// Preorder numbers: 0 is the virtual root above all roots, 1… the reachable objects.
#[derive(Debug, Default)]
pub struct Order {
    /// Object → its number, 0 when nothing reaches it.
    pub number: Column<u32>,
    /// Number → object; [`NONE`] for the virtual root.
    pub object: Column<u32>,
    /// Number → number of the object it was first reached from.
    pub parent: Column<u32>,
    /// Number → class number; [`NONE`] for the virtual root.
    pub class: Column<u32>,
    /// Number → packed shallow size.
    pub size: Column<u32>,
    /// References that are no tree edges: [from, to] as numbers. References to classes by their instances not included.
    pub pairs: Column<[u32; 2]>,
    /// For each class whose class object is no root: the numbers of its instances.
    pub instances: Vec<Vec<u32>>,
    /// What no root reaches, by class number; made-up objects do not count.
    pub unreachable: Vec<Population>,
    /// Room for the cells of the dominator forest, where the nodes of the graph were.
    pub room: Column<[u32; 2]>,
}

impl Order {
    /// Reachable objects and the virtual root.
    pub fn len(&self) -> usize {
        self.object.len()
    }

    /// True when not even the virtual root is there.
    pub fn is_empty(&self) -> bool {
        self.object.is_empty()
    }
}

/// Numbers what the roots reach. Takes the columns of the graph: nothing needs them afterwards.
///
/// # Errors
/// When the system gives no memory.
pub fn order(graph: &mut Graph) -> io::Result<Order> {
    let mut nodes = std::mem::take(&mut graph.nodes);
    let refs = std::mem::take(&mut graph.refs);
    let mut order = Order::room(graph, refs.len())?;
    let pages = order.pages();
    ahead(&pages, |progress| {
        Search::new(&graph.classes, &graph.roots, &mut nodes, &refs, &mut order, progress).run(&graph.roots);
    });
    order.number = Column::in_place_of(refs, nodes.len(), graph.memory.place(Role::Core))?;
    order.number.set_len(nodes.len());
    order.unreachable = settle(graph, &nodes, &mut order.number);
    order.room = Column::in_place_of(nodes, order.len(), graph.memory.place(Role::Core))?;
    Ok(order)
}

/// Objects that the search numbers between two notes of how far it is.
const NOTE: u32 = 1 << 14;
/// How far ahead of the search the memory of its columns is made ready, in objects.
const READY_AHEAD: usize = 1 << 19;
/// How long to wait when that is done.
const WAIT: Duration = Duration::from_micros(200);

/// How far the search is: objects numbered, pairs written, and whether it is done.
#[derive(Debug, Default)]
struct Progress {
    objects: AtomicUsize,
    pairs: AtomicUsize,
    done: AtomicBool,
}

/// Ends the preparation when the search ends, by a panic too: the room that catches it must not wait for ever.
struct Ends<'p>(&'p Progress);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.done.store(true, Relaxed);
    }
}

/// Does `work` while another thread has the system clear the memory that the work is going to write: a search is one
/// thread's work, and a quarter of the samples of a whole run stood in clearing (perf, 28 M objects).
fn ahead(columns: &[(Pages, bool)], work: impl FnOnce(&Progress) + Send) {
    let progress = Progress::default();
    let prepare = || {
        let mut ready = vec![0; columns.len()];
        while !progress.done.load(Relaxed) {
            let mut idle = true;
            for ((pages, of_pairs), ready) in columns.iter().zip(&mut ready) {
                let at = if *of_pairs { &progress.pairs } else { &progress.objects };
                let until = at.load(Relaxed) + READY_AHEAD;
                idle &= !pages.make_ready(ready, until);
            }
            if idle {
                std::thread::sleep(WAIT);
            }
        }
    };
    let search = || {
        let _ends = Ends(&progress);
        work(&progress);
    };
    if rayon::current_num_threads() > 1 {
        rayon::join(search, prepare);
    } else {
        search();
    }
}

impl Order {
    fn room(graph: &Graph, references: usize) -> io::Result<Self> {
        let count = graph.len() + 1;
        let (tree, facts) = (graph.memory.place(Role::Tree), graph.memory.place(Role::Facts));
        let mut order = Self {
            object: Column::with_capacity(count, tree)?,
            parent: Column::with_capacity(count, tree)?,
            class: Column::with_capacity(count, facts)?,
            size: Column::with_capacity(count, facts)?,
            pairs: Column::with_capacity(references, graph.memory.place(Role::Pairs))?,
            instances: vec![Vec::new(); graph.classes.all().len()],
            ..Self::default()
        };
        order.object.push(NONE);
        order.parent.push(0);
        order.class.push(NONE);
        order.size.push(0);
        Ok(order)
    }

    /// The memory of the columns that the search writes; true for that which grows with the pairs.
    fn pages(&self) -> Vec<(Pages, bool)> {
        let by_number = [&self.object, &self.parent, &self.class, &self.size].map(|column| (column.pages(), false));
        by_number.into_iter().chain([(self.pairs.pages(), true)]).collect()
    }
}

/// Takes the numbers out of the nodes and counts what has none, by class.
fn settle(graph: &Graph, nodes: &[Node], numbers: &mut [u32]) -> Vec<Population> {
    let classes = graph.classes.all().len() + 1;
    let mut made_up = graph.made_up.clone();
    made_up.sort_unstable();
    let part = |(piece, (nodes, numbers)): (usize, (&[Node], &mut [u32]))| {
        let mut unreachable = vec![Population::default(); classes];
        for (i, (node, number)) in nodes.iter().zip(numbers).enumerate() {
            if node[START] & LAST != 0 {
                *number = node[START] & !LAST;
                continue;
            }
            *number = 0;
            let object = (piece * PIECE + i) as u32;
            if made_up.binary_search(&object).is_err()
                && let Some(sum) = unreachable.get_mut((node[CLASS] as usize).min(classes - 1))
            {
                sum.objects += 1;
                sum.shallow += unpack_size(node[SIZE]);
            }
        }
        unreachable
    };
    let parts = nodes.par_chunks(PIECE).zip(numbers.par_chunks_mut(PIECE)).enumerate();
    parts
        .map(part)
        .reduce(|| vec![Population::default(); classes], Population::add_all)
}

struct Search<'g> {
    refs: &'g [u32],
    /// The start of a visited object is [`LAST`] with its number; [`LAST`] alone: a root still to be numbered.
    nodes: &'g mut [Node],
    /// Class object of each class, and whether something is to be done when an instance is numbered.
    classes: Vec<ClassState>,
    /// Where to go on: position in the references, and whose they are.
    stack: Vec<(u32, u32)>,
    out: &'g mut Order,
    progress: &'g Progress,
}

#[derive(Clone, Copy)]
struct ClassState {
    object: u32,
    /// The class object is a root.
    rooted: bool,
    /// The class object is numbered or a root.
    settled: bool,
}

impl<'g> Search<'g> {
    fn new(
        classes: &Classes,
        roots: &[Root],
        nodes: &'g mut [Node],
        refs: &'g [u32],
        out: &'g mut Order,
        progress: &'g Progress,
    ) -> Self {
        let classes = classes.all().iter().map(|class| {
            let rooted = roots.binary_search_by_key(&class.object, |r| r.object).is_ok();
            ClassState {
                object: class.object,
                rooted,
                settled: rooted,
            }
        });
        Self {
            refs,
            nodes,
            classes: classes.collect(),
            stack: Vec::new(),
            out,
            progress,
        }
    }

    fn run(mut self, roots: &[Root]) {
        let mut starts: Vec<(u32, u32)> = Vec::with_capacity(roots.len());
        for root in roots {
            if let Some(node) = self.nodes.get_mut(root.object as usize)
                && node[START] & LAST == 0
            {
                starts.push((root.object, node[START]));
                node[START] = LAST;
            }
        }
        for (root, start) in starts {
            self.enter(root, start, 0);
            while let Some((position, owner)) = self.stack.pop() {
                self.follow(position as usize, owner);
            }
        }
    }

    /// Goes through references from `position` on until one leads to a new object.
    #[inline]
    fn follow(&mut self, mut position: usize, owner: u32) {
        while let Some(&reference) = self.refs.get(position) {
            self.fetch_ahead(position);
            let target = reference & !LAST;
            let state = self.nodes.get(target as usize).map_or(LAST, |n| n[START]);
            if state & LAST == 0 {
                // The last reference leaves nothing to come back to: a list of any length needs no stack.
                if reference & LAST == 0 {
                    self.stack.push((position as u32 + 1, owner));
                }
                self.enter(target, state, owner);
                return;
            }
            if state != LAST {
                self.out.pairs.push([owner, state & !LAST]);
            }
            if reference & LAST != 0 {
                return;
            }
            position += 1;
        }
    }

    #[inline(always)]
    fn fetch_ahead(&self, position: usize) {
        if let Some(&ahead) = self.refs.get(position + NODES_AHEAD) {
            prefetch(self.nodes, (ahead & !LAST) as usize);
        }
        if let Some(&ahead) = self.refs.get(position + BLOCKS_AHEAD)
            && let Some(node) = self.nodes.get((ahead & !LAST) as usize)
            && node[START] & LAST == 0
        {
            prefetch(self.refs, node[START] as usize);
        }
    }

    /// Numbers a new object, and its class and the class's class when they are new too.
    #[inline]
    fn enter(&mut self, object: u32, start: u32, parent: u32) {
        let (mut object, mut start, mut parent) = (object, start, parent);
        loop {
            let number = self.out.object.len() as u32;
            let Some(node) = self.nodes.get_mut(object as usize) else {
                return;
            };
            let [_, class, size] = *node;
            node[START] = LAST | number;
            self.out.object.push(object);
            self.out.parent.push(parent);
            self.out.class.push(class);
            self.out.size.push(size);
            if number.is_multiple_of(NOTE) {
                self.progress.objects.store(number as usize, Relaxed);
                self.progress.pairs.store(self.out.pairs.len(), Relaxed);
            }
            if start != 0 {
                self.stack.push((start, number));
            }
            let Some(state) = self.classes.get_mut(class as usize).filter(|s| !s.rooted) else {
                return;
            };
            if let Some(instances) = self.out.instances.get_mut(class as usize) {
                instances.push(number);
            }
            if std::mem::replace(&mut state.settled, true) {
                return;
            }
            match self.nodes.get(state.object as usize) {
                Some(node) if node[START] & LAST == 0 => (object, start, parent) = (state.object, node[START], number),
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::column::Place;

    #[test]
    fn a_search_that_panics_does_not_leave_the_preparation_behind() {
        let column = Column::<u32>::with_capacity(1 << 20, Place::Memory).unwrap();
        let pools = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            pools.install(|| ahead(&[(column.pages(), false)], |_| panic!("on purpose")));
        }));
        assert!(ended.is_err());
    }

    #[test]
    fn pages_made_ready_keep_what_was_written() {
        let mut column = Column::<u32>::zeroed(1 << 20, Place::Memory).unwrap();
        column.iter_mut().enumerate().for_each(|(i, v)| *v = i as u32);
        let (pages, mut ready) = (column.pages(), 0);
        while pages.make_ready(&mut ready, usize::MAX) {}
        assert!(column.iter().enumerate().all(|(i, v)| *v == i as u32));
    }
}
