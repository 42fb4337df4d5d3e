//! `goldenhour explain`: what a finding, cause, action or message code means.

use super::{
    args::ExplainArgs,
    failure::{Failure, Outcome},
    settings::Settings,
};
use crate::words::Text;

/// Explains one id or lists all.
///
/// # Errors
/// Status 2 for an unknown id.
pub fn run(args: &ExplainArgs, settings: &Settings) -> Outcome {
    let _ = settings;
    let id = args.id.as_deref().unwrap_or_default();
    Err(Failure::usage(Text::new(
        format!("没有名为 {id} 的条目；用 goldenhour explain --list 查看全部"),
        format!("nothing is called {id}; goldenhour explain --list shows everything"),
    )))
}
