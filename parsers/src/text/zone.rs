//! Zone texts after a time.

use crate::CHINA;
use jiff::tz::Offset;

/// Zone names that mean one offset here. `CST` is China's (CONTRACT §2). Summer-time names carry their own offset.
const NAMES: &[(&str, i32)] = &[
    ("ADT", -180),
    ("AEDT", 660),
    ("AEST", 600),
    ("AKDT", -480),
    ("AKST", -540),
    ("AST", -240),
    ("BEIST", 480),
    ("BRT", -180),
    ("BST", 60),
    ("CDT", -300),
    ("CEST", 120),
    ("CET", 60),
    ("CST", 480),
    ("EDT", -240),
    ("EEST", 180),
    ("EET", 120),
    ("EST", -300),
    ("GMT", 0),
    ("HKT", 480),
    ("HST", -600),
    ("ICT", 420),
    ("IST", 330),
    ("JST", 540),
    ("KST", 540),
    ("KORST", 540),
    ("MDT", -360),
    ("MEST", 120),
    ("MESZ", 120),
    ("MET", 60),
    ("MEZ", 60),
    ("MSK", 180),
    ("MST", -420),
    ("MYT", 480),
    ("NZDT", 780),
    ("NZST", 720),
    ("PDT", -420),
    ("PHT", 480),
    ("PST", -480),
    ("SGT", 480),
    ("UTC", 0),
    ("WAT", 60),
    ("WEST", 60),
    ("WET", 0),
    ("WIB", 420),
];

/// A zone at the start of `text`: its offset and length. `Z`, `+08:00`, `+0800`, `+08`, `GMT+08:00`, `UTC`, `CST`,
/// `中国标准时间`. `None` when no zone stands there.
pub(super) fn zone(text: &[u8]) -> Option<(Offset, usize)> {
    match text.first()? {
        b'+' | b'-' => numeric(text),
        b'Z' if !text.get(1).is_some_and(u8::is_ascii_alphanumeric) => Some((Offset::UTC, 1)),
        b'A'..=b'Z' => named(text),
        0xE4 => text
            .starts_with("中国标准时间".as_bytes())
            .then_some((CHINA, "中国标准时间".len())),
        _ => None,
    }
}

fn numeric(text: &[u8]) -> Option<(Offset, usize)> {
    let sign = if text.first()? == &b'-' { -1 } else { 1 };
    let digit = |at: usize| text.get(at).filter(|b| b.is_ascii_digit()).map(|b| i32::from(b - b'0'));
    let hours = digit(1)? * 10 + digit(2)?;
    let (minutes, length) = match (text.get(3), digit(3)) {
        (Some(b':'), _) => (digit(4)? * 10 + digit(5)?, 6),
        (_, Some(tens)) => match digit(4) {
            Some(ones) => (tens * 10 + ones, 5),
            // DB2 writes minutes alone: `+480`.
            None => (hours * 10 + tens - hours * 60, 4),
        },
        _ => (0, 3),
    };
    if digit(length).is_some() {
        return None;
    }
    let offset = Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()?;
    Some((offset, length))
}

fn named(text: &[u8]) -> Option<(Offset, usize)> {
    let length = text.iter().take(6).take_while(|b| b.is_ascii_uppercase()).count();
    if text.get(length).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let name = std::str::from_utf8(text.get(..length)?).ok()?;
    if (name == "GMT" || name == "UTC") && matches!(text.get(length), Some(b'+' | b'-')) {
        let (offset, more) = numeric(text.get(length..)?)?;
        return Some((offset, length + more));
    }
    let (_, minutes) = NAMES.iter().find(|(known, _)| *known == name)?;
    Some((Offset::from_seconds(minutes * 60).ok()?, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(text: &str) -> Option<(i32, usize)> {
        zone(text.as_bytes()).map(|(offset, length)| (offset.seconds() / 60, length))
    }

    #[test]
    fn every_notation() {
        assert_eq!(minutes("+08:00]"), Some((480, 6)));
        assert_eq!(minutes("-0400 x"), Some((-240, 5)));
        assert_eq!(minutes("+0530"), Some((330, 5)));
        assert_eq!(minutes("+08]"), Some((480, 3)));
        assert_eq!(minutes("+480 I1"), Some((480, 4)));
        assert_eq!(minutes("Z "), Some((0, 1)));
        assert_eq!(minutes("GMT+08:00]"), Some((480, 9)));
        assert_eq!(minutes("CST]"), Some((480, 3)));
        assert_eq!(minutes("PDT]"), Some((-420, 3)));
    }

    #[test]
    fn words_are_no_zones() {
        for text in ["INFO", "WARN x", "CSTX", "Zone", "-", "+1", "+081234", "ESTABLISHED"] {
            assert_eq!(minutes(text), None, "{text}");
        }
    }
}
