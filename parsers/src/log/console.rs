//! Console output between and without log records: lines of the virtual machine, exceptions without a logger.

use super::{
    columns::leading_level,
    level::Level,
    record::{Head, Source},
    trace::exception_at_start,
};
use crate::text::StampParser;
use memchr::memmem;

/// How lines of the virtual machine begin. `#` is the banner of a fatal error.
const VM_LINES: &[&[u8]] = &[
    b"JVMDUMP",
    b"JVMJ9",
    b"JVMPORT",
    b"JVMSHRC",
    b"JVMJIT",
    b"JVMGC",
    b"JVMPRT",
    b"JVMTI",
    b"JVMXE",
    b"UTE",
    b"# A fatal error has been detected",
    b"# There is insufficient memory",
    b"# java.lang.OutOfMemoryError",
    b"OpenJDK 64-Bit Server VM ",
    b"OpenJDK Server VM ",
    b"Java HotSpot(TM) ",
    b"Eclipse OpenJ9 VM ",
    b"Dumping heap to ",
    b"Heap dump file created",
    b"Terminating due to java.lang.",
    b"Aborting due to java.lang.",
    b"Unhandled exception",
    b"Type=",
    b"Picked up ",
    b"Error occurred during initialization of VM",
    b"Error: Could not create the Java Virtual Machine",
    b"Unrecognized option: ",
    b"Unrecognized VM option ",
    b"java.util.logging.ErrorManager: ",
    b"log4j:ERROR ",
    b"log4j:WARN ",
    b"SLF4J: ",
    b"Log file started at: ",
];

/// A line that the virtual machine or the launcher printed itself.
pub(super) fn is_vm_line(line: &[u8]) -> bool {
    VM_LINES.iter().any(|start| line.starts_with(start)) || is_unified(line)
}

/// `[522.018s][warning][os,thread] …`: unified logging of the VM on the console.
fn is_unified(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"[") else {
        return false;
    };
    let digits = rest
        .iter()
        .take(12)
        .take_while(|b| b.is_ascii_digit() || **b == b'.')
        .count();
    digits > 0
        && rest
            .get(digits..)
            .is_some_and(|r| r.starts_with(b"s][") || r.starts_with(b"ms]["))
}

/// The handler of last resort, and threads that die of an exception.
pub(super) fn is_uncaught(line: &[u8]) -> bool {
    line.starts_with(b"Exception in thread ")
        || line.starts_with(b"Exception: java.")
        || line.starts_with(b"java.lang.OutOfMemoryError")
        || line.starts_with(b"java.lang.StackOverflowError")
}

/// A line that begins with the name of an exception.
pub(super) fn is_exception_line(line: &[u8]) -> bool {
    exception_at_start(line).is_some()
}

/// Fills level, source and time of a record that has no columns, as far as its text tells them.
pub(super) fn complete(head: &mut Head<'_>, line: &[u8], stamps: &StampParser) {
    if head.source == Source::Logger && (is_exception_line(line) || is_uncaught(line)) {
        head.source = Source::Err;
    }
    if is_vm_line(line) {
        head.source = Source::Vm;
    }
    if head.level.is_none() {
        head.level = leading_level(line).or_else(|| vm_level(line));
    }
    if head.time.is_none() {
        head.time = time_inside(line, stamps);
    }
}

fn vm_level(line: &[u8]) -> Option<Level> {
    let has = |word: &[u8]| memmem::find(line.get(..80).unwrap_or(line), word).is_some();
    if line.starts_with(b"Unrecognized VM option ")
        || line.starts_with(b"Unrecognized option: ")
        || line.starts_with(b"Error: Could not create the Java Virtual Machine")
        || line.starts_with(b"Error occurred during initialization of VM")
    {
        return Some(Level::Error);
    }
    if line.starts_with(b"# A fatal error")
        || line.starts_with(b"Unhandled exception")
        || line.starts_with(b"# There is insufficient")
    {
        return Some(Level::Fatal);
    }
    if line.starts_with(b"JVM") {
        // The last letter of the code is its severity.
        let code = line.iter().take(16).position(|b| *b == b' ' || *b == b':')?;
        return match line.get(code.checked_sub(1)?)? {
            b'E' => Some(Level::Error),
            b'W' => Some(Level::Warn),
            _ => Some(Level::Info),
        };
    }
    if has(b" VM warning:") || has(b"][warning]") {
        return Some(Level::Warn);
    }
    has(b"][error]").then_some(Level::Error)
}

/// Times that J9 prints inside its lines: ` at 2026/11/18 18:59:48 - please wait`, `started at: [..]`, and those in the
/// names of dumps (`javacore.20261118.185948.…`).
fn time_inside(line: &[u8], stamps: &StampParser) -> Option<crate::text::Found> {
    let after = |mark: &[u8]| memmem::find(line, mark).and_then(|at| line.get(at + mark.len()..));
    if line.starts_with(b"JVMDUMP") {
        if let Some(found) = after(b" at ").and_then(|text| stamps.parse(text)) {
            return Some(found);
        }
        return [&b"javacore."[..], b"heapdump.", b"core.", b"Snap."]
            .iter()
            .find_map(|name| after(name))
            .and_then(|text| {
                let (day, clock) = (text.get(..8)?, text.get(9..15)?);
                let mut spaced = day.to_vec();
                spaced.push(b' ');
                for (index, pair) in clock.chunks(2).enumerate() {
                    if index > 0 {
                        spaced.push(b':');
                    }
                    spaced.extend_from_slice(pair);
                }
                stamps.parse(&spaced)
            });
    }
    if line.starts_with(b"Log file started at: [") {
        return after(b"[").and_then(|text| stamps.parse(text));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vm_lines() {
        assert!(is_vm_line(b"[522.018s][warning][os,thread] Failed to start"));
        assert!(is_vm_line(b"JVMDUMP039I Processing dump event"));
        assert!(!is_vm_line(b"[main] INFO x"));
        assert!(is_uncaught(b"Exception in thread \"main\" java.lang.X"));
    }

    #[test]
    fn times_inside() {
        let stamps = StampParser::default();
        let shown = |line: &str| time_inside(line.as_bytes(), &stamps).map(|f| f.stamp.civil.to_string());
        assert_eq!(
            shown("JVMDUMP039I Processing dump event \"user\", detail \"\" at 2026/11/18 18:59:48 - please wait."),
            Some("2026-11-18T18:59:48".into())
        );
        assert_eq!(
            shown("JVMDUMP010I Java dump written to /x/javacore.20261118.185948.9830514.0001.txt"),
            Some("2026-11-18T18:59:48".into())
        );
        assert_eq!(shown("JVMDUMP013I Processed dump event"), None);
    }
}
