//! Threads: states, what each one waits for, lock graph, series of dumps, pools.

mod facts;

pub use facts::*;

use crate::evidence::Artefact;

/// Reads every dump of a javacore or thread-dump artefact.
pub fn analyse(artefact: &Artefact) -> Vec<DumpFacts> {
    let _ = artefact;
    Vec::new()
}

/// Compares dumps of one process, given in order of time; `Series::dumps` counts 0… over `dumps`.
pub fn compare(dumps: &[&DumpFacts]) -> Series {
    let _ = dumps;
    Series::default()
}

/// Worker pools and the waiters of connection pools in each dump.
pub fn pools(dumps: &[DumpFacts]) -> Vec<Pool> {
    let _ = dumps;
    Vec::new()
}
