//! System evidence: errpt, netstat, vmstat, df, dmesg, ps, database sessions …

mod facts;

pub use facts::*;
