//! `goldenhour explain`: what a finding, cause, action or message code means.

use super::{
    args::ExplainArgs,
    failure::{Failure, Outcome},
    record::printed,
    settings::Settings,
    table::Table,
};
use crate::{
    diagnosis,
    logs::{code_meaning, known_codes},
    words::{Lang, Text},
};
use serde_json::{Value, json};

/// Explains one id or lists all.
///
/// # Errors
/// Status 2 for an unknown id.
pub fn run(args: &ExplainArgs, settings: &Settings) -> Outcome {
    match &args.id {
        Some(id) if !args.list => one(id, settings),
        _ => list(settings),
    }
}

fn one(id: &str, settings: &Settings) -> Outcome {
    let Some(text) = explained(id) else {
        return Err(Failure::usage(Text::new(
            format!("没有名为 {id} 的条目；用 goldenhour explain --list 查看全部"),
            format!("nothing is called {id}; goldenhour explain --list shows everything"),
        )));
    };
    if settings.json {
        return printed(&json!({"id": id, "text": text}).to_string());
    }
    printed(text.in_lang(settings.lang))
}

/// The explanation in both languages.
fn explained(id: &str) -> Option<Text> {
    let in_lang = |lang| diagnosis::explain(id, lang);
    match (in_lang(Lang::Zh), in_lang(Lang::En)) {
        (Some(zh), Some(en)) => Some(Text::new(zh, en)),
        _ => code(id),
    }
}

/// What a message code means and what it is in the chain of events.
fn code(id: &str) -> Option<Text> {
    let known = code_meaning(&id.to_ascii_uppercase()).or_else(|| code_meaning(id))?;
    let role = match known.role {
        "cause" => Text::new("通常是原因", "usually a cause"),
        "symptom" => Text::new("通常是后果", "usually a consequence"),
        "lifecycle" => Text::new("启停消息", "a message of the life cycle"),
        _ => Text::new("通常可忽略", "usually noise"),
    };
    let (code, product) = (known.code, known.product);
    Some(Text::new(
        format!("{code}（{product}）：{}\n{}", known.zh, role.zh),
        format!("{code} ({product}): {}\n{}", known.en, role.en),
    ))
}

fn list(settings: &Settings) -> Outcome {
    let codes = known_codes().map(|known| (known.code.to_owned(), known.text()));
    let all: Vec<(String, Text)> = diagnosis::explain_list().into_iter().chain(codes).collect();
    if settings.json {
        let items: Vec<Value> = all
            .iter()
            .map(|(id, title)| json!({"id": id, "title": title}))
            .collect();
        return printed(&json!({"items": items}).to_string());
    }
    let mut table = Table::new(["", ""].map(str::to_owned));
    for (id, title) in all {
        table.row([id, title.in_lang(settings.lang).to_owned()]);
    }
    printed(&table.render(settings.width().max(100)))
}
