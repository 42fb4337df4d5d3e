//! Stage two: distinct keys that are one template but for words that vary.
//!
//! Keys of the same length are compared column by column. The words of a template stand in all its keys, so they have
//! one frequency; the largest set of words with one frequency is the root that keys are grouped by (the idea of Brain,
//! 2023). Inside a root a column with many words is variable, one with few words tells templates apart.

use super::table::{Key, Word, WordKind};
use std::collections::{BTreeMap, HashMap};

/// A column with this many words or more is variable.
const VARIABLE: usize = 6;
/// A vocabulary has at most so many keys, and its middle one comes at least so often.
const MOST_VOCABULARY: usize = 300;
const OFTEN: u64 = 10;

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
    number(keys, groups)
}

/// Groups whose texts are the same are one template: a value may look like a number in one record and like a word in
/// the next. Ids follow the first key.
fn number(keys: &[Key], mut groups: Vec<Group>) -> (Vec<u32>, Vec<String>) {
    groups.sort_by_key(|g| g.members.first().copied());
    let mut of_key = vec![0u32; keys.len()];
    let mut texts: Vec<String> = Vec::with_capacity(groups.len());
    let mut known: HashMap<String, u32> = HashMap::new();
    for group in &groups {
        let text = text(keys, group);
        let id = *known.entry(text.clone()).or_insert(texts.len() as u32);
        if id as usize == texts.len() {
            texts.push(text);
        }
        for member in &group.members {
            if let Some(slot) = of_key.get_mut(*member) {
                *slot = id;
            }
        }
    }
    (of_key, texts)
}

/// The root of a key: its frequency, and the words that have it with their columns.
type Root<'k> = (u32, Vec<(usize, &'k str)>);

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

fn column(keys: &[Key], member: usize, index: usize) -> Option<&Word> {
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
    let mut roots: BTreeMap<Root<'_>, Vec<usize>> = BTreeMap::new();
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
    let differing: Vec<(usize, usize)> = columns
        .iter()
        .map(|c| (*c, distinct(keys, &members, *c)))
        .filter(|(_, words)| *words > 1)
        .collect();
    // Where most of the text differs, or every key comes again and again, the words are no values.
    let stable = differing.len() * 2 > columns.len() || recurring(keys, &members);
    let few = |words: usize| words < VARIABLE || stable;
    for (c, _) in differing.iter().filter(|(_, words)| !few(*words)) {
        if let Some(slot) = variable.get_mut(*c) {
            *slot = true;
        }
    }
    let fewest = differing.iter().filter(|(_, words)| few(*words));
    let best = fewest.min_by_key(|(c, words)| (*words, *c)).copied();
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

/// Different words in a column.
fn distinct(keys: &[Key], members: &[usize], c: usize) -> usize {
    let mut words: Vec<&str> = members
        .iter()
        .filter_map(|m| column(keys, *m, c).map(|w| &*w.text))
        .collect();
    words.sort_unstable();
    words.dedup();
    words.len()
}

/// True when the keys are a small vocabulary: the middle one of them comes often.
fn recurring(keys: &[Key], members: &[usize]) -> bool {
    let mut counts: Vec<u64> = members.iter().filter_map(|m| keys.get(*m)).map(|k| k.count).collect();
    counts.sort_unstable();
    counts.len() <= MOST_VOCABULARY && counts.get(counts.len() / 2).is_some_and(|middle| *middle >= OFTEN)
}

fn text(keys: &[Key], group: &Group) -> String {
    let Some(key) = group.members.first().and_then(|m| keys.get(*m)) else {
        return String::new();
    };
    let mut out = String::new();
    for (index, word) in key.words.iter().enumerate() {
        let varies = word.kind == WordKind::Variable || group.variable.get(index) == Some(&true);
        if varies && out.ends_with("<*>") {
            continue;
        }
        if word.spaced && !out.is_empty() {
            out.push(' ');
        }
        out.push_str(if varies { "<*>" } else { &word.text });
    }
    out
}
