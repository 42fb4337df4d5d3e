//! Figures of one file that belong together: a limit and what is used of it.

use super::{SignKind, SystemFacts};

/// Threads and descriptors in use beside their limits.
pub(super) fn limits_with_use(found: &mut [SystemFacts]) {
    let threads = found
        .iter()
        .find_map(|f| (f.kind == "status").then(|| f.facts.get("Threads")?.as_u64()).flatten());
    let files_limit = limit_of(found, "files");
    let open = found.iter().flat_map(|f| &f.signs).find_map(|s| match s.what {
        SignKind::Descriptors { open, .. } => Some(open),
        _ => None,
    });
    for sign in found.iter_mut().flat_map(|f| &mut f.signs) {
        match &mut sign.what {
            SignKind::Limit { what, used, .. } if used.is_none() => {
                *used = match what.as_str() {
                    "threads" => threads,
                    "files" => open,
                    _ => None,
                };
            }
            SignKind::Descriptors { limit, .. } if limit.is_none() => *limit = files_limit,
            _ => {}
        }
    }
}

fn limit_of(found: &[SystemFacts], name: &str) -> Option<u64> {
    found.iter().flat_map(|f| &f.signs).find_map(|s| match &s.what {
        SignKind::Limit { what, limit, .. } if what == name => Some(*limit),
        _ => None,
    })
}
