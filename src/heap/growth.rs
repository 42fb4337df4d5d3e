//! What grew between dumps of one process, by class.

use super::facts::{GrowthRow, HeapFacts};
use std::{cmp::Reverse, collections::BTreeMap};

/// Classes by growth in shallow bytes from the first to the last dump, largest first; at most `top`. Classes that did not
/// grow are left out unless `shrunk` ones are wanted too. The dumps must have whole histograms ([`super::HeapOptions`]).
pub fn growth(dumps: &[&HeapFacts], top: usize, shrunk: bool) -> Vec<GrowthRow> {
    let mut by_class: BTreeMap<&str, GrowthRow> = BTreeMap::new();
    for (at, facts) in dumps.iter().enumerate() {
        for row in &facts.histogram {
            let entry = by_class.entry(&row.class).or_insert_with(|| GrowthRow {
                class: row.class.clone(),
                objects: vec![0; dumps.len()],
                shallow: vec![0; dumps.len()],
            });
            for (list, more) in [(&mut entry.objects, row.objects), (&mut entry.shallow, row.shallow)] {
                if let Some(sum) = list.get_mut(at) {
                    *sum += more;
                }
            }
        }
    }
    let mut rows: Vec<GrowthRow> = by_class.into_values().filter(|row| shrunk || row.bytes() > 0).collect();
    rows.sort_by(|a, b| (Reverse(a.bytes()), &a.class).cmp(&(Reverse(b.bytes()), &b.class)));
    rows.truncate(top);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::ClassRow;

    fn dump(rows: &[(&str, u64, u64)]) -> HeapFacts {
        HeapFacts {
            histogram: rows
                .iter()
                .map(|&(class, objects, shallow)| ClassRow {
                    class: class.to_owned(),
                    objects,
                    shallow,
                    retained: None,
                })
                .collect(),
            ..HeapFacts::default()
        }
    }

    #[test]
    fn what_grew_comes_first_and_what_shrank_only_when_wanted() {
        let dumps = [
            dump(&[("a.A", 10, 100), ("a.B", 5, 500)]),
            dump(&[("a.A", 30, 300), ("a.B", 4, 400)]),
            dump(&[("a.A", 50, 500), ("a.B", 1, 100), ("a.C", 1, 8)]),
        ];
        let all: Vec<&HeapFacts> = dumps.iter().collect();
        let rows = growth(&all, 10, false);
        assert_eq!(
            rows.iter().map(|r| (r.class.as_str(), r.bytes())).collect::<Vec<_>>(),
            [("a.A", 400), ("a.C", 8)]
        );
        assert_eq!(
            (rows[0].shallow.clone(), rows[1].objects.clone()),
            (vec![100, 300, 500], vec![0, 0, 1])
        );
        assert!(rows[0].steady() && !growth(&all, 10, true)[2].steady());
    }
}
