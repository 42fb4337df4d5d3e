//! Weeks, months, quarters, half-years, years.

use jiff::{Timestamp, ToSpan, civil::Date, tz::Offset};

/// Length of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Monday to Sunday.
    Week,
    /// Calendar month.
    Month,
    /// Calendar quarter.
    Quarter,
    /// Half a calendar year.
    Half,
    /// Calendar year.
    Year,
}

impl Length {
    /// First day of the period that a day lies in.
    fn first_day(self, day: Date) -> Date {
        let Some(months) = self.months() else {
            let back = i64::from(day.weekday().to_monday_zero_offset());
            return day.checked_sub(back.days()).unwrap_or(day);
        };
        let month = (day.month() - 1) / months * months + 1;
        Date::new(day.year(), month, 1).unwrap_or(day)
    }

    fn months(self) -> Option<i8> {
        match self {
            Self::Week => None,
            Self::Month => Some(1),
            Self::Quarter => Some(3),
            Self::Half => Some(6),
            Self::Year => Some(12),
        }
    }

    /// First day of the next period.
    fn next(self, first: Date) -> Option<Date> {
        match self.months() {
            None => first.checked_add(7.days()).ok(),
            Some(months) => first.checked_add(i64::from(months).months()).ok(),
        }
    }

    fn name(self, first: Date) -> String {
        let year = first.year();
        match self {
            Self::Week => {
                let week = first.iso_week_date();
                format!("{}-W{:02}", week.year(), week.week())
            }
            Self::Month => format!("{year}-{:02}", first.month()),
            Self::Quarter => format!("{year}-Q{}", (first.month() - 1) / 3 + 1),
            Self::Half => format!("{year}-H{}", (first.month() - 1) / 6 + 1),
            Self::Year => year.to_string(),
        }
    }
}

/// Walks through periods with the moments of incidents, oldest first.
pub(super) struct Periods {
    length: Length,
    offset: Offset,
    first: Date,
    /// Milliseconds at which the present period ends.
    end: i64,
}

impl Periods {
    pub(super) fn new(length: Length, offset: Offset) -> Self {
        Self {
            length,
            offset,
            first: Date::ZERO,
            end: i64::MIN,
        }
    }

    /// True when the moment opens another period.
    pub(super) fn enter(&mut self, millisecond: i64) -> bool {
        if millisecond < self.end {
            return false;
        }
        let Ok(moment) = Timestamp::from_millisecond(millisecond) else {
            return false;
        };
        self.first = self.length.first_day(self.offset.to_datetime(moment).date());
        let end = self.length.next(self.first).map(|next| next.at(0, 0, 0, 0));
        let end = end.and_then(|next| self.offset.to_timestamp(next).ok());
        self.end = end.map_or(i64::MAX, Timestamp::as_millisecond);
        true
    }

    pub(super) fn name(&self) -> String {
        self.length.name(self.first)
    }

    pub(super) fn first_day(&self) -> String {
        self.first.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_fall_into_their_periods() {
        let day = Date::constant(2026, 11, 22);
        let names = [Length::Week, Length::Month, Length::Quarter, Length::Half, Length::Year]
            .map(|length| length.name(length.first_day(day)));
        assert_eq!(names, ["2026-W47", "2026-11", "2026-Q4", "2026-H2", "2026"]);
        assert_eq!(
            Length::Week.next(Date::constant(2026, 12, 28)),
            Some(Date::constant(2027, 1, 4))
        );
    }
}
