//! How fast the application allocates and promotes, and what sets collections off.

use super::facts::MAX_CAUSES;
use goldenhour_parsers::gc::Collection;
use std::collections::HashMap;

/// Sums over the collections of a log, in file order.
#[derive(Default)]
pub(super) struct Rates {
    last_after: Option<u64>,
    last_old: Option<u64>,
    allocated: u64,
    promoted: u64,
    seen: u64,
    seen_old: u64,
    causes: HashMap<String, u64>,
}

impl Rates {
    pub fn take(&mut self, c: &Collection<'_>) {
        if let Some(cause) = c.cause {
            let has_room = self.causes.len() < MAX_CAUSES;
            match self.causes.get_mut(cause) {
                Some(count) => *count += 1,
                None if has_room => _ = self.causes.insert(cause.to_owned(), 1),
                None => {}
            }
        }
        if let (Some(before), Some(after)) = (c.before, self.last_after) {
            // Less than before means a restart inside the log.
            self.allocated = self.allocated.saturating_add(before.saturating_sub(after));
            self.seen += 1;
        }
        self.last_after = c.after.or(self.last_after);
        let Some((old, _)) = c.old else { return };
        if let Some(last) = self.last_old
            && !c.whole_heap
        {
            self.promoted = self.promoted.saturating_add(old.saturating_sub(last));
            self.seen_old += 1;
        }
        self.last_old = Some(old);
    }

    /// Bytes allocated a second.
    pub fn allocation(&self, span_s: f64) -> Option<f64> {
        (self.seen >= 2 && span_s > 1.0).then(|| self.allocated as f64 / span_s)
    }

    /// Bytes promoted a second.
    pub fn promotion(&self, span_s: f64) -> Option<f64> {
        (self.seen_old >= 2 && span_s > 1.0).then(|| self.promoted as f64 / span_s)
    }

    /// Causes, most frequent first.
    pub fn causes(self) -> Vec<(String, u64)> {
        let mut causes: Vec<(String, u64)> = self.causes.into_iter().collect();
        causes.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
        causes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_between_two_collections_was_allocated() {
        let mut rates = Rates::default();
        for (before, after, old) in [(100, 20, 10), (120, 30, 15), (130, 35, 21)] {
            rates.take(&Collection {
                before: Some(before),
                after: Some(after),
                old: Some((old, 0)),
                cause: Some("Allocation Failure"),
                ..Collection::default()
            });
        }
        assert_eq!(rates.allocation(10.0), Some(20.0));
        assert_eq!(rates.promotion(11.0), Some(1.0));
        assert_eq!(rates.causes(), [("Allocation Failure".to_owned(), 3)]);
    }
}
