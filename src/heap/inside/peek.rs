//! Fields of chosen objects by name, along paths of references, and what objects say of themselves.

use crate::heap::{
    analysis::Analysis,
    graph::Shape,
    hprof::values::{Field, Value, Values},
};
use goldenhour_parsers::hprof::Entry;
use std::collections::BTreeMap;

/// Longest label, in characters.
const MAX_LABEL: usize = 120;
/// Objects that a figure may be wrapped in: an atomic number, a list in a set.
const MAX_WRAPS: usize = 4;

/// Fields that name an object, the most telling first.
const NAMES: [&str; 20] = [
    "name",
    "poolName",
    "contextName",
    "applicationName",
    "appName",
    "displayName",
    "jndiName",
    "path",
    "url",
    "jdbcUrl",
    "uri",
    "sql",
    "query",
    "title",
    "key",
    "id",
    "_sessionId",
    "sessionId",
    "code",
    "description",
];

/// Where the number of elements of collections, and the value of atomic numbers, is.
const FIGURES: [&str; 13] = [
    "value",
    "size",
    "count",
    "elementCount",
    "_size",
    "baseCount",
    "base",
    "map",
    "m",
    "items",
    "array",
    "al",
    "c",
];

/// Reads objects of a dump again.
#[derive(Debug)]
pub struct Peek<'a> {
    /// The computed graph.
    pub analysis: &'a Analysis,
    /// The dump.
    pub values: &'a Values<'a>,
}

/// An object with its fields.
#[derive(Debug, Clone, Default)]
pub struct Thing {
    /// Its fields, own class first.
    pub fields: Vec<Field>,
    /// Elements of an array.
    pub length: Option<u64>,
}

impl Thing {
    /// What a field refers to.
    pub fn target(&self, name: &str) -> Option<u64> {
        self.fields.iter().find(|f| f.name == name)?.target()
    }

    /// The number in a field, signed by its type.
    pub fn number(&self, name: &str) -> Option<i64> {
        number(self.fields.iter().find(|f| f.name == name)?)
    }
}

/// The number in a field.
pub fn number(field: &Field) -> Option<i64> {
    let Value::Number(bits) = field.value else { return None };
    Some(match field.kind {
        8 => i64::from(bits as i8),
        9 => i64::from(bits as i16),
        10 => i64::from(bits as i32),
        11 => bits as i64,
        _ => bits as i64 & 0xFFFF,
    })
}

impl<'a> Peek<'a> {
    /// Over a dump.
    pub fn new(analysis: &'a Analysis, values: &'a Values<'a>) -> Self {
        Self { analysis, values }
    }

    /// Objects by address; those that the dump does not have are absent.
    pub fn things(&self, addresses: &[u64]) -> BTreeMap<u64, Thing> {
        let records = self.values.fetch(addresses);
        let thing = |(&address, record): (&u64, &Entry<'_>)| {
            let width = usize::from(self.values.plan.id_size).max(1);
            let length = match record {
                Entry::ObjectArray { elements, .. } => Some((elements.len() / width) as u64),
                Entry::PrimitiveArray { count, .. } => Some(u64::from(*count)),
                _ => None,
            };
            let fields = self.values.fields(record);
            (address, Thing { fields, length })
        };
        records.iter().map(thing).collect()
    }

    /// One object.
    pub fn thing(&self, address: u64) -> Option<Thing> {
        self.things(&[address]).remove(&address)
    }

    /// Follows a dotted path of references: `config.poolName`.
    pub fn target(&self, address: u64, path: &str) -> Option<u64> {
        path.split('.')
            .try_fold(address, |here, name| self.thing(here)?.target(name))
    }

    /// The number at the end of a dotted path: a field, an atomic number, or the size of a collection.
    pub fn figure(&self, address: u64, path: &str) -> Option<u64> {
        let (way, name) = path.rsplit_once('.').unwrap_or(("", path));
        let owner = if way.is_empty() {
            address
        } else {
            self.target(address, way)?
        };
        let thing = self.thing(owner)?;
        let field = thing.fields.iter().find(|f| f.name == name)?;
        let value = match field.value {
            Value::Number(_) => number(field),
            Value::Reference(0) => None,
            Value::Reference(to) => self.count_of(to, MAX_WRAPS),
        };
        value.and_then(|v| u64::try_from(v).ok())
    }

    fn count_of(&self, address: u64, wraps: usize) -> Option<i64> {
        let thing = self.thing(address)?;
        if let Some(length) = thing.length {
            return i64::try_from(length).ok();
        }
        let field = FIGURES
            .iter()
            .find_map(|name| thing.fields.iter().find(|f| f.name == *name))?;
        match field.value {
            Value::Number(_) => number(field),
            Value::Reference(to) if to != 0 && wraps > 0 => self.count_of(to, wraps - 1),
            Value::Reference(_) => None,
        }
    }

    /// The text at the end of a dotted path.
    pub fn text(&self, address: u64, path: &str) -> Option<String> {
        let string = self.target(address, path)?;
        self.values.texts(&[string]).remove(&string).map(|t| shortened(&t))
    }

    /// The class name of an object.
    pub fn class_name(&self, address: u64) -> &'a str {
        let graph = &self.analysis.graph;
        let class = graph.index.index_of(address).map(|o| self.analysis.class_of(o));
        class.map_or("", |c| graph.classes.name(c))
    }

    /// What objects say of themselves: texts, names, paths, numbers of elements. Not masked.
    pub fn labels(&self, addresses: &[u64]) -> BTreeMap<u64, String> {
        let things = self.things(addresses);
        let mut labels = BTreeMap::new();
        let mut named: BTreeMap<u64, u64> = BTreeMap::new();
        for (&address, thing) in &things {
            let class = self.class_name(address);
            if class == "java.lang.String" {
                named.insert(address, address);
            } else if let Some(length) = thing.length {
                labels.insert(address, format!("length={length}"));
            } else if let Some(text) = self.name_of(thing) {
                named.insert(address, text);
            } else if class.starts_with("java.util.")
                && let Some(count) = self.count_of(address, MAX_WRAPS)
            {
                labels.insert(address, format!("size={count}"));
            }
        }
        let texts = self.values.texts(&named.values().copied().collect::<Vec<_>>());
        for (address, text) in named {
            if let Some(text) = texts.get(&text).filter(|t| !t.is_empty()) {
                labels.insert(address, format!("\"{}\"", shortened(text)));
            }
        }
        labels
    }

    /// The text that names an object: the first among a few usual fields.
    fn name_of(&self, thing: &Thing) -> Option<u64> {
        NAMES.iter().find_map(|name| {
            let target = thing.target(name)?;
            let is_text = matches!(self.class_name(target), "java.lang.String" | "char[]");
            is_text.then_some(target)
        })
    }

    /// Elements of an array of references, nulls included; `None` for anything else.
    pub fn elements(&self, array: u64) -> Option<Vec<u64>> {
        let records = self.values.fetch(&[array]);
        match records.get(&array)? {
            Entry::ObjectArray { elements, .. } => {
                let width = usize::from(self.values.plan.id_size).max(1);
                let id = |bytes: &[u8]| bytes.iter().fold(0, |n, &b| n << 8 | u64::from(b));
                Some(elements.chunks_exact(width).map(id).collect())
            }
            _ => None,
        }
    }

    /// Static fields of a class by its name.
    pub fn statics(&self, class: &str) -> Thing {
        let graph = &self.analysis.graph;
        let object = graph.classes.named(class).and_then(|c| graph.classes.get(c));
        let address = object
            .filter(|c| c.shape == Shape::Plain)
            .map(|c| graph.address(c.object));
        Thing {
            fields: address.map(|a| self.values.statics(a)).unwrap_or_default(),
            length: None,
        }
    }
}

/// At most [`MAX_LABEL`] characters, no line ends.
fn shortened(text: &str) -> String {
    let mut out: String = text
        .chars()
        .take(MAX_LABEL)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(MAX_LABEL).is_some() {
        out.push('…');
    }
    out
}
