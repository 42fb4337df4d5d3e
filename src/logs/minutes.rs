//! Records and errors a minute.

use std::collections::BTreeMap;

/// Counts by minute; consecutive records of one minute cost no look-up.
#[derive(Debug, Default)]
pub(super) struct Minutes {
    counts: BTreeMap<i64, (u64, u64)>,
    /// The minute of the last records, not yet in `counts`.
    open: Option<(i64, u64, u64)>,
}

impl Minutes {
    /// Counts records and errors in a minute.
    pub(super) fn add(&mut self, minute: i64, records: u64, errors: u64) {
        if let Some(open) = self.open.as_mut().filter(|open| open.0 == minute) {
            open.1 += records;
            open.2 += errors;
            return;
        }
        self.settle();
        self.open = Some((minute, records, errors));
    }

    fn settle(&mut self) {
        if let Some((minute, records, errors)) = self.open.take() {
            let slot = self.counts.entry(minute).or_default();
            slot.0 += records;
            slot.1 += errors;
        }
    }

    /// (minute, (records, errors)), ascending.
    pub(super) fn into_counts(mut self) -> Vec<(i64, (u64, u64))> {
        self.settle();
        self.counts.into_iter().collect()
    }
}
