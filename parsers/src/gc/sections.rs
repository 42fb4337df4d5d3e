//! Finds the stretches of a mixed text (console log, `native_stderr.log`) that belong to a GC log.

use super::{
    Format,
    bytes::{Lines, decimal, has, iso_stamp},
    j9, print_gc, unified,
};
use std::ops::Range;

/// Stretches of whole lines that belong to a GC log, ascending and disjoint.
///
/// A verbose GC log inside a console log is interrupted by other output. Make one artefact over the hull of the ranges
/// (the parsers pass over foreign lines) and hide the ranges themselves from the line parser (`Artefact::set_cut`).
pub fn find_sections(input: &[u8]) -> Vec<Range<usize>> {
    let mut sections: Vec<Range<usize>> = Vec::new();
    let mut open: Option<(Format, Range<usize>)> = None;
    let mut pending_end: Option<usize> = None;
    for line in Lines::new(input) {
        let end = line.end;
        if let Some((format, range)) = open.as_mut() {
            if continues(*format, line.bytes, input, range.end) {
                range.end = end;
                pending_end = None;
                continue;
            }
            if line.bytes.iter().all(u8::is_ascii_whitespace) {
                // Blank lines belong to the log only when it goes on behind them.
                pending_end.get_or_insert(range.end);
                range.end = end;
                continue;
            }
        }
        if let Some((_, range)) = open.take() {
            push(&mut sections, range.start..pending_end.take().unwrap_or(range.end));
        }
        if let Some((format, true)) = classify(line.bytes) {
            open = Some((format, line.offset..end));
        }
    }
    if let Some((_, range)) = open {
        push(&mut sections, range.start..pending_end.unwrap_or(range.end));
    }
    sections
}

/// True when a section begins in these whole lines.
pub(crate) fn may_hold_sections(input: &[u8]) -> bool {
    Lines::new(input).any(|line| matches!(classify(line.bytes), Some((_, true))))
}

fn push(sections: &mut Vec<Range<usize>>, range: Range<usize>) {
    match sections.last_mut() {
        Some(last) if last.end >= range.start => last.end = range.end,
        _ => sections.push(range),
    }
}

/// The family a line belongs to, and whether it may begin a section in mixed text. Strict: a log line that merely
/// speaks of a collection is none.
pub(crate) fn classify(line: &[u8]) -> Option<(Format, bool)> {
    match line.iter().find(|b| !b.is_ascii_whitespace())? {
        b'<' => j9::begins(line).map(|strong| (Format::J9Xml, strong)).or_else(|| {
            let line = line.trim_ascii_start();
            let classic = [b"<AF[".as_slice(), b"<GC(", b"<GC[", b"<CON["];
            classic
                .iter()
                .any(|p| line.starts_with(p))
                .then_some((Format::J9Classic, true))
        }),
        b'[' if unified::is_gc_line(line) => Some((Format::Unified, true)),
        b'[' | b'0'..=b'9' | b'#' | b'{' if print_gc::begins(line) => Some((Format::PrintGc, true)),
        b'C' if line.starts_with(b"CommandLine flags: ") => Some((Format::PrintGc, false)),
        _ => None,
    }
}

/// True when a line goes on with a section of this family.
fn continues(format: Format, line: &[u8], input: &[u8], last_end: usize) -> bool {
    match format {
        Format::J9Xml => line.trim_ascii_start().starts_with(b"<") && !line.trim_ascii_start().starts_with(b"<html"),
        Format::J9Classic => line.trim_ascii_start().starts_with(b"<"),
        Format::Unified => unified::is_gc_line(line),
        // Never cut out: a javacore is an artefact of its own.
        Format::J9History => false,
        Format::PrintGc => {
            print_gc::begins(line)
                || line.starts_with(b" [Times:")
                || line.starts_with(b"   [")
                || line.starts_with(b"Desired survivor size")
                || line.starts_with(b"- age ")
                || line.starts_with(b", ")
                || line.starts_with(b": ")
                || line.starts_with(b" (concurrent mode ")
                || is_inside_heap_block(line)
                || has(line, b" application threads were stopped: ") && stamped(line)
                || (line.ends_with(b" secs]") && unclosed(input, last_end))
        }
    }
}

/// Lines of a `{Heap before GC …}` block.
fn is_inside_heap_block(line: &[u8]) -> bool {
    line == b"}"
        || (line.starts_with(b" ")
            && [
                b"eden ".as_slice(),
                b"from ",
                b"to  ",
                b"the space",
                b"generation",
                b"object space",
                b"PSYoungGen",
                b"ParOldGen",
                b"PSOldGen",
                b"Metaspace",
                b"class space",
                b"garbage-first heap",
                b"region size",
            ]
            .iter()
            .any(|w| has(line, w)))
        || line.starts_with(b"Heap after GC invocations=")
}

fn stamped(line: &[u8]) -> bool {
    iso_stamp(line).is_some() || decimal(line).is_some()
}

/// True when the line before `end` opened more brackets than it closed.
fn unclosed(input: &[u8], end: usize) -> bool {
    let before = input.get(..end).unwrap_or_default().trim_ascii_end();
    let start = memchr::memrchr(b'\n', before).map_or(0, |p| p + 1);
    let line = before.get(start..).unwrap_or_default();
    let count = |b: u8| memchr::memchr_iter(b, line).count();
    count(b'[') > count(b']')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<String> {
        find_sections(text.as_bytes())
            .into_iter()
            .map(|r| text[r].to_owned())
            .collect()
    }

    #[test]
    fn xml_between_console_lines_is_found() {
        let text = "JVMDUMP039I x\n<exclusive-start id=\"1\" timestamp=\"2026-01-01T00:00:00.000\">\n  <response-info timems=\"0\" />\n\
                    </exclusive-start>\n\n<exclusive-end id=\"2\" />\n\nJVMDUMP010I y\n";
        let found = cut(text);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("<exclusive-start") && found[0].ends_with("<exclusive-end id=\"2\" />\n"));
    }

    #[test]
    fn unified_lines_are_found_and_log_lines_are_not() {
        let text = "[2026-01-01T00:00:00,000][WARN ][o.e.x.Y] GC overhead seen in [gc]\n\
                    [0.017s][info][gc] Using G1\n[1.0s][info][gc] GC(0) Pause Full (System.gc()) 4M->2M(26M) 130.148ms\nhello\n";
        assert_eq!(
            cut(text),
            ["[0.017s][info][gc] Using G1\n[1.0s][info][gc] GC(0) Pause Full (System.gc()) 4M->2M(26M) 130.148ms\n"]
        );
    }

    #[test]
    fn print_gc_lines_are_found() {
        let text = "start\n28.940: [GC 17024K->2610K(83008K), 0.0108498 secs]\nx [GC 1K->1K(2K), 0.1 secs]\n[INFO] [GC team] met\n";
        assert_eq!(cut(text), ["28.940: [GC 17024K->2610K(83008K), 0.0108498 secs]\n"]);
    }

    #[test]
    fn html_and_plain_xml_are_not_gc() {
        assert!(cut("<html>\n<af>\n<time>1</time>\n<system>\n</html>\n").is_empty());
        assert!(cut("<config>\n <gc-policy>x</gc-policy>\n</config>\n").is_empty());
    }
}
