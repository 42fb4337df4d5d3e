//! Which limit comes next: straight lines through the readings of each series.

use super::{super::StoreError, Filter};
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use serde::Serialize;

/// Readings of a series that are looked at, the newest.
const READINGS: usize = 64;
/// Fewest readings that make a line.
const LEAST: usize = 3;
/// Days that a forecast reaches.
const HORIZON: f64 = 400.0;
/// A reading this much of the bound below the one before it tells of a restart or a fix: the line begins there.
const DROP: f64 = 0.2;
/// Series that are looked at, and forecasts that are given.
const SERIES: usize = 20_000;
const SHOWN: usize = 50;
const DAY: f64 = 86_400_000.0;

/// A limit that will be reached when things go on as they did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Forecast {
    /// Its site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// `heap`, `pool`, `disk`, `paging`.
    pub kind: String,
    /// Whose: server, pool, file system.
    pub of: String,
    /// Readings in the line.
    pub readings: usize,
    /// Share of the limit at the last reading, 0…1.
    pub share: f64,
    /// Growth of the share a day.
    pub share_per_day: f64,
    /// How well the readings lie on a line, 0…1.
    pub fit: f64,
    /// Days from the last reading to the limit.
    pub days_left: f64,
    /// When it was read last.
    pub last: String,
    /// When the limit is reached.
    pub reached: String,
    /// Share of the limit at each reading, oldest first.
    pub shares: Vec<f64>,
}

/// All forecasts, soonest first.
pub(super) fn all(db: &Connection, filter: &Filter) -> Result<Vec<Forecast>, StoreError> {
    // The distinct series by jumping along the primary key, not by reading every row.
    let sql = "WITH RECURSIVE s (n) AS (SELECT min(series) FROM readings
                   UNION ALL SELECT (SELECT min(series) FROM readings WHERE series > n) FROM s WHERE n IS NOT NULL)
               SELECT n, name FROM s JOIN names USING (n) WHERE n IS NOT NULL ORDER BY n LIMIT ?1";
    let mut series = db.prepare_cached(sql)?;
    let limit = i64::try_from(SERIES).unwrap_or(i64::MAX);
    let names: Vec<(i64, String)> = series
        .query_map([limit], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let since = filter.since.map_or(i64::MIN, Timestamp::as_millisecond);
    let mut newest = db.prepare_cached(
        "SELECT moment, value / bound FROM readings WHERE series = ?1 AND moment >= ?2 ORDER BY moment DESC LIMIT ?3",
    )?;
    let most = i64::try_from(READINGS).unwrap_or(i64::MAX);
    let mut found = Vec::new();
    for (n, name) in names {
        let mut parts = name.splitn(3, '\u{1f}');
        let mut part = || parts.next().unwrap_or_default().to_owned();
        let (site, kind, of) = (part(), part(), part());
        if filter.site.as_ref().is_some_and(|wanted| *wanted != site) {
            continue;
        }
        let mut points: Vec<(i64, f64)> = newest
            .query_map((n, since, most), |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        points.reverse();
        found.extend(line(since_drop(&points)).and_then(|line| forecast(line, site, kind, of)));
    }
    found.sort_by(|a, b| {
        let order = a.days_left.total_cmp(&b.days_left);
        order.then_with(|| (&a.site, &a.kind, &a.of).cmp(&(&b.site, &b.kind, &b.of)))
    });
    found.truncate(SHOWN);
    Ok(found)
}

/// The readings after the last restart or fix.
fn since_drop(points: &[(i64, f64)]) -> &[(i64, f64)] {
    let drop = points
        .windows(2)
        .rposition(|pair| matches!(pair, [(_, before), (_, after)] if before - after > DROP));
    points.get(drop.map_or(0, |at| at + 1)..).unwrap_or_default()
}

/// A straight line through readings.
struct Line<'p> {
    points: &'p [(i64, f64)],
    per_day: f64,
    /// On the line, at the last reading.
    now: f64,
    fit: f64,
}

/// Least squares; `None` without enough readings on different days.
fn line(points: &[(i64, f64)]) -> Option<Line<'_>> {
    let (first, last) = (points.first()?, points.last()?);
    let days = |at: i64| (at - first.0) as f64 / DAY;
    if points.len() < LEAST || days(last.0) < 1.0 {
        return None;
    }
    let n = points.len() as f64;
    let mean_x = points.iter().map(|p| days(p.0)).sum::<f64>() / n;
    let mean_y = points.iter().map(|p| p.1).sum::<f64>() / n;
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (at, share) in points {
        let (x, y) = (days(*at) - mean_x, share - mean_y);
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    if xx <= 0.0 || yy <= 0.0 {
        return None;
    }
    let per_day = xy / xx;
    Some(Line {
        points,
        per_day,
        now: mean_y + per_day * (days(last.0) - mean_x),
        fit: xy * xy / (xx * yy),
    })
}

/// A line that rises towards its limit within the horizon; scattered readings are no trend.
fn forecast(line: Line<'_>, site: String, kind: String, of: String) -> Option<Forecast> {
    const FIT: f64 = 0.5;
    let last = line.points.last()?;
    let days_left = ((1.0 - line.now.min(1.0)) / line.per_day).max(0.0);
    if line.per_day <= 0.0 || line.fit < FIT || days_left > HORIZON {
        return None;
    }
    let at = Timestamp::from_millisecond(last.0).ok()?;
    let reached = at
        .checked_add(SignedDuration::from_secs_f64(days_left * 86_400.0))
        .ok()?;
    let rounded = |value: f64, by: f64| (value * by).round() / by;
    Some(Forecast {
        site: (!site.is_empty()).then_some(site),
        kind,
        of,
        readings: line.points.len(),
        share: rounded(last.1, 1e4),
        share_per_day: rounded(line.per_day, 1e6),
        fit: rounded(line.fit, 1e3),
        days_left: rounded(days_left, 10.0),
        last: at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        reached: reached.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        shares: line.points.iter().map(|p| rounded(p.1, 1e4)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn day(n: i64) -> i64 {
        n * 86_400_000
    }

    fn told(points: &[(i64, f64)]) -> Option<f64> {
        let line = line(since_drop(points))?;
        forecast(line, String::new(), "heap".to_owned(), "server1".to_owned()).map(|f| f.days_left)
    }

    #[test]
    fn a_rising_line_reaches_its_limit() {
        assert_eq!(told(&[(day(0), 0.5), (day(10), 0.6), (day(20), 0.7)]), Some(30.0));
    }

    #[test]
    fn the_line_begins_after_the_last_restart() {
        let points = [
            (day(0), 0.5),
            (day(5), 0.95),
            (day(6), 0.4),
            (day(16), 0.5),
            (day(26), 0.6),
        ];
        assert_eq!(told(&points), Some(40.0));
    }

    #[test]
    fn level_falling_scattered_and_short_series_announce_nothing() {
        assert_eq!(told(&[(day(0), 0.5), (day(10), 0.5), (day(20), 0.5)]), None);
        assert_eq!(told(&[(day(0), 0.6), (day(10), 0.55), (day(20), 0.5)]), None);
        assert_eq!(
            told(&[
                (day(0), 0.5),
                (day(1), 0.65),
                (day(2), 0.5),
                (day(3), 0.66),
                (day(4), 0.51)
            ]),
            None
        );
        assert_eq!(told(&[(day(0), 0.5), (day(10), 0.6)]), None);
        assert_eq!(told(&[]), None);
    }
}
