//! The records of a log, one after the other; nothing is copied.

use super::{
    console::{self, is_exception_line},
    detect::{Layout, LogFormat},
    level::Level,
    record::{Head, Record, Source},
    times::CachedTimes,
    trace::{has_frame, is_frame_line},
};
use crate::text::{Line, Lines, lines_from};
use std::{borrow::Cow, ops::Range};

/// What stands in a log.
#[derive(Debug, Clone)]
#[allow(
    clippy::large_enum_variant,
    reason = "nearly every item is a record, and one lives at a time: a box each would cost more"
)]
pub enum Item<'a> {
    /// A record.
    Record(Record<'a>),
    /// WebSphere's environment block or Liberty's header, whole.
    Environment {
        /// 1-based line of its first line.
        line: u64,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// Lines before the first record: the rest of a record of the rotated predecessor.
    Preamble {
        /// 1-based line of its first line.
        line: u64,
        /// Its bytes.
        bytes: &'a [u8],
    },
}

/// Iterator over a log.
#[derive(Debug, Clone)]
pub struct Records<'a, 'f> {
    input: &'a [u8],
    format: &'f LogFormat,
    times: CachedTimes<'f>,
    lines: Lines<'a>,
    cut: &'f [Range<usize>],
    next_cut: usize,
    /// The head of the line that `lines` stands before, when it was already read.
    pending: Option<Begin<'a>>,
    plain: bool,
    console: bool,
    /// Level of the record before: an exception printed after an informational record is not its trace.
    before: Option<Level>,
    /// Where the line after the head of the record before begins.
    body_start: usize,
}

/// A line that begins something.
#[derive(Debug, Clone)]
enum Begin<'a> {
    Record(Head<'a>),
    Environment,
}

const ENVIRONMENT: &[u8] = b"************ Start Display Current Environment";
const ENVIRONMENT_END: &[u8] = b"************* End Display Current Environment";
const LIBERTY_RULE: &[u8] = b"********************************************************************************";

impl<'a, 'f> Records<'a, 'f> {
    /// Reads `input` in `format`. Lines are numbered from `first_line`; the ranges of `cut` (ascending) belong to
    /// other artefacts and are skipped.
    pub fn new(input: &'a [u8], format: &'f LogFormat, first_line: u64, cut: &'f [Range<usize>]) -> Self {
        let mut lines = lines_from(input, first_line);
        if input.starts_with(b"\xEF\xBB\xBF") {
            lines.skip_to(3);
        }
        Self {
            input,
            format,
            times: CachedTimes::new(&format.stamps),
            lines,
            cut,
            next_cut: 0,
            pending: None,
            plain: format.is_plain(),
            console: format.is_console(),
            before: None,
            body_start: usize::MAX,
        }
    }

    /// Byte offset up to which the log was read.
    pub fn offset(&self) -> usize {
        self.lines.offset()
    }

    /// Number of the line that is read next.
    pub fn line(&self) -> u64 {
        self.lines.number()
    }

    /// Passes over ranges that were cut out; true when one was.
    fn skip_cut(&mut self) -> bool {
        let mut skipped = false;
        while let Some(range) = self.cut.get(self.next_cut) {
            if self.lines.offset() < range.start {
                break;
            }
            if self.lines.offset() < range.end {
                self.lines.skip_to(range.end);
                skipped = true;
            }
            self.next_cut += 1;
        }
        skipped
    }

    fn at_cut(&self) -> bool {
        self.cut
            .get(self.next_cut)
            .is_some_and(|range| self.lines.offset() >= range.start)
    }

    fn begin(&self, line: &Line<'a>, after: &Lines<'a>) -> Option<Begin<'a>> {
        let text = line.bytes;
        match text.first() {
            None | Some(b'\t') => return None,
            Some(b'*') if text.starts_with(ENVIRONMENT) || self.is_liberty_header(text, after) => {
                return Some(Begin::Environment);
            }
            _ => {}
        }
        for layout in &self.format.layouts {
            let next = match layout {
                Layout::JuliTwoLine | Layout::DateLine => after.clone().next().map(|l| l.bytes).unwrap_or_default(),
                _ => b"",
            };
            // Handed on as it is: a head is large, and every copy of it shows in the profile.
            let mut begin = layout.head(text, next, &self.times).map(Begin::Record);
            if let Some(Begin::Record(head)) = begin.as_mut() {
                if self.plain {
                    console::complete(head, text, &self.format.stamps);
                }
                return begin;
            }
        }
        self.printed(line, after).map(Begin::Record)
    }

    /// A line of the virtual machine, or an exception printed without a logger, between the records of a console log.
    fn printed(&self, line: &Line<'a>, after: &Lines<'a>) -> Option<Head<'a>> {
        let text = line.bytes;
        if !self.console {
            return None;
        }
        let quiet = self.before.is_none_or(|level| level <= Level::Info);
        // Directly below the head of an error an exception with frames is its trace, also one that the VM prints alone.
        let own_trace = !quiet
            && line.offset == self.body_start
            && is_exception_line(text)
            && after.clone().next().is_some_and(|next| is_frame_line(next.bytes));
        let source = if console::is_vm_line(text) {
            Source::Vm
        } else if console::is_uncaught(text) && !own_trace || quiet && is_exception_line(text) {
            Source::Err
        } else {
            return None;
        };
        let mut head = Head {
            message: Cow::Borrowed(text),
            source,
            printed: true,
            ..Head::default()
        };
        console::complete(&mut head, text, &self.format.stamps);
        Some(head)
    }

    fn is_liberty_header(&self, text: &[u8], after: &Lines<'a>) -> bool {
        text.starts_with(LIBERTY_RULE) && after.clone().next().is_some_and(|l| l.bytes.starts_with(b"product = "))
    }

    /// From the current line, which begins an environment block, to its end.
    fn environment(&mut self, first: &Line<'a>) -> Item<'a> {
        let rule = if first.bytes.starts_with(ENVIRONMENT) {
            ENVIRONMENT_END
        } else {
            LIBERTY_RULE
        };
        let mut end = self.lines.offset();
        for _ in 0..400 {
            let mut ahead = self.lines.clone();
            let Some(line) = ahead.next() else { break };
            let begins_record = matches!(self.begin(&line, &ahead), Some(Begin::Record(_)));
            if begins_record && !self.plain {
                break;
            }
            self.lines = ahead;
            end = self.lines.offset();
            if line.bytes.starts_with(rule) {
                break;
            }
        }
        Item::Environment {
            line: first.number,
            bytes: self.input.get(first.offset..end).unwrap_or_default(),
        }
    }

    /// Reads on to the next line that begins something; gives the end of what went before, and whether a frame of a
    /// trace was passed.
    fn read_on(&mut self) -> (usize, bool) {
        let mut end = self.lines.offset();
        let mut frame = false;
        self.pending = None;
        loop {
            if self.at_cut() {
                return (end, frame);
            }
            let mut ahead = self.lines.clone();
            let Some(line) = ahead.next() else { return (end, frame) };
            self.pending = self.begin(&line, &ahead);
            if self.pending.is_some() {
                return (end, frame);
            }
            frame = frame || is_frame_line(line.bytes);
            self.lines = ahead;
            end = self.lines.offset();
        }
    }

    fn record(&mut self, first: &Line<'a>, mut head: Head<'a>) -> Record<'a> {
        self.before = match head.source {
            Source::Logger => head.level,
            _ => Some(Level::Info),
        };
        if head.source == Source::Err {
            // What follows a printed exception is its own: only frames and causes, taken by `is_continuation`.
            self.before = Some(Level::Error);
        }
        if head.two_lines {
            self.lines.next();
        }
        let body_start = self.lines.offset();
        self.body_start = body_start;
        let (body_end, frame) = self.read_on();
        let body = match head.below.take() {
            Some(below) => Cow::Owned(below.into_vec()),
            None => Cow::Borrowed(without_line_end(
                self.input.get(body_start..body_end).unwrap_or_default(),
            )),
        };
        Record {
            line: first.number,
            offset: first.offset,
            lines: self.lines.number() - first.number,
            first_line: first.bytes,
            head,
            has_frame: match &body {
                Cow::Borrowed(_) => frame,
                Cow::Owned(body) => has_frame(body),
            },
            body,
        }
    }
}

fn without_line_end(body: &[u8]) -> &[u8] {
    let body = body.strip_suffix(b"\n").unwrap_or(body);
    body.strip_suffix(b"\r").unwrap_or(body)
}

impl<'a> Iterator for Records<'a, '_> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        if self.skip_cut() {
            self.pending = None;
        }
        let first = self.lines.next()?;
        let begin = match self.pending.take() {
            Some(begin) => Some(begin),
            None => self.begin(&first, &self.lines.clone()),
        };
        match begin {
            Some(Begin::Record(head)) => Some(Item::Record(self.record(&first, head))),
            Some(Begin::Environment) => {
                let item = self.environment(&first);
                self.pending = None;
                Some(item)
            }
            None => {
                let (end, _) = self.read_on();
                Some(Item::Preamble {
                    line: first.number,
                    bytes: self.input.get(first.offset..end).unwrap_or_default(),
                })
            }
        }
    }
}
