//! Names of fields, threads and texts, where the format has them.

use super::{
    analysis::Analysis,
    hprof::values::{Field, Value, Values},
};
use std::collections::HashMap;

/// Where names come from.
#[derive(Debug, Default)]
pub struct Names<'a> {
    values: Option<&'a Values<'a>>,
    threads: HashMap<u64, String>,
}

impl<'a> Names<'a> {
    /// Names out of the values of an HPROF dump.
    pub fn of_values(values: &'a Values<'a>, threads: &[u64]) -> Self {
        let records = values.fetch(threads);
        let mut name_of = HashMap::new();
        for (&thread, record) in &records {
            let name = values.fields(record).into_iter().find_map(|field| match field {
                Field {
                    name,
                    value: Value::Reference(text),
                    ..
                } if name == "name" && text != 0 => Some(text),
                _ => None,
            });
            name_of.extend(name.map(|text| (thread, text)));
        }
        let texts: Vec<u64> = name_of.values().copied().collect();
        let texts = values.texts(&texts);
        let threads = name_of
            .into_iter()
            .filter_map(|(t, text)| Some((t, texts.get(&text)?.clone())))
            .collect();
        Self {
            values: Some(values),
            threads,
        }
    }

    /// Names out of a javacore.
    pub fn of_threads(threads: &[(u64, String)]) -> Self {
        Self {
            values: None,
            threads: threads.iter().cloned().collect(),
        }
    }

    /// The name of a thread.
    pub fn thread(&self, address: u64) -> Option<String> {
        self.threads.get(&address).cloned()
    }

    /// The field of `from` that refers to `to`.
    pub fn reference(&self, from: u64, to: u64) -> Option<String> {
        let values = self.values?;
        let records = values.fetch(&[from]);
        values.reference_name(from, records.get(&from), to)
    }

    /// A path of numbers, one line a step: `class a.B`, then `a.B.field → a.C @ 0x…`.
    pub fn path(&self, analysis: &Analysis, path: &[u32]) -> Vec<String> {
        let addresses: Vec<u64> = path
            .iter()
            .map(|&n| analysis.graph.address(analysis.object(n)))
            .collect();
        let records = self.values.map(|v| v.fetch(&addresses)).unwrap_or_default();
        let mut lines = Vec::new();
        let mut before: Option<(u64, u32)> = None;
        for (&number, &address) in path.iter().zip(&addresses) {
            let object = analysis.object(number);
            let label = analysis.label(object);
            let thread = self.thread(address).map(|n| format!(" \"{n}\"")).unwrap_or_default();
            let place = if label.starts_with("class ") {
                label
            } else {
                format!("{label} @ 0x{address:x}{thread}")
            };
            lines.push(match before {
                None => place,
                Some((from, from_object)) => {
                    let owner = analysis.role_name(from_object);
                    let field = self
                        .values
                        .and_then(|v| v.reference_name(from, records.get(&from), address));
                    let is_local = analysis
                        .graph
                        .locals
                        .iter()
                        .any(|l| l.thread == from_object && l.object == object);
                    match field {
                        Some(index) if index.starts_with('[') => {
                            format!("{}{index} → {place}", owner.trim_end_matches("[]"))
                        }
                        Some(field) => format!("{owner}.{field} → {place}"),
                        None if is_local => format!("{owner} <local> → {place}"),
                        None => format!("{owner} → {place}"),
                    }
                }
            });
            before = Some((address, object));
        }
        lines
    }
}
