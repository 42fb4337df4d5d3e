//! Heap dumps: who holds the memory.

use super::{Block, Part, Source, Span, Table, code, heap_inside, labelled, words};
use crate::report::{HeapView, SuspectView, charts::icicle, units};

/// Suspects shown for a dump.
const SUSPECTS: usize = 5;

pub(super) fn part(source: &Source<'_>) -> Option<Part> {
    let w = source.w;
    let heaps = &source.model.heaps;
    let first = heaps.first()?;
    let summary = match heaps
        .iter()
        .flat_map(|h| &h.suspects)
        .max_by(|a, b| a.share.total_cmp(&b.share))
    {
        Some(suspect) => format!("{} {}", holder_name(suspect), units::percent(suspect.share)),
        None => units::bytes(first.shallow),
    };
    Some(Part {
        id: "heap",
        title: w.heap().to_owned(),
        summary,
        blocks: heap_inside::growth(source)
            .into_iter()
            .chain(heaps.iter().take(super::ROWS).flat_map(|heap| dump(source, heap)))
            .collect(),
    })
}

fn dump<'m>(source: &Source<'m>, heap: &'m HeapView) -> Vec<Block> {
    let w = source.w;
    let mut blocks = vec![
        Block::Heading(vec![source.place(&heap.artefact, None)]),
        Block::Paragraph(figures(source, heap)),
    ];
    if heap.roots_inferred {
        blocks.push(Block::Paragraph(vec![Span::Faint(w.roots_inferred().to_owned())]));
    }
    if let Some(picture) = icicle::draw(heap, w) {
        blocks.push(Block::Picture(picture));
    }
    for suspect in heap.suspects.iter().take(SUSPECTS) {
        blocks.extend(suspect_blocks(source, suspect));
    }
    blocks.extend(heap_inside::blocks(source, heap));
    if !heap.histogram.is_empty() {
        blocks.push(Block::Heading(words(w.histogram())));
        blocks.push(Block::Table(histogram(source, heap)));
    }
    if !heap.dominators.is_empty() {
        blocks.push(Block::Heading(words(w.dominators())));
        blocks.push(Block::Table(dominators(source, heap)));
    }
    blocks
}

fn figures(source: &Source<'_>, heap: &HeapView) -> Vec<Span> {
    let w = source.w;
    let pairs = [
        (w.kind(), heap.format.clone()),
        (w.objects(), units::count(heap.objects)),
        (w.shallow(), units::bytes(heap.shallow)),
        (w.classes(), units::count(heap.classes)),
        (w.loaders(), units::count(heap.loaders)),
        (w.unreachable(), units::bytes(heap.unreachable.shallow)),
    ];
    let mut spans: Vec<Span> = Vec::new();
    for (name, value) in pairs {
        let gap = if spans.is_empty() { "" } else { " · " };
        spans.push(Span::Faint(format!("{gap}{name} ")));
        spans.push(Span::Words(value));
    }
    if let Some(time) = &heap.time {
        spans.push(Span::Faint(format!(" · {}", time.date_and_time())));
    }
    spans
}

/// The thread's name for a local variable, else the holder's class.
fn holder_name(suspect: &SuspectView) -> &str {
    suspect.thread.as_deref().unwrap_or(&suspect.holder_class)
}

fn suspect_blocks(source: &Source<'_>, suspect: &SuspectView) -> Vec<Block> {
    let w = source.w;
    let mut title = vec![
        Span::Strong(holder_name(suspect).to_owned()),
        Span::Faint(" ".to_owned()),
        Span::Bar(suspect.share),
        Span::Words(format!(
            " {} · {}",
            units::percent(suspect.share),
            units::bytes(suspect.retained)
        )),
    ];
    if suspect.inferred {
        title.push(Span::Badge("role", w.inferred().to_owned()));
    }
    let named = |class: &str, address: Option<&String>| {
        let at = address.map(|a| format!(" @ {a}")).unwrap_or_default();
        code(format!("{class}{at}"))
    };
    let mut holder = named(&suspect.holder_class, suspect.holder.as_ref());
    if let Some(field) = &suspect.holder_field {
        holder.push(Span::Code(format!(".{field}")));
    }
    if let Some(thread) = &suspect.thread {
        holder.push(Span::Faint(format!(" {} ", w.threads())));
        holder.push(Span::Code(thread.clone()));
    }
    let mut content = code(&suspect.content_class);
    if let Some(count) = suspect.content_count {
        content.push(Span::Words(format!(" × {}", units::count(count))));
    }
    holder.extend(suspect.holder_label.as_ref().map(|l| Span::Faint(format!(" {l}"))));
    let mut accumulator = named(&suspect.accumulator_class, suspect.accumulator.as_ref());
    accumulator.extend(suspect.accumulator_label.as_ref().map(|l| Span::Faint(format!(" {l}"))));
    let mut blocks = vec![
        Block::Paragraph(title),
        Block::List(vec![
            labelled(w, w.holder(), holder),
            labelled(w, w.accumulator(), accumulator),
            labelled(w, w.content(), content),
        ]),
    ];
    if !suspect.path.is_empty() {
        blocks.push(Block::Paragraph(vec![Span::Faint(w.path_from_root().to_owned())]));
        blocks.push(Block::Lines(suspect.path.clone()));
    }
    blocks
}

fn histogram(source: &Source<'_>, heap: &HeapView) -> Table {
    let w = source.w;
    let mut table = Table::new(&[
        (w.class(), false),
        (w.objects(), true),
        (w.shallow(), true),
        (w.share(), false),
        (w.retained(), true),
    ]);
    for row in heap.histogram.iter().take(super::ROWS) {
        let share = row.shallow as f64 / heap.shallow.max(1) as f64;
        table.row([
            code(&row.class),
            words(units::count(row.objects)),
            words(units::bytes(row.shallow)),
            vec![Span::Bar(share), Span::Words(format!(" {}", units::percent(share)))],
            vec![source.maybe(row.retained.map(units::bytes))],
        ]);
    }
    table.note = source.cut_note(
        "",
        table.rows.len(),
        heap.classes.max(heap.histogram.len() as u64) as usize,
    );
    table
}

fn dominators(source: &Source<'_>, heap: &HeapView) -> Table {
    let w = source.w;
    let mut table = Table::new(&[
        (w.class(), false),
        (w.address(), false),
        (w.retained(), true),
        (w.share(), false),
    ]);
    let weighty = heap
        .dominators
        .iter()
        .enumerate()
        .filter(|(i, row)| *i < 3 || row.share >= 0.001);
    for (_, row) in weighty.take(super::ROWS) {
        let label = row.label.as_ref().map(|l| Span::Faint(format!(" {l}")));
        table.row([
            code(&row.class).into_iter().chain(label).collect(),
            code(&row.object),
            words(units::bytes(row.retained)),
            vec![
                Span::Bar(row.share),
                Span::Words(format!(" {}", units::percent(row.share))),
            ],
        ]);
    }
    table.note = source.cut_note("", table.rows.len(), heap.dominators.len());
    table
}
