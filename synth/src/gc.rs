//! GC logs of each family, as long as asked for.

use std::fmt::Write;

/// A unified log of a leak: `pauses` young pauses, then full ones that free less and less.
pub fn unified_leak(pauses: u32, full: u32) -> String {
    let mut out = String::from("[0.011s][info][gc] Using G1\n[0.016s][info][gc,init] Heap Max Capacity: 256M\n");
    for i in 0..pauses + full {
        let seconds = 1 + i;
        let after = 40 + (200 * i / (pauses + full).max(1));
        let (kind, cause) = if i < pauses {
            ("Young (Normal)", "G1 Evacuation Pause")
        } else {
            ("Full", "G1 Compaction Pause")
        };
        let _ = writeln!(
            out,
            "[{seconds}.000s][info][gc] GC({i}) Pause {kind} ({cause}) 250M->{after}M(256M) 12.500ms"
        );
    }
    out
}

/// A J9 log of `pauses` scavenges, without the end tag of a VM that went on.
pub fn j9(pauses: u32) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\n<verbosegc xmlns=\"http://www.ibm.com/j9/verbosegc\" version=\"synth\">\n\n",
    );
    for i in 0..pauses {
        let (minute, second) = (i / 60 % 60, i % 60);
        let stamp = format!("2026-01-02T03:{minute:02}:{second:02}.000");
        let _ = writeln!(
            out,
            "<exclusive-start id=\"{i}\" timestamp=\"{stamp}\" intervalms=\"1000.000\">\n</exclusive-start>\n\
             <gc-end id=\"{i}\" type=\"scavenge\" durationms=\"4.000\" timestamp=\"{stamp}\">\n  \
             <mem-info id=\"{i}\" free=\"4000000\" total=\"10000000\" percent=\"40\">\n  </mem-info>\n</gc-end>\n\
             <exclusive-end id=\"{i}\" timestamp=\"{stamp}\" durationms=\"5.000\" />\n"
        );
    }
    out
}
