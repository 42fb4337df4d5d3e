//! IBM and OpenJ9 javacores of every generation, 1.3/1.4 classic to OpenJ9 21 and later (FORMAT_FACTS.md §3).
//!
//! Reading is driven by the tag at the beginning of each line, not by the section it stands in, so that cut, joined and
//! reordered files give what they hold. Tags that nobody knows are counted and skipped.

mod classes;
mod environment;
mod locks;
mod memory;
mod tags;
mod threads;
mod title;

use crate::thread_dump::{Line, Lines};
use crate::{Gap, Parsed, Reason, Stamp};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// One javacore.
#[derive(Debug, Clone, Default)]
pub struct Javacore {
    /// Its bytes in the input.
    pub range: Range<usize>,
    /// 1-based line of its first line.
    pub line: u64,
    /// TITLE.
    pub title: Title,
    /// GPINFO / XHPI.
    pub host: Host,
    /// ENVINFO / CI.
    pub environment: Environment,
    /// NATIVEMEMINFO: the tree in file order.
    pub native_memory: Vec<NativeMemory>,
    /// MEMINFO / ST.
    pub heap: Heap,
    /// LOCKS / LK: object monitors in use.
    pub monitors: Vec<Monitor>,
    /// Deadlocks that the VM found, each as a closed chain without the repeated first thread.
    pub deadlocks: Vec<Vec<DeadlockLink>>,
    /// THREADS / XM: distinct named threads in file order.
    pub threads: Vec<Thread>,
    /// Native threads without a name.
    pub anonymous_threads: u64,
    /// Index of the thread that was current when the dump was triggered.
    pub current: Option<usize>,
    /// Live threads that the VM counts.
    pub live_threads: Option<u64>,
    /// CLASSES / CL: the loaders.
    pub loaders: Vec<Loader>,
    /// Section names in file order.
    pub sections: Vec<String>,
    /// Tags that are not known, with their number of lines.
    pub unknown_tags: BTreeMap<String, u64>,
    /// True when the end mark is there.
    pub complete: bool,
}

/// Why and when the dump was written.
#[derive(Debug, Clone, Default)]
pub struct Title {
    /// Code page of the file (`1TICHARSET`).
    pub charset: Option<String>,
    /// `user`, `gpf`, `systhrow`, …; `api` for a dump that a program asked for; `signal 21` for the classic VM.
    pub event: Option<String>,
    /// Event mask.
    pub mask: Option<u32>,
    /// First quoted detail, e.g. `java/lang/OutOfMemoryError`.
    pub detail: Option<String>,
    /// Second quoted detail: the message.
    pub message: Option<String>,
    /// Local time of the VM with its offset where the file tells it.
    pub time: Option<Stamp>,
    /// File name as the VM wrote it.
    pub file_name: Option<String>,
    /// The VM's words when it could not stop the other threads.
    pub inconsistent: Option<String>,
}

/// Operating system, and the crash if there was one.
#[derive(Debug, Clone, Default)]
pub struct Host {
    /// `AIX 7.2`.
    pub os: Option<String>,
    /// `ppc64`.
    pub architecture: Option<String>,
    /// Logical processors.
    pub processors: Option<u64>,
    /// Registers' section: only after a crash signal.
    pub crash: Option<Crash>,
}

/// What GPINFO says about a crash.
#[derive(Debug, Clone, Default)]
pub struct Crash {
    /// Signal number (`Signal_Number`), else `None`.
    pub signal: Option<u32>,
    /// Windows exception code.
    pub windows_code: Option<u32>,
    /// Address that could not be accessed.
    pub address: Option<u64>,
    /// Module of the faulting instruction.
    pub module: Option<String>,
    /// Offset into the module.
    pub module_offset: Option<u64>,
    /// Symbol.
    pub symbol: Option<String>,
    /// Method that the JIT was compiling.
    pub compiling: Option<String>,
    /// VM state flags (`1XHFLAGS`).
    pub vm_flags: Option<u64>,
    /// 1-based line of the module, else of the first crash line.
    pub line: u64,
}

/// The process.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `1CIJAVAVERSION`.
    pub java_version: Option<String>,
    /// Start of the VM, local time as in [`Title::time`].
    pub started: Option<Stamp>,
    /// Process id.
    pub pid: Option<u64>,
    /// Command line, unmasked.
    pub command_line: Option<String>,
    /// Options in effect, in order.
    pub options: Vec<String>,
    /// Limits: name, soft, hard; `None` is unlimited.
    pub limits: Vec<Limit>,
    /// Host name from the environment variables.
    pub host_name: Option<String>,
}

/// A limit of the process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limit {
    /// `RLIMIT_NOFILE`.
    pub name: String,
    /// Soft limit; bytes, except for counts.
    pub soft: Option<u64>,
    /// Hard limit.
    pub hard: Option<u64>,
}

/// A node of the native memory tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NativeMemory {
    /// 1 for the root.
    pub level: u8,
    /// `Memory Manager (GC)`.
    pub name: String,
    /// Bytes with everything below.
    pub bytes: u64,
    /// Allocations.
    pub allocations: u64,
}

/// The Java heap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heap {
    /// Committed bytes.
    pub total: Option<u64>,
    /// Bytes in use.
    pub used: Option<u64>,
    /// Free bytes.
    pub free: Option<u64>,
    /// Names of the spaces (`Generational`).
    pub spaces: Vec<String>,
}

/// A thread as another line names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ThreadName {
    /// Name.
    pub name: String,
    /// The VM's structure (J9VMThread, TID or sys_thread_t); `None` when it has ended or is not printed.
    pub vm_id: Option<u64>,
}

/// An object monitor in use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Monitor {
    /// Class, Java notation.
    pub class: String,
    /// Address of the object.
    pub address: u64,
    /// Its owner.
    pub owner: Option<ThreadName>,
    /// Threads that wait to enter.
    pub entering: Vec<ThreadName>,
    /// Threads in `Object.wait()`; in classic VMs also threads that wait to enter a flat lock.
    pub notified: Vec<ThreadName>,
}

/// One thread of a deadlock with the lock it waits for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadlockLink {
    /// The thread.
    pub thread: ThreadName,
    /// Class of the lock, Java notation, or the VM's monitor.
    pub class: String,
    /// Address of the lock.
    pub address: Option<u64>,
    /// True for an object monitor, false for a `java.util.concurrent` lock.
    pub monitor: bool,
    /// 1-based line.
    pub line: u64,
}

/// What a thread waits for (`3XMTHREADBLOCK`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wait {
    /// How.
    pub kind: WaitKind,
    /// Class of the object, Java notation.
    pub class: String,
    /// Address of the object.
    pub address: u64,
    /// Owner, when printed.
    pub owner: Option<ThreadName>,
    /// True when the owner is initialising the class.
    pub class_init: bool,
}

/// The words of `3XMTHREADBLOCK`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum WaitKind {
    /// `Blocked on`.
    #[default]
    Blocked,
    /// `Waiting on`.
    Waiting,
    /// `Parked on`.
    Parked,
}

/// A thread.
#[derive(Debug, Clone, Default)]
pub struct Thread {
    /// Name.
    pub name: String,
    /// J9VMThread, TID (Java 5/6) or sys_thread_t (classic).
    pub vm_id: Option<u64>,
    /// Address of its `java.lang.Thread` object.
    pub object: Option<u64>,
    /// The system's thread id.
    pub native_id: Option<u64>,
    /// `R`, `CW`, `MW`, `B`, `P`, `S`, `Z`, `I`, `?`.
    pub state: String,
    /// Daemon thread.
    pub daemon: bool,
    /// Virtual thread (Java 21+).
    pub is_virtual: bool,
    /// CPU seconds.
    pub cpu_s: Option<f64>,
    /// Bytes allocated since the last GC.
    pub allocated: Option<u64>,
    /// Java frames, innermost first, normalised.
    pub frames: Vec<Arc<str>>,
    /// Locks entered: number of frames printed before, class, address.
    pub entered: Vec<(usize, String, u64)>,
    /// Native frames, innermost first, at most 64.
    pub native_frames: Vec<String>,
    /// What it waits for.
    pub wait: Option<Wait>,
    /// 1-based line of its header.
    pub line: u64,
}

/// A class loader.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loader {
    /// Class of the loader, Java notation; `*System*` for the boot loader.
    pub class: String,
    /// Address.
    pub address: Option<u64>,
    /// Classes it loaded.
    pub classes: u64,
}

/// Reads every javacore of a file; most files hold one.
pub fn parse(input: &[u8]) -> Parsed<Vec<Javacore>> {
    if input.is_empty() {
        return Parsed {
            value: Vec::new(),
            gaps: vec![Gap::new(0, 0, Reason::Empty)],
        };
    }
    let text = tags::as_ascii_superset(input);
    let mut found = Parsed::whole(Vec::new());
    let mut reader: Option<Reader> = None;
    let mut behind_end = None;
    for line in Lines::new(&text) {
        let Some((tag, data)) = tags::split(line.bytes) else {
            match reader.as_mut() {
                Some(reader) if !reader.core.complete => reader.untagged(&line),
                _ if line.bytes.iter().all(u8::is_ascii_whitespace) => {}
                _ => behind_end.get_or_insert(line.offset..line.end).end = line.end,
            }
            continue;
        };
        let opens = tag == b"0SECTION" && tags::section_name(data) == "TITLE";
        if opens || reader.is_none() {
            finish(reader.replace(Reader::new(&line)), &mut found);
        } else if reader.as_ref().is_some_and(|r| r.core.complete) && tag != b"NULL" {
            behind_end.get_or_insert(line.offset..line.end).end = line.end;
            continue;
        }
        if let Some(reader) = reader.as_mut() {
            reader.take(tag, data, &line);
        }
    }
    finish(reader, &mut found);
    if let Some(range) = behind_end {
        found.gaps.push(Gap::new(
            range.start as u64,
            range.len() as u64,
            Reason::Malformed {
                expected: "a line of a javacore",
            },
        ));
    }
    if found.value.is_empty() && found.gaps.is_empty() {
        found.gaps.push(Gap::new(
            0,
            input.len() as u64,
            Reason::Malformed { expected: "a javacore" },
        ));
    }
    found
}

fn finish(reader: Option<Reader<'_>>, found: &mut Parsed<Vec<Javacore>>) {
    let Some(reader) = reader else { return };
    let (core, mut gaps) = reader.finish();
    let is_empty = core.sections.is_empty() && core.threads.is_empty() && core.title.event.is_none();
    if !is_empty {
        found.value.push(core);
        found.gaps.append(&mut gaps);
    }
}

/// A javacore in the making.
#[derive(Debug)]
struct Reader<'a> {
    core: Javacore,
    gaps: Vec<Gap>,
    text: tags::Charset,
    title: title::Titles,
    locks: locks::Locks,
    threads: threads::Threads<'a>,
    classes: classes::Classes,
    in_variables: bool,
}

impl<'a> Reader<'a> {
    fn new(line: &Line<'_>) -> Self {
        Self {
            core: Javacore {
                range: line.offset..line.end,
                line: line.number,
                ..Javacore::default()
            },
            gaps: Vec::new(),
            text: tags::Charset::default(),
            title: title::Titles::default(),
            locks: locks::Locks::default(),
            threads: threads::Threads::default(),
            classes: classes::Classes::default(),
            in_variables: false,
        }
    }

    /// One tagged line.
    fn take(&mut self, tag: &[u8], data: &'a [u8], line: &Line<'_>) {
        self.core.range.end = line.end;
        match tag {
            // Most lines of a large file: classes and memory segments.
            b"3CLTEXTCLASS" => return self.classes.class(),
            b"1STSEGMENT" => return,
            b"4XESTACKTRACE" => return self.threads.frame(data, self.text),
            b"NULL" => return self.core.complete |= memchr::memmem::find(data, b"END OF DUMP").is_some(),
            _ => {}
        }
        self.in_variables = tag == b"2CIENVVAR";
        let data = self.text.decode(data);
        let data = data.trim();
        let number = line.number;
        let known = match tags::family(tag) {
            tags::Family::Section => {
                self.core.sections.push(tags::section_name(data.as_bytes()));
                true
            }
            tags::Family::Title => self.title.take(tag, data, &mut self.core.title, &mut self.text),
            tags::Family::Host => environment::host(tag, data, &mut self.core.host, number),
            tags::Family::Environment => environment::take(tag, data, &mut self.core.environment),
            tags::Family::NativeMemory => memory::native(tag, data, &mut self.core.native_memory),
            tags::Family::Memory => memory::heap(tag, data, &mut self.core.heap),
            tags::Family::Locks => self.locks.take(tag, data, number),
            tags::Family::Threads => self.threads.take(tag, data, number, &mut self.core),
            tags::Family::Classes => self.classes.take(tag, data),
            tags::Family::Internal => {
                self.gaps.push(Gap::new(
                    line.offset as u64,
                    0,
                    Reason::WriterSays {
                        detail: data.to_owned(),
                    },
                ));
                true
            }
            tags::Family::Skipped => true,
            tags::Family::Unknown => false,
        };
        if !known {
            self.unknown(tag, line);
        }
    }

    fn unknown(&mut self, tag: &[u8], line: &Line<'_>) {
        let tag = String::from_utf8_lossy(tag).into_owned();
        let count = self.core.unknown_tags.entry(tag.clone()).or_default();
        *count += 1;
        if *count == 1 {
            self.gaps.push(Gap::new(
                line.offset as u64,
                (line.end - line.offset) as u64,
                Reason::UnknownRecord { tag },
            ));
        }
    }

    /// A line without a tag: the rest of an environment variable's value, or junk.
    fn untagged(&mut self, line: &Line<'_>) {
        if self.in_variables || line.bytes.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        let start = line.offset as u64;
        let length = (line.end - line.offset) as u64;
        match self.gaps.last_mut() {
            Some(gap) if gap.offset + gap.length == start && matches!(gap.reason, Reason::Malformed { .. }) => {
                gap.length += length;
            }
            _ => self.gaps.push(Gap::new(
                start,
                length,
                Reason::Malformed {
                    expected: "a line of a javacore",
                },
            )),
        }
    }

    fn finish(mut self) -> (Javacore, Vec<Gap>) {
        self.title.finish(&mut self.core);
        self.threads.finish(&mut self.core);
        self.locks.finish(&mut self.core);
        self.classes.finish(&mut self.core);
        self.core.heap.finish();
        if !self.core.complete {
            self.gaps.push(Gap::new(
                self.core.range.end as u64,
                0,
                Reason::Truncated {
                    expected: "the end of the javacore",
                },
            ));
        }
        (self.core, self.gaps)
    }
}

#[cfg(test)]
mod tests;
