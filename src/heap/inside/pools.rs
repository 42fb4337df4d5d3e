//! Connection pools: in use, at rest, allowed, waited for.

use super::{
    library::{EntryRule, POOLS, PoolRule},
    peek::Peek,
};
use crate::heap::facts::{Address, HeapPool};
use std::collections::BTreeMap;

/// Pools shown of one library.
const MAX_POOLS: usize = 50;

/// The figures of the pools at these addresses. `entries` are the addresses of their connections' entries.
pub(super) fn pools(peek: &Peek<'_>, rule: &PoolRule, pools: &[u64], entries: &[u64]) -> Vec<HeapPool> {
    let states = rule
        .entries
        .as_ref()
        .map(|e| count_states(peek, e, entries))
        .unwrap_or_default();
    let is_meant = |&pool: &u64| match rule.only {
        None => true,
        Some((path, part)) => peek
            .target(pool, path)
            .is_some_and(|to| peek.class_name(to).contains(part)),
    };
    pools
        .iter()
        .copied()
        .filter(is_meant)
        .take(MAX_POOLS)
        .map(|pool| read(peek, rule, pool, states.get(&pool)))
        .collect()
}

fn read(peek: &Peek<'_>, rule: &PoolRule, pool: u64, states: Option<&(u64, u64)>) -> HeapPool {
    let figure = |path: Option<&str>| peek.figure(pool, path?);
    let total = figure(rule.total);
    let mut in_use = figure(rule.in_use).or(states.map(|s| s.0));
    let mut idle = figure(rule.idle).or(states.map(|s| s.1));
    if rule.entries.is_some() && states.is_none() && total == Some(0) {
        (in_use, idle) = (Some(0), Some(0));
    }
    match (in_use, idle, total) {
        (None, Some(rest), Some(all)) => in_use = Some(all.saturating_sub(rest)),
        (Some(used), None, Some(all)) => idle = Some(all.saturating_sub(used)),
        _ => {}
    }
    HeapPool {
        library: rule.library.to_owned(),
        object: Address(pool),
        name: rule
            .name
            .iter()
            .find_map(|path| peek.text(pool, path))
            .filter(|n| !n.is_empty()),
        in_use,
        idle,
        max: peek.figure(pool, rule.max),
        waiting: figure(rule.waiting),
    }
}

/// Pool → connections in use and at rest.
fn count_states(peek: &Peek<'_>, rule: &EntryRule, entries: &[u64]) -> BTreeMap<u64, (u64, u64)> {
    let mut counts: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
    for thing in peek.things(entries).values() {
        let (Some(pool), Some(state)) = (thing.target(rule.pool), thing.number(rule.state)) else {
            continue;
        };
        let count = counts.entry(pool).or_default();
        let is = |states: &[u64]| u64::try_from(state).is_ok_and(|s| states.contains(&s));
        count.0 += u64::from(is(rule.in_use));
        count.1 += u64::from(is(rule.idle));
    }
    counts
}

/// For each class of the dump: which rules its instances are pools of, and which entries of.
pub(super) fn rules_of_class(is: impl Fn(&str) -> bool) -> (Option<usize>, Option<usize>) {
    let pool = POOLS.iter().position(|rule| is(rule.class));
    let entry = POOLS
        .iter()
        .position(|rule| rule.entries.as_ref().is_some_and(|e| is(e.class)));
    (pool, entry)
}
