//! Which encoding a text is in, by evidence (LOG_FORMATS §2), and its text.

use encoding_rs::{GB18030, UTF_16BE, UTF_16LE, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252};
use std::borrow::Cow;

/// The encodings that server logs come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Encoding {
    /// UTF-8, ASCII included.
    #[default]
    Utf8,
    /// GB18030 with its subsets GBK and GB2312.
    Gb18030,
    /// UTF-16, least significant byte first (PowerShell's redirection).
    Utf16Le,
    /// UTF-16, most significant byte first.
    Utf16Be,
    /// Western European Windows.
    Windows1252,
    /// Central European Windows.
    Windows1250,
    /// Cyrillic Windows.
    Windows1251,
}

impl Encoding {
    /// The name in `report.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Gb18030 => "gb18030",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Windows1252 => "windows-1252",
            Self::Windows1250 => "windows-1250",
            Self::Windows1251 => "windows-1251",
        }
    }

    /// True when ASCII bytes mean ASCII characters at every line start, so that bytes can be parsed before decoding.
    pub fn is_ascii_based(self) -> bool {
        !matches!(self, Self::Utf16Le | Self::Utf16Be)
    }

    /// The text of a piece; bytes that mean nothing become U+FFFD. A piece that is not UTF-8 inside a UTF-8 file is
    /// read as GB18030 when it can be: servers and applications write into one file.
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        let table = match self {
            Self::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => return Cow::Borrowed(text),
                Err(_) if looks_like_gbk(bytes) => GB18030,
                Err(_) => return String::from_utf8_lossy(bytes),
            },
            Self::Gb18030 => GB18030,
            Self::Utf16Le => UTF_16LE,
            Self::Utf16Be => UTF_16BE,
            Self::Windows1252 => WINDOWS_1252,
            Self::Windows1250 => WINDOWS_1250,
            Self::Windows1251 => WINDOWS_1251,
        };
        table.decode_without_bom_handling(bytes).0
    }
}

/// A decoded text and what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text, without a byte-order mark.
    pub text: Cow<'a, str>,
    /// The encoding's name.
    pub encoding: &'static str,
}

/// Decodes a whole text by evidence.
pub fn decode(bytes: &[u8]) -> Decoded<'_> {
    let encoding = detect(bytes);
    Decoded {
        text: encoding.decode(without_bom(bytes)),
        encoding: encoding.name(),
    }
}

fn without_bom(bytes: &[u8]) -> &[u8] {
    [&b"\xEF\xBB\xBF"[..], b"\xFF\xFE", b"\xFE\xFF"]
        .iter()
        .find_map(|bom| bytes.strip_prefix(*bom))
        .unwrap_or(bytes)
}

/// How much of a large file is looked at: the beginning, and windows further on.
const HEAD: usize = 2 << 20;
const WINDOW: usize = 128 << 10;

/// The encoding of `bytes`; of a large file the beginning and some windows are looked at.
pub fn detect(bytes: &[u8]) -> Encoding {
    if let Some(wide) = utf16(bytes) {
        return wide;
    }
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let mut evidence = Evidence::default();
    evidence.add(head);
    if bytes.len() > HEAD {
        for part in 1..=8 {
            let start = HEAD + (bytes.len() - HEAD) / 8 * part;
            let start = start.min(bytes.len().saturating_sub(WINDOW)).max(HEAD.min(bytes.len()));
            let window = bytes.get(start..(start + WINDOW).min(bytes.len())).unwrap_or_default();
            evidence.add(window);
        }
    }
    evidence.verdict()
}

/// UTF-16 by its mark, or by zero bytes at every second place of the beginning.
fn utf16(bytes: &[u8]) -> Option<Encoding> {
    if bytes.starts_with(b"\xFF\xFE") {
        return Some(Encoding::Utf16Le);
    }
    if bytes.starts_with(b"\xFE\xFF") {
        return Some(Encoding::Utf16Be);
    }
    let head = bytes.get(..bytes.len().min(400)).unwrap_or_default();
    if head.len() < 8 {
        return None;
    }
    let zeroes = |parity: usize| head.iter().skip(parity).step_by(2).filter(|b| **b == 0).count();
    let (even, odd, half) = (zeroes(0), zeroes(1), head.len() / 2);
    if odd * 10 >= half * 6 && even * 20 <= half {
        Some(Encoding::Utf16Le)
    } else if even * 10 >= half * 6 && odd * 20 <= half {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

/// What the bytes above 0x7F of a text look like.
#[derive(Debug, Default)]
struct Evidence {
    /// Well-formed multi-byte UTF-8 sequences.
    utf8: usize,
    /// Bytes that are in none.
    not_utf8: usize,
    /// GBK pairs, by how common their rows are in Chinese text.
    pairs_common: usize,
    pairs_rare: usize,
    /// High bytes that begin no pair.
    unpaired: usize,
    /// High bytes that stand alone between ASCII.
    alone: usize,
    /// Bytes in the range of small Cyrillic letters, and all high bytes.
    cyrillic: usize,
    high: usize,
    /// Bytes that Central European text has where Western has none (š ž ą ł).
    central: usize,
}

impl Evidence {
    fn add(&mut self, bytes: &[u8]) {
        self.count_utf8(bytes);
        self.count_pairs(bytes);
    }

    fn count_utf8(&mut self, bytes: &[u8]) {
        for chunk in bytes.utf8_chunks() {
            self.utf8 += chunk.valid().bytes().filter(|b| *b >= 0xC0).count();
            self.not_utf8 += chunk.invalid().len();
        }
    }

    fn count_pairs(&mut self, bytes: &[u8]) {
        let mut at = 0;
        while let Some(&lead) = bytes.get(at) {
            if lead < 0x80 {
                at += 1;
                continue;
            }
            let next = bytes.get(at + 1).copied().unwrap_or(b' ');
            let before = at.checked_sub(1).and_then(|i| bytes.get(i)).copied().unwrap_or(b' ');
            self.note_high(lead);
            if before < 0x80 && next < 0x80 {
                self.alone += 1;
            }
            match (lead, next) {
                (0xA1..=0xA3 | 0xB0..=0xD7, 0xA1..=0xFE) => self.pairs_common += 1,
                (0x81..=0xFE, 0x40..=0x7E | 0x80..=0xFE) => self.pairs_rare += 1,
                (0x81..=0xFE, b'0'..=b'9') if bytes.get(at + 2).is_some_and(|b| *b >= 0x81) => self.pairs_rare += 1,
                _ => {
                    self.unpaired += 1;
                    at += 1;
                    continue;
                }
            }
            if next >= 0x80 {
                self.note_high(next);
            }
            at += 2;
        }
    }

    fn note_high(&mut self, byte: u8) {
        self.high += 1;
        self.cyrillic += usize::from(byte >= 0xE0);
        self.central += usize::from(matches!(
            byte,
            0x8A | 0x8E | 0x9A | 0x9E | 0x9C | 0xB9 | 0xB3 | 0xBF | 0xEA
        ));
    }

    fn verdict(&self) -> Encoding {
        if self.high == 0 || self.utf8 > 0 && self.not_utf8 * 10 <= self.utf8 {
            return Encoding::Utf8;
        }
        // A file that both write into: the name of what most of it is.
        if self.utf8 > self.not_utf8 / 2 && self.utf8 > self.pairs_common / 2 && self.utf8 > 0 {
            return Encoding::Utf8;
        }
        let paired = self.pairs_common + self.pairs_rare;
        if self.cyrillic * 10 >= self.high * 8 && self.high >= 16 {
            return Encoding::Windows1251;
        }
        if self.alone * 2 > self.high || self.unpaired > paired {
            return if self.central * 4 > self.high {
                Encoding::Windows1250
            } else {
                Encoding::Windows1252
            };
        }
        Encoding::Gb18030
    }
}

/// True when the bytes above 0x7F of a short piece form GBK pairs of the common rows.
fn looks_like_gbk(bytes: &[u8]) -> bool {
    let mut evidence = Evidence::default();
    evidence.count_pairs(bytes);
    evidence.pairs_common > 0
        && evidence.unpaired * 8 <= evidence.pairs_common
        && evidence.pairs_rare <= evidence.pairs_common
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gbk(text: &str) -> Vec<u8> {
        GB18030.encode(text).0.into_owned()
    }

    #[test]
    fn ascii_and_chinese_utf8_are_utf8() {
        assert_eq!(decode(b"plain").encoding, "utf-8");
        let decoded = decode("下午 数据库连接超时".as_bytes());
        assert_eq!((decoded.encoding, &*decoded.text), ("utf-8", "下午 数据库连接超时"));
    }

    #[test]
    fn gbk_is_told_from_utf8() {
        let bytes = gbk("2016-5-20 下午08时52分36秒 数据库连接超时，请稍后重试");
        let decoded = decode(&bytes);
        assert_eq!(decoded.encoding, "gb18030");
        assert!(decoded.text.contains("下午08时52分36秒"));
    }

    #[test]
    fn a_character_cut_at_the_end_changes_nothing() {
        let bytes = "信息: 服务器启动完成".as_bytes();
        let cut = bytes.get(..bytes.len() - 1).unwrap();
        assert_eq!(decode(cut).encoding, "utf-8");
    }

    #[test]
    fn utf16_with_and_without_mark() {
        let wide: Vec<u8> = "Full thread dump\r\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(decode(&wide).encoding, "utf-16le");
        let mut marked = b"\xFF\xFE".to_vec();
        marked.extend_from_slice(&wide);
        assert_eq!(&*decode(&marked).text, "Full thread dump\r\n");
        let big: Vec<u8> = "Full thread dump\r\n"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        assert_eq!(decode(&big).encoding, "utf-16be");
    }

    #[test]
    fn western_and_cyrillic_are_not_chinese() {
        let western = WINDOWS_1252
            .encode("Erreur: accès refusé à la base de données, clé déjà utilisée")
            .0;
        assert_eq!(decode(&western).encoding, "windows-1252");
        let cyrillic = WINDOWS_1251
            .encode("ошибка соединения с базой данных, повторите позже")
            .0;
        assert_eq!(decode(&cyrillic).encoding, "windows-1251");
    }

    #[test]
    fn a_gbk_piece_in_a_utf8_file_is_read() {
        assert_eq!(Encoding::Utf8.decode(&gbk("应用启动完成")), "应用启动完成");
    }
}
