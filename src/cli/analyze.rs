//! `goldenhour analyze`: everything.

use super::{
    args::{AnalyzeArgs, FailOn, Format},
    failure::{Failure, Outcome},
    forms, output, pipeline,
    progress::Bar,
    settings::Settings,
};
use crate::{
    diagnosis::DiagnosisOptions,
    evidence::Progress,
    report::{self, BuildOptions, ReportModel},
    words::Text,
};
use jiff::Timestamp;

/// Analyses evidence, writes the report, records the incident and prints one screen.
///
/// # Errors
/// Status 3 without evidence, 4 when the report cannot be written.
pub fn run(args: &AnalyzeArgs, fail_on: Option<FailOn>, settings: &Settings) -> Outcome {
    // Said before an hour of work, not after.
    output::make_folder(&args.out)?;
    let bar = Bar::new(settings.progress, settings.lang);
    let evidence = pipeline::intake(&args.paths, true, settings, &bar)?;
    pipeline::require_readable(&evidence)?;
    let case = pipeline::read(&evidence, settings, &bar);
    bar.stage("diagnose");
    let options = DiagnosisOptions {
        priority: args.priority,
        inspection: args.inspection,
    };
    let diagnosis = forms::diagnose(&case, &settings.site, &options);
    bar.stage("report");
    let options = BuildOptions {
        site: settings.site.name.clone(),
        unmask: settings.unmask,
        now: Some(Timestamp::now()),
    };
    let model = report::build(&case, &diagnosis, &options);
    write_report(&model, args, settings)?;
    bar.finish();
    if settings.json {
        output::print(&forms::json(&model))?;
    } else {
        output::print(&forms::terminal(
            &model,
            settings.lang,
            settings.width(),
            settings.color,
        ))?;
    }
    let severe = |f: FailOn| {
        diagnosis
            .findings
            .iter()
            .any(|finding| finding.severity >= f.severity())
    };
    Ok(u8::from(fail_on.is_some_and(severe)))
}

fn write_report(model: &ReportModel, args: &AnalyzeArgs, settings: &Settings) -> Result<(), Failure> {
    output::write_file(&args.out.join("report.json"), forms::json(model).as_bytes())?;
    for format in &args.format {
        forms::write(model, *format, &args.out, settings.lang)?;
    }
    Ok(())
}

/// Why a form is not to be had.
pub fn no_docx(format: Format) -> Failure {
    let _ = format;
    Failure::usage(Text::new(
        "此版本还不能写 docx；请用 html 或 md",
        "this version does not write docx yet; use html or md",
    ))
}
