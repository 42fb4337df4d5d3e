//! The diagnosis side: hypotheses, findings, actions, timeline.

use super::{
    MAX_ROWS, Shown, note_cap, share,
    shown::{id, process_id},
};
use crate::{
    case::{Case, Event},
    diagnosis::{Action, Answer, Diagnosis, Finding, FirstError, Missing},
    report::{ActionView, Capped, EventView, FindingView, FirstErrorView, HypothesisView, MissingView, Reply, YesNo},
};

/// Citations listed for one finding.
const MAX_EVIDENCE: usize = 50;

pub(super) fn reply(answer: &Answer, shown: &Shown) -> Reply {
    Reply {
        answer: match answer.answer {
            Some(true) => YesNo::Yes,
            Some(false) => YesNo::No,
            None => YesNo::Unknown,
        },
        why: answer.why.iter().map(|w| shown.text(w)).collect(),
    }
}

pub(super) fn first_error(error: &FirstError, shown: &Shown) -> FirstErrorView {
    FirstErrorView {
        artefact: id(Some(error.citation.artefact)),
        line: error.citation.line,
        time: error.time.map(|t| shown.moment(t)),
        exception: error.exception.clone(),
        message: error.citation.quote.as_deref().map(|q| shown.words(q)),
    }
}

pub(super) fn missing(missing: &Missing, shown: &Shown) -> MissingView {
    MissingView {
        what: shown.text(&missing.what),
        why_it_matters: shown.text(&missing.why_it_matters),
        how_to_get: shown.text(&missing.how_to_get),
    }
}

pub(super) fn action(action: &Action, shown: &Shown) -> ActionView {
    ActionView {
        id: action.id.to_owned(),
        stage: action.stage,
        title: shown.text(&action.title),
        command: action.command.as_deref().map(|c| shown.words(c)),
        expected: shown.text(&action.expected),
        risk: shown.text(&action.risk),
        rollback: shown.text(&action.rollback),
        approval: shown.text(&action.approval),
        due: action.due.map(|t| shown.moment(t)),
        verify: shown.text(&action.verify),
        because: action.because.clone(),
    }
}

pub(super) fn hypotheses(diagnosis: &Diagnosis, shown: &Shown) -> Vec<HypothesisView> {
    (1..)
        .zip(&diagnosis.hypotheses)
        .map(|(rank, hypothesis)| HypothesisView {
            rank,
            cause: hypothesis.cause,
            score: share(hypothesis.score),
            confidence: hypothesis.confidence,
            supporting: hypothesis.supporting.clone(),
            against: hypothesis.against.clone(),
            check: hypothesis.check.as_ref().map(|c| shown.text(c)),
        })
        .collect()
}

pub(super) fn findings(diagnosis: &Diagnosis, shown: &Shown, capped: &mut Vec<Capped>) -> Vec<FindingView> {
    for finding in &diagnosis.findings {
        note_cap(
            &format!("findings.{}.evidence", finding.reference()),
            finding.evidence.len(),
            MAX_EVIDENCE,
            capped,
        );
    }
    super::cap(diagnosis.findings.iter(), "findings", capped, |f| finding(f, shown))
}

fn finding(finding: &Finding, shown: &Shown) -> FindingView {
    FindingView {
        id: finding.id.to_owned(),
        n: finding.n,
        cause: finding.cause,
        severity: finding.severity,
        role: finding.role,
        process: finding.process.map(process_id),
        title: shown.text(&finding.title),
        detail: shown.text(&finding.detail),
        time: finding.time.map(|t| shown.moment(t)),
        coverage: Some(share(finding.coverage)),
        subject: finding.subject.as_deref().map(|s| shown.name(s)),
        facts: shown.facts(&finding.facts),
        evidence: finding
            .evidence
            .iter()
            .take(MAX_EVIDENCE)
            .map(|c| shown.citation(c))
            .collect(),
    }
}

/// The events nearest to the onset, in order of time.
pub(super) fn timeline(case: &Case, diagnosis: &Diagnosis, shown: &Shown, capped: &mut Vec<Capped>) -> Vec<EventView> {
    note_cap("timeline", case.timeline.len(), MAX_ROWS, capped);
    let mut events: Vec<&Event> = case.timeline.iter().collect();
    if let (true, Some(onset)) = (events.len() > MAX_ROWS, diagnosis.onset) {
        events.sort_by_key(|e| e.time.as_second().abs_diff(onset.as_second()));
    }
    events.truncate(MAX_ROWS);
    events.sort_by_key(|e| e.time);
    events.into_iter().map(|event| event_view(event, shown)).collect()
}

fn event_view(event: &Event, shown: &Shown) -> EventView {
    EventView {
        time: shown.moment(event.time),
        uncertainty_s: super::figure(event.uncertainty_s),
        what: shown.text(&event.what),
        kind: event.kind.to_owned(),
        artefact: id(Some(event.citation.artefact)),
        line: event.citation.line,
    }
}
