use super::testing::{Build, thread};
use super::*;
use crate::heap::Suspect;
use crate::threads::Activity;

fn diagnosis(case: &Case) -> Diagnosis {
    diagnose(case, &Site::default(), &DiagnosisOptions::default())
}

#[test]
fn no_evidence_is_undetermined_not_none() {
    let verdict = diagnosis(&Case::default());
    assert_eq!(verdict.status, Status::Undetermined);
    assert!(!verdict.missing.is_empty());
}

#[test]
fn a_quiet_case_is_none_without_actions() {
    let case = Build::new()
        .log("10:00:00 I fine")
        .dump("10:00:00", vec![thread("w", Activity::Idle)], |_| {})
        .gc_curve(&[30; 40])
        .case();
    let verdict = diagnosis(&case);
    assert_eq!(verdict.status, Status::None);
    assert!(verdict.actions.is_empty());
    assert!(verdict.findings.iter().all(|f| f.severity < Severity::High));
}

#[test]
fn a_leak_with_timeouts_behind_it_has_one_cause() {
    let suspect = Suspect {
        holder_class: "a.Cache".into(),
        accumulator_class: "java.util.HashMap".into(),
        content_class: "a.E".into(),
        retained: 9,
        share: 0.8,
        ..Suspect::default()
    };
    let mut build = Build::new()
        .log("10:00:00 E java.lang.OutOfMemoryError: Java heap space")
        .heap(vec![suspect]);
    for _ in 0..5 {
        build = build.log("10:00:30 E java.sql.SQLTransientConnectionException: P - Connection is not available, request timed out after 3000ms.");
    }
    let verdict = diagnosis(&build.case());
    assert_eq!(verdict.cause, Some(Cause::HeapLeak));
    assert_eq!(verdict.confidence, Some(Confidence::High));
    assert_eq!(verdict.hypotheses.len(), 1);
    assert_eq!(verdict.fingerprint.as_deref(), Some("heap-leak:a.Cache"));
    assert!(
        verdict
            .first_error
            .unwrap()
            .citation
            .quote
            .unwrap()
            .contains("OutOfMemoryError")
    );
    assert!(
        verdict
            .findings
            .iter()
            .any(|f| f.cause == Cause::PoolExhaustion && f.role == Role::Victim)
    );
}

#[test]
fn a_fault_of_the_whole_server_is_large_and_one_request_is_small() {
    let local = Suspect {
        kind: crate::heap::SuspectKind::Thread,
        thread: Some("w".into()),
        accumulator_class: "java.util.ArrayList".into(),
        retained: 9,
        share: 0.8,
        ..Suspect::default()
    };
    let oom = "10:00:00 E java.lang.OutOfMemoryError: Java heap space";
    let request = diagnosis(&Build::new().log(oom).heap(vec![local.clone()]).case());
    assert_eq!(
        (request.cause, request.scale),
        (Some(Cause::HeapLargeRequest), Scale::Small)
    );
    let holder = Suspect {
        kind: crate::heap::SuspectKind::Object,
        holder_class: "a.Cache".into(),
        ..local
    };
    let leak = diagnosis(&Build::new().log(oom).heap(vec![holder]).case());
    assert_eq!((leak.cause, leak.scale), (Some(Cause::HeapLeak), Scale::Large));
    assert_eq!(
        leak.actions
            .iter()
            .filter(|a| a.stage == Stage::Now)
            .map(|a| a.id)
            .collect::<Vec<_>>(),
        ["A5", "A3"]
    );
}
