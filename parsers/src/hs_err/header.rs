//! The lines with `#` at the top.

use super::{ErrorKind, FailedAllocation, HsErr};
use std::borrow::Cow;

/// Reads one header line (without its `#`). `true` when it announces the problematic frame on the next line.
pub(super) fn read(text: &str, number: u64, out: &mut HsErr) -> bool {
    let text = text.trim();
    if text == "Problematic frame:" {
        return true;
    }
    if let Some(value) = text.strip_prefix("JRE version:") {
        out.jre_version = Some(value.trim().to_owned());
    } else if let Some(value) = text.strip_prefix("Java VM:") {
        out.java_vm = Some(value.trim().to_owned());
    } else if text.contains("There is insufficient memory for the Java Runtime") {
        out.kind = ErrorKind::OutOfMemory;
        mark(text, number, out);
    } else if let Some(value) = text.strip_prefix("Internal Error (") {
        out.kind = ErrorKind::InternalError;
        out.error_location = value.split_once(')').map(|(l, _)| l.to_owned());
        ids(value, out);
        mark(text, number, out);
    } else if let Some(value) = text.strip_prefix("Out of Memory Error (") {
        out.kind = ErrorKind::OutOfMemory;
        out.error_location = value.split_once(')').map(|(l, _)| l.to_owned());
        ids(value, out);
        if out.error_line.is_none() {
            mark(text, number, out);
        }
    } else if text.contains(" at pc=") {
        signal(text, number, out);
    } else if let Some(allocation) = allocation(text) {
        out.kind = ErrorKind::OutOfMemory;
        out.failed_allocation = Some(allocation);
        mark(text, number, out);
    } else if out.error_message.is_none() && is_message(text) {
        out.error_message = Some(text.to_owned());
        if text.contains("OutOfMemory encountered") && out.kind == ErrorKind::Signal {
            out.kind = ErrorKind::InternalError;
        }
    }
    false
}

fn mark(text: &str, number: u64, out: &mut HsErr) {
    out.line = number;
    out.error_line = Some(text.to_owned());
}

fn is_message(text: &str) -> bool {
    [
        "fatal error:",
        "Error:",
        "guarantee(",
        "assert(",
        "fatal:",
        "ShouldNotReachHere",
    ]
    .iter()
    .any(|p| text.starts_with(p))
}

/// `SIGSEGV (0xb) at pc=0x… (sent by kill), pid=1, tid=7`.
fn signal(text: &str, number: u64, out: &mut HsErr) {
    mark(text, number, out);
    out.kind = ErrorKind::Signal;
    let name = text.split(' ').next().unwrap_or_default();
    out.signal = Some(name.to_owned());
    out.signal_code = text
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'))
        .map(|(code, _)| code.to_owned());
    out.pc = text
        .split_once("pc=")
        .map(|(_, rest)| rest.split([',', ' ']).next().unwrap_or_default().to_owned());
    if text.contains("(sent by ") {
        out.sent_by.get_or_insert(0);
    }
    ids(text, out);
}

fn ids(text: &str, out: &mut HsErr) {
    if let Some((_, rest)) = text.split_once("pid=") {
        out.pid = rest.split([',', ' ']).next().and_then(|n| n.parse().ok()).or(out.pid);
    }
    if let Some((_, rest)) = text.split_once("tid=") {
        out.tid = rest.split([',', ' ']).next().map(str::to_owned).or(out.tid.take());
    }
}

/// `Native memory allocation (mmap) failed to map 12288 bytes for committing reserved memory.`, `… (malloc) failed to
/// allocate 32744 bytes for ChunkPool::allocate`, `Cannot create GC thread. Out of system resources.` and older wordings.
fn allocation(text: &str) -> Option<FailedAllocation> {
    if let Some((_, rest)) = text.split_once("Native memory allocation (") {
        let (call, rest) = rest.split_once(')')?;
        let words: Cow<'_, str> = rest.trim().trim_end_matches('.').into();
        let bytes = words.split(' ').find_map(|w| w.parse().ok()).unwrap_or(0);
        let purpose = words
            .split_once("bytes for ")
            .or_else(|| words.split_once(" for "))
            .map_or("", |(_, p)| p);
        return Some(FailedAllocation {
            call: call.to_owned(),
            bytes,
            purpose: purpose.to_owned(),
        });
    }
    // JDK 6: `Native memory allocation ...`, or `java.lang.OutOfMemoryError: requested 32756 bytes for ChunkPool::allocate.
    // Out of swap space?`
    if let Some((_, rest)) = text.split_once("requested ") {
        let (bytes, rest) = rest.split_once(" bytes")?;
        return Some(FailedAllocation {
            call: "malloc".to_owned(),
            bytes: bytes.trim().parse().ok()?,
            purpose: rest
                .trim_start_matches(" for ")
                .split('.')
                .next()
                .unwrap_or_default()
                .to_owned(),
        });
    }
    let resources = text.starts_with("Cannot create ") && text.contains("Out of system resources");
    let thread = text.contains("pthread_create failed") || text.contains("Failed to start thread");
    (resources || thread).then(|| FailedAllocation {
        call: "thread".to_owned(),
        bytes: 0,
        purpose: text.trim_end_matches('.').to_owned(),
    })
}
