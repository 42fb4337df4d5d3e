//! HotSpot fatal error logs (`hs_err_pid*.log`) of JDK 5 to 25.
//!
//! Sections differ by release and may be trimmed or cut off; nothing is needed but the header, and every line is read
//! for itself.

mod header;
mod module;
mod sections;

pub use module::{is_infrastructure, module_of_frame};

use crate::{
    Gap, Parsed, Reason, Stamp,
    gc::bytes::{Lines, has},
};

/// Frames kept of each stack.
pub const MAX_FRAMES: usize = 100;

/// What the file says, as printed. Absent means not printed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HsErr {
    /// What happened.
    pub kind: ErrorKind,
    /// `SIGSEGV`, `EXCEPTION_ACCESS_VIOLATION` …
    pub signal: Option<String>,
    /// Its code (`0xb`).
    pub signal_code: Option<String>,
    /// The signal was sent by a process, not raised by the program: the sender's pid when printed, else 0.
    pub sent_by: Option<u64>,
    /// Program counter.
    pub pc: Option<String>,
    /// Process id.
    pub pid: Option<u64>,
    /// Thread id, as printed.
    pub tid: Option<String>,
    /// Source file and line of the VM (`loopnode.hpp:628`).
    pub error_location: Option<String>,
    /// The VM's message (`fatal error: …`, `guarantee(…) failed: …`).
    pub error_message: Option<String>,
    /// Bytes of native memory that could not be had, the call (`malloc`, `mmap`) and what for.
    pub failed_allocation: Option<FailedAllocation>,
    /// `# JRE version:`.
    pub jre_version: Option<String>,
    /// `# Java VM:`.
    pub java_vm: Option<String>,
    /// The problematic frame as printed.
    pub frame: Option<String>,
    /// 1-based line of the header's error line.
    pub line: u64,
    /// The error line as printed.
    pub error_line: Option<String>,
    /// Current thread's type (`JavaThread`, `VMThread`, `native thread`).
    pub thread_type: Option<String>,
    /// Its name.
    pub thread_name: Option<String>,
    /// Its state (`_thread_in_native`).
    pub thread_state: Option<String>,
    /// `siginfo`.
    pub siginfo: Option<String>,
    /// Method being compiled.
    pub compile_task: Option<String>,
    /// Native frames, innermost first; at most [`MAX_FRAMES`].
    pub native_frames: Vec<String>,
    /// Java frames, innermost first; at most [`MAX_FRAMES`].
    pub java_frames: Vec<String>,
    /// Paths of libraries that addresses on the stack or in registers point into, in printed order, stack first.
    pub nearby_libraries: Vec<String>,
    /// Libraries loaded, by path, in printed order.
    pub libraries: Vec<String>,
    /// Threads in the list of Java threads.
    pub java_threads: Option<u64>,
    /// `vm_info:`.
    pub vm_info: Option<String>,
    /// VM options.
    pub vm_args: Option<String>,
    /// Main class and arguments.
    pub java_command: Option<String>,
    /// Host name from the environment.
    pub host: Option<String>,
    /// Processor, memory and system line.
    pub host_line: Option<String>,
    /// When.
    pub time: Option<Stamp>,
    /// Seconds the VM had run.
    pub elapsed_s: Option<f64>,
    /// Physical memory total and free, bytes.
    pub memory: Option<(u64, u64)>,
    /// Swap total and free, bytes.
    pub swap: Option<(u64, u64)>,
    /// Memory limit of the container, bytes.
    pub container_limit: Option<u64>,
    /// Memory in use in the container, bytes.
    pub container_usage: Option<u64>,
    /// Soft limits of processes and open files (`rlimit`).
    pub max_processes: Option<u64>,
    /// See above.
    pub max_files: Option<u64>,
    /// Stack pointer fault within the guard pages: the stack was exhausted.
    pub stack_exhausted: bool,
    /// The file ends with `END.` (JDK 9 and later) or `elapsed time:` (before).
    pub complete: bool,
}

/// Kinds of fatal error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ErrorKind {
    /// A signal or a Windows exception.
    #[default]
    Signal,
    /// A failed assertion or a fatal error of the VM.
    InternalError,
    /// Native memory could not be had.
    OutOfMemory,
}

impl ErrorKind {
    /// The word used in facts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signal => "signal",
            Self::InternalError => "internal-error",
            Self::OutOfMemory => "out-of-memory",
        }
    }
}

/// Native memory that could not be had.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FailedAllocation {
    /// `malloc`, `mmap`, …
    pub call: String,
    /// Bytes; 0 when not printed.
    pub bytes: u64,
    /// What for (`ChunkPool::allocate`).
    pub purpose: String,
}

/// True when these bytes begin with such a file: the header's sentence within the first lines.
pub fn recognise(input: &[u8]) -> bool {
    let head = input.get(..16 * 1024).unwrap_or(input);
    Lines::new(head).take(60).any(|line| {
        let bytes = line.bytes;
        memchr::memchr(b'#', bytes).is_some()
            && (has(bytes, b"fatal error has been detected by the Java Runtime Environment")
                || has(bytes, b"unexpected error has been detected by")
                || has(
                    bytes,
                    b"There is insufficient memory for the Java Runtime Environment to continue",
                ))
    })
}

/// Reads the file.
pub fn parse(input: &[u8]) -> Parsed<HsErr> {
    let mut reader = sections::Reader::default();
    for line in Lines::new(input) {
        reader.line(&line);
    }
    let value = reader.finish();
    let mut gaps = Vec::new();
    if input.is_empty() {
        gaps.push(Gap::new(0, 0, Reason::Empty));
    } else if !value.complete {
        gaps.push(Gap::new(
            input.len() as u64,
            0,
            Reason::Truncated {
                expected: "the end of the fatal error log",
            },
        ));
    }
    Parsed { value, gaps }
}

#[cfg(test)]
mod tests;
