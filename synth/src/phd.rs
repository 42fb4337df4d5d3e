//! A small writer of portable heap dumps, version 6, 64-bit J9: long records, which every reader must know, and the short
//! and medium ones that a VM prefers (FORMAT_FACTS §2.3).

/// Writes a dump record by record.
#[derive(Debug, Clone)]
pub struct Phd {
    bytes: Vec<u8>,
    last: u64,
    /// The last four classes of medium and long object records, and which is replaced next.
    classes: [u64; 4],
    next_class: usize,
}

impl Default for Phd {
    fn default() -> Self {
        Self::new()
    }
}

impl Phd {
    /// A header with a version text.
    pub fn new() -> Self {
        let mut bytes = b"\x00\x12portable heap dump".to_vec();
        bytes.extend(6u32.to_be_bytes());
        bytes.extend(5u32.to_be_bytes());
        bytes.extend(b"\x01\x04\x00\x0eJRE 1.8.0 test\x02\x02");
        Self {
            bytes,
            last: 0,
            classes: [0; 4],
            next_class: 0,
        }
    }

    /// What is written so far of a file too large to be kept whole.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    fn remember(&mut self, class: u64) {
        if let Some(slot) = self.classes.get_mut(self.next_class % 4) {
            *slot = class;
        }
        self.next_class += 1;
    }

    /// An object in the shortest record that holds it: short, medium, else long.
    pub fn object_as_the_vm(&mut self, address: u64, class: u64, refs: &[u64]) -> &mut Self {
        let units = |to: u64, from: u64| to.wrapping_sub(from) as i64 >> 2;
        let gap = units(address, self.last);
        let code = |gaps: &[i64]| {
            let fits = |bits: u32| {
                gaps.iter()
                    .all(|g| (-(1i64 << (bits - 1))..1i64 << (bits - 1)).contains(g))
            };
            [8, 16, 32].iter().position(|&bits| fits(bits)).unwrap_or(3)
        };
        let (gaps, cached): (Vec<i64>, _) = (
            refs.iter().map(|&r| units(r, address)).collect(),
            self.classes.iter().position(|&c| c == class),
        );
        let (gap_code, ref_code) = (code(&[gap]), code(&gaps));
        let head = (gap_code << 2 | ref_code) as u8;
        match cached {
            _ if gap_code > 1 || refs.len() > 7 => return self.object(address, class, refs),
            Some(slot) if refs.len() < 4 => self.bytes.push(0x80 | (slot << 5 | refs.len() << 3) as u8 | head),
            _ => self.bytes.push(0x40 | (refs.len() << 3) as u8 | head),
        }
        self.last = address;
        self.bytes.extend(&gap.to_be_bytes()[7 - gap_code..]);
        if cached.is_none() || refs.len() > 3 {
            self.bytes.extend(class.to_be_bytes());
            self.remember(class);
        }
        for gap in gaps {
            self.bytes.extend(&gap.to_be_bytes()[8 - (1 << ref_code)..]);
        }
        self
    }

    /// Gap from the last address, as eight bytes.
    fn gap(&mut self, address: u64) -> [u8; 8] {
        let gap = address.wrapping_sub(self.last) as i64 >> 2;
        self.last = address;
        gap.to_be_bytes()
    }

    fn refs(&mut self, address: u64, refs: &[u64]) {
        self.bytes.extend((refs.len() as u32).to_be_bytes());
        for &reference in refs {
            let gap = reference.wrapping_sub(address) as i64 >> 2;
            self.bytes.extend(gap.to_be_bytes());
        }
    }

    /// An object with fields.
    pub fn object(&mut self, address: u64, class: u64, refs: &[u64]) -> &mut Self {
        self.bytes.extend([0x04, 0xF0]);
        let gap = self.gap(address);
        self.bytes.extend(gap);
        self.bytes.extend(class.to_be_bytes());
        self.remember(class);
        self.refs(address, refs);
        self
    }

    /// An array of references whose elements have class `element`.
    pub fn object_array(&mut self, address: u64, element: u64, refs: &[u64]) -> &mut Self {
        self.bytes.extend([0x08, 0xF0]);
        let gap = self.gap(address);
        self.bytes.extend(gap);
        self.bytes.extend(element.to_be_bytes());
        self.refs(address, refs);
        self.bytes.extend((refs.len() as u32).to_be_bytes());
        self.bytes.extend((4 + refs.len() as u32).to_be_bytes());
        self
    }

    /// A `byte[]`.
    pub fn bytes(&mut self, address: u64, length: u64) -> &mut Self {
        self.bytes.extend([0x07, 4 << 5 | 0x10]);
        let gap = self.gap(address);
        self.bytes.extend(gap);
        self.bytes.extend(length.to_be_bytes());
        self.bytes.extend(((length as u32 + 16) / 4).to_be_bytes());
        self
    }

    /// A `byte[]` in the short form: gap and length of two or four bytes.
    pub fn bytes_as_the_vm(&mut self, address: u64, length: u32) -> &mut Self {
        let gap = address.wrapping_sub(self.last) as i64 >> 2;
        let small = i16::try_from(gap).is_ok() && length <= 0xFFFF;
        let code = if small { 1 } else { 2 };
        if i32::try_from(gap).is_err() {
            return self.bytes(address, u64::from(length));
        }
        self.last = address;
        self.bytes.push(0x20 | 4 << 2 | code);
        let width = 1 << code;
        self.bytes.extend(&gap.to_be_bytes()[8 - width..]);
        self.bytes.extend(&length.to_be_bytes()[4 - width..]);
        self.bytes.extend(((length + 16) / 4).to_be_bytes());
        self
    }

    /// A class; a loader comes first among its references.
    pub fn class(&mut self, address: u64, name: &str, super_class: u64, size: u32, refs: &[u64]) -> &mut Self {
        self.bytes.extend([0x06, 0xF0]);
        let gap = self.gap(address);
        self.bytes.extend(gap);
        self.bytes.extend(size.to_be_bytes());
        self.bytes.extend(super_class.to_be_bytes());
        self.bytes.extend((name.len() as u16).to_be_bytes());
        self.bytes.extend(name.as_bytes());
        self.refs(address, refs);
        self
    }

    /// The file, with its end mark.
    pub fn finish(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        bytes.push(0x03);
        bytes
    }
}

/// A thread's `ArrayList` of rows that nothing in the dump refers to, as a local variable leaves it.
pub fn local_list_sample(count: u64) -> Vec<u8> {
    const OBJECT: u64 = 0x10_0000;
    const CLASS: u64 = 0x10_0100;
    const COLLECTION: u64 = 0x10_0200;
    const LIST: u64 = 0x10_0300;
    const OBJECTS: u64 = 0x10_0400;
    const ROW: u64 = 0x10_0500;
    const BYTES: u64 = 0x10_0600;
    const LOADER: u64 = 0x10_0700;
    const SYSTEM: u64 = 0x10_0800;
    let mut dump = Phd::new();
    let rows: Vec<u64> = (0..count).map(|i| 0x20_0000 + i * 0x400).collect();
    dump.object(SYSTEM, LOADER, &[]);
    dump.object(0x18_0000, LIST, &[0x18_0100]);
    dump.object_array(0x18_0100, OBJECT, &rows);
    for &row in &rows {
        dump.object(row, ROW, &[row + 0x40]);
        dump.bytes(row + 0x40, 500);
    }
    dump.class(OBJECT, "java/lang/Object", 0, 16, &[SYSTEM]);
    dump.class(CLASS, "java/lang/Class", OBJECT, 64, &[SYSTEM]);
    dump.class(LOADER, "java/lang/ClassLoader", OBJECT, 64, &[SYSTEM]);
    dump.class(COLLECTION, "java/util/AbstractCollection", OBJECT, 16, &[SYSTEM]);
    dump.class(LIST, "java/util/ArrayList", COLLECTION, 24, &[SYSTEM]);
    dump.class(OBJECTS, "[Ljava/lang/Object;", OBJECT, 0, &[SYSTEM]);
    dump.class(BYTES, "[B", OBJECT, 0, &[SYSTEM]);
    dump.class(ROW, "com/example/Row", OBJECT, 24, &[SYSTEM]);
    dump.finish()
}
