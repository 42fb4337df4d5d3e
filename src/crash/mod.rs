//! Fatal error logs of HotSpot: what crashed and in which module.

mod facts;

pub use facts::*;
