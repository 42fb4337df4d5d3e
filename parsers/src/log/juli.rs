//! JULI's two-line layout (LOG_FORMATS §6): `time class method`, then `LEVEL: text`. The one-line layout is read by
//! its columns like any other.

use super::{
    level::level_word,
    record::{Head, trim},
    times::Times,
};
use std::borrow::Cow;

/// The head of a record that begins with `line` and goes on with `next`.
pub(super) fn head<'a>(line: &'a [u8], next: &'a [u8], stamps: &impl Times) -> Option<Head<'a>> {
    let time = stamps.parse(line)?;
    let place = line.get(time.length..)?.strip_prefix(b" ")?;
    // `class method`, both without blanks; an anonymous logger prints its name only.
    if place.is_empty() || place.iter().filter(|b| **b == b' ').count() > 2 {
        return None;
    }
    let colon = next.iter().take(24).position(|b| *b == b':' || *b == 0xEF)?;
    let level = level_word(trim(next.get(..colon)?))?;
    let text = next.get(colon..)?;
    let text = text.strip_prefix(b":").or_else(|| text.strip_prefix("：".as_bytes()))?;
    let class = place.split(|b| *b == b' ').next().unwrap_or(place);
    Some(Head {
        time: Some(time),
        level: Some(level),
        logger: Some(Cow::Borrowed(class)),
        message: Cow::Borrowed(text.strip_prefix(b" ").unwrap_or(text)),
        two_lines: true,
        ..Head::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Level;
    use crate::text::StampParser;

    #[test]
    fn english_and_chinese() {
        let stamps = StampParser::default();
        let h = head(
            b"Nov 20, 2012 3:02:00 AM org.apache.coyote.AbstractProtocol init",
            b"INFO: Init",
            &stamps,
        )
        .unwrap();
        assert_eq!((h.level, &*h.message), (Some(Level::Info), &b"Init"[..]));
        let line = "一月 21, 2017 1:05:32 上午 org.apache.catalina.core.StandardWrapperValve invoke";
        let h = head(line.as_bytes(), "严重: Servlet.service()".as_bytes(), &stamps).unwrap();
        assert_eq!(h.level, Some(Level::Error));
        assert!(head(line.as_bytes(), b"plain text", &stamps).is_none());
    }
}
