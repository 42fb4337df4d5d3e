//! Classes of a portable heap dump: sizes, array classes, loaders.

use super::{ClassRecord, Survey, shape};
use crate::heap::{
    facts::{Companion, SizeRule},
    graph::{Class, Graph, NONE, Shape, pack_size},
    id_map::IdMap,
    index::{AddressIndex, Collector},
};
use goldenhour_parsers::phd::Header;
use std::{
    collections::{HashMap, HashSet},
    io,
};

/// Java keyword and bytes of each PHD element type.
const PRIMITIVES: [(&str, u64); 8] = [
    ("boolean", 1),
    ("char", 2),
    ("float", 4),
    ("double", 8),
    ("byte", 1),
    ("short", 2),
    ("int", 4),
    ("long", 8),
];

/// All about the classes of a dump.
#[derive(Debug)]
pub(super) struct Table {
    /// Classes by address.
    pub classes: Vec<Class>,
    records: Vec<ClassRecord>,
    numbers: IdMap,
    /// Element class address → number of its array class.
    arrays: HashMap<u64, u32>,
    primitive: [u32; 8],
    /// The class `java.lang.Class`.
    pub class_class: u32,
    /// Bytes of a pointer inside objects.
    pointer: u64,
    /// The smallest stated instance is 0 (some IBM Java 1.4.2): heads are not in the stated sizes.
    headless: bool,
    /// The boot loader's object.
    pub boot: u32,
    /// The boot loader is made up, at address 0.
    pub boot_made_up: bool,
    /// Addresses made up for missing classes; their records stand in `records` too.
    made_up: HashSet<u64>,
}

impl Table {
    pub fn new(survey: &mut Survey, header: &Header) -> Self {
        let mut records: Vec<ClassRecord> = Vec::new();
        let mut known = HashSet::new();
        for record in std::mem::take(&mut survey.classes) {
            if known.insert(record.address) {
                records.push(record);
            }
        }
        let smallest = records
            .iter()
            .filter(|r| shape(&r.name) == Shape::Plain)
            .map(|r| r.instance_size)
            .min()
            .unwrap_or(0);
        let made_up = add_missing(survey, &mut records, &known);
        records.sort_by_key(|r| r.address);
        let mut table = Self {
            classes: Vec::new(),
            numbers: IdMap::default(),
            arrays: HashMap::new(),
            primitive: [NONE; 8],
            class_class: 0,
            pointer: if header.wide && (smallest == 0 || smallest > 16) {
                8
            } else {
                4
            },
            headless: smallest == 0 && !header.j9,
            boot: NONE,
            boot_made_up: false,
            made_up,
            records,
        };
        for (number, record) in table.records.iter().enumerate() {
            table.numbers.insert(record.address, number as u32);
        }
        table.pair_arrays(survey);
        table
    }

    /// Finds the array class of each element class and of each primitive type.
    fn pair_arrays(&mut self, survey: &Survey) {
        let mut by_name: HashMap<&str, Vec<u32>> = HashMap::new();
        for (number, record) in self.records.iter().enumerate() {
            by_name.entry(&record.name).or_default().push(number as u32);
        }
        for (kind, (name, _)) in PRIMITIVES.iter().enumerate() {
            let class = by_name.get(format!("{name}[]").as_str()).and_then(|l| l.first());
            if let (Some(slot), Some(&class)) = (self.primitive.get_mut(kind), class) {
                *slot = class;
            }
        }
        self.class_class = by_name
            .get("java.lang.Class")
            .and_then(|l| l.first())
            .copied()
            .unwrap_or(0);
        for &element in survey.elements.keys() {
            let name = self.name_of(element).map(|n| format!("{n}[]"));
            let candidates = name
                .as_deref()
                .and_then(|n| by_name.get(n))
                .map(Vec::as_slice)
                .unwrap_or_default();
            // Several classes of one name (loaded by several loaders): the array class that refers to this element.
            let exact = candidates.iter().find(|&&c| {
                self.records
                    .get(c as usize)
                    .is_some_and(|r| r.refs.contains(&element) || r.super_class == element)
            });
            if let Some(&class) = exact.or_else(|| candidates.first()) {
                self.arrays.insert(element, class);
            }
        }
    }

    fn name_of(&self, class: u64) -> Option<&str> {
        let number = self.numbers.get(class)?;
        self.records.get(number as usize).map(|r| r.name.as_str())
    }

    pub fn number(&self, class: u64) -> u32 {
        self.numbers.get(class).unwrap_or(NONE)
    }

    pub fn array_of(&self, element: u64) -> u32 {
        self.arrays.get(&element).copied().unwrap_or(NONE)
    }

    pub fn primitive_class(&self, kind: u8) -> u32 {
        self.primitive.get(usize::from(kind)).copied().unwrap_or(NONE)
    }

    pub fn instance_size(&self, class: u32) -> u64 {
        let head = if self.headless { 3 * self.pointer } else { 0 };
        self.records
            .get(class as usize)
            .map_or(0, |r| u64::from(r.instance_size) + head)
    }

    pub fn object_array(&self, length: u64) -> u64 {
        2 * self.pointer + 8 + length.saturating_mul(self.pointer)
    }

    pub fn primitive_array(&self, kind: u8, length: u64) -> u64 {
        let element = PRIMITIVES.get(usize::from(kind)).map_or(1, |p| p.1);
        let head = if self.headless {
            2 * self.pointer + 4
        } else {
            2 * self.pointer + 8
        };
        head + length.saturating_mul(element)
    }

    /// The finished index: objects, classes, made-up classes, address 0, and the javacore's threads.
    pub fn finish(&self, mut addresses: Collector, companion: Option<&Companion>) -> AddressIndex {
        self.made_up.iter().for_each(|&a| addresses.insert(a));
        addresses.insert(0);
        for thread in companion.into_iter().flat_map(|c| &c.threads) {
            addresses.insert(thread.0);
        }
        addresses.finish()
    }

    /// Decides the loaders, once the classes of the objects are known.
    pub fn decide_loaders(&mut self, graph: &Graph, companion: Option<&Companion>) {
        let loaders = self.stated_loaders(graph);
        let stated_boot = loaders.get(self.class_class as usize).copied().flatten();
        let told = companion.map(|c| told_loaders(c, graph)).unwrap_or_default();
        let told_boot = told.get("java.lang.Class").copied();
        let nobody = graph.index.index_of(0).unwrap_or(NONE);
        self.boot = stated_boot.or(told_boot).unwrap_or(nobody);
        self.boot_made_up = self.boot == nobody;
        for (number, record) in self.records.iter().enumerate() {
            let stated = loaders.get(number).copied().flatten();
            let told = || told.get(&record.name).copied().filter(|_| stated_boot.is_none());
            self.classes.push(Class {
                name: record.name.clone(),
                object: graph.index.index_of(record.address).unwrap_or(NONE),
                super_class: self.numbers.get(record.super_class).filter(|_| record.super_class != 0),
                loader: stated.or_else(told).unwrap_or(self.boot),
                shape: shape(&record.name),
            });
        }
    }

    /// Loaders by the references of the class records (HEAP_ORACLE §5.5).
    fn stated_loaders(&self, graph: &Graph) -> Vec<Option<u32>> {
        let is_loader_class = self.loader_classes();
        let is_loader = |object: u32| is_loader_class.get(graph.class(object) as usize) == Some(&true);
        self.records
            .iter()
            .map(|record| {
                let candidates = record.refs.iter().filter(|&&r| r != 0 && self.numbers.get(r).is_none());
                let mut objects = candidates.filter_map(|&r| graph.index.index_of(r));
                if shape(&record.name) == Shape::Plain {
                    objects.next().filter(|&o| is_loader(o))
                } else {
                    objects.find(|&o| is_loader(o))
                }
            })
            .collect()
    }

    fn loader_classes(&self) -> Vec<bool> {
        (0..self.records.len())
            .map(|start| {
                let mut next = self.records.get(start);
                for _ in 0..self.records.len().min(10_000) {
                    match next {
                        Some(record) if record.name == "java.lang.ClassLoader" => return true,
                        Some(record) if record.super_class != 0 => {
                            let number = self.numbers.get(record.super_class);
                            next = number.and_then(|n| self.records.get(n as usize));
                        }
                        _ => return false,
                    }
                }
                false
            })
            .collect()
    }

    /// Class objects and their references, edges from loaders to classes.
    pub fn link(&self, graph: &mut Graph, sizes: SizeRule) -> io::Result<()> {
        let size = self
            .records
            .get(self.class_class as usize)
            .map_or(0, |r| u64::from(r.instance_size));
        let class_size = match sizes {
            // MAT counts the object and the class once more (HEAP_ORACLE §5.3).
            SizeRule::Mat => pack_size(size.div_ceil(8) * 8 + size),
            SizeRule::Jvm => pack_size(size.div_ceil(8) * 8),
        };
        let mut extras = Vec::new();
        for (class, record) in self.classes.iter().zip(&self.records) {
            graph.describe(class.object, self.class_class, class_size);
            extras.push((class.object, class.loader));
            extras.push((class.loader, class.object));
            let parent = class.super_class.and_then(|s| self.classes.get(s as usize));
            extras.extend(parent.map(|p| (class.object, p.object)));
            let targets = record.refs.iter().filter(|&&t| t != 0);
            extras.extend(targets.filter_map(|&t| Some((class.object, graph.index.index_of(t)?))));
        }
        if self.boot_made_up {
            let loader_class = graph.classes.named("java.lang.ClassLoader").unwrap_or(NONE);
            graph.describe(self.boot, loader_class, 0);
        }
        graph.made_up.extend(graph.index.index_of(0));
        graph.append(extras)
    }
}

/// Adds records for classes that objects name and the dump lacks.
fn add_missing(survey: &mut Survey, records: &mut Vec<ClassRecord>, known: &HashSet<u64>) -> HashSet<u64> {
    let mut made_up = HashSet::new();
    let mut unknown: Vec<u64> = survey.used.keys().chain(survey.elements.keys()).copied().collect();
    unknown.sort_unstable();
    unknown.dedup();
    for address in unknown {
        if !known.contains(&address) {
            made_up.insert(address);
            records.push(ClassRecord {
                address,
                name: format!("unknown-class-0x{address:x}"),
                ..ClassRecord::default()
            });
        }
    }
    let names: HashSet<String> = records.iter().map(|r| r.name.clone()).collect();
    let mut needed = vec!["java.lang.Class".to_owned(), "java.lang.ClassLoader".to_owned()];
    for (kind, (name, _)) in PRIMITIVES.iter().enumerate() {
        if survey.primitive_arrays >> kind & 1 == 1 {
            needed.push(format!("{name}[]"));
        }
    }
    let by_address: HashMap<u64, String> = records.iter().map(|r| (r.address, r.name.clone())).collect();
    let mut elements: Vec<&u64> = survey.elements.keys().collect();
    elements.sort_unstable();
    needed.extend(
        elements
            .into_iter()
            .filter_map(|e| Some(format!("{}[]", by_address.get(e)?))),
    );
    needed.dedup();
    survey.addresses.sort();
    let mut free = 8;
    let mut added = HashSet::new();
    for name in needed {
        if names.contains(&name) || !added.insert(name.clone()) {
            continue;
        }
        while survey.addresses.contains(free) || made_up.contains(&free) {
            free += 8;
        }
        made_up.insert(free);
        records.push(ClassRecord {
            address: free,
            name,
            ..ClassRecord::default()
        });
    }
    made_up
}

/// Loader of each class name as the javacore tells it; loaders that are no objects of the dump left out.
fn told_loaders(companion: &Companion, graph: &Graph) -> HashMap<String, u32> {
    let mut told = HashMap::new();
    for (loader, classes) in &companion.loader_classes {
        if let Some(object) = graph.index.index_of(*loader).filter(|_| *loader != 0) {
            for class in classes {
                told.entry(class.clone()).or_insert(object);
            }
        }
    }
    told
}
