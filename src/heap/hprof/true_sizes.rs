//! `--sizes jvm`: what objects really take in the VM.
//!
//! An HPROF dump tells fields but neither the object header nor the padding, so the header is a guess – unless the
//! addresses are looked at: a collected heap is packed, so the distance to the next object *is* the size of most objects,
//! and it is never less than the size of any. The layouts that HotSpot has had are tried, the one that explains most
//! distances without ever being larger than one is taken, and a class whose distances agree on something larger (fields that
//! the VM injects: `java.lang.Class`, method handles) has that size. Where ids are no addresses (agent dumps) nothing can be
//! measured, and the layout that the id size suggests is taken.

use super::{
    layout::{Layout, up},
    plan::{Chunk, Plan, entries, pieces},
    scan::Block,
};
use crate::heap::{
    facts::TrueSizes,
    graph::{NONE, Shape},
    index::AddressIndex,
};
use goldenhour_parsers::hprof::{Entry, type_size};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};

/// Stretches of the dump that are measured: about 256 MB.
const MAX_PIECES: usize = 1024;
/// Distances above this are holes, not sizes.
const MAX_DISTANCE: u64 = 1 << 16;
/// A measured size counts when so many distances, and this share of the class's (in percent), agree.
const MIN_ALIKE: u32 = 8;
const MIN_SHARE: u32 = 60;
/// Distances that must be explained, in percent, before anything measured is believed.
const MIN_EXPLAINED: u64 = 30;
/// Bytes that a VM may add to `java.lang.Class` beyond the fields that the dump names.
const MAX_INJECTED: u64 = 128;

/// One way to lay objects out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Model {
    /// Bytes before the first field.
    header: u64,
    /// Bytes of an array before its elements, before alignment to them.
    array: u64,
    /// Bytes of a reference.
    reference: u64,
    /// Fields of a subclass fill the gaps that its superclass left (JDK 15, JDK-8237767).
    fills: bool,
}

/// What HotSpot has had: compact headers (JDK 24), compressed class pointers, plain ones (array elements from byte 20 on
/// since JDK 23, from 24 before), 32 bits.
fn models(pointer: u64, reference: u64) -> Vec<Model> {
    let heads: &[(u64, u64)] = match pointer {
        8 => &[(12, 16), (8, 12), (16, 24), (16, 20)],
        _ => &[(8, 12)],
    };
    let of = |&(header, array): &(u64, u64)| {
        [true, false].map(|fills| Model {
            header,
            array,
            reference,
            fills,
        })
    };
    heads.iter().flat_map(of).collect()
}

/// Own fields of a class and all above it, topmost class first: HPROF types.
fn fields_by_class(layout: &Layout, class: u32) -> Vec<Vec<u8>> {
    let mut levels = Vec::new();
    let mut next = Some(class);
    while let Some(here) = next.filter(|_| levels.len() < 10_000) {
        let dump = layout.dumps.get(here as usize).and_then(Option::as_ref);
        levels.push(dump.map(|d| d.fields.iter().map(|f| f.1).collect()).unwrap_or_default());
        next = layout.classes.get(here as usize).and_then(|c| c.super_class);
    }
    levels.reverse();
    levels
}

impl Model {
    fn width(&self, kind: u8) -> u64 {
        match kind {
            2 => self.reference,
            _ => type_size(kind, 8).unwrap_or(1) as u64,
        }
    }

    /// Bytes of an instance before rounding.
    fn instance(&self, levels: &[Vec<u8>]) -> u64 {
        let mut plan = FieldPlan {
            end: self.header,
            gaps: Vec::new(),
        };
        for own in levels {
            let mut primitives: Vec<u64> = own.iter().filter(|&&k| k != 2).map(|&k| self.width(k)).collect();
            primitives.sort_unstable_by_key(|&w| std::cmp::Reverse(w));
            let references = own.iter().filter(|&&k| k == 2).map(|_| self.reference);
            if !self.fills {
                // Until JDK 14 a superclass ends at a whole reference and keeps its gaps.
                plan.end = up(plan.end, self.reference.min(self.header));
                plan.gaps.clear();
            }
            for width in primitives.into_iter().chain(references) {
                plan.place(width);
            }
        }
        plan.end
    }

    fn object_array(&self, length: u64) -> u64 {
        up(self.array, self.reference).saturating_add(length.saturating_mul(self.reference))
    }

    fn primitive_array(&self, kind: u8, length: u64) -> u64 {
        let element = self.width(kind);
        up(self.array, element).saturating_add(length.saturating_mul(element))
    }
}

/// Where fields lie while they are placed.
struct FieldPlan {
    end: u64,
    gaps: Vec<(u64, u64)>,
}

impl FieldPlan {
    /// Puts a field of this width into the first gap it fits in, else at the end.
    fn place(&mut self, width: u64) {
        let fits = |&(start, end): &(u64, u64)| up(start, width) + width <= end;
        if let Some(at) = self.gaps.iter().position(fits) {
            let (start, end) = self.gaps.remove(at);
            let begin = up(start, width);
            let rest = [(start, begin), (begin + width, end)];
            self.gaps.extend(rest.into_iter().filter(|(from, to)| to > from));
            self.gaps.sort_unstable();
            return;
        }
        let begin = up(self.end, width);
        if begin > self.end {
            self.gaps.push((self.end, begin));
        }
        self.end = begin + width;
    }
}

/// Distances from objects to the next ones.
#[derive(Debug, Default)]
struct Distances {
    /// (class, distance) → how often.
    instances: HashMap<(u32, u32), u32>,
    /// (HPROF type of the element, length, distance) → how often.
    arrays: HashMap<(u8, u32, u32), u32>,
}

impl Distances {
    fn merge(mut self, other: Self) -> Self {
        for (key, count) in other.instances {
            *self.instances.entry(key).or_default() += count;
        }
        for (key, count) in other.arrays {
            *self.arrays.entry(key).or_default() += count;
        }
        self
    }

    fn read<const W: usize>(&mut self, piece: &Chunk<'_>, layout: &Layout, index: &AddressIndex) {
        for entry in entries::<W>(piece) {
            let (id, what) = match entry {
                Entry::Instance { id, class, .. } => (id, Err(layout.numbers.get(class).unwrap_or(NONE))),
                Entry::ObjectArray { id, elements, .. } => (id, Ok((2, (elements.len() / W) as u32))),
                Entry::PrimitiveArray { id, kind, count, .. } => (id, Ok((kind, count))),
                _ => continue,
            };
            let next = index.index_of(id).and_then(|i| index.address_of(i.checked_add(1)?));
            let Some(distance) = next.and_then(|n| n.checked_sub(id)).filter(|&d| d <= MAX_DISTANCE) else {
                continue;
            };
            match what {
                Err(class) => *self.instances.entry((class, distance as u32)).or_default() += 1,
                Ok((kind, length)) => *self.arrays.entry((kind, length, distance as u32)).or_default() += 1,
            }
        }
    }
}

/// How well a model explains what was measured.
#[derive(Debug, Default, Clone, Copy)]
struct Score {
    explained: u64,
    /// Objects that would overlap the next one: the model is wrong.
    overlapping: u64,
    all: u64,
}

impl Score {
    fn add(&mut self, size: u64, distance: u32, count: u32) {
        let (distance, count) = (u64::from(distance), u64::from(count));
        self.all += count;
        self.explained += if size == distance { count } else { 0 };
        self.overlapping += if size > distance { count } else { 0 };
    }

    fn value(&self) -> i64 {
        self.explained as i64 - 4 * self.overlapping as i64
    }
}

/// Replaces the sizes in `layout` by the VM's own and says what they rest on.
pub fn apply<const W: usize>(
    chunks: &[Chunk<'_>],
    blocks: &[Block],
    layout: &mut Layout,
    index: &AddressIndex,
    plan: &Plan<'_>,
) -> TrueSizes {
    let work = pieces(chunks, blocks);
    let step = work.len().div_ceil(MAX_PIECES).max(1);
    let sample: Vec<Chunk<'_>> = work.into_iter().step_by(step).collect();
    let measured = sample
        .par_iter()
        .fold(Distances::default, |mut all, piece| {
            all.read::<W>(piece, layout, index);
            all
        })
        .reduce(Distances::default, Distances::merge);
    let align = layout.sizes.align;
    let levels: Vec<Vec<Vec<u8>>> = (0..layout.classes.len() as u32)
        .map(|c| fields_by_class(layout, c))
        .collect();
    let sizes_by = |model: &Model| -> Vec<u64> { levels.iter().map(|l| model.instance(l)).collect() };
    let mut best: Option<(Model, Score, Vec<u64>)> = None;
    for model in models(layout.sizes.pointer, layout.sizes.reference) {
        let sizes = sizes_by(&model);
        let score = score(&model, &sizes, &measured, layout, align);
        if best.as_ref().is_none_or(|(_, b, _)| score.value() > b.value()) {
            best = Some((model, score, sizes));
        }
    }
    let Some((mut model, mut score, mut raw)) = best else {
        return TrueSizes::default();
    };
    let proven = score.all > 0 && score.explained * 100 >= score.all * MIN_EXPLAINED;
    if proven {
        correct(&mut raw, &measured, align);
    } else if let Some(usual) = models(layout.sizes.pointer, layout.sizes.reference).first() {
        (model, score, raw) = (*usual, Score::default(), sizes_by(usual));
    }
    let mut statics: Vec<u64> = (0..layout.classes.len())
        .map(|number| statics_of(layout, number, plan, &model))
        .collect();
    let least = raw.get(layout.class_class as usize).copied().unwrap_or(model.header);
    let base = if proven {
        mirror_base(layout, index, &mut statics, least)
    } else {
        least
    };
    for (number, class) in layout.classes.iter().enumerate() {
        if let (Shape::Plain, Some(slot), Some(&size)) = (class.shape, layout.raw.get_mut(number), raw.get(number)) {
            *slot = size;
        }
        if let (Some(slot), Some(statics)) = (layout.class_object.get_mut(number), statics.get(number)) {
            *slot = up(base + statics, align);
        }
    }
    layout.sizes.array = Some(model.array);
    TrueSizes {
        header: model.header,
        array_header: model.array,
        reference: model.reference,
        alignment: align,
        explained: (score.all > 0).then(|| score.explained as f64 / score.all as f64),
    }
}

fn score(model: &Model, sizes: &[u64], measured: &Distances, layout: &Layout, align: u64) -> Score {
    let mut score = Score::default();
    for (&(class, distance), &count) in &measured.instances {
        let shape = layout.classes.get(class as usize).map(|c| c.shape);
        if let (Some(Shape::Plain), Some(&raw)) = (shape, sizes.get(class as usize)) {
            score.add(up(raw, align), distance, count);
        }
    }
    for (&(kind, length, distance), &count) in &measured.arrays {
        let size = match kind {
            2 => model.object_array(length.into()),
            _ => model.primitive_array(kind, length.into()),
        };
        score.add(up(size, align), distance, count);
    }
    score
}

/// Classes whose distances say otherwise than the model: smaller is certain, larger needs agreement.
fn correct(raw: &mut [u64], measured: &Distances, align: u64) {
    let mut by_class: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
    for (&(class, distance), &count) in &measured.instances {
        by_class.entry(class).or_default().push((distance, count));
    }
    for (class, mut distances) in by_class {
        distances.sort_unstable();
        let Some(slot) = raw.get_mut(class as usize) else {
            continue;
        };
        let all: u32 = distances.iter().map(|d| d.1).sum();
        let Some(&(least, times)) = distances.first() else {
            continue;
        };
        let least_bytes = u64::from(least);
        let agrees = times >= MIN_ALIKE && u64::from(times) * 100 >= u64::from(all) * u64::from(MIN_SHARE);
        if up(*slot, align) > least_bytes || (up(*slot, align) < least_bytes && agrees) {
            *slot = least_bytes;
        }
    }
}

/// Bytes of a class's static fields, those left out that the dump makes up (`<resolved_references>`; FORMAT_FACTS §1).
fn statics_of(layout: &Layout, class: usize, plan: &Plan<'_>, model: &Model) -> u64 {
    let dump = layout.dumps.get(class).and_then(Option::as_ref);
    let statics = dump.map(|d| d.statics.as_slice()).unwrap_or_default();
    let real = statics
        .iter()
        .filter(|s| !plan.text(s.0).is_some_and(|name| name.starts_with('<')));
    real.map(|s| model.width(s.1)).sum()
}

/// Bytes of a class object before its static fields: an instance of `java.lang.Class`, of `least` bytes by its fields, with
/// what the VM injects. Until JDK 6 static fields lay elsewhere: `statics` is then set to 0.
fn mirror_base(layout: &Layout, index: &AddressIndex, statics: &mut [u64], least: u64) -> u64 {
    let distance = |object: u32| {
        let next = index.address_of(object.checked_add(1)?)?;
        next.checked_sub(index.address_of(object)?)
            .filter(|&d| d <= MAX_DISTANCE)
    };
    let seen: Vec<(u64, u64)> = layout
        .classes
        .iter()
        .zip(&layout.dumps)
        .zip(&*statics)
        .filter(|((_, dump), _)| dump.is_some())
        .filter_map(|((class, _), &statics)| Some((statics, distance(class.object)?)))
        .collect();
    let score = |base: u64, inside: bool| {
        let mut score = Score::default();
        for &(statics, distance) in &seen {
            let statics = if inside { statics } else { 0 };
            score.add(up(base + statics, layout.sizes.align), distance as u32, 1);
        }
        score.value()
    };
    let (base, inside) = (0..=MAX_INJECTED / 4)
        .map(|i| least + 4 * i)
        .flat_map(|base| [(base, false), (base, true)])
        .max_by_key(|&(base, inside)| (score(base, inside), inside, std::cmp::Reverse(base)))
        .unwrap_or((least, true));
    if !inside {
        statics.fill(0);
    }
    base
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(header: u64, fills: bool) -> Model {
        Model {
            header,
            array: header + 4,
            reference: 4,
            fills,
        }
    }

    #[test]
    fn fields_as_hotspot_lays_them_out() {
        // java.lang.Long: 12 + 8, the long at 16; with compact headers at 8.
        let long = vec![vec![], vec![], vec![11]];
        assert_eq!(model(12, true).instance(&long), 24);
        assert_eq!(model(8, true).instance(&long), 16);
        // An int takes the gap before the long.
        assert_eq!(model(12, true).instance(&[vec![11, 10]]), 24);
        // A byte, then a byte of a subclass: since JDK 15 side by side, before that after a whole reference.
        let bytes = [vec![8], vec![8, 2]];
        assert_eq!(model(12, true).instance(&bytes), 20);
        assert_eq!(model(12, false).instance(&bytes), 24);
    }

    #[test]
    fn arrays_begin_after_their_length() {
        let compact = Model {
            header: 8,
            array: 12,
            reference: 4,
            fills: true,
        };
        assert_eq!(compact.primitive_array(8, 3), 15);
        assert_eq!(compact.primitive_array(11, 1), 24);
        assert_eq!(compact.object_array(2), 20);
    }
}
