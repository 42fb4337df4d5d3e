//! Which records are kept, and how a kept record is shown.

use super::{Level, LogRecord, MAX_NOTABLE};
use goldenhour_parsers::{
    log::{self, Record, Trace, carried_seconds, message_code},
    text::Encoding,
};
use std::collections::{BTreeMap, VecDeque};

/// Records of one key that are kept at the beginning, and at the end.
const FIRST: u64 = 50;
const LAST: usize = 50;
/// Characters kept of a line, and bytes of a trace that are read.
const LONGEST: usize = 1000;
const TRACE_BYTES: usize = 256 << 10;

/// A record that may matter, still in the bytes of its file.
#[derive(Debug, Clone)]
pub(super) struct Kept<'a> {
    pub(super) record: Record<'a>,
    pub(super) level: Level,
    pub(super) key: u32,
    /// Lines of its trace that came as records of their own.
    pub(super) more: Vec<u8>,
}

/// The kept records of a file, bounded in number.
#[derive(Debug, Default)]
pub(super) struct Keeper<'a> {
    first: Vec<Kept<'a>>,
    last: BTreeMap<u32, VecDeque<Kept<'a>>>,
    counts: BTreeMap<u32, u64>,
    kept_last: usize,
}

impl<'a> Keeper<'a> {
    /// Keeps a record: the first and the last of its key.
    pub(super) fn keep(&mut self, kept: Kept<'a>) {
        let count = self.counts.entry(kept.key).or_default();
        *count += 1;
        if *count <= FIRST && self.first.len() < MAX_NOTABLE {
            self.first.push(kept);
            return;
        }
        let last = self.last.entry(kept.key).or_default();
        if last.len() == LAST {
            last.pop_front();
        } else {
            self.kept_last += 1;
        }
        last.push_back(kept);
    }

    /// Takes in what was kept of the piece that follows: of each key the first and the last again.
    pub(super) fn absorb(
        &mut self,
        next: Keeper<'a>,
        key_of: impl Fn(u32) -> u32,
        moved: impl Fn(Kept<'a>) -> Kept<'a>,
    ) {
        let counts = next.counts.clone();
        let mut kept_of: BTreeMap<u32, u64> = BTreeMap::new();
        let mut all = next.first;
        all.extend(next.last.into_values().flatten());
        all.sort_by_key(|kept| kept.record.line);
        for kept in all {
            *kept_of.entry(kept.key).or_default() += 1;
            self.keep(moved(kept));
        }
        // Those that the piece let go are counted.
        for (key, count) in counts {
            let kept = kept_of.get(&key).copied().unwrap_or(0);
            *self.counts.entry(key_of(key)).or_default() += count.saturating_sub(kept);
        }
    }

    /// All kept records in file order.
    pub(super) fn finish(self) -> Vec<Kept<'a>> {
        let mut all = self.first;
        all.extend(self.last.into_values().flatten());
        all.sort_by_key(|kept| kept.record.line);
        if all.len() > MAX_NOTABLE {
            // The ends of the file say most: how it began and how it ended.
            let tail = all.split_off(all.len() - MAX_NOTABLE / 2);
            all.truncate(MAX_NOTABLE - tail.len());
            all.extend(tail);
        }
        all
    }
}

/// At most [`LONGEST`] characters.
fn shortened(text: &str) -> String {
    let text = text.trim_end();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => text.get(..end).unwrap_or(text).to_owned(),
        None => text.to_owned(),
    }
}

/// The record as a fact.
pub(super) fn show(kept: &Kept<'_>, encoding: Encoding) -> LogRecord {
    let record = &kept.record;
    let decode = |bytes: &[u8]| encoding.decode(bytes.get(..TRACE_BYTES).unwrap_or(bytes)).into_owned();
    let head = &record.head;
    let message_line = decode(&head.message);
    let mut body = decode(&record.body);
    if !kept.more.is_empty() {
        body.push('\n');
        body.push_str(&decode(&kept.more));
    }
    let trace = Trace::read(&message_line, &body);
    let text = message_with_text(&message_line, &body);
    let mut first_line = decode(record.first_line);
    if head.two_lines {
        first_line.push(' ');
        first_line.push_str(&second_line(&message_line, head.level));
    }
    let code = code(record, &text);
    let carried_s = if kept.level >= Level::Warn || code.is_some() || !trace.is_empty() {
        carried_seconds(code.as_deref(), &text)
    } else {
        None
    };
    LogRecord {
        line: record.line,
        time: head.time.map(|found| found.stamp),
        level: kept.level,
        thread: head.thread.as_deref().map(decode).filter(|t| !t.is_empty()),
        logger: head.logger.as_deref().map(decode).filter(|t| !t.is_empty()),
        code,
        first_line: shortened(&first_line),
        message: shortened(&text),
        exceptions: trace.exceptions,
        chain: trace.chain,
        root_exception: trace.root,
        root_message: trace.root_message,
        frames: trace.frames,
        own_frame: trace.own_frame,
        carried_s,
        template: kept.key,
    }
}

/// The second line of JULI's layout as it stands.
fn second_line(message: &str, level: Option<log::Level>) -> String {
    match level {
        Some(log::Level::Error) => format!("SEVERE: {message}"),
        Some(log::Level::Warn) => format!("WARNING: {message}"),
        Some(_) => format!("INFO: {message}"),
        None => message.to_owned(),
    }
}

/// The code of a record: the header's, the message's, or one inside its first lines.
pub(super) fn code(record: &Record<'_>, text: &str) -> Option<String> {
    let code = match record.head.code.as_deref() {
        Some(code) => Some(code),
        None => message_code(text.as_bytes()),
    };
    code.map(|c| String::from_utf8_lossy(c).into_owned())
}

/// The message and the lines after it that belong to the text, up to the first frame.
fn message_with_text(message: &str, body: &str) -> String {
    let mut text = message.to_owned();
    for line in body.lines().take(40) {
        if log::is_trace_line(line.as_bytes()) || text.len() > 4 * LONGEST {
            break;
        }
        text.push('\n');
        text.push_str(line);
    }
    text
}
