//! Where the rare words stand that a record is looked at more closely for: one pass over all bytes instead of several
//! searches a record.

use memchr::memmem::Finder;
use std::sync::LazyLock;

/// A code of a database.
const CODES: [&str; 2] = ["ORA-", "SQLCODE=-"];
/// Part of the name of an exception.
const EXCEPTIONS: [&str; 2] = ["Exception", "Error"];

static CODE_FINDERS: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| CODES.map(Finder::new));
static EXCEPTION_FINDERS: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| EXCEPTIONS.map(Finder::new));

/// Bytes that are looked through at once, shortly before their records are read: they stay in the processor's cache.
const BLOCK: usize = 64 << 10;
/// The longest word less one byte: so far a word may reach over the end of a block.
const OVERLAP: usize = 8;

/// Places of the words in the bytes of a piece, ascending, passed as the records are.
#[derive(Debug)]
pub(super) struct Markers<'a> {
    bytes: &'a [u8],
    /// Up to here they were looked through.
    seen: usize,
    codes: Places,
    exceptions: Places,
}

/// What a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Marks {
    /// A database's code may stand in it.
    pub(super) code: bool,
    /// The name of an exception may stand in it.
    pub(super) exception: bool,
}

#[derive(Debug, Default)]
struct Places {
    at: Vec<usize>,
    passed: usize,
}

impl<'a> Markers<'a> {
    /// The markers of these bytes.
    pub(super) fn new(bytes: &'a [u8]) -> Markers<'a> {
        Markers {
            bytes,
            seen: 0,
            codes: Places::default(),
            exceptions: Places::default(),
        }
    }

    /// What stands before `end` and behind the records asked for before.
    #[inline]
    pub(super) fn until(&mut self, end: usize) -> Marks {
        let mut marks = Marks::default();
        loop {
            marks.code |= self.codes.until(end);
            marks.exception |= self.exceptions.until(end);
            if end <= self.seen || self.seen >= self.bytes.len() {
                return marks;
            }
            self.look_on();
        }
    }

    fn look_on(&mut self) {
        let from = self.seen;
        self.seen = (from + BLOCK).min(self.bytes.len());
        let block = self.bytes.get(from..(self.seen + OVERLAP).min(self.bytes.len()));
        let block = block.unwrap_or_default();
        self.codes.fill(&*CODE_FINDERS, block, from, self.seen);
        self.exceptions.fill(&*EXCEPTION_FINDERS, block, from, self.seen);
    }
}

impl Places {
    #[inline]
    fn until(&mut self, end: usize) -> bool {
        let before = self.passed;
        while self.at.get(self.passed).is_some_and(|at| *at < end) {
            self.passed += 1;
        }
        self.passed > before
    }

    /// All were passed: those of the next block, which begins at `from`, before `end`.
    fn fill(&mut self, finders: &[Finder<'_>], block: &[u8], from: usize, end: usize) {
        self.at.clear();
        self.passed = 0;
        for finder in finders {
            let places = finder.find_iter(block).map(|at| from + at);
            self.at.extend(places.take_while(|at| *at < end));
        }
        self.at.sort_unstable();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_record_has_its_own() {
        let mut markers = Markers::new(b"a ORA-00060\nb\nc java.lang.Error x\nSQLCODE=-911 NullPointerException\n");
        let none = Marks::default();
        assert_eq!(markers.until(12), Marks { code: true, ..none });
        assert_eq!(markers.until(14), none);
        assert_eq!(
            markers.until(34),
            Marks {
                exception: true,
                ..none
            }
        );
        assert_eq!(
            markers.until(999),
            Marks {
                code: true,
                exception: true
            }
        );
        assert_eq!(markers.until(999), none);
    }

    #[test]
    fn over_the_end_of_a_block() {
        for shift in 0..12 {
            let mut text = vec![b'x'; BLOCK - shift];
            text.extend_from_slice(b"SQLCODE=-911 and more");
            text.resize(3 * BLOCK, b'y');
            let mut markers = Markers::new(&text);
            assert!(!markers.until(BLOCK - shift).code);
            assert!(markers.until(BLOCK - shift + 20).code, "{shift}");
            assert!(!markers.until(3 * BLOCK).code);
        }
    }
}
