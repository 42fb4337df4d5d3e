//! Classes, field layouts and sizes, as MAT counts them (HEAP_ORACLE §3.2 and §3.5).

use super::{
    plan::Plan,
    scan::{ClassDump, Scan},
};
use crate::heap::{
    graph::{Class, NONE, Shape},
    id_map::IdMap,
    index::{AddressIndex, Collector},
};
use goldenhour_parsers::hprof::{type_name, type_size};
use std::collections::HashSet;

/// HPROF primitive types in the order in which missing array classes get addresses (HEAP_ORACLE §3.2.2); they are
/// numbered 4 boolean … 11 long in the format.
const PRIMITIVES: std::ops::RangeInclusive<u8> = 4..=11;

/// How big things are.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// Bytes of a pointer (the id size).
    pub pointer: u64,
    /// Bytes of a reference.
    pub reference: u64,
    /// Alignment of objects.
    pub align: u64,
    /// Bytes of an array before its elements as the VM has them; `None` for MAT's rule.
    pub array: Option<u64>,
}

impl Sizes {
    /// Shallow bytes of an array of references.
    pub fn object_array(&self, length: u64) -> u64 {
        let head = match self.array {
            None => self.pointer + self.reference + 4,
            Some(head) => up(head, self.reference),
        };
        up(head + length * self.reference, self.align)
    }

    /// Shallow bytes of an array of elements of HPROF type `kind`.
    pub fn primitive_array(&self, kind: u8, length: u64) -> u64 {
        let element = type_size(kind, 8).unwrap_or(1) as u64;
        let head = match self.array {
            None => up(self.pointer + self.reference + 4, self.reference),
            Some(head) => up(head, element),
        };
        up(head + length.saturating_mul(element), self.align)
    }

    fn field(&self, kind: u8) -> u64 {
        match kind {
            2 => self.reference,
            _ => type_size(kind, 8).unwrap_or(0) as u64,
        }
    }
}

/// `value` rounded up to a multiple of `unit`.
pub fn up(value: u64, unit: u64) -> u64 {
    value.div_ceil(unit.max(1)).saturating_mul(unit.max(1))
}

/// Everything about the classes of a dump.
#[derive(Debug)]
pub struct Layout {
    /// Sizes.
    pub sizes: Sizes,
    /// Classes in the order of their addresses.
    pub classes: Vec<Class>,
    /// The record of each class, if it has one.
    pub dumps: Vec<Option<ClassDump>>,
    /// Class id → class number.
    pub numbers: IdMap,
    /// Shallow bytes of an instance of each class, before rounding.
    pub raw: Vec<u64>,
    /// Shallow bytes of each class object.
    pub class_object: Vec<u64>,
    /// Offsets of the references in the instance data, all classes in a row.
    pub offsets: Vec<u32>,
    /// Stretch of [`Self::offsets`] of each class.
    pub stretch: Vec<(u32, u32)>,
    /// Array class of each primitive HPROF type.
    pub primitive: [u32; 16],
    /// The class `java.lang.Class`.
    pub class_class: u32,
    /// The class `java.lang.ClassLoader`.
    pub loader_class: u32,
    /// Addresses that were made up.
    pub made_up: Vec<u64>,
}

impl Layout {
    /// Offsets of the references in the data of an instance.
    #[inline]
    pub fn references(&self, class: u32) -> &[u32] {
        let (start, end) = self.stretch.get(class as usize).copied().unwrap_or_default();
        self.offsets.get(start as usize..end as usize).unwrap_or_default()
    }
}

/// A class on its way into the table.
struct Draft {
    address: u64,
    name: String,
    super_id: u64,
    loader_id: u64,
    shape: Shape,
    raw: Option<u64>,
    dump: Option<ClassDump>,
}

/// Decides names, layouts and sizes; makes up what is missing; gives the finished address index with it.
pub fn lay_out(scan: &mut Scan, plan: &Plan<'_>) -> (Layout, AddressIndex) {
    let mut addresses = scan.addresses.take().unwrap_or_else(|| Collector::new(3));
    addresses.sort();
    let sizes = Sizes {
        pointer: u64::from(plan.id_size),
        reference: if plan.id_size == 8 && !scan.compressed { 8 } else { 4 },
        align: addresses.alignment(),
        array: None,
    };
    let (mut drafts, made_up) = drafts(scan, plan, &addresses, &sizes);
    drafts.sort_by_key(|d| d.address);
    addresses.insert(0);
    made_up.iter().for_each(|&a| addresses.insert(a));
    let index = addresses.finish();
    let mut layout = Layout {
        sizes,
        classes: Vec::new(),
        dumps: Vec::new(),
        numbers: IdMap::default(),
        raw: Vec::new(),
        class_object: Vec::new(),
        offsets: Vec::new(),
        stretch: Vec::new(),
        primitive: [NONE; 16],
        class_class: 0,
        loader_class: 0,
        made_up,
    };
    for (number, draft) in drafts.iter().enumerate() {
        layout.numbers.insert(draft.address, number as u32);
    }
    layout.name_classes(&drafts, &index);
    layout.measure(&drafts);
    layout.dumps = drafts.into_iter().map(|d| d.dump).collect();
    (layout, index)
}

/// All classes that the dump has or needs, and the addresses that had to be made up for some.
fn drafts(scan: &mut Scan, plan: &Plan<'_>, addresses: &Collector, sizes: &Sizes) -> (Vec<Draft>, Vec<u64>) {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut known = HashSet::new();
    for dump in std::mem::take(&mut scan.classes) {
        if known.insert(dump.id) {
            drafts.push(described(dump, plan));
        }
    }
    let names: HashSet<&str> = drafts.iter().map(|d| d.name.as_str()).collect();
    let mut missing = Vec::new();
    for name in ["java.lang.Class", "java.lang.ClassLoader"] {
        if !names.contains(name) {
            missing.push((name.to_owned(), Shape::Plain));
        }
    }
    for kind in PRIMITIVES {
        let name = format!("{}[]", type_name(kind).unwrap_or_default());
        if scan.primitive_arrays >> kind & 1 == 1 && !names.contains(name.as_str()) {
            missing.push((name, Shape::PrimitiveArray));
        }
    }
    let mut free = sizes.align;
    let mut made_up = Vec::new();
    for (name, shape) in missing {
        while addresses.contains(free) || known.contains(&free) {
            free += sizes.align;
        }
        made_up.push(free);
        drafts.push(Draft {
            address: free,
            name,
            super_id: 0,
            loader_id: 0,
            shape,
            raw: None,
            dump: None,
        });
        free += sizes.align;
    }
    let object = drafts
        .iter()
        .find(|d| d.name == "java.lang.Object")
        .map_or(0, |d| d.address);
    let mut unknown: Vec<_> = scan.used.iter().filter(|(id, _)| !known.contains(id)).collect();
    unknown.sort_unstable_by_key(|(id, _)| **id);
    for (number, (&id, usage)) in unknown.into_iter().enumerate() {
        made_up.push(id);
        let stem = plan.class_name(id).unwrap_or_else(|| format!("unknown-class-{number}"));
        let array = if usage.array && !stem.ends_with("[]") { "[]" } else { "" };
        drafts.push(Draft {
            address: id,
            name: format!("{stem}{array}"),
            super_id: object,
            loader_id: 0,
            shape: if usage.array { Shape::ObjectArray } else { Shape::Plain },
            raw: Some(u64::from(usage.data)),
            dump: None,
        });
    }
    (drafts, made_up)
}

fn described(dump: ClassDump, plan: &Plan<'_>) -> Draft {
    let name = plan
        .class_name(dump.id)
        .unwrap_or_else(|| format!("unknown-name@0x{:x}", dump.id));
    let element = name.strip_suffix("[]");
    let primitive = |e: &str| PRIMITIVES.filter_map(type_name).any(|t| t == e);
    let shape = match element {
        None => Shape::Plain,
        Some(element) if primitive(element) => Shape::PrimitiveArray,
        Some(_) => Shape::ObjectArray,
    };
    Draft {
        address: dump.id,
        super_id: dump.super_class,
        loader_id: dump.loader,
        raw: None,
        name,
        shape,
        dump: Some(dump),
    }
}

impl Layout {
    fn name_classes(&mut self, drafts: &[Draft], index: &AddressIndex) {
        let system_loader = index.index_of(0).unwrap_or_default();
        for (number, draft) in drafts.iter().enumerate() {
            let number = number as u32;
            if draft.shape == Shape::PrimitiveArray {
                let kind = PRIMITIVES
                    .into_iter()
                    .find(|&k| type_name(k).is_some_and(|t| draft.name.strip_suffix("[]") == Some(t)));
                if let Some(slot) = kind.and_then(|k| self.primitive.get_mut(usize::from(k))) {
                    *slot = (*slot).min(number);
                }
            }
            match draft.name.as_str() {
                "java.lang.Class" => self.class_class = number,
                "java.lang.ClassLoader" => self.loader_class = number,
                _ => {}
            }
            self.classes.push(Class {
                name: draft.name.clone(),
                object: index.index_of(draft.address).unwrap_or(NONE),
                super_class: self.numbers.get(draft.super_id).filter(|_| draft.super_id != 0),
                loader: match draft.loader_id {
                    0 => system_loader,
                    id => index.index_of(id).unwrap_or(system_loader),
                },
                shape: draft.shape,
            });
        }
    }

    /// Raw instance sizes, offsets of references and sizes of class objects.
    fn measure(&mut self, drafts: &[Draft]) {
        let mut raw: Vec<Option<u64>> = vec![None; drafts.len()];
        for start in 0..drafts.len() {
            self.measure_chain(start, drafts, &mut raw);
        }
        self.raw = raw.into_iter().map(Option::unwrap_or_default).collect();
        for draft in drafts {
            let statics = draft
                .dump
                .as_ref()
                .map_or(0, |d| d.statics.iter().map(|s| self.sizes.field(s.1)).sum());
            self.class_object.push(up(statics, self.sizes.align));
        }
        for number in 0..drafts.len() {
            let from = self.offsets.len() as u32;
            self.push_offsets(number, drafts);
            self.stretch.push((from, self.offsets.len() as u32));
        }
    }

    /// From the class up to the first measured superclass, then down again.
    fn measure_chain(&self, start: usize, drafts: &[Draft], raw: &mut [Option<u64>]) {
        let mut chain = Vec::new();
        let mut on_chain = HashSet::new();
        let mut next = Some(start);
        while let Some(here) = next.filter(|&h| raw.get(h) == Some(&None) && on_chain.insert(h)) {
            chain.push(here);
            next = self.classes.get(here).and_then(|c| c.super_class).map(|s| s as usize);
        }
        for here in chain.into_iter().rev() {
            let Some(draft) = drafts.get(here) else { continue };
            let super_raw = self
                .classes
                .get(here)
                .and_then(|c| c.super_class)
                .and_then(|s| raw.get(s as usize).copied().flatten());
            let own: u64 = match (&draft.dump, draft.raw) {
                (Some(dump), _) => dump.fields.iter().map(|f| self.sizes.field(f.1)).sum(),
                (None, data) => data.unwrap_or(0),
            };
            let size = match super_raw {
                Some(size) => up(size + own, self.sizes.reference),
                // Fields of a class without superclass do not exist in Java; count them all the same if a dump has them.
                None => self.sizes.pointer + self.sizes.reference + own,
            };
            if let Some(slot) = raw.get_mut(here) {
                *slot = Some(size);
            }
        }
    }

    fn push_offsets(&mut self, number: usize, drafts: &[Draft]) {
        let mut at = 0;
        let mut next = Some(number);
        let mut steps = 0;
        while let Some(here) = next.filter(|_| steps < 10_000) {
            steps += 1;
            let fields = drafts
                .get(here)
                .and_then(|d| d.dump.as_ref())
                .map(|d| d.fields.as_slice());
            for &(_, kind) in fields.unwrap_or_default() {
                if kind == 2 {
                    self.offsets.push(at);
                }
                at += type_size(kind, self.sizes.pointer as usize).unwrap_or(0) as u32;
            }
            next = self.classes.get(here).and_then(|c| c.super_class).map(|s| s as usize);
        }
    }

    /// Names and types of an instance's fields in the order of its data.
    pub fn fields(&self, class: u32) -> Vec<(u64, u8)> {
        let mut fields = Vec::new();
        let mut next = Some(class);
        let mut steps = 0;
        while let Some(here) = next.filter(|_| steps < 10_000) {
            steps += 1;
            if let Some(Some(dump)) = self.dumps.get(here as usize) {
                fields.extend_from_slice(&dump.fields);
            }
            next = self.classes.get(here as usize).and_then(|c| c.super_class);
        }
        fields
    }
}
