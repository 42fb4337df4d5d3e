//! What changed between the dumps: threads by state, a bar a dump.

use super::{Anchor, Ink, pen::picture};
use crate::report::{DumpView, ReportModel, parts::Picture, words::Words};

const WIDTH: i32 = 960;
const LEFT: i32 = 150;
const ROW: i32 = 26;
const TOP: i32 = 26;
/// Dumps drawn.
const MOST: usize = 12;

/// One bar a dump, blocked threads first because they tell most.
pub(in crate::report) fn draw(model: &ReportModel, w: Words) -> Picture {
    let dumps: Vec<&DumpView> = model.dumps.iter().take(MOST).collect();
    let most = dumps
        .iter()
        .map(|d| states(d).iter().map(|s| s.0).sum::<u64>())
        .max()
        .unwrap_or(1)
        .max(1);
    let names = [
        w.blocked_state(),
        w.runnable_state(),
        w.waiting_state(),
        w.timed_state(),
        w.parked_state(),
    ];
    let alternative = alternative(&dumps, names, w);
    let height = TOP + ROW * dumps.len() as i32 + 6;
    let drawing = picture(WIDTH, height, &alternative, |pen| {
        let mut x = LEFT;
        for (name, (_, ink)) in names.iter().zip(states(&DumpView::default())) {
            pen.rect(x, 4, 12, 12, ink);
            pen.text((x + 18, 10), name, 12, Ink::Grey, Anchor::Left, 16);
            x += 34 + 8 * crate::report::columns::width(name) as i32;
        }
        for (row, dump) in (0..).zip(&dumps) {
            let y = TOP + row * ROW;
            let label = dump.time.as_ref().map_or(dump.artefact.as_str(), |t| t.time_of_day());
            pen.text((LEFT - 10, y + ROW / 2 - 2), label, 12, Ink::Dark, Anchor::Right, 20);
            let mut x = LEFT;
            for (count, ink) in states(dump) {
                let width = (count as f64 / most as f64 * f64::from(WIDTH - LEFT - 16)) as i32;
                pen.rect(x, y, width, ROW - 6, ink);
                if width > 26 {
                    let on = if matches!(ink, Ink::PaleBlue | Ink::Pale) {
                        Ink::Dark
                    } else {
                        Ink::White
                    };
                    pen.text(
                        (x + width / 2, y + ROW / 2 - 3),
                        &count.to_string(),
                        11,
                        on,
                        Anchor::Middle,
                        8,
                    );
                }
                x += width;
            }
        }
    });
    Picture { drawing, alternative }
}

fn states(dump: &DumpView) -> [(u64, Ink); 5] {
    let s = &dump.states;
    [
        (s.blocked, Ink::Red),
        (s.runnable, Ink::Blue),
        (s.waiting, Ink::PaleBlue),
        (s.timed_waiting, Ink::Grey),
        (s.parked, Ink::Pale),
    ]
}

fn alternative(dumps: &[&DumpView], names: [&str; 5], w: Words) -> String {
    let rows = dumps.iter().map(|dump| {
        let label = dump.time.as_ref().map_or(dump.artefact.as_str(), |t| t.time_of_day());
        let parts: Vec<String> = names
            .iter()
            .zip(states(dump))
            .filter(|(_, (n, _))| *n > 0)
            .map(|(name, (n, _))| format!("{name} {n}"))
            .collect();
        format!("{label} {}", parts.join(w.comma()))
    });
    rows.collect::<Vec<_>>().join(w.semicolon())
}
