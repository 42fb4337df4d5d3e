//! A small hash table from ids to numbers for the hot loops: open addressing, one multiplication a look-up.

/// Ids to numbers below [`u32::MAX`].
#[derive(Debug, Clone)]
pub struct IdMap {
    entries: Vec<(u64, u32)>,
    used: usize,
}

const EMPTY: u32 = u32::MAX;

impl Default for IdMap {
    fn default() -> Self {
        Self {
            entries: vec![(0, EMPTY); 64],
            used: 0,
        }
    }
}

impl IdMap {
    #[inline]
    fn bucket(&self, id: u64) -> usize {
        // Fibonacci hashing: ids are multiples of 8, the high bits of the product are well mixed.
        let mixed = id.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> 32) as usize & (self.entries.len() - 1)
    }

    /// The number of an id.
    #[inline]
    pub fn get(&self, id: u64) -> Option<u32> {
        let mut at = self.bucket(id);
        loop {
            match self.entries.get(at) {
                Some(&(key, value)) if value != EMPTY => {
                    if key == id {
                        return Some(value);
                    }
                }
                _ => return None,
            }
            at = (at + 1) & (self.entries.len() - 1);
        }
    }

    /// Gives an id a number unless it has one; the number it has then.
    pub fn insert(&mut self, id: u64, value: u32) -> u32 {
        if (self.used + 1) * 2 > self.entries.len() {
            self.grow();
        }
        let mut at = self.bucket(id);
        loop {
            let mask = self.entries.len() - 1;
            match self.entries.get_mut(at) {
                Some(entry) if entry.1 == EMPTY => {
                    *entry = (id, value);
                    self.used += 1;
                    return value;
                }
                Some(entry) if entry.0 == id => return entry.1,
                _ => at = (at + 1) & mask,
            }
        }
    }

    fn grow(&mut self) {
        let size = self.entries.len() * 2;
        let old = std::mem::replace(&mut self.entries, vec![(0, EMPTY); size]);
        self.used = 0;
        for (id, value) in old.into_iter().filter(|e| e.1 != EMPTY) {
            self.insert(id, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_first_number() {
        let mut map = IdMap::default();
        for i in 0..5000 {
            assert_eq!(map.insert(u64::from(i) * 8, i), i);
        }
        assert_eq!(map.insert(80, 7), 10);
        assert!((0..5000).all(|i| map.get(u64::from(i) * 8) == Some(i)));
        assert_eq!(map.get(4), None);
    }
}
