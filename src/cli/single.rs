//! The single commands: one kind of artefact each.

use super::{
    args::HeapArgs,
    failure::{Failure, Outcome},
    forms, gc, logs, output, pipeline,
    progress::Bar,
    settings::Settings,
    threads,
};
use crate::{
    case::Case,
    diagnosis::DiagnosisOptions,
    evidence::Evidence,
    logs::{LogFacts, LogOptions, analyse},
    report::{self, BuildOptions, ReportModel},
    words::Text,
};
use goldenhour_parsers::Kind;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Heap dumps.
const HEAPS: &[Kind] = &[Kind::Hprof, Kind::Phd, Kind::ClassicHeap];
/// Thread dumps; the first is what a file given by name is taken for.
const THREADS: &[Kind] = &[Kind::ThreadDump, Kind::Javacore];
/// GC logs.
const GC: &[Kind] = &[Kind::GcLog];
/// Logs.
const LOGS: &[Kind] = &[Kind::Log, Kind::AccessLog];

/// `goldenhour heap`.
///
/// # Errors
/// Status 3 without a readable dump.
pub fn heap(args: &HeapArgs, settings: &Settings) -> Outcome {
    let (_, model) = read(&args.dumps, HEAPS, settings)?;
    finish(&model, json!({"heaps": model.heaps}), settings)
}

/// `goldenhour threads`.
///
/// # Errors
/// Status 3 without a readable file.
pub fn threads(args: &threads::ThreadsArgs, settings: &Settings) -> Outcome {
    let (case, model) = read(&args.files, THREADS, settings)?;
    if settings.json {
        return finish(&model, threads::json(&case, &model), settings);
    }
    output::print(&threads::text(&case, &model, settings.lang))?;
    Ok(0)
}

/// `goldenhour gc`.
///
/// # Errors
/// Status 3 without a readable file.
pub fn gc(args: &gc::GcArgs, settings: &Settings) -> Outcome {
    let (case, model) = read(&args.files, GC, settings)?;
    if settings.json {
        return finish(&model, gc::json(&case.gcs, settings.told_offset), settings);
    }
    let name = |id| case.artefact(id).map_or_else(String::new, |a| a.path.clone());
    let names: Vec<String> = case
        .gcs
        .iter()
        .map(|log| log.artefact.map_or_else(String::new, name))
        .collect();
    output::print(&gc::text(&case.gcs, &names, settings.lang, settings.told_offset))?;
    Ok(0)
}

/// `goldenhour logs`.
///
/// # Errors
/// Status 3 without a readable file, status 4 when the assignment cannot be written.
pub fn logs(args: &logs::LogsArgs, settings: &Settings) -> Outcome {
    if let Some(path) = &args.assign {
        let bar = Bar::new(settings.progress, settings.lang);
        let evidence = take_in(&args.files, LOGS, settings, &bar)?;
        let options = LogOptions { assign: true };
        let facts: Vec<LogFacts> = evidence
            .artefacts
            .iter()
            .filter(|a| LOGS.contains(&a.kind))
            .map(|a| analyse(a, &options))
            .collect();
        output::write_file(path, logs::assignment(&facts).as_bytes())?;
        bar.finish();
    }
    let (case, model) = read(&args.files, LOGS, settings)?;
    if settings.json {
        return finish(&model, logs::json(&case, settings.unmask), settings);
    }
    output::print(&logs::text(&case, settings.lang, settings.unmask))?;
    Ok(0)
}

/// Takes in the files. A file given by name that is of none of the wanted kinds is taken for the first: the user knows better.
fn take_in(paths: &[PathBuf], wanted: &[Kind], settings: &Settings, bar: &Bar) -> Result<Evidence, Failure> {
    let mut evidence = pipeline::intake(paths, settings.hash, settings, bar)?;
    let by_name: Vec<String> = paths
        .iter()
        .filter(|path| path.is_file())
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    choose(&mut evidence, wanted, &by_name);
    if evidence.artefacts.iter().all(|a| a.bytes().is_empty()) {
        pipeline::require_readable(&evidence)?;
        return Err(Failure::no_evidence(Text::new(
            "没有可用于此命令的文件",
            "no file of the kind that this command reads",
        )));
    }
    Ok(evidence)
}

/// Takes in the files and reads those of the wanted kinds.
fn read(paths: &[PathBuf], wanted: &[Kind], settings: &Settings) -> Result<(Case, ReportModel), Failure> {
    let bar = Bar::new(settings.progress, settings.lang);
    let evidence = take_in(paths, wanted, settings, &bar)?;
    let case = pipeline::read(&evidence, settings, &bar);
    bar.finish();
    let diagnosis = forms::diagnose(&case, &settings.site, &DiagnosisOptions::default());
    let options = BuildOptions {
        unmask: settings.unmask,
        ..BuildOptions::default()
    };
    let model = report::build(&case, &diagnosis, &options);
    Ok((case, model))
}

fn choose(evidence: &mut Evidence, wanted: &[Kind], by_name: &[String]) {
    let has_wanted: Vec<String> = evidence
        .artefacts
        .iter()
        .filter(|a| wanted.contains(&a.kind))
        .map(|a| a.path.clone())
        .collect();
    if let Some(first) = wanted.first() {
        for artefact in &mut evidence.artefacts {
            let meant = by_name.contains(&artefact.path) && !has_wanted.contains(&artefact.path);
            if meant && artefact.parent.is_none() && !matches!(artefact.kind, Kind::Archive | Kind::Core) {
                artefact.kind = *first;
            }
        }
    }
    evidence
        .artefacts
        .retain(|a| wanted.contains(&a.kind) || by_name.contains(&a.path) && !a.gaps.is_empty());
}

/// Prints the object with its artefacts, or the summary of the model.
fn finish(model: &ReportModel, object: Value, settings: &Settings) -> Outcome {
    let mut out = match object {
        Value::Object(map) => map,
        other => Map::from_iter([("value".to_owned(), other)]),
    };
    out.insert(
        "artefacts".to_owned(),
        serde_json::to_value(&model.artefacts).unwrap_or_default(),
    );
    let text = serde_json::to_string_pretty(&Value::Object(out)).unwrap_or_default();
    output::print(&text)?;
    let _ = settings;
    Ok(0)
}
