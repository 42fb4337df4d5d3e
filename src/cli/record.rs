//! Keeping incidents: what `analyze` records and what it is told about earlier ones.

use super::{
    failure::{Failure, Outcome},
    output,
    settings::Settings,
};
use crate::{
    case::Case,
    diagnosis::Diagnosis,
    report::{self, BuildOptions, ReportModel, SeenBefore},
    store::{Incident, Store, StoreError, comeback},
    words::Text,
};
use jiff::Timestamp;

/// Opens the record that the options name.
///
/// # Errors
/// Status 4 when it cannot be opened, 2 with `--no-store`.
pub fn open(settings: &Settings) -> Result<Store, Failure> {
    let Some(path) = &settings.store else {
        return Err(Failure::usage(Text::new(
            "没有事件库：去掉 --no-store，或用 --store 指定文件",
            "there is no record of incidents: leave out --no-store or name a file with --store",
        )));
    };
    Store::open(path).map_err(|error| failure(&error))
}

/// The user's sentence for a record that cannot be used.
pub fn failure(error: &StoreError) -> Failure {
    let zh = match error {
        StoreError::Open { path, detail } => format!("事件库 {path} 无法打开：{detail}"),
        StoreError::TooNew { found, known } => format!("事件库格式为 {found}，本版本只认识到 {known}；请用较新的版本"),
        StoreError::Database(detail) => format!("事件库读写失败：{detail}"),
        StoreError::NoReport(detail) => format!("不是本程序的报告：{detail}"),
    };
    match error {
        StoreError::NoReport(_) => Failure::no_evidence(Text::new(zh, error.to_string())),
        _ => Failure::output(Text::new(zh, error.to_string())),
    }
}

/// Earlier incidents of the same kind; none when there is no record yet.
pub fn seen_before(fingerprint: &str, model: &ReportModel, settings: &Settings) -> Vec<SeenBefore> {
    let Some(path) = settings.store.as_ref().filter(|path| path.exists()) else {
        return Vec::new();
    };
    let incident = &model.incident;
    let moment = incident.onset.as_ref().or(incident.last_evidence.as_ref());
    let before = moment.and_then(|moment| moment.instant());
    let seen = Store::open(path).and_then(|store| store.seen_before(fingerprint, &incident.id, before));
    let at = moment.map_or_else(String::new, |moment| moment.0.clone());
    seen.unwrap_or_default()
        .into_iter()
        .filter_map(|incident| remembered(&incident, &at))
        .collect()
}

/// An earlier incident as the report shows it; `at` is the moment of the present one.
fn remembered(incident: &Incident, at: &str) -> Option<SeenBefore> {
    let time = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Timestamp>().ok());
    let minutes = time(&incident.onset)
        .zip(time(&incident.after.restored_at))
        .map(|(onset, restored)| (restored.duration_since(onset).as_secs_f64() / 6.0).round() / 10.0)
        .filter(|minutes| *minutes >= 0.0);
    serde_json::from_value(without_nulls(serde_json::json!({
        "id": incident.id,
        "onset": incident.onset,
        "site": incident.site,
        "restored_after_min": minutes,
        "fix": incident.after.fix,
        "sentence": comeback(incident, at),
    })))
    .ok()
}

fn without_nulls(mut value: serde_json::Value) -> serde_json::Value {
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    value
}

/// Records an analysed incident, always masked. A default record that cannot be written is only mentioned: the report is
/// there; one that was asked for by name is a failure.
///
/// # Errors
/// Status 4.
pub fn keep(case: &Case, diagnosis: &Diagnosis, model: &ReportModel, settings: &Settings) -> Result<(), Failure> {
    let Some(path) = &settings.store else { return Ok(()) };
    let masked;
    let model = if settings.unmask {
        let options = BuildOptions {
            site: settings.site.name.clone(),
            modules: model.incident.modules.clone(),
            inspection: model.tool.inspection,
            ..BuildOptions::default()
        };
        masked = report::build(case, diagnosis, &options);
        &masked
    } else {
        model
    };
    let kept = Store::open(path).and_then(|mut store| {
        let report = serde_json::to_value(model).map_err(|error| StoreError::NoReport(error.to_string()))?;
        store.record(&report, &now(settings))
    });
    match kept {
        Ok(_) => Ok(()),
        Err(error) if settings.store_asked_for => Err(failure(&error)),
        Err(error) => {
            let why = failure(&error).message;
            let words = Text::new(
                format!("报告已写好，但未登记到事件库：{}", why.zh),
                format!("the report is written, but the incident is not recorded: {}", why.en),
            );
            output::say(words.in_lang(settings.lang));
            Ok(())
        }
    }
}

/// Now, at the offset that times are shown with.
pub fn now(settings: &Settings) -> String {
    goldenhour_parsers::rfc3339(Timestamp::now(), settings.offset())
}

/// Status 0 after printing.
pub fn printed(text: &str) -> Outcome {
    output::print(text)?;
    Ok(0)
}
