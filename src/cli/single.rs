//! The single commands: one kind of artefact each.

use super::{
    failure::{Failure, Outcome},
    gc, logs, output, pipeline,
    progress::Bar,
    settings::Settings,
    threads,
};
use crate::{
    case::{Case, CaseArtefact},
    diagnosis::{self, Diagnosis, DiagnosisOptions},
    evidence::{Artefact, Evidence},
    logs::{LogFacts, LogOptions, analyse},
    report::{self, BuildOptions, ReportModel},
    words::Text,
};
use goldenhour_parsers::Kind;
use rayon::prelude::*;
use serde_json::{Map, Value};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Thread dumps; the first is what a file given by name is taken for.
const THREADS: &[Kind] = &[Kind::ThreadDump, Kind::Javacore];
/// GC logs.
const GC: &[Kind] = &[Kind::GcLog];
/// Logs.
const LOGS: &[Kind] = &[Kind::Log, Kind::AccessLog];

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
    if let Some(path) = &args.svg {
        for (at, log) in model.gc.iter().enumerate() {
            let picture = report::gc_svg(log, &model, settings.lang);
            output::write_file(&gc::svg_path(path, at), picture.as_bytes())?;
        }
    }
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
        return assign(args, path, settings);
    }
    let (case, model) = read(&args.files, LOGS, settings)?;
    if settings.json {
        return finish(&model, logs::json(&case, settings.unmask), settings);
    }
    output::print(&logs::text(&case, settings.lang, settings.unmask))?;
    Ok(0)
}

/// Writes each record's template, and tells the rest from the same reading.
fn assign(args: &logs::LogsArgs, path: &Path, settings: &Settings) -> Outcome {
    let bar = Bar::new(settings.progress, settings.lang);
    let evidence = take_in(&args.files, LOGS, settings, &bar)?;
    let options = LogOptions { assign: true };
    let wanted: Vec<&Artefact> = evidence.artefacts.iter().filter(|a| LOGS.contains(&a.kind)).collect();
    let facts: Vec<LogFacts> = wanted.par_iter().map(|a| analyse(a, &options)).collect();
    output::write_file(path, logs::assignment(&facts).as_bytes())?;
    bar.finish();
    let mut case = bare_case(&evidence, settings);
    case.logs = facts;
    if settings.json {
        let model = report::build(&case, &nothing_said(&case, settings), &BuildOptions::default());
        return finish(&model, logs::json(&case, settings.unmask), settings);
    }
    output::print(&logs::text(&case, settings.lang, settings.unmask))?;
    Ok(0)
}

/// A case that knows its artefacts and nothing else.
fn bare_case(evidence: &Evidence, settings: &Settings) -> Case {
    let artefact = |a: &Artefact| CaseArtefact {
        id: a.id,
        path: a.path.clone(),
        kind: a.kind,
        bytes: a.bytes_on_disk,
        sha256: a.sha256.clone(),
        parent: a.parent.map(|parent| (parent, a.offset)),
        process: None,
        coverage: 1.0,
        time: None,
        offset: settings.offset(),
        offset_assumed: settings.told_offset.is_none(),
        stale: false,
        gaps: a.gaps.clone(),
    };
    Case {
        artefacts: evidence.artefacts.iter().map(artefact).collect(),
        ..Case::default()
    }
}

/// The single commands give no verdict; the model's lists need none.
fn nothing_said(case: &Case, settings: &Settings) -> Diagnosis {
    diagnosis::diagnose(case, &settings.site, &DiagnosisOptions::default())
}

/// Takes in the files. A file given by name that is of none of the wanted kinds is taken for the first: the user knows better.
fn take_in(paths: &[PathBuf], wanted: &[Kind], settings: &Settings, bar: &Arc<Bar>) -> Result<Evidence, Failure> {
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
    let diagnosis = nothing_said(&case, settings);
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
