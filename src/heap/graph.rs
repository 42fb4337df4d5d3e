//! The object graph in columns: one number an object, references as numbers.

use super::{
    column::Column,
    index::AddressIndex,
    memory::{Memory, Role},
};
use goldenhour_parsers::hprof;
use rayon::prelude::*;
use std::{collections::HashMap, io};

/// No object, no class.
pub const NONE: u32 = u32::MAX;
/// Set on the last reference of an object's block.
pub const LAST: u32 = 1 << 31;
/// More objects than this have no number ([`LAST`] takes a bit).
pub const MAX_OBJECTS: usize = (LAST - 2) as usize;

/// What a class's instances are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shape {
    /// Objects with fields.
    #[default]
    Plain,
    /// Arrays of references.
    ObjectArray,
    /// Arrays of numbers.
    PrimitiveArray,
}

/// A class.
#[derive(Debug, Clone, Default)]
pub struct Class {
    /// Java notation.
    pub name: String,
    /// Number of its class object.
    pub object: u32,
    /// Number in the class table of its superclass.
    pub super_class: Option<u32>,
    /// Number of its loader object.
    pub loader: u32,
    /// What its instances are.
    pub shape: Shape,
}

/// All classes, in the order of their class objects.
#[derive(Debug, Default)]
pub struct Classes {
    list: Vec<Class>,
    by_object: HashMap<u32, u32>,
}

impl Classes {
    /// A table over `list`.
    pub fn new(list: Vec<Class>) -> Self {
        let by_object = list.iter().enumerate().map(|(i, c)| (c.object, i as u32)).collect();
        Self { list, by_object }
    }

    /// All classes.
    pub fn all(&self) -> &[Class] {
        &self.list
    }

    /// One class.
    pub fn get(&self, class: u32) -> Option<&Class> {
        self.list.get(class as usize)
    }

    /// Its name, empty for an unknown number.
    pub fn name(&self, class: u32) -> &str {
        self.get(class).map_or("", |c| &c.name)
    }

    /// The class whose class object this is.
    pub fn of_object(&self, object: u32) -> Option<u32> {
        self.by_object.get(&object).copied()
    }

    /// The first class of this name.
    pub fn named(&self, name: &str) -> Option<u32> {
        self.list.iter().position(|c| c.name == name).map(|i| i as u32)
    }

    /// The class and its superclasses, from the class up.
    pub fn chain(&self, class: u32) -> impl Iterator<Item = u32> + '_ {
        let mut next = Some(class);
        // A damaged dump may close the chain to a ring; no real one is 10,000 deep.
        std::iter::from_fn(move || {
            let here = next?;
            next = self.get(here)?.super_class;
            Some(here)
        })
        .take(10_000)
    }

    /// For each class, whether `names` has it or one of its superclasses.
    pub fn with_ancestor(&self, names: &[&str]) -> Vec<bool> {
        (0..self.list.len() as u32)
            .map(|c| self.chain(c).any(|a| names.contains(&self.name(a))))
            .collect()
    }
}

/// Why an object is a root, named as in HEAP_ORACLE's totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RootReason {
    /// Unknown.
    Unknown,
    /// Class of the boot loader.
    SystemClass,
    /// JNI local.
    JniLocal,
    /// JNI global.
    JniGlobal,
    /// Thread block.
    ThreadBlock,
    /// Monitor in use.
    BusyMonitor,
    /// Local variable.
    JavaLocal,
    /// Native stack.
    NativeStack,
    /// Live thread.
    Thread,
}

impl RootReason {
    /// The name MAT gives it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::SystemClass => "System Class",
            Self::JniLocal => "JNI Local",
            Self::JniGlobal => "JNI Global",
            Self::ThreadBlock => "Thread Block",
            Self::BusyMonitor => "Busy Monitor",
            Self::JavaLocal => "Java Local",
            Self::NativeStack => "Native Stack",
            Self::Thread => "Thread",
        }
    }
}

impl From<hprof::RootKind> for RootReason {
    fn from(kind: hprof::RootKind) -> Self {
        use hprof::RootKind as K;
        match kind {
            K::Unknown | K::InternedString | K::Android => Self::Unknown,
            K::JniGlobal => Self::JniGlobal,
            K::JniLocal => Self::JniLocal,
            K::JavaFrame => Self::JavaLocal,
            K::NativeStack => Self::NativeStack,
            K::StickyClass => Self::SystemClass,
            K::ThreadBlock => Self::ThreadBlock,
            K::MonitorUsed => Self::BusyMonitor,
            K::ThreadObject => Self::Thread,
        }
    }
}

/// A root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root {
    /// The object.
    pub object: u32,
    /// Why.
    pub reason: RootReason,
}

/// A local variable: an edge from a thread to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Local {
    /// The thread object.
    pub thread: u32,
    /// What the local refers to.
    pub object: u32,
    /// Why it is held.
    pub reason: RootReason,
}

/// The graph of one dump.
#[derive(Debug, Default)]
pub struct Graph {
    /// Addresses.
    pub index: AddressIndex,
    /// What the dump says of each object, as [`START`], [`CLASS`] and [`SIZE`]; spent by the search. Side by side, since
    /// whoever writes or visits an object needs all three: one cache line instead of three.
    pub nodes: Column<Node>,
    /// Blocks of references, the last of each marked by [`LAST`]; entry 0 is not used. Spent by the search. The reference
    /// to an object's class is not stored: its class number implies it.
    pub refs: Column<u32>,
    /// Classes.
    pub classes: Classes,
    /// The class `java.lang.Class`.
    pub class_class: u32,
    /// Roots, sorted and without doubles.
    pub roots: Vec<Root>,
    /// Root entries by kind as the dump has them, locals of known threads not counted.
    pub root_counts: Vec<(RootReason, u64)>,
    /// Locals of threads; they are edges of the graph too.
    pub locals: Vec<Local>,
    /// Objects that the VM does not have and MAT makes up (the system class loader at address 0, missing classes).
    pub made_up: Vec<u32>,
    /// Where further columns go.
    pub memory: Memory,
}

/// What a dump says of an object.
pub type Node = [u32; 3];
/// Of a [`Node`]: where the object's block of references begins in [`Graph::refs`]; 0 for none.
pub const START: usize = 0;
/// Of a [`Node`]: class number, [`NONE`] for unknown; a class object has the class `java.lang.Class`.
pub const CLASS: usize = 1;
/// Of a [`Node`]: shallow size, packed by [`pack_size`].
pub const SIZE: usize = 2;

/// A shallow size in 32 bits: exact below 2 GiB, in steps of 8 above (as MAT keeps it), at most 16 GiB.
pub fn pack_size(bytes: u64) -> u32 {
    if bytes < u64::from(LAST) {
        bytes as u32
    } else {
        LAST | (bytes / 8).min(u64::from(LAST - 1)) as u32
    }
}

/// The bytes of a packed size.
#[inline]
pub fn unpack_size(packed: u32) -> u64 {
    if packed & LAST == 0 {
        u64::from(packed)
    } else {
        u64::from(packed & !LAST) * 8
    }
}

impl Graph {
    /// Columns for the objects of `index`, of which nothing is known yet, and room for `references`.
    ///
    /// # Errors
    /// When the system gives no memory.
    pub fn of(index: AddressIndex, references: usize, memory: Memory) -> io::Result<Self> {
        let mut nodes = Column::zeroed(index.len(), memory.place(Role::Core))?;
        nodes.par_iter_mut().for_each(|node| *node = [0, NONE, 0]);
        let mut refs = Column::with_capacity(references + 1, memory.place(Role::References))?;
        refs.push(0);
        Ok(Self {
            index,
            nodes,
            refs,
            memory,
            ..Self::default()
        })
    }

    /// Number of objects.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// True without objects.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Class number of an object, [`NONE`] for an unknown one. Only before the search, like all that reads nodes.
    #[inline]
    pub fn class(&self, object: u32) -> u32 {
        self.nodes.get(object as usize).map_or(NONE, |n| n[CLASS])
    }

    /// Sets class and packed size of an object.
    pub fn describe(&mut self, object: u32, class: u32, size: u32) {
        if let Some(node) = self.nodes.get_mut(object as usize) {
            (node[CLASS], node[SIZE]) = (class, size);
        }
    }

    /// Address of an object, 0 for an unknown one.
    pub fn address(&self, object: u32) -> u64 {
        self.index.address_of(object).unwrap_or_default()
    }

    /// The class object of an object's class.
    #[inline]
    pub fn class_object(&self, object: u32) -> Option<u32> {
        self.classes.get(self.class(object)).map(|c| c.object)
    }

    /// References of an object, that to its class left out.
    pub fn references(&self, object: u32) -> impl Iterator<Item = u32> + '_ {
        block(&self.refs, self.nodes.get(object as usize).map_or(0, |n| n[START]))
    }

    /// Adds references to objects: their blocks are written anew at the end of the column.
    ///
    /// # Errors
    /// When the system gives no memory.
    pub fn append(&mut self, mut extras: Vec<(u32, u32)>) -> io::Result<()> {
        extras.sort_unstable();
        extras.dedup();
        let more: usize = extras
            .chunk_by(|a, b| a.0 == b.0)
            .filter_map(|group| Some(group.len() + self.references(group.first()?.0).count()))
            .sum();
        self.reserve(more)?;
        for group in extras.chunk_by(|a, b| a.0 == b.0) {
            let Some(&(object, _)) = group.first() else { continue };
            if object as usize >= self.nodes.len() {
                continue;
            }
            let old: Vec<u32> = self.references(object).collect();
            let begin = self.refs.len();
            old.into_iter()
                .chain(group.iter().map(|e| e.1))
                .for_each(|r| self.refs.push(r));
            self.close_block(object, begin);
        }
        Ok(())
    }

    /// Marks the references from `begin` on as the block of `object`.
    pub fn close_block(&mut self, object: u32, begin: usize) {
        if self.refs.len() > begin
            && let (Some(last), Some(node)) = (self.refs.last_mut(), self.nodes.get_mut(object as usize))
        {
            *last |= LAST;
            node[START] = begin as u32;
        }
    }

    fn reserve(&mut self, more: usize) -> io::Result<()> {
        let (used, needed) = (self.refs.len(), self.refs.len() + more);
        if self.refs.room_mut().len() < needed {
            let mut larger = Column::with_capacity(needed, self.memory.place(Role::References))?;
            larger.set_len(used);
            larger.copy_from_slice(&self.refs);
            self.refs = larger;
        }
        Ok(())
    }
}

/// A block of references that begins at `start`; 0 is the empty block.
pub fn block(refs: &[u32], start: u32) -> impl Iterator<Item = u32> + '_ {
    let mut at = start as usize;
    std::iter::from_fn(move || {
        if at == 0 {
            return None;
        }
        let reference = *refs.get(at)?;
        at = if reference & LAST != 0 { 0 } else { at + 1 };
        Some(reference & !LAST)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_exact_below_two_gigabytes() {
        for bytes in [0, 24, (1 << 31) - 1, 1 << 31, 3 << 31] {
            assert_eq!(unpack_size(pack_size(bytes)), bytes);
        }
    }

    #[test]
    fn blocks_end_at_the_mark() {
        let refs = [0, 5, 6 | LAST, 7 | LAST];
        assert_eq!(block(&refs, 1).collect::<Vec<_>>(), [5, 6]);
        assert_eq!(block(&refs, 3).collect::<Vec<_>>(), [7]);
        assert_eq!(block(&refs, 0).count(), 0);
    }
}
