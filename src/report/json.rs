//! The JSON form: the model itself.

use super::ReportModel;

/// `report.json`, indented, with a final newline.
pub fn render(model: &ReportModel) -> String {
    let mut text = serde_json::to_string_pretty(model).unwrap_or_default();
    text.push('\n');
    text
}

/// Reads a saved `report.json`.
///
/// # Errors
/// When the text is not JSON, lacks a key that every report has, or is of another schema.
pub fn parse(text: &str) -> Result<ReportModel, ParseError> {
    let model: ReportModel = serde_json::from_str(text).map_err(ParseError::NotAReport)?;
    if model.schema == super::SCHEMA {
        Ok(model)
    } else {
        Err(ParseError::OtherSchema { found: model.schema })
    }
}

/// Why a saved report cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// Not JSON, or a key is missing or of another type.
    #[error("not a report of this program: {0}")]
    NotAReport(serde_json::Error),
    /// A report of another version of the schema.
    #[error("the report has schema {found}, this program reads {}", super::SCHEMA)]
    OtherSchema {
        /// The schema it names.
        found: String,
    },
}
