//! Limits and status files.

use super::table::size;

/// One limit; `None` is unlimited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Name as printed (`Max open files`, `open files`, `nofiles(descriptors)`).
    pub name: String,
    /// `threads`, `files`, `core`, `stack`, `memory` or `""`.
    pub what: &'static str,
    /// Soft limit.
    pub soft: Option<u64>,
    /// Hard limit.
    pub hard: Option<u64>,
}

/// `/proc/PID/limits` and `ulimit -a` of Linux and AIX.
pub(super) fn limits(lines: &[&str]) -> Vec<Limit> {
    lines
        .iter()
        .filter_map(|line| proc_limit(line).or_else(|| ulimit(line)))
        .collect()
}

/// `Max open files            320                  320                  files     `.
fn proc_limit(line: &str) -> Option<Limit> {
    let text = line.trim();
    if !text.starts_with("Max ") {
        return None;
    }
    let at = text.find("  ")?;
    let (name, rest) = text.split_at_checked(at)?;
    let mut words = rest.split_ascii_whitespace();
    let soft = words.next()?;
    let hard = words.next().unwrap_or(soft);
    Some(Limit {
        name: name.to_owned(),
        what: meaning(name),
        soft: soft.parse().ok(),
        hard: hard.parse().ok(),
    })
}

/// `open files                      (-n) 1024`, AIX `nofiles(descriptors) 2000`.
fn ulimit(line: &str) -> Option<Limit> {
    let text = line.trim();
    let value = text.split_ascii_whitespace().next_back()?;
    if value != "unlimited" && value.parse::<u64>().is_err() {
        return None;
    }
    let name = text.strip_suffix(value)?.trim_end();
    let name = name.split(" (").next().unwrap_or(name).trim();
    if !is_limit_line(line) {
        return None;
    }
    let soft = value.parse().ok();
    Some(Limit {
        name: name.to_owned(),
        what: meaning(name),
        soft,
        hard: soft,
    })
}

fn meaning(name: &str) -> &'static str {
    let lower = name.to_ascii_lowercase();
    if lower.contains("open files") || lower.contains("nofiles") || lower.contains("descriptors") {
        "files"
    } else if lower.contains("processes") || lower.contains("threads(per") {
        "threads"
    } else if lower.contains("core") {
        "core"
    } else if lower.contains("stack") {
        "stack"
    } else if lower.contains("address space")
        || lower.contains("virtual memory")
        || lower.contains("data seg")
        || lower.starts_with("data(")
        || lower.starts_with("memory(")
    {
        "memory"
    } else {
        ""
    }
}

/// True for a line of either form.
pub(super) fn is_limit_line(line: &str) -> bool {
    let text = line.trim_start();
    if text.starts_with("Max ")
        && (text.contains("  unlimited")
            || text
                .split_ascii_whitespace()
                .filter(|w| w.parse::<u64>().is_ok())
                .count()
                >= 2)
    {
        return true;
    }
    let linux = text.contains("(-") || text.contains(", -");
    let names = [
        "core file size",
        "data seg size",
        "file size",
        "open files",
        "max user processes",
        "stack size",
        "virtual memory",
        "max locked memory",
        "cpu time",
        "pipe size",
        "max memory size",
        "pending signals",
    ];
    let aix = [
        "time(seconds)",
        "file(blocks)",
        "data(kbytes)",
        "stack(kbytes)",
        "memory(kbytes)",
        "coredump(blocks)",
        "nofiles(descriptors)",
        "threads(per process)",
        "processes(per user)",
    ];
    linux && names.iter().any(|n| text.starts_with(n)) || aix.iter().any(|n| text.starts_with(n))
}

/// One value of a status file, in bytes where it is a size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusValue {
    /// Name (`VmRSS`, `Threads`, `MemAvailable`, `memory.max`).
    pub name: String,
    /// Value; text when it is no number.
    pub value: Result<u64, String>,
}

/// `Name: java`, `VmRSS: 189384 kB`, `Threads: 620`; a cgroup file holds a bare number, named by the command.
pub(super) fn status(lines: &[&str], command: &str) -> Vec<StatusValue> {
    let file = command
        .split_ascii_whitespace()
        .rfind(|w| w.contains('/'))
        .and_then(|p| p.rsplit('/').next())
        .unwrap_or_default();
    let mut values = Vec::new();
    for line in lines {
        let text = line.trim();
        if let Some((name, value)) = text.split_once(':') {
            values.push(StatusValue {
                name: name.trim().to_owned(),
                value: figure(value.trim()),
            });
        } else if !file.is_empty() && !text.is_empty() {
            let mut words = text.split_ascii_whitespace();
            let (first, second) = (words.next().unwrap_or_default(), words.next());
            // `oom_kill 3` of memory.events, or the bare number of memory.max.
            let (name, value) = second.map_or((file, first), |second| (first, second));
            values.push(StatusValue {
                name: name.to_owned(),
                value: figure(value),
            });
        }
    }
    values
}

fn figure(text: &str) -> Result<u64, String> {
    let mut words = text.split_ascii_whitespace();
    let number = words.next().unwrap_or_default();
    match (number.parse::<u64>(), words.next()) {
        (Ok(n), Some("kB")) => Ok(n.saturating_mul(1024)),
        (Ok(n), None) => Ok(n),
        _ => size(text, 1)
            .filter(|_| text.ends_with(['B', 'b']))
            .ok_or_else(|| text.to_owned()),
    }
}

/// True for a line of `/proc/PID/status` or `/proc/meminfo`.
pub(super) fn is_status_line(line: &str) -> bool {
    let Some((name, value)) = line.split_once(':') else {
        return false;
    };
    const NAMES: [&str; 22] = [
        "VmPeak",
        "VmSize",
        "VmRSS",
        "VmHWM",
        "VmData",
        "VmStk",
        "VmSwap",
        "Threads",
        "FDSize",
        "MemTotal",
        "MemFree",
        "MemAvailable",
        "SwapTotal",
        "SwapFree",
        "Cached",
        "Buffers",
        "Pid",
        "PPid",
        "Tgid",
        "State",
        "Name",
        "Slab",
    ];
    NAMES.contains(&name.trim()) && !value.is_empty()
}
