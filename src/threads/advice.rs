//! What is known about the stacks of a dump, told in words.

use super::{
    facts::{Advice, AdviceLevel, DumpFacts, ThreadInfo},
    knowledge::{
        advice::{self, Row, When},
        is_library,
    },
    locks::quote,
};
use crate::{evidence::Citation, words::Text};
use goldenhour_parsers::thread_dump::frame::method;

/// Names kept of the threads that a piece of advice is about.
const NAMES: usize = 8;

/// Everything the table has to say about a dump, worst first, then by the number of threads.
pub(super) fn of(dump: &DumpFacts) -> Vec<Advice> {
    let rows = advice::rows();
    let mut found: Vec<Vec<&ThreadInfo>> = vec![Vec::new(); rows.len()];
    for thread in &dump.threads {
        let methods: Vec<&str> = thread.frames.iter().map(|f| method(f)).collect();
        let library = methods.iter().position(|m| !is_library(m)).unwrap_or(methods.len());
        for (row, threads) in rows.iter().zip(&mut found) {
            if row.when.holds(thread.activity) && row.pattern.matches(&thread.name, &methods, reach(row, library)) {
                threads.push(thread);
            }
        }
    }
    let mut all: Vec<Advice> = rows
        .iter()
        .zip(&found)
        .filter(|(row, threads)| threads.len() >= row.min)
        .map(|(row, threads)| advice(dump, row, threads))
        .collect();
    all.sort_by_key(|a| (a.level, std::cmp::Reverse(a.count)));
    all
}

/// How deep a chain may begin: what a library does below the application's own frame is no news of this thread.
fn reach(row: &Row, library: usize) -> usize {
    match row.when {
        When::Any => row.when.depth(),
        // The frame that waits may be the application's own.
        _ => row.when.depth().min(library + 1),
    }
}

fn advice(dump: &DumpFacts, row: &Row, threads: &[&ThreadInfo]) -> Advice {
    let first = threads.first();
    Advice {
        id: row.id,
        level: row.level,
        words: Text::new(row.zh, row.en),
        source: row.source,
        count: threads.len() as u64,
        threads: threads.iter().take(NAMES).map(|t| t.name.clone()).collect(),
        citation: dump
            .artefact
            .zip(first)
            .map(|(id, t)| Citation::line(id, t.line, quote(t))),
    }
}

impl AdviceLevel {
    /// The word of the table.
    pub(super) fn read(word: &str) -> Option<Self> {
        Some(match word {
            "critical" => Self::Critical,
            "high" => Self::High,
            "medium" => Self::Medium,
            "low" => Self::Low,
            "normal" => Self::Normal,
            _ => return None,
        })
    }

    /// The machine's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Normal => "normal",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threads::{
        facts::{LockKind, LockRef, ThreadState},
        judge,
        knowledge::advice::Pattern,
    };

    /// Ways in which a thread comes to stand in a frame: what is above it, and its state.
    const HEADS: &[(&[&str], ThreadState)] = &[
        (&[], ThreadState::Runnable),
        (&["java.lang.Object.wait(Native Method)"], ThreadState::Waiting),
        (&["jdk.internal.misc.Unsafe.park(Native Method)"], ThreadState::Waiting),
        (
            &["java.net.SocketInputStream.socketRead0(Native Method)"],
            ThreadState::Runnable,
        ),
        (&["x.native.M.m(Native Method)"], ThreadState::Runnable),
        (&[], ThreadState::Blocked),
    ];
    const TAIL: &[&str] = &[
        "com.hosp.his.Order.save(O.java:1)",
        "com.hosp.his.Order.run(O.java:1)",
        "com.hosp.his.A.a(A.java:1)",
        "java.lang.Thread.run(T.java:1)",
    ];

    fn dump(row: &Row, name: &str, chain: &[&str], head: &(&[&str], ThreadState), with_tail: bool) -> DumpFacts {
        let tail = if with_tail { TAIL } else { &[] };
        let middle = chain.iter().map(|start| match start.starts_with('.') {
            true => format!("com.hosp.Types{start}(T.java:1)"),
            // A whole method may be native.
            false if head.0.is_empty() && head.1 == ThreadState::Runnable && row.when != When::Running => {
                format!("{start}(Native Method)")
            }
            false => format!("{start}(X.java:1)"),
        });
        let frames: Vec<std::sync::Arc<str>> = head
            .0
            .iter()
            .map(|f| (*f).to_owned())
            .chain(middle)
            .chain(tail.iter().map(|f| (*f).to_owned()))
            .map(Into::into)
            .collect();
        let thread = |n: usize| ThreadInfo {
            name: format!("{name}{n}"),
            frames: frames.clone(),
            state: head.1,
            waits_for: (head.1 == ThreadState::Blocked).then(|| LockRef {
                class: "a.L".into(),
                address: 1,
                kind: LockKind::Monitor,
            }),
            ..ThreadInfo::default()
        };
        let mut dump = DumpFacts {
            threads: (0..row.min).map(thread).collect(),
            format: "hotspot",
            ..DumpFacts::default()
        };
        judge(&mut dump);
        dump
    }

    fn fires(row: &Row, name: &str, chain: &[&str]) -> bool {
        [true, false].iter().any(|tail| {
            HEADS.iter().any(|head| {
                let told = of(&dump(row, name, chain, head, *tail));
                told.iter().any(|a| a.id == row.id && a.count == row.min as u64)
            })
        })
    }

    #[test]
    fn every_alternative_of_every_row_is_reached_by_a_judged_thread() {
        let mut dead = Vec::new();
        for row in advice::rows() {
            match &row.pattern {
                Pattern::Name(names) => {
                    dead.extend(
                        names
                            .iter()
                            .filter(|n| !fires(row, n, &["com.hosp.X.y"]))
                            .map(|n| (row.id, (*n).to_owned())),
                    );
                }
                Pattern::Stack(chains) => {
                    dead.extend(
                        chains
                            .iter()
                            .filter(|c| !fires(row, "t", c))
                            .map(|c| (row.id, c.join(" < "))),
                    );
                }
            }
        }
        assert!(dead.is_empty(), "{dead:#?}");
    }

    #[test]
    fn a_healthy_pool_is_called_normal_and_nothing_else() {
        let idle = [
            "java.lang.Object.wait(Native Method)",
            "com.ibm.ws.util.BoundedBuffer.waitGet_(B.java:1)",
            "com.ibm.ws.util.BoundedBuffer.take(B.java:1)",
            "com.ibm.ws.util.ThreadPool.getTask(T.java:1)",
            "com.ibm.ws.util.ThreadPool$Worker.run(T.java:1)",
        ];
        let worker = |n: usize| ThreadInfo {
            name: format!("WebContainer : {n}"),
            frames: idle.iter().map(|f| (*f).into()).collect(),
            state: ThreadState::Waiting,
            ..ThreadInfo::default()
        };
        let mut dump = DumpFacts {
            threads: (0..50).map(worker).collect(),
            ..DumpFacts::default()
        };
        judge(&mut dump);
        let told = of(&dump);
        assert!(told.iter().all(|a| a.level == AdviceLevel::Normal), "{told:?}");
        assert!(told.iter().any(|a| a.id == "ok.was.worker" && a.count == 50));
    }

    #[test]
    fn one_waiter_at_a_collection_is_no_news() {
        let waiter = |n: usize| ThreadInfo {
            name: format!("t{n}"),
            frames: vec![
                "java.util.Hashtable.get(H.java:1)".into(),
                "com.hosp.A.b(A.java:1)".into(),
            ],
            state: ThreadState::Blocked,
            waits_for: Some(LockRef::default()),
            ..ThreadInfo::default()
        };
        let told = |count: usize| {
            let mut dump = DumpFacts {
                threads: (0..count).map(waiter).collect(),
                ..DumpFacts::default()
            };
            judge(&mut dump);
            of(&dump).iter().any(|a| a.id == "lock.hashtable")
        };
        assert!(!told(1) && told(2));
    }
}
