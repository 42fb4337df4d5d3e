//! What is this? By content, never by name alone.

mod binary;
mod lines;
mod sample;
mod weigh;

pub use binary::foreign;
pub use lines::{Line, classify};

use std::fmt;

/// What the bytes are. The file name decides only where content cannot (a shell history without times).
///
/// ```
/// use goldenhour_parsers::{Kind, kind::recognise};
/// assert_eq!(recognise(b"JAVA PROFILE 1.0.2\0", "x"), Kind::Hprof);
/// assert_eq!(recognise(b"0SECTION       TITLE subcomponent dump routine\n", "x"), Kind::Javacore);
/// ```
pub fn recognise(bytes: &[u8], name: &str) -> Kind {
    if let Some(kind) = binary::recognise(bytes) {
        return kind;
    }
    match sample::take(bytes) {
        Some(sample) => weigh::recognise(&sample, name),
        None => Kind::Unknown,
    }
}

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
    /// An archive; what lies in it are artefacts of their own.
    Archive,
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
            Self::Archive => "archive",
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
