//! Lines and figures of text artefacts, read from bytes without allocation.

pub(crate) use crate::text::find;

use crate::Stamp;
use jiff::{
    civil::{Date, DateTime, Time},
    tz::Offset,
};

/// One line without its line end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    /// 1-based.
    pub number: u64,
    /// Offset of the first byte.
    pub offset: usize,
    /// Offset behind its line end.
    pub end: usize,
    /// The bytes, without `\n` and `\r\n`.
    pub bytes: &'a [u8],
}

/// The lines of an input, one after another.
#[derive(Debug, Clone)]
pub(crate) struct Lines<'a> {
    input: &'a [u8],
    position: usize,
    number: u64,
}

impl<'a> Lines<'a> {
    pub fn new(input: &'a [u8]) -> Self {
        Self {
            input,
            position: 0,
            number: 0,
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let rest = self.input.get(self.position..).filter(|r| !r.is_empty())?;
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let bytes = rest.get(..length).unwrap_or_default();
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let offset = self.position;
        self.position = (self.position.saturating_add(length).saturating_add(1)).min(self.input.len());
        self.number += 1;
        Some(Line {
            number: self.number,
            offset,
            end: self.position,
            bytes,
        })
    }
}

/// The text of a slice, empty when it is not UTF-8.
pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// True when `needle` occurs.
pub(crate) fn has(haystack: &[u8], needle: &[u8]) -> bool {
    find(haystack, needle).is_some()
}

/// What follows the first `needle`.
pub(crate) fn after<'a>(haystack: &'a [u8], needle: &[u8]) -> Option<&'a [u8]> {
    let at = find(haystack, needle)?;
    haystack.get(at + needle.len()..)
}

/// What stands before the first `needle`.
pub(crate) fn before<'a>(haystack: &'a [u8], needle: &[u8]) -> Option<&'a [u8]> {
    haystack.get(..find(haystack, needle)?)
}

/// Decimal digits at the start, and the rest. Saturates.
pub(crate) fn integer(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    let (number, rest) = bytes.split_at_checked(digits)?;
    if number.is_empty() {
        return None;
    }
    let value = number
        .iter()
        .fold(0u64, |n, b| n.saturating_mul(10).saturating_add(u64::from(b - b'0')));
    Some((value, rest))
}

/// A decimal number at the start (`12`, `0.015`, `0,015`), and the rest.
pub(crate) fn decimal(bytes: &[u8]) -> Option<(f64, &[u8])> {
    let (whole, rest) = integer(bytes)?;
    let Some((b'.' | b',', fraction)) = rest.split_first() else {
        return Some((whole as f64, rest));
    };
    let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
    if digits == 0 {
        return Some((whole as f64, rest));
    }
    let (number, rest) = fraction.split_at_checked(digits)?;
    let (mut value, mut scale) = (whole, 1u64);
    for b in number.iter().take(9) {
        value = value.saturating_mul(10).saturating_add(u64::from(b - b'0'));
        scale *= 10;
    }
    Some((value as f64 / scale as f64, rest))
}

/// The number that ends right at the end of `bytes` (`… 12.5`).
pub(crate) fn trailing_decimal(bytes: &[u8]) -> Option<f64> {
    let start = bytes
        .iter()
        .rposition(|b| !(b.is_ascii_digit() || *b == b'.' || *b == b','))
        .map_or(0, |p| p + 1);
    let number = bytes.get(start..)?;
    let number = number.strip_prefix(b",").unwrap_or(number);
    decimal(number).map(|(n, _)| n)
}

/// A size with its unit letter (`24M`, `8704K`, `0.0B`, `5.5G`), in bytes, and the rest.
pub(crate) fn size(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = decimal(bytes)?;
    let (unit, rest) = match rest.split_first() {
        Some((b'B', rest)) => (1.0, rest),
        Some((b'K' | b'k', rest)) => (1024.0, rest),
        Some((b'M' | b'm', rest)) => (1_048_576.0, rest),
        Some((b'G' | b'g', rest)) => (1_073_741_824.0, rest),
        Some((b'T' | b't', rest)) => (1_099_511_627_776.0, rest),
        _ => return None,
    };
    // What is printed is never negative: this rounds as `round` does, without a call.
    Some(((number * unit + 0.5) as u64, rest))
}

/// Heap figures of one collection, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Figures {
    pub before: u64,
    pub after: u64,
    pub capacity: Option<u64>,
}

/// `before->after(capacity)`, `before(capacity)->after(capacity)` or `before(14%)->after(4%)` at the start, and the rest.
pub(crate) fn figures(bytes: &[u8]) -> Option<(Figures, &[u8])> {
    let (before, rest) = size(bytes)?;
    let (_, rest) = parenthesised(rest);
    let rest = rest.strip_prefix(b"->")?;
    let (after, rest) = size(rest)?;
    let (capacity, rest) = parenthesised(rest);
    let figures = Figures {
        before,
        after,
        capacity: capacity.and_then(|c| size(c).map(|(n, _)| n)),
    };
    Some((figures, rest))
}

/// `(…)` at the start: its content, and the rest.
fn parenthesised(bytes: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let Some(inner) = bytes.strip_prefix(b"(") else {
        return (None, bytes);
    };
    match memchr::memchr(b')', inner) {
        Some(end) => (inner.get(..end), inner.get(end + 1..).unwrap_or_default()),
        None => (None, bytes),
    }
}

/// `2026-11-16T08:12:04.058+0800` (or a blank for the `T`, a comma for the point, no fraction, no zone), and the rest.
pub(crate) fn iso_stamp(bytes: &[u8]) -> Option<(Stamp, &[u8])> {
    let head = bytes.get(..19)?;
    let number = |from: usize, to: usize| -> Option<i16> {
        head.get(from..to)?
            .iter()
            .try_fold(0i16, |n, b| b.is_ascii_digit().then(|| n * 10 + i16::from(b - b'0')))
    };
    let punctuation = [(4, b"-/."), (7, b"-/."), (10, b"T _"), (13, b":::"), (16, b":::")];
    if punctuation
        .iter()
        .any(|(at, set)| !head.get(*at).is_some_and(|b| set.contains(b)))
    {
        return None;
    }
    let date = Date::new(number(0, 4)?, number(5, 7)? as i8, number(8, 10)? as i8).ok()?;
    let rest = bytes.get(19..).unwrap_or_default();
    let (nanos, rest) = fraction(rest);
    let second = number(17, 19)?.min(59) as i8;
    let time = Time::new(number(11, 13)? as i8, number(14, 16)? as i8, second, nanos).ok()?;
    let civil = DateTime::from_parts(date, time);
    let (offset, rest) = zone(rest);
    Some((Stamp { civil, offset }, rest))
}

/// `.058` or `,058` as nanoseconds; 0 when there is none.
fn fraction(bytes: &[u8]) -> (i32, &[u8]) {
    let Some((b'.' | b',', rest)) = bytes.split_first() else {
        return (0, bytes);
    };
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count().min(9);
    if digits == 0 {
        return (0, bytes);
    }
    let (number, rest) = rest.split_at_checked(digits).unwrap_or((rest, b""));
    // Read a second time, and a mapped file may have shrunk in between: no digit is certain to be one still.
    let digit = |b: &u8| i32::from(b.wrapping_sub(b'0') % 10);
    let mut nanos = number
        .iter()
        .fold(0i32, |n, b| n.saturating_mul(10).saturating_add(digit(b)));
    for _ in digits..9 {
        nanos = nanos.saturating_mul(10);
    }
    (nanos, rest)
}

/// `Z`, `+0800` or `+08:00`.
fn zone(bytes: &[u8]) -> (Option<Offset>, &[u8]) {
    let sign = match bytes.first() {
        Some(b'Z') => return (Some(Offset::UTC), bytes.get(1..).unwrap_or_default()),
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return (None, bytes),
    };
    let two = |at: usize| -> Option<i32> {
        let pair = bytes.get(at..at + 2)?;
        pair.iter()
            .all(u8::is_ascii_digit)
            .then(|| pair.iter().fold(0, |n, b| n * 10 + i32::from(b - b'0')))
    };
    let colon = usize::from(bytes.get(3) == Some(&b':'));
    let (Some(hours), Some(minutes)) = (two(1), two(3 + colon)) else {
        return (None, bytes);
    };
    let offset = Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok();
    (offset, bytes.get(5 + colon..).unwrap_or_default())
}

/// English month name (three letters, any case) to 1…12.
pub(crate) fn month(name: &[u8]) -> Option<i8> {
    const NAMES: [&[u8; 3]; 12] = [
        b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
    ];
    let name = name.get(..3)?.to_ascii_lowercase();
    NAMES.iter().position(|n| n[..] == name[..]).map(|i| i as i8 + 1)
}

/// `12:07:19` to a time.
pub(crate) fn clock(text: &[u8]) -> Option<Time> {
    let (hour, rest) = integer(text)?;
    let (minute, rest) = integer(rest.strip_prefix(b":")?)?;
    let (second, rest) = match rest.strip_prefix(b":") {
        Some(rest) => integer(rest)?,
        None => (0, rest),
    };
    let (nanos, _) = fraction(rest);
    Time::new(
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        i8::try_from(second.min(59)).ok()?,
        nanos,
    )
    .ok()
}

/// `Wed Oct  4 12:07:19 2006`, also with a zone word before the year (`Thu Feb 25 03:59:12 CST 2010`), without the week
/// day (`Mar 25 22:40:24 2010`) or with a zone word after the year. The zone word, if any, is given back.
pub(crate) fn ctime(text: &str) -> Option<(Stamp, Option<&str>)> {
    let mut words = text.split_ascii_whitespace().peekable();
    if words.peek().and_then(|w| month(w.as_bytes())).is_none() || words.clone().nth(1).is_some_and(|w| w.contains(':'))
    {
        words.next();
    }
    let month = month(words.next()?.as_bytes())?;
    let day: i8 = words.next()?.trim_end_matches(',').parse().ok()?;
    let time = clock(words.next()?.as_bytes())?;
    let next = words.next()?;
    let (zone, year) = match next.parse::<i16>() {
        Ok(year) => (words.next().filter(|w| is_zone(w)), year),
        Err(_) => (Some(next), words.next()?.parse().ok()?),
    };
    let date = Date::new(year, month, day).ok()?;
    let stamp = Stamp {
        civil: DateTime::from_parts(date, time),
        offset: zone.and_then(named_zone),
    };
    Some((stamp, zone))
}

fn is_zone(word: &str) -> bool {
    word.starts_with(['+', '-']) || (word.len() >= 2 && word.len() <= 6 && word.bytes().all(|b| b.is_ascii_uppercase()))
}

/// Offset of a zone word that means one thing only; `CST` is China here (CONTRACT.md §2).
pub(crate) fn named_zone(word: &str) -> Option<Offset> {
    let hours = match word {
        "UTC" | "GMT" | "Z" | "WET" => 0,
        "CST" | "HKT" | "SGT" | "BEIST" => 8,
        "JST" | "KST" | "KORST" => 9,
        "CET" | "MET" => 1,
        "CEST" | "EET" | "MEST" => 2,
        "EEST" | "MSK" => 3,
        "EST" => -5,
        "EDT" => -4,
        "CDT" => -5,
        "MST" => -7,
        "MDT" => -6,
        "PST" => -8,
        "PDT" => -7,
        _ => return signed_zone(word),
    };
    Offset::from_seconds(hours * 3600).ok()
}

/// `+08`, `+0800`, `+08:00`.
fn signed_zone(word: &str) -> Option<Offset> {
    let sign = if word.starts_with('-') { -1 } else { 1 };
    let digits: String = word.strip_prefix(['+', '-'])?.chars().filter(|c| *c != ':').collect();
    let number: i32 = digits.parse().ok()?;
    let seconds = if digits.len() <= 2 {
        number.checked_mul(3600)?
    } else {
        (number / 100).checked_mul(3600)? + number % 100 * 60
    };
    Offset::from_seconds(sign * seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_every_family() {
        let (f, rest) = figures(b"24M->11M(256M) 7.965ms").unwrap();
        assert_eq!((f.before, f.after, f.capacity), (24 << 20, 11 << 20, Some(256 << 20)));
        assert_eq!(rest, b" 7.965ms");
        let (f, _) = figures(b"8878.7K(13.0M)->5628.7K(13.0M)]").unwrap();
        assert_eq!((f.after, f.capacity), (5_763_789, Some(13 << 20)));
        let (f, _) = figures(b"5614M(14%)->1454M(4%)").unwrap();
        assert_eq!((f.after, f.capacity), (1454 << 20, None));
        assert!(figures(b"41003K(83008K), 0.1").is_none());
    }

    #[test]
    fn stamps() {
        let (s, rest) = iso_stamp(b"2026-11-16T08:12:04.058+0800]").unwrap();
        assert_eq!(s.rfc3339(crate::CHINA), "2026-11-16T08:12:04.058+08:00");
        assert_eq!(rest, b"]");
        let (s, zone) = ctime("Thu Feb 25 03:59:12 KORST 2010").unwrap();
        assert_eq!(zone, Some("KORST"));
        assert_eq!(s.offset.map(|o| o.seconds()), Some(9 * 3600));
        assert!(ctime("Mar 25 22:40:24 2010").is_some());
        assert!(ctime("Mon Nov 16 08:12:03 2026").is_some());
        assert!(iso_stamp(b"2026-13-45T99:99:99").is_none());
    }

    #[test]
    fn trailing_numbers_survive_a_decimal_comma() {
        assert_eq!(trailing_decimal(b"(31680K), 0,0041700"), Some(0.00417));
        assert_eq!(trailing_decimal(b"(31680K), 0.5"), Some(0.5));
        assert_eq!(trailing_decimal(b"x"), None);
    }
}
