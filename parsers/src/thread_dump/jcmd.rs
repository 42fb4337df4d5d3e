//! `jcmd <pid> Thread.dump_to_file`, text (JDK 21 and later).

use super::{Dump, Format, Lines, Thread, frame, header, lock, scan, time};
use crate::text::{Interner, Names};
use crate::{Gap, Parsed, Reason};
use std::sync::Arc;

/// True when the text begins like such a file, or has its thread headers.
pub(super) fn looks_like(input: &[u8]) -> bool {
    Lines::new(input)
        .take(200)
        .any(|line| line.bytes.starts_with(b"#") && header::jcmd(&scan::text(line.bytes)).is_some())
}

/// Reads the file as one dump.
pub(super) fn parse(input: &[u8]) -> Parsed<Vec<Dump>> {
    let mut dump = Dump {
        format: Format::JcmdText,
        range: 0..input.len(),
        line: 1,
        complete: true,
        ..Dump::default()
    };
    let mut gaps = Vec::new();
    let mut thread: Option<Thread> = None;
    let (mut frames, mut names) = (Interner::default(), Names::default());
    for line in Lines::new(input) {
        let bare = line.bytes.trim_ascii();
        if let (Some(thread), Some(known)) = (thread.as_mut(), frames.get(bare)) {
            thread.frames.push(Arc::clone(known));
            continue;
        }
        let content = scan::text(line.bytes);
        let trimmed = content.trim();
        if trimmed.is_empty() {
            continue;
        }
        if let Some(next) = header::jcmd(trimmed) {
            dump.threads.extend(thread.replace(Thread {
                line: line.number,
                ..next
            }));
            continue;
        }
        match thread.as_mut() {
            Some(thread) => {
                let known = thread.frames.len();
                if !take(thread, trimmed, &mut names) {
                    gaps.push(Gap::new(
                        line.offset as u64,
                        (line.end - line.offset) as u64,
                        Reason::Malformed {
                            expected: "a line of a thread dump",
                        },
                    ));
                } else if let Some(frame) = thread.frames.get(known) {
                    frames.put(bare, Arc::clone(frame));
                }
            }
            None => title(&mut dump, trimmed),
        }
    }
    dump.threads.extend(thread);
    Parsed {
        value: vec![dump],
        gaps,
    }
}

/// Process id, time and version stand on a line each.
fn title(dump: &mut Dump, line: &str) {
    if dump.pid.is_none() && dump.time.is_none() && line.bytes().all(|b| b.is_ascii_digit()) {
        dump.pid = line.parse().ok();
    } else if let Some(stamp) = time::stamp_line(line) {
        dump.time = Some(stamp);
    } else if dump.vm.is_none() {
        dump.vm = Some(line.to_owned());
    }
}

/// A line of a stack; false when it is none.
fn take(thread: &mut Thread, line: &str, names: &mut Names) -> bool {
    if let Some(mut found) = lock::parse(line, false, names) {
        found.depth = thread.frames.len();
        thread.locks.push(found);
        return true;
    }
    if lock::is_remark(line) {
        return true;
    }
    if line.ends_with(')') && line.contains('(') {
        thread.frames.push(frame::normal(line).into());
        return true;
    }
    line.starts_with("// container") || line.starts_with("at ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::thread_dump::{LockWord, State};

    #[test]
    fn both_generations() {
        let text = b"18104\n2026-11-23T03:45:00.470534343Z\n25.0.3+9-LTS\n\n#3 \"main\" TIMED_WAITING 2026-11-23T03:45:00Z\n    at java.base/java.lang.Thread.sleep(Thread.java:540)\n\n#23 \"\" virtual BLOCKED 2026-11-23T03:45:00Z\n    at V.m(V.java:6)\n    - locked <java.lang.Object@398f5b12>\n    - waiting to lock <java.lang.Object@13c959a3>\n\n#30 \"old\"\n      java.base/java.lang.Object.wait0(Native Method)\n";
        assert!(looks_like(text));
        let dumps = parse(text).value;
        let dump = &dumps[0];
        assert_eq!((dump.pid, dump.vm.as_deref()), (Some(18104), Some("25.0.3+9-LTS")));
        let names: Vec<_> = dump
            .threads
            .iter()
            .map(|t| (t.name.as_str(), t.state, t.frames.len()))
            .collect();
        assert_eq!(
            names,
            [
                ("main", Some(State::TimedWaiting), 1),
                ("#23", Some(State::Blocked), 1),
                ("old", None, 1)
            ]
        );
        assert_eq!(dump.threads[1].locks[1].kind, LockWord::WaitingToLock);
    }

    #[test]
    fn other_texts_are_not_taken() {
        assert!(!looks_like(b"# comment\n#1 things to do\n"));
    }
}
