//! Tags of verbose GC, read without an XML parser: the log may be cut, unclosed or lie inside other output.

use crate::{
    Stamp,
    gc::bytes::{ctime, decimal, integer, iso_stamp, text},
};

/// Longest tag believed: `vmarg` elements hold class paths.
pub(super) const MAX_TAG: usize = 64 * 1024;

/// One start tag (or end tag, with its slash) and where it ends.
pub(super) struct Element<'a> {
    pub name: &'a [u8],
    attributes: &'a [u8],
    pub length: usize,
}

impl<'a> Element<'a> {
    /// Reads what follows a `<`; `None` when it is no tag or the input ends in it.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let name_length = bytes
            .iter()
            .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'/')))?;
        let name = bytes.get(..name_length)?;
        if name.is_empty() {
            return None;
        }
        // `>` inside a quoted value does not end the tag; J9 escapes it as `&gt;` in names only since later levels.
        let mut quoted = false;
        let mut end = None;
        for (i, b) in bytes.get(name_length..)?.iter().enumerate().take(MAX_TAG) {
            match b {
                b'"' => quoted = !quoted,
                b'>' if !quoted => {
                    end = Some(name_length + i);
                    break;
                }
                b'<' if !quoted => return None,
                b'\n' if quoted => return None,
                _ => {}
            }
        }
        let end = end?;
        Some(Self {
            name: name.strip_suffix(b"/").unwrap_or(name),
            attributes: bytes.get(name_length..end)?,
            length: end + 1,
        })
    }

    /// The value of an attribute.
    pub fn get(&self, key: &[u8]) -> Option<&'a [u8]> {
        let mut rest = self.attributes;
        loop {
            let equals = memchr::memchr(b'=', rest)?;
            let name = rest.get(..equals)?.trim_ascii();
            let value = rest.get(equals + 1..)?.trim_ascii_start().strip_prefix(b"\"")?;
            let end = memchr::memchr(b'"', value)?;
            if name == key {
                return value.get(..end);
            }
            rest = value.get(end + 1..)?;
        }
    }

    pub fn text(&self, key: &[u8]) -> Option<&'a str> {
        self.get(key).map(text)
    }

    pub fn integer(&self, key: &[u8]) -> Option<u64> {
        self.get(key).and_then(|v| integer(v).map(|(n, _)| n))
    }

    pub fn decimal(&self, key: &[u8]) -> Option<f64> {
        self.get(key).and_then(|v| decimal(v).map(|(n, _)| n))
    }

    pub fn stamp(&self) -> Option<Stamp> {
        let value = self.get(b"timestamp")?;
        iso_stamp(value)
            .map(|(s, _)| s)
            .or_else(|| ctime(text(value)).map(|(s, _)| s))
    }
}
