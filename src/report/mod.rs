//! The report: one model, every form a pure function of it.
//!
//! ```text
//! Case + Diagnosis ──build──► ReportModel ──► json · html · markdown · docx · terminal
//! ```
//!
//! Masking happens once, at the border where facts become the model ([`build()`]); no form sees an unmasked word
//! unless the caller asked for it. A form escapes for its own medium and never loads anything.

mod build;
pub mod charts;
mod columns;
pub mod docx;
mod gaps;
pub mod html;
mod incident_id;
pub mod json;
mod lookup;
pub mod markdown;
pub mod mask;
mod model;
mod parts;
mod readings;
pub mod sheet;
pub mod terminal;
mod units;
mod words;

pub use build::{
    BuildOptions, Shown, build, codes_json, deadlock_json, dump_json, gaps_json, gc_json, heap_json, log_json,
};
pub use gaps::reason_text;
pub use mask::mask;
pub use model::*;
pub use readings::{Reading, readings};
pub use units::bytes;
pub use words::cause_text;
