//! A time as an artefact states it.

use jiff::{Timestamp, civil::DateTime, tz::Offset};

/// A time of day and date as printed, with its offset from UTC when the artefact itself tells it (an explicit
/// offset, `Z`, an epoch value, a zone name that is not ambiguous here). What it means as an instant is decided
/// once for a whole artefact, by `case`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stamp {
    /// Date and time as printed.
    pub civil: DateTime,
    /// Offset from UTC, if the artefact states it with the time.
    pub offset: Option<Offset>,
}

impl Stamp {
    /// A local time whose zone is not printed.
    pub fn local(civil: DateTime) -> Self {
        Self { civil, offset: None }
    }

    /// A time with its own offset.
    pub fn with_offset(civil: DateTime, offset: Offset) -> Self {
        Self {
            civil,
            offset: Some(offset),
        }
    }

    /// A time given as milliseconds since 1970-01-01 UTC, shown at `display` offset. `None` out of range.
    pub fn from_epoch_millis(millis: i64, display: Offset) -> Option<Self> {
        let instant = Timestamp::from_millisecond(millis).ok()?;
        Some(Self {
            civil: display.to_datetime(instant),
            offset: Some(display),
        })
    }

    /// The instant meant, taking `assumed` as the offset when none is printed. `None` outside jiff's range.
    pub fn instant(&self, assumed: Offset) -> Option<Timestamp> {
        self.offset.unwrap_or(assumed).to_timestamp(self.civil).ok()
    }

    /// RFC 3339 with milliseconds and offset, as CONTRACT.md wants times.
    pub fn rfc3339(&self, assumed: Offset) -> String {
        self.instant(assumed)
            .map_or_else(String::new, |t| rfc3339(t, self.offset.unwrap_or(assumed)))
    }
}

/// An instant at an offset in RFC 3339 with milliseconds.
pub fn rfc3339(instant: Timestamp, offset: Offset) -> String {
    let civil = offset.to_datetime(instant);
    let millis = civil.subsec_nanosecond() / 1_000_000;
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
    format!(
        "{}.{millis:03}{sign}{hours:02}:{minutes:02}",
        civil.strftime("%Y-%m-%dT%H:%M:%S")
    )
}

/// `+08:00`: the zone of the tool's users, assumed where nothing tells (CONTRACT.md §2).
pub const CHINA: Offset = Offset::constant(8);

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_local_time_takes_the_assumed_offset() {
        let stamp = Stamp::local(date(2026, 11, 20).at(10, 31, 22, 120_000_000));
        assert_eq!(stamp.rfc3339(CHINA), "2026-11-20T10:31:22.120+08:00");
    }

    #[test]
    fn an_epoch_value_is_shown_at_the_asked_offset() {
        let stamp = Stamp::from_epoch_millis(0, CHINA).unwrap();
        assert_eq!(stamp.rfc3339(Offset::UTC), "1970-01-01T08:00:00.000+08:00");
    }
}
