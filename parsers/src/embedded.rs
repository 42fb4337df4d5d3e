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
        Kind::ThreadDump | Kind::GcLog if sections.is_empty() || !speaks_outside(bytes, of, &sections) => {
            (of, Vec::new())
        }
        Kind::ThreadDump | Kind::GcLog => (Kind::Log, sections),
        _ => (of, sections),
    }
}

/// True when [`split`] may find something in these whole lines of a log or text: a large file is looked through in pieces
/// first, because most hold nothing.
pub fn may_hold(bytes: &[u8]) -> bool {
    crate::thread_dump::may_hold_dumps(bytes) || crate::gc::may_hold_sections(bytes)
}

/// True when records, messages or traces stand outside the sections. Lines of the unified log are no others in a GC log.
fn speaks_outside(bytes: &[u8], of: Kind, sections: &[Section]) -> bool {
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
        Lines::new(text).any(|(_, line)| match kind::classify(line) {
            Some(Line::Record | Line::JvmMessage | Line::Trace | Line::Access) => true,
            Some(Line::Unified) => of != Kind::GcLog,
            _ => false,
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

/// Thread dumps; records that another thread wrote in the middle of one stay with the log.
fn thread_dumps(bytes: &[u8]) -> Vec<Section> {
    let section = |range: Range<usize>| Section {
        kind: Kind::ThreadDump,
        owned: without_foreign_lines(bytes, &range),
        range,
    };
    crate::thread_dump::find_dumps(bytes).into_iter().map(section).collect()
}

/// The stretches of a dump between runs of lines that only others print. A dump whose every line went through a logger is
/// left in one piece.
fn without_foreign_lines(bytes: &[u8], dump: &Range<usize>) -> Vec<Range<usize>> {
    let text = bytes.get(dump.clone()).unwrap_or_default();
    let mut owned: Vec<Range<usize>> = Vec::new();
    let mut foreign = false;
    for (n, (line_range, line)) in Lines::new(text).enumerate() {
        let range = dump.start + line_range.start..dump.start + line_range.end;
        foreign = match line.first() {
            // Frames below a foreign record are its own; a blank line ends neither.
            None | Some(b' ' | b'\t') => foreign,
            Some(b'"') => false,
            // A dump opens with its time, before or behind the line that says what it is.
            Some(_) if n < 3 => false,
            Some(_) => is_foreign_to_dumps(line),
        };
        match owned.last_mut() {
            _ if foreign => {}
            Some(last) if last.end == range.start => last.end = range.end,
            _ => owned.push(range),
        }
    }
    if owned.is_empty() { vec![dump.clone()] } else { owned }
}

/// True for what only others print.
fn is_foreign_to_dumps(line: &[u8]) -> bool {
    let of = kind::classify(line);
    matches!(
        of,
        Some(Line::Record | Line::JvmMessage | Line::Unified | Line::Access | Line::Gc)
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
