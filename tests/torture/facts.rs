//! Facts of line formats that must survive damage elsewhere in the file.

use super::damage::Damage;
use goldenhour_parsers::{
    Kind, gc, javacore, kind,
    log::{Item, LogFormat, Records},
    thread_dump,
};
use std::{collections::BTreeMap, ops::Range};

/// Lines beside the damage that an event of several lines may reach over.
const REACH: u64 = 120;

/// What was read of a file of a line format.
pub enum Facts {
    /// Offset and words of every record.
    Records(Vec<(usize, Vec<u8>)>),
    /// Line and figures of every collection.
    Collections(Vec<(u64, String)>),
    /// Every thread, with how often it stands there.
    Threads(BTreeMap<String, usize>),
}

/// The facts of a file, when it is of a line format.
pub fn of(bytes: &[u8], name: &str) -> Option<Facts> {
    match kind::recognise(bytes, name.rsplit('/').next().unwrap_or(name)) {
        Kind::Log | Kind::AccessLog => Some(records(bytes)),
        Kind::GcLog => Some(collections(bytes)),
        Kind::ThreadDump => {
            let dumps = thread_dump::parse(bytes).value;
            let threads = dumps.iter().flat_map(|dump| &dump.threads);
            Some(count(threads.map(|t| format!("{} {:?}", t.name, t.native_id))))
        }
        Kind::Javacore => {
            let cores = javacore::parse(bytes).value;
            let threads = cores.iter().flat_map(|core| &core.threads);
            Some(count(
                threads.map(|t| format!("{} {:?} {}", t.name, t.native_id, t.state)),
            ))
        }
        _ => None,
    }
}

fn count(threads: impl Iterator<Item = String>) -> Facts {
    let mut counted = BTreeMap::new();
    threads.for_each(|thread| *counted.entry(thread).or_insert(0) += 1);
    Facts::Threads(counted)
}

fn records(bytes: &[u8]) -> Facts {
    let format = LogFormat::detect(bytes, None);
    let mut all = Vec::new();
    for item in Records::new(bytes, &format, 1, &[]) {
        if let Item::Record(record) = item {
            all.push((record.offset, record.first_line.to_vec()));
        }
    }
    Facts::Records(all)
}

fn collections(bytes: &[u8]) -> Facts {
    let (_, all) = gc::parse(bytes).value;
    Facts::Collections(
        all.iter()
            .map(|c| (c.line, format!("{} {:?} {:?}", c.full, c.pause_ms, c.after)))
            .collect(),
    )
}

/// Facts outside the damage that are gone.
pub fn lost(facts: &Facts, original: &[u8], bytes: &[u8], damage: &Damage, name: &str) -> Option<String> {
    let hurt = damage.hurt()?;
    if matches!(damage, Damage::Flip(places) if places.len() > 1) {
        return None;
    }
    if bytes.len() < original.len() / 2 {
        // Too little may be left to tell the format by.
        return None;
    }
    let line_start = memchr::memrchr(b'\n', original.get(..hurt.start)?).map_or(0, |at| at + 1);
    let line_end = original
        .get(hurt.end.saturating_add(1)..)
        .and_then(|rest| memchr::memchr(b'\n', rest))
        .map_or(usize::MAX, |at| hurt.end + 2 + at);
    match facts {
        Facts::Records(before) => lost_records(before, bytes, line_start..line_end),
        Facts::Collections(before) => lost_collections(before, original, bytes, &(line_start..line_end)),
        Facts::Threads(before) => lost_threads(before, original, bytes, name, &(line_start..line_end)),
    }
}

fn lost_records(before: &[(usize, Vec<u8>)], bytes: &[u8], hurt: Range<usize>) -> Option<String> {
    let Facts::Records(after) = records(bytes) else {
        return None;
    };
    let after: BTreeMap<usize, &Vec<u8>> = after.iter().map(|(offset, line)| (*offset, line)).collect();
    let whole = before
        .iter()
        .filter(|(offset, _)| *offset < hurt.start || *offset >= hurt.end);
    let (mut all, mut gone, mut first) = (0, 0, None);
    for (offset, line) in whole {
        all += 1;
        // The record before the damage may take up what is no longer a record.
        let is_lost = if *offset >= hurt.end {
            !after.contains_key(offset)
        } else {
            offset + line.len() < hurt.start && after.get(offset).is_none_or(|now| *now != line)
        };
        if is_lost {
            gone += 1;
            first.get_or_insert_with(|| format!("offset {offset}: {}", String::from_utf8_lossy(line)));
        }
    }
    (gone > 0).then(|| {
        format!(
            "{gone} of {all} records outside {hurt:?} lost, first {}",
            first.unwrap_or_default()
        )
    })
}

fn lost_collections(before: &[(u64, String)], original: &[u8], bytes: &[u8], hurt: &Range<usize>) -> Option<String> {
    let Facts::Collections(after) = collections(bytes) else {
        return None;
    };
    let lines = |bytes: &[u8]| memchr::memchr_iter(b'\n', bytes).count() as u64;
    let first = lines(&original[..hurt.start]) + 1;
    let end = hurt.end.min(original.len());
    let last = lines(&original[..end]) + 1;
    let shift = lines(bytes) as i64 - lines(original) as i64;
    let is_cut = hurt.end == usize::MAX;
    let mut missing = Vec::new();
    let mut all = 0;
    for (line, words) in before {
        let moved = if line + REACH < first {
            *line
        } else if !is_cut && *line > last + REACH {
            line.saturating_add_signed(shift)
        } else {
            continue;
        };
        all += 1;
        if !after.iter().any(|(l, w)| *l == moved && w == words) {
            missing.push(format!("line {line}: {words}"));
        }
    }
    let first = missing.first()?;
    Some(format!("{} of {all} collections lost, first {first}", missing.len()))
}

fn lost_threads(
    before: &BTreeMap<String, usize>,
    original: &[u8],
    bytes: &[u8],
    name: &str,
    hurt: &Range<usize>,
) -> Option<String> {
    if hurt.end == usize::MAX {
        return None;
    }
    let Some(Facts::Threads(after)) = of(bytes, name) else {
        return Some("no longer a thread dump".to_owned());
    };
    let lines = memchr::memchr_iter(b'\n', &original[hurt.start..hurt.end.min(original.len())]).count();
    let gone: usize = before
        .iter()
        .map(|(thread, n)| n.saturating_sub(after.get(thread).copied().unwrap_or(0)))
        .sum();
    (gone > lines + 1).then(|| format!("{gone} threads lost by {lines} lines of damage"))
}
