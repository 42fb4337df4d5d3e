//! The heap room over small made dumps: whole, cut anywhere, damaged anywhere.

use super::*;
use crate::evidence::{ArtefactId, Content};
use goldenhour_parsers::{Kind, Reason};
use goldenhour_synth::{
    hprof::{Hprof, leak_sample, sample, write_leak},
    phd::local_list_sample,
};
use proptest::prelude::*;

fn read(bytes: Vec<u8>) -> Vec<HeapFacts> {
    read_with(bytes, &HeapOptions::default())
}

fn read_with(bytes: Vec<u8>, options: &HeapOptions) -> Vec<HeapFacts> {
    let artefact = Artefact::new(ArtefactId(1), "x.hprof", Kind::Hprof, Content::new(bytes));
    analyse(&artefact, options)
}

#[test]
fn a_static_map_is_held_by_its_class() {
    for id_size in [4, 8] {
        let facts = read(leak_sample(id_size, 50)).remove(0);
        assert!(facts.gaps.is_empty() && facts.coverage == 1.0, "{:?}", facts.gaps);
        let suspect = facts.suspects.first().unwrap();
        assert_eq!(suspect.holder_class, "com.example.Registry");
        assert_eq!(suspect.holder, Some(sample::REGISTRY));
        assert_eq!(suspect.holder_field.as_deref(), Some("CARDS"));
        assert_eq!(suspect.accumulator_class, "java.util.HashMap");
        assert_eq!(suspect.accumulator, Some(sample::MAP));
        assert_eq!(
            (suspect.content_class.as_str(), suspect.content_count),
            ("com.example.Card", 50)
        );
        assert_eq!(
            suspect.path,
            [
                "class com.example.Registry".to_owned(),
                format!("com.example.Registry.CARDS → java.util.HashMap @ 0x{:x}", sample::MAP)
            ]
        );
        assert_eq!(facts.threads.len(), 1);
    }
}

#[test]
fn a_local_list_belongs_to_the_failing_thread() {
    let companion = Companion {
        threads: vec![(0x77, "WebContainer : 3".to_owned())],
        failing_thread: Some("WebContainer : 3".to_owned()),
        ..Companion::default()
    };
    let options = HeapOptions {
        companion: Some(companion),
        ..HeapOptions::default()
    };
    let facts = read_with(local_list_sample(40), &options).remove(0);
    let suspect = facts.suspects.first().unwrap();
    assert!(suspect.inferred);
    assert_eq!(suspect.kind, SuspectKind::Thread);
    assert_eq!(suspect.thread.as_deref(), Some("WebContainer : 3"));
    assert_eq!(suspect.accumulator_class, "java.util.ArrayList");
    assert_eq!(
        (suspect.content_class.as_str(), suspect.content_count),
        ("com.example.Row", 40)
    );
}

#[test]
fn several_dumps_in_one_file() {
    let mut file = Hprof::new(8);
    write_leak(&mut file, 10);
    file.end_dump();
    write_leak(&mut file, 30);
    file.end_dump();
    let both = read(file.finish());
    assert_eq!(
        both.iter().map(|f| (f.dump, f.dumps_in_file)).collect::<Vec<_>>(),
        [(1, 2), (2, 2)]
    );
    assert!(both[0].objects < both[1].objects);
    let pick = |number| {
        let options = HeapOptions {
            dump: Some(number),
            ..HeapOptions::default()
        };
        read_with(file.finish(), &options)
            .iter()
            .map(|f| f.dump)
            .collect::<Vec<_>>()
    };
    assert_eq!(pick(HeapOptions::LAST), [2]);
    assert_eq!(pick(1), [1]);
    assert!(pick(3).is_empty());
}

#[test]
fn a_missing_end_is_said() {
    let mut file = Hprof::new(8);
    write_leak(&mut file, 10);
    file.end_segment();
    let facts = read(file.finish()).remove(0);
    assert!(matches!(
        facts.gaps[0].reason,
        Reason::Truncated {
            expected: "end of dump"
        }
    ));
    assert_eq!(facts.suspects.len(), 1);
}

#[test]
fn objects_behind_a_damaged_place_are_found_again() {
    let mut file = Hprof::new(8);
    write_leak(&mut file, 60);
    file.raw(&[0x77; 100]);
    for i in 0..40u64 {
        file.bytes(0x3000_0000 + i * 0x100, b"after the damage");
    }
    file.end_dump();
    let mut whole = Hprof::new(8);
    write_leak(&mut whole, 60);
    whole.end_dump();
    let (facts, undamaged) = (read(file.finish()).remove(0), read(whole.finish()).remove(0));
    assert_eq!(facts.unreachable.objects, undamaged.unreachable.objects + 40);
    assert!(facts.gaps.iter().any(|g| g.length == 100), "{:?}", facts.gaps);
}

#[test]
fn a_length_that_lies_costs_no_memory() {
    for body in [
        vec![
            0x21, 0, 0, 0, 0, 0x30, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0x10, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF,
        ],
        vec![
            0x22, 0, 0, 0, 0, 0x30, 0, 0, 0, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0x10, 0, 0, 0,
        ],
        vec![0x23, 0, 0, 0, 0, 0x30, 0, 0, 0, 0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 11],
    ] {
        let mut file = Hprof::new(8);
        write_leak(&mut file, 20);
        file.raw(&body).end_dump();
        let facts = read(file.finish()).remove(0);
        assert!(!facts.gaps.is_empty());
        assert_eq!(facts.suspects.len(), 1);
    }
    let mut file = leak_sample(8, 5);
    file.extend([0x01, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
    assert!(!read(file)[0].gaps.is_empty());
}

#[test]
fn an_unpatched_segment_length_is_repaired() {
    let mut whole = leak_sample(8, 30);
    let objects = read(whole.clone())[0].objects;
    // Nothing but the end record of nine bytes follows the segment.
    let reaches_end = |at: usize, length: u32| at + 9 + length as usize + 9 == whole.len();
    let segment = (0..whole.len() - 9)
        .find(|&at| whole[at] == 0x1C && reaches_end(at, u32::from_be_bytes(whole[at + 5..at + 9].try_into().unwrap())))
        .unwrap();
    whole[segment + 5..segment + 9].fill(0);
    let facts = read(whole).remove(0);
    assert_eq!(facts.objects, objects);
    assert!(
        facts
            .gaps
            .iter()
            .any(|g| matches!(g.reason, Reason::BadLength { stated: 0, .. }))
    );
}

#[test]
fn the_first_of_two_records_with_one_address_counts() {
    let mut file = Hprof::new(8);
    write_leak(&mut file, 20);
    file.bytes(0x1000_2080, &[0; 5000]);
    file.end_dump();
    let once = read(leak_sample(8, 20)).remove(0);
    let twice = read(file.finish()).remove(0);
    assert_eq!((once.objects, once.shallow), (twice.objects, twice.shallow));
}

#[test]
fn every_prefix_is_survived() {
    let hprof = leak_sample(4, 6);
    for end in 0..hprof.len() {
        read(hprof[..end].to_vec());
    }
    let phd = local_list_sample(6);
    for end in 0..phd.len() {
        read(phd[..end].to_vec());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn damaged_bytes_are_survived(
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        wide in any::<bool>(),
        phd in any::<bool>(),
    ) {
        let mut bytes = match (phd, wide) {
            (true, _) => local_list_sample(8),
            (false, wide) => leak_sample(if wide { 8 } else { 4 }, 8),
        };
        for (place, value) in places {
            let at = place.index(bytes.len());
            bytes[at] = value;
        }
        read(bytes);
    }
}
