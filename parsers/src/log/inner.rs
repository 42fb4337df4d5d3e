//! A second header inside a captured line: an application's own log pattern on standard output (LOG_FORMATS §8).

use super::{
    columns::leading_level,
    record::{Head, trim_start},
    token::{Class, next_token},
};
use crate::text::StampParser;
use std::borrow::Cow;

/// The inner header of a captured line: its level, thread, logger and message. `None` when the line has neither an
/// inner time nor a level in front.
pub fn inner_head<'a>(message: &'a [u8], stamps: &StampParser) -> Option<Head<'a>> {
    let text = trim_start(message);
    let mut head = Head::default();
    let mut at = 0;
    for index in 0..8 {
        let Some(token) = next_token(text, at, (index < 2).then_some(stamps)) else {
            break;
        };
        let inner = text.get(token.inner.clone()).unwrap_or_default();
        match token.class {
            Class::Time if head.time.is_none() => head.time = token.time,
            Class::Level if head.level.is_none() => head.level = token.level,
            Class::Square if head.thread.is_none() => head.thread = Some(Cow::Borrowed(inner)),
            Class::Square | Class::Round | Class::Number if head.level.is_some() => {}
            Class::Dotted | Class::Colon if head.level.is_some() && head.logger.is_none() => {
                head.logger = Some(Cow::Borrowed(inner))
            }
            Class::Dash => {
                at = token.end;
                if head.level.is_some() {
                    break;
                }
                continue;
            }
            _ => break,
        }
        at = token.end;
        if index == 0 && head.time.is_none() && head.level.is_none() {
            return None;
        }
    }
    if head.level.is_none() {
        let level = leading_level(text)?;
        return Some(Head {
            level: Some(level),
            message: Cow::Borrowed(text),
            ..Head::default()
        });
    }
    head.message = Cow::Borrowed(trim_start(text.get(at..).unwrap_or_default()));
    Some(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Level;

    #[test]
    fn patterns_inside() {
        let stamps = StampParser::default();
        for (line, level, message) in [
            (
                "  2026-11-14 23:50:31,239 ERROR [archive-1] com.hosp.emr.EmrArchive - archive failed",
                Level::Error,
                "archive failed",
            ),
            (
                "2018-09-13 10:36:01.421 [X Thread] [WARN] com.x.Y - 127.0.0.1",
                Level::Warn,
                "127.0.0.1",
            ),
            ("ERROR: it broke", Level::Error, "it broke"),
        ] {
            let head = inner_head(line.as_bytes(), &stamps).unwrap();
            assert_eq!(head.level, Some(level));
            assert_eq!(String::from_utf8_lossy(&head.message), message);
        }
        for line in [
            "select count(*) from a",
            "[2010-12-22 17:30:31] order",
            "",
            "error in text",
        ] {
            assert!(inner_head(line.as_bytes(), &stamps).is_none(), "{line}");
        }
    }
}
