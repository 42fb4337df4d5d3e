//! Body records: objects, arrays, classes.

use super::{Header, cursor::Cursor};
use crate::gap::{Gap, Reason};

/// One object, array or class of a dump.
#[derive(Debug, Clone, Copy)]
pub enum Entry<'a> {
    /// An object with fields.
    Object {
        /// Its address.
        address: u64,
        /// Its class.
        class: u64,
        /// What it refers to; a leading reference to its own class (a J9 habit) still in.
        refs: Refs<'a>,
    },
    /// An array of references.
    ObjectArray {
        /// Its address.
        address: u64,
        /// The class of its *elements*.
        class: u64,
        /// Length with nulls; without when the record does not tell.
        length: u64,
        /// Footprint in bytes, version 6 only.
        size: Option<u64>,
        /// Non-null elements, in no dependable order.
        refs: Refs<'a>,
    },
    /// An array of numbers.
    PrimitiveArray {
        /// Its address.
        address: u64,
        /// 0 boolean, 1 char, 2 float, 3 double, 4 byte, 5 short, 6 int, 7 long.
        kind: u8,
        /// Elements.
        length: u64,
        /// Footprint in bytes, version 6 only.
        size: Option<u64>,
    },
    /// A class.
    Class(Class<'a>),
}

/// A class record.
#[derive(Debug, Clone, Copy)]
pub struct Class<'a> {
    /// Its address.
    pub address: u64,
    /// Its superclass, 0 for none.
    pub super_class: u64,
    /// Bytes of one instance, header included; meaningless for arrays.
    pub instance_size: u32,
    /// Name as the VM writes it, with `/`.
    pub name: &'a [u8],
    /// Loader, statics, constants and other references.
    pub refs: Refs<'a>,
}

/// References of one record, decoded while they are walked.
#[derive(Debug, Clone, Copy)]
pub struct Refs<'a> {
    bytes: &'a [u8],
    size: usize,
    from: u64,
    shift: u32,
    mask: u64,
}

impl<'a> Refs<'a> {
    /// Their addresses.
    pub fn iter(&self) -> impl Iterator<Item = u64> + use<'a> {
        let Self {
            bytes,
            size,
            from,
            shift,
            mask,
        } = *self;
        bytes.chunks_exact(size.max(1)).map(move |chunk| {
            let gap = Cursor::new(chunk, 0).signed(size).unwrap_or_default();
            from.wrapping_add((gap << shift) as u64) & mask
        })
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.bytes.len() / self.size.max(1)
    }

    /// True for none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// All records of a dump in file order. A record that cannot be read ends them: addresses are relative to the record
/// before, so nothing behind a damaged place can be placed.
#[derive(Debug)]
pub struct Entries<'a> {
    input: &'a [u8],
    at: usize,
    version: u32,
    word: usize,
    shift: u32,
    mask: u64,
    /// A 16-bit hash in every record.
    short_hash: bool,
    /// Builds that end in `0917` wrote 4-byte gap and length where 8 were meant.
    narrow_long_arrays: bool,
    address: u64,
    cache: [u64; 4],
    next_slot: usize,
    done: bool,
    gap: Option<Gap>,
}

impl<'a> Entries<'a> {
    /// Records of `input` behind its `header`.
    pub fn new(input: &'a [u8], header: &Header) -> Self {
        Self {
            input,
            at: header.length,
            version: header.version,
            word: header.word(),
            shift: header.gap_shift(),
            mask: if header.wide { u64::MAX } else { u64::from(u32::MAX) },
            short_hash: header.j9 && header.hashes,
            narrow_long_arrays: header.jvm.as_deref().is_some_and(|v| v.trim_end().ends_with("0917")),
            address: 0,
            cache: [0; 4],
            next_slot: 0,
            done: false,
            gap: None,
        }
    }

    /// Bytes read so far.
    pub fn position(&self) -> usize {
        self.at
    }

    /// What could not be read, once the iterator has ended.
    pub fn take_gap(&mut self) -> Option<Gap> {
        self.gap.take()
    }

    fn stop(&mut self, reason: Reason) {
        let rest = self.input.len().saturating_sub(self.at) as u64;
        self.gap = Some(Gap::new(self.at as u64, rest, reason));
        self.done = true;
    }

    fn moved(&self, gap: i64) -> u64 {
        self.address.wrapping_add((gap << self.shift) as u64) & self.mask
    }

    fn refs(&self, cursor: &mut Cursor<'a>, from: u64, count: usize, code: u8) -> Option<Refs<'a>> {
        let size = 1 << code;
        Some(Refs {
            bytes: cursor.take(count.checked_mul(size)?)?,
            size,
            from,
            shift: self.shift,
            mask: self.mask,
        })
    }

    /// Skips the hash code: two bytes in every record of some J9 dumps, else four where the record has its flag.
    fn skip_hash(&self, cursor: &mut Cursor<'a>, flagged: bool) -> Option<()> {
        match (self.short_hash, flagged) {
            (true, _) => cursor.skip(2),
            (false, true) => cursor.skip(4),
            (false, false) => Some(()),
        }
    }

    fn array_size(&self, cursor: &mut Cursor<'a>) -> Option<Option<u64>> {
        if self.version < 6 {
            return Some(None);
        }
        cursor.u32().map(|quarter| Some(u64::from(quarter) * 4))
    }

    fn remember(&mut self, class: u64) {
        if let Some(slot) = self.cache.get_mut(self.next_slot) {
            *slot = class;
        }
        self.next_slot = (self.next_slot + 1) % self.cache.len();
    }

    fn short_object(&mut self, tag: u8, cursor: &mut Cursor<'a>) -> Option<Entry<'a>> {
        let class = *self.cache.get(usize::from(tag >> 5 & 3))?;
        let address = self.moved(cursor.signed(1 << (tag >> 2 & 1))?);
        self.skip_hash(cursor, false)?;
        let refs = self.refs(cursor, address, usize::from(tag >> 3 & 3), tag & 3)?;
        Some(Entry::Object { address, class, refs })
    }

    fn medium_object(&mut self, tag: u8, cursor: &mut Cursor<'a>) -> Option<Entry<'a>> {
        let address = self.moved(cursor.signed(1 << (tag >> 2 & 1))?);
        let class = cursor.unsigned(self.word)?;
        self.skip_hash(cursor, false)?;
        let refs = self.refs(cursor, address, usize::from(tag >> 3 & 7), tag & 3)?;
        self.remember(class);
        Some(Entry::Object { address, class, refs })
    }

    fn primitive_array(&mut self, tag: u8, cursor: &mut Cursor<'a>) -> Option<Entry<'a>> {
        let size = match 1 << (tag & 3) {
            8 if self.narrow_long_arrays => 4,
            size => size,
        };
        let address = self.moved(cursor.signed(size)?);
        let length = cursor.unsigned(size)?;
        self.skip_hash(cursor, false)?;
        let size = self.array_size(cursor)?;
        Some(Entry::PrimitiveArray {
            address,
            kind: tag >> 2 & 7,
            length,
            size,
        })
    }

    fn long_object(&mut self, cursor: &mut Cursor<'a>) -> Option<Entry<'a>> {
        let flags = cursor.u8()?;
        let address = self.moved(cursor.signed(1 << (flags >> 6))?);
        let class = cursor.unsigned(self.word)?;
        self.skip_hash(cursor, flags & 2 != 0)?;
        let count = cursor.u32()? as usize;
        let refs = self.refs(cursor, address, count, flags >> 4 & 3)?;
        self.remember(class);
        Some(Entry::Object { address, class, refs })
    }

    fn object_array(&mut self, cursor: &mut Cursor<'a>, with_length: bool) -> Option<Entry<'a>> {
        let flags = cursor.u8()?;
        let address = self.moved(cursor.signed(1 << (flags >> 6))?);
        let class = cursor.unsigned(self.word)?;
        self.skip_hash(cursor, flags & 2 != 0)?;
        let count = cursor.u32()?;
        let refs = self.refs(cursor, address, count as usize, flags >> 4 & 3)?;
        let length = if with_length { cursor.u32()? } else { count };
        let size = self.array_size(cursor)?;
        Some(Entry::ObjectArray {
            address,
            class,
            length: u64::from(length),
            size,
            refs,
        })
    }

    fn class(&mut self, cursor: &mut Cursor<'a>) -> Option<Entry<'a>> {
        let flags = cursor.u8()?;
        let address = self.moved(cursor.signed(1 << (flags >> 6))?);
        let instance_size = cursor.u32()?;
        self.skip_hash(cursor, flags & 8 != 0)?;
        let super_class = cursor.unsigned(self.word)?;
        let name = cursor.short_text()?;
        let count = cursor.u32()? as usize;
        let refs = self.refs(cursor, address, count, flags >> 4 & 3)?;
        Some(Entry::Class(Class {
            address,
            super_class,
            instance_size,
            name,
            refs,
        }))
    }

    fn long_primitive_array(&mut self, cursor: &mut Cursor<'a>) -> Option<Entry<'a>> {
        let flags = cursor.u8()?;
        let size = if flags & 0x10 != 0 { self.word } else { 1 };
        let address = self.moved(cursor.signed(size)?);
        let length = cursor.unsigned(size)?;
        self.skip_hash(cursor, flags & 2 != 0)?;
        let size = self.array_size(cursor)?;
        Some(Entry::PrimitiveArray {
            address,
            kind: flags >> 5,
            length,
            size,
        })
    }
}

impl Entry<'_> {
    /// The address of the object.
    pub fn address(&self) -> u64 {
        match self {
            Self::Object { address, .. } | Self::ObjectArray { address, .. } | Self::PrimitiveArray { address, .. } => {
                *address
            }
            Self::Class(class) => class.address,
        }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        if self.done {
            return None;
        }
        let mut cursor = Cursor::new(self.input, self.at);
        let Some(tag) = cursor.u8() else {
            self.stop(Reason::Truncated {
                expected: "end of dump",
            });
            return None;
        };
        let entry = match tag {
            0x80..=0xFF => self.short_object(tag, &mut cursor),
            0x40..=0x7F => self.medium_object(tag, &mut cursor),
            0x20..=0x3F => self.primitive_array(tag, &mut cursor),
            0x03 => {
                self.at = cursor.at();
                self.done = true;
                return None;
            }
            0x04 => self.long_object(&mut cursor),
            0x05 => self.object_array(&mut cursor, false),
            0x06 => self.class(&mut cursor),
            0x07 => self.long_primitive_array(&mut cursor),
            0x08 => self.object_array(&mut cursor, true),
            _ => {
                self.stop(Reason::UnknownRecord {
                    tag: format!("0x{tag:02x}"),
                });
                return None;
            }
        };
        let Some(entry) = entry else {
            self.stop(Reason::Truncated {
                expected: "the rest of an object record",
            });
            return None;
        };
        self.at = cursor.at();
        self.address = entry.address();
        Some(entry)
    }
}
