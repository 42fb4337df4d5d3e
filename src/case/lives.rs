//! JVM lives: which processes there were, from pids, start times, stop messages and folders.

use super::{
    Case, CaseArtefact, Process,
    marks::{self, Mark},
    names,
    servers::Servers,
    span::Spans,
};
use crate::{evidence::ArtefactId, system::SignKind};
use goldenhour_parsers::Kind;
use jiff::{SignedDuration, Timestamp};

/// Two statements about one start differ by at most this: a server needs minutes to open [P].
const SAME_START_S: i64 = 180;
/// A start that has not become ready within this is followed by another life's start [P].
const LONGEST_START_S: i64 = 900;

/// A life while it is put together.
#[derive(Debug, Clone, Default)]
struct Life {
    server: usize,
    process: Process,
    ready: bool,
}

/// What one artefact says about the process that wrote it.
struct Hint {
    artefact: ArtefactId,
    server: usize,
    pid: Option<u64>,
    started: Option<Timestamp>,
    at: Option<Timestamp>,
    ended: Option<Timestamp>,
    host: Option<String>,
    name: Option<String>,
    vm: Option<String>,
}

/// Finds the lives of all servers and gives every artefact its process.
pub(super) fn find(case: &mut Case, servers: &Servers, spans: &Spans) {
    let mut lives = Vec::new();
    for server in 0..servers.names.len() {
        lives.extend(lives_from_marks(case, servers, server));
    }
    let hints = hints(case, servers, spans);
    let mut process_of_hint = Vec::new();
    for hint in &hints {
        if let Some(life) = fit(&mut lives, hint) {
            enrich(&mut lives, life, hint);
            process_of_hint.push((hint.artefact, life));
        }
    }
    add_silent_servers(case, servers, &mut lives);
    name_after_folders(&mut lives, servers);
    let order = order_by_start(&lives);
    let rank = |life: usize| order.iter().position(|l| *l == life);
    let assigned: Vec<Option<usize>> = case
        .artefacts
        .iter()
        .map(|artefact| {
            let by_hint = process_of_hint
                .iter()
                .find(|(id, _)| *id == artefact.id)
                .map(|(_, life)| *life);
            by_hint
                .or_else(|| by_time(&lives, servers, spans, artefact))
                .and_then(rank)
                .filter(|_| !artefact.stale)
        })
        .collect();
    for (artefact, process) in case.artefacts.iter_mut().zip(assigned) {
        artefact.process = process;
    }
    case.processes = order
        .iter()
        .filter_map(|l| lives.get(*l))
        .map(|l| l.process.clone())
        .collect();
    pids_from_listings(case);
    end_by_system_signs(case);
}

fn is_current(case: &Case, id: ArtefactId) -> bool {
    case.artefact(id).is_some_and(|a| !a.stale)
}

/// Lives as the start and stop messages of a server's logs tell them.
fn lives_from_marks(case: &Case, servers: &Servers, server: usize) -> Vec<Life> {
    let mut events: Vec<(Timestamp, Mark)> = case
        .logs
        .iter()
        .filter_map(|log| log.artefact.map(|id| (id, log)))
        .filter(|(id, _)| servers.of.get(id) == Some(&server) && is_current(case, *id))
        .flat_map(|(id, log)| {
            log.notable.iter().filter_map(move |record| {
                let mark = marks::of(record)?;
                let at = case.instant(id, record.time?)?;
                Some((at, mark))
            })
        })
        .filter(|(_, mark)| matches!(mark, Mark::Begin | Mark::Ready | Mark::Stop))
        .collect();
    events.sort_unstable();
    let mut lives: Vec<Life> = Vec::new();
    for (at, mark) in events {
        let begins_anew = match lives.last() {
            None => true,
            Some(life) => {
                let age = life
                    .process
                    .started
                    .map_or(i64::MAX, |s| at.duration_since(s).as_secs());
                match mark {
                    Mark::Begin => life.process.ended.is_some() || (life.ready && age > 5) || age > LONGEST_START_S,
                    Mark::Ready => {
                        life.process.ended.is_some()
                            || (life.ready && age > SAME_START_S && life.process.started.is_some())
                    }
                    _ => false,
                }
            }
        };
        if begins_anew {
            lives.push(Life {
                server,
                ..Life::default()
            });
        }
        let Some(life) = lives.last_mut() else { continue };
        match mark {
            Mark::Stop => life.process.ended = Some(at),
            Mark::Ready => {
                life.process.started.get_or_insert(at);
                life.ready = true;
            }
            _ => {
                life.process.started.get_or_insert(at);
            }
        }
    }
    lives
}

/// What every current artefact says, those that know most first.
fn hints(case: &Case, servers: &Servers, spans: &Spans) -> Vec<Hint> {
    let mut hints = Vec::new();
    let blank = |id: ArtefactId| Hint {
        artefact: id,
        server: servers.of.get(&id).copied().unwrap_or(0),
        pid: None,
        started: None,
        at: spans.get(&id).map(|span| span.1),
        ended: None,
        host: None,
        name: None,
        vm: None,
    };
    for dump in &case.dumps {
        let Some(id) = dump.artefact else { continue };
        let at = dump.time.and_then(|t| case.instant(id, t));
        // A javacore says when the VM started; in a HotSpot dump the oldest thread is as old as the VM.
        let oldest = dump
            .threads
            .iter()
            .filter_map(|t| t.elapsed_s)
            .fold(None, |a: Option<f64>, b| Some(a.map_or(b, |a| a.max(b))));
        let by_age = at.zip(oldest).and_then(|(at, age)| before(at, age));
        let fatal = dump.crash.is_some() || dump.event.as_deref().is_some_and(|e| matches!(e, "gpf" | "abort"));
        hints.push(Hint {
            pid: dump.pid,
            started: dump.started.and_then(|t| case.instant(id, t)).or(by_age),
            at: at.or_else(|| spans.get(&id).map(|s| s.1)),
            ended: at.filter(|_| fatal),
            host: dump.host.clone(),
            name: dump.process_name.clone().filter(|name| is_name(name)),
            vm: dump.vm.clone(),
            ..blank(id)
        });
    }
    for crash in &case.crashes {
        let Some(id) = crash.artefact else { continue };
        let at = crash.time.and_then(|t| case.instant(id, t));
        hints.push(Hint {
            pid: crash.pid,
            started: at.zip(crash.elapsed_s).and_then(|(at, age)| before(at, age)),
            ended: at,
            host: crash.host.clone(),
            vm: crash.vm_version.clone(),
            ..blank(id)
        });
    }
    for gc in &case.gcs {
        let Some(id) = gc.artefact else { continue };
        let first = gc.events.iter().find(|e| e.time.is_some() && e.uptime_s.is_some());
        let started = first.and_then(|e| before(case.instant(id, e.time?)?, e.uptime_s?));
        hints.push(Hint {
            pid: gc.pid,
            started,
            vm: gc.vm.clone(),
            at: spans.get(&id).map(|s| s.0),
            ..blank(id)
        });
    }
    for log in &case.logs {
        let Some(id) = log.artefact else { continue };
        if log.pid.is_some() || log.process_name.is_some() {
            hints.push(Hint {
                pid: log.pid,
                name: log.process_name.clone().filter(|name| is_name(name)),
                at: spans.get(&id).map(|s| s.0),
                ..blank(id)
            });
        }
    }
    for artefact in &case.artefacts {
        let name = artefact.path.rsplit('/').next().unwrap_or(&artefact.path);
        if let Some(pid) = names::of(name).pid {
            hints.push(Hint {
                pid: Some(pid),
                ..blank(artefact.id)
            });
        }
    }
    hints.retain(|hint| is_current(case, hint.artefact));
    // Starts first, then pids, each in order of time: what is certain shapes the lives that the rest must fit.
    hints.sort_by_key(|h| (h.started.is_none(), h.pid.is_none(), h.started, h.at));
    hints
}

fn before(at: Timestamp, seconds: f64) -> Option<Timestamp> {
    at.checked_sub(SignedDuration::try_from_secs_f64(seconds).ok()?).ok()
}

/// The life a hint belongs to; makes one when none fits.
fn fit(lives: &mut Vec<Life>, hint: &Hint) -> Option<usize> {
    if let Some(pid) = hint.pid
        && let Some(same) = lives
            .iter()
            .position(|l| l.process.pid == Some(pid) && starts_agree(l, hint))
    {
        return Some(same);
    }
    let free = |life: &Life| life.server == hint.server && (life.process.pid.is_none() || hint.pid.is_none());
    let fits = if hint.started.is_some() {
        nearest_start(lives, hint, &free).or_else(|| {
            // A life whose start nobody told yet, and which this start does not contradict.
            lives.iter().position(|l| {
                free(l) && l.process.started.is_none() && l.process.ended.is_none_or(|e| hint.started < Some(e))
            })
        })
    } else {
        let begun = |life: &Life| match (life.process.started, hint.at) {
            (Some(started), Some(at)) => started.as_second() - SAME_START_S <= at.as_second(),
            _ => true,
        };
        lives.iter().rposition(|l| free(l) && begun(l))
    };
    fits.or_else(|| {
        (hint.started.is_some() || hint.pid.is_some()).then(|| {
            lives.push(Life {
                server: hint.server,
                ..Life::default()
            });
            lives.len() - 1
        })
    })
}

/// Of the lives whose start agrees with the hint's, the nearest.
fn nearest_start(lives: &[Life], hint: &Hint, free: &dyn Fn(&Life) -> bool) -> Option<usize> {
    lives
        .iter()
        .enumerate()
        .filter(|(_, l)| free(l) && starts_agree(l, hint))
        .filter_map(|(i, l)| Some((l.process.started?.duration_since(hint.started?).abs(), i)))
        .min()
        .map(|(_, i)| i)
}

/// A log tells the start minutes late (when the server is open), a dump tells when the VM began.
fn starts_agree(life: &Life, hint: &Hint) -> bool {
    match (life.process.started, hint.started) {
        (Some(a), Some(b)) => (-SAME_START_S..=LONGEST_START_S).contains(&a.duration_since(b).as_secs()),
        _ => true,
    }
}

fn enrich(lives: &mut [Life], life: usize, hint: &Hint) {
    let Some(life) = lives.get_mut(life) else { return };
    let process = &mut life.process;
    process.pid = process.pid.or(hint.pid);
    process.started = match (process.started, hint.started) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    process.ended = process.ended.or(hint.ended);
    for (have, told) in [
        (&mut process.host, &hint.host),
        (&mut process.name, &hint.name),
        (&mut process.vm, &hint.vm),
    ] {
        if have.is_none() {
            have.clone_from(told);
        }
    }
}

/// A server that left artefacts but neither pid nor start is one life.
fn add_silent_servers(case: &Case, servers: &Servers, lives: &mut Vec<Life>) {
    let several = servers.names.len() > 1;
    for server in 0..servers.names.len() {
        if lives.iter().any(|l| l.server == server) {
            continue;
        }
        let speaks = case.artefacts.iter().any(|a| {
            let strong = matches!(
                a.kind,
                Kind::GcLog
                    | Kind::Javacore
                    | Kind::ThreadDump
                    | Kind::HsErr
                    | Kind::Hprof
                    | Kind::Phd
                    | Kind::ClassicHeap
            );
            // Beside members, what lies in the top folder (a plug-in's or a balancer's log) is no JVM by itself.
            let weak = matches!(a.kind, Kind::Log | Kind::AccessLog) && !(several && server == 0);
            servers.of.get(&a.id) == Some(&server) && !a.stale && (strong || weak)
        });
        if speaks {
            lives.push(Life {
                server,
                ..Life::default()
            });
        }
    }
}

/// An option or a piece of the path of the java program is no server's name.
fn is_name(name: &str) -> bool {
    let program = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
    !name.starts_with('-') && !matches!(program.as_str(), "java" | "java.exe" | "javaw.exe")
}

fn name_after_folders(lives: &mut [Life], servers: &Servers) {
    for life in lives {
        if life.process.name.is_none() {
            life.process.name = servers.names.get(life.server).cloned().flatten();
        }
    }
}

fn order_by_start(lives: &[Life]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..lives.len()).collect();
    order.sort_by_key(|l| {
        let life = lives.get(*l);
        life.map(|l| (l.server, l.process.started, l.process.pid))
    });
    order
}

/// The life of the artefact's server that ran when the artefact speaks.
fn by_time(lives: &[Life], servers: &Servers, spans: &Spans, artefact: &CaseArtefact) -> Option<usize> {
    let server = servers.of.get(&artefact.id)?;
    let of_server = |l: &&Life| l.server == *server;
    if lives.iter().filter(of_server).count() <= 1 {
        return lives.iter().position(|l| l.server == *server);
    }
    let at = spans.get(&artefact.id).map(|s| s.0)?;
    lives
        .iter()
        .rposition(|l| {
            l.server == *server
                && l.process
                    .started
                    .is_none_or(|s| s.as_second() - SAME_START_S <= at.as_second())
        })
        .or_else(|| lives.iter().position(|l| l.server == *server))
}

/// A process whose pid no artefact of its own tells: a listing that shows one java process, or a kill at its end.
fn pids_from_listings(case: &mut Case) {
    let listed: Vec<u64> = {
        let mut pids: Vec<u64> = case
            .systems
            .iter()
            .flat_map(|s| &s.signs)
            .filter_map(|sign| match &sign.what {
                SignKind::Process { pid, command, .. } if is_java(command) => Some(*pid),
                _ => None,
            })
            .collect();
        pids.sort_unstable();
        pids.dedup();
        pids
    };
    if let ([pid], [only]) = (listed.as_slice(), case.processes.as_mut_slice()) {
        only.pid.get_or_insert(*pid);
    }
    let kills: Vec<(u64, Timestamp)> = case
        .systems
        .iter()
        .flat_map(|s| &s.signs)
        .filter_map(|sign| match &sign.what {
            SignKind::Kill { pid: Some(pid), .. } => {
                Some((*pid, sign.time.and_then(|t| case.instant(sign.citation.artefact, t))?))
            }
            _ => None,
        })
        .collect();
    for (pid, at) in kills {
        let ended_then =
            |p: &&mut Process| p.pid.is_none() && p.ended.is_some_and(|e| e.duration_since(at).as_secs().abs() <= 60);
        if let Some(process) = case.processes.iter_mut().find(ended_then) {
            process.pid = Some(pid);
        }
    }
}

fn is_java(command: &str) -> bool {
    let program = command.split_whitespace().next().unwrap_or(command);
    program
        .rsplit(['/', '\\'])
        .next()
        .is_some_and(|p| p == "java" || p == "java.exe")
}

/// A kernel's kill ends the life of its pid.
fn end_by_system_signs(case: &mut Case) {
    let mut ends = Vec::new();
    for sign in case.systems.iter().flat_map(|s| &s.signs) {
        let pid = match &sign.what {
            SignKind::OomKill { pid, .. } => Some(*pid),
            SignKind::Kill { pid, .. } | SignKind::CoreDump { pid, .. } => *pid,
            _ => None,
        };
        if let (Some(pid), Some(at)) = (pid, sign.time.and_then(|t| case.instant(sign.citation.artefact, t))) {
            ends.push((pid, at));
        }
    }
    for (pid, at) in ends {
        for process in case.processes.iter_mut().filter(|p| p.pid == Some(pid)) {
            process.ended.get_or_insert(at);
        }
    }
}
