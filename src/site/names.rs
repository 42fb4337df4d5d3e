//! The names a site file may set under `[thresholds]`; what they mean is with the diagnosis, which tests that both agree.

/// Names of all thresholds.
pub const THRESHOLDS: &[&str] = &[
    "leak_share",
    "leak_share_proof",
    "large_request_share",
    "heap_full_share",
    "gc_share_futile",
    "full_again",
    "gc_pause_serious_ms",
    "gc_share_hurts",
    "gc_heap_low_share",
    "blocked_threads",
    "downstream_threads",
    "downstream_share",
    "leak_holders_in_call",
    "outage_errors",
    "network_together_s",
    "spin_cpu_share",
    "repeated",
    "disk_full_share",
    "descriptors_share",
    "runaway_threads",
    "metaspace_share",
    "stale_loaders",
    "paging_space_share",
    "paging_pages_per_s",
    "cpu_busy_share",
    "starvation_s",
    "change_minutes",
    "quiet_minutes_before_stop",
    "data_share",
    "finalizer_queue",
    "above_routine",
];

/// The known name nearest to a mistyped one: most letters in common, at the front and at the back.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let common = |a: &str| {
        let front = a.bytes().zip(name.bytes()).take_while(|(x, y)| x == y).count();
        let back = a
            .bytes()
            .rev()
            .zip(name.bytes().rev())
            .take_while(|(x, y)| x == y)
            .count();
        front + back
    };
    THRESHOLDS
        .iter()
        .copied()
        .filter(|known| common(known) >= 6)
        .max_by_key(|known| common(known))
}
