//! Every exit status of CONTRACT.md §1 and the sentence that goes with it, in both languages.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use assert_cmd::Command;
use std::{fs, path::Path};

/// What a user does wrong (or not), the status, words of the Chinese and of the English sentence.
struct Case {
    args: &'static [&'static str],
    status: i32,
    zh: &'static str,
    en: &'static str,
}

const fn case(args: &'static [&'static str], status: i32, zh: &'static str, en: &'static str) -> Case {
    Case { args, status, zh, en }
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    // 0: analysed, whatever was found.
    case(&["analyze", "evidence", "--no-store"], 0, "", ""),
    case(&["logs", "evidence/app.log"], 0, "", ""),
    case(&["--version"], 0, "", ""),
    case(&["collect", "--os", "aix"], 0, "", ""),
    // 1: a finding of at least that severity; `deadlock.txt` holds one.
    case(&["analyze", "severe", "--no-store", "--fail-on", "critical"], 1, "", ""),
    case(&["analyze", "evidence", "--no-store", "--fail-on", "critical"], 0, "", ""),
    // 2: the command line or the site file is wrong.
    case(&["analyse", "evidence"], 2, "analyse", "analyse"),
    case(&["analyze"], 2, "PATH", "PATH"),
    case(&["analyze", "evidence", "--timezone", "CST"], 2, "+08:00", "an offset from UTC looks like +08:00"),
    case(&["analyze", "evidence", "--memory-limit", "much"], 2, "4G", "a size looks like 512M or 4G"),
    case(&["analyze", "evidence", "--site", "wrong.toml"], 2, "第 2 行", "wrong.toml:2"),
    case(&["analyze", "evidence", "--site", "absent.toml"], 2, "站点文件 absent.toml", "site file absent.toml"),
    case(&["site", "check", "wrong.toml"], 2, "第 2 行", "wrong.toml:2"),
    case(&["site", "check"], 2, "请给出", "name the site file"),
    case(&["site", "init", "right.toml"], 2, "已存在", "exists"),
    case(&["explain", "nothing-of-this-name"], 2, "没有名为", "nothing is called"),
    case(&["incidents", "list", "--no-store"], 2, "没有事件库", "no record of incidents"),
    case(&["incidents", "show", "0000"], 2, "0000", "0000"),
    // 3: nothing could be analysed.
    case(&["analyze", "absent"], 3, "absent 无法读取", "absent: cannot be read"),
    case(&["analyze", "empty"], 3, "没有证据", "no evidence found"),
    case(&["analyze", "noise"], 3, "没有一个可以分析", "none of the 1 files can be analysed"),
    case(&["threads", "absent"], 3, "absent 无法读取", "absent: cannot be read"),
    case(&["heap", "noise/x.bin"], 3, "x.bin", "x.bin"),
    case(&["render", "noise/x.bin"], 3, "不是可用的 report.json", "is not a usable report.json"),
    // 4: the output could not be written.
    case(&["analyze", "evidence", "--no-store", "--out", "evidence/app.log/x"], 4, "无法写入", "cannot write"),
    case(&["analyze", "evidence", "--store", "evidence"], 4, "事件库 evidence 无法打开", "evidence: cannot be opened"),
    case(&["site", "init", "absent/x.toml"], 4, "无法写入", "cannot write"),
    case(&["logs", "evidence/app.log", "--assign", "absent/x.tsv"], 4, "无法写入", "cannot write"),
];

fn world(home: &Path) {
    let log = "2026-11-20 10:00:00,000 INFO [main] a.B - started\n";
    let monitor = |name: &str, holds: &str, wants: &str| {
        format!(
            "\"{name}\" #1 prio=5 os_prio=0 tid=0x00007f nid=0x{holds} waiting for monitor entry [0x0]\n   java.lang.Thread.State: BLOCKED (on object monitor)\n\tat a.B.c(B.java:1)\n\t- waiting to lock <0x00000000000000{wants}> (a a.Lock)\n\t- locked <0x00000000000000{holds}> (a a.Lock)\n\n"
        )
    };
    let dump = format!(
        "2026-11-20 10:00:00\nFull thread dump OpenJDK 64-Bit Server VM (17.0.1+12 mixed mode):\n\n{}{}JNI global refs: 9, weak refs: 0\n\n",
        monitor("one", "aa", "bb"),
        monitor("two", "bb", "aa")
    );
    for (path, text) in [
        ("evidence/app.log", log.as_bytes()),
        ("severe/deadlock.txt", dump.as_bytes()),
        ("noise/x.bin", &[0, 1, 2, 3, 0xff, 0xfe, 0, 7, 0, 0]),
        ("wrong.toml", b"name = \"x\"\nthresholds = \n"),
        ("right.toml", b"name = \"x\"\n"),
    ] {
        let path = home.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    fs::create_dir(home.join("empty")).unwrap();
}

#[test]
fn every_status_has_its_case_and_its_sentence() {
    let home = tempfile::tempdir().unwrap();
    world(home.path());
    for case in CASES {
        for (lang, words) in [("zh_CN.UTF-8", case.zh), ("en_US.UTF-8", case.en)] {
            let mut command = Command::cargo_bin("goldenhour").unwrap();
            let done = command
                .env_clear()
                .env("HOME", home.path())
                .env("LANG", lang)
                .current_dir(home.path())
                .args(case.args)
                .output()
                .unwrap();
            let told = String::from_utf8_lossy(&done.stderr);
            assert_eq!(done.status.code(), Some(case.status), "{:?} {lang}: {told}", case.args);
            assert!(told.contains(words), "{:?} {lang}: {words:?} not in {told}", case.args);
            assert_eq!(told.is_empty(), case.status < 2, "{:?} {lang}: {told}", case.args);
            assert!(!told.contains("panicked"), "{told}");
        }
    }
    for status in 0..=4 {
        assert!(CASES.iter().any(|case| case.status == status), "{status}");
    }
}
