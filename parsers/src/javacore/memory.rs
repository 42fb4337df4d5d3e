//! NATIVEMEMINFO and MEMINFO / ST.

use super::{Heap, NativeMemory};
use crate::thread_dump::{hex, number_after};

/// `3MEMUSER       |  +--Classes: 173,509,152 bytes / 4108 allocations`.
pub(super) fn native(tag: &[u8], data: &str, tree: &mut Vec<NativeMemory>) -> bool {
    let level = tag.first().map_or(0, |b| b.saturating_sub(b'0'));
    let data = data.trim_start_matches(['|', ' ', '+', '-']);
    let Some((name, figures)) = data.rsplit_once(": ") else {
        return true;
    };
    let mut figures = figures.split(" / ").map(|part| {
        let digits: String = part.chars().filter(char::is_ascii_digit).collect();
        digits.parse::<u64>().ok()
    });
    if let Some(Some(bytes)) = figures.next() {
        tree.push(NativeMemory {
            level,
            name: name.to_owned(),
            bytes,
            allocations: figures.next().flatten().unwrap_or(0),
        });
    }
    true
}

/// Heap figures; hexadecimal without a mark up to Java 6, decimal since.
pub(super) fn heap(tag: &[u8], data: &str, heap: &mut Heap) -> bool {
    let old = || data.split_once(':').and_then(|(_, value)| hex(value.trim()));
    let new = || data.split_once(':').and_then(|_| number_after(data, ":"));
    match tag {
        b"1STHEAPTOTAL" => heap.total = new(),
        b"1STHEAPINUSE" => heap.used = new(),
        b"1STHEAPFREE" if data.starts_with("Bytes of Heap Space") => heap.free = old(),
        b"1STHEAPFREE" => heap.free = new(),
        b"1STHEAPALLOC" => heap.total = old(),
        b"1STHEAPSPACE" => {
            if let Some((_, name)) = data.rsplit_once("--")
                && !name.trim().is_empty()
            {
                heap.spaces.push(name.trim().to_owned());
            }
        }
        _ => {}
    }
    true
}

impl Heap {
    /// What old files leave to be computed.
    pub(super) fn finish(&mut self) {
        if self.used.is_none()
            && let (Some(total), Some(free)) = (self.total, self.free)
        {
            self.used = total.checked_sub(free);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_both_generations() {
        let mut h = Heap::default();
        heap(b"1STHEAPFREE", "Bytes of Heap Space Free: e24d18", &mut h);
        heap(b"1STHEAPALLOC", "Bytes of Heap Space Allocated: 399fa00", &mut h);
        h.finish();
        assert_eq!(
            (h.free, h.total, h.used),
            (Some(0xe2_4d18), Some(0x399_fa00), Some(0x399_fa00 - 0xe2_4d18))
        );
        heap(
            b"1STHEAPFREE",
            "Total memory free:               16046280 (0x0000000000F4D8C8)",
            &mut h,
        );
        assert_eq!(h.free, Some(16_046_280));
        heap(
            b"1STHEAPSPACE",
            "0x1         --                 --                 --         Generational ",
            &mut h,
        );
        assert_eq!(h.spaces, ["Generational"]);
    }

    #[test]
    fn the_tree() {
        let mut tree = Vec::new();
        native(
            b"4MEMUSER",
            "|  |  +--Unused <32bit allocation regions: 167,900,464 bytes / 1 allocation",
            &mut tree,
        );
        native(b"3MEMUSER", "|  |  |", &mut tree);
        assert_eq!(tree.len(), 1);
        assert_eq!((tree[0].level, tree[0].bytes, tree[0].allocations), (4, 167_900_464, 1));
        assert_eq!(tree[0].name, "Unused <32bit allocation regions");
    }
}
