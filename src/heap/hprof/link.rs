//! Pass 2 over the object records: class, size and references of every object into columns.

use super::{
    layout::{Layout, up},
    plan::{Chunk, Plan, pieces},
    scan::Scan,
};
use crate::{
    evidence::release,
    heap::{
        examine::no_memory,
        graph::{
            CLASS, Classes, Graph, LAST, Local, MAX_OBJECTS, NONE, Root, RootReason, SIZE, START, Shape, pack_size,
        },
        index::AddressIndex,
        memory::Memory,
    },
};
use goldenhour_parsers::{
    Gap, Reason,
    hprof::{self, Entry, RootKind},
};
use rayon::prelude::*;
use std::{
    collections::{BTreeMap, HashMap},
    io,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

/// Builds the graph. Layout and scan stay usable for looking values up.
///
/// # Errors
/// When the dump has more objects or references than numbers of 31 bits can tell apart, or there is no memory.
pub fn link<const W: usize>(
    chunks: &[Chunk<'_>],
    scan: &Scan,
    layout: &Layout,
    index: AddressIndex,
    plan: &Plan<'_>,
    limit: Option<u64>,
) -> Result<Graph, Gap> {
    if index.len() > MAX_OBJECTS || scan.references >= LAST as usize {
        return Err(Gap::new(
            0,
            plan.length as u64,
            Reason::Limit {
                what: "2,147,483,646 objects or references in one dump".to_owned(),
            },
        ));
    }
    let memory = Memory::plan(index.len(), limit);
    build::<W>(chunks, scan, layout, index, memory).map_err(|error| no_memory(plan.length as u64, &error))
}

fn build<const W: usize>(
    chunks: &[Chunk<'_>],
    scan: &Scan,
    layout: &Layout,
    index: AddressIndex,
    memory: Memory,
) -> io::Result<Graph> {
    let distinct = scan.objects + layout.made_up.len() as u64 + 1 == index.len() as u64;
    let mut graph = Graph::of(index, scan.references, memory)?;
    let Graph { index, nodes, refs, .. } = &mut graph;
    let refs_used = refs.len();
    let room = refs.room_mut().get_mut(refs_used..).unwrap_or_default();
    let writer = Writer {
        layout,
        index,
        nodes: nodes.atomics(),
        refs: Mutex::new(Room {
            rest: room,
            begin: refs_used as u32,
        }),
        // Two records with one address: the first counts, so they must be met in order.
        first_only: !distinct,
    };
    let work = pieces(chunks, &scan.blocks);
    let extras: Vec<Vec<(u32, u32)>> = if distinct {
        work.into_par_iter()
            .map_init(Block::default, |block, piece| writer.write::<W>(&piece, block))
            .collect()
    } else {
        let mut block = Block::default();
        work.iter().map(|piece| writer.write::<W>(piece, &mut block)).collect()
    };
    let used = writer.refs.into_inner().unwrap_or_else(PoisonError::into_inner).begin;
    refs.set_len(used as usize);
    graph.class_class = layout.class_class;
    graph.classes = Classes::new(layout.classes.clone());
    finish(&mut graph, scan, layout, extras.concat())?;
    Ok(graph)
}

/// What is left of the reference column.
struct Room<'r> {
    rest: &'r mut [u32],
    begin: u32,
}

impl<'r> Room<'r> {
    /// A stretch of this length, with its position.
    fn take(&mut self, length: usize) -> (u32, &'r mut [u32]) {
        let rest = std::mem::take(&mut self.rest);
        let (mine, others) = rest.split_at_mut(length.min(rest.len()));
        let begin = self.begin;
        self.begin += mine.len() as u32;
        self.rest = others;
        (begin, mine)
    }
}

/// References of a piece of the dump before their place in the column is known: the column then has no holes, so that no
/// memory is touched for nothing.
#[derive(Default)]
struct Block {
    refs: Vec<u32>,
    /// Objects with references, and where theirs begin in `refs`.
    starts: Vec<(u32, u32)>,
}

struct Writer<'a, 'r> {
    layout: &'a Layout,
    index: &'a AddressIndex,
    nodes: &'a [[AtomicU32; 3]],
    refs: Mutex<Room<'r>>,
    first_only: bool,
}

impl Writer<'_, '_> {
    /// Writes the objects of a piece; gives references of instance records that stand at a class's address.
    fn write<const W: usize>(&self, piece: &Chunk<'_>, block: &mut Block) -> Vec<(u32, u32)> {
        block.refs.clear();
        block.starts.clear();
        let extras = self.read::<W>(piece, block);
        let (base, stretch) = self
            .refs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take(block.refs.len());
        stretch.copy_from_slice(block.refs.get(..stretch.len()).unwrap_or_default());
        for &(object, begin) in &block.starts {
            if let Some(node) = self.nodes.get(object as usize) {
                node[START].store(base + begin, Relaxed);
            }
        }
        release(piece.body);
        extras
    }

    fn read<const W: usize>(&self, piece: &Chunk<'_>, block: &mut Block) -> Vec<(u32, u32)> {
        let layout = self.layout;
        let mut extras = Vec::new();
        let mut last_class = (u64::MAX, NONE, 0);
        for entry in super::plan::entries::<W>(piece) {
            let (id, class, bytes) = match entry {
                Entry::Instance { id, class, .. } => {
                    if class != last_class.0 {
                        let number = layout.numbers.get(class).unwrap_or(NONE);
                        let raw = layout.raw.get(number as usize).copied().unwrap_or_default();
                        last_class = (class, number, up(raw, layout.sizes.align));
                    }
                    (id, last_class.1, last_class.2)
                }
                Entry::ObjectArray { id, class, elements } => {
                    let number = layout.numbers.get(class).unwrap_or(NONE);
                    (id, number, layout.sizes.object_array((elements.len() / W) as u64))
                }
                Entry::PrimitiveArray { id, kind, count, .. } => {
                    let class = layout.primitive.get(usize::from(kind & 15)).copied().unwrap_or(NONE);
                    (id, class, layout.sizes.primitive_array(kind, u64::from(count)))
                }
                Entry::Class(_) | Entry::Root(_) | Entry::Other => continue,
            };
            let Some(object) = self.index.index_of(id) else {
                continue;
            };
            if self.first_only && self.is_taken(object) {
                if layout.numbers.get(id).is_some() {
                    self.push_extras::<W>(object, &entry, &mut extras);
                }
                continue;
            }
            if let Some(node) = self.nodes.get(object as usize) {
                node[CLASS].store(class, Relaxed);
                node[SIZE].store(pack_size(bytes), Relaxed);
            }
            let begin = block.refs.len();
            match entry {
                Entry::Instance { data, .. } => {
                    for &offset in layout.references(class) {
                        self.push(hprof::id::<W>(data, offset as usize).unwrap_or(0), &mut block.refs);
                    }
                }
                Entry::ObjectArray { elements, .. } => {
                    for element in elements.chunks_exact(W) {
                        self.push(hprof::id::<W>(element, 0).unwrap_or(0), &mut block.refs);
                    }
                }
                _ => {}
            }
            if block.refs.len() > begin {
                if let Some(last) = block.refs.last_mut() {
                    *last |= LAST;
                }
                block.starts.push((object, begin as u32));
            }
        }
        extras
    }

    #[inline]
    fn push(&self, target: u64, refs: &mut Vec<u32>) {
        if target != 0
            && let Some(object) = self.index.index_of(target)
        {
            refs.push(object);
        }
    }

    /// An object that an earlier record described, or a class.
    fn is_taken(&self, object: u32) -> bool {
        let written = self.nodes.get(object as usize);
        written.is_some_and(|n| n[CLASS].load(Relaxed) != NONE)
            || self.layout.classes.binary_search_by_key(&object, |c| c.object).is_ok()
    }

    fn push_extras<const W: usize>(&self, object: u32, entry: &Entry<'_>, extras: &mut Vec<(u32, u32)>) {
        if let Entry::Instance { class, data, .. } = entry {
            let class = self.layout.numbers.get(*class).unwrap_or(NONE);
            let targets = self.layout.references(class).iter();
            extras.extend(targets.filter_map(|&offset| {
                let target = hprof::id::<W>(data, offset as usize).filter(|&t| t != 0)?;
                Some((object, self.index.index_of(target)?))
            }));
        }
    }
}

/// Class objects, the system class loader, roots and locals.
fn finish(graph: &mut Graph, scan: &Scan, layout: &Layout, mut extras: Vec<(u32, u32)>) -> io::Result<()> {
    let system_loader = graph.index.index_of(0).unwrap_or(NONE);
    for (number, class) in layout.classes.iter().enumerate() {
        let bytes = layout.class_object.get(number).copied().unwrap_or_default();
        graph.describe(class.object, layout.class_class, pack_size(bytes));
        let parent = class.super_class.and_then(|s| layout.classes.get(s as usize));
        extras.extend(parent.map(|p| (class.object, p.object)));
        extras.push((class.object, class.loader));
        let statics = layout
            .dumps
            .get(number)
            .and_then(|d| d.as_ref())
            .map(|d| d.statics.as_slice());
        let targets = statics.unwrap_or_default().iter().filter(|s| s.1 == 2 && s.2 != 0);
        extras.extend(targets.filter_map(|s| Some((class.object, graph.index.index_of(s.2)?))));
    }
    let raw = layout
        .raw
        .get(layout.loader_class as usize)
        .copied()
        .unwrap_or_default();
    let bytes = up(raw, layout.sizes.align);
    graph.describe(system_loader, layout.loader_class, pack_size(bytes));
    graph.made_up = layout.made_up.iter().filter_map(|&a| graph.index.index_of(a)).collect();
    graph.made_up.push(system_loader);
    if !layout.classes.iter().any(|c| c.loader == system_loader) {
        // Without a boot loader MAT gives each loader edges to its classes (HEAP_ORACLE §3.4.6).
        extras.extend(layout.classes.iter().map(|c| (c.loader, c.object)));
    }
    // An object whose record was lost after pass 1 saw it cannot occur; a class of NONE would only mean "no class".
    roots(graph, scan, layout, system_loader);
    extras.extend(graph.locals.iter().map(|l| (l.thread, l.object)));
    graph.append(extras)
}

/// Roots and locals by HEAP_ORACLE §3.3.
fn roots(graph: &mut Graph, scan: &Scan, layout: &Layout, system_loader: u32) {
    let mut threads: HashMap<u32, u64> = HashMap::new();
    let mut counts: BTreeMap<RootReason, u64> = BTreeMap::new();
    for root in &scan.roots {
        if let (RootKind::ThreadObject, Some(serial)) = (root.kind, root.thread) {
            threads.insert(serial, root.object);
        }
        let Some(object) = graph.index.index_of(root.object) else {
            continue;
        };
        let reason = RootReason::from(root.kind);
        let is_local = matches!(
            root.kind,
            RootKind::JniLocal | RootKind::JavaFrame | RootKind::NativeStack | RootKind::ThreadBlock
        );
        // A thread at address 0 (hprof agent) is as good as none: its locals are roots themselves.
        let thread = root.thread.filter(|_| is_local).and_then(|serial| threads.get(&serial));
        match thread.filter(|&&thread| thread != 0) {
            Some(&thread) => {
                let thread = graph.index.index_of(thread);
                let alive = thread.filter(|&t| graph.classes.of_object(t).is_none());
                graph
                    .locals
                    .extend(alive.map(|thread| Local { thread, object, reason }));
            }
            None => {
                graph.roots.push(Root { object, reason });
                *counts.entry(reason).or_default() += 1;
            }
        }
    }
    if !scan.has_sticky_classes() {
        let rooted: std::collections::HashSet<u32> = graph.roots.iter().map(|r| r.object).collect();
        for class in &layout.classes {
            if class.loader == system_loader && class.shape == Shape::Plain && !rooted.contains(&class.object) {
                let (object, reason) = (class.object, RootReason::SystemClass);
                graph.roots.push(Root { object, reason });
                *counts.entry(reason).or_default() += 1;
            }
        }
    }
    graph.roots.sort_unstable();
    graph.roots.dedup();
    graph.locals.sort_unstable();
    graph.locals.dedup();
    graph.root_counts = counts.into_iter().collect();
}
