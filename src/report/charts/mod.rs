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
