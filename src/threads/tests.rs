use super::*;
use crate::evidence::{Artefact, ArtefactId, Content};
use goldenhour_synth::{
    javacore::{self as core, Generation, Javacore},
    thread_dump::{self as dump, Dump},
};

fn artefact(kind: Kind, text: impl Into<Vec<u8>>) -> Artefact {
    Artefact::new(ArtefactId(1), "x", kind, Content::new(text.into()))
}

const LOOP: &[&str] = &[
    "java.util.HashMap.get(HashMap.java:1)",
    "com.acme.Parser.parse(Parser.java:9)",
];

fn dead_locked() -> Dump {
    Dump {
        time: "2026-11-20 10:31:22".into(),
        elapsed_s: 100.0,
        threads: vec![
            dump::Thread::blocked("exec-1", "com.acme.A.x(A.java:1)", 0x10, &[]),
            dump::Thread::blocked("exec-2", "com.acme.A.x(A.java:1)", 0x20, &[0x10]),
            dump::Thread::blocked("exec-3", "com.acme.B.y(B.java:1)", 0x10, &[0x20]),
            dump::Thread::idle("exec-4"),
            dump::Thread::running("exec-5", LOOP, 5000.0),
        ],
        deadlock: [
            "\"exec-1\":",
            "  waiting to lock monitor 0x1 (object 0x0000000000000010, a com.acme.Lock),",
            "  which is held by \"exec-2\"",
            "\"exec-2\":",
            "  waiting to lock monitor 0x2 (object 0x0000000000000020, a com.acme.Lock),",
            "  which is held by \"exec-3\"",
            "\"exec-3\":",
            "  waiting to lock monitor 0x1 (object 0x0000000000000010, a com.acme.Lock),",
            "  which is held by \"exec-2\"",
        ]
        .map(str::to_owned)
        .to_vec(),
    }
}

fn javacore(generation: Generation) -> Javacore {
    Javacore {
        generation,
        date: "2026/11/10 at 08:34:52".into(),
        pid: 4711,
        threads: vec![
            core::Thread::running("WebContainer : 0", LOOP, 50.0),
            core::Thread::blocked("WebContainer : 1", "com.acme.A.x(A.java:1)", 1, 2),
            core::Thread::blocked("WebContainer : 2", "com.acme.B.y(B.java:1)", 2, 1),
            core::Thread::blocked("WebContainer : 3", "com.acme.A.x(A.java:1)", 1, 2),
        ],
        deadlock: vec![1, 2],
    }
}

#[test]
fn a_deadlock_is_told_once_without_those_who_merely_wait() {
    let dumps = analyse(&artefact(Kind::ThreadDump, dump::hotspot(&dead_locked())));
    let facts = &dumps[0];
    assert_eq!(facts.deadlocks.len(), 1);
    let deadlock = &facts.deadlocks[0];
    assert_eq!(
        (deadlock.threads.as_slice(), deadlock.victims),
        (&["exec-2".to_owned(), "exec-3".to_owned()][..], 1)
    );
    assert!(
        deadlock.reported_by_vm && facts.complete && facts.gaps.is_empty(),
        "{:?}",
        facts.gaps
    );
    assert_eq!(
        (facts.thread_count, facts.states.blocked, facts.states.runnable),
        (6, 3, 1)
    );
    let activities: Vec<Activity> = facts.threads.iter().map(|t| t.activity).collect();
    use Activity::{Idle, Lock, Running, Vm};
    assert_eq!(activities, [Lock, Lock, Lock, Idle, Running, Vm]);
}

#[test]
fn the_same_without_the_vm_saying_so() {
    let quiet = Dump {
        deadlock: Vec::new(),
        ..dead_locked()
    };
    let dumps = analyse(&artefact(Kind::ThreadDump, dump::hotspot(&quiet)));
    assert_eq!(dumps[0].deadlocks[0].threads, ["exec-2", "exec-3"]);
    assert!(!dumps[0].deadlocks[0].reported_by_vm);
}

#[test]
fn every_generation_of_javacore_tells_the_same() {
    for generation in [Generation::Classic, Generation::Java6, Generation::Java8] {
        let dumps = analyse(&artefact(Kind::Javacore, core::text(&javacore(generation))));
        let facts = &dumps[0];
        assert!(
            facts.complete && facts.gaps.is_empty(),
            "{generation:?} {:?}",
            facts.gaps
        );
        assert_eq!((facts.thread_count, facts.states.blocked), (4, 3), "{generation:?}");
        assert_eq!(facts.deadlocks.len(), 1, "{generation:?}");
        assert_eq!(facts.deadlocks[0].threads, ["WebContainer : 1", "WebContainer : 2"]);
        assert_eq!(
            facts.deadlocks[0].locks[0],
            format!("com.acme.Lock@{:#x}", core::address(1))
        );
        assert!(facts.deadlocks[0].reported_by_vm);
        assert_eq!(facts.deadlocks[0].victims, 1);
        assert_eq!(
            (facts.heap_free, facts.heap_max),
            (Some(16_046_280), Some(256 << 20)),
            "{generation:?}"
        );
        assert_eq!(facts.current_thread.as_deref(), Some("WebContainer : 0"));
        assert_eq!(
            facts.threads[0].own_frame.as_deref(),
            Some("com.acme.Parser.parse(Parser.java:9)")
        );
        assert_eq!(facts.blockers[0].lock.class, "com.acme.Lock");
        assert_eq!(
            (facts.blockers[0].thread.as_str(), facts.blockers[0].blocked),
            ("WebContainer : 2", 2)
        );
        assert_eq!(facts.class_loaders[0].classes, 395);
    }
}

#[test]
fn lines_count_in_the_whole_file() {
    let text = format!("before\nbefore\n{}", dump::hotspot(&dead_locked()));
    let whole = artefact(Kind::Log, text.clone());
    let cut = whole.cut_out(ArtefactId(2), Kind::ThreadDump, 14..text.len(), 3);
    let facts = &analyse(&cut)[0];
    let header = text.lines().position(|l| l.starts_with("\"exec-3\"")).unwrap() as u64 + 1;
    assert_eq!(facts.threads[2].line, header);
    let report = text.lines().position(|l| l.starts_with("Found one")).unwrap() as u64 + 1;
    assert_eq!(facts.deadlocks[0].citation.as_ref().and_then(|c| c.line), Some(report));
}

#[test]
fn a_loop_burns_cpu_through_a_series() {
    let dumps: Vec<DumpFacts> = (0..3_u8)
        .flat_map(|n| {
            let at = Dump {
                time: format!("2026-11-20 10:3{n}:00"),
                elapsed_s: 1000.0 + 60.0 * f64::from(n),
                threads: vec![
                    dump::Thread::running("exec-5", LOOP, 58_000.0 * f64::from(n)),
                    dump::Thread::idle("exec-6"),
                ],
                deadlock: Vec::new(),
            };
            analyse(&artefact(Kind::ThreadDump, dump::hotspot(&at)))
        })
        .collect();
    let series = compare(&dumps.iter().collect::<Vec<_>>());
    assert_eq!(series.dumps, [0, 1, 2]);
    assert_eq!(series.stuck, ["exec-5"]);
    assert_eq!(series.spinning[0].thread, "exec-5");
    assert!(
        pools(&dumps)
            .iter()
            .any(|p| p.name == "exec" && p.size == 2 && p.busy == 1)
    );
}

#[test]
fn a_healthy_dump_has_nothing_to_report() {
    let calm = Dump {
        time: "2026-11-20 10:31:22".into(),
        elapsed_s: 5.0,
        threads: vec![dump::Thread::idle("exec-1"), dump::Thread::idle("exec-2")],
        deadlock: Vec::new(),
    };
    let facts = &analyse(&artefact(Kind::ThreadDump, dump::hotspot(&calm)))[0];
    assert!(facts.deadlocks.is_empty() && facts.blockers.is_empty());
    assert!(pools(std::slice::from_ref(facts)).iter().all(|p| p.busy == 0));
}

#[test]
fn every_prefix_and_damage_is_survived() {
    let texts = [
        (Kind::ThreadDump, dump::hotspot(&dead_locked())),
        (Kind::Javacore, core::text(&javacore(Generation::Java8))),
        (Kind::Javacore, core::text(&javacore(Generation::Classic))),
    ];
    for (kind, text) in texts {
        for end in (0..text.len()).step_by(7) {
            let facts = analyse(&artefact(kind, &text.as_bytes()[..end]));
            assert!(facts.iter().all(|f| f.threads.len() <= 6));
        }
        let mut seed: u64 = 42;
        for _ in 0..200 {
            let mut bytes = text.clone().into_bytes();
            for _ in 0..12 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let at = (seed >> 33) as usize % bytes.len();
                bytes[at] = (seed >> 24) as u8;
            }
            let _ = analyse(&artefact(kind, bytes));
        }
    }
}
