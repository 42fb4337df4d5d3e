//! THREADS / XM: headers of every generation, what each thread waits for, its stacks.

use super::{Javacore, Thread, ThreadName, Wait, WaitKind, tags::Charset};
use crate::text::Interner;
use crate::thread_dump::{frame, hex, number_after, real};
use std::{collections::HashMap, sync::Arc};

/// Native frames kept of a thread.
const NATIVE_FRAMES: usize = 64;

/// Threads in the making.
#[derive(Debug, Default)]
pub(super) struct Threads<'a> {
    thread: Option<Thread>,
    /// The next header names the current thread.
    current_next: bool,
    is_current: bool,
    current_name: Option<String>,
    known: HashMap<(u64, String), usize>,
    /// Java frames, once each.
    frames: Interner<'a>,
}

impl<'a> Threads<'a> {
    /// A Java frame, as most lines of the section are.
    pub fn frame(&mut self, printed: &'a [u8], text: Charset) {
        if let Some(thread) = self.thread.as_mut() {
            let make = || Arc::from(frame::normal(&text.decode(printed)));
            thread.frames.push(self.frames.get_or(printed.trim_ascii(), make));
        }
    }

    pub fn take(&mut self, tag: &[u8], data: &str, line: u64, core: &mut Javacore) -> bool {
        match tag {
            b"3XMTHREADINFO" => self.header(data, line, core),
            b"1XMCURTHDINFO" => {
                self.close(core);
                self.current_next = true;
                self.current_name = data
                    .split_once('"')
                    .and_then(|(_, rest)| reference(&format!("\"{rest}")))
                    .map(|t| t.name);
            }
            b"2XMPOOLLIVE" => core.live_threads = data.rsplit_once(':').and_then(|(_, n)| n.trim().parse().ok()),
            b"1XMTHDINFO" | b"1XMTHDSUMMARY" | b"1XECTHTYPE" => self.close(core),
            _ => {
                if let Some(thread) = self.thread.as_mut() {
                    detail(thread, tag, data);
                }
            }
        }
        true
    }

    fn header(&mut self, data: &str, line: u64, core: &mut Javacore) {
        self.close(core);
        if data.starts_with("Anonymous native thread") {
            core.anonymous_threads += 1;
            return;
        }
        if let Some(thread) = header(data) {
            self.is_current = std::mem::take(&mut self.current_next);
            self.thread = Some(Thread { line, ..thread });
        }
    }

    /// Stores the thread at hand. The current thread may be printed twice: the one with more to say stays.
    fn close(&mut self, core: &mut Javacore) {
        let Some(thread) = self.thread.take() else { return };
        let key = (thread.vm_id.unwrap_or(0), thread.name.clone());
        let place = match self.known.get(&key) {
            Some(&place) if thread.vm_id.is_some() => {
                if let Some(known) = core.threads.get_mut(place)
                    && known.frames.is_empty()
                {
                    *known = thread;
                }
                place
            }
            _ => {
                core.threads.push(thread);
                core.threads.len() - 1
            }
        };
        self.known.insert(key, place);
        if std::mem::take(&mut self.is_current) {
            core.current = Some(place);
        }
    }

    pub fn finish(mut self, core: &mut Javacore) {
        self.close(core);
        if core.current.is_none()
            && let Some(name) = self.current_name
        {
            core.current = core.threads.iter().position(|t| t.name == name);
        }
    }
}

/// `"name" J9VMThread:0x…, omrthread_t:0x…, java/lang/Thread:0x…, state:CW, prio=5` and its forerunners.
fn header(data: &str) -> Option<Thread> {
    let inner = data.strip_prefix('"')?;
    let marks = ["\" J9VMThread:", "\" (TID:", "\" TID:", "\" (J9VMThread:"];
    let (name, fields) = marks
        .iter()
        .find_map(|mark| inner.rfind(mark).and_then(|at| inner.split_at_checked(at)))
        .or_else(|| inner.rfind('"').and_then(|at| inner.split_at_checked(at)))?;
    let field = |mark: &str| fields.split_once(mark).map(|(_, rest)| rest.trim_start());
    let is_classic = fields.contains("sys_thread_t:");
    let state = field("state:").unwrap_or_default();
    let end = state.find([',', ')', ' ']).unwrap_or(state.len());
    Some(Thread {
        name: name.to_owned(),
        vm_id: ["J9VMThread:", "sys_thread_t:", "TID:"]
            .iter()
            .find_map(|mark| field(mark))
            .and_then(hex),
        object: match is_classic {
            true => field("TID:").and_then(hex),
            false => field("java/lang/Thread:").and_then(hex),
        },
        native_id: field("native ID:").and_then(hex),
        state: state.get(..end).unwrap_or_default().to_owned(),
        ..Thread::default()
    })
}

/// A line below a header.
fn detail(thread: &mut Thread, tag: &[u8], data: &str) {
    match tag {
        b"5XESTACKTRACE" => {
            if let Some((class, address)) = data.split_once("entered lock:").and_then(|(_, rest)| {
                let end = rest.find(',').unwrap_or(rest.len());
                frame::class_at(rest.get(..end)?.trim_end_matches(')'))
            }) {
                thread.entered.push((thread.frames.len(), class, address));
            }
        }
        b"4XENATIVESTACK" if thread.native_frames.len() < NATIVE_FRAMES => thread.native_frames.push(data.to_owned()),
        b"3XMTHREADINFO1" => {
            let lower = data.to_ascii_lowercase();
            if let Some((_, id)) = lower.split_once("native thread id:") {
                thread.native_id = hex(id.trim_start());
            }
        }
        b"3XMTHREADINFO4" => thread.is_virtual |= data.contains("Type: Virtual"),
        b"3XMJAVALTHREAD" => thread.daemon = data.contains("isDaemon:true"),
        b"3XMCPUTIME" => thread.cpu_s = data.split_once("total:").and_then(|(_, rest)| real(rest.trim_start())),
        b"3XMHEAPALLOC" => thread.allocated = number_after(data, "cycle="),
        b"3XMTHREADBLOCK" => thread.wait = wait(data),
        _ => {}
    }
}

/// `Blocked on: C@0x… Owned by: "T" (J9VMThread:0x…, java/lang/Thread:0x…)` and its kin.
fn wait(data: &str) -> Option<Wait> {
    const WORDS: &[(&str, WaitKind)] = &[
        ("Blocked on:", WaitKind::Blocked),
        ("Waiting on:", WaitKind::Waiting),
        ("Parked on:", WaitKind::Parked),
    ];
    let (kind, rest) = WORDS
        .iter()
        .find_map(|(words, kind)| data.strip_prefix(words).map(|rest| (*kind, rest.trim_start())))?;
    let (object, owner) = rest.split_once(" Owned by: ").unwrap_or((rest, ""));
    let object = object
        .split_once(" Initializing thread:")
        .map_or(object, |(object, _)| object);
    let (class, address) = frame::class_at(object.split_ascii_whitespace().next()?)?;
    let initialising = rest
        .split_once("Initializing thread: ")
        .and_then(|(_, thread)| reference(thread));
    let owner = owner
        .split_once(" Initializing thread:")
        .map_or(owner, |(owner, _)| owner);
    Some(Wait {
        kind,
        class,
        address,
        class_init: initialising.is_some(),
        owner: initialising.or_else(|| reference(owner)),
    })
}

/// `"T" (J9VMThread:0x…, java/lang/Thread:0x…), entry count 1`, `"T" (0x…)`, `"T"`; `None` for `<unowned>` and `<unknown>`.
pub(super) fn reference(data: &str) -> Option<ThreadName> {
    let inner = data.trim_start().strip_prefix('"')?;
    let marks = [
        "\" (J9VMThread:",
        "\" (0x",
        "\" (TID:",
        "\" (sys_thread_t:",
        "\" (native thread ID:",
    ];
    let (at, mark) = marks
        .iter()
        .filter_map(|mark| inner.rfind(mark).map(|at| (at, mark)))
        .max()
        .or_else(|| inner.rfind('"').map(|at| (at, &"\"")))?;
    let id = match *mark {
        "\"" | "\" (native thread ID:" => None,
        "\" (0x" => inner.get(at + 3..).and_then(hex),
        mark => inner.get(at + mark.len()..).and_then(hex),
    };
    Some(ThreadName {
        name: inner.get(..at)?.to_owned(),
        vm_id: id,
    })
}
