//! The detectors, one file each, and their table. A new one touches its file and one line here.

mod bursts;
mod changes;
mod class_space;
mod collector;
mod connections;
mod data_error;
mod deadlock;
mod descriptors;
mod disk_full;
mod downstream_down;
mod downstream_slow;
mod finalizer;
mod heap_large_request;
mod heap_leak;
mod heap_undersized;
mod host;
mod hung;
mod infinite_loop;
mod killed;
mod lock_contention;
mod native_memory;
mod network;
mod stack_overflow;
mod thread_exhaustion;
pub(super) mod vm_crash;

use super::detector::Detector;

/// Every detector, in the order in which findings of equal weight are shown.
pub const TABLE: &[Detector] = &[
    vm_crash::NATIVE,
    vm_crash::JIT,
    killed::OOM_KILLER,
    deadlock::DETECTOR,
    heap_leak::DETECTOR,
    heap_large_request::DETECTOR,
    heap_undersized::DETECTOR,
    class_space::LOADERS,
    class_space::METASPACE,
    native_memory::DIRECT,
    native_memory::NATIVE,
    finalizer::DETECTOR,
    thread_exhaustion::DETECTOR,
    disk_full::DETECTOR,
    descriptors::DETECTOR,
    network::DETECTOR,
    downstream_down::DETECTOR,
    downstream_slow::DETECTOR,
    connections::LEAK,
    lock_contention::DETECTOR,
    infinite_loop::DETECTOR,
    stack_overflow::DETECTOR,
    changes::DEPLOY,
    changes::CONFIG,
    host::DETECTOR,
    killed::EXTERNAL,
    collector::DETECTOR,
    data_error::DETECTOR,
    connections::SMALL,
    bursts::DETECTOR,
];
