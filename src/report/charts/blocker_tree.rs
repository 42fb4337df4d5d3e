//! Who holds up whom? Holders of locks as a tree: the one nobody holds up first, with the threads behind it.

use super::{Anchor, Ink, pen::picture};
use crate::report::{BlockerView, parts::Picture, units, words::Words};

const WIDTH: i32 = 960;
const ROW: i32 = 44;
const TOP: i32 = 8;
/// Holders drawn.
const MOST: usize = 10;
const BAR: i32 = 240;

/// The holders with most threads behind them; of no holder there is no picture.
pub(in crate::report) fn draw(blockers: &[&BlockerView], w: Words) -> Option<Picture> {
    let drawn: Vec<&BlockerView> = blockers.iter().take(MOST).copied().collect();
    let most = drawn.iter().map(|b| b.victims).max().filter(|n| *n > 0)? as f64;
    let said: Vec<String> = drawn.iter().map(|b| words(b, w)).collect();
    let alternative = said.join(w.semicolon());
    let height = TOP + ROW * drawn.len() as i32;
    let drawing = picture(WIDTH, height, &alternative, |pen| {
        for (row, blocker) in (0..).zip(&drawn) {
            let y = TOP + row * ROW;
            let ink = if row == 0 { Ink::Red } else { Ink::Blue };
            pen.rect(0, y, 330, ROW - 10, ink);
            let name = if blocker.thread.is_empty() {
                w.unknown()
            } else {
                &blocker.thread
            };
            pen.text((10, y + 11), name, 12, Ink::White, Anchor::Left, 44);
            pen.text((10, y + 25), w.text(&blocker.doing), 11, Ink::White, Anchor::Left, 48);
            // the lock between holder and waiters
            pen.line(&[(330, y + 17), (610, y + 17)], 1, Ink::Grey);
            pen.arrowhead((332, y + 17), (-1, 0), Ink::Grey);
            pen.text((345, y + 8), &blocker.lock_class, 11, Ink::Grey, Anchor::Left, 38);
            let direct = (blocker.blocked as f64 / most * f64::from(BAR)) as i32;
            let all = (blocker.victims as f64 / most * f64::from(BAR)) as i32;
            pen.rect(612, y + 6, all.max(3), 22, Ink::PaleRed);
            pen.rect(612, y + 6, direct.max(3), 22, Ink::Amber);
            let figures = if blocker.victims > blocker.blocked {
                format!("{} + {}", blocker.blocked, blocker.victims - blocker.blocked)
            } else {
                blocker.blocked.to_string()
            };
            pen.text(
                (612 + all.max(3) + 8, y + 17),
                &figures,
                12,
                Ink::Dark,
                Anchor::Left,
                12,
            );
        }
    });
    Some(Picture { drawing, alternative })
}

fn words(blocker: &BlockerView, w: Words) -> String {
    format!(
        "{} → {}{}{} {}{}{} {}",
        blocker.thread,
        blocker.lock_class,
        w.colon(),
        w.blocked(),
        units::count(blocker.blocked),
        w.comma(),
        w.all_victims(),
        units::count(blocker.victims)
    )
}
