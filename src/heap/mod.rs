//! Heap dumps: object graph, dominators, retained sizes, suspects.

mod facts;

pub use facts::*;
