//! One copy of each text that a large file repeats: frames and class names.

use std::sync::Arc;

/// Slots of the cache. A file has a few thousand different frames; those that share a slot take turns in it.
const SLOTS: usize = 4096;
/// Odd constant of the multiplication (the golden ratio's fraction), so that every bit of the key reaches the slot.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

/// Texts read before, found again by the bytes they were printed with.
///
/// Each key has one slot, and a newcomer takes it over: no chains, so no input makes it slow, and the memory is bounded.
/// A text that lost its slot is read again and stored a second time, which costs time and changes nothing.
#[derive(Debug, Default)]
pub(crate) struct Interner<'a> {
    slots: Vec<Option<(&'a [u8], Arc<str>)>>,
}

impl<'a> Interner<'a> {
    /// The text that `key` gave before.
    #[inline]
    pub fn get(&self, key: &[u8]) -> Option<&Arc<str>> {
        match self.slots.get(slot(key)) {
            Some(Some((known, text))) if *known == key => Some(text),
            _ => None,
        }
    }

    /// Remembers what `key` gives.
    pub fn put(&mut self, key: &'a [u8], text: Arc<str>) {
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, None);
        }
        if let Some(slot) = self.slots.get_mut(slot(key)) {
            *slot = Some((key, text));
        }
    }

    /// The text of `key`, made by `make` when it is new.
    #[inline]
    pub fn get_or<F: FnOnce() -> Arc<str>>(&mut self, key: &'a [u8], make: F) -> Arc<str> {
        if let Some(text) = self.get(key) {
            return Arc::clone(text);
        }
        let text = make();
        self.put(key, Arc::clone(&text));
        text
    }
}

/// Texts that are their own key: names of classes.
#[derive(Debug, Default)]
pub(crate) struct Names {
    slots: Vec<Option<Arc<str>>>,
}

impl Names {
    /// The one copy of `name`.
    pub fn get(&mut self, name: &str) -> Arc<str> {
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, None);
        }
        match self.slots.get_mut(slot(name.as_bytes())) {
            Some(Some(known)) if **known == *name => Arc::clone(known),
            Some(place) => Arc::clone(place.insert(name.into())),
            None => name.into(),
        }
    }
}

/// Which slot a key has: eight bytes at a time, multiplied and folded.
#[inline]
fn slot(key: &[u8]) -> usize {
    let mix = |hash: u64, word: u64| {
        let product = u128::from(hash ^ word).wrapping_mul(u128::from(MIX));
        (product as u64) ^ ((product >> 64) as u64)
    };
    let mut words = key.chunks_exact(8);
    let mut hash = key.len() as u64 ^ MIX;
    for word in words.by_ref() {
        hash = mix(hash, u64::from_le_bytes(word.try_into().unwrap_or_default()));
    }
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(words.remainder()) {
        *to = *from;
    }
    (mix(hash, u64::from_le_bytes(last)) >> 20) as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_made_once_and_found_again() {
        let mut made = 0;
        let mut interner = Interner::default();
        for _ in 0..3 {
            let text = interner.get_or(b"at a.B.c(B.java:1)", || {
                made += 1;
                "a.B.c(B.java:1)".into()
            });
            assert_eq!(&*text, "a.B.c(B.java:1)");
        }
        assert_eq!(made, 1);
        assert!(interner.get(b"at a.B.c(B.java:2)").is_none());
    }

    #[test]
    fn a_name_is_stored_once() {
        let mut names = Names::default();
        let (first, again) = (names.get("a.B"), names.get("a.B"));
        assert!(Arc::ptr_eq(&first, &again));
        assert_eq!(&*names.get("a.C"), "a.C");
    }

    #[test]
    fn many_texts_stay_right_though_they_share_slots() {
        let keys: Vec<String> = (0..3 * SLOTS).map(|n| format!("frame {n}")).collect();
        let mut interner = Interner::default();
        for key in keys.iter().chain(&keys) {
            assert_eq!(&*interner.get_or(key.as_bytes(), || key.as_str().into()), key);
        }
        let places: std::collections::HashSet<usize> = keys.iter().map(|k| slot(k.as_bytes())).collect();
        assert!(places.len() > SLOTS * 9 / 10, "{} slots in use", places.len());
    }
}
