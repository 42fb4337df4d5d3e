//! Are the pools full? One gauge a pool: busy, idle, and who waits outside.

use super::{Anchor, Ink, pen::picture};
use crate::report::{PoolView, parts::Picture, units, words::Words};

const WIDTH: i32 = 960;
const LEFT: i32 = 250;
const FULL: i32 = 420;
const ROW: i32 = 30;
const TOP: i32 = 28;
/// Pools drawn.
const MOST: usize = 10;

/// The gauges; pools of unknown size have no gauge.
pub(in crate::report) fn draw(pools: &[PoolView], w: Words) -> Option<Picture> {
    let drawn: Vec<&PoolView> = pools.iter().filter(|pool| pool.size > 0).take(MOST).collect();
    if drawn.is_empty() {
        return None;
    }
    let said: Vec<String> = drawn.iter().map(|pool| words(pool, w)).collect();
    let alternative = said.join(w.semicolon());
    let height = TOP + ROW * drawn.len() as i32 + 2;
    let drawing = picture(WIDTH, height, &alternative, |pen| {
        let mut x = LEFT;
        for (name, ink) in [(w.busy(), Ink::Blue), (w.idle(), Ink::Pale), (w.waiting(), Ink::Amber)] {
            pen.rect(x, 4, 12, 12, ink);
            pen.text((x + 18, 10), name, 12, Ink::Grey, Anchor::Left, 16);
            x += 44 + 8 * crate::report::columns::width(name) as i32;
        }
        for (row, pool) in (0..).zip(&drawn) {
            let y = TOP + row * ROW;
            let share = (pool.busy as f64 / pool.size as f64).min(1.0);
            let busy = (share * f64::from(FULL)) as i32;
            let ink = if share >= 1.0 { Ink::Red } else { Ink::Blue };
            pen.text((LEFT - 10, y + 9), &pool.name, 12, Ink::Dark, Anchor::Right, 30);
            pen.rect(LEFT, y, FULL, 18, Ink::Pale);
            pen.rect(LEFT, y, busy, 18, ink);
            let figures = format!("{}/{}", pool.busy, pool.size);
            if busy > 70 {
                pen.text((LEFT + busy - 6, y + 9), &figures, 11, Ink::White, Anchor::Right, 14);
            } else {
                pen.text((LEFT + busy + 6, y + 9), &figures, 11, Ink::Dark, Anchor::Left, 14);
            }
            let mut x = LEFT + FULL + 8;
            if pool.waiting > 0 {
                // those outside, on the scale of those inside
                let waiting = (pool.waiting as f64 / pool.size as f64 * f64::from(FULL)).min(90.0) as i32;
                pen.rect(x, y, waiting.max(6), 18, Ink::Amber);
                x += waiting.max(6) + 6;
                let label = format!("+{}", pool.waiting);
                pen.text((x, y + 9), &label, 11, Ink::Dark, Anchor::Left, 8);
                x += 8 * label.len() as i32 + 6;
            }
            if let Some(what) = pool.waiting_for.as_deref() {
                pen.text(
                    (x, y + 9),
                    what,
                    11,
                    Ink::Grey,
                    Anchor::Left,
                    ((WIDTH - x) / 7).max(4) as usize,
                );
            }
        }
    });
    Some(Picture { drawing, alternative })
}

fn words(pool: &PoolView, w: Words) -> String {
    let mut words = format!("{}{}{} {}/{}", pool.name, w.colon(), w.busy(), pool.busy, pool.size);
    if pool.waiting > 0 {
        words.push_str(&format!("{}{} {}", w.comma(), w.waiting(), units::count(pool.waiting)));
    }
    words
}
