//! Cuts a file into the outputs of single commands: by the lines that echo commands and by the headers of the outputs.

use super::{
    Listing, Output, aix, database, database_log, disk, history, jvm, kernel, limits, load, net, process, windows,
};
use crate::{Stamp, gc::bytes::iso_stamp};

/// Lines of one command's output.
#[derive(Debug)]
pub(super) struct Section<'t> {
    pub kind: &'static str,
    pub command: Option<String>,
    pub host: Option<String>,
    pub time: Option<Stamp>,
    pub first_line: u64,
    /// 1-based number of the first of `lines`.
    pub body_line: u64,
    pub lines: Vec<&'t str>,
}

/// A line that announces a command.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Echo<'t> {
    pub command: &'t str,
    pub host: Option<&'t str>,
    pub time: Option<Stamp>,
}

/// The outputs in file order.
pub(super) fn sections(text: &str) -> Vec<Section<'_>> {
    let mut done: Vec<Section<'_>> = Vec::new();
    let mut now = Section::empty(1);
    for (i, line) in text.lines().enumerate() {
        let number = i as u64 + 1;
        let line = line.trim_end_matches('\r');
        if let Some(echo) = echo(line) {
            now.finish(&mut done);
            now = Section::of(&echo, number);
            continue;
        }
        if let Some(kind) = header(line) {
            if now.begins_another(kind) {
                let carried = Section {
                    kind,
                    host: now.host.clone(),
                    time: now.time,
                    ..Section::empty(number)
                };
                std::mem::replace(&mut now, carried).finish(&mut done);
            } else if now.kind.is_empty() {
                now.kind = kind;
            }
        }
        now.lines.push(line);
    }
    now.finish(&mut done);
    done
}

impl<'t> Section<'t> {
    fn empty(line: u64) -> Self {
        Self {
            kind: "",
            command: None,
            host: None,
            time: None,
            first_line: line,
            body_line: line,
            lines: Vec::new(),
        }
    }

    fn of(echo: &Echo<'t>, number: u64) -> Self {
        Self {
            kind: kind_of_command(echo.command),
            command: Some(echo.command.to_owned()),
            host: echo.host.map(str::to_owned),
            time: echo.time,
            first_line: number,
            body_line: number + 1,
            lines: Vec::new(),
        }
    }

    /// True when a header of `kind` cannot belong to what is being collected.
    fn begins_another(&self, kind: &'static str) -> bool {
        if self.kind == kind || self.kind.is_empty() && self.is_blank() {
            return false;
        }
        // Parts of one command's own output.
        let same = matches!(
            (self.kind, kind),
            ("netstat", "netstat-interfaces" | "ss")
                | ("top", "ps" | "free" | "uptime")
                | ("ss", "netstat")
                | ("iostat", "vmstat" | "lparstat")
                | ("vmstat", "lparstat")
                | ("fd", "files" | "lsof")
                | ("lsof", "ps")
                | ("jvm", _)
                | ("history", _)
                | ("syslog", "kernel")
                | ("kernel", "syslog")
        );
        !same
    }

    fn is_blank(&self) -> bool {
        self.lines.iter().all(|l| l.trim().is_empty())
    }

    fn finish(mut self, done: &mut Vec<Section<'t>>) {
        if self.is_blank() && self.command.is_none() {
            return;
        }
        if self.kind.is_empty() {
            self.kind = kind_of_lines(&self.lines).unwrap_or("");
        }
        if self.command.is_none() && self.kind.is_empty() {
            return;
        }
        done.push(self);
    }

    /// Reads the lines with the reader of their kind.
    pub fn read(&self) -> Output {
        let lines = self.lines.as_slice();
        let command = self.command.as_deref().unwrap_or_default();
        let (kind, listing): (&'static str, Listing) = match self.kind {
            "errpt" => ("errpt", Listing::Errpt(aix::errpt(lines))),
            "errpt-a" => (
                "errpt-a",
                Listing::ErrptDetails(aix::errpt_details(lines, self.body_line)),
            ),
            "netstat" | "ss" => {
                let sockets = net::sockets(lines);
                let kind = if self.kind == "ss" { "ss" } else { "netstat" };
                (kind, Listing::Sockets(sockets))
            }
            "netstat-routes" => ("netstat-routes", Listing::Routes(net::routes(lines))),
            "netstat-interfaces" => ("netstat-interfaces", Listing::Interfaces(net::interfaces(lines))),
            "vmstat" => ("vmstat", Listing::Vmstat(load::vmstat(lines))),
            "iostat" => ("iostat", Listing::Iostat(load::iostat(lines))),
            "df" => ("df", Listing::FileSystems(disk::file_systems(lines))),
            "free" => ("free", Listing::Free(load::free(lines, command))),
            "uptime" => ("uptime", Listing::Uptime(load::uptime(lines))),
            "top" => ("top", Listing::Top(process::top(lines))),
            "ps" => ("ps", Listing::Processes(process::ps(lines))),
            "svmon" => ("svmon", Listing::Svmon(aix::svmon(lines))),
            "svmon-p" => ("svmon-p", Listing::SvmonProcesses(aix::svmon_processes(lines))),
            "lsps" => ("lsps", Listing::PagingSpaces(aix::paging_spaces(lines))),
            "lparstat" => ("lparstat", Listing::Settings(windows::settings(lines))),
            "systeminfo" => ("systeminfo", Listing::Settings(windows::settings(lines))),
            "kernel" => ("dmesg", Listing::Kernel(kernel::events(lines, self.body_line))),
            "syslog" => ("syslog", Listing::Syslog(kernel::syslog(lines, self.body_line))),
            "limits" => ("limits", Listing::Limits(limits::limits(lines))),
            "status" => ("status", Listing::Status(limits::status(lines, command))),
            "fd" | "lsof" => ("fd", Listing::Descriptors(disk::descriptors(lines))),
            "files" => ("ls", Listing::Files(disk::files(lines, self.body_line))),
            "history" => ("history", Listing::History(history::entries(lines, self.body_line))),
            "db-sessions" => ("db-sessions", Listing::Sessions(database::sessions(lines))),
            "db-log" => (
                "db-log",
                Listing::DatabaseLog(database_log::read(lines, self.body_line)),
            ),
            "histogram" => ("class-histogram", Listing::Histogram(jvm::histogram(lines))),
            "metaspace" => ("metaspace", Listing::Metaspace(jvm::metaspace(lines))),
            "loaders" => ("classloader-stats", Listing::Metaspace(jvm::loaders(lines))),
            "jvm" => jvm::other(lines, command),
            _ => ("other", Listing::Other),
        };
        Output {
            kind,
            command: self.command.clone(),
            host: self.host.clone(),
            time: self.time.or_else(|| clock_in(lines)),
            first_line: self.first_line,
            lines: lines.len() as u64,
            listing,
        }
    }
}

/// `-- 2026-11-18 10:24:18 pg_stat_activity on …` or a line that is a date as a whole (`date` in a script).
fn clock_in(lines: &[&str]) -> Option<Stamp> {
    lines.iter().take(4).find_map(|line| {
        let text = line.trim().trim_start_matches(['-', '#', '=', '*', ' ']);
        let (stamp, rest) = iso_stamp(text.as_bytes())?;
        (rest.is_empty() || rest.starts_with(b" ")).then_some(stamp)
    })
}

/// Reads a line that echoes a command: a prompt, a heading, a time and host before a `$`.
pub(super) fn echo(line: &str) -> Option<Echo<'_>> {
    let text = line.trim_end();
    if text.len() < 3 || text.len() > 400 {
        return None;
    }
    stamped_prompt(text)
        .or_else(|| session_heading(text))
        .or_else(|| heading(text))
        .or_else(|| shell_prompt(text))
}

/// `# 2026-11-16 08:38:01 his-app-01 $ free -m`.
fn stamped_prompt(text: &str) -> Option<Echo<'_>> {
    let rest = text
        .trim_start_matches(['#', '-', '=', '*', '>', ' '])
        .trim_start_matches('[');
    let (stamp, rest) = iso_stamp(rest.as_bytes())?;
    let rest = std::str::from_utf8(rest).ok()?.trim_start_matches(']').trim_start();
    let (before, command) = split_prompt(rest)?;
    let host = before
        .split([' ', '@', ':'])
        .rfind(|w| !w.is_empty())
        .filter(|h| is_host(h));
    (!command.is_empty()).then_some(Echo {
        command,
        host,
        time: Some(stamp),
    })
}

fn split_prompt(text: &str) -> Option<(&str, &str)> {
    if let Some(command) = text.strip_prefix("$ ").or_else(|| text.strip_prefix("# ")) {
        return Some(("", command.trim()));
    }
    let at = text
        .find(" $ ")
        .or_else(|| text.find(" # "))
        .or_else(|| text.find(" > "))?;
    Some((text.get(..at)?, text.get(at + 3..)?.trim()))
}

/// `-- 2026-11-18 10:24:18 pg_stat_activity on 10.20.1.21:5432`.
fn session_heading(text: &str) -> Option<Echo<'_>> {
    let rest = text.strip_prefix("--")?.trim_start_matches(['-', ' ']);
    let (stamp, rest) = iso_stamp(rest.as_bytes())?;
    let rest = std::str::from_utf8(rest).ok()?.trim();
    let lower = rest.to_ascii_lowercase();
    let named = [
        "pg_stat_activity",
        "v$session",
        "gv$session",
        "processlist",
        "sysprocesses",
    ];
    named.iter().any(|n| lower.contains(n)).then_some(Echo {
        command: rest,
        host: None,
        time: Some(stamp),
    })
}

/// `== df -h ==`, `--- free -m ---`, `##### netstat -an`, `>>> vmstat 1 5`, `[df -h]`, `***** errpt *****`.
fn heading(text: &str) -> Option<Echo<'_>> {
    let first = text.chars().next()?;
    if !matches!(first, '=' | '-' | '#' | '>' | '*' | '+' | '[') {
        return None;
    }
    let inner = text
        .trim_start_matches(['=', '-', '#', '>', '*', '+', '[', ' '])
        .trim_end_matches(['=', '-', '#', '<', '*', '+', ']', ':', ' ']);
    let inner = inner
        .strip_prefix("command: ")
        .or_else(|| inner.strip_prefix("Command: "))
        .or_else(|| inner.strip_prefix("cmd: "))
        .or_else(|| inner.strip_prefix("命令: "))
        .or_else(|| inner.strip_prefix("命令："))
        .unwrap_or(inner);
    let inner = inner.strip_prefix("$ ").unwrap_or(inner);
    let known = is_command(inner) && !inner.contains(": ");
    known.then_some(Echo {
        command: inner,
        host: None,
        time: None,
    })
}

/// `$ df -h`, `[root@host ~]# df -h`, `root@host:/> df`, `host:/home/his$ df`, `C:\Users\x>netstat -ano`.
fn shell_prompt(text: &str) -> Option<Echo<'_>> {
    if let Some(command) = text.strip_prefix("$ ").or_else(|| text.strip_prefix("# ")) {
        return is_command(command).then_some(Echo {
            command: command.trim(),
            host: None,
            time: None,
        });
    }
    let windows = text.as_bytes().get(1..3) == Some(b":\\") || text.starts_with("PS ");
    let end = if windows {
        text.find('>')?
    } else {
        let end = text.find(['#', '$', '>']).filter(|e| *e < 120)?;
        let prompt = text.get(..end)?;
        if !(prompt.contains('@') || prompt.contains(":/") || prompt.contains(":~")) || prompt.contains("  ") {
            return None;
        }
        end
    };
    let (prompt, rest) = text.split_at_checked(end)?;
    let command = rest.get(1..)?.trim();
    if !is_command(command) {
        return None;
    }
    let host = prompt
        .trim_start_matches('[')
        .split_once('@')
        .map(|(_, h)| h.split([':', ' ', ']']).next().unwrap_or_default())
        .filter(|h| is_host(h));
    Some(Echo {
        command,
        host,
        time: None,
    })
}

fn is_host(word: &str) -> bool {
    !word.is_empty()
        && word.len() < 64
        && word
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_'))
}

/// Commands whose echo is believed without a prompt's time.
const COMMANDS: [&str; 66] = [
    "errpt",
    "netstat",
    "ss",
    "vmstat",
    "iostat",
    "df",
    "free",
    "uptime",
    "top",
    "ps",
    "svmon",
    "lsps",
    "lparstat",
    "systeminfo",
    "dmesg",
    "ulimit",
    "lsof",
    "ls",
    "history",
    "jcmd",
    "jmap",
    "jstat",
    "jstack",
    "jps",
    "jinfo",
    "cat",
    "grep",
    "egrep",
    "ifconfig",
    "ip",
    "oslevel",
    "uname",
    "hostname",
    "date",
    "who",
    "w",
    "last",
    "crontab",
    "sar",
    "nmon",
    "topas",
    "mount",
    "lsvg",
    "lspv",
    "lsfs",
    "prtconf",
    "lsattr",
    "no",
    "entstat",
    "tail",
    "head",
    "du",
    "find",
    "journalctl",
    "systemctl",
    "tasklist",
    "ipconfig",
    "ping",
    "traceroute",
    "wmic",
    "procfiles",
    "pstack",
    "procstack",
    "psql",
    "sqlplus",
    "id",
];

fn is_command(text: &str) -> bool {
    let text = text.trim().strip_prefix("sudo ").unwrap_or(text.trim());
    let word = text.split_ascii_whitespace().next().unwrap_or_default();
    let base = word.rsplit('/').next().unwrap_or(word);
    // `COLUMNS=150 top …`: an assignment before the command.
    if word.contains('=') && word.chars().next().is_some_and(|c| c.is_ascii_uppercase()) {
        return text.split_once(' ').is_some_and(|(_, rest)| is_command(rest));
    }
    COMMANDS.contains(&base)
}

/// The kind of output a command gives; `""` when only the output can tell.
fn kind_of_command(command: &str) -> &'static str {
    let lower = command.trim().to_ascii_lowercase();
    let mut words = lower
        .split_ascii_whitespace()
        .skip_while(|w| w.contains('=') || *w == "sudo");
    let first = words.next().unwrap_or_default();
    let name = first.rsplit('/').next().unwrap_or(first);
    let has = |flag: &str| lower.split_ascii_whitespace().any(|w| w == flag);
    match name {
        "errpt" if has("-a") => "errpt-a",
        "errpt" => "errpt",
        "netstat" if has("-rn") || has("-r") || has("-nr") => "netstat-routes",
        "netstat" if has("-in") || has("-i") || has("-ni") => "netstat-interfaces",
        "netstat" => "netstat",
        "ss" => "ss",
        "vmstat" => "vmstat",
        "iostat" => "iostat",
        "df" => "df",
        "free" => "free",
        "uptime" => "uptime",
        "top" => "top",
        "ps" => "ps",
        "svmon" if lower.contains("-p") && !has("-g") => "svmon-p",
        "svmon" => "svmon",
        "lsps" => "lsps",
        "lparstat" if has("-i") => "lparstat",
        "systeminfo" => "systeminfo",
        "dmesg" => "kernel",
        "ulimit" => "limits",
        "lsof" => "lsof",
        "history" => "history",
        "ls" | "cat" | "grep" | "egrep" | "ll" if lower.contains("/fd") && lower.contains("/proc/") => "fd",
        "ls" | "ll" => "files",
        "cat" | "grep" | "egrep" if lower.contains("/limits") => "limits",
        "cat" | "grep" | "egrep"
            if lower.contains("/status") || lower.contains("meminfo") || lower.contains("cgroup") =>
        {
            "status"
        }
        "pg_stat_activity" => "db-sessions",
        "jmap" if lower.contains("-histo") => "histogram",
        "jcmd" if lower.contains("gc.class_histogram") => "histogram",
        "jcmd" if lower.contains("vm.metaspace") => "metaspace",
        "jcmd" if lower.contains("classloader_stats") => "loaders",
        "jcmd" | "jstat" | "jinfo" | "jmap" => "jvm",
        _ if lower.contains("pg_stat_activity") || lower.contains("v$session") || lower.contains("processlist") => {
            "db-sessions"
        }
        _ => "",
    }
}

/// The kind of output that a header line begins; strict, because it may cut another output in two.
fn header(line: &str) -> Option<&'static str> {
    let trimmed = line.trim_start();
    let first = trimmed.split_ascii_whitespace().next()?;
    let has = |word: &str| line.contains(word);
    Some(match first {
        "IDENTIFIER" if has("TIMESTAMP") => "errpt",
        "LABEL:" => "errpt-a",
        "Active" if has("Internet connections") || has("Connections") || has("UNIX domain") => "netstat",
        "Proto" if has("Local Address") && has("Foreign Address") => "netstat",
        "活动连接" | "协议" => "netstat",
        "Netid" if has("State") => "ss",
        "State" if has("Recv-Q") && has("Local Address") => "ss",
        "Routing" if has("tables") => "netstat-routes",
        "Kernel" if has("IP routing table") => "netstat-routes",
        "Kernel" if has("Interface table") => "netstat-interfaces",
        "Name" if has("Mtu") && (has("Ipkts") || has("Network")) => "netstat-interfaces",
        "Iface" if has("MTU") && has("RX-OK") => "netstat-interfaces",
        "Destination" if has("Gateway") && has("Flags") => "netstat-routes",
        "System" if has("System configuration: lcpu=") && has("drives=") => "iostat",
        "System" if has("System configuration: lcpu=") => "vmstat",
        "System" if has("System configuration: type=") => "lparstat",
        "kthr" | "procs" if has("memory") => "vmstat",
        "Disks:" if has("tm_act") => "iostat",
        "avg-cpu:" => "iostat",
        "Device:" | "Device" if has("util") || has("tps") => "iostat",
        "Node" if has("Node Name") && has(" : ") => "lparstat",
        "size" if has("inuse") && has("pin") && has("virtual") => "svmon",
        "Pid" if has("Inuse") && has("Pgsp") => "svmon-p",
        "Page" if has("Physical Volume") && has("%Used") => "lsps",
        "Total" if has("Total Paging Space") => "lsps",
        "Filesystem" if has("ounted on") => "df",
        "文件系统" if has("挂载点") => "df",
        "total" if has("used") && has("free") && (has("shared") || has("available")) => "free",
        "top" if trimmed.starts_with("top - ") => "top",
        "Host" if trimmed.starts_with("Host Name:   ") => "systeminfo",
        "主机名:" | "主机名" => "systeminfo",
        "Limit" if has("Soft Limit") && has("Hard Limit") => "limits",
        "num" if has("#instances") => "histogram",
        "ClassLoader" if has("Parent") && has("CLD") => "loaders",
        "Total" if trimmed.starts_with("Total Usage - ") => "metaspace",
        "COMMAND" if has("PID") && has("FD") && has("TYPE") => "lsof",
        _ if is_ps_header(line) => "ps",
        _ if is_uptime(line) => "uptime",
        _ if database::is_header(line) => "db-sessions",
        _ => return None,
    })
}

fn is_ps_header(line: &str) -> bool {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let last = words.last().copied().unwrap_or_default();
    matches!(last, "COMMAND" | "CMD" | "ARGS") && words.contains(&"PID") && words.len() >= 3 && words.len() < 24
}

fn is_uptime(line: &str) -> bool {
    line.contains(" up ")
        && (line.contains("load average:") || line.contains("load averages:"))
        && !line.trim_start().starts_with("top -")
}

/// The kind of lines without a header of their own.
fn kind_of_lines(lines: &[&str]) -> Option<&'static str> {
    let filled: Vec<&&str> = lines.iter().filter(|l| !l.trim().is_empty()).take(400).collect();
    let total = filled.len();
    if total == 0 {
        return None;
    }
    let share = |test: &dyn Fn(&str) -> bool| filled.iter().filter(|l| test(l)).count() * 2 > total;
    if share(&|l| database_log::is_line(l)) {
        return Some("db-log");
    }
    if history::looks_like(&filled) {
        return Some("history");
    }
    if lines.iter().any(|l| kernel::is_event(l))
        && share(&|l| kernel::is_kernel_line(l) || kernel::is_event(l) || !kernel::is_syslog(l))
    {
        // Kernel messages without a prefix carry their own words; a log of many programs is syslog.
        if share(&|l| kernel::is_syslog(l)) {
            return Some("syslog");
        }
        return kernel::is_mostly_kernel(&filled).then_some("kernel");
    }
    if share(&|l| kernel::is_kernel_line(l)) {
        return Some("kernel");
    }
    if share(&|l| kernel::is_syslog(l)) {
        return Some("syslog");
    }
    if share(&|l| disk::is_file_line(l)) {
        return Some("files");
    }
    if share(&|l| limits::is_limit_line(l)) {
        return Some("limits");
    }
    if share(&|l| limits::is_status_line(l)) {
        return Some("status");
    }
    if total >= 3 && share(&|l| disk::is_target_line(l)) {
        return Some("fd");
    }
    None
}

/// What a text begins with or mostly consists of.
pub(super) fn recognise(text: &str) -> Option<&'static str> {
    let mut filled = text
        .lines()
        .map(|l| l.trim_end_matches('\r'))
        .filter(|l| !l.trim().is_empty());
    let found = filled.by_ref().take(6).find_map(|line| {
        if let Some(echo) = echo(line) {
            let kind = kind_of_command(echo.command);
            return Some(if kind.is_empty() { "commands" } else { kind });
        }
        header(line)
    });
    if let Some(kind) = found {
        return Some(kind);
    }
    let lines: Vec<&str> = text.lines().take(400).collect();
    if let Some(kind) = kind_of_lines(&lines) {
        return Some(kind);
    }
    // Headers further down: a listing after a banner.
    let headers = lines
        .iter()
        .filter(|l| header(l).is_some() || echo(l).is_some())
        .count();
    let kind = lines.iter().find_map(|l| header(l));
    if headers * 40 >= lines.len().max(1) { kind } else { None }
}
