//! Garbage-collection logs: pauses, share, heap after collection, leak slope.

mod facts;

pub use facts::*;
