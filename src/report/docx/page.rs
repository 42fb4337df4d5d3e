//! The sheet of paper that documents are written on: headings, paragraphs, tables and pictures of a Word file.

use crate::{
    report::{
        charts::Drawing,
        columns::{self, clean},
        parts::{Block, Span, Table},
        units,
        words::Words,
    },
    words::Lang,
};
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

/// A document being written.
pub(in crate::report) struct Page {
    lang: Lang,
    w: Words,
    docx: Docx,
    chapters: usize,
    pictures: usize,
}

impl Page {
    /// An empty A4 document with numbered pages.
    pub(in crate::report) fn new(lang: Lang) -> Self {
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
            lang,
            w: Words(lang),
            docx,
            chapters: 0,
            pictures: 0,
        }
    }

    /// The file.
    pub(in crate::report) fn into_bytes(self) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        // Packing into memory fails only when a part is larger than a ZIP can say; then there is no document.
        match self.docx.build().pack(&mut out) {
            Ok(()) => out.into_inner(),
            Err(_) => Vec::new(),
        }
    }

    /// Adds a paragraph.
    pub(in crate::report) fn add(&mut self, paragraph: Paragraph) {
        self.docx = std::mem::take(&mut self.docx).add_paragraph(paragraph);
    }

    /// Adds words as a paragraph.
    pub(in crate::report) fn say(&mut self, text: &str) {
        self.add(Paragraph::new().add_run(run(text)));
    }

    /// Adds words as an item of a list.
    pub(in crate::report) fn item(&mut self, text: &str) {
        self.add(bullet().add_run(run(text)));
    }

    /// A chapter's heading, numbered as such reports are.
    pub(in crate::report) fn chapter(&mut self, name: &str) {
        const NUMERALS: [&str; 8] = ["一", "二", "三", "四", "五", "六", "七", "八"];
        let number = match (self.lang, NUMERALS.get(self.chapters)) {
            (Lang::Zh, Some(numeral)) => format!("{numeral}、"),
            _ => format!("{}. ", self.chapters + 1),
        };
        self.chapters += 1;
        self.head("Heading1", &format!("{number}{name}"));
    }

    /// Adds a heading of a style.
    pub(in crate::report) fn head(&mut self, style: &str, text: &str) {
        self.add(Paragraph::new().style(style).keep_next(true).add_run(run(text)));
    }

    /// A title in the middle of the page and a line below it.
    pub(in crate::report) fn title(&mut self, title: &str, under: &str) {
        let centred = || Paragraph::new().align(AlignmentType::Center);
        self.add(centred().add_run(run(title).bold().size(40)));
        self.add(centred().add_run(run(under).color("626D79")));
    }

    /// Blocks of a part; `pictures` are the same pictures with Latin letters.
    pub(in crate::report) fn blocks(&mut self, blocks: &[Block], pictures: &[Drawing]) {
        let mut pictures = pictures.iter();
        for block in blocks {
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

    /// Adds a table.
    pub(in crate::report) fn table(&mut self, table: &Table) {
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

    /// Adds a picture and its caption.
    pub(in crate::report) fn picture(&mut self, drawing: &Drawing, alternative: &str) {
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

/// Column widths by the longest words of each, so that long names do not squeeze into the width of a figure.
fn widths(table: &Table, columns: usize) -> Vec<usize> {
    let longest = |column: usize| {
        let cells = table.rows.iter().filter_map(|row| row.get(column));
        let name = table.head.get(column).map_or(0, |c| columns::width(c.name));
        cells
            .map(|spans| columns::width(&plain(spans)))
            .chain([name])
            .max()
            .unwrap_or(0)
            .clamp(10, 40)
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

/// Words without what XML cannot hold; figures stay with their units.
pub(super) fn run(text: &str) -> Run {
    let text = text.split(units::THIN).map(clean).collect::<Vec<_>>();
    let text = text.join(&units::THIN.to_string());
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => Run::new().add_text(format!("{}…", text.get(..at).unwrap_or_default())),
        None => Run::new().add_text(text),
    }
}

pub(super) fn code(text: &str) -> Run {
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
            Span::Bar(_) | Span::Spark(_) => continue,
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
            Span::Bar(_) | Span::Spark(_) => continue,
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
            Span::Bar(_) | Span::Spark(_) => {}
            Span::Break => out.push(' '),
        }
    }
    out
}
