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

#[test]
fn a_heap_dump_that_breaks_off_proves_nothing_by_its_silence() {
    let mut jump = vec![20; 56];
    jump.extend([97, 97, 97, 97]);
    let oom = "10:00:00 E java.lang.OutOfMemoryError: Java heap space";
    let small = Suspect {
        holder_class: "a.B".into(),
        share: 0.1,
        ..Suspect::default()
    };
    let mut broken = Build::new().log(oom).gc_curve(&jump).heap(vec![small.clone()]).case();
    broken.heaps[0].coverage = 0.3;
    assert_eq!(diagnosis(&broken).cause, Some(Cause::HeapLargeRequest));
    let held = Suspect { share: 0.8, ..small };
    let mut broken = Build::new().log(oom).heap(vec![held]).case();
    broken.heaps[0].coverage = 0.3;
    let verdict = diagnosis(&broken);
    let finding = verdict.findings.iter().find(|f| f.id == "heap.leak").unwrap();
    assert!(finding.strength < 5, "shares of a part are no proof");
}

#[test]
fn a_full_class_space_is_not_sure_before_the_loaders_were_counted() {
    let mut build = Build::new();
    for second in 0..9 {
        build = build.log(&format!("10:00:0{second} E java.lang.OutOfMemoryError: Metaspace"));
    }
    let verdict = diagnosis(&build.gc_curve(&[30; 40]).case());
    assert_eq!(verdict.cause, Some(Cause::MetaspaceExhausted));
    assert!(verdict.confidence < Some(Confidence::High));
}

#[test]
fn what_began_after_the_heap_was_full_did_not_fill_it() {
    let blocked = |n: u64| crate::diagnosis::testing::blocker("w0", "a.Lock", n, Activity::Running);
    let waiting = || {
        (0..20)
            .map(|i| thread(&format!("w{i}"), Activity::Lock))
            .collect::<Vec<_>>()
    };
    let contended = |first: &str| {
        let mut build = Build::new();
        for second in 0..4 {
            build = build.log(&format!("10:00:0{second} E {first}"));
        }
        let case = build
            .dump("10:01:00", waiting(), |d| d.blockers = vec![blocked(19)])
            .dump("10:01:30", waiting(), |d| d.blockers = vec![blocked(19)])
            .case();
        diagnosis(&case)
    };
    assert_eq!(contended("something else").cause, Some(Cause::LockContention));
    assert_ne!(
        contended("java.lang.OutOfMemoryError: Java heap space").cause,
        Some(Cause::LockContention)
    );
}

#[test]
fn nothing_wrong_is_not_said_over_a_dump_that_the_vm_wrote() {
    let case = Build::new()
        .log("10:00:00 I fine")
        .dump("10:00:00", vec![thread("w", Activity::Idle)], |d| {
            d.event = Some("systhrow".into());
            d.event_detail = Some("java/lang/OutOfMemoryError".into());
        })
        .case();
    assert_ne!(diagnosis(&case).status, Status::None);
}

#[test]
fn a_headline_does_not_say_its_cause_twice() {
    for line in [
        "10:00:00 E java.lang.OutOfMemoryError: Metaspace",
        "10:00:00 E java.lang.StackOverflowError",
    ] {
        let case = Build::new().log(line).log(line).log(line).log(line).case();
        let verdict = diagnosis(&case);
        if let Some(cause) = verdict.cause {
            let name = cause.name();
            assert_eq!(
                verdict.headline.zh.matches(&name.zh).count(),
                1,
                "{}",
                verdict.headline.zh
            );
        }
    }
}
