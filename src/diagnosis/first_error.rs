//! The first record of the incident.
//!
//! CONTRACT.md "Meanings": at or after the onset, of any level that announces trouble, on the error stream too, and
//! not an old routine error. A template is routine when it already came at a like rate before the onset.

use super::{
    scene::{Scene, Seen},
    themes::Theme,
    verdict::{Cause, FirstError},
};
use crate::logs::Level;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How much before the onset a record may lie: clocks of two files, whole minutes of a listing [P].
const SLACK: SignedDuration = SignedDuration::from_secs(5);

/// The first record, if any log has one.
pub fn find(scene: &Scene, onset: Option<Timestamp>, cause: Option<Cause>) -> Option<FirstError> {
    let from = onset.and_then(|o| o.checked_sub(SLACK).ok());
    let rates = Rates::of(scene, from);
    let candidates = || {
        scene
            .records
            .iter()
            .filter(|s| s.is_trouble() && s.log.access.is_none() && !is_noise(s))
            .filter(|s| s.at.is_some() && from.is_none_or(|from| s.at >= Some(from)))
            .filter(|s| !rates.is_routine(s))
    };
    let related = cause.map(themes_of).unwrap_or_default();
    // Among records of the same second the one that names the mechanism comes before the ones that follow from it.
    let first = candidates().next()?;
    let until = first
        .at
        .and_then(|at| at.checked_add(SignedDuration::from_secs(1)).ok());
    let best = candidates()
        .take_while(|s| s.at <= until)
        .find(|s| s.themes.any(related) && first.themes.is_empty())
        .unwrap_or(first);
    Some(FirstError {
        citation: best.cite(),
        time: best.at,
        exception: best.record.root_exception.clone(),
    })
}

/// Messages that announce nothing by themselves: dumps that somebody asked for, advice at stop and start.
fn is_noise(seen: &Seen) -> bool {
    let advice = seen.themes.has(Theme::AppLeak) || seen.record.first_line.contains("You need to add \"--add-opens");
    let entropy = seen.record.first_line.contains("Creation of SecureRandom instance");
    let cleared = seen.themes.has(Theme::HungCleared);
    advice || entropy || cleared
}

/// What records of a cause are about.
fn themes_of(cause: Cause) -> &'static [Theme] {
    match cause {
        Cause::HeapLeak | Cause::HeapLargeRequest | Cause::HeapUndersized => &[Theme::Oom],
        Cause::MetaspaceExhausted | Cause::ClassloaderLeak => &[Theme::OomMetaspace, Theme::Oom],
        Cause::ThreadExhaustion => &[Theme::OomThread],
        Cause::PoolExhaustion | Cause::ConnectionLeak => &[Theme::PoolTimeout, Theme::LeakReport],
        Cause::DownstreamDown => &[Theme::Refused, Theme::BackendGone],
        Cause::DiskFull => &[Theme::NoSpace],
        Cause::FdExhaustion => &[Theme::TooManyFiles],
        Cause::DeployFailure => &[Theme::Linkage, Theme::AppStartFailed],
        _ => &[],
    }
}

/// How often each template came before the onset.
struct Rates {
    before: BTreeMap<(u32, u32), (u64, u64)>,
    span_before_s: f64,
    span_after_s: f64,
    factor: f64,
}

impl Rates {
    fn of(scene: &Scene, from: Option<Timestamp>) -> Self {
        let mut before: BTreeMap<(u32, u32), (u64, u64)> = BTreeMap::new();
        for seen in &scene.records {
            let counts = before.entry(key(seen)).or_default();
            if from.is_some() && seen.at < from {
                counts.0 += 1;
            } else {
                counts.1 += 1;
            }
        }
        let seconds = |a: Option<Timestamp>, b: Option<Timestamp>| match (a, b) {
            (Some(a), Some(b)) => b.duration_since(a).as_secs_f64().max(1.0),
            _ => 1.0,
        };
        let (start, end) = (scene.case.window.map(|w| w.0), scene.case.window.map(|w| w.1));
        Self {
            before,
            span_before_s: seconds(start, from),
            span_after_s: seconds(from, end),
            factor: scene.limits.above_routine,
        }
    }

    /// True when the record's template came before at a rate that the time after does not exceed by far.
    fn is_routine(&self, seen: &Seen) -> bool {
        let Some((before, after)) = self.before.get(&key(seen)) else {
            return false;
        };
        if *before == 0 {
            return false;
        }
        let rate_before = *before as f64 / self.span_before_s;
        let rate_after = *after as f64 / self.span_after_s;
        rate_after < self.factor * rate_before || *before >= 3 && *after <= 3
    }
}

fn key(seen: &Seen) -> (u32, u32) {
    (seen.artefact.0, seen.record.template)
}

/// The first record of error level at all, for a case without an incident.
pub fn any(scene: &Scene) -> Option<FirstError> {
    let first = scene
        .records
        .iter()
        .find(|s| s.record.level >= Level::Error && s.log.access.is_none())?;
    Some(FirstError {
        citation: first.cite(),
        time: first.at,
        exception: first.record.root_exception.clone(),
    })
}
