//! Facts of javacores.

use super::{
    facts::{DumpFacts, DumpLoader, LockKind, LockRef, ThreadInfo, ThreadState, VmCrash},
    locks::{self, Reported, is_exclusive, lock},
    process,
};
use crate::evidence::Artefact;
use goldenhour_parsers::javacore::{self, Crash, Javacore, NativeMemory, Thread, ThreadName, WaitKind};
use std::collections::HashMap;

/// Every javacore of the artefact; most hold one.
pub(super) fn read(artefact: &Artefact) -> Vec<DumpFacts> {
    let parsed = javacore::parse(artefact.bytes());
    let mut gaps = parsed.gaps;
    for gap in &mut gaps {
        gap.offset = gap.offset.saturating_add(artefact.offset);
    }
    let mut dumps: Vec<DumpFacts> = parsed
        .value
        .into_iter()
        .zip(0..)
        .map(|(core, index)| facts(artefact, core, index))
        .collect();
    if let Some(last) = dumps.last_mut() {
        last.gaps = gaps;
    }
    dumps
}

fn facts(artefact: &Artefact, core: Javacore, index: u32) -> DumpFacts {
    let first_line = artefact.first_line;
    let relations = Relations::new(&core);
    let threads = core
        .threads
        .iter()
        .zip(0..)
        .map(|(t, at)| thread(t, at, &relations, first_line))
        .collect::<Vec<_>>();
    let reported = core.deadlocks.iter().map(|chain| reported(chain)).collect();
    let unknown_owners = relations.unknown_owners;
    let title = core.title;
    let env = core.environment;
    let current = core.current.and_then(|at| core.threads.get(at));
    let mut facts = DumpFacts {
        artefact: Some(artefact.id),
        index,
        time: title.time,
        format: "javacore",
        pid: env
            .pid
            .or_else(|| process::pid_of_name(artefact.file_name()))
            .or_else(|| process::pid_of_name(title.file_name.as_deref()?)),
        started: env.started,
        event_detail: detail(title.detail, title.message),
        process_name: process::name(env.command_line.as_deref(), &env.options),
        host: env.host_name,
        thread_count: threads.len() as u64,
        with_java_stack: threads.iter().filter(|t| !t.frames.is_empty()).count() as u64,
        virtual_threads: core.threads.iter().filter(|t| t.is_virtual).count() as u64,
        heap_max: process::max_heap(&env.options),
        heap_free: core.heap.free,
        heap_used: core.heap.used,
        gc_policy: process::gc_policy(&env.options, &core.heap.spaces),
        current_thread: current.map(|t| t.name.clone()),
        complete: core.complete,
        consistent: title.inconsistent.is_none(),
        crash: core.host.crash.map(|crash| {
            vm_crash(
                crash,
                core.host.os.as_deref(),
                title.event.as_deref(),
                current,
                first_line,
            )
        }),
        event: title.event,
        vm: env.java_version,
        native_memory: native_memory(&core.native_memory),
        class_loaders: core
            .loaders
            .into_iter()
            .map(|l| DumpLoader {
                class: l.class,
                object: l.address,
                classes: l.classes,
            })
            .collect(),
        limits: env.limits.into_iter().map(|l| (l.name, l.soft, l.hard)).collect(),
        vm_options: env.options,
        threads,
        ..DumpFacts::default()
    };
    super::judge(&mut facts);
    locks::solve(&mut facts, reported, &unknown_owners, first_line);
    facts
}

fn detail(detail: Option<String>, message: Option<String>) -> Option<String> {
    let detail = detail?.replace('/', ".");
    Some(match message {
        Some(message) if !message.is_empty() => format!("{detail}: {message}"),
        _ => detail,
    })
}

/// Who waits for what that whom belongs to, from the lines of waiters and from the list of monitors.
struct Relations {
    waits: Vec<Option<LockRef>>,
    holds: Vec<Vec<LockRef>>,
    /// Owners that are no thread of the dump any more, by lock address.
    unknown_owners: HashMap<u64, String>,
}

/// Finds threads by the VM's structure, else by name.
struct Index<'a> {
    by_id: HashMap<u64, usize>,
    by_name: HashMap<&'a str, usize>,
}

impl Index<'_> {
    fn find(&self, name: &ThreadName) -> Option<usize> {
        match name.vm_id {
            Some(id) => self.by_id.get(&id).copied(),
            None => self.by_name.get(name.name.as_str()).copied(),
        }
    }
}

impl Relations {
    fn new(core: &Javacore) -> Self {
        let enumerated = || core.threads.iter().enumerate();
        let index = Index {
            by_id: enumerated().filter_map(|(at, t)| Some((t.vm_id?, at))).collect(),
            by_name: enumerated().map(|(at, t)| (t.name.as_str(), at)).collect(),
        };
        let mut relations = Self {
            waits: vec![None; core.threads.len()],
            holds: vec![Vec::new(); core.threads.len()],
            unknown_owners: HashMap::new(),
        };
        for (at, thread) in enumerated() {
            relations.thread(at, thread, &index);
        }
        for monitor in &core.monitors {
            let found = lock(&monitor.class, monitor.address, LockKind::Monitor);
            let owner = monitor.owner.as_ref().and_then(|o| index.find(o));
            match (owner, &monitor.owner) {
                (Some(owner), _) => relations.hold(owner, found.clone()),
                (None, Some(owner)) => _ = relations.unknown_owners.insert(found.address, owner.name.clone()),
                (None, None) => {}
            }
            for waiter in monitor.entering.iter().filter_map(|w| index.find(w)) {
                relations.wait(waiter, found.clone());
            }
            // The classic VM lists a thread that waits to enter a flat lock here; one in `Object.wait` is idle.
            for waiter in monitor.notified.iter().filter_map(|w| index.find(w)) {
                let is_in_wait = core.threads.get(waiter).is_none_or(|t| {
                    t.wait.is_some() || t.frames.first().is_none_or(|f| f.starts_with("java.lang.Object.wait"))
                });
                if !is_in_wait && owner.is_some_and(|owner| owner != waiter) {
                    relations.wait(waiter, found.clone());
                }
            }
        }
        relations
    }

    fn thread(&mut self, at: usize, thread: &Thread, index: &Index<'_>) {
        let waits_on = thread
            .wait
            .as_ref()
            .filter(|w| w.kind == WaitKind::Waiting)
            .map(|w| w.address);
        for (_, class, address) in &thread.entered {
            // `Object.wait` gave it back.
            if Some(*address) != waits_on {
                self.hold(at, lock(class, *address, LockKind::Monitor));
            }
        }
        let Some(wait) = &thread.wait else { return };
        let kind = match wait.kind {
            _ if wait.class_init => LockKind::ClassInit,
            WaitKind::Blocked => LockKind::Monitor,
            WaitKind::Parked if wait.owner.is_some() || is_exclusive(&wait.class) => LockKind::Synchronizer,
            WaitKind::Parked | WaitKind::Waiting => return,
        };
        let found = lock(&wait.class, wait.address, kind);
        if let Some(owner) = &wait.owner {
            match index.find(owner) {
                Some(owner) if owner != at => self.hold(owner, found.clone()),
                Some(_) => {}
                None => _ = self.unknown_owners.insert(wait.address, owner.name.clone()),
            }
        }
        self.wait(at, found);
    }

    fn hold(&mut self, at: usize, found: LockRef) {
        if let Some(holds) = self.holds.get_mut(at)
            && !holds.iter().any(|l| l.address == found.address)
        {
            holds.push(found);
        }
    }

    fn wait(&mut self, at: usize, found: LockRef) {
        if let Some(wait) = self.waits.get_mut(at) {
            wait.get_or_insert(found);
        }
    }
}

fn thread(t: &Thread, at: usize, relations: &Relations, first_line: u64) -> ThreadInfo {
    ThreadInfo {
        name: t.name.clone(),
        native_id: t.native_id,
        vm_id: t.vm_id,
        object: t.object,
        state: state(&t.state),
        daemon: t.daemon,
        cpu_s: t.cpu_s,
        frames: t.frames.clone(),
        waits_for: relations.waits.get(at).cloned().flatten(),
        holds: relations.holds.get(at).cloned().unwrap_or_default(),
        allocated: t.allocated,
        line: t.line.saturating_add(first_line.saturating_sub(1)),
        ..ThreadInfo::default()
    }
}

fn state(printed: &str) -> ThreadState {
    match printed {
        "R" => ThreadState::Runnable,
        "CW" => ThreadState::Waiting,
        "B" | "MW" => ThreadState::Blocked,
        "P" => ThreadState::Parked,
        "" => ThreadState::Unknown,
        _ => ThreadState::Other,
    }
}

fn reported(chain: &[javacore::DeadlockLink]) -> Reported {
    Reported {
        threads: chain.iter().map(|l| l.thread.name.clone()).collect(),
        locks: chain
            .iter()
            .map(|l| {
                let kind = if l.monitor {
                    LockKind::Monitor
                } else {
                    LockKind::Synchronizer
                };
                lock(&l.class, l.address.unwrap_or(0), kind)
            })
            .collect(),
        line: chain.first().map_or(0, |l| l.line),
    }
}

/// The total and the leaves of the tree with their paths, largest first.
fn native_memory(tree: &[NativeMemory]) -> Vec<(String, u64)> {
    let mut path: Vec<&str> = Vec::new();
    let mut rows = Vec::new();
    for (at, node) in tree.iter().enumerate() {
        path.truncate(usize::from(node.level).saturating_sub(1));
        path.push(&node.name);
        let is_leaf = tree.get(at + 1).is_none_or(|next| next.level <= node.level);
        if at == 0 || is_leaf {
            let below_root = path.get(1..).filter(|p| !p.is_empty()).unwrap_or(&path);
            rows.push((below_root.join(" / "), node.bytes));
        }
    }
    rows.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    rows
}

fn vm_crash(crash: Crash, os: Option<&str>, event: Option<&str>, current: Option<&Thread>, first_line: u64) -> VmCrash {
    let module = crash.module.map(|path| {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(&path);
        name.to_owned()
    });
    let native = || current.and_then(|t| t.native_frames.first().cloned());
    VmCrash {
        signal: process::signal(crash.signal, crash.windows_code, os)
            .or_else(|| (event == Some("abort")).then(|| "SIGABRT".to_owned())),
        module,
        frame: crash.symbol.or_else(native),
        compiling: crash.compiling,
        thread: current.map(|t| t.name.clone()),
        line: crash.line.saturating_add(first_line.saturating_sub(1)),
    }
}
