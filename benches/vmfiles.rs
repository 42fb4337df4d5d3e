//! How fast javacores, thread dumps and GC logs are read, on files made large by repeating real ones.
//!
//! Real files come from `../shared/corpus` (or `GOLDENHOUR_SHARED`); what is not there is skipped.
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use goldenhour_parsers::{gc, javacore, thread_dump};
use std::{hint::black_box, io::Read, path::PathBuf};

/// Bytes of each file.
const SIZE: usize = 48 << 20;

fn real(kind: &str, name: &str) -> Option<Vec<u8>> {
    let shared = std::env::var_os("GOLDENHOUR_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")),
        PathBuf::from,
    );
    let bytes = std::fs::read(shared.join("corpus").join(kind).join(name)).ok()?;
    if !name.ends_with(".gz") {
        return Some(bytes);
    }
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(&bytes[..])
        .read_to_end(&mut text)
        .ok()?;
    Some(text)
}

fn large(mut unit: Vec<u8>) -> Vec<u8> {
    if unit.last() != Some(&b'\n') {
        unit.push(b'\n');
    }
    unit.repeat(SIZE.div_ceil(unit.len()))
}

fn bench(c: &mut Criterion, group: &str, name: &str, text: &[u8], work: impl Fn(&[u8]) -> usize) {
    let mut group = c.benchmark_group(group);
    group.sample_size(10).throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function(name, |b| b.iter(|| work(black_box(text))));
}

fn javacores(c: &mut Criterion) {
    for (name, file) in [
        ("ibm8-liberty", "ibm8_linux_user_liberty_1.txt.gz"),
        ("openj9-21", "openj9-21_macos-x64_gpf_1.txt.gz"),
        ("classic", "ibm142_win32_sig21_weblogic_deadlock.txt"),
    ] {
        let Some(text) = real("javacore", file).map(large) else {
            continue;
        };
        bench(c, "javacore", name, &text, |t| javacore::parse(t).value.len());
    }
}

fn thread_dumps(c: &mut Criterion) {
    for (name, file) in [
        ("jdk7", "torquebox_jboss_jdk7.txt"),
        ("jmx", "tda_jdk6_jmx_3dumps.log"),
        ("jdk21", "tda_jdk21_jstack.txt"),
    ] {
        let Some(text) = real("threads", file).map(large) else {
            continue;
        };
        bench(c, "threads", name, &text, |t| thread_dump::parse(t).value.len());
    }
}

fn gc_logs(c: &mut Criterion) {
    for (name, file) in [
        ("j9-gencon", "j9_8_gencon_liberty.xml"),
        ("g1-details", "hs_g1_details_cause.log"),
        ("parallel", "hs_parallel_memoryleak.log"),
        ("cms", "hs_cms_collection_details.log"),
        ("unified-g1", "ul_17_g1.log"),
        ("unified-zgc", "ul_21_zgc_generational_datestamp_huge.txt"),
        ("classic", "j9_142_verbosegc_classic.txt.gz"),
    ] {
        let Some(text) = real("gc", file).map(large) else {
            continue;
        };
        bench(c, "gc", name, &text, |t| {
            let mut count = 0;
            gc::scan(t, &mut |_| count += 1);
            count
        });
    }
}

criterion_group!(benches, javacores, thread_dumps, gc_logs);
criterion_main!(benches);
