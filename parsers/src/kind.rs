//! What is this? By content, never by name alone.

use std::fmt;

/// The kinds of artefact that the parsers know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Java heap dump, HPROF binary.
    Hprof,
    /// IBM/OpenJ9 portable heap dump.
    Phd,
    /// IBM classic text heap dump.
    ClassicHeap,
    /// IBM/OpenJ9 javacore.
    Javacore,
    /// HotSpot-style thread dump(s), `jcmd Thread.dump_to_file` text or JSON, JRockit, SAP.
    ThreadDump,
    /// HotSpot fatal error log.
    HsErr,
    /// GC log of any VM.
    GcLog,
    /// Server or application log.
    Log,
    /// HTTP access log.
    AccessLog,
    /// Output of operating-system commands (errpt, netstat, vmstat, df, dmesg, …), one or several in a file.
    System,
    /// A database's session listing or log.
    Database,
    /// Output of `jcmd`/`jmap` other than a thread dump (class histogram, VM info, flags …).
    JvmListing,
    /// Binary dumps that are kept and hashed but not parsed (system core, Snap trace).
    Core,
    /// Readable text of no known kind.
    Text,
    /// Anything else.
    Unknown,
}

impl Kind {
    /// The word for it in `report.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hprof => "hprof",
            Self::Phd => "phd",
            Self::ClassicHeap => "classic-heap",
            Self::Javacore => "javacore",
            Self::ThreadDump => "thread-dump",
            Self::HsErr => "hs-err",
            Self::GcLog => "gc-log",
            Self::Log => "log",
            Self::AccessLog => "access-log",
            Self::System => "system",
            Self::Database => "database",
            Self::JvmListing => "jvm-listing",
            Self::Core => "core",
            Self::Text => "text",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
