use super::*;

const UNIFIED: &str = "[2026-11-16T08:12:04.058+0800][0.011s][info][gc] Using G1\n\
[2026-11-16T08:12:05.058+0800][1.011s][info][gc,start] GC(0) Pause Young (Normal) (G1 Evacuation Pause)\n\
[2026-11-16T08:12:05.066+0800][1.019s][info][gc] GC(0) Pause Young (Normal) (G1 Evacuation Pause) 24M->11M(256M) 7.965ms\n\
[2026-11-16T08:12:07.066+0800][3.019s][info][gc] GC(1) Pause Full (G1 Compaction Pause) 250M->248M(256M) 79.65ms\n";

const PRINT_GC: &str = "2022-08-01T17:16:33.170+0000: 0.169: #0: [GC (Allocation Failure) 0.170: #0: [ParNew: 8678K->1081K(9792K), 0.0088699 secs] 8678K->8064K(31680K), 0.0106548 secs] [Times: user=0.02 sys=0.00, real=0.01 secs]\n\
0.777: [Full GC (System.gc()) 17M->3758K(13M), 0.0233460 secs]\n   [Eden: 18.0M(24.0M)->0.0B(5120.0K) Survivors: 0.0B->0.0B Heap: 17.2M(256.0M)->3758.6K(13.0M)]\n";

const J9: &str = "<verbosegc xmlns=\"http://www.ibm.com/j9/verbosegc\" version=\"x\">\n<initialized id=\"1\" timestamp=\"2026-01-02T03:04:00.000\">\n\
  <attribute name=\"gcPolicy\" value=\"-Xgcpolicy:gencon\" />\n  <attribute name=\"maxHeapSize\" value=\"0x40000000\" />\n</initialized>\n\
<exclusive-start id=\"2\" timestamp=\"2026-01-02T03:04:05.100\" intervalms=\"1.0\">\n  <response-info timems=\"0.015\" lastname=\"a &gt; &quot;b&quot;\" />\n</exclusive-start>\n\
<gc-end id=\"6\" type=\"scavenge\" durationms=\"15.0\" timestamp=\"2026-01-02T03:04:05.115\">\n  <mem-info id=\"7\" free=\"400\" total=\"1000\" percent=\"40\"></mem-info>\n</gc-end>\n\
<exclusive-end id=\"8\" timestamp=\"2026-01-02T03:04:05.118\" durationms=\"18.648\" />\n";

const CLASSIC: &str = "<AF[2]: Allocation Failure. need 8192 bytes, 2736 ms since last AF>\n  <GC(2): GC cycle started Wed Oct  4 12:07:19 2006\n  \
<GC(2): freed 100 bytes, 60% free (600/1000), in 36 ms>\n<AF[2]: completed in 37 ms>\n";

#[test]
fn families_are_told_by_content() {
    for (text, format) in [
        (UNIFIED, Format::Unified),
        (PRINT_GC, Format::PrintGc),
        (J9, Format::J9Xml),
        (CLASSIC, Format::J9Classic),
    ] {
        assert_eq!(detect(text.as_bytes()), Some(format));
    }
    for text in [
        "",
        "2026-01-01 00:00:00 INFO GC team met [gc]\n",
        "<?xml version=\"1.0\"?>\n<project>\n<gc/>\n</project>\n",
        "[INFO] Building GC 1.0\n[INFO] ----\n",
    ] {
        assert_eq!(detect(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn settings_of_a_j9_log() {
    let (summary, all) = parse(J9.as_bytes()).value;
    assert_eq!(
        (summary.collector, summary.heap_max, all.len()),
        ("gencon", Some(0x4000_0000), 1)
    );
    assert_eq!(all[0].line, 12);
}

#[test]
fn a_log_inside_other_output_is_read_over_its_hull() {
    let text = format!(
        "start\n{}JVMDUMP039I between\n{}end\n",
        &J9[J9.find("<exclusive-start").unwrap()..],
        J9
    );
    let sections = find_sections(text.as_bytes());
    let hull = sections.first().unwrap().start..sections.last().unwrap().end;
    let (_, all) = parse(&text.as_bytes()[hull]).value;
    assert_eq!((sections.len(), all.len()), (2, 2));
}

#[test]
fn every_prefix_and_random_damage_is_read() {
    for text in [UNIFIED, PRINT_GC, J9, CLASSIC] {
        for end in 0..=text.len() {
            parse(&text.as_bytes()[..end]);
            for range in find_sections(&text.as_bytes()[..end]) {
                assert!(range.start < range.end && range.end <= end);
            }
        }
        let mut seed = 7u32;
        for _ in 0..400 {
            let mut bytes = text.as_bytes().to_vec();
            for _ in 0..6 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = (seed >> 4) as usize % bytes.len();
                bytes[at] = (seed >> 24) as u8;
            }
            parse(&bytes);
            find_sections(&bytes);
        }
    }
}

#[test]
fn hostile_tags_do_not_hang() {
    let started = std::time::Instant::now();
    let mut text = J9.to_owned();
    text.push_str(&"<a \"".repeat(100_000));
    parse(text.as_bytes());
    parse("<exclusive-start ".repeat(50_000).as_bytes());
    parse("1.0: [GC [".repeat(50_000).as_bytes());
    assert!(started.elapsed().as_secs() < 20);
}
