//! Bytes in, records out: the parsers of every artefact that a crashed Java middleware leaves behind.
//!
//! No parser opens a file, reads a clock, starts a thread or prints. None fails as a whole on damaged
//! input: what could not be read becomes a [`Gap`] beside the value that could ([`Parsed`]).
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "tests fail by panicking"
    )
)]

pub mod embedded;
mod gap;
pub mod gc;
pub mod hprof;
pub mod hs_err;
pub mod javacore;
pub mod kind;
pub mod log;
pub mod phd;
mod stamp;
pub mod system;
pub mod text;
pub mod thread_dump;

pub use gap::{Gap, Parsed, Reason};
pub use kind::Kind;
pub use stamp::{CHINA, Stamp, rfc3339};
