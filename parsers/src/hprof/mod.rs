//! HPROF heap dumps: header, top-level records, heap sub-records, resynchronisation.
//!
//! Layout: FORMAT_FACTS §1, after the HPROF binary format of the JDK 6 demo agent and HotSpot's `heapDumper.cpp`.
//! Everything borrows from the input; no length or count of the file decides how much is allocated.

mod entry;
mod name;
mod record;
mod resync;

pub use entry::{Class, Entries, Entry, Members, Root, RootKind};
pub use name::{java_class_name, text};
pub use record::{Frame, Item, LoadClass, Record, Records, Trace};
pub use resync::{find_known_run, find_run, walk_to};

use crate::gap::{Gap, Reason};

/// The file header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The version text, `JAVA PROFILE 1.0.2`.
    pub version: String,
    /// Bytes of an identifier: 4 or 8.
    pub id_size: u8,
    /// When the dump was begun, milliseconds since 1970-01-01 UTC.
    pub millis: u64,
    /// Bytes of the header; the first record starts there.
    pub length: usize,
}

/// What every HPROF file begins with.
const MAGIC: &[u8] = b"JAVA PROFILE 1.0";

/// True when `input` begins as an HPROF file does.
pub fn is_hprof(input: &[u8]) -> bool {
    input.starts_with(MAGIC)
}

/// Reads the header.
///
/// # Errors
/// When it is not HPROF, a version that nobody reads (1.0, of JDK 1.2 beta), or an identifier size that cannot be.
pub fn header(input: &[u8]) -> Result<Header, Gap> {
    let whole = input.len() as u64;
    let malformed = |expected| Gap::new(0, whole, Reason::Malformed { expected });
    if !is_hprof(input) {
        return Err(malformed("HPROF header"));
    }
    let end = memchr::memchr(0, input.get(..32).unwrap_or(input)).ok_or_else(|| malformed("HPROF header"))?;
    let version = text(input.get(..end).unwrap_or_default());
    if version == "JAVA PROFILE 1.0" {
        return Err(malformed("HPROF version 1.0.1 or later"));
    }
    let rest = input.get(end + 1..).unwrap_or_default();
    let (Some(id_size), Some(millis)) = (be32(rest, 0), be64(rest, 4)) else {
        return Err(Gap::new(
            0,
            whole,
            Reason::Truncated {
                expected: "HPROF header",
            },
        ));
    };
    if id_size != 4 && id_size != 8 {
        return Err(Gap::new(
            end as u64 + 1,
            whole.saturating_sub(end as u64 + 1),
            Reason::BadLength {
                what: "an identifier",
                stated: u64::from(id_size),
            },
        ));
    }
    Ok(Header {
        version,
        id_size: id_size as u8,
        millis,
        length: end + 13,
    })
}

/// Big-endian u2 at `at`.
pub(crate) fn be16(input: &[u8], at: usize) -> Option<u16> {
    let bytes = input.get(at..)?.first_chunk::<2>()?;
    Some(u16::from_be_bytes(*bytes))
}

/// Big-endian u4 at `at`.
pub(crate) fn be32(input: &[u8], at: usize) -> Option<u32> {
    let bytes = input.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_be_bytes(*bytes))
}

/// Big-endian u8 at `at`.
pub(crate) fn be64(input: &[u8], at: usize) -> Option<u64> {
    let bytes = input.get(at..)?.first_chunk::<8>()?;
    Some(u64::from_be_bytes(*bytes))
}

/// An identifier of `W` bytes at `at`.
pub fn id<const W: usize>(input: &[u8], at: usize) -> Option<u64> {
    if W == 8 {
        be64(input, at)
    } else {
        be32(input, at).map(u64::from)
    }
}

/// Bytes of a value of an HPROF basic type: 2 object, 4 boolean … 11 long (FORMAT_FACTS §1.4).
pub fn type_size(kind: u8, id_size: usize) -> Option<usize> {
    match kind {
        2 => Some(id_size),
        4 | 8 => Some(1),
        5 | 9 => Some(2),
        6 | 10 => Some(4),
        7 | 11 => Some(8),
        _ => None,
    }
}

/// The Java keyword of a primitive HPROF type.
pub fn type_name(kind: u8) -> Option<&'static str> {
    Some(match kind {
        4 => "boolean",
        5 => "char",
        6 => "float",
        7 => "double",
        8 => "byte",
        9 => "short",
        10 => "int",
        11 => "long",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_header_of_both_widths() {
        let mut bytes = b"JAVA PROFILE 1.0.2\0".to_vec();
        bytes.extend(8u32.to_be_bytes());
        bytes.extend(1234u64.to_be_bytes());
        let header = header(&bytes).unwrap();
        assert_eq!((header.id_size, header.millis, header.length), (8, 1234, bytes.len()));
    }

    #[test]
    fn refuses_the_beta_and_odd_identifiers() {
        let mut bytes = b"JAVA PROFILE 1.0\0".to_vec();
        bytes.extend([0; 12]);
        assert!(header(&bytes).is_err());
        let mut bytes = b"JAVA PROFILE 1.0.1\0".to_vec();
        bytes.extend(6u32.to_be_bytes());
        bytes.extend([0; 8]);
        assert!(matches!(
            header(&bytes).unwrap_err().reason,
            Reason::BadLength { stated: 6, .. }
        ));
        assert!(matches!(
            header(b"JAVA PROFILE 1.0.2\0").unwrap_err().reason,
            Reason::Truncated { .. }
        ));
    }
}
