//! `goldenhour incidents`: list, show, complete, compare, import, purge.

mod compare;
mod import;
mod list;
mod purge;

use super::{
    args::{IncidentsAction, IncidentsArgs, SetArgs},
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
use serde_json::{Value, json};

/// Works on recorded incidents.
///
/// # Errors
/// Status 2 for an unknown id, 4 when the record cannot be read or written.
pub fn run(args: &IncidentsArgs, settings: &Settings) -> Outcome {
    let mut store = record::open(settings)?;
    match &args.action {
        IncidentsAction::List { limit } => list::run(&store, *limit, settings),
        IncidentsAction::Show { id } => show(&store, id, settings),
        IncidentsAction::Set(args) => set(&mut store, args, settings),
        IncidentsAction::Compare { a, b } => compare::run(&store, a, b, settings),
        IncidentsAction::Import { files } => import::run(&mut store, files, settings),
        IncidentsAction::Purge(args) => purge::run(&mut store, args, settings),
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
        (name("解决办法", "fix"), i.after.fix.clone()),
        (
            name("服务器", "components"),
            Some(i.components.join(", ")).filter(|names| !names.is_empty()),
        ),
        (
            name("业务模块", "modules"),
            Some(i.modules.join(", ")).filter(|names| !names.is_empty()),
        ),
        (name("指纹", "fingerprint"), i.fingerprint.clone()),
        (name("保留", "kept"), Some(list::kept(i, lang))),
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
        fix: args.fix.as_deref().map(|words| report::mask(words).into_owned()),
    };
    if after == Aftermath::default() {
        return Err(Failure::usage(Text::new(
            "请至少给出 --responded-at、--restored-at、--resolved-at、--cause、--fix 之一",
            "give at least one of --responded-at, --restored-at, --resolved-at, --cause, --fix",
        )));
    }
    let incident = pick(store, &args.id)?;
    store
        .set(&incident.id, &after, &now(settings))
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
