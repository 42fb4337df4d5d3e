//! What is in a heap beside leak suspects: garbage, packages, loaders, sessions, pools, buffers; contents when asked for.

mod contents;
mod library;
mod objects;
mod peek;
mod pools;
mod structure;

pub(super) use peek::Peek;

use super::{
    analysis::Analysis,
    facts::{HeapOptions, Inside, LoaderRow},
    hprof::values::Values,
};

/// Rows kept of each list.
const ROWS: usize = 30;

/// Looks at everything that `options` ask for. Without values (PHD) what needs fields is left out.
pub fn look(analysis: &Analysis, values: Option<&Values<'_>>, loaders: &[LoaderRow], options: &HeapOptions) -> Inside {
    let mut inside = Inside {
        garbage: structure::garbage(analysis),
        packages: structure::packages(analysis, options.deep),
        loaders: structure::loaders(loaders),
        duplicate_classes: structure::duplicate_classes(analysis),
        ..Inside::default()
    };
    let Some(values) = values else {
        inside.finalizers = objects::finalizers_by_class(analysis);
        inside.sessions = objects::sessions_without_values(analysis);
        return inside;
    };
    let peek = Peek::new(analysis, values);
    objects::look(&peek, &mut inside);
    if options.deep {
        contents::look(&peek, options, &mut inside);
    }
    inside
}
