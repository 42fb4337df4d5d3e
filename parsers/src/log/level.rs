//! Level words of all products, in English and Chinese.

/// Level of a record, the same scale for all products.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Level {
    /// Trace, debug, fine, entry and exit.
    Debug,
    /// Info, audit, notice.
    #[default]
    Info,
    /// Warning.
    Warn,
    /// Error, severe.
    Error,
    /// Fatal, critical, alert, emergency, panic.
    Fatal,
}

/// Words in upper case, with their levels. PostgreSQL's follow-up lines (DETAIL …) count as information.
const WORDS: &[(&str, Level)] = &[
    ("ALERT", Level::Fatal),
    ("AUDIT", Level::Info),
    ("CONFIG", Level::Info),
    ("CONTEXT", Level::Info),
    ("CRIT", Level::Fatal),
    ("CRITICAL", Level::Fatal),
    ("DEBUG", Level::Debug),
    ("DETAIL", Level::Info),
    ("EMERG", Level::Fatal),
    ("EMERGENCY", Level::Fatal),
    ("ERR", Level::Error),
    ("ERROR", Level::Error),
    ("FATAL", Level::Fatal),
    ("FINE", Level::Debug),
    ("FINER", Level::Debug),
    ("FINEST", Level::Debug),
    ("HINT", Level::Info),
    ("INFO", Level::Info),
    ("INFORMATION", Level::Info),
    ("LOG", Level::Info),
    ("NOTE", Level::Info),
    ("NOTICE", Level::Info),
    ("PANIC", Level::Fatal),
    ("SEVERE", Level::Error),
    ("STATEMENT", Level::Info),
    ("STATS", Level::Info),
    ("SYSTEM", Level::Info),
    ("SYSTEMERR", Level::Info),
    ("SYSTEMOUT", Level::Info),
    ("TRACE", Level::Debug),
    ("VERBOSE", Level::Debug),
    ("WARN", Level::Warn),
    ("WARNING", Level::Warn),
];

/// Tomcat's and other words under a Chinese locale.
const WORDS_ZH: &[(&str, &[u8], Level)] = &[
    ("严重", b"\xD1\xCF\xD6\xD8", Level::Error),
    ("警告", b"\xBE\xAF\xB8\xE6", Level::Warn),
    ("信息", b"\xD0\xC5\xCF\xA2", Level::Info),
    ("配置", b"\xC5\xE4\xD6\xC3", Level::Info),
    ("详细", b"\xCF\xEA\xCF\xB8", Level::Debug),
    ("较详细", b"\xBD\xCF\xCF\xEA\xCF\xB8", Level::Debug),
    ("非常详细", b"\xB7\xC7\xB3\xA3\xCF\xEA\xCF\xB8", Level::Debug),
    ("错误", b"\xB4\xED\xCE\xF3", Level::Error),
    ("致命", b"\xD6\xC2\xC3\xFC", Level::Fatal),
    ("调试", b"\xB5\xF7\xCA\xD4", Level::Debug),
];

/// The level that a whole word stands for, in any case; UTF-8 or GBK for the Chinese ones.
pub fn level_word(word: &[u8]) -> Option<Level> {
    let first = *word.first()?;
    if first >= 0x80 {
        return WORDS_ZH
            .iter()
            .find(|(utf8, gbk, _)| word == utf8.as_bytes() || word == *gbk)
            .map(|(_, _, level)| *level);
    }
    if word.len() < 3 || word.len() > 11 || !first.is_ascii_alphabetic() {
        return None;
    }
    WORDS
        .iter()
        .find(|(known, _)| word.eq_ignore_ascii_case(known.as_bytes()))
        .map(|(_, level)| *level)
}

/// The one-letter levels of Android and glog.
pub(super) fn level_letter(letter: u8) -> Option<Level> {
    match letter {
        b'V' | b'D' => Some(Level::Debug),
        b'I' => Some(Level::Info),
        b'W' => Some(Level::Warn),
        b'E' => Some(Level::Error),
        b'F' => Some(Level::Fatal),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        assert_eq!(level_word(b"SEVERE"), Some(Level::Error));
        assert_eq!(level_word(b"Warning"), Some(Level::Warn));
        assert_eq!(level_word("严重".as_bytes()), Some(Level::Error));
        assert_eq!(level_word(b"\xBE\xAF\xB8\xE6"), Some(Level::Warn));
        assert_eq!(level_word(b"ERRORS"), None);
        assert_eq!(level_word(b""), None);
    }
}
