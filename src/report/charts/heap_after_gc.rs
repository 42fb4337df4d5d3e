//! Is the heap growing? Use after collections, the slope, the limit, the dumps.

use super::{Anchor, Ink, Pen, TimeAxis, pen::picture};
use crate::report::{GcPoint, GcView, ReportModel, parts::Picture, units, words::Words};
use jiff::{SignedDuration, Timestamp};

const WIDTH: i32 = 960;
const HEIGHT: i32 = 250;
const LEFT: i32 = 84;
const RIGHT: i32 = WIDTH - 16;
const TOP: i32 = 24;
const BOTTOM: i32 = HEIGHT - 26;

/// Heap use after the collections of one log.
pub(in crate::report) fn draw(log: &GcView, model: &ReportModel, w: Words) -> Picture {
    let top = log
        .heap_max
        .into_iter()
        .chain(log.points.iter().map(|p| p.after))
        .max()
        .unwrap_or(1)
        .max(1);
    let alternative = alternative(log, w);
    let drawing = picture(WIDTH, HEIGHT, &alternative, |pen| {
        for quarter in 0..=4_i32 {
            let y = height(f64::from(quarter) / 4.0);
            pen.line(&[(LEFT, y), (RIGHT, y)], 1, Ink::Pale);
            let label = units::bytes((top as f64 * f64::from(quarter) / 4.0) as u64);
            pen.text((LEFT - 8, y), &label, 11, Ink::Grey, Anchor::Right, 12);
        }
        let axis = axis(log);
        if let Some(axis) = &axis {
            axis.draw(pen, TOP, BOTTOM);
        }
        let place = |point: &GcPoint| (x(log, axis.as_ref(), point), height(point.after as f64 / top as f64));
        let line: Vec<(i32, i32)> = log.points.iter().map(place).collect();
        pen.line(&line, 1, Ink::PaleBlue);
        for point in log.points.iter().filter(|p| !p.full) {
            let (x, y) = place(point);
            pen.dot(x, y, 2, Ink::Blue);
        }
        for point in log.points.iter().filter(|p| p.full) {
            let (x, y) = place(point);
            pen.dot(x, y, 4, Ink::Amber);
        }
        if let Some(line) = slope(log, axis.as_ref(), top) {
            pen.line(&line, 2, Ink::Red);
        }
        if let Some(max) = log.heap_max {
            let y = height(max as f64 / top as f64);
            pen.dashed((LEFT, y), (RIGHT, y), Ink::Dark);
            pen.text(
                (RIGHT, y - 10),
                &format!("{} {}", w.heap_limit(), units::bytes(max)),
                11,
                Ink::Dark,
                Anchor::Right,
                40,
            );
        }
        if let Some(axis) = &axis {
            marks(pen, axis, model, w);
        }
    });
    Picture { drawing, alternative }
}

/// The line that the slope was told from: through the middle of the full collections, as far as it stays inside.
fn slope(log: &GcView, axis: Option<&TimeAxis>, top: u64) -> Option<[(i32, i32); 2]> {
    let rate = log.leak_slope_bytes_per_s.filter(|rate| *rate > 0.0)?;
    let full: Vec<&GcPoint> = log.points.iter().filter(|p| p.full).collect();
    let (first, last) = (full.first()?, full.last()?);
    let count = full.len() as f64;
    let middle = full.iter().map(|p| p.at_s).sum::<f64>() / count;
    let mean = full.iter().map(|p| p.after as f64).sum::<f64>() / count;
    let end = |point: &GcPoint| {
        let use_then = mean + rate * (point.at_s - middle);
        (x(log, axis, point), height(use_then / top as f64))
    };
    (full.len() > 2 && last.at_s > first.at_s).then(|| [end(first), end(last)])
}

/// Time until the limit at this rate, from the last collection on.
fn time_to_full(log: &GcView) -> Option<f64> {
    let rate = log.leak_slope_bytes_per_s.filter(|rate| *rate > 0.0)?;
    let left = log.heap_max?.saturating_sub(log.last_heap_after?);
    Some(left as f64 / rate)
}

fn height(share: f64) -> i32 {
    BOTTOM - (share.clamp(0.0, 1.0) * f64::from(BOTTOM - TOP)) as i32
}

/// Wall-clock time where the log has it.
fn axis(log: &GcView) -> Option<TimeAxis> {
    let times: Vec<Timestamp> = log.points.iter().filter_map(|p| p.time.as_ref()?.instant()).collect();
    if times.len() < log.points.len() {
        return None;
    }
    let (from, to) = (times.iter().min().copied()?, times.iter().max().copied()?);
    Some(TimeAxis {
        from,
        to: to.max(from.checked_add(SignedDuration::from_secs(1)).ok()?),
        left: LEFT,
        right: RIGHT,
        clock: log.points.first()?.time.as_ref()?.offset(),
    })
}

fn x(log: &GcView, axis: Option<&TimeAxis>, point: &GcPoint) -> i32 {
    if let (Some(axis), Some(instant)) = (axis, point.time.as_ref().and_then(|t| t.instant())) {
        return axis.x(instant);
    }
    let first = log.points.first().map_or(0.0, |p| p.at_s);
    let span = log.points.last().map_or(1.0, |p| p.at_s - first).max(1e-9);
    LEFT + (((point.at_s - first) / span).clamp(0.0, 1.0) * f64::from(RIGHT - LEFT)) as i32
}

/// The onset and the heap dumps on the same axis.
fn marks(pen: &Pen, axis: &TimeAxis, model: &ReportModel, w: Words) {
    let dumps = model.heaps.iter().filter_map(|h| h.time.as_ref()?.instant());
    for dump in dumps.filter(|t| axis.shows(*t)) {
        let x = axis.x(dump);
        pen.dashed((x, TOP), (x, BOTTOM), Ink::Grey);
        pen.text((x + 4, BOTTOM - 10), w.lane_heap(), 11, Ink::Grey, Anchor::Left, 12);
    }
    let onset = model
        .incident
        .onset
        .as_ref()
        .and_then(|t| t.instant())
        .filter(|t| axis.shows(*t));
    if let Some(onset) = onset {
        let x = axis.x(onset);
        pen.line(&[(x, TOP), (x, BOTTOM)], 2, Ink::Red);
        let (x, anchor) = if x > RIGHT - 60 {
            (x - 5, Anchor::Right)
        } else {
            (x + 5, Anchor::Left)
        };
        pen.text((x, BOTTOM - 26), w.onset(), 12, Ink::Red, anchor, 12);
    }
}

fn alternative(log: &GcView, w: Words) -> String {
    let figures = [
        log.points
            .first()
            .map(|p| format!("{} {}", w.first_word(), units::bytes(p.after))),
        log.points
            .last()
            .map(|p| format!("{} {}", w.last_word(), units::bytes(p.after))),
        log.max_heap_after
            .map(|b| format!("{} {}", w.highest(), units::bytes(b))),
        log.heap_max.map(|b| format!("{} {}", w.heap_limit(), units::bytes(b))),
        Some(format!("{} {}", w.full(), units::count(log.full))),
        time_to_full(log).map(|s| format!("{} {}", w.forecast_full(), units::seconds(s))),
    ];
    let figures: Vec<String> = figures.into_iter().flatten().collect();
    format!("{}{}{}", w.heap_after(), w.colon(), figures.join(w.comma()))
}
