//! Heap dumps in the model.

use super::Moment;
use crate::heap::{GrowthRow, HeapLocal, Inside, TrueSizes};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One heap dump.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HeapView {
    /// Artefact id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub artefact: String,
    /// 1-based number of the dump in its file.
    pub dump: u32,
    /// `hprof`, `phd` or `classic`.
    pub format: String,
    /// When it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Moment>,
    /// Reachable objects.
    pub objects: u64,
    /// Their shallow bytes.
    pub shallow: u64,
    /// Classes.
    pub classes: u64,
    /// Class loaders.
    pub loaders: u64,
    /// What no root reaches.
    pub unreachable: PopulationView,
    /// Share of the dump that was read, 0…1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<f64>,
    /// True when roots had to be guessed: retained sizes are estimates.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub roots_inferred: bool,
    /// Root entries by kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roots: BTreeMap<String, u64>,
    /// Leak suspects, most retained first.
    #[serde(default)]
    pub suspects: Vec<SuspectView>,
    /// Classes by shallow bytes, largest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub histogram: Vec<ClassView>,
    /// Top-level dominators by retained bytes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dominators: Vec<DominatorView>,
    /// Threads by what they retain; who ran out of memory comes first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub threads: Vec<HeapThreadView>,
    /// What is in the heap: garbage, packages, loaders, collections, strings, sessions, pools.
    #[serde(default)]
    pub inside: Inside,
    /// What shallow sizes rest on, when they are the VM's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub true_sizes: Option<TrueSizes>,
}

/// Several dumps of one process compared.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HeapGrowthView {
    /// Process id, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// Artefact ids of the dumps, in order of time.
    pub artefacts: Vec<String>,
    /// Classes that grew, most bytes first; a figure for each dump.
    pub classes: Vec<GrowthRow>,
}

/// A thread object of the heap.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HeapThreadView {
    /// Address of the thread object.
    pub object: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Class of the thread object.
    pub class: String,
    /// Bytes retained by the thread and its locals.
    pub retained: u64,
    /// Share of the reachable heap, 0…1.
    pub share: f64,
    /// True for the thread that ran out of memory.
    #[serde(default, skip_serializing_if = "super::is_false")]
    pub out_of_memory: bool,
    /// State in the thread dump of the same process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Artefact id of that thread dump.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dump: Option<String>,
    /// Line of the thread in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Java frames, innermost first; capped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<String>,
    /// What its local variables refer to, most retained first; capped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locals: Vec<HeapLocal>,
}

/// A number of objects and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PopulationView {
    /// Objects.
    pub objects: u64,
    /// Shallow bytes.
    pub shallow: u64,
}

/// A place where retained memory piles up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SuspectView {
    /// Class of the object or class that refers to the accumulator.
    pub holder_class: String,
    /// Its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// Its field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder_field: Option<String>,
    /// What the holder says of itself, masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder_label: Option<String>,
    /// What the accumulator says of itself, masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accumulator_label: Option<String>,
    /// The collection or array in which objects pile up.
    pub accumulator_class: String,
    /// Its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accumulator: Option<String>,
    /// Class of the elements that retain most.
    pub content_class: String,
    /// How many of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_count: Option<u64>,
    /// Retained bytes.
    pub retained: u64,
    /// Share of the reachable heap, 0…1.
    pub share: f64,
    /// True when a role was concluded, not read.
    pub inferred: bool,
    /// Thread that holds it, for a local variable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// From a root to the accumulator, one step a line.
    #[serde(default)]
    pub path: Vec<String>,
}

/// One class of the histogram.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClassView {
    /// Class, Java notation.
    pub class: String,
    /// Instances.
    pub objects: u64,
    /// Shallow bytes.
    pub shallow: u64,
    /// Retained bytes of all instances together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retained: Option<u64>,
}

/// A dominator.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DominatorView {
    /// Address.
    pub object: String,
    /// Class.
    pub class: String,
    /// Shallow bytes.
    pub shallow: u64,
    /// Retained bytes.
    pub retained: u64,
    /// Share of the reachable heap, 0…1.
    pub share: f64,
    /// What the object says of itself, masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}
