//! Objects of known classes: finalizers, direct buffers, thread locals, sessions, connection pools.
//!
//! One pass over the class column picks them; only they are read again.

use super::{
    ROWS,
    library::{POOLS, SESSIONS},
    peek::{Peek, Thing, number},
    pools,
};
use crate::heap::{
    analysis::Analysis,
    facts::{Address, DirectBuffers, Finalizers, Inside, Labelled, Sessions, Tally, ThreadLocals},
    summary,
};
use rayon::prelude::*;
use std::{cmp::Reverse, collections::BTreeMap};

/// Objects of one role that are read again; all of them are counted.
const MAX_READ: usize = 20_000;
/// Objects a thread goes through at a time.
const PIECE: usize = 1 << 20;
/// Sessions shown of a class.
const SHOWN_SESSIONS: usize = 10;
/// Characters of a session id that are shown: enough to tell two apart, not to take one over.
const SHOWN_ID: usize = 4;

/// What an object of a known class is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    ThreadLocal,
    Finalizer,
    Direct,
    Session(usize),
    Pool(usize),
    Entry(usize),
}

/// The role of each class.
fn roles(analysis: &Analysis) -> Vec<Option<Role>> {
    let classes = &analysis.graph.classes;
    (0..classes.all().len() as u32)
        .map(|class| {
            let is = |name: &str| classes.chain(class).any(|c| classes.name(c) == name);
            match classes.name(class) {
                "java.lang.ThreadLocal$ThreadLocalMap$Entry" => return Some(Role::ThreadLocal),
                "java.lang.ref.Finalizer" => return Some(Role::Finalizer),
                _ => {}
            }
            if is("java.nio.DirectByteBuffer") {
                return Some(Role::Direct);
            }
            match pools::rules_of_class(is) {
                (Some(pool), _) => return Some(Role::Pool(pool)),
                (_, Some(entry)) => return Some(Role::Entry(entry)),
                _ => {}
            }
            SESSIONS.iter().position(|s| is(s.0)).map(Role::Session)
        })
        .collect()
}

/// Numbers of the objects of each role, ascending.
fn pick(analysis: &Analysis) -> BTreeMap<Role, Vec<u32>> {
    let roles = roles(analysis);
    if roles.iter().all(Option::is_none) {
        return BTreeMap::new();
    }
    let found: Vec<Vec<(Role, u32)>> = analysis
        .order
        .class
        .par_chunks(PIECE)
        .enumerate()
        .map(|(piece, classes)| {
            let numbers = classes.iter().enumerate().filter_map(|(i, &class)| {
                let role = *roles.get(class as usize)?;
                Some((role?, (piece * PIECE + i) as u32))
            });
            numbers.collect()
        })
        .collect();
    let mut by_role: BTreeMap<Role, Vec<u32>> = BTreeMap::new();
    for (role, number) in found.into_iter().flatten() {
        by_role.entry(role).or_default().push(number);
    }
    by_role
}

/// Fills what known classes tell.
pub(super) fn look(peek: &Peek<'_>, inside: &mut Inside) {
    let by_role = pick(peek.analysis);
    let of = |role: Role| by_role.get(&role).map(Vec::as_slice).unwrap_or_default();
    if !of(Role::Finalizer).is_empty() {
        inside.finalizers = Some(finalizers(peek, of(Role::Finalizer)));
    }
    inside.direct = direct(peek, of(Role::Direct));
    if !of(Role::ThreadLocal).is_empty() {
        inside.thread_locals = Some(thread_locals(peek, of(Role::ThreadLocal)));
    }
    let mut sessions: Vec<Sessions> = by_role
        .iter()
        .filter_map(|(role, numbers)| match role {
            Role::Session(rule) => Some((*rule, numbers)),
            _ => None,
        })
        .flat_map(|(rule, numbers)| sessions(peek, rule, numbers))
        .collect();
    sessions.sort_by(|a, b| (b.retained, &a.class).cmp(&(a.retained, &b.class)));
    inside.sessions = sessions;
    for (number, rule) in POOLS.iter().enumerate() {
        let found = addresses(peek.analysis, of(Role::Pool(number)));
        if !found.is_empty() {
            let entries = addresses(peek.analysis, of(Role::Entry(number)));
            inside.pools.extend(pools::pools(peek, rule, &found, &entries));
        }
    }
}

fn address(analysis: &Analysis, number: u32) -> u64 {
    analysis.graph.address(analysis.object(number))
}

/// Addresses of the first [`MAX_READ`].
fn addresses(analysis: &Analysis, numbers: &[u32]) -> Vec<u64> {
    numbers.iter().take(MAX_READ).map(|&n| address(analysis, n)).collect()
}

/// Objects by class, most retained first.
fn by_class(analysis: &Analysis, objects: impl Iterator<Item = u64>) -> Vec<Tally> {
    let mut sums: BTreeMap<u32, (u64, u64, u64)> = BTreeMap::new();
    for address in objects {
        let Some(number) = analysis.graph.index.index_of(address).and_then(|o| analysis.number(o)) else {
            continue;
        };
        let sum = sums.entry(analysis.class(number)).or_default();
        sum.0 += 1;
        sum.1 += analysis.shallow(number);
        sum.2 += analysis.dominators.retained(number);
    }
    let mut rows: Vec<Tally> = sums
        .into_iter()
        .map(|(class, (objects, shallow, retained))| Tally {
            name: analysis.graph.classes.name(class).to_owned(),
            objects,
            shallow,
            retained: Some(retained),
        })
        .collect();
    rows.sort_by(|a, b| (b.retained, b.objects, &a.name).cmp(&(a.retained, a.objects, &b.name)));
    rows.truncate(ROWS);
    rows
}

/// A finalizer waits in the queue when its field `queue` is `ReferenceQueue.ENQUEUED` (OpenJDK, `java.lang.ref.Reference`);
/// the queue's own length stands in `Finalizer.queue.queueLength`.
fn finalizers(peek: &Peek<'_>, numbers: &[u32]) -> Finalizers {
    let things = peek.things(&addresses(peek.analysis, numbers));
    let enqueued = peek.statics("java.lang.ref.ReferenceQueue").target("ENQUEUED");
    let queue = peek.statics("java.lang.ref.Finalizer").target("queue");
    let length = queue
        .and_then(|q| peek.thing(q))
        .and_then(|q| q.number("queueLength"))
        .and_then(|n| u64::try_from(n).ok());
    let waits = |thing: &&Thing| enqueued.is_some() && thing.target("queue") == enqueued;
    let waiting: Vec<&Thing> = things.values().filter(waits).collect();
    let shown: Vec<&Thing> = if enqueued.is_some() {
        waiting.clone()
    } else {
        things.values().collect()
    };
    Finalizers {
        objects: numbers.len() as u64,
        queued: length.or(enqueued.map(|_| waiting.len() as u64)),
        classes: by_class(peek.analysis, shown.iter().filter_map(|t| t.target("referent"))),
    }
}

/// Without values: how many there are. What waits is known to the VM alone (J9 keeps its queue outside the heap).
pub(super) fn finalizers_by_class(analysis: &Analysis) -> Option<Finalizers> {
    let class = analysis.graph.classes.named("java.lang.ref.Finalizer")?;
    let objects = summary::populations(analysis).get(class as usize)?.objects;
    (objects > 0).then_some(Finalizers {
        objects,
        ..Finalizers::default()
    })
}

/// Buffers that own memory have a `cleaner`; what the VM has reserved stands in `java.nio.Bits`.
fn direct(peek: &Peek<'_>, numbers: &[u32]) -> Option<DirectBuffers> {
    let things = peek.things(&addresses(peek.analysis, numbers));
    let owners: Vec<&Thing> = things.values().filter(|t| t.target("cleaner").is_some()).collect();
    let bits = peek.statics("java.nio.Bits");
    // RESERVED_MEMORY since JDK 9, reservedMemory before (a plain long until JDK 6).
    let told = |names: [&str; 2]| {
        let field = bits.fields.iter().find(|f| names.contains(&f.name.as_str()))?;
        let value = match field.target() {
            Some(atomic) => peek.thing(atomic)?.number("value"),
            None => number(field),
        };
        value.and_then(|v| u64::try_from(v).ok())
    };
    let reserved = told(["RESERVED_MEMORY", "reservedMemory"]).filter(|&r| r > 0);
    if owners.is_empty() && reserved.is_none() {
        return None;
    }
    let capacity = |t: &&Thing| t.number("capacity").and_then(|c| u64::try_from(c).ok());
    Some(DirectBuffers {
        buffers: owners.len() as u64,
        capacity: owners.iter().filter_map(capacity).sum(),
        reserved,
        limit: told(["MAX_MEMORY", "maxMemory"]).filter(|&m| m > 0),
    })
}

fn thread_locals(peek: &Peek<'_>, numbers: &[u32]) -> ThreadLocals {
    let things = peek.things(&addresses(peek.analysis, numbers));
    let stale = things.values().filter(|t| t.target("referent").is_none());
    let values: Vec<u64> = stale.filter_map(|t| t.target("value")).collect();
    let classes = by_class(peek.analysis, values.iter().copied());
    ThreadLocals {
        entries: numbers.len() as u64,
        stale: values.len() as u64,
        stale_retained: classes.iter().filter_map(|c| c.retained).sum(),
        classes,
    }
}

/// Sessions of one rule by class.
fn sessions(peek: &Peek<'_>, rule: usize, numbers: &[u32]) -> Vec<Sessions> {
    let mut groups = groups(peek.analysis, numbers);
    let paths = SESSIONS.get(rule).map(|s| s.1).unwrap_or_default();
    for group in &mut groups {
        for session in &mut group.biggest {
            let id = paths.iter().find_map(|path| peek.text(session.object.0, path));
            session.label = id.map(|id| id.chars().take(SHOWN_ID).chain(['…']).collect());
        }
    }
    groups
}

/// Sessions by class with their sizes; their ids are unknown.
pub(super) fn sessions_without_values(analysis: &Analysis) -> Vec<Sessions> {
    let by_role = pick(analysis);
    let numbers = by_role.iter().filter(|(role, _)| matches!(role, Role::Session(_)));
    numbers
        .flat_map(|(_, numbers)| self::groups(analysis, numbers))
        .collect()
}

fn groups(analysis: &Analysis, numbers: &[u32]) -> Vec<Sessions> {
    let mut by_class: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for &number in numbers {
        by_class.entry(analysis.class(number)).or_default().push(number);
    }
    by_class
        .into_iter()
        .map(|(class, mut members)| {
            members.sort_by_key(|&n| (Reverse(analysis.dominators.retained(n)), n));
            Sessions {
                class: analysis.graph.classes.name(class).to_owned(),
                objects: members.len() as u64,
                retained: members.iter().map(|&n| analysis.dominators.retained(n)).sum(),
                biggest: members
                    .iter()
                    .take(SHOWN_SESSIONS)
                    .map(|&n| Labelled {
                        object: Address(address(analysis, n)),
                        label: None,
                        retained: analysis.dominators.retained(n),
                    })
                    .collect(),
            }
        })
        .collect()
}
