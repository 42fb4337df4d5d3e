//! Two incidents side by side: which classes, messages, locks, pools and GC figures are new, gone, grown.

use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Changes listed of one kind.
const LISTED: usize = 30;
/// A figure that changed by less than this share stayed as it was.
const SAME: f64 = 0.2;

/// How a thing moved between two incidents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Movement {
    /// Only in the second.
    New,
    /// Only in the first.
    Gone,
    /// More in the second.
    Grown,
    /// Less in the second.
    Shrunk,
}

/// One thing that changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Class, message template, lock class, pool, or name of a figure.
    pub name: String,
    /// How.
    pub movement: Movement,
    /// In the first incident.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub a: Option<f64>,
    /// In the second incident.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub b: Option<f64>,
}

/// What changed from one incident to another, largest change first.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Comparison {
    /// Classes by shallow bytes.
    pub classes: Vec<Change>,
    /// Classes that hold suspects, by retained bytes.
    pub holders: Vec<Change>,
    /// Message templates of bursts by records.
    pub templates: Vec<Change>,
    /// Message codes by records.
    pub codes: Vec<Change>,
    /// Lock classes by waiting threads.
    pub locks: Vec<Change>,
    /// Pools by busy threads.
    pub pools: Vec<Change>,
    /// Threads by state, in the dump with most of them.
    pub threads: Vec<Change>,
    /// GC figures: `pauses`, `full`, `max_pause_ms`, `gc_share`, `max_heap_after`, `last_heap_after`, `heap_max`,
    /// `leak_slope_bytes_per_s`, the worst of all logs.
    pub gc: Vec<Change>,
}

/// Compares two reports.
pub fn compare(a: &Value, b: &Value) -> Comparison {
    let pair = |figures: fn(&Value) -> Figures| changes(&figures(a), &figures(b));
    Comparison {
        classes: pair(|r| {
            let rows = each(r, "heaps").flat_map(|heap| each(heap, "histogram"));
            figures(rows, "class", "shallow")
        }),
        holders: pair(|r| {
            let rows = each(r, "heaps").flat_map(|heap| each(heap, "suspects"));
            figures(rows, "holder_class", "retained")
        }),
        templates: pair(|r| sums(each(r, "bursts"), "template", "count")),
        codes: pair(|r| sums(each(r, "codes"), "code", "count")),
        locks: pair(|r| figures(each(r, "blockers"), "lock_class", "victims")),
        pools: pair(|r| figures(each(r, "pools"), "name", "busy")),
        threads: pair(threads),
        gc: pair(gc),
    }
}

/// Figures by name.
type Figures = BTreeMap<String, f64>;

fn each<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn named<'v>(
    rows: impl Iterator<Item = &'v Value>,
    name: &'static str,
    figure: &'static str,
) -> impl Iterator<Item = (&'v str, f64)> {
    rows.filter_map(move |row| Some((row.get(name)?.as_str()?, row.get(figure)?.as_f64()?)))
}

/// The largest figure of each name.
fn figures<'v>(rows: impl Iterator<Item = &'v Value>, name: &'static str, figure: &'static str) -> Figures {
    let mut out = Figures::new();
    for (name, figure) in named(rows, name, figure) {
        let kept = out.entry(name.to_owned()).or_insert(figure);
        *kept = kept.max(figure);
    }
    out
}

/// The sum of each name's figures.
fn sums<'v>(rows: impl Iterator<Item = &'v Value>, name: &'static str, figure: &'static str) -> Figures {
    let mut out = Figures::new();
    for (name, figure) in named(rows, name, figure) {
        *out.entry(name.to_owned()).or_default() += figure;
    }
    out
}

fn threads(report: &Value) -> Figures {
    let mut out = Figures::new();
    for dump in each(report, "dumps") {
        let states = dump.get("states").and_then(Value::as_object).into_iter().flatten();
        let all = dump.get("threads").map(|n| ("threads", n));
        for (name, n) in states.map(|(name, n)| (name.as_str(), n)).chain(all) {
            let n = n.as_f64().unwrap_or(0.0);
            let kept = out.entry(name.to_owned()).or_insert(n);
            *kept = kept.max(n);
        }
    }
    out.retain(|_, n| *n > 0.0);
    out
}

fn gc(report: &Value) -> Figures {
    const KEYS: [&str; 8] = [
        "pauses",
        "full",
        "max_pause_ms",
        "gc_share",
        "max_heap_after",
        "last_heap_after",
        "heap_max",
        "leak_slope_bytes_per_s",
    ];
    let mut out = Figures::new();
    for log in each(report, "gc") {
        for key in KEYS {
            if let Some(n) = log.get(key).and_then(Value::as_f64) {
                let kept = out.entry(key.to_owned()).or_insert(n);
                *kept = kept.max(n);
            }
        }
    }
    out
}

/// What differs, largest difference first.
fn changes(a: &Figures, b: &Figures) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for (name, before) in a {
        let after = b.get(name).copied();
        let movement = match after {
            None => Movement::Gone,
            Some(after) if (after - before).abs() <= SAME * before.abs().max(after.abs()) => continue,
            Some(after) if after > *before => Movement::Grown,
            Some(_) => Movement::Shrunk,
        };
        changes.push(Change {
            name: name.clone(),
            movement,
            a: Some(*before),
            b: after,
        });
    }
    changes.extend(
        b.iter()
            .filter(|(name, _)| !a.contains_key(*name))
            .map(|(name, after)| Change {
                name: name.clone(),
                movement: Movement::New,
                a: None,
                b: Some(*after),
            }),
    );
    let weight = |c: &Change| (c.b.unwrap_or(0.0) - c.a.unwrap_or(0.0)).abs();
    changes.sort_by(|x, y| weight(y).total_cmp(&weight(x)).then_with(|| x.name.cmp(&y.name)));
    changes.truncate(LISTED);
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_new_gone_and_grown_is_told() {
        let a = json!({"heaps": [{"histogram": [{"class": "byte[]", "shallow": 100}, {"class": "a.Old", "shallow": 50},
                                                {"class": "a.Same", "shallow": 10}]}],
                       "gc": [{"full": 2}], "bursts": [{"template": "t", "count": 4}, {"template": "t", "count": 5}]});
        let b = json!({"heaps": [{"histogram": [{"class": "byte[]", "shallow": 400}, {"class": "a.Leak", "shallow": 70},
                                                {"class": "a.Same", "shallow": 11}]}],
                       "gc": [{"full": 9}], "bursts": [{"template": "t", "count": 3}]});
        let found = compare(&a, &b);
        let told = |changes: &[Change]| -> Vec<(String, Movement)> {
            changes.iter().map(|c| (c.name.clone(), c.movement)).collect()
        };
        let want = [
            ("byte[]".to_owned(), Movement::Grown),
            ("a.Leak".to_owned(), Movement::New),
            ("a.Old".to_owned(), Movement::Gone),
        ];
        assert_eq!(told(&found.classes), want);
        assert_eq!(told(&found.gc), [("full".to_owned(), Movement::Grown)]);
        assert_eq!(found.templates[0].a, Some(9.0));
        assert_eq!(found.templates[0].movement, Movement::Shrunk);
        assert_eq!(compare(&json!(3), &json!(null)), Comparison::default());
    }
}
