//! What an hs_err file tells.

use crate::evidence::{ArtefactId, Citation};
use crate::words::Text;
use goldenhour_parsers::{Gap, Stamp};

/// The facts of one fatal error log.
#[derive(Debug, Clone, Default)]
pub struct CrashFacts {
    /// Where it was read; `None` only in tests.
    pub artefact: Option<ArtefactId>,
    /// `signal`, `internal-error`, `out-of-memory`.
    pub kind: &'static str,
    /// `SIGSEGV`, `EXCEPTION_ACCESS_VIOLATION`, …
    pub signal: Option<String>,
    /// Signal sent by another process (`sent by kill`), with its pid.
    pub sent_by: Option<u64>,
    /// The problematic frame as printed.
    pub frame: Option<String>,
    /// Its letter: `C` native, `V` VM, `J` compiled, `j` interpreted, `v` stub.
    pub frame_letter: Option<char>,
    /// The module it names (`libx.so`).
    pub module: Option<String>,
    /// First module of the native stack that is not libc, the VM or the dynamic linker.
    pub guilty_module: Option<String>,
    /// Current thread's name.
    pub thread: Option<String>,
    /// Current thread's type (`JavaThread`, `CompilerThread` …) and state as printed.
    pub thread_type: Option<String>,
    /// Method being compiled (`Current CompileTask`).
    pub compile_task: Option<String>,
    /// VM version line.
    pub vm_version: Option<String>,
    /// Process id.
    pub pid: Option<u64>,
    /// When.
    pub time: Option<Stamp>,
    /// Seconds the VM had run.
    pub elapsed_s: Option<f64>,
    /// Bytes the VM could not get from the system (`kind` = `out-of-memory`), and for what.
    pub failed_allocation: Option<(u64, String)>,
    /// Native frames, innermost first; capped.
    pub native_frames: Vec<String>,
    /// Java frames, innermost first; capped.
    pub java_frames: Vec<String>,
    /// Host name.
    pub host: Option<String>,
    /// Physical memory total and free, bytes.
    pub memory: Option<(u64, u64)>,
    /// Swap total and free, bytes.
    pub swap: Option<(u64, u64)>,
    /// Memory limit of the container and what was in use, bytes.
    pub container: Option<(u64, Option<u64>)>,
    /// The VM's message of an internal error, else the signal's details.
    pub error_message: Option<String>,
    /// Java threads alive.
    pub java_threads: Option<u64>,
    /// Limit of processes and threads of the user (`NPROC`).
    pub max_processes: Option<u64>,
    /// Limit of open files (`NOFILE`).
    pub max_files: Option<u64>,
    /// The fault hit the guard pages of the stack.
    pub stack_exhausted: bool,
    /// VM options.
    pub vm_args: Option<String>,
    /// Main class and arguments.
    pub java_command: Option<String>,
    /// Native libraries of neither the system nor the JDK, by path; capped.
    pub foreign_libraries: Vec<String>,
    /// What the table of known crashes says about it, most telling first.
    pub known: Vec<KnownCrash>,
    /// Where the header stands.
    pub citation: Option<Citation>,
    /// Parts that could not be read.
    pub gaps: Vec<Gap>,
}

/// A row of the table of known crashes that fits.
#[derive(Debug, Clone, Default)]
pub struct KnownCrash {
    /// Row of the table, e.g. `module.libocijdbc`.
    pub id: &'static str,
    /// Whose code it is.
    pub owner: Owner,
    /// What it means and what to do.
    pub words: Text,
    /// Where the knowledge comes from.
    pub source: &'static str,
}

/// Whose code crashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Owner {
    /// The VM.
    #[default]
    Vm,
    /// Its compiler.
    Jit,
    /// Its collector.
    Collector,
    /// A library of the JDK.
    Jdk,
    /// A database or messaging driver.
    Driver,
    /// A native library that the application brought.
    Native,
    /// An agent.
    Agent,
    /// The operating system.
    System,
    /// The hardware.
    Hardware,
    /// Java code of the application.
    Application,
}
