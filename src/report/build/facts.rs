//! The facts side: heaps, dumps, locks, pools, GC, crashes, listings, processes.

use super::{
    MAX_ROWS, Shown, address, figure, heap_inside, note_cap, share,
    shown::{id, process_id},
};
use crate::{
    case::Case,
    crash::CrashFacts,
    evidence::ArtefactId,
    gc::{GcEvent, GcFacts},
    heap::{HeapFacts, Suspect},
    report::{
        BlockerView, Capped, ClassView, CrashView, DeadlockView, DominatorView, DumpView, GcPoint, GcView, HeapView,
        PoolView, PopulationView, ProcessView, SeriesView, StatesView, SuspectView, SystemView, words::doing_text,
    },
    system::SystemFacts,
    threads::{Blocker, Deadlock, DumpFacts, LockRef, Pool, VmCrash},
};
use std::collections::BTreeMap;

/// Rows of a class histogram or dominator list in the report; the heap command shows more.
const HEAP_ROWS: usize = 30;
/// Points of a GC plot.
const GC_POINTS: usize = 400;

/// One heap dump as the report and `goldenhour heap` show it.
pub fn heap_json(heap: &HeapFacts, shown: &Shown) -> HeapView {
    HeapView {
        artefact: id(heap.artefact),
        dump: heap.dump,
        format: heap.format.to_owned(),
        time: shown.stamp(heap.written.as_ref(), heap.artefact),
        objects: heap.objects,
        shallow: heap.shallow,
        classes: heap.classes,
        loaders: heap.loaders,
        unreachable: PopulationView {
            objects: heap.unreachable.objects,
            shallow: heap.unreachable.shallow,
        },
        coverage: Some(share(heap.coverage)),
        roots_inferred: heap.roots_inferred,
        roots: heap.roots.iter().map(|(kind, n)| ((*kind).to_owned(), *n)).collect(),
        suspects: heap.suspects.iter().map(|s| suspect(s, shown)).collect(),
        histogram: heap
            .histogram
            .iter()
            .take(HEAP_ROWS)
            .map(|row| ClassView {
                class: row.class.clone(),
                objects: row.objects,
                shallow: row.shallow,
                retained: row.retained,
            })
            .collect(),
        dominators: heap
            .dominators
            .iter()
            .take(HEAP_ROWS)
            .map(|row| DominatorView {
                object: address(row.object),
                class: row.class.clone(),
                shallow: row.shallow,
                retained: row.retained,
                share: share(row.share),
                label: row.label.as_deref().map(|l| shown.words(l)),
            })
            .collect(),
        threads: heap_inside::threads(heap, shown),
        inside: heap_inside::inside(&heap.inside, shown),
        true_sizes: heap.true_sizes,
    }
}

fn suspect(suspect: &Suspect, shown: &Shown) -> SuspectView {
    SuspectView {
        holder_class: suspect.holder_class.clone(),
        holder: suspect.holder.map(address),
        holder_field: suspect.holder_field.clone(),
        holder_label: suspect.holder_label.as_deref().map(|l| shown.words(l)),
        accumulator_label: suspect.accumulator_label.as_deref().map(|l| shown.words(l)),
        accumulator_class: suspect.accumulator_class.clone(),
        accumulator: suspect.accumulator.map(address),
        content_class: suspect.content_class.clone(),
        content_count: (suspect.content_count > 0).then_some(suspect.content_count),
        retained: suspect.retained,
        share: share(suspect.share),
        inferred: suspect.inferred,
        thread: suspect.thread.clone(),
        path: suspect.path.iter().map(|step| shown.words(step)).collect(),
    }
}

/// One thread dump as the report and `goldenhour threads` show it.
pub fn dump_json(dump: &DumpFacts, shown: &Shown) -> DumpView {
    DumpView {
        artefact: id(dump.artefact),
        index: dump.index,
        time: shown.stamp(dump.time.as_ref(), dump.artefact),
        format: dump.format.to_owned(),
        vm: dump.vm.clone(),
        pid: dump.pid,
        event: dump.event.clone(),
        event_detail: dump.event_detail.as_deref().map(|d| shown.words(d)),
        threads: dump.thread_count,
        with_java_stack: dump.with_java_stack,
        virtual_threads: dump.virtual_threads,
        states: StatesView {
            runnable: dump.states.runnable,
            blocked: dump.states.blocked,
            waiting: dump.states.waiting,
            timed_waiting: dump.states.timed_waiting,
            parked: dump.states.parked,
        },
        deadlocks: dump
            .deadlocks
            .iter()
            .take(MAX_ROWS)
            .map(|d| deadlock_json(d, dump.artefact, None))
            .collect(),
        blockers: dump
            .blockers
            .iter()
            .take(MAX_ROWS)
            .map(|b| blocker(b, dump.artefact))
            .collect(),
        heap_max: dump.heap_max,
        heap_free: dump.heap_free,
        gc_policy: dump.gc_policy.clone(),
        incomplete: !dump.complete,
        inconsistent: !dump.consistent,
    }
}

/// One deadlock; `process` as an index into the case's processes.
pub fn deadlock_json(deadlock: &Deadlock, artefact: Option<ArtefactId>, process: Option<usize>) -> DeadlockView {
    DeadlockView {
        process: process.map(process_id),
        artefact: id(artefact),
        threads: deadlock.threads.clone(),
        locks: deadlock.locks.clone(),
        reported_by_vm: deadlock.reported_by_vm,
        victims: Some(deadlock.victims),
        line: deadlock.citation.as_ref().and_then(|c| c.line),
    }
}

fn blocker(blocker: &Blocker, artefact: Option<ArtefactId>) -> BlockerView {
    BlockerView {
        artefact: id(artefact),
        thread: blocker.thread.clone(),
        lock: lock_name(&blocker.lock),
        lock_class: blocker.lock.class.clone(),
        kind: blocker.lock.kind.name().to_owned(),
        blocked: blocker.blocked,
        victims: blocker.victims,
        doing: doing_text(blocker.doing, blocker.doing_frame.as_deref()),
        line: blocker.citation.as_ref().and_then(|c| c.line),
    }
}

fn lock_name(lock: &LockRef) -> String {
    format!("{}@{:#x}", lock.class, lock.address)
}

/// The process of a dump's artefact.
fn process_of(case: &Case, dump: &DumpFacts) -> Option<usize> {
    case.artefact(dump.artefact?)?.process
}

pub(super) fn deadlocks(case: &Case, _: &Shown, capped: &mut Vec<Capped>) -> Vec<DeadlockView> {
    let total = case.dumps.iter().map(|d| d.deadlocks.len()).sum();
    note_cap("deadlocks", total, MAX_ROWS, capped);
    case.dumps
        .iter()
        .flat_map(|dump| dump.deadlocks.iter().map(move |deadlock| (dump, deadlock)))
        .take(MAX_ROWS)
        .map(|(dump, deadlock)| deadlock_json(deadlock, dump.artefact, process_of(case, dump)))
        .collect()
}

pub(super) fn blockers(case: &Case, _: &Shown, capped: &mut Vec<Capped>) -> Vec<BlockerView> {
    let total = case.dumps.iter().map(|d| d.blockers.len()).sum();
    note_cap("blockers", total, MAX_ROWS, capped);
    let mut rows: Vec<(&DumpFacts, &Blocker)> = case
        .dumps
        .iter()
        .flat_map(|dump| dump.blockers.iter().map(move |b| (dump, b)))
        .collect();
    rows.sort_by_key(|(_, b)| std::cmp::Reverse((b.victims, b.blocked)));
    rows.into_iter()
        .take(MAX_ROWS)
        .map(|(dump, b)| blocker(b, dump.artefact))
        .collect()
}

pub(super) fn series(case: &Case) -> Vec<SeriesView> {
    case.series
        .iter()
        .map(|one| SeriesView {
            process: one.process.map(process_id),
            dumps: one.series.dumps.clone(),
            stuck: one.series.stuck.clone(),
            spinning: one.series.spinning.iter().map(|s| s.thread.clone()).collect(),
            thread_growth: one.series.thread_growth,
        })
        .collect()
}

/// Each pool of each process once, in its worst dump: most waiting, then most busy.
pub(super) fn pools(case: &Case, shown: &Shown) -> Vec<PoolView> {
    let mut worst: BTreeMap<(Option<usize>, &str), &Pool> = BTreeMap::new();
    for pool in &case.pools {
        let process = case.dumps.get(pool.dump).and_then(|dump| process_of(case, dump));
        let kept = worst.entry((process, &pool.name)).or_insert(pool);
        if (pool.waiting, pool.busy, pool.size) > (kept.waiting, kept.busy, kept.size) {
            *kept = pool;
        }
    }
    let mut pools: Vec<PoolView> = worst
        .into_iter()
        .map(|((process, _), pool)| pool_view(case, process, pool, shown))
        .collect();
    pools.sort_by_key(|pool| std::cmp::Reverse((pool.waiting, pool.busy)));
    pools.truncate(MAX_ROWS);
    pools
}

fn pool_view(case: &Case, process: Option<usize>, pool: &Pool, shown: &Shown) -> PoolView {
    PoolView {
        process: process.map(process_id),
        artefact: id(case.dumps.get(pool.dump).and_then(|dump| dump.artefact)),
        name: pool.name.clone(),
        size: pool.size,
        busy: pool.busy,
        waiting: pool.waiting,
        waiting_for: pool.waiting_for.as_deref().map(|w| shown.words(w)),
        doing: (pool.busy > 0).then(|| doing_text(pool.activity, None)),
    }
}

/// One GC log as the report and `goldenhour gc` show it.
pub fn gc_json(gc: &GcFacts, shown: &Shown) -> GcView {
    GcView {
        artefact: id(gc.artefact),
        format: gc.format.to_owned(),
        collector: gc.collector.to_owned(),
        pauses: gc.pauses,
        full: gc.full,
        max_pause_ms: figure(gc.max_pause_ms),
        total_pause_ms: figure(gc.total_pause_ms),
        span_s: figure(gc.span_s),
        gc_share: share(gc.gc_share),
        worst_share: (gc.worst_share > 0.0).then(|| share(gc.worst_share)),
        max_heap_after: gc.max_heap_after,
        last_heap_after: gc.last_heap_after,
        heap_max: gc.heap_max,
        leak_slope_bytes_per_s: gc.leak_slope_bytes_per_s.map(figure),
        first_time: shown.stamp(gc.first.as_ref(), gc.artefact),
        last_time: shown.stamp(gc.last.as_ref(), gc.artefact),
        pressure_onset: gc
            .pressure_onset
            .as_ref()
            .and_then(|e| shown.stamp(e.time.as_ref(), gc.artefact)),
        points: gc_points(gc, shown),
    }
}

/// Heap use after collections: every full one as far as they fit, the others thinned evenly.
fn gc_points(gc: &GcFacts, shown: &Shown) -> Vec<GcPoint> {
    let events: Vec<&GcEvent> = gc.events.iter().filter(|e| e.after.is_some()).collect();
    let full = events.iter().filter(|e| e.full).count();
    let keep_full = step(full, GC_POINTS / 2);
    let keep_other = step(events.len() - full, GC_POINTS - full.min(GC_POINTS / 2));
    let start = events.iter().find_map(|e| shown.instant(e.time.as_ref()?, gc.artefact));
    let (mut seen_full, mut seen_other) = (0_usize, 0_usize);
    let mut points = Vec::new();
    for event in events {
        let (seen, keep) = if event.full {
            (&mut seen_full, keep_full)
        } else {
            (&mut seen_other, keep_other)
        };
        let due = seen.is_multiple_of(keep);
        *seen += 1;
        if !due {
            continue;
        }
        let instant = event.time.as_ref().and_then(|t| shown.instant(t, gc.artefact));
        let since_first = instant.zip(start).map(|(t, s)| t.duration_since(s).as_secs_f64());
        let Some(at_s) = since_first.or(event.uptime_s) else {
            continue;
        };
        points.push(GcPoint {
            time: instant.map(|t| shown.moment(t)),
            at_s: figure(at_s),
            after: event.after.unwrap_or_default(),
            pause_ms: figure(event.pause_ms),
            full: event.full,
        });
    }
    points
}

/// Every how many-th of `count` to keep so that at most `room` remain.
fn step(count: usize, room: usize) -> usize {
    count.div_ceil(room.max(1)).max(1)
}

pub(super) fn crashes(case: &Case, shown: &Shown) -> Vec<CrashView> {
    let fatal_logs = case.crashes.iter().map(|crash| crash_view(crash, shown));
    let javacores = case
        .dumps
        .iter()
        .filter_map(|dump| dump.crash.as_ref().map(|crash| javacore_crash(dump, crash, shown)));
    fatal_logs.chain(javacores).take(MAX_ROWS).collect()
}

fn crash_view(crash: &CrashFacts, shown: &Shown) -> CrashView {
    CrashView {
        artefact: id(crash.artefact),
        kind: crash.kind.to_owned(),
        signal: crash.signal.clone(),
        frame: crash.frame.clone(),
        module: crash.module.clone(),
        guilty_module: crash.guilty_module.clone(),
        thread: crash.thread.clone(),
        compiling: crash.compile_task.clone(),
        vm_version: crash.vm_version.clone(),
        time: shown.stamp(crash.time.as_ref(), crash.artefact),
        line: crash.citation.as_ref().and_then(|c| c.line),
    }
}

fn javacore_crash(dump: &DumpFacts, crash: &VmCrash, shown: &Shown) -> CrashView {
    CrashView {
        artefact: id(dump.artefact),
        kind: dump.event.clone().unwrap_or_else(|| "gpf".to_owned()),
        signal: crash.signal.clone(),
        frame: crash.frame.clone(),
        module: crash.module.clone(),
        guilty_module: None,
        thread: crash.thread.clone(),
        compiling: crash.compiling.clone(),
        vm_version: dump.vm.clone(),
        time: shown.stamp(dump.time.as_ref(), dump.artefact),
        line: (crash.line > 0).then_some(crash.line),
    }
}

pub(super) fn system(listing: &SystemFacts, shown: &Shown) -> SystemView {
    SystemView {
        artefact: id(listing.artefact),
        kind: listing.kind.to_owned(),
        host: listing.host.clone(),
        time: shown.stamp(listing.time.as_ref(), listing.artefact),
        facts: shown.facts(&listing.facts),
    }
}

pub(super) fn processes(case: &Case, shown: &Shown) -> Vec<ProcessView> {
    case.processes
        .iter()
        .enumerate()
        .map(|(index, process)| ProcessView {
            id: process_id(index),
            pid: process.pid,
            host: process.host.clone(),
            name: process.name.clone(),
            vm: process.vm.clone(),
            started: process.started.map(|t| shown.moment(t)),
            ended: process.ended.map(|t| shown.moment(t)),
        })
        .collect()
}
