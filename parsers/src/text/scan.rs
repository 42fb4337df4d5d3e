//! The byte scan under the time layouts: numbers, month words, clocks.

use super::zone::zone;
use jiff::tz::Offset;

/// A time of day with its zone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
    pub(super) nanosecond: u32,
    pub(super) offset: Option<Offset>,
}

/// Half of the day.
#[derive(Clone, Copy, PartialEq)]
enum Half {
    Morning,
    Afternoon,
}

const MONTHS: [&[u8]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];
/// Long month names, to be taken whole; the short ones may carry a dot (`Nov.`).
const LONG_MONTHS: [&[u8]; 12] = [
    b"january",
    b"february",
    b"march",
    b"april",
    b"may",
    b"june",
    b"july",
    b"august",
    b"september",
    b"october",
    b"november",
    b"december",
];
const MONTHS_ZH: [&str; 12] = [
    "一月",
    "二月",
    "三月",
    "四月",
    "五月",
    "六月",
    "七月",
    "八月",
    "九月",
    "十月",
    "十一月",
    "十二月",
];
const WEEKDAYS: [&[u8]; 7] = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"];
const DIGITS_ZH: &str = "一二三四五六日天";

/// A cursor over the bytes of a time.
pub(super) struct Scan<'a> {
    pub(super) text: &'a [u8],
    pub(super) at: usize,
}

impl Scan<'_> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn byte(&mut self, wanted: u8) -> Option<()> {
        (self.peek()? == wanted).then(|| self.at += 1)
    }

    pub(super) fn word(&mut self, wanted: &str) -> Option<()> {
        self.rest()
            .starts_with(wanted.as_bytes())
            .then(|| self.at += wanted.len())
    }

    pub(super) fn skip(&mut self, any: &[u8]) {
        while self.peek().is_some_and(|b| any.contains(&b)) {
            self.at += 1;
        }
    }

    /// A number of at most nine digits, and how many it has.
    pub(super) fn number(&mut self) -> Option<(u32, usize)> {
        self.number_up_to(9)
    }

    pub(super) fn number_up_to(&mut self, most: usize) -> Option<(u32, usize)> {
        let (mut value, mut digits) = (0u32, 0);
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            if digits == most {
                return None;
            }
            value = value * 10 + u32::from(byte - b'0');
            digits += 1;
            self.at += 1;
        }
        (digits > 0).then_some((value, digits))
    }

    pub(super) fn weekday(&mut self) -> bool {
        if let Some(head) = self.rest().get(..3)
            && WEEKDAYS.iter().any(|day| head.eq_ignore_ascii_case(day))
            && self.rest().get(3).is_some_and(|b| matches!(b, b' ' | b','))
        {
            self.at += 3;
            return true;
        }
        for prefix in ["星期", "周"] {
            if let Some(after) = self.rest().strip_prefix(prefix.as_bytes())
                && after
                    .get(..3)
                    .is_some_and(|c| DIGITS_ZH.as_bytes().chunks(3).any(|d| d == c))
            {
                self.at += prefix.len() + 3;
                return true;
            }
        }
        false
    }

    pub(super) fn month(&mut self) -> Option<u32> {
        let rest = self.rest();
        if rest.first()? >= &0x80 {
            // The longer names first: 十一月 begins with no other's text, but 十月 must not hide it.
            let (index, name) = MONTHS_ZH
                .iter()
                .enumerate()
                .rev()
                .find(|(_, name)| rest.starts_with(name.as_bytes()))?;
            let number = u32::try_from(index).ok()? + 1;
            self.at += name.len();
            return Some(number);
        }
        let head = rest.get(..3)?;
        let index = MONTHS.iter().position(|month| head.eq_ignore_ascii_case(month))?;
        let long = LONG_MONTHS.get(index)?;
        let length = match rest.get(..long.len()) {
            Some(word) if word.eq_ignore_ascii_case(long) => long.len(),
            _ if rest.get(3) == Some(&b'.') => 4,
            _ => 3,
        };
        if rest.get(length).is_some_and(u8::is_ascii_alphabetic) {
            return None;
        }
        self.at += length;
        u32::try_from(index).ok().map(|i| i + 1)
    }

    fn half(&mut self) -> Option<Half> {
        let rest = self.rest();
        let (half, length) = match rest.first()? {
            b'A' | b'a' if rest.get(1)?.eq_ignore_ascii_case(&b'm') => (Half::Morning, 2),
            b'P' | b'p' if rest.get(1)?.eq_ignore_ascii_case(&b'm') => (Half::Afternoon, 2),
            _ if rest.starts_with("上午".as_bytes()) => (Half::Morning, 6),
            _ if rest.starts_with("下午".as_bytes()) => (Half::Afternoon, 6),
            // The same words in GBK: files are scanned before they are decoded.
            _ if rest.starts_with(b"\xC9\xCF\xCE\xE7") => (Half::Morning, 4),
            _ if rest.starts_with(b"\xCF\xC2\xCE\xE7") => (Half::Afternoon, 4),
            _ => return None,
        };
        if length == 2 && rest.get(2).is_some_and(u8::is_ascii_alphanumeric) {
            return None;
        }
        self.at += length;
        Some(half)
    }

    pub(super) fn clock_after_date(&mut self) -> Option<Clock> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|b| matches!(b, b' ' | b'T' | b'_' | b',' | b':' | b'-'))
        {
            self.at += 1;
            if self.at - start > 3 {
                return None;
            }
        }
        // Java 20 and later print a narrow no-break space in localised times.
        self.clock()
    }

    pub(super) fn clock(&mut self) -> Option<Clock> {
        let mut half = self.half();
        self.skip(b" ");
        let (hour, digits) = self.number_up_to(2)?;
        let minute = self.clock_part(digits)?;
        let second = self.clock_part(2)?;
        let nanosecond = self.fraction();
        self.skip_seconds_mark();
        if half.is_none() {
            let mark = self.at;
            self.skip_space();
            half = self.half();
            if half.is_none() {
                self.at = mark;
            }
        }
        let offset = self.zone();
        let hour = match half {
            Some(Half::Afternoon) if hour < 12 => hour + 12,
            Some(Half::Morning) if hour == 12 => 0,
            _ => hour,
        };
        (hour < 24).then_some(Clock {
            hour,
            minute,
            second,
            nanosecond,
            offset,
        })
    }

    /// `:07`, `.07` (DB2) or `时07分` in UTF-8 or GBK.
    fn clock_part(&mut self, digits_before: usize) -> Option<u32> {
        match self.peek()? {
            b':' => self.at += 1,
            b'.' if digits_before == 2 => self.at += 1,
            0xE6 => self.word("时")?,
            0xE5 => self.word("分")?,
            // GBK 时 and 分
            0xCA if self.rest().get(1) == Some(&0xB1) => self.at += 2,
            0xB7 if self.rest().get(1) == Some(&0xD6) => self.at += 2,
            _ => return None,
        }
        match self.number_up_to(2)? {
            (value @ 0..=60, 2) => Some(value),
            _ => None,
        }
    }

    fn skip_seconds_mark(&mut self) {
        if self.word("秒").is_none() && self.rest().starts_with(b"\xC3\xEB") {
            self.at += 2;
        }
    }

    fn skip_space(&mut self) {
        if self.word("\u{202f}").is_none() {
            self.skip(b" ");
        }
    }

    fn fraction(&mut self) -> u32 {
        let mark = self.at;
        if !matches!(self.peek(), Some(b'.' | b',' | b':')) || !self.rest().get(1).is_some_and(u8::is_ascii_digit) {
            return 0;
        }
        self.at += 1;
        match self.number_up_to(9) {
            Some((value, digits)) => value * 10u32.pow(u32::try_from(9 - digits).unwrap_or(0)),
            None => {
                self.at = mark;
                0
            }
        }
    }

    /// A zone with at most one blank before it, and an IANA name in brackets behind it.
    fn zone(&mut self) -> Option<Offset> {
        let mark = self.at;
        if self.peek() == Some(b' ') {
            self.at += 1;
        }
        // A sign after a blank is no zone unless it is a whole one: ` - message`, ` -12 apples`.
        let spaced = self.at > mark;
        match zone(self.rest()) {
            Some((offset, length)) if !(spaced && length < 5 && matches!(self.peek(), Some(b'+' | b'-'))) => {
                self.at += length;
                if self.peek() == Some(b'[') {
                    let name = self.rest().iter().take(40).position(|b| *b == b']');
                    if let Some(end) = name.filter(|end| self.rest().get(..*end).is_some_and(|n| n.contains(&b'/'))) {
                        self.at += end + 1;
                    }
                }
                Some(offset)
            }
            _ => {
                self.at = mark;
                None
            }
        }
    }
}
