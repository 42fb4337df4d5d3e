//! Stage two: distinct keys that are one template but for words that vary.
//!
//! Keys of the same length are compared column by column. The words of a template stand in all its keys, so they have
//! one frequency; the largest set of words with one frequency is the root that keys are grouped by (the idea of Brain,
//! 2023). Inside a root a column with many words is variable, one with few words tells templates apart.

use super::table::{Key, Word, WordKind};
use std::collections::{BTreeMap, HashMap};

/// A column with this many words or more is variable.
const VARIABLE: usize = 6;

/// Template of each key and the templates' texts, ids in the order of the first key.
pub(super) fn group(keys: &[Key]) -> (Vec<u32>, Vec<String>) {
    let mut buckets: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
    for (index, key) in keys.iter().enumerate() {
        buckets.entry(shape(key)).or_default().push(index);
    }
    let mut groups: Vec<Group> = Vec::new();
    for members in buckets.into_values() {
        split_bucket(keys, members, &mut groups);
    }
    groups.sort_by_key(|g| g.members.first().copied());
    let mut of_key = vec![0u32; keys.len()];
    let mut texts = Vec::with_capacity(groups.len());
    for (id, group) in groups.iter().enumerate() {
        for member in &group.members {
            if let Some(slot) = of_key.get_mut(*member) {
                *slot = id as u32;
            }
        }
        texts.push(text(keys, group));
    }
    (of_key, texts)
}

struct Group {
    /// Keys, ascending.
    members: Vec<usize>,
    /// Columns that vary.
    variable: Vec<bool>,
}

/// Keys are comparable when their separators and variables stand in the same columns.
fn shape(key: &Key) -> Vec<u8> {
    key.words
        .iter()
        .map(|w| match w.kind {
            WordKind::Separator => w.text.as_bytes().first().copied().unwrap_or(b'?'),
            WordKind::Variable => 1,
            WordKind::Text => 0,
        })
        .collect()
}

fn column<'k>(keys: &'k [Key], member: usize, index: usize) -> Option<&'k Word> {
    keys.get(member)?.words.get(index)
}

fn split_bucket(keys: &[Key], members: Vec<usize>, groups: &mut Vec<Group>) {
    let length = members.first().and_then(|m| keys.get(*m)).map_or(0, |k| k.words.len());
    let columns: Vec<usize> = (0..length)
        .filter(|c| {
            members
                .first()
                .and_then(|m| column(keys, *m, *c))
                .is_some_and(|w| w.kind == WordKind::Text)
        })
        .collect();
    // How many keys have a word in a column.
    let mut frequency: HashMap<(usize, &str), u32> = HashMap::new();
    for member in &members {
        for c in &columns {
            if let Some(word) = column(keys, *member, *c) {
                *frequency.entry((*c, &word.text)).or_default() += 1;
            }
        }
    }
    let mut roots: BTreeMap<(u32, Vec<(usize, &str)>), Vec<usize>> = BTreeMap::new();
    for member in &members {
        let words: Vec<(usize, &str, u32)> = columns
            .iter()
            .filter_map(|c| column(keys, *member, *c).map(|w| (*c, &*w.text)))
            .map(|(c, text)| (c, text, frequency.get(&(c, text)).copied().unwrap_or(1)))
            .collect();
        let root = root_frequency(&words);
        let pattern = words.iter().filter(|w| w.2 == root).map(|w| (w.0, w.1)).collect();
        roots.entry((root, pattern)).or_default().push(*member);
    }
    for members in roots.into_values() {
        split_columns(keys, members, &columns, vec![false; length], groups);
    }
}

/// The frequency whose words are the root: many words count, and so does being frequent.
fn root_frequency(words: &[(usize, &str, u32)]) -> u32 {
    let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
    for (_, _, frequency) in words {
        *counts.entry(*frequency).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by(|(f, n), (g, m)| {
            let weight = |f: u32, n: u32| f64::from(n) * f64::from(1 + f).log2();
            weight(*f, *n).total_cmp(&weight(*g, *m)).then(f.cmp(g))
        })
        .map_or(1, |(f, _)| f)
}

/// Splits by the column with the fewest words, as long as one has few; the others vary.
fn split_columns(
    keys: &[Key],
    members: Vec<usize>,
    columns: &[usize],
    mut variable: Vec<bool>,
    groups: &mut Vec<Group>,
) {
    let mut best: Option<(usize, usize)> = None;
    for c in columns {
        let mut words: Vec<&str> = members
            .iter()
            .filter_map(|m| column(keys, *m, *c).map(|w| &*w.text))
            .collect();
        words.sort_unstable();
        words.dedup();
        if words.len() >= VARIABLE {
            if let Some(slot) = variable.get_mut(*c) {
                *slot = true;
            }
        } else if words.len() > 1 && best.is_none_or(|(_, fewest)| words.len() < fewest) {
            best = Some((*c, words.len()));
        }
    }
    let Some((c, _)) = best else {
        groups.push(Group { members, variable });
        return;
    };
    let mut parts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for member in members {
        if let Some(word) = column(keys, member, c) {
            parts.entry(&word.text).or_default().push(member);
        }
    }
    for members in parts.into_values() {
        split_columns(keys, members, columns, variable.clone(), groups);
    }
}

fn text(keys: &[Key], group: &Group) -> String {
    let Some(key) = group.members.first().and_then(|m| keys.get(*m)) else {
        return String::new();
    };
    let mut out = String::new();
    for (index, word) in key.words.iter().enumerate() {
        if word.spaced && !out.is_empty() {
            out.push(' ');
        }
        if group.variable.get(index) == Some(&true) {
            out.push_str("<*>");
        } else {
            out.push_str(&word.text);
        }
    }
    out
}
