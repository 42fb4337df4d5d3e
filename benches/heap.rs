//! The heap engine over a made dump: whole analysis, and the class histogram alone.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use goldenhour::{
    evidence::{Artefact, ArtefactId, Content},
    heap::{HeapOptions, analyse},
};
use goldenhour_parsers::Kind;
use goldenhour_synth::{hprof::leak_sample, phd::local_list_sample};
use std::hint::black_box;

fn heap(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("heap");
    group.sample_size(10);
    for (name, bytes) in [("hprof", leak_sample(8, 100_000)), ("phd", local_list_sample(100_000))] {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        let artefact = Artefact::new(ArtefactId(1), name, Kind::Hprof, Content::new(bytes));
        group.bench_function(name, |b| {
            b.iter(|| black_box(analyse(&artefact, &HeapOptions::default())));
        });
        let histogram_only = HeapOptions {
            histogram_only: true,
            ..HeapOptions::default()
        };
        group.bench_function(format!("{name}-histogram"), |b| {
            b.iter(|| black_box(analyse(&artefact, &histogram_only)));
        });
    }
    group.finish();
}

criterion_group!(benches, heap);
criterion_main!(benches);
