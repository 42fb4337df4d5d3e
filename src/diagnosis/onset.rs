//! When the mechanism began to show, and what a user could have noticed first.

use super::{
    scene::Scene,
    themes::Theme,
    verdict::{Cause, Finding, Role},
};
use crate::logs::Level;
use jiff::{SignedDuration, Timestamp};

/// The onset of the incident: the earliest moment that a strong finding of the cause gives.
pub fn onset(scene: &Scene, findings: &[Finding], cause: Option<Cause>) -> Option<Timestamp> {
    let Some(cause) = cause else {
        return findings
            .iter()
            .filter(|f| f.strength >= 2 && f.role != Role::Context)
            .filter_map(|f| f.time)
            .min()
            .or_else(|| scene.hang_began(None));
    };
    let of_cause: Vec<&Finding> = findings
        .iter()
        .filter(|f| f.cause == cause && f.role == Role::Cause)
        .collect();
    let strongest = of_cause.iter().map(|f| f.strength).max()?;
    of_cause
        .iter()
        .filter(|f| f.strength + 1 >= strongest)
        .filter_map(|f| f.time)
        .min()
        .or_else(|| scene.hang_began(None))
}

/// The first thing a user could have noticed: late or failed requests, hung threads, errors of the incident.
pub fn first_symptom(scene: &Scene, onset: Option<Timestamp>) -> Option<Timestamp> {
    let slack = SignedDuration::from_mins(5);
    let from = onset.and_then(|o| o.checked_sub(slack).ok());
    let after_onset = |at: &Timestamp| from.is_none_or(|from| *at >= from);
    let access = scene
        .access_logs()
        .filter_map(|(id, a)| scene.instant(Some(id), a.degraded_from));
    let hung = scene
        .about(&[
            Theme::HungThread,
            Theme::PoolTimeout,
            Theme::SlowRequest,
            Theme::TxTimeout,
        ])
        .filter_map(|s| s.began);
    let errors = scene
        .records
        .iter()
        .filter(|s| s.record.level >= Level::Error)
        .filter_map(|s| s.at)
        .filter(|at| onset.is_none_or(|o| *at >= o));
    access.chain(hung).chain(errors).filter(after_onset).min().or(onset)
}
