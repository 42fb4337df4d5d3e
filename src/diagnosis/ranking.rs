//! From findings to ranked explanations.
//!
//! HEURISTICS.md §2: specificity, precedence in time, independent kinds of artefact, coverage; then the edges that
//! say which cause explains which, so that victims are not listed beside their cause.

use super::{
    causes, pressure,
    scene::Scene,
    verdict::{Cause, Confidence, Finding, Hypothesis, Role},
};
use goldenhour_parsers::Kind;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Weight of an item by its strength 1…5 [P].
const WEIGHTS: [f64; 6] = [0.0, 0.08, 0.2, 0.42, 0.68, 1.0];
/// Share that each further kind of artefact adds [P].
const FURTHER_KIND: f64 = 0.25;
/// A consequence may show this long before its cause without contradiction [P].
const SLACK_S: i64 = 180;
/// Below this an explanation is a guess: the verdict is "undetermined" [P].
pub const BAR: f64 = 0.2;

/// Which cause makes which others look like causes.
const EXPLAINS: &[(Cause, &[Cause])] = {
    use Cause::*;
    &[
        (
            DiskFull,
            &[
                DeployFailure,
                DataError,
                LockContention,
                ConfigError,
                PoolExhaustion,
                DownstreamSlow,
                FdExhaustion,
            ],
        ),
        (HeapLeak, &HEAP_VICTIMS),
        (HeapLargeRequest, &HEAP_VICTIMS),
        (HeapUndersized, &HEAP_VICTIMS),
        (
            ClassloaderLeak,
            &[
                MetaspaceExhausted,
                HeapLeak,
                HeapUndersized,
                HeapLargeRequest,
                DeployFailure,
                GcMisconfigured,
                InfiniteLoop,
                PoolExhaustion,
            ],
        ),
        (
            MetaspaceExhausted,
            &[DeployFailure, GcMisconfigured, HeapUndersized, InfiniteLoop],
        ),
        (FinalizerBacklog, &[HeapLeak, HeapUndersized, GcMisconfigured]),
        (
            DirectMemoryExhausted,
            &[
                NativeMemoryExhausted,
                HeapUndersized,
                HeapLargeRequest,
                HeapLeak,
                GcMisconfigured,
            ],
        ),
        (
            ThreadExhaustion,
            &[
                NativeMemoryExhausted,
                PoolExhaustion,
                HeapUndersized,
                HeapLargeRequest,
                HeapLeak,
                JvmCrashNative,
            ],
        ),
        (NativeMemoryExhausted, &[JvmCrashNative, JvmCrashJit]),
        (
            Deadlock,
            &[
                LockContention,
                PoolExhaustion,
                DownstreamSlow,
                ConnectionLeak,
                ThreadExhaustion,
                DownstreamDown,
                ExternalKill,
            ],
        ),
        (
            LockContention,
            &[PoolExhaustion, ThreadExhaustion, ConnectionLeak, DownstreamSlow],
        ),
        (
            ConnectionLeak,
            &[PoolExhaustion, DownstreamSlow, LockContention, DataError],
        ),
        (
            DownstreamSlow,
            &[
                PoolExhaustion,
                LockContention,
                ConnectionLeak,
                ThreadExhaustion,
                NetworkFailure,
                DataError,
                HeapLargeRequest,
            ],
        ),
        (
            DownstreamDown,
            &[
                PoolExhaustion,
                DownstreamSlow,
                ConnectionLeak,
                ConfigError,
                DataError,
                LockContention,
                NetworkFailure,
                DeployFailure,
            ],
        ),
        (
            NetworkFailure,
            &[
                DownstreamDown,
                DownstreamSlow,
                PoolExhaustion,
                LockContention,
                ConnectionLeak,
                DataError,
            ],
        ),
        (
            HostOverload,
            &[
                DownstreamSlow,
                LockContention,
                PoolExhaustion,
                GcMisconfigured,
                ConnectionLeak,
            ],
        ),
        (
            InfiniteLoop,
            &[
                LockContention,
                HostOverload,
                PoolExhaustion,
                DownstreamSlow,
                GcMisconfigured,
                ConnectionLeak,
            ],
        ),
        (DeployFailure, &[DataError, ConfigError, PoolExhaustion, StackOverflow]),
        (
            ConfigError,
            &[
                ConnectionLeak,
                NetworkFailure,
                DownstreamDown,
                PoolExhaustion,
                DeployFailure,
                DataError,
            ],
        ),
        (StackOverflow, &[DataError, DownstreamSlow, PoolExhaustion]),
        (
            FdExhaustion,
            &[
                DownstreamDown,
                NetworkFailure,
                DeployFailure,
                ConfigError,
                DataError,
                DiskFull,
                PoolExhaustion,
            ],
        ),
        (OomKiller, &[ExternalKill, JvmCrashNative, DownstreamDown, HostOverload]),
        (JvmCrashNative, &[ExternalKill, DownstreamDown, DownstreamSlow]),
        (
            JvmCrashJit,
            &[ExternalKill, JvmCrashNative, DownstreamDown, DownstreamSlow],
        ),
        (ExternalKill, &[DownstreamDown, DownstreamSlow, JvmCrashNative]),
        (GcMisconfigured, &[DownstreamSlow, PoolExhaustion, LockContention]),
    ]
};

const HEAP_VICTIMS: [Cause; 13] = {
    use Cause::*;
    [
        GcMisconfigured,
        PoolExhaustion,
        DownstreamSlow,
        LockContention,
        HostOverload,
        ConnectionLeak,
        InfiniteLoop,
        NetworkFailure,
        DownstreamDown,
        ExternalKill,
        DataError,
        DeployFailure,
        FinalizerBacklog,
    ]
};

/// One cause with what speaks for it.
#[derive(Debug, Clone)]
struct Scored {
    cause: Cause,
    score: f64,
    strength: u8,
    kinds: usize,
    ceiling: Option<Confidence>,
    since: Option<Timestamp>,
    supporting: Vec<usize>,
    explained_by: Option<Cause>,
}

/// The ranking of one case.
#[derive(Debug, Clone, Default)]
pub struct Ranking {
    /// Explanations by rank; victims are not among them.
    pub hypotheses: Vec<Hypothesis>,
    /// Which cause was explained by which.
    pub explained: Vec<(Cause, Cause)>,
}

/// Ranks the findings and marks those of explained causes as victims.
pub fn rank(scene: &Scene, findings: &mut [Finding]) -> Ranking {
    let mut scored = score_all(scene, findings);
    explain(&mut scored);
    for cause in scored.iter().filter(|s| s.explained_by.is_some()) {
        for index in &cause.supporting {
            if let Some(finding) = findings.get_mut(*index)
                && finding.role == Role::Cause
            {
                finding.role = Role::Victim;
            }
        }
    }
    let explained = scored.iter().filter_map(|s| Some((s.cause, s.explained_by?))).collect();
    let standing: Vec<&Scored> = scored.iter().filter(|s| s.explained_by.is_none()).collect();
    let hypotheses = standing
        .iter()
        .enumerate()
        .map(|(rank, s)| hypothesis(s, rank, &standing, findings))
        .collect();
    Ranking { hypotheses, explained }
}

fn score_all(scene: &Scene, findings: &[Finding]) -> Vec<Scored> {
    let mut by_cause: BTreeMap<Cause, Vec<usize>> = BTreeMap::new();
    for (index, finding) in findings.iter().enumerate() {
        if finding.cause != Cause::None && finding.role != Role::Context {
            by_cause.entry(finding.cause).or_default().push(index);
        }
    }
    let mut scored: Vec<Scored> = by_cause
        .into_iter()
        .map(|(cause, supporting)| score(scene, findings, cause, supporting))
        .collect();
    let earliest = scored.iter().filter(|s| s.strength >= 3).filter_map(|s| s.since).min();
    let full = ran_out_of_heap(scene);
    for s in &mut scored {
        s.score *= lateness(s.since, earliest);
        // A finalizer caught in the same code twice is held up by that code; the full heap came of it.
        let held_up = s.cause == Cause::FinalizerBacklog && s.strength >= 4;
        if s.strength < 5
            && !held_up
            && HEAP_VICTIMS.contains(&s.cause)
            && s.since.zip(full).is_some_and(|(s, full)| s >= full)
        {
            s.score *= AFTER_FULL_HEAP;
        }
    }
    scored.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then(base_rate(a.cause).cmp(&base_rate(b.cause)))
    });
    scored
}

fn score(scene: &Scene, findings: &[Finding], cause: Cause, supporting: Vec<usize>) -> Scored {
    let of_cause = || supporting.iter().filter_map(|i| findings.get(*i));
    let mut best_of_kind: BTreeMap<u8, f64> = BTreeMap::new();
    let mut strength = 0;
    let mut coverage: f64 = 0.0;
    for finding in of_cause() {
        let weight = WEIGHTS.get(usize::from(finding.strength)).copied().unwrap_or(0.0);
        // What a detector itself calls a consequence speaks for its cause only faintly.
        let weight = if finding.role == Role::Victim {
            weight * 0.3
        } else {
            weight
        };
        if finding.role != Role::Victim {
            strength = strength.max(finding.strength);
            coverage = coverage.max(finding.coverage);
        }
        for citation in &finding.evidence {
            let kind = scene.case.artefact(citation.artefact).map_or(0, |a| kind_group(a.kind));
            let entry = best_of_kind.entry(kind).or_insert(0.0);
            *entry = entry.max(weight);
        }
    }
    let best = best_of_kind.values().copied().fold(0.0, f64::max);
    let further = best_of_kind.len().saturating_sub(1).min(3) as f64;
    let score = best * (1.0 + FURTHER_KIND * further) * (0.55 + 0.45 * coverage.min(1.0)) / (1.0 + FURTHER_KIND * 3.0);
    // A finding without a ceiling lifts that of the others.
    let causes = || of_cause().filter(|f| f.role != Role::Victim);
    let ceiling = if causes().any(|f| f.ceiling.is_none()) {
        None
    } else {
        causes().filter_map(|f| f.ceiling).max()
    };
    let since = of_cause()
        .filter(|f| f.role != Role::Victim)
        .filter_map(|f| f.time)
        .min();
    Scored {
        cause,
        score,
        strength,
        kinds: best_of_kind.len(),
        ceiling,
        since,
        supporting,
        explained_by: None,
    }
}

/// What a full heap brings about and what began only after it ran out counts this much [P].
const AFTER_FULL_HEAP: f64 = 0.4;

/// When a process first ran out of heap, or its collections no longer freed any. What began later did not fill it.
fn ran_out_of_heap(scene: &Scene) -> Option<Timestamp> {
    pressure::of(scene).iter().filter_map(|p| p.began).min()
}

/// Kinds of artefact that are independent witnesses of each other.
fn kind_group(kind: Kind) -> u8 {
    match kind {
        Kind::Hprof | Kind::Phd | Kind::ClassicHeap => 1,
        Kind::Javacore | Kind::ThreadDump => 2,
        Kind::GcLog => 3,
        Kind::Log => 4,
        Kind::AccessLog => 5,
        Kind::HsErr | Kind::Core => 6,
        Kind::System | Kind::JvmListing => 7,
        Kind::Database => 8,
        Kind::Text | Kind::Archive | Kind::Unknown => 0,
    }
}

/// A cause whose first evidence comes after the trouble began counts less; by how much grows with the delay.
fn lateness(since: Option<Timestamp>, earliest: Option<Timestamp>) -> f64 {
    match (since, earliest) {
        (Some(since), Some(earliest)) => match since.duration_since(earliest).as_secs() {
            ..=180 => 1.0,
            181..=900 => 0.9,
            _ => 0.8,
        },
        _ => 0.95,
    }
}

/// Place in the base rates of a hospital on WebSphere and AIX (HEURISTICS.md §2.12), for ties only.
fn base_rate(cause: Cause) -> usize {
    use Cause::*;
    const ORDER: [Cause; 12] = [
        DownstreamSlow,
        HeapLeak,
        HeapLargeRequest,
        ConnectionLeak,
        PoolExhaustion,
        DeployFailure,
        DiskFull,
        NativeMemoryExhausted,
        ThreadExhaustion,
        NetworkFailure,
        JvmCrashNative,
        JvmCrashJit,
    ];
    ORDER.iter().position(|c| *c == cause).unwrap_or(ORDER.len())
}

/// Marks what others explain. The strongest speak first; an explained cause explains nothing itself, so that two causes
/// that could explain each other do not both vanish.
fn explain(scored: &mut [Scored]) {
    let mut order: Vec<usize> = (0..scored.len()).collect();
    order.sort_by(|a, b| {
        let of = |i: &usize| scored.get(*i).map(|s| (explains_count(s.cause, scored), s.score));
        let (a, b) = (of(a), of(b));
        b.map(|x| x.0)
            .cmp(&a.map(|x| x.0))
            .then(b.map_or(0.0, |x| x.1).total_cmp(&a.map_or(0.0, |x| x.1)))
    });
    order.sort_by(|a, b| {
        let score = |i: &usize| scored.get(*i).map_or(0.0, |s| s.score);
        score(b).total_cmp(&score(a))
    });
    // Weaker explanations may still explain stronger-looking symptoms (a leak behind an exhausted pool), so all pairs are looked at.
    for &explainer in &order {
        let Some(by) = scored.get(explainer).cloned() else {
            continue;
        };
        if by.explained_by.is_some() || by.strength < 3 || by.score < BAR * 0.8 {
            continue;
        }
        let victims = EXPLAINS
            .iter()
            .find(|(c, _)| *c == by.cause)
            .map_or(&[][..], |(_, v)| *v);
        for other in scored.iter_mut() {
            let reachable = victims.contains(&other.cause) && other.explained_by.is_none();
            if reachable && holds(&by, other) {
                other.explained_by = Some(by.cause);
            }
        }
    }
}

fn explains_count(cause: Cause, scored: &[Scored]) -> usize {
    let victims = EXPLAINS.iter().find(|(c, _)| *c == cause).map_or(&[][..], |(_, v)| *v);
    scored.iter().filter(|s| victims.contains(&s.cause)).count()
}

/// The edge holds unless the other one is proven while this is not, or clearly came first.
fn holds(by: &Scored, other: &Scored) -> bool {
    let mutual = EXPLAINS.iter().any(|(c, v)| *c == other.cause && v.contains(&by.cause));
    if mutual && other.score > by.score {
        return false;
    }
    let proven_against = other.strength == 5 && by.strength < 4 || other.strength > by.strength + 1;
    let came_first = match (by.since, other.since) {
        (Some(by), Some(other)) => by.duration_since(other).as_secs() > SLACK_S,
        _ => false,
    };
    !(proven_against || came_first && other.strength >= by.strength)
}

fn hypothesis(scored: &Scored, rank: usize, all: &[&Scored], findings: &[Finding]) -> Hypothesis {
    let references = |s: &Scored| {
        s.supporting
            .iter()
            .filter_map(|i| findings.get(*i))
            .map(Finding::reference)
            .collect::<Vec<_>>()
    };
    let against: Vec<String> = all
        .iter()
        .filter(|o| o.cause != scored.cause && o.strength >= 4)
        .flat_map(|o| references(o))
        .take(5)
        .collect();
    let first = all.first().map(|s| s.cause);
    let check = match (rank, first, all.get(1)) {
        (0, _, Some(second)) => Some(causes::check(scored.cause, second.cause)),
        (0, _, None) => None,
        (_, Some(first), _) => Some(causes::check(first, scored.cause)),
        _ => None,
    };
    Hypothesis {
        cause: scored.cause,
        score: super::detector::rounded(scored.score.clamp(0.0, 1.0)),
        confidence: confidence(scored),
        supporting: references(scored),
        against,
        check,
    }
}

/// HEURISTICS.md §2.4: high needs proof or two kinds of artefact; medium one strong item; else low.
fn confidence(scored: &Scored) -> Confidence {
    let reached = match (scored.strength, scored.kinds) {
        (5, _) => Confidence::High,
        (4, 2..) => Confidence::High,
        (4, _) | (3, 2..) => Confidence::Medium,
        _ => Confidence::Low,
    };
    scored.ceiling.map_or(reached, |ceiling| reached.min(ceiling))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::{detector::found, testing::Build};
    use crate::evidence::{ArtefactId, Citation};
    use crate::site::Site;

    fn finding(cause: Cause, strength: u8, artefact: u32) -> Finding {
        found("x", cause)
            .strength(strength)
            .coverage(0.8)
            .cite([Citation::artefact(ArtefactId(artefact))])
            .done()
            .unwrap()
    }

    fn ranked(mut findings: Vec<Finding>) -> (Ranking, Vec<Finding>) {
        let case = Build::new().log("10:00:00 I x").dump("10:00:00", vec![], |_| {}).case();
        let site = Site::default();
        let scene = Scene::new(&case, &site);
        let ranking = rank(&scene, &mut findings);
        (ranking, findings)
    }

    #[test]
    fn a_victim_is_not_listed_beside_its_cause() {
        let (ranking, findings) = ranked(vec![
            finding(Cause::PoolExhaustion, 3, 1),
            finding(Cause::Deadlock, 5, 2),
        ]);
        assert_eq!(ranking.hypotheses.len(), 1);
        assert_eq!(ranking.hypotheses[0].cause, Cause::Deadlock);
        assert_eq!(findings[0].role, Role::Victim);
        assert_eq!(ranking.explained, [(Cause::PoolExhaustion, Cause::Deadlock)]);
    }

    #[test]
    fn of_two_that_could_explain_each_other_the_stronger_stands() {
        let (ranking, _) = ranked(vec![
            finding(Cause::LockContention, 3, 1),
            finding(Cause::DownstreamSlow, 4, 1),
        ]);
        assert_eq!(ranking.hypotheses[0].cause, Cause::DownstreamSlow);
        assert_eq!(ranking.hypotheses.len(), 1);
    }

    #[test]
    fn one_kind_of_artefact_is_never_high_unless_proof() {
        let (ranking, _) = ranked(vec![finding(Cause::DownstreamSlow, 4, 1)]);
        assert_eq!(ranking.hypotheses[0].confidence, Confidence::Medium);
        let (ranking, _) = ranked(vec![finding(Cause::Deadlock, 5, 1)]);
        assert_eq!(ranking.hypotheses[0].confidence, Confidence::High);
    }
}
