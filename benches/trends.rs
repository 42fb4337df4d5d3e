//! Trends over a synthetic decade of incidents: counting, listing, finding, remembering.
//!
//! `GOLDENHOUR_BENCH_INCIDENTS` sets how many there are (default 100,000; the requirement speaks of 1,000,000).
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench")]
#![allow(missing_docs, reason = "criterion's macros make undocumented items")]

use criterion::{Criterion, criterion_group, criterion_main};
use goldenhour::store::{Entry, Filter, Length, Store};
use jiff::{Timestamp, tz::Offset};
use serde_json::json;
use std::{hint::black_box, time::Instant};

const CAUSES: [&str; 8] = [
    "heap-leak",
    "deadlock",
    "pool-exhaustion",
    "downstream-slow",
    "thread-exhaustion",
    "disk-full",
    "host-overload",
    "lock-contention",
];

/// The `n`th incident of many, spread over ten years, 40 sites, 120 servers and 4,000 kinds.
fn entry(n: u64, many: u64) -> Entry {
    let random = n.wrapping_mul(6_364_136_223_846_793_005).rotate_left(29) >> 8;
    let at = |seconds: u64| {
        let from = 1_450_000_000 + n * 315_000_000 / many;
        Timestamp::from_second((from + seconds) as i64).unwrap().to_string()
    };
    let onset = at(0);
    let priority = ["critical", "serious", "general"][(random % 3) as usize];
    let status = if random.is_multiple_of(20) {
        "none"
    } else {
        "determined"
    };
    let cause = CAUSES[(random % 8) as usize];
    let report = json!({
        "schema": "goldenhour.report/1",
        "incident": {"id": format!("{:016x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)), "site": format!("site {}", random % 40),
                     "onset": onset, "priority": priority,
                     "due": {"response": at(1_800), "workaround": at(3_600), "resolution": at(43_200)}},
        "verdict": {"status": status, "cause": cause, "confidence": "high",
                    "fingerprint": format!("{cause}:a.b.C{}", random % 500), "headline": {"zh": "结论", "en": "verdict"}},
        "processes": [{"id": "p1", "name": format!("server{}", random % 60)}, {"id": "p2", "name": format!("app{}", random % 7)}],
        "pools": [{"process": "p1", "name": "WebContainer", "size": 50, "busy": random % 50}]
    });
    let line = json!({"report": report, "restored_at": at(random % 9_000), "set_at": at(9_000)});
    Entry::new(&line, &onset).unwrap()
}

fn trends(c: &mut Criterion) {
    let many = std::env::var("GOLDENHOUR_BENCH_INCIDENTS").ok();
    let many = many.and_then(|n| n.parse().ok()).unwrap_or(100_000_u64);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("incidents.db");
    let started = Instant::now();
    let mut store = Store::open(&path).unwrap();
    store.import((0..many).map(|n| Ok(entry(n, many)))).unwrap();
    let held = store.holdings().unwrap();
    println!(
        "{} incidents imported in {:.1} s, file {} MB",
        held.incidents,
        started.elapsed().as_secs_f64(),
        held.file_bytes >> 20
    );
    let mut group = c.benchmark_group(format!("{many} incidents"));
    group.sample_size(10);
    let china = Offset::constant(8);
    for (name, length) in [("week", Length::Week), ("month", Length::Month), ("year", Length::Year)] {
        group.bench_function(format!("trends by {name}"), |b| {
            b.iter(|| black_box(store.trends(&Filter::default(), length, china).unwrap()));
        });
    }
    let site = Filter {
        site: Some("site 7".to_owned()),
        ..Filter::default()
    };
    group.bench_function("trends of one site", |b| {
        b.iter(|| black_box(store.trends(&site, Length::Month, china).unwrap()));
    });
    group.bench_function("seen before", |b| {
        b.iter(|| black_box(store.seen_before("deadlock:a.b.C7", "x", None).unwrap()));
    });
    group.bench_function("find and list 100", |b| {
        b.iter(|| {
            black_box(store.find("9e37").unwrap());
            black_box(store.list(Some(100)).unwrap())
        });
    });
    group.finish();
}

criterion_group!(benches, trends);
criterion_main!(benches);
