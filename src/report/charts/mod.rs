//! Pictures of the report as SVG, drawn with plotters, each with a text alternative that says the same.
//!
//! Colours are few and fixed, so that the style sheet can turn them for a dark screen; light and dark differ enough to
//! print in grey. Chinese labels start at a given point and never need measuring (HOUSE.md §6: plotters measures by
//! bytes); where room is short they are cut by their columns.

mod axis;
pub(super) mod bars;
pub(super) mod blocker_tree;
pub(super) mod gauges;
pub(super) mod heap_after_gc;
pub(super) mod icicle;
pub(super) mod lock_cycle;
mod pen;
pub(super) mod spark;
pub(super) mod thread_states;
pub(super) mod timeline;

pub(super) use timeline::nearest_events;

use axis::TimeAxis;
pub(super) use pen::Drawing;
use pen::{Anchor, Ink, Pen};

use crate::{
    report::{GcView, ReportModel, words::Words},
    words::Lang,
};

/// The picture of one GC log as a file of its own: heap after collections, the limit, full collections marked.
pub fn gc_svg(log: &GcView, model: &ReportModel, lang: Lang) -> String {
    let drawing = heap_after_gc::draw(log, model, Words(lang)).drawing;
    let head = "<svg xmlns=\"http://www.w3.org/2000/svg\" style=\"background:#fff\" ";
    drawing.svg.replacen("<svg ", head, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::GcPoint;

    #[test]
    fn a_picture_stands_alone_and_is_escaped() {
        let point = |n: u32| GcPoint {
            at_s: f64::from(n),
            after: u64::from(n) << 20,
            full: n == 3,
            ..GcPoint::default()
        };
        let log = GcView {
            points: (1..=4).map(point).collect(),
            heap_max: Some(8 << 20),
            ..GcView::default()
        };
        for lang in [Lang::Zh, Lang::En] {
            let svg = gc_svg(&log, &ReportModel::default(), lang);
            assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" "), "{svg}");
            assert!(svg.trim_end().ends_with("</svg>") && !svg.contains("<script"));
            assert_eq!(svg.matches("<svg").count(), 1);
        }
    }
}
