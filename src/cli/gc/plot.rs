//! Heap after collections and pauses, drawn with characters.

use crate::gc::{GcEvent, GcFacts};

/// Columns of the picture without its scale.
const COLUMNS: usize = 64;
/// Rows of the heap's picture.
const ROWS: usize = 8;
/// Eighths of a cell, lowest first.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Lines of the picture; none when the log has too little to draw. In each column stands the highest value of its time.
pub(super) fn heap(log: &GcFacts) -> Vec<String> {
    let values = columns(log, |e| e.after.map(|a| a as f64));
    let highest = values.iter().flatten().copied().fold(0.0, f64::max);
    let top = log.heap_max.map_or(highest, |m| m as f64).max(highest);
    if top <= 0.0 || values.iter().flatten().count() < 3 {
        return Vec::new();
    }
    (0..ROWS)
        .rev()
        .map(|row| {
            let label = match row {
                r if r + 1 == ROWS => super::bytes(top as u64),
                0 => "0".to_owned(),
                _ => String::new(),
            };
            format!("{label:>11} │{}", cells(&values, top, row).trim_end())
        })
        .collect()
}

/// One line of pauses, the longest as a full block, and the longest itself in milliseconds.
pub(super) fn pauses(log: &GcFacts) -> Option<(String, f64)> {
    let values = columns(log, |e| Some(e.pause_ms).filter(|ms| *ms > 0.0));
    let top = values.iter().flatten().copied().fold(0.0, f64::max);
    if top <= 0.0 || values.iter().flatten().count() < 3 {
        return None;
    }
    let line: String = values.iter().map(|v| v.map_or(' ', |v| block(v / top))).collect();
    Some((line.trim_end().to_owned(), top))
}

/// The highest value in each stretch of the log's events.
fn columns(log: &GcFacts, value: impl Fn(&GcEvent) -> Option<f64>) -> Vec<Option<f64>> {
    let count = log.events.len();
    let width = COLUMNS.min(count);
    let mut out = vec![None; width];
    for (at, event) in log.events.iter().enumerate() {
        let place = at.saturating_mul(width) / count.max(1);
        if let (Some(slot), Some(v)) = (out.get_mut(place), value(event)) {
            *slot = Some(slot.map_or(v, |old: f64| old.max(v)));
        }
    }
    out
}

fn cells(values: &[Option<f64>], top: f64, row: usize) -> String {
    let cell = |value: &Option<f64>| {
        let Some(value) = value else { return ' ' };
        let filled = value / top * ROWS as f64 - row as f64;
        if filled <= 0.0 && row > 0 { ' ' } else { block(filled) }
    };
    values.iter().map(cell).collect()
}

/// A block that is filled to this share; something is always seen.
fn block(share: f64) -> char {
    let eighth = (share * 8.0).ceil().clamp(1.0, 8.0) as usize;
    BLOCKS.get(eighth - 1).copied().unwrap_or('█')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_has_the_shape_of_the_heap() {
        let events = (1..=100_u64).map(|n| GcEvent {
            after: Some(n),
            pause_ms: if n == 50 { 900.0 } else { 1.0 },
            ..GcEvent::default()
        });
        let log = GcFacts {
            events: events.collect(),
            heap_max: Some(100),
            ..GcFacts::default()
        };
        let picture = heap(&log);
        assert_eq!(picture.len(), ROWS);
        let filled = |row: usize| picture[row].chars().filter(|c| BLOCKS.contains(c)).count();
        assert!(filled(0) < filled(4) && filled(4) < filled(7));
        let (line, longest) = pauses(&log).unwrap();
        assert_eq!((longest, line.chars().filter(|c| *c == '█').count()), (900.0, 1));
        assert!(heap(&GcFacts::default()).is_empty());
    }
}
