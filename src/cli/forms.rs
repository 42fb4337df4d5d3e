//! The forms of a report, written beside each other.

use super::{args::Format, failure::Failure, output};
use crate::{
    report::{self, ReportModel},
    words::{Lang, Text},
};
use std::path::Path;

/// Writes one form into `folder`.
///
/// # Errors
/// Status 4 when it cannot be written, 2 when there is no such form.
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
        Format::Docx => Err(no_docx()),
    }
}

/// Why a Word document is not to be had.
pub fn no_docx() -> Failure {
    Failure::usage(Text::new(
        "此版本还不能写 docx；请用 html 或 md",
        "this version does not write docx yet; use html or md",
    ))
}
