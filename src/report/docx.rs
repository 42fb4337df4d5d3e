//! The Word form, in the order of a Chinese hospital's post-mortem: 概述、影响、时间线、根因、证据、处置、改进措施、附件.
//!
//! Pictures are PNG, drawn by the program itself; letters in them are Latin (a rescue PC may have no CJK font), the
//! caption below says the same in the document's language.

use super::{
    ActionView, ReportModel,
    charts::{Drawing, timeline},
    columns::clean,
    lookup,
    parts::{self, Block, Part, Picture, Span, Table},
    words::Words,
};
use crate::{diagnosis::Stage, words::Lang};
use docx_rs::{
    AlignmentType, BreakType, Docx, Footer, LineSpacing, PageMargin, PageNum, Paragraph, Pic, Run, RunFonts, Style,
    StyleType, TableCell, TableLayoutType, TableRow, WidthType,
};
use std::io::Cursor;

/// Text width of an A4 page with the margins below, in twentieths of a point.
const TEXT_WIDTH: usize = 11_906 - 2 * MARGIN as usize;
const MARGIN: i32 = 1_134;
/// The same in English Metric Units (635 a twentieth of a point).
const TEXT_EMU: u32 = TEXT_WIDTH as u32 * 635;
/// Pixels a unit of a picture.
const SCALE: i32 = 2;
/// Letters of one quote or cell; the JSON has the rest.
const LONGEST: usize = 2_000;

/// The report as a Word document.
pub fn render(model: &ReportModel, lang: Lang) -> Vec<u8> {
    let mut paper = Paper::new(model, lang);
    paper.cover();
    paper.overview();
    paper.impact();
    paper.timeline();
    paper.root_cause();
    paper.evidence();
    paper.handling();
    paper.improvement();
    paper.attachments();
    paper.into_bytes()
}

struct Paper<'m> {
    model: &'m ReportModel,
    lang: Lang,
    w: Words,
    parts: Vec<Part>,
    /// The same parts in English, for the letters in the pictures.
    latin: Vec<Part>,
    docx: Docx,
    chapters: usize,
    pictures: usize,
}

impl<'m> Paper<'m> {
    fn new(model: &'m ReportModel, lang: Lang) -> Self {
        let fonts = RunFonts::new()
            .ascii("Calibri")
            .hi_ansi("Calibri")
            .east_asia("宋体")
            .cs("Calibri");
        let heading = |id: &str, name: &str, size: usize, level: usize| {
            Style::new(id, StyleType::Paragraph)
                .name(name)
                .based_on("Normal")
                .next("Normal")
                .size(size)
                .bold()
                .outline_lvl(level)
                .fonts(RunFonts::new().ascii("Calibri").hi_ansi("Calibri").east_asia("黑体"))
        };
        let number = Paragraph::new()
            .align(AlignmentType::Center)
            .add_page_num(PageNum::new());
        let docx = Docx::new()
            .page_size(11_906, 16_838)
            .page_margin(PageMargin {
                top: MARGIN,
                left: MARGIN,
                bottom: MARGIN,
                right: MARGIN,
                header: 600,
                footer: 600,
                gutter: 0,
            })
            .default_fonts(fonts)
            .default_size(21)
            .default_line_spacing(LineSpacing::new().after(80))
            .add_style(heading("Heading1", "heading 1", 30, 0))
            .add_style(heading("Heading2", "heading 2", 25, 1))
            .add_style(heading("Heading3", "heading 3", 22, 2))
            .footer(Footer::new().add_paragraph(number));
        Self {
            model,
            lang,
            w: Words(lang),
            parts: parts::all(model, lang),
            latin: parts::all(model, Lang::En),
            docx,
            chapters: 0,
            pictures: 0,
        }
    }

    fn into_bytes(self) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        // Packing into memory fails only when a part is larger than a ZIP can say; then there is no document.
        match self.docx.build().pack(&mut out) {
            Ok(()) => out.into_inner(),
            Err(_) => Vec::new(),
        }
    }

    fn add(&mut self, paragraph: Paragraph) {
        self.docx = std::mem::take(&mut self.docx).add_paragraph(paragraph);
    }

    fn say(&mut self, text: &str) {
        self.add(Paragraph::new().add_run(run(text)));
    }

    fn item(&mut self, text: &str) {
        self.add(bullet().add_run(run(text)));
    }

    /// A chapter's heading, numbered as such reports are.
    fn chapter(&mut self, name: &str) {
        const NUMERALS: [&str; 8] = ["一", "二", "三", "四", "五", "六", "七", "八"];
        let number = match (self.lang, NUMERALS.get(self.chapters)) {
            (Lang::Zh, Some(numeral)) => format!("{numeral}、"),
            _ => format!("{}. ", self.chapters + 1),
        };
        self.chapters += 1;
        self.head("Heading1", &format!("{number}{name}"));
    }

    fn head(&mut self, style: &str, text: &str) {
        self.add(Paragraph::new().style(style).keep_next(true).add_run(run(text)));
    }

    fn cover(&mut self) {
        let kind = if self.model.tool.inspection {
            self.w.inspection_report()
        } else {
            self.w.report()
        };
        self.add(
            Paragraph::new()
                .align(AlignmentType::Center)
                .add_run(run(kind).bold().size(40)),
        );
        let mut under = vec![format!("{} {}", self.w.incident(), self.model.incident.id)];
        under.extend(lookup::incident_name(self.model));
        self.add(
            Paragraph::new()
                .align(AlignmentType::Center)
                .add_run(run(&under.join(" · ")).color("626D79")),
        );
        if self.model.tool.unmasked {
            self.add(Paragraph::new().add_run(run(self.w.masking_off()).bold().color("B3261E")));
        }
    }

    fn overview(&mut self) {
        let (w, model) = (self.w, self.model);
        self.chapter(w.chapter_overview());
        self.add(Paragraph::new().add_run(run(w.text(&model.verdict.headline)).bold().size(25)));
        let mut basis = Vec::new();
        if let Some(confidence) = model.verdict.confidence {
            basis.push(format!(
                "{}{}{}",
                w.confidence(),
                w.colon(),
                w.confidence_word(confidence)
            ));
        }
        let kinds = lookup::kinds_of_proof(model);
        if !kinds.is_empty() {
            basis.push(format!("{} {}", w.rests_on(), kinds.join(w.listing())));
        }
        basis.extend(model.verdict.coverage.map(|c| w.explains(c)));
        if !basis.is_empty() {
            self.say(&basis.join(w.semicolon()));
        }
        for (question, reply) in [
            (w.network(), &model.questions.network),
            (w.host(), &model.questions.host),
        ] {
            let why: Vec<&str> = reply.why.iter().map(|t| w.text(t)).collect();
            self.item(&format!(
                "{question}{}{} {}",
                w.colon(),
                w.answer(reply.answer),
                why.join(" ")
            ));
        }
    }

    fn impact(&mut self) {
        let (w, model) = (self.w, self.model);
        self.chapter(w.chapter_impact());
        self.item(&format!("{}{}{}", w.scope(), w.colon(), w.scale(model.incident.scale)));
        self.item(&format!(
            "{}{}{}",
            w.clock(),
            w.colon(),
            w.priority(model.incident.priority)
        ));
        let mut moments = vec![
            (w.first_symptom(), model.incident.first_symptom.as_ref()),
            (w.onset(), model.incident.onset.as_ref()),
        ];
        if let Some(due) = &model.incident.due {
            moments.push((w.response(), Some(&due.response)));
            moments.push((w.workaround(), Some(&due.workaround)));
            moments.push((w.resolution(), Some(&due.resolution)));
        }
        for (name, moment) in moments {
            let shown = moment.map_or_else(|| w.unknown().to_owned(), |m| m.date_and_time());
            self.item(&format!("{name}{}{shown}", w.colon()));
        }
        let seen = model.incident.seen_before.first();
        let line = match seen.and_then(|s| s.onset.as_ref()) {
            Some(onset) => onset.date_and_time(),
            None => w.never_seen().to_owned(),
        };
        self.item(&format!("{}{}{line}", w.seen_before(), w.colon()));
    }

    fn timeline(&mut self) {
        self.chapter(self.w.timeline());
        if let (Some(hour), Some(latin)) = (
            timeline::draw(self.model, self.w),
            timeline::draw(self.model, Words(Lang::En)),
        ) {
            self.picture(&latin.picture.drawing, &hour.picture.alternative);
        }
        self.part("timeline", false);
    }

    fn root_cause(&mut self) {
        let (w, model) = (self.w, self.model);
        self.chapter(w.chapter_root_cause());
        for reason in &model.verdict.why {
            self.item(w.text(reason));
        }
        for id in ["alternatives", "heap", "threads", "pools", "gc"] {
            self.part(id, true);
        }
    }

    fn evidence(&mut self) {
        self.chapter(self.w.evidence());
        for id in ["findings", "logs", "crashes", "system"] {
            self.part(id, true);
        }
    }

    fn handling(&mut self) {
        self.chapter(self.w.chapter_handling());
        self.stages(&[Stage::Preserve, Stage::Now, Stage::Hour]);
    }

    fn improvement(&mut self) {
        let w = self.w;
        self.chapter(w.chapter_improvement());
        self.stages(&[Stage::HalfDay, Stage::Permanent]);
        self.head("Heading2", w.missing());
        if self.model.missing.is_empty() {
            self.say(w.nothing_missing());
        }
        for gap in &self.model.missing {
            let words = [&gap.what, &gap.why_it_matters, &gap.how_to_get].map(|t| w.text(t));
            self.item(&words.join(w.semicolon()));
        }
    }

    fn attachments(&mut self) {
        self.chapter(self.w.chapter_attachments());
        self.part("artefacts", true);
        self.part("about", true);
    }

    fn stages(&mut self, stages: &[Stage]) {
        let model = self.model;
        for stage in stages {
            let mut actions = model.actions.iter().filter(|a| a.stage == *stage).peekable();
            if actions.peek().is_some() {
                self.head("Heading2", self.w.stage(*stage));
            }
            for action in actions {
                self.action(action);
            }
        }
    }

    fn action(&mut self, action: &ActionView) {
        let w = self.w;
        self.head("Heading3", w.text(&action.title));
        for (name, text) in [
            (w.approval(), &action.approval),
            (w.expected(), &action.expected),
            (w.verify(), &action.verify),
            (w.risk(), &action.risk),
            (w.rollback(), &action.rollback),
        ] {
            self.item(&format!("{name}{}{}", w.colon(), w.text(text)));
        }
        for line in action.command.iter().flat_map(|c| c.lines()) {
            self.add(Paragraph::new().add_run(code(line)));
        }
        self.say(w.signature());
    }

    /// One part of the appendix of the other forms.
    fn part(&mut self, id: &str, titled: bool) {
        let Some(at) = self.parts.iter().position(|part| part.id == id) else {
            return;
        };
        let part = self.parts.swap_remove(at);
        let pictures: Vec<Drawing> = match self.latin.iter().position(|part| part.id == id) {
            Some(at) => pictures(self.latin.swap_remove(at)),
            None => Vec::new(),
        };
        let mut pictures = pictures.iter();
        if titled {
            self.head("Heading2", &part.title);
        }
        for block in &part.blocks {
            match block {
                Block::Heading(spans) | Block::Anchor(_, spans) => self.head("Heading3", &plain(spans)),
                Block::Paragraph(spans) => self.add(runs(Paragraph::new(), spans)),
                Block::List(items) => items.iter().for_each(|item| self.add(runs(bullet(), item))),
                Block::Lines(lines) => lines
                    .iter()
                    .for_each(|line| self.add(Paragraph::new().add_run(code(line)))),
                Block::Table(table) => self.table(table),
                Block::Picture(picture) => {
                    let drawing = pictures.next().unwrap_or(&picture.drawing);
                    self.picture(drawing, &picture.alternative);
                }
            }
        }
    }

    fn table(&mut self, table: &Table) {
        let columns = table.head.len().max(1);
        let widths = widths(table, columns);
        let cell = |paragraph: Paragraph, column: usize| {
            let width = widths.get(column).copied().unwrap_or(TEXT_WIDTH / columns);
            TableCell::new().add_paragraph(paragraph).width(width, WidthType::Dxa)
        };
        let head = table
            .head
            .iter()
            .enumerate()
            .map(|(i, c)| cell(Paragraph::new().add_run(run(c.name).bold().size(17)), i))
            .collect();
        let mut rows = vec![TableRow::new(head).cant_split()];
        for row in &table.rows {
            let cells = row
                .iter()
                .enumerate()
                .map(|(i, spans)| cell(small(Paragraph::new(), spans), i))
                .collect();
            rows.push(TableRow::new(cells).cant_split());
        }
        let table_in_word = docx_rs::Table::new(rows)
            .set_grid(widths.clone())
            .layout(TableLayoutType::Fixed)
            .width(TEXT_WIDTH, WidthType::Dxa);
        self.docx = std::mem::take(&mut self.docx).add_table(table_in_word);
        self.say(table.note.as_deref().unwrap_or_default());
    }

    fn picture(&mut self, drawing: &Drawing, alternative: &str) {
        self.pictures += 1;
        let (png, width, height) = drawing.to_png(SCALE);
        let tall = (u64::from(TEXT_EMU) * u64::from(height) / u64::from(width.max(1))) as u32;
        let mut pic = Pic::new_with_dimensions(png, width, height).size(TEXT_EMU, tall);
        pic.id = format!("rIdImage{}", self.pictures);
        self.add(Paragraph::new().keep_next(true).add_run(Run::new().add_image(pic)));
        let caption = format!("{} {}{}{alternative}", self.w.figure(), self.pictures, self.w.colon());
        self.add(Paragraph::new().add_run(run(&caption).size(17).color("626D79")));
    }
}

fn pictures(part: Part) -> Vec<Drawing> {
    let drawings = part.blocks.into_iter().filter_map(|block| match block {
        Block::Picture(Picture { drawing, .. }) => Some(drawing),
        _ => None,
    });
    drawings.collect()
}

/// Column widths by the longest words of each, so that long names do not squeeze into the width of a figure.
fn widths(table: &Table, columns: usize) -> Vec<usize> {
    let longest = |column: usize| {
        let cells = table.rows.iter().filter_map(|row| row.get(column));
        let name = table.head.get(column).map_or(0, |c| super::columns::width(c.name));
        cells
            .map(|spans| super::columns::width(&plain(spans)))
            .chain([name])
            .max()
            .unwrap_or(0)
            .clamp(6, 44)
    };
    let weights: Vec<usize> = (0..columns).map(longest).collect();
    let all: usize = weights.iter().sum::<usize>().max(1);
    weights.iter().map(|weight| TEXT_WIDTH * weight / all).collect()
}

fn bullet() -> Paragraph {
    Paragraph::new()
        .indent(Some(360), Some(docx_rs::SpecialIndentType::Hanging(240)), None, None)
        .add_run(run("· "))
}

/// Words without what XML cannot hold.
fn run(text: &str) -> Run {
    let text = clean(text);
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => Run::new().add_text(format!("{}…", text.get(..at).unwrap_or_default())),
        None => Run::new().add_text(text),
    }
}

fn code(text: &str) -> Run {
    run(text)
        .size(17)
        .fonts(RunFonts::new().ascii("Consolas").hi_ansi("Consolas").east_asia("宋体"))
}

fn runs(mut paragraph: Paragraph, spans: &[Span]) -> Paragraph {
    for span in spans {
        let run = match span {
            Span::Words(text) | Span::Link(_, text) => run(text),
            Span::Strong(text) => run(text).bold(),
            Span::Faint(text) => run(text).color("626D79"),
            Span::Code(text) => code(text),
            Span::Badge(_, text) => run(&format!("[{text}] ")).bold(),
            Span::Bar(_) => continue,
            Span::Break => Run::new().add_break(BreakType::TextWrapping),
        };
        paragraph = paragraph.add_run(run);
    }
    paragraph
}

fn small(mut paragraph: Paragraph, spans: &[Span]) -> Paragraph {
    for span in spans {
        let run = match span {
            Span::Words(text) | Span::Link(_, text) | Span::Faint(text) | Span::Badge(_, text) => run(text).size(17),
            Span::Strong(text) => run(text).bold().size(17),
            Span::Code(text) => code(text).size(15),
            Span::Bar(_) => continue,
            Span::Break => Run::new().add_break(BreakType::TextWrapping),
        };
        paragraph = paragraph.add_run(run);
    }
    paragraph
}

fn plain(spans: &[Span]) -> String {
    let mut out = String::new();
    for span in spans {
        match span {
            Span::Words(text) | Span::Strong(text) | Span::Faint(text) | Span::Code(text) | Span::Link(_, text) => {
                out.push_str(text)
            }
            Span::Badge(_, text) => out.push_str(&format!("[{text}] ")),
            Span::Bar(_) => {}
            Span::Break => out.push(' '),
        }
    }
    out
}
