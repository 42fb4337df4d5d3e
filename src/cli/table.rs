//! Plain columns on a terminal, with Chinese counted as wide as it is shown.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Rows of `N` cells under a head; a head without words is left out.
#[derive(Debug)]
pub struct Table<const N: usize> {
    head: [String; N],
    rows: Vec<[String; N]>,
    figures: usize,
}

impl<const N: usize> Table<N> {
    /// A table without rows.
    pub fn new(head: [String; N]) -> Self {
        Self {
            head,
            rows: Vec::new(),
            figures: 0,
        }
    }

    /// The first `count` columns hold figures: they stand at the right.
    pub fn figures(mut self, count: usize) -> Self {
        self.figures = count;
        self
    }

    /// Adds a row; control characters of evidence must not reach the terminal.
    pub fn row(&mut self, cells: [String; N]) {
        self.rows
            .push(cells.map(|cell| cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()));
    }

    /// The table, its last column cut to what is left of `width` columns.
    pub fn render(&self, width: usize) -> String {
        let headed = self.head.iter().any(|word| !word.is_empty());
        let lines: Vec<&[String; N]> = headed.then_some(&self.head).into_iter().chain(&self.rows).collect();
        let mut widths = [0_usize; N];
        for line in &lines {
            for (widest, cell) in widths.iter_mut().zip(line.iter()) {
                *widest = (*widest).max(cell.width());
            }
        }
        let mut out = String::new();
        for line in lines {
            out.push_str(&one_line(line, &widths, width, self.figures));
            out.push('\n');
        }
        out
    }
}

fn one_line(cells: &[String], widths: &[usize], width: usize, figures: usize) -> String {
    let mut line = String::new();
    for (n, (cell, column)) in cells.iter().zip(widths).enumerate() {
        if n > 0 {
            line.push_str("  ");
        }
        if n + 1 == cells.len() {
            line.push_str(&cut(cell, width.saturating_sub(line.width()).max(20)));
        } else {
            let blanks = std::iter::repeat_n(' ', column.saturating_sub(cell.width()));
            if n < figures {
                line.extend(blanks);
                line.push_str(cell);
            } else {
                line.push_str(cell);
                line.extend(blanks);
            }
        }
    }
    line.trim_end().to_owned()
}

/// At most `width` columns of a text, with `…` where it was cut.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut used = 1;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= width
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_cells_line_up() {
        let mut table = Table::new(["原因", "id"].map(str::to_owned));
        table.row(["死锁".to_owned(), "a".to_owned()]);
        table.row(["x".to_owned(), "b\u{1b}[31m".to_owned()]);
        assert_eq!(table.render(80), "原因  id\n死锁  a\nx     b [31m\n");
    }

    #[test]
    fn figures_stand_at_the_right() {
        let mut table = Table::new(["n", "id"].map(str::to_owned)).figures(1);
        table.row(["1234".to_owned(), "a".to_owned()]);
        assert_eq!(table.render(80), "   n  id\n1234  a\n");
    }

    #[test]
    fn long_last_cells_are_cut() {
        assert_eq!(cut("连接池耗尽导致挂起", 9), "连接池耗…");
    }
}
