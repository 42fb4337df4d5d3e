//! Small lines that stand in a row: how a share or a count went over time.

use super::{Ink, pen::picture};
use crate::report::parts::Picture;

const WIDTH: i32 = 180;
const HEIGHT: i32 = 34;

/// Bars of counts over time with a tick at the onset, `mark` being its place 0…1.
pub(in crate::report) fn counts(counts: &[u64], mark: Option<f64>, alternative: String) -> Picture {
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let drawing = picture(WIDTH, HEIGHT, &alternative, |pen| {
        let (left, right) = (1, WIDTH - 1);
        pen.line(&[(left, HEIGHT - 2), (right, HEIGHT - 2)], 1, Ink::Pale);
        let n = counts.len().max(1) as i32;
        for (i, count) in (0..).zip(counts) {
            let from = left + (right - left) * i / n;
            let to = left + (right - left) * (i + 1) / n;
            let tall = (*count as f64 / most * f64::from(HEIGHT - 6)).ceil() as i32;
            let gap = i32::from(to - from > 3);
            pen.rect(from, HEIGHT - 2 - tall, (to - from - gap).max(1), tall, Ink::Blue);
        }
        if let Some(mark) = mark.filter(|m| (0.0..=1.0).contains(m)) {
            let x = left + (mark * f64::from(right - left)) as i32;
            pen.line(&[(x, 0), (x, HEIGHT)], 2, Ink::Red);
        }
    });
    Picture { drawing, alternative }
}

/// A line of shares 0…1 towards their limit at the top.
pub(in crate::report) fn shares(shares: &[f64], alternative: String) -> Picture {
    let drawing = picture(WIDTH, HEIGHT, &alternative, |pen| {
        pen.dashed((1, 2), (WIDTH - 1, 2), Ink::Red);
        let n = shares.len().saturating_sub(1).max(1) as f64;
        let place = |(i, share): (usize, &f64)| {
            let x = 2.0 + i as f64 / n * f64::from(WIDTH - 6);
            let y = f64::from(HEIGHT - 2) - share.clamp(0.0, 1.0) * f64::from(HEIGHT - 4);
            (x as i32, y as i32)
        };
        let points: Vec<(i32, i32)> = shares.iter().enumerate().map(place).collect();
        pen.line(&points, 2, Ink::Blue);
        if let Some((x, y)) = points.last() {
            pen.dot(*x, *y, 3, Ink::Amber);
        }
    });
    Picture { drawing, alternative }
}
