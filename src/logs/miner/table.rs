//! Stage one: the table of distinct keys.

use super::{
    group::group,
    mask::{Part, PartKind, mask},
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
    /// Hash of the words, and of the first one alone.
    pub(super) hash: u64,
    pub(super) first_hash: u64,
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

/// Collects keys and gives templates.
#[derive(Default)]
pub(in crate::logs) struct Miner {
    keys: Vec<Key>,
    by_hash: HashMap<u64, KeyId, BuildHasherDefault<AsIs>>,
    parts: Vec<Part>,
    encoding: Encoding,
}

impl Miner {
    /// A miner for messages in this encoding.
    pub(in crate::logs) fn new(encoding: Encoding) -> Self {
        Self {
            keys: Vec::new(),
            by_hash: HashMap::default(),
            parts: Vec::new(),
            encoding,
        }
    }

    /// The key of a message.
    pub(in crate::logs) fn add(&mut self, message: &[u8]) -> KeyId {
        let wide = self.encoding == Encoding::Gb18030;
        let mut parts = std::mem::take(&mut self.parts);
        mask(message, wide, &mut parts);
        if self.keys.len() >= MOST_KEYS {
            parts.truncate(1);
        }
        let hash = hash_of(message, &parts);
        let next = self.keys.len() as KeyId;
        let id = *self.by_hash.entry(hash).or_insert(next);
        if id == next {
            let words = parts.iter().map(|part| word(message, part, self.encoding)).collect();
            let first_hash = hash_of(message, parts.get(..1).unwrap_or_default());
            self.keys.push(Key {
                words,
                count: 0,
                hash,
                first_hash,
            });
        }
        if let Some(key) = self.keys.get_mut(id as usize) {
            key.count += 1;
        }
        self.parts = parts;
        id
    }

    /// Takes in the keys of a miner that read on where this one ended; gives their numbers here.
    pub(in crate::logs) fn absorb(&mut self, next: Miner) -> Vec<KeyId> {
        let mut ids = Vec::with_capacity(next.keys.len());
        for mut key in next.keys {
            if self.keys.len() >= MOST_KEYS && !self.by_hash.contains_key(&key.hash) {
                key.words.truncate(1);
                key.hash = key.first_hash;
            }
            let new = self.keys.len() as KeyId;
            let id = *self.by_hash.entry(key.hash).or_insert(new);
            match self.keys.get_mut(id as usize) {
                Some(known) => known.count += key.count,
                None => self.keys.push(key),
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
        group(&self.keys)
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
