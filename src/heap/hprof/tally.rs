//! Classes and their bytes in one pass, without a graph: `--histogram-only`.

use super::{
    layout::{Layout, Sizes, lay_out, up},
    plan::{Chunk, Cuts, Plan, entries},
    scan::{ClassDump, Scan, Usage, groups, overlaps, owned},
};
use crate::{
    evidence::release,
    heap::{facts::ClassRow, id_map::IdMap, index::Collector},
};
use goldenhour_parsers::{
    Gap,
    hprof::{Entry, type_name},
};
use rayon::prelude::*;
use std::{cmp::Reverse, collections::BTreeMap};

/// Bytes read after which their memory is given back.
const RELEASE: usize = 1 << 20;

/// Objects of one class. Array bytes are summed for references of four and of eight bytes: which one holds is known
/// only at the end.
#[derive(Debug, Clone, Copy, Default)]
struct Row {
    count: u64,
    data: u32,
    array: bool,
    bytes: [u64; 2],
}

/// What one group of chunks yields.
#[derive(Debug, Default)]
struct Tally {
    numbers: IdMap,
    rows: Vec<(u64, Row)>,
    primitive: [Row; 16],
    classes: Vec<ClassDump>,
    compressed: bool,
    first_array: Option<(u64, u64)>,
    last_array: Option<(u64, u64)>,
    /// All addresses, or-ed: their common zero bits are the alignment.
    bits: u64,
    gaps: Vec<Gap>,
}

/// A dump's classes by bytes, all objects counted, reachable or not.
#[derive(Debug, Default)]
pub struct Histogram {
    /// Rows, largest first.
    pub rows: Vec<ClassRow>,
    /// Objects, class objects left out.
    pub objects: u64,
    /// Their bytes.
    pub shallow: u64,
    /// Class records.
    pub classes: u64,
    /// Damaged places.
    pub gaps: Vec<Gap>,
}

/// Counts the dump with this 0-based number.
pub fn histogram(plan: &Plan<'_>, dump: usize) -> Histogram {
    match plan.id_size {
        8 => count::<8>(plan, dump),
        _ => count::<4>(plan, dump),
    }
}

fn count<const W: usize>(plan: &Plan<'_>, dump: usize) -> Histogram {
    let guessed = plan.chunks::<W>(dump, Cuts::Guessed);
    let histogram = count_in::<W>(plan, &guessed);
    if histogram.gaps.is_empty() {
        return histogram;
    }
    count_in::<W>(plan, &plan.chunks::<W>(dump, Cuts::Walked))
}

fn count_in<const W: usize>(plan: &Plan<'_>, chunks: &[Chunk<'_>]) -> Histogram {
    // Array sizes need the alignment; 8 is right for all but a few VMs, which cost a second pass.
    let mut tallies = read::<W>(chunks, 8);
    let bits = tallies.iter().fold(0, |all, t| all | t.bits);
    let align = (1u64 << bits.trailing_zeros().min(8)).clamp(8, 256);
    if align != 8 {
        tallies = read::<W>(chunks, align);
    }
    finish::<W>(plan, tallies, align)
}

fn read<const W: usize>(chunks: &[Chunk<'_>], align: u64) -> Vec<Tally> {
    let sizes = [4, 8].map(|reference| Sizes {
        pointer: W as u64,
        reference,
        align,
        array: None,
    });
    groups(chunks)
        .into_par_iter()
        .map(|range| {
            let mut tally = Tally::default();
            for chunk in chunks.get(range).unwrap_or_default() {
                tally.read::<W>(chunk, &sizes);
            }
            tally
        })
        .collect()
}

impl Tally {
    fn read<const W: usize>(&mut self, chunk: &Chunk<'_>, sizes: &[Sizes; 2]) {
        let mut entries = entries::<W>(chunk);
        let mut last = (u64::MAX, 0);
        let mut released = 0;
        while let Some((at, entry)) = entries.next_at() {
            if at - released >= RELEASE {
                release(chunk.body.get(released..at).unwrap_or_default());
                released = at;
            }
            match entry {
                Entry::Instance { id, class, data } => {
                    self.bits |= id;
                    if class != last.0 {
                        last = (class, self.row(class, false, data.len()));
                    }
                    if let Some((_, row)) = self.rows.get_mut(last.1) {
                        row.count += 1;
                    }
                }
                Entry::ObjectArray { id, class, elements } => {
                    self.bits |= id;
                    let length = (elements.len() / W) as u64;
                    self.compressed |= W == 8 && self.last_array.is_some_and(|last| overlaps(last, id));
                    self.first_array.get_or_insert((id, length));
                    self.last_array = Some((id, length));
                    let at = self.row(class, true, 0);
                    if let Some((_, row)) = self.rows.get_mut(at) {
                        row.add(sizes.map(|s| s.object_array(length)));
                    }
                }
                Entry::PrimitiveArray { id, kind, count, .. } => {
                    self.bits |= id;
                    if let Some(row) = self.primitive.get_mut(usize::from(kind & 15)) {
                        row.add(sizes.map(|s| s.primitive_array(kind, u64::from(count))));
                    }
                }
                Entry::Class(class) => self.classes.push(owned::<W>(&class)),
                Entry::Root(_) | Entry::Other => {}
            }
        }
        release(chunk.body);
        self.gaps.extend(entries.take_gaps());
    }

    fn row(&mut self, class: u64, array: bool, data: usize) -> usize {
        let next = self.rows.len() as u32;
        let at = self.numbers.insert(class, next);
        if at == next {
            let data = data as u32;
            self.rows.push((
                class,
                Row {
                    array,
                    data,
                    ..Row::default()
                },
            ));
        }
        at as usize
    }
}

impl Row {
    fn add(&mut self, bytes: [u64; 2]) {
        self.count += 1;
        for (sum, more) in self.bytes.iter_mut().zip(bytes) {
            *sum = sum.saturating_add(more);
        }
    }
}

fn finish<const W: usize>(plan: &Plan<'_>, tallies: Vec<Tally>, align: u64) -> Histogram {
    let mut scan = Scan::default();
    let mut by_class: BTreeMap<u64, Row> = BTreeMap::new();
    let mut primitive = [Row::default(); 16];
    let mut last: Option<(u64, u64)> = None;
    for tally in tallies {
        if let (Some(last), Some((first, _))) = (last, tally.first_array) {
            scan.compressed |= W == 8 && overlaps(last, first);
        }
        last = tally.last_array.or(last);
        scan.compressed |= tally.compressed;
        scan.classes.extend(tally.classes);
        scan.gaps.extend(tally.gaps);
        for (class, row) in tally.rows {
            by_class
                .entry(class)
                .or_insert(Row {
                    count: 0,
                    bytes: [0; 2],
                    ..row
                })
                .merge(&row);
        }
        for (sum, row) in primitive.iter_mut().zip(&tally.primitive) {
            sum.merge(row);
        }
    }
    for (&class, row) in &by_class {
        let (array, data) = (row.array, row.data);
        scan.used.insert(class, Usage { array, data });
    }
    let mut addresses = Collector::new(0);
    // Two neighbours at the alignment's distance: the layout sees the alignment that the addresses have.
    addresses.insert(align);
    addresses.insert(2 * align);
    scan.addresses = Some(addresses);
    let classes = scan.classes.len() as u64;
    let gaps = std::mem::take(&mut scan.gaps);
    let (layout, _) = lay_out(&mut scan, plan);
    let rows = rows(&layout, &by_class, &primitive);
    Histogram {
        objects: rows.iter().map(|r| r.objects).sum(),
        shallow: rows.iter().map(|r| r.shallow).sum(),
        rows,
        classes,
        gaps,
    }
}

impl Row {
    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        for (sum, more) in self.bytes.iter_mut().zip(other.bytes) {
            *sum = sum.saturating_add(more);
        }
    }
}

fn rows(layout: &Layout, by_class: &BTreeMap<u64, Row>, primitive: &[Row; 16]) -> Vec<ClassRow> {
    let width = usize::from(layout.sizes.reference == 8);
    let mut by_name: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for (&class, row) in by_class {
        let number = layout.numbers.get(class).unwrap_or(u32::MAX) as usize;
        let name = layout.classes.get(number).map_or_else(String::new, |c| c.name.clone());
        let bytes = if row.array {
            row.bytes.get(width).copied().unwrap_or_default()
        } else {
            let raw = layout.raw.get(number).copied().unwrap_or_default();
            row.count.saturating_mul(up(raw, layout.sizes.align))
        };
        let sum = by_name.entry(name).or_default();
        *sum = (sum.0 + row.count, sum.1.saturating_add(bytes));
    }
    for (kind, row) in primitive.iter().enumerate().filter(|(_, r)| r.count > 0) {
        let name = format!("{}[]", type_name(kind as u8).unwrap_or("?"));
        let sum = by_name.entry(name).or_default();
        *sum = (
            sum.0 + row.count,
            sum.1.saturating_add(row.bytes.get(width).copied().unwrap_or_default()),
        );
    }
    let mut rows: Vec<ClassRow> = by_name
        .into_iter()
        .map(|(class, (objects, shallow))| ClassRow {
            class,
            objects,
            shallow,
            retained: None,
        })
        .collect();
    rows.sort_by_key(|r| (Reverse(r.shallow), Reverse(r.objects)));
    rows
}
