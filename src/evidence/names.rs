//! Names inside archives: their encoding, and what they must not do to a path.

/// A name as text: UTF-8, else GB18030 (zip and tar of Chinese Windows and AIX write the local code page), else the
/// bytes that can be shown.
pub fn decode(raw: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(raw) {
        return text.to_owned();
    }
    let (text, _, wrong) = encoding_rs::GB18030.decode(raw);
    if wrong {
        String::from_utf8_lossy(raw).into_owned()
    } else {
        text.into_owned()
    }
}

/// A member's name as part of a path in the report: `/`-separated, without a root, `.`, `..`, or control characters.
/// Nothing is ever written under it; it must only not mislead.
pub fn tame(name: &str) -> String {
    let parts = name.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | ".."));
    let joined = parts.collect::<Vec<_>>().join("/");
    joined.chars().map(|c| if c.is_control() { '_' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_never_lead_out() {
        assert_eq!(tame("../../etc/passwd"), "etc/passwd");
        assert_eq!(tame("/var/log/./x.log"), "var/log/x.log");
        assert_eq!(tame("..\\..\\a\\b.txt"), "a/b.txt");
        assert_eq!(tame("a\u{1b}[31m.log"), "a_[31m.log");
    }

    #[test]
    fn gbk_names_are_read() {
        let (raw, _, _) = encoding_rs::GBK.encode("线程转储.txt");
        assert_eq!(decode(&raw), "线程转储.txt");
        assert_eq!(decode("日志.log".as_bytes()), "日志.log");
    }
}
