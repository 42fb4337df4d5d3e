//! What a listing means for a diagnosis.

use super::{Sign, SignKind, db_signs, history, net_signs, source::Source};
use goldenhour_parsers::{
    Stamp,
    system::{
        ErrptEntry, ErrptRow, FileEntry, FileSystem, Free, HistogramRow, Iostat, KernelEvent, KernelLine, Limit,
        Listing, MetaspaceUse, Output, PagingSpace, Process, Settings, StatusValue, Svmon, SvmonProcess, Targets,
        TopScreen, VmSample, Vmstat,
    },
};

/// File systems from this share on are told.
const NEARLY_FULL: f64 = 0.80;

/// Rows of processes or threads told of one listing.
const MAX_ROWS: usize = 40;

/// The signs of one output.
pub(super) fn of(output: &Output, source: &Source<'_>) -> Vec<Sign> {
    match &output.listing {
        Listing::Errpt(rows) => rows.iter().filter_map(|r| errpt(r, source)).collect(),
        Listing::ErrptDetails(entries) => entries.iter().filter_map(|e| errpt_entry(e, source)).collect(),
        Listing::Sockets(s) => net_signs::sockets(s, source),
        Listing::Interfaces(i) => net_signs::interfaces(i, source),
        Listing::Vmstat(v) => vmstat(v, source),
        Listing::Iostat(i) => iostat(i, source),
        Listing::FileSystems(rows) => rows.iter().flat_map(|f| file_system(f, source)).collect(),
        Listing::Free(f) => free(f, source),
        Listing::Top(screens) => top(screens, source),
        Listing::Processes(rows) => processes(rows, source),
        Listing::Svmon(s) => svmon(s, source),
        Listing::SvmonProcesses(rows) => svmon_processes(rows, source),
        Listing::PagingSpaces(spaces) => paging(spaces, source),
        Listing::Settings(s) => settings(s, source),
        Listing::Kernel(events) => kernel(events, source),
        Listing::Syslog(log) => kernel(&log.events, source),
        Listing::Limits(limits) => limits.iter().filter_map(|l| limit(l, source)).collect(),
        Listing::Status(values) => status(values, source),
        Listing::Files(files) => changed_files(files, source),
        Listing::Descriptors(t) => descriptors(t, source),
        Listing::History(entries) => history::signs(entries, source),
        Listing::Sessions(rows) => db_signs::sessions(rows, source),
        Listing::DatabaseLog(log) => db_signs::log(log, source),
        Listing::Histogram(rows) => histogram(rows, source),
        Listing::Metaspace(m) => metaspace(m, source),
        Listing::Routes(_) | Listing::Uptime(_) | Listing::Other => Vec::new(),
    }
}

/// By description: labels and identifiers differ between levels (HEURISTICS.md K26).
fn errpt(row: &ErrptRow, source: &Source<'_>) -> Option<Sign> {
    let what = errpt_meaning(&row.description, &row.resource, &row.class)?;
    Some(source.sign_at(what, source.row(row.index), row.time()))
}

fn errpt_meaning(description: &str, resource: &str, class: &str) -> Option<SignKind> {
    let d = description.to_ascii_uppercase();
    let adapter = || resource.to_owned();
    let what = || format!("{description} ({resource})");
    Some(
        if d.contains("ALLOCATE SPACE IN FILE SYSTEM") || d.contains("FILE SYSTEM FULL") {
            SignKind::NoSpace { mount: adapter() }
        } else if d.contains("ETHERNET DOWN")
            || d.contains("LINK DOWN")
            || d.contains("ETHERCHANNEL FAILOVER")
            || d.contains("ADAPTER FAILURE")
        {
            SignKind::LinkDown { adapter: adapter() }
        } else if d.contains("NETWORK RECOVERY") || d.contains("ETHERCHANNEL RECOVERY") || d.contains("LINK UP") {
            SignKind::LinkUp { adapter: adapter() }
        } else if d.contains("ABNORMALLY TERMINATED") {
            SignKind::CoreDump {
                program: adapter(),
                pid: None,
                signal: None,
            }
        } else if d.contains("PAGING SPACE") {
            SignKind::MemoryLow { what: what() }
        } else if d.contains("REBOOT") || d.contains("SYSTEM SHUTDOWN") {
            SignKind::Reboot
        } else if class == "H" {
            SignKind::HardwareError { what: what() }
        } else {
            return None;
        },
    )
}

fn errpt_entry(e: &ErrptEntry, source: &Source<'_>) -> Option<Sign> {
    let first_word = |text: &str| text.split_ascii_whitespace().next().and_then(|w| w.parse().ok());
    let what = match e.label.as_str() {
        "CORE_DUMP" | "CORE_DUMP_FAILED" => SignKind::CoreDump {
            program: e.detail("PROGRAM NAME").unwrap_or(&e.resource).to_owned(),
            pid: e.detail("USER'S PROCESS ID").and_then(first_word),
            signal: e.detail("SIGNAL NUMBER").and_then(first_word),
        },
        "PGSP_KILL" => SignKind::OomKill {
            pid: e.detail("USER'S PROCESS ID").and_then(first_word).unwrap_or(0),
            name: e.detail("PROGRAM NAME").unwrap_or_default().to_owned(),
            rss: None,
        },
        "OPMSG" => SignKind::Change {
            what: e.detail("MESSAGE FROM").unwrap_or(&e.description).to_owned(),
        },
        "REBOOT_ID" => SignKind::Reboot,
        label if label.ends_with("FS_FULL") => SignKind::NoSpace {
            mount: mount_of(e).unwrap_or(&e.resource).to_owned(),
        },
        _ => errpt_meaning(&e.description, &e.resource, &e.class)?,
    };
    Some(source.sign_at(what, e.line, e.time))
}

/// `/dev/fslv03, /hisdata`: the mount point is the last path.
fn mount_of(e: &ErrptEntry) -> Option<&str> {
    let value = e.detail("FILE SYSTEM DEVICE").or_else(|| e.detail("FILE SYSTEM"))?;
    value.split([',', ' ']).rfind(|w| w.starts_with('/'))
}

fn vmstat(v: &Vmstat, source: &Source<'_>) -> Vec<Sign> {
    // The first line of Linux is the average since boot.
    let skip = usize::from(!v.aix && v.samples.len() > 1);
    let samples = v.samples.get(skip..).unwrap_or_default();
    if samples.is_empty() {
        return Vec::new();
    }
    let n = samples.len() as f64;
    let mean = |f: &dyn Fn(&VmSample) -> f64| samples.iter().map(f).sum::<f64>() / n;
    // AIX counts pages of 4 KiB, Linux KiB.
    let scale = if v.aix { 1.0 } else { 0.25 };
    let worst = samples
        .iter()
        .map(|s| (s.page_in + s.page_out) * scale)
        .fold(0.0, f64::max);
    let line = source.find(|l| {
        l.split_ascii_whitespace().count() >= 12 && l.split_ascii_whitespace().take(4).all(|w| w.parse::<u64>().is_ok())
    });
    let time = samples.last().and_then(|s| s.time);
    let mut signs = vec![source.sign_at(
        SignKind::Cpu {
            busy: mean(&|s| s.user + s.system + s.steal) / 100.0,
            run_queue: mean(&|s| s.r as f64),
            io_wait: mean(&|s| s.wait) / 100.0,
        },
        line,
        time.or(source.time()),
    )];
    if worst > 0.0 {
        signs.push(source.sign(SignKind::Paging { pages_per_s: worst }, line));
    }
    signs
}

fn iostat(i: &Iostat, source: &Source<'_>) -> Vec<Sign> {
    let mut signs = Vec::new();
    for d in &i.disks {
        let Some(busy) = d.busy_percent.filter(|b| *b >= 50.0) else {
            continue;
        };
        let line = source.find(|l| l.trim_start().starts_with(&d.name));
        let disk = d.name.clone();
        signs.push(source.sign(
            SignKind::DiskBusy {
                disk,
                busy: busy / 100.0,
            },
            line,
        ));
    }
    if let Some(cpu) = i.cpu {
        let line = source.find(|l| l.contains("avg-cpu"));
        signs.push(source.sign(
            SignKind::Cpu {
                busy: (cpu.user + cpu.system + cpu.steal) / 100.0,
                run_queue: 0.0,
                io_wait: cpu.wait / 100.0,
            },
            line,
        ));
    }
    signs
}

fn file_system(f: &FileSystem, source: &Source<'_>) -> Vec<Sign> {
    // Images are full by nature.
    let image = ["/dev/loop", "/dev/sr", "/dev/cd", "/proc"]
        .iter()
        .any(|p| f.device.starts_with(p))
        || f.mount.starts_with("/snap/");
    if image {
        return Vec::new();
    }
    let line = source.find(|l| l.trim_end().ends_with(&f.mount) && l.contains('%'));
    let mut signs = Vec::new();
    for (percent, inodes) in [(f.used_percent, false), (f.inodes_percent, true)] {
        let Some(used) = percent.map(|p| p / 100.0).filter(|u| *u >= NEARLY_FULL) else {
            continue;
        };
        let mount = f.mount.clone();
        signs.push(source.sign(SignKind::FileSystem { mount, used, inodes }, line));
    }
    signs
}

fn free(f: &Free, source: &Source<'_>) -> Vec<Sign> {
    let mut signs = Vec::new();
    let available = f.bytes(f.available.as_ref()).or_else(|| f.bytes(f.free.as_ref()));
    if let (Some(total), Some(available)) = (f.bytes(f.total.as_ref()), available) {
        let line = source.find(|l| l.starts_with("Mem"));
        signs.push(source.sign(SignKind::Memory { total, available }, line));
    }
    if let (Some(total), Some(used)) = (f.bytes(f.swap_total.as_ref()), f.bytes(f.swap_used.as_ref()))
        && total > 0
    {
        let line = source.find(|l| l.starts_with("Swap"));
        let used = used as f64 / total as f64;
        signs.push(source.sign(SignKind::PagingSpace { used }, line));
    }
    signs
}

fn top(screens: &[TopScreen], source: &Source<'_>) -> Vec<Sign> {
    // The first screen of `top -b` is an average since start: the last one tells the present.
    let Some(screen) = screens.last() else {
        return Vec::new();
    };
    let mut signs = Vec::new();
    let time = screen.clock.and_then(|clock| {
        let mut at = source.time()?;
        at.civil = at.civil.date().to_datetime(clock);
        Some(at)
    });
    if let Some(cpu) = screen.cpu {
        let run_queue = screen.load_average.first().and_then(|l| l.parse().ok()).unwrap_or(0.0);
        let line = source.find(|l| l.contains("Cpu"));
        let what = SignKind::Cpu {
            busy: (cpu.user + cpu.system + cpu.steal) / 100.0,
            run_queue,
            io_wait: cpu.wait / 100.0,
        };
        signs.push(source.sign(what, line));
    }
    if let Some((total, available)) = screen.memory {
        let line = source.find(|l| l.contains("Mem"));
        signs.push(source.sign(SignKind::Memory { total, available }, line));
    }
    let busy = screen
        .rows
        .iter()
        .filter(|p| p.cpu_percent.is_some_and(|c| c >= 5.0))
        .take(MAX_ROWS);
    for p in busy {
        let line =
            source.find_last(|l| l.split_ascii_whitespace().next().and_then(|w| w.parse::<u64>().ok()) == Some(p.pid));
        let cpu = p.cpu_percent.unwrap_or(0.0) / 100.0;
        let what = if screen.threads {
            SignKind::ThreadCpu {
                tid: p.pid,
                name: p.command.clone(),
                cpu,
            }
        } else {
            process_sign(p)
        };
        signs.push(match time {
            Some(time) => source.sign_at(what, line, Some(time)),
            None => source.sign(what, line),
        });
    }
    signs
}

fn process_sign(p: &Process) -> SignKind {
    SignKind::Process {
        pid: p.pid,
        command: p.command.clone(),
        cpu: p.cpu_percent.map(|c| c / 100.0),
        rss: p.rss,
        threads: p.threads,
    }
}

/// Java processes, and whatever uses much of a processor.
fn processes(rows: &[Process], source: &Source<'_>) -> Vec<Sign> {
    rows.iter()
        .filter(|p| is_java(&p.command) || p.cpu_percent.is_some_and(|c| c >= 20.0))
        .take(MAX_ROWS)
        .map(|p| {
            let line = source.find(|l| {
                l.split_ascii_whitespace()
                    .take(4)
                    .any(|w| w.parse::<u64>().ok() == Some(p.pid))
            });
            source.sign(process_sign(p), line)
        })
        .collect()
}

fn is_java(command: &str) -> bool {
    let program = command.split(' ').next().unwrap_or_default();
    matches!(
        program.rsplit(['/', '\\']).next().unwrap_or(program),
        "java" | "java.exe" | "javaw.exe"
    )
}

fn svmon(s: &Svmon, source: &Source<'_>) -> Vec<Sign> {
    const PAGE: u64 = 4096;
    let mut signs = Vec::new();
    if let (Some(size), Some(free)) = (s.memory.first(), s.memory.get(2)) {
        let line = source.find(|l| l.trim_start().starts_with("memory"));
        signs.push(source.sign(
            SignKind::Memory {
                total: size.saturating_mul(PAGE),
                available: free.saturating_mul(PAGE),
            },
            line,
        ));
    }
    if let (Some(size), Some(used)) = (s.paging.first().filter(|s| **s > 0), s.paging.get(1)) {
        let line = source.find(|l| l.trim_start().starts_with("pg space"));
        let used = *used as f64 / *size as f64;
        signs.push(source.sign(SignKind::PagingSpace { used }, line));
    }
    signs
}

fn svmon_processes(rows: &[SvmonProcess], source: &Source<'_>) -> Vec<Sign> {
    rows.iter()
        .take(MAX_ROWS)
        .map(|p| {
            let line = source.find(|l| l.trim_start().starts_with(&p.pid.to_string()));
            source.sign(
                SignKind::Process {
                    pid: p.pid,
                    command: p.command.clone(),
                    cpu: None,
                    rss: Some(p.inuse.saturating_mul(4096)),
                    threads: None,
                },
                line,
            )
        })
        .collect()
}

fn paging(spaces: &[PagingSpace], source: &Source<'_>) -> Vec<Sign> {
    let total: u64 = spaces.iter().map(|s| s.size_mb).sum();
    if total == 0 {
        return Vec::new();
    }
    let used = spaces.iter().map(|s| s.used_percent * s.size_mb as f64).sum::<f64>() / total as f64 / 100.0;
    let line = source.find(|l| l.contains("MB"));
    vec![source.sign(SignKind::PagingSpace { used }, line)]
}

fn settings(s: &Settings, source: &Source<'_>) -> Vec<Sign> {
    let megabytes = |labels: &[&str]| -> Option<u64> {
        let digits: String = s.get(labels)?.chars().filter(char::is_ascii_digit).collect();
        digits.parse::<u64>().ok().map(|mb| mb.saturating_mul(1 << 20))
    };
    let total = megabytes(&["Total Physical Memory", "物理内存总量"]);
    let available = megabytes(&["Available Physical Memory", "可用的物理内存"]);
    match (total, available) {
        (Some(total), Some(available)) => {
            let line = source.find(|l| l.starts_with("Total Physical") || l.starts_with("物理内存总量"));
            vec![source.sign(SignKind::Memory { total, available }, line)]
        }
        _ => Vec::new(),
    }
}

fn kernel(events: &[KernelEvent], source: &Source<'_>) -> Vec<Sign> {
    let sign = |e: &KernelEvent| {
        let what = match &e.what {
            KernelLine::OomKilled { pid, name, rss_kb, .. } => SignKind::OomKill {
                pid: *pid,
                name: name.clone(),
                rss: rss_kb.map(|kb| kb.saturating_mul(1024)),
            },
            KernelLine::Segfault { name, pid, .. } => SignKind::CoreDump {
                program: name.clone(),
                pid: *pid,
                signal: Some(11),
            },
            KernelLine::Link { adapter, up: false } => SignKind::LinkDown {
                adapter: adapter.clone(),
            },
            KernelLine::Link { adapter, up: true } => SignKind::LinkUp {
                adapter: adapter.clone(),
            },
            KernelLine::FileSystem { what, full: true } => SignKind::NoSpace { mount: what.clone() },
            KernelLine::FileSystem { what, .. } | KernelLine::Hardware { what } => {
                SignKind::HardwareError { what: what.clone() }
            }
            KernelLine::HungTask { what } => SignKind::KernelTrouble { what: what.clone() },
            KernelLine::SynFlood { .. } | KernelLine::ConntrackFull => SignKind::KernelTrouble {
                what: e.quote.trim().to_owned(),
            },
            KernelLine::Boot => SignKind::Reboot,
            KernelLine::OomInvoked { .. } | KernelLine::OomCgroup { .. } => return None,
        };
        Some(match e.time {
            Some(time) => source.sign_at(what, e.line, Some(time)),
            None => source.sign_at(what, e.line, None),
        })
    };
    let mut signs: Vec<Sign> = events.iter().filter_map(sign).collect();
    // Kernel and reaper print one victim twice.
    signs.dedup_by(|b, a| matches!((&a.what, &b.what), (SignKind::OomKill { pid: x, .. }, SignKind::OomKill { pid: y, .. }) if x == y));
    signs
}

fn limit(l: &Limit, source: &Source<'_>) -> Option<Sign> {
    if !matches!(l.what, "threads" | "files" | "core") {
        return None;
    }
    let limit = l.soft?;
    let line = source.find(|t| t.trim_start().starts_with(&l.name));
    Some(source.sign(
        SignKind::Limit {
            what: l.what.to_owned(),
            used: None,
            limit,
        },
        line,
    ))
}

fn status(values: &[StatusValue], source: &Source<'_>) -> Vec<Sign> {
    let get = |name: &str| {
        values
            .iter()
            .find(|v| v.name == name)
            .and_then(|v| v.value.as_ref().ok().copied())
    };
    let mut signs = Vec::new();
    if let (Some(total), Some(available)) = (get("MemTotal"), get("MemAvailable")) {
        let line = source.find(|l| l.starts_with("MemTotal"));
        signs.push(source.sign(SignKind::Memory { total, available }, line));
    }
    for (limit, used) in [
        ("memory.max", "memory.current"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes"),
    ] {
        // An unlimited cgroup of version 1 prints the largest page-aligned number.
        if let Some(limit) = get(limit).filter(|l| *l < 1 << 60) {
            let line = source.find(|_| true);
            let what = "memory".to_owned();
            signs.push(source.sign(
                SignKind::Limit {
                    what,
                    used: get(used),
                    limit,
                },
                line,
            ));
        }
    }
    signs
}

/// Program and settings files that are clearly younger than most of their neighbours: somebody replaced them.
fn changed_files(files: &[FileEntry], source: &Source<'_>) -> Vec<Sign> {
    const PROGRAM: [&str; 12] = [
        ".jar",
        ".war",
        ".ear",
        ".class",
        ".so",
        ".dll",
        ".jsp",
        ".properties",
        ".yml",
        ".yaml",
        ".conf",
        ".sh",
    ];
    let mut times: Vec<_> = files.iter().filter_map(|f| f.time.map(|t| t.civil)).collect();
    times.sort_unstable();
    let Some(median) = times.get(times.len() / 2).copied().filter(|_| times.len() >= 2) else {
        return Vec::new();
    };
    let older = times.iter().filter(|t| **t <= median).count();
    if older * 2 < times.len() {
        return Vec::new();
    }
    files
        .iter()
        .filter(|f| PROGRAM.iter().any(|s| f.name.ends_with(s)))
        .filter_map(|f| {
            let time: Stamp = f.time.filter(|t| t.civil.duration_since(median).as_secs() > 60)?;
            let what = f.name.clone();
            Some(source.sign_at(SignKind::Change { what }, f.line, Some(time)))
        })
        .take(MAX_ROWS)
        .collect()
}

fn descriptors(t: &Targets, source: &Source<'_>) -> Vec<Sign> {
    if t.total == 0 {
        return Vec::new();
    }
    let mostly = t
        .targets
        .first()
        .filter(|(_, n)| *n * 4 >= t.total)
        .map(|(name, n)| format!("{n} × {name}"));
    let line = t
        .targets
        .first()
        .map_or(1, |(name, _)| source.find(|l| l.contains(name.as_str())));
    vec![source.sign(
        SignKind::Descriptors {
            open: t.total,
            limit: None,
            mostly,
        },
        line,
    )]
}

fn histogram(rows: &[HistogramRow], source: &Source<'_>) -> Vec<Sign> {
    if rows.is_empty() {
        return Vec::new();
    }
    let line = source.find(|l| l.trim_start().starts_with("1:"));
    let rows = rows
        .iter()
        .take(30)
        .map(|r| (r.class.clone(), r.instances, r.bytes))
        .collect();
    vec![source.sign(SignKind::ClassHistogram { rows }, line)]
}

fn metaspace(m: &MetaspaceUse, source: &Source<'_>) -> Vec<Sign> {
    if m.used.is_none() && m.loaders.is_empty() {
        return Vec::new();
    }
    let line = source.find(|l| {
        ["Total Usage", "Total = ", "Metaspace", "0x"]
            .iter()
            .any(|w| l.contains(w))
    });
    vec![source.sign(
        SignKind::Metaspace {
            used: m.used.unwrap_or(0),
            limit: m.limit,
            loaders: m.loaders.iter().take(30).map(|l| (l.class.clone(), l.count)).collect(),
        },
        line,
    )]
}
