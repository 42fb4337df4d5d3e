//! Output of operating-system, JVM and database commands: errpt, netstat, vmstat, df, dmesg, ps, top, jcmd, session
//! listings and more. A file often holds several; each becomes an [`Output`].

mod aix;
mod database;
mod database_log;
mod disk;
mod history;
mod jvm;
mod kernel;
mod limits;
mod load;
mod net;
mod process;
mod split;
mod table;
mod windows;

pub use aix::{ErrptEntry, ErrptRow, PagingSpace, Svmon, SvmonProcess};
pub use database::Session;
pub use database_log::{DatabaseError, DatabaseLog, LockWait};
pub use disk::{FileEntry, FileSystem, Targets};
pub use history::HistoryEntry;
pub use jvm::{HistogramRow, LoaderCount, MetaspaceUse};
pub use kernel::{KernelEvent, KernelLine, Syslog};
pub use limits::{Limit, StatusValue};
pub use load::{CpuUse, DiskUse, Free, Iostat, Uptime, VmSample, Vmstat};
pub use net::{Interface, Route, Socket, Sockets};
pub use process::{Process, TopScreen};
pub use windows::Settings;

use crate::{Gap, Parsed, Reason, Stamp};
use std::borrow::Cow;

/// The output of one command.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// What it is (`df`, `errpt`, `netstat` …).
    pub kind: &'static str,
    /// The command that was echoed before it.
    pub command: Option<String>,
    /// Host named by the echo or by the output.
    pub host: Option<String>,
    /// When it was taken, by the echo or by the output.
    pub time: Option<Stamp>,
    /// 1-based line of its first line (the echo, if there is one).
    pub first_line: u64,
    /// Lines, the echo not counted.
    pub lines: u64,
    /// What it says.
    pub listing: Listing,
}

/// What a command said.
#[derive(Debug, Clone, PartialEq)]
pub enum Listing {
    /// `errpt`.
    Errpt(Vec<ErrptRow>),
    /// `errpt -a`.
    ErrptDetails(Vec<ErrptEntry>),
    /// `netstat -an`, `ss`.
    Sockets(Sockets),
    /// `netstat -rn`.
    Routes(Vec<Route>),
    /// `netstat -in`, `ip -s link`.
    Interfaces(Vec<Interface>),
    /// `vmstat`.
    Vmstat(Vmstat),
    /// `iostat`.
    Iostat(Iostat),
    /// `df`.
    FileSystems(Vec<FileSystem>),
    /// `free`.
    Free(Free),
    /// `uptime`.
    Uptime(Uptime),
    /// `top`.
    Top(Vec<TopScreen>),
    /// `ps`.
    Processes(Vec<Process>),
    /// `svmon -G`.
    Svmon(Svmon),
    /// `svmon -P`.
    SvmonProcesses(Vec<SvmonProcess>),
    /// `lsps -a` or `-s`.
    PagingSpaces(Vec<PagingSpace>),
    /// `lparstat -i`, `systeminfo`: labels and values.
    Settings(Settings),
    /// Kernel messages.
    Kernel(Vec<KernelEvent>),
    /// Messages of several programs.
    Syslog(Syslog),
    /// `/proc/PID/limits`, `ulimit -a`.
    Limits(Vec<Limit>),
    /// `/proc/PID/status`, `/proc/meminfo`, cgroup files.
    Status(Vec<StatusValue>),
    /// `ls -l`.
    Files(Vec<FileEntry>),
    /// Targets of descriptors with their number (`ls -l /proc/PID/fd`, `lsof`).
    Descriptors(Targets),
    /// A shell history.
    History(Vec<HistoryEntry>),
    /// Sessions of a database.
    Sessions(Vec<Session>),
    /// A database server's own log.
    DatabaseLog(DatabaseLog),
    /// `jcmd GC.class_histogram`, `jmap -histo`.
    Histogram(Vec<HistogramRow>),
    /// `jcmd VM.metaspace`, `VM.classloader_stats`, `GC.heap_info`, `jstat -gcmetacapacity`.
    Metaspace(MetaspaceUse),
    /// Known commands whose output is kept as labels and values.
    Other,
}

/// Longest output read; logs of kernels are long, tables are not.
const MAX_INPUT: usize = 512 << 20;

/// Reads all outputs in a file.
pub fn parse(input: &[u8]) -> Parsed<Vec<Output>> {
    let mut gaps = Vec::new();
    if input.is_empty() {
        gaps.push(Gap::new(0, 0, Reason::Empty));
    }
    if input.len() > MAX_INPUT {
        let what = "512 MiB of command output".to_owned();
        gaps.push(Gap::new(
            MAX_INPUT as u64,
            (input.len() - MAX_INPUT) as u64,
            Reason::Limit { what },
        ));
    }
    let text = decode(input.get(..MAX_INPUT).unwrap_or(input));
    let value = split::sections(&text).iter().map(split::Section::read).collect();
    Parsed { value, gaps }
}

/// What listing these bytes begin with or mostly consist of; `None` when they are no listing.
pub fn recognise(input: &[u8]) -> Option<&'static str> {
    let head = input.get(..64 * 1024).unwrap_or(input);
    let text = decode(head);
    split::recognise(&text)
}

/// UTF-16 by its byte order mark or its zero bytes, UTF-8 where valid, else GB18030.
pub fn decode(input: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, skip)) = encoding_rs::Encoding::for_bom(input) {
        return encoding
            .decode_without_bom_handling(input.get(skip..).unwrap_or_default())
            .0;
    }
    // PowerShell and `cmd /u` without a mark: every second byte of ASCII text is zero.
    let sample = input.get(..64).unwrap_or(input);
    if sample.len() >= 8 && sample.iter().skip(1).step_by(2).filter(|b| **b == 0).count() * 4 > sample.len() {
        return encoding_rs::UTF_16LE.decode_without_bom_handling(input).0;
    }
    // A head may be cut inside a character.
    match std::str::from_utf8(input) {
        Ok(text) => Cow::Borrowed(text),
        Err(error) if input.len() - error.valid_up_to() < 4 => String::from_utf8_lossy(input),
        Err(_) => encoding_rs::GB18030.decode_without_bom_handling(input).0,
    }
}

#[cfg(test)]
mod tests;
