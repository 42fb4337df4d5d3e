//! The heap command's tables, and the lists of its JSON.

use super::Growth;
use crate::{
    cli::{args::HeapArgs, settings::Settings, table::Table},
    heap::{HeapFacts, Suspect, SuspectKind},
    words::{Lang, Text},
};
use serde_json::{Value, json};

/// `12,345,678` for people.
fn grouped(n: u64) -> String {
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

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// The one-screen summary of a dump.
pub(super) fn summary(path: &str, facts: &HeapFacts, args: &HeapArgs, settings: &Settings) -> String {
    let mut out = format!("{path}\n");
    for line in head(facts) {
        out.push_str("  ");
        out.push_str(line.in_lang(settings.lang));
        out.push('\n');
    }
    let width = settings.width();
    if !args.histogram_only {
        for (number, suspect) in facts.suspects.iter().enumerate() {
            out.push('\n');
            out.push_str(&suspect_text(number + 1, suspect, settings.lang));
        }
        out.push('\n');
        out.push_str(&dominators(facts, settings.lang, width));
    }
    out.push('\n');
    out.push_str(&histogram(facts, settings.lang, width));
    if !args.histogram_only && facts.threads.iter().any(|t| t.out_of_memory) {
        out.push('\n');
        out.push_str(&failed_threads(facts, settings.lang));
    }
    out
}

fn head(facts: &HeapFacts) -> Vec<Text> {
    let mut lines = vec![Text::new(
        format!(
            "{}，第 {} 个转储（共 {} 个）：可达对象 {} 个，{} 字节，类 {} 个，类加载器 {} 个",
            facts.format,
            facts.dump,
            facts.dumps_in_file,
            grouped(facts.objects),
            grouped(facts.shallow),
            grouped(facts.classes),
            facts.loaders
        ),
        format!(
            "{}, dump {} of {}: {} reachable objects, {} bytes, {} classes, {} class loaders",
            facts.format,
            facts.dump,
            facts.dumps_in_file,
            grouped(facts.objects),
            grouped(facts.shallow),
            grouped(facts.classes),
            facts.loaders
        ),
    )];
    if facts.unreachable.objects > 0 {
        let (objects, bytes) = (grouped(facts.unreachable.objects), grouped(facts.unreachable.shallow));
        lines.push(Text::new(
            format!("不可达对象 {objects} 个，{bytes} 字节（可回收，未计入）"),
            format!("{objects} unreachable objects, {bytes} bytes (collectable, left out)"),
        ));
    }
    if facts.roots_inferred {
        lines.push(Text::new(
            "此格式不含 GC 根，根由推断得出，保留大小为估计值",
            "this format has no GC roots: they were concluded, retained sizes are estimates",
        ));
    }
    if facts.coverage < 1.0 || !facts.gaps.is_empty() {
        lines.push(Text::new(
            format!(
                "文件不完整：只读到 {}，缺口 {} 处",
                percent(facts.coverage),
                facts.gaps.len()
            ),
            format!(
                "the file is damaged: {} was read, {} gaps",
                percent(facts.coverage),
                facts.gaps.len()
            ),
        ));
    }
    lines
}

fn suspect_text(number: usize, suspect: &Suspect, lang: Lang) -> String {
    let (bytes, share) = (grouped(suspect.retained), percent(suspect.share));
    let holder = match &suspect.holder_field {
        Some(field) => format!("{}.{field}", suspect.holder_class),
        None => suspect.holder_class.clone(),
    };
    let (accumulator, content) = (&suspect.accumulator_class, &suspect.content_class);
    let mut lines = vec![match suspect.kind {
        SuspectKind::ClassLoader => Text::new(
            format!(
                "嫌疑 {number}：{share}（{bytes} 字节）在 {} 份未卸载的应用中（类加载器 {holder}），由 {accumulator} 持有，主要是 {content}",
                suspect.copies
            ),
            format!(
                "suspect {number}: {share} ({bytes} bytes) in {} copies of one application (loader {holder}), held by {accumulator}, mostly {content}",
                suspect.copies
            ),
        ),
        _ => Text::new(
            format!(
                "嫌疑 {number}：{share}（{bytes} 字节）堆积在 {accumulator}，持有者 {holder}，内容 {} 个 {content}",
                grouped(suspect.content_count)
            ),
            format!(
                "suspect {number}: {share} ({bytes} bytes) in a {accumulator} held by {holder}: {} × {content}",
                grouped(suspect.content_count)
            ),
        ),
    }];
    if let Some(thread) = &suspect.thread {
        lines.push(Text::new(format!("    线程 {thread}"), format!("    thread {thread}")));
    }
    if suspect.inferred {
        lines.push(Text::new(
            "    （持有者由推断得出：转储中没有对象引用它）",
            "    (holder concluded: nothing in the dump refers to it)",
        ));
    }
    let mut out = String::new();
    for line in lines {
        out.push_str(line.in_lang(lang));
        out.push('\n');
    }
    for step in &suspect.path {
        out.push_str("    ");
        out.extend(step.chars().map(|c| if c.is_control() { ' ' } else { c }));
        out.push('\n');
    }
    out
}

fn heads<const N: usize>(words: [(&str, &str); N], lang: Lang) -> [String; N] {
    words.map(|(zh, en)| match lang {
        Lang::Zh => zh.to_owned(),
        Lang::En => en.to_owned(),
    })
}

fn histogram(facts: &HeapFacts, lang: Lang, width: usize) -> String {
    let head = [
        ("对象数", "objects"),
        ("浅大小", "shallow"),
        ("保留大小", "retained"),
        ("类", "class"),
    ];
    let mut table = Table::new(heads(head, lang));
    for row in &facts.histogram {
        let retained = row.retained.map_or_else(String::new, grouped);
        table.row([grouped(row.objects), grouped(row.shallow), retained, row.class.clone()]);
    }
    table.render(width)
}

fn dominators(facts: &HeapFacts, lang: Lang, width: usize) -> String {
    let head = [
        ("保留大小", "retained"),
        ("占比", "share"),
        ("地址", "address"),
        ("顶层支配者", "top dominator"),
    ];
    let mut table = Table::new(heads(head, lang));
    for row in &facts.dominators {
        let address = format!("0x{:x}", row.object);
        table.row([grouped(row.retained), percent(row.share), address, row.class.clone()]);
    }
    table.render(width)
}

fn failed_threads(facts: &HeapFacts, lang: Lang) -> String {
    let mut out = String::new();
    for thread in facts.threads.iter().filter(|t| t.out_of_memory) {
        let name = thread.name.clone().unwrap_or_else(|| format!("0x{:x}", thread.object));
        let line = Text::new(
            format!("内存溢出的线程：{name}"),
            format!("thread that ran out of memory: {name}"),
        );
        out.push_str(line.in_lang(lang));
        out.push('\n');
        for frame in thread.frames.iter().take(12) {
            out.push_str("    at ");
            out.push_str(frame);
            out.push('\n');
        }
    }
    out
}

/// Growth between two dumps.
pub(super) fn growth(rows: &[Growth], settings: &Settings) -> String {
    let head = [
        ("增长字节", "growth"),
        ("之前", "before"),
        ("之后", "after"),
        ("对象数增减", "objects"),
        ("类", "class"),
    ];
    let mut table = Table::new(heads(head, settings.lang));
    for row in rows {
        let objects = i128::from(row.objects.1) - i128::from(row.objects.0);
        table.row([
            format!("{:+}", row.bytes()),
            grouped(row.shallow.0),
            grouped(row.shallow.1),
            format!("{objects:+}"),
            row.class.clone(),
        ]);
    }
    table.render(settings.width())
}

/// `dominators` of CONTRACT §5.
pub(super) fn dominators_json(facts: &HeapFacts) -> Value {
    let rows = facts.dominators.iter().map(|row| {
        json!({"object": format!("0x{:x}", row.object), "class": row.class, "shallow": row.shallow,
               "retained": row.retained, "share": row.share})
    });
    Value::Array(rows.collect())
}

/// Threads with what they retain.
pub(super) fn threads_json(facts: &HeapFacts) -> Value {
    let rows = facts.threads.iter().map(|row| {
        let mut out = json!({"object": format!("0x{:x}", row.object), "class": row.class, "retained": row.retained});
        if let Some(map) = out.as_object_mut() {
            if let Some(name) = &row.name {
                map.insert("name".into(), name.clone().into());
            }
            if row.out_of_memory {
                map.insert("out_of_memory".into(), true.into());
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
