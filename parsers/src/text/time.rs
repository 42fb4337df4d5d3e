//! Times as logs print them (LOG_FORMATS §3–§12), in one byte scan without regular expressions.

use super::scan::{Clock, Scan};
use crate::Stamp;
use jiff::civil::{Date, DateTime, date};

/// Which of the numbers of an all-numeric date with a two-digit year is which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DateOrder {
    /// `26-11-20`: year first (Chinese WebSphere, Spark).
    YearMonthDay,
    /// `11/20/26`: month first (English WebSphere).
    #[default]
    MonthDayYear,
    /// `20.11.26`: day first (German, French).
    DayMonthYear,
}

/// A time found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The time.
    pub stamp: Stamp,
    /// Bytes that it takes, zone included.
    pub length: usize,
    /// False when the text has no date at all, only a time of day.
    pub has_date: bool,
    /// False when the year is not printed.
    pub has_year: bool,
}

/// Reads the times of one artefact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StampParser {
    /// Meaning of all-numeric dates with two-digit years.
    pub order: DateOrder,
    /// The date of the artefact's end, for layouts that lack the year or the date.
    pub near: Option<Date>,
}

/// The date that stands for "no date printed and none known".
const NO_DATE: Date = date(1970, 1, 1);

/// A time at the very start of `text`, with the default meaning of all-numeric dates.
pub fn stamp(text: &[u8]) -> Option<Found> {
    StampParser::default().parse(text)
}

impl StampParser {
    /// A time at the very start of `text`; blanks in front are not skipped.
    pub fn parse(&self, text: &[u8]) -> Option<Found> {
        let mut scan = Scan { text, at: 0 };
        match text.first()? {
            b'0'..=b'9' => self.numeric(&mut scan),
            b'A'..=b'Z' | b'a'..=b'z' => self.worded(&mut scan),
            0xE4..=0xE9 => self.worded(&mut scan),
            _ => None,
        }
    }

    fn numeric(&self, scan: &mut Scan<'_>) -> Option<Found> {
        let (first, digits) = scan.number()?;
        match (scan.peek()?, digits) {
            (b':', 1 | 2) => {
                scan.at = 0;
                self.time_only(scan)
            }
            (separator @ (b'-' | b'/' | b'.'), 4) => {
                scan.at += 1;
                let (month, _) = scan.number_up_to(2)?;
                scan.byte(separator)?;
                let (day, _) = scan.number_up_to(2)?;
                dated(scan, first, month, day)
            }
            (separator @ (b'-' | b'/' | b'.' | b' '), 1 | 2) => {
                scan.at += 1;
                self.short_date(scan, first, separator)
            }
            (b' ' | b'-' | b'T', 8) => dated(scan, first / 10_000, first / 100 % 100, first % 100),
            (0xE5, 4) => {
                scan.word("年")?;
                let (month, _) = scan.number_up_to(2)?;
                scan.word("月")?;
                let (day, _) = scan.number_up_to(2)?;
                scan.word("日")?;
                dated(scan, first, month, day)
            }
            (0xE6, 1 | 2) => {
                scan.word("月")?;
                self.after_month(scan, first)
            }
            _ => None,
        }
    }

    /// `11/20/26`, `20.11.2026`, `17-Nov-2018`, `20/Nov/2026:`, `03-17 ` (no year).
    fn short_date(&self, scan: &mut Scan<'_>, first: u32, separator: u8) -> Option<Found> {
        if scan.peek()?.is_ascii_alphabetic() {
            let month = scan.month()?;
            scan.byte(separator)?;
            let (year, digits) = scan.number_up_to(4)?;
            return dated(scan, if digits == 2 { 2000 + year } else { year }, month, first);
        }
        if separator == b' ' {
            return None;
        }
        let (second, _) = scan.number_up_to(2)?;
        if scan.peek()? != separator {
            return self.without_year(scan, first, second);
        }
        scan.at += 1;
        let (third, digits) = scan.number_up_to(4)?;
        let long_year = digits == 4;
        let century = if long_year { 0 } else { 2000 };
        let (year, month, day) = match self.order {
            DateOrder::YearMonthDay if !long_year => (2000 + first, second, third),
            DateOrder::DayMonthYear => (century + third, second, first),
            _ if first > 12 || separator == b'.' => (century + third, second, first),
            _ => (century + third, first, second),
        };
        dated(scan, year, month, day)
    }

    /// Weekday and month words: `Nov 20, 2012 3:02:00 AM`, `Nov  3 09:23:38`, `Tue May 12 10:11:12 2020`, `一月 21, 2017`.
    fn worded(&self, scan: &mut Scan<'_>) -> Option<Found> {
        if scan.weekday() {
            scan.skip(b", ");
            // `Tue, 12 May 2020 10:11:12`
            if scan.peek()?.is_ascii_digit() {
                let (day, _) = scan.number_up_to(2)?;
                scan.skip(b"- ");
                let month = scan.month()?;
                scan.skip(b"- ");
                let (year, _) = scan.number_up_to(4)?;
                return dated(scan, year, month, day);
            }
        }
        let month = scan.month()?;
        self.after_month(scan, month)
    }

    fn after_month(&self, scan: &mut Scan<'_>, month: u32) -> Option<Found> {
        scan.skip(b" ");
        let (day, _) = scan.number_up_to(2)?;
        let comma = scan.peek()? == b',';
        scan.skip(b", ");
        let mark = scan.at;
        if let Some((year, 4)) = scan.number()
            && (comma || scan.peek() != Some(b':'))
        {
            return dated(scan, year, month, day);
        }
        scan.at = mark;
        self.without_year(scan, month, day)
    }

    /// The year comes after the time (ctime), or not at all.
    fn without_year(&self, scan: &mut Scan<'_>, month: u32, day: u32) -> Option<Found> {
        let clock = scan.clock_after_date()?;
        let mark = scan.at;
        scan.skip(b" ");
        if let Some((year @ 1970..=2999, 4)) = scan.number()
            && !scan
                .peek()
                .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b':' | b'/'))
        {
            return found(scan, clock, year, month, day, true, true);
        }
        scan.at = mark;
        let year = self.near.map_or(NO_DATE.year(), |near| year_near(near, month, day));
        found(
            scan,
            clock,
            u32::try_from(year).ok()?,
            month,
            day,
            true,
            self.near.is_some(),
        )
        .map(|f| Found { has_year: false, ..f })
    }

    fn time_only(&self, scan: &mut Scan<'_>) -> Option<Found> {
        let clock = scan.clock()?;
        let day = self.near.unwrap_or(NO_DATE);
        let number = |n: i8| u32::try_from(n).ok();
        let year = u32::try_from(day.year()).ok()?;
        found(
            scan,
            clock,
            year,
            number(day.month())?,
            number(day.day())?,
            false,
            false,
        )
    }
}

/// The year in which a month and day lie nearest before `near` (a day of slack for clocks and zones).
fn year_near(near: Date, month: u32, day: u32) -> i16 {
    let now = (i32::from(near.month()), i32::from(near.day()) + 1);
    let then = (month as i32, day as i32);
    if then > now && !(month == 1 && near.month() == 12) {
        near.year() - 1
    } else {
        near.year()
    }
}

fn dated(scan: &mut Scan<'_>, year: u32, month: u32, day: u32) -> Option<Found> {
    if !(1970..3000).contains(&year) {
        return None;
    }
    let clock = scan.clock_after_date()?;
    found(scan, clock, year, month, day, true, true)
}

fn found(
    scan: &Scan<'_>,
    clock: Clock,
    year: u32,
    month: u32,
    day: u32,
    has_date: bool,
    has_year: bool,
) -> Option<Found> {
    let civil = DateTime::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
        i8::try_from(clock.hour).ok()?,
        i8::try_from(clock.minute).ok()?,
        i8::try_from(clock.second.min(59)).ok()?,
        i32::try_from(clock.nanosecond).ok()?,
    )
    .ok()?;
    Some(Found {
        stamp: Stamp {
            civil,
            offset: clock.offset,
        },
        length: scan.at,
        has_date,
        has_year,
    })
}

/// Decides the order of two-digit dates from samples that begin with one each: the number that exceeds 12 is no month,
/// the year is in range and does not change; where that leaves a choice, the separator tells the usual locale.
pub fn guess_order<'a>(samples: impl Iterator<Item = &'a [u8]>) -> Option<DateOrder> {
    let mut dates: Vec<ShortDate> = samples.filter_map(short_date).take(4000).collect();
    let separator = dates.first()?.separator;
    dates.retain(|d| d.separator == separator);
    use DateOrder::{DayMonthYear, MonthDayYear, YearMonthDay};
    let by_custom = match separator {
        b'-' => [YearMonthDay, DayMonthYear, MonthDayYear],
        b'.' => [DayMonthYear, YearMonthDay, MonthDayYear],
        _ => [MonthDayYear, YearMonthDay, DayMonthYear],
    };
    by_custom
        .into_iter()
        .filter_map(|order| Some((years_if_possible(&dates, order)?.min(3), order)))
        .min_by_key(|(years, _)| *years)
        .map(|(_, order)| order)
}

/// A date of three short numbers as printed.
struct ShortDate {
    numbers: [u32; 3],
    separator: u8,
}

/// How many different years the dates have when read in this order; `None` when they cannot be read so.
fn years_if_possible(dates: &[ShortDate], order: DateOrder) -> Option<usize> {
    let read = |d: &ShortDate| {
        let [a, b, c] = d.numbers;
        match order {
            DateOrder::YearMonthDay => (a, b, c),
            DateOrder::MonthDayYear => (c, a, b),
            DateOrder::DayMonthYear => (c, b, a),
        }
    };
    let possible = |d: &&ShortDate| {
        let (year, month, day) = read(d);
        (1..=12).contains(&month) && (1..=31).contains(&day) && year < 70
    };
    if dates.iter().filter(possible).count() * 20 < dates.len() * 19 {
        return None;
    }
    let mut years: Vec<u32> = dates.iter().map(|d| read(d).0).collect();
    years.sort_unstable();
    years.dedup();
    Some(years.len())
}

/// A date with two-digit year at the start of a text.
fn short_date(text: &[u8]) -> Option<ShortDate> {
    let mut scan = Scan { text, at: 0 };
    let (first, _) = scan.number_up_to(2)?;
    let separator = scan.peek().filter(|b| matches!(b, b'-' | b'/' | b'.'))?;
    scan.at += 1;
    let (second, _) = scan.number_up_to(2)?;
    scan.byte(separator)?;
    let (third, _) = scan.number_up_to(2)?;
    matches!(scan.peek(), Some(b' ' | b',' | b'T')).then_some(ShortDate {
        numbers: [first, second, third],
        separator,
    })
}

#[cfg(test)]
#[path = "time_tests.rs"]
mod tests;
