//! Thread dumps of HotSpot (JDK 5 to 25), `jcmd Thread.dump_to_file` (text and JSON), JRockit, SAP JVM, HP-UX and of
//! tools over JMX: on their own, several in a file, or inside a console log (THREAD_FORMATS.md).

mod clean;
pub mod frame;
mod header;
mod jcmd;
mod json;
mod lock;
mod report;
mod scan;
mod stack;
mod time;

pub(crate) use scan::{Line, Lines, as_ascii_superset, hex, number_after, real};

use crate::{Gap, Parsed, Reason, Stamp};
use std::{ops::Range, sync::Arc};

/// Who wrote a dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Format {
    /// HotSpot's own dump (signal, `jstack`, `jcmd Thread.print`).
    #[default]
    HotSpot,
    /// `jcmd Thread.dump_to_file`, text.
    JcmdText,
    /// `jcmd Thread.dump_to_file -format=json`.
    JcmdJson,
    /// JRockit.
    Jrockit,
    /// SAP JVM.
    Sap,
    /// A tool over JMX (VisualVM, JConsole, `ThreadInfo.toString`).
    Other,
}

impl Format {
    /// The word of CONTRACT.md §5.
    pub fn name(self) -> &'static str {
        match self {
            Self::HotSpot => "hotspot",
            Self::JcmdText => "jcmd-text",
            Self::JcmdJson => "jcmd-json",
            Self::Jrockit => "jrockit",
            Self::Sap => "sap",
            Self::Other => "other",
        }
    }
}

/// `java.lang.Thread.State`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// NEW.
    New,
    /// RUNNABLE.
    Runnable,
    /// BLOCKED.
    Blocked,
    /// WAITING.
    Waiting,
    /// TIMED_WAITING.
    TimedWaiting,
    /// TERMINATED.
    Terminated,
}

/// One dump.
#[derive(Debug, Clone, Default)]
pub struct Dump {
    /// Who wrote it.
    pub format: Format,
    /// Bytes from its date line (or first line) to the end of its last line.
    pub range: Range<usize>,
    /// 1-based line of its first line.
    pub line: u64,
    /// When it was taken.
    pub time: Option<Stamp>,
    /// Text after "Full thread dump", or the runtime version.
    pub vm: Option<String>,
    /// Process id, where a tool prints it.
    pub pid: Option<u64>,
    /// The threads in file order.
    pub threads: Vec<Thread>,
    /// What the VM itself reports as deadlocks.
    pub deadlocks: Vec<ReportedDeadlock>,
    /// Number of Java threads that the VM announced (SMR list, JDK 10+).
    pub announced_threads: Option<u64>,
    /// JNI global references.
    pub jni_references: Option<u64>,
    /// Heap use printed behind the dump (JDK 5 and later on a signal): used and total bytes of the Java heap.
    pub heap: Option<HeapUse>,
    /// Thread containers of a `dump_to_file` JSON.
    pub containers: u64,
    /// False when the end is missing.
    pub complete: bool,
}

/// Java heap at the time of the dump in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeapUse {
    /// Bytes in use.
    pub used: u64,
    /// Committed bytes.
    pub total: u64,
}

/// One thread.
#[derive(Debug, Clone, Default)]
pub struct Thread {
    /// Name without quotes; `#n` for an unnamed (virtual) thread.
    pub name: String,
    /// Java thread id (`#12`, `t@12`, `id=12`).
    pub java_id: Option<u64>,
    /// The VM's structure (`tid=`).
    pub vm_id: Option<u64>,
    /// The system's thread id.
    pub native_id: Option<u64>,
    /// Daemon thread.
    pub daemon: bool,
    /// Virtual thread.
    pub is_virtual: bool,
    /// Virtual thread that this carrier runs.
    pub carries: Option<u64>,
    /// CPU seconds since its start.
    pub cpu_s: Option<f64>,
    /// Age in seconds.
    pub elapsed_s: Option<f64>,
    /// Bytes allocated (JDK 25 `-e`, SAP).
    pub allocated: Option<u64>,
    /// State words of the header, e.g. `waiting for monitor entry`.
    pub words: String,
    /// State line, or the header's where the format has it there.
    pub state: Option<State>,
    /// Frames, innermost first, normalised by [`frame::normal`].
    pub frames: Vec<Arc<str>>,
    /// Lock lines in file order.
    pub locks: Vec<LockLine>,
    /// 1-based line of the header.
    pub line: u64,
}

/// What a line below a frame says about a lock.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LockLine {
    /// Number of frames printed before it.
    pub depth: usize,
    /// What it says.
    pub kind: LockWord,
    /// Address or identity hash; `None` when the VM did not print it.
    pub address: Option<u64>,
    /// Class, Java notation.
    pub class: Arc<str>,
    /// Owner, where the line names it (tools over JMX).
    pub owner: Option<String>,
}

/// The words of lock lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum LockWord {
    /// `locked`.
    #[default]
    Locked,
    /// `waiting to lock`.
    WaitingToLock,
    /// `waiting on` (in `Object.wait`).
    WaitingOn,
    /// `waiting to re-lock in wait()`.
    Relocking,
    /// `parking to wait for`.
    Parking,
    /// An entry of `Locked ownable synchronizers`.
    OwnedSynchronizer,
    /// `waiting on the Class initialization monitor for`.
    ClassInit,
}

/// A deadlock as the VM reports it: the threads in its order, each with what it waits for and who holds that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportedDeadlock {
    /// The chain; it may hold a thread that merely waits.
    pub links: Vec<ReportedLink>,
    /// 1-based line of the report.
    pub line: u64,
}

/// One thread of a reported deadlock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportedLink {
    /// The thread.
    pub thread: String,
    /// Class of the lock.
    pub class: String,
    /// Address of the lock object.
    pub address: Option<u64>,
    /// True for an ownable synchronizer.
    pub synchronizer: bool,
    /// Who holds it.
    pub held_by: String,
}

/// Reads every dump of a file or cut-out.
pub fn parse(input: &[u8]) -> Parsed<Vec<Dump>> {
    if input.is_empty() {
        return Parsed {
            value: Vec::new(),
            gaps: vec![Gap::new(0, 0, Reason::Empty)],
        };
    }
    let text = scan::as_ascii_superset(input);
    let input: &[u8] = &text;
    if json::looks_like(input) {
        return json::parse(input);
    }
    let found = stack::parse_all(input);
    if !found.value.is_empty() {
        return found;
    }
    if jcmd::looks_like(input) {
        return jcmd::parse(input);
    }
    stack::parse_fragment(input)
}

/// Byte ranges of the dumps inside any text, ascending and disjoint: each from its date line, or else its
/// "Full thread dump" line, to the end of the dump. UTF-16 text is not searched.
pub fn find_dumps(input: &[u8]) -> Vec<Range<usize>> {
    stack::parse_all(input).value.into_iter().map(|d| d.range).collect()
}

/// True when [`find_dumps`] may find something in these whole lines; quick.
pub(crate) fn may_hold_dumps(input: &[u8]) -> bool {
    stack::may_start(input)
}

#[cfg(test)]
mod tests;
