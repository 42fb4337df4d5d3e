//! The command line: exit status, streams, files, the record.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking and say what they skip"
)]

use assert_cmd::Command;
use predicates::prelude::*;
use serde_json::Value;
use std::{fs, path::Path};
use tempfile::TempDir;

const LOG: &str = "2026-11-20 10:00:00,000 INFO [main] a.B - started\n2026-11-20 10:00:01,000 ERROR [main] a.B - failed\n\
    java.lang.IllegalStateException: broken\n\tat a.B.c(B.java:1)\n";

/// The program without the caller's environment: no colours, no store of the user.
fn goldenhour(home: &Path) -> Command {
    let mut command = Command::cargo_bin("goldenhour").unwrap();
    command
        .env_clear()
        .env("HOME", home)
        .env("LANG", "en_US.UTF-8")
        .current_dir(home);
    command
}

/// A home folder with a small evidence folder in it.
fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("evidence")).unwrap();
    fs::write(home.path().join("evidence/app.log"), LOG).unwrap();
    home
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(bytes)))
}

#[test]
fn analyze_writes_the_report_and_records_the_incident() {
    let home = home();
    let out = goldenhour(home.path()).args(["analyze", "evidence"]).assert().success();
    assert!(
        out.get_output().stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&out.get_output().stderr)
    );
    for form in ["report.json", "report.html", "report.md"] {
        assert!(home.path().join("goldenhour-report").join(form).is_file(), "{form}");
    }
    let report = json(&fs::read(home.path().join("goldenhour-report/report.json")).unwrap());
    assert_eq!(report["schema"], "goldenhour.report/1");
    assert_eq!(report["artefacts"][0]["path"], "app.log");
    assert_eq!(report["artefacts"][0]["sha256"].as_str().unwrap().len(), 64);
    let listed = goldenhour(home.path())
        .args(["incidents", "list", "--json"])
        .assert()
        .success();
    let listed = json(&listed.get_output().stdout);
    assert_eq!(listed["incidents"][0]["id"], report["incident"]["id"]);
    let left: Vec<String> = fs::read_dir(home.path().join("goldenhour-report"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn with_json_stdout_holds_the_report_and_nothing_else() {
    let home = home();
    let out = goldenhour(home.path())
        .args(["analyze", "evidence", "--json", "--no-store"])
        .assert()
        .success();
    let printed = json(&out.get_output().stdout);
    assert_eq!(
        printed,
        json(&fs::read(home.path().join("goldenhour-report/report.json")).unwrap())
    );
    assert!(!home.path().join(".local").exists(), "--no-store leaves no record");
}

#[test]
fn the_same_evidence_gives_the_same_bytes_on_any_number_of_threads() {
    let home = home();
    for n in 0..40 {
        fs::write(home.path().join(format!("evidence/{n:02}.log")), LOG.repeat(n + 1)).unwrap();
    }
    let report = |threads: &str| {
        let out = home.path().join(format!("out{threads}"));
        goldenhour(home.path())
            .args(["analyze", "evidence", "--no-store", "--threads", threads, "--out"])
            .arg(&out)
            .assert()
            .success();
        fs::read(out.join("report.json")).unwrap()
    };
    assert_eq!(report("1"), report("2"));
    assert_eq!(report("2"), report("7"));
}

#[test]
fn without_evidence_the_status_is_3() {
    let home = home();
    fs::create_dir(home.path().join("empty")).unwrap();
    fs::create_dir(home.path().join("hollow")).unwrap();
    fs::write(home.path().join("hollow/empty.log"), "").unwrap();
    fs::write(home.path().join("hollow/x.bin"), [0, 159, 146, 150, 1, 2, 3]).unwrap();
    for path in ["empty", "missing", "hollow"] {
        let out = goldenhour(home.path()).args(["analyze", path]).assert().code(3);
        let said = String::from_utf8_lossy(&out.get_output().stderr).into_owned();
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(out.get_output().stdout.is_empty());
    }
    let chinese = goldenhour(home.path())
        .args(["analyze", "empty", "--lang", "zh"])
        .assert()
        .code(3);
    assert!(String::from_utf8_lossy(&chinese.get_output().stderr).contains("没有证据"));
}

#[test]
fn a_wrong_command_line_is_status_2() {
    let home = home();
    let cases: [&[&str]; 9] = [
        &["analyze"],
        &["analyse", "evidence"],
        &["analyze", "evidence", "--threads", "0"],
        &["analyze", "evidence", "--timezone", "CST"],
        &["analyze", "evidence", "--memory-limit", "lots"],
        &["analyze", "evidence", "--priority", "urgent"],
        &["incidents", "show", "nothing"],
        &["incidents", "purge"],
        &["collect", "--os", "cpm"],
    ];
    for case in cases {
        goldenhour(home.path())
            .args(case)
            .assert()
            .code(2)
            .stdout(predicate::str::is_empty());
    }
    goldenhour(home.path())
        .arg("--version")
        .assert()
        .success()
        .stdout(predicate::str::contains(env!("CARGO_PKG_VERSION")));
    goldenhour(home.path()).args(["analyze", "--help"]).assert().success();
}

#[test]
fn a_wrong_site_file_is_status_2_with_its_line() {
    let home = home();
    fs::write(home.path().join("site.toml"), "name = \"x\"\n\ncolour = 1\n").unwrap();
    for case in [
        ["analyze", "evidence", "--site", "site.toml"].as_slice(),
        &["site", "check", "site.toml"],
    ] {
        goldenhour(home.path())
            .args(case)
            .assert()
            .code(2)
            .stderr(predicate::str::contains("site.toml:3:"));
    }
    goldenhour(home.path())
        .args(["site", "check", "nowhere.toml"])
        .assert()
        .code(2);
}

#[test]
fn a_site_file_can_be_begun_and_checked() {
    let home = home();
    goldenhour(home.path()).args(["site", "init"]).assert().success();
    goldenhour(home.path()).args(["site", "init"]).assert().code(2);
    goldenhour(home.path())
        .args(["site", "init", "--force"])
        .assert()
        .success();
    goldenhour(home.path())
        .args(["site", "check", "goldenhour-site.toml"])
        .assert()
        .success();
    let out = goldenhour(home.path())
        .args(["analyze", "evidence", "--site", "goldenhour-site.toml", "--json"])
        .assert()
        .success();
    assert_eq!(json(&out.get_output().stdout)["incident"]["site"], "示例医院");
}

#[test]
fn output_that_cannot_be_written_is_status_4() {
    let home = home();
    fs::write(home.path().join("file"), "in the way").unwrap();
    let out = goldenhour(home.path())
        .args(["analyze", "evidence", "--out", "file/report"])
        .assert()
        .code(4);
    assert!(String::from_utf8_lossy(&out.get_output().stderr).contains("cannot write"));
    goldenhour(home.path())
        .args(["analyze", "evidence", "--store", "file/incidents.db"])
        .assert()
        .code(4);
    assert!(
        home.path().join("goldenhour-report/report.json").is_file(),
        "the report is written all the same"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_status_4_and_no_panic() {
    let home = home();
    let program = assert_cmd::cargo::cargo_bin("goldenhour");
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = std::process::Command::new(program);
    command.env_clear().env("HOME", home.path()).current_dir(home.path());
    command
        .args(["analyze", "evidence", "--no-store", "--lang", "en"])
        .stdout(full);
    let out = command.output().unwrap();
    assert_eq!(out.status.code(), Some(4));
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(
        said.contains("cannot write to standard output") && !said.contains("panicked"),
        "{said}"
    );
}

#[test]
fn a_broken_file_stops_nothing() {
    let home = home();
    fs::write(
        home.path().join("evidence/broken.hprof"),
        b"JAVA PROFILE 1.0.2\0\0\0\0\x08",
    )
    .unwrap();
    fs::write(home.path().join("evidence/broken.phd"), b"\0\x12portable heap dump\0\0").unwrap();
    fs::write(home.path().join("evidence/broken.zip"), b"PK\x03\x04broken").unwrap();
    fs::write(
        home.path().join("evidence/javacore.txt"),
        "0SECTION       TITLE subcomponent dump routine\nNULL\n1TIDATETIME    Da",
    )
    .unwrap();
    fs::write(home.path().join("evidence/x.json"), "{\"threadDump\": {").unwrap();
    let out = goldenhour(home.path())
        .args(["analyze", "evidence", "--json", "--no-store"])
        .assert()
        .success();
    let report = json(&out.get_output().stdout);
    assert_eq!(report["artefacts"].as_array().unwrap().len(), 6);
}

#[test]
fn the_environment_decides_language_and_colour() {
    let home = home();
    let run = |lang: &str, extra: &[(&str, &str)]| {
        let mut command = goldenhour(home.path());
        command
            .env("LANG", lang)
            .envs(extra.iter().copied())
            .args(["incidents", "list"]);
        String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
    };
    assert!(run("zh_CN.GB18030", &[]).contains("还没有"));
    assert!(run("C", &[]).contains("还没有"));
    assert!(run("en_GB.UTF-8", &[]).contains("no incident"));
    let coloured = |extra: &[(&str, &str)], arguments: &[&str]| {
        let mut command = goldenhour(home.path());
        command
            .envs(extra.iter().copied())
            .args(["analyze", "evidence", "--no-store"])
            .args(arguments);
        command.assert().success().get_output().stdout.contains(&0x1b)
    };
    assert!(!coloured(&[], &[]), "stdout is no terminal");
    assert!(!coloured(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], &[]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1")], &["--color", "never"]));
}

#[test]
fn an_incident_is_completed_compared_exported_imported_and_purged() {
    let home = home();
    goldenhour(home.path()).args(["analyze", "evidence"]).assert().success();
    fs::write(home.path().join("evidence/more.log"), LOG).unwrap();
    goldenhour(home.path()).args(["analyze", "evidence"]).assert().success();
    let list = || {
        let out = goldenhour(home.path())
            .args(["incidents", "list", "--json"])
            .assert()
            .success();
        json(&out.get_output().stdout)["incidents"].as_array().unwrap().clone()
    };
    let ids: Vec<String> = list().iter().map(|i| i["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 2);
    let id = &ids[0];
    goldenhour(home.path()).args(["incidents", "set", id]).assert().code(2);
    goldenhour(home.path())
        .args(["incidents", "set", id, "--restored-at", "soon"])
        .assert()
        .code(2);
    goldenhour(home.path())
        .args(["incidents", "set", id, "--cause", "bad-luck"])
        .assert()
        .code(2);
    let set = [
        "incidents",
        "set",
        id,
        "--restored-at",
        "2026-11-20 10:40",
        "--cause",
        "config-error",
    ];
    goldenhour(home.path()).args(set).assert().success();
    let shown = goldenhour(home.path())
        .args(["incidents", "show", &id[..6], "--json"])
        .assert()
        .success();
    let shown = json(&shown.get_output().stdout);
    assert_eq!(shown["incident"]["restored_at"], "2026-11-20T10:40:00.000+08:00");
    assert_eq!(shown["report"]["schema"], "goldenhour.report/1");
    goldenhour(home.path())
        .args(["incidents", "show", id])
        .assert()
        .success()
        .stdout(predicate::str::contains("config-error"));
    goldenhour(home.path())
        .args(["incidents", "compare", id, &ids[1]])
        .assert()
        .success();

    let export = ["trends", "--period", "week", "--export", "export", "--out", "trends"];
    goldenhour(home.path()).args(export).assert().success();
    for file in ["trends/trends.html", "trends/trends.md", "trends/trends.json"] {
        assert!(home.path().join(file).is_file(), "{file}");
    }
    let import = [
        "incidents",
        "import",
        "export/jsonl",
        "goldenhour-report/report.json",
        "--store",
        "other.db",
        "--json",
    ];
    let out = goldenhour(home.path()).args(import).assert().success();
    assert_eq!(json(&out.get_output().stdout)["imported"], 3);
    let there = goldenhour(home.path())
        .args(["incidents", "show", id, "--store", "other.db", "--json"])
        .assert()
        .success();
    assert_eq!(
        json(&there.get_output().stdout)["incident"]["final_cause"],
        "config-error"
    );

    goldenhour(home.path())
        .args(["incidents", "purge", id, "--evidence-only"])
        .assert()
        .success();
    assert_eq!(list().len(), 2);
    goldenhour(home.path())
        .args(["incidents", "purge", id])
        .assert()
        .success();
    goldenhour(home.path())
        .args(["incidents", "purge", "--older-than", "0d"])
        .assert()
        .success();
}

#[test]
fn a_saved_report_is_rendered_again_without_the_evidence() {
    let home = home();
    goldenhour(home.path())
        .args(["analyze", "evidence", "--no-store"])
        .assert()
        .success();
    fs::remove_dir_all(home.path().join("evidence")).unwrap();
    let first = fs::read(home.path().join("goldenhour-report/report.html")).unwrap();
    let again = ["render", "goldenhour-report/report.json", "--out", "again"];
    goldenhour(home.path()).args(again).assert().success();
    let second = fs::read(home.path().join("again/report.html")).unwrap();
    assert!(!first.is_empty() && first.len().abs_diff(second.len()) < 2000);
    goldenhour(home.path())
        .args(["render", "nowhere.json"])
        .assert()
        .code(3);
    fs::write(home.path().join("other.json"), "{}").unwrap();
    goldenhour(home.path()).args(["render", "other.json"]).assert().code(3);
}

#[test]
fn single_commands_speak_json() {
    let home = home();
    let dump = "Full thread dump OpenJDK 64-Bit Server VM (17 mixed mode):\n\n\"main\" #1 prio=5 os_prio=0 tid=0x00007f nid=0xa runnable [0x0]\n   java.lang.Thread.State: RUNNABLE\n\tat a.B.c(B.java:1)\n\nJNI global refs: 9, weak refs: 0\n\n";
    fs::write(home.path().join("dump.txt"), dump).unwrap();
    fs::write(home.path().join("gc.log"), "[0.020s][info][gc] Using G1\n[1.0s][info][gc] GC(0) Pause Young (Normal) (G1 Evacuation Pause) 24M->11M(256M) 7.965ms\n").unwrap();
    let run = |arguments: &[&str]| {
        let out = goldenhour(home.path()).args(arguments).arg("--json").assert().success();
        json(&out.get_output().stdout)
    };
    let threads = run(&["threads", "dump.txt"]);
    assert_eq!(threads["artefacts"][0]["path"], "dump.txt");
    assert!(threads["dumps"].is_array());
    assert!(threads["artefacts"][0].get("sha256").is_none());
    assert!(
        run(&["threads", "dump.txt", "--hash"])["artefacts"][0]
            .get("sha256")
            .is_some()
    );
    let gc = run(&["gc", "gc.log"]);
    assert_eq!(gc["logs"][0]["pauses"], 1);
    let logs = run(&["logs", "evidence/app.log"]);
    assert_eq!(logs["files"].as_array().map(Vec::len), Some(1));
    goldenhour(home.path()).args(["gc", "missing.log"]).assert().code(3);
}

#[test]
fn collect_prints_a_script_for_every_system() {
    let home = home();
    for os in ["aix", "linux", "windows"] {
        goldenhour(home.path())
            .args(["collect", "--os", os])
            .assert()
            .success()
            .stdout(predicate::str::contains("Read-only"));
    }
}

#[test]
fn everything_listed_can_be_explained() {
    let home = home();
    let out = goldenhour(home.path())
        .args(["explain", "--list", "--json"])
        .assert()
        .success();
    let items = json(&out.get_output().stdout)["items"].as_array().unwrap().clone();
    assert!(items.len() > 50);
    for id in ["deadlock", "WSVR0605W"] {
        assert!(items.iter().any(|item| item["id"] == id), "{id}");
        goldenhour(home.path()).args(["explain", id]).assert().success();
    }
    goldenhour(home.path())
        .args(["explain", "no-such-thing"])
        .assert()
        .code(2);
}
