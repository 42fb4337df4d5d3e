//! Diagnosis: detectors, ranking, verdict, actions.

mod verdict;

pub use verdict::*;
