//! `--object 0x…`: one object, its fields, who refers to it.

use super::text::grouped;
use crate::{
    cli::failure::Failure,
    heap::{Examined, FieldValue},
    report::{Shown, bytes},
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
    referrer_count: u64,
    label: Option<String>,
    dominated: Vec<(u64, String, u64)>,
    dominated_count: u64,
    path: Vec<String>,
}

impl Object {
    /// Looks an address up.
    pub fn of(examined: &Examined<'_>, address: u64, shown: &Shown) -> Self {
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
        for field in &mut out.fields {
            // The name may be what tells that the value must be masked (`patientId = "…"`).
            let whole = shown.words(&format!("{}={}", field.name, field.value));
            if let Some(value) = whole.strip_prefix(&format!("{}=", field.name)) {
                field.value = value.to_owned();
            }
        }
        out.label = examined.label(address).map(|label| shown.words(&label));
        if let Some(number) = analysis.number(object) {
            out.shallow = analysis.shallow(number);
            out.retained = Some(analysis.dominators.retained(number));
            out.dominator = Some(analysis.dominators.of(number)).filter(|&d| d != 0).map(place);
            let referrers = analysis
                .dominators
                .referrers(&analysis.order, number)
                .filter(|&r| r != 0);
            let referrers: Vec<u32> = referrers.collect();
            out.referrer_count = referrers.len() as u64;
            out.referrers = referrers.into_iter().take(MAX_REFERRERS).map(place).collect();
            let (dominated, count) = analysis.dominated(number, MAX_REFERRERS);
            out.dominated_count = count;
            out.dominated = dominated
                .into_iter()
                .map(|n| {
                    let (address, class) = place(n);
                    (address, class, analysis.dominators.retained(n))
                })
                .collect();
            out.path = examined.path_to(number).iter().map(|step| shown.words(step)).collect();
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
            if let Some(label) = &self.label {
                map.insert("label".into(), label.clone().into());
            }
            map.insert("referrers".into(), self.referrers.iter().map(place).collect());
            map.insert("referrer_count".into(), self.referrer_count.into());
            let dominated = self.dominated.iter();
            let dominated = dominated.map(|(address, class, retained)| {
                json!({"object": format!("0x{address:x}"), "class": class, "retained": retained})
            });
            map.insert("dominated".into(), dominated.collect());
            map.insert("dominated_count".into(), self.dominated_count.into());
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
        if let Some(label) = &self.label {
            let _ = writeln!(out, "  {label}");
        }
        let figure = |n: u64| format!("{} ({})", grouped(n), bytes(n));
        let line = match self.retained {
            Some(retained) => Text::new(
                format!("  浅大小 {}，保留大小 {}", figure(self.shallow), figure(retained)),
                format!("  shallow {}, retained {}", figure(self.shallow), figure(retained)),
            ),
            None => Text::new("  不可达：没有 GC 根通向它", "  unreachable: no root leads to it"),
        };
        out.push_str(line.in_lang(lang));
        out.push('\n');
        if let Some((address, class)) = &self.dominator {
            let word = Text::new("  支配者", "  dominated by");
            let _ = writeln!(out, "{} {class} @ 0x{address:x}", word.in_lang(lang));
        }
        let mut section = |zh: String, en: String, lines: Vec<String>| {
            if !lines.is_empty() {
                let _ = writeln!(out, "\n{}", Text::new(zh, en).in_lang(lang));
                lines.iter().for_each(|line| {
                    let _ = writeln!(out, "  {line}");
                });
            }
        };
        let fields = self
            .fields
            .iter()
            .map(|f| format!("{} {} = {}", f.kind, f.name, f.value));
        section("字段".into(), "fields".into(), fields.collect());
        let of = |shown: usize, all: u64| {
            if shown as u64 == all {
                grouped(all)
            } else {
                format!("{shown} / {}", grouped(all))
            }
        };
        let count = of(self.path.len(), self.path.len() as u64);
        section(
            format!("从 GC 根到此（{count} 步）"),
            format!("from a root ({count} steps)"),
            self.path.clone(),
        );
        let count = of(self.referrers.len(), self.referrer_count);
        section(
            format!("引用者（{count}）"),
            format!("referred to by ({count})"),
            self.referrers
                .iter()
                .map(|(address, class)| format!("{class} @ 0x{address:x}"))
                .collect(),
        );
        let count = of(self.dominated.len(), self.dominated_count);
        section(
            format!("直接支配的对象（{count}）"),
            format!("dominates ({count})"),
            self.dominated
                .iter()
                .map(|(address, class, retained)| format!("{:>9}  {class} @ 0x{address:x}", bytes(*retained)))
                .collect(),
        );
        out.chars()
            .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
            .collect()
    }
}
