//! Reading the model: names of places, and what several rows of it say together.

use super::{
    ActionView, ArtefactView, BlockerView, DeadlockView, EvidenceView, FindingView, ReportModel, columns::width,
};
use crate::diagnosis::Stage;
use std::collections::BTreeMap;

/// The model with an index on its ids.
pub(super) struct Lookup<'m> {
    model: &'m ReportModel,
    artefacts: BTreeMap<&'m str, &'m ArtefactView>,
}

impl<'m> Lookup<'m> {
    pub(super) fn new(model: &'m ReportModel) -> Self {
        Self {
            model,
            artefacts: model.artefacts.iter().map(|a| (a.id.as_str(), a)).collect(),
        }
    }

    pub(super) fn artefact(&self, id: &str) -> Option<&'m ArtefactView> {
        self.artefacts.get(id).copied()
    }

    /// The artefact's path, or its id when the report does not list it.
    pub(super) fn path(&self, id: &'m str) -> &'m str {
        self.artefact(id).map_or(id, |a| a.path.as_str())
    }

    /// `logs/SystemOut.log:812`, `heap.phd @ 0x…`, `f.log +40112`.
    pub(super) fn place(&self, evidence: &'m EvidenceView) -> String {
        place(
            self.path(&evidence.artefact),
            evidence.line,
            evidence.offset,
            evidence.object.as_deref(),
        )
    }

    /// The finding a reference (`heap.leak#1`) names.
    pub(super) fn finding(&self, reference: &str) -> Option<&'m FindingView> {
        self.model.findings.iter().find(|f| f.reference() == reference)
    }
}

/// A path with the place in it.
pub(super) fn place(path: &str, line: Option<u64>, offset: Option<u64>, object: Option<&str>) -> String {
    match (line, object, offset) {
        (Some(line), ..) => format!("{path}:{line}"),
        (None, Some(object), _) => format!("{path} @ {object}"),
        (None, None, Some(offset)) => format!("{path} +{offset}"),
        (None, None, None) => path.to_owned(),
    }
}

/// Deadlocks once each, although every dump of a series shows them again, with the number of dumps.
pub(super) fn distinct_deadlocks(model: &ReportModel) -> Vec<(&DeadlockView, usize)> {
    let mut rows: Vec<(&DeadlockView, usize)> = Vec::new();
    let mut index: BTreeMap<(Option<&str>, Vec<&str>), usize> = BTreeMap::new();
    for deadlock in &model.deadlocks {
        let mut threads: Vec<&str> = deadlock.threads.iter().map(String::as_str).collect();
        threads.sort_unstable();
        let at = *index
            .entry((deadlock.process.as_deref(), threads))
            .or_insert(rows.len());
        match rows.get_mut(at) {
            Some(row) => {
                row.1 += 1;
                if deadlock.victims > row.0.victims {
                    row.0 = deadlock;
                }
            }
            None => rows.push((deadlock, 1)),
        }
    }
    rows
}

/// Blockers once for a holder and lock class, each in its worst dump, most victims first.
pub(super) fn distinct_blockers(model: &ReportModel) -> Vec<&BlockerView> {
    let mut worst: BTreeMap<(&str, &str), &BlockerView> = BTreeMap::new();
    for blocker in &model.blockers {
        let kept = worst.entry((&blocker.thread, &blocker.lock_class)).or_insert(blocker);
        if (blocker.victims, blocker.blocked) > (kept.victims, kept.blocked) {
            *kept = blocker;
        }
    }
    let mut rows: Vec<&BlockerView> = worst.into_values().collect();
    rows.sort_by_key(|b| std::cmp::Reverse((b.victims, b.blocked)));
    rows
}

/// What the incident is called: the site and the processes it hit.
pub(super) fn incident_name(model: &ReportModel) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    for process in &model.processes {
        let name = match (&process.name, &process.host) {
            (Some(name), Some(host)) => format!("{name}@{host}"),
            (Some(name), None) => name.clone(),
            (None, Some(host)) => host.clone(),
            (None, None) => continue,
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.truncate(3);
    let processes = (!names.is_empty()).then(|| names.join(" · "));
    match (&model.incident.site, processes) {
        (Some(site), Some(processes)) => Some(format!("{site} · {processes}")),
        (site, processes) => processes.or_else(|| site.clone()),
    }
}

/// Findings that speak for the verdict, the runner-up's left out.
pub(super) fn proving_findings(model: &ReportModel) -> Vec<&FindingView> {
    let Some(first) = model
        .hypotheses
        .first()
        .filter(|h| Some(h.cause) == model.verdict.cause)
    else {
        return Vec::new();
    };
    let found = model
        .findings
        .iter()
        .filter(|f| first.supporting.contains(&f.reference()));
    found.collect()
}

/// Kinds of artefact that the verdict rests on.
pub(super) fn kinds_of_proof(model: &ReportModel) -> Vec<&str> {
    let lookup = Lookup::new(model);
    let mut kinds: Vec<&str> = Vec::new();
    for evidence in proving_findings(model).iter().flat_map(|f| &f.evidence) {
        if let Some(artefact) = lookup.artefact(&evidence.artefact)
            && !kinds.contains(&artefact.kind.as_str())
        {
            kinds.push(&artefact.kind);
        }
    }
    kinds
}

/// The first places of the proof, one of each finding before the second of any.
pub(super) fn proof(model: &ReportModel, most: usize) -> Vec<&EvidenceView> {
    let findings = proving_findings(model);
    let longest = findings.iter().map(|f| f.evidence.len()).max().unwrap_or(0);
    let mut places: Vec<&EvidenceView> = Vec::new();
    for turn in 0..longest {
        for evidence in findings.iter().filter_map(|f| f.evidence.get(turn)) {
            if places.len() < most && !places.contains(&evidence) {
                places.push(evidence);
            }
        }
    }
    places
}

/// Evidence to preserve and at most three things to do now; the next stage's when nothing is urgent.
pub(super) fn actions_now(model: &ReportModel) -> Vec<&ActionView> {
    let of = |stage: Stage, most: usize| model.actions.iter().filter(move |a| a.stage == stage).take(most);
    let mut actions: Vec<&ActionView> = of(Stage::Preserve, 1).chain(of(Stage::Now, 3)).collect();
    if actions.is_empty() {
        actions = of(Stage::Hour, 3).collect();
    }
    actions
}

/// A long path from its end: the file name matters most.
pub(super) fn cut_path(path: &str, columns: usize) -> String {
    if width(path) <= columns {
        return path.to_owned();
    }
    let mut tail: Vec<char> = Vec::new();
    let mut used = 1;
    for c in path.chars().rev() {
        used += unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        if used > columns {
            break;
        }
        tail.push(c);
    }
    std::iter::once('…').chain(tail.into_iter().rev()).collect()
}
