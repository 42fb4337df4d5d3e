//! HotSpot up to JDK 8: `-XX:+PrintGC` and `-XX:+PrintGCDetails` of every collector, and JRockit's memory lines.
//!
//! A record is a bracket `[GC …, N secs]` or `[Full GC …, N secs]`; options and other threads break it over lines and put
//! further brackets into it, so it is read by bracket depth, not by line.

use super::{
    bytes::{
        Figures, Line, Lines, after, ctime, decimal, figures, find, has, integer, iso_stamp, size, text,
        trailing_decimal,
    },
    record::{Clock, Collection, Format, MAX_OPTIONS, Summary, Trigger},
    unified::trigger,
};
use crate::{Gap, Parsed, Reason, Stamp};

/// Lines a record may go on for; more means that its end was lost.
const MAX_RECORD_LINES: u64 = 2_000;

/// Time prefix of a line: `2022-08-01T17:16:33.170+0000: 0.169: #0: `.
struct Prefix<'a> {
    time: Option<Stamp>,
    uptime_s: Option<f64>,
    rest: &'a [u8],
}

fn prefix(line: &[u8]) -> Prefix<'_> {
    let mut found = Prefix {
        time: None,
        uptime_s: None,
        rest: line,
    };
    if let Some((stamp, rest)) = iso_stamp(line)
        && let Some(rest) = rest.strip_prefix(b": ")
    {
        (found.time, found.rest) = (Some(stamp), rest);
    }
    if let Some((number, rest)) = decimal(found.rest) {
        // A plain integer is no uptime: it always has three decimals.
        let printed = found.rest.len() - rest.len();
        let fraction = found
            .rest
            .get(..printed)
            .is_some_and(|n| n.contains(&b'.') || n.contains(&b','));
        if let (true, Some(rest)) = (fraction, rest.strip_prefix(b": ")) {
            (found.uptime_s, found.rest) = (Some(number), rest);
        }
    }
    if let Some((_, rest)) = found.rest.strip_prefix(b"#").and_then(integer) {
        found.rest = rest.strip_prefix(b": ").unwrap_or(found.rest);
    }
    found
}

/// True when a line begins a record of such a log.
pub(crate) fn begins(line: &[u8]) -> bool {
    let rest = prefix(line).rest;
    if rest.starts_with(b"{Heap before GC invocations=") || rest.starts_with(b"{Heap before gc invocations=") {
        return true;
    }
    if jrockit(line).is_some() {
        return true;
    }
    let concurrent = rest.starts_with(b"[CMS-concurrent-") || rest.starts_with(b"[GC concurrent-");
    concurrent || (record_start(rest) && is_plausible(rest))
}

/// `[GC`, `[Full GC`, `[GC--` followed by what a record goes on with.
fn record_start(rest: &[u8]) -> bool {
    let tail = match rest.strip_prefix(b"[GC").or_else(|| rest.strip_prefix(b"[Full GC")) {
        Some(tail) => tail,
        None => return false,
    };
    matches!(tail.first(), Some(b' ' | b'-' | b'['))
}

/// A figure, a cause, a nested bracket or a phase behind the token: not the words of a log message.
fn is_plausible(rest: &[u8]) -> bool {
    has(rest, b" secs]")
        || find(rest, b"K->").is_some()
        || [b"pause".as_slice(), b"remark", b"cleanup", b"[", b"("]
            .iter()
            .any(|w| {
                rest.iter()
                    .position(|b| *b == b' ')
                    .and_then(|p| rest.get(p + 1..))
                    .is_some_and(|tail| {
                        let tail = tail.strip_prefix(b"GC ").unwrap_or(tail);
                        tail.starts_with(w) && (w.len() > 1 || tail.len() > 1)
                    })
            })
            && !rest.ends_with(b".")
        || prefix(rest.get(4..).unwrap_or_default()).uptime_s.is_some()
}

/// Reads the log.
pub(crate) fn scan<'a>(input: &'a [u8], sink: &mut dyn FnMut(Collection<'a>)) -> Parsed<Summary> {
    let mut reader = Reader {
        sink,
        summary: Summary {
            format: Some(Format::PrintGc),
            ..Summary::default()
        },
        clock: Clock::default(),
        record: None,
        done: None,
        gaps: Vec::new(),
    };
    for line in Lines::new(input) {
        reader.line(&line);
    }
    reader.finish(input)
}

/// A record whose bracket is still open.
struct Open<'a> {
    collection: Collection<'a>,
    depth: i32,
    offset: usize,
    first_line: u64,
    heap: Option<Figures>,
    /// Occupancy and size printed by a phase that collects nothing (CMS initial mark, remark).
    occupancy: Option<(u64, u64)>,
    metaspace: Option<(u64, u64)>,
}

struct Reader<'a, 's> {
    sink: &'s mut dyn FnMut(Collection<'a>),
    summary: Summary,
    clock: Clock,
    record: Option<Open<'a>>,
    /// A finished record that G1's detail lines may still complete.
    done: Option<Collection<'a>>,
    gaps: Vec<Gap>,
}

impl<'a> Reader<'a, '_> {
    fn line(&mut self, line: &Line<'a>) {
        let p = prefix(line.bytes);
        if p.time.is_some() || p.uptime_s.is_some() {
            self.clock.note(p.time, p.uptime_s);
        }
        if record_start(p.rest) {
            self.lose(line.offset);
            self.emit();
            if !p.rest.starts_with(b"[GC concurrent-") {
                self.begin(&p, line);
            }
            return;
        }
        if self.record.is_some() {
            self.go_on(line.bytes, line);
            return;
        }
        self.between(line);
    }

    fn begin(&mut self, p: &Prefix<'a>, line: &Line<'a>) {
        let full = p.rest.starts_with(b"[Full GC");
        let tail = p.rest.get(if full { 8 } else { 3 }..).unwrap_or_default();
        let cause = cause(tail);
        self.record = Some(Open {
            collection: Collection {
                line: line.number,
                time: p.time,
                uptime_s: p.uptime_s,
                full,
                whole_heap: full,
                cause,
                trigger: trigger(cause),
                ..Collection::default()
            },
            depth: 0,
            offset: line.offset,
            first_line: line.number,
            heap: None,
            occupancy: None,
            metaspace: None,
        });
        if let Some(rest) = p.rest.strip_prefix(b"[GC pause") {
            self.note_collector("g1");
            self.record_failure(rest);
        }
        self.go_on(p.rest, line);
    }

    fn record_failure(&mut self, rest: &[u8]) {
        if has(rest, b"to-space exhausted") || has(rest, b"to-space overflow") {
            self.summary.failures += 1;
            self.summary.marks.to_space += 1;
        }
    }

    /// Reads a part of an open record; ends it when its bracket closes.
    fn go_on(&mut self, bytes: &'a [u8], line: &Line<'a>) {
        let Some(mut open) = self.record.take() else { return };
        let mut from = 0;
        let mut closed = None;
        for at in memchr::memchr2_iter(b'[', b']', bytes) {
            self.segment(&mut open, bytes.get(from..at).unwrap_or_default());
            if bytes.get(at) == Some(&b'[') {
                open.depth += 1;
                self.note_bracket(&mut open, bytes.get(at + 1..).unwrap_or_default());
            } else {
                if open.depth == 1 {
                    let segment = bytes.get(from..at).unwrap_or_default();
                    open.collection.pause_ms = seconds(segment).map(|s| s * 1000.0);
                }
                open.depth -= 1;
                if open.depth <= 0 {
                    closed = Some(at + 1);
                    break;
                }
            }
            from = at + 1;
        }
        if closed.is_none() {
            self.segment(&mut open, bytes.get(from..).unwrap_or_default());
            if line.number.saturating_sub(open.first_line) > MAX_RECORD_LINES {
                self.record = Some(open);
                self.lose(line.offset);
            } else {
                self.record = Some(open);
            }
            return;
        }
        self.close(open);
    }

    fn close(&mut self, open: Open<'a>) {
        let mut c = open.collection;
        if let Some(f) = open.heap {
            (c.before, c.after, c.capacity) = (Some(f.before), Some(f.after), f.capacity);
        } else if let Some((used, capacity)) = open.occupancy {
            (c.before, c.capacity) = (Some(used), Some(capacity));
        }
        if let Some((used, _)) = open.metaspace {
            let limit = self.summary.metaspace.and_then(|(_, limit)| limit);
            self.summary.metaspace = Some((used, limit));
        }
        if c.pause_ms.is_none() {
            return;
        }
        self.done = Some(c);
    }

    /// Plain text at the current depth.
    fn segment(&mut self, open: &mut Open<'a>, segment: &[u8]) {
        if open.depth == 1 && open.heap.is_none() {
            open.heap = heap_in(segment);
            open.occupancy = occupancy_in(segment).or(open.occupancy);
        }
        // Most segments are figures only.
        if memchr::memchr2(b'f', b'<', segment).is_none() {
            return;
        }
        if has(segment, b"concurrent mode failure") {
            self.summary.failures += 1;
            self.summary.marks.concurrent_mode += 1;
            open.collection.full = true;
            open.collection.whole_heap = true;
        }
        if has(segment, b"promotion failed") {
            self.summary.failures += 1;
            self.summary.marks.promotion += 1;
        }
        if open.depth >= 1 && has(segment, b"<System.gc()>") {
            open.collection.trigger = Trigger::Explicit;
        }
        if open.depth >= 1 && has(segment, b"<permanent generation full>") {
            open.collection.trigger = Trigger::Metadata;
        }
    }

    /// What a bracket begins with tells the collector and its generation.
    fn note_bracket(&mut self, open: &mut Open<'a>, rest: &[u8]) {
        let head = rest.get(..160).unwrap_or(rest);
        let head = head
            .get(..memchr::memchr(b']', head).unwrap_or(head.len()))
            .unwrap_or(head);
        match head.first() {
            Some(b'D') if head.starts_with(b"DefNew") => self.note_collector("serial"),
            Some(b'T') if head.starts_with(b"Tenured") => self.old(open, head, true),
            Some(b'P') if head.starts_with(b"PSYoungGen") => self.note_collector("parallel"),
            Some(b'P') if head.starts_with(b"ParNew") => self.note_collector("cms"),
            Some(b'P') if head.starts_with(b"ParOldGen") || head.starts_with(b"PSOldGen") => self.old(open, head, true),
            Some(b'P') if head.starts_with(b"PSPermGen") || head.starts_with(b"Perm ") => metadata(open, head),
            Some(b'M') if head.starts_with(b"Metaspace") => metadata(open, head),
            Some(b'C') if head.starts_with(b"CMS Perm") => metadata(open, head),
            Some(b'C') if head.starts_with(b"CMS") => {
                self.note_collector("cms");
                let next = head.get(3);
                if matches!(next, Some(b':' | b' ' | b'0'..=b'9')) {
                    self.old(open, head, true);
                }
            }
            Some(b'1') if head.starts_with(b"1 CMS-") => self.note_collector("cms"),
            _ => {}
        }
    }

    fn old(&mut self, open: &mut Open<'a>, head: &[u8], full: bool) {
        if full {
            // A young record that collects the old generation too is a full collection, whatever it is called.
            open.collection.full = true;
            open.collection.whole_heap = true;
        }
        if let Some(f) = after(head, b": ").and_then(figures).map(|(f, _)| f) {
            open.collection.old = Some((f.after, f.capacity.unwrap_or(0)));
        }
    }

    fn note_collector(&mut self, name: &'static str) {
        if self.summary.collector.is_empty() || name == "cms" {
            self.summary.collector = name;
        }
    }

    /// Lines outside any record: G1's heap line, settings, JRockit.
    fn between(&mut self, line: &Line<'a>) {
        let bytes = line.bytes;
        if bytes.starts_with(b"   [") {
            self.details(bytes);
        } else if let Some(flags) = bytes.strip_prefix(b"CommandLine flags: ") {
            self.flags(flags);
        } else if line.number < 64 && self.summary.vm.is_none() && has(bytes, b" for ") && has(bytes, b" JRE (") {
            self.summary.vm = Some(text(bytes).trim().to_owned());
        } else if let Some(c) = jrockit(bytes) {
            self.emit();
            let mut c = c;
            c.line = line.number;
            self.clock.note(c.time, c.uptime_s);
            self.summary.vm.get_or_insert_with(|| "JRockit".to_owned());
            self.summary.full += u64::from(c.full);
            (self.sink)(c);
        } else {
            self.summary.safepoints.read(bytes);
        }
    }

    /// `   [Eden: … Heap: 8878.7K(13.0M)->5628.7K(13.0M)]` or, before JDK 7u4, `   [ 14M->10M(32M)]`.
    fn details(&mut self, bytes: &[u8]) {
        let Some(done) = self.done.as_mut() else { return };
        let heap = after(bytes, b"Heap: ").or_else(|| bytes.strip_prefix(b"   [ "));
        if let Some((f, rest)) = heap.and_then(figures) {
            (done.before, done.after) = (Some(f.before), Some(f.after));
            done.capacity = f.capacity.or(done.capacity);
            if let Some((m, _)) = after(rest, b"[Metaspace: ").and_then(figures) {
                let limit = self.summary.metaspace.and_then(|(_, limit)| limit);
                self.summary.metaspace = Some((m.after, limit));
            }
        }
    }

    fn flags(&mut self, flags: &[u8]) {
        for flag in flags.split(|b| *b == b' ') {
            if flag.starts_with(b"-") && self.summary.options.len() < MAX_OPTIONS {
                self.summary.options.push(text(flag).to_owned());
            }
            if let Some(value) = flag.strip_prefix(b"-XX:MaxHeapSize=") {
                self.summary.heap_max = integer(value).map(|(n, _)| n);
            } else if let Some(value) = flag
                .strip_prefix(b"-XX:MaxMetaspaceSize=")
                .or_else(|| flag.strip_prefix(b"-XX:MaxPermSize="))
            {
                let limit = integer(value).map(|(n, _)| n);
                self.summary.metaspace = Some((0, limit));
            } else if let Some(name) = flag.strip_prefix(b"-XX:+Use") {
                let collector = match name {
                    b"G1GC" => "g1",
                    b"ConcMarkSweepGC" => "cms",
                    b"ParallelGC" | b"ParallelOldGC" => "parallel",
                    b"SerialGC" => "serial",
                    b"ShenandoahGC" => "shenandoah",
                    _ => continue,
                };
                self.summary.collector = collector;
            }
        }
    }

    /// Gives up an open record whose end never came.
    fn lose(&mut self, until: usize) {
        if let Some(open) = self.record.take() {
            self.gaps.push(Gap::new(
                open.offset as u64,
                until.saturating_sub(open.offset) as u64,
                Reason::Truncated {
                    expected: "the end of a GC record",
                },
            ));
        }
    }

    fn emit(&mut self) {
        if let Some(c) = self.done.take() {
            self.summary.full += u64::from(c.full);
            (self.sink)(c);
        }
    }

    fn finish(mut self, input: &[u8]) -> Parsed<Summary> {
        self.lose(input.len());
        self.emit();
        if self.summary.metaspace.is_some_and(|(used, _)| used == 0) {
            self.summary.metaspace = None;
        }
        if self.summary.collector.is_empty() && has(input.get(..4096).unwrap_or(input), b"Shenandoah Heap") {
            self.summary.collector = "shenandoah";
        }
        self.clock.finish(&mut self.summary);
        Parsed {
            value: self.summary,
            gaps: self.gaps,
        }
    }
}

fn metadata(open: &mut Open<'_>, head: &[u8]) {
    if let Some((f, _)) = after(head, b": ").and_then(figures) {
        open.metaspace = Some((f.after, f.capacity.unwrap_or(0)));
    }
}

/// `… 8704K->1634K(31680K)…` at the level of the record: the first figures with a capacity.
fn heap_in(segment: &[u8]) -> Option<Figures> {
    let mut from = 0;
    while let Some(at) = find(segment.get(from..)?, b"->") {
        let arrow = from + at;
        let start = segment
            .get(..arrow)?
            .iter()
            .rposition(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'.' | b',' | b'(' | b')')))
            .map_or(0, |p| p + 1);
        if let Some((f, _)) = segment.get(start..).and_then(figures)
            && f.capacity.is_some()
        {
            return Some(f);
        }
        from = arrow + 2;
    }
    None
}

/// `] 18533K(31680K), 0.0010369 secs`: what initial mark and remark print.
fn occupancy_in(segment: &[u8]) -> Option<(u64, u64)> {
    let open = memchr::memchr(b'(', segment)?;
    let start = segment
        .get(..open)?
        .iter()
        .rposition(|b| !(b.is_ascii_alphanumeric() || *b == b'.'))
        .map_or(0, |p| p + 1);
    let (used, rest) = segment.get(start..).and_then(size)?;
    let (capacity, _) = rest.strip_prefix(b"(").and_then(size)?;
    Some((used, capacity))
}

/// `…, 0.0042 secs` at the end of a segment.
fn seconds(segment: &[u8]) -> Option<f64> {
    let head = segment.trim_ascii_end().strip_suffix(b" secs")?;
    trailing_decimal(head)
}

/// ` (Allocation Failure) …`, ` pause (G1 Evacuation Pause) (young)…`, ` remark …`.
fn cause(tail: &[u8]) -> Option<&str> {
    let tail = tail.strip_prefix(b"--").unwrap_or(tail).trim_ascii_start();
    if tail.starts_with(b"remark") {
        return Some("remark");
    }
    if tail.starts_with(b"cleanup") {
        return Some("cleanup");
    }
    let tail = tail.strip_prefix(b"pause").unwrap_or(tail).trim_ascii_start();
    let inner = tail.strip_prefix(b"(")?;
    let mut depth = 1;
    for (i, b) in inner.iter().enumerate().take(120) {
        match b {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return inner.get(..i).map(text).filter(|t| !t.is_empty());
        }
    }
    None
}

/// `[memory ][Fri Feb 15 14:03:29 2013][17611] [YC#1] 0.832-0.928: YC 393216KB->131073KB (786432KB), 0.096 s, sum of
/// pauses 95.3 ms, longest pause 95.3 ms.`
fn jrockit(line: &[u8]) -> Option<Collection<'_>> {
    if !line.starts_with(b"[") || !has(line.get(..24).unwrap_or(line), b"memory") {
        return None;
    }
    let full = has(line, b"] [OC#");
    if !full && !has(line, b"] [YC#") {
        return None;
    }
    let rest = after(line, b"C#")?;
    let rest = after(rest, b"] ")?;
    let (start, rest) = decimal(rest)?;
    let rest = after(rest, b"C ")?;
    let (before, rest) = integer(rest)?;
    let (after_kb, rest) = integer(rest.strip_prefix(b"KB->")?)?;
    let capacity = after(rest, b"(").and_then(integer).map(|(n, _)| n.saturating_mul(1024));
    let pause = after(rest, b"sum of pauses ").and_then(decimal).map(|(n, _)| n);
    let pause = pause.or_else(|| after(rest, b"), ").and_then(decimal).map(|(n, _)| n * 1000.0))?;
    let time = line
        .get(1..)
        .and_then(|l| after(l, b"["))
        .and_then(|l| super::bytes::before(l, b"]"))
        .and_then(|t| ctime(text(t)).map(|(s, _)| s));
    Some(Collection {
        time,
        uptime_s: Some(start),
        pause_ms: Some(pause),
        full,
        whole_heap: full,
        before: Some(before.saturating_mul(1024)),
        after: Some(after_kb.saturating_mul(1024)),
        capacity,
        ..Collection::default()
    })
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
    fn plain_lines() {
        let (summary, all) = read(
            "28.940: [GC 17024K->2610K(83008K), 0.0108498 secs]\n46.567: [Full GC 19308K->10518K(83008K), 0,1100901 secs]\n",
        );
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].after, Some(2610 << 10));
        assert!((all[1].pause_ms.unwrap() - 110.0901).abs() < 1e-6);
        assert_eq!(summary.full, 1);
    }

    #[test]
    fn a_record_broken_over_lines() {
        let (summary, all) = read(
            "0.265: [GC (Allocation Failure) 0.265: [DefNew\nDesired survivor size 557056 bytes, new threshold 1 (max 15)\n\
             - age   1:    1114112 bytes,    1114112 total\n: 8704K->1088K(9792K), 0.0039555 secs] 8704K->1634K(31680K), 0.0041700 secs] \
             [Times: user=0.00 sys=0.00, real=0.00 secs] \n",
        );
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].after, all[0].capacity), (Some(1634 << 10), Some(31680 << 10)));
        assert_eq!(summary.collector, "serial");
        assert_eq!(all[0].cause, Some("Allocation Failure"));
    }

    #[test]
    fn a_cms_failure_is_a_full_collection() {
        let (summary, all) = read(
            "1.0: [GC 1.0: [ParNew: 1K->1K(2K), 0.0 secs]1.0: [CMS1.1: [CMS-concurrent-mark: 0.1/0.2 secs] [Times: user=0.1 sys=0.0, real=0.1 secs]\n \
             (concurrent mode failure): 85316K->59534K(122880K), 1.17 secs] 93000K->59534K(131072K), 1.18 secs]\n\
             3.0: [GC [1 CMS-initial-mark: 15645K(21888K)] 18533K(31680K), 0.001 secs]\n4.0: [CMS-concurrent-mark-start]\n",
        );
        assert_eq!(all.len(), 2, "{all:?}");
        assert!(all[0].full);
        assert_eq!(all[0].after, Some(59534 << 10));
        assert_eq!((all[1].before, all[1].after), (Some(18533 << 10), None));
        assert_eq!(summary.collector, "cms");
    }

    #[test]
    fn g1_takes_the_heap_from_its_detail_lines() {
        let (_, all) = read(
            "7.203: [GC pause (G1 Evacuation Pause) (young) 7.2: [G1Ergonomics (x) y]\n, 0.0024360 secs]\n   [Parallel Time: 2.1 ms, GC Workers: 8]\n   \
             [Eden: 5120.0K(5120.0K)->0.0B(3072.0K) Survivors: 0.0B->1024.0K Heap: 8M(13.0M)->5M(13.0M)]\n [Times: user=0.0 sys=0.0, real=0.0 secs]\n",
        );
        assert_eq!(all.len(), 1);
        assert_eq!(
            (all[0].before, all[0].after, all[0].capacity),
            (Some(8 << 20), Some(5 << 20), Some(13 << 20))
        );
    }

    #[test]
    fn a_lost_end_costs_one_record() {
        let mut all = Vec::new();
        let parsed = scan(
            b"1.0: [GC 1.0: [ParNew: 1K->1K(2K), 0.0 se\n2.0: [GC 1K->1K(2K), 0.5 secs]\n",
            &mut |c| all.push(c),
        );
        assert_eq!((all.len(), parsed.gaps.len()), (1, 1));
    }

    #[test]
    fn jrockit_lines() {
        let (summary, all) = read(
            "[memory ][Fri Feb 15 14:03:29 2013][17611] [OC#1] 0.832-0.928: OC 393216KB->131073KB (786432KB), 0.096 s, sum of pauses 95.359 ms, longest pause 95.359 ms.\n",
        );
        assert_eq!((all.len(), summary.full), (1, 1));
        assert_eq!(all[0].pause_ms, Some(95.359));
    }
}
