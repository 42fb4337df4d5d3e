//! Several loaders that loaded the same classes: copies of one application that were never let go.

use super::{holder, kinds::Kinds};
use crate::heap::{analysis::Analysis, graph::Shape};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

/// Copies below which a set of loaders is not remarkable.
const MIN_COPIES: usize = 3;
/// Two copies suffice when they hold this share of the heap, in percent.
const TWO_COPIES_SHARE: u64 = 30;
/// Share of the smaller loader's classes, in percent, that the larger one must also have.
const SAME_CLASSES: usize = 90;

/// A set of loaders with the same classes.
#[derive(Debug, Clone, Default)]
pub(super) struct Copies {
    /// The one to show: it retains most.
    pub loader: u32,
    /// The object or class of the application on which most of its memory hangs.
    pub accumulator: u32,
    /// From a root to what keeps the loader alive, as numbers.
    pub path: Vec<u32>,
    /// The topmost object of each copy.
    pub tops: Vec<u32>,
    /// How many loaders.
    pub count: u64,
    /// What all of them retain.
    pub retained: u64,
    /// Class of which most bytes lie there.
    pub content: u32,
    /// Objects of that class.
    pub content_count: u64,
}

/// Finds sets of loaders with the same classes, the largest first.
pub(super) fn copies(analysis: &Analysis, kinds: &Kinds) -> Vec<Copies> {
    let mut found: Vec<Copies> = groups(analysis, kinds)
        .into_iter()
        .filter_map(|group| measure(analysis, kinds, &group))
        .filter(|c| c.count as usize >= MIN_COPIES || c.retained >= analysis.total() / 100 * TWO_COPIES_SHARE)
        .collect();
    found.sort_by_key(|c| (std::cmp::Reverse(c.retained), c.loader));
    found
}

impl Copies {
    /// Whether an accumulator lies in one of the copies, or holds little else than copies.
    pub fn cover(&self, analysis: &Analysis, accumulator: u32) -> bool {
        let inside = |number: u32, top: u32| {
            let mut here = number;
            while here > top {
                here = analysis.dominators.of(here);
            }
            here == top
        };
        if self.tops.iter().any(|&top| inside(accumulator, top)) {
            return true;
        }
        let held = self.tops.iter().filter(|&&top| inside(top, accumulator));
        let bytes: u64 = held.map(|&top| analysis.dominators.retained(top)).sum();
        bytes >= analysis.dominators.retained(accumulator) / 2
    }
}

/// Loader objects with the same class of loader and the same class names.
fn groups(analysis: &Analysis, kinds: &Kinds) -> Vec<Vec<u32>> {
    let classes = &analysis.graph.classes;
    let mut defined: BTreeMap<u32, HashSet<&str>> = BTreeMap::new();
    for class in classes.all().iter().filter(|c| c.shape == Shape::Plain) {
        let alive = analysis.number(class.object).is_some() && analysis.number(class.loader).is_some();
        // Classes that the VM or a proxy maker numbers are no sign of an application.
        let generated = class.name.contains("$$") || class.name.contains('/') || class.name.contains("$Proxy");
        if alive && !generated && kinds.loader(analysis.class_of(class.loader)) {
            defined.entry(class.loader).or_default().insert(&class.name);
        }
    }
    let mut groups: Vec<(u32, &HashSet<&str>, Vec<u32>)> = Vec::new();
    for (&loader, names) in &defined {
        let class = analysis.class_of(loader);
        match groups.iter_mut().find(|g| g.0 == class && alike(g.1, names)) {
            Some(group) => group.2.push(loader),
            None => groups.push((class, names, vec![loader])),
        }
        if groups.len() > 2000 {
            break;
        }
    }
    groups.into_iter().map(|g| g.2).filter(|g| g.len() > 1).collect()
}

fn alike(a: &HashSet<&str>, b: &HashSet<&str>) -> bool {
    let (small, large) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let common = small.iter().filter(|n| large.contains(*n)).count();
    common * 100 >= small.len() * SAME_CLASSES && !small.is_empty()
}

fn measure(analysis: &Analysis, kinds: &Kinds, group: &[u32]) -> Option<Copies> {
    let mut tops: Vec<(u32, u32)> = group
        .iter()
        .filter_map(|&loader| Some((top_of(analysis, loader, analysis.number(loader)?), loader)))
        .collect();
    tops.sort_unstable();
    let mut distinct: Vec<u32> = tops.iter().map(|t| t.0).collect();
    distinct.dedup();
    let retained = distinct.iter().map(|&t| analysis.dominators.retained(t)).sum();
    let (_, loader) = tops
        .iter()
        .copied()
        .max_by_key(|&(top, loader)| (analysis.dominators.retained(top), std::cmp::Reverse(loader)))?;
    let number = analysis.number(loader)?;
    let path = way_to_loader(analysis, kinds, loader, number);
    let keeper = keeper(analysis, loader, &path).unwrap_or(number);
    let at = path.iter().position(|&p| p == keeper).map_or(path.len(), |p| p + 1);
    let accumulator = bulk_owner(analysis, loader, top_of(analysis, loader, number)).unwrap_or(keeper);
    let (content, content_count) = bulk(analysis, &distinct);
    Some(Copies {
        loader: number,
        accumulator,
        path: path.into_iter().take(at).collect(),
        tops: distinct,
        count: group.len() as u64,
        retained,
        content,
        content_count,
    })
}

/// The topmost dominator of a loader that belongs to it: an object or class of its own.
fn top_of(analysis: &Analysis, loader: u32, number: u32) -> u32 {
    let mut top = number;
    loop {
        let above = analysis.dominators.of(top);
        if above == 0 || !belongs(analysis, loader, above) {
            return top;
        }
        top = above;
    }
}

/// Down from the topmost object of a copy as long as one child retains most: the last object or class of the copy's own.
fn bulk_owner(analysis: &Analysis, loader: u32, top: u32) -> Option<u32> {
    let mut owner = belongs(analysis, loader, top).then_some(top);
    let mut here = top;
    for _ in 0..64 {
        let Some(heaviest) = heaviest_child(analysis, here) else {
            return owner;
        };
        if analysis.dominators.retained(heaviest) < analysis.dominators.retained(here) / 10 * 7 {
            return owner;
        }
        if belongs(analysis, loader, heaviest) {
            owner = Some(heaviest);
        }
        here = heaviest;
    }
    owner
}

fn heaviest_child(analysis: &Analysis, above: u32) -> Option<u32> {
    let mut heaviest = None;
    let mut number = above + 1;
    while analysis.order.parent.get(number as usize).is_some_and(|&p| p >= above) {
        if analysis.dominators.of(number) == above {
            heaviest = heaviest.max(Some((analysis.dominators.retained(number), std::cmp::Reverse(number))));
        }
        number += 1;
    }
    heaviest.map(|(_, std::cmp::Reverse(number))| number)
}

/// Whether an object is an instance of a class of this loader, or such a class itself.
fn belongs(analysis: &Analysis, loader: u32, number: u32) -> bool {
    let object = analysis.object(number);
    let classes = &analysis.graph.classes;
    let class = classes.of_object(object).or(Some(analysis.class(number)));
    class.and_then(|c| classes.get(c)).is_some_and(|c| c.loader == loader)
}

/// From a root to the loader, through instances of its classes as well.
fn way_to_loader(analysis: &Analysis, kinds: &Kinds, loader: u32, number: u32) -> Vec<u32> {
    let mut instances: HashMap<u32, Vec<u32>> = HashMap::new();
    for other in 1..analysis.order.len() as u32 {
        let class = analysis.class(other);
        if analysis.graph.classes.get(class).is_some_and(|c| c.loader == loader) {
            instances.entry(class).or_default().push(other);
        }
    }
    let mut below: HashMap<u32, u32> = HashMap::from([(number, number)]);
    let mut todo = VecDeque::from([number]);
    while let Some(here) = todo.pop_front() {
        if analysis.order.parent.get(here as usize) == Some(&0) {
            let mut way = vec![here];
            let mut at = here;
            while let Some(&next) = below.get(&at).filter(|&&n| n != at) {
                way.push(next);
                at = next;
            }
            return way;
        }
        let of_class = analysis.graph.classes.of_object(analysis.object(here));
        let own = of_class
            .and_then(|c| instances.get(&c))
            .map(Vec::as_slice)
            .unwrap_or_default();
        let referrers = analysis.dominators.referrers(&analysis.order, here);
        for referrer in referrers.chain(own.iter().copied()) {
            if referrer == 0 || kinds.weak(analysis.class(referrer)) {
                continue;
            }
            below.entry(referrer).or_insert_with(|| {
                todo.push_back(referrer);
                here
            });
        }
    }
    holder::path(analysis, kinds, number)
}

/// What keeps a loader alive: the first object on the way that is an instance of one of its classes, else the last one
/// before the loader and its classes.
fn keeper(analysis: &Analysis, loader: u32, path: &[u32]) -> Option<u32> {
    let first_own = path.iter().copied().find(|&p| belongs(analysis, loader, p));
    let is_class = |p: u32| analysis.graph.classes.of_object(analysis.object(p)).is_some();
    match first_own {
        Some(own) if !is_class(own) => Some(own),
        Some(own) => {
            let at = path.iter().position(|&p| p == own)?;
            path.get(at.checked_sub(1)?).copied()
        }
        None => path.get(path.len().checked_sub(2)?).copied(),
    }
}

/// The class with the most bytes among what these numbers dominate.
fn bulk(analysis: &Analysis, tops: &[u32]) -> (u32, u64) {
    let tops: HashSet<u32> = tops.iter().copied().collect();
    let mut inside = vec![false; analysis.order.len()];
    let mut tally: HashMap<u32, (u64, u64)> = HashMap::new();
    for number in 1..analysis.order.len() {
        let above = analysis.dominators.of(number as u32) as usize;
        let is_inside = tops.contains(&(number as u32)) || inside.get(above) == Some(&true);
        if is_inside {
            if let Some(mark) = inside.get_mut(number) {
                *mark = true;
            }
            let (bytes, count) = tally.entry(analysis.class(number as u32)).or_default();
            *bytes += analysis.shallow(number as u32);
            *count += 1;
        }
    }
    let most = tally
        .into_iter()
        .max_by_key(|&(class, (bytes, count))| (bytes, count, std::cmp::Reverse(class)));
    most.map_or((crate::heap::graph::NONE, 0), |(class, (_, count))| (class, count))
}
