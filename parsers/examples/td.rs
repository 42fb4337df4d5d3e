//! scratch
fn main() {
    for f in std::env::args().skip(1) {
        let b = std::fs::read(&f).unwrap();
        let p = goldenhour_parsers::thread_dump::parse(&b);
        println!("{f}: {} dumps {} gaps", p.value.len(), p.gaps.len());
        for d in &p.value {
            println!(
                "   {:?} t={} java={} complete={} dl={} time={:?} vm={:?} line={} range={:?} heap={:?}",
                d.format,
                d.threads.len(),
                d.threads.iter().filter(|t| !t.frames.is_empty()).count(),
                d.complete,
                d.deadlocks.len(),
                d.time,
                d.vm,
                d.line,
                d.range,
                d.heap
            );
        }
        for g in p.gaps.iter().take(5) {
            println!("   gap {g:?}");
        }
    }
}
