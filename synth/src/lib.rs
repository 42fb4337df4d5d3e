//! Builders of artefacts (HPROF, PHD, javacore, …) for tests, benches and fuzz seeds.

pub mod hprof;
pub mod phd;
