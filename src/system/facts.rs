//! What the output of system commands tells.

use crate::evidence::{ArtefactId, Citation};
use goldenhour_parsers::{Gap, Stamp};
use serde_json::{Map, Value};

/// The facts of one listing (a file may hold several).
#[derive(Debug, Clone, Default)]
pub struct SystemFacts {
    /// Where it was read; `None` only in tests.
    pub artefact: Option<ArtefactId>,
    /// `errpt`, `errpt-a`, `netstat`, `vmstat`, `df`, `dmesg`, `ps`, `top`, `free`, `svmon`, `lsps`, `db-sessions`, …
    pub kind: &'static str,
    /// The listing's own figures under the flat keys of `corpus/system/TRUTH.tsv` where it has them.
    pub facts: Map<String, Value>,
    /// What matters for a diagnosis.
    pub signs: Vec<Sign>,
    /// Host name, if printed.
    pub host: Option<String>,
    /// When it was taken, if printed.
    pub time: Option<Stamp>,
    /// Parts that could not be read.
    pub gaps: Vec<Gap>,
}

/// One thing that system evidence says.
#[derive(Debug, Clone)]
pub struct Sign {
    /// What.
    pub what: SignKind,
    /// When, if told.
    pub time: Option<Stamp>,
    /// Where it stands.
    pub citation: Citation,
}

/// The things system evidence can say.
#[derive(Debug, Clone, PartialEq)]
pub enum SignKind {
    /// A file system is full or nearly (share 0…1; `inodes` when it is inodes that ran out).
    FileSystem {
        /// Mount point.
        mount: String,
        /// Used share.
        used: f64,
        /// True when the figure is of inodes.
        inodes: bool,
    },
    /// errpt or kernel: a file system had no space at this time.
    NoSpace {
        /// Mount point or device.
        mount: String,
    },
    /// The kernel ended a process for memory.
    OomKill {
        /// Process id.
        pid: u64,
        /// Name.
        name: String,
        /// Resident bytes.
        rss: Option<u64>,
    },
    /// Somebody ended a process: command in a shell history, audit or service log.
    Kill {
        /// The command or message.
        command: String,
        /// Target pid, if named.
        pid: Option<u64>,
    },
    /// A process dumped core (errpt CORE_DUMP, kernel segfault line).
    CoreDump {
        /// Program.
        program: String,
        /// Pid.
        pid: Option<u64>,
        /// Signal number.
        signal: Option<u64>,
    },
    /// A network adapter or link went down.
    LinkDown {
        /// Adapter.
        adapter: String,
    },
    /// … or came back.
    LinkUp {
        /// Adapter.
        adapter: String,
    },
    /// Connections of one state to one peer stand out (SYN_SENT, CLOSE_WAIT …).
    Connections {
        /// TCP state.
        state: String,
        /// Peer `host:port`, or `*`.
        peer: String,
        /// How many.
        count: u64,
    },
    /// Interface errors or drops.
    InterfaceErrors {
        /// Interface.
        interface: String,
        /// Errors and drops.
        errors: u64,
    },
    /// Ports that listen.
    Listening {
        /// Port numbers.
        ports: Vec<u32>,
    },
    /// Paging or swapping (pages a second, worst sample).
    Paging {
        /// Pages in and out a second.
        pages_per_s: f64,
    },
    /// Paging space in use, 0…1.
    PagingSpace {
        /// Used share.
        used: f64,
    },
    /// Processor use, 0…1, with run queue and steal and I/O wait shares.
    Cpu {
        /// Busy share: user, system, and what other guests of the hypervisor took (steal) – not to be had either way.
        busy: f64,
        /// Run queue length.
        run_queue: f64,
        /// Wait for I/O share.
        io_wait: f64,
    },
    /// A disk that is busy, 0…1.
    DiskBusy {
        /// Disk.
        disk: String,
        /// Busy share.
        busy: f64,
    },
    /// A process that uses much of a processor or of memory.
    Process {
        /// Pid.
        pid: u64,
        /// Command.
        command: String,
        /// Share of one processor (may exceed 1).
        cpu: Option<f64>,
        /// Resident bytes.
        rss: Option<u64>,
        /// Native threads.
        threads: Option<u64>,
    },
    /// A native thread's CPU (`top -H`).
    ThreadCpu {
        /// Native id.
        tid: u64,
        /// Name as far as shown.
        name: String,
        /// Share of one processor.
        cpu: f64,
    },
    /// Descriptors in use and their limit.
    Descriptors {
        /// Open.
        open: u64,
        /// Limit.
        limit: Option<u64>,
        /// What most of them are.
        mostly: Option<String>,
    },
    /// A limit of the process (threads, files, memory, container memory).
    Limit {
        /// `threads`, `files`, `memory`, …
        what: String,
        /// Used, when told.
        used: Option<u64>,
        /// Value.
        limit: u64,
    },
    /// Physical memory: total and available bytes.
    Memory {
        /// Total.
        total: u64,
        /// Available.
        available: u64,
    },
    /// Sessions of a database, grouped by state and what they wait for.
    DbSessions {
        /// State (`active`, `idle`, `idle in transaction` …).
        state: String,
        /// What they wait for (`Lock:transactionid`, …), if anything.
        wait: Option<String>,
        /// How many.
        count: u64,
        /// Longest age of the state or query in seconds.
        longest_s: Option<f64>,
        /// Shape of the commonest statement.
        statement: Option<String>,
    },
    /// The system says that paging space or memory ran low (errpt PGSP_LOW), without a figure.
    MemoryLow {
        /// The words.
        what: String,
    },
    /// Connections wait to be accepted: the accept queue of a listening port holds entries.
    Backlog {
        /// Port.
        port: u32,
        /// Connections waiting.
        queued: u64,
    },
    /// Kernel tables or tasks in trouble (conntrack full, SYN flood, task blocked for minutes).
    KernelTrouble {
        /// The words.
        what: String,
    },
    /// A database server's own error (`too many clients`, deadlock, `ORA-04031`).
    DbError {
        /// `FATAL`, `ERROR`, `ORA-00060` …
        level: String,
        /// The words of the first one.
        message: String,
        /// How many alike.
        count: u64,
    },
    /// The host went down or came up (errpt REBOOT, shutdown).
    Reboot,
    /// A scheduled or manual change: deploy, patch, backup job, maintenance window, planned restart.
    Change {
        /// What was done.
        what: String,
    },
    /// A hardware or operating-system error of another kind.
    HardwareError {
        /// Label or text.
        what: String,
    },
    /// Classes by instance count or bytes (`jcmd GC.class_histogram`): top rows.
    ClassHistogram {
        /// (class, instances, bytes), largest first; at most 30.
        rows: Vec<(String, u64, u64)>,
    },
    /// Class loaders or metaspace figures of `jcmd VM.classloader_stats`, `VM.metaspace`, `GC.heap_info`.
    Metaspace {
        /// Used bytes.
        used: u64,
        /// Limit bytes.
        limit: Option<u64>,
        /// Loaders of the same kind: (class, count), largest first.
        loaders: Vec<(String, u64)>,
    },
}
