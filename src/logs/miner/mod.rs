//! Templates: which records are the same text but for their variable parts. No setting for any kind of log.
//!
//! Stage one masks a message in one pass over its bytes and looks its key up: after some thousand records nearly every
//! record hits. Stage two groups the distinct keys by the words that they share. Both are deterministic: ids follow the
//! order in the file.

mod group;
mod mask;
mod skeleton;
mod table;

pub(super) use table::{KeyId, Miner};
