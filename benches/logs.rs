//! How fast logs are read: records alone, and the whole analysis.
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use goldenhour::{
    evidence::{Artefact, ArtefactId, Content},
    logs::{LogOptions, analyse},
};
use goldenhour_parsers::{
    Kind,
    log::{LogFormat, Records},
};
use goldenhour_synth::log::{LogLayout, log};
use std::hint::black_box;

fn logs(c: &mut Criterion) {
    for (name, layout) in [
        ("websphere", LogLayout::WebSphere),
        ("log4j", LogLayout::Log4j),
        ("weblogic", LogLayout::WebLogic),
        ("access", LogLayout::Access),
    ] {
        let text = log(layout, 100_000);
        let mut group = c.benchmark_group(name);
        group.sample_size(10).throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function("records", |b| {
            b.iter(|| {
                let format = LogFormat::detect(text.as_bytes(), None);
                Records::new(black_box(text.as_bytes()), &format, 1, &[]).count()
            });
        });
        let artefact = Artefact::new(
            ArtefactId(1),
            "x.log",
            Kind::Log,
            Content::new(text.clone().into_bytes()),
        );
        group.bench_function("analyse", |b| {
            b.iter(|| analyse(black_box(&artefact), &LogOptions::default()))
        });
        group.finish();
    }
}

criterion_group!(benches, logs);
criterion_main!(benches);
