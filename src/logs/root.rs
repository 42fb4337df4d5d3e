//! The exception class a record is counted under.

use super::Level;
use goldenhour_parsers::log::{Record, exception_in};
use memchr::memmem::{self, Finder};
use std::sync::LazyLock;

/// Built once: these are looked for in every record.
static EXCEPTION: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("Exception"));
static ERROR: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("Error"));

/// The class of the last cause, else the first exception named; cheap enough for every record.
pub(super) fn root_class(record: &Record<'_>, level: Level) -> Option<String> {
    let has_frame = record.has_frame;
    let body: &[u8] = record.body.get(..256 << 10).unwrap_or(&record.body);
    if has_frame && let Some(at) = memmem::rfind(body, b"Caused by: ").or_else(|| memmem::rfind(body, b"Caused By: ")) {
        let line = body.get(at + 11..)?.split(|b| *b == b'\n').next()?;
        if let Some((class, _)) = exception_in(&String::from_utf8_lossy(line)) {
            return Some(class);
        }
    }
    let named =
        |text: &[u8]| exception_in(&String::from_utf8_lossy(text.get(..4096).unwrap_or(text))).map(|(class, _)| class);
    let could_name = |text: &[u8]| EXCEPTION.find(text).is_some() || ERROR.find(text).is_some();
    let message: &[u8] = &record.head.message;
    if could_name(message)
        && let Some(class) = named(message)
    {
        return Some(class);
    }
    // Payloads of informational records quote anything: there only a trace counts.
    if body.is_empty() || !has_frame && level < Level::Warn {
        return None;
    }
    body.split(|b| *b == b'\n')
        .take(8)
        .filter(|line| could_name(line))
        .find_map(named)
}
