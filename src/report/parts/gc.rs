//! Garbage collection: is the heap growing?

use super::{Block, Part, Source, Span, Table, words};
use crate::report::{GcView, charts::heap_after_gc, units};

pub(super) fn part(source: &Source<'_>) -> Option<Part> {
    let w = source.w;
    let all = &source.model.gc;
    let worst = all.iter().max_by(|a, b| a.gc_share.total_cmp(&b.gc_share))?;
    let mut table = Table::new(&[
        (w.file(), false),
        (w.collector(), false),
        (w.pauses(), true),
        (w.full(), true),
        (w.max_pause(), true),
        (w.gc_share(), true),
        (w.worst_share(), true),
        (w.heap_after(), true),
        (w.slope(), true),
    ]);
    for log in all.iter().take(super::ROWS) {
        table.row([
            vec![source.place(&log.artefact, None)],
            words(&log.collector),
            words(units::count(log.pauses)),
            words(units::count(log.full)),
            words(units::seconds(log.max_pause_ms / 1000.0)),
            words(units::percent(log.gc_share)),
            vec![source.maybe(log.worst_share.map(units::percent))],
            vec![source.maybe(log.last_heap_after.map(units::bytes))],
            vec![source.maybe(log.leak_slope_bytes_per_s.map(slope))],
        ]);
    }
    table.note = source.cut_note("gc", table.rows.len(), all.len());
    let mut blocks = vec![Block::Table(table)];
    for log in all.iter().filter(|log| log.points.len() > 1).take(6) {
        blocks.push(Block::Heading(vec![
            Span::Words(format!("{}{}", w.heap_after(), w.colon())),
            source.place(&log.artefact, None),
        ]));
        blocks.push(Block::Picture(heap_after_gc::draw(log, source.model, w)));
    }
    Some(Part {
        id: "gc",
        title: w.gc().to_owned(),
        summary: summary(source, worst),
        blocks,
    })
}

fn summary(source: &Source<'_>, worst: &GcView) -> String {
    let w = source.w;
    format!(
        "{} {} · {} {}",
        w.gc_share(),
        units::percent(worst.gc_share),
        w.max_pause(),
        units::seconds(worst.max_pause_ms / 1000.0)
    )
}

/// Growth an hour, with its sign.
fn slope(bytes_per_s: f64) -> String {
    let sign = if bytes_per_s < 0.0 { "−" } else { "+" };
    format!("{sign}{}/h", units::bytes((bytes_per_s.abs() * 3600.0) as u64))
}
