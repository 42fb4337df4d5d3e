//! Tags, sections, code pages.

use crate::thread_dump;
use encoding_rs::{Encoding, GB18030};
use std::borrow::Cow;

/// Which part of a javacore a tag belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Section,
    Title,
    Host,
    Environment,
    NativeMemory,
    Memory,
    Locks,
    Threads,
    Classes,
    /// The writer's remarks about missing data.
    Internal,
    /// Known, and nothing in it that the analysis uses.
    Skipped,
    Unknown,
}

/// Tag and data of a line; `None` when the line does not begin with a tag.
pub(super) fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
    let (tag, data) = line.split_at_checked(end)?;
    let (first, rest) = tag.split_first()?;
    let is_tag =
        first.is_ascii_digit() && tag.len() >= 4 && rest.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let is_tag = is_tag && rest.first().is_some_and(u8::is_ascii_uppercase);
    (is_tag || tag == b"NULL").then_some((tag, data))
}

/// The family by the letters behind the level.
pub(super) fn family(tag: &[u8]) -> Family {
    if tag == b"0SECTION" {
        return Family::Section;
    }
    let letters = tag.get(1..).unwrap_or_default();
    const TABLE: &[(&[u8], Family)] = &[
        (b"INTERNAL", Family::Internal),
        (b"MEMUSER", Family::NativeMemory),
        (b"TIDMP", Family::Skipped),
        (b"TI", Family::Title),
        (b"XH", Family::Host),
        (b"CI", Family::Environment),
        (b"ST", Family::Memory),
        (b"LK", Family::Locks),
        (b"XM", Family::Threads),
        (b"XE", Family::Threads),
        (b"CL", Family::Classes),
        (b"HK", Family::Skipped),
        (b"SCL", Family::Skipped),
        (b"BT", Family::Skipped),
        (b"DC", Family::Skipped),
        (b"DG", Family::Skipped),
        (b"CUDA", Family::Skipped),
        (b"XG", Family::Skipped),
    ];
    TABLE
        .iter()
        .find(|(start, _)| letters.starts_with(start))
        .map_or(Family::Unknown, |(_, family)| *family)
}

/// `TITLE subcomponent dump routine` → `TITLE`.
pub(super) fn section_name(data: &[u8]) -> String {
    let text = String::from_utf8_lossy(data);
    let text = text.trim();
    text.strip_suffix("subcomponent dump routine")
        .unwrap_or(text)
        .trim()
        .to_owned()
}

/// The code page of names and values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Charset(&'static Encoding);

impl Default for Charset {
    fn default() -> Self {
        Self(GB18030)
    }
}

impl Charset {
    /// `UTF-8`, `ISO8859-1`, `IBM-1386` (GBK on AIX), bare `1252` on Windows.
    pub fn set(&mut self, label: &str) {
        let bare = label.trim().to_ascii_lowercase();
        let known = match bare.as_str() {
            "ibm-1386" | "ibm1386" | "1386" | "ibm-euccn" | "936" | "cp936" | "ms936" => Some(GB18030),
            // A file that claims UTF-8 and holds other bytes was written by a program that did not ask.
            "utf-8" | "utf8" => None,
            digits if digits.bytes().all(|b| b.is_ascii_digit()) => {
                Encoding::for_label(format!("windows-{digits}").as_bytes())
            }
            _ if bare.starts_with("iso8859") => Encoding::for_label(bare.replacen("iso8859", "iso-8859", 1).as_bytes()),
            _ => Encoding::for_label(bare.as_bytes()),
        };
        if let Some(known) = known {
            self.0 = known;
        }
    }

    /// UTF-8 where it is, else the code page.
    pub fn decode<'a>(&self, bytes: &'a [u8]) -> Cow<'a, str> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => self.0.decode_without_bom_handling(bytes).0,
        }
    }
}

/// The input with UTF-16 and EBCDIC (z/OS) turned into ASCII.
pub(super) fn as_ascii_superset(input: &[u8]) -> Cow<'_, [u8]> {
    const SECTION_1047: &[u8] = &[0xF0, 0xE2, 0xC5, 0xC3, 0xE3, 0xC9, 0xD6, 0xD5];
    let head = input.get(..input.len().min(4096)).unwrap_or_default();
    if memchr::memmem::find(head, b"0SECTION").is_none() && memchr::memmem::find(head, SECTION_1047).is_some() {
        return Cow::Owned(input.iter().map(|b| ibm1047(*b)).collect());
    }
    thread_dump::as_ascii_superset(input)
}

/// IBM-1047 to ASCII; both line ends in use (NEL 0x15, LF 0x25) become LF.
fn ibm1047(byte: u8) -> u8 {
    match byte {
        0x05 => b'\t',
        0x0D => b'\r',
        0x15 | 0x25 => b'\n',
        0x40 => b' ',
        0x4B => b'.',
        0x4C => b'<',
        0x4D => b'(',
        0x4E => b'+',
        0x4F => b'|',
        0x50 => b'&',
        0x5A => b'!',
        0x5B => b'$',
        0x5C => b'*',
        0x5D => b')',
        0x5E => b';',
        0x5F => b'^',
        0x60 => b'-',
        0x61 => b'/',
        0x6B => b',',
        0x6C => b'%',
        0x6D => b'_',
        0x6E => b'>',
        0x6F => b'?',
        0x79 => b'`',
        0x7A => b':',
        0x7B => b'#',
        0x7C => b'@',
        0x7D => b'\'',
        0x7E => b'=',
        0x7F => b'"',
        0x81..=0x89 => b'a' + (byte - 0x81),
        0x91..=0x99 => b'j' + (byte - 0x91),
        0xA1 => b'~',
        0xA2..=0xA9 => b's' + (byte - 0xA2),
        0xAD => b'[',
        0xBD => b']',
        0xC0 => b'{',
        0xC1..=0xC9 => b'A' + (byte - 0xC1),
        0xD0 => b'}',
        0xD1..=0xD9 => b'J' + (byte - 0xD1),
        0xE0 => b'\\',
        0xE2..=0xE9 => b'S' + (byte - 0xE2),
        0xF0..=0xF9 => b'0' + (byte - 0xF0),
        _ => b'?',
    }
}
