//! Logs: the first error, the bursts, the codes, the requests.

use super::{Block, Part, Source, Span, Table, code, labelled, words};
use crate::report::{BurstView, units};

pub(super) fn part(source: &Source<'_>) -> Option<Part> {
    let w = source.w;
    let model = source.model;
    if model.logs.is_empty() && model.bursts.is_empty() && model.first_error.is_none() {
        return None;
    }
    let mut blocks = first_error(source);
    blocks.extend(bursts(source));
    blocks.extend(requests(source));
    blocks.extend(codes(source));
    blocks.extend(files(source));
    let errors: u64 = model.logs.iter().map(|l| l.errors).fold(0, u64::saturating_add);
    let summary = match &model.first_error {
        Some(first) => match &first.time {
            Some(time) => format!("{} {}", w.first_error(), time.time_of_day()),
            None => w.first_error().to_owned(),
        },
        None => format!("{} {}", w.errors(), units::count(errors)),
    };
    Some(Part {
        id: "logs",
        title: w.logs().to_owned(),
        summary,
        blocks,
    })
}

fn first_error(source: &Source<'_>) -> Vec<Block> {
    let w = source.w;
    let Some(first) = &source.model.first_error else {
        return Vec::new();
    };
    let mut items = vec![labelled(w, w.place(), vec![source.place(&first.artefact, first.line)])];
    if let Some(time) = &first.time {
        items.push(labelled(w, w.time(), words(time.date_and_time())));
    }
    if let Some(exception) = &first.exception {
        items.push(vec![Span::Code(exception.clone())]);
    }
    if let Some(message) = &first.message {
        items.push(vec![Span::Code(message.clone())]);
    }
    vec![Block::Heading(words(w.first_error())), Block::List(items)]
}

fn bursts(source: &Source<'_>) -> Vec<Block> {
    let w = source.w;
    let all = &source.model.bursts;
    let mut blocks = vec![Block::Heading(words(w.bursts()))];
    if all.is_empty() {
        blocks.push(Block::Paragraph(words(w.no_bursts())));
        return blocks;
    }
    let mut table = Table::new(&[
        (w.onset(), false),
        (w.ended(), false),
        (w.level(), false),
        (w.count(), true),
        (w.trend(), false),
        (w.template(), false),
        (w.place(), false),
    ]);
    for burst in all.iter().take(super::ROWS) {
        let mut template = code(&burst.template);
        if let Some(exception) = &burst.exception {
            template.push(Span::Break);
            template.push(Span::Code(exception.clone()));
        }
        table.row([
            vec![source.maybe(burst.onset.as_ref().map(|t| t.date_and_time()))],
            vec![source.maybe(burst.end.as_ref().map(|t| t.time_of_day().to_owned()))],
            words(&burst.level),
            words(units::count(burst.count)),
            spark(source, burst).into_iter().collect(),
            template,
            vec![source.place(&burst.artefact, burst.line)],
        ]);
    }
    table.note = source.cut_note("bursts", table.rows.len(), all.len());
    blocks.push(Block::Table(table));
    blocks
}

/// The errors a minute of the burst's log, with its onset.
fn spark(source: &Source<'_>, burst: &BurstView) -> Option<Span> {
    let log = source.model.logs.iter().find(|log| log.artefact == burst.artefact)?;
    let counts: Vec<u64> = log.minutes.iter().map(|minute| minute.errors).collect();
    let second = |moment: &crate::report::Moment| moment.instant().map(|t| t.as_second() as f64);
    let (first, last) = (log.minutes.first()?, log.minutes.last()?);
    let (from, to) = (second(&first.time)?, second(&last.time)? + 60.0);
    let most = counts.iter().copied().max().filter(|most| *most > 0)?;
    let onset = burst
        .onset
        .as_ref()
        .and_then(second)
        .map(|at| (at - from) / (to - from));
    let w = source.w;
    let mut said = format!(
        "{} / min{}{} {}",
        w.errors(),
        w.comma(),
        w.highest(),
        units::count(most)
    );
    if let Some(onset) = &burst.onset {
        said.push_str(&format!("{}{} {}", w.comma(), w.onset(), onset.time_of_day()));
    }
    Some(Span::Spark(crate::report::charts::spark::counts(&counts, onset, said)))
}

fn requests(source: &Source<'_>) -> Vec<Block> {
    let w = source.w;
    let logs = source
        .model
        .logs
        .iter()
        .filter_map(|log| Some((log, log.access.as_ref()?)));
    let mut blocks = Vec::new();
    for (log, access) in logs.filter(|(_, access)| !access.paths.is_empty()) {
        let mut table = Table::new(&[
            (w.paths(), false),
            (w.requests(), true),
            (w.server_errors(), true),
            (w.mean(), true),
        ]);
        for path in access.paths.iter().take(super::ROWS) {
            table.row([
                code(&path.path),
                words(units::count(path.requests)),
                words(units::count(path.server_errors)),
                words(units::seconds(path.mean_ms / 1000.0)),
            ]);
        }
        table.note = source.cut_note("paths", table.rows.len(), access.paths.len());
        blocks.push(Block::Heading(vec![
            Span::Words(format!("{}{}", w.paths(), w.colon())),
            source.place(&log.artefact, None),
        ]));
        blocks.push(Block::Table(table));
    }
    blocks
}

fn codes(source: &Source<'_>) -> Vec<Block> {
    let w = source.w;
    let all = &source.model.codes;
    if all.is_empty() {
        return Vec::new();
    }
    let mut table = Table::new(&[
        (w.code(), false),
        (w.count(), true),
        (w.kind(), false),
        (w.meaning(), false),
    ]);
    for row in all.iter().take(super::ROWS) {
        table.row([
            code(&row.code),
            words(units::count(row.count)),
            words(w.code_role(&row.role)),
            row.meaning.as_ref().map(|m| words(w.text(m))).unwrap_or_default(),
        ]);
    }
    table.note = source.cut_note("codes", table.rows.len(), all.len());
    vec![Block::Heading(words(w.codes())), Block::Table(table)]
}

fn files(source: &Source<'_>) -> Vec<Block> {
    let w = source.w;
    let all = &source.model.logs;
    if all.is_empty() {
        return Vec::new();
    }
    let mut table = Table::new(&[
        (w.file(), false),
        (w.kind(), false),
        (w.records(), true),
        (w.errors(), true),
        (w.traces(), true),
        (w.started(), false),
        (w.ended(), false),
    ]);
    for log in all.iter().take(super::ROWS) {
        table.row([
            vec![source.place(&log.artefact, None)],
            words(format!("{} · {}", log.format, log.encoding)),
            words(units::count(log.records)),
            words(units::count(log.errors)),
            words(units::count(log.traces)),
            vec![source.maybe(log.first_time.as_ref().map(|t| t.date_and_time()))],
            vec![source.maybe(log.last_time.as_ref().map(|t| t.date_and_time()))],
        ]);
    }
    table.note = source.cut_note("logs", table.rows.len(), all.len());
    vec![Block::Heading(words(w.logs())), Block::Table(table)]
}
