//! Message codes: `WSVR0605W`, `BEA-000337`, `ORA-00060`, `JBAS015899`, `IJ000453`, `JVMDUMP039I`.

use memchr::memmem::Finder;
use std::sync::LazyLock;

/// Built once: these are looked for in every record.
static ORACLE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("ORA-"));
static DB2: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("SQLCODE=-"));

/// The code that a message begins with, or an Oracle or DB2 code further on.
pub fn message_code(message: &[u8]) -> Option<&[u8]> {
    leading_code(message).0.or_else(|| embedded_code(message))
}

/// A code at the start, or behind the class and method that WebSphere prints before some messages; and how many bytes of
/// the message were looked at for it.
pub fn leading_code(message: &[u8]) -> (Option<&[u8]>, usize) {
    let mut rest = super::record::trim_start(message);
    for _ in 0..3 {
        let end = rest
            .iter()
            .take(160)
            .position(|b| matches!(b, b':' | b' ' | b'\t' | b'<' | b'>' | b'(' | 0x80..))
            .unwrap_or(rest.len().min(160));
        let word = rest.get(..end).unwrap_or_default();
        let seen = message.len() - rest.len() + (end + 1).min(rest.len());
        if is_code(word) {
            return (Some(word), seen);
        }
        if rest.get(end) != Some(&b' ')
            || !word
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'$' | b'_'))
        {
            return (None, seen);
        }
        rest = super::record::trim_start(rest.get(end..).unwrap_or_default());
    }
    (None, message.len() - rest.len())
}

/// Capital letters, then at least three digits, then at most one severity letter; or letters, dash, digits.
fn is_code(word: &[u8]) -> bool {
    if !(6..=16).contains(&word.len()) {
        return false;
    }
    let letters = word.iter().take_while(|b| b.is_ascii_uppercase()).count();
    let Some(rest) = word.get(letters..) else { return false };
    match rest.first() {
        Some(b'-') => {
            let digits = rest.get(1..).unwrap_or_default();
            (2..=6).contains(&letters) && (4..=8).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
        }
        // J9's codes mix a digit in (`JVMJ9VM135W`).
        _ if word.starts_with(b"JVMJ9") => word.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()),
        Some(b'0'..=b'9') => {
            let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
            let tail = rest.get(digits..).unwrap_or_default();
            letters >= 2
                && digits >= 3
                && match tail {
                    [] => digits >= 4,
                    [letter] => letter.is_ascii_uppercase(),
                    _ => false,
                }
        }
        _ => false,
    }
}

/// `ORA-00060` anywhere; DB2's `SQLCODE=-911`.
pub fn embedded_code(message: &[u8]) -> Option<&[u8]> {
    let mut from = 0;
    while let Some(at) = ORACLE.find(message.get(from..)?) {
        let start = from + at;
        let digits = message
            .get(start + 4..)?
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        if digits == 5 {
            return message.get(start..start + 9);
        }
        from = start + 4;
    }
    let start = DB2.find(message)?;
    let digits = message
        .get(start + 9..)?
        .iter()
        .take_while(|b| b.is_ascii_digit())
        .count();
    (3..=5)
        .contains(&digits)
        .then(|| message.get(start..start + 9 + digits))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Option<String> {
        message_code(text.as_bytes()).map(|c| String::from_utf8_lossy(c).into_owned())
    }

    #[test]
    fn codes() {
        for (text, wanted) in [
            ("WSVR0605W: 线程“WebContainer : 376”", "WSVR0605W"),
            ("CWWKF0011I: ready", "CWWKF0011I"),
            ("JBAS015899: JBoss", "JBAS015899"),
            ("IJ000453: Unable", "IJ000453"),
            ("JVMDUMP039I Processing", "JVMDUMP039I"),
            ("JVMJ9VM135W /proc", "JVMJ9VM135W"),
            ("com.ibm.ws.X doIt WTRN0006W: Transaction", "WTRN0006W"),
            ("java.sql.SQLException: ORA-00060: 等待资源时检测到死锁", "ORA-00060"),
            ("SQLCODE=-911, SQLSTATE=40001", "SQLCODE=-911"),
            ("BEA-000337 x", "BEA-000337"),
        ] {
            assert_eq!(code(text).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn no_codes() {
        for text in [
            "",
            "HTTP 500",
            "Server startup in [2325] ms",
            "UTF-8 text",
            "P00000076 open",
            "ORA-1",
            "A123: x",
            "ERROR: x",
        ] {
            assert_eq!(code(text).filter(|c| c != "P00000076"), None, "{text}");
        }
    }
}
