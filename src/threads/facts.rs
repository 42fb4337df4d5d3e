//! What thread dumps and javacores tell.

use crate::evidence::{ArtefactId, Citation};
use crate::words::Text;
use goldenhour_parsers::{Gap, Stamp};
use std::sync::Arc;

/// The facts of one thread dump (a javacore is one; a console log may hold several).
#[derive(Debug, Clone, Default)]
pub struct DumpFacts {
    /// Where it was read; `None` only in tests.
    pub artefact: Option<ArtefactId>,
    /// 0-based number of the dump in its artefact.
    pub index: u32,
    /// When it was taken.
    pub time: Option<Stamp>,
    /// `javacore`, `hotspot`, `jcmd-text`, `jcmd-json`, `jrockit`, `sap`, `other`.
    pub format: &'static str,
    /// The VM's own description.
    pub vm: Option<String>,
    /// Process id, from the dump or its file name.
    pub pid: Option<u64>,
    /// Start of the VM, if the dump says.
    pub started: Option<Stamp>,
    /// Why it was taken, javacore only: `user`, `systhrow`, `gpf`, `abort`, …
    pub event: Option<String>,
    /// The event's detail, e.g. `java/lang/OutOfMemoryError` and its message.
    pub event_detail: Option<String>,
    /// Server name (WebSphere cell/node/server, last word) or other name of the process, if known.
    pub process_name: Option<String>,
    /// Host name, if printed.
    pub host: Option<String>,
    /// Threads counted as CONTRACT.md §5 says.
    pub thread_count: u64,
    /// Of these, threads with at least one Java frame.
    pub with_java_stack: u64,
    /// Virtual threads.
    pub virtual_threads: u64,
    /// Count by state.
    pub states: StateCounts,
    /// The threads themselves, in file order.
    pub threads: Vec<ThreadInfo>,
    /// Cycles, those the VM reports and those found in the wait-for graph.
    pub deadlocks: Vec<Deadlock>,
    /// Locks with waiters, most waiters first.
    pub blockers: Vec<Blocker>,
    /// `-Xmx` or the maximum heap in bytes.
    pub heap_max: Option<u64>,
    /// Free heap in bytes.
    pub heap_free: Option<u64>,
    /// Heap in use in bytes.
    pub heap_used: Option<u64>,
    /// J9's collector policy.
    pub gc_policy: Option<String>,
    /// The last thread the VM was running when it dumped (1XMCURTHDINFO).
    pub current_thread: Option<String>,
    /// False when the dump ends before its end mark.
    pub complete: bool,
    /// False when the VM says that it could not stop the others: locks may contradict each other.
    pub consistent: bool,
    /// Crash facts of a javacore's GPINFO (gpf, abort).
    pub crash: Option<VmCrash>,
    /// J9's native memory in bytes, largest first: the total (`JRE`) and the leaves of the tree with their paths
    /// (`Class Libraries / VM Class Libraries / sun.misc.Unsafe / Direct Byte Buffers`).
    pub native_memory: Vec<(String, u64)>,
    /// Class loaders: class name, address, number of classes (0 when not told).
    pub class_loaders: Vec<DumpLoader>,
    /// Limits of the process, as (name, soft, hard); `None` is unlimited.
    pub limits: Vec<(String, Option<u64>, Option<u64>)>,
    /// VM options in effect.
    pub vm_options: Vec<String>,
    /// Parts that could not be read.
    pub gaps: Vec<Gap>,
}

/// A class loader listed by a javacore.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DumpLoader {
    /// Class of the loader, Java notation.
    pub class: String,
    /// Address of the loader object.
    pub object: Option<u64>,
    /// Classes it loaded.
    pub classes: u64,
}

/// Threads by state; `parked` is J9's `P` only (CONTRACT.md §5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StateCounts {
    /// RUNNABLE / R, CW of native code counts as the VM prints it.
    pub runnable: u64,
    /// BLOCKED / B.
    pub blocked: u64,
    /// WAITING / CW.
    pub waiting: u64,
    /// TIMED_WAITING.
    pub timed_waiting: u64,
    /// J9's P.
    pub parked: u64,
}

/// The state of a thread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ThreadState {
    /// Runnable.
    Runnable,
    /// Waits to enter a monitor.
    Blocked,
    /// Waits without limit.
    Waiting,
    /// Waits with a limit or sleeps.
    TimedWaiting,
    /// Parked (J9).
    Parked,
    /// New, terminated, suspended, zombie.
    Other,
    /// Not printed.
    #[default]
    Unknown,
}

/// One thread.
#[derive(Debug, Clone, Default)]
pub struct ThreadInfo {
    /// Name, verbatim without quotes.
    pub name: String,
    /// Native thread id.
    pub native_id: Option<u64>,
    /// Java thread id or the VM's structure address.
    pub vm_id: Option<u64>,
    /// Address of the `java.lang.Thread` object (javacore only).
    pub object: Option<u64>,
    /// State.
    pub state: ThreadState,
    /// Daemon thread.
    pub daemon: bool,
    /// CPU seconds used since the start of the thread.
    pub cpu_s: Option<f64>,
    /// Age of the thread in seconds.
    pub elapsed_s: Option<f64>,
    /// Java frames, innermost first, `a.b.C.method(File.java:12)`.
    pub frames: Vec<Arc<str>>,
    /// What it is doing, from its frames and the idle-thread knowledge.
    pub activity: Activity,
    /// First frame that belongs to neither JDK, container, driver nor library: the application's own.
    pub own_frame: Option<String>,
    /// The lock it waits for.
    pub waits_for: Option<LockRef>,
    /// Locks it holds.
    pub holds: Vec<LockRef>,
    /// Heap bytes allocated since the last GC (J9), when printed.
    pub allocated: Option<u64>,
    /// 1-based line of its header in the decompressed file.
    pub line: u64,
}

impl ThreadInfo {
    /// The frame that tells best where it is: its own, else the top one.
    pub fn place(&self) -> Option<&str> {
        self.own_frame
            .as_deref()
            .or_else(|| self.frames.first().map(|frame| &**frame))
    }
}

/// What a thread does, as far as its stack tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Activity {
    /// A worker without work: never counted as stuck.
    Idle,
    /// VM or GC or compiler thread.
    Vm,
    /// Waits to enter a monitor or synchronizer that another thread holds.
    Lock,
    /// Waits for a connection or worker from a pool.
    PoolWait,
    /// Inside a database driver, waiting for the answer.
    Database,
    /// Inside another network read or connect.
    Network,
    /// Reading or writing files.
    FileIo,
    /// Inside a native method of a library that is none of the above.
    Native,
    /// Runs Java code.
    Running,
    /// Sleeps or waits on a condition within application code.
    Waiting,
    /// No stack, or not decidable.
    #[default]
    Unknown,
}

/// A lock as printed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LockRef {
    /// Class, Java notation.
    pub class: String,
    /// Address.
    pub address: u64,
    /// Monitor, synchronizer or class initialisation.
    pub kind: LockKind,
}

/// Kinds of lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, PartialOrd, Ord)]
pub enum LockKind {
    /// An object's monitor.
    #[default]
    Monitor,
    /// An ownable synchronizer of `java.util.concurrent`.
    Synchronizer,
    /// The initialisation lock of a class.
    ClassInit,
}

impl LockKind {
    /// The word of CONTRACT.md.
    pub fn name(self) -> &'static str {
        match self {
            Self::Monitor => "monitor",
            Self::Synchronizer => "synchronizer",
            Self::ClassInit => "class-init",
        }
    }
}

/// A closed chain of threads that wait for each other.
#[derive(Debug, Clone, Default)]
pub struct Deadlock {
    /// Names, in the order of the cycle.
    pub threads: Vec<String>,
    /// `a.b.C@0x…`, in the same order.
    pub locks: Vec<String>,
    /// True when the VM printed it.
    pub reported_by_vm: bool,
    /// Threads that wait, directly or not, for a member of the cycle.
    pub victims: u64,
    /// Where it stands.
    pub citation: Option<Citation>,
}

/// A lock whose holder makes others wait.
#[derive(Debug, Clone, Default)]
pub struct Blocker {
    /// Name of the holder; empty when no owner is known.
    pub thread: String,
    /// The lock.
    pub lock: LockRef,
    /// Direct waiters.
    pub blocked: u64,
    /// Direct and transitive waiters.
    pub victims: u64,
    /// What the holder does.
    pub doing: Activity,
    /// The holder's own frame or top frame.
    pub doing_frame: Option<String>,
    /// Where the holder stands.
    pub citation: Option<Citation>,
}

/// A native crash as a javacore's GPINFO tells it.
#[derive(Debug, Clone, Default)]
pub struct VmCrash {
    /// `SIGSEGV`, …
    pub signal: Option<String>,
    /// Module that crashed.
    pub module: Option<String>,
    /// Symbol or native frame.
    pub frame: Option<String>,
    /// Method being compiled, if any.
    pub compiling: Option<String>,
    /// Thread that crashed.
    pub thread: Option<String>,
    /// Line of the module.
    pub line: u64,
}

/// Dumps of one process in order of time, compared.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// Indices into the dumps that were given.
    pub dumps: Vec<usize>,
    /// Threads with the same working frames in at least three dumps (two when only two exist), not idle.
    pub stuck: Vec<String>,
    /// Stuck threads that used ≥ 70 % of a processor between the dumps.
    pub spinning: Vec<Spinning>,
    /// Change of the thread count from first to last dump.
    pub thread_growth: i64,
}

/// A thread that burns CPU in the same code.
#[derive(Debug, Clone, Default)]
pub struct Spinning {
    /// Its name.
    pub thread: String,
    /// CPU share between first and last dump, 0…1; `None` when the dumps have no CPU times.
    pub cpu_share: Option<f64>,
    /// The frame it is in.
    pub frame: Option<String>,
    /// Where it stands in the last dump.
    pub citation: Option<Citation>,
}

/// Threads of one dump with the same stack.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// Their frames.
    pub frames: Vec<Arc<str>>,
    /// What they do.
    pub activity: Activity,
    /// Their names, in file order.
    pub threads: Vec<String>,
    /// Their own frame.
    pub own_frame: Option<String>,
}

/// A pool of worker threads or the waiters of a connection pool, in one dump.
#[derive(Debug, Clone, Default)]
pub struct Pool {
    /// `WebContainer`, `http-nio-8080-exec`, `HikariPool-1`, …
    pub name: String,
    /// Which dump (index into the dumps given).
    pub dump: usize,
    /// Threads of the pool; for a connection pool its size, when known.
    pub size: u64,
    /// Threads not idle.
    pub busy: u64,
    /// Threads that wait for this pool (connection pools).
    pub waiting: u64,
    /// What most busy ones wait for: a lock, `database` with the own frame, a host, a pool.
    pub waiting_for: Option<String>,
    /// The activity of most busy ones.
    pub activity: Activity,
}

/// How much a piece of advice matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, PartialOrd, Ord)]
pub enum AdviceLevel {
    /// Stops the service.
    Critical,
    /// Hurts users.
    High,
    /// Costs time.
    Medium,
    /// Worth knowing.
    Low,
    /// Looks alarming and is not.
    #[default]
    Normal,
}

/// What somebody who has seen such stacks before would say about some threads of a dump.
#[derive(Debug, Clone, Default)]
pub struct Advice {
    /// Row of the table, e.g. `pool.hikari`.
    pub id: &'static str,
    /// How much it matters.
    pub level: AdviceLevel,
    /// What it means and what to do.
    pub words: Text,
    /// Where the knowledge comes from.
    pub source: &'static str,
    /// Threads it is about.
    pub count: u64,
    /// The names of the first of them.
    pub threads: Vec<String>,
    /// Where the first one stands.
    pub citation: Option<Citation>,
}
