//! Garbage-collection logs: pauses, share, heap after collection, leak slope.

mod facts;

pub use facts::*;

use crate::evidence::Artefact;

/// Reads a GC log.
pub fn analyse(artefact: &Artefact) -> GcFacts {
    let _ = artefact;
    GcFacts::default()
}
