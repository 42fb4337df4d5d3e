//! The first record of the incident.
//!
//! CONTRACT.md "Meanings": at or after the onset, of any level that announces trouble, on the error stream too, and
//! not an old routine error. A message is routine when it already came at a like rate before the onset.

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

/// Records this close tell one event [P].
const TOGETHER: SignedDuration = SignedDuration::from_secs(10);

/// The first record, if any log has one.
pub fn find(scene: &Scene, onset: Option<Timestamp>, cause: Option<Cause>) -> Option<FirstError> {
    let from = onset.and_then(|o| o.checked_sub(SLACK).ok());
    let rates = Rates::of(scene, from);
    let related = cause.map(themes_of).unwrap_or_default();
    let candidates: Vec<&Seen> = scene
        .records
        .iter()
        .filter(|s| s.is_trouble() && s.log.access.is_none() && !is_advice(s))
        .filter(|s| s.at.is_some() && from.is_none_or(|from| s.at >= Some(from)))
        .filter(|s| !rates.is_routine(s))
        .collect();
    // Notices of slowness and of dumps stand in when nothing else was written.
    let told = candidates.iter().copied().find(|s| !is_notice(s));
    let best = match told {
        Some(first) => nearest_to_the_mechanism(&candidates, first, related),
        None => undated(scene, related).or_else(|| candidates.first().copied())?,
    };
    let best = match undated(scene, related) {
        // The error stream of many products has no times; what it says of the cause itself comes before its consequences.
        Some(stream) if !related.is_empty() && !candidates.iter().any(|s| s.themes.any(related) && !is_notice(s)) => {
            stream
        }
        _ => best,
    };
    Some(shown(best))
}

/// Among records written together the one that names the mechanism comes before those that follow from it: the VM throws
/// first and a logger writes later, behind dumps and full queues.
fn nearest_to_the_mechanism<'s, 'a>(
    candidates: &[&'s Seen<'a>],
    first: &'s Seen<'a>,
    related: &[Theme],
) -> &'s Seen<'a> {
    if first.themes.any(related) {
        return first;
    }
    let until = first.at.and_then(|at| at.checked_add(TOGETHER).ok());
    candidates
        .iter()
        .filter(|s| s.at >= first.at && s.at <= until && !is_notice(s))
        .find(|s| s.themes.any(related))
        .unwrap_or(&first)
}

/// The first record without a time that is about the cause.
fn undated<'s, 'a>(scene: &'s Scene<'a>, related: &[Theme]) -> Option<&'s Seen<'a>> {
    scene
        .records
        .iter()
        .find(|s| s.at.is_none() && s.is_trouble() && s.themes.any(related) && !is_notice(s))
}

/// Advice at stop and start, and hang reports taken back: they announce nothing.
fn is_advice(seen: &Seen) -> bool {
    let text = &seen.record.first_line;
    seen.themes.any(&[Theme::AppLeak, Theme::HungCleared])
        || text.contains("You need to add \"--add-opens")
        || text.contains("Creation of SecureRandom instance")
}

/// The VM's notices of dumps it writes, and self-reports of slowness.
fn is_notice(seen: &Seen) -> bool {
    seen.themes.has(Theme::VmDump) || seen.themes.has(Theme::SlowRequest) && seen.record.exceptions.is_empty()
}

fn shown(best: &Seen) -> FirstError {
    let mut citation = best.cite();
    // Where the header only says that something failed, what failed stands in the line below it.
    if let (Some(quote), Some(link)) = (&mut citation.quote, best.record.chain.first())
        && let Some(class) = best.record.exceptions.first()
        && !quote.contains(class.as_str())
    {
        quote.push_str(" … ");
        quote.push_str(link.trim_end_matches([':', ' ']));
    }
    FirstError {
        citation,
        time: best.at,
        exception: best.record.root_exception.clone(),
    }
}

/// What records of a cause are about.
fn themes_of(cause: Cause) -> &'static [Theme] {
    match cause {
        Cause::HeapLeak | Cause::HeapLargeRequest | Cause::HeapUndersized | Cause::FinalizerBacklog => &[Theme::Oom],
        Cause::MetaspaceExhausted | Cause::ClassloaderLeak => &[Theme::OomMetaspace, Theme::Oom],
        Cause::ThreadExhaustion => &[Theme::OomThread],
        Cause::DirectMemoryExhausted | Cause::NativeMemoryExhausted => &[Theme::OomDirect, Theme::OomNative],
        Cause::DownstreamDown => &[Theme::Refused, Theme::BackendGone],
        Cause::DiskFull => &[Theme::NoSpace],
        Cause::FdExhaustion => &[Theme::TooManyFiles],
        Cause::DeployFailure => &[Theme::Linkage, Theme::AppStartFailed],
        Cause::StackOverflow => &[Theme::StackOverflow],
        Cause::JvmCrashNative | Cause::JvmCrashJit => &[Theme::VmCrash],
        _ => &[],
    }
}

/// How often each message came before the onset and after it.
struct Rates {
    counts: BTreeMap<String, (u64, u64)>,
    span_before_s: f64,
    span_after_s: f64,
    factor: f64,
}

impl Rates {
    fn of(scene: &Scene, from: Option<Timestamp>) -> Self {
        let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for seen in scene.records.iter().filter(|s| s.is_trouble() && s.at.is_some()) {
            let count = counts.entry(key(seen)).or_default();
            if from.is_some() && seen.at < from {
                count.0 += 1;
            } else {
                count.1 += 1;
            }
        }
        let seconds = |a: Option<Timestamp>, b: Option<Timestamp>| match (a, b) {
            (Some(a), Some(b)) => b.duration_since(a).as_secs_f64().max(1.0),
            _ => 1.0,
        };
        let (start, end) = (scene.case.window.map(|w| w.0), scene.case.window.map(|w| w.1));
        Self {
            counts,
            span_before_s: seconds(start, from),
            span_after_s: seconds(from, end),
            factor: scene.limits.above_routine,
        }
    }

    /// True when the message came before at a rate that the time after does not exceed by far.
    fn is_routine(&self, seen: &Seen) -> bool {
        let Some((before, after)) = self.counts.get(&key(seen)) else {
            return false;
        };
        if *before == 0 {
            return false;
        }
        let rate_before = *before as f64 / self.span_before_s;
        let rate_after = *after as f64 / self.span_after_s;
        rate_after < self.factor * rate_before || *after <= 3
    }
}

/// A message without its numbers, the same across rotated files (templates are numbered per file).
fn key(seen: &Seen) -> String {
    const LONGEST: usize = 80;
    let record = seen.record;
    let message = record.message.lines().next().unwrap_or("");
    let words = message.chars().filter(|c| !c.is_ascii_digit()).take(LONGEST);
    let mut key = record.logger.clone().unwrap_or_default();
    key.push('|');
    key.extend(words);
    key
}

/// The first record of error level at all, for a case without an incident.
pub fn any(scene: &Scene) -> Option<FirstError> {
    let error = |s: &&Seen| s.record.level >= Level::Error && s.log.access.is_none();
    scene.records.iter().find(error).map(shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::Build;
    use crate::site::Site;

    fn first(build: Build, onset: &str, cause: Cause) -> String {
        let case = build.case();
        let site = Site::default();
        let onset: Timestamp = format!("2026-11-20T{onset}+08:00").parse().unwrap();
        find(&Scene::new(&case, &site), Some(onset), Some(cause))
            .unwrap()
            .citation
            .quote
            .unwrap()
    }

    #[test]
    fn an_old_routine_warning_is_not_the_first_error() {
        let mut build = Build::new();
        for minute in 0..20 {
            build = build.log(&format!("10:{minute:02}:00 W screen 3 sent no heartbeat, run {minute}"));
        }
        build = build
            .log("10:20:01 W screen 3 sent no heartbeat, run 20")
            .log("10:20:05 E java.lang.OutOfMemoryError: Java heap space");
        assert!(first(build, "10:20:00", Cause::HeapLeak).contains("OutOfMemoryError"));
    }

    #[test]
    fn a_notice_of_slowness_stands_back_behind_an_error() {
        let build = Build::new()
            .log("10:20:00 W slow request took=3000ms")
            .log("10:20:03 E java.io.IOException: gone");
        assert!(first(build, "10:20:00", Cause::PoolExhaustion).contains("IOException"));
        let only = Build::new().log("10:20:00 W slow request took=3000ms");
        assert!(first(only, "10:20:00", Cause::PoolExhaustion).contains("slow request"));
    }
}
