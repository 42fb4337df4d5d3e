//! Gzip: one member or many (HotSpot writes a heap dump as a member for each MiB, FORMAT_FACTS 1.6).

use flate2::bufread::MultiGzDecoder;
use std::io::{self, Read};

/// Magic and the only method there is, deflate (RFC 1952 §2.3).
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b, 8])
}

/// Decompresses all members; zeroes behind the last one (tape blocks) are its end, anything else an error.
pub fn reader(bytes: &[u8]) -> impl Read + '_ {
    Members {
        inner: MultiGzDecoder::new(bytes),
    }
}

struct Members<'b> {
    inner: MultiGzDecoder<&'b [u8]>,
}

impl Read for Members<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Err(error) if is_no_header(&error) && self.only_zeroes_follow() => Ok(0),
            other => other,
        }
    }
}

/// The decoder met something else than a member. A wrong checksum has the same kind, but is damage wherever it stands.
fn is_no_header(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidInput && error.to_string().contains("header")
}

impl Members<'_> {
    fn only_zeroes_follow(&self) -> bool {
        self.inner.get_ref().iter().all(|byte| *byte == 0)
    }
}
