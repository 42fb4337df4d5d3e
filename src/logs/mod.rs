//! Logs: records, templates, bursts, codes, the first error; access logs: status and latency.

mod facts;

pub use facts::*;
