//! The Markdown form: page one, then the parts, for a ticket or a chat.
//!
//! Sentences are escaped for CommonMark and GitHub's dialect (tables, autolinks); names and quotes from evidence stand
//! in code spans whose fence is longer than any run of backticks in them. No HTML passes.

use super::{
    ActionView, Reply, ReportModel,
    columns::{clean, without_stop},
    lookup::{self, Lookup},
    parts::{self, Block, Span, Table},
    words::Words,
};
use crate::{
    diagnosis::Status,
    words::{Lang, Text},
};
use std::fmt::Write;

/// Evidence lines of page one.
const PROOF: usize = 6;

/// The report in Markdown.
pub fn render(model: &ReportModel, lang: Lang) -> String {
    let mut paper = Paper {
        model,
        lookup: Lookup::new(model),
        w: Words(lang),
        out: String::new(),
    };
    paper.head();
    paper.clock();
    paper.actions();
    paper.why();
    paper.questions();
    paper.missing();
    for part in parts::all(model, lang) {
        paper.heading(2, &escape(&part.title));
        for block in &part.blocks {
            paper.block(block);
        }
    }
    paper.out
}

/// A sheet in Markdown.
pub(super) fn sheet(title: &str, under: &str, parts: &[parts::Part], w: Words) -> String {
    let model = ReportModel::default();
    let mut paper = Paper {
        model: &model,
        lookup: Lookup::new(&model),
        w,
        out: String::new(),
    };
    paper.heading(1, &escape(title));
    paper.paragraph(&escape(under));
    for part in parts {
        paper.heading(2, &escape(&part.title));
        for block in &part.blocks {
            paper.block(block);
        }
    }
    paper.out
}

struct Paper<'m> {
    model: &'m ReportModel,
    lookup: Lookup<'m>,
    w: Words,
    out: String,
}

impl Paper<'_> {
    fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    fn paragraph(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.line(text);
            self.line("");
        }
    }

    /// A heading, set off by blank lines.
    fn heading(&mut self, level: usize, text: &str) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.line("");
        }
        self.line(&format!("{} {text}", "#".repeat(level)));
        self.line("");
    }

    fn items(&mut self, items: impl IntoIterator<Item = String>) {
        for item in items {
            self.line(&format!("- {item}"));
        }
        self.line("");
    }

    fn text(&self, text: &Text) -> String {
        escape(self.w.text(text))
    }

    fn head(&mut self) {
        let w = self.w;
        let kind = if self.model.tool.inspection {
            w.inspection_report()
        } else {
            w.report()
        };
        let title = match lookup::incident_name(self.model) {
            Some(name) => format!("{kind} · {}", escape(&name)),
            None => kind.to_owned(),
        };
        self.heading(1, &title);
        let verdict = &self.model.verdict;
        let mut certainty = w.above_headline(verdict).to_owned();
        if let (Some(cause), Status::Determined) = (verdict.cause, verdict.status) {
            let _ = write!(certainty, "{}{}", w.colon(), w.cause(cause));
        }
        let headline = self.text(&verdict.headline);
        self.paragraph(&format!("**{}**", escape(&certainty)));
        self.paragraph(&headline);
        let mut basis = Vec::new();
        if let Some(confidence) = verdict.confidence {
            basis.push(format!("{} {}", w.confidence(), w.confidence_word(confidence)));
        }
        let kinds = lookup::kinds_of_proof(self.model);
        if !kinds.is_empty() {
            basis.push(format!("{} {}", w.rests_on(), escape(&kinds.join(w.listing()))));
        }
        if let Some(coverage) = verdict.coverage {
            basis.push(w.explains(coverage));
        }
        self.paragraph(&basis.join(w.semicolon()));
    }

    fn clock(&mut self) {
        if self.model.verdict.status == Status::None {
            return;
        }
        let w = self.w;
        let incident = &self.model.incident;
        let priority = w.priority(incident.priority);
        let (Some(onset), Some(due)) = (&incident.onset, &incident.due) else {
            self.paragraph(&format!("**{}** {priority}{}{}", w.clock(), w.comma(), w.no_clock()));
            return;
        };
        self.line(&format!(
            "| {} | {} | {} | {} | {} |",
            w.clock(),
            w.onset(),
            w.response(),
            w.workaround(),
            w.resolution()
        ));
        self.line("|---|---|---|---|---|");
        let cells = [onset, &due.response, &due.workaround, &due.resolution].map(|t| escape(&t.date_and_time()));
        self.line(&format!("| {priority} | {} |", cells.join(" | ")));
        self.line("");
    }

    fn actions(&mut self) {
        let actions = lookup::actions_now(self.model);
        if actions.is_empty() {
            return;
        }
        self.heading(2, self.w.do_now());
        for (n, action) in (1..).zip(actions) {
            self.action(n, action);
        }
        self.line("");
    }

    fn action(&mut self, n: usize, action: &ActionView) {
        let w = self.w;
        let title = self.text(&action.title);
        self.line(&format!("{n}. **{title}**"));
        let rows = [
            (w.approval(), &action.approval),
            (w.expected(), &action.expected),
            (w.verify(), &action.verify),
            (w.risk(), &action.risk),
            (w.rollback(), &action.rollback),
        ];
        for (label, text) in rows {
            let text = self.text(text);
            self.line(&format!("   - {label}{}{text}", w.colon()));
        }
        if let Some(command) = &action.command {
            for line in command.lines() {
                self.line(&format!("   - {}", code(line)));
            }
        }
    }

    fn why(&mut self) {
        let (why, proof) = (&self.model.verdict.why, lookup::proof(self.model, PROOF));
        if why.is_empty() && proof.is_empty() {
            return;
        }
        self.heading(2, self.w.why());
        let reasons: Vec<String> = why.iter().map(|t| self.text(t)).collect();
        self.items(reasons);
        let places: Vec<String> = proof
            .into_iter()
            .map(|evidence| {
                let quote = evidence
                    .quote
                    .as_deref()
                    .map(|q| format!(" {}", code(q)))
                    .unwrap_or_default();
                format!("{}{quote}", code(&self.lookup.place(evidence)))
            })
            .collect();
        self.items(places);
    }

    fn questions(&mut self) {
        self.heading(2, self.w.questions());
        let questions = &self.model.questions;
        let lines = [(self.w.network(), &questions.network), (self.w.host(), &questions.host)];
        let lines: Vec<String> = lines
            .into_iter()
            .map(|(label, reply)| self.reply(label, reply))
            .collect();
        self.items(lines);
        let scale = self.w.scale(self.model.incident.scale);
        self.paragraph(&format!("{}{}{}", self.w.scope(), self.w.colon(), scale));
    }

    fn reply(&self, label: &str, reply: &Reply) -> String {
        let why: Vec<String> = reply.why.iter().map(|t| escape(without_stop(self.w.text(t)))).collect();
        let mark = if why.is_empty() { "" } else { self.w.colon() };
        format!(
            "{label}{}**{}**{mark}{}",
            self.w.colon(),
            self.w.answer(reply.answer),
            why.join(self.w.semicolon())
        )
    }

    fn missing(&mut self) {
        self.heading(2, self.w.missing());
        if self.model.missing.is_empty() {
            self.paragraph(self.w.nothing_missing());
            return;
        }
        let items: Vec<String> = self
            .model
            .missing
            .iter()
            .map(|m| {
                format!(
                    "**{}** {}{}{} {}{}{}",
                    self.text(&m.what),
                    self.w.why_it_matters(),
                    self.w.colon(),
                    self.text(&m.why_it_matters),
                    self.w.how_to_get(),
                    self.w.colon(),
                    self.text(&m.how_to_get)
                )
            })
            .collect();
        self.items(items);
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(text) => self.heading(3, &spans(text)),
            Block::Anchor(_, text) => self.heading(4, &spans(text)),
            Block::Paragraph(text) => self.paragraph(&spans(text)),
            Block::List(rows) => self.items(rows.iter().map(|row| spans(row))),
            Block::Lines(lines) => self.items(lines.iter().map(|line| code(line))),
            Block::Table(table) => self.table(table),
            Block::Picture(picture) => self.paragraph(&escape(&picture.alternative)),
        }
    }

    fn table(&mut self, table: &Table) {
        let names: Vec<String> = table.head.iter().map(|c| escape(c.name)).collect();
        let rules: Vec<&str> = table
            .head
            .iter()
            .map(|c| if c.figures { "---:" } else { "---" })
            .collect();
        self.line(&format!("| {} |", names.join(" | ")));
        self.line(&format!("| {} |", rules.join(" | ")));
        for row in &table.rows {
            let cells: Vec<String> = row.iter().map(|cell| spans(cell)).collect();
            self.line(&format!("| {} |", cells.join(" | ")));
        }
        self.line("");
        if let Some(note) = &table.note {
            self.paragraph(&escape(note));
        }
    }
}

/// Words of a line, in one line.
fn spans(spans: &[Span]) -> String {
    let mut line = String::new();
    for span in spans {
        match span {
            Span::Words(text) | Span::Faint(text) => line.push_str(&escape(text)),
            Span::Strong(text) => {
                let _ = write!(line, "**{}**", escape(text.trim()));
            }
            Span::Code(text) | Span::Link(_, text) => {
                if line.ends_with('`') {
                    line.push(' ');
                }
                line.push_str(&code(text));
            }
            Span::Badge(_, text) => {
                let _ = write!(line, "\\[{}\\] ", escape(text));
            }
            Span::Bar(_) | Span::Spark(_) => {}
            Span::Break => line.push(' '),
        }
    }
    line.trim().to_owned()
}

/// Words that say what they say: no emphasis, link, heading, table or tag comes of them.
fn escape(text: &str) -> String {
    let text = clean(text);
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        let inside_word = before.is_ascii_alphanumeric() && next.is_ascii_alphanumeric();
        let starts_block = out.is_empty() && matches!(c, '#' | '-' | '+' | '=' | '>');
        let numbers_item = matches!(c, '.' | ')') && !out.is_empty() && out.bytes().all(|b| b.is_ascii_digit());
        let special = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '$' => true,
            '_' => !inside_word,
            '@' => true,
            // GitHub turns bare addresses into links
            '/' => before == ':' || (before == '/' && next != ' '),
            '.' => out.ends_with("www"),
            _ => false,
        };
        if special || starts_block || numbers_item {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
    out
}

/// A code span. A pipe is escaped because the span may stand in a table, where it would end the cell.
fn code(text: &str) -> String {
    let text = clean(text).replace('|', "\\|");
    let text = text.trim();
    if text.is_empty() {
        return String::new();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_evidence_becomes_markup() {
        assert_eq!(
            escape("*a* [b](http://x) <i> | _c_ a_b"),
            "\\*a\\* \\[b\\](http:\\/\\/x) \\<i\\> \\| \\_c\\_ a_b"
        );
        assert_eq!(escape("# x"), "\\# x");
        assert_eq!(escape("1. x"), "1\\. x");
        assert_eq!(escape("www.x.com"), "www\\.x.com");
        assert_eq!(escape("a\n# b"), "a # b");
    }

    #[test]
    fn code_spans_cannot_be_closed_from_inside() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a``b`"), "``` a``b` ```");
        assert_eq!(code("a|b\nc"), "`a\\|b c`");
    }
}
