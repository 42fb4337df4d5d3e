//! How often each message code came.

use super::codes::code_meaning;
use std::collections::HashMap;

/// Number of a code in the order of its first occurrence.
pub(super) type CodeId = u32;

#[derive(Debug)]
struct Counted {
    code: Vec<u8>,
    count: u64,
    first_line: u64,
    /// Records with it are kept whatever their level.
    kept: bool,
}

/// Message codes and their counts.
#[derive(Debug, Default)]
pub(super) struct CodeCounts {
    all: Vec<Counted>,
    ids: HashMap<Vec<u8>, CodeId>,
}

impl CodeCounts {
    /// The number of a code; it is not counted yet.
    pub(super) fn id(&mut self, code: &[u8]) -> CodeId {
        if let Some(id) = self.ids.get(code) {
            return *id;
        }
        let id = self.all.len() as CodeId;
        let known = std::str::from_utf8(code).ok().and_then(code_meaning);
        self.all.push(Counted {
            code: code.to_vec(),
            count: 0,
            first_line: 0,
            kept: known.is_some_and(|known| known.role != "noise"),
        });
        self.ids.insert(code.to_vec(), id);
        id
    }

    /// Counts a record; true when records with this code are kept whatever their level.
    pub(super) fn add(&mut self, id: CodeId, line: u64) -> bool {
        self.all.get_mut(id as usize).is_some_and(|counted| {
            if counted.count == 0 {
                counted.first_line = line;
            }
            counted.count += 1;
            counted.kept
        })
    }

    /// Takes in the counts of the piece that follows; its lines count from `line`.
    pub(super) fn absorb(&mut self, next: CodeCounts, line: u64) {
        for counted in next.all.into_iter().filter(|counted| counted.count > 0) {
            let id = self.id(&counted.code);
            if let Some(known) = self.all.get_mut(id as usize) {
                if known.count == 0 {
                    known.first_line = counted.first_line + line;
                }
                known.count += counted.count;
            }
        }
    }

    /// (code, records, line of the first one).
    pub(super) fn into_counts(self) -> impl Iterator<Item = (Vec<u8>, u64, u64)> {
        self.all
            .into_iter()
            .filter(|counted| counted.count > 0)
            .map(|counted| (counted.code, counted.count, counted.first_line))
    }
}
