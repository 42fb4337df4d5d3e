//! `goldenhour trends`: across the recorded incidents.

use super::{
    args::{Format, Period, TrendsArgs},
    failure::{Failure, Outcome},
    output, record,
    settings::Settings,
    table::Table,
    values::parse_time,
};
use crate::{
    store::{self, Incident, Length, PeriodRow, Promise, Store, Trends},
    words::{Lang, Text},
};
use jiff::Timestamp;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Shows, writes or exports trends. `site` is what `--site` named: a site file, or the name of a site.
///
/// # Errors
/// Status 4 when the record cannot be read or output cannot be written.
pub fn run(args: &TrendsArgs, site: Option<&PathBuf>, settings: &Settings) -> Outcome {
    let store = record::open(settings)?;
    let incidents = chosen(&store, args, site, settings)?;
    let trends = store::trends(&incidents, length(args.period), settings.offset());
    if let Some(folder) = &args.export {
        export(&store, &incidents, folder)?;
    }
    if let Some(folder) = &args.out {
        write(&trends, args, folder, settings.lang)?;
    }
    if settings.json {
        output::print(&json!({"schema": "goldenhour.trends/1", "trends": trends}).to_string())?;
    } else {
        output::print(&text(&trends, settings.lang, settings.width()))?;
    }
    Ok(0)
}

fn length(period: Period) -> Length {
    match period {
        Period::Week => Length::Week,
        Period::Month => Length::Month,
        Period::Quarter => Length::Quarter,
        Period::Half => Length::Half,
        Period::Year => Length::Year,
    }
}

fn chosen(
    store: &Store,
    args: &TrendsArgs,
    site: Option<&PathBuf>,
    settings: &Settings,
) -> Result<Vec<Incident>, Failure> {
    let since = match &args.since {
        Some(text) => Some(
            parse_time(text, settings.offset())
                .map_err(|why| Failure::usage(Text::new(format!("“{text}”不是日期；请写成 2026-11-01"), why)))?,
        ),
        None => None,
    };
    let named = match site {
        Some(path) if path.is_file() => settings.site.name.clone(),
        Some(name) => Some(name.to_string_lossy().into_owned()),
        None => None,
    };
    let mut incidents = store.list().map_err(|error| record::failure(&error))?;
    incidents.retain(|incident| {
        let late = since.is_none_or(|since| {
            incident
                .moment()
                .parse::<Timestamp>()
                .is_ok_and(|moment| moment >= since)
        });
        late && named.as_ref().is_none_or(|name| incident.site.as_ref() == Some(name))
    });
    Ok(incidents)
}

/// JSON Lines with the whole reports, so that another PC can import them, and CSV for a spreadsheet.
fn export(store: &Store, incidents: &[Incident], folder: &Path) -> Result<(), Failure> {
    output::make_folder(folder)?;
    let mut lines = String::new();
    for incident in incidents {
        let report = store.report(&incident.id).map_err(|error| record::failure(&error))?;
        let mut line = serde_json::to_value(incident).unwrap_or_default();
        if let (Some(object), Some(report)) = (line.as_object_mut(), report) {
            object.insert("report".to_owned(), report);
        }
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    output::write_file(&folder.join("incidents.jsonl"), lines.as_bytes())?;
    output::write_file(&folder.join("incidents.csv"), store::csv(incidents).as_bytes())
}

fn write(trends: &Trends, args: &TrendsArgs, folder: &Path, lang: Lang) -> Result<(), Failure> {
    output::make_folder(folder)?;
    let object = json!({"schema": "goldenhour.trends/1", "trends": trends});
    let pretty = serde_json::to_string_pretty(&object).unwrap_or_default() + "\n";
    output::write_file(&folder.join("trends.json"), pretty.as_bytes())?;
    for format in &args.format {
        match format {
            Format::Md => output::write_file(&folder.join("trends.md"), markdown(trends, lang).as_bytes())?,
            Format::Html => output::write_file(&folder.join("trends.html"), html(trends, lang).as_bytes())?,
            Format::Docx => {
                return Err(Failure::usage(Text::new(
                    "趋势暂时只能写成 html 或 md",
                    "trends are written as html or md only, so far",
                )));
            }
        }
    }
    Ok(())
}

/// The columns of every form.
const HEAD: [(&str, &str); 7] = [
    ("期间", "period"),
    ("事件", "incidents"),
    ("复发", "recurrent"),
    ("恢复中位/最长（分）", "recovery median/max (min)"),
    ("响应守时", "response kept"),
    ("恢复守时", "workaround kept"),
    ("原因", "causes"),
];

fn head(lang: Lang) -> [String; 7] {
    HEAD.map(|(zh, en)| Text::new(zh, en).in_lang(lang).to_owned())
}

fn cells(row: &PeriodRow, lang: Lang) -> [String; 7] {
    let minutes = |value: Option<f64>| value.map_or_else(|| "—".to_owned(), |minutes| format!("{minutes:.0}"));
    let causes: Vec<String> = row
        .causes
        .iter()
        .map(|cause| format!("{} {}", cause.name, cause.count))
        .collect();
    let period = if row.period == "total" {
        Text::new("合计", "total").in_lang(lang).to_owned()
    } else {
        row.period.clone()
    };
    [
        period,
        row.incidents.to_string(),
        row.recurrent.to_string(),
        format!("{} / {}", minutes(row.recover_median_min), minutes(row.recover_max_min)),
        kept(row.response),
        kept(row.workaround),
        causes.join(Text::new("，", ", ").in_lang(lang)),
    ]
}

/// `3/4`: kept of those that are known; `—` when none is.
fn kept(promise: Promise) -> String {
    match promise.kept + promise.missed {
        0 => "—".to_owned(),
        known => format!("{}/{known}", promise.kept),
    }
}

fn rows(trends: &Trends, lang: Lang) -> Vec<[String; 7]> {
    let total = (trends.periods.len() > 1).then_some(&trends.total);
    trends.periods.iter().chain(total).map(|row| cells(row, lang)).collect()
}

/// What came back, one sentence each.
fn comebacks(trends: &Trends, lang: Lang) -> Vec<String> {
    let line = |r: &store::Recurrence| {
        let (cause, count) = (r.cause.as_deref().unwrap_or("?"), r.count);
        let day = |time: &str| time.get(..10).unwrap_or(time).to_owned();
        let (first, last, ids) = (day(&r.first), day(&r.last), r.incidents.join(", "));
        Text::new(
            format!("{cause} 出现 {count} 次，{first} 至 {last}：{ids}"),
            format!("{cause} came {count} times, {first} to {last}: {ids}"),
        )
        .in_lang(lang)
        .to_owned()
    };
    trends.recurrences.iter().map(line).collect()
}

fn nothing(lang: Lang) -> String {
    Text::new("没有可统计的事件", "there are no incidents to count")
        .in_lang(lang)
        .to_owned()
}

fn text(trends: &Trends, lang: Lang, width: usize) -> String {
    if trends.periods.is_empty() {
        return nothing(lang);
    }
    let mut table = Table::new(head(lang));
    for row in rows(trends, lang) {
        table.row(row);
    }
    let mut out = table.render(width);
    for line in comebacks(trends, lang) {
        out.push_str(&format!("· {line}\n"));
    }
    out
}

fn title(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "事件趋势",
        Lang::En => "Incident trends",
    }
}

fn markdown(trends: &Trends, lang: Lang) -> String {
    let escape = |cell: &String| cell.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;");
    let line = |cells: &[String; 7]| format!("| {} |\n", cells.iter().map(escape).collect::<Vec<_>>().join(" | "));
    let mut out = format!("# {}\n\n", title(lang));
    if trends.periods.is_empty() {
        return out + &nothing(lang) + "\n";
    }
    out.push_str(&line(&head(lang)));
    out.push_str(&format!("|{}\n", "---|".repeat(7)));
    for row in rows(trends, lang) {
        out.push_str(&line(&row));
    }
    for comeback in comebacks(trends, lang) {
        out.push_str(&format!("\n- {}", escape(&comeback)));
    }
    out + "\n"
}

/// One file without script; nothing may be loaded.
fn html(trends: &Trends, lang: Lang) -> String {
    let escape = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
    };
    let row = |cells: &[String; 7], tag: &str| {
        let cells: String = cells
            .iter()
            .map(|cell| format!("<{tag}>{}</{tag}>", escape(cell)))
            .collect();
        format!("<tr>{cells}</tr>\n")
    };
    let body: String = rows(trends, lang).iter().map(|cells| row(cells, "td")).collect();
    let items: String = comebacks(trends, lang)
        .iter()
        .map(|line| format!("<li>{}</li>\n", escape(line)))
        .collect();
    let code = if lang == Lang::Zh { "zh-CN" } else { "en" };
    let (title, head) = (title(lang), row(&head(lang), "th"));
    let content = if trends.periods.is_empty() {
        format!("<p>{}</p>", nothing(lang))
    } else {
        format!("<table>\n<thead>{head}</thead>\n<tbody>{body}</tbody>\n</table>\n<ul>{items}</ul>")
    };
    format!(
        "<!doctype html>\n<html lang=\"{code}\"><head><meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>body{{font:15px/1.6 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}\
         table{{border-collapse:collapse;width:100%}}th,td{{border-bottom:1px solid #ccc;padding:.4rem .6rem;text-align:left}}\
         @media print{{body{{margin:0}}}}</style></head>\n<body><h1>{title}</h1>\n{content}\n</body></html>\n"
    )
}
