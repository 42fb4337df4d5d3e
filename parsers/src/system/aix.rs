//! AIX: error log, memory, paging space.

use super::table::{Header, decimal, from_word, integer, number, size, word};
use crate::{Stamp, gc::bytes::ctime};
use jiff::civil::Date;

/// One line of `errpt`.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrptRow {
    /// Error identifier, hexadecimal.
    pub identifier: String,
    /// `MMDDhhmmYY` as printed.
    pub timestamp: String,
    /// `P`, `T`, `I`, `U`.
    pub kind: String,
    /// `H`, `S`, `O`, `U`.
    pub class: String,
    /// Resource.
    pub resource: String,
    /// Description.
    pub description: String,
    /// Index of the line in the output, 0-based.
    pub index: u64,
}

impl ErrptRow {
    /// The time, minute precision.
    pub fn time(&self) -> Option<Stamp> {
        let digits = self.timestamp.as_bytes();
        if digits.len() != 10 {
            return None;
        }
        let two = |at: usize| -> Option<i8> { self.timestamp.get(at..at + 2)?.parse().ok() };
        let year = 2000 + i16::from(two(8)?);
        let date = Date::new(year, two(0)?, two(2)?).ok()?;
        let time = jiff::civil::Time::new(two(4)?, two(6)?, 0, 0).ok()?;
        Some(Stamp::local(date.to_datetime(time)))
    }
}

/// Reads `errpt`, newest first as printed.
pub(super) fn errpt(lines: &[&str]) -> Vec<ErrptRow> {
    let row = |(index, line): (usize, &&str)| {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let identifier = *words.first()?;
        let is_id = identifier.len() == 8 && identifier.bytes().all(|b| b.is_ascii_hexdigit());
        let timestamp = *words.get(1)?;
        if !is_id || timestamp.len() != 10 || !timestamp.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        Some(ErrptRow {
            identifier: identifier.to_owned(),
            timestamp: timestamp.to_owned(),
            kind: (*words.get(2)?).to_owned(),
            class: (*words.get(3)?).to_owned(),
            resource: (*words.get(4)?).to_owned(),
            description: from_word(line, 5).unwrap_or_default().to_owned(),
            index: index as u64,
        })
    };
    lines.iter().enumerate().filter_map(row).collect()
}

/// One entry of `errpt -a`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ErrptEntry {
    /// `CORE_DUMP`, `J2_FS_FULL` …
    pub label: String,
    /// Error identifier.
    pub identifier: String,
    /// Time with seconds.
    pub time: Option<Stamp>,
    /// Sequence number.
    pub sequence: Option<u64>,
    /// Node id: the host.
    pub node: Option<String>,
    /// Class (`H`, `S`, `O`).
    pub class: String,
    /// Type (`PERM`, `TEMP`, `INFO`).
    pub kind: String,
    /// Resource.
    pub resource: String,
    /// First line below `Description`.
    pub description: String,
    /// Lines below `Detail Data`: label (upper case, as printed) and the lines under it joined.
    pub details: Vec<(String, String)>,
    /// 1-based line of `LABEL:`.
    pub line: u64,
}

impl ErrptEntry {
    /// A detail by its label's beginning.
    pub fn detail(&self, label: &str) -> Option<&str> {
        self.details
            .iter()
            .find(|(l, _)| l.starts_with(label))
            .map(|(_, v)| v.as_str())
    }
}

/// Reads `errpt -a`.
pub(super) fn errpt_details(lines: &[&str], first_line: u64) -> Vec<ErrptEntry> {
    let mut entries: Vec<ErrptEntry> = Vec::new();
    let mut part = Part::Head;
    for (i, line) in lines.iter().enumerate() {
        let text = line.trim();
        if let Some(label) = text.strip_prefix("LABEL:") {
            entries.push(ErrptEntry {
                label: label.trim().to_owned(),
                line: first_line + i as u64,
                ..ErrptEntry::default()
            });
            part = Part::Head;
            continue;
        }
        let Some(entry) = entries.last_mut() else { continue };
        match text {
            "" => continue,
            "Description" => part = Part::Description,
            "Detail Data" => part = Part::Details,
            "Probable Causes"
            | "User Causes"
            | "Failure Causes"
            | "Install Causes"
            | "Recommended Actions"
            | "Symptom Data" => part = Part::Skip,
            _ if text.starts_with("-----") => part = Part::Skip,
            _ => match part {
                Part::Head => head(entry, text),
                Part::Description => {
                    if entry.description.is_empty() {
                        text.clone_into(&mut entry.description);
                    }
                }
                Part::Details => detail(entry, text),
                Part::Skip => {}
            },
        }
    }
    entries
}

#[derive(Clone, Copy)]
enum Part {
    Head,
    Description,
    Details,
    Skip,
}

fn head(entry: &mut ErrptEntry, text: &str) {
    let Some((label, value)) = text.split_once(':') else {
        return;
    };
    let value = value.trim();
    match label.trim() {
        "IDENTIFIER" => value.clone_into(&mut entry.identifier),
        "Date/Time" => entry.time = ctime(value).map(|(s, _)| s),
        "Sequence Number" => entry.sequence = value.parse().ok(),
        "Node Id" => entry.node = Some(value.to_owned()),
        "Class" => value.clone_into(&mut entry.class),
        "Type" => value.clone_into(&mut entry.kind),
        "Resource Name" => value.clone_into(&mut entry.resource),
        _ => {}
    }
}

/// A label is a line of capitals; what follows belongs to it.
fn detail(entry: &mut ErrptEntry, text: &str) {
    const LABELS: [&str; 14] = [
        "SIGNAL NUMBER",
        "USER'S PROCESS ID",
        "FILE SYSTEM",
        "INODE",
        "CORE FILE NAME",
        "PROGRAM NAME",
        "JFS",
        "MESSAGE FROM",
        "FILE NAME",
        "DEVICE DRIVER",
        "SENSE DATA",
        "PROCESSOR ID",
        "COME FROM",
        "STACK EXECUTION",
    ];
    if LABELS.iter().any(|l| text.starts_with(l)) {
        entry
            .details
            .push((text.trim_end_matches(':').to_owned(), String::new()));
    } else if let Some((_, value)) = entry.details.last_mut() {
        if !value.is_empty() {
            value.push(' ');
        }
        if value.len() < 1000 {
            value.push_str(text);
        }
    }
}

/// `svmon -G`, pages of 4 KiB.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Svmon {
    /// Memory: size, in use, free, pinned, virtual.
    pub memory: Vec<u64>,
    /// Paging space: size and in use.
    pub paging: Vec<u64>,
}

pub(super) fn svmon(lines: &[&str]) -> Svmon {
    let numbers = |prefix: &str| -> Vec<u64> {
        let row = lines.iter().find_map(|l| l.trim_start().strip_prefix(prefix));
        row.map_or_else(Vec::new, |r| {
            r.split_ascii_whitespace().map_while(|w| w.parse().ok()).collect()
        })
    };
    Svmon {
        memory: numbers("memory"),
        paging: numbers("pg space"),
    }
}

/// One process of `svmon -P`, pages of 4 KiB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SvmonProcess {
    /// Pid.
    pub pid: u64,
    /// Command.
    pub command: String,
    /// Pages in memory.
    pub inuse: u64,
    /// Pages in paging space.
    pub pgsp: u64,
}

pub(super) fn svmon_processes(lines: &[&str]) -> Vec<SvmonProcess> {
    let row = |line: &&str| {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        Some(SvmonProcess {
            pid: integer(&words, Some(0))?,
            command: (*words.get(1)?).to_owned(),
            inuse: integer(&words, Some(2))?,
            pgsp: integer(&words, Some(4))?,
        })
    };
    lines.iter().filter_map(row).collect()
}

/// One paging space, or all of them together (`lsps -s`).
#[derive(Debug, Clone, PartialEq)]
pub struct PagingSpace {
    /// Name; empty for the total.
    pub name: String,
    /// MiB.
    pub size_mb: u64,
    /// Per cent in use.
    pub used_percent: f64,
}

pub(super) fn paging_spaces(lines: &[&str]) -> Vec<PagingSpace> {
    let mut header = Header::default();
    let mut spaces = Vec::new();
    for line in lines {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        if line.contains("%Used") {
            header = Header::new(line);
        } else if header.len() > 0 {
            // `Page Space`, `Physical Volume` and `Volume Group` are two words in the header, one in a row.
            let shift = |at: Option<usize>| at.map(|a| a.saturating_sub(3));
            let size_at = shift(header.at(&["Size"]));
            let Some(mb) = word(&words, size_at).and_then(|w| size(w, 1 << 20)) else {
                continue;
            };
            spaces.push(PagingSpace {
                name: words.first().copied().unwrap_or_default().to_owned(),
                size_mb: mb >> 20,
                used_percent: decimal(&words, shift(header.at(&["%Used"]))).unwrap_or(0.0),
            });
        } else if let (Some(total), Some(used)) = (words.first(), words.get(1))
            && let (Some(bytes), Some(percent)) = (size(total, 1 << 20), number(used).filter(|_| used.ends_with('%')))
        {
            spaces.push(PagingSpace {
                name: String::new(),
                size_mb: bytes >> 20,
                used_percent: percent,
            });
        }
    }
    spaces
}
