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

/// Bytes an object while the search runs, and while dominators and what follows are computed (measured on heaps of business
/// applications; PERFORMANCE §5). Least harm first: what is written once and read in order goes to files before the rest.
const SPILL_ORDER: [(Role, [f64; 2]); 5] = [
    (Role::Facts, [8.0, 8.0]),
    (Role::References, [6.6, 0.0]),
    (Role::Pairs, [5.0, 0.0]),
    (Role::Referrers, [0.0, 6.5]),
    (Role::Tree, [8.0, 8.0]),
];

/// The same of what always stays in memory: address index, nodes, instance lists; later numbers, forest and results.
const CORE: [f64; 2] = [14.2, 20.2];

/// Where the columns of one graph go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Memory {
    spilled: u8,
}

impl Memory {
    /// For a graph of `objects`, within `limit` bytes; `None` is no limit. What cannot be within it comes as near as it can.
    pub fn plan(objects: usize, limit: Option<u64>) -> Self {
        let mut plan = Self::default();
        let Some(limit) = limit else { return plan };
        let allowed = limit as f64 / objects.max(1) as f64;
        let mut peaks = [0, 1].map(|phase: usize| {
            let sum: f64 = SPILL_ORDER.iter().filter_map(|(_, bytes)| bytes.get(phase)).sum();
            sum + CORE.get(phase).copied().unwrap_or(0.0)
        });
        for (role, bytes) in SPILL_ORDER {
            let helps = peaks
                .iter()
                .zip(bytes)
                .any(|(&peak, bytes)| peak > allowed && bytes > 0.0);
            if helps {
                plan.spilled |= 1 << role as u8;
                peaks.iter_mut().zip(bytes).for_each(|(peak, bytes)| *peak -= bytes);
            }
        }
        plan
    }

    /// Bytes that a graph of `objects` takes in memory at its peak, within `limit` as far as it can be kept.
    pub fn needed(objects: usize, limit: Option<u64>) -> u64 {
        let plan = Self::plan(objects, limit);
        let peak = |phase: usize| {
            let kept = SPILL_ORDER
                .iter()
                .filter(|(role, _)| plan.place(*role) == Place::Memory);
            let sum: f64 = kept.filter_map(|(_, bytes)| bytes.get(phase)).sum();
            sum + CORE.get(phase).copied().unwrap_or(0.0)
        };
        (peak(0).max(peak(1)) * objects as f64) as u64
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
        assert_eq!(all, Memory::plan(1_000_000, Some(43_000_000)));
        let some = Memory::plan(1_000_000, Some(34_800_000));
        assert_eq!(some.place(Role::Facts), Place::File);
        assert_eq!(some.place(Role::References), Place::Memory);
        assert_eq!(some.place(Role::Referrers), Place::Memory);
        assert_eq!(some.place(Role::Tree), Place::Memory);
        let least = Memory::plan(1_000_000, Some(0));
        assert_eq!(least.place(Role::Tree), Place::File);
        assert_eq!(least.place(Role::Core), Place::Memory);
    }
}
