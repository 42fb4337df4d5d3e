//! One log record.

use super::Level;
use crate::text::Found;
use std::borrow::Cow;

/// Where a record comes from inside its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Source {
    /// The logger.
    #[default]
    Logger,
    /// Captured standard output (`O`).
    Out,
    /// Captured standard error (`R`), or an exception printed without a logger.
    Err,
    /// A line of the virtual machine itself in a console log.
    Vm,
}

/// One record: its first line, taken apart, and the lines that belong to it.
#[derive(Debug, Clone, Default)]
pub struct Record<'a> {
    /// 1-based number of its first line in the decompressed file.
    pub line: u64,
    /// Offset of its first byte.
    pub offset: usize,
    /// Lines it takes.
    pub lines: u64,
    /// The first line as it stands.
    pub first_line: &'a [u8],
    /// The header's parts.
    pub head: Head<'a>,
    /// The lines after the first, without the last line end. For JSON the stack trace.
    pub body: Cow<'a, [u8]>,
    /// True when a line of the body is a frame of a stack trace.
    pub has_frame: bool,
}

/// The parts of a record's header.
#[derive(Debug, Clone, Default)]
pub struct Head<'a> {
    /// Time.
    pub time: Option<Found>,
    /// Level; `None` when the layout has none.
    pub level: Option<Level>,
    /// Thread name or id.
    pub thread: Option<Cow<'a, [u8]>>,
    /// Logger, component or class.
    pub logger: Option<Cow<'a, [u8]>>,
    /// Message code of the header itself (WebLogic, Liberty JSON).
    pub code: Option<Cow<'a, [u8]>>,
    /// The message's first line.
    pub message: Cow<'a, [u8]>,
    /// Logger or captured stream.
    pub source: Source,
    /// Process id, when each record has it.
    pub pid: Option<u64>,
    /// Server name, when each record has it.
    pub server: Option<Cow<'a, [u8]>>,
    /// True for a line printed between the records of a console log (by the VM, or an exception without a logger).
    pub printed: bool,
    /// True when the message stands on the second line (JULI's two-line layout).
    pub two_lines: bool,
    /// What JSON has behind the message's first line: the other lines, and the stack trace.
    pub(super) below: Option<Box<[u8]>>,
}

/// A blank or tab.
pub(super) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// Without blanks in front.
pub(super) fn trim_start(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|b| is_blank(**b)).count();
    text.get(blanks..).unwrap_or_default()
}

/// Without blanks at both ends.
pub(super) fn trim(text: &[u8]) -> &[u8] {
    let text = trim_start(text);
    let blanks = text.iter().rev().take_while(|b| is_blank(**b)).count();
    text.get(..text.len() - blanks).unwrap_or_default()
}

/// Splits at the first occurrence of `mark`, which goes to neither part.
pub(super) fn split_once<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memchr::memmem::find(text, mark)?;
    Some((text.get(..at)?, text.get(at + mark.len()..)?))
}
