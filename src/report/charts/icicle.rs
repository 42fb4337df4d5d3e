//! Who holds the memory: the heap as an icicle, each level below its dominator, down to where the objects pile up.

use super::{Anchor, Ink, Pen, pen::picture};
use crate::report::{DominatorView, HeapView, SuspectView, parts::Picture, units, words::Words};

const WIDTH: i32 = 960;
const LEVEL: i32 = 34;
const GAP: i32 = 2;
/// Suspects whose way down is drawn.
const MOST: usize = 3;
/// Pixels below which a box is merged into the rest.
const NARROWEST: i32 = 6;
/// Pixels a column of a label takes at its size.
const COLUMN: i32 = 7;

/// One box of the icicle, in the picture's own pixels.
struct Cell {
    level: i32,
    left: i32,
    width: i32,
    label: String,
    ink: Ink,
}

/// The heap, its top-level dominators, and below each the holder, the accumulator and the content of a suspect.
pub(in crate::report) fn draw(heap: &HeapView, w: Words) -> Option<Picture> {
    if heap.dominators.is_empty() && heap.suspects.is_empty() {
        return None;
    }
    let cells = cells(heap, w);
    let levels = cells.iter().map(|cell| cell.level).max().unwrap_or(0) + 1;
    let alternative = alternative(heap, w);
    let drawing = picture(WIDTH, levels * (LEVEL + GAP), &alternative, |pen| {
        for cell in &cells {
            paint(pen, cell);
        }
    });
    Some(Picture { drawing, alternative })
}

fn paint(pen: &Pen, cell: &Cell) {
    let top = cell.level * (LEVEL + GAP);
    pen.rect(cell.left, top, (cell.width - 1).max(1), LEVEL, cell.ink);
    let columns = ((cell.width - 12) / COLUMN).max(0) as usize;
    if columns < 4 {
        return;
    }
    let ink = if matches!(cell.ink, Ink::Red | Ink::Blue) {
        Ink::White
    } else {
        Ink::Dark
    };
    pen.text(
        (cell.left + 7, top + LEVEL / 2),
        &cell.label,
        13,
        ink,
        Anchor::Left,
        columns,
    );
}

fn pixels(share: f64) -> i32 {
    (share.clamp(0.0, 1.0) * f64::from(WIDTH)) as i32
}

fn cells(heap: &HeapView, w: Words) -> Vec<Cell> {
    let mut cells = vec![Cell {
        level: 0,
        left: 0,
        width: WIDTH,
        label: format!("{} {}", w.whole_heap(), units::bytes(heap.shallow)),
        ink: Ink::PaleBlue,
    }];
    let tops = top_level(heap);
    for (left, width, dominator) in &tops {
        cells.push(Cell {
            level: 1,
            left: *left,
            width: *width,
            label: format!("{} {}", short(&dominator.class), units::percent(dominator.share)),
            ink: Ink::PaleBlue,
        });
    }
    let used = tops.last().map_or(0, |(left, width, _)| left + width);
    if WIDTH - used >= NARROWEST {
        cells.push(Cell {
            level: 1,
            left: used,
            width: WIDTH - used,
            label: w.rest().to_owned(),
            ink: Ink::Pale,
        });
    }
    let mut taken: Vec<(usize, i32)> = Vec::new();
    for suspect in heap.suspects.iter().take(MOST) {
        let Some(at) = under(suspect, &tops) else { continue };
        let already: i32 = taken
            .iter()
            .filter(|(top, _)| *top == at)
            .map(|(_, width)| *width)
            .sum();
        let Some((left, width, dominator)) = tops.get(at) else {
            continue;
        };
        let own = pixels(suspect.share).min(width - already);
        if own < NARROWEST {
            continue;
        }
        taken.push((at, own));
        cells.extend(way_down(suspect, dominator, left + already, own));
    }
    cells
}

/// Top-level dominators side by side, those too narrow to see left to the rest.
fn top_level(heap: &HeapView) -> Vec<(i32, i32, &DominatorView)> {
    let mut left = 0;
    let mut out = Vec::new();
    for dominator in &heap.dominators {
        let width = pixels(dominator.share).min(WIDTH - left);
        if width < NARROWEST {
            break;
        }
        out.push((left, width, dominator));
        left += width;
    }
    out
}

/// The top-level dominator that a suspect hangs below: one its path names, else the narrowest it fits into.
fn under(suspect: &SuspectView, tops: &[(i32, i32, &DominatorView)]) -> Option<usize> {
    let named = |address: &str| {
        suspect.holder.as_deref() == Some(address)
            || suspect.accumulator.as_deref() == Some(address)
            || suspect
                .path
                .iter()
                .any(|step| step.split([' ', '@']).any(|word| word == address))
    };
    let fits = |d: &DominatorView| d.share + 0.005 >= suspect.share;
    tops.iter()
        .position(|(_, _, d)| named(&d.object) && fits(d))
        .or_else(|| tops.iter().rposition(|(_, _, d)| fits(d)))
}

fn way_down(suspect: &SuspectView, dominator: &DominatorView, left: i32, width: i32) -> Vec<Cell> {
    let field = suspect
        .holder_field
        .as_ref()
        .map(|f| format!(".{f}"))
        .unwrap_or_default();
    let count = suspect
        .content_count
        .map(|n| format!(" × {}", units::count(n)))
        .unwrap_or_default();
    let holder = suspect.thread.as_ref().unwrap_or(&suspect.holder_class);
    let mut steps = Vec::new();
    if suspect.holder.as_deref() != Some(dominator.object.as_str()) {
        steps.push((format!("{}{field}", short(holder)), Ink::Blue));
    }
    if suspect.accumulator.as_deref() != Some(dominator.object.as_str()) {
        steps.push((
            format!(
                "{} {}",
                short(&suspect.accumulator_class),
                units::percent(suspect.share)
            ),
            Ink::Red,
        ));
    }
    steps.push((format!("{}{count}", short(&suspect.content_class)), Ink::PaleRed));
    (2..)
        .zip(steps)
        .map(|(level, (label, ink))| Cell {
            level,
            left,
            width,
            label,
            ink,
        })
        .collect()
}

/// The class without its package: the full name stands in the text beside the picture.
fn short(class: &str) -> &str {
    match class.split_once('<') {
        Some(_) => class,
        None => class.rsplit('.').next().filter(|s| !s.is_empty()).unwrap_or(class),
    }
}

fn alternative(heap: &HeapView, w: Words) -> String {
    let mut said = vec![format!("{} {}", w.whole_heap(), units::bytes(heap.shallow))];
    for suspect in heap.suspects.iter().take(MOST) {
        let holder = suspect.thread.as_ref().unwrap_or(&suspect.holder_class);
        said.push(format!(
            "{holder} → {} → {} {}",
            suspect.accumulator_class,
            suspect.content_class,
            units::percent(suspect.share)
        ));
    }
    if heap.suspects.is_empty() {
        said.extend(
            heap.dominators
                .iter()
                .take(MOST)
                .map(|d| format!("{} {}", d.class, units::percent(d.share))),
        );
    }
    format!("{}{}{}", w.dominators(), w.colon(), said.join(w.semicolon()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Lang;

    fn heap() -> HeapView {
        HeapView {
            shallow: 1000,
            dominators: vec![
                DominatorView {
                    object: "0x10".to_owned(),
                    class: "a.Loader".to_owned(),
                    share: 0.8,
                    ..DominatorView::default()
                },
                DominatorView {
                    object: "0x20".to_owned(),
                    class: "a.Small".to_owned(),
                    share: 0.001,
                    ..DominatorView::default()
                },
            ],
            suspects: vec![SuspectView {
                holder_class: "a.b.Registry".to_owned(),
                accumulator_class: "java.util.HashMap".to_owned(),
                content_class: "a.b.Card".to_owned(),
                share: 0.7,
                path: vec!["a.Loader @ 0x10".to_owned()],
                ..SuspectView::default()
            }],
            ..HeapView::default()
        }
    }

    #[test]
    fn a_suspect_hangs_below_the_dominator_its_path_names() {
        let heap = heap();
        let cells = cells(&heap, Words(Lang::En));
        let levels: Vec<(i32, &str)> = cells.iter().map(|c| (c.level, c.label.as_str())).collect();
        assert_eq!(levels.len(), 6, "{levels:?}");
        assert!(
            cells
                .iter()
                .filter(|c| c.level > 1)
                .all(|c| c.left == 0 && c.width == 672)
        );
        assert!(cells.iter().all(|c| c.left + c.width <= WIDTH));
    }

    #[test]
    fn an_empty_heap_has_no_picture() {
        assert!(draw(&HeapView::default(), Words(Lang::Zh)).is_none());
    }

    #[test]
    fn shares_that_lie_cannot_leave_the_picture() {
        let mut heap = heap();
        for d in &mut heap.dominators {
            d.share = f64::NAN;
        }
        heap.suspects[0].share = 9e9;
        assert!(cells(&heap, Words(Lang::En)).iter().all(|c| c.left + c.width <= WIDTH));
    }
}
