//! `incidents list`: what is on record, what is kept of it, and how large that is.

use super::{minute, priority_word, unknown};
use crate::{
    cli::{
        failure::Outcome,
        record::{self, printed},
        settings::Settings,
        table::Table,
    },
    report,
    store::{Holdings, Incident, Store},
    words::{Lang, Text},
};
use serde_json::json;

/// Rows on a terminal when nobody asked for another number.
const ROWS: usize = 100;

/// Lists incidents, newest first.
///
/// # Errors
/// Status 4 when the record cannot be read.
pub fn run(store: &Store, limit: Option<usize>, settings: &Settings) -> Outcome {
    let limit = limit.or((!settings.json).then_some(ROWS));
    let incidents = store.list(limit).map_err(|error| record::failure(&error))?;
    let holdings = store.holdings().map_err(|error| record::failure(&error))?;
    if settings.json {
        return printed(&json!({"incidents": incidents, "holdings": holdings}).to_string());
    }
    let lang = settings.lang;
    if incidents.is_empty() {
        return printed(Text::new("还没有登记过事件", "no incident is recorded yet").in_lang(lang));
    }
    let head = [
        ("编号", "id"),
        ("起始", "onset"),
        ("优先级", "priority"),
        ("原因", "cause"),
        ("恢复", "restored"),
        ("保留", "kept"),
        ("结论", "verdict"),
    ];
    let mut table = Table::new(head.map(|(zh, en)| Text::new(zh, en).in_lang(lang).to_owned()));
    for incident in &incidents {
        table.row([
            incident.id.clone(),
            minute(incident.onset.as_deref()),
            priority_word(incident.priority.as_deref(), lang),
            incident
                .after
                .final_cause
                .clone()
                .or_else(|| incident.cause.clone())
                .unwrap_or_else(|| unknown(lang)),
            minute(incident.after.restored_at.as_deref()),
            kept(incident, lang),
            incident.headline.in_lang(lang).to_owned(),
        ]);
    }
    let (text, sum) = (table.render(settings.width()), sum(incidents.len(), holdings, settings));
    printed(&format!("{text}\n{sum}\n"))
}

/// `12 KB`, or that only the verdict is left.
pub fn kept(incident: &Incident, lang: Lang) -> String {
    let size = report::bytes(incident.kept_bytes);
    if incident.evidence_purged {
        Text::new(format!("{size}，摘录已清除"), format!("{size}, quotes purged"))
            .in_lang(lang)
            .to_owned()
    } else {
        size
    }
}

fn sum(shown: usize, holdings: Holdings, settings: &Settings) -> String {
    let all = holdings.incidents;
    let cut = if (shown as u64) < all {
        Text::new(
            format!("（列出最新 {shown} 个，--limit 可多列）"),
            format!(" (the newest {shown} are listed, --limit lists more)"),
        )
    } else {
        Text::default()
    };
    let (reports, file) = (report::bytes(holdings.report_bytes), report::bytes(holdings.file_bytes));
    let path = settings.store.as_ref().map(|path| path.display().to_string());
    let path = path.unwrap_or_default();
    let purged = holdings.evidence_purged;
    let sum = Text::new(
        format!(
            "共 {all} 个事件{}，脱敏报告 {reports}，其中 {purged} 个已清除摘录；文件 {file}：{path}",
            cut.zh
        ),
        format!(
            "{all} incidents{}; masked reports {reports}, quotes purged of {purged}; file {file}: {path}",
            cut.en
        ),
    );
    sum.in_lang(settings.lang).to_owned()
}
