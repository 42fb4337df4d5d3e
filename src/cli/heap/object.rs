//! `--object 0x…`: one object, its fields, who refers to it.

use crate::{
    cli::failure::Failure,
    heap::{Examined, FieldValue},
    words::{Lang, Text},
};
use serde_json::{Value, json};
use std::fmt::Write;

/// Referrers shown.
const MAX_REFERRERS: usize = 20;

/// Reads `0x…` or plain hexadecimal digits.
///
/// # Errors
/// Status 2 when it is no address.
pub(super) fn parse_address(text: &str) -> Result<u64, Failure> {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .unwrap_or(text);
    u64::from_str_radix(digits, 16).map_err(|_| {
        Failure::usage(Text::new(
            format!("对象地址应写成 0x7f00aa10 的形式：{text}"),
            format!("an object's address looks like 0x7f00aa10: {text}"),
        ))
    })
}

/// What is shown of an object.
#[derive(Debug, Default)]
pub(super) struct Object {
    address: u64,
    class: Option<String>,
    shallow: u64,
    retained: Option<u64>,
    dominator: Option<(u64, String)>,
    fields: Vec<FieldValue>,
    referrers: Vec<(u64, String)>,
    path: Vec<String>,
}

impl Object {
    /// Looks an address up.
    pub fn of(examined: &Examined<'_>, address: u64) -> Self {
        let analysis = &examined.analysis;
        let mut out = Self {
            address,
            ..Self::default()
        };
        let Some(object) = analysis.graph.index.index_of(address) else {
            return out;
        };
        let place = |number: u32| {
            let object = analysis.object(number);
            (analysis.graph.address(object), analysis.label(object))
        };
        out.class = Some(analysis.label(object));
        out.fields = examined.fields(address);
        if let Some(number) = analysis.number(object) {
            out.shallow = analysis.shallow(number);
            out.retained = Some(analysis.dominators.retained(number));
            out.dominator = Some(analysis.dominators.of(number)).filter(|&d| d != 0).map(place);
            let referrers = analysis
                .dominators
                .referrers(&analysis.order, number)
                .filter(|&r| r != 0);
            out.referrers = referrers.take(MAX_REFERRERS).map(place).collect();
            out.path = examined.path_to(number);
        }
        out
    }

    /// As JSON; absent means unknown or unreachable.
    pub fn json(&self) -> Value {
        let place = |(address, class): &(u64, String)| json!({"object": format!("0x{address:x}"), "class": class});
        let mut out = json!({"object": format!("0x{:x}", self.address)});
        if let (Some(map), Some(class)) = (out.as_object_mut(), &self.class) {
            map.insert("class".into(), class.clone().into());
            map.insert("shallow".into(), self.shallow.into());
            if let Some(retained) = self.retained {
                map.insert("retained".into(), retained.into());
            }
            if let Some(dominator) = &self.dominator {
                map.insert("dominator".into(), place(dominator));
            }
            let fields = self
                .fields
                .iter()
                .map(|f| json!({"name": f.name, "type": f.kind, "value": f.value}));
            map.insert("fields".into(), fields.collect());
            map.insert("referrers".into(), self.referrers.iter().map(place).collect());
            map.insert("path".into(), json!(self.path));
        }
        out
    }

    /// For a reader.
    pub fn text(&self, lang: Lang) -> String {
        let Some(class) = &self.class else {
            let line = Text::new(
                format!("转储中没有地址为 0x{:x} 的对象", self.address),
                format!("the dump has no object at 0x{:x}", self.address),
            );
            return line.in_lang(lang).to_owned();
        };
        let mut out = format!("{class} @ 0x{:x}\n", self.address);
        let retained = self.retained.map_or_else(|| "-".to_owned(), |r| r.to_string());
        let line = Text::new(
            format!("  浅大小 {}，保留大小 {retained}", self.shallow),
            format!("  shallow {}, retained {retained}", self.shallow),
        );
        out.push_str(line.in_lang(lang));
        out.push('\n');
        for field in &self.fields {
            let _ = writeln!(out, "  {} {} = {}", field.kind, field.name, field.value);
        }
        let word = Text::new("  引用者", "  referred to by");
        for (address, class) in &self.referrers {
            let _ = writeln!(out, "{} {class} @ 0x{address:x}", word.in_lang(lang));
        }
        let word = Text::new("  从 GC 根到此", "  from a root");
        let _ = writeln!(out, "{}:", word.in_lang(lang));
        for step in &self.path {
            let _ = writeln!(out, "    {step}");
        }
        out.chars()
            .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
            .collect()
    }
}
