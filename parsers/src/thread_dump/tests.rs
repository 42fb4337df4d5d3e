use super::*;

const DUMP: &str = "2026-11-20 10:31:22\nFull thread dump OpenJDK 64-Bit Server VM (25.342-b07 mixed mode):\n\n\"main\" #1 prio=5 os_prio=0 tid=0x00007f436c0194d0 nid=0xed8 runnable [0x00007f4370ffe000]\n   java.lang.Thread.State: RUNNABLE\n\tat com.acme.Main.run(Main.java:3)\n\n\"VM Thread\" os_prio=0 tid=0x00007f436c054de0 nid=0xeda runnable \n\nJNI global references: 14\n\n";

#[test]
fn dumps_are_found_in_a_log() {
    let before = "10:31:21 INFO starting\n";
    let between = "10:31:23 INFO going on\n";
    let log = format!("{before}{DUMP}{between}{DUMP}{between}");
    let found = find_dumps(log.as_bytes());
    assert_eq!(found.len(), 2);
    for range in &found {
        let text = &log[range.clone()];
        assert!(text.starts_with("2026-11-20 10:31:22\nFull"), "{text}");
        assert!(text.trim_end().ends_with("JNI global references: 14"), "{text}");
    }
    let parsed = parse(log.as_bytes());
    assert_eq!(parsed.value[1].line, 14);
    assert_eq!(parsed.value[1].threads[0].line, 17);
}

#[test]
fn a_logger_may_stand_before_every_line() {
    let log: String = DUMP
        .lines()
        .map(|l| format!("[11/20/26 10:31:22:120 CST] 0000001f SystemOut     O {l}\n"))
        .collect();
    let parsed = parse(log.as_bytes());
    let dump = &parsed.value[0];
    assert_eq!(
        (dump.threads.len(), dump.complete, dump.time.is_some()),
        (2, true, true)
    );
    assert_eq!(dump.threads[0].frames, ["com.acme.Main.run(Main.java:3)".into()]);
}

#[test]
fn copies_from_pages_and_mails_are_read() {
    let doubled = DUMP.replace('\n', "\n\n");
    let page = format!(
        "<html><pre>\n{}</pre>",
        DUMP.replace('"', "&quot;").replace('\n', "<br>\n")
    );
    let windows = DUMP.replace('\n', "\r\n");
    let wrapped = DUMP
        .replace("os_prio=0 tid=0x00007f436c0194d0", "os_prio=0\ntid=0x00007f436c0194d0")
        .replace("(Main.java:3)", "\n(Main.java:3)");
    for text in [doubled, page, windows, wrapped] {
        let parsed = parse(text.as_bytes());
        assert_eq!(parsed.value.len(), 1, "{text}");
        let dump = &parsed.value[0];
        assert_eq!(
            (dump.threads.len(), dump.threads[0].frames.as_slice()),
            (2, &["com.acme.Main.run(Main.java:3)".into()][..]),
            "{text}"
        );
    }
}

#[test]
fn a_fragment_without_its_beginning_is_read() {
    let (_, rest) = DUMP.split_once("\n\n").unwrap();
    let parsed = parse(rest.as_bytes());
    assert_eq!(parsed.value[0].threads.len(), 2);
    assert!(find_dumps(rest.as_bytes()).is_empty());
}

#[test]
fn a_container_runtime_may_have_wrapped_every_line() {
    let wrap = |l: &str| serde_json::json!({"log": format!("{l}\n"), "stream": "stdout"}).to_string();
    let log: String = DUMP.lines().map(|l| wrap(l) + "\n").collect();
    let parsed = parse(log.as_bytes());
    let dump = &parsed.value[0];
    assert_eq!(
        (dump.threads.len(), dump.complete, dump.time.is_some()),
        (2, true, true)
    );
    assert_eq!(
        dump.vm.as_deref(),
        Some("OpenJDK 64-Bit Server VM (25.342-b07 mixed mode)")
    );
}

#[test]
fn forced_dumps_are_read() {
    let text = "Attaching to process ID 1, please wait...\nDeadlock Detection:\n\nNo deadlocks found.\n\nThread 14582: (state = BLOCKED)\n - java.lang.Object.wait(long) @bci=0 (Compiled frame; information may be imprecise)\n - a.b.Queue$1.remove(long) @bci=59, line=143 (Interpreted frame)\n\nThread 14583: (state = IN_NATIVE)\n";
    let dump = &parse(text.as_bytes()).value[0];
    assert_eq!((dump.threads.len(), dump.threads[0].native_id), (2, Some(14582)));
    assert_eq!(
        dump.threads[0].frames,
        [
            "java.lang.Object.wait(Unknown Source)".into(),
            "a.b.Queue$1.remove(Queue.java:143)".into()
        ]
    );
}

#[test]
fn talk_about_dumps_is_no_dump() {
    let log = b"INFO Full thread dump requested by admin\nINFO done\n\"quoted\" text\n2XMFULLTHDDUMP Full thread dump J9 VM (J2RE 6.0)\n";
    assert!(find_dumps(log).is_empty());
    let parsed = parse(b"just some text\nof nothing\n");
    assert!(parsed.value.is_empty() && !parsed.gaps.is_empty());
}

#[test]
fn a_cut_dump_says_so() {
    let cut = &DUMP[..DUMP.find("\"VM Thread\"").unwrap()];
    let parsed = parse(cut.as_bytes());
    assert!(!parsed.value[0].complete);
    assert!(parsed.gaps.iter().any(|g| matches!(g.reason, Reason::Truncated { .. })));
}

#[test]
fn every_prefix_and_damage_is_survived() {
    let text = DUMP.as_bytes();
    for end in 0..text.len() {
        let parsed = parse(&text[..end]);
        assert!(parsed.value.iter().all(|d| d.range.end <= end));
    }
    let mut seed: u64 = 7;
    for _ in 0..1000 {
        let mut bytes = text.to_vec();
        for _ in 0..8 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = (seed >> 33) as usize % bytes.len();
            bytes[at] = (seed >> 20) as u8;
        }
        let _ = parse(&bytes);
    }
}
