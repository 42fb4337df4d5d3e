//! Crashes, system listings, the timeline in words, the list of evidence, the note on masking.

use super::{Block, Part, Source, Span, Table, code, diagnosis::figure, labelled, words};
use crate::report::{ArtefactView, CrashView, units};

/// Events listed.
const EVENTS: usize = 60;
/// Artefacts listed; the JSON has them all.
const ARTEFACTS: usize = 300;
/// Gaps listed for an artefact.
const GAPS: usize = 10;

pub(super) fn crashes(source: &Source<'_>) -> Option<Part> {
    let w = source.w;
    let first = source.model.crashes.first()?;
    let name = |crash: &CrashView| crash.signal.clone().unwrap_or_else(|| crash.kind.clone());
    let summary = match crash_module(first) {
        Some(module) => format!("{} · {module}", name(first)),
        None => name(first),
    };
    let mut blocks = Vec::new();
    for crash in source.model.crashes.iter().take(super::ROWS) {
        blocks.push(Block::Heading(vec![
            Span::Words(format!("{} ", name(crash))),
            source.place(&crash.artefact, crash.line),
        ]));
        let rows = [
            (w.frame(), &crash.frame),
            (w.module(), &crash.module),
            (w.guilty_module(), &crash.guilty_module),
            (w.threads(), &crash.thread),
            (w.compiling(), &crash.compiling),
            (w.vm(), &crash.vm_version),
        ];
        let mut items: Vec<Vec<Span>> = rows
            .into_iter()
            .filter_map(|(label, value)| Some(labelled(w, label, code(value.clone()?))))
            .collect();
        if let Some(time) = &crash.time {
            items.push(labelled(w, w.time(), words(time.date_and_time())));
        }
        blocks.push(Block::List(items));
    }
    Some(Part {
        id: "crashes",
        title: w.crashes().to_owned(),
        summary,
        blocks,
    })
}

fn crash_module(crash: &CrashView) -> Option<&str> {
    crash.guilty_module.as_deref().or(crash.module.as_deref())
}

pub(super) fn system(source: &Source<'_>) -> Option<Part> {
    let w = source.w;
    let all = &source.model.system;
    if all.is_empty() && source.model.processes.is_empty() {
        return None;
    }
    let mut blocks = Vec::new();
    if !source.model.processes.is_empty() {
        blocks.push(Block::Heading(words(w.processes())));
        blocks.push(Block::Table(processes(source)));
    }
    if !all.is_empty() {
        let mut table = Table::new(&[
            (w.listing_kind(), false),
            (w.file(), false),
            (w.time(), false),
            (w.figures(), false),
        ]);
        for listing in all.iter().take(super::ROWS * 2) {
            let mut figures = Vec::new();
            for (name, value) in listing.facts.iter().take(24) {
                figures.push(Span::Faint(format!("{name} ")));
                figures.push(Span::Words(format!("{}  ", figure(value))));
            }
            table.row([
                code(&listing.kind),
                vec![source.place(&listing.artefact, None)],
                vec![source.maybe(listing.time.as_ref().map(|t| t.date_and_time()))],
                figures,
            ]);
        }
        table.note = source.cut_note("system", table.rows.len(), all.len());
        blocks.push(Block::Heading(words(w.system())));
        blocks.push(Block::Table(table));
    }
    let mut kinds: Vec<&str> = all.iter().map(|l| l.kind.as_str()).collect();
    kinds.dedup();
    kinds.truncate(6);
    Some(Part {
        id: "system",
        title: w.system().to_owned(),
        summary: kinds.join(" · "),
        blocks,
    })
}

fn processes(source: &Source<'_>) -> Table {
    let w = source.w;
    let mut table = Table::new(&[
        (w.process(), false),
        (w.name(), false),
        (w.host_name(), false),
        (w.pid(), true),
        (w.started(), false),
        (w.ended(), false),
        (w.vm(), false),
    ]);
    for process in source.model.processes.iter().take(super::ROWS) {
        table.row([
            words(&process.id),
            vec![source.maybe(process.name.clone())],
            vec![source.maybe(process.host.clone())],
            vec![source.maybe(process.pid.map(|p| p.to_string()))],
            vec![source.maybe(process.started.as_ref().map(|t| t.date_and_time()))],
            words(process.ended.as_ref().map(|t| t.date_and_time()).unwrap_or_default()),
            vec![source.maybe(process.vm.clone())],
        ]);
    }
    table.note = source.cut_note("processes", table.rows.len(), source.model.processes.len());
    table
}

pub(super) fn timeline(source: &Source<'_>) -> Option<Part> {
    let w = source.w;
    let all = &source.model.timeline;
    let (first, last) = (all.first()?, all.last()?);
    let mut table = Table::new(&[
        (w.time(), false),
        (w.kind(), false),
        (w.event(), false),
        (w.place(), false),
    ]);
    let from = crate::report::charts::nearest_events(source.model, EVENTS);
    for event in from {
        let mut time = words(event.time.date_and_time());
        if event.uncertainty_s >= 1.0 {
            time.push(Span::Faint(format!(" ±{}", units::seconds(event.uncertainty_s))));
        }
        table.row([
            time,
            words(w.lane(&event.kind)),
            words(w.text(&event.what)),
            vec![source.place(&event.artefact, event.line)],
        ]);
    }
    table.note = source.cut_note("timeline", table.rows.len(), all.len());
    Some(Part {
        id: "timeline",
        title: w.timeline().to_owned(),
        summary: format!("{} – {}", first.time.date_and_time(), last.time.date_and_time()),
        blocks: vec![Block::Table(table)],
    })
}

pub(super) fn artefacts(source: &Source<'_>) -> Option<Part> {
    let w = source.w;
    let all = &source.model.artefacts;
    let mut blocks = Vec::new();
    for artefact in all.iter().take(ARTEFACTS) {
        blocks.push(Block::Anchor(
            format!("artefact-{}", artefact.id),
            vec![
                Span::Faint(format!("{} ", artefact.id)),
                Span::Words(artefact.path.clone()),
            ],
        ));
        blocks.push(Block::Paragraph(about_artefact(source, artefact)));
        let gaps = artefact.gaps.iter().take(GAPS).map(|gap| {
            vec![
                Span::Badge("medium", w.gaps().to_owned()),
                Span::Words(format!("{} {}", w.at_byte(), units::count(gap.offset))),
                Span::Faint(if gap.length > 0 {
                    format!(" +{}", units::bytes(gap.length))
                } else {
                    String::new()
                }),
                Span::Words(format!("{}{}", w.colon(), w.text(&gap.reason))),
            ]
        });
        let mut gaps: Vec<Vec<Span>> = gaps.collect();
        if let Some(note) = source.cut_note(
            &format!("artefacts.{}.gaps", artefact.id),
            gaps.len(),
            artefact.gaps.len(),
        ) {
            gaps.push(vec![Span::Faint(note)]);
        }
        if !gaps.is_empty() {
            blocks.push(Block::List(gaps));
        }
    }
    if let Some(note) = source.cut_note("artefacts", ARTEFACTS.min(all.len()), all.len()) {
        blocks.push(Block::Paragraph(vec![Span::Faint(note)]));
    }
    let with_gaps = all.iter().filter(|a| !a.gaps.is_empty()).count();
    Some(Part {
        id: "artefacts",
        title: w.artefacts().to_owned(),
        summary: w.artefacts_summary(all.len(), with_gaps),
        blocks,
    })
}

fn about_artefact(source: &Source<'_>, artefact: &ArtefactView) -> Vec<Span> {
    let w = source.w;
    let mut about = vec![Span::Words(format!(
        "{} · {}",
        artefact.kind,
        units::bytes(artefact.bytes)
    ))];
    let mut add = |words: String| about.push(Span::Faint(format!(" · {words}")));
    if let Some(coverage) = artefact.coverage {
        add(format!("{} {}", w.read_share(), units::percent_floor(coverage)));
    }
    if let Some(time) = &artefact.time {
        add(time.date_and_time());
    }
    if let Some(process) = &artefact.process {
        add(process.clone());
    }
    if artefact.zone_assumed {
        add(w.zone_assumed().to_owned());
    }
    if artefact.stale {
        add(w.stale().to_owned());
    }
    if let (Some(parent), Some(offset)) = (&artefact.parent, artefact.offset) {
        add(format!("{} {parent} +{offset}", w.cut_out_of()));
    }
    if let Some(hash) = &artefact.sha256 {
        about.push(Span::Break);
        about.push(Span::Faint("SHA-256 ".to_owned()));
        about.push(Span::Code(hash.clone()));
    }
    about
}

pub(super) fn about(source: &Source<'_>) -> Option<Part> {
    let w = source.w;
    let model = source.model;
    let masking = if model.tool.unmasked {
        w.masking_off()
    } else {
        w.masking_on()
    };
    let mut items = vec![
        labelled(
            w,
            w.tool_version(),
            words(format!("{} {}", model.tool.name, model.tool.version)),
        ),
        labelled(w, w.incident(), code(&model.incident.id)),
    ];
    if let Some(fingerprint) = &model.verdict.fingerprint {
        items.push(labelled(w, w.fingerprint(), code(fingerprint)));
    }
    if let Some(offset) = model.incident.last_evidence.as_ref().and_then(|t| t.0.get(23..)) {
        items.push(words(format!("{} {offset}", w.all_times())));
    }
    Some(Part {
        id: "about",
        title: w.about().to_owned(),
        summary: format!("{} {}", model.tool.name, model.tool.version),
        blocks: vec![Block::Paragraph(words(masking)), Block::List(items)],
    })
}
