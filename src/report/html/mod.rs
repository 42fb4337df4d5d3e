//! The HTML form: one file, nothing loaded, page one readable without script (REPORT_DESIGN.md §2).

pub(super) mod filters;
mod frame;
mod page;

use super::{ReportModel, columns::is_invisible};
use crate::words::Lang;
use askama::Template;

/// The report as one self-contained HTML page that opens in one language and switches to the other without script.
pub fn render(model: &ReportModel, lang: Lang) -> String {
    // The template writes into a string and cannot fail; should it, the words of the error are the page.
    let page = frame::Frame::new(model, lang)
        .render()
        .unwrap_or_else(|error| format!("<!doctype html><p>{error}"));
    without_controls(page)
}

/// The style sheet of every page.
pub(super) use frame::STYLE;

/// A page without characters that no page may hold.
pub(super) fn without_controls(page: String) -> String {
    if page.chars().any(is_forbidden) {
        page.chars().filter(|c| !is_forbidden(*c)).collect()
    } else {
        page
    }
}

/// Control characters have no place in HTML, and marks that turn the writing direction could disguise a name. Taking
/// them out of escaped text cannot make a tag of it.
fn is_forbidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t')) || is_invisible(c)
}
