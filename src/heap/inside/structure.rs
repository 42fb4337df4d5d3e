//! What the class table tells: garbage, packages, loaders, classes loaded several times.

use super::ROWS;
use crate::heap::{
    analysis::Analysis,
    facts::{Address, DuplicateClass, LoaderRow, LoaderTally, Population, Tally},
    graph::Shape,
    summary,
};
use std::{cmp::Reverse, collections::BTreeMap};

/// Classes of what no root reaches.
pub(super) fn garbage(analysis: &Analysis) -> Vec<Tally> {
    let mut rows: Vec<Tally> = summary::sorted_rows(&analysis.graph.classes, &analysis.order.unreachable)
        .into_iter()
        .map(|(_, row)| Tally {
            name: row.class,
            objects: row.objects,
            shallow: row.shallow,
            retained: None,
        })
        .collect();
    rows.truncate(ROWS);
    rows
}

/// The package of a class; that of the element for an array, none for arrays of numbers.
fn package(class: &str) -> &str {
    let element = class.trim_end_matches("[]");
    element.rsplit_once('.').map_or("", |(package, _)| package)
}

/// Reachable objects by package. Retained bytes, which cost one more pass, only for `retained`.
pub(super) fn packages(analysis: &Analysis, retained: bool) -> Vec<Tally> {
    let classes = analysis.graph.classes.all();
    let mut sums: BTreeMap<&str, Population> = BTreeMap::new();
    for (class, population) in classes.iter().zip(summary::populations(analysis)) {
        if class.shape != Shape::PrimitiveArray {
            let sum = sums.entry(package(&class.name)).or_default();
            sum.objects += population.objects;
            sum.shallow += population.shallow;
        }
    }
    let mut rows: Vec<(&str, Population)> = sums.into_iter().filter(|(_, p)| p.objects > 0).collect();
    rows.sort_by_key(|(name, p)| (Reverse(p.shallow), *name));
    rows.truncate(ROWS);
    let bits: Vec<u32> = classes
        .iter()
        .map(|class| {
            let at = rows.iter().position(|r| r.0 == package(&class.name));
            at.filter(|_| class.shape != Shape::PrimitiveArray)
                .map_or(0, |bit| 1 << bit)
        })
        .collect();
    let sums = if retained {
        summary::retained_by_bit(analysis, &bits)
    } else {
        [0; 32]
    };
    rows.iter()
        .enumerate()
        .map(|(bit, (name, population))| Tally {
            name: if name.is_empty() {
                "-".to_owned()
            } else {
                (*name).to_owned()
            },
            objects: population.objects,
            shallow: population.shallow,
            retained: sums.get(bit).copied().filter(|_| retained),
        })
        .collect()
}

/// Loaders by the bytes of what they loaded.
pub(super) fn loaders(rows: &[LoaderRow]) -> Vec<LoaderTally> {
    let mut rows: Vec<LoaderTally> = rows
        .iter()
        .map(|row| LoaderTally {
            loader: Address(row.object),
            class: row.class.clone(),
            label: row.label.clone(),
            classes: row.classes,
            objects: row.instances,
            shallow: row.shallow,
            retained: row.retained,
        })
        .collect();
    rows.sort_by_key(|r| (Reverse(r.shallow), Reverse(r.classes), r.loader));
    rows.truncate(ROWS);
    rows
}

/// Names that several loaders defined. What the VM or a proxy maker names by counting is no copy of anything.
pub(super) fn duplicate_classes(analysis: &Analysis) -> Vec<DuplicateClass> {
    let classes = &analysis.graph.classes;
    let mut by_name: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (number, class) in classes.all().iter().enumerate() {
        let generated = class.name.contains("$$") || class.name.contains("$Proxy") || class.name.contains('/');
        if class.shape == Shape::Plain && !generated && analysis.number(class.object).is_some() {
            by_name.entry(&class.name).or_default().push(number as u32);
        }
    }
    by_name.retain(|_, copies| copies.len() > 1);
    if by_name.is_empty() {
        return Vec::new();
    }
    let populations = summary::populations(analysis);
    let mut rows: Vec<DuplicateClass> = by_name
        .into_iter()
        .map(|(name, copies)| {
            let mut loaders: Vec<String> = copies
                .iter()
                .filter_map(|&c| Some(analysis.role_name(classes.get(c)?.loader)))
                .collect();
            loaders.sort();
            loaders.dedup();
            DuplicateClass {
                class: name.to_owned(),
                times: copies.len() as u64,
                objects: copies
                    .iter()
                    .filter_map(|&c| populations.get(c as usize))
                    .map(|p| p.objects)
                    .sum(),
                loaders,
            }
        })
        .collect();
    rows.sort_by(|a, b| (b.times, b.objects, &a.class).cmp(&(a.times, a.objects, &b.class)));
    rows.truncate(ROWS);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_arrays_and_nested_classes() {
        assert_eq!(package("a.b.C$D[][]"), "a.b");
        assert_eq!(package("Main"), "");
        assert_eq!(package("int[]"), "");
    }
}
