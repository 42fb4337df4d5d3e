//! Everything below the header.

use super::{ErrorKind, HsErr, MAX_FRAMES, header};
use crate::gc::bytes::{Line, ctime, named_zone};

/// Libraries kept.
const MAX_LIBRARIES: usize = 2_000;

/// Where the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    #[default]
    Header,
    Body,
    Native,
    Java,
    CompileTask,
    Threads,
    Libraries,
}

/// Reads line by line.
#[derive(Default)]
pub(super) struct Reader {
    out: HsErr,
    place: Place,
    frame_next: bool,
    stack_low: Option<u64>,
    listed: u64,
    zone: Option<String>,
    /// How many of the nearby libraries come from the stack.
    on_stack: usize,
    seen_native: bool,
    seen_java: bool,
}

impl Reader {
    pub fn line(&mut self, line: &Line<'_>) {
        let text = String::from_utf8_lossy(line.bytes);
        let text = text.trim_end();
        if let Some(header) = header_text(text, self.place) {
            self.header(header, line.number);
            return;
        }
        if self.place == Place::Header && !text.is_empty() {
            self.place = Place::Body;
        }
        if self.listing(text) {
            return;
        }
        self.body(text);
    }

    fn header(&mut self, text: &str, number: u64) {
        if std::mem::take(&mut self.frame_next) {
            let frame = text.trim();
            if !frame.is_empty() {
                self.out.frame = Some(frame.to_owned());
                return;
            }
        }
        self.frame_next = header::read(text, number, &mut self.out);
    }

    /// Lists that run until a blank line; true when the line was one of theirs.
    fn listing(&mut self, text: &str) -> bool {
        match self.place {
            Place::Header | Place::Body => return false,
            _ if text.is_empty() || text.starts_with("---------------") => {
                self.end_list();
                return true;
            }
            _ => {}
        }
        match self.place {
            // JDK 21 and later print the Java frames right behind the native ones.
            Place::Native if text.starts_with("Java frames:") => return self.starts_list(text),
            Place::Native => self.frame(text, true),
            Place::Java => self.frame(text, false),
            Place::CompileTask => {
                self.out.compile_task = compile_task(text);
                self.place = Place::Body;
            }
            Place::Threads => {
                if text.starts_with("=>0x") || text.starts_with("  0x") || text.starts_with("=>") {
                    self.listed += 1;
                }
            }
            Place::Libraries => self.library(text),
            Place::Header | Place::Body => {}
        }
        true
    }

    fn end_list(&mut self) {
        if self.place == Place::Threads {
            self.out.java_threads = Some(self.listed);
        }
        self.place = Place::Body;
    }

    fn frame(&mut self, text: &str, native: bool) {
        let frames = if native {
            &mut self.out.native_frames
        } else {
            &mut self.out.java_frames
        };
        let letter = text.chars().next().unwrap_or(' ');
        let is_frame = matches!(letter, 'C' | 'V' | 'J' | 'j' | 'v' | 'A' | 'S' | 'I')
            && text.get(1..2).is_some_and(|s| s == " " || s == "\t");
        if is_frame && frames.len() < MAX_FRAMES {
            frames.push(text.to_owned());
        }
    }

    fn library(&mut self, text: &str) {
        let path = text.split_ascii_whitespace().next_back().unwrap_or_default();
        let windows = text.split_once('\t').map(|(_, p)| p.trim());
        let path = windows.filter(|p| p.contains(['\\', '/'])).unwrap_or(path);
        let is_library =
            path.contains(".so") || path.ends_with(".dll") || path.ends_with(".dylib") || path.ends_with(".a");
        if is_library
            && self.out.libraries.len() < MAX_LIBRARIES
            && self.out.libraries.last().is_none_or(|l| l != path)
            && !self.out.libraries.iter().any(|l| l == path)
        {
            self.out.libraries.push(path.to_owned());
        }
    }

    fn body(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.starts_list(text) {
            return;
        }
        if let Some(rest) = text.strip_prefix("Current thread") {
            self.thread(rest);
        } else if let Some(rest) = text.strip_prefix("siginfo:") {
            self.siginfo(rest.trim());
        } else if let Some(rest) = text.strip_prefix("Stack: [") {
            self.stack_low = rest.split(',').next().and_then(hex);
        } else if text.starts_with("stack at sp + ")
            || text.contains(" in /") && text.contains(" at 0x") && text.contains("0x")
        {
            self.nearby(text);
        } else {
            self.labelled(text);
        }
    }

    fn starts_list(&mut self, text: &str) -> bool {
        let place = if text.starts_with("Native frames:") && !self.seen_native {
            self.seen_native = true;
            Place::Native
        } else if text.starts_with("Java frames:") && !self.seen_java {
            self.seen_java = true;
            Place::Java
        } else if text.starts_with("Current CompileTask:") {
            Place::CompileTask
        } else if text.starts_with("Java Threads: (") {
            self.listed = 0;
            Place::Threads
        } else if text.starts_with("Dynamic libraries:") {
            Place::Libraries
        } else {
            return false;
        };
        self.place = place;
        true
    }

    /// ` (0x…):  JavaThread "main" daemon [_thread_in_vm, id=1, stack(0x…,0x…)]`, ` (0x…):  VMThread [stack: …]` or
    /// ` is native thread`.
    fn thread(&mut self, rest: &str) {
        if let Some(kind) = rest.strip_prefix(" is ") {
            self.out.thread_type = Some(kind.trim().to_owned());
            return;
        }
        let Some((_, thread)) = rest.split_once(':') else {
            return;
        };
        let thread = thread.trim_start();
        let end = thread.find([' ', '[', '"']).unwrap_or(thread.len());
        self.out.thread_type = thread.get(..end).filter(|t| !t.is_empty()).map(str::to_owned);
        let bracket = thread.rfind(" [").filter(|_| thread.contains('"'));
        let before = bracket.and_then(|b| thread.get(..b)).unwrap_or(thread);
        // A name may hold quotes and brackets: it ends at the last quote before the state.
        let state_at = thread.find("[_thread_").or_else(|| thread.find(" [stack")).or(bracket);
        let before = state_at.and_then(|at| thread.get(..at)).unwrap_or(before);
        if let (Some(first), Some(last)) = (before.find('"'), before.rfind('"'))
            && last > first
        {
            self.out.thread_name = before.get(first + 1..last).map(str::to_owned);
        }
        if let Some((_, state)) = thread.split_once("[_thread_") {
            let state = state.split([',', ']']).next().unwrap_or_default();
            self.out.thread_state = Some(format!("_thread_{state}"));
        }
        if let Some((_, stack)) = thread.split_once("stack(").or_else(|| thread.split_once("[stack: ")) {
            self.stack_low = stack.split(',').next().and_then(hex);
        }
    }

    fn siginfo(&mut self, text: &str) {
        self.out.siginfo = Some(text.to_owned());
        if text.contains("(SI_USER)") || text.contains("(SI_TKILL)") || text.contains("(SI_QUEUE)") {
            let pid = text
                .split_once("si_pid: ")
                .or_else(|| text.split_once("sent from pid: "))
                .and_then(|(_, rest)| rest.split([',', ' ']).next())
                .and_then(|n| n.parse().ok());
            if let Some(pid) = pid {
                self.out.sent_by = Some(pid);
            } else {
                self.out.sent_by.get_or_insert(0);
            }
        }
        // A fault a little above the lower end of the stack hit its guard pages.
        let address = text
            .split_once("si_addr: ")
            .or_else(|| text.split_once("address "))
            .or_else(|| text.split_once("si_addr="))
            .and_then(|(_, a)| hex(a));
        if let (Some(address), Some(low)) = (address, self.stack_low) {
            self.out.stack_exhausted |= address >= low && address - low < 128 * 1024;
        }
    }

    /// `stack at sp + 4 slots: 0x…: Java_x+0x1f in /opt/x/libx.so at 0x…`, `RBX=0x…: <offset 0x4070> in /opt/x/libx.so at 0x…`.
    fn nearby(&mut self, text: &str) {
        let Some((_, rest)) = text.split_once(" in ") else {
            return;
        };
        let Some((path, _)) = rest.split_once(" at 0x") else {
            return;
        };
        if !path.contains(['/', '\\']) || self.out.nearby_libraries.len() >= 64 {
            return;
        }
        let library = path.to_owned();
        if let Some(known) = self.out.nearby_libraries.iter().position(|l| *l == library) {
            if !text.starts_with("stack at sp + ") || known < self.on_stack {
                return;
            }
            self.out.nearby_libraries.remove(known);
        }
        if text.starts_with("stack at sp + ") {
            // Return addresses on the stack say more than registers, which are printed before them.
            self.out
                .nearby_libraries
                .insert(self.on_stack.min(self.out.nearby_libraries.len()), library);
            self.on_stack += 1;
        } else {
            self.out.nearby_libraries.push(library);
        }
    }

    fn labelled(&mut self, text: &str) {
        let Some((label, value)) = text.split_once(':') else {
            self.unlabelled(text);
            return;
        };
        let value = value.trim();
        match label {
            "time" | "Time" => self.time(value),
            "timezone" => self.zone = Some(value.to_owned()),
            "elapsed time" => self.elapsed(value),
            "vm_info" => self.out.vm_info = Some(value.to_owned()),
            "jvm_args" => self.out.vm_args = Some(value.to_owned()),
            "Command Line" => {
                self.out.vm_args.get_or_insert_with(|| value.to_owned());
            }
            "java_command" => self.out.java_command = Some(value.to_owned()),
            "Host" => self.out.host_line = Some(value.to_owned()),
            "Memory" => self.memory(value),
            "rlimit" | "rlimit (soft/hard)" => self.limits(value),
            "memory_limit_in_bytes" => self.out.container_limit = kilo_or_bytes(value),
            "memory_usage_in_bytes" => self.out.container_usage = kilo_or_bytes(value),
            _ => self.unlabelled(text),
        }
    }

    fn unlabelled(&mut self, text: &str) {
        for variable in ["HOSTNAME=", "COMPUTERNAME="] {
            if let Some(host) = text.strip_prefix(variable) {
                self.out.host.get_or_insert_with(|| host.trim().to_owned());
            }
        }
        if text == "END." {
            self.out.complete = true;
        }
    }

    fn time(&mut self, value: &str) {
        let (date, elapsed) = match value.split_once("elapsed time:") {
            Some((date, elapsed)) => (date.trim(), Some(elapsed.trim())),
            None => (value, None),
        };
        if let Some(elapsed) = elapsed {
            self.elapsed_value(elapsed);
        }
        if let Some((mut stamp, _)) = ctime(date) {
            let china = date.contains("China Standard Time")
                || date.contains("中国标准时间")
                || date.contains("W. Australia Standard");
            if stamp.offset.is_none() && china {
                stamp.offset = named_zone("+08");
            }
            self.out.time = Some(stamp);
        }
    }

    fn elapsed(&mut self, value: &str) {
        self.elapsed_value(value);
        // The last line of a file before JDK 9.
        self.out.complete = true;
    }

    fn elapsed_value(&mut self, value: &str) {
        self.out.elapsed_s = value.split(' ').next().and_then(|n| n.replace(',', ".").parse().ok());
    }

    /// `4k page, physical 7883000k(1234k free), swap 0k(0k free)` or `…, system-wide physical 14335M (1566M free)`.
    fn memory(&mut self, value: &str) {
        let pair = |label: &str| -> Option<(u64, u64)> {
            let rest = value.split_once(label)?.1.trim_start();
            let (total, rest) = scaled(rest)?;
            let free = rest
                .trim_start()
                .strip_prefix('(')
                .and_then(scaled)
                .map_or(0, |(n, _)| n);
            Some((total, free))
        };
        self.out.memory = pair("physical ").or(self.out.memory);
        self.out.swap = pair("swap ").or(self.out.swap);
    }

    fn limits(&mut self, value: &str) {
        for part in value.split(',') {
            let mut words = part.split_ascii_whitespace();
            let (Some(name), Some(limit)) = (words.next(), words.next()) else {
                continue;
            };
            let soft = limit.split('/').next().and_then(|n| n.parse().ok());
            match name {
                "NPROC" => self.out.max_processes = soft,
                "NOFILE" => self.out.max_files = soft,
                _ => {}
            }
        }
    }

    pub fn finish(mut self) -> HsErr {
        self.end_list_at_end();
        if let (Some(time), Some(zone)) = (self.out.time.as_mut(), self.zone.as_deref()) {
            time.offset = time.offset.or_else(|| named_zone(zone));
        }
        if self.out.kind == ErrorKind::Signal && self.out.signal.is_none() && self.out.failed_allocation.is_some() {
            self.out.kind = ErrorKind::OutOfMemory;
        }
        self.out
    }

    fn end_list_at_end(&mut self) {
        if self.place == Place::Threads {
            self.out.java_threads = Some(self.listed);
        }
    }
}

/// The text behind `#`, for lines of the header. A log collector may have put its own prefix before it.
fn header_text(text: &str, place: Place) -> Option<&str> {
    if let Some(rest) = text.strip_prefix('#') {
        return Some(rest);
    }
    if place != Place::Header {
        return None;
    }
    let (prefix, rest) = text.split_once("# ")?;
    (prefix.len() < 120).then_some(rest)
}

/// `C2: 344047 27370   !   4       a.B::c (812 bytes)` to `a.B::c`.
fn compile_task(text: &str) -> Option<String> {
    let name = text.split_ascii_whitespace().find(|w| w.contains("::"));
    let method = name.map_or_else(|| text.trim().to_owned(), str::to_owned);
    (!method.is_empty()).then_some(method)
}

fn hex(text: &str) -> Option<u64> {
    let digits = text.trim().trim_start_matches("0x");
    let end = digits.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(digits.len());
    u64::from_str_radix(digits.get(..end)?, 16).ok()
}

/// A number with `k`, `M`, `G` or nothing, in bytes, and the rest.
fn scaled(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text.get(..end)?.parse().ok()?;
    let rest = text.get(end..)?;
    let (scale, skip) = match rest.chars().next() {
        Some('k' | 'K') => (1 << 10, 1),
        Some('M') => (1 << 20, 1),
        Some('G') => (1 << 30, 1),
        _ => (1, 0),
    };
    Some((number.saturating_mul(scale), rest.get(skip..)?))
}

/// `8589934592` or `65011712 k`; nothing for `unlimited` and `-1`.
fn kilo_or_bytes(value: &str) -> Option<u64> {
    let mut words = value.split_ascii_whitespace();
    let number: u64 = words.next()?.parse().ok()?;
    let scale = match words.next() {
        Some("k") => 1024,
        Some("M") => 1 << 20,
        _ => 1,
    };
    (number < u64::MAX / 2).then(|| number.saturating_mul(scale))
}
