//! Golden facts: what `goldenhour` must find in `samples/`, against the truth told in `samples/README.md`.
//!
//! The counts were taken from the files with other tools (grep, the generator's own HPROF reader), not from our output.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may stop with a message"
)]

use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

/// Objects and arrays of the dump, its class objects, and the pseudo-object of the boot loader.
const HEAP_OBJECTS: f64 = 180_168.0 + 1_506.0 + 1.0;

fn goldenhour() -> Command {
    let mut command = Command::cargo_bin("goldenhour").expect("the binary is built");
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"));
    command.args(["--no-store", "--no-progress", "--lang", "en"]);
    command
}

/// `report.json` of one sample folder.
fn report(sample: &str) -> Value {
    let out = TempDir::new().expect("a temporary folder");
    goldenhour()
        .args(["analyze", sample, "--out"])
        .arg(out.path())
        .assert()
        .success();
    let text = std::fs::read_to_string(out.path().join("report.json")).expect("report.json");
    serde_json::from_str(&text).expect("JSON")
}

/// The object that a single command prints with `--json`.
fn single(args: &[&str]) -> Value {
    let output = goldenhour()
        .args(args)
        .arg("--json")
        .assert()
        .success()
        .get_output()
        .stdout
        .clone();
    serde_json::from_slice(&output).expect("JSON alone on stdout")
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, pointer: &str) -> f64 {
    value.pointer(pointer).and_then(Value::as_f64).unwrap_or(f64::NAN)
}

/// Seconds of the day of an RFC 3339 time in China's zone.
fn clock(time: &str) -> f64 {
    assert!(time.ends_with("+08:00"), "not in China's zone: {time:?}");
    let part = |range: std::ops::Range<usize>| time.get(range).and_then(|p| p.parse::<f64>().ok()).expect("a time");
    part(11..13) * 3600.0 + part(14..16) * 60.0 + part(17..19)
}

fn about(time: &str, wanted: &str, tolerance: f64) {
    let (time_s, wanted_s) = (clock(time), clock(&format!("2026-11-25T{wanted}+08:00")));
    assert!(
        (time_s - wanted_s).abs() <= tolerance,
        "{time}, not {wanted} within {tolerance} s"
    );
}

fn verdict(report: &Value) -> (&str, &str) {
    (text(report, "/verdict/status"), text(report, "/verdict/cause"))
}

fn path_of<'a>(report: &'a Value, artefact: &str) -> &'a str {
    let found = list(report, "/artefacts").iter().find(|a| text(a, "/id") == artefact);
    found.map_or("", |a| text(a, "/path"))
}

#[test]
fn the_incident_is_the_journal_that_never_forgets() {
    let report = report("incident");
    assert_eq!(verdict(&report), ("determined", "heap-leak"));
    let suspect = &list(&report, "/heaps/0/suspects")[0];
    assert_eq!(
        text(suspect, "/holder_class"),
        "com.wutongli.pharmacy.audit.DispenseJournal"
    );
    assert_eq!(text(suspect, "/accumulator_class"), "java.util.HashMap");
    assert_eq!(
        text(suspect, "/content_class"),
        "com.wutongli.pharmacy.model.DispenseRecord"
    );
    assert!(number(suspect, "/share") > 0.5);
    about(text(&report, "/incident/onset"), "10:44:26", 30.0);
    let first = report.pointer("/first_error").expect("a first error");
    assert_eq!(path_of(&report, text(first, "/artefact")), "pharmacy.log");
    assert_eq!(number(first, "/line"), 260.0);
    assert_eq!(text(first, "/exception"), "java.lang.OutOfMemoryError");
    assert_eq!(list(&report, "/processes").len(), 1);
    assert!(list(&report, "/deadlocks").is_empty());
    assert_ne!(text(&report, "/questions/network/answer"), "yes");
    assert_ne!(text(&report, "/questions/host/answer"), "yes");
}

#[test]
fn its_actions_name_who_approves_and_the_way_back() {
    let report = report("incident");
    let actions = list(&report, "/actions");
    assert!(!actions.is_empty());
    for action in actions {
        for part in ["title", "expected", "risk", "rollback", "approval", "verify"] {
            for lang in ["zh", "en"] {
                assert_ne!(
                    text(action, &format!("/{part}/{lang}")),
                    "",
                    "{part} in {lang}: {action}"
                );
            }
        }
    }
    let now = actions.iter().filter(|a| text(a, "/stage") == "now").count();
    assert!(now <= 3, "{now} things to do at once");
}

#[test]
fn its_heap_is_counted_exactly() {
    let heap = single(&["heap", "incident/java_pid14123.hprof.gz"]);
    let all = number(&heap, "/heap/objects") + number(&heap, "/heap/unreachable/objects");
    assert_eq!(all, HEAP_OBJECTS);
    let rows = list(&heap, "/histogram");
    let records = rows
        .iter()
        .find(|r| text(r, "/class") == "com.wutongli.pharmacy.model.DispenseRecord");
    assert_eq!(records.map(|r| number(r, "/objects")), Some(4454.0));
}

#[test]
fn its_collections_are_counted_as_logged() {
    let gc = single(&["gc", "incident/gc.log.gz"]);
    assert_eq!(number(&gc, "/logs/0/pauses"), 8017.0);
    assert_eq!(number(&gc, "/logs/0/full"), 303.0);
    assert_eq!(text(&gc, "/logs/0/collector"), "g1");
    assert!((number(&gc, "/logs/0/total_pause_ms") - 23393.1).abs() < 1.0);
}

#[test]
fn no_patient_is_named() {
    let out = TempDir::new().expect("a temporary folder");
    goldenhour()
        .args(["analyze", "incident", "--out"])
        .arg(out.path())
        .assert()
        .success();
    for form in ["report.json", "report.html", "report.md"] {
        let shown = std::fs::read_to_string(out.path().join(form)).expect(form);
        for secret in ["99999919", "99999920", "1990000", "患者=梅", "患者=松"] {
            assert!(!shown.contains(secret), "{form} shows {secret}");
        }
    }
}

#[test]
fn the_deadlock_is_the_two_transfers() {
    let report = report("deadlock");
    assert_eq!(verdict(&report), ("determined", "deadlock"));
    let cycles: Vec<Vec<&str>> = list(&report, "/deadlocks")
        .iter()
        .map(|d| {
            let mut threads: Vec<_> = list(d, "/threads").iter().filter_map(Value::as_str).collect();
            threads.sort_unstable();
            threads
        })
        .collect();
    assert!(!cycles.is_empty());
    assert!(
        cycles.iter().all(|c| *c == ["http-exec-3", "http-exec-9"]),
        "{cycles:?}"
    );
    // The dumps prove it from 10:40:14 on; the hang watch tells of 23 seconds before that.
    about(text(&report, "/incident/onset"), "10:39:50", 40.0);
    assert_eq!(list(&report, "/processes").len(), 1);
}

#[test]
fn its_dumps_are_counted_as_printed() {
    let threads = single(&["threads", "deadlock"]);
    let dumps = list(&threads, "/dumps");
    assert_eq!(dumps.len(), 3);
    for dump in dumps {
        assert_eq!(number(dump, "/threads"), 40.0);
        assert_eq!(number(dump, "/states/blocked"), 16.0);
        assert_eq!(text(dump, "/format"), "hotspot");
    }
}

#[test]
fn the_month_report_is_one_large_request() {
    let report = report("j9");
    assert_eq!(verdict(&report), ("determined", "heap-large-request"));
    let suspect = &list(&report, "/heaps/0/suspects")[0];
    assert_eq!(text(suspect, "/holder_class"), "java.lang.Thread");
    assert_eq!(text(suspect, "/accumulator_class"), "java.util.ArrayList");
    assert_eq!(
        text(suspect, "/content_class"),
        "com.wutongli.pharmacy.report.SettlementRow"
    );
    assert_eq!(suspect.pointer("/inferred"), Some(&Value::Bool(true)));
    assert!(number(suspect, "/share") > 0.5);
    let first = report.pointer("/first_error").expect("a first error");
    assert_eq!(path_of(&report, text(first, "/artefact")), "SystemOut.log");
    assert_eq!(number(first, "/line"), 31.0);
    assert_eq!(text(first, "/exception"), "java.lang.OutOfMemoryError");
    about(text(&report, "/incident/onset"), "10:33:42", 10.0);
    assert_ne!(text(&report, "/questions/network/answer"), "yes");
    assert_ne!(text(&report, "/questions/host/answer"), "yes");
}

#[test]
fn the_javacore_names_the_failing_thread() {
    let threads = single(&["threads", "j9"]);
    let dump = &list(&threads, "/dumps")[0];
    assert_eq!(text(dump, "/format"), "javacore");
    assert_eq!(text(dump, "/event"), "systhrow");
    assert_eq!(number(dump, "/threads"), 26.0);
}

#[test]
fn a_quiet_day_is_called_quiet() {
    let report = report("healthy");
    assert_eq!(text(&report, "/verdict/status"), "none");
    let loud: Vec<_> = list(&report, "/findings")
        .iter()
        .filter(|f| matches!(text(f, "/severity"), "critical" | "high"))
        .map(|f| text(f, "/id"))
        .collect();
    assert!(loud.is_empty(), "{loud:?}");
    assert!(list(&report, "/deadlocks").is_empty());
}

#[test]
fn broken_files_become_gaps() {
    let report = report("broken");
    let artefacts = list(&report, "/artefacts");
    for name in [
        "cut-in-a-record.hprof.gz",
        "cut.log.gz",
        "cut.phd",
        "javacore-cut.txt",
        "empty.log",
        "lying-counts.hprof",
    ] {
        let artefact = artefacts.iter().find(|a| text(a, "/path") == name);
        let artefact = artefact.unwrap_or_else(|| panic!("{name} is not among the artefacts"));
        assert!(!list(artefact, "/gaps").is_empty(), "{name}: no gap");
    }
    assert!(artefacts.iter().any(|a| text(a, "/path") == "unknown.bin"));
    // The cut javacore still tells of the failed month report; nothing else may be concluded from these files.
    let (status, cause) = verdict(&report);
    assert!(
        status == "undetermined" || cause == "heap-large-request",
        "{status} {cause}"
    );
}
