//! Builders of artefacts (HPROF, PHD, javacore, …) for tests, benches and fuzz seeds.

pub mod gc;
pub mod hs_err;
pub mod log;
pub mod system;
