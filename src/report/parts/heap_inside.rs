//! What is in a heap: threads, pools, sessions, collections, strings, packages, garbage. A section appears when there is
//! something to say.

use super::{Block, Source, Span, Table, code, words};
use crate::{
    heap::Tally,
    report::{HeapView, units, words::Words},
    words::Lang,
};

/// Rows of these tables; the JSON has more.
const ROWS: usize = 10;
/// Threads below this share of the heap are not worth a row.
const LEAST_THREAD: f64 = 0.01;

fn say(w: Words, zh: &'static str, en: &'static str) -> &'static str {
    match w.0 {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// All sections of one dump.
pub(super) fn blocks<'m>(source: &Source<'m>, heap: &'m HeapView) -> Vec<Block> {
    let w = source.w;
    let sections = [
        (
            say(w, "线程与局部变量", "Threads and their locals"),
            threads(source, heap),
        ),
        (say(w, "连接池", "Connection pools"), pools(source, heap)),
        (say(w, "会话（Session）", "HTTP sessions"), sessions(w, heap)),
        (
            say(w, "被多个加载器重复加载的类", "Classes loaded several times"),
            copies(w, heap),
        ),
        (say(w, "最大的集合", "Biggest collections"), biggest(source, heap)),
        (say(w, "集合的填充率", "How full collections are"), fill(w, heap)),
        (say(w, "重复的字符串", "Duplicate strings"), strings(w, heap)),
        (say(w, "按包", "By package"), tallies(w, &heap.inside.packages)),
        (
            say(w, "不可达对象是什么", "What the unreachable objects are"),
            tallies(w, &heap.inside.garbage),
        ),
    ];
    let mut blocks = Vec::new();
    let notes = notes(w, heap);
    if !notes.is_empty() {
        blocks.push(Block::List(notes));
    }
    for (title, table) in sections {
        if !table.rows.is_empty() {
            blocks.push(Block::Heading(words(title.to_owned())));
            blocks.push(Block::Table(table));
        }
    }
    blocks
}

/// What grew between dumps of one process.
pub(super) fn growth(source: &Source<'_>) -> Vec<Block> {
    let w = source.w;
    let mut blocks = Vec::new();
    for growth in source.model.heap_growth.iter().filter(|g| !g.classes.is_empty()) {
        let mut title = words(say(w, "逐次转储的增长", "Growth from dump to dump").to_owned());
        for artefact in &growth.artefacts {
            title.push(Span::Faint(" · ".to_owned()));
            title.push(source.place(artefact, None));
        }
        blocks.push(Block::Heading(title));
        let mut head = vec![(w.class(), false)];
        head.extend(
            ["1", "2", "3", "4"]
                .iter()
                .take(growth.artefacts.len())
                .map(|n| (*n, true)),
        );
        head.push((say(w, "增长", "Growth"), true));
        let mut table = Table::new(&head);
        for row in growth.classes.iter().take(ROWS) {
            let mut cells = vec![code(&row.class)];
            cells.extend(row.shallow.iter().map(|&n| words(units::bytes(n))));
            cells.push(words(units::bytes(u64::try_from(row.bytes()).unwrap_or(0))));
            table.rows.push(cells);
        }
        table.note = source.cut_note("", table.rows.len(), growth.classes.len());
        blocks.push(Block::Table(table));
    }
    blocks
}

/// One line each: memory outside the heap, finalizers, thread locals.
fn notes(w: Words, heap: &HeapView) -> Vec<Vec<Span>> {
    let mut lines = Vec::new();
    let comma = w.comma();
    let figure = |n: Option<u64>, show: fn(u64) -> String| n.map_or_else(|| w.unknown().to_owned(), show);
    if let Some(direct) = &heap.inside.direct {
        lines.push(format!(
            "{} {}{comma}{}{}{} {}{comma}{} {}{}",
            say(w, "直接缓冲区（DirectByteBuffer）", "Direct buffers"),
            units::count(direct.buffers),
            units::bytes(direct.capacity),
            w.open(),
            say(w, "虚拟机已登记", "counted by the VM"),
            figure(direct.reserved, units::bytes),
            say(w, "上限", "limit"),
            figure(direct.limit, units::bytes),
            w.close(),
        ));
    }
    if let Some(finalizers) = &heap.inside.finalizers {
        lines.push(format!(
            "{} {}{comma}{} {}",
            say(w, "带终结方法（finalizer）的对象", "Finalizable objects"),
            units::count(finalizers.objects),
            say(w, "排队等待", "waiting in the queue"),
            figure(finalizers.queued, units::count),
        ));
    }
    if let Some(locals) = heap.inside.thread_locals.as_ref().filter(|l| l.stale > 0) {
        lines.push(format!(
            "{} {} / {}{comma}{}",
            say(w, "ThreadLocal 失效条目（键已消失）", "Thread locals whose key is gone"),
            units::count(locals.stale),
            units::count(locals.entries),
            units::bytes(locals.stale_retained),
        ));
    }
    for row in heap.inside.boxed.iter().take(3) {
        lines.push(format!(
            "{} × {}{comma}{}{comma}{} {}",
            row.class,
            units::count(row.objects),
            units::bytes(row.shallow),
            say(w, "不同的值", "different values"),
            units::count(row.distinct),
        ));
    }
    lines.into_iter().map(words).collect()
}

fn threads(source: &Source<'_>, heap: &HeapView) -> Table {
    let w = source.w;
    let mut table = Table::new(&[
        (w.threads(), false),
        (w.retained(), true),
        (w.share(), false),
        (say(w, "最大的局部变量", "Biggest local"), false),
    ]);
    let told = heap
        .threads
        .iter()
        .filter(|t| t.out_of_memory || t.share >= LEAST_THREAD);
    for thread in told.take(ROWS) {
        let mut name = code(thread.name.as_deref().unwrap_or(&thread.object));
        if thread.out_of_memory {
            name.push(Span::Badge("role", "OutOfMemoryError".to_owned()));
        }
        if let (Some(dump), state) = (&thread.dump, &thread.state) {
            let artefact = source.lookup.path(dump);
            let words = crate::report::lookup::place(artefact, thread.line, None, None);
            name.push(Span::Break);
            name.push(Span::Link(format!("artefact-{dump}"), words));
            name.extend(state.iter().map(|s| Span::Faint(format!(" {s}"))));
        }
        let local = thread.locals.first().map(|local| {
            let mut spans = code(format!("{} @ {}", local.class, local.object));
            spans.push(Span::Words(format!(" {}", units::bytes(local.retained))));
            if let Some(frame) = &local.frame {
                spans.push(Span::Break);
                spans.push(Span::Code(frame.clone()));
            }
            spans
        });
        table.row([
            name,
            words(units::bytes(thread.retained)),
            vec![
                Span::Bar(thread.share),
                Span::Words(format!(" {}", units::percent(thread.share))),
            ],
            local.unwrap_or_default(),
        ]);
    }
    table
}

fn pools(source: &Source<'_>, heap: &HeapView) -> Table {
    let w = source.w;
    let mut table = Table::new(&[
        (say(w, "连接池", "Pool"), false),
        (say(w, "在用", "In use"), true),
        (say(w, "空闲", "Idle"), true),
        (say(w, "上限", "Max"), true),
        (say(w, "等待", "Waiting"), true),
    ]);
    for pool in heap.inside.pools.iter().take(ROWS) {
        let figure = |n: Option<u64>| vec![source.maybe(n.map(units::count))];
        let mut name = words(format!("{} ", pool.library));
        name.extend(code(pool.name.clone().unwrap_or_else(|| pool.object.to_string())));
        table.row([
            name,
            figure(pool.in_use),
            figure(pool.idle),
            figure(pool.max),
            figure(pool.waiting),
        ]);
    }
    table
}

fn sessions(w: Words, heap: &HeapView) -> Table {
    let mut table = Table::new(&[
        (w.class(), false),
        (w.objects(), true),
        (w.retained(), true),
        (say(w, "最大的", "Biggest"), true),
    ]);
    for group in heap.inside.sessions.iter().take(ROWS) {
        let biggest = group.biggest.first().map_or(0, |s| s.retained);
        table.row([
            code(&group.class),
            words(units::count(group.objects)),
            words(units::bytes(group.retained)),
            words(units::bytes(biggest)),
        ]);
    }
    table
}

fn copies(w: Words, heap: &HeapView) -> Table {
    let mut table = Table::new(&[
        (w.class(), false),
        (say(w, "次数", "Times"), true),
        (w.objects(), true),
        (w.loaders(), false),
    ]);
    for row in heap.inside.duplicate_classes.iter().take(ROWS) {
        table.row([
            code(&row.class),
            words(units::count(row.times)),
            words(units::count(row.objects)),
            code(row.loaders.join(" ")),
        ]);
    }
    table
}

fn biggest(source: &Source<'_>, heap: &HeapView) -> Table {
    let w = source.w;
    let mut table = Table::new(&[
        (w.class(), false),
        (say(w, "元素", "Elements"), true),
        (w.retained(), true),
        (say(w, "冲突", "Collisions"), true),
        (w.holder(), false),
    ]);
    for row in heap.inside.biggest.iter().take(ROWS) {
        table.row([
            code(format!("{} @ {}", row.class, row.object)),
            words(units::count(row.elements)),
            words(units::bytes(row.retained)),
            words(row.collisions.map_or_else(|| "–".to_owned(), units::percent)),
            vec![source.maybe(row.holder.clone())],
        ]);
    }
    table
}

fn fill(w: Words, heap: &HeapView) -> Table {
    let mut table = Table::new(&[
        (w.class(), false),
        (w.objects(), true),
        (say(w, "空的", "Empty"), true),
        (say(w, "填充率", "Fill"), true),
        (say(w, "空位占用", "Unused"), true),
    ]);
    for row in heap.inside.collections.iter().take(ROWS) {
        let fill = (row.slots > 0).then(|| units::percent(row.elements.min(row.slots) as f64 / row.slots as f64));
        table.row([
            code(&row.class),
            words(units::count(row.objects)),
            words(units::count(row.empty)),
            words(fill.unwrap_or_else(|| "–".to_owned())),
            words(units::bytes(row.unused)),
        ]);
    }
    table
}

fn strings(w: Words, heap: &HeapView) -> Table {
    let mut table = Table::new(&[
        (say(w, "内容", "Text"), false),
        (w.objects(), true),
        (say(w, "浪费", "Wasted"), true),
    ]);
    let Some(strings) = &heap.inside.strings else {
        return table;
    };
    for row in strings.top.iter().take(ROWS) {
        table.row([
            code(&row.text),
            words(units::count(row.objects)),
            words(units::bytes(row.wasted)),
        ]);
    }
    table.row([
        words(say(w, "全部重复", "all duplicates").to_owned()),
        words(units::count(strings.duplicates)),
        words(units::bytes(strings.wasted)),
    ]);
    table
}

fn tallies(w: Words, rows: &[Tally]) -> Table {
    let retained = rows.iter().any(|r| r.retained.is_some());
    let mut head = vec![(w.class(), false), (w.objects(), true), (w.shallow(), true)];
    if retained {
        head.push((w.retained(), true));
    }
    let mut table = Table::new(&head);
    for row in rows.iter().take(ROWS) {
        let mut cells = vec![
            code(&row.name),
            words(units::count(row.objects)),
            words(units::bytes(row.shallow)),
        ];
        if retained {
            cells.push(words(row.retained.map(units::bytes).unwrap_or_default()));
        }
        table.rows.push(cells);
    }
    table
}
