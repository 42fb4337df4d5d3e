//! The record of incidents under what happens to it: killed writers, two writers at once, a file of the first format,
//! imports from many PCs, and a synthetic decade of incidents.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use assert_cmd::cargo::cargo_bin;
use goldenhour::store::{Aftermath, Entry, Filter, Length, Store};
use jiff::tz::Offset;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

const NOW: &str = "2026-11-25T12:00:00+08:00";

fn report(id: &str, onset: &str) -> Value {
    json!({
        "schema": "goldenhour.report/1",
        "incident": {"id": id, "site": "示例医院", "onset": onset, "scale": "large", "priority": "critical",
                     "due": {"response": onset, "workaround": onset, "resolution": onset}},
        "verdict": {"status": "determined", "cause": "deadlock", "confidence": "high", "fingerprint": "deadlock:a.B",
                    "headline": {"zh": "死锁", "en": "deadlock"}},
        "findings": [{"id": "threads.deadlock", "evidence": [{"artefact": "a1", "line": 1, "quote": "secret words"}]}],
        "processes": [{"id": "p1", "pid": 12, "host": "h1", "name": "server1"}],
        "artefacts": [{"id": "a1", "path": "x.log", "kind": "log", "bytes": 3, "sha256": "00"}]
    })
}

fn lines(path: &Path, prefix: &str, count: usize) {
    let mut out = BufWriter::new(File::create(path).unwrap());
    for n in 0..count {
        let onset = format!("2026-{:02}-{:02}T10:30:00+08:00", n % 12 + 1, n % 28 + 1);
        writeln!(out, "{}", report(&format!("{prefix}{n:06}"), &onset)).unwrap();
    }
    out.flush().unwrap();
}

fn import(store: &Path, file: &Path) -> Child {
    Command::new(cargo_bin("goldenhour"))
        .args(["incidents", "import", "--store"])
        .args([store, file])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn whole(store: &Path) -> bool {
    let db = Connection::open(store).unwrap();
    let said: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    said == "ok"
}

#[test]
fn a_killed_writer_leaves_all_of_a_file_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let (store, file) = (folder.path().join("s.db"), folder.path().join("many.jsonl"));
    const MANY: usize = 3_000;
    lines(&file, "k", MANY);
    Store::open(&store).unwrap().record(&report("first", NOW), NOW).unwrap();
    let mut killed = 0;
    for wait in [5, 20, 60, 120, 250, 400] {
        let mut child = import(&store, &file);
        thread::sleep(Duration::from_millis(wait));
        killed += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        let kept = Store::open(&store).unwrap().holdings().unwrap().incidents;
        assert!(kept == 1 || kept == MANY as u64 + 1, "{kept} incidents after {wait} ms");
        assert!(whole(&store));
        assert!(Store::open(&store).unwrap().get("first").unwrap().is_some());
    }
    assert!(killed > 0, "no import was under way when it was killed");
    assert!(import(&store, &file).wait().unwrap().success());
    let kept = Store::open(&store).unwrap().holdings().unwrap().incidents;
    assert_eq!(kept, MANY as u64 + 1);
}

#[test]
fn two_writers_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("new/s.db");
    let files = ["a", "b", "c"].map(|prefix| {
        let file = folder.path().join(format!("{prefix}.jsonl"));
        lines(&file, prefix, 400);
        file
    });
    // all of them find no file, make it, and write
    let children: Vec<Child> = files.iter().map(|file| import(&store, file)).collect();
    for child in children {
        let out = child.wait_with_output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }
    assert_eq!(Store::open(&store).unwrap().holdings().unwrap().incidents, 1_200);
    assert!(whole(&store));

    let writers: Vec<_> = (0..2)
        .map(|writer| {
            let store = store.clone();
            thread::spawn(move || {
                let mut store = Store::open(&store).unwrap();
                for n in 0..30 {
                    store.record(&report(&format!("w{writer}-{n}"), NOW), NOW).unwrap();
                    let after = Aftermath {
                        restored_at: Some(NOW.to_owned()),
                        ..Aftermath::default()
                    };
                    assert!(store.set(&format!("w{writer}-{n}"), &after, NOW).unwrap());
                }
            })
        })
        .collect();
    writers.into_iter().for_each(|writer| writer.join().unwrap());
    assert_eq!(Store::open(&store).unwrap().holdings().unwrap().incidents, 1_260);
}

/// The tables as the first version of the program made them.
const FIRST_FORMAT: &str = "
    CREATE TABLE incidents (id TEXT PRIMARY KEY, recorded_at TEXT NOT NULL, analysed_at TEXT NOT NULL, tool TEXT,
        site TEXT, onset TEXT, first_symptom TEXT, last_evidence TEXT, status TEXT NOT NULL, cause TEXT,
        confidence TEXT, fingerprint TEXT, priority TEXT, scale TEXT, due_response TEXT, due_workaround TEXT,
        due_resolution TEXT, responded_at TEXT, restored_at TEXT, resolved_at TEXT, final_cause TEXT,
        headline_zh TEXT NOT NULL, headline_en TEXT NOT NULL, report TEXT NOT NULL) STRICT;
    CREATE INDEX incidents_by_fingerprint ON incidents (fingerprint);
    CREATE TABLE processes (incident TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE, process TEXT NOT NULL,
        pid INTEGER, host TEXT, name TEXT, PRIMARY KEY (incident, process)) STRICT;
    CREATE TABLE artefacts (incident TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE, artefact TEXT NOT NULL,
        path TEXT NOT NULL, kind TEXT NOT NULL, bytes INTEGER, sha256 TEXT, PRIMARY KEY (incident, artefact)) STRICT;
    CREATE INDEX artefacts_by_sha256 ON artefacts (sha256);
    PRAGMA user_version = 1;";

#[test]
fn a_file_of_the_first_format_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    let db = Connection::open(&path).unwrap();
    db.execute_batch(FIRST_FORMAT).unwrap();
    let one = report("i-1", "2026-11-20T10:30:00+08:00");
    db.execute(
        "INSERT INTO incidents VALUES ('i-1', ?1, ?1, NULL, '示例医院', '2026-11-20T10:30:00+08:00', NULL, NULL,
            'determined', 'deadlock', 'high', 'f', 'critical', 'large', NULL, '2026-11-20T11:30:00+08:00', NULL, NULL,
            '2026-11-20T11:00:00+08:00', NULL, NULL, '死锁', 'deadlock', ?2)",
        [NOW, &one.to_string()],
    )
    .unwrap();
    db.execute("INSERT INTO processes VALUES ('i-1', 'p1', 1, 'h1', 'server1')", [])
        .unwrap();
    drop(db);
    let store = Store::open(&path).unwrap();
    let kept = store.get("i-1").unwrap().unwrap();
    assert_eq!(kept.components, ["server1"]);
    assert_eq!(kept.after.restored_at.as_deref(), Some("2026-11-20T11:00:00+08:00"));
    assert_eq!(store.report("i-1").unwrap(), Some(one));
    let trends = store
        .trends(&Filter::default(), Length::Month, Offset::constant(8))
        .unwrap();
    assert_eq!((trends.total.incidents, trends.total.workaround.kept), (1, 1));
    drop(store);
    assert!(whole(&path));
    assert!(
        Store::open(&path).unwrap().get("i-1").unwrap().is_some(),
        "opened again"
    );
}

fn entry(report: &Value, more: &Value) -> Entry {
    let mut line = json!({"report": report.to_string(), "analysed_at": NOW});
    let line_object = line.as_object_mut().unwrap();
    line_object.extend(more.as_object().unwrap().clone());
    Entry::new(&line, NOW).unwrap()
}

#[test]
fn imports_are_idempotent_and_meet_in_any_order() {
    let onset = "2026-11-20T10:30:00+08:00";
    let (first, mut second) = (report("a", onset), report("a", onset));
    second["verdict"]["cause"] = json!("heap-leak");
    let entries = [
        entry(&first, &json!({"restored_at": onset, "set_at": "2026-11-21T00:00:00Z"})),
        entry(
            &second,
            &json!({"analysed_at": "2026-11-26T00:00:00Z", "restored_at": NOW, "fix": "patch",
                    "set_at": "2026-11-22T00:00:00Z"}),
        ),
        entry(&report("b", onset), &json!({})),
    ];
    let merged = |order: &[usize]| {
        let mut store = Store::in_memory().unwrap();
        for n in order {
            store.import([Ok(entries[*n].clone())]).unwrap();
        }
        store.list(None).unwrap()
    };
    let want = merged(&[0, 1, 2]);
    assert_eq!(want.len(), 2);
    assert_eq!(want[0].cause.as_deref(), Some("heap-leak"), "the later analysis");
    assert_eq!(want[0].after.fix.as_deref(), Some("patch"));
    assert_eq!(want[0].after.restored_at.as_deref(), Some(NOW), "the later account");
    for order in [&[2, 1, 0][..], &[1, 0, 2], &[0, 1, 2, 0, 1, 2], &[1, 1, 0, 0, 2]] {
        assert_eq!(merged(order), want, "{order:?}");
    }
    let mut store = Store::in_memory().unwrap();
    store.import(entries.clone().map(Ok)).unwrap();
    let again = store.import(entries.map(Ok)).unwrap();
    assert_eq!((again.read, again.new, again.changed, again.same), (3, 0, 0, 3));
}

#[test]
fn what_was_purged_does_not_come_back_by_an_import() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let onset = "2026-11-20T10:30:00+08:00";
    let mut store = Store::open(&path).unwrap();
    store.record(&report("a", onset), NOW).unwrap();
    store.purge_evidence(&["a".to_owned()]).unwrap();
    let later = entry(&report("a", onset), &json!({"analysed_at": "2027-01-01T00:00:00Z"}));
    store.import([Ok(later)]).unwrap();
    let kept = store.report("a").unwrap().unwrap().to_string();
    assert!(!kept.contains("secret words"));
    assert!(store.get("a").unwrap().unwrap().evidence_purged);
}

#[test]
fn a_wrong_line_leaves_the_record_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (path, file) = (folder.path().join("s.db"), folder.path().join("x.jsonl"));
    fs::write(&file, format!("{}\n\n{{\"schema\": 7}}\n", report("a", NOW))).unwrap();
    let out = import(&path, &file).wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(3));
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(said.contains("line 3"), "{said}");
    assert_eq!(Store::open(&path).unwrap().holdings().unwrap().incidents, 0);
}

#[test]
fn ten_thousand_incidents_are_counted_found_and_purged() {
    let mut store = Store::in_memory().unwrap();
    let entries = (0..10_000_u32).map(|n| {
        let year = 2016 + n % 10;
        let onset = format!("{year}-{:02}-{:02}T10:30:00+08:00", n % 12 + 1, n % 28 + 1);
        let mut one = report(&format!("{n:08x}"), &onset);
        one["verdict"]["fingerprint"] = json!(format!("f{}", n % 700));
        Entry::new(&one, NOW)
    });
    assert_eq!(store.import(entries).unwrap().new, 10_000);
    let trends = store
        .trends(&Filter::default(), Length::Year, Offset::constant(8))
        .unwrap();
    assert_eq!(trends.periods.len(), 10);
    assert_eq!(trends.total.incidents, 10_000);
    assert_eq!(trends.total.recurrent, 10_000 - 700);
    assert_eq!((trends.recurring_kinds, trends.recurrences.len()), (700, 50));
    assert_eq!(trends.recurrences[0].incidents.len(), 15);
    let old = store.older_than("2020-01-01T00:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(old.len(), 4_000);
    assert_eq!(store.purge(&old).unwrap(), 4_000);
    assert_eq!(store.holdings().unwrap().incidents, 6_000);
}
