//! Small javacores of several generations.

use std::fmt::Write;

/// How the file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// IBM classic VM 1.4.2: other section names, dots in class names, hexadecimal heap figures.
    Classic,
    /// Java 6 (J9 2.4): `TID:`, current thread printed twice.
    Java6,
    /// Java 8 and later.
    Java8,
}

/// One thread.
#[derive(Debug, Clone, Default)]
pub struct Thread {
    /// Name.
    pub name: String,
    /// `R`, `CW`, `B`, `P`.
    pub state: &'static str,
    /// Frames, `a.b.C.m(C.java:1)`.
    pub frames: Vec<String>,
    /// Number of the monitor it waits for and of the thread that holds it.
    pub blocked_on: Option<(u64, usize)>,
    /// CPU seconds.
    pub cpu_s: f64,
}

/// A whole javacore.
#[derive(Debug, Clone)]
pub struct Javacore {
    /// Its generation.
    pub generation: Generation,
    /// `2026/11/10 at 08:34:52`.
    pub date: String,
    /// Process id.
    pub pid: u64,
    /// Threads; the first is the current one.
    pub threads: Vec<Thread>,
    /// A cycle that the VM reports, as numbers of threads.
    pub deadlock: Vec<usize>,
}

impl Thread {
    /// A thread that runs.
    pub fn running(name: &str, frames: &[&str], cpu_s: f64) -> Self {
        Self {
            name: name.into(),
            state: "R",
            frames: frames.iter().map(|f| (*f).to_owned()).collect(),
            blocked_on: None,
            cpu_s,
        }
    }

    /// A thread that waits for monitor `lock`, which thread `owner` holds.
    pub fn blocked(name: &str, frame: &str, lock: u64, owner: usize) -> Self {
        Self {
            name: name.into(),
            state: "B",
            frames: vec![frame.to_owned()],
            blocked_on: Some((lock, owner)),
            cpu_s: 0.5,
        }
    }
}

/// The VM's structure of a thread.
fn vm_id(number: usize) -> u64 {
    0x3000_0000 + number as u64 * 0x4000
}

/// The object behind a monitor's number.
pub fn address(lock: u64) -> u64 {
    0xE000_0000 + lock * 8
}

/// The text.
pub fn text(core: &Javacore) -> String {
    let mut out = String::new();
    title(core, &mut out);
    environment(core, &mut out);
    memory(core, &mut out);
    locks(core, &mut out);
    threads(core, &mut out);
    classes(core, &mut out);
    section(&mut out, "Javadump End section");
    out.push_str("NULL           ---------------------- END OF DUMP -------------------------------------\n");
    out
}

fn section(out: &mut String, name: &str) {
    out.push_str("NULL           ------------------------------------------------------------------------\n");
    let _ = writeln!(out, "0SECTION       {name}");
    out.push_str("NULL           ===============================\n");
}

fn named(core: &Javacore, new: &str, classic: &str) -> String {
    let name = if core.generation == Generation::Classic {
        classic
    } else {
        new
    };
    format!("{name} subcomponent dump routine")
}

fn title(core: &Javacore, out: &mut String) {
    section(out, &named(core, "TITLE", "TITLE"));
    let _ = match core.generation {
        Generation::Classic => writeln!(out, "1TISIGINFO     signal 3 received "),
        _ => writeln!(
            out,
            "1TICHARSET     UTF-8\n1TISIGINFO     Dump Event \"user\" (00004000) received"
        ),
    };
    let _ = writeln!(out, "1TIDATETIME    Date: {}", core.date);
}

fn environment(core: &Javacore, out: &mut String) {
    section(out, &named(core, "ENVINFO", "CI"));
    let _ = writeln!(out, "1CIJAVAVERSION JRE synthetic");
    if core.generation == Generation::Java8 {
        let _ = writeln!(out, "1CIPROCESSID   Process ID: {} ({:#X})", core.pid, core.pid);
    }
    out.push_str("1CICMDLINE     /opt/java/bin/java -Xmx256m com.acme.Main\n1CIUSERARGS    UserArgs:\n2CIUSERARG               -Xmx256m\n");
    out.push_str("2CIUSERLIMIT   RLIMIT_NOFILE                         10240            unlimited\n");
}

fn memory(core: &Javacore, out: &mut String) {
    section(out, &named(core, "MEMINFO", "ST"));
    out.push_str(match core.generation {
        Generation::Java8 => {
            "1STHEAPTOTAL   Total memory:                    99549184 (0x0000000005EF0000)\n1STHEAPINUSE   Total memory in use:             83502904 (0x0000000004FA2738)\n1STHEAPFREE    Total memory free:               16046280 (0x0000000000F4D8C8)\n"
        }
        _ => "1STHEAPFREE    Bytes of Heap Space Free: F4D8C8 \n1STHEAPALLOC   Bytes of Heap Space Allocated: 5EF0000 \n",
    });
}

fn reference(core: &Javacore, number: usize) -> String {
    let name = core.threads.get(number).map_or("", |t| t.name.as_str());
    match core.generation {
        Generation::Java8 => format!("\"{name}\" (J9VMThread:{:#018X})", vm_id(number)).replace("0X", "0x"),
        _ => format!("\"{name}\" ({:#X})", vm_id(number)).replace("0X", "0x"),
    }
}

fn object(core: &Javacore, lock: u64) -> String {
    match core.generation {
        Generation::Classic => format!("com.acme.Lock@{:X}/{:X}", address(lock), address(lock) + 8),
        _ => format!("com/acme/Lock@{:#018X}", address(lock)).replace("0X", "0x"),
    }
}

fn locks(core: &Javacore, out: &mut String) {
    section(out, &named(core, "LOCKS", "LK"));
    let mut known: Vec<u64> = Vec::new();
    for (lock, owner) in core.threads.iter().filter_map(|t| t.blocked_on) {
        if known.contains(&lock) {
            continue;
        }
        known.push(lock);
        let _ = writeln!(out, "2LKMONINUSE      sys_mon_t:0x01 infl_mon_t: 0x02:");
        let _ = writeln!(
            out,
            "3LKMONOBJECT       {}: owner {}, entry count 1",
            object(core, lock),
            reference(core, owner)
        );
        let _ = writeln!(out, "3LKWAITERQ            Waiting to enter:");
        for (number, _) in core
            .threads
            .iter()
            .enumerate()
            .filter(|(_, t)| t.blocked_on.is_some_and(|b| b.0 == lock))
        {
            let _ = writeln!(out, "3LKWAITER                {}", reference(core, number));
        }
    }
    if let Some(first) = core.deadlock.first() {
        out.push_str("NULL           \n1LKDEADLOCK    Deadlock detected !!!\nNULL           ---------------------\n");
        for number in core.deadlock.iter().chain([first]) {
            let _ = writeln!(
                out,
                "2LKDEADLOCKTHR  Thread {}",
                reference(core, *number).replace("J9VMThread:", "")
            );
            if let Some((lock, _)) = core.threads.get(*number).and_then(|t| t.blocked_on) {
                out.push_str(
                    "3LKDEADLOCKWTR    is waiting for:\n4LKDEADLOCKMON      sys_mon_t:0x01 infl_mon_t: 0x02:\n",
                );
                let _ = writeln!(
                    out,
                    "4LKDEADLOCKOBJ      {}\n3LKDEADLOCKOWN    which is owned by:",
                    object(core, lock)
                );
            }
        }
    }
}

fn threads(core: &Javacore, out: &mut String) {
    section(out, &named(core, "THREADS", "XM"));
    out.push_str("1XMCURTHDINFO  Current Thread Details\n");
    if !core.threads.is_empty() {
        header(core, 0, out);
    }
    out.push_str("NULL           \n1XMTHDINFO     All Thread Details\nNULL           ------------------\n");
    for number in 0..core.threads.len() {
        header(core, number, out);
        body(core, number, out);
    }
}

fn header(core: &Javacore, number: usize, out: &mut String) {
    let Some(thread) = core.threads.get(number) else { return };
    let (name, state, id) = (&thread.name, thread.state, vm_id(number));
    let _ = match core.generation {
        Generation::Classic => writeln!(
            out,
            "3XMTHREADINFO      \"{name}\" (TID:0x2BDE718, sys_thread_t:0x{id:X}, state:{state}, native ID:0x{:X}) prio=5",
            0xCD0 + number
        ),
        Generation::Java6 => writeln!(
            out,
            "3XMTHREADINFO      \"{name}\" TID:0x{id:08X}, j9thread_t:0x00295524, state:{state}, prio=5\n3XMTHREADINFO1            (native thread ID:0x{:X}, native priority:0x5, native policy:UNKNOWN)",
            0xCD0 + number
        ),
        Generation::Java8 => writeln!(
            out,
            "3XMTHREADINFO      \"{name}\" J9VMThread:0x{id:016X}, omrthread_t:0x01, java/lang/Thread:0x00000000E1000000, state:{state}, prio=5\n3XMTHREADINFO1            (native thread ID:0x{:X}, native priority:0x5, native policy:UNKNOWN, vmstate:{state}, vm thread flags:0x00000020)\n3XMCPUTIME               CPU usage total: {:.9} secs, current category=\"Application\"",
            0xCD0 + number,
            thread.cpu_s
        ),
    };
}

fn body(core: &Javacore, number: usize, out: &mut String) {
    let Some(thread) = core.threads.get(number) else { return };
    if let (Generation::Java8, Some((lock, owner))) = (core.generation, thread.blocked_on) {
        let owner = reference(core, owner).replace(')', ", java/lang/Thread:0x00000000E1000000)");
        let _ = writeln!(
            out,
            "3XMTHREADBLOCK     Blocked on: {} Owned by: {owner}",
            object(core, lock)
        );
    }
    for frame in &thread.frames {
        let frame = match (core.generation, frame.split_once('(')) {
            (Generation::Java6 | Generation::Java8, Some((method, source))) => {
                let (class, name) = method.rsplit_once('.').unwrap_or(("", method));
                format!("{}.{name}({source}", class.replace('.', "/"))
            }
            _ => frame.clone(),
        };
        let _ = writeln!(out, "4XESTACKTRACE          at {frame}");
    }
    out.push_str("NULL\n");
}

fn classes(core: &Javacore, out: &mut String) {
    section(out, &named(core, "CLASSES", "CL"));
    out.push_str("1CLTEXTCLLOS   \tClassloader summaries\n2CLTEXTCLLOADER\t\tp---st-- Loader *System*(0x000000068003E888)\n3CLNMBRLOADEDCL\t\t\tNumber of loaded classes 395\n");
}
