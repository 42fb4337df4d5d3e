//! A small HotSpot thread dump.

use std::fmt::Write;

/// One thread of a dump.
#[derive(Debug, Clone, Default)]
pub struct Thread {
    /// Name.
    pub name: String,
    /// Words of the header, e.g. `waiting for monitor entry`.
    pub words: &'static str,
    /// Line `java.lang.Thread.State:`, e.g. `BLOCKED (on object monitor)`; empty for a VM thread.
    pub state: &'static str,
    /// Lines of the stack without indentation, `at …` and `- …`.
    pub stack: Vec<String>,
    /// CPU milliseconds.
    pub cpu_ms: f64,
}

/// A whole dump.
#[derive(Debug, Clone, Default)]
pub struct Dump {
    /// Line before the start, e.g. `2026-11-20 10:31:22`.
    pub time: String,
    /// Seconds since the start of the VM.
    pub elapsed_s: f64,
    /// Threads in file order.
    pub threads: Vec<Thread>,
    /// Lines of a deadlock report, from `"A":` on.
    pub deadlock: Vec<String>,
}

impl Thread {
    /// A thread that waits for a monitor and holds others.
    pub fn blocked(name: &str, frame: &str, waits_for: u64, holds: &[u64]) -> Self {
        let mut stack = vec![
            format!("at {frame}"),
            format!("- waiting to lock <{waits_for:#018x}> (a com.acme.Lock)"),
        ];
        stack.extend(holds.iter().map(|h| format!("- locked <{h:#018x}> (a com.acme.Lock)")));
        Self {
            name: name.into(),
            words: "waiting for monitor entry",
            state: "BLOCKED (on object monitor)",
            stack,
            cpu_ms: 1.0,
        }
    }

    /// A worker that waits for work.
    pub fn idle(name: &str) -> Self {
        let stack = [
            "at jdk.internal.misc.Unsafe.park(java.base@17.0.15/Native Method)",
            "- parking to wait for  <0x00000000fcd00a78> (a java.util.concurrent.locks.AbstractQueuedSynchronizer$ConditionObject)",
            "at java.util.concurrent.locks.LockSupport.park(java.base@17.0.15/LockSupport.java:341)",
            "at java.util.concurrent.LinkedBlockingQueue.take(java.base@17.0.15/LinkedBlockingQueue.java:435)",
            "at java.util.concurrent.ThreadPoolExecutor.getTask(java.base@17.0.15/ThreadPoolExecutor.java:1062)",
            "at java.lang.Thread.run(java.base@17.0.15/Thread.java:840)",
        ];
        Self {
            name: name.into(),
            words: "waiting on condition",
            state: "WAITING (parking)",
            stack: stack.iter().map(|s| (*s).to_owned()).collect(),
            cpu_ms: 1.0,
        }
    }

    /// A thread that runs the given frames.
    pub fn running(name: &str, frames: &[&str], cpu_ms: f64) -> Self {
        Self {
            name: name.into(),
            words: "runnable",
            state: "RUNNABLE",
            stack: frames.iter().map(|f| format!("at {f}")).collect(),
            cpu_ms,
        }
    }
}

/// Text of a dump as JDK 17 writes it.
pub fn hotspot(dump: &Dump) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", dump.time);
    let _ = writeln!(
        out,
        "Full thread dump OpenJDK 64-Bit Server VM (17.0.15+6 mixed mode, sharing):\n"
    );
    let _ = writeln!(
        out,
        "Threads class SMR info:\n_java_thread_list=0x00007f0b7403b850, length={}, elements={{",
        dump.threads.len()
    );
    let _ = writeln!(out, "0x00007f0b7403b850, 0x00007f0b7403b851\n}}\n");
    for (number, thread) in dump.threads.iter().enumerate() {
        let (name, words) = (&thread.name, thread.words);
        let id = number + 1;
        let _ = writeln!(
            out,
            "\"{name}\" #{id} daemon prio=5 os_prio=0 cpu={:.2}ms elapsed={:.2}s tid={:#018x} nid={:#x} {words}  [0x00007f436c019000]",
            thread.cpu_ms,
            dump.elapsed_s,
            0x7f43_6c01_94d0_u64 + id as u64 * 0x100,
            0x1000 + id,
        );
        let _ = writeln!(out, "   java.lang.Thread.State: {}", thread.state);
        for line in &thread.stack {
            let _ = writeln!(out, "\t{line}");
        }
        out.push('\n');
    }
    let _ = writeln!(
        out,
        "\"VM Thread\" os_prio=0 cpu=43.97ms elapsed={:.2}s tid=0x00007f436c054de0 nid=0xeda runnable  \n",
        dump.elapsed_s
    );
    out.push_str("JNI global refs: 14, weak refs: 0\n\n");
    if !dump.deadlock.is_empty() {
        out.push_str("\nFound one Java-level deadlock:\n=============================\n");
        for line in &dump.deadlock {
            let _ = writeln!(out, "{line}");
        }
        out.push_str("\nFound 1 deadlock.\n\n");
    }
    out
}
