//! What is done to a file.

use std::ops::Range;

/// How many variants of each kind.
pub struct Plan {
    pub cuts: usize,
    pub flips: usize,
    pub zeroes: usize,
    pub repeats: usize,
    pub swaps: usize,
    pub glues: usize,
}

impl Plan {
    /// By hand, over everything.
    pub const FULL: Self = Self {
        cuts: 200,
        flips: 40,
        zeroes: 20,
        repeats: 10,
        swaps: 10,
        glues: 4,
    };
    /// So many cuts, and the rest in proportion.
    pub fn of_cuts(cuts: usize) -> Self {
        let share = |all: usize| (all * cuts / Self::FULL.cuts).max(1);
        Self {
            cuts,
            flips: share(Self::FULL.flips),
            zeroes: share(Self::FULL.zeroes),
            repeats: share(Self::FULL.repeats),
            swaps: share(Self::FULL.swaps),
            glues: share(Self::FULL.glues),
        }
    }

    /// With every `cargo test`.
    pub const SHORT: Self = Self {
        cuts: 5,
        flips: 3,
        zeroes: 2,
        repeats: 1,
        swaps: 1,
        glues: 1,
    };
}

/// One way to damage a file.
#[derive(Debug, Clone)]
pub enum Damage {
    /// Ends here.
    Cut(usize),
    /// One bit of each of these bytes is turned.
    Flip(Vec<(usize, u8)>),
    /// Bytes that were never written.
    Zero(Range<usize>),
    /// A stretch that stands there twice.
    Repeat(Range<usize>),
    /// Two stretches of the same length in each other's place.
    Swap(usize, usize, usize),
    /// Another file (by number) behind this one.
    Glue(usize),
}

impl Damage {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Cut(_) => "cut",
            Self::Flip(_) => "flip",
            Self::Zero(_) => "zero",
            Self::Repeat(_) => "repeat",
            Self::Swap(..) => "swap",
            Self::Glue(_) => "glue",
        }
    }

    /// The damaged bytes.
    pub fn apply(&self, bytes: &[u8], others: &[&[u8]]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        match self {
            Self::Cut(at) => out.truncate(*at),
            Self::Flip(places) => {
                for (at, bit) in places {
                    out[*at] ^= 1 << bit;
                }
            }
            Self::Zero(range) => out[range.clone()].fill(0),
            Self::Repeat(range) => {
                let again = bytes[range.clone()].to_vec();
                out.splice(range.end..range.end, again);
            }
            Self::Swap(a, b, length) => {
                out[*a..a + length].copy_from_slice(&bytes[*b..b + length]);
                out[*b..b + length].copy_from_slice(&bytes[*a..a + length]);
            }
            Self::Glue(n) => out.extend_from_slice(others[*n]),
        }
        out
    }

    /// The stretch of the file that is not as it was; `None` when bytes behind it moved.
    pub fn hurt(&self) -> Option<Range<usize>> {
        match self {
            Self::Flip(places) => Some(places.iter().map(|p| p.0).min()?..places.iter().map(|p| p.0).max()? + 1),
            Self::Zero(range) => Some(range.clone()),
            Self::Cut(at) => Some(*at..usize::MAX),
            _ => None,
        }
    }

    /// True when the damage cannot go unnoticed: a binary artefact with a stated length or checksum that ends early.
    pub fn must_leave_a_gap(&self, original: &[u8]) -> bool {
        let binary = original.starts_with(b"JAVA PROFILE")
            || original.starts_with(&[0x1f, 0x8b])
            || original.starts_with(b"PK\x03\x04")
            || original
                .windows(32)
                .next()
                .is_some_and(|head| memchr::memmem::find(head, b"portable heap dump").is_some());
        // Behind the header of a gzip everything is under its checksum, the name left aside.
        let checked = |at: usize| original.starts_with(&[0x1f, 0x8b]) && at > 64;
        match self {
            Self::Cut(at) => binary && *at < original.len(),
            Self::Flip(places) if places.len() == 1 => checked(places[0].0),
            Self::Zero(range) => checked(range.start) && original[range.clone()].iter().any(|b| *b != 0),
            _ => false,
        }
    }
}

/// A small generator of its own: the same variants every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }

    fn range(&mut self, length: usize, most: usize) -> Range<usize> {
        let size = 1 + self.roll(most.min(length / 4).max(1));
        let start = self.roll(length.saturating_sub(size).max(1));
        start..(start + size).min(length)
    }
}

/// The variants of a file of `length` bytes.
pub fn plan(length: usize, plan: &Plan, seed: u64) -> Vec<Damage> {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ (seed + 1).wrapping_mul(0x2545_f491_4f6c_dd1d));
    let mut all: Vec<Damage> = (0..plan.glues).map(Damage::Glue).collect();
    if length < 2 {
        return all;
    }
    let cuts = plan.cuts.min(length);
    all.extend((0..cuts).map(|n| Damage::Cut(n * length / cuts + dice.roll(length / cuts))));
    all.extend((0..plan.flips).map(|n| {
        let places = [1, 1, 8, 64][n % 4];
        Damage::Flip((0..places).map(|_| (dice.roll(length), dice.roll(8) as u8)).collect())
    }));
    all.extend((0..plan.zeroes).map(|n| Damage::Zero(dice.range(length, [64, 512, 4096, 65536][n % 4]))));
    all.extend((0..plan.repeats).map(|n| Damage::Repeat(dice.range(length, [64, 4096][n % 2]))));
    all.extend((0..plan.swaps).filter_map(|n| {
        let size = [16, 512, 4096][n % 3].min(length / 2);
        let (a, b) = (dice.roll(length - size), dice.roll(length - size));
        (a.abs_diff(b) >= size).then_some(Damage::Swap(a, b, size))
    }));
    all
}
