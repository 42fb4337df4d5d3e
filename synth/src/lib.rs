//! Builders of artefacts (HPROF, PHD, javacore, …) for tests, benches and fuzz seeds.

pub mod javacore;
pub mod thread_dump;
