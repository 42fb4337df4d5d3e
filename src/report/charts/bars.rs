//! How many in each period? Stacked bars, one a period.

use super::{Anchor, Ink, pen::picture};
use crate::report::{columns, parts::Picture};

const WIDTH: i32 = 960;
const HEIGHT: i32 = 240;
const LEFT: i32 = 56;
const RIGHT: i32 = WIDTH - 16;
const TOP: i32 = 34;
const BOTTOM: i32 = HEIGHT - 28;
/// Bars drawn, the newest.
const MOST: usize = 60;

/// What a part of a bar stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shade {
    /// Bad: critical, missed.
    Red,
    /// Serious.
    Amber,
    /// Ordinary.
    Blue,
    /// Good, or of little weight.
    Pale,
    /// Unknown.
    Grey,
}

impl Shade {
    fn ink(self) -> Ink {
        match self {
            Self::Red => Ink::Red,
            Self::Amber => Ink::Amber,
            Self::Blue => Ink::Blue,
            Self::Pale => Ink::PaleBlue,
            Self::Grey => Ink::Pale,
        }
    }
}

/// Bars with the parts they are stacked of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bars {
    /// Names and shades of the parts, bottom first.
    pub parts: Vec<(String, Shade)>,
    /// Label and the figure of each part, oldest first.
    pub bars: Vec<(String, Vec<u64>)>,
    /// What the picture shows, its text alternative's beginning.
    pub title: String,
}

/// The picture.
pub(in crate::report) fn draw(chart: &Bars) -> Picture {
    let bars = chart
        .bars
        .get(chart.bars.len().saturating_sub(MOST)..)
        .unwrap_or_default();
    let highest = bars
        .iter()
        .map(|(_, parts)| parts.iter().sum::<u64>())
        .max()
        .unwrap_or(0);
    let top = round_up(highest.max(1));
    let alternative = alternative(chart, bars);
    let drawing = picture(WIDTH, HEIGHT, &alternative, |pen| {
        let mut x = LEFT;
        for (name, shade) in &chart.parts {
            pen.rect(x, 6, 12, 12, shade.ink());
            pen.text((x + 18, 12), name, 12, Ink::Grey, Anchor::Left, 24);
            x += 40 + 8 * columns::width(name) as i32;
        }
        let height = |n: u64| (n as f64 / top as f64 * f64::from(BOTTOM - TOP)) as i32;
        let steps = (1..=4_u64).rev().find(|n| top.is_multiple_of(*n)).unwrap_or(1);
        for tick in 0..=steps {
            let n = top / steps * tick;
            let y = BOTTOM - height(n);
            pen.line(&[(LEFT, y), (RIGHT, y)], 1, Ink::Pale);
            pen.text((LEFT - 8, y), &n.to_string(), 11, Ink::Grey, Anchor::Right, 10);
        }
        let room = (RIGHT - LEFT) / bars.len().max(1) as i32;
        let wide = (room * 7 / 10).clamp(2, 64);
        // a label a bar as far as they fit beside each other
        let longest = bars.iter().map(|(label, _)| columns::width(label)).max().unwrap_or(0) as i32;
        let every = (longest * 7 + 12) / room.max(1) + 1;
        for (n, (label, parts)) in (0..).zip(bars) {
            let x = LEFT + room * n + room / 2;
            let mut y = BOTTOM;
            for ((_, shade), figure) in chart.parts.iter().zip(parts) {
                let tall = height(*figure);
                pen.rect(x - wide / 2, y - tall, wide, tall, shade.ink());
                y -= tall;
            }
            let sum: u64 = parts.iter().sum();
            if wide >= 20 && sum > 0 {
                pen.text((x, y - 8), &sum.to_string(), 11, Ink::Dark, Anchor::Middle, 10);
            }
            if n % every == 0 {
                pen.text((x, BOTTOM + 14), label, 11, Ink::Grey, Anchor::Middle, 12);
            }
        }
    });
    Picture { drawing, alternative }
}

/// The next of 1, 2, 4, 5, 10, 20, 40, 50 …
fn round_up(n: u64) -> u64 {
    let mut ten = 1_u64;
    loop {
        for step in [1, 2, 4, 5] {
            if ten.saturating_mul(step) >= n {
                return ten.saturating_mul(step);
            }
        }
        ten = ten.saturating_mul(10);
    }
}

fn alternative(chart: &Bars, bars: &[(String, Vec<u64>)]) -> String {
    let bar = |(label, parts): &(String, Vec<u64>)| {
        let named = chart.parts.iter().zip(parts).filter(|(_, figure)| **figure > 0);
        let figures: Vec<String> = named.map(|((name, _), figure)| format!("{name} {figure}")).collect();
        format!(
            "{label}: {}",
            if figures.is_empty() {
                "0".to_owned()
            } else {
                figures.join(", ")
            }
        )
    };
    // Twelve are read out, the table has them all.
    let newest = bars.get(bars.len().saturating_sub(12)..).unwrap_or_default();
    format!(
        "{} {}",
        chart.title,
        newest.iter().map(bar).collect::<Vec<_>>().join("; ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_ends_at_a_round_figure() {
        assert_eq!([1, 3, 5, 6, 41, 99].map(round_up), [1, 4, 5, 10, 50, 100]);
        assert!(round_up(u64::MAX) >= 1);
    }

    #[test]
    fn a_chart_says_its_figures_in_words() {
        let chart = Bars {
            parts: vec![("critical".to_owned(), Shade::Red), ("general".to_owned(), Shade::Blue)],
            bars: vec![("2026-11".to_owned(), vec![2, 0]), ("2026-12".to_owned(), vec![0, 0])],
            title: "Incidents.".to_owned(),
        };
        let picture = draw(&chart);
        assert_eq!(picture.alternative, "Incidents. 2026-11: critical 2; 2026-12: 0");
        assert!(picture.drawing.svg.contains("2026-12"));
        draw(&Bars::default());
    }
}
