//! Threads: who waits for whom, what changed between the dumps, how full the pools are.

use super::{Block, Part, Source, Span, Table, code, labelled, words};
use crate::report::{
    PoolView, SeriesView,
    charts::{blocker_tree, gauges, lock_cycle, thread_states},
    lookup::{distinct_blockers, distinct_deadlocks},
    units,
};

/// Names listed of a series.
const NAMES: usize = 30;
/// Deadlocks drawn.
const CYCLES: usize = 5;

pub(super) fn part(source: &Source<'_>) -> Option<Part> {
    let w = source.w;
    let model = source.model;
    if model.dumps.is_empty() && model.deadlocks.is_empty() {
        return None;
    }
    let deadlocks = distinct_deadlocks(model);
    let mut blocks = vec![Block::Heading(words(w.deadlocks()))];
    if deadlocks.is_empty() {
        blocks.push(Block::Paragraph(words(w.no_deadlocks())));
    }
    for (deadlock, dumps) in deadlocks.iter().take(CYCLES) {
        blocks.push(Block::Picture(lock_cycle::draw(deadlock, w)));
        let by = if deadlock.reported_by_vm {
            w.reported_by_vm()
        } else {
            w.found_in_graph()
        };
        let mut about = vec![
            Span::Words(by.to_owned()),
            Span::Faint(format!(" · {}", w.in_dumps(*dumps))),
        ];
        if let Some(victims) = deadlock.victims {
            about.push(Span::Faint(format!(" · {} {}", w.victims(), units::count(victims))));
        }
        about.push(Span::Faint(" · ".to_owned()));
        about.push(source.place(&deadlock.artefact, deadlock.line));
        blocks.push(Block::Paragraph(about));
    }
    if let Some(note) = source.cut_note("deadlocks.distinct", CYCLES.min(deadlocks.len()), deadlocks.len()) {
        blocks.push(Block::Paragraph(vec![Span::Faint(note)]));
    }
    blocks.extend(blockers(source));
    blocks.extend(dumps(source));
    blocks.extend(model.series.iter().filter_map(|s| series(source, s)));
    let summary = match deadlocks.len() {
        0 => w.dumps_summary(model.dumps.len()),
        n => format!("{} {n} · {}", w.deadlocks(), w.dumps_summary(model.dumps.len())),
    };
    Some(Part {
        id: "threads",
        title: w.threads().to_owned(),
        summary,
        blocks,
    })
}

fn blockers(source: &Source<'_>) -> Vec<Block> {
    let w = source.w;
    let all = distinct_blockers(source.model);
    if all.is_empty() {
        return Vec::new();
    }
    let most = all.first().map_or(1, |b| b.victims).max(1) as f64;
    let mut table = Table::new(&[
        (w.blockers(), false),
        (w.lock(), false),
        (w.blocked(), true),
        (w.all_victims(), true),
        ("", false),
        (w.doing(), false),
        (w.place(), false),
    ]);
    for blocker in all.iter().take(super::ROWS) {
        let thread = if blocker.thread.is_empty() {
            vec![Span::Faint(w.unknown().to_owned())]
        } else {
            code(&blocker.thread)
        };
        table.row([
            thread,
            code(&blocker.lock_class),
            words(units::count(blocker.blocked)),
            words(units::count(blocker.victims)),
            vec![Span::Bar(blocker.victims as f64 / most)],
            words(w.text(&blocker.doing)),
            vec![source.place(&blocker.artefact, blocker.line)],
        ]);
    }
    table.note = source.cut_note("blockers.distinct", table.rows.len(), all.len());
    let mut blocks = vec![Block::Heading(words(w.blockers()))];
    blocks.extend(blocker_tree::draw(&all, w).map(Block::Picture));
    blocks.push(Block::Table(table));
    blocks
}

fn dumps(source: &Source<'_>) -> Vec<Block> {
    let w = source.w;
    let all = &source.model.dumps;
    if all.is_empty() {
        return Vec::new();
    }
    let mut table = Table::new(&[
        (w.file(), false),
        (w.time(), false),
        (w.event(), false),
        (w.threads(), true),
        (w.states(), true),
        (w.deadlocks(), true),
        (w.heap_limit(), true),
    ]);
    for dump in all.iter().take(super::ROWS) {
        let s = &dump.states;
        table.row([
            vec![source.place(&dump.artefact, None)],
            vec![source.maybe(dump.time.as_ref().map(|t| t.date_and_time()))],
            words(
                [dump.event.as_deref(), dump.event_detail.as_deref()]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(" "),
            ),
            words(units::count(dump.threads)),
            words(format!(
                "{} / {} / {} / {} / {}",
                s.runnable, s.blocked, s.waiting, s.timed_waiting, s.parked
            )),
            words(dump.deadlocks.len().to_string()),
            vec![source.maybe(dump.heap_max.map(units::bytes))],
        ]);
    }
    table.note = source.cut_note("dumps", table.rows.len(), all.len());
    let picture = thread_states::draw(source.model, w);
    vec![
        Block::Heading(words(w.dumps())),
        Block::Picture(picture),
        Block::Table(table),
    ]
}

fn series(source: &Source<'_>, series: &SeriesView) -> Option<Block> {
    let w = source.w;
    let names = |threads: &[String]| {
        let mut spans = vec![Span::Words(format!("{} ", units::count(threads.len() as u64)))];
        spans.extend(
            threads
                .iter()
                .take(NAMES)
                .flat_map(|t| [Span::Code(t.clone()), Span::Words(" ".to_owned())]),
        );
        if threads.len() > NAMES {
            spans.push(Span::Faint(units::of(NAMES as u64, threads.len() as u64, w.0)));
        }
        spans
    };
    let mut items = Vec::new();
    if !series.spinning.is_empty() {
        items.push(labelled(w, w.spinning(), names(&series.spinning)));
    }
    if !series.stuck.is_empty() {
        items.push(labelled(w, w.stuck(), names(&series.stuck)));
    }
    if series.thread_growth != 0 {
        items.push(labelled(w, w.growth(), words(format!("{:+}", series.thread_growth))));
    }
    (!items.is_empty()).then_some(Block::List(items))
}

pub(super) fn pools(source: &Source<'_>) -> Option<Part> {
    let w = source.w;
    let all = &source.model.pools;
    let fullest = all.iter().max_by(|a, b| fill(a).total_cmp(&fill(b)))?;
    let mut table = Table::new(&[
        (w.pool(), false),
        (w.process(), false),
        (w.busy(), true),
        (w.size(), true),
        ("", false),
        (w.waiting(), true),
        (w.waiting_for(), false),
        (w.place(), false),
    ]);
    for pool in all.iter().take(super::ROWS) {
        let waiting_for = match (&pool.waiting_for, &pool.doing) {
            (Some(what), _) => code(what),
            (None, Some(doing)) => words(w.text(doing)),
            (None, None) => Vec::new(),
        };
        table.row([
            code(&pool.name),
            words(pool.process.clone().unwrap_or_default()),
            words(units::count(pool.busy)),
            words(if pool.size > 0 {
                units::count(pool.size)
            } else {
                w.unknown().to_owned()
            }),
            vec![
                Span::Bar(fill(pool)),
                Span::Words(format!(" {}", units::percent(fill(pool)))),
            ],
            words(units::count(pool.waiting)),
            waiting_for,
            vec![source.place(&pool.artefact, None)],
        ]);
    }
    table.note = source.cut_note("pools", table.rows.len(), all.len());
    Some(Part {
        id: "pools",
        title: w.pools().to_owned(),
        summary: format!("{} {}/{}", fullest.name, fullest.busy, fullest.size),
        blocks: gauges::draw(all, w)
            .map(Block::Picture)
            .into_iter()
            .chain([Block::Table(table)])
            .collect(),
    })
}

/// Share of the pool that is busy.
fn fill(pool: &PoolView) -> f64 {
    (pool.busy as f64 / pool.size.max(1) as f64).min(1.0)
}
