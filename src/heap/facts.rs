//! What a heap dump tells.

use crate::evidence::{ArtefactId, Citation};
use goldenhour_parsers::{Gap, Stamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap, fmt, sync::Arc};

use super::watch::Watch;

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
    /// What is in the heap.
    pub inside: Inside,
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
    /// What the holder says of itself (a name, a path, a size), not yet masked.
    pub holder_label: Option<String>,
    /// What the accumulator says of itself.
    pub accumulator_label: Option<String>,
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
    /// What the object says of itself (a name, a path, a size), not yet masked.
    pub label: Option<String>,
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
    /// Java's id of the thread (`#31` of a thread dump).
    pub id: Option<u64>,
    /// Address of the VM's own structure (`tid=0x…` of a HotSpot thread dump).
    pub native: Option<u64>,
    /// Objects that its local variables refer to, most retained first; capped.
    pub locals: Vec<HeapLocal>,
    /// What a thread dump of the same process says of it.
    pub seen: Option<ThreadSeen>,
}

/// A local variable of a thread.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HeapLocal {
    /// The object it refers to.
    pub object: Address,
    /// Its class.
    pub class: String,
    /// Bytes it retains.
    pub retained: u64,
    /// The frame whose local it is, `a.b.C.method(File.java:12)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<String>,
    /// What the object says of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// Where a thread dump shows a thread of the heap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadSeen {
    /// The place in the thread dump.
    pub citation: Citation,
    /// State as the thread dump tells it, `RUNNABLE`, `BLOCKED` …; empty when it does not.
    pub state: &'static str,
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

/// What became of one class over several dumps, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GrowthRow {
    /// Class.
    pub class: String,
    /// Objects in each dump.
    pub objects: Vec<u64>,
    /// Shallow bytes in each dump.
    pub shallow: Vec<u64>,
}

impl GrowthRow {
    /// Bytes that came to it from the first to the last dump.
    pub fn bytes(&self) -> i128 {
        let at = |n: Option<&u64>| n.map_or(0, |&n| i128::from(n));
        at(self.shallow.last()) - at(self.shallow.first())
    }

    /// True when it grew from each dump to the next.
    pub fn steady(&self) -> bool {
        self.shallow.is_sorted_by(|a, b| a < b)
    }
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
    /// Their shallow bytes.
    pub shallow: u64,
}

/// An object's address, `0x…` in JSON.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address(pub u64);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:x}", self.0)
    }
}

impl Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text.strip_prefix("0x").unwrap_or(&text);
        let number = u64::from_str_radix(digits, 16).map_err(serde::de::Error::custom)?;
        Ok(Self(number))
    }
}

impl JsonSchema for Address {
    fn schema_name() -> Cow<'static, str> {
        "Address".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

/// What is in the heap, as far as it was looked for. Every list is capped, largest first; absent means not looked for or
/// not there. The JSON has the same shape.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Inside {
    /// Classes of what no root reaches, by shallow bytes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub garbage: Vec<Tally>,
    /// Reachable objects by package (that of the element for arrays).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<Tally>,
    /// Reachable objects by the loader of their class.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub loaders: Vec<LoaderTally>,
    /// Classes that several loaders defined.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub duplicate_classes: Vec<DuplicateClass>,
    /// Objects with a finalizer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finalizers: Option<Finalizers>,
    /// Memory outside the heap that buffers hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direct: Option<DirectBuffers>,
    /// Values of thread locals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_locals: Option<ThreadLocals>,
    /// HTTP sessions by class.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<Sessions>,
    /// Connection pools.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pools: Vec<HeapPool>,
    /// Texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strings: Option<Strings>,
    /// Boxed numbers by class.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub boxed: Vec<Boxed>,
    /// Arrays that hold nothing but zeros or nulls, by class.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub zeros: Vec<Tally>,
    /// Collections by class.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub collections: Vec<Collections>,
    /// The collections with most elements.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub biggest: Vec<BigCollection>,
}

/// Objects of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tally {
    /// A class or a package.
    pub name: String,
    /// Objects.
    pub objects: u64,
    /// Shallow bytes.
    pub shallow: u64,
    /// Bytes retained by the top-most of them, where that was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retained: Option<u64>,
}

/// Objects whose classes one loader defined.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoaderTally {
    /// The loader; `0x0` is the boot loader.
    pub loader: Address,
    /// Its class.
    pub class: String,
    /// What it says of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Classes it defined.
    pub classes: u64,
    /// Instances of them.
    pub objects: u64,
    /// Their shallow bytes.
    pub shallow: u64,
    /// Bytes the loader object retains.
    pub retained: u64,
}

/// A class that several loaders defined: copies of one application, or one library packed several times.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DuplicateClass {
    /// Name of the class.
    pub class: String,
    /// How many times it is loaded.
    pub times: u64,
    /// Instances of all copies.
    pub objects: u64,
    /// Classes of the loaders.
    pub loaders: Vec<String>,
}

/// Objects with a finalizer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finalizers {
    /// All of them.
    pub objects: u64,
    /// Those that wait for the finalizer thread; absent where the dump does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued: Option<u64>,
    /// What the waiting ones are (all of them where it is not known which wait).
    pub classes: Vec<Tally>,
}

/// Direct buffers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DirectBuffers {
    /// Buffers that own memory (views and slices do not).
    pub buffers: u64,
    /// Bytes they own outside the heap.
    pub capacity: u64,
    /// Bytes the VM counts as reserved, garbage that is not collected yet included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved: Option<u64>,
    /// The most it may reserve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// Entries of the tables of thread locals.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ThreadLocals {
    /// Entries.
    pub entries: u64,
    /// Entries with a value whose key is gone: nobody can reach or remove it.
    pub stale: u64,
    /// What those values retain.
    pub stale_retained: u64,
    /// Classes of those values.
    pub classes: Vec<Tally>,
}

/// HTTP sessions of one class.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sessions {
    /// Class of the sessions.
    pub class: String,
    /// How many.
    pub objects: u64,
    /// What they retain.
    pub retained: u64,
    /// The largest.
    pub biggest: Vec<Labelled>,
}

/// An object with what it says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Labelled {
    /// Address.
    pub object: Address,
    /// A name, an id (shortened), a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Retained bytes.
    pub retained: u64,
}

/// A connection pool.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HeapPool {
    /// The library.
    pub library: String,
    /// The pool object.
    pub object: Address,
    /// Its name or address of the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Connections in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_use: Option<u64>,
    /// Connections at rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle: Option<u64>,
    /// Most connections allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u64>,
    /// Threads that wait for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<u64>,
}

/// Texts and how often the same one is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Strings {
    /// Strings with characters of their own.
    pub objects: u64,
    /// Bytes of strings and characters.
    pub bytes: u64,
    /// Strings that say what another one says already.
    pub duplicates: u64,
    /// Their bytes.
    pub wasted: u64,
    /// True when figures were scaled up from a sample, to stay within the memory limit.
    #[serde(default)]
    pub sampled: bool,
    /// Those that waste most.
    pub top: Vec<DuplicateString>,
}

/// A text that is there many times.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DuplicateString {
    /// Its beginning.
    pub text: String,
    /// How often.
    pub objects: u64,
    /// Bytes of all but one.
    pub wasted: u64,
}

/// Boxed numbers of one class.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Boxed {
    /// `java.lang.Integer` …
    pub class: String,
    /// Objects.
    pub objects: u64,
    /// Their bytes.
    pub shallow: u64,
    /// Different values among them.
    pub distinct: u64,
}

/// Collections of one class.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Collections {
    /// Class.
    pub class: String,
    /// How many.
    pub objects: u64,
    /// Those without elements.
    pub empty: u64,
    /// What the empty ones retain.
    pub empty_retained: u64,
    /// Elements of all.
    pub elements: u64,
    /// Places for elements, where the collection has a table.
    pub slots: u64,
    /// Bytes of places without element.
    pub unused: u64,
    /// Collections with a table by fill: none, up to 20, 40, 60, 80, 100 percent.
    pub fill: [u64; 6],
}

/// A large collection.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BigCollection {
    /// Address.
    pub object: Address,
    /// Class.
    pub class: String,
    /// Elements.
    pub elements: u64,
    /// Retained bytes.
    pub retained: u64,
    /// Share of the elements of a hash map that share their bucket with an earlier one, 0…1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collisions: Option<f64>,
    /// Who refers to it, `a.b.C.field`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
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
    /// Who is told what is known early.
    pub watch: Option<Arc<dyn Watch>>,
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
            watch: None,
        }
    }
}
