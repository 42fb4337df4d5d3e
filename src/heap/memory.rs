//! How much memory a graph takes, and which columns go to files when that is more than allowed.

use super::column::Place;

/// A column of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Class and size of each number.
    Facts,
    /// References, until the search is done.
    References,
    /// References that are no tree edges, until they are sorted.
    Pairs,
    /// Number → object and number → parent.
    Tree,
    /// Referrers of each number.
    Referrers,
    /// What the search and the dominators need all the time.
    Core,
}

/// What goes to files first: what is written once and read in order.
const SPILL_ORDER: [(Role, f64); 5] = [
    (Role::Facts, 8.0),
    (Role::References, 6.6),
    (Role::Pairs, 5.0),
    (Role::Referrers, 6.5),
    (Role::Tree, 8.0),
];

/// Bytes an object at the peak, all in memory (measured on heaps of business applications; PERFORMANCE §5).
pub const BYTES_PER_OBJECT: f64 = 42.0;

/// Where the columns of one graph go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Memory {
    spilled: u8,
}

impl Memory {
    /// For a graph of `objects`, within `limit` bytes; `None` is no limit.
    pub fn plan(objects: usize, limit: Option<u64>) -> Self {
        let mut plan = Self::default();
        let Some(limit) = limit else { return plan };
        let mut peak = BYTES_PER_OBJECT * objects as f64;
        for (role, bytes) in SPILL_ORDER {
            if peak <= limit as f64 {
                break;
            }
            plan.spilled |= 1 << role as u8;
            peak -= bytes * objects as f64;
        }
        plan
    }

    /// Where a column goes.
    pub fn place(self, role: Role) -> Place {
        if self.spilled >> role as u8 & 1 == 1 {
            Place::File
        } else {
            Place::Memory
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_stays_in_memory() {
        let all = Memory::plan(1_000_000, None);
        assert_eq!(all, Memory::plan(1_000_000, Some(42_000_000)));
        let some = Memory::plan(1_000_000, Some(30_000_000));
        assert_eq!(some.place(Role::Facts), Place::File);
        assert_eq!(some.place(Role::References), Place::File);
        assert_eq!(some.place(Role::Tree), Place::Memory);
        let least = Memory::plan(1_000_000, Some(0));
        assert_eq!(least.place(Role::Tree), Place::File);
        assert_eq!(least.place(Role::Core), Place::Memory);
    }
}
