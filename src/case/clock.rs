//! Which offset from UTC the local times of an artefact have.
//!
//! CONTRACT.md §2: explicit offset, epoch field, another artefact of the same process, the option or the site file,
//! else +08:00 (assumed). The computer's own zone is never asked.

use super::Case;
use crate::{evidence::ArtefactId, site::Site};
use goldenhour_parsers::{CHINA, Kind, Stamp};
use jiff::tz::Offset;
use std::collections::BTreeMap;

/// Sets `offset` and `offset_assumed` of every artefact; `group_of` tells the server an artefact belongs to.
pub(super) fn resolve(case: &mut Case, site: &Site, option: Option<Offset>, group_of: &BTreeMap<ArtefactId, usize>) {
    let stated = stated_offsets(case);
    let stated_by_server = by_server(case, &stated, group_of);
    let site_offset = option.or_else(|| site.timezone.as_deref().and_then(parse_offset));
    for artefact in &mut case.artefacts {
        let known = stated
            .get(&artefact.id)
            .copied()
            .or_else(|| {
                group_of
                    .get(&artefact.id)
                    .and_then(|group| stated_by_server.get(group))
                    .copied()
            })
            .or(site_offset);
        artefact.offset = known.unwrap_or(CHINA);
        artefact.offset_assumed = known.is_none();
    }
}

/// `+08:00`, `+0800`, `+8`, `Z`, `CST` (China here).
pub fn parse_offset(text: &str) -> Option<Offset> {
    let text = text.trim();
    match text {
        "Z" | "UTC" | "GMT" => return Some(Offset::UTC),
        "CST" => return Some(CHINA),
        _ => {}
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i32 = digits.parse().ok()?;
    let (hours, minutes) = if digits.len() <= 2 {
        (number, 0)
    } else {
        (number / 100, number % 100)
    };
    if minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// The offset that each artefact states itself.
fn stated_offsets(case: &Case) -> BTreeMap<ArtefactId, Offset> {
    let mut stated = BTreeMap::new();
    let mut note = |id: Option<ArtefactId>, stamps: &[Option<Stamp>]| {
        if let Some(id) = id
            && let Some(offset) = stamps.iter().flatten().find_map(|s| s.offset)
        {
            stated.entry(id).or_insert(offset);
        }
    };
    for dump in &case.dumps {
        note(dump.artefact, &[dump.time, dump.started]);
    }
    for gc in &case.gcs {
        note(gc.artefact, &[gc.first, gc.last]);
    }
    for crash in &case.crashes {
        note(crash.artefact, &[crash.time]);
    }
    for log in &case.logs {
        note(log.artefact, &[log.first_time, log.last_time]);
    }
    for heap in &case.heaps {
        note(heap.artefact, &[heap.written]);
    }
    for listing in &case.systems {
        note(listing.artefact, &[listing.time]);
    }
    stated
}

/// What a server's own clock says to its other artefacts. An access log may write UTC by its own setting (Jetty's
/// default) and an epoch value carries no zone of the place, so only VM and server logs speak for others.
fn by_server(
    case: &Case,
    stated: &BTreeMap<ArtefactId, Offset>,
    group_of: &BTreeMap<ArtefactId, usize>,
) -> BTreeMap<usize, Offset> {
    let mut votes: BTreeMap<usize, BTreeMap<i32, (usize, Offset)>> = BTreeMap::new();
    for artefact in &case.artefacts {
        let speaks = matches!(
            artefact.kind,
            Kind::GcLog | Kind::Javacore | Kind::ThreadDump | Kind::HsErr | Kind::Log
        );
        if let (true, Some(offset), Some(group)) = (speaks, stated.get(&artefact.id), group_of.get(&artefact.id)) {
            votes
                .entry(*group)
                .or_default()
                .entry(offset.seconds())
                .or_insert((0, *offset))
                .0 += 1;
        }
    }
    votes
        .into_iter()
        .filter_map(|(group, offsets)| {
            let (_, offset) = offsets
                .into_values()
                .max_by_key(|(count, offset)| (*count, offset.seconds()))?;
            Some((group, offset))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_in_their_usual_spellings() {
        assert_eq!(parse_offset("+08:00"), Some(CHINA));
        assert_eq!(parse_offset("+0800"), Some(CHINA));
        assert_eq!(parse_offset("+8"), Some(CHINA));
        assert_eq!(parse_offset("CST"), Some(CHINA));
        assert_eq!(parse_offset("-05:30").map(Offset::seconds), Some(-19_800));
        assert_eq!(parse_offset("Asia"), None);
        assert_eq!(parse_offset("+99:00"), None);
    }
}
