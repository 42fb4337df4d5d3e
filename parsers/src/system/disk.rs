//! File systems, files, descriptors.

use super::table::{Header, number, size};
use crate::{Stamp, gc::bytes::iso_stamp};

/// One file system of `df`.
#[derive(Debug, Clone, PartialEq)]
pub struct FileSystem {
    /// Device.
    pub device: String,
    /// Mount point.
    pub mount: String,
    /// Size in bytes, when printed.
    pub size: Option<u64>,
    /// Free for users, in bytes.
    pub available: Option<u64>,
    /// Per cent used; `None` for `-`.
    pub used_percent: Option<f64>,
    /// Per cent of inodes used.
    pub inodes_percent: Option<f64>,
}

/// Reads `df` of Linux, AIX, HP-UX and Solaris, with or without `-i`, in any block unit.
pub(super) fn file_systems(lines: &[&str]) -> Vec<FileSystem> {
    let mut form: Option<Form> = None;
    let mut rows = Vec::new();
    let mut carried = String::new();
    for line in lines {
        let is_header = line.trim_start().starts_with("Filesystem") || line.contains("挂载点");
        if is_header {
            form = Some(Form::new(line));
            continue;
        }
        let Some(form) = &form else { continue };
        let joined = if carried.is_empty() {
            (*line).to_owned()
        } else {
            format!("{} {}", std::mem::take(&mut carried), line.trim())
        };
        let words: Vec<&str> = joined.split_ascii_whitespace().collect();
        match words.len() {
            0 => {}
            // A long device name has its figures on the next line.
            1 => carried = joined.trim().to_owned(),
            _ => rows.extend(form.row(&words)),
        }
    }
    rows
}

/// The columns, counted from the percent sign, which is the only sure mark.
struct Form {
    unit: u64,
    inodes: bool,
    aix: bool,
}

impl Form {
    fn new(header: &str) -> Self {
        let names = Header::new(header);
        let unit = if header.contains("GB blocks") || header.contains("1G-blocks") {
            1 << 30
        } else if header.contains("MB blocks") || header.contains("1M-blocks") || header.contains("1048576-blocks") {
            1 << 20
        } else if header.contains("512-blocks") {
            512
        } else {
            1024
        };
        Self {
            unit,
            inodes: names.at(&["IUse%", "IUsed"]).is_some() && names.at(&["Inodes"]).is_some(),
            aix: names.at(&["%Used"]).is_some() && names.at(&["%Iused"]).is_some(),
        }
    }

    fn row(&self, words: &[&str]) -> Option<FileSystem> {
        if self.aix {
            return self.aix_row(words);
        }
        // device total used available percent mount…
        let at = words
            .iter()
            .position(|w| w.ends_with('%') && number(w).is_some())
            .or_else(|| {
                let dash = words.iter().rposition(|w| *w == "-")?;
                (dash >= 4).then_some(dash)
            })?;
        let mount = words.get(at + 1..)?.join(" ");
        let percent = words.get(at).and_then(|w| number(w));
        let figure = |back: usize| {
            at.checked_sub(back)
                .and_then(|i| words.get(i))
                .and_then(|w| size(w, self.unit))
        };
        Some(FileSystem {
            device: words.get(..at.saturating_sub(3).max(1))?.join(" "),
            mount,
            size: figure(3).filter(|_| !self.inodes),
            available: figure(1).filter(|_| !self.inodes),
            used_percent: percent.filter(|_| !self.inodes),
            inodes_percent: percent.filter(|_| self.inodes),
        })
    }

    /// `/dev/fslv03 200.00 0.00 100% 1388120 86% /hisdata`; `/proc - - - - - /proc`.
    fn aix_row(&self, words: &[&str]) -> Option<FileSystem> {
        let mount = words.get(6..)?.join(" ");
        let block = |i: usize| {
            words
                .get(i)
                .and_then(|w| number(w))
                .map(|n| (n * self.unit as f64) as u64)
        };
        Some(FileSystem {
            device: (*words.first()?).to_owned(),
            mount,
            size: block(1),
            available: block(2),
            used_percent: words.get(3).and_then(|w| number(w)),
            inodes_percent: words.get(5).and_then(|w| number(w)),
        })
    }
}

/// One file of `ls -l`.
#[derive(Debug, Clone, PartialEq)]
pub struct FileEntry {
    /// Name (and target of a link).
    pub name: String,
    /// Bytes.
    pub bytes: u64,
    /// Modification time, when printed in full.
    pub time: Option<Stamp>,
    /// Owner and group.
    pub owner: String,
    /// 1-based line.
    pub line: u64,
}

/// `-rw-r--r-- 1 his 1500 130804 2026-11-19 18:30:01.952160457 +0800 HikariCP.jar`.
pub(super) fn files(lines: &[&str], first_line: u64) -> Vec<FileEntry> {
    let row = |(i, line): (usize, &&str)| {
        if !is_file_line(line) {
            return None;
        }
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let bytes = words.get(4)?.trim_end_matches(',').parse().ok()?;
        let (time, name_at) = file_time(&words)?;
        Some(FileEntry {
            name: super::table::from_word(line, name_at)?.to_owned(),
            bytes,
            time,
            owner: format!("{}:{}", words.get(2)?, words.get(3)?),
            line: first_line + i as u64,
        })
    };
    lines.iter().enumerate().filter_map(row).collect()
}

fn file_time(words: &[&str]) -> Option<(Option<Stamp>, usize)> {
    let iso = format!("{} {}", words.get(5)?, words.get(6)?);
    if let Some((mut stamp, _)) = iso_stamp(iso.as_bytes()) {
        let zone = words.get(7).filter(|w| w.len() == 5 && w.starts_with(['+', '-']));
        if let Some(zone) = zone {
            stamp.offset = crate::gc::bytes::named_zone(zone);
            return Some((Some(stamp), 8));
        }
        return Some((Some(stamp), 7));
    }
    // `2026-11-19 18:30` takes two words, `Nov 19 18:30` three.
    if words.get(5)?.len() == 10 && words.get(5)?.as_bytes().get(4) == Some(&b'-') {
        let stamp = iso_stamp(format!("{iso}:00").as_bytes()).map(|(s, _)| s);
        return Some((stamp, 7));
    }
    Some((None, 8))
}

/// True for a line of `ls -l`.
pub(super) fn is_file_line(line: &str) -> bool {
    let Some(mode) = line.split_ascii_whitespace().next() else {
        return false;
    };
    let mode = mode.trim_end_matches(['+', '.', '@']);
    mode.len() == 10
        && mode.starts_with(['-', 'd', 'l', 'c', 'b', 's', 'p'])
        && mode
            .get(1..)
            .is_some_and(|m| m.bytes().all(|b| b"rwxsStTl-".contains(&b)))
}

/// What descriptors point at, with counts, most first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Targets {
    /// (target or its kind, number).
    pub targets: Vec<(String, u64)>,
    /// All of them.
    pub total: u64,
}

/// `ls -l /proc/PID/fd`, the same counted by `uniq -c`, `lsof`, `procfiles`.
pub(super) fn descriptors(lines: &[&str]) -> Targets {
    let mut found = Targets::default();
    let mut name_at = None;
    for line in lines {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        if line.contains("FD") && line.contains("TYPE") && line.contains("NAME") {
            name_at = Header::new(line).at(&["NAME"]);
            continue;
        }
        let (target, n) = if let Some((_, target)) = line.split_once(" -> ") {
            (target.trim(), 1)
        } else if let (Some(at), Some(fd)) = (name_at, words.get(3)) {
            // Only numbered descriptors count against the limit.
            if !fd.starts_with(|c: char| c.is_ascii_digit()) {
                continue;
            }
            (
                words
                    .get(at.min(words.len().saturating_sub(1)))
                    .copied()
                    .unwrap_or_default(),
                1,
            )
        } else if let (Some(n), Some(target)) = (words.first().and_then(|w| w.parse::<u64>().ok()), words.get(1)) {
            (*target, n)
        } else {
            continue;
        };
        let name = kind_of_target(target);
        found.total = found.total.saturating_add(n);
        match found.targets.iter_mut().find(|(t, _)| *t == name) {
            Some((_, count)) => *count = count.saturating_add(n),
            None => found.targets.push((name, n)),
        }
    }
    found.targets.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found
}

/// Sockets, pipes and the like are all of one kind.
fn kind_of_target(target: &str) -> String {
    for kind in ["socket:", "pipe:", "anon_inode:"] {
        if target.starts_with(kind) {
            return kind.trim_end_matches(':').to_owned();
        }
    }
    target.to_owned()
}

/// True for `    279 /opt/his/conf/receipt.xml` or `… 5 -> socket:[123]`.
pub(super) fn is_target_line(line: &str) -> bool {
    if line.contains(" -> socket:[") || line.contains(" -> /") && is_file_line(line) {
        return true;
    }
    let mut words = line.split_ascii_whitespace();
    let number = words.next().is_some_and(|w| w.parse::<u64>().is_ok());
    let target = words.next().is_some_and(|w| {
        w.starts_with('/') || w.starts_with("socket:[") || w.starts_with("anon_inode:") || w.starts_with("pipe:[")
    });
    number && target && words.next().is_none()
}
