//! Finding record borders: where a run of sub-records begins, and whether a walk arrives where it should.

use super::entry::Entries;

/// Records that must follow one another before a guessed place is believed.
const RUN: usize = 24;
/// Of these, so many must be instances when classes are known: long arrays of numbers can look like a run of arrays.
const INSTANCES: usize = 8;
/// Of these, at the very end of a body, so many suffice.
const RUN_AT_END: usize = 2;

/// Length of the sub-record at `at`, if it is an object record (class, instance, array) that could be one.
/// Roots are left out on purpose: bytes of reference arrays look like them (PERFORMANCE §5.2).
fn believable<const W: usize>(body: &[u8], at: usize, is_class: &impl Fn(u64) -> bool) -> Option<(usize, bool)> {
    let tag = *body.get(at)?;
    if !(0x20..=0x23).contains(&tag) {
        return None;
    }
    let length = Entries::<W>::length_at(body, at)?;
    if at + length > body.len() {
        return None;
    }
    if super::id::<W>(body, at + 1)? == 0 {
        return None;
    }
    let class = match tag {
        0x21 => at + 5 + W,
        0x22 => at + 9 + W,
        _ => return Some((length, false)),
    };
    is_class(super::id::<W>(body, class)?).then_some((length, tag == 0x21))
}

/// The first place in `body` from `from` on where a run of object records begins, whatever their classes.
pub fn find_run<const W: usize>(body: &[u8], from: usize) -> Option<usize> {
    find::<W>(body, from, &|_| true, 0)
}

/// The same with every class known and instances among the records: a guess that is hardly ever wrong.
pub fn find_known_run<const W: usize>(body: &[u8], from: usize, is_class: impl Fn(u64) -> bool) -> Option<usize> {
    find::<W>(body, from, &is_class, INSTANCES)
}

fn find<const W: usize>(body: &[u8], from: usize, is_class: &impl Fn(u64) -> bool, instances: usize) -> Option<usize> {
    let mut at = from;
    while at < body.len() {
        let rest = body.get(at..)?;
        let step = rest.iter().position(|b| (0x20..=0x23).contains(b))?;
        at += step;
        if run_from::<W>(body, at, is_class, instances) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// True when `body` starts with a run of object records.
pub(super) fn is_run<const W: usize>(body: &[u8]) -> bool {
    run_from::<W>(body, 0, &|_| true, 0)
}

fn run_from<const W: usize>(body: &[u8], start: usize, is_class: &impl Fn(u64) -> bool, instances: usize) -> bool {
    let (mut at, mut seen_instances) = (start, 0);
    for seen in 0..RUN {
        if at == body.len() {
            return seen >= RUN_AT_END && instances == 0;
        }
        let Some((length, is_instance)) = believable::<W>(body, at, is_class) else {
            return false;
        };
        at += length;
        seen_instances += usize::from(is_instance);
    }
    seen_instances >= instances
}

/// Follows records by their lengths from `from`; gives the first border at or after `to`, or `None` when the walk
/// meets something that is no record before.
pub fn walk_to<const W: usize>(body: &[u8], from: usize, to: usize) -> Option<usize> {
    let mut at = from;
    while at < to {
        at += Entries::<W>::length_at(body, at)?;
    }
    (at <= body.len()).then_some(at)
}

/// Follows records from the start of `body`; stops at the first border at or after `least` where `fits` holds, or
/// where no record stands.
pub(super) fn walk_until<const W: usize>(body: &[u8], least: usize, fits: impl Fn(usize) -> bool) -> usize {
    let mut at = 0;
    while let Some(length) = Entries::<W>::length_at(body, at) {
        if at >= least && at > 0 && fits(at) {
            return at;
        }
        if at + length > body.len() {
            return body.len();
        }
        at += length;
    }
    at
}
