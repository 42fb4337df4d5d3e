//! Figures that grow towards a limit – heap after collections, pool peaks, file systems, paging space – taken from the
//! JSON of any report, quiet days included.

use serde_json::Value;
use std::collections::BTreeMap;

/// One figure of one report.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// `heap`, `pool`, `disk`, `paging`, `threads`.
    pub kind: &'static str,
    /// Whose: `server1`, `server1 WebContainer`, `host /var`.
    pub of: String,
    /// The figure in the unit of its bound.
    pub value: f64,
    /// The limit.
    pub bound: f64,
}

/// The highest reading of each kind and owner in a report.
pub fn readings(report: &Value) -> Vec<Reading> {
    let mut found: BTreeMap<(&'static str, String), (f64, f64)> = BTreeMap::new();
    let owners = Owners::new(report);
    let mut note = |kind: &'static str, of: String, value: f64, bound: f64| {
        if value.is_finite() && value >= 0.0 && bound > 0.0 {
            let kept = found.entry((kind, of)).or_insert((value, bound));
            if value / bound > kept.0 / kept.1 {
                *kept = (value, bound);
            }
        }
    };
    for gc in list(report, "gc") {
        // Where full collections were, what they leave is what lives; else the least that any collection left lately.
        let live = live_after_gc(gc).or_else(|| number(gc, "last_heap_after"));
        if let (Some(live), Some(max)) = (live, number(gc, "heap_max")) {
            note("heap", owners.of_artefact(gc), live, max);
        }
    }
    for pool in list(report, "pools") {
        if let (Some(busy), Some(size), Some(name)) = (number(pool, "busy"), number(pool, "size"), text(pool, "name")) {
            let process = text(pool, "process").map(|id| owners.name(id)).unwrap_or_default();
            note("pool", format!("{process} {name}").trim().to_owned(), busy, size);
        }
    }
    for listing in list(report, "system") {
        let facts = listing.get("facts").unwrap_or(&Value::Null);
        let host = text(listing, "host").unwrap_or_default();
        let fullest = text(facts, "fullest").and_then(|words| words.split_once("% "));
        if let Some((Ok(share), mount)) = fullest.map(|(share, mount)| (share.trim().parse(), mount)) {
            note("disk", format!("{host} {mount}").trim().to_owned(), share, 100.0);
        }
        if let Some(used) = number(facts, "used_percent") {
            note("paging", host.to_owned(), used, 100.0);
        }
        if let (Some(size), Some(used)) = (number(facts, "pgspace_size"), number(facts, "pgspace_inuse")) {
            note("paging", host.to_owned(), used, size);
        }
    }
    found
        .into_iter()
        .map(|((kind, of), (value, bound))| Reading { kind, of, value, bound })
        .collect()
}

/// The least that the later half of the full collections left, else of all collections.
fn live_after_gc(gc: &Value) -> Option<f64> {
    let points: Vec<&Value> = list(gc, "points").collect();
    let full: Vec<f64> = points
        .iter()
        .filter(|p| p.get("full").and_then(Value::as_bool) == Some(true))
        .filter_map(|p| number(p, "after"))
        .collect();
    let all: Vec<f64> = points.iter().filter_map(|p| number(p, "after")).collect();
    let of = if full.is_empty() { &all } else { &full };
    let late = of.get(of.len() / 2..)?;
    late.iter().copied().min_by(f64::total_cmp)
}

/// Names of processes and of the processes of artefacts.
struct Owners<'r> {
    names: BTreeMap<&'r str, &'r str>,
    artefacts: BTreeMap<&'r str, &'r str>,
}

impl<'r> Owners<'r> {
    fn new(report: &'r Value) -> Self {
        let name = |p: &'r Value| Some((text(p, "id")?, text(p, "name").or_else(|| text(p, "host"))?));
        let process = |a: &'r Value| Some((text(a, "id")?, text(a, "process")?));
        Self {
            names: list(report, "processes").filter_map(name).collect(),
            artefacts: list(report, "artefacts").filter_map(process).collect(),
        }
    }

    fn name(&self, process: &'r str) -> &'r str {
        self.names.get(process).copied().unwrap_or_default()
    }

    fn of_artefact(&self, part: &'r Value) -> String {
        let process = text(part, "artefact").and_then(|id| self.artefacts.get(id));
        process.map(|p| self.name(p)).unwrap_or_default().to_owned()
    }
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

fn number(value: &Value, key: &str) -> Option<f64> {
    value.get(key).and_then(Value::as_f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_report_gives_the_highest_reading_of_each_owner() {
        let report = json!({
            "processes": [{"id": "p1", "name": "server1"}],
            "artefacts": [{"id": "a1", "process": "p1"}],
            "gc": [{"artefact": "a1", "heap_max": 1000, "last_heap_after": 900,
                    "points": [{"after": 300, "full": true}, {"after": 400, "full": true}, {"after": 900}]}],
            "pools": [{"process": "p1", "name": "WebContainer", "size": 50, "busy": 47},
                      {"process": "p1", "name": "WebContainer", "size": 50, "busy": 12},
                      {"name": "unbounded", "size": 0, "busy": 3}],
            "system": [{"kind": "df", "host": "h1", "facts": {"fullest": "91% /var"}},
                       {"kind": "lsps", "host": "h1", "facts": {"used_percent": 26}}]
        });
        let found: Vec<(&str, String, f64)> = readings(&report)
            .into_iter()
            .map(|r| (r.kind, r.of, r.value / r.bound))
            .collect();
        let want = [
            ("disk", "h1 /var", 0.91),
            ("heap", "server1", 0.4),
            ("paging", "h1", 0.26),
            ("pool", "server1 WebContainer", 0.94),
        ];
        assert_eq!(found, want.map(|(kind, of, share)| (kind, of.to_owned(), share)));
        assert!(readings(&json!([1])).is_empty());
    }
}
