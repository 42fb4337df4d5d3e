//! How much of an artefact has been worked through, for whoever watches.

use super::Progress;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Counts the bytes of one artefact that are done and passes them on, each byte once.
#[derive(Default)]
pub(super) struct Meter {
    watcher: Option<Arc<dyn Progress>>,
    done: AtomicU64,
}

impl Meter {
    /// A meter that tells `watcher`.
    pub fn new(watcher: Arc<dyn Progress>) -> Self {
        Self {
            watcher: Some(watcher),
            done: AtomicU64::new(0),
        }
    }

    /// Tells of `bytes` more, of `all` in total; what goes beyond is not counted.
    pub fn advance(&self, bytes: u64, all: u64) {
        let Some(watcher) = &self.watcher else { return };
        let more = |done: u64| Some(done.saturating_add(bytes).min(all));
        if let Ok(before) = self.done.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more) {
            watcher.advance(before.saturating_add(bytes).min(all).saturating_sub(before));
        }
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes done", self.done.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Sum(AtomicU64);

    impl Progress for Sum {
        fn advance(&self, bytes: u64) {
            self.0.fetch_add(bytes, Ordering::Relaxed);
        }
    }

    #[test]
    fn every_byte_is_told_once() {
        let sum = Arc::new(Sum::default());
        let meter = Meter::new(sum.clone());
        for bytes in [3, 4, 100, u64::MAX] {
            meter.advance(bytes, 50);
        }
        assert_eq!(sum.0.load(Ordering::Relaxed), 50);
    }
}
