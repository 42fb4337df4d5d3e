//! Diagnosis: detectors, ranking, verdict, actions.

mod actions;
mod catalogue;
mod causes;
mod detector;
mod detectors;
mod explain;
mod first_error;
mod flow;
mod missing;
mod modules;
mod onset;
mod platform;
mod pressure;
mod questions;
mod ranking;
mod scene;
mod standing;
mod summary;
mod targets;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod themes;
mod thresholds;
mod unwell;
mod verdict;

pub use explain::{explain, explain_list};
pub use modules::of_finding as module_of;
pub use thresholds::Thresholds;
pub use verdict::*;

use crate::{case::Case, site::Site};
use goldenhour_parsers::Kind;
use scene::Scene;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Says what happened, how sure that is, and what to do.
pub fn diagnose(case: &Case, site: &Site, options: &DiagnosisOptions) -> Diagnosis {
    let scene = Scene::new(case, site);
    let mut findings = detect(&scene);
    let ranking = ranking::rank(&scene, &mut findings);
    let first = ranking.hypotheses.first();
    let status = status(&scene, &findings, &ranking, options);
    let cause = first.filter(|_| status == Status::Determined).map(|h| h.cause);
    let confidence = first.filter(|_| status == Status::Determined).map(|h| h.confidence);
    let onset = if status == Status::None {
        None
    } else {
        onset::onset(&scene, &findings, cause)
    };
    let scale = standing::scale(&scene, &findings, status, cause);
    let priority = options
        .priority
        .unwrap_or_else(|| standing::priority(&scene, &findings, scale, status, cause));
    let due = standing::due(priority, onset);
    let actions = actions::plan_for(&actions::Situation {
        scene: &scene,
        findings: &findings,
        status,
        cause,
        scale,
        due,
    });
    let hypotheses = if status == Status::None {
        Vec::new()
    } else {
        ranking.hypotheses
    };
    let lead = cause.and_then(|c| summary::leading(c, &findings));
    let first_error = if status == Status::None {
        None
    } else {
        first_error::find(&scene, onset, cause).or_else(|| first_error::any(&scene))
    };
    // The class, lock or backend says what kind it is; where a cause has none, the exception it began with.
    let subject = lead.and_then(|f| f.subject.clone());
    let kind = subject.or_else(|| first_error.as_ref().and_then(|e| e.exception.clone()));
    let fingerprint = cause.map(|c| match kind {
        Some(kind) => format!("{}:{kind}", c.id()),
        None => c.id().to_owned(),
    });
    let mut why = summary::why(status, cause, &findings, &ranking.explained);
    why.extend(unwell::reasons(&scene, status));
    Diagnosis {
        status,
        cause: if status == Status::None {
            Some(Cause::None)
        } else {
            cause
        },
        confidence,
        headline: summary::headline(&scene, status, cause, confidence, &findings),
        why,
        coverage: lead.map(|f| detector::rounded(f.coverage)),
        fingerprint,
        onset,
        first_symptom: if status == Status::None {
            None
        } else {
            onset::first_symptom(&scene, onset)
        },
        scale,
        priority,
        due,
        network: questions::network(&scene, &hypotheses),
        host: questions::host(&scene, &hypotheses),
        first_error,
        missing: missing::list(&scene, status, cause),
        hypotheses,
        findings,
        actions,
    }
}

/// Runs every detector. One that fails costs its findings, not the report.
fn detect(scene: &Scene) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for detector in detectors::TABLE {
        if let Ok(found) = catch_unwind(AssertUnwindSafe(|| (detector.run)(scene))) {
            findings.extend(found);
        }
    }
    findings.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then(b.strength.cmp(&a.strength))
            .then(b.coverage.total_cmp(&a.coverage))
            .then(a.id.cmp(b.id))
    });
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    for finding in &mut findings {
        let n = numbers.entry(finding.id).or_insert(0);
        *n += 1;
        finding.n = *n;
    }
    findings
}

/// Determined above the bar; none when the evidence suffices and nothing is wrong; else undetermined.
fn status(scene: &Scene, findings: &[Finding], ranking: &ranking::Ranking, options: &DiagnosisOptions) -> Status {
    let first = ranking.hypotheses.first();
    let strong = first.is_some_and(|h| {
        let best = findings
            .iter()
            .filter(|f| h.supporting.contains(&f.reference()) && f.role == Role::Cause)
            .map(|f| f.strength)
            .max()
            .unwrap_or(0);
        h.score >= ranking::BAR && best >= 3
    });
    if strong && !options.inspection {
        return Status::Determined;
    }
    let troubled = findings
        .iter()
        .any(|f| f.severity >= Severity::High || f.severity == Severity::Medium && f.role != Role::Context);
    if !troubled && is_enough(scene) && unwell::signs(scene).is_empty() {
        Status::None
    } else {
        Status::Undetermined
    }
}

/// Logs and one view into the JVM of the same time: enough to say that nothing is wrong.
fn is_enough(scene: &Scene) -> bool {
    let has = |kinds: &[Kind]| {
        scene
            .case
            .artefacts
            .iter()
            .any(|a| kinds.contains(&a.kind) && !a.stale && a.coverage > 0.9)
    };
    has(&[Kind::Log]) && has(&[Kind::Javacore, Kind::ThreadDump, Kind::GcLog, Kind::Hprof, Kind::Phd])
}
