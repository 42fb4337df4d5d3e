//! The HTML form: one file, nothing loaded, page one readable without script.

use super::ReportModel;
use crate::words::Lang;

/// The report as one self-contained HTML page.
pub fn render(model: &ReportModel, lang: Lang) -> String {
    let text = super::markdown::render(model, lang);
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<!doctype html>\n<meta charset=\"utf-8\">\n<pre>{text}</pre>\n")
}
