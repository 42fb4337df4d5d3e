//! A time axis with round ticks in local time.

use super::{Anchor, Ink, Pen};
use jiff::{Timestamp, tz::Offset};

/// Time from left to right.
pub(super) struct TimeAxis {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) left: i32,
    pub(super) right: i32,
    pub(super) clock: Offset,
}

/// Distances between ticks in seconds.
const STEPS: [i64; 17] = [
    10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800,
];

impl TimeAxis {
    /// Where an instant stands; outside the window it stands at the nearer end.
    pub(super) fn x(&self, instant: Timestamp) -> i32 {
        let span = (self.to.as_millisecond() - self.from.as_millisecond()).max(1) as f64;
        let at = (instant.as_millisecond() - self.from.as_millisecond()) as f64 / span;
        self.left + (at.clamp(0.0, 1.0) * f64::from(self.right - self.left)) as i32
    }

    pub(super) fn shows(&self, instant: Timestamp) -> bool {
        (self.from..=self.to).contains(&instant)
    }

    /// Grid lines from `top` to `bottom` and times below.
    pub(super) fn draw(&self, pen: &Pen, top: i32, bottom: i32) {
        let span = (self.to.as_second() - self.from.as_second()).max(1);
        let step = STEPS.into_iter().find(|s| span / s <= 8).unwrap_or(span / 8 + 1);
        let shift = i64::from(self.clock.seconds());
        let first = (self.from.as_second() + shift).div_euclid(step) + 1;
        for n in 0..=9 {
            let Ok(instant) = Timestamp::from_second((first + n) * step - shift) else {
                break;
            };
            if !self.shows(instant) {
                break;
            }
            let x = self.x(instant);
            pen.line(&[(x, top), (x, bottom)], 1, Ink::Pale);
            let civil = self.clock.to_datetime(instant);
            let form = if step >= 86_400 {
                "%m-%d"
            } else if step < 60 {
                "%H:%M:%S"
            } else {
                "%H:%M"
            };
            pen.text(
                (x, bottom + 12),
                &civil.strftime(form).to_string(),
                11,
                Ink::Grey,
                Anchor::Middle,
                10,
            );
        }
    }
}
