//! The time of a dump.

use crate::Stamp;
use jiff::{civil::DateTime, tz::Offset};

/// A line that holds nothing but a time: `2024-08-30 10:21:47`, `2026-01-25T15:46:04.439828Z`,
/// `Sun Jul 20 17:03:48 2014` (JRockit).
pub(super) fn stamp_line(line: &str) -> Option<Stamp> {
    let line = line.trim();
    if !(19..=40).contains(&line.len()) {
        return None;
    }
    iso(line).or_else(|| DateTime::strptime("%a %b %d %H:%M:%S %Y", line).ok().map(Stamp::local))
}

/// ISO 8601 with `T` or a blank between date and time, offset optional.
pub(super) fn iso(text: &str) -> Option<Stamp> {
    let bytes = text.as_bytes();
    let is = |at: usize, b: u8| bytes.get(at) == Some(&b);
    if !(is(4, b'-') && is(7, b'-') && is(13, b':') && is(16, b':') && (is(10, b' ') || is(10, b'T'))) {
        return None;
    }
    let end = text
        .get(19..)?
        .find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',');
    let (local, zone) = text.split_at_checked(19 + end.unwrap_or(text.len() - 19))?;
    let local: DateTime = local.replace(' ', "T").replace(',', ".").parse().ok()?;
    match zone.trim() {
        "" => Some(Stamp::local(local)),
        "Z" | "UTC" => Some(Stamp::with_offset(local, Offset::UTC)),
        zone => offset(zone).map(|offset| Stamp::with_offset(local, offset)),
    }
}

/// `+08:00`, `+0800`.
fn offset(text: &str) -> Option<Offset> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let hours: i32 = digits.get(..2)?.parse().ok()?;
    let minutes: i32 = digits.get(2..4).unwrap_or("0").parse().ok()?;
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CHINA;

    #[test]
    fn the_printed_forms_are_read() {
        for (line, wanted) in [
            ("2024-08-30 10:21:47", "2024-08-30T10:21:47.000+08:00"),
            ("2026-01-25T15:46:04.439828Z", "2026-01-25T15:46:04.439+00:00"),
            ("2026-01-25T15:46:04.4+0900", "2026-01-25T15:46:04.400+09:00"),
            ("Sun Jul 20 17:03:48 2014", "2014-07-20T17:03:48.000+08:00"),
        ] {
            assert_eq!(stamp_line(line).map(|s| s.rfc3339(CHINA)).as_deref(), Some(wanted));
        }
        assert_eq!(stamp_line("2024-08-30 10:21:47 INFO started"), None);
        assert_eq!(stamp_line("2024-99-30 10:21:47"), None);
    }
}
