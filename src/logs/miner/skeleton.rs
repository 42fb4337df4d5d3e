//! A quick hash of a message by which its key is remembered, so that only new shapes are taken apart.
//!
//! A skeleton tells more than a key: stretches without a number or path count byte by byte, blanks and lists included. Two
//! messages with one skeleton have one key; one key may have many skeletons.

use super::mask::{self, ascii_word};

const K0: u64 = 0xA076_1D64_78BD_642F;
const K1: u64 = 0xE703_7ED1_A0B4_28DB;
/// Where a hash begins: unlike the constants that are mixed in, or equal halves would cancel out.
const K2: u64 = 0x8EBC_6AF0_9C88_C6E3;

/// The skeleton of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::logs) struct Skeleton {
    pub(in crate::logs) hash: u64,
    /// Bytes of the message before its first variable part: messages of one skeleton share them.
    pub(in crate::logs) fixed: usize,
}

/// The skeleton of a message whose bytes above 0x7F, if any, are UTF-8 or of a single-byte encoding.
pub(in crate::logs) fn skeleton(message: &[u8]) -> Skeleton {
    let message = message.get(..mask::LONGEST).unwrap_or(message);
    let (mut hash, mut from, mut at) = (K2, 0, 0);
    let mut fixed = message.len();
    while let Some(special) = next_special(message, at) {
        let start = word_start(message, from, special);
        let quoted = quoted_end(message, from, start);
        let (end, variable) = quoted.map_or_else(|| ascii_word(message, start), |end| (end, true));
        // Words go on at least to the byte that was found.
        let end = end.max(special + 1);
        if variable {
            fixed = fixed.min(start);
            let text = message.get(from..start).unwrap_or_default();
            hash = mix(literal(hash, text), kind_of(message, start, quoted.is_some()));
            from = end;
        }
        at = end;
    }
    Skeleton {
        hash: literal(hash, message.get(from..).unwrap_or_default()),
        fixed,
    }
}

/// The next byte that can make a word variable: a digit, a slash or a backslash.
fn next_special(message: &[u8], from: usize) -> Option<usize> {
    let rest = message.get(from..)?;
    let (eights, tail) = rest.as_chunks::<8>();
    for (index, eight) in eights.iter().enumerate() {
        let found = specials(u64::from_le_bytes(*eight));
        if found != 0 {
            return Some(from + index * 8 + (found.trailing_zeros() / 8) as usize);
        }
    }
    let at = tail.iter().position(|b| matches!(b, b'/'..=b'9' | b'\\'))?;
    Some(from + eights.len() * 8 + at)
}

/// The high bit of each byte that is one of `/0123456789\`.
const fn specials(eight: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let low = eight & !HIGH;
    // From `/` to `9`: at least 0x2F, and not at least 0x3A.
    let range = (low + ONES * (0x80 - 0x2F)) & !(low + ONES * (0x80 - 0x3A));
    let other = low ^ (ONES * 0x5C);
    let backslash = !(other + ONES * 0x7F);
    (range | backslash) & !eight & HIGH
}

/// Where the word with the byte at `special` begins.
fn word_start(message: &[u8], from: usize, special: usize) -> usize {
    let before = message.get(from..special).unwrap_or_default();
    special - before.iter().rev().take_while(|b| !mask::ends_word(**b)).count()
}

/// The end of a URL or of a Windows path whose part behind the colon begins at `start`.
fn quoted_end(message: &[u8], from: usize, start: usize) -> Option<usize> {
    let colon = start.checked_sub(1).filter(|colon| *colon > from)?;
    if message.get(colon) != Some(&b':') {
        return None;
    }
    let in_word = |at: usize| at >= from && message.get(at).is_some_and(|b| !mask::ends_word(*b));
    let rest = message.get(start..)?;
    let url = rest.starts_with(b"//") && in_word(colon - 1);
    let path = rest.first() == Some(&b'\\') && in_word(colon - 1) && !colon.checked_sub(2).is_some_and(in_word);
    (url || path).then(|| start + mask::quoted(rest))
}

/// What is masked together with the text before it is told apart: a number in brackets behind a name in capitals, the rest
/// of a URL behind its scheme.
fn kind_of(message: &[u8], start: usize, quoted: bool) -> u64 {
    let open = start.checked_sub(1).and_then(|open| message.get(open..));
    match open.is_some_and(|text| mask::indexed(text).is_some()) {
        _ if quoted => 3,
        true => 2,
        false => 1,
    }
}

/// Takes a stretch of text into the hash, its length too. The last bytes may count twice: that costs less than copying them.
fn literal(mut hash: u64, text: &[u8]) -> u64 {
    let (pairs, _) = text.as_chunks::<16>();
    for pair in pairs {
        let both = u128::from_le_bytes(*pair);
        hash = fold(both as u64 ^ K1, (both >> 64) as u64 ^ hash);
    }
    let (low, high) = match text {
        [.., _, _, _, _, _, _, _, _] => {
            let first = match text.last_chunk::<16>() {
                Some(last) => (u128::from_le_bytes(*last)) as u64,
                None => text.first_chunk().map_or(0, |first| u64::from_le_bytes(*first)),
            };
            (first, text.last_chunk().map_or(0, |last| u64::from_le_bytes(*last)))
        }
        [.., _, _, _, _] => (
            text.first_chunk()
                .map_or(0, |first| u64::from(u32::from_le_bytes(*first))),
            text.last_chunk().map_or(0, |last| u64::from(u32::from_le_bytes(*last))),
        ),
        _ => (text.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)), 0),
    };
    fold(low ^ K0 ^ text.len() as u64, high ^ hash)
}

fn mix(hash: u64, value: u64) -> u64 {
    fold(hash ^ K1, value ^ K0)
}

/// Both halves of the product.
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::miner::mask::{Part, PartKind, mask};
    use std::collections::HashMap;

    fn key(message: &[u8]) -> Vec<Vec<u8>> {
        let mut parts: Vec<Part> = Vec::new();
        mask(message, false, &mut parts);
        parts
            .iter()
            .map(|p| match p.kind {
                PartKind::Variable => b"<*>".to_vec(),
                _ => message.get(p.start as usize..p.end as usize).unwrap().to_vec(),
            })
            .collect()
    }

    #[test]
    fn specials_are_found() {
        for byte in 0..=255u8 {
            let wanted = matches!(byte, b'/'..=b'9' | b'\\');
            for place in 0..8 {
                let mut eight = [b'x'; 8];
                *eight.get_mut(place).unwrap() = byte;
                let found = specials(u64::from_le_bytes(eight));
                let at = (found != 0).then(|| found.trailing_zeros() as usize / 8);
                assert_eq!(at, wanted.then_some(place), "{byte} at {place}");
            }
        }
    }

    #[test]
    fn values_do_not_matter() {
        for (a, b) in [
            ("order 202607595801 of P0000 took 17 ms", "order 1 of Q7 took 178293 ms"),
            ("GET http://a.b/c?d=e done", "GET http://longer.host.name/other?x done"),
            ("open C:\\data\\a=b failed", "open C:\\x\\y.txt failed"),
            ("状态752345毫秒", "状态1毫秒"),
            ("uri=/a/b?c=d took", "uri=/e took"),
        ] {
            assert_eq!(skeleton(a.as_bytes()), skeleton(b.as_bytes()), "{a} / {b}");
        }
        assert_ne!(skeleton(b"opened 1 file"), skeleton(b"closed 1 file"));
        assert_ne!(skeleton(b"WSVR0605W: x 1"), skeleton(b"WSVR0606W: x 1"));
    }

    /// Pieces that meet every rule of the mask, put together at random: one skeleton means one key.
    #[test]
    fn one_skeleton_has_one_key() {
        const PIECES: &[&str] = &[
            "a",
            "B",
            "LOCAL",
            "true",
            "=",
            ":",
            "(",
            ")",
            "[",
            "]",
            " ",
            "1",
            "23",
            "/",
            "//",
            "\\",
            "C",
            "x7",
            ",",
            "\"",
            "é",
            "状",
            "，",
            "@",
            ".",
            "com",
            "WSVR0605W",
            "}",
            "'",
            "deadbeef",
            "?",
            "\t",
        ];
        let mut seed = 7u64;
        let mut next = |below: usize| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        let mut keys: HashMap<u64, (Vec<Vec<u8>>, String)> = HashMap::new();
        for _ in 0..200_000 {
            let length = 1 + next(7);
            let text: String = (0..length).map(|_| *PIECES.get(next(PIECES.len())).unwrap()).collect();
            let found = skeleton(text.as_bytes());
            let own = key(text.as_bytes());
            let (known, first) = keys.entry(found.hash).or_insert_with(|| (own.clone(), text.clone()));
            assert_eq!(*known, own, "{text:?} and {first:?}");
        }
        // Some must have met.
        assert!(keys.len() < 190_000);
    }
}
