//! The hour in one picture: a lane a kind, the onset as a vertical line, consequences paler.

use super::{Anchor, Ink, Pen, TimeAxis, pen::picture};
use crate::report::{EventView, LogView, ReportModel, parts::Picture, units, words::Words};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// The picture and the events it numbers.
pub(in crate::report) struct Timeline<'m> {
    pub(in crate::report) picture: Picture,
    /// Events 1, 2, … of the picture, in order of time.
    pub(in crate::report) numbered: Vec<&'m EventView>,
}

/// Events with a number in the picture.
const NUMBERED: usize = 10;
const WIDTH: i32 = 960;
const LEFT: i32 = 104;
const RIGHT: i32 = WIDTH - 16;
const LANE: i32 = 40;
const TOP: i32 = 30;
/// Lanes from top to bottom: what users saw, then what the machine did.
const LANES: [&str; 9] = [
    "life", "access", "log", "threads", "gc", "heap", "crash", "system", "other",
];

/// Draws the timeline; `None` when nothing carries a time.
pub(in crate::report) fn draw<'m>(model: &'m ReportModel, w: Words) -> Option<Timeline<'m>> {
    let axis = window(model)?;
    let numbered = numbered(model, &axis);
    let scene = Scene {
        model,
        axis,
        numbered: &numbered,
        onset: model.incident.onset.as_ref().and_then(|t| t.instant()),
        w,
    };
    let lanes: Vec<&str> = LANES.into_iter().filter(|lane| scene.has(lane)).collect();
    if lanes.is_empty() {
        return None;
    }
    let height = TOP + LANE * lanes.len() as i32 + 24;
    let alternative = scene.alternative();
    let drawing = picture(WIDTH, height, &alternative, |pen| scene.draw(pen, &lanes));
    Some(Timeline {
        picture: Picture { drawing, alternative },
        numbered,
    })
}

/// The `most` events nearest to the onset (the last ones without an onset), in order of time.
pub(in crate::report) fn nearest_events(model: &ReportModel, most: usize) -> Vec<&EventView> {
    let mut events: Vec<&EventView> = model.timeline.iter().collect();
    let centre = model
        .incident
        .onset
        .as_ref()
        .or(model.timeline.last().map(|e| &e.time))
        .and_then(|t| t.instant());
    if let Some(centre) = centre {
        events.sort_by_key(|e| {
            e.time
                .instant()
                .map_or(u64::MAX, |t| t.as_second().abs_diff(centre.as_second()))
        });
    }
    events.truncate(most);
    events.sort_by_key(|e| e.time.instant());
    events
}

/// The hour around the onset, cut to where anything happened.
fn window(model: &ReportModel) -> Option<TimeAxis> {
    let mut times: Vec<Timestamp> = model.timeline.iter().filter_map(|e| e.time.instant()).collect();
    times.extend(model.incident.last_evidence.as_ref().and_then(|t| t.instant()));
    let minutes = |m: i64| SignedDuration::from_mins(m);
    let (from, to) = match model.incident.onset.as_ref().and_then(|t| t.instant()) {
        Some(onset) => {
            let (earliest, latest) = (
                onset.checked_sub(minutes(30)).ok()?,
                onset.checked_add(minutes(90)).ok()?,
            );
            let seen = times.iter().filter(|t| (earliest..=latest).contains(t));
            let first = seen
                .clone()
                .min()
                .copied()
                .unwrap_or(onset)
                .min(onset.checked_sub(minutes(5)).ok()?);
            let last = seen
                .max()
                .copied()
                .unwrap_or(onset)
                .max(onset.checked_add(minutes(5)).ok()?);
            (first, last)
        }
        None => {
            let last = times.iter().max().copied()?;
            let first = times.iter().min().copied()?.max(last.checked_sub(minutes(120)).ok()?);
            (first, last)
        }
    };
    let margin = SignedDuration::from_secs(((to.as_second() - from.as_second()) / 40).max(20));
    Some(TimeAxis {
        from: from.checked_sub(margin).ok()?,
        to: to.checked_add(margin).ok()?,
        left: LEFT,
        right: RIGHT,
        clock: model
            .incident
            .onset
            .as_ref()
            .or(model.timeline.first().map(|e| &e.time))
            .map_or(goldenhour_parsers::CHINA, |t| t.offset()),
    })
}

/// The events worth a number: nearest to the onset first, then the first of each lane after it, then the rest.
fn numbered<'m>(model: &'m ReportModel, axis: &TimeAxis) -> Vec<&'m EventView> {
    let shown = |e: &&EventView| e.time.instant().is_some_and(|t| axis.shows(t));
    let near = nearest_events(model, usize::MAX);
    let visible: Vec<&EventView> = near.into_iter().filter(shown).collect();
    if visible.len() <= NUMBERED {
        return visible;
    }
    let onset = model.incident.onset.as_ref().and_then(|t| t.instant());
    let mut chosen: Vec<&EventView> = Vec::new();
    let mut seen_lanes: Vec<&str> = Vec::new();
    let after = visible
        .iter()
        .filter(|e| onset.is_none_or(|o| e.time.instant().is_some_and(|t| t >= o)));
    for event in after {
        if !seen_lanes.contains(&event.kind.as_str()) {
            seen_lanes.push(&event.kind);
            chosen.push(event);
        }
    }
    for event in nearest_events(model, NUMBERED * 4).into_iter().filter(shown) {
        if chosen.len() < NUMBERED && !chosen.iter().any(|c| std::ptr::eq(*c, event)) {
            chosen.push(event);
        }
    }
    chosen.truncate(NUMBERED);
    chosen.sort_by_key(|e| e.time.instant());
    chosen
}

struct Scene<'m, 'n> {
    model: &'m ReportModel,
    axis: TimeAxis,
    numbered: &'n [&'m EventView],
    onset: Option<Timestamp>,
    w: Words,
}

impl<'m> Scene<'m, '_> {
    fn events(&self, lane: &str) -> impl Iterator<Item = (&'m EventView, Timestamp)> {
        let known = |kind: &str| LANES.contains(&kind);
        self.model
            .timeline
            .iter()
            .filter(move |e| e.kind == lane || (lane == "other" && !known(&e.kind)))
            .filter_map(|e| Some((e, e.time.instant()?)))
            .filter(|(_, t)| self.axis.shows(*t))
    }

    fn has(&self, lane: &str) -> bool {
        self.events(lane).next().is_some()
            || !self.minutes(lane).is_empty()
            || (lane == "gc" && self.heap_line().len() > 2)
    }

    fn draw(&self, pen: &Pen, lanes: &[&str]) {
        let bottom = TOP + LANE * lanes.len() as i32;
        self.axis.draw(pen, TOP, bottom);
        for (row, lane) in lanes.iter().enumerate() {
            let y = TOP + LANE * row as i32;
            pen.line(&[(0, y + LANE), (RIGHT, y + LANE)], 1, Ink::Pale);
            pen.text((4, y + LANE / 2), self.w.lane(lane), 13, Ink::Dark, Anchor::Left, 14);
            self.rate(pen, lane, y);
            if *lane == "gc" {
                self.heap(pen, y);
            }
        }
        self.onset_line(pen, bottom);
        for (row, lane) in lanes.iter().enumerate() {
            self.marks(pen, lane, TOP + LANE * row as i32);
        }
    }

    fn onset_line(&self, pen: &Pen, bottom: i32) {
        let (Some(onset), Some(moment)) = (self.onset, &self.model.incident.onset) else {
            return;
        };
        let x = self.axis.x(onset);
        pen.line(&[(x, TOP - 8), (x, bottom)], 2, Ink::Red);
        let label = format!("{} {}", self.w.onset(), moment.time_of_day());
        let anchor = if x > WIDTH - 160 { Anchor::Right } else { Anchor::Left };
        pen.text((x, TOP - 17), &label, 13, Ink::Red, anchor, 24);
    }

    /// Records and errors a minute as bars.
    fn rate(&self, pen: &Pen, lane: &str, y: i32) {
        let minutes = self.minutes(lane);
        let most = minutes
            .values()
            .map(|(records, errors)| records.max(errors))
            .max()
            .copied()
            .unwrap_or(0)
            .max(1);
        let room = f64::from(LANE - 8);
        for (second, (records, errors)) in minutes {
            let (Ok(from), Ok(to)) = (Timestamp::from_second(second), Timestamp::from_second(second + 60)) else {
                continue;
            };
            let (x, next) = (self.axis.x(from), self.axis.x(to));
            for (count, ink) in [(records, Ink::PaleBlue), (errors, Ink::PaleRed)] {
                let height = ((count as f64 / most as f64) * room).ceil() as i32;
                let height = if count > 0 { height.max(2) } else { 0 };
                pen.rect(x, y + LANE - height, (next - x - 1).max(1), height, ink);
            }
        }
    }

    /// Records and errors by minute (seconds since the epoch) of the lane's logs.
    fn minutes(&self, lane: &str) -> BTreeMap<i64, (u64, u64)> {
        let of_lane = |log: &&LogView| match lane {
            "log" => log.access.is_none(),
            "access" => log.access.is_some(),
            _ => false,
        };
        let mut sums: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
        for minute in self.model.logs.iter().filter(of_lane).flat_map(|log| &log.minutes) {
            if let Some(t) = minute.time.instant().filter(|t| self.axis.shows(*t)) {
                let sum = sums.entry(t.as_second()).or_default();
                *sum = (
                    sum.0.saturating_add(minute.records),
                    sum.1.saturating_add(minute.errors),
                );
            }
        }
        sums
    }

    fn heap_line(&self) -> Vec<(i32, f64, bool)> {
        let log = self.model.gc.iter().max_by_key(|g| {
            g.points
                .iter()
                .filter(|p| {
                    p.time
                        .as_ref()
                        .and_then(|t| t.instant())
                        .is_some_and(|t| self.axis.shows(t))
                })
                .count()
        });
        let Some(log) = log else { return Vec::new() };
        let limit = log.heap_max.or(log.max_heap_after).unwrap_or(1).max(1) as f64;
        log.points
            .iter()
            .filter_map(|p| Some((p.time.as_ref()?.instant()?, p)))
            .filter(|(t, _)| self.axis.shows(*t))
            .map(|(t, p)| (self.axis.x(t), (p.after as f64 / limit).min(1.0), p.full))
            .collect()
    }

    /// Heap use after collections as a line, full collections as ticks.
    fn heap(&self, pen: &Pen, y: i32) {
        let points = self.heap_line();
        let height = |share: f64| y + LANE - 2 - (share * f64::from(LANE - 8)) as i32;
        let line: Vec<(i32, i32)> = points.iter().map(|(x, share, _)| (*x, height(*share))).collect();
        pen.line(&line, 1, Ink::Blue);
        for (x, ..) in points.iter().filter(|p| p.2) {
            pen.line(&[(*x, y + LANE - 6), (*x, y + LANE)], 2, Ink::Amber);
        }
    }

    fn marks(&self, pen: &Pen, lane: &str, y: i32) {
        let mut last_x = -WIDTH;
        for (event, instant) in self.events(lane) {
            let x = self.axis.x(instant);
            let number = self.numbered.iter().position(|n| std::ptr::eq(*n, event));
            let ink = self.ink(event, instant);
            let middle = y + LANE / 2;
            let reach = SignedDuration::try_from_secs_f64(event.uncertainty_s).unwrap_or_default();
            if let (Ok(a), Ok(b)) = (instant.checked_sub(reach), instant.checked_add(reach)) {
                let (a, b) = (self.axis.x(a), self.axis.x(b));
                if b - a > 8 {
                    pen.line(&[(a, middle), (b, middle)], 2, ink);
                }
            }
            match number {
                Some(n) => {
                    // crowded numbers stand beside each other; a short stroke shows where each belongs
                    let beside = x.max(last_x + 20).min(RIGHT);
                    pen.line(&[(x, y + LANE - 1), (x, y + LANE - 5), (beside, middle)], 1, ink);
                    pen.dot(beside, middle, 9, ink);
                    pen.text(
                        (beside, middle),
                        &(n + 1).to_string(),
                        11,
                        Ink::White,
                        Anchor::Middle,
                        2,
                    );
                    last_x = beside;
                }
                None => pen.dot(x, middle, 3, ink),
            }
        }
    }

    fn ink(&self, event: &EventView, instant: Timestamp) -> Ink {
        let Some(onset) = self.onset else { return Ink::Blue };
        let distance = instant.as_second().abs_diff(onset.as_second()) as f64;
        if distance <= event.uncertainty_s.max(1.0) {
            Ink::Red
        } else if instant < onset {
            Ink::Grey
        } else {
            Ink::PaleRed
        }
    }

    fn alternative(&self) -> String {
        let events: Vec<String> = self
            .numbered
            .iter()
            .zip(1..)
            .map(|(e, n)| format!("{n} {} {}", e.time.time_of_day(), self.w.text(&e.what)))
            .collect();
        let onset = self
            .model
            .incident
            .onset
            .as_ref()
            .map(|t| format!("{} {}", self.w.onset(), t.date_and_time()));
        let all = units::count(self.model.timeline.len() as u64);
        let head = format!("{}{}{all}", self.w.lanes(), self.w.colon());
        [Some(head), onset]
            .into_iter()
            .flatten()
            .chain(events)
            .collect::<Vec<_>>()
            .join(self.w.semicolon())
    }
}
