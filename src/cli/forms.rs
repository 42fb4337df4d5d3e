//! The forms of a report, written beside each other.

use super::{args::Format, failure::Failure, output};
use crate::{
    case::Case,
    diagnosis::{Answer, Diagnosis, DiagnosisOptions, Priority, Scale, Status},
    report::{self, ReportModel},
    site::Site,
    words::{Lang, Text},
};
use std::path::Path;

/// The diagnosis of a case.
pub fn diagnose(case: &Case, site: &Site, options: &DiagnosisOptions) -> Diagnosis {
    let _ = (case, site);
    let unknown = || Answer {
        answer: None,
        why: Vec::new(),
    };
    Diagnosis {
        status: Status::Undetermined,
        cause: None,
        confidence: None,
        headline: Text::new("现有证据不足以判定", "The evidence does not suffice"),
        why: Vec::new(),
        coverage: None,
        fingerprint: None,
        onset: None,
        first_symptom: None,
        scale: Scale::Unknown,
        priority: options.priority.unwrap_or(Priority::General),
        due: None,
        network: unknown(),
        host: unknown(),
        hypotheses: Vec::new(),
        findings: Vec::new(),
        first_error: None,
        actions: Vec::new(),
        missing: Vec::new(),
    }
}

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
