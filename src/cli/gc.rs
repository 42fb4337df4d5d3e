//! `goldenhour gc FILE…`: pauses, share of time, heap after collection, leak slope.

mod plot;

use crate::{
    gc::{self, GcEvent, GcFacts, GcLevel},
    words::{Lang, Text},
};
use goldenhour_parsers::{CHINA, Stamp};
use jiff::tz::Offset;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// Arguments of `goldenhour gc`.
#[derive(Debug, clap::Args)]
pub struct GcArgs {
    /// GC logs of any VM
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Draw the heap after collections as SVG; further logs get a number before the ending
    #[arg(long, value_name = "OUT.svg")]
    pub svg: Option<PathBuf>,
}

/// Where the picture of log number `at` (from 0) goes: `OUT.svg`, `OUT-2.svg`, …
pub fn svg_path(path: &Path, at: usize) -> PathBuf {
    if at == 0 {
        return path.to_owned();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().map_or_else(|| "svg".into(), |e| e.to_string_lossy());
    path.with_file_name(format!("{stem}-{}.{ending}", at + 1))
}

/// Findings printed of a log.
const FINDINGS: usize = 8;

/// The object of CONTRACT.md §5 `gc`; `assumed` is the offset of logs that do not tell theirs.
pub fn json(logs: &[GcFacts], assumed: Option<Offset>) -> Value {
    let offset = assumed.unwrap_or(CHINA);
    json!({ "logs": logs.iter().map(|log| log_json(log, offset)).collect::<Vec<_>>() })
}

fn log_json(log: &GcFacts, offset: Offset) -> Value {
    let mut out = Map::new();
    if let Some(artefact) = log.artefact {
        out.insert("artefact".into(), artefact.to_string().into());
    }
    out.insert("format".into(), log.format.into());
    out.insert("collector".into(), log.collector.into());
    out.insert("pauses".into(), log.pauses.into());
    out.insert("full".into(), log.full.into());
    out.insert("max_pause_ms".into(), rounded(log.max_pause_ms, 1e6));
    out.insert("total_pause_ms".into(), rounded(log.total_pause_ms, 1e6));
    out.insert("span_s".into(), rounded(log.span_s, 1e3));
    out.insert("gc_share".into(), rounded(log.gc_share, 1e6));
    put(&mut out, "max_heap_after", log.max_heap_after);
    put(&mut out, "last_heap_after", log.last_heap_after);
    put(&mut out, "heap_max", log.heap_max);
    put(
        &mut out,
        "leak_slope_bytes_per_s",
        log.leak_slope_bytes_per_s.map(|s| rounded(s, 1e3)),
    );
    out.insert("worst_share".into(), rounded(log.worst_share, 1e6));
    if let Some(onset) = &log.pressure_onset {
        put(&mut out, "pressure_onset", onset.time.map(|t| t.rfc3339(offset)));
        put(&mut out, "pressure_onset_uptime_s", onset.uptime_s);
        out.insert("pressure_onset_line".into(), onset.line.into());
    }
    put(&mut out, "first_time", log.first.map(|t| t.rfc3339(offset)));
    put(&mut out, "last_time", log.last.map(|t| t.rfc3339(offset)));
    for (key, count) in [
        ("explicit", log.explicit),
        ("metadata_triggered", log.metadata_triggered),
        ("stalls", log.stalls),
        ("failures", log.failures),
    ] {
        if count > 0 {
            out.insert(key.into(), count.into());
        }
    }
    put(&mut out, "largest_request", log.largest_request);
    if let Some((used, limit)) = log.metaspace {
        out.insert("metaspace".into(), used.into());
        put(&mut out, "metaspace_limit", limit);
    }
    put(&mut out, "vm", log.vm.clone());
    put(
        &mut out,
        "allocation_bytes_per_s",
        log.allocation_rate.map(|r| rounded(r, 1.0)),
    );
    put(
        &mut out,
        "promotion_bytes_per_s",
        log.promotion_rate.map(|r| rounded(r, 1.0)),
    );
    put(
        &mut out,
        "seconds_to_full",
        log.seconds_to_full().map(|s| rounded(s, 1.0)),
    );
    if log.safepoints.count > 0 {
        out.insert("safepoint_longest_ms".into(), rounded(log.safepoints.longest_ms, 1e6));
        out.insert("safepoint_total_ms".into(), rounded(log.safepoints.total_ms, 1e6));
    }
    let findings: Vec<Value> = gc::findings(log)
        .into_iter()
        .map(|f| json!({"id": f.id, "level": f.level.name(), "words": {"zh": f.words.zh, "en": f.words.en}, "source": f.source}))
        .collect();
    out.insert("findings".into(), findings.into());
    Value::Object(out)
}

fn put(out: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        out.insert(key.to_owned(), value.into());
    }
}

/// Sums of binary fractions carry a tail of digits that nobody measured.
fn rounded(value: f64, scale: f64) -> Value {
    serde_json::Number::from_f64((value * scale).round() / scale).map_or(Value::from(0), Value::Number)
}

/// The same for a reader, one block a log; `names` gives each log's path.
pub fn text(logs: &[GcFacts], names: &[String], lang: Lang, assumed: Option<Offset>) -> String {
    let offset = assumed.unwrap_or(CHINA);
    let mut out = String::new();
    for (i, log) in logs.iter().enumerate() {
        if i > 0 {
            out.push('\n');
        }
        if let Some(name) = names.get(i) {
            out.push_str(name);
            out.push('\n');
        }
        for line in findings(log).into_iter().chain(lines(log, offset)) {
            out.push_str("  ");
            out.push_str(line.in_lang(lang));
            out.push('\n');
        }
        picture(log, lang, &mut out);
    }
    out
}

/// What the figures mean, worst first; what is only worth knowing stays in JSON.
fn findings(log: &GcFacts) -> Vec<Text> {
    let told: Vec<Text> = gc::findings(log)
        .into_iter()
        .filter(|f| f.level < GcLevel::Low)
        .take(FINDINGS)
        .map(|f| Text::new(format!("● {}", f.words.zh), format!("● {}", f.words.en)))
        .collect();
    if told.is_empty() {
        return vec![Text::new("● 回收正常", "● Collection is healthy")];
    }
    told
}

/// Heap after collections and pauses, drawn.
fn picture(log: &GcFacts, lang: Lang, out: &mut String) {
    let heap = plot::heap(log);
    if !heap.is_empty() {
        let title = Text::new("回收后堆占用", "heap after collection");
        out.push_str(&format!("  {}\n", title.in_lang(lang)));
    }
    for line in heap {
        out.push_str(&line);
        out.push('\n');
    }
    if let Some((line, longest)) = plot::pauses(log) {
        let title = Text::new(
            format!("停顿（满格 {longest:.0} 毫秒）"),
            format!("pauses (full block {longest:.0} ms)"),
        );
        out.push_str(&format!("  {}\n{:>11} │{line}\n", title.in_lang(lang), ""));
    }
}

fn lines(log: &GcFacts, offset: Offset) -> Vec<Text> {
    let mut lines = vec![
        Text::new(
            format!("格式 {}，收集器 {}", log.format, log.collector),
            format!("format {}, collector {}", log.format, log.collector),
        ),
        Text::new(
            format!(
                "停顿 {} 次（其中 Full GC {} 次），最长 {:.1} 毫秒，合计 {:.1} 秒",
                log.pauses,
                log.full,
                log.max_pause_ms,
                log.total_pause_ms / 1000.0
            ),
            format!(
                "{} pauses, {} full collections, longest {:.1} ms, {:.1} s in all",
                log.pauses,
                log.full,
                log.max_pause_ms,
                log.total_pause_ms / 1000.0
            ),
        ),
        Text::new(
            format!(
                "时间跨度 {:.0} 秒，停顿占 {:.1}%，最差的 5 分钟占 {:.1}%",
                log.span_s,
                log.gc_share * 100.0,
                log.worst_share * 100.0
            ),
            format!(
                "span {:.0} s, {:.1}% of it in pauses, {:.1}% in the worst five minutes",
                log.span_s,
                log.gc_share * 100.0,
                log.worst_share * 100.0
            ),
        ),
    ];
    if let (Some(first), Some(last)) = (log.first, log.last) {
        let (a, b) = (first.rfc3339(offset), last.rfc3339(offset));
        lines.push(Text::new(format!("从 {a} 到 {b}"), format!("from {a} to {b}")));
    }
    lines.extend(heap_line(log));
    lines.extend(slope_line(log));
    lines.extend(log.pressure_onset.as_ref().map(|e| onset_line(e, offset)));
    lines.extend(trouble_line(log));
    for gap in &log.gaps {
        let detail = gap.reason.to_string();
        lines.push(Text::new(
            format!("未能读取：偏移 {}（{detail}）", gap.offset),
            format!("not read: offset {} ({detail})", gap.offset),
        ));
    }
    lines
}

fn heap_line(log: &GcFacts) -> Option<Text> {
    let (max, last) = (log.max_heap_after?, log.last_heap_after?);
    let limit = log.heap_max.map_or_else(|| "?".to_owned(), bytes);
    Some(Text::new(
        format!("回收后堆占用：最高 {}，最后 {}，上限 {limit}", bytes(max), bytes(last)),
        format!(
            "heap after collection: highest {}, last {}, limit {limit}",
            bytes(max),
            bytes(last)
        ),
    ))
}

fn slope_line(log: &GcFacts) -> Option<Text> {
    let slope = log.leak_slope_bytes_per_s?;
    let hour = slope * 3600.0 / 1_048_576.0;
    let full = log.seconds_to_full().map(|s| s / 3600.0);
    let zh = full.map(|h| format!("，约 {h:.1} 小时后占满")).unwrap_or_default();
    let en = full
        .map(|h| format!(", full in about {h:.1} hours"))
        .unwrap_or_default();
    Some(Text::new(
        format!("Full GC 后的占用变化：每小时 {hour:+.1} MiB{zh}"),
        format!("change of what full collections leave: {hour:+.1} MiB an hour{en}"),
    ))
}

fn onset_line(event: &GcEvent, offset: Offset) -> Text {
    let at = when(event.time, event.uptime_s, offset);
    Text::new(
        format!("自 {at} 起回收已基本无效（第 {} 行）", event.line),
        format!("collections free almost nothing since {at} (line {})", event.line),
    )
}

fn trouble_line(log: &GcFacts) -> Option<Text> {
    if log.explicit + log.metadata_triggered + log.stalls + log.failures == 0 {
        return None;
    }
    Some(Text::new(
        format!(
            "System.gc() 触发 {} 次，元空间触发 {} 次，分配停顿或退化 {} 次，失败标记 {} 处",
            log.explicit, log.metadata_triggered, log.stalls, log.failures
        ),
        format!(
            "{} by System.gc(), {} for metadata, {} stalls or degenerated collections, {} marks of failure",
            log.explicit, log.metadata_triggered, log.stalls, log.failures
        ),
    ))
}

fn when(time: Option<Stamp>, uptime_s: Option<f64>, offset: Offset) -> String {
    match (time, uptime_s) {
        (Some(time), _) => time.rfc3339(offset),
        (None, Some(up)) => format!("+{up:.1} s"),
        (None, None) => "?".to_owned(),
    }
}

fn bytes(n: u64) -> String {
    if n >= 1 << 30 {
        format!("{:.2} GiB", n as f64 / f64::from(1u32 << 30))
    } else {
        format!("{:.1} MiB", n as f64 / f64::from(1u32 << 20))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_figures_are_absent_and_never_null() {
        let value = json(&[GcFacts::default()], None);
        let log = value["logs"][0].as_object().unwrap();
        assert!(log.get("max_heap_after").is_none());
        assert!(log.values().all(|v| !v.is_null()));
        assert_eq!(log["pauses"], 0);
    }

    #[test]
    fn each_log_has_its_picture() {
        let path = Path::new("out/heap.svg");
        assert_eq!(svg_path(path, 0), path);
        assert_eq!(svg_path(path, 1), Path::new("out/heap-2.svg"));
        assert_eq!(svg_path(Path::new("heap"), 2), Path::new("heap-3.svg"));
    }

    #[test]
    fn both_languages_say_the_same_figures() {
        let log = GcFacts {
            pauses: 3,
            full: 1,
            max_heap_after: Some(5 << 20),
            last_heap_after: Some(4 << 20),
            ..GcFacts::default()
        };
        let names = ["gc.log".to_owned()];
        let zh = text(std::slice::from_ref(&log), &names, Lang::Zh, None);
        let en = text(&[log], &names, Lang::En, None);
        assert!(zh.contains("停顿 3 次") && en.contains("3 pauses, 1 full"));
        assert!(zh.contains("5.0 MiB") && en.contains("5.0 MiB"));
    }
}
