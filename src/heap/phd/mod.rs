//! From a portable heap dump to the object graph, with the gaps of the format filled as MAT does (HEAP_ORACLE §5).

mod classes;
mod companion;
mod roots;

pub use companion::companion;

use super::{
    examine::no_memory,
    facts::{Companion, SizeRule},
    graph::{Classes, Graph, LAST, MAX_OBJECTS, NONE, Shape, pack_size},
    index::{AddressIndex, Collector},
    memory::Memory,
};
use classes::Table;
use goldenhour_parsers::{
    Gap, Reason,
    phd::{self, Entries, Entry, Header},
};
use std::{collections::HashMap, io};

/// A dump read into columns.
#[derive(Debug)]
pub struct Loaded {
    /// The graph.
    pub graph: Graph,
    /// What the header says.
    pub header: Header,
    /// Bytes read.
    pub read: usize,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

/// A class record, owned.
#[derive(Debug, Clone, Default)]
pub struct ClassRecord {
    /// Address.
    pub address: u64,
    /// Superclass, 0 for none.
    pub super_class: u64,
    /// Bytes of an instance.
    pub instance_size: u32,
    /// Java notation.
    pub name: String,
    /// References in the order of the record.
    pub refs: Vec<u64>,
}

/// What the first walk finds.
#[derive(Debug)]
struct Survey {
    addresses: Collector,
    classes: Vec<ClassRecord>,
    references: usize,
    /// Classes that objects name.
    used: HashMap<u64, ()>,
    /// Element classes that arrays name.
    elements: HashMap<u64, ()>,
    /// Bit n: primitive arrays of PHD type n exist.
    primitive_arrays: u8,
    read: usize,
    gaps: Vec<Gap>,
}

/// Reads a dump.
///
/// # Errors
/// When the header cannot be read or the dump has more objects than the engine numbers.
pub fn load(input: &[u8], companion: Option<&Companion>, limit: Option<u64>, sizes: SizeRule) -> Result<Loaded, Gap> {
    let header = phd::header(input)?;
    let mut survey = survey(input, &header);
    if survey.references >= LAST as usize {
        return Err(too_many(input));
    }
    let mut table = Table::new(&mut survey, &header);
    let index = table.finish(survey.addresses, companion);
    if index.len() > MAX_OBJECTS {
        return Err(too_many(input));
    }
    let memory = Memory::plan(index.len(), limit);
    let no_memory = |error| no_memory(input.len() as u64, &error);
    let mut graph = columns(input, &header, &table, index, survey.references, memory).map_err(no_memory)?;
    table.decide_loaders(&graph, companion);
    graph.classes = Classes::new(table.classes.clone());
    table.link(&mut graph, sizes).map_err(no_memory)?;
    roots::infer(&mut graph, &table, companion).map_err(no_memory)?;
    Ok(Loaded {
        graph,
        header,
        read: survey.read,
        gaps: survey.gaps,
    })
}

fn too_many(input: &[u8]) -> Gap {
    let what = "2,147,483,646 objects or references in one dump".to_owned();
    Gap::new(0, input.len() as u64, Reason::Limit { what })
}

fn survey(input: &[u8], header: &Header) -> Survey {
    let mut survey = Survey {
        addresses: Collector::new(2),
        classes: Vec::new(),
        references: 0,
        used: HashMap::new(),
        elements: HashMap::new(),
        primitive_arrays: 0,
        read: 0,
        gaps: Vec::new(),
    };
    let mut entries = Entries::new(input, header);
    // Classes met lately, so that the map is asked once for a run of changing ones.
    let mut lately = [u64::MAX; 256];
    for entry in entries.by_ref() {
        survey.addresses.insert(entry.address());
        match entry {
            Entry::Object { class, refs, .. } => {
                survey.references += refs.len();
                if let Some(slot) = lately.get_mut((class >> 4) as usize % 256)
                    && std::mem::replace(slot, class) != class
                {
                    survey.used.insert(class, ());
                }
            }
            Entry::ObjectArray { class, refs, .. } => {
                survey.references += refs.len();
                survey.elements.insert(class, ());
            }
            Entry::PrimitiveArray { kind, .. } => survey.primitive_arrays |= 1 << (kind & 7),
            Entry::Class(class) => survey.classes.push(ClassRecord {
                address: class.address,
                super_class: class.super_class,
                instance_size: class.instance_size,
                name: goldenhour_parsers::hprof::java_class_name(&goldenhour_parsers::hprof::text(class.name)),
                refs: class.refs.iter().collect(),
            }),
        }
    }
    survey.read = entries.position();
    survey.gaps.extend(entries.take_gap());
    survey
}

/// Second walk: class, size and references of every object.
fn columns(
    input: &[u8],
    header: &Header,
    table: &Table,
    index: AddressIndex,
    references: usize,
    memory: Memory,
) -> io::Result<Graph> {
    let mut graph = Graph::of(index, references, memory)?;
    graph.class_class = table.class_class;
    for entry in Entries::new(input, header) {
        let Some(object) = graph.index.index_of(entry.address()) else {
            continue;
        };
        if graph.class(object) != NONE || table.number(entry.address()) != NONE {
            continue;
        }
        let (class, bytes, refs) = match entry {
            Entry::Object { class, refs, .. } => {
                let class = table.number(class);
                (class, table.instance_size(class), Some(refs))
            }
            Entry::ObjectArray {
                class,
                length,
                size,
                refs,
                ..
            } => {
                let bytes = size.unwrap_or_else(|| table.object_array(length));
                (table.array_of(class), bytes, Some(refs))
            }
            Entry::PrimitiveArray { kind, length, size, .. } => {
                let bytes = size.unwrap_or_else(|| table.primitive_array(kind, length));
                (table.primitive_class(kind), bytes, None)
            }
            Entry::Class(_) => continue,
        };
        graph.describe(object, class, pack_size(bytes.div_ceil(8).saturating_mul(8)));
        let begin = graph.refs.len();
        for target in refs.iter().flat_map(|r| r.iter()).filter(|&t| t != 0) {
            if let Some(target) = graph.index.index_of(target) {
                graph.refs.push(target);
            }
        }
        graph.close_block(object, begin);
    }
    Ok(graph)
}

/// The shape that a Java name tells.
fn shape(name: &str) -> Shape {
    match name.strip_suffix("[]") {
        None => Shape::Plain,
        Some("boolean" | "char" | "float" | "double" | "byte" | "short" | "int" | "long") => Shape::PrimitiveArray,
        Some(_) => Shape::ObjectArray,
    }
}
