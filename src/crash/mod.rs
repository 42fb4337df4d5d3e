//! Fatal error logs of HotSpot: what crashed and in which module.

mod facts;
mod guilt;
mod known;

pub use facts::*;
pub use known::{CrashSigns, known_crashes};

use crate::evidence::{Artefact, Citation};
use goldenhour_parsers::hs_err::{self, HsErr};

/// Reads a fatal error log.
pub fn analyse(artefact: &Artefact) -> CrashFacts {
    let parsed = hs_err::parse(artefact.bytes());
    let h = parsed.value;
    let mut facts = facts_of(&h);
    facts.known = known(&facts);
    facts.artefact = Some(artefact.id);
    facts.citation = h.error_line.as_ref().map(|quote| {
        let line = h.line.saturating_add(artefact.first_line).saturating_sub(1);
        Citation::line(artefact.id, line, quote.clone())
    });
    facts.gaps = parsed.gaps;
    for gap in &mut facts.gaps {
        gap.offset += artefact.offset;
    }
    facts
}

fn facts_of(h: &HsErr) -> CrashFacts {
    CrashFacts {
        kind: h.kind.name(),
        signal: h.signal.clone(),
        sent_by: h.sent_by,
        frame: h.frame.clone(),
        frame_letter: h.frame.as_ref().and_then(|f| f.chars().next()),
        module: h.frame.as_deref().and_then(hs_err::module_of_frame).map(str::to_owned),
        guilty_module: guilt::guilty_module(h),
        thread: h.thread_name.clone(),
        thread_type: thread_type(h),
        compile_task: h.compile_task.clone(),
        vm_version: h
            .java_vm
            .clone()
            .or_else(|| h.jre_version.clone())
            .or_else(|| h.vm_info.clone()),
        pid: h.pid,
        time: h.time,
        elapsed_s: h.elapsed_s,
        failed_allocation: h.failed_allocation.as_ref().map(|a| (a.bytes, a.purpose.clone())),
        native_frames: h.native_frames.clone(),
        java_frames: h.java_frames.clone(),
        host: h.host.clone(),
        memory: h.memory,
        swap: h.swap,
        container: h.container_limit.map(|limit| (limit, h.container_usage)),
        error_message: h.error_message.clone().or_else(|| h.siginfo.clone()),
        java_threads: h.java_threads,
        max_processes: h.max_processes,
        max_files: h.max_files,
        stack_exhausted: h.stack_exhausted,
        vm_args: h.vm_args.clone(),
        java_command: h.java_command.clone(),
        foreign_libraries: guilt::foreign_libraries(h),
        ..CrashFacts::default()
    }
}

/// What the table says about it.
fn known(facts: &CrashFacts) -> Vec<KnownCrash> {
    let parts = [facts.signal.as_deref(), facts.error_message.as_deref()];
    let purpose = facts.failed_allocation.as_ref().map(|(_, purpose)| purpose.as_str());
    let mut message = parts
        .into_iter()
        .chain([purpose])
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    if facts.kind == "out-of-memory" {
        message.push_str(" insufficient memory");
    }
    if facts.stack_exhausted {
        message.push_str(" stack overflow");
    }
    if facts.sent_by.is_some() {
        message.push_str(" sent by kill");
    }
    known_crashes(&CrashSigns {
        module: facts.guilty_module.as_deref().or(facts.module.as_deref()),
        frame: facts.frame.as_deref(),
        message: &message,
        thread: facts.thread.as_deref(),
    })
}

/// `JavaThread _thread_in_native`.
fn thread_type(h: &HsErr) -> Option<String> {
    let kind = h.thread_type.as_ref()?;
    Some(match &h.thread_state {
        Some(state) => format!("{kind} {state}"),
        None => kind.clone(),
    })
}
