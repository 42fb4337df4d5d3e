use super::*;
use crate::evidence::{ArtefactId, Content};

fn facts(text: &str) -> LogFacts {
    let content = Content::new(text.as_bytes().to_vec());
    analyse(
        &Artefact::new(ArtefactId(1), "x.log", Kind::Log, content),
        &LogOptions::default(),
    )
}

#[test]
fn a_small_log4j_log() {
    let f = facts(
        "2026-11-20 10:00:00,000 INFO [main] a.b.C - Start completed.\n\
         2026-11-20 10:00:01,000 ERROR [t1] a.b.D - save failed id=1\n\
         java.sql.SQLException: ORA-00060: x\n\tat oracle.jdbc.X.y(X.java:1)\n\tat com.hosp.Dao.save(Dao.java:3)\n\
         2026-11-20 10:00:02,000 INFO [t1] a.b.D - ok 1\n",
    );
    assert_eq!((f.records, f.errors, f.traces), (3, 1, 1));
    let first = f.first_error.unwrap();
    assert_eq!(first.line, 2);
    assert_eq!(first.root_exception.as_deref(), Some("java.sql.SQLException"));
    assert_eq!(first.own_frame.as_deref(), Some("com.hosp.Dao.save(Dao.java:3)"));
    assert_eq!(f.notable.len(), 2);
}

#[test]
fn lines_of_a_trace_on_the_error_stream_are_joined() {
    let f = facts(
        "[11/11/26 20:20:31:750 CST] 00000030 SystemErr     R   java.lang.OutOfMemoryError: no thread\n\
         [11/11/26 20:20:31:750 CST] 00000031 SystemErr     R   java.lang.IllegalStateException\n\
         [11/11/26 20:20:31:750 CST] 00000030 SystemErr     R   \tat java.lang.Thread.start(Thread.java:936)\n\
         [11/11/26 20:20:31:750 CST] 00000031 SystemErr     R   \tat com.hosp.B.c(B.java:1)\n\
         [11/11/26 20:20:31:750 CST] 00000030 SystemErr     R   \tat com.hosp.Bell.ring(Bell.java:90)\n",
    );
    assert_eq!(f.records, 5);
    let own: Vec<_> = f.notable.iter().map(|r| r.own_frame.as_deref()).collect();
    assert_eq!(
        own,
        [Some("com.hosp.Bell.ring(Bell.java:90)"), Some("com.hosp.B.c(B.java:1)")]
    );
}

#[test]
fn printed_exceptions_between_records() {
    let f = facts(
        "17-Nov-2018 16:37:36.990 INFO [main] org.apache.x.V.log Server startup in [5] ms\n\
         java.lang.OutOfMemoryError: Java heap space\nDumping heap to /x/java_pid1.hprof ...\n",
    );
    assert_eq!(f.notable.iter().map(|r| r.line).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(
        f.notable.get(1).unwrap().root_exception.as_deref(),
        Some("java.lang.OutOfMemoryError")
    );
}

#[test]
fn cut_ranges_are_skipped_and_lines_still_count() {
    let text = "2026-11-20 10:00:00,000 INFO [main] a.b.C - one\nTHREAD\nDUMP\n2026-11-20 10:00:01,000 ERROR [main] a.b.C - two\n";
    let start = text.find("THREAD").unwrap();
    let end = text.find("DUMP\n").unwrap() + 5;
    let mut artefact = Artefact::new(
        ArtefactId(1),
        "x.log",
        Kind::Log,
        Content::new(text.as_bytes().to_vec()),
    );
    artefact.set_cut(std::iter::once(start..end).collect());
    let f = analyse(&artefact, &LogOptions::default());
    assert_eq!((f.records, f.first_error.unwrap().line), (2, 4));
}

#[test]
fn damage_neither_panics_nor_hangs() {
    let text = "************ Start Display Current Environment ************\nWebSphere running with process name a\\b\\c and process id 7\n************* End Display\n\
        [11/11/26 20:20:31:750 CST] 00000030 SystemErr     R   java.lang.X: y\n####<2016-5-20 \u{4e0b}\u{5348}08> <Error> <x\n{\"level\":50,\"msg\":\"x\n\
        Nov 20, 2012 3:02:00 AM a.B c\nINFO: d\n10.1.1.1 - - [16/Nov/2026:08:12:24 +0800] \"GET / HTTP/1.1\" 200 2 3\n";
    for end in 0..text.len() {
        let _ = analyse(
            &Artefact::new(
                ArtefactId(1),
                "x.log",
                Kind::Log,
                Content::new(text.as_bytes().get(..end).unwrap().to_vec()),
            ),
            &LogOptions::default(),
        );
    }
    let mut seed = 7u32;
    for _ in 0..300 {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..8 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = seed as usize % bytes.len();
            *bytes.get_mut(at).unwrap() = (seed >> 24) as u8;
        }
        let _ = analyse(
            &Artefact::new(ArtefactId(1), "x.log", Kind::Log, Content::new(bytes)),
            &LogOptions::default(),
        );
    }
}

#[test]
fn access_logs() {
    let mut text = String::new();
    for minute in 0..30 {
        for second in 0..10 {
            let (status, time) = if minute >= 20 { (500, 9_000_000) } else { (200, 20_000) };
            text.push_str(&format!("10.1.1.1 - - [16/Nov/2026:08:{minute:02}:{second:02} +0800] \"GET /a?x=1 HTTP/1.1\" {status} 2 {time}\n"));
        }
    }
    let f = facts(&text);
    let a = f.access.unwrap();
    assert_eq!((a.requests, a.server_errors), (300, 100));
    assert_eq!(a.degraded_from.unwrap().civil.minute(), 20);
    assert_eq!(a.minutes.first().unwrap().median_ms, Some(20.0));
    assert_eq!(a.first_server_error.unwrap().line, 201);
}

#[test]
fn every_built_layout_is_read() {
    use goldenhour_synth::log::{LogLayout, log};
    for (layout, format) in [
        (LogLayout::WebSphere, "websphere"),
        (LogLayout::WebLogic, "weblogic"),
        (LogLayout::Log4j, "log4j"),
        (LogLayout::JuliZh, "juli"),
        (LogLayout::Json, "json"),
        (LogLayout::Access, "access"),
    ] {
        let f = facts(&log(layout, 200));
        assert_eq!((f.format, f.records), (format, 200), "{layout:?}");
        if layout != LogLayout::Access {
            assert_eq!(f.errors, 20, "{layout:?}");
            assert!(f.templates.len() <= 3, "{layout:?}: {:?}", f.templates);
        }
        assert!(f.first_time.is_some(), "{layout:?}");
    }
}

#[test]
fn codes_have_meanings_and_durations() {
    let f = facts(
        "[11/18/26 18:52:52:691 CST] 00000012 ThreadMonitor W   WSVR0605W: Thread \"WebContainer : 3\" (0000003b) has been active for 612345 milliseconds and may be hung.\n",
    );
    let code = f.codes.first().unwrap();
    assert_eq!((code.code.as_str(), code.role), ("WSVR0605W", "symptom"));
    assert!(code.meaning.is_some());
    assert_eq!(f.notable.first().unwrap().carried_s, Some(612.345));
}

/// A WebSphere-like log with traces, traces that come one record a line, codes and a burst.
fn long_log() -> String {
    use std::fmt::Write as _;
    let mut log = String::new();
    for n in 0..6000_u32 {
        let (minute, second) = (n / 60 % 60, n % 60);
        let head = format!(
            "[3/9/26 {:02}:{minute:02}:{second:02}:{:03} CST] 000000{:02x}",
            8 + n / 3600,
            n % 997,
            n % 200
        );
        let _ = match n % 23 {
            3 => write!(
                log,
                "{head} Dao           E no connection {n} left\njava.sql.SQLException: gone\n\tat a.B.c(B.java:{n})\n"
            ),
            5 => write!(
                log,
                "{head} SystemErr     R java.lang.IllegalStateException: {n}\n{head} SystemErr     R \tat a.b.C.d(C.java:1)\n"
            ),
            9 if n > 3000 => writeln!(
                log,
                "{head} ThreadMonitor W   WSVR0605W: Thread \"WebContainer : {n}\" may be hung."
            ),
            _ if (4000..4060).contains(&n) => writeln!(log, "{head} Pool          W pool exhausted, waiting={n}"),
            _ => writeln!(
                log,
                "{head} Order         I order {n} of {} done",
                ["ward", "desk", "web"][n as usize % 3]
            ),
        };
    }
    log
}

#[test]
fn pieces_give_what_the_whole_gives() {
    let log = long_log();
    let options = LogOptions { assign: true };
    let format = LogFormat::detect(log.as_bytes(), None);
    let read = |piece| {
        let input = collect::Input {
            bytes: log.as_bytes(),
            cut: &[],
            first_line: 11,
            format: &format,
            options: &options,
            piece,
        };
        collect::read(input, &|_| {})
    };
    let whole = read(usize::MAX);
    assert_eq!((whole.records, whole.format), (6000 + 6000 / 23 + 1, "websphere"));
    assert!(!whole.bursts.is_empty());
    for piece in [3_000, 20_000, 100_001] {
        let pieces = pieces::pieces(log.as_bytes(), &[], &format, piece);
        assert!(pieces.len() > 3, "{}", pieces.len());
        assert_eq!(format!("{:?}", read(piece)), format!("{whole:?}"), "pieces of {piece}");
    }
}
