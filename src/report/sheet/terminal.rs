//! A sheet as columns on a terminal.

use super::{
    super::{
        columns::{clean, cut, pad, width, wrap},
        parts::{Block, Span, Table},
    },
    Sheet,
};

impl Sheet {
    /// Plain text, at most `columns` wide.
    pub fn terminal(&self, columns: usize) -> String {
        let mut out = format!("{}\n{}\n", clean(&self.title), clean(&self.under));
        for part in &self.parts {
            out.push_str(&format!("\n{}\n", clean(&part.title)));
            for block in &part.blocks {
                match block {
                    Block::Table(one) => table(one, columns, &mut out),
                    Block::Paragraph(words) | Block::Heading(words) | Block::Anchor(_, words) => {
                        lines("", &plain(words), columns, &mut out);
                    }
                    Block::List(items) => items
                        .iter()
                        .for_each(|item| lines("· ", &plain(item), columns, &mut out)),
                    Block::Lines(all) => all.iter().for_each(|line| lines("", line, columns, &mut out)),
                    // The table below a picture says the same.
                    Block::Picture(_) => {}
                }
            }
        }
        out
    }
}

/// Wrapped words; what follows the first line stands below its words.
fn lines(mark: &str, words: &str, columns: usize, out: &mut String) {
    let indent = width(mark);
    for (n, line) in wrap(&clean(words), columns.saturating_sub(indent)).iter().enumerate() {
        let head = if n == 0 {
            mark
        } else {
            "  ".get(..indent.min(2)).unwrap_or_default()
        };
        out.push_str(&format!("{head}{line}\n"));
    }
}

fn plain(spans: &[Span]) -> String {
    let mut out = String::new();
    for span in spans {
        match span {
            Span::Words(text)
            | Span::Strong(text)
            | Span::Faint(text)
            | Span::Code(text)
            | Span::Link(_, text)
            | Span::Badge(_, text) => out.push_str(text),
            Span::Bar(_) | Span::Spark(_) => {}
            Span::Break => out.push(' '),
        }
    }
    clean(out.trim())
}

/// Columns as wide as their words, the last cut to what is left.
fn table(table: &Table, columns: usize, out: &mut String) {
    let head: Vec<String> = table.head.iter().map(|c| clean(c.name)).collect();
    let rows: Vec<Vec<String>> = table
        .rows
        .iter()
        .map(|row| row.iter().map(|cell| plain(cell)).collect())
        .collect();
    let widest = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).chain(head.get(column));
        cells.map(|cell| width(cell)).max().unwrap_or(0).min(36)
    };
    let widths: Vec<usize> = (0..head.len()).map(widest).collect();
    for row in std::iter::once(&head).chain(&rows) {
        let mut line = String::new();
        for (n, cell) in row.iter().enumerate() {
            let wide = widths.get(n).copied().unwrap_or(0);
            if n + 1 == row.len() {
                line.push_str(&cut(cell, columns.saturating_sub(width(&line)).max(12)));
                continue;
            }
            let figures = table.head.get(n).is_some_and(|c| c.figures);
            let cell = cut(cell, wide);
            let cell = if figures {
                format!("{}{cell}", " ".repeat(wide.saturating_sub(width(&cell))))
            } else {
                pad(&cell, wide)
            };
            line.push_str(&cell);
            line.push_str("  ");
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    if let Some(note) = &table.note {
        lines("", note, columns, out);
    }
}
