//! Verbose GC of IBM J9 and OpenJ9: XML elements, of R26 and later (`exclusive-start` … `exclusive-end`) and of Java 5
//! and 6 (`af`, `sys`, `con` blocks). Read element by element: the end tag of a killed VM is missing, and the log may
//! lie inside other output.

mod element;
mod old;

use super::record::{Clock, Collection, Format, MAX_OPTIONS, Summary, Trigger};
use crate::{Gap, Parsed, Reason};
use element::{Element, MAX_TAG};
use old::OldBlock;

/// Elements that only a J9 GC log has. `true`: may begin a section in mixed text.
const ELEMENTS: [&[u8]; 14] = [
    b"verbosegc",
    b"exclusive-start",
    b"exclusive-end",
    b"af-start",
    b"af-end",
    b"sys-start",
    b"sys-end",
    b"cycle-start",
    b"cycle-end",
    b"gc-start",
    b"gc-end",
    b"gc-op",
    b"concurrent-kickoff",
    b"concurrent-collection-start",
];

/// Whether the line begins with a GC element, and whether it may begin a section.
pub(crate) fn begins(line: &[u8]) -> Option<bool> {
    let line = line.trim_ascii_start();
    let element = Element::read(line.strip_prefix(b"<")?)?;
    if ELEMENTS.contains(&element.name) {
        return Some(true);
    }
    let old = matches!(element.name, b"af" | b"sys" | b"con") && element.get(b"timestamp").is_some();
    let initialized = element.name == b"initialized" && element.get(b"timestamp").is_some();
    (old || initialized).then_some(true)
}

/// Reads the elements of the log.
pub(crate) fn scan<'a>(input: &'a [u8], sink: &mut dyn FnMut(Collection<'a>)) -> Parsed<Summary> {
    let mut reader = Reader {
        sink,
        summary: Summary {
            format: Some(Format::J9Xml),
            ..Summary::default()
        },
        clock: Clock::default(),
        now: Collection::default(),
        open: false,
        depth: Depth::Outside,
        seen_before: false,
        old_block: OldBlock::default(),
        line: 1,
        inferred: "",
    };
    let mut gaps = Vec::new();
    let mut position = 0;
    let mut counted_to = 0;
    while let Some(at) = memchr::memchr(b'<', input.get(position..).unwrap_or_default()) {
        let start = position + at;
        let rest = input.get(start + 1..).unwrap_or_default();
        if rest.starts_with(b"/") {
            reader.line += newlines(input, counted_to, start);
            counted_to = start;
            reader.end_tag(rest.get(1..).unwrap_or_default());
            position = start + 2;
            continue;
        }
        let Some(element) = Element::read(rest) else {
            let cut = rest.first().is_some_and(u8::is_ascii_alphabetic)
                && rest.len() < MAX_TAG
                && memchr::memchr(b'>', rest).is_none();
            if cut {
                gaps.push(Gap::new(
                    start as u64,
                    (input.len() - start) as u64,
                    Reason::Truncated {
                        expected: "the end of an XML element",
                    },
                ));
                break;
            }
            position = start + 1;
            continue;
        };
        reader.line += newlines(input, counted_to, start);
        counted_to = start;
        reader.element(&element);
        position = start + 1 + element.length;
    }
    reader.finish(input, gaps)
}

fn newlines(input: &[u8], from: usize, to: usize) -> u64 {
    memchr::memchr_iter(b'\n', input.get(from..to).unwrap_or_default()).count() as u64
}

/// Inside which element of a pause the reader is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    Outside,
    GcStart,
    GcEnd,
}

struct Reader<'a, 's> {
    sink: &'s mut dyn FnMut(Collection<'a>),
    summary: Summary,
    clock: Clock,
    now: Collection<'a>,
    open: bool,
    depth: Depth,
    seen_before: bool,
    old_block: OldBlock,
    line: u64,
    inferred: &'static str,
}

impl<'a> Reader<'a, '_> {
    fn element(&mut self, e: &Element<'a>) {
        if let Some(stamp) = e.stamp() {
            self.clock.note(Some(stamp), None);
        }
        match e.name {
            b"verbosegc" => {
                if self.summary.vm.is_none() {
                    self.summary.vm = e.text(b"version").filter(|v| !v.is_empty()).map(str::to_owned);
                }
            }
            b"attribute" => self.attribute(e),
            b"exclusive-start" => {
                self.abandon();
                self.now = Collection {
                    time: e.stamp(),
                    ..Collection::default()
                };
                self.open = true;
            }
            b"af-start" => {
                self.now.requested = e.integer(b"totalBytesRequested");
                self.now.cause.get_or_insert("allocation failure");
            }
            b"sys-start" => self.set_reason(e.text(b"reason")),
            b"concurrent-collection-start" => {
                self.now.cause.get_or_insert("concurrent collection");
            }
            b"percolate-collect" => self.now.cause = e.text(b"reason").or(self.now.cause),
            b"allocation-taxation" => {
                self.now.cause.get_or_insert("allocation taxation");
            }
            b"allocation-unsatisfied" => {
                self.summary.failures += 1;
                self.summary.marks.unsatisfied += 1;
            }
            b"excessive-gc" => {
                self.summary.failures += 1;
                self.summary.marks.excessive += 1;
            }
            b"vmarg" => {
                if let Some(name) = e.text(b"name").filter(|_| self.summary.options.len() < MAX_OPTIONS) {
                    self.summary.options.push(name.to_owned());
                }
            }
            b"warning"
                if e.text(b"details")
                    .is_some_and(|d| d.contains("excessive") || d.contains("aborted collection")) =>
            {
                self.summary.failures += 1;
                let is_excessive = e.text(b"details").is_some_and(|d| d.contains("excessive"));
                self.summary.marks.excessive += u64::from(is_excessive);
            }
            b"gc-start" => {
                self.note_type(e.get(b"type"));
                self.now.time = self.now.time.or_else(|| e.stamp());
                self.depth = Depth::GcStart;
            }
            b"gc-end" => self.gc_end(e),
            b"mem-info" => self.mem_info(e),
            b"mem" => self.generation(e),
            b"exclusive-end" => self.exclusive_end(e),
            _ => self.old_element(e),
        }
    }

    fn end_tag(&mut self, rest: &[u8]) {
        if rest.starts_with(b"gc-start>") || rest.starts_with(b"gc-end>") {
            self.depth = Depth::Outside;
        } else if self.old_block.open {
            if rest.starts_with(b"gc>") {
                self.old_block.in_gc = false;
            } else if rest.starts_with(b"af>") || rest.starts_with(b"sys>") || rest.starts_with(b"con>") {
                self.close_old_block();
            }
        }
    }

    fn attribute(&mut self, e: &Element<'a>) {
        let Some(value) = e.text(b"value") else { return };
        match e.get(b"name") {
            Some(b"gcPolicy") => {
                self.summary.collector = policy(value.strip_prefix("-Xgcpolicy:").unwrap_or(value));
            }
            Some(b"maxHeapSize") => {
                self.summary.heap_max = match value.strip_prefix("0x") {
                    Some(hex) => u64::from_str_radix(hex, 16).ok(),
                    None => value.parse().ok(),
                };
            }
            _ => {}
        }
    }

    fn set_reason(&mut self, reason: Option<&'a str>) {
        let reason = reason.unwrap_or("system");
        self.now.cause = Some(reason);
        self.now.trigger = match reason {
            "explicit" => Trigger::Explicit,
            r if r.contains("class") => Trigger::Metadata,
            _ => Trigger::Ordinary,
        };
    }

    fn note_type(&mut self, kind: Option<&[u8]>) {
        match kind {
            Some(b"scavenge") if self.inferred.is_empty() => self.inferred = "gencon",
            Some(b"partial gc" | b"global mark phase" | b"global garbage collect") => self.inferred = "balanced",
            Some(b"heartbeat") => self.inferred = "metronome",
            _ => {}
        }
    }

    fn gc_end(&mut self, e: &Element<'a>) {
        let kind = e.get(b"type").unwrap_or_default();
        self.note_type(Some(kind));
        if kind.starts_with(b"global") {
            self.summary.full += 1;
            if kind != b"global mark phase" {
                self.now.full = true;
                self.now.whole_heap = true;
            }
        }
        self.now.time = self.now.time.or_else(|| e.stamp());
        self.now.line = self.line;
        self.depth = Depth::GcEnd;
        self.open = true;
    }

    fn mem_info(&mut self, e: &Element<'a>) {
        let (Some(free), Some(total)) = (e.integer(b"free"), e.integer(b"total")) else {
            return;
        };
        let used = total.saturating_sub(free);
        match self.depth {
            Depth::GcStart if !self.seen_before => {
                self.now.before = Some(used);
                self.seen_before = true;
            }
            Depth::GcEnd => {
                self.now.after = Some(used);
                self.now.capacity = Some(total);
            }
            _ => {}
        }
    }

    fn generation(&mut self, e: &Element<'a>) {
        if self.depth != Depth::GcEnd || e.get(b"type") != Some(b"tenure") {
            return;
        }
        if let (Some(free), Some(total)) = (e.integer(b"free"), e.integer(b"total")) {
            self.now.old = Some((total.saturating_sub(free), total));
        }
    }

    fn exclusive_end(&mut self, e: &Element<'a>) {
        let by_clock = || {
            let start = self.now.time?.civil;
            let end = e.stamp()?.civil;
            Some((end.duration_since(start).as_secs_f64() * 1000.0).max(0.0))
        };
        self.now.pause_ms = Some(e.decimal(b"durationms").or_else(by_clock).unwrap_or(0.0));
        self.now.time = self.now.time.or_else(|| e.stamp());
        self.now.line = self.line;
        self.emit();
    }

    fn emit(&mut self) {
        (self.sink)(self.now);
        self.reset();
    }

    /// A pause that never ended (the VM died, the file was cut): its heap figures still count.
    fn abandon(&mut self) {
        if self.open && self.now.after.is_some() {
            self.now.pause_ms = None;
            (self.sink)(self.now);
        }
        self.reset();
    }

    fn reset(&mut self) {
        self.now = Collection::default();
        self.open = false;
        self.seen_before = false;
        self.depth = Depth::Outside;
    }

    fn finish(mut self, input: &[u8], mut gaps: Vec<Gap>) -> Parsed<Summary> {
        if self.old_block.open {
            gaps.push(Gap::new(
                input.len() as u64,
                0,
                Reason::Truncated {
                    expected: "the end of a collection",
                },
            ));
        }
        if self.open {
            gaps.push(Gap::new(
                input.len() as u64,
                0,
                Reason::Truncated {
                    expected: "the end of a pause",
                },
            ));
        }
        self.abandon();
        if self.summary.collector.is_empty() {
            self.summary.collector = self.inferred;
        }
        self.clock.finish(&mut self.summary);
        Parsed {
            value: self.summary,
            gaps,
        }
    }
}

fn policy(name: &str) -> &'static str {
    match name.trim() {
        "gencon" => "gencon",
        "optthruput" => "optthruput",
        "optavgpause" => "optavgpause",
        "balanced" => "balanced",
        "metronome" => "metronome",
        "subpool" => "optthruput",
        _ => "unknown",
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

    const PAUSE: &str = r#"<exclusive-start id="2" timestamp="2026-01-02T03:04:05.100" intervalms="1.0">
</exclusive-start>
<af-start id="3" totalBytesRequested="4096" timestamp="2026-01-02T03:04:05.100" />
<gc-start id="4" type="global" timestamp="2026-01-02T03:04:05.100">
  <mem-info id="5" free="10" total="1000" percent="1"><mem type="tenure" free="10" total="900"/></mem-info>
</gc-start>
<gc-end id="6" type="global" durationms="15.0" timestamp="2026-01-02T03:04:05.115">
  <mem-info id="7" free="400" total="1000" percent="40"><mem type="tenure" free="300" total="900"/></mem-info>
</gc-end>
<exclusive-end id="8" timestamp="2026-01-02T03:04:05.118" durationms="18.648" />
"#;

    #[test]
    fn a_pause_is_the_exclusive_section() {
        let (summary, all) = read(PAUSE);
        let [one] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!(one.pause_ms, Some(18.648));
        assert_eq!(
            (one.before, one.after, one.capacity),
            (Some(990), Some(600), Some(1000))
        );
        assert_eq!((one.old, one.requested, one.full), (Some((600, 900)), Some(4096), true));
        assert_eq!(summary.full, 1);
        assert!((summary.span_s - 0.018).abs() < 1e-9);
    }

    #[test]
    fn a_killed_vm_leaves_an_unfinished_pause() {
        let cut = &PAUSE[..PAUSE.find("<exclusive-end").unwrap()];
        let (_, all) = read(cut);
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].pause_ms, all[0].after), (None, Some(600)));
    }

    #[test]
    fn java_5_blocks() {
        let text = r#"<af type="tenured" id="1" timestamp="Mar 25 22:40:24 2010" intervalms="0.000">
  <minimum requested_bytes="32" />
  <time exclusiveaccessms="0.011" />
  <tenured freebytes="100" totalbytes="1000" percent="10" />
  <gc type="global" id="1" totalid="1" intervalms="0.000">
    <timesms mark="32.385" sweep="2.444" compact="0.000" total="35.425" />
    <tenured freebytes="700" totalbytes="1000" percent="70" />
  </gc>
  <tenured freebytes="690" totalbytes="1000" percent="69" />
  <time totalms="35.912" />
</af>"#;
        let (summary, all) = read(text);
        assert_eq!(summary.full, 1);
        assert_eq!(all.len(), 1);
        assert_eq!(
            (all[0].pause_ms, all[0].before, all[0].after),
            (Some(35.912), Some(900), Some(300))
        );
    }

    #[test]
    fn every_prefix_is_read() {
        for end in 0..=PAUSE.len() {
            read(&PAUSE[..end]);
        }
    }
}
