//! Evidence intake: files, folders and archives become [`Artefact`]s, each with its kind, hash and bytes.

mod artefact;

pub use artefact::{Artefact, ArtefactId, Citation, Content, Evidence};
