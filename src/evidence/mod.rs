//! Evidence intake: files, folders and archives become [`Artefact`]s, each with its kind, hash and bytes.

mod archive;
mod artefact;
mod cut;
mod gzip;
mod hash;
mod limits;
mod map;
mod meter;
mod names;
mod salvage;
mod sink;
mod tar;
mod walk;
mod zip;

pub use artefact::{Artefact, ArtefactId, Citation, Content, Evidence};
pub use limits::Limits;
pub use map::{release, scratch};

use archive::{Item, Opener, Raw};
use goldenhour_parsers::{Gap, Kind, Reason};
use jiff::Timestamp;
use meter::Meter;
use rayon::prelude::*;
use sink::Memory;
use std::{
    fs::File,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::Arc,
};
use walk::Found;

/// Limits and wishes of intake.
#[derive(Debug, Clone, Default)]
pub struct IntakeOptions {
    /// Compute SHA-256 of every file.
    pub hash: bool,
    /// How much hostile or broken evidence may cost.
    pub limits: Limits,
}

/// Receives the progress of work in bytes; silent by default.
pub trait Progress: Send + Sync {
    /// The work grew by this many bytes.
    fn expect(&self, bytes: u64) {
        let _ = bytes;
    }
    /// This many bytes are done.
    fn advance(&self, bytes: u64) {
        let _ = bytes;
    }
    /// A new stage began.
    fn stage(&self, name: &'static str) {
        let _ = name;
    }
}

/// Progress that nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {}

/// Why there is no evidence at all.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// A PATH of the command line does not exist or cannot be opened.
    #[error("{path}: cannot be read: {detail}")]
    Unreadable {
        /// The PATH as given.
        path: String,
        /// The system's words.
        detail: String,
    },
    /// Nothing was found under the PATHs.
    #[error("{path}: no evidence found: the folder holds no file")]
    Nothing {
        /// The PATHs as given.
        path: String,
    },
}

/// Takes in everything under `paths`: files in the order of their names, each followed by its members and cut-outs.
///
/// # Errors
/// When a path cannot be opened at all or nothing lies under the paths. A file that cannot be read is an artefact with a gap.
pub fn intake(
    paths: &[PathBuf],
    options: &IntakeOptions,
    progress: &Arc<dyn Progress>,
) -> Result<Evidence, IntakeError> {
    let found = walk::find(paths, &options.limits)?;
    if found.is_empty() {
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(IntakeError::Nothing { path: names.join(", ") });
    }
    progress.expect(found.iter().map(|file| file.bytes).sum());
    let memory = Memory::new(&options.limits);
    let opener = Opener {
        limits: &options.limits,
        memory: &memory,
        hash: options.hash,
    };
    let opened: Vec<Vec<Item>> = found
        .into_par_iter()
        .map(|file| {
            let bytes = file.bytes;
            let items = open_safely(&opener, file);
            progress.advance(bytes);
            items
        })
        .collect();
    let cut: Vec<(Item, Vec<cut::Part>)> = opened
        .into_par_iter()
        .flatten()
        .map(|mut item| {
            let parts = cut_safely(&mut item);
            (item, parts)
        })
        .collect();
    Ok(number(cut, progress))
}

/// Opens one file; a panic on it is a gap of it.
fn open_safely(opener: &Opener<'_>, file: Found) -> Vec<Item> {
    let shown = file.shown.clone();
    catch_unwind(AssertUnwindSafe(|| open(opener, file))).unwrap_or_else(|_| {
        let detail = "intake".to_owned();
        vec![unreadable(shown, Gap::new(0, 0, Reason::Internal { detail }))]
    })
}

/// Looks into one item; a panic on it is a gap of it.
fn cut_safely(item: &mut Item) -> Vec<cut::Part> {
    catch_unwind(AssertUnwindSafe(|| cut::parts(item))).unwrap_or_else(|_| {
        let detail = "looking for dumps inside the text".to_owned();
        item.gaps.push(Gap::new(0, 0, Reason::Internal { detail }));
        Vec::new()
    })
}

fn open(opener: &Opener<'_>, file: Found) -> Vec<Item> {
    let Some(disk) = file.disk else {
        let gap = file.gap.unwrap_or(Gap::new(0, 0, Reason::UnknownKind));
        return vec![unreadable(file.shown, gap)];
    };
    let opened = File::open(&disk).and_then(|handle| {
        let meta = handle.metadata()?;
        if !meta.is_file() {
            return Err(io::Error::other("no longer a regular file"));
        }
        let modified = meta.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
        Ok((sink::open(handle, opener.memory)?, modified))
    });
    match opened {
        Ok((content, modified)) => opener.open(Raw {
            path: file.shown,
            content,
            modified,
            gaps: Vec::new(),
        }),
        Err(error) => {
            let detail = error.to_string();
            vec![unreadable(
                file.shown,
                Gap::new(0, file.bytes, Reason::Unreadable { detail }),
            )]
        }
    }
}

fn unreadable(path: String, gap: Gap) -> Item {
    Item {
        path,
        kind: Kind::Unknown,
        content: Content::new(Vec::new()),
        raw: gap.length,
        sha256: None,
        modified: None,
        gaps: vec![gap],
    }
}

/// Gives every item its id, in order, its cut-outs right behind it.
fn number(items: Vec<(Item, Vec<cut::Part>)>, progress: &Arc<dyn Progress>) -> Evidence {
    let mut artefacts = Vec::with_capacity(items.len());
    let mut last = 0;
    let mut next = || {
        last += 1;
        ArtefactId(last)
    };
    for (item, parts) in items {
        let mut artefact = Artefact::new(next(), item.path, item.kind, item.content);
        artefact.bytes_on_disk = item.raw;
        artefact.sha256 = item.sha256;
        artefact.modified = item.modified;
        artefact.gaps = item.gaps;
        let outs: Vec<Artefact> = parts
            .iter()
            .map(|part| artefact.cut_out(next(), part.kind, part.range.clone(), part.first_line))
            .collect();
        let mut cut: Vec<_> = parts.into_iter().flat_map(|part| part.owned).collect();
        cut.sort_by_key(|range| range.start);
        artefact.set_cut(cut);
        artefacts.push(artefact);
        artefacts.extend(outs);
    }
    for artefact in &mut artefacts {
        artefact.set_meter(Meter::new(Arc::clone(progress)));
    }
    Evidence { artefacts }
}
