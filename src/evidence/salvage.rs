//! A zip whose directory is missing or damaged: members are found by their local headers (APPNOTE 4.3.7).

use super::{
    Content,
    archive::{Allowance, Item, Opener, Raw},
    names,
};
use flate2::bufread::DeflateDecoder;
use goldenhour_parsers::{Gap, Reason};
use std::io::Read;

const LOCAL_HEADER: &[u8] = b"PK\x03\x04";
/// Bytes of a local header before the name.
const FIXED: usize = 30;

/// What a local header says.
struct Local {
    flags: u16,
    method: u16,
    compressed: u32,
    name: String,
    /// Where the data starts.
    data: usize,
}

/// Opens whatever members can be found; `why` is what was wrong with the directory.
pub fn members(
    opener: &Opener<'_>,
    raw: &Raw,
    depth: u32,
    allowance: &mut Allowance,
    why: &str,
) -> (Vec<Item>, Vec<Gap>) {
    let bytes = raw.content.bytes();
    let detail = format!("zip: {why}; members were searched for one by one");
    let mut gaps = vec![Gap::new(bytes.len() as u64, 0, Reason::Compression { detail })];
    let mut items = Vec::new();
    let mut at = 0;
    let mut found = 0;
    while let Some(next) = bytes
        .get(at..)
        .and_then(|rest| memchr::memmem::find(rest, LOCAL_HEADER))
    {
        at += next;
        let Some(local) = header(bytes, at) else {
            at += LOCAL_HEADER.len();
            continue;
        };
        found += 1;
        if found > opener.limits.members {
            let what = format!("{} members of an archive", opener.limits.members);
            gaps.push(Gap::new(at as u64, 0, Reason::Limit { what }));
            break;
        }
        let (content, member_gaps, end) = read(opener, &raw.content, &local, allowance);
        at = end.max(local.data).max(at + LOCAL_HEADER.len());
        if !local.name.ends_with('/') {
            let path = format!("{}!/{}", raw.path, names::tame(&local.name));
            let member = Raw {
                path,
                content,
                modified: None,
                gaps: member_gaps,
            };
            items.extend(opener.open_within(member, depth, allowance));
        }
    }
    items.sort_by(|a, b| a.path.cmp(&b.path));
    (items, gaps)
}

fn header(bytes: &[u8], at: usize) -> Option<Local> {
    let fixed = bytes.get(at..at.checked_add(FIXED)?)?;
    let u16_at = |i: usize| Some(u16::from_le_bytes(fixed.get(i..i + 2)?.try_into().ok()?));
    let u32_at = |i: usize| Some(u32::from_le_bytes(fixed.get(i..i + 4)?.try_into().ok()?));
    let name_length = usize::from(u16_at(26)?);
    let extra_length = usize::from(u16_at(28)?);
    let name = bytes.get(at + FIXED..at + FIXED + name_length)?;
    // A version beyond 6.3 or a name of nothing: four chance bytes in compressed data.
    if u16_at(4)? > 63 || name.is_empty() {
        return None;
    }
    Some(Local {
        flags: u16_at(6)?,
        method: u16_at(8)?,
        compressed: u32_at(18)?,
        name: names::decode(name),
        data: at + FIXED + name_length + extra_length,
    })
}

/// The member's bytes, what could not be read of them, and where its data ends.
fn read(opener: &Opener<'_>, all: &Content, local: &Local, allowance: &mut Allowance) -> (Content, Vec<Gap>, usize) {
    let rest = all.bytes().get(local.data..).unwrap_or_default();
    let refuse = |detail: &str| {
        let gap = Gap::new(
            0,
            0,
            Reason::Compression {
                detail: detail.to_owned(),
            },
        );
        (Content::new(Vec::new()), vec![gap], local.data)
    };
    if local.flags & 1 != 0 {
        return refuse("encrypted with a password");
    }
    match local.method {
        0 => {
            let size = usize::try_from(local.compressed).unwrap_or(usize::MAX);
            let content = all.slice(local.data..local.data.saturating_add(size));
            let got = content.bytes().len();
            let mut gaps = Vec::new();
            if got < size {
                let expected = "the rest of an archive member";
                gaps.push(Gap::new(
                    got as u64,
                    (size - got) as u64,
                    Reason::Truncated { expected },
                ));
            }
            (content, gaps, local.data + got)
        }
        8 => {
            let mut decoder = DeflateDecoder::new(rest);
            let (content, gaps) = opener.read(&mut decoder.by_ref(), rest.len() as u64, allowance);
            let used = usize::try_from(decoder.total_in()).unwrap_or(0);
            (content, gaps, local.data.saturating_add(used))
        }
        _ => refuse("a compression method that this program does not read; unpack it first"),
    }
}
