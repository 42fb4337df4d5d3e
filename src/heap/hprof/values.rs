//! Field names and values of chosen objects, read again from the file.

use super::{
    layout::Layout,
    plan::{Chunk, Plan},
    scan::Block,
};
use goldenhour_parsers::hprof::{Entries, Entry, type_size};
use std::collections::HashMap;

/// Longest text that is shown, in characters.
const MAX_TEXT: usize = 400;

/// Reads objects again by their addresses.
#[derive(Debug)]
pub struct Values<'a> {
    /// Texts, stacks.
    pub plan: &'a Plan<'a>,
    /// Object records.
    pub chunks: Vec<Chunk<'a>>,
    /// Where which addresses stand.
    pub blocks: Vec<Block>,
    /// Classes and fields.
    pub layout: Layout,
}

/// A field's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// A reference, 0 for null.
    Reference(u64),
    /// Any number, boolean or character, as its bits.
    Number(u64),
}

/// A field of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// HPROF type.
    pub kind: u8,
    /// Its value.
    pub value: Value,
}

impl Field {
    /// What it refers to, if it does.
    pub fn target(&self) -> Option<u64> {
        match self.value {
            Value::Reference(to) if to != 0 => Some(to),
            _ => None,
        }
    }
}

impl<'a> Values<'a> {
    /// Static fields of the class at this address.
    pub fn statics(&self, class: u64) -> Vec<Field> {
        let number = self.layout.numbers.get(class);
        let dump = number
            .and_then(|n| self.layout.dumps.get(n as usize))
            .and_then(Option::as_ref);
        let statics = dump.map(|d| d.statics.as_slice()).unwrap_or_default();
        statics
            .iter()
            .map(|&(name, kind, value)| Field {
                name: self.plan.text(name).unwrap_or_else(|| format!("field@0x{name:x}")),
                kind,
                value: match kind {
                    2 => Value::Reference(value),
                    _ => Value::Number(value),
                },
            })
            .collect()
    }

    /// The records of these addresses; those that the dump does not have are absent.
    pub fn fetch(&self, wanted: &[u64]) -> HashMap<u64, Entry<'a>> {
        let mut sorted = wanted.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        match self.plan.id_size {
            8 => self.fetch_sorted::<8>(&sorted),
            _ => self.fetch_sorted::<4>(&sorted),
        }
    }

    fn fetch_sorted<const W: usize>(&self, wanted: &[u64]) -> HashMap<u64, Entry<'a>> {
        let mut found = HashMap::new();
        for (i, block) in self.blocks.iter().enumerate() {
            let first = wanted.partition_point(|&w| w < block.least);
            if wanted.get(first).is_none_or(|&w| w > block.greatest) {
                continue;
            }
            let Some(chunk) = self.chunks.get(block.chunk) else {
                continue;
            };
            let end = self
                .blocks
                .get(i + 1)
                .filter(|next| next.chunk == block.chunk)
                .map_or(chunk.body.len(), |next| next.start);
            let body = chunk.body.get(block.start..end).unwrap_or_default();
            let entries: Entries<'a, W> = Entries::new(body, 0);
            for entry in entries {
                if let Some(id) = address(&entry)
                    && wanted.binary_search(&id).is_ok()
                {
                    found.entry(id).or_insert(entry);
                }
            }
        }
        found
    }

    /// Named fields of an instance; empty for anything else.
    pub fn fields(&self, entry: &Entry<'_>) -> Vec<Field> {
        let Entry::Instance { class, data, .. } = entry else {
            return Vec::new();
        };
        let Some(class) = self.layout.numbers.get(*class) else {
            return Vec::new();
        };
        let width = usize::from(self.plan.id_size);
        let mut at = 0;
        let mut fields = Vec::new();
        for (name, kind) in self.layout.fields(class) {
            let Some(size) = type_size(kind, width) else { break };
            let Some(bytes) = data.get(at..at + size) else { break };
            at += size;
            let number = bytes.iter().fold(0, |n, &b| n << 8 | u64::from(b));
            fields.push(Field {
                name: self.plan.text(name).unwrap_or_else(|| format!("field@0x{name:x}")),
                kind,
                value: if kind == 2 {
                    Value::Reference(number)
                } else {
                    Value::Number(number)
                },
            });
        }
        fields
    }

    /// The name of the field, static field or element of `from` that refers to `to`.
    pub fn reference_name(&self, from: u64, record: Option<&Entry<'_>>, to: u64) -> Option<String> {
        if let Some(number) = self.layout.numbers.get(from) {
            let dump = self.layout.dumps.get(number as usize)?.as_ref()?;
            let (name, ..) = dump.statics.iter().find(|s| s.1 == 2 && s.2 == to)?;
            return self.plan.text(*name);
        }
        match record? {
            Entry::ObjectArray { elements, .. } => {
                let width = usize::from(self.plan.id_size);
                let at = elements.chunks_exact(width).position(|e| id(e) == to)?;
                Some(format!("[{at}]"))
            }
            instance => self
                .fields(instance)
                .into_iter()
                .find(|f| f.value == Value::Reference(to))
                .map(|f| f.name),
        }
    }

    /// What the `java.lang.String`s (or `char[]`s, as old thread names are) at these addresses say.
    pub fn texts(&self, strings: &[u64]) -> HashMap<u64, String> {
        let records = self.fetch(strings);
        let mut parts = HashMap::new();
        for (&address, record) in &records {
            parts.insert(address, self.text_part(address, record));
        }
        let arrays: Vec<u64> = parts.values().map(|p| p.array).collect();
        let arrays = self.fetch(&arrays);
        let mut texts = HashMap::new();
        for (address, part) in parts {
            if let Some(Entry::PrimitiveArray { kind, data, .. }) = arrays.get(&part.array) {
                texts.insert(address, part.decode(*kind, data));
            }
        }
        texts
    }

    fn text_part(&self, address: u64, record: &Entry<'_>) -> TextPart {
        let mut part = TextPart {
            array: address,
            utf16: true,
            offset: 0,
            count: None,
        };
        let fields = self.fields(record);
        if !fields.is_empty() {
            part.utf16 = false;
        }
        for field in fields {
            match (field.name.as_str(), field.value) {
                ("value", Value::Reference(array)) => part.array = array,
                ("coder", Value::Number(coder)) => part.utf16 = coder == 1,
                ("offset", Value::Number(offset)) => part.offset = offset as usize,
                ("count", Value::Number(count)) => part.count = Some(count as usize),
                _ => {}
            }
        }
        part
    }
}

/// Where a string's characters are.
struct TextPart {
    array: u64,
    utf16: bool,
    offset: usize,
    count: Option<usize>,
}

impl TextPart {
    fn decode(&self, kind: u8, data: &[u8]) -> String {
        match kind {
            8 if !self.utf16 => data.iter().take(MAX_TEXT).map(|&b| char::from(b)).collect(),
            8 => utf16(data.chunks_exact(2).map(native)),
            _ => {
                let units = data.chunks_exact(2).skip(self.offset).map(big);
                utf16(units.take(self.count.unwrap_or(usize::MAX)))
            }
        }
    }
}

/// UTF-16 in a `byte[]` is in the byte order of the machine: little-endian wherever HotSpot runs in practice.
fn native(pair: &[u8]) -> u16 {
    pair.first_chunk().map_or(0, |p| u16::from_le_bytes(*p))
}

fn big(pair: &[u8]) -> u16 {
    pair.first_chunk().map_or(0, |p| u16::from_be_bytes(*p))
}

fn utf16(units: impl Iterator<Item = u16>) -> String {
    char::decode_utf16(units.take(MAX_TEXT))
        .map(|c| c.unwrap_or('\u{FFFD}'))
        .collect()
}

fn id(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |n, &b| n << 8 | u64::from(b))
}

fn address(entry: &Entry<'_>) -> Option<u64> {
    match entry {
        Entry::Instance { id, .. } | Entry::ObjectArray { id, .. } | Entry::PrimitiveArray { id, .. } => Some(*id),
        Entry::Class(class) => Some(class.id),
        Entry::Root(_) | Entry::Other => None,
    }
}

/// Frames of a stack trace, innermost first, `a.b.C.method(File.java:12)`.
pub fn frames(plan: &Plan<'_>, trace: u32, most: usize) -> Vec<String> {
    let Some(trace) = plan.traces.get(&trace) else {
        return Vec::new();
    };
    let frames = trace.frames.iter().take(most).filter_map(|id| plan.frames.get(id));
    frames
        .map(|frame| {
            let class = plan
                .by_serial
                .get(&frame.class_serial)
                .and_then(|&c| plan.class_name(c));
            let class = class.unwrap_or_else(|| "?".to_owned());
            let method = plan.text(frame.method).unwrap_or_else(|| "?".to_owned());
            let source = plan.text(frame.source);
            let place = match (frame.line, source) {
                (-3, _) => "Native Method".to_owned(),
                (line, Some(file)) if line > 0 => format!("{file}:{line}"),
                (_, Some(file)) => file,
                _ => "Unknown Source".to_owned(),
            };
            format!("{class}.{method}({place})")
        })
        .collect()
}
