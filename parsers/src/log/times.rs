//! Times at the start of a text, read again and again: one record's time differs from the last one's in its fraction only.

use crate::text::{Found, StampParser};
use jiff::civil::Time;
use std::cell::RefCell;

/// Reads a time at the very start of a text.
pub(super) trait Times {
    /// The time; blanks in front are not skipped.
    fn parse(&self, text: &[u8]) -> Option<Found>;
}

impl Times for StampParser {
    fn parse(&self, text: &[u8]) -> Option<Found> {
        StampParser::parse(self, text)
    }
}

/// Longest time that is remembered.
const LONGEST: usize = 40;
/// Bytes behind a time that decide whether it goes on (a zone, half of the day, a year), and how many such are remembered.
const AHEAD: usize = 8;
const TAILS: usize = 8;

/// A [`StampParser`] that remembers the last time it read. What it gives is what the parser gives.
#[derive(Debug, Clone)]
pub(super) struct CachedTimes<'f> {
    parser: &'f StampParser,
    last: RefCell<Last>,
}

/// The last time that was read in full.
#[derive(Debug, Clone, Default)]
struct Last {
    text: Vec<u8>,
    /// Where the digits of the fraction begin and end; both at the end of the text without one.
    fraction: (usize, usize),
    found: Option<Found>,
    /// What stood behind it.
    tails: Vec<[u8; AHEAD]>,
}

impl<'f> CachedTimes<'f> {
    pub(super) fn new(parser: &'f StampParser) -> Self {
        Self {
            parser,
            last: RefCell::default(),
        }
    }
}

impl Times for CachedTimes<'_> {
    #[inline]
    fn parse(&self, text: &[u8]) -> Option<Found> {
        let Ok(mut last) = self.last.try_borrow_mut() else {
            return self.parser.parse(text);
        };
        if let Some(found) = last.again(text) {
            return Some(found);
        }
        let found = self.parser.parse(text);
        if let Some(found) = found {
            last.remember(text, found);
        }
        found
    }
}

impl Last {
    /// The time of `text` when it is the last one but for its fraction.
    #[inline]
    fn again(&self, text: &[u8]) -> Option<Found> {
        let found = self.found?;
        let (from, to) = self.fraction;
        let length = self.text.len();
        if text.get(..from)? != self.text.get(..from)? || text.get(to..length)? != self.text.get(to..)? {
            return None;
        }
        if !self.ends(text.get(length..)?) {
            return None;
        }
        if from == to {
            return Some(found);
        }
        let mut value = 0i32;
        for byte in text.get(from..to)? {
            value = value * 10 + i32::from(Some(byte.wrapping_sub(b'0')).filter(|digit| *digit < 10)?);
        }
        let civil = found.stamp.civil;
        let time = Time::new(civil.hour(), civil.minute(), civil.second(), value * scale(to - from)).ok()?;
        let mut found = found;
        found.stamp.civil = civil.date().to_datetime(time);
        Some(found)
    }

    /// True when a time surely ends before `tail`: at a closing mark, before a blank and what begins neither a zone nor half
    /// of the day nor a year, or before what already stood behind this one.
    #[inline]
    fn ends(&self, tail: &[u8]) -> bool {
        match (tail.first(), tail.get(1)) {
            (Some(b']' | b'>' | b'|' | b')' | b'"'), _) => true,
            (Some(b' '), Some(b'[' | b'(' | b'<' | b'{' | b'|' | b'b'..=b'o' | b'q'..=b'z')) => true,
            _ => tail
                .first_chunk()
                .is_some_and(|ahead: &[u8; AHEAD]| self.tails.contains(ahead)),
        }
    }

    fn remember(&mut self, text: &[u8], found: Found) {
        let Some((time, tail)) = text
            .split_at_checked(found.length)
            .filter(|(time, _)| time.len() <= LONGEST)
        else {
            self.found = None;
            return;
        };
        let nanosecond = found.stamp.civil.subsec_nanosecond();
        let fraction = match fraction(time) {
            Some((from, to, value)) if value == nanosecond => (from, to),
            None if nanosecond == 0 => (time.len(), time.len()),
            _ => {
                self.found = None;
                return;
            }
        };
        if self.text.len() != time.len() {
            self.tails.clear();
        }
        self.text.clear();
        self.text.extend_from_slice(time);
        self.fraction = fraction;
        self.found = Some(found);
        if let Some(ahead) = tail.first_chunk::<AHEAD>()
            && !self.tails.contains(ahead)
        {
            if self.tails.len() == TAILS {
                self.tails.remove(0);
            }
            self.tails.push(*ahead);
        }
    }
}

/// The last run of three to nine digits behind `:dd` and a mark: where it begins and ends, and its nanoseconds.
fn fraction(time: &[u8]) -> Option<(usize, usize, i32)> {
    let is_digit = |at: usize| time.get(at).is_some_and(u8::is_ascii_digit);
    let is_mark = |at: usize| matches!(time.get(at), Some(b'.' | b',' | b':'));
    (4..time.len()).rev().find_map(|from| {
        let behind_seconds = is_mark(from - 1) && is_digit(from - 2) && is_digit(from - 3) && is_mark(from - 4);
        let digits = time.get(from..)?.iter().take_while(|b| b.is_ascii_digit()).count();
        if !behind_seconds || !(3..=9).contains(&digits) {
            return None;
        }
        let value = time
            .get(from..from + digits)?
            .iter()
            .fold(0, |value, digit| value * 10 + i32::from(digit - b'0'));
        Some((from, from + digits, value * scale(digits)))
    })
}

/// Nanoseconds of the last of so many digits of a fraction.
fn scale(digits: usize) -> i32 {
    10i32.pow(u32::try_from(9usize.saturating_sub(digits)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_as_without_memory() {
        let parser = StampParser::default();
        let cached = CachedTimes::new(&parser);
        let lines = [
            "3/9/26 22:00:00:107 CST] 00000138",
            "3/9/26 22:00:00:999 CST] 00000138",
            "3/9/26 22:00:00:9990 CST] 00000138",
            "3/9/26 22:00:01:000 CST] 00000138",
            "3/9/26 22:00:01:001 CSTX] 00000138",
            "3/9/26 22:00:01:0x1 CST] 00000138",
            "2012-11-20 03:13:54,808 INFO [com.x.A] - Start",
            "2012-11-20 03:13:54,809 INFO [com.x.A] - Start",
            "2012-11-20 03:13:54,810 UTC [com.x.A] - Start",
            "2012-11-20 03:13:54,811 INFO [com.x.A] - Start",
            "2012-11-20 03:13:54,812 PM x y z",
            "2012-11-20 03:13:54,813 [a] x",
            "2012-11-20 03:13:54,814 +08:00 x",
            "2012-11-20 03:13:54,81",
            "2012-11-20 03:13:54,815",
            "2012-11-20 03:13:54 x y z a b c",
            "2012-11-20 03:13:54 x y z a b c",
            "2012-11-20 03:13:54.5 x y z a b c",
            "Nov 20, 2012 3:02:00 AM org.apache",
            "Nov 20, 2012 3:02:00 PM org.apache",
            "Nov 20 03:02:00 host sshd[1]: x",
            "Nov 20 03:02:00 2014 sshd[1]: x",
            "Nov 20 03:02:00 host sshd[1]: x",
        ];
        for line in lines.iter().chain(lines.iter().rev()) {
            for end in 0..=line.len() {
                let text = line.as_bytes().get(..end).unwrap();
                assert_eq!(cached.parse(text), parser.parse(text), "{line} to {end}");
            }
            let text = line.as_bytes();
            assert_eq!(cached.parse(text), parser.parse(text), "{line}");
        }
    }
}
