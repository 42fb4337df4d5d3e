//! Leak suspects: accumulator, holder, content, path (CONTRACT §2 "Meanings").

mod accumulate;
mod content;
mod copies;
mod group;
mod holder;
mod kinds;

use super::{
    analysis::Analysis,
    facts::{Companion, Suspect, SuspectKind},
    graph::RootReason,
    names::Names,
};
use copies::Copies;
use kinds::Kinds;
use std::collections::HashSet;

/// A suspect holds at least this share of the heap, in percent (HEURISTICS K3, MAT's default).
const THRESHOLD: u64 = 10;
/// Suspects reported.
const MAX_SUSPECTS: usize = 10;

/// Finds the suspects, most retained first.
pub fn suspects(
    analysis: &Analysis,
    names: &Names<'_>,
    companion: Option<&Companion>,
    guessed_roots: bool,
) -> Vec<Suspect> {
    let threshold = analysis.total() / 100 * THRESHOLD;
    if threshold == 0 {
        return Vec::new();
    }
    let search = Search {
        analysis,
        kinds: Kinds::new(&analysis.graph.classes),
        names,
        companion,
        guessed_roots,
    };
    let copies: Vec<_> = copies::copies(analysis, &search.kinds)
        .into_iter()
        .filter(|c| c.retained >= threshold / 5)
        .collect();
    let mut found: Vec<Suspect> = copies.iter().map(|c| search.copies(c)).collect();
    let mut taken: HashSet<u32> = HashSet::new();
    for point in accumulate::accumulation_points(analysis, &search.kinds, threshold) {
        let groups = search.groups_below(point, threshold);
        if !groups.is_empty() {
            found.extend(groups);
            continue;
        }
        let accumulator = accumulate::collection_of(analysis, &search.kinds, point);
        if taken.insert(accumulator) && !copies.iter().any(|c| c.cover(analysis, accumulator)) {
            found.push(search.suspect(accumulator));
        }
    }
    let shared = group::groups(analysis, &search.kinds, 0, threshold);
    found.extend(
        shared
            .iter()
            .filter(|g| !copies.iter().any(|c| c.content == g.class))
            .map(|g| search.group(g)),
    );
    found.sort_by(|a, b| (b.retained, a.accumulator).cmp(&(a.retained, b.accumulator)));
    found.truncate(MAX_SUSPECTS);
    found
}

/// The shortest way from a root to an object, as numbers.
pub fn path_to(analysis: &Analysis, number: u32) -> Vec<u32> {
    holder::path(analysis, &Kinds::new(&analysis.graph.classes), number)
}

/// Who holds the object of this number (a number), and what of the holder refers to it or to the wrapper around it.
pub fn holder_of(analysis: &Analysis, number: u32) -> Option<(u32, u32)> {
    let held = holder::holder(analysis, &Kinds::new(&analysis.graph.classes), number);
    held.number.map(|holder| (holder, held.through))
}

struct Search<'a> {
    analysis: &'a Analysis,
    kinds: Kinds,
    names: &'a Names<'a>,
    companion: Option<&'a Companion>,
    guessed_roots: bool,
}

impl Search<'_> {
    fn suspect(&self, accumulator: u32) -> Suspect {
        let analysis = self.analysis;
        let held = holder::holder(analysis, &self.kinds, accumulator);
        let content = content::content(analysis, &self.kinds, accumulator);
        let path = holder::path(analysis, &self.kinds, held.through);
        let mut suspect = Suspect {
            accumulator_class: self.role(accumulator),
            accumulator: Some(self.address(accumulator)),
            content_class: analysis.graph.classes.name(content.class).to_owned(),
            content_count: content.count,
            retained: analysis.dominators.retained(accumulator),
            share: analysis.share(analysis.dominators.retained(accumulator)),
            ..Suspect::default()
        };
        if let Some(number) = held.number {
            suspect.holder_class = self.role(number);
            suspect.holder = Some(self.address(number));
            if !held.local {
                suspect.holder_field = self.names.reference(self.address(number), self.address(held.through));
            }
        }
        self.attribute(&mut suspect, &held, path.first().copied());
        if self.is_held_by_locals(accumulator) {
            suspect.kind = SuspectKind::Thread;
            suspect.thread = self.names.thread(self.address(accumulator));
            suspect.holder_class = self.role(accumulator);
            suspect.holder = Some(self.address(accumulator));
            suspect.holder_field = None;
        }
        let mut way = path;
        if held.through != accumulator {
            way.extend(self.inner_way(held.through, accumulator));
        }
        suspect.path = self.names.path(analysis, &way);
        suspect
    }

    /// From a wrapper or outer collection down its dominators to the accumulator.
    fn inner_way(&self, from: u32, to: u32) -> Vec<u32> {
        let mut way = Vec::new();
        let mut here = to;
        while here > from && way.len() < 100 {
            way.push(here);
            here = self.analysis.dominators.of(here);
        }
        way.reverse();
        way
    }

    /// Decides whether a thread holds it: by a local variable, read or concluded.
    fn attribute(&self, suspect: &mut Suspect, held: &holder::Holder, root: Option<u32>) {
        if held.local {
            suspect.kind = SuspectKind::Thread;
            suspect.thread = held.number.and_then(|n| self.names.thread(self.address(n)));
            return;
        }
        let Some(root) = root else { return };
        let reasons = holder::root_reasons(self.analysis, root);
        if self.guessed_roots && self.is_on_a_stack(held.through) {
            // Nothing in the dump refers to it, so a stack does (HEAP_ORACLE §5.9): in a dump taken on an
            // OutOfMemoryError most likely that of the thread that failed.
            suspect.inferred = true;
            suspect.kind = SuspectKind::Thread;
            let failing = self
                .companion
                .and_then(|c| c.failing_thread.as_ref().map(|name| (c, name)));
            if let Some((companion, name)) = failing {
                suspect.thread = Some(name.clone());
                let thread = companion.threads.iter().find(|t| &t.1 == name).map(|t| t.0);
                let object = thread.and_then(|a| self.analysis.graph.index.index_of(a));
                // Before Java 6.0.1 a javacore has no addresses of thread objects: the frames must tell the class.
                let real = object.filter(|o| self.kinds.thread(self.analysis.class_of(*o)));
                match (held.number, real) {
                    (Some(_), _) => {}
                    (None, Some(object)) => {
                        suspect.holder_class = self.analysis.role_name(object);
                        suspect.holder = thread;
                    }
                    (None, None) => suspect.holder_class = self.class_by_frames(companion, thread).unwrap_or_default(),
                }
            }
            if suspect.holder_class.is_empty() {
                suspect.holder_class = "java.lang.Thread".to_owned();
            }
            return;
        }
        let is_local = reasons.iter().any(|r| {
            matches!(
                r,
                RootReason::JavaLocal | RootReason::JniLocal | RootReason::NativeStack
            )
        });
        let is_system = reasons
            .iter()
            .any(|r| matches!(r, RootReason::SystemClass | RootReason::JniGlobal));
        let top = self.top(held.through);
        if self.kinds.thread(self.analysis.class(top)) {
            suspect.thread = self.names.thread(self.address(top));
            if self.below_is_local(top, held.through) {
                suspect.kind = SuspectKind::Thread;
            }
        } else if is_local && !is_system {
            suspect.kind = SuspectKind::Thread;
        }
        if suspect.holder_class.is_empty() {
            suspect.holder_class = self.role(root);
            suspect.holder = Some(self.address(root));
        }
    }

    /// A thread of whose memory at least half hangs on its local variables, many small ones perhaps.
    fn is_held_by_locals(&self, number: u32) -> bool {
        let analysis = self.analysis;
        if !self.kinds.thread(analysis.class(number)) {
            return false;
        }
        let thread = analysis.object(number);
        let from = analysis.graph.locals.partition_point(|l| l.thread < thread);
        let of_thread = analysis.graph.locals.get(from..).unwrap_or_default();
        let mut objects: Vec<u32> = of_thread
            .iter()
            .take_while(|l| l.thread == thread)
            .filter_map(|l| analysis.number(l.object))
            .filter(|&local| analysis.dominators.of(local) == number)
            .collect();
        objects.sort_unstable();
        objects.dedup();
        let bytes: u64 = objects.iter().map(|&o| analysis.dominators.retained(o)).sum();
        bytes >= analysis.dominators.retained(number) / 2
    }

    /// The class of a thread by its outermost frame: the `run` of a subclass of `java.lang.Thread`.
    fn class_by_frames(&self, companion: &Companion, thread: Option<u64>) -> Option<String> {
        let frames = companion.frames.iter().find(|f| Some(f.0) == thread)?;
        let outermost = frames.1.last()?;
        let class = self.analysis.graph.classes.named(outermost)?;
        self.kinds.thread(class).then(|| outermost.clone())
    }

    /// Whether all of it hangs on one object that nothing in the dump refers to.
    fn is_on_a_stack(&self, number: u32) -> bool {
        let top = self.top(number);
        let reasons = holder::root_reasons(self.analysis, top);
        let class = self.analysis.class(top);
        let stands_alone = self
            .analysis
            .graph
            .classes
            .of_object(self.analysis.object(top))
            .is_none();
        !reasons.is_empty()
            && reasons.iter().all(|&r| r == RootReason::Unknown)
            && stands_alone
            && !self.kinds.thread(class)
            && !self.kinds.loader(class)
    }

    /// The top-level dominator.
    fn top(&self, number: u32) -> u32 {
        let mut here = number;
        loop {
            match self.analysis.dominators.of(here) {
                0 => return here,
                above => here = above,
            }
        }
    }

    /// Whether what leads from a thread to `number` is a local variable, not a field of the thread.
    fn below_is_local(&self, thread: u32, number: u32) -> bool {
        let mut here = number;
        while self.analysis.dominators.of(here) > thread {
            here = self.analysis.dominators.of(here);
        }
        let (thread, object) = (self.analysis.object(thread), self.analysis.object(here));
        self.analysis
            .graph
            .locals
            .iter()
            .any(|l| l.thread == thread && l.object == object)
    }

    /// A loader or a class from which memory fans out is no accumulator; what lies side by side below it may be a group.
    fn groups_below(&self, point: u32, threshold: u64) -> Vec<Suspect> {
        let is_class = self
            .analysis
            .graph
            .classes
            .of_object(self.analysis.object(point))
            .is_some();
        if !is_class && !self.kinds.loader(self.analysis.class(point)) {
            return Vec::new();
        }
        let groups = group::groups(self.analysis, &self.kinds, point, threshold);
        groups.iter().map(|g| self.group(g)).collect()
    }

    fn group(&self, group: &group::Group) -> Suspect {
        let mut suspect = match group.collection {
            Some(collection) => self.suspect(collection),
            None => Suspect::default(),
        };
        suspect.content_class = self.analysis.graph.classes.name(group.class).to_owned();
        suspect.content_count = group.count;
        suspect.retained = group.retained;
        suspect.share = self.analysis.share(group.retained);
        suspect.kind = SuspectKind::Group;
        suspect
    }

    fn copies(&self, copies: &Copies) -> Suspect {
        let mut way = copies.path.clone();
        if let Some(&keeper) = way.last() {
            way.extend(self.inner_way(keeper, copies.accumulator));
        }
        Suspect {
            holder_class: self.role(copies.loader),
            holder: Some(self.address(copies.loader)),
            accumulator_class: self.role(copies.accumulator),
            accumulator: Some(self.address(copies.accumulator)),
            content_class: self.analysis.graph.classes.name(copies.content).to_owned(),
            content_count: copies.content_count,
            retained: copies.retained,
            share: self.analysis.share(copies.retained),
            kind: SuspectKind::ClassLoader,
            copies: copies.count,
            path: self.names.path(self.analysis, &way),
            ..Suspect::default()
        }
    }

    fn role(&self, number: u32) -> String {
        self.analysis.role_name(self.analysis.object(number))
    }

    fn address(&self, number: u32) -> u64 {
        self.analysis.graph.address(self.analysis.object(number))
    }
}
