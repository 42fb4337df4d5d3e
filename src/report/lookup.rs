//! Reading the model: names of places, and what several rows of it say together.

use super::{ArtefactView, BlockerView, DeadlockView, EvidenceView, FindingView, ReportModel};
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

    /// The last part of the path.
    pub(super) fn file_name(&self, id: &'m str) -> &'m str {
        let path = self.path(id);
        path.rsplit('/').next().unwrap_or(path)
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
