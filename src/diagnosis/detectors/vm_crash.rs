//! The process died on a signal in native code or in compiled code.

use crate::diagnosis::{
    detector::{Detector, found, words},
    scene::Scene,
    verdict::{Cause, Finding, Severity},
};
use crate::{
    crash::{CrashFacts, CrashSigns, known_crashes},
    evidence::Citation,
    system::SignKind,
    threads::{DumpFacts, VmCrash},
    words::Text,
};
use jiff::Timestamp;

/// Crashes in native libraries or the VM.
pub const NATIVE: Detector = Detector {
    id: "crash.native",
    findings: &[
        (
            "crash.native",
            words("JVM 在本机代码中崩溃", "the JVM crashed in native code"),
        ),
        (
            "crash.core-dump",
            words("系统记录了 java 的 core", "the system recorded a core of java"),
        ),
    ],
    causes: &[Cause::JvmCrashNative],
    explain: words(
        "查找 hs_err 或 javacore（gpf）中的崩溃帧：位于本机库、驱动、JNI 或虚拟机自身。记录本身即为证据；同一模块多次崩溃说明是固定问题。\
         可能误判：有人用 kill -6/-11 终止；本机内存耗尽或磁盘满引起的崩溃。",
        "Looks for the crash frame in hs_err or a javacore (gpf): in a native library, driver, JNI code or the VM itself. The record is proof; the same module twice is a pattern. \
         Wrong when somebody sent kill -6/-11, or when native memory or the disk ran out first.",
    ),
    run: |scene| run(scene, false),
};

/// Crashes in the compiler or compiled code.
pub const JIT: Detector = Detector {
    id: "crash.jit",
    findings: &[(
        "crash.jit",
        words(
            "JVM 在即时编译中崩溃",
            "the JVM crashed in the compiler or compiled code",
        ),
    )],
    causes: &[Cause::JvmCrashJit],
    explain: words(
        "查找在编译线程或已编译代码中的崩溃（Current CompileTask、Compiling Method、帧字母 J、模块 j9jit）。一次即可归类；同一方法两次才建议排除该方法。\
         可能误判：每次方法都不同，多为别的本机代码破坏了内存；编译线程因内存不足而死。",
        "Looks for crashes in a compiler thread or compiled code (Current CompileTask, Compiling Method, frame letter J, module j9jit). One is enough to classify; exclude a method after two. \
         Wrong when the method differs each time (memory corrupted by other native code) or the compiler thread died for lack of memory.",
    ),
    run: |scene| run(scene, true),
};

/// One crash, from either kind of VM.
struct Crash {
    process: Option<usize>,
    at: Option<Timestamp>,
    signal: String,
    frame: Option<String>,
    module: Option<String>,
    method: Option<String>,
    thread: Option<String>,
    jit: bool,
    /// What the table of known crashes says.
    known: Option<Text>,
    citation: Citation,
}

fn run(scene: &Scene, jit: bool) -> Vec<Finding> {
    let crashes: Vec<Crash> = crashes(scene);
    let mut findings: Vec<Finding> = Vec::new();
    for crash in crashes.iter().filter(|c| c.jit == jit) {
        let same = crashes
            .iter()
            .filter(|c| c.jit == jit && c.module == crash.module && c.method == crash.method)
            .count();
        findings.extend(finding(scene, crash, same));
    }
    if !jit && crashes.is_empty() {
        findings.extend(core_dump(scene));
    }
    findings
}

fn crashes(scene: &Scene) -> Vec<Crash> {
    let current = |id| scene.case.is_current(id);
    let of_hotspot = scene
        .case
        .crashes
        .iter()
        .filter(|c| c.artefact.is_none_or(current))
        .filter_map(|c| from_hs_err(scene, c));
    let of_j9 = scene
        .all_dumps()
        .filter_map(|(_, d)| Some((d, d.crash.as_ref()?)))
        .filter_map(|(d, c)| from_javacore(scene, d, c));
    of_hotspot.chain(of_j9).collect()
}

fn from_hs_err(scene: &Scene, crash: &CrashFacts) -> Option<Crash> {
    // Out of memory and signals sent by hand are other detectors' business.
    if crash.kind == "out-of-memory" || crash.sent_by.is_some() {
        return None;
    }
    let id = crash.artefact;
    let compiler = crash
        .thread_type
        .as_deref()
        .is_some_and(|t| t.contains("CompilerThread"))
        || crash.thread.as_deref().is_some_and(|t| t.contains("CompilerThread"));
    let in_vm = matches!(crash.frame_letter, Some('V' | 'J'));
    let jit = (crash.compile_task.is_some() && (compiler || in_vm)) || crash.frame_letter == Some('J');
    let method = crash
        .compile_task
        .clone()
        .or_else(|| crash.frame.clone().filter(|_| jit));
    Some(Crash {
        process: id.and_then(|id| scene.case.process_of(id)),
        at: scene.instant(id, crash.time),
        signal: crash.signal.clone().unwrap_or_else(|| crash.kind.to_owned()),
        frame: crash.frame.clone(),
        module: crash.guilty_module.clone().or_else(|| crash.module.clone()),
        method: method.filter(|_| jit),
        thread: crash.thread.clone(),
        jit,
        known: crash.known.first().map(|k| k.words.clone()),
        citation: crash.citation.clone().or_else(|| id.map(Citation::artefact))?,
    })
}

fn from_javacore(scene: &Scene, dump: &DumpFacts, crash: &VmCrash) -> Option<Crash> {
    let id = dump.artefact?;
    let in_jit = crash.module.as_deref().is_some_and(|m| m.contains("j9jit"));
    let jit = in_jit || crash.compiling.is_some();
    Some(Crash {
        process: scene.case.process_of(id),
        at: scene.dump_time(dump),
        signal: crash
            .signal
            .clone()
            .unwrap_or_else(|| dump.event.clone().unwrap_or_default()),
        frame: crash.frame.clone(),
        module: crash.module.clone(),
        method: crash.compiling.clone(),
        thread: crash.thread.clone(),
        jit,
        known: known_crashes(&CrashSigns {
            module: crash.module.as_deref(),
            frame: crash.frame.as_deref(),
            message: crash.signal.as_deref().unwrap_or_default(),
            thread: crash.thread.as_deref(),
        })
        .first()
        .map(|k| k.words.clone()),
        citation: Citation::line(id, crash.line, crash.module.clone().unwrap_or_default()),
    })
}

fn finding(scene: &Scene, crash: &Crash, same: usize) -> Option<Finding> {
    let module = crash.module.clone().unwrap_or_default();
    let module = module.rsplit('/').next().unwrap_or(&module).to_owned();
    let known = crash.known.as_ref();
    let place = crash.method.clone().unwrap_or_else(|| module.clone());
    let (id, cause) = if crash.jit {
        ("crash.jit", Cause::JvmCrashJit)
    } else {
        ("crash.native", Cause::JvmCrashNative)
    };
    let cores = scene.signs().filter(|s| matches!(&s.what, SignKind::CoreDump { program, .. } if program.contains("java") || program.starts_with("http-") || program.starts_with("WebContainer")));
    found(id, cause)
        .severity(Severity::Critical)
        .process(crash.process)
        .time(crash.at)
        .strength(5)
        .coverage(1.0)
        .subject(Some(place.clone()))
        .title(
            format!("JVM 因 {} 崩溃于 {place}", crash.signal),
            format!("the JVM crashed with {} in {place}", crash.signal),
        )
        .detail(
            format!(
                "崩溃帧：{}。线程：{}。同样的崩溃 {same} 次。{}",
                crash.frame.as_deref().unwrap_or("未知"),
                crash.thread.as_deref().unwrap_or("未知"),
                known.map(|k| format!("{}。", k.zh)).unwrap_or_default()
            ),
            format!(
                "Frame: {}. Thread: {}. Same crash {same} times.{}",
                crash.frame.as_deref().unwrap_or("unknown"),
                crash.thread.as_deref().unwrap_or("unknown"),
                known.map(|k| format!(" Known: {}.", k.en)).unwrap_or_default()
            ),
        )
        .fact("signal", crash.signal.clone())
        .fact_opt("module", (!module.is_empty()).then_some(module))
        .fact_opt("frame", crash.frame.clone())
        .fact_opt("method", crash.method.clone())
        .fact_opt("thread", crash.thread.clone())
        .fact("same_crashes", same)
        .cite([crash.citation.clone()])
        .cite(cores.map(|s| s.citation.clone()))
        .done()
}

/// Only the system noticed: a core of java, no report of the VM.
fn core_dump(scene: &Scene) -> Option<Finding> {
    let pids: Vec<u64> = scene.case.processes.iter().filter_map(|p| p.pid).collect();
    let sign = scene.signs().find(|s| match &s.what {
        SignKind::CoreDump { program, pid, .. } => program.contains("java") || pid.is_some_and(|p| pids.contains(&p)),
        _ => false,
    })?;
    found("crash.core-dump", Cause::JvmCrashNative)
        .severity(Severity::Critical)
        .time(scene.sign_time(sign))
        .strength(4)
        .coverage(0.8)
        .title(
            "系统记录了 java 进程的 core，但没有虚拟机的崩溃报告",
            "the system recorded a core of java; there is no crash report of the VM",
        )
        .detail(
            "请取回 core、javacore 或 hs_err 文件以确定模块。",
            "Fetch the core, javacore or hs_err file to name the module.",
        )
        .cite([sign.citation.clone()])
        .done()
}

#[cfg(test)]
mod tests {
    use super::{JIT, NATIVE};
    use crate::crash::CrashFacts;
    use crate::diagnosis::testing::{Build, run_one};
    use crate::diagnosis::verdict::Cause;

    fn crash() -> CrashFacts {
        CrashFacts {
            kind: "signal",
            signal: Some("SIGSEGV".into()),
            frame: Some("C  [libcard.so+0x12]".into()),
            frame_letter: Some('C'),
            module: Some("libcard.so".into()),
            ..CrashFacts::default()
        }
    }

    #[test]
    fn a_native_frame_is_a_native_crash() {
        let case = Build::new().crash(crash()).case();
        let findings = run_one(&NATIVE, &case);
        assert_eq!(
            (findings[0].cause, findings[0].subject.as_deref()),
            (Cause::JvmCrashNative, Some("libcard.so"))
        );
        assert!(run_one(&JIT, &case).is_empty());
    }

    #[test]
    fn a_compile_task_in_a_compiler_thread_is_the_jit() {
        let jit = CrashFacts {
            frame_letter: Some('V'),
            thread_type: Some("CompilerThread".into()),
            compile_task: Some("a.B::c".into()),
            ..crash()
        };
        let case = Build::new().crash(jit).case();
        assert_eq!(run_one(&JIT, &case)[0].cause, Cause::JvmCrashJit);
        assert!(run_one(&NATIVE, &case).is_empty());
    }

    #[test]
    fn a_signal_sent_by_hand_is_no_crash() {
        let case = Build::new()
            .crash(CrashFacts {
                sent_by: Some(77),
                ..crash()
            })
            .case();
        assert!(run_one(&NATIVE, &case).is_empty());
    }
}
