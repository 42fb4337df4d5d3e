//! `goldenhour analyze`: everything.

use super::{
    args::{AnalyzeArgs, FailOn},
    failure::{Failure, Outcome},
    forms, output, pipeline,
    progress::Bar,
    record,
    settings::Settings,
};
use crate::{
    case::Case,
    diagnosis::{self, Diagnosis, DiagnosisOptions, Finding, Role},
    evidence::Progress,
    report::{self, BuildOptions, ReportModel, SeenBefore},
    words::Text,
};
use jiff::Timestamp;
use std::{path::Path, time::Instant};

/// Analyses evidence, writes the report, records the incident and prints one screen.
///
/// # Errors
/// Status 3 without evidence, 4 when the report cannot be written.
pub fn run(args: &AnalyzeArgs, fail_on: Option<FailOn>, settings: &Settings) -> Outcome {
    let started = Instant::now();
    let bar = Bar::new(settings.progress, settings.lang);
    let evidence = pipeline::intake(&args.paths, true, settings, &bar)?;
    pipeline::require_readable(&evidence)?;
    // Said after a minute of reading and before an hour of work.
    output::make_folder(&args.out)?;
    let case = pipeline::read(&evidence, settings, &bar);
    bar.stage("diagnose");
    let options = DiagnosisOptions {
        priority: args.priority,
        inspection: args.inspection,
    };
    let diagnosis = diagnosis::diagnose(&case, &settings.site, &options);
    bar.stage("report");
    let options = BuildOptions {
        site: settings.site.name.clone(),
        unmask: settings.unmask,
        now: Some(Timestamp::now()),
        elapsed_s: Some(started.elapsed().as_secs_f64()),
        inspection: args.inspection,
        modules: modules(&diagnosis, settings),
        ..BuildOptions::default()
    };
    let model = with_memory(&case, &diagnosis, options, settings);
    write_report(&model, args, settings)?;
    bar.finish();
    show(&model, &args.out, settings)?;
    record::keep(&case, &diagnosis, &model, settings)?;
    if settings.verbose {
        output::say(&bar.account());
    }
    let severe = |f: FailOn| {
        diagnosis
            .findings
            .iter()
            .any(|finding| finding.severity >= f.severity())
    };
    Ok(u8::from(fail_on.is_some_and(severe)))
}

/// Builds the model once to know what it is, and again with what the record remembers of the same kind.
fn with_memory(case: &Case, diagnosis: &Diagnosis, mut options: BuildOptions, settings: &Settings) -> ReportModel {
    let model = report::build(case, diagnosis, &options);
    let Some(fingerprint) = &diagnosis.fingerprint else {
        return model;
    };
    let seen: Vec<SeenBefore> = record::seen_before(fingerprint, &model, settings);
    if seen.is_empty() {
        return model;
    }
    options.seen_before = seen;
    report::build(case, diagnosis, &options)
}

/// Business modules that the findings of the cause name, by the site file.
fn modules(diagnosis: &Diagnosis, settings: &Settings) -> Vec<String> {
    let own = |finding: &&Finding| Some(finding.cause) == diagnosis.cause && finding.role != Role::Victim;
    let names = diagnosis.findings.iter().filter(own);
    let mut names: Vec<String> = names
        .filter_map(|finding| diagnosis::module_of(&settings.site, finding))
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    names
}

fn write_report(model: &ReportModel, args: &AnalyzeArgs, settings: &Settings) -> Result<(), Failure> {
    output::write_file(&args.out.join("report.json"), report::json::render(model).as_bytes())?;
    for format in &args.format {
        forms::write(model, *format, &args.out, settings.lang)?;
    }
    Ok(())
}

fn show(model: &ReportModel, out: &Path, settings: &Settings) -> Result<(), Failure> {
    if settings.json {
        return output::print(&report::json::render(model));
    }
    output::print(&report::terminal::render(
        model,
        settings.lang,
        settings.width(),
        settings.color,
    ))?;
    if settings.verbose {
        let folder = out.display();
        let words = Text::new(format!("报告目录：{folder}"), format!("report folder: {folder}"));
        output::say(words.in_lang(settings.lang));
    }
    Ok(())
}
