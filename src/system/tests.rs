use super::*;
use crate::evidence::{ArtefactId, Content};
use goldenhour_parsers::Kind;

fn read(text: &str) -> Vec<SystemFacts> {
    let content = Content::new(text.as_bytes().to_vec());
    analyse(&Artefact::new(ArtefactId(1), "system.txt", Kind::System, content))
}

fn signs(text: &str) -> Vec<SignKind> {
    read(text).into_iter().flat_map(|f| f.signs).map(|s| s.what).collect()
}

#[test]
fn a_full_file_system_is_a_sign_and_a_roomy_one_is_none() {
    let text = goldenhour_synth::system::df(&[
        ("/dev/a", 1000, 100, "/data"),
        ("/dev/b", 1000, 40, "/"),
        ("/dev/loop0", 10, 100, "/snap/x"),
    ]);
    let found = signs(&text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        matches!(&found[0], SignKind::FileSystem { mount, used, inodes: false } if mount == "/data" && *used >= 1.0)
    );
}

#[test]
fn the_error_log_tells_link_space_and_crash_with_their_times() {
    let text = goldenhour_synth::system::errpt(&[
        ("EC0BCCD4", "1105110826", 'T', 'H', "ent2", "ETHERNET DOWN"),
        (
            "369D049B",
            "1114235526",
            'I',
            'O',
            "SYSPFS",
            "UNABLE TO ALLOCATE SPACE IN FILE SYSTEM",
        ),
        ("AA8AB241", "1108035126", 'T', 'O', "OPERATOR", "OPERATOR NOTIFICATION"),
    ]);
    let facts = read(&text);
    let found = &facts[0].signs;
    assert_eq!(found.len(), 2);
    assert_eq!(
        found[0].what,
        SignKind::LinkDown {
            adapter: "ent2".to_owned()
        }
    );
    assert_eq!(
        found[0].time.map(|t| t.civil.to_string()).as_deref(),
        Some("2026-11-05T11:08:00")
    );
    assert_eq!(found[0].citation.line, Some(2));
    assert_eq!(facts[0].facts["entries"], 3);
}

#[test]
fn connections_are_grouped_by_backend_and_state() {
    let text = goldenhour_synth::system::netstat(&[
        ("0.0.0.0:8080", "0.0.0.0:*", "LISTEN"),
        ("10.0.0.1:40001", "10.0.0.9:1521", "SYN_SENT"),
        ("10.0.0.1:40002", "10.0.0.9:1521", "SYN_SENT"),
        ("10.0.0.1:8080", "10.0.0.77:50001", "CLOSE_WAIT"),
    ]);
    let found = signs(&text);
    assert!(found.contains(&SignKind::Connections {
        state: "SYN_SENT".to_owned(),
        peer: "10.0.0.9:1521".to_owned(),
        count: 2
    }));
    assert!(
        !found
            .iter()
            .any(|s| matches!(s, SignKind::Connections { state, .. } if state == "CLOSE_WAIT"))
    );
}

#[test]
fn a_limit_knows_what_is_used_of_it() {
    let text = "$ grep Threads /proc/7/status\nThreads:\t620\n$ cat /proc/7/limits\nLimit                     Soft Limit           Hard Limit           Units     \n\
                Max processes             620                  620                  processes \n";
    let found = signs(text);
    assert!(found.contains(&SignKind::Limit {
        what: "threads".to_owned(),
        used: Some(620),
        limit: 620
    }));
}

#[test]
fn a_wait_for_a_lock_is_dated_back_by_its_own_duration() {
    let text = "2026-11-18 10:23:12.667 CST [10325] a@b LOG:  process 10325 still waiting for ShareLock on transaction 5 after 1000.107 ms\n\
                2026-11-18 10:23:12.667 CST [10325] a@b DETAIL:  Process holding the lock: 17258. Wait queue: 10325.\n";
    let facts = read(text);
    assert_eq!(
        facts[0].signs[0].time.map(|t| t.civil.to_string()).as_deref(),
        Some("2026-11-18T10:23:11.667")
    );
}

#[test]
fn a_healthy_listing_has_no_alarming_sign() {
    let text = "$ free -m\n              total        used        free      shared  buff/cache   available\nMem:          24105        4628       15109        1200        5913       19476\nSwap:             0           0           0\n";
    let found = signs(text);
    assert!(matches!(found.as_slice(), [SignKind::Memory { .. }]));
}
