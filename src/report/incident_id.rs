//! The incident's identity: the same evidence gives the same id, in whatever folder it lies.

use crate::case::Case;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Twelve hex digits from the sorted hashes of the files; kind, size and path stand in for a file without a hash.
pub(super) fn incident_id(case: &Case) -> String {
    let mut keys: Vec<String> = case
        .artefacts
        .iter()
        .filter(|artefact| artefact.parent.is_none())
        .map(|artefact| match &artefact.sha256 {
            Some(hash) => hash.clone(),
            None => format!("{}:{}:{}", artefact.kind, artefact.bytes, artefact.path),
        })
        .collect();
    keys.sort_unstable();
    let mut hasher = Sha256::new();
    for key in &keys {
        hasher.update(key.as_bytes());
        hasher.update(b"\n");
    }
    hasher.finalize().iter().take(6).fold(String::new(), |mut id, byte| {
        let _ = write!(id, "{byte:02x}");
        id
    })
}
