//! Lines, numbers and characters of dump texts.

use crate::text::split_at;
use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};
use memchr::memchr;
use std::borrow::Cow;

/// One line without its line end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    /// 1-based.
    pub number: u64,
    /// Offset of its first byte.
    pub offset: usize,
    /// Offset behind its line end.
    pub end: usize,
    /// Its bytes without LF, CR LF or NEL.
    pub bytes: &'a [u8],
}

/// Iterator over the lines of a slice.
#[derive(Debug, Clone)]
pub(crate) struct Lines<'a> {
    input: &'a [u8],
    offset: usize,
    number: u64,
}

impl<'a> Lines<'a> {
    /// From `offset`, whose line has the given number.
    pub fn at(input: &'a [u8], offset: usize, number: u64) -> Self {
        Self { input, offset, number }
    }

    /// From the beginning.
    pub fn new(input: &'a [u8]) -> Self {
        Self::at(input, 0, 1)
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    #[inline]
    fn next(&mut self) -> Option<Line<'a>> {
        let rest = self.input.get(self.offset..).filter(|rest| !rest.is_empty())?;
        let length = memchr(b'\n', rest).unwrap_or(rest.len());
        let mut bytes = rest.get(..length).unwrap_or(rest);
        while let Some(shorter) = bytes.strip_suffix(b"\r") {
            bytes = shorter;
        }
        let (number, offset) = (self.number, self.offset);
        self.offset += (length + 1).min(rest.len());
        self.number = self.number.saturating_add(1);
        Some(Line {
            number,
            offset,
            end: self.offset,
            bytes,
        })
    }
}

/// The input with UTF-16 turned into UTF-8; everything else as it is, without a byte-order mark.
pub(crate) fn as_ascii_superset(input: &[u8]) -> Cow<'_, [u8]> {
    let wide = |table: &'static encoding_rs::Encoding| {
        Cow::Owned(table.decode_with_bom_removal(input).0.into_owned().into_bytes())
    };
    let zeros = |odd: usize| {
        let head = input.get(..256.min(input.len())).unwrap_or_default();
        head.len() >= 8 && head.iter().skip(odd).step_by(2).filter(|b| **b == 0).count() * 10 >= head.len() / 2 * 8
    };
    if input.starts_with(b"\xFF\xFE") || zeros(1) {
        wide(UTF_16LE)
    } else if input.starts_with(b"\xFE\xFF") || zeros(0) {
        wide(UTF_16BE)
    } else {
        Cow::Borrowed(input)
    }
}

/// The characters of a piece: UTF-8, else GB18030, else what can be read.
pub(crate) fn text(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    match GB18030.decode_without_bom_handling(bytes) {
        (text, false) => text,
        (_, true) => String::from_utf8_lossy(bytes),
    }
}

/// A hexadecimal number with or without `0x`; `None` when there is no digit or it does not fit.
pub(crate) fn hex(text: &str) -> Option<u64> {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .unwrap_or(text);
    let end = digits
        .bytes()
        .position(|b| !b.is_ascii_hexdigit())
        .unwrap_or(digits.len());
    u64::from_str_radix(digits.get(..end)?, 16).ok()
}

/// The decimal number at the beginning of `text`.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let end = text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end)?.parse().ok()
}

/// The decimal number with a fraction at the beginning of `text`.
pub(crate) fn real(text: &str) -> Option<f64> {
    let end = text
        .bytes()
        .position(|b| !b.is_ascii_digit() && b != b'.')
        .unwrap_or(text.len());
    text.get(..end)?.parse().ok()
}

/// The decimal number right behind the first `mark`.
pub(crate) fn number_after(text: &str, mark: &str) -> Option<u64> {
    let (_, rest) = split_at(text, mark)?;
    decimal(rest.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_know_their_place() {
        let all: Vec<_> = Lines::new(b"a\r\n\nbc")
            .map(|l| (l.number, l.offset, l.end, l.bytes))
            .collect();
        assert_eq!(all, [(1, 0, 3, &b"a"[..]), (2, 3, 4, b""), (3, 4, 6, b"bc")]);
    }

    #[test]
    fn numbers_stop_where_they_end() {
        assert_eq!(hex("0x1fG"), Some(0x1f));
        assert_eq!(hex("zz"), None);
        assert_eq!(decimal("12ab"), Some(12));
        assert_eq!(real("12.5ms"), Some(12.5));
        assert_eq!(number_after("length=53, x", "length="), Some(53));
    }

    #[test]
    fn wide_text_becomes_utf8() {
        let wide: Vec<u8> = "\u{feff}\"main\" 中"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(&*as_ascii_superset(&wide), "\"main\" 中".as_bytes());
    }
}
