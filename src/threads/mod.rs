//! Threads: states, what each one waits for, lock graph, series of dumps, pools.

mod facts;

pub use facts::*;
