//! Many objects of one class, none of them large: elements that two structures share hang on neither of them, but side
//! by side on what both hang on.

use super::kinds::{Kind, Kinds};
use crate::heap::analysis::Analysis;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Members whose referrers are looked at.
const SAMPLE: usize = 64;
/// Steps from a member up to a collection.
const MAX_STEPS: usize = 6;
/// Referrers followed of one object.
const MAX_REFERRERS: usize = 16;

/// Objects of one class side by side under one dominator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// Their class.
    pub class: u32,
    /// How many.
    pub count: u64,
    /// What they retain together.
    pub retained: u64,
    /// The collection that most of them are in, if there is one.
    pub collection: Option<u32>,
}

/// Groups of small objects directly below `above` (0: the virtual root) that retain at least `threshold` together.
pub(super) fn groups(analysis: &Analysis, kinds: &Kinds, above: u32, threshold: u64) -> Vec<Group> {
    let mut sums: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    let is_member = |number: u32| {
        analysis.dominators.of(number) == above
            && analysis.dominators.retained(number) < threshold
            && analysis.graph.classes.of_object(analysis.object(number)).is_none()
    };
    for number in above + 1..analysis.order.len() as u32 {
        if is_member(number) {
            let (count, retained) = sums.entry(analysis.class(number)).or_default();
            *count += 1;
            *retained += analysis.dominators.retained(number);
        }
    }
    sums.into_iter()
        .filter(|(class, (count, retained))| {
            *retained >= threshold && *count > 1 && !kinds.thread(*class) && !kinds.loader(*class)
        })
        .map(|(class, (count, retained))| {
            let step = (count as usize / SAMPLE).max(1);
            let members =
                (above + 1..analysis.order.len() as u32).filter(|&n| analysis.class(n) == class && is_member(n));
            let sample: Vec<u32> = members.step_by(step).take(SAMPLE).collect();
            Group {
                class,
                count,
                retained,
                collection: common_collection(analysis, kinds, &sample),
            }
        })
        .collect()
}

/// The collection that at least half of the members are in.
fn common_collection(analysis: &Analysis, kinds: &Kinds, members: &[u32]) -> Option<u32> {
    let mut hits: HashMap<u32, usize> = HashMap::new();
    for &member in members {
        for collection in collections_above(analysis, kinds, member) {
            *hits.entry(collection).or_default() += 1;
        }
    }
    let (collection, count) = hits
        .into_iter()
        .max_by_key(|&(number, count)| (count, analysis.dominators.retained(number), std::cmp::Reverse(number)))?;
    (count * 2 >= members.len()).then_some(collection)
}

/// Collections within a few steps above an object.
fn collections_above(analysis: &Analysis, kinds: &Kinds, member: u32) -> HashSet<u32> {
    let mut found = HashSet::new();
    let mut seen = HashSet::from([member]);
    let mut level = vec![member];
    for _ in 0..MAX_STEPS {
        let mut next = Vec::new();
        for &here in &level {
            let referrers = analysis.dominators.referrers(&analysis.order, here).take(MAX_REFERRERS);
            for referrer in referrers.filter(|&r| r != 0) {
                if !seen.insert(referrer) || kinds.weak(analysis.class(referrer)) {
                    continue;
                }
                match kinds.of(analysis.class(referrer)) {
                    Kind::Collection => {
                        found.insert(referrer);
                    }
                    _ => next.push(referrer),
                }
            }
        }
        level = next;
    }
    found
}
