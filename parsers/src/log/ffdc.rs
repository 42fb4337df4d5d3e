//! First-failure data of WebSphere and Liberty: one incident a block (LOG_FORMATS §3).

use super::{
    Level,
    record::{Head, split_once, trim},
};
use crate::text::StampParser;
use std::borrow::Cow;

/// The line that begins an incident.
pub(super) const START: &[u8] = b"------Start of DE processing------";

/// `------Start of DE processing------ = [time] , key = class source probe`.
pub(super) fn head<'a>(line: &'a [u8], stamps: &StampParser) -> Option<Head<'a>> {
    let rest = line.strip_prefix(START)?;
    let (_, rest) = split_once(rest, b"[")?;
    let time = stamps.parse(rest);
    let (_, rest) = split_once(rest, b"]").unwrap_or((b"", b""));
    let message = split_once(rest, b"key = ").map_or(trim(rest), |(_, key)| key);
    Some(Head {
        time,
        level: Some(Level::Error),
        message: Cow::Borrowed(message),
        ..Head::default()
    })
}
