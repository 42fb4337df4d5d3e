//! Unified logging of JDK 9 and later, any collector, any set of decorations.

use super::{
    bytes::{Lines, after, before, decimal, figures, has, integer, iso_stamp, size, text, trailing_decimal},
    record::{Clock, Collection, Format, Summary, Trigger},
};
use crate::{Parsed, Stamp};
use jiff::tz::Offset;

/// Decorations of one line and its message.
#[derive(Default)]
struct Decorated<'a> {
    time: Option<Stamp>,
    uptime_s: Option<f64>,
    pid: Option<u64>,
    numbers: u8,
    tags: Option<&'a [u8]>,
    message: &'a [u8],
}

/// Splits a line into decorations and message; `None` when it does not begin with one.
fn decorated(line: &[u8]) -> Option<Decorated<'_>> {
    let mut found = Decorated::default();
    let mut rest = line;
    let mut known = 0;
    for _ in 0..14 {
        let Some(inner) = rest.strip_prefix(b"[") else { break };
        let end = memchr::memchr(b']', inner.get(..64).unwrap_or(inner))?;
        let content = inner.get(..end)?.trim_ascii();
        if found.take(content) {
            known += 1;
        }
        rest = inner.get(end + 1..)?;
    }
    found.message = rest.strip_prefix(b" ").unwrap_or(rest);
    (known > 0).then_some(found)
}

impl<'a> Decorated<'a> {
    /// Takes one decoration; false when it is of no known kind (a host name, or no decoration at all).
    fn take(&mut self, content: &'a [u8]) -> bool {
        match content.first() {
            Some(b'0'..=b'9') => self.take_number(content),
            Some(b'a'..=b'z') => match content {
                b"info" | b"debug" | b"trace" | b"warning" | b"error" => true,
                _ => {
                    let is_tags = content
                        .iter()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b',' | b'+' | b'_'));
                    if is_tags {
                        self.tags = Some(content);
                    }
                    is_tags
                }
            },
            _ => false,
        }
    }

    fn take_number(&mut self, content: &'a [u8]) -> bool {
        if let Some((stamp, b"")) = iso_stamp(content) {
            // `utctime` follows `time`: the first one is kept.
            self.time.get_or_insert(stamp);
            return true;
        }
        let Some((number, unit)) = decimal(content) else {
            return false;
        };
        match unit {
            b"s" => {
                self.uptime_s.get_or_insert(number);
            }
            b"ms" if number >= 1e11 => {
                let stamp = Stamp::from_epoch_millis(number as i64, Offset::UTC);
                self.time = self.time.or(stamp);
            }
            b"ms" => {
                self.uptime_s.get_or_insert(number / 1e3);
            }
            b"ns" if number >= 1e17 => {}
            b"ns" => {
                self.uptime_s.get_or_insert(number / 1e9);
            }
            // The order of decorators is fixed: process id before thread id. One number alone may be either.
            b"" => {
                self.numbers += 1;
                match self.numbers {
                    1 => self.pid = Some(number as u64),
                    _ => return true,
                }
            }
            _ => return false,
        }
        true
    }

    fn is_gc(&self) -> bool {
        match self.tags {
            Some(tags) => {
                let first = tags.split(|b| *b == b',' || *b == b'+').next().unwrap_or_default();
                first == b"gc" || first == b"safepoint" || has(tags, b",gc")
            }
            None => self.message.starts_with(b"GC(") && (self.uptime_s.is_some() || self.time.is_some()),
        }
    }
}

/// True for a line of a unified GC log. A log line of another kind that speaks of GC is none.
pub(crate) fn is_gc_line(line: &[u8]) -> bool {
    line.starts_with(b"[") && decorated(line).is_some_and(|d| d.is_gc())
}

/// Reads the log.
pub(crate) fn scan<'a>(input: &'a [u8], sink: &mut dyn FnMut(Collection<'a>)) -> Parsed<Summary> {
    let mut reader = Reader {
        sink,
        summary: Summary {
            format: Some(Format::Unified),
            ..Summary::default()
        },
        clock: Clock::default(),
        old: None,
        region: None,
        heap_address_size: None,
        line: 0,
    };
    for line in Lines::new(input) {
        if !line.bytes.starts_with(b"[") {
            continue;
        }
        let Some(d) = decorated(line.bytes) else { continue };
        reader.line = line.number;
        reader.read(&d);
    }
    let Reader {
        mut summary,
        clock,
        heap_address_size,
        ..
    } = reader;
    summary.heap_max = summary.heap_max.or(heap_address_size);
    clock.finish(&mut summary);
    Parsed::whole(summary)
}

struct Reader<'a, 's> {
    sink: &'s mut dyn FnMut(Collection<'a>),
    summary: Summary,
    clock: Clock,
    /// Old generation after the collection that is being printed.
    old: Option<(u64, u64)>,
    region: Option<u64>,
    heap_address_size: Option<u64>,
    line: u64,
}

impl<'a> Reader<'a, '_> {
    fn read(&mut self, d: &Decorated<'a>) {
        self.clock.note(d.time, d.uptime_s);
        if d.numbers >= 2 {
            self.summary.pid = d.pid;
        }
        let Some((_, message)) = d.message.strip_prefix(b"GC(").and_then(integer) else {
            self.setting(d.message);
            if d.message.starts_with(b"Allocation Stall (") {
                self.stall(d.message);
            }
            return;
        };
        let message = message.strip_prefix(b")").unwrap_or(message).trim_ascii_start();
        // Generational ZGC: `Y:` young of a major, `y:` minor, `O:` old.
        let message = match message {
            [b'Y' | b'y' | b'O' | b'o', b':', b' ', rest @ ..] => rest,
            _ => message,
        };
        match message.first() {
            Some(b'P') if message.starts_with(b"Pause ") => self.pause(d, message),
            Some(b'G') if message.starts_with(b"Garbage Collection (") => self.cycle(d, message, true),
            Some(b'M') if message.starts_with(b"Major Collection (") => self.cycle(d, message, true),
            Some(b'M') if message.starts_with(b"Minor Collection (") => self.cycle(d, message, false),
            Some(b'M') if message.starts_with(b"Metaspace: ") => self.metaspace(message),
            Some(b'A') if message.starts_with(b"Allocation Stall (") => self.stall(message),
            Some(b'T') if message.starts_with(b"To-space exhausted") => {
                self.summary.failures += 1;
                self.summary.marks.to_space += 1;
            }
            Some(b'O') if message.starts_with(b"Old regions: ") => self.old_regions(message),
            Some(b'P' | b'C' | b'T') => self.old_generation(message),
            _ => {}
        }
    }

    fn setting(&mut self, message: &[u8]) {
        match message.first() {
            Some(b'U') => {
                if let Some(name) = message.strip_prefix(b"Using ") {
                    let collector = collector(text(name));
                    if !collector.is_empty() {
                        self.summary.collector = collector;
                    }
                }
            }
            Some(b'H') => {
                if let Some(value) = after(message, b"Heap Max Capacity: ") {
                    self.summary.heap_max = size(value).map(|(n, _)| n);
                } else if let Some(value) =
                    after(message, b"Heap region size: ").or_else(|| after(message, b"Heap Region Size: "))
                {
                    self.region = size(value).map(|(n, _)| n);
                } else if message.starts_with(b"Heap address: ") {
                    // The address range may be larger than the heap: only when nothing else tells.
                    self.heap_address_size = after(message, b"size: ")
                        .and_then(integer)
                        .map(|(n, _)| n.saturating_mul(1 << 20));
                }
            }
            Some(b'M') => {
                if let Some(value) = message.strip_prefix(b"Max Capacity: ") {
                    self.summary.heap_max = size(value).map(|(n, _)| n);
                } else if let Some(value) = after(message, b"Maximum heap ") {
                    self.summary.heap_max = integer(value).map(|(n, _)| n);
                }
            }
            Some(b'I') if message.starts_with(b"Initialize Shenandoah heap: ") => {
                if let Some(value) = before(message, b" max").and_then(|m| m.rsplit(|b| *b == b' ').next()) {
                    self.summary.heap_max = size(value).map(|(n, _)| n);
                }
            }
            Some(b'T') => _ = self.summary.safepoints.read(message),
            Some(b'S') if message.starts_with(b"Safepoint \"") => self.safepoint(message),
            Some(b'V') => {
                if let Some(version) = message.strip_prefix(b"Version: ") {
                    self.summary.vm = Some(text(version).trim().to_owned());
                }
            }
            _ => {}
        }
    }

    /// `Safepoint "G1CollectFull", Time since last: 1 ns, Reaching safepoint: 2 ns, At safepoint: 3 ns, Total: 5 ns` (JDK 13+).
    fn safepoint(&mut self, message: &[u8]) {
        let figure = |mark: &[u8]| after(message, mark).and_then(integer).map(|(n, _)| n as f64 / 1e6);
        if let Some(total) = figure(b", Total: ") {
            let reach = figure(b"Reaching safepoint: ").unwrap_or(0.0);
            self.summary.safepoints.take(total, reach);
        }
    }

    fn pause(&mut self, d: &Decorated<'a>, message: &'a [u8]) {
        let Some(head) = message.trim_ascii_end().strip_suffix(b"ms") else {
            // The start line of the pause: what was noted before it belongs to another collection.
            self.old = None;
            return;
        };
        let Some(pause_ms) = trailing_decimal(head) else { return };
        let full = message.starts_with(b"Pause Full");
        let cause = cause(message);
        let figures = heap_figures(message);
        if message.starts_with(b"Pause Degenerated") {
            self.summary.stalls += 1;
        }
        if has(message, b"Evacuation Failure") {
            self.summary.failures += 1;
            self.summary.marks.to_space += 1;
        }
        self.summary.full += u64::from(full);
        (self.sink)(Collection {
            line: self.line,
            time: d.time,
            uptime_s: d.uptime_s,
            pause_ms: Some(pause_ms),
            full,
            whole_heap: full,
            cause,
            trigger: trigger(cause),
            before: figures.map(|f| f.before),
            after: figures.map(|f| f.after),
            capacity: figures.and_then(|f| f.capacity),
            old: self.old.take(),
            requested: None,
        });
    }

    /// A ZGC cycle: no pause of its own, but the heap before and after.
    fn cycle(&mut self, d: &Decorated<'a>, message: &'a [u8], whole_heap: bool) {
        let Some(figures) = heap_figures(message) else { return };
        let cause = cause(message);
        if self.summary.collector.is_empty() {
            self.summary.collector = "zgc";
        }
        (self.sink)(Collection {
            line: self.line,
            time: d.time,
            uptime_s: d.uptime_s,
            whole_heap,
            cause,
            trigger: trigger(cause),
            before: Some(figures.before),
            after: Some(figures.after),
            capacity: figures.capacity,
            ..Collection::default()
        });
    }

    fn stall(&mut self, message: &[u8]) {
        let Some(head) = message.trim_ascii_end().strip_suffix(b"ms") else {
            return;
        };
        self.summary.stalls += 1;
        self.summary.stall_ms += trailing_decimal(head).unwrap_or(0.0);
    }

    /// `Metaspace: 6531K->6530K(1056768K)`, `Metaspace: 83K(256K)->83K(256K) NonClass: …` or `Metaspace: 125M used, …`.
    fn metaspace(&mut self, message: &[u8]) {
        let value = message.get(b"Metaspace: ".len()..).unwrap_or_default();
        let used = figures(value)
            .map(|(f, _)| f.after)
            .or_else(|| size(value).map(|(n, _)| n));
        if let Some(used) = used {
            self.summary.metaspace = Some((used, None));
        }
    }

    /// `Old regions: 10->12`.
    fn old_regions(&mut self, message: &[u8]) {
        let Some(region) = self.region else { return };
        let count = after(message, b"->").and_then(integer).map(|(n, _)| n);
        if let Some(count) = count {
            self.old = Some((count.saturating_mul(region), 0));
        }
    }

    /// `ParOldGen: 0K->8K(70144K)`, `Tenured: …`, `CMS: …`.
    fn old_generation(&mut self, message: &[u8]) {
        for name in [b"ParOldGen: ".as_slice(), b"PSOldGen: ", b"Tenured: ", b"CMS: "] {
            if let Some((f, _)) = message.strip_prefix(name).and_then(figures) {
                self.old = Some((f.after, f.capacity.unwrap_or(0)));
            }
        }
    }
}

/// Heap figures of a result line: the last `a->b` in it.
fn heap_figures(message: &[u8]) -> Option<super::bytes::Figures> {
    let arrow = memchr::memmem::rfind(message, b"->")?;
    let start = message
        .get(..arrow)?
        .iter()
        .rposition(|b| *b == b' ')
        .map_or(0, |p| p + 1);
    figures(message.get(start..)?).map(|(f, _)| f)
}

/// The last parenthesised words in front of the heap figures. `(Normal)`, `(Mixed)` and the like are kinds, not causes,
/// and stand before the cause.
fn cause(message: &[u8]) -> Option<&str> {
    let end = match memchr::memmem::rfind(message, b"->") {
        Some(arrow) => message.get(..arrow)?.iter().rposition(|b| *b == b' ')?,
        None => message.len(),
    };
    let head = message.get(..end)?;
    let close = memchr::memrchr(b')', head)?;
    let mut depth = 0usize;
    for (i, b) in head.get(..=close)?.iter().enumerate().rev() {
        match b {
            b')' => depth += 1,
            b'(' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return Some(text(head.get(i + 1..close)?)).filter(|t| !t.is_empty());
        }
    }
    None
}

pub(super) fn trigger(cause: Option<&str>) -> Trigger {
    match cause {
        Some(c) if c.starts_with("System.gc") || c == "System" || c == "Diagnostic Command" => Trigger::Explicit,
        Some(c)
            if c.starts_with("Metadata GC")
                || c.contains("permanent generation")
                || c == "Permanent Generation Full" =>
        {
            Trigger::Metadata
        }
        _ => Trigger::Ordinary,
    }
}

fn collector(name: &str) -> &'static str {
    match name.trim() {
        "G1" => "g1",
        "Parallel" => "parallel",
        "Serial" => "serial",
        "Concurrent Mark Sweep" => "cms",
        "Epsilon" | "Epsilon GC" => "unknown",
        n if n.starts_with("The Z Garbage") => "zgc",
        n if n.starts_with("Shenandoah") => "shenandoah",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Summary, Vec<Collection<'_>>) {
        let mut all = Vec::new();
        let summary = scan(text.as_bytes(), &mut |c| all.push(c)).value;
        (summary, all)
    }

    #[test]
    fn a_pause_has_two_lines_and_counts_once() {
        let (summary, all) = read(
            "[0.1s][info][gc,start] GC(0) Pause Young (Normal) (G1 Evacuation Pause)\n\
             [0.2s][info][gc      ] GC(0) Pause Young (Normal) (G1 Evacuation Pause) 24M->11M(256M) 7.965ms\n\
             [0.3s][info][gc      ] GC(1) Concurrent Mark Cycle 12.3ms\n\
             [2.2s][info][gc      ] GC(2) Pause Full (System.gc()) 17M->3M(14M) 22.9ms\n",
        );
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].cause, Some("G1 Evacuation Pause"));
        assert_eq!(all[1].cause, Some("System.gc()"));
        assert_eq!(all[1].trigger, Trigger::Explicit);
        assert!((summary.span_s - 2.1).abs() < 1e-9);
        assert_eq!(summary.full, 1);
    }

    #[test]
    fn zgc_cycles_are_no_pauses() {
        let (summary, all) = read(
            "[7.0s][info][gc] GC(3) y: Pause Mark Start 0.010ms\n\
             [7.1s][info][gc] GC(3) Minor Collection (Allocation Rate) 60M(62%)->62M(65%) 0.020s\n\
             [7.2s][info][gc] Allocation Stall (main) 12.5ms\n",
        );
        assert_eq!(all[0].pause_ms, Some(0.010));
        assert_eq!((all[1].pause_ms, all[1].after), (None, Some(62 << 20)));
        assert_eq!((summary.collector, summary.stalls), ("zgc", 1));
        assert!((summary.stall_ms - 12.5).abs() < 1e-9);
    }

    #[test]
    fn decorations_in_any_set() {
        for line in [
            "[2026-11-16T08:12:04.058+0800][4711][4712][info ][gc          ] GC(0) Pause Remark 1.5ms",
            "[1700000000123ms][17ms][gc] GC(0) Pause Remark 1.5ms",
            "[17,5s][his-app-01][gc] GC(0) Pause Remark 1.5ms",
            "[gc] GC(0) Pause Remark 1.5ms",
        ] {
            let (summary, all) = read(line);
            assert_eq!(all.len(), 1, "{line}");
            assert!(is_gc_line(line.as_bytes()), "{line}");
            assert_eq!(summary.pid, line.contains("4711").then_some(4711));
        }
    }

    #[test]
    fn a_restart_in_one_file_is_cut_out_of_the_span() {
        let (summary, _) =
            read("[1.0s][info][gc] a\n[11.0s][info][gc] b\n[0.5s][info][gc] Using G1\n[2.5s][info][gc] c\n");
        assert!((summary.span_s - 12.0).abs() < 1e-9);
    }
}
