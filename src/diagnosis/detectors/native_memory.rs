//! Memory outside the Java heap: direct buffers and everything else.

use crate::diagnosis::{
    detector::{Detector, found, size, words},
    pressure,
    scene::{Scene, Seen},
    themes::Theme,
    verdict::{Cause, Finding, Severity},
};
use crate::{evidence::Citation, system::SignKind, threads::DumpFacts};
use jiff::Timestamp;

/// NIO buffers beyond their limit.
pub const DIRECT: Detector = Detector {
    id: "memory.direct",
    findings: &[(
        "memory.direct",
        words("直接内存耗尽", "direct buffers reached their limit"),
    )],
    causes: &[Cause::DirectMemoryExhausted],
    explain: words(
        "查找 OutOfMemoryError: Direct buffer memory，或失败线程停在申请直接缓冲区、javacore 中 Direct Byte Buffers 为最大的本机内存项。Java 堆本身可能很空。\
         可能误判：缓冲池按设计保留内存；很少回收使缓冲区等不到释放。",
        "Looks for OutOfMemoryError: Direct buffer memory, a failing thread that asked for a direct buffer, Direct Byte Buffers as the largest native item of a javacore. The Java heap itself may be nearly empty. \
         Wrong for pools that keep memory by design, and for buffers that wait for a collection that never comes.",
    ),
    run: |scene| scene.processes().into_iter().filter_map(|p| direct(scene, p)).collect(),
};

/// malloc, address space, C heap.
pub const NATIVE: Detector = Detector {
    id: "memory.native",
    findings: &[("memory.native", words("本机内存耗尽", "native memory ran out"))],
    causes: &[Cause::NativeMemoryExhausted],
    explain: words(
        "查找本机内存分配失败：hs_err “insufficient memory”、JVMDBG001、Out of swap space、errno 12。对比 javacore 的 NATIVEMEMINFO 可知哪个组件增长。\
         可能误判：虚拟内存大而常驻内存小；线程、类、直接内存才是增长者。",
        "Looks for failed native allocations: hs_err insufficient memory, JVMDBG001, Out of swap space, errno 12. NATIVEMEMINFO of two javacores tells which component grew. \
         Wrong when the virtual size is large and the resident size small; when threads, classes or direct buffers are what grew.",
    ),
    run: |scene| scene.processes().into_iter().filter_map(|p| native(scene, p)).collect(),
};

fn direct(scene: &Scene, process: Option<usize>) -> Option<Finding> {
    let records: Vec<&Seen> = scene
        .of_process(process)
        .filter(|s| s.themes.has(Theme::OomDirect))
        .collect();
    let dumps = scene.dumps(process);
    let thrown: Option<&DumpFacts> = dumps.iter().map(|(_, d)| *d).find(|d| {
        d.event.as_deref() == Some("systhrow")
            && (pressure::is_in_direct_allocation(d)
                || d.event_detail.as_deref().is_some_and(|e| e.contains("irect buffer")))
    });
    // J9 says only "Unable to allocate N bytes"; the frames of that record tell what for.
    let unable: Vec<&Seen> = scene
        .of_process(process)
        .filter(|s| s.themes.has(Theme::Oom) && s.record.message.contains("Unable to allocate"))
        .filter(|s| {
            thrown.is_some()
                || s.record
                    .frames
                    .iter()
                    .any(|f| f.contains("DirectByteBuffer") || f.contains("allocateDirect"))
        })
        .collect();
    if records.is_empty() && unable.is_empty() && thrown.is_none() {
        return None;
    }
    let buffers = dumps
        .iter()
        .flat_map(|(_, d)| &d.native_memory)
        .filter(|(name, _)| name.contains("Direct Byte Buffers"))
        .map(|(_, b)| *b)
        .max();
    let all: Vec<&&Seen> = records.iter().chain(&unable).collect();
    let first = all.iter().filter_map(|s| s.at).min();
    let frame = all.iter().find_map(|s| s.record.own_frame.clone()).or_else(|| {
        let dump = thrown?;
        dump.threads
            .iter()
            .find(|t| Some(&t.name) == dump.current_thread.as_ref())?
            .own_frame
            .clone()
    });
    let shown = buffers.map(size).map_or_else(Default::default, |bytes| {
        (format!("（{bytes}）"), format!(" ({bytes})"))
    });
    found("memory.direct", Cause::DirectMemoryExhausted)
        .severity(Severity::Critical)
        .process(process)
        .time(earliest(first, thrown.and_then(|d| scene.dump_time(d))))
        .strength(if thrown.is_some() || buffers.is_some() { 5 } else { 4 })
        .coverage(0.9)
        .subject(frame.as_deref().map(|f| f.split('(').next().unwrap_or(f).to_owned()))
        .title(
            format!("直接缓冲区达到上限{}", shown.0),
            format!("direct buffers reached their limit{}", shown.1),
        )
        .detail(
            format!(
                "Java 堆并未用满。{}",
                frame.as_deref().map(|f| format!("申请处：{f}。")).unwrap_or_default()
            ),
            format!(
                "The Java heap was not full. {}",
                frame
                    .as_deref()
                    .map(|f| format!("Asked for at {f}."))
                    .unwrap_or_default()
            ),
        )
        .fact("records", all.len())
        .fact_opt("direct_bytes", buffers)
        .fact_opt("frame", frame)
        .cite(all.iter().take(4).map(|s| s.cite()))
        .cite(thrown.and_then(|d| d.artefact).map(Citation::artefact))
        .done()
}

fn native(scene: &Scene, process: Option<usize>) -> Option<Finding> {
    let records: Vec<&Seen> = scene
        .of_process(process)
        .filter(|s| {
            s.themes.has(Theme::OomNative)
                || (s.themes.has(Theme::OomThread) && s.record.first_line.contains("errno 12"))
        })
        .collect();
    let crash = scene
        .case
        .crashes
        .iter()
        .filter(|c| {
            c.artefact.is_none_or(|id| scene.case.is_current(id))
                && c.artefact.and_then(|id| scene.case.process_of(id)) == process
        })
        .find(|c| c.kind == "out-of-memory");
    let thrown = scene.dumps(process).into_iter().map(|(_, d)| d).find(|d| {
        let detail = d.event_detail.as_deref().unwrap_or("");
        detail.contains("native memory") || detail.contains("errno 12")
    });
    if records.is_empty() && crash.is_none() && thrown.is_none() {
        return None;
    }
    let first = records.iter().filter_map(|s| s.at).min();
    let at = earliest(
        earliest(first, crash.and_then(|c| scene.instant(c.artefact, c.time))),
        thrown.and_then(|d| scene.dump_time(d)),
    );
    let largest = thrown.and_then(|d| d.native_memory.first()).cloned();
    let wanted = crash.and_then(|c| c.failed_allocation.clone());
    let memory = scene
        .signs()
        .find(|s| matches!(&s.what, SignKind::Memory { .. } | SignKind::PagingSpace { .. }));
    found("memory.native", Cause::NativeMemoryExhausted)
        .severity(Severity::Critical)
        .process(process)
        .time(at)
        .strength(if crash.is_some() || thrown.is_some() { 5 } else { 4 })
        .coverage(0.9)
        .subject(largest.as_ref().map(|l| l.0.clone()))
        .title("操作系统拒绝了内存申请", "the system refused memory")
        .detail(
            format!(
                "{}{}",
                wanted
                    .as_ref()
                    .map(|w| format!("申请 {}，用于 {}。", size(w.0), w.1))
                    .unwrap_or_default(),
                largest
                    .as_ref()
                    .map(|l| format!("最大的本机内存项：{} {}。", l.0, size(l.1)))
                    .unwrap_or_default()
            ),
            format!(
                "{}{}",
                wanted
                    .as_ref()
                    .map(|w| format!("It asked for {} for {}. ", size(w.0), w.1))
                    .unwrap_or_default(),
                largest
                    .as_ref()
                    .map(|l| format!("Largest native item: {} {}.", l.0, size(l.1)))
                    .unwrap_or_default()
            ),
        )
        .fact("records", records.len())
        .fact_opt("asked_bytes", wanted.map(|w| w.0))
        .cite(records.iter().take(4).map(|s| s.cite()))
        .cite(crash.and_then(|c| c.citation.clone().or_else(|| c.artefact.map(Citation::artefact))))
        .cite(thrown.and_then(|d| d.artefact).map(Citation::artefact))
        .cite(memory.map(|s| s.citation.clone()))
        .done()
}

fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    [a, b].into_iter().flatten().min()
}

#[cfg(test)]
mod tests {
    use super::{DIRECT, NATIVE};
    use crate::crash::CrashFacts;
    use crate::diagnosis::testing::{Build, run_one};
    use crate::diagnosis::verdict::Cause;

    #[test]
    fn direct_buffers_are_told_from_the_heap() {
        let case = Build::new().log("10:00:00 E java.lang.OutOfMemoryError: Cannot reserve 4096 bytes of direct buffer memory (allocated: 1, limit: 2)").case();
        assert_eq!(run_one(&DIRECT, &case)[0].cause, Cause::DirectMemoryExhausted);
        assert!(
            run_one(
                &DIRECT,
                &Build::new()
                    .log("10:00:00 E java.lang.OutOfMemoryError: Java heap space")
                    .case()
            )
            .is_empty()
        );
    }

    #[test]
    fn a_refused_allocation_is_native() {
        let case = Build::new()
            .crash(CrashFacts {
                kind: "out-of-memory",
                ..CrashFacts::default()
            })
            .case();
        assert_eq!(run_one(&NATIVE, &case)[0].cause, Cause::NativeMemoryExhausted);
        let crash = Build::new()
            .crash(CrashFacts {
                kind: "signal",
                ..CrashFacts::default()
            })
            .case();
        assert!(run_one(&NATIVE, &crash).is_empty());
    }
}
