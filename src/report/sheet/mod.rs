//! A paper of headings, sentences, tables and charts that is no incident report: trends for a meeting.
//!
//! Whoever has something to tell fills a [`Sheet`] in one language; the forms are functions of it: HTML (one file, no
//! script, nothing loaded), Markdown, Word and columns on a terminal.

mod forms;
mod terminal;

use super::{
    charts::{bars, spark},
    parts::{Block, Part, Span, Table},
};
use crate::words::{Lang, Text};

pub use super::charts::bars::{Bars, Shade};

/// A name of a column in both languages, and whether figures stand in it.
pub type Head = (&'static str, &'static str, bool);

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Words or a figure of the tool.
    Words(String),
    /// A name or quote.
    Code(String),
    /// A share 0…1 as a bar, with words beside it.
    Share(f64, String),
    /// Shares over time as a small line, with what it says.
    Line(Vec<f64>, String),
}

impl From<String> for Cell {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

impl From<&str> for Cell {
    fn from(words: &str) -> Self {
        Self::Words(words.to_owned())
    }
}

/// A paper in one language.
pub struct Sheet {
    lang: Lang,
    title: String,
    under: String,
    parts: Vec<Part>,
}

impl Sheet {
    /// A paper with a title and a line below it.
    pub fn new(lang: Lang, title: &Text, under: &Text) -> Self {
        Self {
            lang,
            title: title.in_lang(lang).to_owned(),
            under: under.in_lang(lang).to_owned(),
            parts: Vec::new(),
        }
    }

    /// Begins a part; `id` is its anchor.
    pub fn part(&mut self, id: &'static str, title: &Text) {
        self.parts.push(Part {
            id,
            title: title.in_lang(self.lang).to_owned(),
            summary: String::new(),
            blocks: Vec::new(),
        });
    }

    /// Adds a sentence.
    pub fn say(&mut self, words: &Text) {
        let spans = vec![Span::Words(words.in_lang(self.lang).to_owned())];
        self.block(Block::Paragraph(spans));
    }

    /// Adds sentences, an item each.
    pub fn list(&mut self, items: impl IntoIterator<Item = Text>) {
        let lang = self.lang;
        let items = items
            .into_iter()
            .map(|item| vec![Span::Words(item.in_lang(lang).to_owned())]);
        let items = items.collect();
        self.block(Block::List(items));
    }

    /// Adds a table.
    pub fn table<const N: usize>(&mut self, head: [Head; N], rows: impl IntoIterator<Item = [Cell; N]>) {
        let names = head.map(|(zh, en, figures)| (if self.lang == Lang::Zh { zh } else { en }, figures));
        let mut table = Table::new(&names);
        for row in rows {
            table.row(row.map(spans));
        }
        self.block(Block::Table(table));
    }

    /// Adds a chart of bars.
    pub fn bars(&mut self, chart: &Bars) {
        self.block(Block::Picture(bars::draw(chart)));
    }

    fn block(&mut self, block: Block) {
        if let Some(part) = self.parts.last_mut() {
            part.blocks.push(block);
        }
    }
}

fn spans(cell: Cell) -> Vec<Span> {
    match cell {
        Cell::Words(words) => vec![Span::Words(words)],
        Cell::Code(name) => vec![Span::Code(name)],
        Cell::Share(share, words) => vec![Span::Bar(share), Span::Words(format!(" {words}"))],
        Cell::Line(shares, words) => vec![Span::Spark(spark::shares(&shares, words.clone())), Span::Words(words)],
    }
}
