//! Figures, the table of growth, and the lists of the heap command's JSON.

use super::Shot;
use crate::{
    cli::{settings::Settings, table::Table},
    heap::{self, HeapFacts, HeapLocal},
    report::{Shown, bytes},
    words::Lang,
};
use serde_json::{Value, json};

/// `12,345,678` for people.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `61.3 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn heads<const N: usize>(words: [(&str, &str); N], lang: Lang) -> [String; N] {
    words.map(|(zh, en)| match lang {
        Lang::Zh => zh.to_owned(),
        Lang::En => en.to_owned(),
    })
}

/// Growth over two or more dumps: the heaps themselves, then the classes.
pub(super) fn growth(shots: &[Shot], top: usize, settings: &Settings) -> String {
    let lang = settings.lang;
    let facts: Vec<&HeapFacts> = shots.iter().map(|s| &s.facts).collect();
    let mut out = String::new();
    let mut heaps = Table::new(heads(
        [
            ("", ""),
            ("对象数", "objects"),
            ("浅大小", "shallow"),
            ("最大嫌疑", "suspect"),
            ("转储", "dump"),
        ],
        lang,
    ));
    for (number, shot) in shots.iter().enumerate() {
        let suspect = shot.facts.suspects.first();
        let suspect = suspect.map(|s| format!("{} {}", percent(s.share), s.holder_class));
        heaps.row([
            format!("{}", number + 1),
            grouped(shot.facts.objects),
            grouped(shot.facts.shallow),
            suspect.unwrap_or_else(|| "-".to_owned()),
            shot.path.clone(),
        ]);
    }
    out.push_str(&heaps.render(settings.width()));
    out.push('\n');
    let head = [
        ("增长字节", "growth"),
        ("各转储的浅大小", "shallow, dump by dump"),
        ("对象数增减", "objects"),
        ("类", "class"),
    ];
    let mut table = Table::new(heads(head, lang));
    for row in heap::growth(&facts, top, true) {
        let at = |n: Option<&u64>| n.map_or(0, |&n| i128::from(n));
        let objects = at(row.objects.last()) - at(row.objects.first());
        let steps: Vec<String> = row.shallow.iter().map(|&n| bytes(n)).collect();
        table.row([
            format!("{:+}", row.bytes()),
            steps.join(" → "),
            format!("{objects:+}"),
            row.class.clone(),
        ]);
    }
    out.push_str(&table.render(settings.width()));
    out
}

/// `dominators` of CONTRACT §5.
pub(super) fn dominators_json(facts: &HeapFacts, shown: &Shown) -> Value {
    let rows = facts.dominators.iter().map(|row| {
        let mut out = json!({"object": format!("0x{:x}", row.object), "class": row.class, "shallow": row.shallow,
                             "retained": row.retained, "share": row.share});
        if let (Some(map), Some(label)) = (out.as_object_mut(), &row.label) {
            map.insert("label".into(), shown.words(label).into());
        }
        out
    });
    Value::Array(rows.collect())
}

fn locals_json(locals: &[HeapLocal], shown: &Shown) -> Value {
    let masked = locals.iter().map(|local| HeapLocal {
        label: local.label.as_deref().map(|l| shown.words(l)),
        ..local.clone()
    });
    serde_json::to_value(masked.collect::<Vec<_>>()).unwrap_or_default()
}

/// Threads with what they retain.
pub(super) fn threads_json(facts: &HeapFacts, shown: &Shown) -> Value {
    let rows = facts.threads.iter().map(|row| {
        let mut out = json!({"object": format!("0x{:x}", row.object), "class": row.class, "retained": row.retained});
        if let Some(map) = out.as_object_mut() {
            if let Some(name) = &row.name {
                map.insert("name".into(), name.clone().into());
            }
            if row.out_of_memory {
                map.insert("out_of_memory".into(), true.into());
            }
            if let Some(id) = row.id {
                map.insert("id".into(), id.into());
            }
            if !row.locals.is_empty() {
                map.insert("locals".into(), locals_json(&row.locals, shown));
            }
            if !row.frames.is_empty() {
                map.insert("frames".into(), json!(row.frames));
            }
        }
        out
    });
    Value::Array(rows.collect())
}

/// Loaders with what they loaded.
pub(super) fn loaders_json(facts: &HeapFacts) -> Value {
    let rows = facts.class_loaders.iter().map(|row| {
        let mut out = json!({"object": format!("0x{:x}", row.object), "class": row.class, "classes": row.classes,
                             "instances": row.instances, "retained": row.retained});
        if let (Some(map), Some(label)) = (out.as_object_mut(), &row.label) {
            map.insert("label".into(), label.clone().into());
        }
        out
    });
    Value::Array(rows.collect())
}
