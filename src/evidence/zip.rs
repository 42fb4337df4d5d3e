//! Zip: members in parallel by the central directory; without one (a cut file) whatever local headers lead to.

use super::{
    Content,
    archive::{Allowance, Item, Opener, Raw},
    names, salvage,
};
use goldenhour_parsers::{Gap, Reason};
use jiff::{Timestamp, civil, tz::Offset};
use rayon::prelude::*;
use std::io::Cursor;
use zip::{CompressionMethod, ZipArchive, read::ZipFile};

/// A local header, or the end record of an empty archive, at the very start. A `.jar`, `.docx` and the like are zips too
/// but no evidence to unpack.
pub fn is_archive(bytes: &[u8]) -> bool {
    let starts = bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06");
    starts && !is_program_or_document(bytes)
}

fn is_program_or_document(bytes: &[u8]) -> bool {
    let name = bytes.get(30..90).unwrap_or_default();
    [
        "META-INF/",
        "[Content_Types].xml",
        "mimetype",
        "WEB-INF/",
        "AndroidManifest.xml",
    ]
    .iter()
    .any(|first| name.starts_with(first.as_bytes()))
}

/// A member as the central directory states it.
struct Listed {
    index: usize,
    name: String,
    size: u64,
    /// What may be read of it.
    most: u64,
}

/// Opens every member. What cannot be read of the archive itself comes as gaps.
pub fn members(opener: &Opener<'_>, raw: &Raw, depth: u32, allowance: &mut Allowance) -> (Vec<Item>, Vec<Gap>) {
    let archive = match ZipArchive::new(Cursor::new(raw.content.bytes())) {
        Ok(archive) => archive,
        Err(error) => return salvage::members(opener, raw, depth, allowance, &error.to_string()),
    };
    if let Some(why) = unfaithful(&archive, raw.content.bytes(), opener.limits.members) {
        return salvage::members(opener, raw, depth, allowance, why);
    }
    let (listed, mut gaps) = list(&archive, opener, allowance);
    // What members may cost in turn (archives and gzip in the archive) is shared out by their sizes beforehand.
    let all: u64 = listed.iter().map(|member| member.most).sum();
    let (spare, words) = (std::mem::take(&mut allowance.left), allowance.words.clone());
    let mut opened: Vec<(usize, Vec<Item>)> = listed
        .into_par_iter()
        .map(|member| {
            let mut own = Allowance {
                left: share(spare, member.most, all),
                words: words.clone(),
            };
            (
                member.index,
                open_member(opener, &archive, &member, raw, depth, &mut own),
            )
        })
        .collect();
    opened.sort_by(|(_, a), (_, b)| first_path(a).cmp(first_path(b)));
    let items: Vec<Item> = opened.into_iter().flat_map(|(_, items)| items).collect();
    gaps.sort_by_key(|gap| gap.offset);
    (items, gaps)
}

/// Why the directory does not tell of every member: it leads astray, or names one twice (the reader keeps one of them).
fn unfaithful(archive: &ZipArchive<Cursor<&[u8]>>, bytes: &[u8], most: usize) -> Option<&'static str> {
    if stated_members(bytes).is_some_and(|stated| stated > archive.len() && archive.len() < most) {
        return Some("two members bear the same name");
    }
    let mut archive = archive.clone();
    (0..archive.len().min(most))
        .any(|index| archive.by_index_raw(index).is_err())
        .then_some("the directory names a member that is not there")
}

/// Members by the end record (APPNOTE 4.3.16); `None` when a zip64 record counts them.
fn stated_members(bytes: &[u8]) -> Option<usize> {
    let end = memchr::memmem::rfind(bytes, b"PK\x05\x06")?;
    let count = bytes.get(end + 10..end + 12)?;
    let count = u16::from_le_bytes(count.try_into().ok()?);
    (count != u16::MAX).then_some(usize::from(count))
}

/// `part / all` of `whole`.
fn share(whole: u64, part: u64, all: u64) -> u64 {
    let exact = u128::from(whole) * u128::from(part) / u128::from(all.max(1));
    u64::try_from(exact).unwrap_or(whole)
}

fn first_path(items: &[Item]) -> &str {
    items.first().map_or("", |item| item.path.as_str())
}

/// The members to open, within what is allowed for all of them; decided before anything is read, so that the order of
/// work does not matter.
fn list(
    archive: &ZipArchive<Cursor<&[u8]>>,
    opener: &Opener<'_>,
    allowance: &mut Allowance,
) -> (Vec<Listed>, Vec<Gap>) {
    let (mut listed, mut gaps) = (Vec::new(), Vec::new());
    let mut archive = archive.clone();
    for index in 0..archive.len() {
        if index >= opener.limits.members {
            let what = format!("{} members of an archive", opener.limits.members);
            gaps.push(Gap::new(0, 0, Reason::Limit { what }));
            break;
        }
        let Ok(entry) = archive.by_index_raw(index) else {
            continue;
        };
        let mode = entry.unix_mode().unwrap_or(0) & 0o170_000;
        if entry.is_dir() {
            continue;
        }
        if !matches!(mode, 0 | 0o100_000) {
            let name = names::tame(&name_of(&entry));
            let detail = format!("1 links and devices of the archive are left out: {name}");
            gaps.push(Gap::new(entry.header_start(), 0, Reason::Unreadable { detail }));
            continue;
        }
        let name = names::tame(&name_of(&entry));
        let (size, most) = (entry.size(), entry.size().min(allowance.left));
        if most < size {
            gaps.push(Gap::new(
                entry.header_start(),
                0,
                Reason::Limit {
                    what: format!("{name}: {}", allowance.words),
                },
            ));
        }
        allowance.left -= most;
        listed.push(Listed {
            index,
            name,
            size,
            most,
        });
    }
    (listed, gaps)
}

/// The name: the crate takes names without the UTF-8 flag for CP437, but Chinese Windows writes GBK.
fn name_of(entry: &ZipFile<'_, Cursor<&[u8]>>) -> String {
    names::decode(entry.name_raw())
}

fn open_member(
    opener: &Opener<'_>,
    archive: &ZipArchive<Cursor<&[u8]>>,
    listed: &Listed,
    raw: &Raw,
    depth: u32,
    allowance: &mut Allowance,
) -> Vec<Item> {
    let mut archive = archive.clone();
    let path = format!("{}!/{}", raw.path, listed.name);
    let mut entry = match archive.by_index(listed.index) {
        Ok(entry) => entry,
        Err(error) => {
            let gap = Gap::new(
                0,
                listed.size,
                Reason::Compression {
                    detail: error.to_string(),
                },
            );
            let empty = Raw {
                path,
                content: Content::new(Vec::new()),
                modified: None,
                gaps: vec![gap],
            };
            return opener.open_within(empty, depth, allowance);
        }
    };
    let modified = modified(&entry);
    let (content, gaps) = match (entry.compression(), entry.data_start()) {
        // Stored: a part of the archive, no copy.
        (CompressionMethod::Stored, Some(start)) => {
            let start = usize::try_from(start).unwrap_or(usize::MAX);
            let size = usize::try_from(entry.compressed_size().min(listed.most)).unwrap_or(usize::MAX);
            (raw.content.slice(start..start.saturating_add(size)), Vec::new())
        }
        _ => {
            let compressed = entry.compressed_size();
            let mut own = Allowance {
                left: listed.most,
                words: format!("the stated size of {} bytes", listed.size),
            };
            opener.read(&mut entry, compressed, &mut own)
        }
    };
    opener.open_within(
        Raw {
            path,
            content,
            modified,
            gaps,
        },
        depth,
        allowance,
    )
}

/// DOS time has no zone; the tool's users' one is assumed (CONTRACT.md §2).
fn modified(entry: &ZipFile<'_, Cursor<&[u8]>>) -> Option<Timestamp> {
    let time = entry.last_modified()?;
    let small = |n: u8| i8::try_from(n).ok();
    let year = i16::try_from(time.year()).ok()?;
    let (month, day) = (small(time.month())?, small(time.day())?);
    let (hour, minute, second) = (small(time.hour())?, small(time.minute())?, small(time.second())?);
    let civil = civil::DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    Offset::constant(8).to_timestamp(civil).ok()
}
