//! `jcmd <pid> Thread.dump_to_file -format=json`, whole or cut off.

use super::{Dump, Format, LockLine, LockWord, Thread, frame, header, time};
use crate::{Gap, Parsed, Reason};
use serde_json::Value;

/// True for an object whose first member is `threadDump`.
pub(super) fn looks_like(input: &[u8]) -> bool {
    let head = input.get(..input.len().min(512)).unwrap_or_default();
    head.iter().find(|b| !b.is_ascii_whitespace() && **b < 0x80) == Some(&b'{')
        && memchr::memmem::find(head, b"\"threadDump\"").is_some()
}

/// Reads the file; of a cut one what is there.
pub(super) fn parse(input: &[u8]) -> Parsed<Vec<Dump>> {
    let whole = serde_json::from_slice::<Value>(input).ok();
    let complete = whole.is_some();
    let mut gaps = Vec::new();
    let root = whole.or_else(|| {
        let (repaired, kept) = repair(input);
        gaps.push(Gap::new(
            kept as u64,
            (input.len() - kept) as u64,
            Reason::Truncated {
                expected: "the end of the thread dump",
            },
        ));
        serde_json::from_slice(&repaired).ok()
    });
    let Some(root) = root.as_ref().and_then(|r| r.get("threadDump")) else {
        return Parsed {
            value: Vec::new(),
            gaps,
        };
    };
    let mut lines = NameLines::new(input);
    let mut dump = Dump {
        format: Format::JcmdJson,
        range: 0..input.len(),
        line: 1,
        pid: number(root.get("processId")),
        time: string(root, "time").and_then(|t| time::iso(&t)),
        vm: string(root, "runtimeVersion"),
        complete,
        ..Dump::default()
    };
    for container in root
        .get("threadContainers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        dump.containers += 1;
        let is_virtual = container
            .get("container")
            .and_then(Value::as_str)
            .is_some_and(|name| name.contains("ThreadPerTaskExecutor"));
        for value in container.get("threads").and_then(Value::as_array).into_iter().flatten() {
            dump.threads.push(thread(value, is_virtual, &mut lines));
        }
    }
    Parsed {
        value: vec![dump],
        gaps,
    }
}

fn string(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// Numbers are strings up to JDK 25.
fn number(value: Option<&Value>) -> Option<u64> {
    let value = value?;
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn thread(value: &Value, in_virtual_container: bool, lines: &mut NameLines<'_>) -> Thread {
    let id = number(value.get("tid"));
    let name = string(value, "name").unwrap_or_default();
    let told_virtual = value.get("virtual").and_then(Value::as_bool);
    let mut thread = Thread {
        line: lines.next_thread(),
        java_id: id,
        // JDK 21 does not say which threads are virtual; those of a per-task container without a name are.
        is_virtual: told_virtual.unwrap_or(in_virtual_container && name.is_empty()),
        name: if name.is_empty() {
            format!("#{}", id.unwrap_or(0))
        } else {
            name
        },
        state: string(value, "state").and_then(|s| header::state_word(&s)),
        ..Thread::default()
    };
    let stack = value.get("stack").and_then(Value::as_array);
    thread.frames = stack
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|printed| frame::normal(printed).into())
        .collect();
    thread.locks = locks(value);
    thread
}

fn locks(value: &Value) -> Vec<LockLine> {
    let mut locks = Vec::new();
    let mut add = |kind, object: Option<&Value>, owner: Option<String>| {
        if let Some((class, address)) = object.and_then(Value::as_str).and_then(frame::class_at) {
            locks.push(LockLine {
                depth: 0,
                kind,
                address: Some(address),
                class: class.into(),
                owner,
            });
        }
    };
    add(LockWord::WaitingToLock, value.get("blockedOn"), None);
    add(LockWord::WaitingOn, value.get("waitingOn"), None);
    let blocker = value.get("parkBlocker");
    add(LockWord::Parking, blocker.and_then(|b| b.get("object")), None);
    for owned in value
        .get("monitorsOwned")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        for lock in owned.get("locks").and_then(Value::as_array).into_iter().flatten() {
            add(LockWord::Locked, Some(lock), None);
        }
    }
    locks
}

/// The lines of the `"tid"` members, in the order of the threads.
struct NameLines<'a> {
    input: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> NameLines<'a> {
    fn new(input: &'a [u8]) -> Self {
        Self { input, at: 0, line: 1 }
    }

    fn next_thread(&mut self) -> u64 {
        let rest = self.input.get(self.at..).unwrap_or_default();
        if let Some(hit) = memchr::memmem::find(rest, b"\"tid\"") {
            let passed = rest.get(..hit).unwrap_or_default();
            self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
            self.at += hit + 5;
        }
        self.line
    }
}

/// Closes a cut JSON text behind its last whole value; also gives how many bytes of it were kept.
fn repair(input: &[u8]) -> (Vec<u8>, usize) {
    let mut kept = 0;
    brackets(input, |end| kept = end);
    let mut text = input.get(..kept).unwrap_or_default().to_vec();
    let open = brackets(&text, |_| {});
    text.extend(open.iter().rev());
    (text, kept)
}

/// The brackets still open at the end of the text; `whole` is told the end of every whole value on the way.
fn brackets(input: &[u8], mut whole: impl FnMut(usize)) -> Vec<u8> {
    let mut open: Vec<u8> = Vec::new();
    let (mut in_string, mut escaped) = (false, false);
    for (at, &byte) in input.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => {
                in_string = !in_string;
                // A string inside an array is a whole value.
                if !in_string && open.last() == Some(&b']') {
                    whole(at + 1);
                }
            }
            _ if in_string => {}
            b'{' => open.push(b'}'),
            b'[' => open.push(b']'),
            b'}' | b']' => {
                open.pop();
                whole(at + 1);
            }
            b',' => whole(at),
            _ => {}
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] =
        br#"{ "threadDump": { "processId": "38", "time": "2026-01-25T15:46:04.439828Z", "runtimeVersion": "25",
 "threadContainers": [ { "container": "<root>", "parent": null, "threads": [
  { "tid": "9", "name": "Reference Handler", "state": "BLOCKED", "blockedOn": "java.lang.Object@1f",
    "monitorsOwned": [ { "depth": 1, "locks": [ "a.B@2f" ] } ],
    "stack": [ "java.base\/java.lang.ref.Reference.run(Reference.java:1)" ] },
  { "tid": "10", "name": "", "virtual": true, "stack": [ ] } ] } ] } }"#;

    #[test]
    fn a_whole_file() {
        assert!(looks_like(TEXT));
        let parsed = parse(TEXT);
        assert!(parsed.gaps.is_empty());
        let dump = &parsed.value[0];
        assert_eq!(
            (dump.pid, dump.containers, dump.threads.len(), dump.complete),
            (Some(38), 1, 2, true)
        );
        assert_eq!(
            dump.threads[0].frames,
            ["java.lang.ref.Reference.run(Reference.java:1)".into()]
        );
        assert_eq!(
            dump.threads[0]
                .locks
                .iter()
                .map(|l| (l.kind, l.address))
                .collect::<Vec<_>>(),
            [(LockWord::WaitingToLock, Some(0x1f)), (LockWord::Locked, Some(0x2f)),]
        );
        assert_eq!(
            (
                dump.threads[1].name.as_str(),
                dump.threads[1].is_virtual,
                dump.threads[1].line
            ),
            ("#10", true, 6)
        );
    }

    #[test]
    fn every_prefix_gives_what_it_holds() {
        for end in 0..TEXT.len() {
            let parsed = parse(&TEXT[..end]);
            assert!(!parsed.gaps.is_empty());
        }
        let cut = parse(&TEXT[..TEXT.len() - 40]);
        assert_eq!(cut.value[0].threads.len(), 2);
    }
}
