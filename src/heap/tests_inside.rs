//! What is in a heap, over small made worlds.

use super::*;
use crate::evidence::{ArtefactId, Content};
use goldenhour_parsers::Kind;
use goldenhour_synth::hprof::Hprof;
use std::collections::HashMap;

/// A field's value.
enum Slot {
    R(u64),
    I(i32),
    J(i64),
    B(u8),
}
use Slot::{B, I, J, R};

/// A dump in the making: classes by name, objects one after the other, all held by `com.example.Root.ALL`.
struct World {
    dump: Hprof,
    next: u64,
    classes: HashMap<String, u64>,
    kept: Vec<u64>,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            dump: Hprof::new(8),
            next: 0x1000_0000,
            classes: HashMap::new(),
            kept: Vec::new(),
        };
        world.class("java.lang.Object", "", &[]);
        for (name, fields) in [
            ("java.lang.Class", [].as_slice()),
            ("java.lang.ClassLoader", &[("name", 2)]),
            ("java.lang.String", &[("value", 2), ("coder", 8)]),
            ("java.lang.Object[]", &[]),
            ("byte[]", &[]),
            ("java.lang.Thread", &[("name", 2), ("tid", 11), ("eetop", 11)]),
        ] {
            world.class(name, "java.lang.Object", fields);
        }
        world
    }

    fn address(&mut self) -> u64 {
        // Distances whose common divisor is 8, as in a real heap.
        self.next += if self.next.is_multiple_of(16) {
            0x408
        } else {
            0x400 + 8 * 3
        };
        self.next
    }

    fn class(&mut self, name: &str, above: &str, fields: &[(&str, u8)]) -> u64 {
        self.class_of(name, above, fields, &[], 0)
    }

    fn class_of(
        &mut self,
        name: &str,
        above: &str,
        fields: &[(&str, u8)],
        statics: &[(&str, u64)],
        loader: u64,
    ) -> u64 {
        let address = self.address();
        let raw = match name.strip_suffix("[]") {
            Some("byte") => "[B".to_owned(),
            Some(element) => format!("[L{};", element.replace('.', "/")),
            None => name.replace('.', "/"),
        };
        let above = self.classes.get(above).copied().unwrap_or(0);
        self.dump.class(address, &raw, above, loader, fields, statics);
        self.dump.sticky(address);
        self.classes.insert(name.to_owned(), address);
        address
    }

    /// An object that only others hold.
    fn loose(&mut self, class: &str, slots: &[Slot]) -> u64 {
        let address = self.address();
        let mut data = Vec::new();
        for slot in slots {
            match slot {
                R(to) => data.extend(to.to_be_bytes()),
                I(n) => data.extend(n.to_be_bytes()),
                J(n) => data.extend(n.to_be_bytes()),
                B(n) => data.push(*n),
            }
        }
        self.dump.instance_with(address, self.classes[class], &data);
        address
    }

    fn object(&mut self, class: &str, slots: &[Slot]) -> u64 {
        let address = self.loose(class, slots);
        self.kept.push(address);
        address
    }

    fn array(&mut self, class: &str, elements: &[u64]) -> u64 {
        let address = self.address();
        self.dump.object_array(address, self.classes[class], elements);
        address
    }

    fn text(&mut self, text: &str) -> u64 {
        let value = self.address();
        self.dump.bytes(value, text.as_bytes());
        self.loose("java.lang.String", &[R(value), B(0)])
    }

    fn facts(mut self, deep: bool) -> HeapFacts {
        let kept = std::mem::take(&mut self.kept);
        let all = self.array("java.lang.Object[]", &kept);
        self.class_of("com.example.Root", "java.lang.Object", &[], &[("ALL", all)], 0);
        self.dump.end_dump();
        let artefact = Artefact::new(ArtefactId(1), "x.hprof", Kind::Hprof, Content::new(self.dump.finish()));
        let options = HeapOptions {
            deep,
            ..HeapOptions::default()
        };
        analyse(&artefact, &options).remove(0)
    }
}

#[test]
fn contents_are_counted() {
    let quick = contents_world().facts(false).inside;
    assert!(quick.strings.is_none() && quick.collections.is_empty());
    let inside = contents_world().facts(true).inside;
    let strings = inside.strings.unwrap();
    assert_eq!((strings.objects, strings.duplicates), (6, 4));
    assert_eq!(
        (strings.top[0].text.as_str(), strings.top[0].objects),
        ("INSERT INTO T VALUES (1)", 5)
    );
    assert_eq!(
        inside
            .boxed
            .iter()
            .map(|b| (b.class.as_str(), b.objects, b.distinct))
            .collect::<Vec<_>>(),
        [("java.lang.Integer", 4, 2)]
    );
    let maps = inside
        .collections
        .iter()
        .find(|c| c.class == "java.util.HashMap")
        .unwrap();
    assert_eq!((maps.objects, maps.empty, maps.elements, maps.slots), (2, 1, 4, 8));
    assert_eq!(maps.fill, [0, 0, 0, 1, 0, 0]);
    let named = inside
        .collections
        .iter()
        .find(|c| c.class == "com.example.Named")
        .unwrap();
    assert_eq!((named.objects, named.empty), (1, 1));
    assert_eq!(inside.biggest[0].elements, 4);
    assert_eq!(inside.biggest[0].collisions, Some(0.25));
    assert_eq!(inside.biggest[0].holder.as_deref(), Some("com.example.Root.ALL"));
    assert!(inside.zeros.iter().any(|z| z.name == "byte[]" && z.objects == 1));
}

/// Strings, numbers, maps: four elements in three buckets of eight, an empty map without table, a subclass whose own field is
/// called `size`.
fn contents_world() -> World {
    let mut world = World::new();
    world.class("java.lang.Integer", "java.lang.Object", &[("value", 10)]);
    world.class("java.util.AbstractMap", "java.lang.Object", &[]);
    world.class(
        "java.util.HashMap",
        "java.util.AbstractMap",
        &[("size", 10), ("table", 2)],
    );
    world.class("com.example.Named", "java.util.HashMap", &[("size", 11)]);
    world.class("java.util.HashMap$Node", "java.lang.Object", &[]);
    world.class("java.util.HashMap$Node[]", "java.lang.Object", &[]);
    for _ in 0..5 {
        let text = world.text("INSERT INTO T VALUES (1)");
        world.kept.push(text);
    }
    let other = world.text("once");
    world.kept.push(other);
    for n in [7, 7, 7, 9] {
        world.object("java.lang.Integer", &[I(n)]);
    }
    let nodes: Vec<u64> = (0..3).map(|_| world.loose("java.util.HashMap$Node", &[])).collect();
    let table = world.array(
        "java.util.HashMap$Node[]",
        &[nodes[0], 0, nodes[1], 0, 0, nodes[2], 0, 0],
    );
    world.object("java.util.HashMap", &[I(4), R(table)]);
    world.object("java.util.HashMap", &[I(0), R(0)]);
    world.object("com.example.Named", &[J(99), I(0), R(0)]);
    let zeros = world.address();
    world.dump.bytes(zeros, &[0; 100]);
    world.kept.push(zeros);
    world
}

#[test]
fn pools_tell_how_many_are_in_use() {
    let mut world = World::new();
    let object = "java.lang.Object";
    world.class("java.util.concurrent.atomic.AtomicInteger", object, &[("value", 10)]);
    world.class(
        "com.zaxxer.hikari.HikariConfig",
        object,
        &[("maxPoolSize", 10), ("jdbcUrl", 2)],
    );
    world.class(
        "com.zaxxer.hikari.HikariDataSource",
        "com.zaxxer.hikari.HikariConfig",
        &[],
    );
    world.class("com.zaxxer.hikari.util.ConcurrentBag", object, &[("waiters", 2)]);
    world.class(
        "com.zaxxer.hikari.pool.PoolBase",
        object,
        &[("poolName", 2), ("config", 2)],
    );
    world.class(
        "com.zaxxer.hikari.pool.HikariPool",
        "com.zaxxer.hikari.pool.PoolBase",
        &[("connectionBag", 2)],
    );
    world.class(
        "com.zaxxer.hikari.pool.PoolEntry",
        object,
        &[("state", 10), ("hikariPool", 2)],
    );
    world.class(
        "com.alibaba.druid.pool.DruidDataSource",
        object,
        &[
            ("activeCount", 10),
            ("poolingCount", 10),
            ("maxActive", 10),
            ("name", 2),
        ],
    );
    let name = world.text("HisPool");
    let url = world.text("jdbc:oracle:thin:@db:1521:his");
    let config = world.loose("com.zaxxer.hikari.HikariDataSource", &[I(10), R(url)]);
    let waiters = world.loose("java.util.concurrent.atomic.AtomicInteger", &[I(37)]);
    let bag = world.loose("com.zaxxer.hikari.util.ConcurrentBag", &[R(waiters)]);
    let pool = world.object("com.zaxxer.hikari.pool.HikariPool", &[R(bag), R(name), R(config)]);
    for state in [1, 1, 1, 0, -1] {
        world.object("com.zaxxer.hikari.pool.PoolEntry", &[I(state), R(pool)]);
    }
    world.object("com.alibaba.druid.pool.DruidDataSource", &[I(8), I(0), I(8), R(0)]);
    let pools = world.facts(false).inside.pools;
    let hikari = pools.iter().find(|p| p.library == "HikariCP").unwrap();
    assert_eq!(hikari.name.as_deref(), Some("HisPool"));
    assert_eq!(
        (hikari.in_use, hikari.idle, hikari.max, hikari.waiting),
        (Some(3), Some(1), Some(10), Some(37))
    );
    let druid = pools.iter().find(|p| p.library == "Druid").unwrap();
    assert_eq!(
        (druid.in_use, druid.idle, druid.max, druid.name.clone()),
        (Some(8), Some(0), Some(8), None)
    );
}

#[test]
fn a_pool_of_other_things_is_no_connection_pool() {
    let mut world = World::new();
    let object = "java.lang.Object";
    world.class("com.example.ThingFactory", object, &[]);
    world.class(
        "org.apache.commons.pool2.impl.GenericObjectPool",
        object,
        &[("factory", 2), ("maxTotal", 10)],
    );
    let factory = world.loose("com.example.ThingFactory", &[]);
    world.object("org.apache.commons.pool2.impl.GenericObjectPool", &[R(factory), I(8)]);
    assert!(world.facts(false).inside.pools.is_empty());
}

#[test]
fn stale_thread_locals_buffers_and_sessions() {
    let mut world = World::new();
    let object = "java.lang.Object";
    world.class("java.lang.ref.Reference", object, &[("referent", 2)]);
    world.class("java.lang.ref.WeakReference", "java.lang.ref.Reference", &[]);
    let entry = "java.lang.ThreadLocal$ThreadLocalMap$Entry";
    world.class(entry, "java.lang.ref.WeakReference", &[("value", 2)]);
    world.class("java.nio.Buffer", object, &[("capacity", 10)]);
    world.class(
        "java.nio.DirectByteBuffer",
        "java.nio.Buffer",
        &[("cleaner", 2), ("att", 2)],
    );
    world.class(
        "org.apache.catalina.session.StandardSession",
        object,
        &[("id", 2), ("attributes", 2)],
    );
    world.class(
        "com.example.Session",
        "org.apache.catalina.session.StandardSession",
        &[],
    );
    let big = world.address();
    world.dump.bytes(big, &[1; 5000]);
    world.object(entry, &[R(big), R(0)]);
    let key = world.object("java.lang.Object", &[]);
    world.object(entry, &[R(key), R(key)]);
    let cleaner = world.loose("java.lang.Object", &[]);
    let owner = world.object("java.nio.DirectByteBuffer", &[R(cleaner), R(0), I(1 << 20)]);
    world.object("java.nio.DirectByteBuffer", &[R(0), R(owner), I(1 << 20)]);
    let id = world.text("A1B2C3D4E5F6");
    let data = world.address();
    world.dump.bytes(data, &[1; 900]);
    world.object("com.example.Session", &[R(id), R(data)]);
    let inside = world.facts(false).inside;
    let locals = inside.thread_locals.unwrap();
    assert_eq!((locals.entries, locals.stale), (2, 1));
    assert!(locals.stale_retained >= 5000);
    assert_eq!(locals.classes[0].name, "byte[]");
    let direct = inside.direct.unwrap();
    assert_eq!((direct.buffers, direct.capacity), (1, 1 << 20));
    assert_eq!(
        (inside.sessions[0].class.as_str(), inside.sessions[0].objects),
        ("com.example.Session", 1)
    );
    assert_eq!(inside.sessions[0].biggest[0].label.as_deref(), Some("A1B2…"));
}

#[test]
fn finalizers_that_wait_are_told_from_those_that_do_not() {
    let mut world = World::new();
    let object = "java.lang.Object";
    world.class("java.lang.ref.ReferenceQueue$Null", object, &[]);
    let enqueued = world.loose("java.lang.ref.ReferenceQueue$Null", &[]);
    world.class_of(
        "java.lang.ref.ReferenceQueue",
        object,
        &[("queueLength", 11)],
        &[("ENQUEUED", enqueued)],
        0,
    );
    let queue = world.loose("java.lang.ref.ReferenceQueue", &[J(2)]);
    world.class("java.lang.ref.Reference", object, &[("referent", 2), ("queue", 2)]);
    world.class_of(
        "java.lang.ref.Finalizer",
        "java.lang.ref.Reference",
        &[],
        &[("queue", queue)],
        0,
    );
    world.class("com.example.Handle", object, &[]);
    for state in [enqueued, enqueued, queue] {
        let handle = world.loose("com.example.Handle", &[]);
        world.object("java.lang.ref.Finalizer", &[R(handle), R(state)]);
    }
    let finalizers = world.facts(false).inside.finalizers.unwrap();
    assert_eq!((finalizers.objects, finalizers.queued), (3, Some(2)));
    assert_eq!(
        (finalizers.classes[0].name.as_str(), finalizers.classes[0].objects),
        ("com.example.Handle", 2)
    );
}

#[test]
fn garbage_packages_copies_and_locals() {
    let mut world = World::new();
    let object = "java.lang.Object";
    let name = world.text("web-1");
    let loader = world.object("java.lang.ClassLoader", &[R(name)]);
    world.class("com.example.Order", object, &[("no", 11)]);
    world.object("com.example.Order", &[J(1)]);
    for _ in 0..3 {
        world.loose("com.example.Order", &[J(2)]);
    }
    let copy = world.class_of("com.example.Order", object, &[("no", 11)], &[], loader);
    assert_ne!(copy, 0);
    let thread_name = world.text("http-8080-7");
    let thread = world.loose("java.lang.Thread", &[R(thread_name), J(31), J(0x7f00_1234)]);
    let rows = world.address();
    world.dump.bytes(rows, &[3; 40_000]);
    let small = world.loose("java.lang.Object", &[]);
    world.dump.thread(thread, 5, &[small, rows]);
    let facts = world.facts(false);
    let inside = &facts.inside;
    assert_eq!(
        (inside.garbage[0].name.as_str(), inside.garbage[0].objects),
        ("com.example.Order", 3)
    );
    assert!(
        inside
            .packages
            .iter()
            .any(|p| p.name == "com.example" && p.objects == 1)
    );
    assert_eq!(
        (
            inside.duplicate_classes[0].class.as_str(),
            inside.duplicate_classes[0].times
        ),
        ("com.example.Order", 2)
    );
    assert!(inside.loaders.iter().any(|l| l.loader.0 == loader && l.classes == 1));
    let thread = &facts.threads[0];
    assert_eq!(
        (thread.name.as_deref(), thread.id, thread.native),
        (Some("http-8080-7"), Some(31), Some(0x7f00_1234))
    );
    assert_eq!(
        (thread.locals[0].class.as_str(), thread.locals[0].object.0),
        ("byte[]", rows)
    );
    assert!(thread.retained >= 40_000);
    assert_eq!(thread.locals[0].label.as_deref(), Some("length=40000"));
}

#[test]
fn many_small_locals_make_their_thread_the_suspect() {
    let mut world = World::new();
    let name = world.text("WebContainer : 3");
    let thread = world.loose("java.lang.Thread", &[R(name), J(7), J(0)]);
    let locals: Vec<u64> = (0..40)
        .map(|_| {
            let address = world.address();
            world.dump.bytes(address, &[5; 500]);
            address
        })
        .collect();
    world.dump.thread(thread, 5, &locals);
    let facts = world.facts(false);
    let suspect = &facts.suspects[0];
    assert_eq!(suspect.kind, SuspectKind::Thread);
    assert_eq!(suspect.thread.as_deref(), Some("WebContainer : 3"));
    assert_eq!(
        (suspect.holder_class.as_str(), suspect.holder),
        ("java.lang.Thread", Some(thread))
    );
    assert!(suspect.share > 0.8 && suspect.retained == facts.threads[0].retained);
}
