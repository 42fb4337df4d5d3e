//! Processor, memory and disk load.

use super::table::{Header, decimal, integer, number, size, word};
use crate::{Stamp, gc::bytes::iso_stamp};

/// `vmstat` of AIX and Linux.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vmstat {
    /// Samples in order. Linux: the first is the average since boot.
    pub samples: Vec<VmSample>,
    /// Lines that are no sample.
    pub header_lines: u64,
    /// Logical processors, when printed (AIX).
    pub processors: Option<u64>,
    /// Memory in MiB, when printed (AIX).
    pub memory_mb: Option<u64>,
    /// True for the AIX form (page counts of 4 KiB).
    pub aix: bool,
}

/// One sample.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VmSample {
    /// Run queue.
    pub r: u64,
    /// Blocked.
    pub b: u64,
    /// Free memory (AIX: pages of 4 KiB, Linux: KiB).
    pub free: Option<u64>,
    /// Swapped or paged in (a second).
    pub page_in: f64,
    /// Swapped or paged out (a second).
    pub page_out: f64,
    /// Per cent user.
    pub user: f64,
    /// Per cent system.
    pub system: f64,
    /// Per cent idle.
    pub idle: f64,
    /// Per cent waiting for I/O.
    pub wait: f64,
    /// Per cent stolen.
    pub steal: f64,
    /// Time, with `-t`.
    pub time: Option<Stamp>,
}

pub(super) fn vmstat(lines: &[&str]) -> Vmstat {
    let mut found = Vmstat::default();
    let mut header = Header::default();
    for line in lines {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        if words.first() == Some(&"r") && words.get(1) == Some(&"b") {
            header = Header::new(line);
            found.aix = header.at(&["avm"]).is_some();
            found.header_lines += 1;
            continue;
        }
        if line.contains("System configuration:") {
            found.processors = setting(line, "lcpu=");
            found.memory_mb = setting(line, "mem=");
        }
        let is_sample = header.len() > 0 && words.len() >= 12 && words.iter().take(4).all(|w| w.parse::<u64>().is_ok());
        if !is_sample {
            found.header_lines += 1;
            continue;
        }
        let at = |names: &[&str]| decimal(&words, header.at(names)).unwrap_or(0.0);
        found.samples.push(VmSample {
            r: integer(&words, header.at(&["r"])).unwrap_or(0),
            b: integer(&words, header.at(&["b"])).unwrap_or(0),
            free: integer(&words, header.at(&["fre", "free"])),
            page_in: at(&["pi", "si"]),
            page_out: at(&["po", "so"]),
            user: at(&["us"]),
            // `sy` stands twice: system calls among the faults, then system time.
            system: decimal(&words, header.at(&["id"]).and_then(|i| i.checked_sub(1))).unwrap_or(0.0),
            idle: at(&["id"]),
            wait: at(&["wa"]),
            steal: at(&["st"]),
            time: words
                .len()
                .checked_sub(2)
                .and_then(|i| Some(format!("{} {}", words.get(i)?, words.get(i + 1)?)))
                .and_then(|t| iso_stamp(t.as_bytes()).map(|(s, _)| s)),
        });
    }
    found
}

fn setting(line: &str, name: &str) -> Option<u64> {
    let rest = line.split_once(name)?.1;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}

/// `iostat`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Iostat {
    /// Disks, each with its busiest report.
    pub disks: Vec<DiskUse>,
    /// Last processor line.
    pub cpu: Option<CpuUse>,
    /// Reports.
    pub reports: u64,
}

/// One disk.
#[derive(Debug, Clone, PartialEq)]
pub struct DiskUse {
    /// Name.
    pub name: String,
    /// Highest busy share printed, per cent; `None` without such a column.
    pub busy_percent: Option<f64>,
}

/// Processor time, per cent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CpuUse {
    /// User and nice.
    pub user: f64,
    /// System.
    pub system: f64,
    /// Idle.
    pub idle: f64,
    /// Waiting for I/O.
    pub wait: f64,
    /// Stolen by the hypervisor.
    pub steal: f64,
}

pub(super) fn iostat(lines: &[&str]) -> Iostat {
    let mut found = Iostat::default();
    let mut header = Header::default();
    let mut cpu_next = None;
    for line in lines {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let Some(first) = words.first().copied() else {
            header = Header::default();
            continue;
        };
        if first == "avg-cpu:" {
            cpu_next = Some(Header::new(line));
            header = Header::default();
        } else if let Some(names) = cpu_next.take() {
            // The header has one word more than the row.
            let at = |n: &[&str]| {
                names
                    .at(n)
                    .and_then(|i| i.checked_sub(1))
                    .and_then(|i| decimal(&words, Some(i)))
                    .unwrap_or(0.0)
            };
            found.cpu = Some(CpuUse {
                user: at(&["%user"]) + at(&["%nice"]),
                system: at(&["%system"]),
                idle: at(&["%idle"]),
                wait: at(&["%iowait"]),
                steal: at(&["%steal"]),
            });
        } else if matches!(first, "Device:" | "Device" | "Disks:") {
            header = Header::new(line);
            found.reports += 1;
        } else if header.len() > 0 {
            disk_row(&mut found, &header, &words, first);
        }
    }
    found
}

fn disk_row(found: &mut Iostat, header: &Header<'_>, words: &[&str], name: &str) {
    // AIX writes `% tm_act`: one word more in the header than in a row.
    let shift = usize::from(header.at(&["%"]).is_some());
    let at = header.at(&["%util", "tm_act"]).and_then(|i| i.checked_sub(shift));
    let busy = decimal(words, at);
    if words.get(1).and_then(|w| number(w)).is_none() {
        return;
    }
    match found.disks.iter_mut().find(|d| d.name == name) {
        Some(disk) => disk.busy_percent = max(disk.busy_percent, busy),
        None => found.disks.push(DiskUse {
            name: name.to_owned(),
            busy_percent: busy,
        }),
    }
}

fn max(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    }
}

/// `free`, figures as printed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Free {
    /// Bytes that one unit of the figures stands for.
    pub unit: u64,
    /// Memory: total, used, free, and available (or what older levels call free behind `-/+ buffers/cache`).
    pub total: Option<String>,
    /// Used.
    pub used: Option<String>,
    /// Free.
    pub free: Option<String>,
    /// Available.
    pub available: Option<String>,
    /// Swap total.
    pub swap_total: Option<String>,
    /// Swap used.
    pub swap_used: Option<String>,
}

impl Free {
    /// A figure in bytes.
    pub fn bytes(&self, figure: Option<&String>) -> Option<u64> {
        size(figure?, self.unit)
    }
}

pub(super) fn free(lines: &[&str], command: &str) -> Free {
    let flag = |f: &str| command.split_ascii_whitespace().any(|w| w == f);
    let mut found = Free {
        unit: match () {
            () if flag("-b") => 1,
            () if flag("-m") => 1 << 20,
            () if flag("-g") => 1 << 30,
            () => 1 << 10,
        },
        ..Free::default()
    };
    let mut header = Header::default();
    for line in lines {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let text = |at: Option<usize>| word(&words, at).map(str::to_owned);
        match words.first().copied() {
            Some("total") => header = Header::new(line),
            Some("Mem:" | "内存：" | "内存:") => {
                let next = |names: &[&str]| header.at(names).map(|i| i + 1);
                found.total = text(Some(1));
                found.used = text(Some(2));
                found.free = text(Some(3));
                found.available = text(next(&["available"]));
            }
            // procps before 3.3.10: what applications could have.
            Some("-/+") if found.available.is_none() => found.available = text(Some(3)),
            Some("Swap:" | "交换：" | "交换:") => {
                found.swap_total = text(Some(1));
                found.swap_used = text(Some(2));
            }
            _ => {}
        }
    }
    // Without the command, a machine of less than a gibibyte in KiB means that the figures are MiB.
    if command.is_empty()
        && let Some(total) = found.total.as_ref().and_then(|t| t.parse::<u64>().ok())
        && total < 1 << 18
    {
        found.unit = 1 << 20;
    }
    found
}

/// `uptime`, and the first line of `top` and `w`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Uptime {
    /// Load averages as printed (`0.00, 0.01, 0.05`).
    pub load_average: Option<String>,
    /// How long the system is up, as printed (`16:03`, `12 days,  3:04`).
    pub up: Option<String>,
}

pub(super) fn uptime(lines: &[&str]) -> Uptime {
    lines
        .iter()
        .find(|l| l.contains("load average"))
        .map_or_else(Uptime::default, |line| Uptime {
            load_average: load_average(line),
            up: line.split_once(" up ").map(|(_, rest)| {
                let end = rest
                    .find(" user")
                    .and_then(|u| rest.get(..u)?.rfind(','))
                    .unwrap_or(rest.len());
                rest.get(..end).unwrap_or(rest).trim().to_owned()
            }),
        })
}

pub(super) fn load_average(line: &str) -> Option<String> {
    let rest = line.split_once("load average")?.1;
    Some(rest.trim_start_matches(['s', ':', ' ']).trim().to_owned())
}
