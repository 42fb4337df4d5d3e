//! A few pieces of a text, in an encoding that ASCII patterns can read.

use encoding_rs::{UTF_16BE, UTF_16LE};

/// Bytes taken from the start.
const HEAD: usize = 192 << 10;
/// Bytes of each further piece.
const PIECE: usize = 32 << 10;
/// Further pieces, spread over the rest.
const PIECES: usize = 4;
/// More control bytes than one in this many: no text.
const CONTROL_SHARE: usize = 50;

/// Lines of the head and of further pieces of a text; `None` when the bytes are none.
#[derive(Debug)]
pub struct Sample {
    /// The head and the pieces, each a run of whole lines.
    pub pieces: Vec<Vec<u8>>,
}

impl Sample {
    /// All lines, without line ends.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let lines = |piece: &'_ Vec<u8>| -> Vec<(usize, usize)> {
            let mut start = 0;
            let mut ranges = Vec::new();
            for end in memchr::memchr_iter(b'\n', piece).chain(Some(piece.len())) {
                ranges.push((start, end));
                start = end + 1;
            }
            ranges
        };
        self.pieces.iter().flat_map(move |piece| {
            lines(piece).into_iter().filter_map(move |(start, end)| {
                let line = piece.get(start..end)?;
                Some(line.strip_suffix(b"\r").unwrap_or(line))
            })
        })
    }
}

/// Takes a sample, or finds that this is no text.
pub fn take(bytes: &[u8]) -> Option<Sample> {
    // A log that was truncated under its writer starts with zeroes (a sparse file).
    let first = bytes.iter().position(|b| *b != 0)?;
    let sparse = first >= 64;
    let bytes = if sparse { bytes.get(first..)? } else { bytes };
    let head = bytes.get(..HEAD.min(bytes.len()))?;
    if let Some(text) = utf16(head) {
        return Some(Sample { pieces: vec![text] });
    }
    if let Some(text) = ebcdic(head) {
        return Some(Sample { pieces: vec![text] });
    }
    if !is_text(head) {
        return None;
    }
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let mut pieces = vec![whole_lines(head, bytes.len() > HEAD).to_vec()];
    let rest = bytes.len().saturating_sub(HEAD + PIECE);
    if rest > 0 {
        for n in 1..=PIECES {
            let from = HEAD + rest / PIECES * n;
            if let Some(piece) = bytes.get(from..bytes.len().min(from + PIECE)) {
                let after = memchr::memchr(b'\n', piece).map_or(piece.len(), |at| at + 1);
                pieces.push(whole_lines(piece.get(after..)?, true).to_vec());
            }
        }
    }
    Some(Sample { pieces })
}

/// Leaves out a last line that is cut.
fn whole_lines(piece: &[u8], cut: bool) -> &[u8] {
    match memchr::memrchr(b'\n', piece) {
        Some(end) if cut => piece.get(..end).unwrap_or(piece),
        _ => piece,
    }
}

/// Holes – long runs of zeroes, blocks that were allocated and never written – count neither for nor against.
fn is_text(head: &[u8]) -> bool {
    let holes = holes(head);
    let control = head
        .iter()
        .filter(|b| **b < 32 && !matches!(**b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b | 0x08))
        .count();
    control.saturating_sub(holes) <= head.len().saturating_sub(holes) / CONTROL_SHARE && !looks_compressed(head)
}

/// Zero bytes in long runs.
fn holes(head: &[u8]) -> usize {
    /// Shorter runs are data of a binary format.
    const RUN: usize = 48;
    head.split(|b| *b != 0).map(<[u8]>::len).filter(|run| *run >= RUN).sum()
}

/// Random bytes have few control characters among 256 values, but many that no text encoding allows at once.
fn looks_compressed(head: &[u8]) -> bool {
    if std::str::from_utf8(head).is_ok_and(|_| true) || head.is_ascii() {
        return false;
    }
    let high = head.iter().filter(|b| **b >= 0x80).count();
    let unprintable = head.iter().filter(|b| matches!(**b, 0x7f..=0x80 | 0xff)).count();
    high * 2 > head.len() && unprintable * 200 > head.len()
}

fn utf16(head: &[u8]) -> Option<Vec<u8>> {
    let encoding = match head {
        [0xff, 0xfe, ..] => UTF_16LE,
        [0xfe, 0xff, ..] => UTF_16BE,
        _ => {
            // Without a mark: every second byte of ASCII text is 0 (LOG_FORMATS §2).
            let pairs = head.get(..head.len().min(400))?.chunks_exact(2);
            let count = pairs.len();
            if count < 8 {
                return None;
            }
            let little = pairs.clone().filter(|pair| matches!(pair, [1..=255, 0])).count();
            let big = pairs.filter(|pair| matches!(pair, [0, 1..=255])).count();
            match () {
                () if little * 10 > count * 8 => UTF_16LE,
                () if big * 10 > count * 8 => UTF_16BE,
                () => return None,
            }
        }
    };
    let (text, _) = encoding.decode_without_bom_handling(head);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Some(text.as_bytes().to_vec())
}

/// EBCDIC of z/OS: `0SECTION`, `NULL` or mostly EBCDIC letters and blanks (FORMAT_FACTS 3.2).
fn ebcdic(head: &[u8]) -> Option<Vec<u8>> {
    const SECTION: &[u8] = &[0xf0, 0xe2, 0xc5, 0xc3, 0xe3, 0xc9, 0xd6, 0xd5];
    let start = head.get(..head.len().min(4096))?;
    memchr::memmem::find(start, SECTION)?;
    Some(
        head.iter()
            .map(|b| EBCDIC.get(usize::from(*b)).copied().unwrap_or(b'?'))
            .collect(),
    )
}

/// IBM-1047 to ASCII for the characters that section tags and times use; `?` for the rest.
static EBCDIC: [u8; 256] = {
    let mut table = [b'?'; 256];
    table[0x40] = b' ';
    table[0x15] = b'\n';
    table[0x25] = b'\n';
    table[0x0d] = b'\r';
    table[0x05] = b'\t';
    let rows: [(usize, &[u8]); 9] = [
        (0x81, b"abcdefghi"),
        (0x91, b"jklmnopqr"),
        (0xa2, b"stuvwxyz"),
        (0xc1, b"ABCDEFGHI"),
        (0xd1, b"JKLMNOPQR"),
        (0xe2, b"STUVWXYZ"),
        (0xf0, b"0123456789"),
        (0x4b, b".<(+|&"),
        (0x7a, b":#@'=\""),
    ];
    let mut row = 0;
    while row < rows.len() {
        let (start, text) = rows[row];
        let mut i = 0;
        while i < text.len() {
            table[start + i] = text[i];
            i += 1;
        }
        row += 1;
    }
    table[0x60] = b'-';
    table[0x61] = b'/';
    table[0x6b] = b',';
    table[0x6d] = b'_';
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<String> {
        take(bytes)
            .unwrap()
            .lines()
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect()
    }

    #[test]
    fn line_ends_and_marks_are_taken_off() {
        assert_eq!(lines(b"\xef\xbb\xbfone\r\ntwo"), ["one", "two"]);
    }

    #[test]
    fn utf16_is_read_with_and_without_mark() {
        let text = "Full thread dump\r\n线程\r\n";
        let mut raw: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(lines(&raw)[0], "Full thread dump");
        raw.splice(0..0, [0xff, 0xfe]);
        assert_eq!(lines(&raw)[..2], ["Full thread dump", "线程"]);
    }

    #[test]
    fn zeroes_before_a_log_are_skipped_and_binary_is_none() {
        let mut holed = vec![0; 5000];
        holed.extend_from_slice(b"2026-11-20 10:00:00 ERROR x\n");
        assert_eq!(lines(&holed)[0], "2026-11-20 10:00:00 ERROR x");
        assert!(take(&[0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 1, 9]).is_none());
        assert!(take(&[0; 100]).is_none());
    }

    #[test]
    fn a_hole_in_the_middle_leaves_a_text() {
        let text = b"2026-11-20 10:00:00 ERROR x\n".repeat(20);
        let holed = [text.as_slice(), &[0; 400], text.as_slice()].concat();
        assert_eq!(lines(&holed)[0], "2026-11-20 10:00:00 ERROR x");
        let mut table = vec![0; 4000];
        table.extend((0..200_u32).flat_map(u32::to_le_bytes));
        assert!(take(&[&[1_u8, 2], table.as_slice()].concat()).is_none());
    }

    #[test]
    fn a_long_text_is_sampled_to_its_end() {
        let mut text = "x\n".repeat(300_000).into_bytes();
        text.extend_from_slice(b"the end\n");
        assert!(take(&text).unwrap().lines().any(|line| line == b"the end"));
    }
}
