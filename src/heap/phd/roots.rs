//! Roots of a portable heap dump: it has none, so they are concluded (HEAP_ORACLE §5.8 and §5.9).

use super::classes::Table;
use crate::heap::{
    facts::Companion,
    graph::{CLASS, Class, Graph, NONE, Root, RootReason, SIZE, pack_size},
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    io,
};

/// Adds roots, and edges from the javacore's threads to the classes of their frames.
pub(super) fn infer(graph: &mut Graph, table: &Table, companion: Option<&Companion>) -> io::Result<()> {
    let mut roots: Vec<Root> = system_classes(table);
    if let Some(companion) = companion {
        roots.extend(threads(graph, companion)?);
    }
    // Objects whose class nothing tells hang on nothing; their class column stays empty.
    let nobody = graph.index.index_of(0).filter(|_| !table.boot_made_up);
    let mut reach = Reach::new(graph, nobody);
    for root in &roots {
        reach.mark_from(root.object);
    }
    let mut unknown = reach.unreferenced();
    unknown.iter().for_each(|&object| reach.mark_from(object));
    unknown.extend(reach.break_cycles());
    roots.extend(unknown.into_iter().map(|object| Root {
        object,
        reason: RootReason::Unknown,
    }));
    let mut counts: BTreeMap<RootReason, u64> = BTreeMap::new();
    for root in &roots {
        *counts.entry(root.reason).or_default() += 1;
    }
    graph.root_counts = counts.into_iter().collect();
    roots.sort_unstable();
    roots.dedup();
    graph.roots = roots;
    Ok(())
}

fn system_classes(table: &Table) -> Vec<Root> {
    let of_boot = table
        .classes
        .iter()
        .filter(|c| c.loader == table.boot)
        .map(|c: &Class| c.object);
    std::iter::once(table.boot)
        .chain(of_boot)
        .filter(|&o| o != NONE)
        .map(|object| Root {
            object,
            reason: RootReason::SystemClass,
        })
        .collect()
}

/// Thread objects of the javacore; one that the dump lacks becomes a `java.lang.Object`.
fn threads(graph: &mut Graph, companion: &Companion) -> io::Result<Vec<Root>> {
    let plain = graph.classes.named("java.lang.Object").unwrap_or(NONE);
    let size = plain_object_size(graph, plain);
    let mut by_name: HashMap<&str, Vec<u32>> = HashMap::new();
    for class in graph.classes.all() {
        by_name.entry(&class.name).or_default().push(class.object);
    }
    let mut edges = Vec::new();
    for (thread, classes) in &companion.frames {
        let Some(object) = graph.index.index_of(*thread) else {
            continue;
        };
        // A name that several loaders defined does not tell which class is meant.
        let frames = classes
            .iter()
            .filter_map(|name| match by_name.get(name.as_str()).map(Vec::as_slice) {
                Some([only]) => Some(only),
                _ => None,
            });
        edges.extend(frames.map(|&class| (object, class)));
    }
    let mut roots = Vec::new();
    let mut seen = HashSet::new();
    for (address, _) in companion.threads.iter().filter(|t| t.0 != 0) {
        let Some(object) = graph.index.index_of(*address).filter(|&o| seen.insert(o)) else {
            continue;
        };
        if graph.class(object) == NONE {
            graph.describe(object, plain, size);
            graph.made_up.push(object);
        }
        roots.push(Root {
            object,
            reason: RootReason::Thread,
        });
    }
    graph.append(edges)?;
    Ok(roots)
}

/// What one `java.lang.Object` of the dump takes; 0 when there is none.
fn plain_object_size(graph: &Graph, plain: u32) -> u32 {
    let first = graph.nodes.iter().find(|n| n[CLASS] == plain && plain != NONE);
    first.map_or(pack_size(0), |node| node[SIZE])
}

/// One bit an object: an eighth of the memory of a byte each, and the marks are set in no order.
struct Marks(Vec<u64>);

impl Marks {
    fn new(objects: usize) -> Self {
        Self(vec![0; objects.div_ceil(64)])
    }

    /// Sets the mark; true when it was not set before.
    #[inline]
    fn set(&mut self, object: u32) -> bool {
        let bit = 1 << (object % 64);
        self.0.get_mut(object as usize / 64).is_some_and(|word| {
            let fresh = *word & bit == 0;
            *word |= bit;
            fresh
        })
    }

    #[inline]
    fn has(&self, object: u32) -> bool {
        let word = self.0.get(object as usize / 64);
        word.is_some_and(|word| word >> (object % 64) & 1 == 1)
    }
}

/// Marks what roots reach, with the edges of the graph as it stands.
struct Reach<'g> {
    graph: &'g Graph,
    marked: Marks,
    stack: Vec<u32>,
    /// Objects that no one may choose: address 0 when it stands for nothing.
    nobody: Option<u32>,
}

impl<'g> Reach<'g> {
    fn new(graph: &'g Graph, nobody: Option<u32>) -> Self {
        Self {
            graph,
            marked: Marks::new(graph.len()),
            stack: Vec::new(),
            nobody,
        }
    }

    fn is_open(&self, object: u32) -> bool {
        !self.marked.has(object) && (object as usize) < self.graph.len() && Some(object) != self.nobody
    }

    /// References of an object and that to its class.
    fn targets(&self, object: u32) -> impl Iterator<Item = u32> + use<'g> {
        let graph = self.graph;
        graph.class_object(object).into_iter().chain(graph.references(object))
    }

    fn mark_from(&mut self, object: u32) {
        if !self.is_open(object) {
            return;
        }
        self.marked.set(object);
        self.stack.push(object);
        while let Some(here) = self.stack.pop() {
            for target in self.targets(here) {
                if Some(target) != self.nobody && self.marked.set(target) {
                    self.stack.push(target);
                }
            }
        }
    }

    /// Objects that no reference leads to; a reference to oneself counts as one.
    fn unreferenced(&self) -> Vec<u32> {
        let mut referenced = Marks::new(self.graph.len());
        for object in 0..self.graph.len() as u32 {
            for target in self.targets(object) {
                referenced.set(target);
            }
        }
        (0..self.graph.len() as u32)
            .filter(|&o| self.is_open(o) && !referenced.has(o))
            .collect()
    }

    /// Different open objects that an open object refers to, itself left out.
    fn open_targets(&self, object: u32) -> Vec<u32> {
        let mut targets: Vec<u32> = self
            .targets(object)
            .filter(|&t| t != object && self.is_open(t))
            .collect();
        targets.sort_unstable();
        targets.dedup();
        targets
    }

    /// Chooses roots in what is still not reached: closed cycles (HEAP_ORACLE §5.9, stages A and B).
    fn break_cycles(&mut self) -> Vec<u32> {
        let open: Vec<u32> = (0..self.graph.len() as u32).filter(|&o| self.is_open(o)).collect();
        if open.is_empty() {
            return Vec::new();
        }
        let mut inbound: HashMap<u32, u8> = HashMap::new();
        for &object in &open {
            for target in self.open_targets(object) {
                let count = inbound.entry(target).or_default();
                *count = count.saturating_add(1);
            }
        }
        let count = |o: u32| inbound.get(&o).copied().unwrap_or(0);
        let mut chosen: Vec<u32> = open.iter().copied().filter(|&o| count(o) == 0).collect();
        chosen.iter().for_each(|&o| self.mark_from(o));
        for pass in 0..10 {
            let outbound: HashMap<u32, u8> = open
                .iter()
                .filter(|&&o| self.is_open(o))
                .map(|&o| (o, self.open_targets(o).len().min(255) as u8))
                .collect();
            for &object in &open {
                if !self.is_open(object) {
                    continue;
                }
                let (into, out) = (
                    i32::from(count(object)),
                    i32::from(outbound.get(&object).copied().unwrap_or(0)),
                );
                let choose = match pass {
                    0 => {
                        into == 1
                            && self
                                .open_targets(object)
                                .into_iter()
                                .any(|t| count(t) == 1 && self.targets(t).any(|back| back == object))
                    }
                    1..=8 => out > 0 && into > 1 && out - into >= 8 - pass,
                    _ => out > 0,
                };
                if choose {
                    chosen.push(object);
                    self.mark_from(object);
                }
            }
        }
        chosen
    }
}
