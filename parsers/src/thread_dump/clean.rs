//! Lines of a dump that went through a log, a container runtime or a web page.

use super::scan;
use std::borrow::Cow;

/// What stands before each line of a dump that was written through a logger: learned from the start line, then taken
/// off the others. Words and numbers may differ in value and length, everything else must be the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Prefix(Vec<Part>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A run of letters and digits.
    Word,
    Byte(u8),
}

impl Prefix {
    /// The shape of the bytes before the dump's own text.
    pub fn learn(bytes: &[u8]) -> Self {
        let mut parts = Vec::new();
        for &byte in bytes {
            let part = if byte.is_ascii_alphanumeric() {
                Part::Word
            } else {
                Part::Byte(byte)
            };
            if parts.last() != Some(&part) || matches!(part, Part::Byte(_)) {
                parts.push(part);
            }
        }
        Self(parts)
    }

    /// The line without the prefix, or as it is when it has none.
    pub fn strip<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        self.measure(line).and_then(|length| line.get(length..)).unwrap_or(line)
    }

    fn measure(&self, line: &[u8]) -> Option<usize> {
        let mut at = 0;
        for part in &self.0 {
            let rest = line.get(at..)?;
            let length = match part {
                Part::Byte(byte) => usize::from(rest.first() == Some(byte)),
                Part::Word => rest.iter().take_while(|b| b.is_ascii_alphanumeric()).count(),
            };
            if length == 0 {
                // The shape may end in blanks that a bare line lacks.
                return (*part == Part::Byte(b' ') && rest.is_empty()).then_some(at);
            }
            at += length;
        }
        Some(at)
    }
}

/// The characters of a line, HTML entities and tags undone where there are any.
pub(super) fn content<'a>(prefix: &Prefix, line: &'a [u8]) -> Cow<'a, str> {
    if let Some(text) = docker(line) {
        return Cow::Owned(text);
    }
    let text = scan::text(prefix.strip(line));
    if text.contains('&')
        && ["&quot;", "&lt;", "&gt;", "&#", "&nbsp;"]
            .iter()
            .any(|entity| text.contains(entity))
    {
        return Cow::Owned(without_tags(&unescape(&text)).to_owned());
    }
    match without_tags(&text) {
        bare if bare.len() == text.len() => text,
        bare => Cow::Owned(bare.to_owned()),
    }
}

/// The text of a line of Docker's `json-file` log: `{"log":"…\n","stream":"stdout","time":"…"}`.
fn docker(line: &[u8]) -> Option<String> {
    if !line.starts_with(b"{\"log\":") {
        return None;
    }
    let object: serde_json::Value = serde_json::from_slice(line).ok()?;
    let text = object.get("log")?.as_str()?;
    Some(text.trim_end_matches(['\n', '\r']).to_owned())
}

fn unescape(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&apos;", "'")
        .replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// Takes tags off both ends: `<pre>"main" …<br/>` → `"main" …`.
fn without_tags(text: &str) -> &str {
    const TAGS: &[&str] = &["pre", "br", "p", "div", "span", "code", "td", "tr", "li", "font", "b"];
    let is_tag = |tag: &str| {
        let name = tag.trim_start_matches('/');
        let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
        name.get(..end)
            .is_some_and(|name| TAGS.iter().any(|known| known.eq_ignore_ascii_case(name)))
    };
    let mut rest = text;
    while let Some((tag, behind)) = rest.strip_prefix('<').and_then(|r| r.split_once('>')) {
        if !is_tag(tag) {
            break;
        }
        rest = behind;
    }
    while let Some((before, tag)) = rest.strip_suffix('>').and_then(|r| r.rsplit_once('<')) {
        if !is_tag(tag) {
            break;
        }
        rest = before;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_known_by_its_shape() {
        let prefix = Prefix::learn(b"[11/20/26 10:31:22:120 CST] 0000001f SystemOut     O ");
        let line = b"[11/20/26 10:31:22:9 CST] 00000a1 SystemOut     O \tat a.B.c(B.java:1)";
        assert_eq!(prefix.strip(b"no prefix"), b"no prefix");
        assert_eq!(
            Prefix::learn(b"2026-11-20 10:31:22 INFO  - ").strip(b"2026-11-20 10:31:23 INFO  - x"),
            b"x"
        );
        assert_eq!(prefix.strip(line), b"\tat a.B.c(B.java:1)");
    }

    #[test]
    fn a_web_page_is_read_like_text() {
        let none = Prefix::default();
        assert_eq!(content(&none, b"<pre>&quot;main&quot; prio=5<br/>"), "\"main\" prio=5");
        assert_eq!(content(&none, b"- locked <0x1> (a b.C)"), "- locked <0x1> (a b.C)");
        assert_eq!(
            content(&none, b"\t- locked &lt;0x1&gt; (a b.C)"),
            "\t- locked <0x1> (a b.C)"
        );
    }
}
