//! Golden Hour: offline crash forensics for Java middleware.
//!
//! From an evidence folder to a recovery report; the way through the house is told in ARCHITECTURE.md.
#![deny(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "tests fail by panicking"
    )
)]

pub mod case;
pub mod cli;
pub mod crash;
pub mod diagnosis;
pub mod evidence;
pub mod gc;
pub mod heap;
pub mod logs;
pub mod report;
pub mod site;
pub mod store;
pub mod system;
pub mod threads;
pub mod words;
