//! From case and diagnosis to the model: masked at the border, deterministic, capped with the cap said.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use goldenhour::{
    case::{Case, CaseArtefact, Event},
    diagnosis::{Answer, Cause, Confidence, Diagnosis, Finding, Priority, Role, Scale, Severity, Status},
    evidence::{ArtefactId, Citation},
    logs::{Burst, Level, LogFacts},
    report::{BuildOptions, ReportModel, build, json},
    threads::{Deadlock, DumpFacts, Pool},
    words::Text,
};
use goldenhour_parsers::{CHINA, Gap, Kind, Reason, Stamp};
use jiff::{Timestamp, civil::date, tz::Offset};

const SECRET: &str = "姓名：王小明 password=Tiger select * from pat where id = 10023";

fn artefact(n: u32, path: &str, kind: Kind, hash: &str) -> CaseArtefact {
    CaseArtefact {
        id: ArtefactId(n),
        path: path.to_owned(),
        kind,
        bytes: 10,
        sha256: Some(hash.repeat(32)),
        parent: None,
        process: Some(0),
        coverage: 0.5,
        time: None,
        offset: CHINA,
        offset_assumed: true,
        stale: false,
        gaps: vec![Gap::new(
            3,
            4,
            Reason::Truncated {
                expected: "end of dump",
            },
        )],
    }
}

fn case() -> Case {
    let stamp = Stamp::local(date(2026, 11, 20).at(10, 31, 22, 120_000_000));
    Case {
        artefacts: vec![
            artefact(1, "a/SystemOut.log", Kind::Log, "ab"),
            artefact(2, "javacore.txt", Kind::Javacore, "cd"),
        ],
        dumps: (0..3)
            .map(|index| DumpFacts {
                artefact: Some(ArtefactId(2)),
                index,
                complete: true,
                consistent: true,
                deadlocks: vec![Deadlock {
                    threads: vec!["WebContainer : 1".to_owned(), "WebContainer : 2".to_owned()],
                    ..Deadlock::default()
                }],
                ..DumpFacts::default()
            })
            .collect(),
        pools: (0..3_u64)
            .map(|n| Pool {
                name: "WebContainer".to_owned(),
                dump: 0,
                size: 50,
                busy: 10 * n,
                ..Pool::default()
            })
            .collect(),
        logs: vec![LogFacts {
            artefact: Some(ArtefactId(1)),
            first_time: Some(stamp),
            bursts: (0..3_000)
                .map(|n| Burst {
                    onset: Some(stamp),
                    level: Level::Error,
                    template: SECRET.to_owned(),
                    line: n,
                    ..Burst::default()
                })
                .collect(),
            ..LogFacts::default()
        }],
        processes: vec![Default::default()],
        timeline: vec![Event {
            time: Timestamp::from_second(1_795_142_000).unwrap(),
            uncertainty_s: f64::NAN,
            kind: "log",
            what: Text::new(SECRET, SECRET),
            citation: Citation::line(ArtefactId(1), 7, SECRET),
        }],
        ..Case::default()
    }
}

fn diagnosis() -> Diagnosis {
    let finding = Finding {
        id: "data.row",
        n: 1,
        cause: Cause::DataError,
        severity: Severity::High,
        role: Role::Cause,
        process: Some(0),
        title: Text::new("数据异常", "bad data"),
        detail: Text::new(SECRET, SECRET),
        time: None,
        strength: 3,
        ceiling: None,
        coverage: f64::INFINITY,
        subject: Some("com.kangbo.his.Order".to_owned()),
        facts: serde_json::json!({"message": SECRET, "none": null, "rows": 3})
            .as_object()
            .cloned()
            .unwrap(),
        evidence: vec![Citation::line(ArtefactId(1), 7, SECRET)],
    };
    Diagnosis {
        status: Status::Determined,
        cause: Some(Cause::DataError),
        confidence: Some(Confidence::Medium),
        headline: Text::new(SECRET, SECRET),
        why: vec![Text::new(SECRET, SECRET)],
        coverage: Some(0.123_456_7),
        fingerprint: Some("data-error:com.kangbo.his.Order".to_owned()),
        onset: None,
        first_symptom: None,
        scale: Scale::Small,
        priority: Priority::General,
        due: None,
        network: Answer {
            answer: Some(false),
            why: vec![Text::new(SECRET, SECRET)],
        },
        host: Answer {
            answer: None,
            why: Vec::new(),
        },
        hypotheses: Vec::new(),
        findings: vec![finding],
        first_error: None,
        actions: Vec::new(),
        missing: Vec::new(),
    }
}

fn model(unmask: bool) -> ReportModel {
    build(
        &case(),
        &diagnosis(),
        &BuildOptions {
            unmask,
            ..BuildOptions::default()
        },
    )
}

#[test]
fn every_word_from_evidence_is_masked_once_at_the_border() {
    let text = json::render(&model(false));
    for secret in ["王小明", "Tiger", "10023"] {
        assert!(!text.contains(secret), "{secret} leaks");
    }
    assert!(text.contains("WebContainer : 1") && text.contains("com.kangbo.his.Order"));
    let open = json::render(&model(true));
    assert!(open.contains("王小明") && open.contains("Tiger"));
    assert!(model(true).tool.unmasked);
}

#[test]
fn the_same_evidence_gives_the_same_id_and_bytes() {
    assert_eq!(json::render(&model(false)), json::render(&model(false)));
    let id = model(false).incident.id;
    assert!(id.len() == 12 && id.bytes().all(|b| b.is_ascii_hexdigit()));
    let mut moved = case();
    moved.artefacts.reverse();
    moved
        .artefacts
        .iter_mut()
        .for_each(|a| a.path.insert_str(0, "elsewhere/"));
    assert_eq!(build(&moved, &diagnosis(), &BuildOptions::default()).incident.id, id);
    let mut other = case();
    other.artefacts.truncate(1);
    assert_ne!(build(&other, &diagnosis(), &BuildOptions::default()).incident.id, id);
}

#[test]
fn now_and_timings_never_reach_the_json() {
    let options = BuildOptions {
        now: Timestamp::from_second(1).ok(),
        elapsed_s: Some(3.0),
        ..BuildOptions::default()
    };
    let timed = build(&case(), &diagnosis(), &options);
    assert_eq!(json::render(&timed), json::render(&model(false)));
    assert_eq!(timed.run.elapsed_s, Some(3.0));
}

#[test]
fn caps_are_said() {
    let model = model(false);
    assert!(model.bursts.len() >= 1_000 && model.bursts.len() < 3_000);
    let cap = model.capped.iter().find(|c| c.list == "bursts").unwrap();
    assert_eq!((cap.shown, cap.total), (model.bursts.len() as u64, 3_000));
}

#[test]
fn figures_are_json_numbers_and_null_is_left_out() {
    let model = model(false);
    assert!(!json::render(&model).contains("null"));
    assert_eq!(model.verdict.coverage, Some(0.1235));
    assert_eq!(model.findings[0].coverage, Some(0.0));
    assert_eq!(model.findings[0].facts.len(), 2);
    assert_eq!(model.timeline[0].uncertainty_s, 0.0);
}

#[test]
fn times_of_all_artefacts_are_shown_on_one_clock() {
    let mut case = case();
    case.artefacts[0].offset = Offset::UTC;
    case.artefacts.push(artefact(3, "other.txt", Kind::Text, "ef"));
    let model = build(&case, &diagnosis(), &BuildOptions::default());
    assert_eq!(
        model.logs[0].first_time.as_ref().unwrap().0,
        "2026-11-20T18:31:22.120+08:00"
    );
    assert!(model.artefacts[0].zone_assumed);
}

#[test]
fn a_pool_is_shown_once_in_its_worst_dump_and_a_deadlock_in_each() {
    let model = model(false);
    assert_eq!(model.pools.len(), 1);
    assert_eq!(model.pools[0].busy, 20);
    assert_eq!(model.deadlocks.len(), 3);
    assert_eq!(model.deadlocks[0].process.as_deref(), Some("p1"));
}

#[test]
fn a_gap_is_a_sentence_in_both_languages() {
    let gap = &model(false).artefacts[0].gaps[0];
    assert_eq!((gap.offset, gap.length), (3, 4));
    assert_eq!(gap.reason.zh, "文件在此中断，后面本应有转储的结尾");
    assert_eq!(gap.reason.en, "the file ends where end of dump was expected");
}
