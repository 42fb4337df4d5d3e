//! Heap sub-records: roots, classes, instances, arrays. The hot loop of the whole program.

use super::{be16, be32, id, resync, type_size};
use crate::gap::{Gap, Reason};

/// Gaps of one body beyond which further ones are merged into the last.
const MAX_GAPS: usize = 1000;

/// Why an object is a root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RootKind {
    /// Unknown to the writer.
    Unknown,
    /// A global JNI reference.
    JniGlobal,
    /// A local JNI reference of a native method.
    JniLocal,
    /// A local variable or operand of a Java frame.
    JavaFrame,
    /// Held by native code of a thread.
    NativeStack,
    /// A class that is never unloaded.
    StickyClass,
    /// Referenced from a thread's block.
    ThreadBlock,
    /// A monitor in use.
    MonitorUsed,
    /// A live thread.
    ThreadObject,
    /// An interned string (Android).
    InternedString,
    /// Any other Android root.
    Android,
}

/// A root entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Root {
    /// The object.
    pub object: u64,
    /// Why.
    pub kind: RootKind,
    /// Serial number of the thread, where the kind has one.
    pub thread: Option<u32>,
    /// Frame number for locals, trace serial for thread objects.
    pub detail: u32,
}

/// A class record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class<'a> {
    /// The class object.
    pub id: u64,
    /// Its superclass, 0 for none.
    pub super_class: u64,
    /// Its loader, 0 for the boot loader.
    pub loader: u64,
    /// Sum of field sizes of the class and its superclasses, as stated.
    pub instance_size: u32,
    /// Static fields.
    pub statics: Members<'a>,
    /// Instance fields of the class itself, in the order of the instance data.
    pub fields: Members<'a>,
}

/// The fields of a class record: (name id, type, value of a static).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Members<'a> {
    bytes: &'a [u8],
    id_size: usize,
    with_values: bool,
}

impl<'a> Members<'a> {
    /// Each as name id, type and value bytes (empty for instance fields).
    pub fn iter(&self) -> impl Iterator<Item = (u64, u8, &'a [u8])> + use<'a> {
        let Self {
            bytes,
            id_size,
            with_values,
        } = *self;
        let mut rest = bytes;
        std::iter::from_fn(move || {
            let name = if id_size == 8 {
                id::<8>(rest, 0)
            } else {
                id::<4>(rest, 0)
            }?;
            let kind = *rest.get(id_size)?;
            let size = if with_values { type_size(kind, id_size)? } else { 0 };
            let value = rest.get(id_size + 1..id_size + 1 + size)?;
            rest = rest.get(id_size + 1 + size..)?;
            Some((name, kind, value))
        })
    }
}

/// One sub-record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry<'a> {
    /// A root.
    Root(Root),
    /// A class.
    Class(Class<'a>),
    /// An object with fields: own class's fields first, then the superclass's, and so on.
    Instance {
        /// The object.
        id: u64,
        /// Its class.
        class: u64,
        /// Field values.
        data: &'a [u8],
    },
    /// An array of references.
    ObjectArray {
        /// The array.
        id: u64,
        /// Its array class.
        class: u64,
        /// The references.
        elements: &'a [u8],
    },
    /// An array of numbers.
    PrimitiveArray {
        /// The array.
        id: u64,
        /// HPROF type of the elements (4…11).
        kind: u8,
        /// Number of elements.
        count: u32,
        /// Their bytes; empty when the writer left them out (Android).
        data: &'a [u8],
    },
    /// An entry that says nothing about objects (Android heap info).
    Other,
}

/// The sub-records of one heap record's body. Damage is skipped to the next believable run of records and noted.
#[derive(Debug)]
pub struct Entries<'a, const W: usize = 8> {
    body: &'a [u8],
    at: usize,
    offset: u64,
    gaps: Vec<Gap>,
}

impl<'a, const W: usize> Entries<'a, W> {
    /// Sub-records of `body`, which starts at `offset` of the input.
    pub fn new(body: &'a [u8], offset: u64) -> Self {
        Self {
            body,
            at: 0,
            offset,
            gaps: Vec::new(),
        }
    }

    /// Position in the body of the next sub-record.
    pub fn position(&self) -> usize {
        self.at
    }

    /// What could not be read so far.
    pub fn take_gaps(&mut self) -> Vec<Gap> {
        std::mem::take(&mut self.gaps)
    }

    /// True for a tag that sub-records have.
    pub fn knows(tag: u8) -> bool {
        matches!(tag, 0x01..=0x08 | 0x20..=0x23 | 0xFF | 0xFE | 0x89..=0x8E | 0x90 | 0xC3)
    }

    /// Length of the sub-record at `at`, tag included; `None` for an unknown tag or a head that is cut off. The
    /// record itself may reach past the body.
    pub fn length_at(body: &[u8], at: usize) -> Option<usize> {
        Some(match *body.get(at)? {
            0xFF | 0x05 | 0x07 | 0x89..=0x8D | 0x90 => 1 + W,
            0x01 => 1 + 2 * W,
            0x02 | 0x03 | 0x08 | 0x8E => 9 + W,
            0x04 | 0x06 => 5 + W,
            0xFE => 5 + W,
            0x20 => class_length::<W>(body, at)?,
            0x21 => (9 + 2 * W).checked_add(be32(body, at + 5 + 2 * W)? as usize)?,
            0x22 => (9 + 2 * W).checked_add((be32(body, at + 5 + W)? as usize).checked_mul(W)?)?,
            0x23 => {
                let size = type_size(*body.get(at + 9 + W)?, W).filter(|_| body.get(at + 9 + W) != Some(&2))?;
                (10 + W).checked_add((be32(body, at + 5 + W)? as usize).checked_mul(size)?)?
            }
            0xC3 => 10 + W,
            _ => return None,
        })
    }

    /// The next sub-record with its position in the body.
    #[inline]
    pub fn next_at(&mut self) -> Option<(usize, Entry<'a>)> {
        loop {
            let at = self.at;
            if at >= self.body.len() {
                return None;
            }
            if let Some((entry, length)) = self.read(at) {
                self.at = at + length;
                return Some((at, entry));
            }
            self.skip_damage(at);
        }
    }

    #[inline]
    fn read(&self, at: usize) -> Option<(Entry<'a>, usize)> {
        let rest = self.body.get(at..)?;
        let tag = *rest.first()?;
        match tag {
            0x21 => {
                let head = rest.get(..9 + 2 * W)?;
                let length = be32(head, 5 + 2 * W)? as usize;
                let end = (9 + 2 * W).checked_add(length)?;
                let data = rest.get(9 + 2 * W..end)?;
                let (id, class) = (id::<W>(head, 1)?, id::<W>(head, 5 + W)?);
                Some((Entry::Instance { id, class, data }, end))
            }
            0x22 => {
                let head = rest.get(..9 + 2 * W)?;
                let bytes = (be32(head, 5 + W)? as usize).checked_mul(W)?;
                let end = (9 + 2 * W).checked_add(bytes)?;
                let elements = rest.get(9 + 2 * W..end)?;
                let (id, class) = (id::<W>(head, 1)?, id::<W>(head, 9 + W)?);
                Some((Entry::ObjectArray { id, class, elements }, end))
            }
            0x23 => {
                let head = rest.get(..10 + W)?;
                let count = be32(head, 5 + W)?;
                let kind = *head.get(9 + W)?;
                let size = type_size(kind, W).filter(|_| kind != 2)?;
                let end = (10 + W).checked_add((count as usize).checked_mul(size)?)?;
                let data = rest.get(10 + W..end)?;
                let id = id::<W>(head, 1)?;
                Some((Entry::PrimitiveArray { id, kind, count, data }, end))
            }
            0x20 => class::<W>(rest).map(|(class, length)| (Entry::Class(class), length)),
            0xC3 => {
                let head = rest.get(..10 + W)?;
                let entry = Entry::PrimitiveArray {
                    id: id::<W>(head, 1)?,
                    kind: *head.get(9 + W)?,
                    count: be32(head, 5 + W)?,
                    data: &[],
                };
                Some((entry, 10 + W))
            }
            0xFE => rest.get(..5 + W).map(|_| (Entry::Other, 5 + W)),
            _ => root::<W>(rest, tag).map(|(root, length)| (Entry::Root(root), length)),
        }
    }

    #[cold]
    fn skip_damage(&mut self, at: usize) {
        let next = resync::find_run::<W>(self.body, at + 1).unwrap_or(self.body.len());
        let reason = if next == self.body.len() && Self::length_at(self.body, at).is_some_and(|l| at + l > next) {
            Reason::Truncated {
                expected: "the rest of an object record",
            }
        } else if self.body.get(at..next).unwrap_or_default().iter().all(|&b| b == 0) {
            Reason::Zeroes
        } else {
            Reason::UnknownRecord {
                tag: format!("0x{:02x}", self.body.get(at).copied().unwrap_or_default()),
            }
        };
        let gap = Gap::new(self.offset + at as u64, (next - at) as u64, reason);
        let full = self.gaps.len() >= MAX_GAPS;
        match self.gaps.last_mut() {
            Some(last) if full => {
                last.length = gap.offset + gap.length - last.offset;
                last.reason = Reason::Limit {
                    what: format!("{MAX_GAPS} damaged places of one heap record"),
                };
            }
            _ => self.gaps.push(gap),
        }
        self.at = next;
    }
}

impl<'a, const W: usize> Iterator for Entries<'a, W> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        self.next_at().map(|(_, entry)| entry)
    }
}

fn root<const W: usize>(rest: &[u8], tag: u8) -> Option<(Root, usize)> {
    let (kind, thread, detail, length) = match tag {
        0xFF => (RootKind::Unknown, None, None, 1 + W),
        0x01 => (RootKind::JniGlobal, None, None, 1 + 2 * W),
        0x02 => (RootKind::JniLocal, Some(1 + W), Some(5 + W), 9 + W),
        0x03 => (RootKind::JavaFrame, Some(1 + W), Some(5 + W), 9 + W),
        0x04 => (RootKind::NativeStack, Some(1 + W), None, 5 + W),
        0x05 => (RootKind::StickyClass, None, None, 1 + W),
        0x06 => (RootKind::ThreadBlock, Some(1 + W), None, 5 + W),
        0x07 => (RootKind::MonitorUsed, None, None, 1 + W),
        0x08 => (RootKind::ThreadObject, Some(1 + W), Some(5 + W), 9 + W),
        0x89 => (RootKind::InternedString, None, None, 1 + W),
        0x8A..=0x8D => (RootKind::Android, None, None, 1 + W),
        0x8E => (RootKind::Android, Some(1 + W), Some(5 + W), 9 + W),
        _ => return if tag == 0x90 { unreachable_note::<W>(rest) } else { None },
    };
    let rest = rest.get(..length)?;
    let root = Root {
        object: id::<W>(rest, 1)?,
        kind,
        thread: match thread {
            Some(at) => Some(be32(rest, at)?),
            None => None,
        },
        detail: match detail {
            Some(at) => be32(rest, at)?,
            None => 0,
        },
    };
    Some((root, length))
}

/// Android's "unreachable" entry is no root: it is read as a root of object 0, which no dump has.
fn unreachable_note<const W: usize>(rest: &[u8]) -> Option<(Root, usize)> {
    rest.get(..1 + W)?;
    let root = Root {
        object: u64::MAX,
        kind: RootKind::Android,
        thread: None,
        detail: 0,
    };
    Some((root, 1 + W))
}

/// Bytes of a class record before its constant pool.
const fn class_head(w: usize) -> usize {
    1 + w + 4 + 6 * w + 4
}

fn class_length<const W: usize>(body: &[u8], at: usize) -> Option<usize> {
    let rest = body.get(at..)?;
    let (_, statics_end) = class_parts::<W>(rest)?;
    let fields = usize::from(be16(rest, statics_end)?);
    Some(statics_end + 2 + fields * (W + 1))
}

/// Start of the static fields and end of the same.
fn class_parts<const W: usize>(rest: &[u8]) -> Option<(usize, usize)> {
    let mut at = class_head(W);
    let constants = be16(rest, at)?;
    at += 2;
    for _ in 0..constants {
        at += 3 + type_size(*rest.get(at + 2)?, W)?;
    }
    let statics = be16(rest, at)?;
    at += 2;
    let start = at;
    for _ in 0..statics {
        at += W + 1 + type_size(*rest.get(at + W)?, W)?;
    }
    Some((start, at))
}

fn class<const W: usize>(rest: &[u8]) -> Option<(Class<'_>, usize)> {
    let (statics, statics_end) = class_parts::<W>(rest)?;
    let count = usize::from(be16(rest, statics_end)?);
    let fields = statics_end + 2;
    let end = fields + count * (W + 1);
    let field_bytes = rest.get(fields..end)?;
    if field_bytes
        .chunks_exact(W + 1)
        .any(|f| f.last().is_none_or(|&k| type_size(k, W).is_none()))
    {
        return None;
    }
    let class = Class {
        id: id::<W>(rest, 1)?,
        super_class: id::<W>(rest, 5 + W)?,
        loader: id::<W>(rest, 5 + 2 * W)?,
        instance_size: be32(rest, 5 + 7 * W)?,
        statics: Members {
            bytes: rest.get(statics..statics_end)?,
            id_size: W,
            with_values: true,
        },
        fields: Members {
            bytes: field_bytes,
            id_size: W,
            with_values: false,
        },
    };
    Some((class, end))
}
