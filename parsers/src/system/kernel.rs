//! Kernel messages and syslog.

use crate::{
    Stamp,
    gc::bytes::{clock, iso_stamp, month},
};
use jiff::civil::Date;

/// What a kernel line reports.
#[derive(Debug, Clone, PartialEq)]
pub enum KernelLine {
    /// `NAME invoked oom-killer`.
    OomInvoked {
        /// Who asked for memory.
        by: String,
    },
    /// `Killed process PID (NAME) … anon-rss:NkB`.
    OomKilled {
        /// Pid.
        pid: u64,
        /// Name.
        name: String,
        /// Anonymous resident KiB.
        anon_rss_kb: Option<u64>,
        /// All resident KiB.
        rss_kb: Option<u64>,
    },
    /// The kill happened because of a memory cgroup's limit.
    OomCgroup {
        /// Limit in KiB, when printed.
        limit_kb: Option<u64>,
    },
    /// `NAME[PID]: segfault at …`.
    Segfault {
        /// Program.
        name: String,
        /// Pid.
        pid: Option<u64>,
        /// Module named at the end (`in libx.so[…]`).
        module: Option<String>,
    },
    /// `TCP: Possible SYN flooding on port N`.
    SynFlood {
        /// Port.
        port: u64,
    },
    /// A link went down or came up.
    Link {
        /// Adapter.
        adapter: String,
        /// Up again.
        up: bool,
    },
    /// No space or a file-system error.
    FileSystem {
        /// The words.
        what: String,
        /// True when space ran out.
        full: bool,
    },
    /// Disk, memory or machine-check errors.
    Hardware {
        /// The words.
        what: String,
    },
    /// `INFO: task NAME:PID blocked for more than N seconds`.
    HungTask {
        /// The words.
        what: String,
    },
    /// `nf_conntrack: table full, dropping packet`.
    ConntrackFull,
    /// The system booted or went down.
    Boot,
}

/// One reported event.
#[derive(Debug, Clone, PartialEq)]
pub struct KernelEvent {
    /// What.
    pub what: KernelLine,
    /// When, if printed with a date (the year may be missing: then it is 0).
    pub time: Option<Stamp>,
    /// Seconds since boot, if printed so.
    pub uptime_s: Option<f64>,
    /// Host, if printed.
    pub host: Option<String>,
    /// 1-based line.
    pub line: u64,
    /// The line, at most 300 characters.
    pub quote: String,
}

/// Messages of a syslog file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Syslog {
    /// Records: lines with a priority (`<34>`) where any line has one, else lines with a date and host.
    pub records: u64,
    /// What the kernel said among them.
    pub events: Vec<KernelEvent>,
    /// Host of the first record.
    pub host: Option<String>,
}

pub(super) fn events(lines: &[&str], first_line: u64) -> Vec<KernelEvent> {
    let mut found = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let prefix = prefix(line);
        if let Some(what) = read(prefix.message, line) {
            found.push(KernelEvent {
                what,
                time: prefix.time,
                uptime_s: prefix.uptime_s,
                host: prefix.host.map(str::to_owned),
                line: first_line + i as u64,
                quote: line.chars().take(300).collect(),
            });
        }
    }
    found
}

pub(super) fn syslog(lines: &[&str], first_line: u64) -> Syslog {
    let with_priority = lines.iter().filter(|l| has_priority(l)).count();
    let dated = lines.iter().filter(|l| is_syslog(l)).count();
    Syslog {
        records: if with_priority > 0 { with_priority } else { dated } as u64,
        host: lines.iter().find_map(|l| prefix(l).host.map(str::to_owned)),
        events: events(lines, first_line),
    }
}

/// What stands before the message.
struct Prefix<'t> {
    time: Option<Stamp>,
    uptime_s: Option<f64>,
    host: Option<&'t str>,
    message: &'t str,
}

/// `[137771.992498] `, `[Thu Nov 19 10:00:00 2026] `, `Oct 11 22:14:15 host kernel: `, `2026-11-19T10:00:00+08:00 host kernel: `.
fn prefix(line: &str) -> Prefix<'_> {
    let mut found = Prefix {
        time: None,
        uptime_s: None,
        host: None,
        message: line.trim(),
    };
    let text = without_priority(found.message);
    if let Some((stamp, rest)) = bsd_stamp(text).or_else(|| iso(text)) {
        found.time = Some(stamp);
        let mut words = rest.trim_start().splitn(2, ' ');
        found.host = words.next().filter(|h| !h.is_empty() && !h.ends_with(':'));
        let rest = if found.host.is_some() {
            words.next().unwrap_or_default()
        } else {
            rest
        };
        found.message = rest.trim_start().strip_prefix("kernel:").unwrap_or(rest).trim_start();
    } else {
        found.message = text;
    }
    if let Some((inner, rest)) = found.message.strip_prefix('[').and_then(|r| r.split_once(']')) {
        if let Ok(seconds) = inner.trim().parse::<f64>() {
            (found.uptime_s, found.message) = (Some(seconds), rest.trim_start());
        } else if let Some((stamp, _)) = crate::gc::bytes::ctime(inner) {
            (found.time, found.message) = (Some(stamp), rest.trim_start());
        }
    }
    found
}

fn iso(text: &str) -> Option<(Stamp, &str)> {
    let (stamp, rest) = iso_stamp(text.as_bytes())?;
    Some((stamp, std::str::from_utf8(rest).ok()?))
}

/// `Oct 11 22:14:15`: no year, so the year is 0 until somebody knows it.
fn bsd_stamp(text: &str) -> Option<(Stamp, &str)> {
    let month = month(text.get(..3)?.as_bytes())?;
    let rest = text.get(3..)?.strip_prefix(' ')?.trim_start();
    let (day, rest) = rest.split_once(' ')?;
    let time = rest.get(..8)?;
    if time.as_bytes().get(2) != Some(&b':') {
        return None;
    }
    let date = Date::new(0, month, day.parse().ok()?).ok()?;
    let stamp = Stamp::local(date.to_datetime(clock(time.as_bytes())?));
    Some((stamp, rest.get(8..)?))
}

fn without_priority(text: &str) -> &str {
    if !has_priority(text) {
        return text;
    }
    text.split_once('>').map_or(text, |(_, rest)| rest)
}

fn has_priority(line: &str) -> bool {
    let Some(rest) = line.strip_prefix('<') else {
        return false;
    };
    rest.split_once('>')
        .is_some_and(|(n, _)| (1..=4).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()))
}

/// True for a line with a syslog date and a host.
pub(super) fn is_syslog(line: &str) -> bool {
    let text = without_priority(line.trim_end());
    if bsd_stamp(text).is_some_and(|(_, rest)| rest.starts_with(' ') && rest.contains(':')) {
        return true;
    }
    // journalctl -o short-iso: an offset and a host follow the time, then `program[pid]:`.
    iso(text).is_some_and(|(stamp, rest)| {
        let mut words = rest.split_ascii_whitespace();
        let program = words.nth(1).unwrap_or_default();
        stamp.offset.is_some() && rest.starts_with(' ') && program.ends_with(':') && !program.starts_with('[')
    })
}

/// True for a line of `dmesg` with a time since boot or a date in brackets.
pub(super) fn is_kernel_line(line: &str) -> bool {
    let Some((inner, rest)) = line.strip_prefix('[').and_then(|r| r.split_once(']')) else {
        return false;
    };
    let seconds = inner.trim().split_once('.').is_some_and(|(a, b)| {
        b.len() == 6 && b.bytes().all(|c| c.is_ascii_digit()) && a.trim().bytes().all(|c| c.is_ascii_digit())
    });
    let date = inner.len() >= 20 && crate::gc::bytes::ctime(inner).is_some();
    (seconds || date) && rest.starts_with(' ')
}

/// True for a line that only a kernel writes about memory, links or disks.
pub(super) fn is_event(line: &str) -> bool {
    read(prefix(line).message, line).is_some()
}

/// Kernel messages without any prefix: an out-of-memory report among lines that are no log of something else.
pub(super) fn is_mostly_kernel(lines: &[&&str]) -> bool {
    let oom = lines
        .iter()
        .any(|l| l.contains("invoked oom-killer") || l.contains("Killed process ") || l.contains("Kill process "));
    let logged = lines
        .iter()
        .filter(|l| l.contains(" INFO ") || l.contains(" ERROR ") || l.contains("\tat "))
        .count();
    oom && logged * 4 < lines.len()
}

fn read(message: &str, line: &str) -> Option<KernelLine> {
    oom(message).or_else(|| trouble(message, line))
}

fn oom(message: &str) -> Option<KernelLine> {
    if let Some((by, _)) = message.split_once(" invoked oom-killer") {
        let by = by.rsplit(' ').next().unwrap_or(by).to_owned();
        return Some(KernelLine::OomInvoked { by });
    }
    let at = message
        .find("Killed process ")
        .or_else(|| message.find("killed process "));
    if let Some(rest) = at.and_then(|a| message.get(a + 15..)) {
        let (pid, rest) = rest.split_once([' ', ',']).unwrap_or((rest, ""));
        let name = rest
            .split_once('(')
            .and_then(|(_, r)| r.split_once(')'))
            .map_or("", |(n, _)| n);
        let anon = kilo(rest, "anon-rss:");
        let file = kilo(rest, "file-rss:")
            .unwrap_or(0)
            .saturating_add(kilo(rest, "shmem-rss:").unwrap_or(0));
        return Some(KernelLine::OomKilled {
            pid: pid.trim_end_matches(',').parse().ok()?,
            name: name.to_owned(),
            anon_rss_kb: anon,
            rss_kb: anon.map(|a| a.saturating_add(file)),
        });
    }
    let cgroup = message.starts_with("Memory cgroup out of memory")
        || message.contains("killed as a result of limit of")
        || message.contains("constraint=CONSTRAINT_MEMCG");
    if cgroup {
        return Some(KernelLine::OomCgroup { limit_kb: None });
    }
    if message.starts_with("memory: usage ") {
        return kilo(message, "limit ").map(|kb| KernelLine::OomCgroup { limit_kb: Some(kb) });
    }
    None
}

/// The number of kilobytes behind a label.
fn kilo(text: &str, label: &str) -> Option<u64> {
    let rest = text.split_once(label)?.1;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}

fn trouble(message: &str, line: &str) -> Option<KernelLine> {
    let lower = message.to_ascii_lowercase();
    let words = || line.trim().chars().take(200).collect::<String>();
    if let Some((program, rest)) = message
        .split_once(": segfault at ")
        .or_else(|| message.split_once(" general protection"))
    {
        let program = program.rsplit(' ').next().unwrap_or(program);
        let (name, pid) = program.trim_end_matches(':').split_once('[').unwrap_or((program, ""));
        let module = rest
            .split_once(" in ")
            .map(|(_, m)| m.split('[').next().unwrap_or(m).trim().to_owned());
        return Some(KernelLine::Segfault {
            name: name.to_owned(),
            pid: pid.trim_end_matches(']').parse().ok(),
            module: module.filter(|m| !m.is_empty()),
        });
    }
    if let Some(rest) = message.split_once("SYN flooding on port ").map(|(_, r)| r) {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        return Some(KernelLine::SynFlood {
            port: rest.get(..end)?.parse().ok()?,
        });
    }
    if lower.contains("conntrack: table full") {
        return Some(KernelLine::ConntrackFull);
    }
    if lower.contains("link is down")
        || lower.contains("link is up")
        || lower.contains("link down")
        || lower.contains("link up") && lower.contains("eth")
    {
        let adapter = message
            .split([' ', ':'])
            .find(|w| {
                ["eth", "en", "bond", "em", "ens", "eno", "p1", "team"]
                    .iter()
                    .any(|p| w.starts_with(p))
                    && w.bytes().any(|b| b.is_ascii_digit())
            })
            .unwrap_or_default();
        let virtual_one = adapter.is_empty() || message.contains("veth");
        return (!virtual_one).then(|| KernelLine::Link {
            adapter: adapter.to_owned(),
            up: lower.contains("is up") || lower.contains("link up"),
        });
    }
    if lower.contains("no space left on device")
        || lower.contains("filesystem full")
        || lower.contains("file system full")
    {
        return Some(KernelLine::FileSystem {
            what: words(),
            full: true,
        });
    }
    if lower.contains("remounting filesystem read-only")
        || lower.contains("ext4-fs error")
        || lower.contains("xfs_error")
    {
        return Some(KernelLine::FileSystem {
            what: words(),
            full: false,
        });
    }
    if lower.contains("i/o error")
        || lower.contains("machine check")
        || lower.contains("hardware error")
        || lower.contains("mce: ")
    {
        return Some(KernelLine::Hardware { what: words() });
    }
    if message.contains("blocked for more than ") && message.contains("task ") {
        return Some(KernelLine::HungTask { what: words() });
    }
    if message.starts_with("Linux version ")
        || lower.contains("systemd[1]: reached target shutdown")
        || lower.contains("system is going down")
    {
        return Some(KernelLine::Boot);
    }
    None
}
