//! System evidence: errpt, netstat, vmstat, df, dmesg, ps, database sessions …

mod db_signs;
mod facts;
mod figures;
mod history;
mod join;
mod net_signs;
mod signs;
mod source;

pub use facts::*;

use crate::evidence::Artefact;
use goldenhour_parsers::system::{Output, decode, parse};
use source::Source;

/// Reads the output of one or several system, JVM or database commands.
pub fn analyse(artefact: &Artefact) -> Vec<SystemFacts> {
    let parsed = parse(artefact.bytes());
    let text = decode(artefact.bytes());
    let lines: Vec<&str> = text.lines().collect();
    let mut found: Vec<SystemFacts> = parsed
        .value
        .iter()
        .map(|output| facts_of(artefact, &lines, output))
        .collect();
    join::limits_with_use(&mut found);
    if let Some(first) = found.first_mut() {
        first.gaps = parsed.gaps;
        for gap in &mut first.gaps {
            gap.offset += artefact.offset;
        }
    }
    found
}

fn facts_of(artefact: &Artefact, lines: &[&str], output: &Output) -> SystemFacts {
    let source = Source::new(artefact, lines, output);
    SystemFacts {
        artefact: Some(artefact.id),
        kind: output.kind,
        facts: figures::of(output),
        signs: signs::of(output, &source),
        host: output.host.clone().or_else(|| figures::host(output)),
        time: output.time,
        gaps: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
