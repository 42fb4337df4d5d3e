//! Why a command could not do its work, with the exit status of CONTRACT.md §1.

use crate::words::Text;

/// A command that could not do its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Exit status.
    pub status: u8,
    /// One sentence for the user.
    pub message: Text,
}

/// What commands return: the exit status, or why there is none.
pub type Outcome = Result<u8, Failure>;

impl Failure {
    /// The command line or the site file is wrong.
    pub fn usage(message: Text) -> Self {
        Self { status: 2, message }
    }

    /// Nothing could be analysed.
    pub fn no_evidence(message: Text) -> Self {
        Self { status: 3, message }
    }

    /// Output could not be written.
    pub fn output(message: Text) -> Self {
        Self { status: 4, message }
    }
}
