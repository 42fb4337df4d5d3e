//! Processes: `ps` and `top`.

use super::{
    load::{CpuUse, load_average},
    table::{Header, decimal, from_word, integer, size, word},
};
use crate::{
    Stamp,
    gc::bytes::{clock, ctime},
};
use jiff::civil::Time;

/// One process or thread.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Process {
    /// Pid (thread id in `top -H`).
    pub pid: u64,
    /// Parent.
    pub parent: Option<u64>,
    /// User.
    pub user: Option<String>,
    /// Per cent of one processor.
    pub cpu_percent: Option<f64>,
    /// Resident bytes.
    pub rss: Option<u64>,
    /// Native threads.
    pub threads: Option<u64>,
    /// Start time, when printed with a date.
    pub started: Option<Stamp>,
    /// Command and arguments.
    pub command: String,
}

/// Reads `ps` in any column set with a header that ends in the command.
pub(super) fn ps(lines: &[&str]) -> Vec<Process> {
    let mut header: Option<Columns> = None;
    let mut rows = Vec::new();
    for line in lines {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        if words.contains(&"PID") && matches!(words.last(), Some(&("COMMAND" | "CMD" | "ARGS"))) {
            header = Some(Columns::new(line, &words));
            continue;
        }
        let Some(columns) = &header else { continue };
        rows.extend(columns.row(line, &words));
    }
    rows
}

/// Where the columns are. `STARTED` of `lstart` and `STIME` with a blank in it take more than one word.
struct Columns {
    pid: Option<usize>,
    parent: Option<usize>,
    user: Option<usize>,
    cpu: Option<usize>,
    rss: Option<usize>,
    threads: Option<usize>,
    started: Option<usize>,
    command: usize,
}

impl Columns {
    fn new(line: &str, words: &[&str]) -> Self {
        let header = Header::new(line);
        Self {
            pid: header.at(&["PID"]),
            parent: header.at(&["PPID"]),
            user: header.at(&["USER", "UID", "RUSER"]),
            cpu: header.at(&["%CPU", "C", "PCPU"]),
            rss: header.at(&["RSS", "RSZ"]),
            threads: header.at(&["NLWP", "THCNT", "TCNT"]),
            started: header.at(&["STARTED", "STIME", "START", "LSTART"]),
            command: words.len().saturating_sub(1),
        }
    }

    fn row(&self, line: &str, words: &[&str]) -> Option<Process> {
        let pid = integer(words, self.pid)?;
        let extra = self.extra_words(words);
        let shift = |at: Option<usize>| match (at, self.started) {
            (Some(at), Some(started)) if at > started => Some(at + extra),
            (at, _) => at,
        };
        let started = self.started.filter(|_| extra == 4).and_then(|at| {
            let date = words.get(at..at + 5)?.join(" ");
            ctime(&date).map(|(s, _)| s)
        });
        Some(Process {
            pid,
            parent: integer(words, shift(self.parent)),
            user: word(words, shift(self.user)).map(str::to_owned),
            cpu_percent: decimal(words, shift(self.cpu)),
            rss: integer(words, shift(self.rss)).map(|kb| kb.saturating_mul(1024)),
            threads: integer(words, shift(self.threads)),
            started,
            command: from_word(line, self.command + extra).unwrap_or_default().to_owned(),
        })
    }

    /// Words that the start time takes beyond one: `Mon Nov 16 08:12:03 2026` five, `Nov 16` two.
    fn extra_words(&self, words: &[&str]) -> usize {
        let Some(at) = self.started else { return 0 };
        let week_day = |w: &&str| matches!(*w, "Mon" | "Tue" | "Wed" | "Thu" | "Fri" | "Sat" | "Sun");
        if words.get(at).is_some_and(week_day) {
            return 4;
        }
        let month = words
            .get(at)
            .is_some_and(|w| w.len() == 3 && crate::gc::bytes::month(w.as_bytes()).is_some());
        let day = words
            .get(at + 1)
            .is_some_and(|w| w.len() <= 2 && w.parse::<u8>().is_ok());
        usize::from(month && day)
    }
}

/// One screen of `top`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TopScreen {
    /// Time of day printed.
    pub clock: Option<Time>,
    /// Load averages.
    pub load_average: Vec<String>,
    /// `Tasks:` or `Threads:` total.
    pub tasks_total: Option<u64>,
    /// True when the rows are threads (`top -H`).
    pub threads: bool,
    /// Processor line.
    pub cpu: Option<CpuUse>,
    /// Memory total and available, bytes.
    pub memory: Option<(u64, u64)>,
    /// Rows.
    pub rows: Vec<Process>,
}

pub(super) fn top(lines: &[&str]) -> Vec<TopScreen> {
    let mut screens: Vec<TopScreen> = Vec::new();
    let mut header: Option<Header<'_>> = None;
    for line in lines {
        let text = line.trim_start();
        if text.starts_with("top - ") {
            header = None;
            screens.push(first_line(text));
            continue;
        }
        let Some(screen) = screens.last_mut() else { continue };
        if text.starts_with("PID ") && text.ends_with("COMMAND") {
            header = Some(Header::new(line));
        } else if let Some(header) = &header {
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            screen.rows.extend(top_row(header, &words, line));
        } else {
            summary(screen, text);
        }
    }
    screens
}

fn first_line(text: &str) -> TopScreen {
    TopScreen {
        clock: text
            .strip_prefix("top - ")
            .and_then(|t| clock(t.split(' ').next()?.as_bytes())),
        load_average: load_average(text)
            .map(|l| l.split(',').map(|v| v.trim().to_owned()).collect())
            .unwrap_or_default(),
        ..TopScreen::default()
    }
}

fn summary(screen: &mut TopScreen, text: &str) {
    let before = |unit: &str| -> Option<f64> {
        let at = text.find(unit)?;
        let head = text.get(..at)?.trim_end();
        let start = head
            .rfind(|c: char| !(c.is_ascii_digit() || c == '.'))
            .map_or(0, |p| p + 1);
        head.get(start..)?.parse().ok()
    };
    if text.starts_with("Tasks:") || text.starts_with("Threads:") {
        screen.threads = text.starts_with("Threads:");
        screen.tasks_total = before(" total").map(|n| n as u64);
    } else if text.starts_with("%Cpu(s):") || text.starts_with("Cpu(s):") || text.starts_with("%Cpu0") {
        let at = |a: &str, b: &str| before(a).or_else(|| before(b)).unwrap_or(0.0);
        screen.cpu = Some(CpuUse {
            user: at(" us", "%us") + at(" ni", "%ni"),
            system: at(" sy", "%sy"),
            idle: at(" id", "%id"),
            wait: at(" wa", "%wa"),
            steal: at(" st", "%st"),
        });
    } else if text.contains("Mem") && text.contains("total") && !text.contains("avail Mem") {
        let unit = if text.starts_with("GiB") {
            1 << 30
        } else if text.starts_with("MiB") {
            1 << 20
        } else {
            1 << 10
        };
        let total = before(" total").or_else(|| before("k total"));
        let free = before(" free").or_else(|| before("k free"));
        if let (Some(total), Some(free)) = (total, free) {
            screen.memory = Some(((total * f64::from(unit)) as u64, (free * f64::from(unit)) as u64));
        }
    } else if text.contains("avail Mem") {
        let unit = if text.starts_with("GiB") {
            1u64 << 30
        } else if text.starts_with("MiB") {
            1 << 20
        } else {
            1 << 10
        };
        if let (Some(available), Some((_, free))) = (before(" avail Mem"), screen.memory.as_mut()) {
            *free = (available * unit as f64) as u64;
        }
    }
}

fn top_row(header: &Header<'_>, words: &[&str], line: &str) -> Option<Process> {
    Some(Process {
        pid: integer(words, header.at(&["PID"]))?,
        user: word(words, header.at(&["USER"])).map(str::to_owned),
        cpu_percent: decimal(words, header.at(&["%CPU"])),
        rss: word(words, header.at(&["RES"])).and_then(|w| size(w, 1024)),
        command: from_word(line, header.len().checked_sub(1)?)
            .unwrap_or_default()
            .to_owned(),
        ..Process::default()
    })
}
