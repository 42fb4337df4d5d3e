//! Tar: members are parts of the archive's bytes, so nothing is copied.

use super::{
    archive::{Allowance, Item, Opener, Raw},
    names,
};
use goldenhour_parsers::{Gap, Reason};
use jiff::Timestamp;
use std::io::Cursor;
use tar::{Archive, Entry, EntryType, Header};

/// Headers and data are multiples of this many bytes (POSIX.1 ustar).
const BLOCK: usize = 512;

/// True when the first block is a tar header: its checksum holds. The word `ustar` is missing in archives of old systems.
pub fn is_archive(bytes: &[u8]) -> bool {
    bytes.get(..BLOCK).is_some_and(is_header)
}

fn is_header(block: &[u8]) -> bool {
    let field = block.get(148..156).unwrap_or_default();
    let stated = std::str::from_utf8(field)
        .ok()
        .and_then(|text| u32::from_str_radix(text.trim_matches([' ', '\0']), 8).ok());
    let sum = |skip: std::ops::Range<usize>| -> u32 {
        let byte = |(at, b): (usize, &u8)| {
            if skip.contains(&at) {
                u32::from(b' ')
            } else {
                u32::from(*b)
            }
        };
        block.iter().enumerate().map(byte).sum()
    };
    block.first().is_some_and(|b| *b != 0) && stated.is_some_and(|stated| stated == sum(148..156))
}

/// Opens every member. What cannot be read of the archive itself comes as gaps.
pub fn members(opener: &Opener<'_>, raw: &Raw, depth: u32, allowance: &mut Allowance) -> (Vec<Item>, Vec<Gap>) {
    let bytes = raw.content.bytes();
    let (mut groups, mut gaps) = (Vec::new(), Vec::new());
    let mut found = 0;
    let mut skipped = Skipped::default();
    let mut start = 0;
    // After a damaged header the archive is taken up again at the next block that is one.
    while let Some(rest) = bytes.get(start..) {
        let mut archive = Archive::new(Cursor::new(rest));
        let mut last = 0;
        let mut error = None;
        let entries = archive.entries_with_seek().map(Some).unwrap_or_default();
        for entry in entries.into_iter().flatten() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(wrong) => {
                    error = Some(wrong.to_string());
                    break;
                }
            };
            last = end_of(&entry);
            found += 1;
            if found > opener.limits.members {
                gaps.push(limit(
                    start + last,
                    format!("{} members of an archive", opener.limits.members),
                ));
                return (in_order(groups), gaps);
            }
            match member(&entry, raw, start) {
                Some(member) => groups.push(opener.open_within(member, depth, allowance)),
                None => skipped.note(&entry),
            }
        }
        let Some(detail) = error else { break };
        let resume = next_header(bytes, start + last.max(BLOCK));
        let until = resume.unwrap_or(bytes.len());
        let lost = until.saturating_sub(start + last) as u64;
        gaps.push(Gap::new(
            (start + last) as u64,
            lost,
            Reason::Compression {
                detail: format!("tar: {detail}"),
            },
        ));
        match resume {
            Some(at) => start = at,
            None => break,
        }
    }
    gaps.extend(skipped.gap());
    (in_order(groups), gaps)
}

/// Links and devices: they hold nothing, and what they point to is none of our business; but the user is told.
#[derive(Default)]
struct Skipped {
    count: usize,
    first: Vec<String>,
}

impl Skipped {
    /// Names that the gap gives.
    const NAMED: usize = 5;

    fn note(&mut self, entry: &Entry<'_, Cursor<&[u8]>>) {
        let kind = entry.header().entry_type();
        let special = kind.is_symlink()
            || kind.is_hard_link()
            || kind.is_character_special()
            || kind.is_block_special()
            || kind.is_fifo();
        if !special {
            return;
        }
        self.count += 1;
        if self.first.len() < Self::NAMED {
            self.first.push(names::tame(&names::decode(&entry.path_bytes())));
        }
    }

    fn gap(self) -> Option<Gap> {
        let more = if self.count > self.first.len() { " …" } else { "" };
        let detail = format!(
            "{} links and devices of the archive are left out: {}{more}",
            self.count,
            self.first.join(", ")
        );
        (self.count > 0).then(|| Gap::new(0, 0, Reason::Unreadable { detail }))
    }
}

/// Members by name, each followed by what it holds.
fn in_order(mut groups: Vec<Vec<Item>>) -> Vec<Item> {
    groups.sort_by(|a, b| a.first().map(|item| &item.path).cmp(&b.first().map(|item| &item.path)));
    groups.into_iter().flatten().collect()
}

fn limit(offset: usize, what: String) -> Gap {
    Gap::new(offset as u64, 0, Reason::Limit { what })
}

/// Where the entry's data ends, in the archive that it was read from.
fn end_of(entry: &Entry<'_, Cursor<&[u8]>>) -> usize {
    let end = entry.raw_file_position().saturating_add(stored_size(entry.header()));
    usize::try_from(end.next_multiple_of(BLOCK as u64)).unwrap_or(usize::MAX / 2)
}

fn stored_size(header: &Header) -> u64 {
    header.entry_size().unwrap_or(0).min(u64::MAX / 4)
}

fn next_header(bytes: &[u8], from: usize) -> Option<usize> {
    let first = from.next_multiple_of(BLOCK);
    let blocks = bytes.get(first..)?.chunks_exact(BLOCK);
    blocks
        .enumerate()
        .find(|(_, block)| is_header(block))
        .map(|(n, _)| first + n * BLOCK)
}

/// A regular member as a part of the archive; folders, links and devices are none.
fn member(entry: &Entry<'_, Cursor<&[u8]>>, raw: &Raw, start: usize) -> Option<Raw> {
    let kind = entry.header().entry_type();
    if !matches!(kind, EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse) {
        return None;
    }
    let name = names::tame(&names::decode(&entry.path_bytes()));
    let from = start.saturating_add(usize::try_from(entry.raw_file_position()).ok()?);
    let size = usize::try_from(stored_size(entry.header()).max(entry.size())).ok()?;
    let content = raw.content.slice(from..from.saturating_add(size));
    let mut gaps = Vec::new();
    let got = content.bytes().len();
    if got < size {
        gaps.push(Gap::new(
            got as u64,
            (size - got) as u64,
            Reason::Truncated {
                expected: "the rest of an archive member",
            },
        ));
    }
    if kind == EntryType::GNUSparse {
        let detail = "stored as a sparse file: holes are left out".to_owned();
        gaps.push(Gap::new(0, 0, Reason::WriterSays { detail }));
    }
    let modified = entry
        .header()
        .mtime()
        .ok()
        .and_then(|s| Timestamp::from_second(i64::try_from(s).ok()?).ok());
    Some(Raw {
        path: format!("{}!/{name}", raw.path),
        content,
        modified,
        gaps,
    })
}
