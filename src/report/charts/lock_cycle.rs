//! Who waits for whom: the cycle of a deadlock.

use super::{Anchor, Ink, pen::picture};
use crate::report::{DeadlockView, parts::Picture, words::Words};

const WIDTH: i32 = 960;
const BOX: (i32, i32) = (360, 34);
const LEFT: i32 = 48;
const GAP: i32 = 44;
/// Threads drawn of one cycle.
const MOST: usize = 10;

/// Threads as boxes from top to bottom, each with an arrow to the one it waits for, the last back to the first.
pub(in crate::report) fn draw(deadlock: &DeadlockView, w: Words) -> Picture {
    let threads: Vec<&String> = deadlock.threads.iter().take(MOST).collect();
    let rows = threads.len().max(1) as i32;
    let height = rows * BOX.1 + (rows - 1) * GAP + 30;
    let alternative = alternative(deadlock, w);
    let drawing = picture(WIDTH, height, &alternative, |pen| {
        let top = |row: i32| 4 + row * (BOX.1 + GAP);
        for (row, thread) in (0..).zip(&threads) {
            pen.frame(LEFT, top(row), BOX.0, BOX.1, Ink::Red);
            pen.text(
                (LEFT + BOX.0 / 2, top(row) + BOX.1 / 2),
                thread,
                14,
                Ink::Dark,
                Anchor::Middle,
                44,
            );
        }
        let middle = LEFT + BOX.0 / 2;
        for row in 0..rows - 1 {
            let (from, to) = (top(row) + BOX.1, top(row + 1));
            pen.line(&[(middle, from + 1), (middle, to - 8)], 2, Ink::Red);
            pen.arrowhead((middle, to - 1), (0, 1), Ink::Red);
            label(pen, deadlock, row as usize, (middle + 14, (from + to) / 2), w);
        }
        let (last, back) = (top(rows - 1) + BOX.1 / 2, top(0) + BOX.1 / 2);
        pen.line(
            &[(LEFT - 1, last), (16, last), (16, back), (LEFT - 9, back)],
            2,
            Ink::Red,
        );
        pen.arrowhead((LEFT - 2, back), (1, 0), Ink::Red);
        label(
            pen,
            deadlock,
            threads.len().saturating_sub(1),
            (LEFT, top(rows - 1) + BOX.1 + 14),
            w,
        );
    });
    Picture { drawing, alternative }
}

fn label(pen: &super::Pen, deadlock: &DeadlockView, index: usize, at: (i32, i32), w: Words) {
    if let Some(lock) = deadlock.locks.get(index) {
        pen.text(
            at,
            &format!("{} {lock}", w.waits_for()),
            12,
            Ink::Grey,
            Anchor::Left,
            90,
        );
    }
}

fn alternative(deadlock: &DeadlockView, w: Words) -> String {
    let steps: Vec<String> = deadlock
        .threads
        .iter()
        .enumerate()
        .map(|(i, thread)| {
            let next = deadlock
                .threads
                .get(i + 1)
                .or(deadlock.threads.first())
                .map_or("", String::as_str);
            match deadlock.locks.get(i) {
                Some(lock) => w.thread_waits(thread, lock, next),
                None => format!("{thread} → {next}"),
            }
        })
        .collect();
    steps.join(w.semicolon())
}
