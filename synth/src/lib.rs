//! Builders of artefacts (HPROF, PHD, javacore, …) for tests, benches and fuzz seeds.

pub mod gc;
pub mod hprof;
pub mod hs_err;
pub mod javacore;
pub mod log;
pub mod phd;
pub mod shapes;
pub mod system;
pub mod thread_dump;
