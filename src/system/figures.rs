//! The listing's own figures as printed, under the keys of `corpus/system/TRUTH.tsv`.

use goldenhour_parsers::system::{
    ErrptEntry, ErrptRow, FileSystem, Free, KernelEvent, KernelLine, Listing, Output, PagingSpace, Process, Session,
    Settings, Sockets, Svmon, TopScreen, Vmstat,
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

type Facts = Map<String, Value>;

/// Rows named in a list of facts.
const MAX_LIST: usize = 1_000;

/// The figures of one output.
pub(super) fn of(output: &Output) -> Facts {
    let mut out = Facts::new();
    if let Some(command) = &output.command {
        out.insert("command".into(), command.clone().into());
    }
    match &output.listing {
        Listing::Errpt(rows) => errpt(rows, &mut out),
        Listing::ErrptDetails(entries) => errpt_details(entries, &mut out),
        Listing::Sockets(sockets) => net(sockets, &mut out),
        Listing::Routes(routes) => {
            let gateways: Vec<&str> = routes
                .iter()
                .filter(|r| r.is_default())
                .map(|r| r.gateway.as_str())
                .collect();
            if !gateways.is_empty() {
                out.insert("default_gateway".into(), json!(gateways));
            }
            out.insert("routes".into(), routes.len().into());
        }
        Listing::Interfaces(interfaces) => {
            for i in interfaces.iter().take(MAX_LIST) {
                out.insert(
                    format!("errors.{}", i.name),
                    i.errors_in.saturating_add(i.errors_out).into(),
                );
            }
        }
        Listing::Vmstat(v) => vmstat(v, &mut out),
        Listing::Iostat(i) => {
            out.insert("reports".into(), i.reports.into());
            out.insert("disks".into(), i.disks.len().into());
            let busiest = i
                .disks
                .iter()
                .filter_map(|d| Some((d.busy_percent?, &d.name)))
                .max_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((busy, name)) = busiest {
                out.insert("busiest".into(), format!("{busy}% {name}").into());
            }
        }
        Listing::FileSystems(rows) => file_systems(rows, &mut out),
        Listing::Free(f) => free(f, &mut out),
        Listing::Uptime(u) => {
            put(&mut out, "load_average", u.load_average.clone());
            put(&mut out, "up", u.up.clone());
        }
        Listing::Top(screens) => top(screens, &mut out),
        Listing::Processes(rows) => processes(rows, &mut out),
        Listing::Svmon(s) => svmon(s, &mut out),
        Listing::SvmonProcesses(rows) => {
            out.insert("processes".into(), rows.len().into());
            if let Some(p) = rows.iter().max_by_key(|p| (p.inuse, std::cmp::Reverse(p.pid))) {
                out.insert(
                    "largest_inuse".into(),
                    format!("{} pid={} {}", p.inuse, p.pid, p.command).into(),
                );
            }
        }
        Listing::PagingSpaces(spaces) => paging(spaces, &mut out),
        Listing::Settings(s) => settings(output.kind, s, &mut out),
        Listing::Kernel(events) => kernel(events, &mut out),
        Listing::Syslog(log) => {
            out.insert("records".into(), log.records.into());
            kernel(&log.events, &mut out);
        }
        Listing::Limits(limits) => {
            for l in limits {
                let value = l.soft.map_or_else(|| Value::from("unlimited"), Value::from);
                out.insert(l.name.clone(), value);
            }
        }
        Listing::Status(values) => {
            for v in values.iter().take(MAX_LIST) {
                let value = match &v.value {
                    Ok(n) => Value::from(*n),
                    Err(text) => Value::from(text.clone()),
                };
                out.insert(v.name.clone(), value);
            }
        }
        Listing::Files(files) => {
            out.insert("files".into(), files.len().into());
            let newest = files
                .iter()
                .filter(|f| f.time.is_some())
                .max_by_key(|f| f.time.map(|t| t.civil));
            if let Some(f) = newest {
                out.insert("newest".into(), f.name.clone().into());
            }
        }
        Listing::Descriptors(t) => {
            out.insert("open".into(), t.total.into());
            if let Some((name, n)) = t.targets.first() {
                out.insert("mostly".into(), format!("{n} {name}").into());
            }
        }
        Listing::History(entries) => {
            out.insert("commands".into(), entries.len().into());
        }
        Listing::Sessions(rows) => sessions(rows, &mut out),
        Listing::DatabaseLog(log) => {
            out.insert("records".into(), log.records.into());
            out.insert("lock_waits".into(), log.lock_waits.len().into());
            out.insert("errors".into(), log.errors.len().into());
            if log.slow > 0 {
                out.insert("slow_statements".into(), log.slow.into());
                out.insert("slowest_ms".into(), json!(log.slowest_ms));
            }
        }
        Listing::Histogram(rows) => {
            out.insert("classes".into(), rows.len().into());
            if let Some(r) = rows.first() {
                out.insert("largest".into(), format!("{} {}", r.bytes, r.class).into());
            }
        }
        Listing::Metaspace(m) => {
            put(&mut out, "used", m.used);
            put(&mut out, "committed", m.committed);
            put(&mut out, "limit", m.limit);
            put(&mut out, "loaders", m.loaders_total);
            put(&mut out, "classes", m.classes);
        }
        Listing::Other => {
            out.insert("lines".into(), output.lines.into());
        }
    }
    out
}

/// The host that the output itself names.
pub(super) fn host(output: &Output) -> Option<String> {
    match &output.listing {
        Listing::ErrptDetails(entries) => entries.iter().find_map(|e| e.node.clone()),
        Listing::Settings(s) => s.get(&["Host Name", "主机名", "Node Name"]).map(str::to_owned),
        Listing::Syslog(log) => log.host.clone(),
        Listing::Kernel(events) => events.iter().find_map(|e| e.host.clone()),
        _ => None,
    }
}

fn put(out: &mut Facts, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        out.insert(key.to_owned(), value.into());
    }
}

fn tally<'a>(words: impl Iterator<Item = &'a str>) -> Value {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    json!(counts)
}

fn errpt(rows: &[ErrptRow], out: &mut Facts) {
    out.insert("entries".into(), rows.len().into());
    let mut ids: BTreeMap<&str, (u64, &str)> = BTreeMap::new();
    for row in rows {
        ids.entry(&row.identifier).or_insert((0, &row.description)).0 += 1;
    }
    for (id, (count, description)) in ids.into_iter().take(MAX_LIST) {
        out.insert(format!("id.{id}"), format!("{count}|{description}").into());
    }
    let resources: BTreeSet<&str> = rows.iter().map(|r| r.resource.as_str()).collect();
    out.insert("resources".into(), json!(resources));
    out.insert("types".into(), tally(rows.iter().map(|r| r.kind.as_str())));
    out.insert("classes".into(), tally(rows.iter().map(|r| r.class.as_str())));
    // Newest first as printed; the first in time is what is asked for.
    let mut times: Vec<(_, &str)> = rows
        .iter()
        .filter_map(|r| Some((r.time()?.civil, r.timestamp.as_str())))
        .collect();
    times.sort_unstable();
    put(out, "first_ts_MMDDhhmmyy", times.first().map(|(_, t)| *t));
    put(out, "last_ts_MMDDhhmmyy", times.last().map(|(_, t)| *t));
}

fn errpt_details(entries: &[ErrptEntry], out: &mut Facts) {
    out.insert("entries".into(), entries.len().into());
    let Some(e) = entries.first() else { return };
    out.insert("label".into(), e.label.clone().into());
    out.insert("identifier".into(), e.identifier.clone().into());
    put(out, "sequence_number", e.sequence);
    put(out, "node_id", e.node.clone());
    out.insert("class".into(), e.class.clone().into());
    out.insert("type".into(), e.kind.clone().into());
    out.insert("resource_name".into(), e.resource.clone().into());
    out.insert("labels".into(), tally(entries.iter().map(|e| e.label.as_str())));
}

fn net(sockets: &Sockets, out: &mut Facts) {
    let ports: BTreeSet<u64> = sockets
        .tcp
        .iter()
        .filter(|s| s.listens())
        .filter_map(|s| s.local_port.parse().ok())
        .collect();
    if sockets.family == "ss" {
        if !sockets.netids.is_empty() {
            let netids: BTreeMap<&str, u64> = sockets.netids.iter().map(|(n, c)| (n.as_str(), *c)).collect();
            out.insert("netid".into(), json!(netids));
        }
        out.insert(
            "tcp_listen".into(),
            sockets.tcp.iter().filter(|s| s.listens()).count().into(),
        );
    }
    out.insert("tcp_rows".into(), sockets.tcp.len().into());
    out.insert("tcp_states".into(), tally(sockets.tcp.iter().map(|s| s.state.as_str())));
    if !ports.is_empty() {
        out.insert("listen_ports".into(), json!(ports));
    }
    out.insert("udp_rows".into(), sockets.udp.into());
}

fn vmstat(v: &Vmstat, out: &mut Facts) {
    out.insert("samples".into(), v.samples.len().into());
    out.insert("header_lines".into(), v.header_lines.into());
    put(out, "max_r", v.samples.iter().map(|s| s.r).max());
    put(out, "max_b", v.samples.iter().map(|s| s.b).max());
    put(out, "lcpu", v.processors);
    put(out, "mem_mb", v.memory_mb);
}

fn file_systems(rows: &[FileSystem], out: &mut Facts) {
    out.insert("filesystems".into(), rows.len().into());
    let mut fullest: Option<(f64, &str)> = None;
    for row in rows {
        let Some(percent) = row.used_percent.or(row.inodes_percent) else {
            continue;
        };
        if fullest.is_none_or(|(most, _)| percent > most) {
            fullest = Some((percent, &row.mount));
        }
    }
    if let Some((percent, mount)) = fullest {
        out.insert("fullest".into(), format!("{percent}% {mount}").into());
    }
}

fn free(f: &Free, out: &mut Facts) {
    put(out, "mem_total", f.total.clone().map(figure));
    put(out, "mem_used", f.used.clone().map(figure));
    put(out, "mem_free", f.free.clone().map(figure));
    put(out, "mem_available", f.available.clone().map(figure));
    put(out, "swap_total", f.swap_total.clone().map(figure));
    put(out, "swap_used", f.swap_used.clone().map(figure));
}

/// A number where it is one, else the words.
fn figure(text: String) -> Value {
    text.parse::<u64>().map_or_else(|_| text.into(), Value::from)
}

fn top(screens: &[TopScreen], out: &mut Facts) {
    out.insert("screens".into(), screens.len().into());
    let Some(s) = screens.first() else { return };
    if !s.load_average.is_empty() {
        out.insert("load_average".into(), json!(s.load_average));
    }
    put(out, "tasks_total", s.tasks_total);
}

fn processes(rows: &[Process], out: &mut Facts) {
    out.insert("processes".into(), rows.len().into());
    let largest = rows
        .iter()
        .filter(|p| p.rss.is_some())
        .max_by_key(|p| (p.rss, std::cmp::Reverse(p.pid)));
    if let Some(p) = largest {
        let program = p.command.split(' ').next().unwrap_or_default();
        let kb = p.rss.unwrap_or(0) / 1024;
        out.insert("largest_rss_kb".into(), format!("{kb} pid={} {program}", p.pid).into());
    }
    put(out, "threads", rows.iter().filter_map(|p| p.threads).max());
}

fn svmon(s: &Svmon, out: &mut Facts) {
    put(out, "memory_size", s.memory.first().copied());
    put(out, "memory_inuse", s.memory.get(1).copied());
    put(out, "memory_free", s.memory.get(2).copied());
    put(out, "memory_virtual", s.memory.get(4).copied());
    if let (Some(size), Some(virt)) = (s.memory.first(), s.memory.get(4)) {
        out.insert("virtual_over_size".into(), virt.saturating_sub(*size).into());
    }
    put(out, "pgspace_size", s.paging.first().copied());
    put(out, "pgspace_inuse", s.paging.get(1).copied());
}

fn paging(spaces: &[PagingSpace], out: &mut Facts) {
    let total: u64 = spaces.iter().map(|s| s.size_mb).sum();
    if total > 0 {
        let used: f64 = spaces.iter().map(|s| s.used_percent * s.size_mb as f64).sum::<f64>() / total as f64;
        out.insert("total_mb".into(), total.into());
        let whole = (used * 10.0).round() / 10.0;
        let value = if whole.fract() == 0.0 {
            Value::from(whole as u64)
        } else {
            json!(whole)
        };
        out.insert("used_percent".into(), value);
    }
    for s in spaces.iter().filter(|s| !s.name.is_empty()) {
        out.insert(format!("used.{}", s.name), format!("{}%", s.used_percent).into());
    }
}

fn settings(kind: &str, s: &Settings, out: &mut Facts) {
    let keys: &[(&str, &[&str])] = if kind == "systeminfo" {
        &[
            ("host_name", &["Host Name", "主机名"]),
            ("os_name", &["OS Name", "OS 名称"]),
            ("os_version", &["OS Version", "OS 版本"]),
            ("total_physical_memory", &["Total Physical Memory", "物理内存总量"]),
            (
                "available_physical_memory",
                &["Available Physical Memory", "可用的物理内存"],
            ),
            ("system_boot_time", &["System Boot Time", "系统启动时间"]),
        ]
    } else {
        &[
            ("node_name", &["Node Name"]),
            ("type", &["Type"]),
            ("mode", &["Mode"]),
            ("entitled_capacity", &["Entitled Capacity"]),
            ("online_virtual_cpus", &["Online Virtual CPUs"]),
            ("online_memory", &["Online Memory"]),
        ]
    };
    for (key, labels) in keys {
        put(out, key, s.get(labels));
    }
}

fn kernel(events: &[KernelEvent], out: &mut Facts) {
    let mut victims: Vec<String> = Vec::new();
    let mut cgroup = false;
    let mut oom = false;
    for event in events {
        match &event.what {
            KernelLine::OomInvoked { by } => {
                oom = true;
                out.entry("invoked_by").or_insert_with(|| by.clone().into());
            }
            KernelLine::OomKilled {
                pid, name, anon_rss_kb, ..
            } => {
                oom = true;
                victims.push(format!("{pid}:{name}"));
                if let Some(kb) = anon_rss_kb {
                    out.entry("victim_anon_rss_kb").or_insert_with(|| (*kb).into());
                }
            }
            KernelLine::OomCgroup { .. } => cgroup = true,
            KernelLine::SynFlood { port } => {
                out.entry("syn_flood_port").or_insert_with(|| (*port).into());
            }
            _ => {}
        }
    }
    if oom {
        victims.dedup();
        victims.truncate(MAX_LIST);
        out.insert("victims".into(), json!(victims));
        out.insert("scope".into(), if cgroup { "memcg" } else { "global" }.into());
    }
}

fn sessions(rows: &[Session], out: &mut Facts) {
    out.insert("sessions".into(), rows.len().into());
    out.insert("states".into(), tally(rows.iter().map(|s| s.state.as_str())));
}
