//! The heap room over the real dumps beside the checkout, where they are.

#![allow(clippy::print_stderr, reason = "a test that skips itself says so")]

use super::*;
use crate::evidence::{ArtefactId, Content};
use goldenhour_parsers::Kind;
use std::{io::Read, path::PathBuf};

/// A dump of `../shared/heap/dumps`, unpacked; `None`, said aloud, where the folder is not there.
#[allow(clippy::print_stdout, reason = "a test that is skipped says so")]
pub(super) fn shared_dump(name: &str) -> Option<Artefact> {
    let root = std::env::var_os("GOLDENHOUR_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")),
        PathBuf::from,
    );
    let Ok(packed) = std::fs::read(root.join("heap/dumps").join(name)) else {
        println!("skipped: no ../shared/heap/dumps/{name}");
        return None;
    };
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(packed.as_slice())
        .read_to_end(&mut bytes)
        .unwrap();
    let kind = if name.contains(".phd") { Kind::Phd } else { Kind::Hprof };
    Some(Artefact::new(ArtefactId(1), name, kind, Content::new(bytes)))
}

fn jvm() -> HeapOptions {
    HeapOptions {
        sizes: SizeRule::Jvm,
        ..HeapOptions::default()
    }
}

/// By the VM's sizes no object may reach into the next one, and in a packed heap most touch it.
#[test]
fn true_sizes_fit_between_the_addresses() {
    // (dump, header, array header, least share of objects that touch the next one in percent)
    let dumps = [
        ("jdk25_serial_coh.hprof.gz", 8, 12, 90),
        ("jdk25_g1_live.hprof.gz", 12, 16, 90),
        ("jdk17_g1_live.hprof.gz", 12, 16, 90),
        ("jdk17_serial_all.hprof.gz", 12, 16, 90),
        ("jdk17_zgc_all.hprof.gz", 12, 16, 50),
        ("jdk8_05_x64.hprof.gz", 12, 16, 50),
        ("jdk6_30_coops.hprof.gz", 12, 16, 50),
        ("jdk5_x64.hprof.gz", 16, 24, 50),
    ];
    for (name, header, array, share) in dumps {
        let Some(artefact) = shared_dump(name) else { continue };
        examine(&artefact, &jvm(), |examined| {
            let sizes = examined.facts.true_sizes.unwrap();
            let graph = &examined.analysis.graph;
            let (mut overlapping, mut touching, mut all) = (0, 0, 0);
            for object in 0..graph.len() as u32 - 1 {
                let Some(number) = examined.analysis.number(object) else {
                    continue;
                };
                let end = graph.address(object) + examined.analysis.shallow(number);
                let next = graph.address(object + 1);
                if graph.made_up.contains(&object) || next - graph.address(object) > 1 << 16 {
                    continue;
                }
                all += 1;
                overlapping += u64::from(end > next);
                touching += u64::from(end == next);
            }
            assert_eq!((sizes.header, sizes.array_header), (header, array), "{name}");
            assert!(overlapping * 1000 <= all, "{name}: {overlapping} of {all} overlap");
            assert!(touching * 100 >= all * share, "{name}: {touching} of {all} touch");
        });
    }
}
