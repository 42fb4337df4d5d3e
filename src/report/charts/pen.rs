//! A few strokes, laid on an SVG canvas or one of pixels.

use crate::report::columns::{clean, cut};
use plotters::{
    coord::Shift,
    prelude::{
        BitMapBackend, Circle, DrawingArea, DrawingBackend, IntoDrawingArea, IntoFont, PathElement, Polygon, RGBColor,
        Rectangle, SVGBackend, Text,
    },
    style::{
        Color, ShapeStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};
use std::cell::RefCell;

/// The colours of all pictures; templates/report.css turns each for dark screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// Text.
    Dark,
    /// Labels, what came before the onset.
    Grey,
    /// Grid, empty part of a bar.
    Pale,
    /// Ordinary figures.
    Blue,
    /// Ordinary figures in the background.
    PaleBlue,
    /// The onset and the cause.
    Red,
    /// Consequences.
    PaleRed,
    /// Full collections, waiting.
    Amber,
    /// Text on a dark box.
    White,
}

impl Ink {
    fn rgb(self) -> RGBColor {
        match self {
            Self::Dark => RGBColor(0x1f, 0x29, 0x33),
            Self::Grey => RGBColor(0x6b, 0x77, 0x85),
            Self::Pale => RGBColor(0xe1, 0xe5, 0xea),
            Self::Blue => RGBColor(0x2f, 0x66, 0x90),
            Self::PaleBlue => RGBColor(0xb4, 0xcb, 0xdc),
            Self::Red => RGBColor(0xb3, 0x26, 0x1e),
            Self::PaleRed => RGBColor(0xdd, 0x93, 0x8c),
            Self::Amber => RGBColor(0xc7, 0x7d, 0x0a),
            Self::White => RGBColor(0xff, 0xff, 0xff),
        }
    }

    fn filled(self) -> ShapeStyle {
        self.rgb().filled()
    }
}

/// Where a label starts from its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// The point is its left end.
    Left,
    /// The point is its middle.
    Middle,
    /// The point is its right end.
    Right,
}

/// One stroke of a picture, in its own units.
#[derive(Debug, Clone, PartialEq)]
enum Stroke {
    Fill(Vec<(i32, i32)>, Ink),
    Rect(Rect, Ink),
    Frame(Rect, Ink),
    Line(Vec<(i32, i32)>, u32, Ink),
    Dot((i32, i32), i32, Ink),
    Words(Label),
}

/// Two opposite corners.
type Rect = [(i32, i32); 2];

#[derive(Debug, Clone, PartialEq)]
struct Label {
    at: (i32, i32),
    text: String,
    size: i32,
    ink: Ink,
    anchor: Anchor,
}

/// A finished picture: its SVG, and its strokes for a form that wants pixels.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Drawing {
    /// SVG markup, escaped.
    pub(in crate::report) svg: String,
    width: i32,
    height: i32,
    strokes: Vec<Stroke>,
}

/// Collects the strokes of one picture.
#[derive(Default)]
pub(super) struct Pen {
    strokes: RefCell<Vec<Stroke>>,
}

/// A picture of the given size; `alternative` becomes its accessible name.
pub(super) fn picture(width: i32, height: i32, alternative: &str, draw: impl FnOnce(&Pen)) -> Drawing {
    let pen = Pen::default();
    draw(&pen);
    let mut drawing = Drawing {
        svg: String::new(),
        width,
        height,
        strokes: pen.strokes.into_inner(),
    };
    drawing.svg = drawing.to_svg(alternative);
    drawing
}

impl Drawing {
    fn to_svg(&self, alternative: &str) -> String {
        let (width, height) = (self.width, self.height);
        let mut svg = String::new();
        {
            let size = (width.unsigned_abs(), height.unsigned_abs());
            let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            self.lay_on(&area, 1, svg_words);
            let _ = area.present();
        }
        // plotters' own head carries a fixed size and a namespace that inline SVG needs not
        let body = svg.split_once('>').map_or("", |(_, body)| body);
        format!(
            "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\">{body}",
            attribute(alternative)
        )
    }

    /// The same picture as PNG, each unit `scale` pixels wide, with its size in pixels.
    pub(in crate::report) fn to_png(&self, scale: i32) -> (Vec<u8>, u32, u32) {
        let (width, height) = (
            (self.width * scale).unsigned_abs().max(1),
            (self.height * scale).unsigned_abs().max(1),
        );
        let mut pixels = vec![0xff; width as usize * height as usize * 3];
        {
            let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
            self.lay_on(&area, scale, |area, label| glyphs::write(area, label, scale));
            let _ = area.present();
        }
        (png::encode(&pixels, width, height), width, height)
    }

    /// A stroke that the canvas cannot draw is left out: a picture never fails a report.
    fn lay_on<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
        scale: i32,
        words: impl Fn(&DrawingArea<B, Shift>, &Label),
    ) {
        let at = |p: &(i32, i32)| (p.0 * scale, p.1 * scale);
        let thick = |n: u32| n * scale.unsigned_abs();
        for stroke in &self.strokes {
            let _ = match stroke {
                Stroke::Fill(points, ink) => {
                    area.draw(&Polygon::new(points.iter().map(at).collect::<Vec<_>>(), ink.filled()))
                }
                Stroke::Rect([a, b], ink) => area.draw(&Rectangle::new([at(a), at(b)], ink.filled())),
                Stroke::Frame([a, b], ink) => {
                    area.draw(&Rectangle::new([at(a), at(b)], ink.rgb().stroke_width(thick(2))))
                }
                Stroke::Line(points, thickness, ink) => area.draw(&PathElement::new(
                    points.iter().map(at).collect::<Vec<_>>(),
                    ink.rgb().stroke_width(thick(*thickness)),
                )),
                Stroke::Dot(centre, radius, ink) => area.draw(&Circle::new(at(centre), radius * scale, ink.filled())),
                Stroke::Words(label) => {
                    words(area, label);
                    Ok(())
                }
            };
        }
    }
}

fn svg_words<B: DrawingBackend>(area: &DrawingArea<B, Shift>, label: &Label) {
    let h = match label.anchor {
        Anchor::Left => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::Right => HPos::Right,
    };
    let rgb = label.ink.rgb();
    let style = ("sans-serif", label.size)
        .into_font()
        .color(&rgb)
        .pos(Pos::new(h, VPos::Center));
    let _ = area.draw(&Text::new(label.text.clone(), label.at, style));
}

/// Letters for a canvas of pixels: the public 8×8 font of old terminals, part of the program, no font of the machine.
/// It has Latin only; a character that it lacks is a small box, and the caption below the picture says the words.
mod glyphs {
    use super::{Anchor, Label};
    use font8x8::legacy::BASIC_LEGACY;
    use plotters::{coord::Shift, prelude::DrawingArea, prelude::DrawingBackend};

    const BOX: [u8; 8] = [0x00, 0x7e, 0x42, 0x42, 0x42, 0x42, 0x7e, 0x00];

    pub(super) fn write<B: DrawingBackend>(area: &DrawingArea<B, Shift>, label: &Label, scale: i32) {
        // small labels take seven units a letter, as in the SVG
        let dot = if label.size < 12 { (scale - 1).max(1) } else { scale };
        let length = label.text.chars().count() as i32 * 8 * dot;
        let left = label.at.0 * scale
            - match label.anchor {
                Anchor::Left => 0,
                Anchor::Middle => length / 2,
                Anchor::Right => length,
            };
        let top = label.at.1 * scale - 4 * dot;
        let rgb = label.ink.rgb();
        for (column, c) in (0..).zip(label.text.chars()) {
            let rows = BASIC_LEGACY.get(plain(c) as usize).unwrap_or(&BOX);
            for (y, row) in (0..).zip(rows) {
                for x in (0..8).filter(|x| row >> x & 1 == 1) {
                    for (i, j) in (0..dot * dot).map(|n| (n % dot, n / dot)) {
                        let at = (left + (column * 8 + x) * dot + i, top + y * dot + j);
                        let _ = area.draw_pixel(at, &rgb);
                    }
                }
            }
        }
    }

    /// The nearest character of ASCII for the signs our own labels use.
    fn plain(c: char) -> char {
        match c {
            '\u{a0}' => ' ',
            '\u{2013}' | '\u{2014}' => '-',
            '\u{d7}' => 'x',
            '\u{2026}' => '~',
            '\u{2192}' => '>',
            c => c,
        }
    }
}

/// A PNG of 8-bit RGB (ISO/IEC 15948): header, one compressed block, end.
mod png {
    use flate2::{Compression, Crc, write::ZlibEncoder};
    use std::io::Write;

    pub(super) fn encode(pixels: &[u8], width: u32, height: u32) -> Vec<u8> {
        let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
        let mut header = Vec::with_capacity(13);
        header.extend(width.to_be_bytes());
        header.extend(height.to_be_bytes());
        header.extend([8, 2, 0, 0, 0]);
        chunk(&mut out, b"IHDR", &header);
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::new(6));
        for row in pixels.chunks(width as usize * 3) {
            // each row begins with its filter: none; writing into memory cannot fail
            let _ = packed.write_all(&[0]).and_then(|()| packed.write_all(row));
        }
        chunk(&mut out, b"IDAT", &packed.finish().unwrap_or_default());
        chunk(&mut out, b"IEND", &[]);
        out
    }

    fn chunk(out: &mut Vec<u8>, name: &[u8; 4], body: &[u8]) {
        out.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend(name);
        out.extend(body);
        let mut crc = Crc::new();
        crc.update(name);
        crc.update(body);
        out.extend(crc.sum().to_be_bytes());
    }
}

fn attribute(text: &str) -> String {
    clean(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

impl Pen {
    fn add(&self, stroke: Stroke) {
        self.strokes.borrow_mut().push(stroke);
    }

    pub(super) fn rect(&self, x: i32, y: i32, width: i32, height: i32, ink: Ink) {
        if width > 0 && height > 0 {
            self.add(Stroke::Rect([(x, y), (x + width, y + height)], ink));
        }
    }

    pub(super) fn frame(&self, x: i32, y: i32, width: i32, height: i32, ink: Ink) {
        self.add(Stroke::Frame([(x, y), (x + width, y + height)], ink));
    }

    pub(super) fn line(&self, points: &[(i32, i32)], thickness: u32, ink: Ink) {
        if points.len() > 1 {
            self.add(Stroke::Line(points.to_vec(), thickness, ink));
        }
    }

    /// A straight horizontal or vertical line in dashes.
    pub(super) fn dashed(&self, from: (i32, i32), to: (i32, i32), ink: Ink) {
        const DASH: i32 = 6;
        let steps = ((to.0 - from.0).abs().max((to.1 - from.1).abs()) / (2 * DASH)).max(1);
        for step in 0..=steps {
            let at = |n: i32| {
                (
                    from.0 + (to.0 - from.0) * n / (2 * steps + 1),
                    from.1 + (to.1 - from.1) * n / (2 * steps + 1),
                )
            };
            self.line(&[at(2 * step), at(2 * step + 1)], 1, ink);
        }
    }

    pub(super) fn dot(&self, x: i32, y: i32, radius: i32, ink: Ink) {
        self.add(Stroke::Dot((x, y), radius, ink));
    }

    /// An arrowhead whose tip is at the point.
    pub(super) fn arrowhead(&self, tip: (i32, i32), direction: (i32, i32), ink: Ink) {
        let (dx, dy) = direction;
        let back = (tip.0 - dx * 9, tip.1 - dy * 9);
        let points = vec![
            tip,
            (back.0 - dy * 5, back.1 + dx * 5),
            (back.0 + dy * 5, back.1 - dx * 5),
        ];
        self.add(Stroke::Fill(points, ink));
    }

    /// A label of at most `columns` columns (a Chinese character takes two).
    pub(super) fn text(&self, at: (i32, i32), text: &str, size: i32, ink: Ink, anchor: Anchor, columns: usize) {
        self.add(Stroke::Words(Label {
            at,
            text: cut(&clean(text), columns),
            size,
            ink,
            anchor,
        }));
    }
}
