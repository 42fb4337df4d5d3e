//! What is remembered of the shape of a message: its key and the code it begins with.

use super::{code_counts::CodeId, miner::KeyId};

/// Shapes that are remembered; a power of two. Another shape in the same place takes it over.
const PLACES: usize = 1 << 12;

/// What the beginning of a message says about its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum ShapeCode {
    /// Messages of this shape begin with no code.
    #[default]
    None,
    /// All begin with this one.
    Leads(CodeId),
    /// Each must be looked at: what would be the code varies.
    Varies,
}

#[derive(Debug, Clone, Copy, Default)]
struct Shape {
    hash: u64,
    key: KeyId,
    code: ShapeCode,
}

/// Remembered shapes, by the hash of their skeleton.
#[derive(Debug)]
pub(super) struct Shapes {
    places: Box<[Shape]>,
}

impl Default for Shapes {
    fn default() -> Self {
        Self {
            places: vec![Shape::default(); PLACES].into_boxed_slice(),
        }
    }
}

impl Shapes {
    fn place(hash: u64) -> usize {
        (hash as usize) & (PLACES - 1)
    }

    /// Key and code of a shape, when it is remembered.
    #[inline]
    pub(super) fn get(&self, hash: u64) -> Option<(KeyId, ShapeCode)> {
        let shape = self.places.get(Self::place(hash))?;
        (shape.hash == hash && hash != 0).then_some((shape.key, shape.code))
    }

    pub(super) fn put(&mut self, hash: u64, key: KeyId, code: ShapeCode) {
        if let Some(place) = self.places.get_mut(Self::place(hash)) {
            *place = Shape { hash, key, code };
        }
    }
}
