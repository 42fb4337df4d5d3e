//! Several heap dumps of one process, in order of time: what grew from one to the next.

use super::Case;
use crate::heap::{self, GrowthRow, HeapFacts};
use jiff::Timestamp;

/// Dumps compared: J9 writes four by default before it stops.
const MAX_DUMPS: usize = 4;
/// Classes kept.
const MAX_ROWS: usize = 100;

/// The growth of one process's heap.
#[derive(Debug, Clone, Default)]
pub struct HeapGrowth {
    /// Index into [`Case::processes`].
    pub process: Option<usize>,
    /// Indices into [`Case::heaps`], in order of time.
    pub heaps: Vec<usize>,
    /// Classes that grew, most bytes first.
    pub rows: Vec<GrowthRow>,
}

/// Compares the dumps of each process, the last four of them. Dumps without a moment cannot be put in order.
pub(super) fn find(case: &Case) -> Vec<HeapGrowth> {
    let moment = |heap: &HeapFacts| -> Option<Timestamp> {
        let id = heap.artefact?;
        let written = heap.written.and_then(|t| case.instant(id, t));
        written.or_else(|| case.artefact(id)?.time)
    };
    let mut growths = Vec::new();
    for process in 0..case.processes.len() {
        let mut of_process: Vec<(Timestamp, usize)> = case
            .heaps
            .iter()
            .enumerate()
            .filter(|(_, h)| h.objects > 0 && h.artefact.and_then(|id| case.process_of(id)) == Some(process))
            .filter_map(|(at, heap)| Some((moment(heap)?, at)))
            .collect();
        of_process.sort_unstable();
        // A dump brought twice (as it is and in an archive) is no growth.
        of_process.dedup_by_key(|(time, _)| *time);
        let first = of_process.len().saturating_sub(MAX_DUMPS);
        let heaps: Vec<usize> = of_process.iter().skip(first).map(|(_, at)| *at).collect();
        let facts: Vec<&HeapFacts> = heaps.iter().filter_map(|&at| case.heaps.get(at)).collect();
        if facts.len() > 1 {
            growths.push(HeapGrowth {
                process: Some(process),
                rows: heap::growth(&facts, MAX_ROWS, false),
                heaps,
            });
        }
    }
    growths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        case::{CaseArtefact, Process},
        evidence::ArtefactId,
        heap::ClassRow,
    };
    use goldenhour_parsers::{CHINA, Kind};

    fn artefact(id: u32, seconds: i64, process: usize) -> CaseArtefact {
        CaseArtefact {
            id: ArtefactId(id),
            path: format!("heapdump.{id}.phd"),
            kind: Kind::Phd,
            bytes: 0,
            sha256: None,
            parent: None,
            process: Some(process),
            coverage: 1.0,
            time: Timestamp::from_second(seconds).ok(),
            offset: CHINA,
            offset_assumed: false,
            stale: false,
            gaps: Vec::new(),
        }
    }

    fn heap(id: u32, bytes: u64) -> HeapFacts {
        HeapFacts {
            artefact: Some(ArtefactId(id)),
            objects: 1,
            histogram: vec![ClassRow {
                class: "a.A".to_owned(),
                objects: bytes / 10,
                shallow: bytes,
                retained: None,
            }],
            ..HeapFacts::default()
        }
    }

    #[test]
    fn the_last_four_of_one_process_in_order_of_time() {
        let times = [500, 100, 200, 300, 400, 100];
        let mut case = Case {
            processes: vec![Process::default(), Process::default()],
            ..Case::default()
        };
        for (id, seconds) in (1..).zip(times) {
            case.artefacts.push(artefact(id, seconds, usize::from(id == 6)));
            case.heaps.push(heap(id, 10 * seconds as u64));
        }
        let growths = find(&case);
        assert_eq!(growths.len(), 1);
        assert_eq!(growths[0].heaps, [2, 3, 4, 0]);
        assert_eq!(growths[0].rows[0].shallow, [2000, 3000, 4000, 5000]);
        assert!(growths[0].rows[0].steady());
    }
}
