//! What message codes mean.

use crate::words::Text;

/// Code, product, role, meaning in Chinese and English; sorted by code.
const TABLE: &str = include_str!("message_codes.tsv");

/// A known message code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeMeaning {
    /// The code.
    pub code: &'static str,
    /// The product that writes it.
    pub product: &'static str,
    /// `cause`, `symptom`, `noise` or `lifecycle`.
    pub role: &'static str,
    /// 中文含义。
    pub zh: &'static str,
    /// English meaning.
    pub en: &'static str,
}

impl CodeMeaning {
    /// The meaning as a text of both languages.
    pub fn text(&self) -> Text {
        Text::new(self.zh, self.en)
    }
}

/// All known codes, in the table's order.
pub fn known_codes() -> impl Iterator<Item = CodeMeaning> {
    TABLE.lines().skip(1).filter_map(|line| {
        let mut fields = line.split('\t');
        Some(CodeMeaning {
            code: fields.next()?,
            product: fields.next()?,
            role: fields.next()?,
            zh: fields.next()?,
            en: fields.next()?,
        })
    })
}

/// The meaning of a code.
pub fn code_meaning(code: &str) -> Option<CodeMeaning> {
    known_codes().find(|known| known.code == code)
}

/// The role of a code that the table may not know: then its severity letter tells.
pub(super) fn role(code: &str) -> &'static str {
    match code_meaning(code) {
        Some(known) => known.role,
        None if code.starts_with("ORA-") || code.starts_with("SQLCODE") => "symptom",
        None => match code.as_bytes().last() {
            Some(b'E' | b'F' | b'W' | b'C') => "symptom",
            _ => "noise",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        assert!(known_codes().count() > 300);
        assert_eq!(known_codes().count(), TABLE.lines().count() - 1);
        for known in known_codes() {
            assert!(
                ["cause", "symptom", "noise", "lifecycle"].contains(&known.role),
                "{}",
                known.code
            );
            assert!(!known.zh.is_empty() && !known.en.is_empty(), "{}", known.code);
        }
    }

    #[test]
    fn unknown_codes_have_the_role_of_their_letter() {
        assert_eq!(role("ZZZZ9999E"), "symptom");
        assert_eq!(role("ZZZZ9999I"), "noise");
        assert_eq!(role("WSVR0001I"), "lifecycle");
    }
}
