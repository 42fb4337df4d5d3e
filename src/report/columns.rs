//! Text in columns: display width, wrapping, cutting, and what of hostile text may reach a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns a text takes on a terminal.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// One line without control characters: no escape sequence, no line break, no change of writing direction survives.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' | '\n' | '\r' | '\u{202f}' | '\u{a0}' | '\u{2028}' | '\u{2029}' => out.push(' '),
            c if c.is_control() || is_invisible(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// Marks that change how the text around them is shown (bidirectional controls, joiners, byte-order mark, tags).
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// A sentence that is to stand in a row of others.
pub(super) fn without_stop(sentence: &str) -> &str {
    sentence.trim_end().trim_end_matches(['。', '.'])
}

/// At most `columns` columns, the cut marked by `…`.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > columns {
            break;
        }
        out.push(c);
    }
    if columns > 0 {
        out.push('…');
    }
    out
}

/// The text followed by spaces up to `columns`.
pub(super) fn pad(text: &str, columns: usize) -> String {
    let spaces = columns.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(spaces))
}

/// Lines of at most `columns` columns. Chinese breaks between any two characters but not before a closing mark,
/// Latin words break at spaces, and only a word longer than a line is cut in itself.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(4);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for unit in units(text) {
        let unit_width = width(unit.trim_end());
        if used > 0 && used + unit_width > columns {
            lines.push(line.trim_end().to_owned());
            line.clear();
            used = 0;
        }
        if unit_width <= columns {
            line.push_str(unit);
            used += width(unit);
        } else {
            for c in unit.chars() {
                let w = c.width().unwrap_or(0);
                if used + w > columns {
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
                line.push(c);
                used += w;
            }
        }
    }
    let last = line.trim_end();
    if !last.is_empty() || lines.is_empty() {
        lines.push(last.to_owned());
    }
    lines
}

/// Pieces that stay together: a word with the spaces behind it, or one wide character with the marks that close it.
fn units(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((_, c)) = chars.next() {
        let Some(&(next_at, next)) = chars.peek() else { break };
        let wide = c.width().unwrap_or(0) > 1 || next.width().unwrap_or(0) > 1;
        let may_break = (wide && !closes(next) && !opens(c)) || (c == ' ' && next != ' ');
        if may_break {
            pieces.push(text.get(start..next_at).unwrap_or_default());
            start = next_at;
        }
    }
    pieces.push(text.get(start..).unwrap_or_default());
    pieces
}

fn closes(c: char) -> bool {
    "，。；：、？！）】》”’·…,.;:)]}%".contains(c)
}

fn opens(c: char) -> bool {
    "（【《“‘([{".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_moves_the_cursor_survives() {
        assert_eq!(clean("a\u{1b}[31mb\u{7}\u{202e}c\r\nd\u{9b}2J"), "a[31mbc  d2J");
    }

    #[test]
    fn width_counts_columns() {
        assert_eq!(width("死锁 ab"), 7);
        assert_eq!(cut("死锁死锁", 5), "死锁…");
        assert_eq!(width(&pad("死锁", 6)), 6);
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn wrapping_keeps_words_and_marks() {
        let lines = wrap("医嘱提交，与费用记账互相等待 since 10:31:22", 12);
        assert!(lines.iter().all(|l| width(l) <= 12), "{lines:?}");
        assert!(lines.iter().all(|l| !l.starts_with('，')), "{lines:?}");
        assert!(lines.iter().any(|l| l.contains("10:31:22")), "{lines:?}");
        assert_eq!(wrap("", 10), vec![String::new()]);
        assert!(wrap(&"x".repeat(100), 10).iter().all(|l| width(l) <= 10));
    }

    #[test]
    fn wrapping_loses_nothing() {
        let text = "死锁：WebContainer : 12（持有 OrderLock）等待 AccountLock。";
        for columns in 0..60 {
            let joined: String = wrap(text, columns).concat();
            assert_eq!(joined.replace(' ', ""), text.replace(' ', ""));
        }
    }
}
