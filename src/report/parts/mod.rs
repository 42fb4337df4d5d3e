//! The parts below page one, as blocks that every form can lay out: HTML folds them, Markdown lists them.

mod diagnosis;
mod evidence;
mod gc;
mod heap;
mod heap_inside;
mod logs;
mod threads;

use super::{Capped, ReportModel, lookup::Lookup, units, words::Words};
use crate::words::Lang;

/// Rows of a table; the JSON has them all.
const ROWS: usize = 20;

/// One part of the appendix.
pub(super) struct Part {
    /// Anchor.
    pub(super) id: &'static str,
    /// Heading.
    pub(super) title: String,
    /// What it says in a few words, readable while it is folded.
    pub(super) summary: String,
    /// Its content.
    pub(super) blocks: Vec<Block>,
}

/// A block of a part.
pub(super) enum Block {
    /// A heading inside the part.
    Heading(Vec<Span>),
    /// A heading that something links to.
    Anchor(String, Vec<Span>),
    /// A paragraph.
    Paragraph(Vec<Span>),
    /// Items.
    List(Vec<Vec<Span>>),
    /// Lines of code or names, one under the other.
    Lines(Vec<String>),
    /// A table.
    Table(Table),
    /// A picture with its text alternative.
    Picture(Picture),
}

/// A table.
#[derive(Default)]
pub(super) struct Table {
    /// Columns.
    pub(super) head: Vec<Column>,
    /// Cells, a row each.
    pub(super) rows: Vec<Vec<Vec<Span>>>,
    /// "20 of 22 412", when it is cut.
    pub(super) note: Option<String>,
}

/// A column.
pub(super) struct Column {
    /// Heading.
    pub(super) name: &'static str,
    /// Figures stand at the right.
    pub(super) figures: bool,
}

/// A stretch of words in a line.
#[derive(Clone)]
pub(super) enum Span {
    /// Words of the tool.
    Words(String),
    /// Weighty words.
    Strong(String),
    /// Words that step back.
    Faint(String),
    /// A name, quote or command.
    Code(String),
    /// Words that lead to an anchor of the report.
    Link(String, String),
    /// A severity or role, with the class that colours it.
    Badge(&'static str, String),
    /// A share 0…1 as a bar.
    Bar(f64),
    /// A small picture in a line.
    Spark(Picture),
    /// A new line.
    Break,
}

/// A picture and the words that say the same.
#[derive(Clone)]
pub(super) struct Picture {
    /// The strokes, as SVG or PNG.
    pub(super) drawing: super::charts::Drawing,
    /// The text alternative.
    pub(super) alternative: String,
}

/// What the parts are made from.
pub(super) struct Source<'m> {
    pub(super) model: &'m ReportModel,
    pub(super) lookup: Lookup<'m>,
    pub(super) w: Words,
}

impl<'m> Source<'m> {
    pub(super) fn new(model: &'m ReportModel, lang: Lang) -> Self {
        Self {
            model,
            lookup: Lookup::new(model),
            w: Words(lang),
        }
    }

    /// A link to the artefact's row with the place in it.
    pub(super) fn place(&self, artefact: &'m str, line: Option<u64>) -> Span {
        let words = super::lookup::place(self.lookup.path(artefact), line, None, None);
        Span::Link(format!("artefact-{artefact}"), words)
    }

    /// A number or the word for unknown.
    pub(super) fn maybe(&self, value: Option<String>) -> Span {
        value.map_or_else(|| Span::Faint(self.w.unknown().to_owned()), Span::Words)
    }

    /// "20 of 22 412" for a table of `shown` rows of a list that holds `len` in the model.
    pub(super) fn cut_note(&self, list: &str, shown: usize, len: usize) -> Option<String> {
        let of_evidence = self
            .model
            .capped
            .iter()
            .find(|c| c.list == list)
            .map(|c: &Capped| c.total);
        let total = of_evidence.unwrap_or(len as u64).max(len as u64);
        (total > shown as u64).then(|| units::of(shown as u64, total, self.w.0))
    }
}

/// All parts, in the order of REPORT_DESIGN.md §2; those with nothing to say are left out.
pub(super) fn all(model: &ReportModel, lang: Lang) -> Vec<Part> {
    let source = Source::new(model, lang);
    [
        diagnosis::risks(&source),
        diagnosis::alternatives(&source),
        diagnosis::findings(&source),
        heap::part(&source),
        threads::part(&source),
        threads::pools(&source),
        gc::part(&source),
        logs::part(&source),
        evidence::crashes(&source),
        evidence::system(&source),
        evidence::timeline(&source),
        diagnosis::actions(&source),
        evidence::artefacts(&source),
        evidence::about(&source),
    ]
    .into_iter()
    .flatten()
    .collect()
}

impl Table {
    /// A table with these columns; a name that ends in `#` is a column of figures.
    pub(super) fn new(columns: &[(&'static str, bool)]) -> Self {
        Self {
            head: columns
                .iter()
                .map(|(name, figures)| Column {
                    name,
                    figures: *figures,
                })
                .collect(),
            ..Self::default()
        }
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Vec<Span>>) {
        self.rows.push(cells.into_iter().collect());
    }
}

pub(super) fn words(text: impl Into<String>) -> Vec<Span> {
    vec![Span::Words(text.into())]
}

pub(super) fn code(text: impl Into<String>) -> Vec<Span> {
    vec![Span::Code(text.into())]
}

/// A label, a colon, and what it names.
pub(super) fn labelled(w: Words, label: &str, mut value: Vec<Span>) -> Vec<Span> {
    let mut spans = vec![Span::Faint(format!("{label}{}", w.colon()))];
    spans.append(&mut value);
    spans
}
