//! `incidents compare`: what is new, gone and grown from one incident to another.

use super::{fields, pick, unknown};
use crate::{
    cli::{
        failure::{Failure, Outcome},
        record::{self, printed},
        settings::Settings,
        table::Table,
    },
    report,
    store::{Change, Comparison, Incident, Movement, Store, comeback, compare},
    words::{Lang, Text},
};
use serde_json::{Value, json};

/// Shows two incidents side by side.
///
/// # Errors
/// Status 2 for an unknown id, 4 when the record cannot be read.
pub fn run(store: &Store, a: &str, b: &str, settings: &Settings) -> Outcome {
    let (a, b) = (pick(store, a)?, pick(store, b)?);
    let reports = [&a, &b].map(|incident| report_of(store, incident));
    let [of_a, of_b] = reports;
    let changes = compare(&of_a?, &of_b?);
    let same_kind = a.fingerprint.is_some() && a.fingerprint == b.fingerprint;
    if settings.json {
        return printed(&json!({"a": a, "b": b, "same_kind": same_kind, "changes": changes}).to_string());
    }
    let lang = settings.lang;
    let mut out = side_by_side(&a, &b, settings);
    out.push_str(&format!("\n{}\n", kinship(&a, &b, same_kind).in_lang(lang)));
    for (title, rows, bytes) in chapters(&changes) {
        if !rows.is_empty() {
            out.push_str(&format!("\n{}\n", title.in_lang(lang)));
            out.push_str(&table(rows, bytes, settings));
        }
    }
    if a.evidence_purged || b.evidence_purged {
        let note = Text::new(
            "其中有事件的摘录已清除，只能比较保留下来的部分。",
            "Quotes of one of them were purged: only what is kept can be compared.",
        );
        out.push_str(&format!("\n{}\n", note.in_lang(lang)));
    }
    printed(&out)
}

fn report_of(store: &Store, incident: &Incident) -> Result<Value, Failure> {
    let report = store.report(&incident.id).map_err(|error| record::failure(&error))?;
    Ok(report.unwrap_or_default())
}

fn side_by_side(a: &Incident, b: &Incident, settings: &Settings) -> String {
    let lang = settings.lang;
    let (of_a, of_b) = (fields(a, lang), fields(b, lang));
    let mut table = Table::new(["".to_owned(), "A".to_owned(), "B".to_owned()]);
    let mut names: Vec<&String> = of_a.iter().map(|(name, _)| name).collect();
    names.extend(
        of_b.iter()
            .map(|(name, _)| name)
            .filter(|name| !of_a.iter().any(|(n, _)| n == *name)),
    );
    let value = |fields: &[(String, String)], name: &String| {
        fields
            .iter()
            .find(|(n, _)| n == name)
            .map_or_else(|| unknown(lang), |(_, value)| value.clone())
    };
    for name in names {
        table.row([name.clone(), value(&of_a, name), value(&of_b, name)]);
    }
    table.render(settings.width())
}

/// Of the same kind: the sentence of its return; else that it is another.
fn kinship(a: &Incident, b: &Incident, same_kind: bool) -> Text {
    if !same_kind {
        return Text::new("两次不是同类事件", "The two are not of the same kind");
    }
    let instant = |incident: &Incident| incident.moment().parse::<jiff::Timestamp>().ok();
    let (earlier, later) = if instant(a) <= instant(b) { (a, b) } else { (b, a) };
    let sentence = comeback(earlier, later.moment());
    Text::new(
        format!("两次为同类事件（指纹相同）。{}", sentence.zh),
        format!("The two are of the same kind (same fingerprint). {}", sentence.en),
    )
}

/// Titles, changes, and whether they are bytes.
fn chapters(c: &Comparison) -> [(Text, &[Change], bool); 8] {
    [
        (Text::new("持有者（保留大小）", "Holders (retained)"), &c.holders, true),
        (Text::new("类（自身大小）", "Classes (shallow)"), &c.classes, true),
        (
            Text::new("消息模板（次数）", "Message templates (records)"),
            &c.templates,
            false,
        ),
        (
            Text::new("消息代码（次数）", "Message codes (records)"),
            &c.codes,
            false,
        ),
        (Text::new("锁（等待线程）", "Locks (waiting threads)"), &c.locks, false),
        (Text::new("池（忙）", "Pools (busy)"), &c.pools, false),
        (Text::new("线程（按状态）", "Threads (by state)"), &c.threads, false),
        (Text::new("垃圾回收", "Garbage collection"), &c.gc, false),
    ]
}

fn table(changes: &[Change], bytes: bool, settings: &Settings) -> String {
    const ROWS: usize = 12;
    let lang = settings.lang;
    let mut table = Table::new(["", "A", "B", ""].map(str::to_owned));
    for change in changes.iter().take(ROWS) {
        let of_bytes = bytes || change.name.contains("heap") || change.name.contains("bytes");
        let shown = |figure: Option<f64>| match figure {
            None => "—".to_owned(),
            Some(n) if of_bytes => report::bytes(n.max(0.0) as u64),
            Some(n) if n.fract() == 0.0 => format!("{n:.0}"),
            Some(n) => format!("{n:.3}"),
        };
        table.row([
            movement(change.movement, lang),
            shown(change.a),
            shown(change.b),
            change.name.clone(),
        ]);
    }
    table.render(settings.width())
}

fn movement(movement: Movement, lang: Lang) -> String {
    let words = match movement {
        Movement::New => Text::new("新增", "new"),
        Movement::Gone => Text::new("消失", "gone"),
        Movement::Grown => Text::new("增加", "grown"),
        Movement::Shrunk => Text::new("减少", "less"),
    };
    words.in_lang(lang).to_owned()
}
