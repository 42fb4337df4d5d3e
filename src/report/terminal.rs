//! The one-screen summary of `goldenhour analyze`.

use super::{ReportModel, words::Words};
use crate::words::Lang;

/// The summary, at most `width` columns wide, with ANSI colours when `color`.
pub fn render(model: &ReportModel, lang: Lang, width: usize, color: bool) -> String {
    let _ = (width, color);
    format!("{}\n", Words(lang).text(&model.verdict.headline))
}
