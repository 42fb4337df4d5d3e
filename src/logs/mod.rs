//! Logs: records, templates, bursts, codes, the first error; access logs: status and latency.

mod access;
mod bursts;
mod code_counts;
mod codes;
mod collect;
mod conclude;
mod facts;
mod lifecycle;
mod markers;
mod miner;
mod minutes;
mod notable;
mod pieces;
mod root;
mod shapes;

pub use codes::{CodeMeaning, code_meaning, known_codes};
pub use facts::*;

use crate::evidence::{Artefact, release};
use goldenhour_parsers::{
    CHINA, Gap, Kind, Reason,
    log::LogFormat,
    text::{detect, stamp},
};
use jiff::civil::Date;

/// Reads a log or access log.
pub fn analyse(artefact: &Artefact, options: &LogOptions) -> LogFacts {
    let bytes = artefact.bytes();
    let encoding = detect(bytes);
    let mut facts = if encoding.is_ascii_based() {
        read(artefact, bytes, artefact.cut(), options)
    } else {
        // UTF-16 comes from redirected consoles and is small; its lines are the same after decoding.
        let text = encoding.decode(bytes);
        let text = text.trim_start_matches('\u{feff}');
        let mut facts = read(artefact, text.as_bytes(), &[], options);
        facts.encoding = encoding.name();
        facts
    };
    facts.artefact = Some(artefact.id);
    if bytes.is_empty() {
        facts.gaps.push(Gap::new(0, 0, Reason::Empty));
    }
    facts
}

fn read(artefact: &Artefact, bytes: &[u8], cut: &[std::ops::Range<usize>], options: &LogOptions) -> LogFacts {
    if artefact.kind == Kind::AccessLog || access::is_access_log(bytes) {
        return access::read(bytes, artefact.first_line, options);
    }
    let format = LogFormat::detect(bytes, near(artefact));
    let input = collect::Input {
        bytes,
        cut,
        first_line: artefact.first_line,
        format: &format,
        options,
        piece: pieces::PIECE,
    };
    collect::read(input, &|piece| {
        artefact.advance((piece.end - piece.start) as u64);
        release(bytes.get(piece).unwrap_or_default());
    })
}

/// The day near which a log without dates ends: from its name, else from the file's modification.
fn near(artefact: &Artefact) -> Option<Date> {
    date_in_name(artefact.file_name()).or_else(|| artefact.modified.map(|time| CHINA.to_datetime(time).date()))
}

/// `server.log.2020-05-12`.
fn date_in_name(name: &str) -> Option<Date> {
    name.char_indices().find_map(|(at, _)| {
        let day = name.get(at..at + 10)?;
        stamp(format!("{day} 00:00:00").as_bytes())
            .filter(|found| found.length == 19)
            .map(|found| found.stamp.civil.date())
    })
}

#[cfg(test)]
mod tests;
