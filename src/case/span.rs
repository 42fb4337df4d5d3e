//! When each artefact speaks, what is stale, and the window of the incident.

use super::{Case, names};
use crate::evidence::{ArtefactId, Evidence};
use goldenhour_parsers::{Kind, Stamp};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// First and last moment that an artefact speaks of.
pub(super) type Spans = BTreeMap<ArtefactId, (Timestamp, Timestamp)>;

/// Artefacts further from the incident than this belong to another day [P].
const ANOTHER_DAY: SignedDuration = SignedDuration::from_hours(12);

/// The span of every artefact that has times.
pub(super) fn spans(case: &Case, evidence: &Evidence) -> Spans {
    let mut spans = Spans::new();
    let mut note = |id: Option<ArtefactId>, stamp: Option<Stamp>| {
        if let Some(id) = id
            && let Some(stamp) = stamp
            && let Some(at) = case.instant(id, stamp)
        {
            let span = spans.entry(id).or_insert((at, at));
            *span = (span.0.min(at), span.1.max(at));
        }
    };
    for log in &case.logs {
        note(log.artefact, log.first_time);
        note(log.artefact, log.last_time);
    }
    for gc in &case.gcs {
        note(gc.artefact, gc.first);
        note(gc.artefact, gc.last);
    }
    for dump in &case.dumps {
        note(dump.artefact, dump.time);
    }
    for crash in &case.crashes {
        note(crash.artefact, crash.time);
    }
    for heap in &case.heaps {
        note(heap.artefact, heap.written);
    }
    for listing in &case.systems {
        note(listing.artefact, listing.time);
    }
    for artefact in &evidence.artefacts {
        if let (Some(civil), None) = (names::of(artefact.file_name()).time, spans.get(&artefact.id))
            && let Some(at) = case.instant(artefact.id, Stamp::local(civil))
        {
            spans.insert(artefact.id, (at, at));
        }
    }
    spans
}

/// Marks what belongs to another day and returns the window of the rest.
///
/// The JVM's own artefacts are put in order of their ends; the latest run of them without a pause of half a day is the
/// incident, everything that ended before it is stale. System listings do not start a run: a `df` of next week is no
/// incident, and `errpt` lists years.
pub(super) fn mark_stale(case: &mut Case, spans: &Spans) -> Option<(Timestamp, Timestamp)> {
    let of_the_jvm = |kind: Kind| {
        matches!(
            kind,
            Kind::Log
                | Kind::AccessLog
                | Kind::GcLog
                | Kind::Javacore
                | Kind::ThreadDump
                | Kind::HsErr
                | Kind::Hprof
                | Kind::Phd
                | Kind::ClassicHeap
        )
    };
    let mut runs: Vec<(Timestamp, Timestamp)> = case
        .artefacts
        .iter()
        .filter(|a| of_the_jvm(a.kind))
        .filter_map(|a| spans.get(&a.id).copied())
        .collect();
    runs.sort_by_key(|(first, last)| (std::cmp::Reverse(*last), *first));
    let mut window: Option<(Timestamp, Timestamp)> = None;
    for (first, last) in runs {
        match &mut window {
            None => window = Some((first, last)),
            Some(window) if window.0.duration_since(last) <= ANOTHER_DAY => window.0 = window.0.min(first),
            Some(_) => break,
        }
    }
    let (from, _) = window?;
    let stale_folders = stale_folders(case, spans, from);
    for artefact in &mut case.artefacts {
        artefact.stale = match spans.get(&artefact.id) {
            Some((_, last)) => of_the_jvm(artefact.kind) && from.duration_since(*last) > ANOTHER_DAY,
            None => stale_folders.iter().any(|folder| *folder == folder_of(&artefact.path)),
        };
    }
    window
}

fn folder_of(path: &str) -> String {
    path.rsplit_once('/')
        .map_or(String::new(), |(folder, _)| folder.to_owned())
}

/// Folders in which every dated artefact is from before the incident.
fn stale_folders(case: &Case, spans: &Spans, from: Timestamp) -> Vec<String> {
    let mut folders: BTreeMap<String, bool> = BTreeMap::new();
    for artefact in &case.artefacts {
        if let Some((_, last)) = spans.get(&artefact.id) {
            let old = from.duration_since(*last) > ANOTHER_DAY;
            let all_old = folders.entry(folder_of(&artefact.path)).or_insert(true);
            *all_old = *all_old && old;
        }
    }
    folders
        .into_iter()
        .filter(|(_, all_old)| *all_old)
        .map(|(folder, _)| folder)
        .collect()
}
