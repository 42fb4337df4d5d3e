//! Pass 1 over the object records: which objects and classes there are, roots, and hints about sizes.

use super::plan::{Chunk, entries};
use crate::{
    evidence::release,
    heap::{id_map::IdMap, index::Collector},
};
use goldenhour_parsers::{
    Gap,
    hprof::{self, Entry, Root, RootKind},
};
use rayon::prelude::*;
use std::collections::HashMap;

/// Aim for the length of a block.
const BLOCK: usize = 256 << 10;

/// A class record, owned.
#[derive(Debug, Clone, Default)]
pub struct ClassDump {
    /// The class object.
    pub id: u64,
    /// Superclass, 0 for none.
    pub super_class: u64,
    /// Loader, 0 for the boot loader.
    pub loader: u64,
    /// Own instance fields: name id and type.
    pub fields: Vec<(u64, u8)>,
    /// Static fields: name id, type, and the value's bits.
    pub statics: Vec<(u64, u8, u64)>,
}

/// A stretch of records with the range of the addresses in it: finds an object again without reading everything.
#[derive(Debug, Clone, Copy)]
pub struct Block {
    /// Index of the chunk.
    pub chunk: usize,
    /// Where in the chunk's body.
    pub start: usize,
    /// Least address.
    pub least: u64,
    /// Greatest address.
    pub greatest: u64,
}

/// What the objects of one class id are.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    /// True for arrays of references.
    pub array: bool,
    /// Field bytes of an instance.
    pub data: u32,
}

/// All that pass 1 finds.
#[derive(Debug, Default)]
pub struct Scan {
    /// Addresses of objects and classes.
    pub addresses: Option<Collector>,
    /// Classes in file order, doubles included.
    pub classes: Vec<ClassDump>,
    /// Roots in file order.
    pub roots: Vec<Root>,
    /// Class ids that objects name.
    pub used: HashMap<u64, Usage>,
    /// Bit n: primitive arrays of HPROF type n exist.
    pub primitive_arrays: u16,
    /// References are four bytes wide though ids have eight.
    pub compressed: bool,
    /// Object records.
    pub objects: u64,
    /// An upper bound of the references.
    pub references: usize,
    /// Blocks of all chunks.
    pub blocks: Vec<Block>,
    /// Damaged places.
    pub gaps: Vec<Gap>,
}

/// First and last object array of a stretch: address and length.
#[derive(Debug, Clone, Copy, Default)]
struct Arrays {
    first: Option<(u64, u64)>,
    last: Option<(u64, u64)>,
}

/// Reads all chunks.
pub fn scan<const W: usize>(chunks: &[Chunk<'_>]) -> Scan {
    let shift = id_shift::<W>(chunks);
    let groups = groups(chunks);
    let parts: Vec<(Part, Vec<Arrays>)> = groups
        .par_iter()
        .map(|range| {
            let mut part = Part::new(shift);
            let arrays = range
                .clone()
                .filter_map(|i| Some(part.read::<W>(i, chunks.get(i)?)))
                .collect();
            (part, arrays)
        })
        .collect();
    join::<W>(parts, shift)
}

/// Contiguous groups of chunks of about the same length, a few for each thread.
pub(super) fn groups(chunks: &[Chunk<'_>]) -> Vec<std::ops::Range<usize>> {
    let total: usize = chunks.iter().map(|c| c.body.len()).sum();
    let target = total / (rayon::current_num_threads() * 2).max(1) + 1;
    let mut groups = Vec::new();
    let (mut start, mut length) = (0, 0);
    for (i, chunk) in chunks.iter().enumerate() {
        length += chunk.body.len();
        if length >= target {
            groups.push(start..i + 1);
            (start, length) = (i + 1, 0);
        }
    }
    if start < chunks.len() {
        groups.push(start..chunks.len());
    }
    groups
}

/// Trailing zero bits that ids have in common, at most 3, by a sample.
fn id_shift<const W: usize>(chunks: &[Chunk<'_>]) -> u32 {
    let step = (chunks.len() / 64).max(1);
    let mut all = 0;
    for chunk in chunks.iter().step_by(step) {
        for entry in entries::<W>(chunk).take(512) {
            match entry {
                Entry::Instance { id, .. } | Entry::ObjectArray { id, .. } | Entry::PrimitiveArray { id, .. } => {
                    all |= id
                }
                Entry::Class(class) => all |= class.id,
                _ => {}
            }
        }
    }
    all.trailing_zeros().min(3)
}

/// What one group of chunks yields.
struct Part {
    addresses: Collector,
    classes: Vec<ClassDump>,
    roots: Vec<Root>,
    class_numbers: IdMap,
    used: Vec<(u64, Usage)>,
    primitive_arrays: u16,
    compressed: bool,
    objects: u64,
    references: usize,
    blocks: Vec<Block>,
    gaps: Vec<Gap>,
}

impl Part {
    fn new(shift: u32) -> Self {
        Self {
            addresses: Collector::new(shift),
            classes: Vec::new(),
            roots: Vec::new(),
            class_numbers: IdMap::default(),
            used: Vec::new(),
            primitive_arrays: 0,
            compressed: false,
            objects: 0,
            references: 0,
            blocks: Vec::new(),
            gaps: Vec::new(),
        }
    }

    fn read<const W: usize>(&mut self, number: usize, chunk: &Chunk<'_>) -> Arrays {
        let mut arrays = Arrays::default();
        let mut references = 0;
        let mut block = Block {
            chunk: number,
            start: 0,
            least: u64::MAX,
            greatest: 0,
        };
        let mut last_class = u64::MAX;
        let mut entries = entries::<W>(chunk);
        while let Some((at, entry)) = entries.next_at() {
            if at - block.start >= BLOCK {
                release(chunk.body.get(block.start..at).unwrap_or_default());
                self.blocks.push(block);
                block = Block {
                    start: at,
                    least: u64::MAX,
                    greatest: 0,
                    ..block
                };
            }
            let id = match entry {
                Entry::Instance { id, class, data } => {
                    references += data.len() / W;
                    if class != last_class {
                        last_class = class;
                        self.use_class(class, false, data.len());
                    }
                    id
                }
                Entry::ObjectArray { id, class, elements } => {
                    let count = (elements.len() / W) as u64;
                    references += count as usize;
                    last_class = u64::MAX;
                    self.use_class(class, true, 0);
                    self.compressed |= W == 8 && arrays.last.is_some_and(|last| overlaps(last, id));
                    arrays.first.get_or_insert((id, count));
                    arrays.last = Some((id, count));
                    id
                }
                Entry::PrimitiveArray { id, kind, .. } => {
                    self.primitive_arrays |= 1 << (kind & 15);
                    id
                }
                Entry::Class(class) => {
                    self.classes.push(owned::<W>(&class));
                    class.id
                }
                Entry::Root(root) => {
                    self.roots.push(root);
                    continue;
                }
                Entry::Other => continue,
            };
            self.objects += 1;
            self.addresses.insert(id);
            block.least = block.least.min(id);
            block.greatest = block.greatest.max(id);
        }
        self.blocks.push(block);
        self.references += references;
        release(chunk.body);
        self.gaps.extend(entries.take_gaps());
        arrays
    }

    fn use_class(&mut self, class: u64, array: bool, data: usize) {
        let next = self.used.len() as u32;
        if self.class_numbers.insert(class, next) == next {
            let data = data as u32;
            self.used.push((class, Usage { array, data }));
        }
    }
}

/// Whether an object at `next` lies inside the array record before it, had its elements eight bytes (HEAP_ORACLE §3.5).
pub(super) fn overlaps((previous, length): (u64, u64), next: u64) -> bool {
    previous < next && next - previous < 16 + 8 * length
}

pub(super) fn owned<const W: usize>(class: &hprof::Class<'_>) -> ClassDump {
    ClassDump {
        id: class.id,
        super_class: class.super_class,
        loader: class.loader,
        fields: class.fields.iter().map(|(name, kind, _)| (name, kind)).collect(),
        statics: class
            .statics
            .iter()
            .map(|(name, kind, value)| (name, kind, value.iter().fold(0, |n, &b| n << 8 | u64::from(b))))
            .collect(),
    }
}

fn join<const W: usize>(parts: Vec<(Part, Vec<Arrays>)>, shift: u32) -> Scan {
    let mut scan = Scan::default();
    let mut addresses = Collector::new(shift);
    let mut last_array: Option<(u64, u64)> = None;
    for (part, arrays) in parts {
        for pair in arrays {
            if let (Some(last), Some((first, _))) = (last_array, pair.first) {
                scan.compressed |= W == 8 && overlaps(last, first);
            }
            last_array = pair.last.or(last_array);
        }
        addresses.merge(part.addresses);
        scan.classes.extend(part.classes);
        scan.roots.extend(part.roots);
        for (class, usage) in part.used {
            scan.used.entry(class).or_insert(usage);
        }
        scan.primitive_arrays |= part.primitive_arrays;
        scan.compressed |= part.compressed;
        scan.objects += part.objects;
        scan.references += part.references;
        scan.blocks.extend(part.blocks);
        scan.gaps.extend(part.gaps);
    }
    scan.addresses = Some(addresses);
    scan
}

impl Scan {
    /// True when the dump marks system classes itself.
    pub fn has_sticky_classes(&self) -> bool {
        self.roots.iter().any(|r| r.kind == RootKind::StickyClass)
    }
}
