//! What all text parsers share: encodings, lines, times, and which packages are libraries.

mod encoding;
mod find;
mod intern;
mod lines;
pub mod packages;
mod scan;
mod time;
mod zone;

pub(crate) use find::{find, split_at};
pub(crate) use intern::{Interner, Names};

pub use encoding::{Decoded, Encoding, decode, detect};
pub use lines::{Line, Lines, lines, lines_from};
pub use packages::is_library_frame;
pub use time::{DateOrder, Found, StampParser, guess_order, stamp};
