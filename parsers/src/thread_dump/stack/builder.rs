//! The lines of one dump, taken one by one.

use crate::text::Names;
use crate::thread_dump::{
    Dump, Format, HeapUse, LockLine, State, Thread, frame,
    header::{self, Dialect},
    lock, report,
    scan::{self, number_after},
    time,
};
use std::sync::Arc;

/// Frames for which there is room from the first one on.
const USUAL_DEPTH: usize = 16;

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It belongs to the dump.
    Yes,
    /// Nothing on it.
    Blank,
    /// It is the last one.
    End,
    /// It is of other origin.
    No,
}

/// Which block of the dump the next line belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Block {
    #[default]
    Threads,
    /// `Found one Java-level deadlock:` …
    Report,
    /// The stacks repeated in the report.
    ReportStacks,
    /// Behind the JNI line.
    Behind,
    Heap,
    Histogram,
    /// JRockit's lock chains.
    Chains,
}

/// A dump in the making.
#[derive(Debug, Default)]
pub(super) struct Builder {
    pub dump: Dump,
    block: Block,
    thread: Option<Thread>,
    /// Frames and locks of a carrier while those of its virtual thread are read.
    carrier: Option<(Vec<Arc<str>>, Vec<LockLine>)>,
    in_synchronizers: bool,
    state_lines: bool,
    dialect: Option<Dialect>,
    /// A header or frame that a line break cut in two.
    broken: Option<String>,
    reports: report::Reports,
    heap: Option<HeapUse>,
    vm_thread_seen: bool,
}

impl Builder {
    /// A dump whose start line is missing.
    pub fn fragment() -> Self {
        Self::default()
    }

    /// The start line from its opening words on.
    pub fn start(&mut self, words: &str) {
        if let Some(vm) = words.strip_prefix("Full thread dump") {
            let vm = vm.trim().trim_end_matches(':').trim();
            self.dump.vm = (!vm.is_empty()).then(|| vm.to_owned());
        } else {
            self.dialect = Some(Dialect::Jrockit);
        }
    }

    /// True when only closing blocks can still follow.
    pub fn is_behind_threads(&self) -> bool {
        matches!(self.block, Block::Behind | Block::Heap | Block::Histogram)
    }

    /// True when a line that begins with `at ` is a frame of the thread at hand and nothing else.
    #[inline]
    pub fn wants_frames(&self) -> bool {
        self.block == Block::Threads && self.broken.is_none() && self.thread.is_some()
    }

    /// A frame that was read before.
    #[inline]
    pub fn take_frame(&mut self, frame: Arc<str>) {
        if let Some(thread) = self.thread.as_mut() {
            if thread.frames.is_empty() {
                thread.frames.reserve(USUAL_DEPTH);
            }
            thread.frames.push(frame);
        }
    }

    /// The innermost line of the stack that was read last.
    pub fn last_frame(&self) -> Option<&Arc<str>> {
        self.thread.as_ref().and_then(|thread| thread.frames.last())
    }

    /// One line.
    pub fn take(&mut self, line: &str, number: u64, names: &mut Names) -> Taken {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            return Taken::Blank;
        }
        if let Some(taken) = self.take_in_block(trimmed) {
            return taken;
        }
        if self.take_header(line, number) || self.take_in_stack(trimmed, names) {
            return Taken::Yes;
        }
        self.take_between(trimmed, number)
    }

    /// Lines that mean something only inside the present block.
    fn take_in_block(&mut self, line: &str) -> Option<Taken> {
        if self.block == Block::Heap && self.take_heap(line) {
            return Some(Taken::Yes);
        }
        match self.block {
            Block::Report if report::opens_stacks(line) => self.block = Block::ReportStacks,
            Block::Report if report::starts(line) || report::counts(line) => return None,
            Block::Report => return self.reports.line(line).then_some(Taken::Yes),
            Block::ReportStacks if line.starts_with("====") || line.ends_with("\":") || line.starts_with("at ") => {}
            Block::ReportStacks if line.starts_with("- ") => {}
            Block::Histogram if is_histogram_row(line) => {}
            Block::Chains if line.contains("END OF THREAD DUMP") => return None,
            Block::Chains => {}
            _ => return None,
        }
        Some(Taken::Yes)
    }

    /// A thread's header, also one that a line break cut.
    fn take_header(&mut self, line: &str, number: u64) -> bool {
        let line = line.trim();
        // Most lines are frames and locks: none of them is a header.
        if self.broken.is_none() && !line.starts_with(['"', 'T']) {
            return false;
        }
        let (thread, dialect, number) = match self.broken.take() {
            Some(broken) => match header::parse(&format!("{broken}{line}")) {
                Some((thread, dialect)) => (thread, dialect, number.saturating_sub(1)),
                None => match header::parse(line) {
                    Some((thread, dialect)) => (thread, dialect, number),
                    None => return false,
                },
            },
            None => match header::parse(line) {
                Some((thread, dialect)) => (thread, dialect, number),
                None if line.starts_with('"') && !line.ends_with("\":") => {
                    let glue = if line.len() >= 79 { "" } else { " " };
                    self.broken = Some(format!("{line}{glue}"));
                    return false;
                }
                None => return false,
            },
        };
        self.close_thread();
        self.block = Block::Threads;
        self.in_synchronizers = false;
        self.dialect.get_or_insert(dialect);
        if dialect == Dialect::Sap {
            self.dialect = Some(dialect);
        }
        self.state_lines |= thread.state.is_some() && dialect == Dialect::Tool;
        self.vm_thread_seen |= matches!(
            thread.name.as_str(),
            "VM Thread" | "VM Periodic Task Thread" | "Suspend Checker Thread"
        );
        self.thread = Some(Thread { line: number, ..thread });
        true
    }

    /// State, frames and locks of the thread at hand.
    fn take_in_stack(&mut self, line: &str, names: &mut Names) -> bool {
        let Some(thread) = self.thread.as_mut() else {
            return false;
        };
        if let Some(state) = line.strip_prefix("java.lang.Thread.State:") {
            let state = state.trim();
            self.state_lines = true;
            thread.state = header::state_word(state);
            thread.locks.extend(lock::of_state_line(state, thread.state));
            return true;
        }
        if line.starts_with("at ") {
            thread.frames.push(frame::normal(line).into());
            return true;
        }
        if line.starts_with("- ") {
            return take_dash(thread, line, self.in_synchronizers, names);
        }
        if let Some(last) = thread.frames.last_mut()
            && !last.ends_with(')')
            && line.ends_with(')')
            && !line.contains(' ')
        {
            // The second half of a frame that was wrapped.
            *last = frame::normal(&format!("{last}{line}")).into();
            return true;
        }
        if line.starts_with("Locked ownable synchronizers")
            || line.starts_with("Locked synchronizers")
            || line.starts_with("Number of locked synchronizers")
        {
            self.in_synchronizers = true;
            return true;
        }
        if let Some(mut found) = lock::parse(line, self.in_synchronizers, names) {
            found.depth = thread.frames.len();
            thread.locks.push(found);
            return true;
        }
        if let Some(carried) = number_after(line, "Carrying virtual thread #") {
            thread.carries = Some(carried);
            return true;
        }
        if line.starts_with("Mounted virtual thread #") {
            self.carrier = Some((std::mem::take(&mut thread.frames), std::mem::take(&mut thread.locks)));
            return true;
        }
        lock::is_remark(line)
            || line.starts_with("No compile task")
            || line.starts_with("Compiling:")
            || line.starts_with("-- end of trace")
            || line.starts_with("--- End of stack trace")
            || line.starts_with("waiting for cpu")
    }

    /// Lines between threads and behind them.
    fn take_between(&mut self, line: &str, number: u64) -> Taken {
        if line.contains("END OF THREAD DUMP") {
            self.dump.complete = true;
            return Taken::End;
        }
        if let Some(references) =
            number_after(line, "JNI global references:").or_else(|| number_after(line, "JNI global refs:"))
        {
            self.dump.jni_references = Some(references);
            self.dump.complete = true;
            self.block = Block::Behind;
        } else if report::starts(line) {
            self.reports.open(number);
            self.block = Block::Report;
        } else if report::opens_stacks(line) {
            self.reports.close();
            self.block = Block::ReportStacks;
        } else if report::counts(line) {
            self.reports.close();
            self.block = Block::Behind;
        } else if line == "Heap" || line.starts_with("Heap before") {
            self.block = Block::Heap;
        } else if line.contains("#instances") && line.contains("#bytes") {
            self.block = Block::Histogram;
        } else if line.ends_with("lock chains") || line.starts_with("Blocked lock chains") {
            self.close_thread();
            self.block = Block::Chains;
        } else if !self.take_smr(line) && !self.take_title(line) {
            return Taken::No;
        }
        Taken::Yes
    }

    /// `Threads class SMR info:` and its list.
    fn take_smr(&mut self, line: &str) -> bool {
        if line.starts_with("_java_thread_list=") {
            self.dump.announced_threads = number_after(line, "length=");
            return true;
        }
        line.starts_with("Threads class SMR info")
            || line.starts_with("_to_delete_list")
            || line.starts_with("_delete_")
            || line.starts_with("next-> ")
            || line == "}"
            || line
                .split([',', ' ', '}'])
                .all(|item| item.is_empty() || (item.starts_with("0x") && scan::hex(item).is_some()))
    }

    /// Time and VM below JRockit's start line.
    fn take_title(&mut self, line: &str) -> bool {
        if !self.dump.threads.is_empty() || self.thread.is_some() {
            return false;
        }
        if self.dump.time.is_none()
            && let Some(stamp) = time::stamp_line(line)
        {
            self.dump.time = Some(stamp);
            return true;
        }
        if self.dialect == Some(Dialect::Jrockit) && line.contains("JRockit") {
            self.dump.vm = Some(line.to_owned());
            return true;
        }
        false
    }

    /// A line of the `Heap` block: the generations' totals are added up, class space is not heap.
    fn take_heap(&mut self, line: &str) -> bool {
        let lower = line.to_ascii_lowercase();
        let is_classes = lower.contains("perm")
            || lower.contains("metaspace")
            || lower.contains("class space")
            || lower.contains("compacting");
        let size = |mark: &str| lower.split_once(mark).and_then(|(_, rest)| size_of(rest.trim_start()));
        if !is_classes
            && let (Some(total), Some(used)) = (size(" total ").or_else(|| size(" capacity ")), size("used "))
        {
            let heap = self.heap.get_or_insert_default();
            heap.total = heap.total.saturating_add(total);
            heap.used = heap.used.saturating_add(used);
        }
        is_classes
            || lower.contains("used")
            || lower.contains("space")
            || lower.contains("region")
            || lower.contains("heap")
            || lower.contains("[0x")
    }

    fn close_thread(&mut self) {
        let Some(mut thread) = self.thread.take() else {
            return;
        };
        if let Some((frames, locks)) = self.carrier.take() {
            // The virtual thread runs on top of its carrier.
            let shift = thread.frames.len();
            thread.frames.extend(frames);
            thread.locks.extend(locks.into_iter().map(|l| LockLine {
                depth: l.depth + shift,
                ..l
            }));
        }
        self.dump.threads.push(thread);
    }

    /// The finished dump, without its range.
    pub fn finish(mut self) -> Dump {
        self.close_thread();
        let mut dump = self.dump;
        dump.deadlocks = self.reports.finish();
        dump.heap = self.heap;
        dump.format = match self.dialect {
            Some(Dialect::Jrockit) => Format::Jrockit,
            Some(Dialect::Sap) => Format::Sap,
            Some(Dialect::Tool) => Format::Other,
            Some(Dialect::HotSpot) | None => Format::HotSpot,
        };
        let java_threads = dump.threads.iter().filter(|t| t.java_id.is_some()).count() as u64;
        let announced = dump.announced_threads.unwrap_or(0);
        dump.complete =
            (dump.complete || self.vm_thread_seen || dump.format == Format::Other) && java_threads >= announced;
        if !self.state_lines && dump.format != Format::Jrockit {
            for thread in &mut dump.threads {
                thread.state = header::state_of_words(&thread.words);
            }
        }
        for thread in &mut dump.threads {
            if thread.state == Some(State::Waiting) && thread.words.starts_with("sleeping") {
                thread.state = Some(State::TimedWaiting);
            }
        }
        dump
    }
}

/// A line below a frame that begins with a dash: a lock, a remark, or a frame of `jstack -F`.
fn take_dash(thread: &mut Thread, line: &str, in_synchronizers: bool, names: &mut Names) -> bool {
    if let Some(frame) = frame::forced(line) {
        thread.frames.push(frame.into());
        return true;
    }
    if let Some(found) = lock::parse(line, in_synchronizers, names) {
        let depth = thread.frames.len();
        thread.locks.push(LockLine { depth, ..found });
        return true;
    }
    lock::is_remark(line)
}

/// `76288k`, `12m`, `81920k,`.
fn size_of(text: &str) -> Option<u64> {
    let number = scan::decimal(text)?;
    let unit = match text.trim_start_matches(|c: char| c.is_ascii_digit()).as_bytes().first() {
        Some(b'k') => 1 << 10,
        Some(b'm') => 1 << 20,
        Some(b'g') => 1 << 30,
        _ => 1,
    };
    number.checked_mul(unit)
}

/// ` 17:      2994       71856  a.b.C`, `Total …`, rules.
fn is_histogram_row(line: &str) -> bool {
    line.starts_with("---")
        || line.starts_with("Total ")
        || line
            .split_once(':')
            .is_some_and(|(n, _)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}
