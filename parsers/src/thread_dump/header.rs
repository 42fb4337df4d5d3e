//! Header lines of threads in every dialect.

use super::{State, Thread, frame, scan};
use crate::text::{find, split_at};

/// How a header is written; decides the format of the dump and how locks are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `tid=… nid=…`.
    HotSpot,
    /// HotSpot with SAP's fields.
    Sap,
    /// `id=1 idx=0x4 tid=27878 prio=5 alive, …`.
    Jrockit,
    /// `- Thread t@332`, `id=3149 in RUNNABLE`, `Id=12 BLOCKED on …`.
    Tool,
}

/// Reads a header line; `None` when the line is none.
pub(super) fn parse(line: &str) -> Option<(Thread, Dialect)> {
    let line = line.trim();
    if let Some(thread) = forced(line) {
        return Some((thread, Dialect::Tool));
    }
    let inner = line.strip_prefix('"')?;
    let (name, fields) = split_name(inner)?;
    let mut thread = Thread {
        name: name.to_owned(),
        ..Thread::default()
    };
    let dialect = if is_jrockit(fields) {
        jrockit_fields(&mut thread, fields);
        Dialect::Jrockit
    } else if let Some(rest) = fields.strip_prefix("- Thread t@") {
        thread.java_id = scan::decimal(rest);
        Dialect::Tool
    } else if let Some(rest) = fields.strip_prefix("Id=") {
        tool_fields(&mut thread, rest);
        Dialect::Tool
    } else if let Some((rest, _)) = fields
        .strip_prefix("id=")
        .and_then(|rest| split_at(rest, " in ").map(|s| (rest, s)))
    {
        tool_fields(&mut thread, &rest.replacen(" in ", " ", 1));
        Dialect::Tool
    } else {
        hotspot_fields(&mut thread, fields)?
    };
    Some((thread, dialect))
}

/// `Thread 14582: (state = BLOCKED)` of `jstack -F`, which sees no names. Its BLOCKED is the VM's word for any wait.
fn forced(line: &str) -> Option<Thread> {
    let rest = line.strip_prefix("Thread ")?;
    let (id, state) = rest.split_once(": (state = ")?;
    let id: u64 = id.parse().ok()?;
    let words = state.trim_end_matches(')');
    Some(Thread {
        name: format!("Thread {id}"),
        native_id: Some(id),
        vm_id: Some(id),
        words: words.to_owned(),
        state: match words {
            "BLOCKED" | "BLOCKED_TRANS" => Some(State::Waiting),
            "IN_JAVA" | "IN_NATIVE" | "IN_VM" | "IN_JAVA_TRANS" | "IN_NATIVE_TRANS" | "IN_VM_TRANS" => {
                Some(State::Runnable)
            }
            _ => None,
        },
        ..Thread::default()
    })
}

/// The name up to the quote that a known field follows. The last such quote ends it, because a name may hold quotes
/// itself; quotes of `user="…"` (SAP) and `owned by "…"` do not count.
fn split_name(inner: &str) -> Option<(&str, &str)> {
    inner
        .rmatch_indices('"')
        .map(|(at, _)| {
            (
                inner.get(..at).unwrap_or_default(),
                inner.get(at + 1..).unwrap_or_default(),
            )
        })
        .filter(|(name, _)| {
            !name
                .rsplit_once('"')
                .is_some_and(|(before, _)| before.ends_with(" user=") || before.ends_with(" owned by "))
        })
        .find(|(_, rest)| rest.starts_with([' ', '\t']) && starts_with_field(rest.trim_start()))
        .map(|(name, rest)| (name, rest.trim()))
}

fn starts_with_field(rest: &str) -> bool {
    const FIELDS: &[&str] = &[
        "prio=",
        "os_prio=",
        "daemon ",
        "virtual ",
        "tid=",
        "nid=",
        "id=",
        "Id=",
        "cpu=",
        "elapsed=",
        "allocated=",
        "user=",
        "- Thread t@",
    ];
    let digit_behind = |mark: char| {
        rest.strip_prefix(mark)
            .is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()))
    };
    FIELDS.iter().any(|field| rest.starts_with(field)) || digit_behind('#') || digit_behind('[')
}

fn is_jrockit(fields: &str) -> bool {
    let has = |mark: &str| find(fields.as_bytes(), mark.as_bytes()).is_some();
    (fields.starts_with("id=") && has(" idx=")) || (has(" id=0x") && has(" tid=0x") && !has("nid="))
}

/// `#20 [25091] daemon prio=5 os_prio=0 cpu=1ms elapsed=2s tid=0x… nid=0x2a43 waiting on condition [0x…]`.
fn hotspot_fields(thread: &mut Thread, fields: &str) -> Option<Dialect> {
    let mut words: Vec<&str> = Vec::new();
    let mut sap = false;
    let mut known = false;
    let mut last_field = "";
    for word in fields.split_ascii_whitespace() {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        match key {
            "prio" | "os_prio" | "defined_classes" | "lwp_id" => known = true,
            "tid" => (thread.vm_id, known) = (scan::hex(value), true),
            "nid" => (thread.native_id, known) = (native_id(value), true),
            "cpu" => thread.cpu_s = seconds(value),
            "elapsed" => thread.elapsed_s = seconds(value),
            "allocated" => (thread.allocated, sap) = (bytes(value), sap || value.bytes().all(|b| b.is_ascii_digit())),
            "user" => sap = true,
            "daemon" => thread.daemon = true,
            "virtual" => thread.is_virtual = true,
            "[reset" => sap = true,
            _ if word.starts_with('#') && thread.java_id.is_none() && !known => {
                thread.java_id = scan::decimal(word.get(1..)?)
            }
            _ if word.starts_with("[0x") || word.contains("..") => break,
            _ if word.starts_with('[') && known && is_hex_range(word) => break,
            // SAP: `cpu=0.00 [reset 0.00] ms`, `allocated=334976 B (327.12 kB)`.
            "ms" if last_field == "cpu" => thread.cpu_s = thread.cpu_s.map(|ms| ms / 1000.0),
            _ if thread.native_id.is_some() => words.push(word),
            _ => {}
        }
        if word.contains('=') {
            last_field = key;
        }
    }
    thread.words = words.join(" ");
    // A header has its VM thread; anything else between quotes is text.
    thread.vm_id?;
    Some(if sap { Dialect::Sap } else { Dialect::HotSpot })
}

/// `nid=0x2a43` is hexadecimal, `nid=25091` decimal (JDK 21+, HP-UX).
fn native_id(value: &str) -> Option<u64> {
    if value.starts_with("0x") {
        scan::hex(value)
    } else {
        scan::decimal(value)
    }
}

fn is_hex_range(word: &str) -> bool {
    let inner = word.trim_matches(['[', ']']);
    inner.len() >= 6 && inner.bytes().all(|b| b.is_ascii_hexdigit() || b == b'.')
}

/// `814.24ms`, `13.76s`; SAP has the unit as a word of its own.
fn seconds(value: &str) -> Option<f64> {
    let number = scan::real(value)?;
    Some(if value.ends_with("ms") { number / 1000.0 } else { number })
}

/// `44228K`, `334976`.
fn bytes(value: &str) -> Option<u64> {
    let number = scan::decimal(value)?;
    let unit = match value.trim_start_matches(|c: char| c.is_ascii_digit()).chars().next() {
        Some('K' | 'k') => 1 << 10,
        Some('M' | 'm') => 1 << 20,
        Some('G' | 'g') => 1 << 30,
        _ => 1,
    };
    number.checked_mul(unit)
}

/// `3149 in RUNNABLE (running in native)`, `12 BLOCKED on a.B@1f owned by "x" Id=3`.
fn tool_fields(thread: &mut Thread, rest: &str) {
    thread.java_id = scan::decimal(rest);
    let state = rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    thread.state = state_word(state);
    thread.words = state.to_owned();
    if let Some(lock) = super::lock::of_state_line(state, thread.state) {
        thread.locks.push(lock);
    }
}

/// JRockit R26 `prio=5 id=0x80 tid=0xf7c waiting, daemon`; R27 `id=1 idx=0x4 tid=27878 prio=5 alive, in native`.
fn jrockit_fields(thread: &mut Thread, fields: &str) {
    let mut words = Vec::new();
    for word in fields.split_ascii_whitespace() {
        match word.split_once('=') {
            Some(("id", value)) => thread.java_id = native_id(value),
            Some(("tid", value)) => thread.native_id = native_id(value),
            Some(_) => {}
            None => words.push(word),
        }
    }
    thread.words = words.join(" ");
    thread.vm_id = thread.java_id;
    let has = |status: &str| thread.words.split(", ").any(|w| w == status);
    thread.daemon = has("daemon");
    thread.state = Some(match () {
        () if has("blocked") || has("native_blocked") => State::Blocked,
        () if has("sleeping") => State::TimedWaiting,
        () if has("waiting") || has("parked") || has("native_waiting") => State::Waiting,
        () if thread.words.starts_with("waiting") => State::Waiting,
        () => State::Runnable,
    });
}

/// The state at the beginning of `text`, as `java.lang.Thread.State` names it.
pub(super) fn state_word(text: &str) -> Option<State> {
    let end = text
        .find(|c: char| !c.is_ascii_uppercase() && c != '_')
        .unwrap_or(text.len());
    Some(match text.get(..end)? {
        "NEW" => State::New,
        "RUNNABLE" => State::Runnable,
        "BLOCKED" => State::Blocked,
        "WAITING" => State::Waiting,
        "TIMED_WAITING" => State::TimedWaiting,
        "TERMINATED" => State::Terminated,
        _ => return None,
    })
}

/// The state that the header's words mean; JDK 5 prints nothing else.
pub(super) fn state_of_words(words: &str) -> Option<State> {
    Some(match words {
        w if w.starts_with("runnable") => State::Runnable,
        w if w.starts_with("waiting for monitor entry") => State::Blocked,
        w if w.starts_with("in Object.wait()") => State::Waiting,
        w if w.starts_with("waiting on condition") => State::Waiting,
        w if w.starts_with("sleeping") => State::TimedWaiting,
        _ => return None,
    })
}

/// `#23 "name" virtual BLOCKED 2026-…` of `jcmd Thread.dump_to_file`.
pub(super) fn jcmd(line: &str) -> Option<Thread> {
    let rest = line.strip_prefix('#')?;
    let id = scan::decimal(rest)?;
    let rest = rest
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .strip_prefix(" \"")?;
    let (name, fields) = rest.rsplit_once('"')?;
    let mut thread = Thread {
        name: if name.is_empty() {
            format!("#{id}")
        } else {
            name.to_owned()
        },
        java_id: Some(id),
        ..Thread::default()
    };
    for word in fields.split_ascii_whitespace() {
        match word {
            "virtual" => thread.is_virtual = true,
            word => thread.state = thread.state.or_else(|| state_word(word)),
        }
    }
    Some(thread)
}

/// Class name and hash of `java.util.TaskQueue@7311acb7`.
pub(super) fn object(text: &str) -> Option<(String, u64)> {
    let end = text.find([' ', ',', ')']).unwrap_or(text.len());
    frame::class_at(text.get(..end)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Thread {
        parse(line).expect(line).0
    }

    #[test]
    fn every_generation_of_hotspot() {
        let t =
            read(r#""X" daemon prio=1 tid=0x0000002ac6c9b0a0 nid=0x57f8 in Object.wait() [0x51d6d000..0x51d6dd30]"#);
        assert_eq!(
            (t.native_id, t.words.as_str(), t.daemon),
            (Some(0x57f8), "in Object.wait()", true)
        );
        let t = read(r#""m" tid=7ff3eaea7800 nid=0x135ec3000 runnable [135ec2000]"#);
        assert_eq!((t.vm_id, t.words.as_str()), (Some(0x7ff3_eaea_7800), "runnable"));
        let t = read(
            r#""Finalizer" #10 [25091] daemon prio=8 os_prio=31 cpu=1.5ms elapsed=2.25s tid=0x1 nid=25091 in Object.wait()  [0x2]"#,
        );
        assert_eq!(
            (t.java_id, t.native_id, t.cpu_s, t.elapsed_s),
            (Some(10), Some(25091), Some(0.0015), Some(2.25))
        );
        let t = read(
            r#""F" #30 [9] daemon prio=5 os_prio=31 cpu=1ms elapsed=2s allocated=44228K defined_classes=1 tid=0x1 [0x2]"#,
        );
        assert_eq!(
            (t.allocated, t.native_id, t.words.as_str()),
            (Some(44228 << 10), None, "")
        );
        let t = read(r#""GC task thread#0 (ParallelGC)" os_prio=0 tid=0x1 nid=0x2 runnable "#);
        assert_eq!(t.name, "GC task thread#0 (ParallelGC)");
    }

    #[test]
    fn other_vendors_and_tools() {
        let line = r#""T-1" cpu=12.00 [reset 12.00] ms allocated=334976 B (327.12 kB) [reset 334976 B (327.12 kB)] user="J2EE" prio=1 tid=0x1 nid=0x996 in Object.wait() [1..2]"#;
        let (t, dialect) = parse(line).unwrap();
        assert_eq!(
            (t.name.as_str(), dialect, t.allocated, t.cpu_s),
            ("T-1", Dialect::Sap, Some(334_976), Some(0.012))
        );
        let t = read(
            r#""h" prio=10 tid=60000000044e3840 nid=1194 lwp_id=9992026 runnable [9fffffffb6f00000..9fffffffb6f00a40]"#,
        );
        assert_eq!((t.native_id, t.words.as_str()), (Some(1194), "runnable"));
        let (t, dialect) = parse(r#""Main Thread" id=1 idx=0x4 tid=27878 prio=5 alive, in native, waiting"#).unwrap();
        assert_eq!(
            (t.state, dialect, t.native_id),
            (Some(State::Waiting), Dialect::Jrockit, Some(27878))
        );
        let (t, dialect) = parse(r#""W" prio=5 id=0x1d00 tid=0x3d8 waiting, daemon"#).unwrap();
        assert_eq!((dialect, t.daemon), (Dialect::Jrockit, true));
        let (t, dialect) = parse(r#""RMI" id=3149 in RUNNABLE (running in native)"#).unwrap();
        assert_eq!(
            (t.java_id, t.state, dialect),
            (Some(3149), Some(State::Runnable), Dialect::Tool)
        );
        let t = read(r#""w" Id=12 BLOCKED on a.B@1f owned by "x" Id=3"#);
        assert_eq!(
            (t.state, t.locks.first().map(|l| l.address)),
            (Some(State::Blocked), Some(Some(0x1f)))
        );
        let t = read(r#""Timer-180" - Thread t@332"#);
        assert_eq!(t.java_id, Some(332));
    }

    #[test]
    fn a_name_may_hold_anything() {
        let t = read(r#""say "hi" prio=1, ok" #3 prio=5 tid=0x1 nid=0x2 runnable"#);
        assert_eq!(t.name, r#"say "hi" prio=1, ok"#);
        assert!(parse(r#""quoted text" and more"#).is_none());
        assert!(parse(r#""DeadlockThread-A":"#).is_none());
    }

    #[test]
    fn headers_of_files_written_by_jcmd() {
        let t = jcmd(r#"#23 "" virtual BLOCKED 2026-11-23T03:45:00.704690819Z"#).unwrap();
        assert_eq!(
            (t.name.as_str(), t.is_virtual, t.state),
            ("#23", true, Some(State::Blocked))
        );
        assert!(jcmd("#23 none").is_none());
    }
}
