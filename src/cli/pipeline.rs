//! From evidence to the model of a report: the one way through the house that several commands share.

use super::{failure::Failure, progress::Bar, settings::Settings};
use crate::{
    case::{self, Case, CaseOptions},
    evidence::{self, Evidence, IntakeError, IntakeOptions, Limits, Progress},
    words::Text,
};
use goldenhour_parsers::{Gap, Kind, Reason};
use std::{path::PathBuf, sync::Arc};

/// Takes in the evidence.
///
/// # Errors
/// Status 3 when there is none.
pub fn intake(paths: &[PathBuf], hash: bool, settings: &Settings, bar: &Arc<Bar>) -> Result<Evidence, Failure> {
    bar.stage("intake");
    let options = IntakeOptions {
        hash,
        limits: Limits::within(settings.memory_limit),
    };
    let watcher: Arc<dyn Progress> = bar.clone();
    evidence::intake(paths, &options, &watcher).map_err(|error| no_evidence(&error))
}

fn no_evidence(error: &IntakeError) -> Failure {
    let zh = match error {
        IntakeError::Unreadable { path, detail } => format!("{path} 无法读取：{detail}"),
        IntakeError::Nothing { path } => format!("{path} 中没有证据：未找到任何文件"),
    };
    Failure::no_evidence(Text::new(zh, error.to_string()))
}

/// Refuses evidence of which nothing can be read, naming why for the first few.
///
/// # Errors
/// Status 3.
pub fn require_readable(evidence: &Evidence) -> Result<(), Failure> {
    let readable = |a: &evidence::Artefact| !a.bytes().is_empty() && !matches!(a.kind, Kind::Unknown);
    if evidence.artefacts.iter().any(readable) {
        return Ok(());
    }
    let reasons: Vec<String> = evidence
        .artefacts
        .iter()
        .flat_map(|a| a.gaps.iter().map(move |gap| format!("{}: {}", a.path, gap.reason)))
        .take(5)
        .collect();
    let (count, reasons) = (evidence.artefacts.len(), reasons.join("; "));
    Err(Failure::no_evidence(Text::new(
        format!("{count} 个文件中没有一个可以分析：{reasons}"),
        format!("none of the {count} files can be analysed: {reasons}"),
    )))
}

/// Reads every artefact and joins the facts.
pub fn read(evidence: &Evidence, settings: &Settings, bar: &Arc<Bar>) -> Case {
    bar.expect(
        evidence
            .artefacts
            .iter()
            .map(|artefact| artefact.bytes().len() as u64)
            .sum(),
    );
    let options = CaseOptions {
        assumed_offset: settings.told_offset,
        memory_limit: settings.memory_limit,
        watch: settings.progress.then(|| super::early::watcher(bar)),
    };
    let mut case = case::read(evidence, &settings.site, &options, bar.as_ref());
    note_changes(&mut case, evidence);
    case
}

/// A file that changed while it was read: what was found in it is in doubt, and the report says so.
fn note_changes(case: &mut Case, evidence: &Evidence) {
    let changed = evidence.artefacts.iter().filter(|artefact| artefact.changed());
    for id in changed.map(|artefact| artefact.id) {
        if let Some(artefact) = case.artefacts.iter_mut().find(|artefact| artefact.id == id) {
            let detail = "it changed while it was read; analyse a copy of it".to_owned();
            artefact
                .gaps
                .push(Gap::new(0, artefact.bytes, Reason::Unreadable { detail }));
        }
    }
}
