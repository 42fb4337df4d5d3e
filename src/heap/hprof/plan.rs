//! First look at an HPROF file: texts, classes, stacks, and where the object records of each dump stand.

use super::scan::Block;
use goldenhour_parsers::{
    Gap, Reason,
    hprof::{self, Entries, Frame, Item, LoadClass, Records, Trace, find_known_run, walk_to},
};
use rayon::prelude::*;
use std::collections::HashMap;

/// Aim for the length of a chunk.
const CHUNK: usize = 32 << 20;

/// A stretch of whole object records.
#[derive(Debug, Clone, Copy)]
pub struct Chunk<'a> {
    /// Its bytes.
    pub body: &'a [u8],
    /// Where they stand in the file.
    pub offset: usize,
}

/// One dump of the file.
#[derive(Debug, Default)]
pub struct Dump<'a> {
    /// Bodies of its heap records.
    pub segments: Vec<Chunk<'a>>,
}

/// What stands outside the object records. Dumps of one file share it.
#[derive(Debug, Default)]
pub struct Plan<'a> {
    /// Bytes of an id.
    pub id_size: u8,
    /// When the file was begun, milliseconds since 1970.
    pub millis: u64,
    /// Bytes of the file.
    pub length: usize,
    texts: Vec<(u64, &'a [u8])>,
    /// Classes by class object.
    pub loaded: HashMap<u64, LoadClass>,
    /// Classes by serial number.
    pub by_serial: HashMap<u32, u64>,
    /// Stack frames.
    pub frames: HashMap<u64, Frame>,
    /// Stack traces by serial number.
    pub traces: HashMap<u32, Trace>,
    /// The dumps.
    pub dumps: Vec<Dump<'a>>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

impl<'a> Plan<'a> {
    /// Reads the top-level records of a file.
    ///
    /// # Errors
    /// When the header cannot be read.
    pub fn read(input: &'a [u8]) -> Result<Self, Gap> {
        let header = hprof::header(input)?;
        let mut plan = Self {
            id_size: header.id_size,
            millis: header.millis,
            length: input.len(),
            ..Self::default()
        };
        match header.id_size {
            8 => plan.records::<8>(input, header.length),
            _ => plan.records::<4>(input, header.length),
        }
        plan.texts.sort_by_key(|t| t.0);
        Ok(plan)
    }

    fn records<const W: usize>(&mut self, input: &'a [u8], start: usize) {
        let mut records = Records::new(input, start, W as u8);
        let mut segments = Vec::new();
        for record in records.by_ref() {
            let chunk = Chunk {
                body: record.body,
                offset: record.offset,
            };
            match record.item::<W>() {
                Item::Text(id, bytes) => self.texts.push((id, bytes)),
                Item::LoadClass(class) => {
                    self.by_serial.insert(class.serial, class.class);
                    self.loaded.insert(class.class, class);
                }
                Item::Frame(frame) => {
                    self.frames.insert(frame.id, frame);
                }
                Item::Trace(trace) => {
                    self.traces.insert(trace.serial, trace);
                }
                Item::Dump => {
                    self.close(&mut segments);
                    self.dumps.push(Dump { segments: vec![chunk] });
                }
                Item::Segment => segments.push(chunk),
                Item::End => self.close(&mut segments),
                Item::Other => {}
            }
        }
        self.gaps.extend(records.take_gaps());
        if !segments.is_empty() && self.gaps.is_empty() {
            // A dump in segments ends with a record of its own; its writer did not live to write it.
            let expected = "end of dump";
            self.gaps
                .push(Gap::new(input.len() as u64, 0, Reason::Truncated { expected }));
        }
        self.close(&mut segments);
    }

    fn close(&mut self, segments: &mut Vec<Chunk<'a>>) {
        if !segments.is_empty() {
            let segments = std::mem::take(segments);
            self.dumps.push(Dump { segments });
        }
    }

    /// A text by its id, decoded.
    pub fn text(&self, id: u64) -> Option<String> {
        let at = self.texts.partition_point(|t| t.0 < id);
        self.texts.get(at).filter(|t| t.0 == id).map(|t| hprof::text(t.1))
    }

    /// The name of a class in Java notation, if the file tells.
    pub fn class_name(&self, class: u64) -> Option<String> {
        let name = self.loaded.get(&class)?.name;
        self.text(name).map(|raw| hprof::java_class_name(&raw))
    }
}

/// How sure the borders of chunks are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cuts {
    /// A long run of records seems to begin there. Whoever reads the chunk before ends exactly there, or notes a gap.
    Guessed,
    /// A walk over the record lengths arrives there.
    Walked,
}

impl<'a> Plan<'a> {
    /// The records of a dump in pieces that can be read beside each other (PERFORMANCE §5.2): long segments are cut.
    pub fn chunks<const W: usize>(&self, dump: usize, cuts: Cuts) -> Vec<Chunk<'a>> {
        let segments = self.dumps.get(dump).map(|d| d.segments.as_slice()).unwrap_or_default();
        segments
            .par_iter()
            .flat_map_iter(|segment| match segment.body.len() {
                0..CHUNK => vec![*segment],
                _ => cut::<W>(*segment, self, cuts),
            })
            .collect()
    }
}

fn cut<'a, const W: usize>(segment: Chunk<'a>, plan: &Plan<'_>, cuts: Cuts) -> Vec<Chunk<'a>> {
    let body = segment.body;
    let is_class = |id| plan.loaded.contains_key(&id);
    let mut borders: Vec<usize> = (1..body.len() / CHUNK)
        .into_par_iter()
        .filter_map(|i| find_known_run::<W>(body.get(..(i + 1) * CHUNK)?, i * CHUNK, is_class))
        .collect();
    borders.insert(0, 0);
    if cuts == Cuts::Walked {
        borders = walked::<W>(body, borders);
    }
    borders.push(body.len());
    borders
        .windows(2)
        .filter_map(|pair| match *pair {
            [from, to] => Some(Chunk {
                body: body.get(from..to)?,
                offset: segment.offset + from,
            }),
            _ => None,
        })
        .collect()
}

/// The borders at which a walk from the one before arrives.
fn walked<const W: usize>(body: &[u8], borders: Vec<usize>) -> Vec<usize> {
    let kept: Vec<bool> = borders
        .par_windows(2)
        .map(|pair| match *pair {
            [from, to] => walk_to::<W>(body, from, to) == Some(to),
            _ => false,
        })
        .collect();
    borders
        .into_iter()
        .enumerate()
        // A wrong border also spoils the walk that starts at it: drop both ends of a failed walk.
        .filter(|&(i, _)| i == 0 || (kept.get(i - 1) == Some(&true) && kept.get(i).is_none_or(|&k| k)))
        .map(|(_, at)| at)
        .collect()
}

/// Chunks divided at the blocks that the first pass noted.
pub fn pieces<'a>(chunks: &[Chunk<'a>], blocks: &[Block]) -> Vec<Chunk<'a>> {
    blocks
        .iter()
        .enumerate()
        .filter_map(|(i, block)| {
            let chunk = chunks.get(block.chunk)?;
            let next = blocks.get(i + 1).filter(|next| next.chunk == block.chunk);
            Some(Chunk {
                body: chunk
                    .body
                    .get(block.start..next.map_or(chunk.body.len(), |n| n.start))?,
                offset: chunk.offset + block.start,
            })
        })
        .collect()
}

/// Alias that fixes the width of ids.
pub fn entries<'a, const W: usize>(chunk: &Chunk<'a>) -> Entries<'a, W> {
    Entries::new(chunk.body, chunk.offset as u64)
}
