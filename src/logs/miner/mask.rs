//! One pass over a message: words, separators, and `<*>` for what varies by nature.

/// A part of a masked message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) kind: PartKind,
    /// Byte range in the message.
    pub(super) start: u32,
    pub(super) end: u32,
    /// A blank stands before it.
    pub(super) spaced: bool,
}

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartKind {
    /// A word of the text.
    Word,
    /// `= : , ; ( ) [ ] { } " | < >` and full-width punctuation.
    Separator,
    /// Something that varies by nature: a number, address, path, URL, identifier.
    Variable,
}

/// Parts of one message that are looked at; longer messages are keyed by their beginning.
const MOST: usize = 160;
/// Bytes of one message that are looked at.
pub(super) const LONGEST: usize = 2000;

/// Splits and masks `message`; `wide` when a byte above 0x80 takes the next one with it (GB18030).
pub(super) fn mask(message: &[u8], wide: bool, parts: &mut Vec<Part>) {
    parts.clear();
    let message = message.get(..LONGEST).unwrap_or(message);
    let mut at = 0;
    let mut spaced = false;
    while let Some(&byte) = message.get(at) {
        if parts.len() >= MOST {
            break;
        }
        let start = at;
        let kind = if byte == b' ' || byte == b'\t' {
            spaced = true;
            at += 1;
            continue;
        } else if flags_of(byte) & flag::END == 0 {
            let (end, variable) = ascii_word(message, at);
            at = end;
            if variable { PartKind::Variable } else { PartKind::Word }
        } else if byte >= 0x80 {
            let (length, separator) = wide_character(message, at, wide);
            at += length;
            if separator {
                PartKind::Separator
            } else {
                at = wide_run(message, at, wide);
                PartKind::Word
            }
        } else {
            at += 1;
            PartKind::Separator
        };
        push(
            parts,
            Part {
                kind,
                start: start as u32,
                end: at as u32,
                spaced,
            },
        );
        spaced = false;
    }
}

/// Adds a part; variables that only separators and blanks part from the one before are folded into it, so that lists
/// of different length stay together.
fn push(parts: &mut Vec<Part>, part: Part) {
    if part.kind == PartKind::Variable {
        let separators = parts.iter().rev().take_while(|p| p.kind == PartKind::Separator).count();
        if separators <= 2
            && let Some(index) = parts.len().checked_sub(separators + 1)
            && let Some(before) = parts.get_mut(index)
            && before.kind == PartKind::Variable
        {
            before.end = part.end;
            parts.truncate(index + 1);
            return;
        }
    }
    parts.push(part);
}

const fn is_separator(byte: u8) -> bool {
    matches!(
        byte,
        b'=' | b':' | b',' | b';' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'"' | b'|' | b'<' | b'>' | b'\''
    )
}

/// Length of the character beyond ASCII at `at`, and whether it is punctuation.
fn wide_character(message: &[u8], at: usize, wide: bool) -> (usize, bool) {
    let get = |offset: usize| message.get(at + offset).copied().unwrap_or(0);
    let lead = get(0);
    if wide {
        let length = if get(1).is_ascii_digit() { 4 } else { 2 };
        return (length.min(message.len() - at), matches!(lead, 0xA1 | 0xA3));
    }
    let most = match lead {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0.. => 4,
        _ => 1,
    };
    // A letter of a single-byte encoding takes no ASCII with it.
    let length = 1 + (1..most).take_while(|offset| get(*offset) >= 0x80).count();
    let punctuation = matches!((lead, get(1)), (0xE3, 0x80) | (0xEF, 0xBC) | (0xE2, 0x80));
    (length, punctuation)
}

/// The end of a run of such characters that are no punctuation.
fn wide_run(message: &[u8], from: usize, wide: bool) -> usize {
    let mut at = from;
    while message.get(at).is_some_and(|b| *b >= 0x80) {
        let (length, separator) = wide_character(message, at, wide);
        if separator {
            break;
        }
        at += length.max(1);
    }
    at
}

/// What a byte says about the word it stands in; the flags of a word are those of all its bytes.
mod flag {
    /// Ends a word: blank, separator, beyond ASCII.
    pub(super) const END: u8 = 1;
    pub(super) const DIGIT: u8 = 2;
    pub(super) const SLASH: u8 = 4;
    pub(super) const BACKSLASH: u8 = 8;
    pub(super) const AT: u8 = 16;
    pub(super) const DOT: u8 = 32;
    pub(super) const NOT_HEX: u8 = 64;
    pub(super) const NOT_CAPITAL: u8 = 128;
}

const FLAGS: [u8; 256] = {
    let mut flags = [0u8; 256];
    let mut index = 0;
    while index < 256 {
        let byte = index as u8;
        let mut of_byte = match byte {
            b' ' | b'\t' | 0x80.. => flag::END,
            b'0'..=b'9' => flag::DIGIT,
            b'/' => flag::SLASH,
            b'\\' => flag::BACKSLASH,
            b'@' => flag::AT,
            b'.' => flag::DOT,
            _ if is_separator(byte) => flag::END,
            _ => 0,
        };
        if !byte.is_ascii_hexdigit() {
            of_byte |= flag::NOT_HEX;
        }
        if !byte.is_ascii_uppercase() {
            of_byte |= flag::NOT_CAPITAL;
        }
        flags[index] = of_byte;
        index += 1;
    }
    flags
};

fn flags_of(byte: u8) -> u8 {
    FLAGS.get(usize::from(byte)).copied().unwrap_or(0)
}

/// True for blanks, separators and bytes beyond ASCII.
pub(super) fn ends_word(byte: u8) -> bool {
    flags_of(byte) & flag::END != 0
}

/// Length of a URL or Windows path, from behind its scheme.
pub(super) fn quoted(text: &[u8]) -> usize {
    text.iter()
        .position(|b| matches!(b, b' ' | b'\t' | b'"' | b'>' | b',' | b')' | b'\'' | b']'))
        .unwrap_or(text.len())
}

/// The end of the ASCII word at `at`, and whether it varies by nature.
pub(super) fn ascii_word(message: &[u8], at: usize) -> (usize, bool) {
    let rest = message.get(at..).unwrap_or_default();
    let (mut plain, mut flags) = (0, 0);
    for byte in rest {
        let of_byte = flags_of(*byte);
        if of_byte & flag::END != 0 {
            break;
        }
        flags |= of_byte;
        plain += 1;
    }
    let word = rest.get(..plain).unwrap_or_default();
    let next = rest.get(plain).copied();
    if next == Some(b':') {
        let after = rest.get(plain..).unwrap_or_default();
        // A URL or a Windows path goes on over its colon.
        if after.starts_with(b"://") || plain == 1 && after.starts_with(b":\\") {
            return (at + quoted(rest), true);
        }
        // A message code is a name, not a number.
        if flags & flag::DIGIT != 0 && is_message_code(word) {
            return (at + plain, false);
        }
    }
    // A request path with its parameters.
    if word.first() == Some(&b'/') && word.len() > 1 {
        let end = rest
            .iter()
            .position(|b| matches!(b, b' ' | b'\t' | b'"' | b'>' | b')' | b'\'' | b']' | b'}' | 0x80..))
            .unwrap_or(rest.len());
        return (at + end, true);
    }
    // `LOCAL(0)`: a name in capitals with an index.
    if word.len() > 1
        && flags & flag::NOT_CAPITAL == 0
        && let Some(index) = rest.get(plain..).and_then(indexed)
    {
        return (at + plain + index, true);
    }
    (
        at + plain.max(1),
        varies(word, flags) || is_value(word) && after_sign(message, at),
    )
}

/// A word that stands for a value when a sign is in front of it.
fn is_value(word: &[u8]) -> bool {
    matches!(word, b"true" | b"false" | b"null" | b"True" | b"False" | b"None")
}

fn after_sign(message: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|i| message.get(i));
    before.is_some_and(|b| matches!(b, b'=' | b':'))
}

/// `WSVR0605W`, `JBAS015899`, `JVMDUMP039I`: at least three capitals, four digits, at most one severity letter.
fn is_message_code(word: &[u8]) -> bool {
    let letters = word.iter().take_while(|b| b.is_ascii_uppercase()).count();
    let digits = word.iter().skip(letters).take_while(|b| b.is_ascii_digit()).count();
    let tail = word.get(letters + digits..).unwrap_or_default();
    letters >= 3 && (4..=6).contains(&digits) && (tail.is_empty() || matches!(tail, [b'A'..=b'Z']))
}

/// Length of `(12)` or `[12]`.
pub(super) fn indexed(text: &[u8]) -> Option<usize> {
    let close = match text.first()? {
        b'(' => b')',
        b'[' => b']',
        _ => return None,
    };
    let digits = text.get(1..)?.iter().take_while(|b| b.is_ascii_digit()).count();
    (digits > 0 && text.get(digits + 1) == Some(&close)).then_some(digits + 2)
}

fn varies(word: &[u8], flags: u8) -> bool {
    let has = |any: u8| flags & any != 0;
    has(flag::DIGIT | flag::BACKSLASH)
        || has(flag::SLASH) && word.iter().filter(|b| **b == b'/').count() >= 2
        || has(flag::AT) && word.len() > 3
        || has(flag::DOT) && is_domain(word)
        || !has(flag::NOT_HEX) && is_hex(word)
}

/// `deadbeef`: of hexadecimal letters, even in number and too long for a word.
fn is_hex(word: &[u8]) -> bool {
    word.len() >= 8 && word.len().is_multiple_of(2)
}

/// `ns.example.com`: small letters with dots and a well-known end.
fn is_domain(word: &[u8]) -> bool {
    const ENDS: [&[u8]; 12] = [
        b".com",
        b".net",
        b".org",
        b".edu",
        b".gov",
        b".cn",
        b".de",
        b".br",
        b".ru",
        b".local",
        b".internal",
        b".jp",
    ];
    word.contains(&b'.')
        && word.first().is_some_and(u8::is_ascii_alphanumeric)
        && ENDS.iter().any(|end| word.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        let mut parts = Vec::new();
        mask(text.as_bytes(), false, &mut parts);
        let mut out = String::new();
        for p in parts {
            if p.spaced && !out.is_empty() {
                out.push(' ');
            }
            match p.kind {
                PartKind::Variable => out.push_str("<*>"),
                _ => out.push_str(text.get(p.start as usize..p.end as usize).unwrap()),
            }
        }
        out
    }

    #[test]
    fn masks() {
        for (text, wanted) in [
            ("Notification time out: 3200", "Notification time out: <*>"),
            ("from 173.234.31.186 port 38926 ssh2", "from <*> port <*>"),
            ("ports [1, 2, 3] open", "ports [<*>] open"),
            ("GET http://a.b/c?d=e done", "GET <*> done"),
            ("挂号成功 流水号=OP2026 科室=D26", "挂号成功 流水号=<*> 科室=<*>"),
            ("已保持活动状态752345毫秒，可能", "已保持活动状态<*>毫秒，可能"),
            ("open /var/log/x failed", "open <*> failed"),
        ] {
            assert_eq!(masked(text), wanted);
        }
    }

    #[test]
    fn any_bytes_end() {
        let mut parts = Vec::new();
        for wide in [false, true] {
            for lead in 0..=255u8 {
                mask(&[lead, lead, b'1', lead], wide, &mut parts);
                mask(&[lead], wide, &mut parts);
            }
        }
    }
}
