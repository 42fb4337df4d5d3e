//! Stage one: the table of distinct keys.

use super::{
    group::group,
    mask::{Part, PartKind, mask},
    skeleton::{Skeleton, skeleton},
};
use goldenhour_parsers::text::Encoding;
use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// Number of a distinct key, in the order of first occurrence.
pub(in crate::logs) type KeyId = u32;

/// Keys that are told apart; what comes after is keyed by its first word alone.
const MOST_KEYS: usize = 100_000;

/// A distinct masked message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) words: Vec<Word>,
    pub(super) count: u64,
}

/// One word of a key: `<*>` or text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Word {
    pub(super) text: Box<str>,
    pub(super) kind: WordKind,
    pub(super) spaced: bool,
}

/// What a word of a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum WordKind {
    Text,
    Separator,
    Variable,
}

/// The keys are hashes already.
#[derive(Default)]
pub(super) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0.rotate_left(8)) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// A distinct key as it is collected: its words still in the bytes of the first message that had it.
#[derive(Debug, Clone, Copy)]
struct Seen {
    count: u64,
    /// Hash of the words, and of the first one alone.
    hash: u64,
    first_hash: u64,
    /// Its parts in [`Miner::parts`].
    from: usize,
    length: usize,
}

/// Collects keys and gives templates.
#[derive(Default)]
pub(in crate::logs) struct Miner {
    keys: Vec<Seen>,
    /// The parts of all keys, their ranges in `text`; variable ones have none.
    parts: Vec<Part>,
    text: Vec<u8>,
    by_hash: HashMap<u64, KeyId, BuildHasherDefault<AsIs>>,
    /// The parts of the message at hand.
    at_hand: Vec<Part>,
    encoding: Encoding,
}

impl Miner {
    /// A miner for messages in this encoding.
    pub(in crate::logs) fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            ..Self::default()
        }
    }

    /// The skeleton of a message. Where a character beyond ASCII may hold a digit or a bracket there is none.
    pub(in crate::logs) fn skeleton(&self, message: &[u8]) -> Option<Skeleton> {
        (self.encoding != Encoding::Gb18030 || message.is_ascii()).then(|| skeleton(message))
    }

    /// Counts a message whose key is known.
    pub(in crate::logs) fn count(&mut self, key: KeyId) {
        if let Some(key) = self.keys.get_mut(key as usize) {
            key.count += 1;
        }
    }

    /// The key of a message, which is counted.
    pub(in crate::logs) fn add(&mut self, message: &[u8]) -> KeyId {
        let wide = self.encoding == Encoding::Gb18030;
        let mut parts = std::mem::take(&mut self.at_hand);
        mask(message, wide, &mut parts);
        let id = self.find(message, &parts);
        self.at_hand = parts;
        self.count(id);
        id
    }

    fn find(&mut self, message: &[u8], parts: &[Part]) -> KeyId {
        let hash = hash_of(message, parts);
        let first_hash = hash_of(message, parts.get(..1).unwrap_or_default());
        if let Some(id) = self.known(hash, first_hash) {
            return id;
        }
        let (hash, parts) = match self.is_full() {
            true => (first_hash, parts.get(..1).unwrap_or_default()),
            false => (hash, parts),
        };
        self.insert(Seen {
            count: 0,
            hash,
            first_hash,
            from: self.parts.len(),
            length: parts.len(),
        });
        for part in parts {
            self.add_part(*part, message);
        }
        self.keys.len() as KeyId - 1
    }

    fn is_full(&self) -> bool {
        self.keys.len() >= MOST_KEYS
    }

    /// The key with this hash, or, of a full table, the one with the same first word.
    fn known(&self, hash: u64, first_hash: u64) -> Option<KeyId> {
        let coarse = || self.by_hash.get(&first_hash).filter(|_| self.is_full());
        self.by_hash.get(&hash).or_else(coarse).copied()
    }

    fn insert(&mut self, seen: Seen) {
        self.by_hash.insert(seen.hash, self.keys.len() as KeyId);
        self.keys.push(seen);
    }

    fn add_part(&mut self, mut part: Part, text: &[u8]) {
        let start = self.text.len();
        if part.kind != PartKind::Variable {
            let bytes = text.get(part.start as usize..part.end as usize);
            self.text.extend_from_slice(bytes.unwrap_or_default());
        }
        part.start = u32::try_from(start).unwrap_or(u32::MAX);
        part.end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.parts.push(part);
    }

    /// Takes in the keys of a miner that read on where this one ended; gives their numbers here.
    pub(in crate::logs) fn absorb(&mut self, next: &Miner) -> Vec<KeyId> {
        let mut ids = Vec::with_capacity(next.keys.len());
        for seen in &next.keys {
            let id = self.known(seen.hash, seen.first_hash).unwrap_or_else(|| {
                let full = self.is_full();
                let length = if full { seen.length.min(1) } else { seen.length };
                self.insert(Seen {
                    count: 0,
                    hash: if full { seen.first_hash } else { seen.hash },
                    from: self.parts.len(),
                    length,
                    ..*seen
                });
                for part in next.parts.iter().skip(seen.from).take(length) {
                    self.add_part(*part, &next.text);
                }
                self.keys.len() as KeyId - 1
            });
            if let Some(key) = self.keys.get_mut(id as usize) {
                key.count += seen.count;
            }
            ids.push(id);
        }
        ids
    }

    /// Number of distinct keys.
    pub(in crate::logs) fn keys(&self) -> usize {
        self.keys.len()
    }

    /// Records of each key.
    pub(in crate::logs) fn counts(&self) -> impl Iterator<Item = u64> + '_ {
        self.keys.iter().map(|key| key.count)
    }

    /// Groups the keys: the template of each key, and the templates' texts. Ids follow the first key.
    pub(in crate::logs) fn templates(&self) -> (Vec<u32>, Vec<String>) {
        let keys: Vec<Key> = self
            .keys
            .iter()
            .map(|seen| Key {
                words: self
                    .parts
                    .iter()
                    .skip(seen.from)
                    .take(seen.length)
                    .map(|part| word(&self.text, part, self.encoding))
                    .collect(),
                count: seen.count,
            })
            .collect();
        group(&keys)
    }
}

fn word(message: &[u8], part: &Part, encoding: Encoding) -> Word {
    let kind = match part.kind {
        PartKind::Word => WordKind::Text,
        PartKind::Separator => WordKind::Separator,
        PartKind::Variable => WordKind::Variable,
    };
    let bytes = message.get(part.start as usize..part.end as usize).unwrap_or_default();
    let text = if kind == WordKind::Variable {
        "<*>".into()
    } else {
        // A tab or an escape in a word would break a line of `--assign`.
        encoding
            .decode(bytes)
            .replace(|c: char| c.is_control(), " ")
            .into_boxed_str()
    };
    Word {
        text,
        kind,
        spaced: part.spaced,
    }
}

/// A multiply-rotate hash over the words; blanks do not count.
fn hash_of(message: &[u8], parts: &[Part]) -> u64 {
    const K: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut hash: u64 = K;
    let mut mix = |value: u64| hash = (hash.rotate_left(5) ^ value).wrapping_mul(K);
    for part in parts {
        if part.kind == PartKind::Variable {
            mix(1);
            continue;
        }
        let bytes = message.get(part.start as usize..part.end as usize).unwrap_or_default();
        mix(2 + ((bytes.len() as u64) << 8));
        let (eights, rest) = bytes.as_chunks::<8>();
        for eight in eights {
            mix(u64::from_le_bytes(*eight));
        }
        if !rest.is_empty() {
            mix(rest.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)));
        }
    }
    hash ^ (hash >> 29)
}
