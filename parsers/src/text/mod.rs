//! What all text parsers share: encodings, lines, times, and which packages are libraries.

mod encoding;
mod lines;
pub mod packages;
mod scan;
mod time;
mod zone;

pub use encoding::{Decoded, Encoding, decode, detect};
pub use lines::{Line, Lines, lines, lines_from};
pub use packages::is_library_frame;
pub use time::{DateOrder, Found, StampParser, guess_order, stamp};
