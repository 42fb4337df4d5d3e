//! Yonyou UAP/NC: `$$key=[value] … $$ts=… $$debuglevel=ERROR  $$msg=…` (LOG_FORMATS §8).

use super::{
    level::level_word,
    record::{Head, split_once, trim},
    times::Times,
};
use std::borrow::Cow;

/// Takes apart a line that begins a record.
pub(super) fn head<'a>(line: &'a [u8], stamps: &impl Times) -> Option<Head<'a>> {
    if !line.starts_with(b"$$") {
        return None;
    }
    let field = |key: &[u8]| {
        let (_, rest) = split_once(line, key)?;
        let value = split_once(rest, b" $$").map_or(rest, |(value, _)| value);
        let value = trim(value);
        Some(
            value
                .strip_prefix(b"[")
                .and_then(|v| v.strip_suffix(b"]"))
                .unwrap_or(value),
        )
    };
    let (_, message) = split_once(line, b"$$msg=")?;
    Some(Head {
        time: field(b"$$ts=").and_then(|t| stamps.parse(t)),
        level: field(b"$$debuglevel=").and_then(level_word),
        thread: field(b"$$thread=").map(Cow::Borrowed),
        logger: field(b"$$remotecall=").map(Cow::Borrowed),
        message: Cow::Borrowed(message),
        ..Head::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{log::Level, text::StampParser};

    #[test]
    fn fields() {
        let line = b"$$callid=1-2 $$thread=[http-exec-25] $$userid=#UAP# $$ts=2025-09-23 14:31:14 $$remotecall=[nc.D] $$debuglevel=ERROR  $$msg=token error";
        let h = head(line, &StampParser::default()).unwrap();
        assert_eq!((h.level, &*h.message), (Some(Level::Error), &b"token error"[..]));
        assert_eq!(h.thread.as_deref(), Some(&b"http-exec-25"[..]));
        assert!(h.time.is_some());
    }
}
