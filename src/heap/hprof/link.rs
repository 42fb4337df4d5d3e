//! Pass 2 over the object records: class, size and references of every object into columns.

use super::{
    layout::{Layout, up},
    plan::{Chunk, Plan, entries},
    scan::Scan,
};
use crate::heap::{
    graph::{Classes, Graph, LAST, Local, MAX_OBJECTS, NONE, Root, RootReason, Shape, block, pack_size},
    index::AddressIndex,
};
use goldenhour_parsers::{
    Gap, Reason,
    hprof::{self, Entry, RootKind},
};
use rayon::prelude::*;
use std::{
    collections::{BTreeMap, HashMap},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

/// Columns while several threads write them; each object has one writer, so plain stores do.
struct Columns {
    class_of: Vec<AtomicU32>,
    size: Vec<AtomicU32>,
    start: Vec<AtomicU32>,
}

fn column(length: usize, value: u32) -> Vec<AtomicU32> {
    vec![value; length].into_iter().map(AtomicU32::new).collect()
}

fn plain(column: Vec<AtomicU32>) -> Vec<u32> {
    column.into_iter().map(AtomicU32::into_inner).collect()
}

fn store(column: &[AtomicU32], object: u32, value: u32) {
    if let Some(cell) = column.get(object as usize) {
        cell.store(value, Relaxed);
    }
}

/// Builds the graph. Layout and scan stay usable for looking values up.
///
/// # Errors
/// When the dump has more objects or references than numbers of 31 bits can tell apart.
pub fn link<const W: usize>(
    chunks: &[Chunk<'_>],
    scan: &Scan,
    layout: &Layout,
    index: AddressIndex,
    plan: &Plan<'_>,
) -> Result<Graph, Gap> {
    let bound: usize = 1 + scan.references.iter().sum::<usize>();
    if index.len() > MAX_OBJECTS || bound > LAST as usize {
        return Err(Gap::new(
            0,
            plan.length as u64,
            Reason::Limit {
                what: "2,147,483,646 objects or references in one dump".to_owned(),
            },
        ));
    }
    let columns = Columns {
        class_of: column(index.len(), NONE),
        size: column(index.len(), 0),
        start: column(index.len(), 0),
    };
    // Room for what `append` adds, so that the column never moves.
    let room: usize = scan.classes.len()
        + layout
            .dumps
            .iter()
            .flatten()
            .map(|d| d.statics.len() + 3)
            .sum::<usize>();
    let mut refs = vec![0u32; bound + room + scan.roots.len() * 4];
    refs.truncate(bound);
    let distinct = scan.objects + layout.made_up.len() as u64 + 1 == index.len() as u64;
    let writer = Writer {
        layout,
        index: &index,
        columns: &columns,
        // Two records with one address: the first counts, so they must be met in order.
        first_only: !distinct,
    };
    let stretches = stretches(&mut refs, &scan.references);
    let extras: Vec<Vec<(u32, u32)>> = if distinct {
        let work: Vec<_> = chunks.iter().zip(stretches).collect();
        work.into_par_iter()
            .map(|(chunk, (base, stretch))| writer.write::<W>(chunk, base, stretch))
            .collect()
    } else {
        let work = chunks.iter().zip(stretches);
        work.map(|(chunk, (base, stretch))| writer.write::<W>(chunk, base, stretch))
            .collect()
    };
    let graph = Graph {
        class_of: plain(columns.class_of),
        size: plain(columns.size),
        start: plain(columns.start),
        refs,
        class_class: layout.class_class,
        classes: Classes::new(layout.classes.clone()),
        made_up: Vec::new(),
        index,
        ..Graph::default()
    };
    Ok(finish(graph, scan, layout, extras.concat()))
}

/// A mutable stretch of the reference column for each chunk, with its position.
fn stretches<'r>(refs: &'r mut [u32], lengths: &[usize]) -> Vec<(u32, &'r mut [u32])> {
    let mut rest = refs.get_mut(1..).unwrap_or_default();
    let mut base = 1;
    let mut out = Vec::with_capacity(lengths.len());
    for &length in lengths {
        let (stretch, tail) = rest.split_at_mut(length.min(rest.len()));
        out.push((base as u32, stretch));
        base += length;
        rest = tail;
    }
    out
}

struct Writer<'a> {
    layout: &'a Layout,
    index: &'a AddressIndex,
    columns: &'a Columns,
    first_only: bool,
}

impl Writer<'_> {
    /// Writes the objects of a chunk; gives references of instance records that stand at a class's address.
    fn write<const W: usize>(&self, chunk: &Chunk<'_>, base: u32, stretch: &mut [u32]) -> Vec<(u32, u32)> {
        let layout = self.layout;
        let mut extras = Vec::new();
        let mut used = 0;
        let mut last_class = (u64::MAX, NONE);
        for entry in entries::<W>(chunk) {
            let (id, class, bytes) = match entry {
                Entry::Instance { id, class, .. } => {
                    if class != last_class.0 {
                        last_class = (class, layout.numbers.get(class).unwrap_or(NONE));
                    }
                    let raw = layout.raw.get(last_class.1 as usize).copied().unwrap_or_default();
                    (id, last_class.1, up(raw, layout.sizes.align))
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
            store(&self.columns.class_of, object, class);
            store(&self.columns.size, object, pack_size(bytes));
            let begin = used;
            match entry {
                Entry::Instance { data, .. } => {
                    for &offset in layout.references(class) {
                        let target = hprof::id::<W>(data, offset as usize).unwrap_or(0);
                        used = self.push(target, stretch, used);
                    }
                }
                Entry::ObjectArray { elements, .. } => {
                    for element in elements.chunks_exact(W) {
                        let target = hprof::id::<W>(element, 0).unwrap_or(0);
                        used = self.push(target, stretch, used);
                    }
                }
                _ => {}
            }
            if used > begin {
                if let Some(last) = stretch.get_mut(used - 1) {
                    *last |= LAST;
                }
                store(&self.columns.start, object, base + begin as u32);
            }
        }
        extras
    }

    #[inline]
    fn push(&self, target: u64, stretch: &mut [u32], used: usize) -> usize {
        if target == 0 {
            return used;
        }
        match (self.index.index_of(target), stretch.get_mut(used)) {
            (Some(object), Some(slot)) => {
                *slot = object;
                used + 1
            }
            _ => used,
        }
    }

    /// An object that an earlier record described, or a class.
    fn is_taken(&self, object: u32) -> bool {
        let written = self.columns.class_of.get(object as usize);
        written.is_some_and(|c| c.load(Relaxed) != NONE)
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
fn finish(mut graph: Graph, scan: &Scan, layout: &Layout, mut extras: Vec<(u32, u32)>) -> Graph {
    let system_loader = graph.index.index_of(0).unwrap_or(NONE);
    for (number, class) in layout.classes.iter().enumerate() {
        set(&mut graph.class_of, class.object, layout.class_class);
        let bytes = layout.class_object.get(number).copied().unwrap_or_default();
        set(&mut graph.size, class.object, pack_size(bytes));
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
    set(&mut graph.class_of, system_loader, layout.loader_class);
    let raw = layout
        .raw
        .get(layout.loader_class as usize)
        .copied()
        .unwrap_or_default();
    set(&mut graph.size, system_loader, pack_size(up(raw, layout.sizes.align)));
    graph.made_up = layout.made_up.iter().filter_map(|&a| graph.index.index_of(a)).collect();
    graph.made_up.push(system_loader);
    if !layout.classes.iter().any(|c| c.loader == system_loader) {
        // Without a boot loader MAT gives each loader edges to its classes (HEAP_ORACLE §3.4.6).
        extras.extend(layout.classes.iter().map(|c| (c.loader, c.object)));
    }
    // An object whose record was lost after pass 1 saw it cannot occur; a class of NONE would only mean "no class".
    roots(&mut graph, scan, layout, system_loader);
    extras.extend(graph.locals.iter().map(|l| (l.thread, l.object)));
    append(&mut graph, extras);
    graph
}

fn set(column: &mut [u32], object: u32, value: u32) {
    if let Some(cell) = column.get_mut(object as usize) {
        *cell = value;
    }
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

/// Adds references to objects: their blocks are written anew at the end of the column.
pub fn append(graph: &mut Graph, mut extras: Vec<(u32, u32)>) {
    extras.sort_unstable();
    extras.dedup();
    for group in extras.chunk_by(|a, b| a.0 == b.0) {
        let Some(&(object, _)) = group.first() else { continue };
        let Some(start) = graph.start.get(object as usize).copied() else {
            continue;
        };
        let old: Vec<u32> = block(&graph.refs, start).collect();
        let begin = graph.refs.len();
        graph.refs.extend(old.into_iter().chain(group.iter().map(|e| e.1)));
        if let Some(last) = graph.refs.last_mut() {
            *last |= LAST;
        }
        set(&mut graph.start, object, begin as u32);
    }
}
