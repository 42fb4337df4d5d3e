//! `--deep`: what strings, boxed numbers, arrays and collections hold. One more pass over the dump, in parallel.

use super::{
    ROWS,
    library::{BOXES, COLLECTIONS, CollectionRule},
    peek::Peek,
};
use crate::heap::{
    analysis::Analysis,
    facts::{Address, BigCollection, Boxed, Collections, DuplicateString, HeapOptions, Inside, Strings, Tally},
    graph::{NONE, Shape},
    hprof::{
        layout::Layout,
        plan::{Chunk, entries, pieces},
    },
    names::Names,
    summary, suspects,
};
use goldenhour_parsers::hprof::{Entry, type_size};
use rayon::prelude::*;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

/// Share of the memory limit that hashes may take.
const SHARE_OF_LIMIT: u64 = 4;
/// Hashes kept without a limit.
const MAX_HASHES: u64 = 1 << 27;
/// Duplicate strings shown.
const SHOWN_STRINGS: usize = 20;
/// Large collections shown.
const SHOWN_COLLECTIONS: usize = 20;
/// Characters of a duplicate string that are shown.
const SHOWN_TEXT: usize = 80;

/// What to do with the instances of a class.
#[derive(Debug, Clone, Copy)]
enum Work {
    /// Nothing.
    Skip,
    /// Take the value's bits: index into [`BOXES`], offset, bytes.
    Box(usize, usize, usize),
    /// Count elements.
    Count(Count),
}

/// Where a collection's figures are in its data.
#[derive(Debug, Clone, Copy)]
struct Count {
    rule: usize,
    size: (usize, usize),
    table: Option<usize>,
}

/// A text of the heap: hash of its characters, the object number of their array.
type Hashed = (u64, u32);

/// What one group of pieces yields.
#[derive(Debug, Default)]
struct Part {
    strings: Vec<Hashed>,
    boxes: Vec<Vec<u64>>,
    zeros: BTreeMap<u32, (u64, u64)>,
    collections: BTreeMap<u32, Collections>,
    biggest: BinaryHeap<Reverse<(u64, Reverse<u32>)>>,
}

/// Everything a piece is read with.
struct Reader<'a> {
    analysis: &'a Analysis,
    layout: &'a Layout,
    work: Vec<Work>,
    string: u32,
    /// A hash is kept when these bits of it are zero.
    sample: u64,
}

/// Fills contents.
pub(super) fn look(peek: &Peek<'_>, options: &HeapOptions, inside: &mut Inside) {
    match peek.values.plan.id_size {
        8 => look_width::<8>(peek, options, inside),
        _ => look_width::<4>(peek, options, inside),
    }
}

fn look_width<const W: usize>(peek: &Peek<'_>, options: &HeapOptions, inside: &mut Inside) {
    let (analysis, values) = (peek.analysis, peek.values);
    let populations = summary::populations(analysis);
    let string = analysis.graph.classes.named("java.lang.String").unwrap_or(NONE);
    let texts = populations.get(string as usize).map_or(0, |p| p.objects);
    let room = options.memory_limit.map_or(MAX_HASHES, |limit| {
        (limit / SHARE_OF_LIMIT / size_of::<Hashed>() as u64).max(1 << 16)
    });
    let shift = texts.div_ceil(room.max(1)).next_power_of_two().trailing_zeros();
    let reader = Reader {
        analysis,
        layout: &values.layout,
        work: works(peek),
        string,
        sample: (1u64 << shift) - 1,
    };
    let parts: Vec<Part> = pieces(&values.chunks, &values.blocks)
        .par_chunks(64)
        .map(|some| {
            let mut part = Part {
                boxes: vec![Vec::new(); BOXES.len()],
                ..Part::default()
            };
            for piece in some {
                reader.read::<W>(piece, &mut part);
                crate::evidence::release(piece.body);
            }
            part
        })
        .collect();
    let mut all = Part {
        boxes: vec![Vec::new(); BOXES.len()],
        ..Part::default()
    };
    for part in parts {
        all.take(part);
    }
    inside.strings = (texts > 0).then(|| strings(peek, &mut all.strings, shift));
    inside.boxed = boxed(peek, &mut all.boxes);
    inside.zeros = zeros(analysis, &all.zeros);
    inside.collections = collections(analysis, all.collections);
    inside.biggest = biggest(peek, &reader, all.biggest);
}

/// What to do with each class.
fn works(peek: &Peek<'_>) -> Vec<Work> {
    let classes = &peek.analysis.graph.classes;
    (0..classes.all().len() as u32)
        .map(|class| {
            let name = classes.name(class);
            if let Some(of) = BOXES.iter().position(|b| *b == name) {
                return match field_at(peek, class, name, "value") {
                    Some((at, kind)) => Work::Box(of, at, type_size(kind, 8).unwrap_or(0)),
                    None => Work::Skip,
                };
            }
            let of_chain = |rule: &CollectionRule| classes.chain(class).any(|c| classes.name(c) == rule.class);
            let counts = COLLECTIONS.iter().enumerate().filter(|(_, rule)| of_chain(rule));
            counts
                .filter_map(|(number, rule)| {
                    let (at, kind) = field_at(peek, class, rule.class, rule.size)?;
                    Some(Work::Count(Count {
                        rule: number,
                        size: (at, type_size(kind, 8).filter(|_| kind != 2)?),
                        table: rule.table.and_then(|t| Some(field_at(peek, class, rule.class, t)?.0)),
                    }))
                })
                .next()
                .unwrap_or(Work::Skip)
        })
        .collect()
}

/// Where in the data of a class's instances the field is that `owner`, the class or one above it, declares.
fn field_at(peek: &Peek<'_>, class: u32, owner: &str, name: &str) -> Option<(usize, u8)> {
    let (classes, layout) = (&peek.analysis.graph.classes, &peek.values.layout);
    let width = usize::from(peek.values.plan.id_size);
    let mut at = 0;
    for here in classes.chain(class) {
        let dump = layout.dumps.get(here as usize)?.as_ref()?;
        for &(id, kind) in &dump.fields {
            if classes.name(here) == owner && peek.values.plan.text(id).as_deref() == Some(name) {
                return Some((at, kind));
            }
            at += type_size(kind, width)?;
        }
    }
    None
}

impl Reader<'_> {
    fn read<const W: usize>(&self, piece: &Chunk<'_>, part: &mut Part) {
        let mut last = (u64::MAX, NONE, Work::Skip);
        for entry in entries::<W>(piece) {
            match entry {
                Entry::Instance { id, class, data } => {
                    if class != last.0 {
                        let number = self.layout.numbers.get(class).unwrap_or(NONE);
                        let work = self.work.get(number as usize).copied().unwrap_or(Work::Skip);
                        last = (class, number, work);
                    }
                    match last.2 {
                        Work::Skip => {}
                        Work::Box(of, at, width) => {
                            if self.number(id).is_some()
                                && let (Some(list), Some(value)) = (part.boxes.get_mut(of), bits(data, at, width))
                            {
                                list.push(value);
                            }
                        }
                        Work::Count(count) => {
                            if let Some(number) = self.number(id) {
                                self.count::<W>(count, last.1, number, data, part);
                            }
                        }
                    }
                }
                Entry::ObjectArray { id, elements, .. } => {
                    if !elements.is_empty() && is_zero(elements) {
                        self.zero(id, part);
                    }
                }
                Entry::PrimitiveArray { id, kind, data, .. } => {
                    if !data.is_empty() && is_zero(data) {
                        self.zero(id, part);
                    }
                    if matches!(kind, 5 | 8) {
                        self.text(id, kind, data, part);
                    }
                }
                Entry::Class(_) | Entry::Root(_) | Entry::Other => {}
            }
        }
    }

    /// The number of a reachable object.
    fn number(&self, address: u64) -> Option<u32> {
        self.analysis.number(self.analysis.graph.index.index_of(address)?)
    }

    fn zero(&self, address: u64, part: &mut Part) {
        if let Some(number) = self.number(address) {
            let sum = part.zeros.entry(self.analysis.class(number)).or_default();
            sum.0 += 1;
            sum.1 += self.analysis.shallow(number);
        }
    }

    /// The characters of a string: an array that was first reached from a string.
    fn text(&self, address: u64, kind: u8, data: &[u8], part: &mut Part) {
        let Some(number) = self.number(address) else { return };
        let parent = self.analysis.order.parent.get(number as usize).copied().unwrap_or(0);
        if self.analysis.class(parent) != self.string {
            return;
        }
        let hash = hash(data, u64::from(kind));
        if hash & self.sample == 0 {
            part.strings.push((hash, number));
        }
    }

    fn count<const W: usize>(&self, count: Count, class: u32, number: u32, data: &[u8], part: &mut Part) {
        let Some(rule) = COLLECTIONS.get(count.rule) else {
            return;
        };
        let Some(size) = bits(data, count.size.0, count.size.1) else {
            return;
        };
        // A negative number of elements would be damage.
        let size = if size >> (count.size.1 * 8 - 1) & 1 == 1 {
            0
        } else {
            size
        };
        let sum = part.collections.entry(class).or_default();
        sum.objects += 1;
        sum.elements = sum.elements.saturating_add(size);
        if size == 0 {
            sum.empty += 1;
            sum.empty_retained += self.analysis.dominators.retained(number);
        }
        part.biggest.push(Reverse((size, Reverse(number))));
        if part.biggest.len() > SHOWN_COLLECTIONS {
            part.biggest.pop();
        }
        let table = count
            .table
            .and_then(|at| bits(data, at, W))
            // Null is no object, though MAT has one at address 0.
            .filter(|&table| table != 0)
            .and_then(|table| self.number(table));
        if let Some(table) = table {
            let places = self.places(table);
            let used = size.saturating_mul(rule.places).min(places);
            sum.slots += places;
            sum.unused += (places - used) * self.layout.sizes.reference;
            let bucket = if used == 0 {
                0
            } else {
                (used * 5).div_ceil(places.max(1)).clamp(1, 5)
            };
            if let Some(fill) = sum.fill.get_mut(bucket as usize) {
                *fill += 1;
            }
        }
    }

    /// Places of an array of references, out of its size: up to one too many where the size was rounded up.
    fn places(&self, number: u32) -> u64 {
        let sizes = &self.layout.sizes;
        let shape = self.analysis.graph.classes.get(self.analysis.class(number));
        if shape.is_none_or(|c| c.shape != Shape::ObjectArray) {
            return 0;
        }
        let head = sizes.array.unwrap_or(sizes.pointer + sizes.reference + 4);
        self.analysis.shallow(number).saturating_sub(head) / sizes.reference.max(1)
    }
}

impl Part {
    fn take(&mut self, other: Self) {
        self.strings.extend(other.strings);
        self.boxes
            .iter_mut()
            .zip(other.boxes)
            .for_each(|(all, more)| all.extend(more));
        for (class, (objects, bytes)) in other.zeros {
            let sum = self.zeros.entry(class).or_default();
            sum.0 += objects;
            sum.1 += bytes;
        }
        for (class, more) in other.collections {
            let sum = self.collections.entry(class).or_default();
            sum.objects += more.objects;
            sum.empty += more.empty;
            sum.empty_retained += more.empty_retained;
            sum.elements = sum.elements.saturating_add(more.elements);
            sum.slots += more.slots;
            sum.unused += more.unused;
            sum.fill.iter_mut().zip(more.fill).for_each(|(a, b)| *a += b);
        }
        self.biggest.extend(other.biggest);
    }
}

/// A number of `width` bytes in instance data.
fn bits(data: &[u8], at: usize, width: usize) -> Option<u64> {
    let bytes = data.get(at..at.checked_add(width)?)?;
    (width > 0).then(|| bytes.iter().fold(0, |n, &b| n << 8 | u64::from(b)))
}

/// Nothing but zero bytes; the first word decides nearly always.
fn is_zero(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    words.iter().all(|w| u64::from_ne_bytes(*w) == 0) && rest.iter().all(|&b| b == 0)
}

/// 64 bits that differ for different contents, as far as 64 bits can: multiply and fold, eight bytes a step.
fn hash(bytes: &[u8], seed: u64) -> u64 {
    const K: u64 = 0x9E37_79B9_7F4A_7C15;
    let mix = |a: u64, b: u64| {
        let product = u128::from(a) * u128::from(b);
        product as u64 ^ (product >> 64) as u64
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let mut state = mix(seed ^ K, bytes.len() as u64 ^ 0xD6E8_FEB8_6659_FD93);
    for word in words {
        state = mix(state ^ u64::from_le_bytes(*word), K) ^ state.rotate_left(23);
    }
    let tail = rest.iter().fold(1, |n: u64, &b| n << 8 | u64::from(b));
    mix(state ^ tail, K ^ 0x5851_F42D_4C95_7F2D)
}

/// Sorts the hashes; equal ones are one text.
fn strings(peek: &Peek<'_>, hashes: &mut [Hashed], shift: u32) -> Strings {
    let analysis = peek.analysis;
    hashes.par_sort_unstable();
    let string_of = |array: u32| analysis.order.parent.get(array as usize).copied().unwrap_or(0);
    let bytes_of = |array: u32| analysis.shallow(array) + analysis.shallow(string_of(array));
    let mut out = Strings {
        sampled: shift > 0,
        ..Strings::default()
    };
    let mut top: BinaryHeap<Reverse<(u64, u64, Reverse<u32>)>> = BinaryHeap::new();
    for same in hashes.chunk_by(|a, b| a.0 == b.0) {
        let Some(&(_, first)) = same.first() else { continue };
        let (count, each) = (same.len() as u64, bytes_of(first));
        out.objects += count;
        out.bytes += count * each;
        if count > 1 {
            out.duplicates += count - 1;
            out.wasted += (count - 1) * each;
            top.push(Reverse(((count - 1) * each, count, Reverse(first))));
            if top.len() > SHOWN_STRINGS {
                top.pop();
            }
        }
    }
    for figure in [&mut out.objects, &mut out.bytes, &mut out.duplicates, &mut out.wasted] {
        *figure <<= shift;
    }
    let mut rows: Vec<(u64, u64, u32)> = top
        .into_iter()
        .map(|Reverse((w, n, Reverse(first)))| (w, n, first))
        .collect();
    rows.sort_unstable_by_key(|&(wasted, count, first)| (Reverse(wasted), Reverse(count), first));
    let address = |array: u32| analysis.graph.address(analysis.object(string_of(array)));
    let addresses: Vec<u64> = rows.iter().map(|r| address(r.2)).collect();
    let texts = peek.values.texts(&addresses);
    out.top = rows
        .iter()
        .zip(&addresses)
        .map(|(&(wasted, objects, _), at)| DuplicateString {
            text: texts.get(at).map(|t| beginning(t)).unwrap_or_default(),
            objects,
            wasted,
        })
        .collect();
    out
}

fn beginning(text: &str) -> String {
    let mut out: String = text
        .chars()
        .take(SHOWN_TEXT)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(SHOWN_TEXT).is_some() {
        out.push('…');
    }
    out
}

fn boxed(peek: &Peek<'_>, values: &mut [Vec<u64>]) -> Vec<Boxed> {
    let populations = summary::populations(peek.analysis);
    let mut rows: Vec<Boxed> = BOXES
        .iter()
        .zip(values)
        .filter(|(_, values)| !values.is_empty())
        .map(|(name, values)| {
            let class = peek.analysis.graph.classes.named(name);
            let population = class.and_then(|c| populations.get(c as usize)).copied();
            let population = population.unwrap_or_default();
            values.par_sort_unstable();
            Boxed {
                class: (*name).to_owned(),
                objects: population.objects,
                shallow: population.shallow,
                distinct: values.chunk_by(|a, b| a == b).count() as u64,
            }
        })
        .collect();
    rows.sort_by(|a, b| (b.shallow, &a.class).cmp(&(a.shallow, &b.class)));
    rows
}

fn zeros(analysis: &Analysis, sums: &BTreeMap<u32, (u64, u64)>) -> Vec<Tally> {
    let mut rows: Vec<Tally> = sums
        .iter()
        .map(|(&class, &(objects, shallow))| Tally {
            name: analysis.graph.classes.name(class).to_owned(),
            objects,
            shallow,
            retained: None,
        })
        .collect();
    rows.sort_by(|a, b| (b.shallow, &a.name).cmp(&(a.shallow, &b.name)));
    rows.truncate(ROWS);
    rows
}

fn collections(analysis: &Analysis, sums: BTreeMap<u32, Collections>) -> Vec<Collections> {
    let mut rows: Vec<Collections> = sums
        .into_iter()
        .map(|(class, sum)| Collections {
            class: analysis.graph.classes.name(class).to_owned(),
            ..sum
        })
        .collect();
    rows.sort_by(|a, b| (b.unused, b.objects, &a.class).cmp(&(a.unused, a.objects, &b.class)));
    rows.truncate(ROWS);
    rows
}

/// The largest collections, with who holds them and how their elements are spread.
fn biggest(
    peek: &Peek<'_>,
    reader: &Reader<'_>,
    found: BinaryHeap<Reverse<(u64, Reverse<u32>)>>,
) -> Vec<BigCollection> {
    let analysis = peek.analysis;
    let mut rows: Vec<(u64, u32)> = found.into_iter().map(|Reverse((size, Reverse(n)))| (size, n)).collect();
    rows.sort_unstable_by_key(|&(size, number)| (Reverse(size), number));
    rows.truncate(SHOWN_COLLECTIONS);
    let names = Names::of_values(peek.values, &[]);
    rows.into_iter()
        .filter(|r| r.0 > 0)
        .map(|(elements, number)| {
            let object = analysis.graph.address(analysis.object(number));
            let work = reader.work.get(analysis.class(number) as usize).copied();
            let rule = match work {
                Some(Work::Count(count)) => COLLECTIONS.get(count.rule),
                _ => None,
            };
            let table = rule
                .filter(|r| r.hashed)
                .and_then(|r| r.table)
                .and_then(|t| peek.target(object, t));
            let used = table
                .and_then(|t| peek.elements(t))
                .map(|e| e.iter().filter(|&&e| e != 0).count() as u64);
            let holder = suspects::holder_of(analysis, number).map(|(holder, through)| {
                let address = |n: u32| analysis.graph.address(analysis.object(n));
                let class = analysis.role_name(analysis.object(holder));
                match names.reference(address(holder), address(through)) {
                    Some(field) if field.starts_with('[') => format!("{class}{field}"),
                    Some(field) => format!("{class}.{field}"),
                    None => class,
                }
            });
            BigCollection {
                object: Address(object),
                class: analysis.graph.classes.name(analysis.class(number)).to_owned(),
                elements,
                retained: analysis.dominators.retained(number),
                collisions: used.map(|used| 1.0 - used.min(elements) as f64 / elements.max(1) as f64),
                holder,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_tell_contents_apart() {
        let texts: [&[u8]; 7] = [
            b"",
            b"\0",
            b"\0\0",
            b"abcdefgh",
            b"abcdefgi",
            b"abcdefgh\0",
            b"abcdefghabcdefgh",
        ];
        let mut seen: Vec<u64> = texts.iter().map(|t| hash(t, 8)).collect();
        assert_eq!(hash(b"abc", 8), hash(b"abc", 8));
        assert_ne!(hash(b"abc", 8), hash(b"abc", 5));
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), texts.len());
    }

    #[test]
    fn zeros() {
        assert!(is_zero(&[0; 17]));
        assert!(!is_zero(&[0, 0, 0, 0, 0, 0, 0, 0, 1]));
        assert_eq!(bits(&[0, 1, 2], 1, 2), Some(0x102));
        assert_eq!(bits(&[0, 1, 2], 2, 2), None);
        assert_eq!(bits(&[0, 1, 2], usize::MAX, 2), None);
    }
}
