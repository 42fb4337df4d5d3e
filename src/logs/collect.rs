//! One pass over a log: counts, templates, series for bursts, and the records that may matter.

use super::{
    Level, LogFacts, LogOptions,
    code_counts::{CodeCounts, CodeId},
    lifecycle::is_lifecycle,
    markers::{Markers, Marks},
    miner::{KeyId, Miner},
    minutes::Minutes,
    notable::{Keeper, Kept},
    pieces::pieces,
    root::root_class,
    shapes::{ShapeCode, Shapes},
};
use goldenhour_parsers::{
    Stamp,
    log::{
        self, Environment, Item, LogFormat, Record, Records, Source, embedded_code, inner_head, is_trace_line,
        leading_code,
    },
};
use jiff::{ToSpan, civil::DateTime, tz::Offset};
use rayon::prelude::*;
use std::{borrow::Cow, collections::HashMap, ops::Range};

/// Records whose times are kept for the burst search.
const MOST_EVENTS: usize = 4_000_000;
/// A time-only log whose clock goes back by more than this has passed midnight.
const MIDNIGHT_MS: i64 = 6 * 3_600_000;

/// What to read, and how.
#[derive(Clone, Copy)]
pub(super) struct Input<'a, 'f> {
    /// The decompressed bytes.
    pub(super) bytes: &'a [u8],
    /// Parts that belong to other artefacts, ascending.
    pub(super) cut: &'f [Range<usize>],
    /// 1-based line of the first one.
    pub(super) first_line: u64,
    pub(super) format: &'f LogFormat,
    pub(super) options: &'f LogOptions,
    /// Bytes of the pieces that are read at the same time.
    pub(super) piece: usize,
}

/// Reads a log once: its pieces in parallel, joined in the order of the file. `done` is told each piece that was read.
pub(super) fn read(input: Input<'_, '_>, done: &(dyn Fn(Range<usize>) + Sync)) -> LogFacts {
    let pieces = pieces(input.bytes, input.cut, input.format, input.piece);
    let mut whole = Collector::new(input.format, input.options);
    let mut line = input.first_line.saturating_sub(1);
    // As many at once as keep every processor busy; what they collect is joined before the next ones are read.
    for wave in pieces.chunks((4 * rayon::current_num_threads()).max(1)) {
        let read: Vec<(Collector<'_, '_>, u64)> = wave
            .par_iter()
            .map(|piece| {
                let found = read_piece(input, piece);
                done(piece.clone());
                found
            })
            .collect();
        for (collector, lines) in read {
            whole.absorb(collector, line);
            line += lines;
        }
    }
    whole.conclude()
}

/// One piece: what it holds, and its lines.
fn read_piece<'a, 'f>(input: Input<'a, 'f>, piece: &Range<usize>) -> (Collector<'a, 'f>, u64) {
    let bytes = input.bytes.get(piece.clone()).unwrap_or_default();
    let cut: Vec<Range<usize>> = input
        .cut
        .iter()
        .filter(|c| c.start < piece.end && c.end > piece.start)
        .map(|c| c.start.saturating_sub(piece.start)..c.end.min(piece.end) - piece.start)
        .collect();
    let mut collector = Collector::new(input.format, input.options);
    if input.format.undated {
        collector.days_back = midnights(bytes, &cut, input.format);
    }
    let mut records = Records::new(bytes, input.format, 1, &cut);
    let mut markers = Markers::new(bytes);
    while let Some(item) = records.next() {
        let marks = markers.until(records.offset());
        match item {
            Item::Record(record) => collector.record(record, marks),
            Item::Environment { bytes, .. } => collector.environment(bytes),
            Item::Preamble { .. } => {}
        }
    }
    (collector, records.line() - 1)
}

/// How often a log without dates passes midnight: its first day lies so many days before its last.
fn midnights(bytes: &[u8], cut: &[Range<usize>], format: &LogFormat) -> i64 {
    let (mut last, mut count) = (None, 0);
    for item in Records::new(bytes, format, 1, cut) {
        let Item::Record(record) = item else { continue };
        let Some(time) = record.head.time.filter(|t| !t.has_date) else {
            continue;
        };
        let now = millis(&time.stamp);
        if last.is_some_and(|last: i64| now < last - MIDNIGHT_MS) {
            count += 1;
        }
        last = Some(now);
    }
    count
}

/// Local time as milliseconds, for differences inside one file.
pub(super) fn millis(stamp: &Stamp) -> i64 {
    Offset::UTC.to_timestamp(stamp.civil).map_or(0, |t| t.as_millisecond())
}

/// The same local time back, with the offset of the file.
pub(super) fn stamp_at(millis: i64, offset: Option<Offset>) -> Option<Stamp> {
    let civil: DateTime = Offset::UTC.to_datetime(jiff::Timestamp::from_millisecond(millis).ok()?);
    Some(Stamp { civil, offset })
}

/// A record of interest to the burst search.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    pub(super) millis: i64,
    pub(super) line: u64,
    pub(super) key: KeyId,
    pub(super) level: Level,
    /// Index into [`Collector::exceptions`], plus one; 0 for none.
    pub(super) exception: u32,
}

/// Where and when a key was seen.
pub(super) struct KeyFacts {
    pub(super) first_line: u64,
    pub(super) level: Level,
    pub(super) first_time: Option<Stamp>,
    pub(super) last_time: Option<Stamp>,
    /// A message of the server's life: its records are kept whatever their level.
    lifecycle: bool,
}

/// An exception that is printed one record a line, still open for its next line.
struct OpenTrace<'a> {
    thread: Cow<'a, [u8]>,
    kept: Kept<'a>,
}

/// What was collected from a log, or from a piece of one.
pub(super) struct Collector<'a, 'f> {
    pub(super) format: &'f LogFormat,
    pub(super) options: &'f LogOptions,
    pub(super) facts: LogFacts,
    pub(super) miner: Miner,
    pub(super) keys: Vec<KeyFacts>,
    pub(super) keeper: Keeper<'a>,
    pub(super) first_error: Option<Kept<'a>>,
    open: Vec<OpenTrace<'a>>,
    shapes: Shapes,
    pub(super) codes: CodeCounts,
    pub(super) exceptions: Vec<String>,
    pub(super) exception_ids: HashMap<String, u32>,
    pub(super) events: Vec<Event>,
    pub(super) minutes: Minutes,
    pub(super) offset: Option<Offset>,
    pub(super) days_back: i64,
    pub(super) days: i64,
    /// Time of the last record with a date of its own.
    pub(super) dated: Option<Stamp>,
    pub(super) last_millis: Option<i64>,
    pub(super) server: Option<Vec<u8>>,
}

impl<'a, 'f> Collector<'a, 'f> {
    fn new(format: &'f LogFormat, options: &'f LogOptions) -> Self {
        Self {
            format,
            options,
            facts: LogFacts {
                format: format.name,
                encoding: format.encoding.name(),
                ..LogFacts::default()
            },
            miner: Miner::new(format.encoding),
            keys: Vec::new(),
            keeper: Keeper::default(),
            first_error: None,
            open: Vec::new(),
            shapes: Shapes::default(),
            codes: CodeCounts::default(),
            exceptions: Vec::new(),
            exception_ids: HashMap::new(),
            events: Vec::new(),
            minutes: Minutes::default(),
            offset: None,
            days_back: 0,
            days: 0,
            dated: None,
            last_millis: None,
            server: None,
        }
    }

    fn environment(&mut self, bytes: &[u8]) {
        let found = Environment::read(&self.format.encoding.decode(bytes.get(..64 << 10).unwrap_or(bytes)));
        self.facts.pid = found.pid.or(self.facts.pid);
        self.facts.process_name = found.server.or(self.facts.process_name.take());
    }

    fn record(&mut self, mut record: Record<'a>, marks: Marks) {
        self.facts.records += u64::from(!record.head.printed);
        self.set_day(&mut record);
        let outer = record.head.level.map_or(Level::Info, level);
        self.facts.traces += u64::from(record.has_frame);
        let is_error = outer >= Level::Error;
        self.facts.errors += u64::from(is_error);
        let now = self.time(&record, is_error);
        self.process(&record);
        if record.head.source == Source::Err && is_trace_line(&record.head.message) && self.goes_on(&record) {
            return;
        }
        let inner = match record.head.source {
            Source::Out | Source::Err => inner_head(&record.head.message, &self.format.stamps),
            _ => None,
        };
        let level = inner
            .as_ref()
            .and_then(|h| h.level)
            .map_or(outer, |inner| level(inner).max(outer));
        let (key, code) = match &inner {
            None if !record.head.message.is_empty() => self.shape(&record, marks),
            _ => {
                let text = text(&record, inner.as_ref().map(|h| &*h.message));
                (self.miner.add(text), self.code(&record, marks))
            }
        };
        self.note_key(key, &record, level, inner.as_ref().map(|h| &*h.message));
        let code_kept = code.is_some_and(|code| self.codes.add(code, record.line));
        let exception = match marks.exception || record.has_frame {
            true => self.exception(&record, level),
            false => 0,
        };
        let notable = level >= Level::Warn
            || exception != 0
            || code_kept
            || record.head.source == Source::Vm
            || self.keys.get(key as usize).is_some_and(|known| known.lifecycle);
        if let Some(now) = now.filter(|_| level >= Level::Warn || exception != 0)
            && self.events.len() < MOST_EVENTS
        {
            self.events.push(Event {
                millis: now,
                line: record.line,
                key,
                level,
                exception,
            });
        }
        if notable {
            self.keep(
                Kept {
                    record,
                    level,
                    key,
                    more: Vec::new(),
                },
                is_error,
            );
        }
    }

    fn keep(&mut self, kept: Kept<'a>, is_error: bool) {
        if is_error && self.first_error.is_none() {
            self.first_error = Some(kept.clone());
        }
        let thread = match (&kept.record.head.source, &kept.record.head.thread) {
            (Source::Err, Some(thread)) => thread.clone(),
            _ => {
                self.keeper.keep(kept);
                return;
            }
        };
        self.close(&thread);
        if self.open.len() >= 16 {
            let oldest = self.open.remove(0);
            self.keeper.keep(oldest.kept);
        }
        self.open.push(OpenTrace { thread, kept });
    }

    /// Hands the open trace of a thread over to the kept records.
    fn close(&mut self, thread: &[u8]) {
        if let Some(index) = self.open.iter().position(|o| *o.thread == *thread) {
            let open = self.open.remove(index);
            self.keeper.keep(open.kept);
        }
    }

    /// Joins a line of a trace to the open exception of its thread; true when there is one.
    fn goes_on(&mut self, record: &Record<'a>) -> bool {
        let Some(thread) = record.head.thread.as_deref() else {
            return false;
        };
        let Some(open) = self.open.iter_mut().find(|o| *o.thread == *thread) else {
            return false;
        };
        if open.kept.more.len() < 64 << 10 {
            if !open.kept.more.is_empty() {
                open.kept.more.push(b'\n');
            }
            open.kept.more.extend_from_slice(&record.head.message);
            if !record.body.is_empty() {
                open.kept.more.push(b'\n');
                open.kept
                    .more
                    .extend_from_slice(record.body.get(..32 << 10).unwrap_or(&record.body));
            }
        }
        let key = open.kept.key;
        if self.options.assign {
            self.facts.assignment.push((record.line, key));
        }
        true
    }

    /// A time of day gets its day: that of the last dated record, else the file's last day less the midnights still
    /// to come.
    fn set_day(&mut self, record: &mut Record<'a>) {
        match (record.head.time.as_mut(), self.dated) {
            (Some(found), _) if found.has_date => {
                self.dated = Some(found.stamp);
                return;
            }
            (Some(found), Some(dated)) => {
                let clock = found.stamp.civil.time();
                found.stamp.civil = dated.civil.date().to_datetime(clock);
                if millis(&found.stamp) < millis(&dated) - MIDNIGHT_MS
                    && let Ok(tomorrow) = found.stamp.civil.checked_add(1.day())
                {
                    found.stamp.civil = tomorrow;
                }
                found.stamp.offset = found.stamp.offset.or(dated.offset);
                return;
            }
            _ => {}
        }
        let Some(found) = record.head.time.as_mut().filter(|t| !t.has_date) else {
            return;
        };
        let now = millis(&found.stamp);
        if self.last_millis.is_some_and(|last| now < last - MIDNIGHT_MS) {
            self.days += 1;
        }
        self.last_millis = Some(now);
        if let Ok(civil) = found.stamp.civil.checked_add((self.days - self.days_back).days()) {
            found.stamp.civil = civil;
        }
    }

    fn time(&mut self, record: &Record<'_>, is_error: bool) -> Option<i64> {
        let stamp = record.head.time?.stamp;
        if self.facts.first_time.is_none() {
            self.facts.first_time = Some(stamp);
        }
        self.facts.last_time = Some(stamp);
        self.offset = self.offset.or(stamp.offset);
        let now = millis(&stamp);
        self.minutes.add(now.div_euclid(60_000), 1, u64::from(is_error));
        Some(now)
    }

    fn process(&mut self, record: &Record<'_>) {
        if let Some(pid) = record.head.pid {
            self.facts.pid = Some(pid);
        }
        if let Some(server) = record.head.server.as_deref()
            && self.server.as_deref() != Some(server)
        {
            self.server = Some(server.to_vec());
        }
    }

    fn note_key(&mut self, key: KeyId, record: &Record<'_>, level: Level, inner: Option<&[u8]>) {
        if self.options.assign {
            self.facts.assignment.push((record.line, key));
        }
        let time = record.head.time.map(|t| t.stamp);
        match self.keys.get_mut(key as usize) {
            Some(known) => {
                known.level = known.level.max(level);
                known.first_time = known.first_time.or(time);
                known.last_time = time.or(known.last_time);
            }
            None => self.keys.push(KeyFacts {
                first_line: record.line,
                level,
                first_time: time,
                last_time: time,
                lifecycle: is_lifecycle(text(record, inner)),
            }),
        }
    }

    /// The key and the code of a record by the shape of its message; only a new shape is taken apart.
    fn shape(&mut self, record: &Record<'_>, marks: Marks) -> (KeyId, Option<CodeId>) {
        let message: &[u8] = &record.head.message;
        let Some(skeleton) = self.miner.skeleton(message) else {
            return (self.miner.add(message), self.code(record, marks));
        };
        let (key, shape_code) = match self.shapes.get(skeleton.hash) {
            Some(known) => {
                self.miner.count(known.0);
                known
            }
            None => {
                let key = self.miner.add(message);
                let (code, looked_at) = leading_code(message);
                let code = match code {
                    _ if looked_at > skeleton.fixed => ShapeCode::Varies,
                    Some(code) => ShapeCode::Leads(self.codes.id(code)),
                    None => ShapeCode::None,
                };
                self.shapes.put(skeleton.hash, key, code);
                (key, code)
            }
        };
        let code = match shape_code {
            ShapeCode::None if !marks.code && record.body.is_empty() && record.head.code.is_none() => None,
            ShapeCode::Leads(code) if record.head.code.is_none() => Some(code),
            _ => self.code(record, marks),
        };
        (key, code)
    }

    /// The record's code.
    fn code(&mut self, record: &Record<'_>, marks: Marks) -> Option<CodeId> {
        let of_message = |text| {
            let embedded = || embedded_code(text).filter(|_| marks.code);
            leading_code(text).0.or_else(embedded)
        };
        let of_head = record.head.code.as_deref().filter(|code| !code.is_empty());
        let code = of_head
            .or_else(|| of_message(&record.head.message))
            .or_else(|| of_message(first_text(&record.body)))?;
        Some(self.codes.id(code))
    }

    /// The class of the record's root exception as a number; 0 for none.
    fn exception(&mut self, record: &Record<'_>, level: Level) -> u32 {
        let Some(class) = root_class(record, level) else {
            return 0;
        };
        self.class_id(class)
    }

    /// Takes in what was collected from the piece that follows this one; its lines count from `line`.
    fn absorb(&mut self, mut next: Collector<'a, 'f>, line: u64) {
        next.close_all();
        let keys = self.miner.absorb(&next.miner);
        let key_of = |key: KeyId| keys.get(key as usize).copied().unwrap_or(0);
        self.absorb_keys(next.keys, &keys, line);
        let classes: Vec<u32> = next.exceptions.into_iter().map(|class| self.class_id(class)).collect();
        let room = MOST_EVENTS.saturating_sub(self.events.len());
        self.events
            .extend(next.events.into_iter().take(room).map(|event| Event {
                line: event.line + line,
                key: key_of(event.key),
                exception: match event.exception {
                    0 => 0,
                    id => classes.get(id as usize - 1).copied().unwrap_or(0),
                },
                ..event
            }));
        let moved = |mut kept: Kept<'a>| {
            kept.record.line += line;
            kept.key = key_of(kept.key);
            kept
        };
        if self.first_error.is_none() {
            self.first_error = next.first_error.map(moved);
        }
        self.keeper.absorb(next.keeper, key_of, moved);
        self.codes.absorb(next.codes, line);
        for (minute, (records, errors)) in next.minutes.into_counts() {
            self.minutes.add(minute, records, errors);
        }
        let assigned = next.facts.assignment.iter();
        self.facts
            .assignment
            .extend(assigned.map(|(at, key)| (at + line, key_of(*key))));
        self.facts.records += next.facts.records;
        self.facts.traces += next.facts.traces;
        self.facts.errors += next.facts.errors;
        self.facts.first_time = self.facts.first_time.or(next.facts.first_time);
        self.facts.last_time = next.facts.last_time.or(self.facts.last_time);
        self.facts.pid = next.facts.pid.or(self.facts.pid);
        self.facts.process_name = next.facts.process_name.or(self.facts.process_name.take());
        self.offset = self.offset.or(next.offset);
        self.server = next.server.or(self.server.take());
    }

    fn absorb_keys(&mut self, next: Vec<KeyFacts>, keys: &[KeyId], line: u64) {
        for (mut facts, key) in next.into_iter().zip(keys) {
            facts.first_line += line;
            match self.keys.get_mut(*key as usize) {
                Some(known) => {
                    known.level = known.level.max(facts.level);
                    known.first_time = known.first_time.or(facts.first_time);
                    known.last_time = facts.last_time.or(known.last_time);
                }
                None => self.keys.push(facts),
            }
        }
    }

    fn class_id(&mut self, class: String) -> u32 {
        if let Some(id) = self.exception_ids.get(&class) {
            return *id;
        }
        self.exceptions.push(class.clone());
        let id = self.exceptions.len() as u32;
        self.exception_ids.insert(class, id);
        id
    }

    /// Hands all open traces over.
    fn close_all(&mut self) {
        for open in std::mem::take(&mut self.open) {
            self.keeper.keep(open.kept);
        }
    }
}

pub(super) fn level(level: log::Level) -> Level {
    match level {
        log::Level::Debug => Level::Debug,
        log::Level::Info => Level::Info,
        log::Level::Warn => Level::Warn,
        log::Level::Error => Level::Error,
        log::Level::Fatal => Level::Fatal,
    }
}

/// The text that a record is keyed by: that of the line inside a captured stream, the message, else the lines below it.
fn text<'r>(record: &'r Record<'_>, inner: Option<&'r [u8]>) -> &'r [u8] {
    match inner.unwrap_or(&record.head.message) {
        [] => first_text(&record.body),
        text => text,
    }
}

/// The first line of a body that has text.
fn first_text(body: &[u8]) -> &[u8] {
    body.split(|b| *b == b'\n')
        .take(3)
        .find(|line| !line.trim_ascii().is_empty())
        .map_or(b"", |line| line.trim_ascii())
}
