//! `goldenhour logs FILE…`: first error, bursts, templates, codes; `--assign` writes each record's template.

use crate::{
    case::Case,
    logs::{Burst, Level, LogFacts, LogRecord},
    report::mask,
    words::{Lang, Text},
};
use goldenhour_parsers::{CHINA, Stamp};
use jiff::{Timestamp, tz::Offset};
use serde_json::{Map, Value, json};
use std::{borrow::Cow, collections::BTreeMap, fmt::Write as _, path::PathBuf};

/// Arguments of `goldenhour logs`.
#[derive(Debug, clap::Args)]
pub struct LogsArgs {
    /// Files, folders or archives
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// One line a record: line, template id, template
    #[arg(long, value_name = "OUT.tsv")]
    pub assign: Option<PathBuf>,
}

/// Templates told in JSON.
const MOST_TEMPLATES: usize = 1_000;
/// Rows of each list for a reader.
const ROWS: usize = 10;

/// How the facts of several logs are shown.
struct View<'a> {
    case: &'a Case,
    unmask: bool,
}

impl View<'_> {
    fn offset(&self, log: &LogFacts) -> Offset {
        log.artefact
            .and_then(|id| self.case.artefact(id))
            .map_or(CHINA, |a| a.offset)
    }

    fn time(&self, log: &LogFacts, time: Option<Stamp>) -> Option<String> {
        time.map(|t| t.rfc3339(self.offset(log))).filter(|t| !t.is_empty())
    }

    fn instant(&self, log: &LogFacts, time: Option<Stamp>) -> Option<Timestamp> {
        time.and_then(|t| t.instant(self.offset(log)))
    }

    fn masked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.unmask { Cow::Borrowed(text) } else { mask(text) }
    }

    fn name(&self, log: &LogFacts) -> String {
        log.artefact
            .and_then(|id| self.case.artefact(id))
            .map_or_else(String::new, |a| a.path.clone())
    }
}

/// The object of CONTRACT.md §5 `logs`.
pub fn json(case: &Case, unmask: bool) -> Value {
    let view = View { case, unmask };
    let mut out = Map::new();
    out.insert("files".into(), case.logs.iter().map(|log| file(&view, log)).collect());
    if let Some((log, record)) = first_error(&view) {
        out.insert("first_error".into(), record_json(&view, log, record));
    }
    out.insert(
        "bursts".into(),
        bursts(&view)
            .into_iter()
            .map(|(log, burst)| burst_json(&view, log, burst))
            .collect(),
    );
    out.insert("templates".into(), templates(&view));
    out.insert("codes".into(), codes(case).into_iter().map(code_json).collect());
    Value::Object(out)
}

fn file(view: &View<'_>, log: &LogFacts) -> Value {
    let mut out = Map::new();
    put(&mut out, "artefact", log.artefact.map(|a| a.to_string()));
    out.insert("format".into(), log.format.into());
    out.insert("encoding".into(), log.encoding.into());
    out.insert("records".into(), log.records.into());
    out.insert("errors".into(), log.errors.into());
    out.insert("traces".into(), log.traces.into());
    put(&mut out, "first_time", view.time(log, log.first_time));
    put(&mut out, "last_time", view.time(log, log.last_time));
    put(&mut out, "pid", log.pid);
    put(&mut out, "process_name", log.process_name.clone());
    if let Some(access) = &log.access {
        out.insert("requests".into(), access.requests.into());
        out.insert("server_errors".into(), access.server_errors.into());
        put(&mut out, "degraded_from", view.time(log, access.degraded_from));
    }
    Value::Object(out)
}

/// The first record of error level of all files, by time.
fn first_error<'a>(view: &View<'a>) -> Option<(&'a LogFacts, &'a LogRecord)> {
    view.case
        .logs
        .iter()
        .filter_map(|log| log.first_error.as_ref().map(|record| (log, record)))
        .min_by_key(|(log, record)| {
            let at = view.instant(log, record.time);
            (at.is_none(), at)
        })
}

fn record_json(view: &View<'_>, log: &LogFacts, record: &LogRecord) -> Value {
    let mut out = Map::new();
    put(&mut out, "artefact", log.artefact.map(|a| a.to_string()));
    out.insert("line".into(), record.line.into());
    put(&mut out, "time", view.time(log, record.time));
    put(&mut out, "exception", record.root_exception.clone());
    out.insert("message".into(), view.masked(&record.first_line).into());
    put(&mut out, "code", record.code.clone());
    put(&mut out, "own_frame", record.own_frame.clone());
    Value::Object(out)
}

fn bursts<'a>(view: &View<'a>) -> Vec<(&'a LogFacts, &'a Burst)> {
    let mut all: Vec<(&LogFacts, &Burst)> = view
        .case
        .logs
        .iter()
        .flat_map(|log| log.bursts.iter().map(move |b| (log, b)))
        .collect();
    all.sort_by_key(|(log, burst)| (view.instant(log, burst.onset), log.artefact, burst.line));
    all
}

fn burst_json(view: &View<'_>, log: &LogFacts, burst: &Burst) -> Value {
    let mut out = Map::new();
    put(&mut out, "artefact", log.artefact.map(|a| a.to_string()));
    put(&mut out, "onset", view.time(log, burst.onset));
    put(&mut out, "end", view.time(log, burst.end));
    out.insert("level".into(), level(burst.level).into());
    out.insert("template".into(), view.masked(&burst.template).into());
    put(&mut out, "exception", burst.exception.clone());
    out.insert("count".into(), burst.count.into());
    out.insert("line".into(), burst.line.into());
    out.insert("expected".into(), ((burst.expected * 10.0).round() / 10.0).into());
    Value::Object(out)
}

fn templates(view: &View<'_>) -> Value {
    let several = view.case.logs.len() > 1;
    let mut all: Vec<_> = view
        .case
        .logs
        .iter()
        .flat_map(|log| log.templates.iter().map(move |t| (log, t)))
        .collect();
    all.sort_by_key(|(log, t)| (std::cmp::Reverse(t.count), log.artefact, t.id));
    all.truncate(MOST_TEMPLATES);
    all.into_iter()
        .map(|(log, t)| {
            let mut out = Map::new();
            if several {
                put(&mut out, "artefact", log.artefact.map(|a| a.to_string()));
            }
            out.insert("id".into(), t.id.into());
            out.insert("template".into(), view.masked(&t.template).into());
            out.insert("count".into(), t.count.into());
            out.insert("first_line".into(), t.first_line.into());
            out.insert("level".into(), level(t.level).into());
            Value::Object(out)
        })
        .collect()
}

/// A code over all files.
struct Code {
    code: String,
    count: u64,
    role: &'static str,
    meaning: Option<Text>,
}

fn codes(case: &Case) -> Vec<Code> {
    let mut all: BTreeMap<&str, Code> = BTreeMap::new();
    for code in case.logs.iter().flat_map(|log| &log.codes) {
        let entry = all.entry(&code.code).or_insert_with(|| Code {
            code: code.code.clone(),
            count: 0,
            role: code.role,
            meaning: code.meaning.clone(),
        });
        entry.count += code.count;
    }
    let mut all: Vec<Code> = all.into_values().collect();
    all.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
    all
}

fn code_json(code: Code) -> Value {
    let mut out = Map::new();
    out.insert("code".into(), code.code.into());
    out.insert("count".into(), code.count.into());
    out.insert("role".into(), code.role.into());
    put(
        &mut out,
        "meaning",
        code.meaning.map(|m| json!({"zh": m.zh, "en": m.en})),
    );
    Value::Object(out)
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Debug => "DEBUG",
        Level::Info => "INFO",
        Level::Warn => "WARN",
        Level::Error => "ERROR",
        Level::Fatal => "FATAL",
    }
}

fn put(out: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        out.insert(key.to_owned(), value.into());
    }
}

/// The lines of `--assign`: `line<TAB>template id<TAB>template`, in the order of lines. With several files the ids of
/// one follow those of the one before.
pub fn assignment(logs: &[LogFacts]) -> String {
    let mut out = String::new();
    let mut base = 0;
    for log in logs {
        let texts: BTreeMap<u32, &str> = log.templates.iter().map(|t| (t.id, t.template.as_str())).collect();
        for (line, id) in &log.assignment {
            let text = texts.get(id).copied().unwrap_or_default();
            // Writing to a string does not fail.
            let _ = writeln!(out, "{line}\t{}\t{text}", base + id);
        }
        base += texts.keys().next_back().map_or(0, |last| last + 1);
    }
    out
}

/// The same for a reader.
pub fn text(case: &Case, lang: Lang, unmask: bool) -> String {
    let view = View { case, unmask };
    let mut out = String::new();
    for log in &case.logs {
        line(&mut out, 0, &view.name(log));
        for text in file_lines(&view, log) {
            line(&mut out, 1, text.in_lang(lang));
        }
    }
    if let Some((log, record)) = first_error(&view) {
        let place = format!("{}:{}", view.name(log), record.line);
        heading(&mut out, lang, &Text::new("首个错误", "First error"));
        line(
            &mut out,
            1,
            &format!("{}  {place}", view.time(log, record.time).unwrap_or_default()),
        );
        line(&mut out, 1, &view.masked(&record.first_line));
        if let Some(class) = &record.root_exception {
            let words = Text::new(format!("根因异常 {class}"), format!("root exception {class}"));
            line(&mut out, 1, words.in_lang(lang));
        }
        if let Some(frame) = &record.own_frame {
            line(&mut out, 1, &format!("at {frame}"));
        }
    }
    burst_lines(&mut out, &view, lang);
    code_lines(&mut out, case, lang);
    out
}

fn file_lines(view: &View<'_>, log: &LogFacts) -> Vec<Text> {
    let mut lines = vec![Text::new(
        format!(
            "格式 {}，编码 {}，记录 {} 条，错误 {} 条，带堆栈 {} 条",
            log.format, log.encoding, log.records, log.errors, log.traces
        ),
        format!(
            "format {}, encoding {}, {} records, {} errors, {} with a stack trace",
            log.format, log.encoding, log.records, log.errors, log.traces
        ),
    )];
    if let (Some(first), Some(last)) = (view.time(log, log.first_time), view.time(log, log.last_time)) {
        lines.push(Text::new(
            format!("从 {first} 到 {last}"),
            format!("from {first} to {last}"),
        ));
    }
    if let Some(access) = &log.access {
        lines.push(Text::new(
            format!(
                "请求 {} 个，服务器错误（5xx）{} 个",
                access.requests, access.server_errors
            ),
            format!(
                "{} requests, {} server errors (5xx)",
                access.requests, access.server_errors
            ),
        ));
        if let Some(from) = view.time(log, access.degraded_from) {
            lines.push(Text::new(
                format!("自 {from} 起响应异常"),
                format!("answers are bad since {from}"),
            ));
        }
    }
    for gap in &log.gaps {
        let detail = gap.reason.to_string();
        lines.push(Text::new(
            format!("未能读取：偏移 {}（{detail}）", gap.offset),
            format!("not read: offset {} ({detail})", gap.offset),
        ));
    }
    lines
}

fn burst_lines(out: &mut String, view: &View<'_>, lang: Lang) {
    let mut all = bursts(view);
    let count = all.len();
    if count == 0 {
        return;
    }
    all.sort_by_key(|(_, burst)| {
        (
            std::cmp::Reverse((burst.level >= Level::Error, burst.count)),
            burst.line,
        )
    });
    all.truncate(ROWS);
    heading(
        out,
        lang,
        &Text::new(
            format!("突发（{} / {count}）", all.len()),
            format!("Bursts ({} of {count})", all.len()),
        ),
    );
    for (log, burst) in all {
        let onset = view.time(log, burst.onset).unwrap_or_default();
        let what = burst.exception.as_deref().unwrap_or_default();
        line(
            out,
            1,
            &format!(
                "{onset}  {:>6}  {:5}  {}  {what}",
                burst.count,
                level(burst.level),
                view.masked(&burst.template)
            ),
        );
    }
}

fn code_lines(out: &mut String, case: &Case, lang: Lang) {
    let all = codes(case);
    let shown: Vec<&Code> = all.iter().filter(|c| c.role != "noise").take(ROWS).collect();
    if shown.is_empty() {
        return;
    }
    heading(
        out,
        lang,
        &Text::new(
            format!("消息代码（{} / {}）", shown.len(), all.len()),
            format!("Message codes ({} of {})", shown.len(), all.len()),
        ),
    );
    for code in shown {
        let meaning = code.meaning.as_ref().map_or("", |m| m.in_lang(lang));
        line(out, 1, &format!("{:>6}  {:<12}  {meaning}", code.count, code.code));
    }
}

fn heading(out: &mut String, lang: Lang, text: &Text) {
    out.push('\n');
    line(out, 0, text.in_lang(lang));
}

/// One line; control characters of evidence must not reach the terminal.
fn line(out: &mut String, indent: usize, text: &str) {
    for _ in 0..indent {
        out.push_str("  ");
    }
    out.extend(text.chars().map(|c| if c.is_control() { ' ' } else { c }));
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::{LogRecord, Template};

    fn case() -> Case {
        Case {
            logs: vec![LogFacts {
                format: "log4j",
                encoding: "utf-8",
                records: 2,
                errors: 1,
                first_error: Some(LogRecord {
                    line: 2,
                    first_line: "ERROR x 手机 13812345678".into(),
                    ..LogRecord::default()
                }),
                templates: vec![Template {
                    id: 0,
                    template: "x <*>".into(),
                    count: 2,
                    first_line: 1,
                    ..Template::default()
                }],
                assignment: vec![(1, 0), (2, 0)],
                ..LogFacts::default()
            }],
            ..Case::default()
        }
    }

    #[test]
    fn the_object_of_the_contract() {
        let object = json(&case(), false);
        for key in ["files", "first_error", "bursts", "templates", "codes"] {
            assert!(object.get(key).is_some(), "{key}");
        }
        let message = object.pointer("/first_error/message").unwrap().as_str().unwrap();
        assert!(!message.contains("13812345678"));
    }

    #[test]
    fn assignment_has_a_line_a_record() {
        assert_eq!(assignment(&case().logs), "1\t0\tx <*>\n2\t0\tx <*>\n");
    }

    #[test]
    fn both_languages() {
        assert!(text(&case(), Lang::Zh, false).contains("首个错误"));
        assert!(text(&case(), Lang::En, false).contains("First error"));
    }
}
