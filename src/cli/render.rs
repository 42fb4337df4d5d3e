//! `goldenhour render`: the other forms again from a saved report.

use super::{
    args::RenderArgs,
    failure::{Failure, Outcome},
    forms, output,
    settings::Settings,
};
use crate::{
    report::{self, ReportModel},
    words::Text,
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Renders a saved report.
///
/// # Errors
/// Status 3 when the report cannot be read, 4 when a form cannot be written.
pub fn run(args: &RenderArgs, settings: &Settings) -> Outcome {
    let model = load(&args.report)?;
    let folder = match &args.out {
        Some(folder) => folder.clone(),
        None => args.report.parent().map_or_else(PathBuf::new, Path::to_path_buf),
    };
    if !folder.as_os_str().is_empty() {
        output::make_folder(&folder)?;
    }
    for format in &args.format {
        forms::write(&model, *format, &folder, settings.lang)?;
    }
    if settings.json {
        output::print(&report::json::render(&model))?;
    } else {
        output::print(&report::terminal::render(
            &model,
            settings.lang,
            settings.width(),
            settings.color,
        ))?;
    }
    Ok(0)
}

/// Reads a saved report.
///
/// # Errors
/// Status 3, naming what is wrong.
pub fn load(path: &Path) -> Result<ReportModel, Failure> {
    let shown = path.display();
    let wrong = |why: String| {
        Failure::no_evidence(Text::new(
            format!("{shown} 不是可用的 report.json：{why}"),
            format!("{shown} is not a usable report.json: {why}"),
        ))
    };
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    report::json::parse(&text).map_err(|error| wrong(error.to_string()))
}
