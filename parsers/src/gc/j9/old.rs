//! The `af`, `sys` and `con` blocks of Java 5 and 6.

use super::{Reader, element::Element};
use crate::gc::record::{Collection, Trigger};

/// An `af`, `sys` or `con` block of Java 5 / 6.
#[derive(Default)]
pub(super) struct OldBlock {
    pub(super) open: bool,
    pub(super) in_gc: bool,
    after_gc: bool,
    used: u64,
    total: u64,
    tenured: Option<(u64, u64)>,
    before_used: u64,
    has_before: bool,
}

impl<'a> Reader<'a, '_> {
    /// Elements of Java 5 and 6.
    pub(super) fn old_element(&mut self, e: &Element<'a>) {
        match e.name {
            b"af" | b"sys" | b"con" if e.get(b"timestamp").is_some() => {
                self.close_old_block();
                self.now = Collection {
                    time: e.stamp(),
                    line: self.line,
                    ..Collection::default()
                };
                match e.name {
                    b"af" => self.now.cause = Some("allocation failure"),
                    b"sys" => {
                        self.now.cause = Some("explicit");
                        self.now.trigger = Trigger::Explicit;
                    }
                    _ => self.now.cause = e.text(b"event"),
                }
                self.old_block.open = true;
            }
            b"minimum" if self.old_block.open => self.now.requested = e.integer(b"requested_bytes"),
            b"gc" if self.old_block.open => {
                let block = &mut self.old_block;
                block.in_gc = true;
                block.after_gc = true;
                (block.before_used, block.has_before) = (block.used, block.total > 0);
                (block.used, block.total, block.tenured) = (0, 0, None);
                if e.get(b"type") == Some(b"global") {
                    self.now.full = true;
                    self.now.whole_heap = true;
                    self.summary.full += 1;
                } else {
                    self.inferred = "gencon";
                }
            }
            b"timesms" if self.old_block.in_gc => {
                // The space lines behind `timesms` tell the state after the collection.
                (self.old_block.used, self.old_block.total) = (0, 0);
                self.now.pause_ms = self.now.pause_ms.or(e.decimal(b"total"));
            }
            b"nursery" | b"tenured" if self.old_block.open => self.old_space(e),
            b"time" if self.old_block.open => {
                if let Some(total) = e.decimal(b"totalms") {
                    self.now.pause_ms = Some(total);
                }
            }
            _ => {}
        }
    }

    fn old_space(&mut self, e: &Element<'a>) {
        let (Some(free), Some(total)) = (e.integer(b"freebytes"), e.integer(b"totalbytes")) else {
            return;
        };
        let block = &mut self.old_block;
        if block.after_gc && !block.in_gc {
            return;
        }
        let used = total.saturating_sub(free);
        block.used = block.used.saturating_add(used);
        block.total = block.total.saturating_add(total);
        if e.name == b"tenured" {
            block.tenured = Some((used, total));
        }
    }

    pub(super) fn close_old_block(&mut self) {
        let block = std::mem::take(&mut self.old_block);
        if !block.open {
            return;
        }
        if block.after_gc {
            self.now.before = block.has_before.then_some(block.before_used);
            self.now.after = (block.total > 0).then_some(block.used);
            self.now.capacity = (block.total > 0).then_some(block.total);
            self.now.old = block.tenured;
            self.now.line = self.line;
            (self.sink)(self.now);
        }
        self.reset();
    }
}
