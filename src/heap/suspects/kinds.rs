//! What a class is in the life of a collection: the collection itself, a part of its inside, or an element.

use crate::heap::graph::{Classes, Shape};

/// Superclasses that make a class a collection, wherever it is defined.
const ANCESTORS: [&str; 6] = [
    "java.util.AbstractMap",
    "java.util.AbstractCollection",
    "java.util.Dictionary",
    "java.util.concurrent.CopyOnWriteArrayList",
    "java.util.concurrent.atomic.AtomicReferenceArray",
    "java.util.concurrent.Exchanger",
];

/// Packages of collection libraries: their top-level classes are collections, nested ones their nodes.
const LIBRARIES: [&str; 14] = [
    "com.google.common.cache.",
    "com.google.common.collect.",
    "com.github.benmanes.caffeine.cache.",
    "org.apache.commons.collections.",
    "org.apache.commons.collections4.",
    "it.unimi.dsi.fastutil.",
    "gnu.trove.",
    "com.carrotsearch.hppc.",
    "org.eclipse.collections.",
    "com.gs.collections.",
    "io.netty.util.collection.",
    "org.agrona.collections.",
    "scala.collection.",
    "kotlin.collections.",
];

/// Classes that merely carry one reference on.
const CARRIERS: [&str; 6] = [
    "java.util.Collections$",
    "java.lang.ref.",
    "java.util.concurrent.atomic.AtomicReference",
    "java.util.Optional",
    "java.lang.ThreadLocal$",
    "java.lang.invoke.",
];

/// What the objects of a class are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A collection as a programmer names it.
    Collection,
    /// A node, entry, segment, view or iterator of a collection, or an array of such.
    Inside,
    /// Passes one reference on: a wrapper, a weak reference.
    Carrier,
    /// An array of references.
    Array,
    /// Anything else.
    Plain,
}

/// The kind of every class.
#[derive(Debug)]
pub(super) struct Kinds {
    kinds: Vec<Kind>,
    /// Threads.
    pub is_thread: Vec<bool>,
    /// Class loaders.
    pub is_loader: Vec<bool>,
    /// References that do not keep alive.
    pub is_weak: Vec<bool>,
}

impl Kinds {
    pub fn new(classes: &Classes) -> Self {
        let collection = classes.with_ancestor(&ANCESTORS);
        let kinds = classes.all().iter().zip(collection).map(|(class, collection)| {
            let element = class.name.trim_end_matches("[]");
            if class.shape == Shape::ObjectArray {
                return if is_inside(element) { Kind::Inside } else { Kind::Array };
            }
            if CARRIERS.iter().any(|c| class.name.starts_with(c)) {
                return Kind::Carrier;
            }
            match (collection || is_library(element), is_inside(element)) {
                // Iterators and views of a collection are collections by ancestry now and then: not those nested in it.
                (true, true) if is_view(element) => Kind::Inside,
                (true, _) => Kind::Collection,
                (false, true) => Kind::Inside,
                (false, false) => Kind::Plain,
            }
        });
        Self {
            kinds: kinds.collect(),
            is_thread: classes.with_ancestor(&["java.lang.Thread"]),
            is_loader: classes.with_ancestor(&["java.lang.ClassLoader"]),
            is_weak: classes.with_ancestor(&[
                "java.lang.ref.WeakReference",
                "java.lang.ref.SoftReference",
                "java.lang.ref.PhantomReference",
                "java.lang.ref.FinalReference",
            ]),
        }
    }

    pub fn of(&self, class: u32) -> Kind {
        self.kinds.get(class as usize).copied().unwrap_or(Kind::Plain)
    }

    pub fn thread(&self, class: u32) -> bool {
        self.is_thread.get(class as usize) == Some(&true)
    }

    pub fn loader(&self, class: u32) -> bool {
        self.is_loader.get(class as usize) == Some(&true)
    }

    pub fn weak(&self, class: u32) -> bool {
        self.is_weak.get(class as usize) == Some(&true)
    }
}

fn is_library(name: &str) -> bool {
    !name.contains('$') && LIBRARIES.iter().any(|l| name.starts_with(l))
}

/// A class nested in a class of `java.util` or of a collection library.
fn is_inside(name: &str) -> bool {
    let in_jdk = name.strip_prefix("java.util.").is_some_and(|rest| {
        let rest = rest.strip_prefix("concurrent.").unwrap_or(rest);
        rest.contains('$') && !rest.contains('.')
    });
    in_jdk || (name.contains('$') && LIBRARIES.iter().any(|l| name.starts_with(l)))
}

/// Key sets, value collections, sub-lists: views on a collection that is the real thing.
fn is_view(name: &str) -> bool {
    let nested = name.rsplit('$').next().unwrap_or_default();
    [
        "KeySet",
        "Values",
        "EntrySet",
        "SubList",
        "KeyIterator",
        "View",
        "SubMap",
    ]
    .iter()
    .any(|v| nested.contains(v))
        || nested.ends_with("Itr")
}
