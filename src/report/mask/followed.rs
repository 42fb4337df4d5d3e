//! The same value, the same mask: `***A` wherever a report hides one name, `***B` for the next, so that a reader can
//! follow a person or number through it without learning who it is.
//!
//! Letters are given in order of appearance and mean nothing outside their report; a tag computed from the value could
//! be guessed back, an order cannot.

use super::{STARS, mask};
use std::{collections::HashMap, sync::Mutex};

/// The letters of one report.
#[derive(Debug, Default)]
pub struct Followed {
    letters: Mutex<HashMap<String, usize>>,
}

impl Followed {
    /// Masks, with a letter behind each mask whose value can be told apart.
    pub fn mask(&self, words: &str) -> String {
        let masked = mask(words);
        if !masked.contains(STARS) {
            return masked.into_owned();
        }
        let mut out = String::with_capacity(masked.len() + 8);
        let mut pieces = masked.split(STARS);
        out.push_str(pieces.next().unwrap_or_default());
        // Where in the original the first mask begins, as long as the two can be laid side by side.
        let mut at = words.starts_with(out.as_str()).then_some(out.len());
        let mut pieces = pieces.peekable();
        while let Some(piece) = pieces.next() {
            out.push_str(STARS);
            let rest = at.and_then(|at| words.get(at..));
            let length = rest.and_then(|rest| match pieces.peek() {
                None => rest.len().checked_sub(piece.len()).filter(|_| rest.ends_with(piece)),
                Some(_) if piece.is_empty() => None,
                Some(_) => rest.find(piece),
            });
            if let (Some(rest), Some(length)) = (rest, length) {
                out.push_str(&self.letter(rest.get(..length).unwrap_or_default()));
            }
            at = at.zip(length).map(|(at, length)| at + length + piece.len());
            out.push_str(piece);
        }
        out
    }

    /// `A` for the first value, `AA` for the 27th; nothing for what was masked before.
    fn letter(&self, hidden: &str) -> String {
        let hidden = hidden.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\'));
        if hidden.is_empty() || hidden.starts_with(STARS) {
            return String::new();
        }
        let Ok(mut letters) = self.letters.lock() else {
            return String::new();
        };
        let next = letters.len();
        let mut n = *letters.entry(hidden.to_owned()).or_insert(next) + 1;
        let mut name = Vec::new();
        while n > 0 {
            n -= 1;
            name.push(char::from(b'A' + u8::try_from(n % 26).unwrap_or(0)));
            n /= 26;
        }
        name.iter().rev().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_has_one_letter() {
        let followed = Followed::default();
        assert_eq!(followed.mask("姓名：王小明，住院号 0012345"), "姓名：***A，住院号 ***B");
        assert_eq!(
            followed.mask("患者姓名=李强 patientId=0012345"),
            "患者姓名=***C patientId=***B"
        );
        assert_eq!(followed.mask("姓名：王小明"), "姓名：***A");
        assert_eq!(followed.mask("WebContainer : 12"), "WebContainer : 12");
    }

    #[test]
    fn what_is_masked_stays_and_nothing_leaks() {
        let followed = Followed::default();
        for words in [
            "姓名：***，住院号 ***",
            "password=secret1 and password=secret1",
            "select * from t where name = '王小明' and id = 7 -- 姓名：王小明",
            "电话：13800138000 电话：13800138000",
            "***",
            "",
        ] {
            let once = followed.mask(words);
            let letters_gone = |text: &str| {
                let mut parts = text.split(STARS);
                let first = parts.next().unwrap_or_default().to_owned();
                parts.fold(first, |out, part| {
                    out + STARS + part.trim_start_matches(|c: char| c.is_ascii_uppercase())
                })
            };
            assert_eq!(letters_gone(&once), mask(words), "{words}");
            assert_eq!(followed.mask(&once), once, "masked twice: {words}");
        }
    }

    #[test]
    fn letters_go_on_after_z() {
        let followed = Followed::default();
        let last = (0..28).map(|n| followed.letter(&format!("v{n}"))).last();
        assert_eq!(last.as_deref(), Some("AB"));
    }
}
