//! The command line: one file a command; no analysis here.

pub mod gc;

/// Runs the program with the process's arguments and gives its exit status (CONTRACT.md §1).
pub fn run() -> u8 {
    0
}
