//! The trends as a paper for the meeting.

use super::{CauseCount, Expense, Forecast, PeriodRow, Promise, Trends};
use crate::{
    report::{
        cause_text,
        sheet::{Bars, Cell, Head, Shade, Sheet},
    },
    words::{Lang, Text},
};

/// Rows of the tables of names.
const NAMES: usize = 15;
/// Rows of the table of periods, the newest.
const PERIODS: usize = 60;

/// Fills the paper.
pub fn sheet(trends: &Trends, lang: Lang) -> Sheet {
    let title = Text::new("事件趋势", "Incident trends");
    let (first, last) = (trends.periods.first(), trends.periods.last());
    let Some((first, last)) = first.zip(last) else {
        let mut sheet = Sheet::new(lang, &title, &Text::default());
        sheet.part("nothing", &Text::new("概览", "Overview"));
        sheet.say(&Text::new("没有可统计的事件", "there are no incidents to count"));
        forecasts(&mut sheet, &trends.forecasts);
        return sheet;
    };
    let mut sheet = Sheet::new(
        lang,
        &title,
        &Text::new(
            format!("{} 至 {}", first.period, last.period),
            format!("{} to {}", first.period, last.period),
        ),
    );
    overview(&mut sheet, &trends.total);
    periods(&mut sheet, trends);
    promises(&mut sheet, trends);
    expenses(&mut sheet, &trends.expenses);
    names(&mut sheet, &trends.total);
    recurrences(&mut sheet, trends);
    forecasts(&mut sheet, &trends.forecasts);
    sheet
}

/// `—` for what nobody told.
fn minutes(value: Option<f64>) -> String {
    value.map_or_else(|| "—".to_owned(), |minutes| format!("{minutes:.0}"))
}

/// `3/4`: kept of those that are known; `—` when none is.
fn kept(promise: Promise) -> String {
    match promise.kept + promise.missed {
        0 => "—".to_owned(),
        known => format!("{}/{known}", promise.kept),
    }
}

fn overview(sheet: &mut Sheet, total: &PeriodRow) {
    sheet.part("overview", &Text::new("概览", "Overview"));
    let (n, determined, recurrent) = (total.incidents, total.determined, total.recurrent);
    let (quiet, inspections) = (total.quiet, total.inspections);
    let mut lines = vec![Text::new(
        format!(
            "事件 {n} 起，其中已判定原因 {determined} 起，属于复发 {recurrent} 起；另有未见异常的分析 {quiet} 次（巡检 {inspections} 次）。"
        ),
        format!(
            "{n} incidents, the cause determined in {determined}, {recurrent} of them came back; {quiet} analyses found nothing wrong ({inspections} of them inspections)."
        ),
    )];
    if let (Some(median), Some(longest)) = (total.recover_median_min, total.recover_max_min) {
        lines.push(Text::new(
            format!("从起点到业务恢复：中位 {median:.0} 分钟，最长 {longest:.0} 分钟。"),
            format!("From onset to service: median {median:.0} minutes, longest {longest:.0} minutes."),
        ));
    }
    let untold = total.workaround.unknown;
    if untold > 0 {
        lines.push(Text::new(
            format!("{untold} 起未登记恢复时间，用 goldenhour incidents set ID --restored-at … 补录。"),
            format!("The time of recovery of {untold} is not on record; tell it with goldenhour incidents set ID --restored-at …."),
        ));
    }
    sheet.list(lines);
}

fn newest(trends: &Trends) -> &[PeriodRow] {
    let from = trends.periods.len().saturating_sub(PERIODS);
    trends.periods.get(from..).unwrap_or_default()
}

fn periods(sheet: &mut Sheet, trends: &Trends) {
    const KINDS: [(&str, &str, &str, Shade); 4] = [
        ("critical", "特级", "critical", Shade::Red),
        ("serious", "严重", "serious", Shade::Amber),
        ("general", "一般", "general", Shade::Blue),
        ("unknown", "未知", "unknown", Shade::Grey),
    ];
    let lang = sheet.lang();
    let word = |zh: &str, en: &str| Text::new(zh, en).in_lang(lang).to_owned();
    sheet.part("periods", &Text::new("各期事件", "Incidents by period"));
    let count = |row: &PeriodRow, name: &str| {
        let found = row.priorities.iter().find(|p| p.name == name);
        found.map_or(0, |p| p.count as u64)
    };
    let bars = newest(trends).iter().map(|row| {
        let parts = KINDS.iter().map(|(name, ..)| count(row, name)).collect();
        (row.period.clone(), parts)
    });
    sheet.bars(&Bars {
        parts: KINDS.iter().map(|(_, zh, en, shade)| (word(zh, en), *shade)).collect(),
        bars: bars.collect(),
        title: word("各期事件数（按优先级）。", "Incidents by period and priority."),
    });
    const HEAD: [Head; 8] = [
        ("期间", "period", false),
        ("事件", "incidents", true),
        ("特级/严重/一般", "crit/ser/gen", true),
        ("复发", "again", true),
        ("响应 中位", "response", true),
        ("恢复 中位/最长", "recovery", true),
        ("恢复守时", "in time", true),
        ("主要原因", "causes", false),
    ];
    let total = (trends.periods.len() > 1).then_some(&trends.total);
    let rows = newest(trends).iter().chain(total).map(|row| {
        let period = if row.period == "total" {
            word("合计", "total")
        } else {
            row.period.clone()
        };
        let priorities = KINDS.map(|(name, ..)| count(row, name).to_string());
        let (most, longest) = (minutes(row.recover_median_min), minutes(row.recover_max_min));
        let causes = row.causes.iter().take(3).map(|c| {
            let name = cause_text(&c.name);
            format!("{} {}", name.in_lang(lang), c.count)
        });
        [
            Cell::Words(period),
            row.incidents.to_string().into(),
            priorities.get(..3).unwrap_or_default().join("/").into(),
            row.recurrent.to_string().into(),
            minutes(row.respond_median_min).into(),
            format!("{most} / {longest}").into(),
            kept(row.workaround).into(),
            causes
                .collect::<Vec<_>>()
                .join(Text::new("，", ", ").in_lang(lang))
                .into(),
        ]
    });
    sheet.table(HEAD, rows.collect::<Vec<_>>());
    sheet.say(&Text::new("时间以分钟计。", "Times are minutes."));
}

fn promises(sheet: &mut Sheet, trends: &Trends) {
    let lang = sheet.lang();
    let word = |zh: &str, en: &str| Text::new(zh, en).in_lang(lang).to_owned();
    sheet.part("promises", &Text::new("时限承诺", "Promises of the clock"));
    let total = &trends.total;
    let rows = [
        (word("响应", "Response"), total.response),
        (
            word("临时方案（业务恢复）", "Workaround (service back)"),
            total.workaround,
        ),
        (word("彻底解决", "Resolution"), total.resolution),
    ]
    .map(|(name, promise)| {
        let known = promise.kept + promise.missed;
        let share = promise.kept as f64 / known.max(1) as f64;
        let shown = if known == 0 {
            "—".to_owned()
        } else {
            format!("{:.0} %", share * 100.0)
        };
        [
            Cell::Words(name),
            promise.kept.to_string().into(),
            promise.missed.to_string().into(),
            promise.unknown.to_string().into(),
            Cell::Share(if known == 0 { 0.0 } else { share }, shown),
        ]
    });
    const HEAD: [Head; 5] = [
        ("承诺", "promise", false),
        ("守时", "kept", true),
        ("超时", "missed", true),
        ("未知", "unknown", true),
        ("守时率", "rate", false),
    ];
    sheet.table(HEAD, rows);
    let bars = newest(trends).iter().map(|row| {
        let p = row.workaround;
        (
            row.period.clone(),
            vec![p.kept as u64, p.missed as u64, p.unknown as u64],
        )
    });
    sheet.bars(&Bars {
        parts: vec![
            (word("守时", "kept"), Shade::Blue),
            (word("超时", "missed"), Shade::Red),
            (word("未知", "unknown"), Shade::Grey),
        ],
        bars: bars.collect(),
        title: word("临时方案是否守时。", "Was the workaround in time?"),
    });
}

fn expenses(sheet: &mut Sheet, expenses: &[Expense]) {
    let lang = sheet.lang();
    let all: f64 = expenses.iter().map(|e| e.minutes).sum::<f64>().max(0.1);
    let rows = expenses.iter().take(NAMES).map(|e| {
        let name = cause_text(&e.cause);
        [
            Cell::Words(name.in_lang(lang).to_owned()),
            e.incidents.to_string().into(),
            e.told.to_string().into(),
            format!("{:.0}", e.minutes).into(),
            minutes(e.longest_min).into(),
            Cell::Share(e.minutes / all, format!("{:.0} %", e.minutes / all * 100.0)),
        ]
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return;
    }
    sheet.part("expenses", &Text::new("代价最大的原因", "Most expensive causes"));
    const HEAD: [Head; 6] = [
        ("原因", "cause", false),
        ("事件", "incidents", true),
        ("有恢复时间", "told", true),
        ("停用（分）", "minutes down", true),
        ("最长（分）", "longest", true),
        ("占比", "share", false),
    ];
    sheet.table(HEAD, rows);
}

fn names(sheet: &mut Sheet, total: &PeriodRow) {
    let all = total.incidents.max(1) as f64;
    for (id, title, list) in [
        ("systems", Text::new("按系统", "By system"), &total.components),
        ("modules", Text::new("按业务模块", "By business module"), &total.modules),
        ("sites", Text::new("按站点", "By site"), &total.sites),
    ] {
        if list.is_empty() {
            continue;
        }
        sheet.part(id, &title);
        const HEAD: [Head; 3] = [
            ("名称", "name", false),
            ("事件", "incidents", true),
            ("占全部", "of all", false),
        ];
        let row = |c: &CauseCount| {
            let share = c.count as f64 / all;
            [
                Cell::Code(c.name.clone()),
                c.count.to_string().into(),
                Cell::Share(share, format!("{:.0} %", share * 100.0)),
            ]
        };
        sheet.table(HEAD, list.iter().take(NAMES).map(row));
    }
}

fn recurrences(sheet: &mut Sheet, trends: &Trends) {
    if trends.recurrences.is_empty() {
        return;
    }
    sheet.part("recurrences", &Text::new("复发", "What came back"));
    let kinds = trends.recurring_kinds;
    if kinds > NAMES {
        sheet.say(&Text::new(
            format!("共有 {kinds} 类事件复发，列出最多的 {NAMES} 类。"),
            format!("{kinds} kinds came back, the {NAMES} most frequent are listed."),
        ));
    }
    let item = |r: &super::Recurrence| {
        let cause = cause_text(r.cause.as_deref().unwrap_or("undetermined"));
        let (count, subject) = (r.count, r.fingerprint.as_str());
        let newest: Vec<&str> = r.incidents.iter().rev().take(2).map(String::as_str).collect();
        let ids = newest.join(", ");
        Text::new(
            format!("{}（{subject}）{count} 次。{} 最近：{ids}", cause.zh, r.sentence.zh),
            format!(
                "{} ({subject}), {count} times. {} Newest: {ids}",
                cause.en, r.sentence.en
            ),
        )
    };
    sheet.list(trends.recurrences.iter().take(NAMES).map(item));
}

fn forecasts(sheet: &mut Sheet, forecasts: &[Forecast]) {
    if forecasts.is_empty() {
        return;
    }
    let lang = sheet.lang();
    sheet.part(
        "forecasts",
        &Text::new("下一次停机的预兆", "What announces the next outage"),
    );
    sheet.say(&Text::new(
        "按历次分析和巡检的读数外推：照此下去，哪些上限会先到。",
        "Straight lines through the readings of all analyses and inspections: which limit comes first when things go on as they did.",
    ));
    const HEAD: [Head; 6] = [
        ("上限", "limit", false),
        ("所属", "of", false),
        ("读数", "readings", true),
        ("现在", "now", false),
        ("剩余天数", "days left", true),
        ("预计到达", "reached", false),
    ];
    let rows = forecasts.iter().take(NAMES).map(|f| {
        let of = match &f.site {
            Some(site) => format!("{site} {}", f.of),
            None => f.of.clone(),
        };
        [
            Cell::Words(limit_name(&f.kind).in_lang(lang).to_owned()),
            Cell::Code(of),
            f.readings.to_string().into(),
            Cell::Line(f.shares.clone(), format!("{:.0} %", f.share * 100.0)),
            format!("{:.0}", f.days_left).into(),
            f.reached.get(..10).unwrap_or(&f.reached).into(),
        ]
    });
    sheet.table(HEAD, rows.collect::<Vec<_>>());
}

/// The limit of a kind of reading.
fn limit_name(kind: &str) -> Text {
    match kind {
        "heap" => Text::new("堆内存", "heap"),
        "pool" => Text::new("池", "pool"),
        "disk" => Text::new("文件系统", "file system"),
        "paging" => Text::new("换页空间", "paging space"),
        other => Text::same(other),
    }
}
