//! Lines of a byte slice, numbered and located.

use memchr::memchr;

/// One line without its line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// 1-based number in the decompressed file.
    pub number: u64,
    /// Byte offset of its first byte in the slice that was given.
    pub offset: usize,
    /// Its bytes, without LF or CR LF.
    pub bytes: &'a [u8],
}

/// Iterator over the lines of a slice; never copies.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    input: &'a [u8],
    offset: usize,
    number: u64,
}

/// Lines of `input`, numbered from 1. A last line without a line end counts; an empty rest does not.
pub fn lines(input: &[u8]) -> Lines<'_> {
    lines_from(input, 1)
}

/// Lines of a cut-out whose first line has the number `first_line` in the whole file.
pub fn lines_from(input: &[u8], first_line: u64) -> Lines<'_> {
    Lines {
        input,
        offset: 0,
        number: first_line,
    }
}

impl<'a> Lines<'a> {
    /// Offset of the next line in the slice.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Number of the next line.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Moves on to `offset` (which must not lie behind), counting the line ends that are passed over.
    pub fn skip_to(&mut self, offset: usize) {
        let target = offset.min(self.input.len());
        if let Some(passed) = self.input.get(self.offset..target) {
            self.number = self
                .number
                .saturating_add(memchr::memchr_iter(b'\n', passed).count() as u64);
            self.offset = target;
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    #[inline]
    fn next(&mut self) -> Option<Line<'a>> {
        let rest = self.input.get(self.offset..).filter(|rest| !rest.is_empty())?;
        let length = memchr(b'\n', rest).unwrap_or(rest.len());
        let bytes = rest.get(..length).unwrap_or(rest);
        let line = Line {
            number: self.number,
            offset: self.offset,
            bytes: bytes.strip_suffix(b"\r").unwrap_or(bytes),
        };
        self.offset += (length + 1).min(rest.len());
        self.number = self.number.saturating_add(1);
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_offsets_count_in_the_whole_input() {
        let all: Vec<_> = lines(b"a\r\n\nbc").map(|l| (l.number, l.offset, l.bytes)).collect();
        assert_eq!(all, [(1, 0, &b"a"[..]), (2, 3, b""), (3, 4, b"bc")]);
    }

    #[test]
    fn a_final_line_end_opens_no_empty_line() {
        assert_eq!(lines(b"a\n").count(), 1);
        assert_eq!(lines(b"").count(), 0);
    }

    #[test]
    fn skipping_keeps_the_count() {
        let mut all = lines_from(b"a\nb\nc\nd", 10);
        all.next();
        all.skip_to(4);
        assert_eq!(all.next().map(|l| (l.number, l.bytes)), Some((12, &b"c"[..])));
        all.skip_to(99);
        assert_eq!(all.next(), None);
    }
}
