//! The single commands: one kind of artefact each.

use super::{
    args::{FileArgs, HeapArgs, LogsArgs},
    failure::Outcome,
    output, pipeline,
    progress::Bar,
    settings::Settings,
};
use std::path::PathBuf;

/// `goldenhour heap`.
///
/// # Errors
/// Status 3 without a readable dump.
pub fn heap(args: &HeapArgs, settings: &Settings) -> Outcome {
    listing(&args.dumps, settings)
}

/// `goldenhour threads`.
///
/// # Errors
/// Status 3 without a readable file.
pub fn threads(args: &FileArgs, settings: &Settings) -> Outcome {
    listing(&args.files, settings)
}

/// `goldenhour gc`.
///
/// # Errors
/// Status 3 without a readable file.
pub fn gc(args: &FileArgs, settings: &Settings) -> Outcome {
    listing(&args.files, settings)
}

/// `goldenhour logs`.
///
/// # Errors
/// Status 3 without a readable file.
pub fn logs(args: &LogsArgs, settings: &Settings) -> Outcome {
    listing(&args.files, settings)
}

fn listing(paths: &[PathBuf], settings: &Settings) -> Outcome {
    let bar = Bar::new(settings.progress, settings.lang);
    let evidence = pipeline::intake(paths, settings.hash, settings, &bar)?;
    bar.finish();
    for artefact in &evidence.artefacts {
        output::print(&format!("{} {} {}", artefact.id, artefact.kind, artefact.path))?;
    }
    Ok(0)
}
