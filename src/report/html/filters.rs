//! What the templates cannot say themselves.

use crate::report::columns::cut;

/// `42.0%` for 0.42; a sliver stays visible.
#[askama::filter_fn]
pub(in crate::report) fn bar_width(share: &f64, _: &dyn askama::Values) -> askama::Result<String> {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    Ok(format!(
        "{:.1}%",
        if share > 0.0 { (share * 100.0).max(1.0) } else { 0.0 }
    ))
}

/// At most two lines of the list of events.
#[askama::filter_fn]
pub(in crate::report) fn short(text: &str, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(cut(text, 110))
}

/// Escaped words that may break after a point, slash or colon, as class names and paths do; copying them gives the
/// words alone.
#[askama::filter_fn]
pub(in crate::report) fn breakable(text: &str, _: &dyn askama::Values) -> askama::Result<String> {
    let mut out = String::with_capacity(text.len() + 32);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '.' | '/' | ':' | '$' => {
                out.push(c);
                out.push_str("<wbr>");
            }
            c => out.push(c),
        }
    }
    Ok(out)
}
