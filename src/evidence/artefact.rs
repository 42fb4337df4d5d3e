//! One piece of evidence, and how a fact points into it.

use super::{map::MappedFile, meter::Meter};
use goldenhour_parsers::{Gap, Kind};
use jiff::Timestamp;
use std::{fmt, ops::Range, sync::Arc};

/// Which artefact; printed as `a1`, `a2`, … in the stable order of intake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArtefactId(pub u32);

impl fmt::Display for ArtefactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a{}", self.0)
    }
}

/// Everything that was brought to the rescue PC, in stable order.
#[derive(Debug, Default)]
pub struct Evidence {
    /// The artefacts, ids `a1…` in this order. An artefact cut out of another one follows it.
    pub artefacts: Vec<Artefact>,
}

/// One artefact: a file, a member of an archive, or a part cut out of a mixed file.
#[derive(Debug)]
pub struct Artefact {
    /// Its name in the report.
    pub id: ArtefactId,
    /// Path as in CONTRACT.md §2: relative to the PATH given, `/`-separated, `a.zip!/b/x.log` for a member.
    pub path: String,
    /// What it is, by content.
    pub kind: Kind,
    /// Bytes on disk (compressed size for a `.gz`).
    pub bytes_on_disk: u64,
    /// SHA-256 of the file as found, lower-case hex; computed by `analyze` and on request.
    pub sha256: Option<String>,
    /// Modification time of the file or archive member, when known.
    pub modified: Option<Timestamp>,
    /// The artefact this one was cut out of.
    pub parent: Option<ArtefactId>,
    /// Where the cut-out starts in the parent's decompressed bytes; 0 for a whole file.
    pub offset: u64,
    /// 1-based line number of the first line in the decompressed file (1 for a whole file).
    pub first_line: u64,
    /// What intake could not read.
    pub gaps: Vec<Gap>,
    content: Content,
    range: Range<usize>,
    cut: Vec<Range<usize>>,
    meter: Meter,
}

/// The decompressed bytes behind one or several artefacts: a memory map or memory of our own, or a part of either.
#[derive(Clone)]
pub struct Content {
    backing: Backing,
    range: Range<usize>,
}

#[derive(Clone)]
enum Backing {
    Memory(Arc<dyn AsRef<[u8]> + Send + Sync>),
    Map(Arc<MappedFile>),
}

impl Content {
    /// Bytes that stay as they are.
    pub fn new(bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Self {
        let range = 0..bytes.as_ref().len();
        Self {
            backing: Backing::Memory(Arc::new(bytes)),
            range,
        }
    }

    /// A mapped file.
    pub(super) fn mapped(map: MappedFile) -> Self {
        let range = 0..map.as_ref().len();
        Self {
            backing: Backing::Map(Arc::new(map)),
            range,
        }
    }

    /// All of them.
    pub fn bytes(&self) -> &[u8] {
        let all = match &self.backing {
            Backing::Memory(bytes) => (**bytes).as_ref(),
            Backing::Map(map) => (**map).as_ref(),
        };
        all.get(self.range.clone()).unwrap_or_default()
    }

    /// A part of them, without a copy; what lies outside is left out.
    pub fn slice(&self, range: Range<usize>) -> Self {
        let end = self.range.start.saturating_add(range.end).min(self.range.end);
        let start = self.range.start.saturating_add(range.start).min(end);
        Self {
            backing: self.backing.clone(),
            range: start..end,
        }
    }

    /// True when the file behind a map is no longer what it was.
    pub fn changed(&self) -> bool {
        matches!(&self.backing, Backing::Map(map) if map.changed())
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes().len())
    }
}

impl Artefact {
    /// A whole file over `content` (a memory map or decompressed bytes).
    pub fn new(id: ArtefactId, path: impl Into<String>, kind: Kind, content: Content) -> Self {
        let length = content.bytes().len();
        Self {
            id,
            path: path.into(),
            kind,
            bytes_on_disk: length as u64,
            sha256: None,
            modified: None,
            parent: None,
            offset: 0,
            first_line: 1,
            gaps: Vec::new(),
            content,
            range: 0..length,
            cut: Vec::new(),
            meter: Meter::default(),
        }
    }

    /// A part of this artefact as an artefact of its own; `first_line` is 1-based in the whole file.
    pub fn cut_out(&self, id: ArtefactId, kind: Kind, range: Range<usize>, first_line: u64) -> Self {
        let start = (self.range.start + range.start).min(self.range.end);
        let end = (self.range.start + range.end).min(self.range.end);
        Self {
            id,
            path: self.path.clone(),
            kind,
            bytes_on_disk: (end - start) as u64,
            sha256: None,
            modified: self.modified,
            parent: Some(self.id),
            offset: start as u64,
            first_line,
            gaps: Vec::new(),
            content: self.content.clone(),
            range: start..end,
            cut: Vec::new(),
            meter: Meter::default(),
        }
    }

    /// Notes that these ranges (ascending, disjoint, of this artefact) were cut out and belong to others.
    pub fn set_cut(&mut self, cut: Vec<Range<usize>>) {
        self.cut = cut;
    }

    /// Tells whoever watches that `bytes` more of it are worked through. Whatever is told, it counts once and no more than
    /// the artefact is long.
    pub fn advance(&self, bytes: u64) {
        self.meter.advance(bytes, self.range.len() as u64);
    }

    /// Tells that all of it is worked through.
    pub fn done(&self) {
        self.advance(u64::MAX);
    }

    /// Whom to tell.
    pub(super) fn set_meter(&mut self, meter: Meter) {
        self.meter = meter;
    }

    /// True when the file behind it changed while it was read; what was found in it is then in doubt.
    pub fn changed(&self) -> bool {
        self.content.changed()
    }

    /// The decompressed bytes, cut-outs included.
    pub fn bytes(&self) -> &[u8] {
        self.content.bytes().get(self.range.clone()).unwrap_or_default()
    }

    /// The ranges of [`Self::bytes`] that other artefacts were cut from; a line parser skips them.
    pub fn cut(&self) -> &[Range<usize>] {
        &self.cut
    }

    /// The last part of the path, without a `.gz`.
    pub fn file_name(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.strip_suffix(".gz").unwrap_or(name)
    }

    /// The folder part of the path, `""` at the top.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// Where a fact was read. Lines are 1-based and, like offsets, count in the decompressed file, not in a cut-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citation {
    /// In which artefact.
    pub artefact: ArtefactId,
    /// On which line.
    pub line: Option<u64>,
    /// At which byte.
    pub offset: Option<u64>,
    /// Which heap object, by address.
    pub object: Option<u64>,
    /// The words themselves, not yet masked; at most a line.
    pub quote: Option<String>,
}

impl Citation {
    /// The artefact as a whole.
    pub fn artefact(artefact: ArtefactId) -> Self {
        Self {
            artefact,
            line: None,
            offset: None,
            object: None,
            quote: None,
        }
    }

    /// A line of a text artefact with its words.
    pub fn line(artefact: ArtefactId, line: u64, quote: impl Into<String>) -> Self {
        Self {
            line: Some(line),
            quote: Some(quote.into()),
            ..Self::artefact(artefact)
        }
    }

    /// An object of a heap dump.
    pub fn object(artefact: ArtefactId, address: u64) -> Self {
        Self {
            object: Some(address),
            ..Self::artefact(artefact)
        }
    }
}
