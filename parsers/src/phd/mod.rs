//! IBM/OpenJ9 portable heap dumps, versions 4 to 6.
//!
//! Layout: FORMAT_FACTS §2, after OpenJ9's `heapdump.cpp` and DTFJ's PHD reader. All numbers are big-endian. Nothing
//! is allocated by a count of the file: references are decoded while they are walked.

mod cursor;
mod record;

pub use record::{Class, Entries, Entry, Refs};

use crate::gap::{Gap, Reason};
use cursor::Cursor;

/// The text every dump begins with, after its two length bytes.
const MAGIC: &[u8] = b"\x00\x12portable heap dump";

/// What the header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// 4, 5 or 6.
    pub version: u32,
    /// Addresses have eight bytes.
    pub wide: bool,
    /// Every record carries a 16-bit hash code (with [`Self::j9`]).
    pub hashes: bool,
    /// Written by a J9 VM, not by the older Sovereign one.
    pub j9: bool,
    /// The full JVM version text, when the header has it.
    pub jvm: Option<String>,
    /// Objects and references as stated; only the older VMs state them.
    pub totals: Option<(u32, u32)>,
    /// Where the first record stands.
    pub length: usize,
}

impl Header {
    /// Bytes of an address.
    pub fn word(&self) -> usize {
        if self.wide { 8 } else { 4 }
    }

    /// Address gaps are counted in units of two to the power of this.
    pub fn gap_shift(&self) -> u32 {
        if self.j9 || self.version == 5 { 2 } else { 3 }
    }
}

/// True when `input` begins as a portable heap dump does.
pub fn is_phd(input: &[u8]) -> bool {
    input.starts_with(MAGIC)
}

/// Reads the header.
///
/// # Errors
/// When it is no PHD, an unknown version, or a header record of unknown kind (it has no length to skip it by).
pub fn header(input: &[u8]) -> Result<Header, Gap> {
    let whole = input.len() as u64;
    if !is_phd(input) {
        return Err(Gap::new(
            0,
            whole,
            Reason::Malformed {
                expected: "portable heap dump header",
            },
        ));
    }
    let mut cursor = Cursor::new(input, MAGIC.len());
    let cut = || {
        Gap::new(
            0,
            whole,
            Reason::Truncated {
                expected: "portable heap dump header",
            },
        )
    };
    let version = cursor.u32().ok_or_else(cut)?;
    let flags = cursor.u32().ok_or_else(cut)?;
    if !(4..=6).contains(&version) {
        return Err(Gap::new(
            MAGIC.len() as u64,
            whole.saturating_sub(MAGIC.len() as u64),
            Reason::Malformed {
                expected: "portable heap dump version 4, 5 or 6",
            },
        ));
    }
    let mut header = Header {
        version,
        wide: flags & 1 != 0,
        hashes: flags & 2 != 0,
        j9: flags & 4 != 0,
        jvm: None,
        totals: None,
        length: 0,
    };
    header_records(&mut cursor, &mut header).map_err(|tag| match tag {
        None => cut(),
        Some(tag) => Gap::new(
            cursor.at() as u64,
            whole.saturating_sub(cursor.at() as u64),
            Reason::UnknownRecord {
                tag: format!("0x{tag:02x}"),
            },
        ),
    })?;
    header.length = cursor.at();
    Ok(header)
}

/// Reads from tag 1 to the tag that opens the body; an error carries the unknown tag, or nothing at the end of input.
fn header_records(cursor: &mut Cursor<'_>, header: &mut Header) -> Result<(), Option<u8>> {
    let mut open = false;
    loop {
        match cursor.u8().ok_or(None)? {
            1 if !open => open = true,
            1 => {
                let objects = cursor.u32().ok_or(None)?;
                header.totals = Some((objects, cursor.u32().ok_or(None)?));
            }
            2 => break,
            3 => {
                cursor.skip(8).ok_or(None)?;
            }
            4 => header.jvm = Some(crate::hprof::text(cursor.short_text().ok_or(None)?)),
            tag => return Err(Some(tag)),
        }
    }
    match cursor.u8().ok_or(None)? {
        2 => Ok(()),
        tag => Err(Some(tag)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(version: u32, flags: u32, rest: &[u8]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(version.to_be_bytes());
        bytes.extend(flags.to_be_bytes());
        bytes.extend(rest);
        bytes
    }

    #[test]
    fn reads_the_version_text() {
        let input = bytes(6, 5, b"\x01\x04\x00\x03J9!\x02\x02\x03");
        let header = header(&input).unwrap();
        assert_eq!(header.jvm.as_deref(), Some("J9!"));
        assert!(header.wide && header.j9 && !header.hashes);
        assert_eq!(header.length, input.len() - 1);
    }

    #[test]
    fn reads_totals_of_the_old_vm() {
        let header = header(&bytes(
            4,
            0,
            b"\x01\x01\0\0\0\x07\0\0\0\x09\x03\0\0\0\0\0\0\0\0\x02\x02",
        ))
        .unwrap();
        assert_eq!((header.totals, header.gap_shift(), header.word()), (Some((7, 9)), 3, 4));
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        assert!(header(b"no dump").is_err());
        assert!(header(&bytes(7, 5, b"\x01\x02\x02")).is_err());
        assert!(matches!(
            header(&bytes(6, 5, b"\x01\x09")).unwrap_err().reason,
            Reason::UnknownRecord { .. }
        ));
        assert!(matches!(
            header(&bytes(6, 5, b"\x01")).unwrap_err().reason,
            Reason::Truncated { .. }
        ));
    }
}
