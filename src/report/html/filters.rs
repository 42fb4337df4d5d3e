//! What the templates cannot say themselves.

/// `42.0%` for 0.42; a sliver stays visible.
#[askama::filter_fn]
pub(super) fn bar_width(share: &f64, _: &dyn askama::Values) -> askama::Result<String> {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    Ok(format!(
        "{:.1}%",
        if share > 0.0 { (share * 100.0).max(1.0) } else { 0.0 }
    ))
}
