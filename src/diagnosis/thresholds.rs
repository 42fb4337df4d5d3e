//! Every number a detector compares with, by name. `[S]` is from a named source, ` (P)` our proposal (HEURISTICS.md).
//! A site file may set any of them by its name under `[thresholds]`.

use crate::site::Site;

macro_rules! thresholds {
    ($($(#[doc = $doc:literal])+ $name:ident = $value:expr;)+) => {
        /// The thresholds in effect.
        #[derive(Debug, Clone, PartialEq)]
        pub struct Thresholds {
            $($(#[doc = $doc])+ pub $name: f64,)+
        }

        impl Default for Thresholds {
            fn default() -> Self {
                Self { $($name: $value,)+ }
            }
        }

        impl Thresholds {
            /// The built-in numbers with those of the site file over them. Unknown names are left alone.
            pub fn of(site: &Site) -> Self {
                let mut all = Self::default();
                for (name, value) in &site.thresholds {
                    match name.as_str() {
                        $(stringify!($name) => all.$name = *value,)+
                        _ => {}
                    }
                }
                all
            }

            /// Name, value in effect and meaning of each.
            pub fn list(&self) -> Vec<(&'static str, f64, &'static str)> {
                vec![$((stringify!($name), self.$name, concat!($($doc),+)),)+]
            }
        }
    };
}

thresholds! {
    /// Share of the live heap under one holder that makes a leak suspect [P; MAT reports from 0.1, K3].
    leak_share = 0.2;
    /// Share under one holder that is proof when the heap is full [HEURISTICS §2.3].
    leak_share_proof = 0.5;
    /// Share of the live heap under one thread's locals that makes a large request (P).
    large_request_share = 0.1;
    /// Heap use after full collections, as a share of the maximum, that counts as full (P).
    heap_full_share = 0.85;
    /// Share of time in collections that counts as futile, worst five minutes (P).
    gc_share_futile = 0.3;
    /// Full collections that left the heap full and count as futile however short they were (P).
    full_again = 10.0;
    /// A collection pause in milliseconds that users notice [S K5].
    gc_pause_serious_ms = 2000.0;
    /// Share of time in collections over the whole log that hurts [S K6, K10].
    gc_share_hurts = 0.1;
    /// Heap use after collections below which memory suffices (P).
    gc_heap_low_share = 0.6;
    /// Threads blocked on one lock that make a finding [P; ThreadLogic notices 3, K14].
    blocked_threads = 5.0;
    /// Threads in one downstream call that make a finding [S K14].
    downstream_threads = 5.0;
    /// Share of the busy threads in one downstream call [S K14].
    downstream_share = 0.5;
    /// Share of connection holders in a database call below which connections are leaked, not busy (P).
    leak_holders_in_call = 0.5;
    /// Errors of one target within a minute that count as an outage (P).
    outage_errors = 3.0;
    /// Seconds within which several targets must fail to blame the network (P).
    network_together_s = 60.0;
    /// Share of one processor that a looping thread uses [S K5].
    spin_cpu_share = 0.5;
    /// Records of one failure that make it more than a single event (P).
    repeated = 3.0;
    /// Used share of a file system that counts as full (P).
    disk_full_share = 0.98;
    /// Open descriptors, as a share of the limit (P).
    descriptors_share = 0.9;
    /// Threads with one name stem that count as runaway (P).
    runaway_threads = 500.0;
    /// Metaspace use as a share of its limit (P).
    metaspace_share = 0.95;
    /// Loaders of one application besides the current one (P).
    stale_loaders = 2.0;
    /// Paging space in use (P).
    paging_space_share = 0.7;
    /// Pages in and out a second that slow a host down (P).
    paging_pages_per_s = 500.0;
    /// Processor use that counts as saturated (P).
    cpu_busy_share = 0.95;
    /// Scheduling delay in seconds (P).
    starvation_s = 10.0;
    /// Minutes after a change in which new failures are blamed on it (P).
    change_minutes = 30.0;
    /// Minutes without errors before an orderly stop that make it somebody's act (P).
    quiet_minutes_before_stop = 10.0;
    /// Share of error records with one business key or statement that make a data error (P).
    data_share = 0.8;
    /// Objects in the finalizer queue (P).
    finalizer_queue = 10000.0;
    /// Factor above the usual rate that makes a template part of the incident (P).
    above_routine = 4.0;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_file_overrides_by_name() {
        let mut site = Site::default();
        site.thresholds.insert("leak_share".to_owned(), 0.4);
        let all = Thresholds::of(&site);
        assert_eq!(all.leak_share, 0.4);
        assert_eq!(all.blocked_threads, 5.0);
        assert!(all.list().len() > 20);
    }

    #[test]
    fn the_site_file_knows_every_name() {
        let names: Vec<&str> = Thresholds::default().list().iter().map(|(name, ..)| *name).collect();
        assert_eq!(names, crate::site::THRESHOLDS);
    }
}
