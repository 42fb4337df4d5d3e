//! Dumps that consist of headers with stacks below them (all formats but `dump_to_file`): where one starts and
//! ends, and the walk over its lines.

mod builder;

use super::{Dump, Format, Line, Lines, clean, time};
use crate::text::{Interner, Names};
use crate::{Gap, Parsed, Reason};
use aho_corasick::AhoCorasick;
use builder::{Builder, Taken};
use clean::Prefix;
use std::{ops::Range, sync::Arc};

/// Lines of other origin in a row after which a dump is taken to have ended.
const FOREIGN_LIMIT: u32 = 400;
/// The same behind the thread list, where only a few blocks may still follow.
const FOREIGN_LIMIT_BEHIND: u32 = 8;

/// The words that open a dump: HotSpot and its kin, JRockit.
const STARTS: [&str; 2] = ["Full thread dump", "FULL THREAD DUMP"];

/// What a file repeats, stored once.
#[derive(Default)]
struct Texts<'a> {
    frames: Interner<'a>,
    names: Names,
}

/// Finds and reads every dump with a start line.
pub(super) fn parse_all(input: &[u8]) -> Parsed<Vec<Dump>> {
    let mut found = Parsed::whole(Vec::new());
    let Ok(searcher) = AhoCorasick::new(STARTS) else {
        return found;
    };
    let mut counted = LineCount::default();
    let mut texts = Texts::default();
    let mut from = 0;
    while let Some(hit) = input.get(from..).and_then(|rest| searcher.find(rest)) {
        let at = from + hit.start();
        let end = match open(input, at, &mut counted) {
            Some(start) => {
                let end = walk(input, start, &mut texts, &mut found);
                end.max(at + 1)
            }
            None => at + hit.len(),
        };
        from = end;
    }
    found
}

/// True when a line that starts a dump may stand in `input`.
pub(super) fn may_start(input: &[u8]) -> bool {
    AhoCorasick::new(STARTS).map_or(true, |searcher| searcher.is_match(input))
}

/// Reads text that has thread headers but no start line: the rest of a cut file.
pub(super) fn parse_fragment(input: &[u8]) -> Parsed<Vec<Dump>> {
    let mut found = Parsed::whole(Vec::new());
    let start = Start {
        range: 0..0,
        line: 1,
        next: (0, 1),
        prefix: Prefix::default(),
        builder: Builder::fragment(),
    };
    walk(input, start, &mut Texts::default(), &mut found);
    if found.value.is_empty() {
        found.gaps = vec![Gap::new(
            0,
            input.len() as u64,
            Reason::Malformed {
                expected: "a thread dump",
            },
        )];
    }
    found
}

/// Where a dump starts, and what its first lines said.
struct Start {
    range: Range<usize>,
    line: u64,
    next: (usize, u64),
    prefix: Prefix,
    builder: Builder,
}

/// Counts line ends once over the whole input.
#[derive(Default)]
struct LineCount {
    offset: usize,
    lines: u64,
}

impl LineCount {
    /// The 1-based number of the line that `offset` lies in; offsets must not go back.
    fn number_at(&mut self, input: &[u8], offset: usize) -> u64 {
        if let Some(passed) = input.get(self.offset..offset) {
            self.lines += memchr::memchr_iter(b'\n', passed).count() as u64;
            self.offset = offset;
        }
        self.lines + 1
    }
}

/// The start of the dump whose opening words stand at `at`; `None` when the words are no start.
fn open(input: &[u8], at: usize, counted: &mut LineCount) -> Option<Start> {
    let head = input.get(..at)?;
    let begin = memchr::memrchr(b'\n', head).map_or(0, |end| end + 1);
    let number = counted.number_at(input, begin);
    let line = Lines::at(input, begin, number).next()?;
    if line.bytes.starts_with(b"2XM") {
        return None;
    }
    let whole = clean::content(&Prefix::default(), line.bytes);
    let from = STARTS.iter().find_map(|start| whole.find(start))?;
    let words = whole.get(from..)?;
    let lead = head.get(begin..)?;
    // JRockit's own rule before its words, and Docker's wrapping, which is taken off for itself.
    let is_wrapped = lead.starts_with(b"{\"log\":");
    let lead = lead.strip_suffix(b"===== ").unwrap_or(lead);
    let prefix = Prefix::learn(if is_wrapped { b"" } else { lead });
    let mut builder = Builder::default();
    builder.start(words);
    let mut start = Start {
        range: begin..line.end,
        line: number,
        next: (line.end, number + 1),
        prefix,
        builder,
    };
    look_back(input, begin, &mut start);
    Some(start)
}

/// The date line before the start, and the `pid:` line of `jcmd` before that.
fn look_back(input: &[u8], begin: usize, start: &mut Start) {
    let Some(date) = line_before(input, begin) else { return };
    let content = clean::content(&start.prefix, date.bytes);
    let Some(stamp) = time::stamp_line(&content) else {
        return;
    };
    start.builder.dump.time = Some(stamp);
    start.range.start = date.offset;
    start.line = start.line.saturating_sub(1);
    let Some(pid) = line_before(input, date.offset) else {
        return;
    };
    let content = clean::content(&start.prefix, pid.bytes);
    if let Some(number) = content.trim().strip_suffix(':').and_then(|digits| digits.parse().ok()) {
        start.builder.dump.pid = Some(number);
    }
}

fn line_before(input: &[u8], begin: usize) -> Option<Line<'_>> {
    let head = input.get(..begin.checked_sub(1)?)?;
    let at = memchr::memrchr(b'\n', head).map_or(0, |end| end + 1);
    Lines::at(input, at, 0).next()
}

/// Reads lines until the dump is over; gives the offset behind it.
fn walk<'a>(input: &'a [u8], start: Start, texts: &mut Texts<'a>, found: &mut Parsed<Vec<Dump>>) -> usize {
    let Start {
        mut range,
        line: first_line,
        next,
        prefix,
        mut builder,
    } = start;
    let mut foreign: u32 = 0;
    let mut strange: Option<Range<usize>> = None;
    let mut gaps = Vec::new();
    for line in Lines::at(input, next.0, next.1) {
        // Most lines are frames, and most frames have been read before.
        let bare = prefix.strip(line.bytes).trim_ascii();
        let is_frame = bare.starts_with(b"at ") && builder.wants_frames();
        if is_frame
            && strange.is_none()
            && let Some(known) = texts.frames.get(bare)
        {
            builder.take_frame(Arc::clone(known));
            range.end = line.end;
            foreign = 0;
            continue;
        }
        if is_start(line.bytes) {
            break;
        }
        let content = clean::content(&prefix, line.bytes);
        match builder.take(&content, line.number, &mut texts.names) {
            Taken::Yes => {
                if is_frame && let Some(frame) = builder.last_frame() {
                    texts.frames.put(bare, Arc::clone(frame));
                }
                range.end = line.end;
                foreign = 0;
                // Foreign lines between two of the dump's are lost to whoever reads the rest: say so.
                if let Some(strange) = strange.take() {
                    gaps.push(Gap::new(
                        strange.start as u64,
                        strange.len() as u64,
                        Reason::Malformed {
                            expected: "a line of a thread dump",
                        },
                    ));
                }
            }
            Taken::Blank => {}
            Taken::End => {
                range.end = line.end;
                break;
            }
            Taken::No => {
                foreign += 1;
                strange.get_or_insert(line.offset..line.end).end = line.end;
                let limit = if builder.is_behind_threads() {
                    FOREIGN_LIMIT_BEHIND
                } else {
                    FOREIGN_LIMIT
                };
                if foreign > limit {
                    break;
                }
            }
        }
    }
    let mut dump = builder.finish();
    if dump.threads.is_empty() && !dump.complete {
        return range.end;
    }
    dump.range = range.clone();
    dump.line = first_line;
    if !dump.complete && dump.format != Format::Other {
        gaps.push(Gap::new(
            range.end as u64,
            0,
            Reason::Truncated {
                expected: "the end of the thread dump",
            },
        ));
    }
    found.value.push(dump);
    found.gaps.append(&mut gaps);
    range.end
}

/// True for a line that opens another dump. Asked for every line: few hold an `F`, so that one is looked for.
fn is_start(line: &[u8]) -> bool {
    memchr::memchr_iter(b'F', line).any(|at| {
        let rest = line.get(at..).unwrap_or_default();
        STARTS.iter().any(|words| rest.starts_with(words.as_bytes()))
    })
}
