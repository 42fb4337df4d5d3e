//! The report: one model, every form a pure function of it.

use crate::{case::Case, diagnosis::Diagnosis};
use jiff::Timestamp;

/// What the caller adds to a report.
#[derive(Debug, Clone, Default)]
pub struct BuildOptions {
    /// Name of the site.
    pub site: Option<String>,
    /// Show persons' data, numbers and literals as they are.
    pub unmask: bool,
    /// The moment shown as "now" on the priority clock; not part of the JSON.
    pub now: Option<Timestamp>,
}

/// Everything the report shows; the JSON is the model (CONTRACT.md §2).
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct ReportModel {
    /// Schema id.
    pub schema: String,
}

/// Builds the model of a diagnosed case, masked unless told otherwise.
pub fn build(case: &Case, diagnosis: &Diagnosis, options: &BuildOptions) -> ReportModel {
    let _ = (case, diagnosis, options);
    ReportModel {
        schema: "goldenhour.report/1".to_owned(),
    }
}
