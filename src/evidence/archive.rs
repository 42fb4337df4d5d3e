//! What lies inside a file: itself, its decompressed bytes, or the members of an archive.

use super::{
    Content, gzip,
    limits::Limits,
    sink::{self, Memory},
    tar, zip,
};
use goldenhour_parsers::{Gap, Kind, Reason, kind};
use jiff::Timestamp;
use std::io::Read;

/// One artefact before it has an id.
#[derive(Debug)]
pub struct Item {
    /// Path as the report shows it.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Its decompressed bytes.
    pub content: Content,
    /// Bytes as found, before decompression.
    pub raw: u64,
    /// SHA-256 of the bytes as found.
    pub sha256: Option<String>,
    /// Modification time.
    pub modified: Option<Timestamp>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

/// What opening needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Opener<'a> {
    /// The limits.
    pub limits: &'a Limits,
    /// Where contents go.
    pub memory: &'a Memory,
    /// Compute SHA-256.
    pub hash: bool,
}

/// Decompressed bytes that one file of the evidence may still cost.
#[derive(Debug, Clone)]
pub struct Allowance {
    /// Bytes left.
    pub left: u64,
    /// The limit in words.
    pub words: String,
}

/// A file or member, not yet opened.
#[derive(Debug)]
pub struct Raw {
    /// Path as the report shows it.
    pub path: String,
    /// Its bytes as found.
    pub content: Content,
    /// Modification time.
    pub modified: Option<Timestamp>,
    /// What of it could not be read already.
    pub gaps: Vec<Gap>,
}

impl Opener<'_> {
    /// Opens a file of the evidence: itself first, then what it holds.
    pub fn open(&self, raw: Raw) -> Vec<Item> {
        let (left, words) = self.limits.allowance(raw.content.bytes().len() as u64);
        self.open_within(raw, 0, &mut Allowance { left, words })
    }

    /// Opens a file at `depth` archives deep.
    pub fn open_within(&self, raw: Raw, depth: u32, allowance: &mut Allowance) -> Vec<Item> {
        let content = raw.content.clone();
        let (sha256, mut items) = rayon::join(
            || self.hash.then(|| super::hash::sha256(content.bytes())),
            || self.unwrap(raw, depth, allowance),
        );
        if let Some(first) = items.first_mut() {
            first.sha256 = sha256;
        }
        items
    }

    fn unwrap(&self, raw: Raw, depth: u32, allowance: &mut Allowance) -> Vec<Item> {
        let found = raw.content.bytes().len() as u64;
        let mut raw = raw;
        // A gzip layer, and one more for `.gz.gz`; deeper nesting is a trick.
        for _ in 0..2 {
            if !gzip::is_gzip(raw.content.bytes()) {
                break;
            }
            let (content, mut gaps) = self.decompress(&raw.content, allowance);
            raw.content = content;
            raw.gaps.append(&mut gaps);
        }
        let bytes = raw.content.bytes();
        let (is_zip, is_tar) = (zip::is_archive(bytes), tar::is_archive(bytes));
        if !is_zip && !is_tar {
            return vec![leaf(raw, found)];
        }
        if depth >= self.limits.archive_depth {
            let what = format!("archives {} deep", self.limits.archive_depth);
            raw.gaps.push(Gap::new(0, found, Reason::Limit { what }));
            return vec![item(raw, Kind::Archive, found)];
        }
        let (members, gaps) = if is_zip {
            zip::members(self, &raw, depth + 1, allowance)
        } else {
            tar::members(self, &raw, depth + 1, allowance)
        };
        raw.gaps.extend(gaps);
        let mut items = vec![item(raw, Kind::Archive, found)];
        items.extend(members);
        items
    }

    fn decompress(&self, raw: &Content, allowance: &mut Allowance) -> (Content, Vec<Gap>) {
        let mut reader = gzip::reader(raw.bytes());
        self.read(&mut reader, raw.bytes().len() as u64, allowance)
    }

    /// Reads a decompressor to its end or to what is allowed.
    pub fn read(&self, reader: &mut dyn Read, compressed: u64, allowance: &mut Allowance) -> (Content, Vec<Gap>) {
        let (content, error) = sink::fill(reader, allowance.left, self.memory);
        let length = content.bytes().len() as u64;
        let mut gaps = Vec::new();
        if length > allowance.left {
            let what = allowance.words.clone();
            gaps.push(Gap::new(allowance.left, 0, Reason::Limit { what }));
            let content = content.slice(0..usize::try_from(allowance.left).unwrap_or(usize::MAX));
            allowance.left = 0;
            return (content, gaps);
        }
        allowance.left -= length;
        if let Some(error) = error {
            let detail = format!("{error} ({compressed} compressed bytes gave {length})");
            gaps.push(Gap::new(length, 0, Reason::Compression { detail }));
        }
        (content, gaps)
    }
}

/// A file that is no archive.
fn leaf(mut raw: Raw, found: u64) -> Item {
    let bytes = raw.content.bytes();
    let name = raw.path.rsplit('/').next().unwrap_or(&raw.path);
    let kind = kind::recognise(bytes, name);
    if bytes.is_empty() && raw.gaps.is_empty() {
        raw.gaps.push(Gap::new(0, 0, Reason::Empty));
    } else if kind == Kind::Unknown && !bytes.is_empty() {
        let reason = kind::foreign(bytes).map_or(Reason::UnknownKind, |(format, advice)| Reason::Foreign {
            format,
            advice,
        });
        raw.gaps.push(Gap::new(0, bytes.len() as u64, reason));
    }
    item(raw, kind, found)
}

fn item(raw: Raw, kind: Kind, found: u64) -> Item {
    Item {
        path: raw.path,
        kind,
        content: raw.content,
        raw: found,
        sha256: None,
        modified: raw.modified,
        gaps: raw.gaps,
    }
}
