//! GC logs of HotSpot, JRockit, IBM J9 and OpenJ9, of every age: collections in file order and a summary.
//!
//! A log may start or end anywhere, be a fragment without a root element, or lie inside other text: lines that are not of
//! a GC log are passed over.

pub(crate) mod bytes;
mod classic;
mod history;
mod j9;
mod print_gc;
mod record;
mod sections;
mod unified;

pub use record::{Collection, Format, Marks, Safepoints, Summary, Trigger};
pub use sections::find_sections;
pub(crate) use sections::may_hold_sections;

use crate::{Gap, Parsed, Reason};

/// Bytes looked at to tell the family.
const HEAD: usize = 256 * 1024;

/// Reads a GC log as a stream: every collection goes to `sink` in file order.
pub fn scan<'a>(input: &'a [u8], sink: &mut dyn FnMut(Collection<'a>)) -> Parsed<Summary> {
    let Some(format) = detect(input) else {
        let reason = if input.is_empty() {
            Reason::Empty
        } else {
            Reason::Malformed { expected: "a GC log" }
        };
        return Parsed {
            value: Summary::default(),
            gaps: vec![Gap::new(0, input.len() as u64, reason)],
        };
    };
    let mut parsed = match format {
        Format::Unified => unified::scan(input, sink),
        Format::PrintGc => print_gc::scan(input, sink),
        Format::J9Xml => j9::scan(input, sink),
        Format::J9Classic => classic::scan(input, sink),
        Format::J9History => history::scan(input, sink),
    };
    parsed.value.format = Some(format);
    if parsed.value.collector.is_empty() {
        parsed.value.collector = "unknown";
    }
    parsed
}

/// Reads a GC log into memory.
pub fn parse(input: &[u8]) -> Parsed<(Summary, Vec<Collection<'_>>)> {
    let mut collections = Vec::new();
    scan(input, &mut |c| collections.push(c)).map(|summary| (summary, collections))
}

/// Which family of GC log these bytes hold, if any.
pub fn detect(input: &[u8]) -> Option<Format> {
    if history::looks_like(input) {
        return Some(Format::J9History);
    }
    let head = input.get(..HEAD).unwrap_or(input);
    detect_in(head).or_else(|| (input.len() > HEAD).then(|| detect_in(input)).flatten())
}

fn detect_in(input: &[u8]) -> Option<Format> {
    bytes::Lines::new(input).find_map(|line| sections::classify(line.bytes).map(|(format, _)| format))
}

#[cfg(test)]
mod tests;
