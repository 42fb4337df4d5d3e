//! What is known about stacks of JDKs, containers, pools and drivers: tables only, read by [`super::activity`].
//!
//! A table matches the class and method of a frame by its beginning. Sources: THREAD_FORMATS.md §6 and the class
//! names of the products themselves.

pub(super) mod advice;
mod drivers;
mod idle;
mod packages;
mod pools;
mod system;

pub(super) use drivers::is_driver;
pub(super) use idle::{IDLE_READS, IDLE_WAITS, is_queue, is_wait};
pub(super) use packages::is_library;
pub(super) use pools::{POOLS, names_a_pool};
pub(super) use system::{FILES, HARMLESS_NATIVES, NETWORK, SELECTORS, is_accept, is_vm_thread};

/// True when `method` begins like one of the table's entries.
pub(super) fn begins(table: &[&str], method: &str) -> bool {
    table.iter().any(|start| method.starts_with(start))
}
