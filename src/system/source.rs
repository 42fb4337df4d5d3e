//! Where a sign stands: lines of the artefact and their words.

use super::{Sign, SignKind};
use crate::evidence::{Artefact, Citation};
use goldenhour_parsers::{Stamp, system::Output};

/// The lines that one output was read from.
pub(super) struct Source<'a> {
    artefact: &'a Artefact,
    lines: &'a [&'a str],
    /// 1-based line of the first line below the echo, in the artefact.
    body: u64,
    count: u64,
    time: Option<Stamp>,
    year: Option<i16>,
}

impl<'a> Source<'a> {
    pub fn new(artefact: &'a Artefact, lines: &'a [&'a str], output: &Output) -> Self {
        let year = output.time.map(|t| t.civil.year()).or_else(|| {
            artefact
                .modified
                .map(|m| goldenhour_parsers::CHINA.to_datetime(m).year())
        });
        Self {
            artefact,
            lines,
            body: output.first_line + u64::from(output.command.is_some()),
            count: output.lines,
            time: output.time,
            year,
        }
    }

    /// A sign at a line, at the time the output was taken.
    pub fn sign(&self, what: SignKind, line: u64) -> Sign {
        self.sign_at(what, line, self.time)
    }

    /// A sign with a time of its own.
    pub fn sign_at(&self, what: SignKind, line: u64, time: Option<Stamp>) -> Sign {
        let quote = line
            .checked_sub(1)
            .and_then(|i| self.lines.get(usize::try_from(i).ok()?));
        let quote: String = quote.map_or("", |l| l.trim()).chars().take(300).collect();
        let number = line.saturating_add(self.artefact.first_line).saturating_sub(1);
        Sign {
            what,
            time: time.and_then(|t| self.with_year(t)),
            citation: Citation::line(self.artefact.id, number, quote),
        }
    }

    /// Line of row `index` below the echo.
    pub fn row(&self, index: u64) -> u64 {
        self.body + index
    }

    /// When the output was taken.
    pub fn time(&self) -> Option<Stamp> {
        self.time
    }

    /// First line of the output that fulfils the test, else its first line.
    pub fn find(&self, test: impl Fn(&str) -> bool) -> u64 {
        let rows = self.rows();
        rows.iter()
            .position(|l| test(l))
            .map_or(self.body, |i| self.body + i as u64)
    }

    /// Last line of the output that fulfils the test, else its first line.
    pub fn find_last(&self, test: impl Fn(&str) -> bool) -> u64 {
        let rows = self.rows();
        rows.iter()
            .rposition(|l| test(l))
            .map_or(self.body, |i| self.body + i as u64)
    }

    fn rows(&self) -> &'a [&'a str] {
        let start = usize::try_from(self.body.saturating_sub(1)).unwrap_or(0);
        let end = start
            .saturating_add(usize::try_from(self.count).unwrap_or(0))
            .min(self.lines.len());
        self.lines.get(start..end).unwrap_or_default()
    }

    /// Syslog dates have no year: the year in which the output was taken, else of the file.
    fn with_year(&self, mut time: Stamp) -> Option<Stamp> {
        if time.civil.year() == 0 {
            time.civil = time.civil.with().year(self.year?).build().ok()?;
        }
        Some(time)
    }
}
