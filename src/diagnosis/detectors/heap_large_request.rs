//! One request or job allocates more than the heap holds.

use crate::diagnosis::{
    detector::{Detector, found, percent, rounded, size, words},
    pressure::{self, Pressure, Trend},
    scene::Scene,
    themes::Theme,
    verdict::{Cause, Finding, Severity},
};
use crate::{
    evidence::Citation,
    heap::{HeapFacts, Suspect, SuspectKind},
    threads::ThreadInfo,
};

/// The detector.
pub const DETECTOR: Detector = Detector {
    id: "heap.large-request",
    findings: &[
        (
            "heap.large-request",
            words("单次请求占用了堆的大部分", "one request holds most of the heap"),
        ),
        (
            "heap.sudden-fill",
            words("堆在短时间内被占满", "the heap filled within a short time"),
        ),
        (
            "heap.huge-array",
            words("一次申请的数组过大", "one array was larger than the VM allows"),
        ),
    ],
    causes: &[Cause::HeapLargeRequest],
    explain: words(
        "查找一次请求或作业构造出的巨大对象图：堆转储中一个线程的局部变量支配了堆的较大部分，或申请了超大数组。该请求结束后内存即回落，泄漏不会。\
         典型来源：不分页的查询、导出、报表、上传。可能误判：报错之前堆就已接近用满（那是泄漏或堆过小）。",
        "Looks for a huge object graph built by one request or job: in the heap dump the locals of one thread dominate a large part of the heap, or a huge array was asked for. \
         When that request ends memory falls back; a leak does not. Typical: unpaged query, export, report, upload. Wrong when the heap was nearly full before (leak or small heap).",
    ),
    run,
};

fn run(scene: &Scene) -> Vec<Finding> {
    let mut findings = Vec::new();
    for pressure in pressure::of(scene) {
        let heap = pressure::telling_heap(scene, pressure.process);
        match heap.and_then(|heap| Some((heap, biggest_local(scene, heap)?))) {
            Some((heap, suspect)) => findings.extend(by_heap(scene, heap, suspect, &pressure)),
            None if heap.is_none() => findings.extend(by_curve(scene, &pressure)),
            None => {}
        }
    }
    findings.extend(huge_arrays(scene));
    findings
}

/// The thread whose locals hold most, when it stands out among its peers.
fn biggest_local<'a>(scene: &Scene, heap: &'a HeapFacts) -> Option<&'a Suspect> {
    let mut locals = heap.suspects.iter().filter(|s| s.kind == SuspectKind::Thread);
    let first = locals.next()?;
    let peers: Vec<u64> = locals.map(|s| s.retained).collect();
    let object = heap
        .suspects
        .iter()
        .find(|s| matches!(s.kind, SuspectKind::Object | SuspectKind::Group));
    let stands_out = peers.len() < 3 || peers.iter().filter(|p| **p > first.retained / 5).count() * 2 <= peers.len();
    let leads = object.is_none_or(|o| o.retained <= first.retained);
    (first.share >= scene.limits.large_request_share && stands_out && leads).then_some(first)
}

fn by_heap(scene: &Scene, heap: &HeapFacts, suspect: &Suspect, pressure: &Pressure) -> Option<Finding> {
    let proven = suspect.share >= scene.limits.leak_share_proof && pressure.out_of_memory && pressure::is_whole(heap);
    let thread = suspect
        .thread
        .clone()
        .or_else(|| failing_thread(pressure).map(|t| t.name.clone()));
    let frame = suspect
        .thread
        .as_ref()
        .and_then(|name| heap.threads.iter().find(|t| t.name.as_ref() == Some(name)))
        .and_then(|t| own_frame(&t.frames))
        .or_else(|| failing_thread(pressure).and_then(|t| t.own_frame.clone()));
    let (share, bytes) = (percent(suspect.share), size(suspect.retained));
    let who = thread.clone().unwrap_or_else(|| suspect.holder_class.clone());
    found("heap.large-request", Cause::HeapLargeRequest)
        .severity(Severity::Critical)
        .process(pressure.process)
        .time(pressure.began)
        .strength(if proven { 5 } else { 4 })
        .coverage(suspect.share.max(0.5))
        .subject(
            frame
                .clone()
                .map(|f| method(&f))
                .or_else(|| Some(suspect.content_class.clone())),
        )
        .title(
            format!("线程 {who} 的局部变量占有 {bytes}（可达堆的 {share}）"),
            format!("locals of thread {who} hold {bytes} ({share} of the live heap)"),
        )
        .detail(
            format!(
                "{} 中有 {} 个 {}。{}",
                suspect.accumulator_class,
                suspect.content_count,
                suspect.content_class,
                frame.as_deref().map(|f| format!("位置：{f}。")).unwrap_or_default()
            ),
            format!(
                "{} holds {} of {}. {}",
                suspect.accumulator_class,
                suspect.content_count,
                suspect.content_class,
                frame.as_deref().map(|f| format!("At {f}.")).unwrap_or_default()
            ),
        )
        .fact_opt("thread", thread)
        .fact_opt("frame", frame)
        .fact("accumulator_class", suspect.accumulator_class.clone())
        .fact("content_class", suspect.content_class.clone())
        .fact("content_count", suspect.content_count)
        .fact("retained_bytes", suspect.retained)
        .fact("share", rounded(suspect.share))
        .cite(heap.artefact.map(|id| Citation {
            object: suspect.accumulator.or(suspect.holder),
            ..Citation::artefact(id)
        }))
        .cite(pressure.evidence.iter().cloned())
        .done()
}

fn failing_thread<'a>(pressure: &Pressure<'a>) -> Option<&'a ThreadInfo> {
    let javacore = pressure.javacore?;
    javacore
        .threads
        .iter()
        .find(|t| Some(&t.name) == javacore.current_thread.as_ref())
}

fn own_frame(frames: &[String]) -> Option<String> {
    const LIBRARY: [&str; 12] = [
        "java.",
        "javax.",
        "jakarta.",
        "sun.",
        "jdk.",
        "com.sun.",
        "com.ibm.",
        "org.apache.",
        "org.eclipse.",
        "org.postgresql.",
        "oracle.",
        "org.springframework.",
    ];
    frames
        .iter()
        .find(|f| !LIBRARY.iter().any(|p| f.starts_with(p)))
        .cloned()
}

fn method(frame: &str) -> String {
    frame.split('(').next().unwrap_or(frame).to_owned()
}

/// Without a usable heap dump: the curve jumped, while one thread allocated.
fn by_curve(scene: &Scene, pressure: &Pressure) -> Option<Finding> {
    let long = pressure.recovered && pressure.pressed_s.is_some_and(|s| s >= 60.0);
    if pressure.trend != Trend::Sudden || !pressure.out_of_memory || pressure.many_requests || long {
        return None;
    }
    let thread = failing_thread(pressure);
    let record = scene
        .of_process(pressure.process)
        .find(|s| s.themes.has(crate::diagnosis::themes::Theme::OomHeap) && s.record.own_frame.is_some());
    let frame = thread
        .and_then(|t| t.own_frame.clone())
        .or_else(|| record.and_then(|s| s.record.own_frame.clone()));
    let place = frame.as_deref().map(|f| format!("，内存不足时在 {}", method(f)));
    let place_en = frame.as_deref().map(|f| format!("; out of memory in {}", method(f)));
    let (place, place_en) = (place.unwrap_or_default(), place_en.unwrap_or_default());
    found("heap.sudden-fill", Cause::HeapLargeRequest)
        .severity(Severity::Critical)
        .process(pressure.process)
        .time(pressure.began)
        .strength(if pressure.recovered { 4 } else { 3 })
        .coverage(0.6)
        .subject(frame.as_deref().map(method))
        .title(
            format!("堆从低位在短时间内被占满{place}"),
            format!("the heap went from low to full within a short time{place_en}"),
        )
        .detail(
            "此前回收后的占用平稳，随后突然升高：像是一次大请求，而不是泄漏。",
            "Until then heap use after collections was level, then it jumped: one large request rather than a leak.",
        )
        .fact_opt("thread", thread.map(|t| t.name.clone()))
        .fact_opt("frame", frame)
        .cite(pressure.evidence.iter().cloned())
        .done()
}

fn huge_arrays(scene: &Scene) -> Option<Finding> {
    let records: Vec<_> = scene.about(&[Theme::OomArray]).collect();
    let first = records.first()?;
    found("heap.huge-array", Cause::HeapLargeRequest)
        .process(first.process)
        .time(first.began)
        .strength(4)
        .coverage(scene.share_of_errors(&[Theme::OomArray]))
        .subject(first.record.own_frame.as_deref().map(method))
        .title(
            "请求的数组长度超过虚拟机上限",
            "an array longer than the VM allows was asked for",
        )
        .detail(
            "多为一次读入整个文件或结果集。",
            "Mostly a whole file or result set read at once.",
        )
        .fact("records", records.len())
        .cite(records.iter().map(|s| s.cite()))
        .done()
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{Build, run_one};
    use crate::diagnosis::verdict::Cause;
    use crate::heap::{Suspect, SuspectKind};

    fn local(share: f64) -> Suspect {
        Suspect {
            kind: SuspectKind::Thread,
            thread: Some("worker-1".to_owned()),
            holder_class: "java.lang.Thread".to_owned(),
            accumulator_class: "java.util.ArrayList".to_owned(),
            content_class: "a.Row".to_owned(),
            retained: (share * 1e6) as u64,
            share,
            ..Suspect::default()
        }
    }

    const OOM: &str = "10:00:00 E java.lang.OutOfMemoryError: Java heap space";

    #[test]
    fn locals_that_fill_the_heap_are_a_large_request() {
        let case = Build::new().log(OOM).heap(vec![local(0.7)]).case();
        let findings = run_one(&super::DETECTOR, &case);
        assert_eq!((findings[0].cause, findings[0].strength), (Cause::HeapLargeRequest, 5));
    }

    #[test]
    fn many_threads_alike_are_load_not_one_request() {
        let case = Build::new()
            .log(OOM)
            .heap(vec![local(0.12), local(0.11), local(0.11), local(0.11), local(0.1)])
            .case();
        assert!(run_one(&super::DETECTOR, &case).is_empty());
    }

    #[test]
    fn a_larger_static_holder_leads() {
        let holder = Suspect {
            kind: SuspectKind::Object,
            retained: 900_000,
            share: 0.6,
            ..local(0.6)
        };
        let case = Build::new().log(OOM).heap(vec![holder, local(0.15)]).case();
        assert!(run_one(&super::DETECTOR, &case).is_empty());
    }
}
