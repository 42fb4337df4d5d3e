//! The Markdown form: page one, then the parts, for pasting into a ticket.

use super::{ReportModel, words::Words};
use crate::words::Lang;

/// The report in Markdown.
pub fn render(model: &ReportModel, lang: Lang) -> String {
    let w = Words(lang);
    format!("# {}\n\n{}\n", w.report(), w.text(&model.verdict.headline))
}
