//! The leading words of a line and their classes.

use super::{
    level::{Level, level_letter, level_word},
    times::Times,
};
use crate::text::Found;
use std::ops::Range;

/// What a leading word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// A time, in brackets or not.
    Time,
    /// A level word or letter, in brackets or not.
    Level,
    /// `[…]`
    Square,
    /// `(…)`
    Round,
    /// `<…>`
    Angle,
    /// A word that ends in a colon.
    Colon,
    /// `-`, `|`, `:`, `---`
    Dash,
    /// A name with dots.
    Dotted,
    /// A decimal number, or a long hexadecimal one.
    Number,
    /// Any other word.
    Word,
}

/// One leading word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) class: Class,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Without brackets and colon.
    pub(super) inner: Range<usize>,
    pub(super) time: Option<Found>,
    pub(super) level: Option<Level>,
}

/// Longest bracket group that is taken as one column.
const LONGEST_GROUP: usize = 240;

/// The word at or after `from`; `stamps` when a time may stand here.
pub(super) fn next_token(line: &[u8], from: usize, stamps: Option<&impl Times>) -> Option<Token> {
    let start = skip_blanks(line, from);
    let first = *line.get(start)?;
    if let Some(token) = stamps.and_then(|stamps| time_token(line, start, stamps)) {
        return Some(token);
    }
    let token = |class, end, inner| Token {
        class,
        start,
        end,
        inner,
        time: None,
        level: None,
    };
    if let Some((class, end)) = group(line, start, first) {
        let inner = start + 1..end - 1;
        let level = level_word(trimmed(line, &inner));
        return Some(Token {
            class: if level.is_some() { Class::Level } else { class },
            level,
            ..token(class, end, inner)
        });
    }
    if matches!(first, b'|' | b',' | b';') {
        return Some(token(Class::Dash, start + 1, start..start + 1));
    }
    let end = word_end(line, start);
    let word = line.get(start..end)?;
    if word.iter().all(|b| matches!(b, b'-' | b':' | b'=' | b'*' | b'>')) {
        return Some(token(Class::Dash, end, start..end));
    }
    let bare = word
        .strip_suffix(b":")
        .or_else(|| word.strip_suffix(b","))
        .unwrap_or(word);
    let inner = start..start + bare.len();
    let level = level_word(bare.strip_prefix(b"-").unwrap_or(bare))
        .filter(|_| !bare.iter().all(u8::is_ascii_lowercase))
        .or_else(|| match bare {
            [letter] if bare.len() == word.len() => level_letter(*letter),
            _ => None,
        });
    if level.is_some() {
        return Some(Token {
            level,
            ..token(Class::Level, end, inner)
        });
    }
    Some(token(class_of(word), end, inner))
}

/// Blanks, and terminal colours, which some console logs keep.
fn skip_blanks(line: &[u8], from: usize) -> usize {
    let mut at = from;
    loop {
        match line.get(at) {
            Some(b' ' | b'\t') => at += 1,
            Some(0x1B) => {
                let rest = line.get(at + 1..).unwrap_or_default();
                let length = rest.iter().take(12).position(u8::is_ascii_alphabetic);
                at += 1 + length.map_or(0, |l| l + 1);
            }
            _ => return at,
        }
    }
}

fn time_token(line: &[u8], start: usize, stamps: &impl Times) -> Option<Token> {
    let rest = line.get(start..)?;
    let (open, text) = match rest.first()? {
        b'[' | b'<' | b'(' => (1, rest.get(1..)?),
        _ => (0, rest),
    };
    let found = stamps.parse(text)?;
    let inner = start + open..start + open + found.length;
    let mut end = inner.end;
    if open == 1 {
        // Up to the closing bracket, with a zone that is not known.
        let close = line
            .get(end..)?
            .iter()
            .take(12)
            .position(|b| matches!(b, b']' | b'>' | b')'))?;
        end += close + 1;
    } else if line.get(end).is_some_and(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    Some(Token {
        class: Class::Time,
        start,
        end,
        inner,
        time: Some(found),
        level: None,
    })
}

/// A bracket group with everything nested in it, and its end.
fn group(line: &[u8], start: usize, first: u8) -> Option<(Class, usize)> {
    let (close, class) = match first {
        b'[' => (b']', Class::Square),
        b'(' => (b')', Class::Round),
        b'<' => (b'>', Class::Angle),
        _ => return None,
    };
    let mut depth = 0usize;
    for (at, byte) in line.get(start..)?.iter().take(LONGEST_GROUP).enumerate() {
        if *byte == first {
            depth += 1;
        } else if *byte == close {
            depth -= 1;
            if depth == 0 {
                return Some((class, start + at + 1));
            }
        }
    }
    None
}

fn word_end(line: &[u8], start: usize) -> usize {
    let rest = line.get(start..).unwrap_or_default();
    let mut depth = 0usize;
    let length = rest.iter().position(|b| match b {
        b'[' | b'(' => {
            depth += 1;
            false
        }
        b']' | b')' => {
            depth = depth.saturating_sub(1);
            false
        }
        b' ' | b'\t' | b'|' | 0x1B => depth == 0 || *b == b'|',
        _ => false,
    });
    match length {
        Some(length) => start + length.max(1),
        // A bracket that never closes: the word ends at the first blank after all.
        None => rest
            .iter()
            .position(|b| *b == b' ')
            .map_or(line.len(), |l| start + l.max(1)),
    }
}

fn trimmed<'a>(line: &'a [u8], range: &Range<usize>) -> &'a [u8] {
    super::record::trim(line.get(range.clone()).unwrap_or_default())
}

fn class_of(word: &[u8]) -> Class {
    if word.ends_with(b":") && word.len() > 1 {
        return Class::Colon;
    }
    if is_number(word) {
        return Class::Number;
    }
    if is_dotted(word) {
        return Class::Dotted;
    }
    Class::Word
}

fn is_number(word: &[u8]) -> bool {
    let digits = word.iter().filter(|b| b.is_ascii_digit()).count();
    let plain = word
        .iter()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b':' | b'/'));
    digits > 0 && plain || digits > 0 && word.len() >= 8 && word.iter().all(u8::is_ascii_hexdigit)
}

/// `o.e.j.Server`, `com.x.A$B.method`: at least one dot between names.
fn is_dotted(word: &[u8]) -> bool {
    word.contains(&b'.')
        && word.first().is_some_and(u8::is_ascii_alphabetic)
        && !word.ends_with(b".")
        && word
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'$' | b'-' | b'@'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::StampParser;

    fn classes(line: &str) -> Vec<Class> {
        let mut all = Vec::new();
        let mut at = 0;
        while let Some(token) = next_token(line.as_bytes(), at, Some(&StampParser::default())) {
            all.push(token.class);
            assert!(token.end > at);
            at = token.end;
        }
        all
    }

    #[test]
    fn classes_of_words() {
        use Class::{Colon, Dash, Dotted, Level, Number, Square, Time, Word};
        assert_eq!(
            classes("2015-07-29 17:41:44,747 - INFO  [QuorumPeer[myid=1]/0:0:FastLeader@774] - x"),
            [Time, Dash, Level, Square, Dash, Word]
        );
        assert_eq!(
            classes("Dec 10 06:55:46 LabSZ sshd[24200]: no"),
            [Time, Word, Colon, Word]
        );
        assert_eq!(
            classes("03-17 16:13:38.811  1702  2395 D Window: x"),
            [Time, Number, Number, Level, Colon, Word]
        );
        assert_eq!(
            classes("a.b.C 0079f4b0 (x y) error"),
            [Dotted, Number, Class::Round, Word]
        );
        assert_eq!(
            classes("20171223-22:15:29:606|Step|30"),
            [Time, Dash, Word, Dash, Number]
        );
    }

    #[test]
    fn every_prefix_ends() {
        let line = "[a (b [c <d> 2026-11-20 10:11:12 \u{1b}[31m|x] ) (";
        for end in 0..line.len() {
            let _ = classes(line.get(..end).unwrap());
        }
    }
}
