//! Alternatives, findings, actions.

use super::{Block, Part, Source, Span, Table, labelled, words};
use crate::{
    diagnosis::{Severity, Stage},
    report::{ActionView, FindingView, HypothesisView, units},
};
use serde_json::Value;

/// Citations shown with a finding.
const CITATIONS: usize = 8;

/// Risks of a quiet day.
pub(super) fn risks(source: &Source<'_>) -> Option<Part> {
    let w = source.w;
    let model = source.model;
    if !model.tool.inspection {
        return None;
    }
    let mut blocks = Vec::new();
    if model.risks.is_empty() {
        blocks.push(Block::Paragraph(words(w.no_risks())));
    } else {
        let mut table = Table::new(&[
            (w.severity_word(), false),
            (w.risk(), false),
            (w.share(), true),
            (w.advice(), false),
            (w.place(), false),
        ]);
        for risk in model.risks.iter().take(super::ROWS) {
            let place = if risk.artefact.is_empty() {
                Vec::new()
            } else {
                vec![source.place(&risk.artefact, None)]
            };
            table.row([
                vec![Span::Badge(
                    severity_class(risk.level),
                    w.severity(risk.level).to_owned(),
                )],
                words(w.text(&risk.title)),
                risk.share.map(|share| words(units::percent(share))).unwrap_or_default(),
                words(w.text(&risk.advice)),
                place,
            ]);
        }
        table.note = source.cut_note("risks", table.rows.len(), model.risks.len());
        blocks.push(Block::Table(table));
    }
    Some(Part {
        id: "risks",
        title: w.risks().to_owned(),
        summary: w.text(&model.verdict.headline).to_owned(),
        blocks,
    })
}

pub(super) fn alternatives(source: &Source<'_>) -> Option<Part> {
    let w = source.w;
    let others: Vec<&HypothesisView> = source
        .model
        .hypotheses
        .iter()
        .filter(|h| Some(h.cause) != source.model.verdict.cause)
        .collect();
    if source.model.hypotheses.is_empty() {
        return None;
    }
    let mut blocks = Vec::new();
    let mut table = Table::new(&[
        (w.verdict(), false),
        (w.score(), true),
        (w.confidence(), false),
        (w.supported_by(), false),
        (w.opposed_by(), false),
        (w.check(), false),
    ]);
    for hypothesis in &source.model.hypotheses {
        table.row([
            vec![Span::Strong(w.cause(hypothesis.cause).to_owned())],
            words(format!("{:.2}", hypothesis.score)),
            words(w.confidence_word(hypothesis.confidence)),
            references(source, &hypothesis.supporting),
            references(source, &hypothesis.against),
            hypothesis.check.as_ref().map(|c| words(w.text(c))).unwrap_or_default(),
        ]);
    }
    blocks.push(Block::Table(table));
    let summary = match others.first() {
        Some(second) => format!("{} {:.2}", w.cause(second.cause), second.score),
        None => w.no_alternatives().to_owned(),
    };
    Some(Part {
        id: "alternatives",
        title: w.alternatives().to_owned(),
        summary,
        blocks,
    })
}

/// Links to findings, by their titles where the report has them.
fn references(source: &Source<'_>, references: &[String]) -> Vec<Span> {
    let mut spans = Vec::new();
    for reference in references {
        if !spans.is_empty() {
            spans.push(Span::Break);
        }
        spans.push(match source.lookup.finding(reference) {
            Some(finding) => Span::Link(finding_anchor(finding), source.w.text(&finding.title).to_owned()),
            None => Span::Code(reference.clone()),
        });
    }
    spans
}

/// `finding-heap.leak-1`.
pub(in crate::report) fn finding_anchor(finding: &FindingView) -> String {
    format!("finding-{}-{}", finding.id, finding.n)
}

pub(super) fn findings(source: &Source<'_>) -> Option<Part> {
    let w = source.w;
    let all = &source.model.findings;
    let mut blocks: Vec<Block> = all
        .iter()
        .take(super::ROWS * 2)
        .flat_map(|f| finding(source, f))
        .collect();
    if let Some(note) = source.cut_note("findings", super::ROWS * 2, all.len()) {
        blocks.push(Block::Paragraph(vec![Span::Faint(note)]));
    }
    if all.is_empty() {
        blocks.push(Block::Paragraph(words(w.no_findings())));
    }
    let grave = all.iter().filter(|f| f.severity >= Severity::High).count();
    Some(Part {
        id: "findings",
        title: w.findings().to_owned(),
        summary: w.findings_summary(all.len(), grave),
        blocks,
    })
}

fn finding(source: &Source<'_>, finding: &FindingView) -> Vec<Block> {
    let w = source.w;
    let mut blocks = vec![Block::Anchor(
        finding_anchor(finding),
        vec![
            Span::Badge(
                severity_class(finding.severity),
                w.severity(finding.severity).to_owned(),
            ),
            Span::Badge("role", w.role(finding.role).to_owned()),
            Span::Words(w.text(&finding.title).to_owned()),
        ],
    )];
    blocks.push(Block::Paragraph(words(w.text(&finding.detail))));
    let mut about = vec![Span::Code(finding.reference())];
    if let Some(time) = &finding.time {
        about.push(Span::Faint(format!(" · {}", time.date_and_time())));
    }
    if let Some(process) = &finding.process {
        about.push(Span::Faint(format!(" · {process}")));
    }
    for (name, value) in &finding.facts {
        about.push(Span::Faint(format!(" · {name} ")));
        about.push(Span::Words(figure(value)));
    }
    blocks.push(Block::Paragraph(about));
    let places = finding.evidence.iter().take(CITATIONS).map(|evidence| {
        let mut spans = vec![
            Span::Link(format!("artefact-{}", evidence.artefact), source.lookup.place(evidence)),
            Span::Break,
        ];
        if let Some(quote) = &evidence.quote {
            spans.push(Span::Code(quote.clone()));
        }
        spans
    });
    blocks.push(Block::List(places.collect()));
    if let Some(note) = source.cut_note(
        &format!("findings.{}.evidence", finding.reference()),
        CITATIONS.min(finding.evidence.len()),
        finding.evidence.len(),
    ) {
        blocks.push(Block::Paragraph(vec![Span::Faint(note)]));
    }
    blocks
}

pub(in crate::report) fn severity_class(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Info => "info",
    }
}

/// A figure of a finding or listing as words.
pub(super) fn figure(value: &Value) -> String {
    match value {
        Value::String(words) => words.clone(),
        Value::Number(number) => match (number.as_u64(), number.as_f64()) {
            (Some(n), _) => units::count(n),
            (None, Some(n)) if n.fract() != 0.0 => format!("{n:.3}").trim_end_matches('0').to_owned(),
            _ => number.to_string(),
        },
        Value::Array(items) => items.iter().take(8).map(figure).collect::<Vec<_>>().join(" "),
        Value::Object(inner) => inner
            .iter()
            .take(8)
            .map(|(k, v)| format!("{k} {}", figure(v)))
            .collect::<Vec<_>>()
            .join(" "),
        Value::Bool(yes) => yes.to_string(),
        Value::Null => String::new(),
    }
}

pub(super) fn actions(source: &Source<'_>) -> Option<Part> {
    let w = source.w;
    if source.model.actions.is_empty() {
        return None;
    }
    let mut blocks = Vec::new();
    for stage in [
        Stage::Preserve,
        Stage::Now,
        Stage::Hour,
        Stage::HalfDay,
        Stage::Permanent,
    ] {
        let mut of_stage = source.model.actions.iter().filter(|a| a.stage == stage).peekable();
        if of_stage.peek().is_none() {
            continue;
        }
        blocks.push(Block::Heading(words(w.stage(stage))));
        blocks.extend(of_stage.flat_map(|a| action(source, a)));
    }
    Some(Part {
        id: "actions",
        title: w.all_actions().to_owned(),
        summary: w.items(source.model.actions.len()),
        blocks,
    })
}

fn action(source: &Source<'_>, action: &ActionView) -> Vec<Block> {
    let w = source.w;
    let mut title = vec![
        Span::Strong(w.text(&action.title).to_owned()),
        Span::Faint(format!(" {}", action.id)),
    ];
    if let Some(due) = &action.due {
        title.push(Span::Faint(format!(" · {} {}", w.due(), due.date_and_time())));
    }
    let mut rows = vec![
        labelled(w, w.approval(), words(w.text(&action.approval))),
        labelled(w, w.expected(), words(w.text(&action.expected))),
        labelled(w, w.verify(), words(w.text(&action.verify))),
        labelled(w, w.risk(), words(w.text(&action.risk))),
        labelled(w, w.rollback(), words(w.text(&action.rollback))),
    ];
    if !action.because.is_empty() {
        rows.push(labelled(w, w.because(), references(source, &action.because)));
    }
    let mut blocks = vec![Block::Paragraph(title), Block::List(rows)];
    if let Some(command) = &action.command {
        blocks.push(Block::Lines(command.lines().map(str::to_owned).collect()));
    }
    blocks
}
