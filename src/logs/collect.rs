//! One pass over a log: counts, templates, series for bursts, and the records that may matter.

use super::{
    Burst, CodeCount, Level, LogFacts, LogOptions, LogRecord, Template, bursts,
    codes::{self, code_meaning},
    lifecycle::is_lifecycle,
    miner::{KeyId, Miner},
    notable::{Keeper, Kept, show},
};
use goldenhour_parsers::{
    Stamp,
    log::{
        self, Environment, Item, LogFormat, Record, Records, Source, exception_in, inner_head, is_trace_line,
        message_code,
    },
};
use jiff::{ToSpan, civil::DateTime, tz::Offset};
use memchr::memmem;
use std::{borrow::Cow, collections::HashMap, ops::Range};

/// Templates kept in the facts.
const MOST_TEMPLATES: usize = 20_000;
/// Records whose times are kept for the burst search.
const MOST_EVENTS: usize = 4_000_000;
/// A time-only log whose clock goes back by more than this has passed midnight.
const MIDNIGHT_MS: i64 = 6 * 3_600_000;

/// Reads a log in one pass.
pub(super) fn read(
    bytes: &[u8],
    cut: &[Range<usize>],
    first_line: u64,
    format: &LogFormat,
    options: &LogOptions,
) -> LogFacts {
    let mut collector = Collector::new(format, options);
    if format.undated {
        collector.days_back = midnights(bytes, cut, first_line, format);
    }
    for item in Records::new(bytes, format, first_line, cut) {
        match item {
            Item::Record(record) => collector.record(record),
            Item::Environment { bytes, .. } => collector.environment(bytes),
            Item::Preamble { .. } => {}
        }
    }
    collector.finish()
}

/// How often a log without dates passes midnight: its first day lies so many days before its last.
fn midnights(bytes: &[u8], cut: &[Range<usize>], first_line: u64, format: &LogFormat) -> i64 {
    let (mut last, mut count) = (None, 0);
    for item in Records::new(bytes, format, first_line, cut) {
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

struct KeyFacts {
    first_line: u64,
    level: Level,
    first_time: Option<Stamp>,
    last_time: Option<Stamp>,
}

/// An exception that is printed one record a line, still open for its next line.
struct OpenTrace<'a> {
    thread: Cow<'a, [u8]>,
    kept: Kept<'a>,
}

struct Collector<'a, 'f> {
    format: &'f LogFormat,
    options: &'f LogOptions,
    facts: LogFacts,
    miner: Miner,
    keys: Vec<KeyFacts>,
    keeper: Keeper<'a>,
    first_error: Option<Kept<'a>>,
    open: Vec<OpenTrace<'a>>,
    codes: HashMap<Vec<u8>, (u64, u64)>,
    /// Whether a code is worth keeping its records whatever their level.
    code_kept: HashMap<Vec<u8>, bool>,
    exceptions: Vec<String>,
    exception_ids: HashMap<String, u32>,
    events: Vec<Event>,
    minutes: HashMap<i64, (u64, u64)>,
    offset: Option<Offset>,
    days_back: i64,
    days: i64,
    /// Time of the last record with a date of its own.
    dated: Option<Stamp>,
    last_millis: Option<i64>,
    server: Option<Vec<u8>>,
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
            codes: HashMap::new(),
            code_kept: HashMap::new(),
            exceptions: Vec::new(),
            exception_ids: HashMap::new(),
            events: Vec::new(),
            minutes: HashMap::new(),
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

    fn record(&mut self, mut record: Record<'a>) {
        self.facts.records += u64::from(!record.head.printed);
        self.set_day(&mut record);
        let outer = record.head.level.map_or(Level::Info, level);
        let has_frame = log::has_frame(&record.body);
        self.facts.traces += u64::from(has_frame);
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
        let text: &[u8] = inner.as_ref().map_or(&record.head.message, |h| &h.message);
        let text = if text.is_empty() {
            first_text(&record.body)
        } else {
            text
        };
        let key = self.miner.add(text);
        self.note_key(key, &record, level);
        let code_kept = self.note_code(&record);
        let exception = self.exception(&record, has_frame, level);
        let notable = level >= Level::Warn
            || exception != 0
            || code_kept
            || record.head.source == Source::Vm
            || is_lifecycle(text);
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
        let minute = self.minutes.entry(now.div_euclid(60_000)).or_default();
        minute.0 += 1;
        minute.1 += u64::from(is_error);
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

    fn note_key(&mut self, key: KeyId, record: &Record<'_>, level: Level) {
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
            }),
        }
    }

    /// Counts the record's code; true when records with it are kept whatever their level.
    fn note_code(&mut self, record: &Record<'_>) -> bool {
        let code = match record.head.code.as_deref() {
            Some(code) if !code.is_empty() => code,
            _ => match message_code(&record.head.message) {
                Some(code) => code,
                None => match message_code(first_text(&record.body)) {
                    Some(code) => code,
                    None => return false,
                },
            },
        };
        match self.codes.get_mut(code) {
            Some((count, _)) => *count += 1,
            None => {
                self.codes.insert(code.to_vec(), (1, record.line));
                let known = std::str::from_utf8(code).ok().and_then(code_meaning);
                self.code_kept
                    .insert(code.to_vec(), known.is_some_and(|k| k.role != "noise"));
            }
        }
        self.code_kept.get(code).copied().unwrap_or(false)
    }

    /// The class of the record's root exception as a number; 0 for none.
    fn exception(&mut self, record: &Record<'_>, has_frame: bool, level: Level) -> u32 {
        let Some(class) = root_class(record, has_frame, level) else {
            return 0;
        };
        if let Some(id) = self.exception_ids.get(&class) {
            return *id;
        }
        self.exceptions.push(class.clone());
        let id = self.exceptions.len() as u32;
        self.exception_ids.insert(class, id);
        id
    }

    fn finish(mut self) -> LogFacts {
        for open in std::mem::take(&mut self.open) {
            self.keeper.keep(open.kept);
        }
        let encoding = self.format.encoding;
        let (of_key, texts) = self.miner.templates();
        debug_assert_eq!(of_key.len(), self.miner.keys());
        let template_of = |key: u32| of_key.get(key as usize).copied().unwrap_or(0);
        let shown = |kept: &Kept<'_>| {
            let mut record = show(kept, encoding);
            record.template = template_of(record.template);
            record
        };
        self.facts.first_error = self.first_error.as_ref().map(shown);
        self.facts.notable = std::mem::take(&mut self.keeper).finish().iter().map(shown).collect();
        self.facts.bursts = self.bursts(&of_key, &texts);
        for (_, id) in &mut self.facts.assignment {
            *id = template_of(*id);
        }
        self.facts.templates = self.templates(&of_key, texts);
        self.facts.codes = self.codes();
        let offset = self.offset;
        let mut minutes: Vec<(i64, (u64, u64))> = self.minutes.drain().collect();
        minutes.sort_unstable();
        self.facts.minutes = minutes
            .into_iter()
            .filter_map(|(minute, (records, errors))| Some((stamp_at(minute * 60_000, offset)?, records, errors)))
            .collect();
        if self.facts.process_name.is_none() {
            self.facts.process_name = self.server.take().map(|s| encoding.decode(&s).into_owned());
        }
        estimate_printed(&mut self.facts.notable);
        self.facts
    }

    fn bursts(&self, of_key: &[u32], texts: &[String]) -> Vec<Burst> {
        bursts::find(
            &self.events,
            of_key,
            texts,
            &self.exceptions,
            &self.minutes,
            self.offset,
        )
    }

    fn templates(&self, of_key: &[u32], texts: Vec<String>) -> Vec<Template> {
        let mut all: Vec<Template> = texts
            .into_iter()
            .enumerate()
            .map(|(id, template)| Template {
                id: id as u32,
                template,
                ..Template::default()
            })
            .collect();
        let counts = self.miner.counts();
        for ((key, template), count) in self.keys.iter().zip(of_key).zip(counts) {
            let Some(t) = all.get_mut(*template as usize) else {
                continue;
            };
            if t.count == 0 {
                t.first_line = key.first_line;
            }
            t.count += count;
            t.level = t.level.max(key.level);
            t.first_time = earlier(t.first_time, key.first_time);
            t.last_time = later(t.last_time, key.last_time);
        }
        all.sort_by_key(|t| (std::cmp::Reverse(t.count), t.id));
        if !self.options.assign {
            all.truncate(MOST_TEMPLATES);
        }
        all
    }

    fn codes(&mut self) -> Vec<CodeCount> {
        let mut all: Vec<CodeCount> = self
            .codes
            .drain()
            .map(|(code, (count, first_line))| {
                let code = String::from_utf8_lossy(&code).into_owned();
                CodeCount {
                    role: codes::role(&code),
                    meaning: code_meaning(&code).map(|known| known.text()),
                    count,
                    first_line,
                    code,
                }
            })
            .collect();
        all.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
        all
    }
}

fn earlier(a: Option<Stamp>, b: Option<Stamp>) -> Option<Stamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn later(a: Option<Stamp>, b: Option<Stamp>) -> Option<Stamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    }
}

/// A record that was printed without a time happened between its neighbours: when those are close, it has their time.
fn estimate_printed(records: &mut [LogRecord]) {
    let mut next: Option<Stamp> = None;
    let mut nexts = vec![None; records.len()];
    for (slot, record) in nexts.iter_mut().zip(records.iter()).rev() {
        *slot = next;
        next = record.time.or(next);
    }
    let mut before: Option<Stamp> = None;
    for (record, next) in records.iter_mut().zip(nexts) {
        if record.time.is_some() {
            before = record.time;
        } else if let (Some(b), Some(n)) = (before, next)
            && (millis(&n) - millis(&b)).abs() <= 60_000
        {
            record.time = Some(b);
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

/// The first line of a body that has text.
fn first_text(body: &[u8]) -> &[u8] {
    body.split(|b| *b == b'\n')
        .take(3)
        .find(|line| !line.trim_ascii().is_empty())
        .map_or(b"", |line| line.trim_ascii())
}

/// The class of the last cause, else the first exception named; cheap enough for every record.
fn root_class(record: &Record<'_>, has_frame: bool, level: Level) -> Option<String> {
    let body: &[u8] = record.body.get(..256 << 10).unwrap_or(&record.body);
    if has_frame && let Some(at) = memmem::rfind(body, b"Caused by: ").or_else(|| memmem::rfind(body, b"Caused By: ")) {
        let line = body.get(at + 11..)?.split(|b| *b == b'\n').next()?;
        if let Some((class, _)) = exception_in(&String::from_utf8_lossy(line)) {
            return Some(class);
        }
    }
    let named =
        |text: &[u8]| exception_in(&String::from_utf8_lossy(text.get(..4096).unwrap_or(text))).map(|(class, _)| class);
    let could_name = |text: &[u8]| memmem::find(text, b"Exception").is_some() || memmem::find(text, b"Error").is_some();
    let message: &[u8] = &record.head.message;
    if could_name(message)
        && let Some(class) = named(message)
    {
        return Some(class);
    }
    // Payloads of informational records quote anything: there only a trace counts.
    if body.is_empty() || !has_frame && level < Level::Warn {
        return None;
    }
    body.split(|b| *b == b'\n')
        .take(8)
        .filter(|line| could_name(line))
        .find_map(named)
}
