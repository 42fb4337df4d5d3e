//! Where decompressed bytes go: memory while there is room, else an unlinked temporary file.

use super::{Content, limits::Limits, map::MappedFile};
use std::{
    fs::File,
    io::{self, Read, Write},
    sync::atomic::{AtomicU64, Ordering},
};

/// Memory for file contents, shared by everything that is taken in at once.
#[derive(Debug)]
pub struct Memory {
    left: AtomicU64,
    one_file: u64,
}

impl Memory {
    /// As much as the limits allow.
    pub fn new(limits: &Limits) -> Self {
        Self {
            left: AtomicU64::new(limits.memory),
            one_file: limits.file_in_memory,
        }
    }

    /// Takes `bytes` for good, if there are as many left.
    pub fn take(&self, bytes: u64) -> bool {
        let enough = |left: u64| left.checked_sub(bytes);
        bytes <= self.one_file
            && self
                .left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, enough)
                .is_ok()
    }
}

/// Takes bytes of one file; see [`fill`].
struct Sink<'m> {
    memory: &'m Memory,
    /// Bytes of memory taken so far.
    taken: u64,
    bytes: Vec<u8>,
    file: Option<File>,
}

/// Bytes moved at a time.
const STEP: usize = 256 << 10;

/// Reads `reader` to its end or to `most` bytes. Gives what was read and the error that ended it, if one did; one byte
/// more than `most` means that there would have been more.
pub fn fill(reader: &mut dyn Read, most: u64, memory: &Memory) -> (Content, Option<io::Error>) {
    let mut sink = Sink {
        memory,
        taken: 0,
        bytes: Vec::new(),
        file: None,
    };
    let mut buffer = vec![0; STEP];
    let mut total = 0_u64;
    let error = loop {
        match reader.read(&mut buffer) {
            Ok(0) => break None,
            Ok(n) => {
                let room = usize::try_from(most.saturating_add(1).saturating_sub(total)).unwrap_or(usize::MAX);
                let piece = buffer.get(..n.min(room)).unwrap_or_default();
                if let Err(error) = sink.write(piece) {
                    break Some(error);
                }
                total += piece.len() as u64;
                if total > most {
                    break None;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Some(error),
        }
    };
    match sink.finish() {
        Ok(content) => (content, error),
        Err(broken) => (Content::new(Vec::new()), Some(broken)),
    }
}

impl Sink<'_> {
    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        if self.file.is_none() && !self.fits(piece.len()) {
            let mut file = tempfile::tempfile()?;
            file.write_all(&self.bytes)?;
            self.bytes = Vec::new();
            self.memory.left.fetch_add(self.taken, Ordering::Relaxed);
            self.file = Some(file);
        }
        match &mut self.file {
            Some(file) => file.write_all(piece),
            None => {
                self.bytes.extend_from_slice(piece);
                Ok(())
            }
        }
    }

    /// Room for this many bytes more in memory; taken in steps, so that the counter is not asked for every piece.
    fn fits(&mut self, more: usize) -> bool {
        let want = (self.bytes.len() + more) as u64;
        if want > self.memory.one_file {
            return false;
        }
        while want > self.taken {
            let step = self.taken.max(STEP as u64);
            if !self.memory.take(step) {
                return false;
            }
            self.taken += step;
        }
        true
    }

    fn finish(mut self) -> io::Result<Content> {
        match self.file {
            Some(mut file) => {
                file.flush()?;
                Ok(Content::mapped(MappedFile::new(file)?))
            }
            None => {
                self.bytes.shrink_to_fit();
                Ok(Content::new(self.bytes))
            }
        }
    }
}

/// The bytes of a file on disk: a copy of a small one, a map of a large one.
///
/// # Errors
/// The system's.
pub fn open(mut file: File, memory: &Memory) -> io::Result<Content> {
    let length = file.metadata()?.len();
    if length > 0 && !memory.take(length) {
        let copy = file.try_clone()?;
        match MappedFile::new(file) {
            Ok(map) => return Ok(Content::mapped(map)),
            // No map to be had (a network share, too many): through a temporary file of ours, or memory.
            Err(_) => file = copy,
        }
    }
    let (content, error) = fill(&mut file, u64::MAX - 1, memory);
    match error {
        Some(error) if content.bytes().is_empty() => Err(error),
        _ => Ok(content),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(one_file: u64, all: u64) -> Memory {
        Memory::new(&Limits {
            file_in_memory: one_file,
            memory: all,
            ..Limits::default()
        })
    }

    #[test]
    fn small_in_memory_and_large_in_a_file_read_the_same() {
        let bytes: Vec<u8> = (0..2_000_000_u32).map(|n| (n % 251) as u8).collect();
        for room in [0, 1000, 600_000, 10_000_000] {
            let (content, error) = fill(&mut bytes.as_slice(), u64::MAX - 1, &memory(room, 5_000_000));
            assert!(error.is_none());
            assert!(content.bytes() == bytes, "{room}");
        }
    }

    #[test]
    fn one_byte_more_than_allowed_shows_that_there_is_more() {
        let (content, _) = fill(&mut [1_u8; 100].as_slice(), 10, &memory(1000, 1000));
        assert_eq!(content.bytes().len(), 11);
        let (content, _) = fill(&mut [1_u8; 10].as_slice(), 10, &memory(1000, 1000));
        assert_eq!(content.bytes().len(), 10);
    }

    #[test]
    fn what_came_before_an_error_is_kept() {
        struct Broken(bool);
        impl Read for Broken {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                if std::mem::replace(&mut self.0, true) {
                    return Err(io::Error::other("torn"));
                }
                buffer[0] = b'x';
                Ok(1)
            }
        }
        let (content, error) = fill(&mut Broken(false), 100, &memory(1 << 20, 1 << 20));
        assert_eq!(content.bytes(), b"x");
        assert_eq!(error.unwrap().to_string(), "torn");
    }
}
