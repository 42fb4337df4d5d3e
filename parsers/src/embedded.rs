//! Artefacts inside other text: where thread dumps and GC output stand in a console log.

use crate::{
    Kind,
    kind::{self, Line},
};
use std::ops::Range;

/// One artefact inside a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What it is.
    pub kind: Kind,
    /// From its first to its last byte, whole lines.
    pub range: Range<usize>,
    /// The stretches of it that are its own; what lies between them stays with the text around it.
    pub owned: Vec<Range<usize>>,
}

/// What a text is once the artefacts inside it are told apart, and these, in order. A file that holds nothing but dumps,
/// or nothing but GC output, stays whole.
pub fn split(bytes: &[u8], of: Kind) -> (Kind, Vec<Section>) {
    if !matches!(
        of,
        Kind::Log | Kind::Text | Kind::GcLog | Kind::ThreadDump | Kind::System | Kind::JvmListing
    ) {
        return (of, Vec::new());
    }
    let mut sections = thread_dumps(bytes);
    if of != Kind::ThreadDump || !sections.is_empty() {
        sections.extend(gc(bytes, &sections));
    }
    sections.sort_by_key(|section| section.range.start);
    match of {
        Kind::ThreadDump | Kind::GcLog if !speaks_outside(bytes, &sections) => (of, Vec::new()),
        Kind::ThreadDump | Kind::GcLog => (Kind::Log, sections),
        _ => (of, sections),
    }
}

/// True when records, messages or traces stand outside the sections.
fn speaks_outside(bytes: &[u8], sections: &[Section]) -> bool {
    let mut owned: Vec<&Range<usize>> = sections.iter().flat_map(|section| &section.owned).collect();
    owned.sort_by_key(|range| range.start);
    let mut from = 0;
    let mut gaps = Vec::new();
    for range in owned {
        gaps.push(from..range.start);
        from = from.max(range.end);
    }
    gaps.push(from..bytes.len());
    gaps.into_iter().any(|gap| {
        let text = bytes.get(gap).unwrap_or_default();
        Lines::new(text).any(|(_, line)| {
            matches!(
                kind::classify(line),
                Some(Line::Record | Line::JvmMessage | Line::Trace | Line::Access)
            )
        })
    })
}

/// Whole lines with their offsets, line ends left out.
struct Lines<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Lines<'b> {
    fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }
}

impl<'b> Iterator for Lines<'b> {
    type Item = (Range<usize>, &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let range = self.at..self.at + length;
        self.at = range.end;
        Some((range, rest.get(..length)?.trim_ascii_end()))
    }
}

/// Thread dumps, by the line that starts one (THREAD_FORMATS §1).
fn thread_dumps(bytes: &[u8]) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut from = 0;
    while let Some(start) = next_start(bytes, from) {
        let begin = with_time_line(bytes, from, start);
        let owned = dump(bytes, begin, start);
        let end = owned.last().map_or(start + 1, |range| range.end).max(start + 1);
        sections.push(Section {
            kind: Kind::ThreadDump,
            range: begin..end,
            owned,
        });
        from = end;
    }
    sections
}

/// Start of the next line that starts a dump.
fn next_start(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let hotspot = memchr::memmem::find(rest, b"Full thread dump ");
    let jrockit = memchr::memmem::find(rest, b"===== FULL THREAD DUMP =====");
    let at = from + hotspot.into_iter().chain(jrockit).min()?;
    let line = memchr::memrchr(b'\n', bytes.get(from..at)?).map_or(from, |end| from + end + 1);
    Some(line)
}

/// jstack, jcmd and kill -3 put a line `2024-08-30 10:21:47` before the dump.
fn with_time_line(bytes: &[u8], from: usize, start: usize) -> usize {
    let before = bytes.get(from..start).unwrap_or_default();
    let Some(before) = before.strip_suffix(b"\n") else {
        return start;
    };
    let line_start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
    let line = before.get(line_start..).unwrap_or_default().trim_ascii();
    let time = line.len() == 19
        && line
            .iter()
            .all(|b| b.is_ascii_digit() || matches!(b, b'-' | b':' | b' '));
    if time { from + line_start } else { start }
}

/// Lines looked at behind a foreign one for the dump to go on.
const LOOK_AHEAD: usize = 200;

/// The stretches of the dump whose first line is at `start`.
fn dump(bytes: &[u8], begin: usize, start: usize) -> Vec<Range<usize>> {
    let mut owned: Vec<Range<usize>> = Vec::new();
    let mut open = begin..begin;
    let mut tail = false;
    let mut lines = Lines { bytes, at: start };
    let first = lines.next().map_or(start, |(range, _)| range.end);
    open.end = first;
    while let Some((range, line)) = lines.next() {
        if belongs(line, tail) {
            tail |= line.starts_with(b"JNI global ref");
            if !line.is_empty() {
                open.end = range.end;
            }
            continue;
        }
        if tail || starts_dump(line) {
            break;
        }
        let Some(resume) = resumes(bytes, range.end) else { break };
        owned.push(open.clone());
        open = resume..resume;
        lines.at = resume;
    }
    owned.push(open);
    owned
}

fn starts_dump(line: &[u8]) -> bool {
    matches!(kind::classify(line), Some(Line::DumpStart))
}

/// Where the dump goes on after lines of others: at the next thread header, not far away.
fn resumes(bytes: &[u8], from: usize) -> Option<usize> {
    for (range, line) in (Lines { bytes, at: from }).take(LOOK_AHEAD) {
        match kind::classify(line) {
            Some(Line::Thread) => return Some(range.start),
            Some(Line::DumpStart) => return None,
            _ => {}
        }
    }
    None
}

/// True for a line that a dump has; behind the `JNI global` line only the deadlock report, heap and histogram follow.
fn belongs(line: &[u8], tail: bool) -> bool {
    let Some(first) = line.first() else { return true };
    match first {
        b' ' | b'\t' | b'"' => return true,
        b'0' | b'}' | b'=' | b'#' if !tail => return !foreign(line),
        _ => {}
    }
    const WORDS: [&[u8]; 13] = [
        b"JNI global ref",
        b"Threads class SMR info",
        b"_java_thread_list",
        b"Found ",
        b"=====",
        b"Java stack information",
        b"Heap",
        b"num ",
        b"---",
        b"Total ",
        b"Locked ownable",
        b"which is held by",
        b"java.lang.Thread.State",
    ];
    if WORDS.iter().any(|word| line.starts_with(word)) {
        return true;
    }
    !tail && !foreign(line)
}

/// True for what only others print.
fn foreign(line: &[u8]) -> bool {
    let of = kind::classify(line);
    matches!(
        of,
        Some(
            Line::Record
                | Line::JvmMessage
                | Line::Access
                | Line::DumpStart
                | Line::Gc
                | Line::Trace
                | Line::Prompt
                | Line::JvmListing
                | Line::System
        )
    )
}

/// GC output outside the dumps, as one artefact from its first to its last line: the parsers pass over what stands
/// between, and the log keeps it.
fn gc(bytes: &[u8], dumps: &[Section]) -> Option<Section> {
    let inside = |range: &Range<usize>| {
        dumps
            .iter()
            .any(|dump| dump.range.start <= range.start && range.end <= dump.range.end)
    };
    let owned: Vec<Range<usize>> = crate::gc::find_sections(bytes)
        .into_iter()
        .filter(|range| !inside(range))
        .collect();
    let range = owned.first()?.start..owned.last()?.end;
    Some(Section {
        kind: Kind::GcLog,
        range,
        owned,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "2026-11-20 10:00:00,000 INFO [main] a.B - started\n";
    const DUMP: &str = "2026-11-20 10:00:01\nFull thread dump OpenJDK 64-Bit Server VM (17 mixed mode):\n\n\
        \"main\" #1 prio=5 os_prio=0 tid=0x00007f nid=0xa runnable [0x0]\n   java.lang.Thread.State: RUNNABLE\n\tat a.B.c(B.java:1)\n\n\
        \"VM Thread\" os_prio=0 tid=0x00008f nid=0xb runnable\n\nJNI global refs: 9, weak refs: 0\n\n";
    const GC: &str = "<exclusive-start id=\"2\" timestamp=\"2023-04-25T11:04:13.841\" intervalms=\"43263.583\">\n</exclusive-start>\n\n";

    fn kinds(text: &str, of: Kind) -> (Kind, Vec<(Kind, String)>) {
        let (kind, sections) = split(text.as_bytes(), of);
        (
            kind,
            sections
                .into_iter()
                .map(|s| (s.kind, text[s.range].to_owned()))
                .collect(),
        )
    }

    #[test]
    fn a_dump_in_a_console_log_is_cut_out_with_its_time() {
        let (kind, found) = kinds(&format!("{LOG}{DUMP}{LOG}"), Kind::Log);
        assert_eq!(kind, Kind::Log);
        assert_eq!(found, [(Kind::ThreadDump, DUMP.trim_end().to_owned() + "\n")]);
    }

    #[test]
    fn a_file_of_dumps_alone_stays_whole() {
        assert_eq!(
            kinds(&format!("{DUMP}{DUMP}"), Kind::ThreadDump),
            (Kind::ThreadDump, Vec::new())
        );
        let (kind, found) = kinds(&format!("{DUMP}{LOG}{DUMP}"), Kind::ThreadDump);
        assert_eq!((kind, found.len()), (Kind::Log, 2));
    }

    #[test]
    fn lines_of_others_inside_a_dump_stay_with_the_log() {
        let torn = DUMP.replace("\"VM Thread\"", &format!("{LOG}\"VM Thread\""));
        let text = format!("{LOG}{torn}{LOG}");
        let (_, sections) = split(text.as_bytes(), Kind::Log);
        assert_eq!(sections.len(), 1);
        assert_eq!(sections[0].owned.len(), 2);
        let between = &text[sections[0].owned[0].end..sections[0].owned[1].start];
        assert_eq!(between.trim(), LOG.trim());
    }

    #[test]
    fn gc_output_becomes_one_artefact_and_other_lines_stay() {
        let message = "JVMDUMP039I Processing dump event \"user\", detail \"\" at 2026/11/18 18:59:48 - please wait.\n";
        let text = format!("{GC}{message}{GC}");
        let (kind, sections) = split(text.as_bytes(), Kind::GcLog);
        assert_eq!((kind, sections.len()), (Kind::Log, 1));
        assert_eq!(sections[0].owned.len(), 2);
        assert_eq!(kinds(&format!("{GC}{GC}"), Kind::GcLog), (Kind::GcLog, Vec::new()));
    }

    #[test]
    fn no_prefix_and_no_damage_makes_it_fail() {
        let text = format!("{LOG}{DUMP}{GC}{LOG}{DUMP}").into_bytes();
        for end in 0..text.len() {
            let part = &text[..end];
            let (_, sections) = split(part, kind::recognise(part, "x"));
            for section in sections {
                assert!(section.range.start <= section.range.end && section.range.end <= end);
                assert!(section.owned.windows(2).all(|pair| pair[0].end <= pair[1].start));
            }
        }
    }
}
