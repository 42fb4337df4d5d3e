//! From what the lines are to what the text is.

use super::{
    Kind,
    lines::{Line, classify},
    sample::Sample,
};
use std::collections::BTreeMap;

/// Lines from the top in which a file may still introduce itself.
const TOP: usize = 60;

/// How often each kind of line occurs.
#[derive(Debug, Default)]
struct Counts {
    lines: usize,
    by: BTreeMap<Line, usize>,
    /// The first line that is evidence for anything, among the first [`TOP`].
    first: Option<Line>,
}

impl Counts {
    fn of(&self, line: Line) -> usize {
        self.by.get(&line).copied().unwrap_or(0)
    }

    /// True when these are at least `percent` of all lines that are not blank.
    fn share(&self, count: usize, percent: usize) -> bool {
        count > 0 && count * 100 >= self.lines * percent
    }
}

/// What the text is.
pub fn recognise(sample: &Sample, name: &str) -> Kind {
    if let Some(kind) = by_opening(sample) {
        return kind;
    }
    weigh(&count(sample), name)
}

fn count(sample: &Sample) -> Counts {
    let mut counts = Counts::default();
    for line in sample.lines().filter(|line| !line.trim_ascii().is_empty()) {
        counts.lines += 1;
        if let Some(kind) = classify(line) {
            *counts.by.entry(kind).or_default() += 1;
            if counts.first.is_none() && counts.lines <= TOP {
                counts.first = Some(kind);
            }
        }
    }
    counts
}

/// Formats whose first lines tell.
fn by_opening(sample: &Sample) -> Option<Kind> {
    let top: Vec<&[u8]> = sample
        .lines()
        .filter(|line| !line.trim_ascii().is_empty())
        .take(TOP)
        .collect();
    let first = top.first()?.trim_ascii();
    // A fatal error log starts with `#` lines, one of which says so within the first few (FORMAT_FACTS 4).
    const FATAL: [&[u8]; 3] = [
        b"fatal error has been detected",
        b"unexpected error has been detected",
        b"insufficient memory for the Java",
    ];
    let says =
        |line: &&&[u8]| line.starts_with(b"#") && FATAL.iter().any(|words| memchr::memmem::find(line, words).is_some());
    if first.starts_with(b"#") && top.iter().take(8).any(|line| says(&line)) {
        return Some(Kind::HsErr);
    }
    if first.starts_with(b"{") {
        let head: Vec<u8> = top
            .iter()
            .take(6)
            .flat_map(|line| line.iter().take(300).copied())
            .collect();
        if memchr::memmem::find(&head, b"\"threadDump\"").is_some() {
            return Some(Kind::ThreadDump);
        }
    }
    // jcmd Thread.dump_to_file: process id, time in UTC, version (THREAD_FORMATS §4).
    let utc = |line: &[u8]| line.len() < 40 && line.get(10) == Some(&b'T') && line.ends_with(b"Z");
    let digits = |line: &[u8]| line.iter().all(u8::is_ascii_digit);
    if digits(first) && top.get(1).is_some_and(|line| utc(line.trim_ascii())) {
        return Some(Kind::ThreadDump);
    }
    None
}

fn weigh(counts: &Counts, name: &str) -> Kind {
    let of = |line| counts.of(line);
    let records = of(Line::Record) + of(Line::JvmMessage) + of(Line::Unified);
    if of(Line::Javacore) >= 1 && counts.share(of(Line::Javacore), 40) {
        return Kind::Javacore;
    }
    if of(Line::ClassicHeap) >= 1 && counts.share(of(Line::ClassicHeap), 20) {
        return Kind::ClassicHeap;
    }
    // Sections of a fatal error log whose head is lost; in a console log the records outnumber them.
    if of(Line::HsErr) >= 1 && of(Line::HsErr) * 20 > records {
        return Kind::HsErr;
    }
    let threads = of(Line::Thread);
    if (threads >= 1 || of(Line::DumpStart) >= 1) && records * 4 <= threads + 4 * of(Line::DumpStart) {
        return Kind::ThreadDump;
    }
    if of(Line::Access) >= 1 && counts.share(of(Line::Access), 50) {
        return Kind::AccessLog;
    }
    let others = records - of(Line::Unified);
    if of(Line::Gc) >= 1 && counts.share(of(Line::Gc), 10) && others * 2 <= of(Line::Gc) {
        return Kind::GcLog;
    }
    if let Some(kind) = listing(counts, records) {
        return kind;
    }
    if of(Line::DatabaseLog) >= 1 && of(Line::DatabaseLog) * 2 >= records {
        return Kind::Database;
    }
    if of(Line::Access) > records {
        return Kind::AccessLog;
    }
    if records + of(Line::Trace) >= 1 && counts.share(records + of(Line::Trace), 5) {
        return Kind::Log;
    }
    if of(Line::History) >= 2 && counts.share(of(Line::History), 25) || is_history(name) {
        return Kind::System;
    }
    match records + of(Line::Gc) + of(Line::Trace) {
        0 => Kind::Text,
        _ => Kind::Log,
    }
}

/// Listings of the system, the JVM or a database: what stands first decides, for the rows below may look like anything.
fn listing(counts: &Counts, records: usize) -> Option<Kind> {
    let (system, jvm) = (
        counts.of(Line::System) + counts.of(Line::Prompt),
        counts.of(Line::JvmListing),
    );
    let sessions = counts.of(Line::Sessions);
    let kind = match counts.first? {
        Line::System | Line::Prompt if system > 0 => Kind::System,
        Line::JvmListing => Kind::JvmListing,
        Line::Sessions => Kind::Database,
        _ if jvm > records && jvm > system => Kind::JvmListing,
        _ if system > records => Kind::System,
        _ if sessions > 0 && sessions >= records => Kind::Database,
        _ => return None,
    };
    // Many records under one line that looks like a listing: a log that quotes one.
    let heads = system + jvm + sessions;
    (records <= 4 * heads).then_some(kind)
}

/// Shell histories have no marks of their own: bare commands, one a line.
fn is_history(name: &str) -> bool {
    matches!(
        name,
        ".bash_history" | ".sh_history" | ".ksh_history" | ".zsh_history" | "bash_history" | "sh_history"
    )
}
