//! A few strokes on an SVG canvas.

use crate::report::columns::{clean, cut};
use plotters::{
    coord::Shift,
    prelude::{
        Circle, DrawingArea, IntoDrawingArea, IntoFont, PathElement, Polygon, RGBColor, Rectangle, SVGBackend, Text,
    },
    style::{
        Color, ShapeStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};

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

/// Draws on one canvas. A stroke that plotters cannot draw is left out: a picture never fails a report.
pub(super) struct Pen<'s> {
    area: DrawingArea<SVGBackend<'s>, Shift>,
}

/// A picture of the given size; `alternative` becomes its accessible name.
pub(super) fn picture(width: i32, height: i32, alternative: &str, draw: impl FnOnce(&Pen<'_>)) -> String {
    let mut svg = String::new();
    {
        let size = (width.unsigned_abs(), height.unsigned_abs());
        let pen = Pen {
            area: SVGBackend::with_string(&mut svg, size).into_drawing_area(),
        };
        draw(&pen);
        let _ = pen.area.present();
    }
    // plotters' own head carries a fixed size and a namespace that inline SVG needs not
    let body = svg.split_once('>').map_or("", |(_, body)| body);
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\">{body}",
        attribute(alternative)
    )
}

fn attribute(text: &str) -> String {
    clean(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

impl Pen<'_> {
    pub(super) fn rect(&self, x: i32, y: i32, width: i32, height: i32, ink: Ink) {
        if width > 0 && height > 0 {
            let _ = self
                .area
                .draw(&Rectangle::new([(x, y), (x + width, y + height)], ink.filled()));
        }
    }

    pub(super) fn frame(&self, x: i32, y: i32, width: i32, height: i32, ink: Ink) {
        let _ = self.area.draw(&Rectangle::new(
            [(x, y), (x + width, y + height)],
            ink.rgb().stroke_width(2),
        ));
    }

    pub(super) fn line(&self, points: &[(i32, i32)], thickness: u32, ink: Ink) {
        if points.len() > 1 {
            let _ = self
                .area
                .draw(&PathElement::new(points.to_vec(), ink.rgb().stroke_width(thickness)));
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
        let _ = self.area.draw(&Circle::new((x, y), radius, ink.filled()));
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
        let _ = self.area.draw(&Polygon::new(points, ink.filled()));
    }

    /// A label of at most `columns` columns (a Chinese character takes two).
    pub(super) fn text(&self, at: (i32, i32), text: &str, size: i32, ink: Ink, anchor: Anchor, columns: usize) {
        let h = match anchor {
            Anchor::Left => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::Right => HPos::Right,
        };
        let rgb = ink.rgb();
        let style = ("sans-serif", size)
            .into_font()
            .color(&rgb)
            .pos(Pos::new(h, VPos::Center));
        let _ = self.area.draw(&Text::new(cut(&clean(text), columns), at, style));
    }
}
