//! How facts are shown: on which clock, masked or not, with which artefact id.

use super::{address, cap, note_cap, share};
use crate::{
    case::{Case, CaseArtefact},
    evidence::{ArtefactId, Citation},
    report::{
        ArtefactView, Capped, EvidenceView, GapView, Moment,
        gaps::reason_text,
        mask::{Followed, mask},
    },
    words::Text,
};
use goldenhour_parsers::{CHINA, Gap, Stamp};
use jiff::{Timestamp, tz::Offset};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, sync::Arc};

/// Gaps listed for one artefact.
const MAX_GAPS: usize = 100;

/// The border between facts and model: every word passes it once, masked, and every time gets the report's clock.
#[derive(Debug, Clone)]
pub struct Shown {
    masked: bool,
    followed: Arc<Followed>,
    clock: Offset,
    offsets: BTreeMap<ArtefactId, Offset>,
}

impl Shown {
    /// For facts without a case (the single commands): every artefact at `clock`.
    pub fn at(clock: Offset, masked: bool) -> Self {
        Self {
            masked,
            followed: Arc::default(),
            clock,
            offsets: BTreeMap::new(),
        }
    }

    /// For a case: local times mean their artefact's offset, all are shown at the commonest one.
    pub fn of_case(case: &Case, masked: bool) -> Self {
        Self {
            masked,
            followed: Arc::default(),
            clock: commonest_offset(case),
            offsets: case.artefacts.iter().map(|a| (a.id, a.offset)).collect(),
        }
    }

    /// An instant on the report's clock.
    pub fn moment(&self, instant: Timestamp) -> Moment {
        Moment::new(instant, self.clock)
    }

    /// A stamp of an artefact as an instant.
    pub fn instant(&self, stamp: &Stamp, artefact: Option<ArtefactId>) -> Option<Timestamp> {
        let offset = artefact
            .and_then(|id| self.offsets.get(&id))
            .copied()
            .unwrap_or(self.clock);
        stamp.instant(offset)
    }

    /// A stamp of an artefact on the report's clock.
    pub fn stamp(&self, stamp: Option<&Stamp>, artefact: Option<ArtefactId>) -> super::MaybeMoment {
        self.instant(stamp?, artefact).map(|t| self.moment(t))
    }

    /// Words from evidence, masked; the same value has the same mask throughout.
    pub fn words(&self, words: &str) -> String {
        if self.masked {
            self.followed.mask(words)
        } else {
            words.to_owned()
        }
    }

    /// A name that other reports are to recognise (fingerprint, template), masked without telling values apart.
    pub fn name(&self, words: &str) -> String {
        if self.masked {
            mask(words).into_owned()
        } else {
            words.to_owned()
        }
    }

    /// A sentence of the tool, masked because it may quote evidence.
    pub fn text(&self, text: &Text) -> Text {
        Text::new(self.words(&text.zh), self.words(&text.en))
    }

    /// Figures and words of a finding or listing, masked; a `null` is left out.
    pub fn facts(&self, facts: &Map<String, Value>) -> Map<String, Value> {
        facts
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), self.value(value)?)))
            .collect()
    }

    fn value(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Null => None,
            Value::String(words) => Some(Value::String(self.words(words))),
            Value::Array(items) => Some(Value::Array(items.iter().filter_map(|i| self.value(i)).collect())),
            Value::Object(inner) => Some(Value::Object(self.facts(inner))),
            Value::Bool(_) | Value::Number(_) => Some(value.clone()),
        }
    }

    /// A place in an artefact.
    pub fn citation(&self, citation: &Citation) -> EvidenceView {
        EvidenceView {
            artefact: citation.artefact.to_string(),
            line: citation.line,
            offset: citation.offset,
            object: citation.object.map(address),
            quote: citation.quote.as_deref().map(|q| self.words(q)),
        }
    }
}

/// The artefact's id, empty when the facts came without one.
pub(super) fn id(artefact: Option<ArtefactId>) -> String {
    artefact.map(|a| a.to_string()).unwrap_or_default()
}

/// `p1` for index 0.
pub(super) fn process_id(index: usize) -> String {
    format!("p{}", index.saturating_add(1))
}

/// Gaps as the report lists them.
pub fn gaps_json(gaps: &[Gap]) -> Vec<GapView> {
    gaps.iter()
        .take(MAX_GAPS)
        .map(|gap| GapView {
            offset: gap.offset,
            length: gap.length,
            reason: reason_text(&gap.reason),
        })
        .collect()
}

pub(super) fn artefacts(case: &Case, shown: &Shown, capped: &mut Vec<Capped>) -> Vec<ArtefactView> {
    for artefact in &case.artefacts {
        note_cap(
            &format!("artefacts.{}.gaps", artefact.id),
            artefact.gaps.len(),
            MAX_GAPS,
            capped,
        );
    }
    cap(case.artefacts.iter(), "artefacts", capped, |a| artefact_view(a, shown))
}

fn artefact_view(artefact: &CaseArtefact, shown: &Shown) -> ArtefactView {
    ArtefactView {
        id: artefact.id.to_string(),
        path: artefact.path.clone(),
        kind: artefact.kind.name().to_owned(),
        bytes: artefact.bytes,
        sha256: artefact.sha256.clone(),
        parent: artefact.parent.map(|(parent, _)| parent.to_string()),
        offset: artefact.parent.map(|(_, offset)| offset),
        process: artefact.process.map(process_id),
        coverage: Some(share(artefact.coverage)),
        time: artefact.time.map(|t| shown.moment(t)),
        zone_assumed: artefact.offset_assumed,
        stale: artefact.stale,
        gaps: gaps_json(&artefact.gaps),
    }
}

/// The offset most artefacts of the incident use; ties and emptiness go to +08:00.
fn commonest_offset(case: &Case) -> Offset {
    let mut counts: BTreeMap<i32, usize> = BTreeMap::new();
    for artefact in case.artefacts.iter().filter(|a| !a.stale) {
        *counts.entry(artefact.offset.seconds()).or_default() += 1;
    }
    let rank = |seconds: i32, count: usize| (count, seconds == CHINA.seconds(), std::cmp::Reverse(seconds));
    counts
        .into_iter()
        .max_by_key(|(seconds, count)| rank(*seconds, *count))
        .and_then(|(seconds, _)| Offset::from_seconds(seconds).ok())
        .unwrap_or(CHINA)
}
