//! Who holds the accumulator, and the way from a root to it.

use super::kinds::{Kind, Kinds};
use crate::heap::{analysis::Analysis, graph::RootReason};
use std::collections::{HashMap, VecDeque};

/// Objects looked at while a way to a root is sought.
const MAX_VISITS: usize = 3_000_000;

/// The holder of an accumulator, as numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Holder {
    /// Object or class that refers to it, `None` when nobody does.
    pub number: Option<u32>,
    /// What of the holder is referred to: the accumulator, or the wrapper or outer collection around it.
    pub through: u32,
    /// A local variable of a thread refers to it.
    pub local: bool,
}

/// Finds who holds `accumulator`: past wrappers and outer collections, the first object or class of another kind.
pub(super) fn holder(analysis: &Analysis, kinds: &Kinds, accumulator: u32) -> Holder {
    let mut here = accumulator;
    let mut seen = vec![here];
    loop {
        if let Some(thread) = local_thread(analysis, here) {
            return Holder {
                number: Some(thread),
                through: here,
                local: true,
            };
        }
        let Some(referrer) = best_referrer(analysis, kinds, here, &seen) else {
            return Holder {
                number: None,
                through: here,
                local: false,
            };
        };
        if !is_inner(analysis, kinds, referrer) {
            return Holder {
                number: Some(referrer),
                through: here,
                local: false,
            };
        }
        seen.push(referrer);
        if seen.len() > 64 {
            return Holder {
                number: Some(referrer),
                through: here,
                local: false,
            };
        }
        here = referrer;
    }
}

/// Inner parts of collections, wrappers and tables are not holders in their own right.
fn is_inner(analysis: &Analysis, kinds: &Kinds, number: u32) -> bool {
    if is_class(analysis, number) {
        return false;
    }
    kinds.of(analysis.class(number)) != Kind::Plain
}

fn is_class(analysis: &Analysis, number: u32) -> bool {
    analysis.graph.classes.of_object(analysis.object(number)).is_some()
}

/// The thread whose local variable refers to it; the one that dominates it first.
fn local_thread(analysis: &Analysis, number: u32) -> Option<u32> {
    let object = analysis.object(number);
    let mut threads = analysis
        .graph
        .locals
        .iter()
        .filter(|l| l.object == object)
        .filter_map(|l| analysis.number(l.thread));
    let above = analysis.dominators.of(number);
    let first = threads.clone().next();
    threads.find(|&t| t == above).or(first)
}

/// The referrer that best tells who holds an object: its dominator, else a class, else an object of any other kind
/// than the inside of collections; never something that the object itself dominates, never a weak reference.
fn best_referrer(analysis: &Analysis, kinds: &Kinds, number: u32, seen: &[u32]) -> Option<u32> {
    let above = analysis.dominators.of(number);
    let candidates = analysis
        .dominators
        .referrers(&analysis.order, number)
        .filter(|&r| r != 0 && r != number && !seen.contains(&r))
        .filter(|&r| !kinds.weak(analysis.class(r)))
        .filter(|&r| !is_dominated_by(analysis, r, number));
    candidates
        .take(10_000)
        .map(|r| {
            let rank = if r == above {
                0
            } else if is_class(analysis, r) {
                1
            } else {
                match kinds.of(analysis.class(r)) {
                    Kind::Plain => 2,
                    Kind::Collection | Kind::Array => 3,
                    Kind::Inside | Kind::Carrier => 4,
                }
            };
            // A root that is only an iterator over a collection holds nothing.
            let idle = rank == 4 && analysis.order.parent.get(r as usize) == Some(&0) && !is_table(analysis, kinds, r);
            (idle, rank, r)
        })
        .filter(|c| !c.0)
        .min()
        .map(|(_, _, r)| r)
}

fn is_table(analysis: &Analysis, kinds: &Kinds, number: u32) -> bool {
    kinds.of(analysis.class(number)) == Kind::Array
}

fn is_dominated_by(analysis: &Analysis, number: u32, top: u32) -> bool {
    let mut here = number;
    for _ in 0..256 {
        if here == top {
            return true;
        }
        if here < top {
            return false;
        }
        here = analysis.dominators.of(here);
    }
    false
}

/// Why the object of this number is a root, most telling reason first.
pub(super) fn root_reasons(analysis: &Analysis, number: u32) -> Vec<RootReason> {
    let object = analysis.object(number);
    let from = analysis.graph.roots.partition_point(|r| r.object < object);
    let roots = analysis.graph.roots.get(from..).unwrap_or_default();
    roots
        .iter()
        .take_while(|r| r.object == object)
        .map(|r| r.reason)
        .collect()
}

/// The shortest way from a root to `target`, weak references left out if there is one without: numbers, root first.
pub(super) fn path(analysis: &Analysis, kinds: &Kinds, target: u32) -> Vec<u32> {
    search(analysis, kinds, target, true)
        .or_else(|| search(analysis, kinds, target, false))
        .unwrap_or_else(|| vec![target])
}

fn search(analysis: &Analysis, kinds: &Kinds, target: u32, strong: bool) -> Option<Vec<u32>> {
    let mut below: HashMap<u32, u32> = HashMap::new();
    let mut todo = VecDeque::from([target]);
    below.insert(target, target);
    while let Some(here) = todo.pop_front() {
        if analysis.order.parent.get(here as usize) == Some(&0) {
            let mut way = vec![here];
            let mut at = here;
            while let Some(&next) = below.get(&at).filter(|&&n| n != at) {
                way.push(next);
                at = next;
            }
            return Some(way);
        }
        if below.len() > MAX_VISITS {
            return None;
        }
        for referrer in analysis.dominators.referrers(&analysis.order, here) {
            if referrer == 0 || (strong && kinds.weak(analysis.class(referrer))) {
                continue;
            }
            below.entry(referrer).or_insert_with(|| {
                todo.push_back(referrer);
                here
            });
        }
    }
    None
}
