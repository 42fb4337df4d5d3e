//! The forms of a report, written beside each other.

use super::{args::Format, failure::Failure, output};
use crate::{
    report::{self, ReportModel},
    words::Lang,
};
use std::path::Path;

/// Writes one form into `folder`.
///
/// # Errors
/// Status 4 when it cannot be written.
pub fn write(model: &ReportModel, format: Format, folder: &Path, lang: Lang) -> Result<(), Failure> {
    match format {
        Format::Html => output::write_file(
            &folder.join("report.html"),
            report::html::render(model, lang).as_bytes(),
        ),
        Format::Md => output::write_file(
            &folder.join("report.md"),
            report::markdown::render(model, lang).as_bytes(),
        ),
        Format::Docx => output::write_file(&folder.join("report.docx"), &report::docx::render(model, lang)),
    }
}
