//! Large dumps of odd shapes, for benches: what breaks an engine that is fast on ordinary heaps.

use crate::{hprof::Hprof, phd::Phd};
use std::io::{self, Write};

/// Bytes of a segment, and of a file kept in memory before it is written.
const SEGMENT: usize = 32 << 20;

/// A shape of heap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One linked list.
    Chain,
    /// One array that holds everything.
    Array,
    /// Maps that nothing refers to, nineteen of twenty objects.
    Garbage,
    /// Many classes with a few instances each; `count` is the classes.
    Classes,
    /// Two thousand threads, each with a list among its locals.
    Threads,
    /// A portable heap dump: nodes, keys and values as a cache of J9 has them.
    Phd,
}

impl Shape {
    /// All of them with their names.
    pub const ALL: [(&'static str, Self); 6] = [
        ("chain", Self::Chain),
        ("array", Self::Array),
        ("garbage", Self::Garbage),
        ("classes", Self::Classes),
        ("threads", Self::Threads),
        ("phd", Self::Phd),
    ];
}

const OBJECT: u64 = 0x1000;
const CLASS: u64 = 0x1100;
const LOADER: u64 = 0x1200;
const NODE: u64 = 0x1300;
const OBJECTS: u64 = 0x1400;
const THREAD: u64 = 0x1500;
const HOLDER: u64 = 0x1600;
/// Where the objects begin.
const FIRST: u64 = 0x1000_0000;
/// Bytes between two objects.
const STEP: u64 = 0x20;
const THREADS: u64 = 2000;

/// Writes a dump of about `count` objects.
///
/// # Errors
/// Those of `out`.
pub fn write(shape: Shape, count: u64, out: &mut impl Write) -> io::Result<()> {
    if shape == Shape::Phd {
        return portable(count, out);
    }
    let mut dump = Hprof::new(8);
    for (address, name, fields) in [
        (OBJECT, "java/lang/Object", &[][..]),
        (CLASS, "java/lang/Class", &[][..]),
        (LOADER, "java/lang/ClassLoader", &[("parent", 2)][..]),
        (NODE, "com/example/Node", &[("next", 2), ("value", 2)][..]),
        (OBJECTS, "[Ljava/lang/Object;", &[][..]),
        (THREAD, "java/lang/Thread", &[("name", 2)][..]),
    ] {
        let above = if address == OBJECT { 0 } else { OBJECT };
        dump.class(address, name, above, 0, fields, &[]);
        dump.sticky(address);
    }
    // The large array stands behind everything, so that no object lies in it.
    let top = if shape == Shape::Array {
        0x8_0000_0000
    } else {
        FIRST - STEP
    };
    dump.class(HOLDER, "com/example/Holder", OBJECT, 0, &[], &[("ALL", top)]);
    dump.sticky(HOLDER);
    let at = |i: u64| FIRST + i * STEP;
    match shape {
        Shape::Chain => {
            dump.instance(top, NODE, &[at(0), 0]);
            for i in 0..count {
                let next = if i + 1 < count { at(i + 1) } else { 0 };
                dump.instance(at(i), NODE, &[next, 0]);
                flush(&mut dump, out)?;
            }
        }
        Shape::Array => {
            let elements: Vec<u64> = (0..count).map(at).collect();
            dump.object_array(top, OBJECTS, &elements);
            for element in elements {
                dump.instance(element, OBJECT, &[]);
                flush(&mut dump, out)?;
            }
        }
        Shape::Garbage => {
            let alive = count / 20;
            dump.instance(top, NODE, &[at(0), 0]);
            for i in 0..count {
                let next = if i + 1 == alive || i + 1 == count { 0 } else { at(i + 1) };
                dump.instance(at(i), NODE, &[next, if i > alive { at(alive + i % 97) } else { 0 }]);
                flush(&mut dump, out)?;
            }
        }
        Shape::Classes => classes(&mut dump, count, out)?,
        Shape::Threads => {
            let each = count / THREADS;
            for thread in 0..THREADS {
                let (object, first) = (0x100_0000 + thread * 0x100, at(thread * each));
                dump.instance(object, THREAD, &[0]);
                dump.thread(object, thread as u32 + 1, &[first]);
                for i in 0..each {
                    let next = if i + 1 < each { first + (i + 1) * STEP } else { 0 };
                    dump.instance(first + i * STEP, NODE, &[next, at(0)]);
                }
                flush(&mut dump, out)?;
            }
        }
        Shape::Phd => {}
    }
    dump.end_dump();
    out.write_all(&dump.take())
}

fn classes(dump: &mut Hprof, count: u64, out: &mut impl Write) -> io::Result<()> {
    const INSTANCES: u64 = 20;
    for class in 0..count {
        let (address, name) = (
            0x4_0000_0000 + class * 0x80,
            format!("com/example/generated/Proxy{class}"),
        );
        let instance = |i: u64| FIRST + (class * INSTANCES + i) * STEP;
        dump.class(address, &name, OBJECT, 0, &[("next", 2)], &[("first", instance(0))]);
        dump.sticky(address);
        for i in 0..INSTANCES {
            let next = if i + 1 < INSTANCES { instance(i + 1) } else { 0 };
            dump.instance(instance(i), address, &[next]);
        }
        flush(dump, out)?;
    }
    Ok(())
}

fn flush(dump: &mut Hprof, out: &mut impl Write) -> io::Result<()> {
    if dump.open_bytes() < SEGMENT {
        return Ok(());
    }
    dump.end_segment();
    out.write_all(&dump.take())
}

/// A table of records as a VM writes it: one to four objects of changing classes a record, each with its bytes. About ten
/// bytes of dump an object, as in real dumps of J9.
fn portable(count: u64, out: &mut impl Write) -> io::Result<()> {
    const VALUES: u64 = 0x2000;
    const KINDS: u64 = 12;
    const ANCHOR: u64 = FIRST - 0x1000;
    let mut dump = Phd::new();
    dump.object(ANCHOR, LOADER, &[]);
    dump.object(ANCHOR + 0x100, HOLDER, &[FIRST - 0x100]);
    let records: Vec<u64> = (0..count / 4).map(|i| FIRST + i * 0x100).collect();
    dump.object_array(FIRST - 0x100, OBJECT, &records);
    for (i, &node) in records.iter().enumerate() {
        let (value, bytes, key) = (node + 0x20, node + 0x40, node + 0xC0);
        let kind = VALUES + i as u64 * 7 % KINDS * 0x100;
        // Every fifth record also refers to an earlier one: not all references are tree edges.
        let before = records.get(i - i % 97 % 5 * i / 7).copied().unwrap_or(node);
        dump.object_as_the_vm(node, NODE, &[key, value]);
        dump.object_as_the_vm(value, kind, &[bytes, before]);
        dump.bytes_as_the_vm(bytes, 48 + i as u32 % 60);
        dump.object_as_the_vm(key, OBJECT, &[]);
        out.write_all(&dump.take())?;
    }
    let names = [
        (OBJECT, "java/lang/Object"),
        (CLASS, "java/lang/Class"),
        (LOADER, "java/lang/ClassLoader"),
        (NODE, "com/example/Node"),
        (HOLDER, "com/example/Holder"),
        (OBJECTS, "[Ljava/lang/Object;"),
    ];
    let kinds = (0..KINDS).map(|k| (VALUES + k * 0x100, format!("com/example/Value{k}")));
    for (class, name) in names
        .map(|(class, name)| (class, name.to_owned()))
        .into_iter()
        .chain(kinds)
    {
        let above = if class == OBJECT { 0 } else { OBJECT };
        dump.class(class, &name, above, 32, &[ANCHOR]);
    }
    out.write_all(&dump.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_is_written() {
        for (name, shape) in Shape::ALL {
            let mut out = Vec::new();
            write(shape, 4000, &mut out).unwrap();
            assert!(out.len() > 4000 * 4, "{name}: {}", out.len());
        }
    }
}
