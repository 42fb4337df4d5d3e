//! Heap dumps: object graph, dominators, retained sizes, suspects.

pub mod analysis;
mod column;
pub mod dominators;
mod examine;
mod facts;
pub mod graph;
mod growth;
pub mod hprof;
pub mod id_map;
pub mod index;
mod inside;
mod locals;
mod memory;
mod names;
pub mod order;
pub mod phd;
mod summary;
mod suspects;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_inside;
#[cfg(test)]
mod tests_shared;
mod watch;

pub use examine::{Examined, examine};
pub use facts::*;
pub use growth::growth;
pub use phd::companion;
pub use watch::{Early, Watch};

use crate::evidence::Artefact;

/// Analyses a heap dump: the one that `options.dump` picks, else every dump in the file.
pub fn analyse(artefact: &Artefact, options: &HeapOptions) -> Vec<HeapFacts> {
    let mut all = Vec::new();
    examine(artefact, options, |examined| all.push(examined.facts.clone()));
    all
}
