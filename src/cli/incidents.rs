//! `goldenhour incidents`: list, show, complete, compare, import, purge.

use super::{
    args::{IncidentsAction, IncidentsArgs, PurgeArgs, SetArgs},
    failure::{Failure, Outcome},
    record::{self, now, printed},
    settings::Settings,
    table::Table,
    values::parse_time,
};
use crate::{
    diagnosis::Cause,
    report,
    store::{Aftermath, Found, Incident, Store},
    words::{Lang, Text},
};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// Works on recorded incidents.
///
/// # Errors
/// Status 2 for an unknown id, 4 when the record cannot be read or written.
pub fn run(args: &IncidentsArgs, settings: &Settings) -> Outcome {
    let mut store = record::open(settings)?;
    match &args.action {
        IncidentsAction::List => list(&store, settings),
        IncidentsAction::Show { id } => show(&store, id, settings),
        IncidentsAction::Set(args) => set(&mut store, args, settings),
        IncidentsAction::Compare { a, b } => compare(&store, a, b, settings),
        IncidentsAction::Import { files } => {
            let mut count = 0;
            for file in files {
                count += import(&mut store, file, settings)?;
            }
            told(
                settings,
                json!({"imported": count}),
                Text::new(format!("已导入 {count} 个事件"), format!("{count} incidents imported")),
            )
        }
        IncidentsAction::Purge(args) => purge(&mut store, args, settings),
    }
}

/// Prints an answer as JSON or as words.
fn told(settings: &Settings, object: Value, words: Text) -> Outcome {
    if settings.json {
        printed(&object.to_string())
    } else {
        printed(words.in_lang(settings.lang))
    }
}

fn all(store: &Store) -> Result<Vec<Incident>, Failure> {
    store.list().map_err(|error| record::failure(&error))
}

/// The one incident that an id or the start of one means.
fn pick(store: &Store, start: &str) -> Result<Incident, Failure> {
    let found = store.find(start).map_err(|error| record::failure(&error))?;
    let id = match found {
        Found::One(id) => id,
        Found::None => {
            return Err(Failure::usage(Text::new(
                format!("没有编号为 {start} 的事件；用 goldenhour incidents list 查看全部"),
                format!("there is no incident {start}; goldenhour incidents list shows all"),
            )));
        }
        Found::Several(ids) => {
            let ids = ids.join(", ");
            return Err(Failure::usage(Text::new(
                format!("{start} 对应多个事件：{ids}"),
                format!("{start} may mean several incidents: {ids}"),
            )));
        }
    };
    let incident = store.get(&id).map_err(|error| record::failure(&error))?;
    incident.ok_or_else(|| Failure::usage(Text::same(id)))
}

fn list(store: &Store, settings: &Settings) -> Outcome {
    let incidents = all(store)?;
    if settings.json {
        return printed(&json!({"incidents": incidents}).to_string());
    }
    if incidents.is_empty() {
        return printed(Text::new("还没有登记过事件", "no incident is recorded yet").in_lang(settings.lang));
    }
    let lang = settings.lang;
    let head = [
        ("编号", "id"),
        ("起始", "onset"),
        ("优先级", "priority"),
        ("原因", "cause"),
        ("恢复", "restored"),
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
            incident.headline.in_lang(lang).to_owned(),
        ]);
    }
    printed(&table.render(settings.width()))
}

fn show(store: &Store, id: &str, settings: &Settings) -> Outcome {
    let incident = pick(store, id)?;
    let stored = store.report(&incident.id).map_err(|error| record::failure(&error))?;
    if settings.json {
        return printed(&json!({"incident": incident, "report": stored}).to_string());
    }
    let mut table = Table::new(["", ""].map(str::to_owned));
    for (name, value) in fields(&incident, settings.lang) {
        table.row([name, value]);
    }
    let mut text = table.render(settings.width());
    // What was purged of its evidence may no longer be a whole report; the fields above remain.
    if let Some(model) = stored.and_then(|report| report::json::parse(&report.to_string()).ok()) {
        text.push('\n');
        text.push_str(&report::terminal::render(
            &model,
            settings.lang,
            settings.width(),
            settings.color,
        ));
    }
    printed(&text)
}

/// An incident field by field; what is unknown is left out.
fn fields(incident: &Incident, lang: Lang) -> Vec<(String, String)> {
    let name = |zh: &str, en: &str| Text::new(zh, en).in_lang(lang).to_owned();
    let i = incident;
    let rows = [
        (name("编号", "id"), Some(i.id.clone())),
        (name("结论", "verdict"), Some(i.headline.in_lang(lang).to_owned())),
        (name("站点", "site"), i.site.clone()),
        (name("起始", "onset"), i.onset.clone()),
        (name("首个征兆", "first symptom"), i.first_symptom.clone()),
        (name("原因", "cause"), i.cause.clone()),
        (name("最终原因", "final cause"), i.after.final_cause.clone()),
        (name("置信度", "confidence"), i.confidence.clone()),
        (
            name("优先级", "priority"),
            i.priority.as_deref().map(|p| priority_word(Some(p), lang)),
        ),
        (name("规模", "scale"), i.scale.clone()),
        (name("响应时限", "response due"), i.due_response.clone()),
        (name("实际响应", "responded"), i.after.responded_at.clone()),
        (name("方案时限", "workaround due"), i.due_workaround.clone()),
        (name("实际恢复", "restored"), i.after.restored_at.clone()),
        (name("解决时限", "resolution due"), i.due_resolution.clone()),
        (name("实际解决", "resolved"), i.after.resolved_at.clone()),
        (
            name("服务器", "components"),
            Some(i.components.join(", ")).filter(|names| !names.is_empty()),
        ),
        (name("指纹", "fingerprint"), i.fingerprint.clone()),
        (name("登记", "recorded"), Some(i.recorded_at.clone())),
    ];
    rows.into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

fn set(store: &mut Store, args: &SetArgs, settings: &Settings) -> Outcome {
    let after = Aftermath {
        responded_at: time(args.responded_at.as_deref(), settings)?,
        restored_at: time(args.restored_at.as_deref(), settings)?,
        resolved_at: time(args.resolved_at.as_deref(), settings)?,
        final_cause: args.cause.as_deref().map(known_cause).transpose()?,
    };
    if after == Aftermath::default() {
        return Err(Failure::usage(Text::new(
            "请至少给出 --responded-at、--restored-at、--resolved-at、--cause 之一",
            "give at least one of --responded-at, --restored-at, --resolved-at, --cause",
        )));
    }
    let incident = pick(store, &args.id)?;
    store
        .set(&incident.id, &after)
        .map_err(|error| record::failure(&error))?;
    let id = incident.id;
    told(
        settings,
        json!({"id": id, "set": after}),
        Text::new(format!("事件 {id} 已更新"), format!("incident {id} updated")),
    )
}

/// A time of the command line in the form that the record keeps.
fn time(given: Option<&str>, settings: &Settings) -> Result<Option<String>, Failure> {
    let Some(given) = given else { return Ok(None) };
    let instant = parse_time(given, settings.offset()).map_err(|why| {
        Failure::usage(Text::new(
            format!("“{given}”不是时间；请写成 2026-11-20 10:31 或 2026-11-20T10:31:00+08:00"),
            why,
        ))
    })?;
    Ok(Some(goldenhour_parsers::rfc3339(instant, settings.offset())))
}

fn known_cause(given: &str) -> Result<String, Failure> {
    let cause: Result<Cause, _> = serde_json::from_value(Value::from(given));
    cause.map(|_| given.to_owned()).map_err(|_| {
        Failure::usage(Text::new(
            format!("{given} 不是原因编号；用 goldenhour explain --list 查看"),
            format!("{given} is not a cause id; see goldenhour explain --list"),
        ))
    })
}

fn compare(store: &Store, a: &str, b: &str, settings: &Settings) -> Outcome {
    let (a, b) = (pick(store, a)?, pick(store, b)?);
    let same_kind = a.fingerprint.is_some() && a.fingerprint == b.fingerprint;
    if settings.json {
        return printed(&json!({"a": a, "b": b, "same_kind": same_kind}).to_string());
    }
    let lang = settings.lang;
    let (of_a, of_b) = (fields(&a, lang), fields(&b, lang));
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
    let verdict = if same_kind {
        Text::new(
            "两次为同类事件（指纹相同）",
            "The two are of the same kind (same fingerprint)",
        )
    } else {
        Text::new("两次不是同类事件", "The two are not of the same kind")
    };
    printed(&format!(
        "{}\n{}",
        table.render(settings.width()),
        verdict.in_lang(lang)
    ))
}

/// Records the reports of a file: one report, or one a line. Gives how many there were.
fn import(store: &mut Store, file: &Path, settings: &Settings) -> Result<usize, Failure> {
    let shown = file.display();
    let wrong = |why: String| {
        Failure::no_evidence(Text::new(
            format!("{shown} 无法导入：{why}"),
            format!("{shown} cannot be imported: {why}"),
        ))
    };
    let text = fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    let text = text.trim_start_matches('\u{feff}');
    let reports: Vec<Value> = match serde_json::from_str(text) {
        Ok(report) => vec![report],
        Err(_) => {
            let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
            lines
                .map(|(n, line)| serde_json::from_str(line).map_err(|error| wrong(format!("line {}: {error}", n + 1))))
                .collect::<Result<_, _>>()?
        }
    };
    for line in &reports {
        // A line of `trends --export` holds the report beside what happened afterwards.
        let report = line.get("report").unwrap_or(line);
        let id = store
            .record(report, &now(settings))
            .map_err(|error| wrong(error.to_string()))?;
        let known = |key: &str| line.get(key).and_then(Value::as_str).map(str::to_owned);
        let after = Aftermath {
            responded_at: known("responded_at"),
            restored_at: known("restored_at"),
            resolved_at: known("resolved_at"),
            final_cause: known("final_cause"),
        };
        store.set(&id, &after).map_err(|error| record::failure(&error))?;
    }
    Ok(reports.len())
}

fn purge(store: &mut Store, args: &PurgeArgs, settings: &Settings) -> Outcome {
    let ids: Vec<String> = match args.older_than {
        Some(days) => older_than(&all(store)?, days),
        None => args
            .ids
            .iter()
            .map(|id| pick(store, id).map(|i| i.id))
            .collect::<Result<_, _>>()?,
    };
    let purged = if args.evidence_only {
        store.purge_evidence(&ids)
    } else {
        store.purge(&ids)
    };
    let count = purged.map_err(|error| record::failure(&error))?;
    let words = if args.evidence_only {
        Text::new(
            format!("已清除 {count} 个事件的证据摘录，结论保留"),
            format!("quotes of {count} incidents deleted, verdicts kept"),
        )
    } else {
        Text::new(
            format!("已彻底删除 {count} 个事件"),
            format!("{count} incidents deleted for good"),
        )
    };
    told(
        settings,
        json!({"purged": count, "evidence_only": args.evidence_only, "ids": ids}),
        words,
    )
}

fn older_than(incidents: &[Incident], days: i64) -> Vec<String> {
    let limit = Timestamp::now()
        .checked_sub((days.saturating_mul(24)).hours())
        .unwrap_or(Timestamp::MIN);
    let old = |incident: &&Incident| {
        incident
            .moment()
            .parse::<Timestamp>()
            .is_ok_and(|moment| moment < limit)
    };
    incidents
        .iter()
        .filter(old)
        .map(|incident| incident.id.clone())
        .collect()
}

fn unknown(lang: Lang) -> String {
    Text::new("未知", "unknown").in_lang(lang).to_owned()
}

/// `2026-11-20 10:31` of an RFC 3339 time, `—` of none.
fn minute(time: Option<&str>) -> String {
    time.and_then(|time| time.get(..16))
        .map_or_else(|| "—".to_owned(), |time| time.replace('T', " "))
}

fn priority_word(priority: Option<&str>, lang: Lang) -> String {
    let words = match priority {
        Some("critical") => Text::new("特级", "critical"),
        Some("serious") => Text::new("严重", "serious"),
        Some("general") => Text::new("一般", "general"),
        _ => return unknown(lang),
    };
    words.in_lang(lang).to_owned()
}
