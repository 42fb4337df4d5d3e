//! A small HPROF writer: whatever a test wants to see in a dump, damage included.

/// Writes a dump record by record. Ids are as wide as told.
#[derive(Debug, Clone)]
pub struct Hprof {
    bytes: Vec<u8>,
    segment: Vec<u8>,
    id_size: usize,
    next_text: u64,
    next_serial: u32,
}

impl Hprof {
    /// A file of version 1.0.2 with ids of 4 or 8 bytes.
    pub fn new(id_size: usize) -> Self {
        let mut bytes = b"JAVA PROFILE 1.0.2\0".to_vec();
        bytes.extend((id_size as u32).to_be_bytes());
        bytes.extend(1_795_000_000_000u64.to_be_bytes());
        Self {
            bytes,
            segment: Vec::new(),
            id_size,
            next_text: 1,
            next_serial: 1,
        }
    }

    fn id(&self, value: u64) -> Vec<u8> {
        let bytes = value.to_be_bytes();
        bytes[8 - self.id_size..].to_vec()
    }

    /// A top-level record.
    pub fn record(&mut self, tag: u8, body: &[u8]) -> &mut Self {
        self.bytes.push(tag);
        self.bytes.extend(0u32.to_be_bytes());
        self.bytes.extend((body.len() as u32).to_be_bytes());
        self.bytes.extend(body);
        self
    }

    /// A text; gives its id.
    pub fn text(&mut self, text: &str) -> u64 {
        let id = self.next_text;
        self.next_text += 1;
        let mut body = self.id(id);
        body.extend(text.as_bytes());
        self.record(0x01, &body);
        id
    }

    /// A class in both its records: instance fields and statics as (name, HPROF type) and (name, reference).
    pub fn class(
        &mut self,
        address: u64,
        name: &str,
        super_class: u64,
        loader: u64,
        fields: &[(&str, u8)],
        statics: &[(&str, u64)],
    ) {
        let name = self.text(name);
        let serial = self.next_serial;
        self.next_serial += 1;
        let mut body = serial.to_be_bytes().to_vec();
        body.extend(self.id(address));
        body.extend(0u32.to_be_bytes());
        body.extend(self.id(name));
        self.record(0x02, &body);
        let statics: Vec<(u64, u64)> = statics.iter().map(|&(n, v)| (self.text(n), v)).collect();
        let fields: Vec<(u64, u8)> = fields.iter().map(|&(n, t)| (self.text(n), t)).collect();
        let mut out = vec![0x20];
        out.extend(self.id(address));
        out.extend(1u32.to_be_bytes());
        for reference in [super_class, loader, 0, 0, 0, 0] {
            out.extend(self.id(reference));
        }
        out.extend(0u32.to_be_bytes());
        out.extend(0u16.to_be_bytes());
        out.extend((statics.len() as u16).to_be_bytes());
        for (name, value) in statics {
            out.extend(self.id(name));
            out.push(2);
            out.extend(self.id(value));
        }
        out.extend((fields.len() as u16).to_be_bytes());
        for (name, kind) in fields {
            out.extend(self.id(name));
            out.push(kind);
        }
        self.segment.extend(out);
    }

    /// An object whose fields are all references.
    pub fn instance(&mut self, address: u64, class: u64, references: &[u64]) -> &mut Self {
        let data: Vec<u8> = references.iter().flat_map(|&r| self.id(r)).collect();
        self.instance_with(address, class, &data)
    }

    /// An object with these field bytes.
    pub fn instance_with(&mut self, address: u64, class: u64, data: &[u8]) -> &mut Self {
        let mut out = vec![0x21];
        out.extend(self.id(address));
        out.extend(1u32.to_be_bytes());
        out.extend(self.id(class));
        out.extend((data.len() as u32).to_be_bytes());
        out.extend(data);
        self.segment.extend(out);
        self
    }

    /// An array of references.
    pub fn object_array(&mut self, address: u64, class: u64, elements: &[u64]) -> &mut Self {
        let mut out = vec![0x22];
        out.extend(self.id(address));
        out.extend(1u32.to_be_bytes());
        out.extend((elements.len() as u32).to_be_bytes());
        out.extend(self.id(class));
        out.extend(elements.iter().flat_map(|&e| self.id(e)));
        self.segment.extend(out);
        self
    }

    /// A `byte[]`.
    pub fn bytes(&mut self, address: u64, data: &[u8]) -> &mut Self {
        let mut out = vec![0x23];
        out.extend(self.id(address));
        out.extend(1u32.to_be_bytes());
        out.extend((data.len() as u32).to_be_bytes());
        out.push(8);
        out.extend(data);
        self.segment.extend(out);
        self
    }

    /// A system class.
    pub fn sticky(&mut self, address: u64) -> &mut Self {
        let mut out = vec![0x05];
        out.extend(self.id(address));
        self.segment.extend(out);
        self
    }

    /// A thread and, for each local variable, the object it refers to.
    pub fn thread(&mut self, address: u64, serial: u32, locals: &[u64]) -> &mut Self {
        let mut out = vec![0x08];
        out.extend(self.id(address));
        out.extend(serial.to_be_bytes());
        out.extend((serial + 1).to_be_bytes());
        for &local in locals {
            out.push(0x03);
            out.extend(self.id(local));
            out.extend(serial.to_be_bytes());
            out.extend(0u32.to_be_bytes());
        }
        self.segment.extend(out);
        self
    }

    /// Raw sub-record bytes, for damage.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.segment.extend(bytes);
        self
    }

    /// Closes the segment that was being written.
    pub fn end_segment(&mut self) -> &mut Self {
        let segment = std::mem::take(&mut self.segment);
        self.record(0x1C, &segment)
    }

    /// Closes the segment and the dump; another may follow.
    pub fn end_dump(&mut self) -> &mut Self {
        self.end_segment();
        self.record(0x2C, &[])
    }

    /// The file.
    pub fn finish(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// Bytes of the segment that is being written.
    pub fn open_bytes(&self) -> usize {
        self.segment.len()
    }

    /// What is written so far of a file too large to be kept whole; the open segment stays.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

/// Addresses of the sample's parts.
pub mod sample {
    /// Class that holds the map in its static field `CARDS`.
    pub const REGISTRY: u64 = 0x1000_0600;
    /// The map.
    pub const MAP: u64 = 0x1000_1000;
    /// A thread with a local variable.
    pub const THREAD: u64 = 0x1000_0900;
}

/// A registry with a static `HashMap` of `count` cards with some bytes each, and a thread with a local list: a leak small
/// enough to read by eye. One dump in one segment.
pub fn leak_sample(id_size: usize, count: u64) -> Vec<u8> {
    let mut dump = Hprof::new(id_size);
    write_leak(&mut dump, count);
    dump.end_dump();
    dump.finish()
}

/// Writes the classes and objects of [`leak_sample`] into the open segment.
pub fn write_leak(dump: &mut Hprof, count: u64) {
    const OBJECT: u64 = 0x1000_0000;
    const CLASS: u64 = 0x1000_0080;
    const ABSTRACT_MAP: u64 = 0x1000_0100;
    const HASH_MAP: u64 = 0x1000_0180;
    const NODE: u64 = 0x1000_0200;
    const NODES: u64 = 0x1000_0280;
    const CARD: u64 = 0x1000_0300;
    const THREAD: u64 = 0x1000_0380;
    const BYTES: u64 = 0x1000_0400;
    const LOADER: u64 = 0x1000_0480;
    const OBJECTS: u64 = 0x1000_0500;
    dump.class(OBJECT, "java/lang/Object", 0, 0, &[], &[]);
    dump.class(CLASS, "java/lang/Class", OBJECT, 0, &[], &[]);
    dump.class(LOADER, "java/lang/ClassLoader", OBJECT, 0, &[("parent", 2)], &[]);
    dump.class(ABSTRACT_MAP, "java/util/AbstractMap", OBJECT, 0, &[], &[]);
    dump.class(HASH_MAP, "java/util/HashMap", ABSTRACT_MAP, 0, &[("table", 2)], &[]);
    dump.class(
        NODE,
        "java/util/HashMap$Node",
        OBJECT,
        0,
        &[("next", 2), ("key", 2), ("value", 2)],
        &[],
    );
    dump.class(NODES, "[Ljava/util/HashMap$Node;", OBJECT, 0, &[], &[]);
    dump.class(OBJECTS, "[Ljava/lang/Object;", OBJECT, 0, &[], &[]);
    dump.class(THREAD, "java/lang/Thread", OBJECT, 0, &[("name", 2)], &[]);
    dump.class(BYTES, "[B", OBJECT, 0, &[], &[]);
    dump.class(CARD, "com/example/Card", OBJECT, 0, &[("data", 2), ("number", 10)], &[]);
    dump.class(
        sample::REGISTRY,
        "com/example/Registry",
        OBJECT,
        0,
        &[],
        &[("CARDS", sample::MAP)],
    );
    for class in [
        OBJECT,
        CLASS,
        LOADER,
        HASH_MAP,
        NODE,
        NODES,
        THREAD,
        BYTES,
        sample::REGISTRY,
    ] {
        dump.sticky(class);
    }
    let first = 0x1000_2000;
    let step = 0x400;
    let nodes: Vec<u64> = (0..count).map(|i| first + i * step).collect();
    dump.instance(sample::MAP, HASH_MAP, &[0x1000_1100]);
    dump.object_array(0x1000_1100, NODES, &nodes);
    for &node in &nodes {
        dump.instance(node, NODE, &[0, 0, node + 0x40]);
        let mut fields = dump.id(node + 0x80);
        fields.extend(7u32.to_be_bytes());
        dump.instance_with(node + 0x40, CARD, &fields);
        dump.bytes(node + 0x80, &[b'x'; 200]);
    }
    dump.instance(sample::THREAD, THREAD, &[0]);
    dump.object_array(0x1000_0A00, OBJECTS, &[]);
    dump.thread(sample::THREAD, 1, &[0x1000_0A00]);
}
