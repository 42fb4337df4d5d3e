//! Top-level records: tag, time, length, body.

use super::{be32, entry::Entries, id, resync, text};
use crate::gap::{Gap, Reason};

/// Tag of a text.
const UTF8: u8 = 0x01;
const LOAD_CLASS: u8 = 0x02;
const STACK_FRAME: u8 = 0x04;
const STACK_TRACE: u8 = 0x05;
const HEAP_DUMP: u8 = 0x0C;
const HEAP_DUMP_SEGMENT: u8 = 0x1C;
const HEAP_DUMP_END: u8 = 0x2C;
/// Bytes of tag, time offset and length.
const HEAD: usize = 9;

/// One record as it stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its tag.
    pub tag: u8,
    /// Microseconds since the header's time; HotSpot writes 0.
    pub micros: u32,
    /// Offset of the body in the input.
    pub offset: usize,
    /// The body, cut at the end of the input.
    pub body: &'a [u8],
}

/// A class as loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadClass {
    /// Serial number, used by stack frames.
    pub serial: u32,
    /// The class object.
    pub class: u64,
    /// Id of the name's text.
    pub name: u64,
}

/// A stack frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// Id of the frame: a counter in HotSpot, not an address.
    pub id: u64,
    /// Id of the method's name.
    pub method: u64,
    /// Id of the source file's name, 0 if unknown.
    pub source: u64,
    /// Serial number of its class.
    pub class_serial: u32,
    /// Line, if positive; −3 native, −2 compiled, 0 and −1 unknown.
    pub line: i32,
}

/// A stack trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Its serial number.
    pub serial: u32,
    /// Serial number of the thread.
    pub thread: u32,
    /// Frame ids, innermost first.
    pub frames: Vec<u64>,
}

/// A record understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'a> {
    /// A text and its id.
    Text(u64, &'a [u8]),
    /// A class was loaded.
    LoadClass(LoadClass),
    /// A stack frame.
    Frame(Frame),
    /// A stack trace.
    Trace(Trace),
    /// A HEAP_DUMP: a whole dump of its own.
    Dump,
    /// A part of a dump that ends with [`Item::End`].
    Segment,
    /// The end of a dump in segments.
    End,
    /// Anything else: skipped by its length.
    Other,
}

impl<'a> Record<'a> {
    /// What the record says; ids have `W` bytes. A record too short for its kind is [`Item::Other`].
    pub fn item<const W: usize>(&self) -> Item<'a> {
        self.understood::<W>().unwrap_or(Item::Other)
    }

    /// True when the body holds heap sub-records.
    pub fn is_heap(&self) -> bool {
        is_heap(self.tag)
    }

    fn understood<const W: usize>(&self) -> Option<Item<'a>> {
        let body = self.body;
        Some(match self.tag {
            UTF8 => Item::Text(id::<W>(body, 0)?, body.get(W..)?),
            LOAD_CLASS => Item::LoadClass(LoadClass {
                serial: be32(body, 0)?,
                class: id::<W>(body, 4)?,
                name: id::<W>(body, 8 + W)?,
            }),
            STACK_FRAME => Item::Frame(Frame {
                id: id::<W>(body, 0)?,
                method: id::<W>(body, W)?,
                source: id::<W>(body, 3 * W)?,
                class_serial: be32(body, 4 * W)?,
                line: be32(body, 4 * W + 4)? as i32,
            }),
            STACK_TRACE => Item::Trace(Trace {
                serial: be32(body, 0)?,
                thread: be32(body, 4)?,
                // The stated count may lie: the body decides.
                frames: body.get(12..)?.chunks_exact(W).filter_map(|c| id::<W>(c, 0)).collect(),
            }),
            HEAP_DUMP => Item::Dump,
            HEAP_DUMP_SEGMENT => Item::Segment,
            HEAP_DUMP_END => Item::End,
            _ => Item::Other,
        })
    }
}

/// All top-level records of a file, in order.
#[derive(Debug)]
pub struct Records<'a> {
    input: &'a [u8],
    at: usize,
    id_size: usize,
    gaps: Vec<Gap>,
}

impl<'a> Records<'a> {
    /// Records of `input` from `start` (the header's length) on.
    pub fn new(input: &'a [u8], start: usize, id_size: u8) -> Self {
        Self {
            input,
            at: start,
            id_size: usize::from(id_size),
            gaps: Vec::new(),
        }
    }

    /// What could not be read so far.
    pub fn take_gaps(&mut self) -> Vec<Gap> {
        std::mem::take(&mut self.gaps)
    }

    fn gap(&mut self, offset: usize, length: usize, reason: Reason) {
        self.gaps.push(Gap::new(offset as u64, length as u64, reason));
    }

    /// Where the body that starts at `start` really ends.
    fn end_of_body(&mut self, tag: u8, start: usize, stated: usize) -> usize {
        let left = self.input.len().saturating_sub(start);
        if !is_heap(tag) || (stated > 0 && stated <= left && self.header_fits(start + stated)) {
            return start.saturating_add(stated).min(self.input.len());
        }
        if stated == 0 && (left == 0 || self.header_fits(start)) {
            return start;
        }
        if stated > left {
            return self.input.len();
        }
        // The length was never patched (the writer died), wrapped at 4 GiB, or is damaged: the sub-records decide.
        let end = self.walk(start, stated);
        if end != start + stated {
            self.gap(
                start - 4,
                4,
                Reason::BadLength {
                    what: "a heap dump record",
                    stated: stated as u64,
                },
            );
        }
        end
    }

    /// Follows sub-records from `start` to the first place past `stated` bytes where a record header fits, else to
    /// the stated end if the walk breaks off before it, else to where it breaks off.
    fn walk(&self, start: usize, stated: usize) -> usize {
        let body = self.input.get(start..).unwrap_or_default();
        let broke_off = match self.id_size {
            8 => resync::walk_until::<8>(body, stated, |p| self.header_fits(start + p)),
            _ => resync::walk_until::<4>(body, stated, |p| self.header_fits(start + p)),
        };
        if broke_off < stated {
            start + stated
        } else {
            start + broke_off
        }
    }

    /// True when the input ends at `at` or a believable record header stands there.
    fn header_fits(&self, at: usize) -> bool {
        if at == self.input.len() {
            return true;
        }
        let Some((tag, _, length)) = head(self.input, at) else {
            return false;
        };
        let left = self.input.len() - at - HEAD;
        match tag {
            0x01..=0x07 | 0x0A..=0x0B | 0x0D | 0x0E => (4..=left).contains(&length),
            HEAP_DUMP | HEAP_DUMP_SEGMENT => {
                let first = self.input.get(at + HEAD).copied();
                first.is_none_or(Entries::<8>::knows)
            }
            HEAP_DUMP_END => length == 0,
            _ => false,
        }
    }
}

fn is_heap(tag: u8) -> bool {
    tag == HEAP_DUMP || tag == HEAP_DUMP_SEGMENT
}

fn head(input: &[u8], at: usize) -> Option<(u8, u32, usize)> {
    Some((*input.get(at)?, be32(input, at + 1)?, be32(input, at + 5)? as usize))
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        if self.at >= self.input.len() {
            return None;
        }
        let Some((tag, micros, stated)) = head(self.input, self.at) else {
            let rest = self.input.len() - self.at;
            self.gap(self.at, rest, Reason::Truncated { expected: "a record" });
            self.at = self.input.len();
            return None;
        };
        if tag == 0 || tag > 0x2C {
            return self.skip_to_record();
        }
        let start = self.at + HEAD;
        let end = self.end_of_body(tag, start, stated);
        if start.saturating_add(stated) > self.input.len() && !is_heap(tag) && self.skip_lying_record(tag, stated) {
            return self.next_after_gap();
        }
        if start.saturating_add(stated) > self.input.len() {
            let missing = (start + stated - self.input.len()) as u64;
            let at = self.input.len() as u64;
            self.gaps.push(Gap::new(
                at,
                missing,
                Reason::Truncated {
                    expected: "the rest of a record",
                },
            ));
        }
        self.at = end.max(start).min(self.input.len());
        Some(Record {
            tag,
            micros,
            offset: start.min(self.input.len()),
            body: self.input.get(start..end).unwrap_or_default(),
        })
    }
}

impl<'a> Records<'a> {
    /// No record has such a tag: finds the next heap segment, or the end.
    fn skip_to_record(&mut self) -> Option<Record<'a>> {
        let from = self.at;
        let tag = self.input.get(from).copied().unwrap_or_default();
        let rest = self.input.get(from..).unwrap_or_default();
        let reason = if rest.iter().take(4096).all(|&b| b == 0) {
            Reason::Zeroes
        } else {
            Reason::UnknownRecord {
                tag: format!("0x{tag:02x}"),
            }
        };
        self.at = self.next_heap_record(from + 1).unwrap_or(self.input.len());
        self.gap(from, self.at - from, reason);
        self.next()
    }

    /// A small record that claims more than the file has, in the middle of the file: true when a heap record was found
    /// behind it.
    fn skip_lying_record(&mut self, tag: u8, stated: usize) -> bool {
        let _ = tag;
        let from = self.at;
        let Some(next) = self.next_heap_record(from + HEAD) else {
            return false;
        };
        self.at = next;
        self.gap(
            from,
            next - from,
            Reason::BadLength {
                what: "a record",
                stated: stated as u64,
            },
        );
        true
    }

    fn next_after_gap(&mut self) -> Option<Record<'a>> {
        self.next()
    }

    /// The next place from `from` on where a heap record or the end record stands, its own length ending at another record.
    fn next_heap_record(&self, from: usize) -> Option<usize> {
        let rest = self.input.get(from..)?;
        memchr::memchr2_iter(HEAP_DUMP_SEGMENT, HEAP_DUMP, rest)
            .map(|p| from + p)
            .find(|&at| {
                head(self.input, at).is_some_and(|(_, _, length)| {
                    length > 0
                        && self.header_fits(at)
                        && (self.header_fits(at + HEAD + length) || self.starts_a_run(at + HEAD))
                })
            })
    }

    fn starts_a_run(&self, at: usize) -> bool {
        let body = self.input.get(at..).unwrap_or_default();
        match self.id_size {
            8 => resync::is_run::<8>(body),
            _ => resync::is_run::<4>(body),
        }
    }
}

/// The text of an id, decoded.
impl Item<'_> {
    /// The text, if this is one.
    pub fn as_text(&self) -> Option<(u64, String)> {
        match self {
            Item::Text(id, bytes) => Some((*id, text(bytes))),
            _ => None,
        }
    }
}
