//! First-failure data of WebSphere and Liberty: one incident a block (LOG_FORMATS §3).

use super::{
    Level,
    record::{Head, split_once, trim},
    times::Times,
};
use std::borrow::Cow;

/// How the line that begins an incident goes on behind its time, or begins.
const START: &[u8] = b"------Start of DE processing------";
const WITH_TIME: &[u8] = b"FFDC Exception:";

/// `------Start of DE processing------ = [time] , key = class source probe`, or `[time]     FFDC Exception:class SourceId:…`.
pub(super) fn head<'a>(line: &'a [u8], stamps: &impl Times) -> Option<Head<'a>> {
    if let Some(rest) = line.strip_prefix(b"[") {
        let (_, text) = split_once(rest, b"]")?;
        if !trim(text).starts_with(WITH_TIME) {
            return None;
        }
        return Some(Head {
            time: stamps.parse(rest),
            level: Some(Level::Error),
            message: Cow::Borrowed(trim(text)),
            ..Head::default()
        });
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::StampParser;

    #[test]
    fn both_forms() {
        let stamps = StampParser::default();
        let h = head(b"------Start of DE processing------ = [6/9/22 13:03:03:918 CST] , key = java.net.ConnectException com.ibm.X 3", &stamps);
        assert!(h.unwrap().message.starts_with(b"java.net.ConnectException"));
        let h = head(
            b"[6/9/22 13:03:03:918 CST]     FFDC Exception:a.B SourceId:c ProbeId:1",
            &stamps,
        )
        .unwrap();
        assert!(h.time.is_some());
        assert!(head(b"[6/9/22 13:03:03:918 CST] 0000000d X E y", &stamps).is_none());
    }
}
