//! What a heap dump tells.

use crate::evidence::ArtefactId;
use goldenhour_parsers::{Gap, Stamp};
use std::collections::BTreeMap;

/// The facts of one dump.
#[derive(Debug, Clone, Default)]
pub struct HeapFacts {
    /// Where it was read; `None` only in tests.
    pub artefact: Option<ArtefactId>,
    /// 1-based number of the dump in its file.
    pub dump: u32,
    /// Dumps in the file.
    pub dumps_in_file: u32,
    /// `hprof`, `phd` or `classic`.
    pub format: &'static str,
    /// When the dump was written, if the format says.
    pub written: Option<Stamp>,
    /// Reachable objects (class objects included, as MAT counts them).
    pub objects: u64,
    /// Their shallow bytes.
    pub shallow: u64,
    /// Classes.
    pub classes: u64,
    /// Class loaders (the boot loader included).
    pub loaders: u64,
    /// What no root reaches.
    pub unreachable: Population,
    /// Root entries by kind, named as in HEAP_ORACLE's totals.
    pub roots: BTreeMap<&'static str, u64>,
    /// True when roots had to be guessed (PHD): retained sizes are then estimates.
    pub roots_inferred: bool,
    /// Share of the input that was read, 0…1.
    pub coverage: f64,
    /// Leak suspects, most retained first.
    pub suspects: Vec<Suspect>,
    /// Classes by shallow size, largest first; capped by the options.
    pub histogram: Vec<ClassRow>,
    /// Top-level dominators by retained size; capped by the options.
    pub dominators: Vec<DominatorRow>,
    /// Threads by retained size; capped by the options.
    pub threads: Vec<HeapThread>,
    /// Class loaders by number of classes; capped by the options.
    pub class_loaders: Vec<LoaderRow>,
    /// What the sizes rest on, when they are the VM's own.
    pub true_sizes: Option<TrueSizes>,
    /// Parts of the file that could not be read.
    pub gaps: Vec<Gap>,
}

/// A number of objects and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Population {
    /// Objects.
    pub objects: u64,
    /// Shallow bytes.
    pub shallow: u64,
}

impl Population {
    /// Sums of two lists, entry by entry.
    pub fn add_all(mut all: Vec<Self>, more: Vec<Self>) -> Vec<Self> {
        all.iter_mut().zip(more).for_each(|(sum, more)| {
            sum.objects += more.objects;
            sum.shallow += more.shallow;
        });
        all
    }
}

/// A place where retained memory piles up. The three roles are defined in CONTRACT.md §2 "Meanings".
#[derive(Debug, Clone, Default)]
pub struct Suspect {
    /// Class of the object (or the class itself, for a static field) that refers to the accumulator.
    pub holder_class: String,
    /// Its address.
    pub holder: Option<u64>,
    /// The field of the holder that refers to the accumulator, where the format has field names.
    pub holder_field: Option<String>,
    /// The collection or array in which objects pile up.
    pub accumulator_class: String,
    /// Its address.
    pub accumulator: Option<u64>,
    /// Class of the elements that retain most.
    pub content_class: String,
    /// How many elements of that class the accumulator dominates directly or through its own nodes.
    pub content_count: u64,
    /// Retained bytes of the suspect.
    pub retained: u64,
    /// Share of the reachable heap, 0…1.
    pub share: f64,
    /// True when a role was not read but concluded (PHD thread from the javacore).
    pub inferred: bool,
    /// What kind of thing holds the memory.
    pub kind: SuspectKind,
    /// Class loaders of one application that are alive at once; 0 unless [`SuspectKind::ClassLoader`].
    pub copies: u64,
    /// Name of the thread that holds it, when the holder is a local variable.
    pub thread: Option<String>,
    /// From a root to the accumulator, one step a line (`class a.B`, `a.B.field → a.C @ 0x…`).
    pub path: Vec<String>,
}

/// What holds a suspect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SuspectKind {
    /// A static field or a long-lived object.
    #[default]
    Object,
    /// A local variable of a thread.
    Thread,
    /// A class loader kept alive after its application was replaced.
    ClassLoader,
    /// Many objects of one class, none of them large.
    Group,
}

/// One class of the histogram.
#[derive(Debug, Clone, Default)]
pub struct ClassRow {
    /// Java notation (`a.b.C`, `byte[]`).
    pub class: String,
    /// Instances.
    pub objects: u64,
    /// Shallow bytes of all instances.
    pub shallow: u64,
    /// Bytes retained by the top-most instances; `None` when not computed.
    pub retained: Option<u64>,
}

/// One top-level dominator.
#[derive(Debug, Clone, Default)]
pub struct DominatorRow {
    /// Address.
    pub object: u64,
    /// Its class; a class object is `class a.b.C`.
    pub class: String,
    /// Shallow bytes.
    pub shallow: u64,
    /// Retained bytes.
    pub retained: u64,
    /// Share of the reachable heap, 0…1.
    pub share: f64,
}

/// A `java.lang.Thread` object of the heap.
#[derive(Debug, Clone, Default)]
pub struct HeapThread {
    /// Address of the thread object.
    pub object: u64,
    /// Its name, where the format has values or the javacore told it.
    pub name: Option<String>,
    /// Class of the thread object.
    pub class: String,
    /// Bytes retained by the thread and its locals.
    pub retained: u64,
    /// True for the thread whose stack starts in the `OutOfMemoryError` constructor.
    pub out_of_memory: bool,
    /// Java frames, innermost first, `a.b.C.method(File.java:12)`; capped.
    pub frames: Vec<String>,
}

/// A field of an object, for a reader.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldValue {
    /// Its name.
    pub name: String,
    /// Java type (`int`, `Object`).
    pub kind: String,
    /// A number, a text in quotes, `null`, or `a.b.C @ 0x…`.
    pub value: String,
}

/// A class loader and what it loaded.
#[derive(Debug, Clone, Default)]
pub struct LoaderRow {
    /// Address; 0 for the boot loader.
    pub object: u64,
    /// Class of the loader.
    pub class: String,
    /// What it says of itself (application or context name), where it can be read.
    pub label: Option<String>,
    /// Classes it defined.
    pub classes: u64,
    /// Bytes it retains.
    pub retained: u64,
    /// Live instances of its classes, class objects not counted.
    pub instances: u64,
}

/// What the javacore of the same event knows about a PHD's objects.
#[derive(Debug, Clone, Default)]
pub struct Companion {
    /// Thread objects by address, with their names.
    pub threads: Vec<(u64, String)>,
    /// Class loaders by address, with their class names.
    pub loaders: Vec<(u64, String)>,
    /// Name of the thread that failed.
    pub failing_thread: Option<String>,
    /// Class names (Java notation) by the address of their loader, from the CLASSES section.
    pub loader_classes: Vec<(u64, Vec<String>)>,
    /// Class names (Java notation) of the Java frames of each thread object, innermost first.
    pub frames: Vec<(u64, Vec<String>)>,
}

/// How much of the heap to show and how to size it.
#[derive(Debug, Clone)]
pub struct HeapOptions {
    /// Rows of each list.
    pub top: usize,
    /// Which of several dumps in the file, 1-based, or [`Self::LAST`]; `None` is every one.
    pub dump: Option<u32>,
    /// Only classes and their sizes, no graph.
    pub histogram_only: bool,
    /// Bytes of memory to keep below; what is more goes to temporary files. `None` is no limit.
    pub memory_limit: Option<u64>,
    /// What the javacore knows.
    pub companion: Option<Companion>,
    /// Contents too: strings, collections, boxed numbers, arrays of zeros.
    pub deep: bool,
    /// By which rule objects are measured.
    pub sizes: SizeRule,
    /// The whole histogram, not only `top` rows (retained sizes for `top` rows all the same).
    pub every_class: bool,
}

/// How shallow sizes are computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SizeRule {
    /// As Eclipse MAT does, so that figures can be compared.
    #[default]
    Mat,
    /// As the VM had them.
    Jvm,
}

/// What the VM's own sizes rest on.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TrueSizes {
    /// Bytes of an object before its first field.
    pub header: u64,
    /// Bytes of an array before its elements.
    pub array_header: u64,
    /// Bytes of a reference.
    pub reference: u64,
    /// Alignment of objects.
    pub alignment: u64,
    /// Share of the measured objects whose distance to the next one is exactly their size; `None` when ids are no
    /// addresses and nothing could be measured.
    pub explained: Option<f64>,
}

impl HeapOptions {
    /// The last of several dumps, whatever their number.
    pub const LAST: u32 = 0;
}

impl Default for HeapOptions {
    fn default() -> Self {
        Self {
            top: 100,
            dump: None,
            histogram_only: false,
            memory_limit: None,
            companion: None,
            deep: false,
            sizes: SizeRule::Mat,
            every_class: false,
        }
    }
}
