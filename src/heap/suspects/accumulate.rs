//! Where memory accumulates: down the dominator tree to the place from which it fans out.

use super::kinds::{Kind, Kinds};
use crate::heap::analysis::Analysis;

/// A child that retains this share of its parent (in tenths) carries on the way down (HEURISTICS K3, MAT).
const CARRIES_ON: u64 = 7;
/// Branches looked at; more than ten objects of a tenth each cannot lie side by side, but they can nest.
const MAX_STEPS: usize = 2_000_000;

/// Objects that retain at least a threshold, with their large children. A list of millions has as many of them: one
/// sorted list, not a map.
struct Large {
    /// Dominator and child, sorted.
    edges: Vec<(u32, u32)>,
    tops: Vec<u32>,
}

impl Large {
    fn new(analysis: &Analysis, threshold: u64) -> Self {
        let mut edges = Vec::new();
        let mut tops = Vec::new();
        let retained = &analysis.dominators.retained;
        for (number, _) in retained.iter().enumerate().skip(1).filter(|(_, r)| **r >= threshold) {
            let number = number as u32;
            match analysis.dominators.of(number) {
                0 => tops.push(number),
                above => edges.push((above, number)),
            }
        }
        edges.sort_unstable();
        Self { edges, tops }
    }

    /// Large children of a number, ascending.
    fn of(&self, number: u32) -> impl Iterator<Item = u32> + Clone + '_ {
        let begin = self.edges.partition_point(|&(above, _)| above < number);
        let rest = self.edges.get(begin..).unwrap_or_default();
        rest.iter()
            .take_while(move |&&(above, _)| above == number)
            .map(|&(_, child)| child)
    }
}

/// Numbers of the places where at least `threshold` bytes accumulate, each with the whole that hangs on it.
pub(super) fn accumulation_points(analysis: &Analysis, kinds: &Kinds, threshold: u64) -> Vec<u32> {
    let large = Large::new(analysis, threshold);
    let mut todo: Vec<u32> = large.tops.clone();
    let mut points = Vec::new();
    let mut steps = 0;
    while let Some(start) = todo.pop() {
        let mut here = start;
        loop {
            steps += 1;
            if steps > MAX_STEPS {
                return points;
            }
            if let Some(head) = chain_head(analysis, kinds, &large, here) {
                points.push(head);
                break;
            }
            let retained = analysis.dominators.retained(here);
            let children: Vec<u32> = large.of(here).collect();
            let sum: u64 = children.iter().map(|&c| analysis.dominators.retained(c)).sum();
            let heavy = children
                .iter()
                .copied()
                .max_by_key(|&c| (analysis.dominators.retained(c), std::cmp::Reverse(c)))
                .filter(|&c| analysis.dominators.retained(c) >= retained / 10 * CARRIES_ON);
            match heavy {
                Some(child) => {
                    todo.extend(children.iter().copied().filter(|&c| c != child));
                    here = child;
                }
                None if splits(analysis, kinds, here, &children) && sum >= retained / 10 * CARRIES_ON => {
                    todo.extend_from_slice(&children);
                    break;
                }
                None => {
                    points.push(here);
                    break;
                }
            }
        }
    }
    points.sort_unstable();
    points.dedup();
    points
}

/// Several large children of something that is no collection are separate places, as are classes of one loader.
fn splits(analysis: &Analysis, kinds: &Kinds, here: u32, children: &[u32]) -> bool {
    let kind = kinds.of(analysis.class(here));
    let classes = children
        .iter()
        .any(|&c| analysis.graph.classes.of_object(analysis.object(c)).is_some());
    children.len() > 1 && (kind == Kind::Plain || classes)
}

/// The head of a linked structure: an object below which, within three steps, an object of its own class retains
/// nearly as much, and below that one another.
fn chain_head(analysis: &Analysis, kinds: &Kinds, large: &Large, head: u32) -> Option<u32> {
    let class = analysis.class(head);
    if !matches!(kinds.of(class), Kind::Plain | Kind::Inside)
        || analysis.graph.classes.of_object(analysis.object(head)).is_some()
    {
        return None;
    }
    let second = next_of_class(analysis, large, head, class)?;
    let third = next_of_class(analysis, large, second, class)?;
    let (first, last) = (analysis.dominators.retained(head), analysis.dominators.retained(third));
    (last >= first / 10 * CARRIES_ON).then_some(head)
}

fn next_of_class(analysis: &Analysis, large: &Large, from: u32, class: u32) -> Option<u32> {
    let mut here = from;
    for _ in 0..3 {
        here = large.of(here).max_by_key(|&c| analysis.dominators.retained(c))?;
        if analysis.class(here) == class {
            return Some(here);
        }
    }
    None
}

/// The collection whose inside `point` is, as a programmer names it; `point` itself when it is no inside.
pub(super) fn collection_of(analysis: &Analysis, kinds: &Kinds, point: u32) -> u32 {
    let mut here = point;
    loop {
        let above = analysis.dominators.of(here);
        if above == 0 {
            return here;
        }
        let (kind, kind_above) = (kinds.of(analysis.class(here)), kinds.of(analysis.class(above)));
        let climbs = match kind {
            Kind::Inside => matches!(kind_above, Kind::Inside | Kind::Collection | Kind::Array),
            // A table in its collection, a node array in a table of arrays.
            Kind::Array => matches!(kind_above, Kind::Collection | Kind::Inside),
            // The map in a set.
            Kind::Collection => kind_above == Kind::Collection,
            Kind::Carrier | Kind::Plain => false,
        };
        if !climbs {
            return here;
        }
        here = above;
    }
}
