//! Locks drawn with characters: a deadlock as a cycle, blockers as a tree.

use super::text::Page;
use crate::{
    threads::{Activity, Blocker, Deadlock, DumpFacts, LockRef, ThreadInfo},
    words::Text,
};

/// Trees drawn of one dump.
const TREES: usize = 5;
/// Levels of a tree.
const LEVELS: usize = 5;
/// Waiters named of one lock.
const WAITERS: usize = 4;

/// The cycle of a deadlock.
pub(super) fn cycle(page: &mut Page, deadlock: &Deadlock) {
    let (zh, en) = match deadlock.reported_by_vm {
        true => ("虚拟机报告", "reported by the VM"),
        false => (
            "由等待关系推出，虚拟机未报告",
            "found in the wait graph, not reported by the VM",
        ),
    };
    let victims = deadlock.victims;
    page.sentence(
        2,
        &Text::new(
            format!("死锁（{zh}）；另有 {victims} 个线程因此等待"),
            format!("deadlock ({en}); {victims} more threads wait behind it"),
        ),
    );
    let last = deadlock.threads.len().saturating_sub(1);
    for (at, thread) in deadlock.threads.iter().enumerate() {
        let edge = if at == 0 { "╭─▶" } else { "│  " };
        page.raw(4, &format!("{edge} {thread}"));
        let lock = deadlock.locks.get(at).map_or("?", String::as_str);
        let edge = if at == last { "╰──" } else { "│  " };
        let arrow = if at == last { "" } else { "  ▼" };
        page.line(
            4,
            &Text::new(
                format!("{edge}    等待 {lock}{arrow}"),
                format!("{edge}    waits for {lock}{arrow}"),
            ),
        );
    }
}

/// Trees of those who keep others waiting and wait for nobody themselves.
pub(super) fn blockers(page: &mut Page, dump: &DumpFacts) {
    let holder = |b: &Blocker| dump.threads.iter().find(|t| t.name == b.thread);
    let roots = dump
        .blockers
        .iter()
        .filter(|b| holder(b).is_none_or(|t| t.waits_for.is_none()));
    for blocker in roots.take(TREES) {
        let doing = doing(blocker.doing);
        let at = |word: &str| {
            let frame = blocker.doing_frame.as_deref();
            frame.map(|f| format!("{word}{f}")).unwrap_or_default()
        };
        let (zh, en) = match blocker.thread.as_str() {
            "" => ("持有者未知", "owner unknown"),
            name => (name, name),
        };
        page.line(
            2,
            &Text::new(
                format!("■ {zh} {}{}", doing.zh, at("，位于 ")),
                format!("■ {en} {}{}", doing.en, at(" at ")),
            ),
        );
        let mut branch = Branch { page, dump };
        branch.draw(blocker, 0, &mut Vec::new());
    }
}

struct Branch<'a> {
    page: &'a mut Page,
    dump: &'a DumpFacts,
}

impl Branch<'_> {
    /// The lock, those who wait for it, and below each what waits for him.
    fn draw(&mut self, blocker: &Blocker, level: usize, seen: &mut Vec<u64>) {
        let indent = 4 + 3 * level;
        if level >= LEVELS || seen.contains(&blocker.lock.address) && blocker.lock.address != 0 {
            self.page.raw(indent, "└ …");
            return;
        }
        seen.push(blocker.lock.address);
        let lock = printed(&blocker.lock);
        self.page.line(
            indent,
            &Text::new(
                format!(
                    "└ {lock}：{} 个线程在等，连带共 {} 个",
                    blocker.blocked, blocker.victims
                ),
                format!("└ {lock}: {} threads wait, {} in all", blocker.blocked, blocker.victims),
            ),
        );
        let waiters: Vec<&ThreadInfo> = self
            .dump
            .threads
            .iter()
            .filter(|t| t.waits_for.as_ref().is_some_and(|l| same(l, &blocker.lock)))
            .collect();
        let (holding, plain): (Vec<&ThreadInfo>, Vec<&ThreadInfo>) = waiters
            .into_iter()
            .partition(|t| self.dump.blockers.iter().any(|b| b.thread == t.name));
        let names: Vec<&str> = plain.iter().take(WAITERS).map(|t| t.name.as_str()).collect();
        if !names.is_empty() {
            let more = if plain.len() > names.len() { " …" } else { "" };
            self.page.raw(indent + 3, &format!("├ {}{more}", names.join(", ")));
        }
        for thread in holding.into_iter().take(WAITERS) {
            self.page.raw(indent + 3, &format!("├ {}", thread.name));
            let dump = self.dump;
            for next in dump.blockers.iter().filter(|b| b.thread == thread.name).take(WAITERS) {
                self.draw(next, level + 2, seen);
            }
        }
    }
}

fn same(a: &LockRef, b: &LockRef) -> bool {
    a.address == b.address && (a.address != 0 || a.class == b.class)
}

fn printed(lock: &LockRef) -> String {
    match lock.address {
        0 => lock.class.clone(),
        address => format!("{}@{address:#x}", lock.class),
    }
}

/// What a holder does, as the rest of a sentence.
pub(super) fn doing(activity: Activity) -> Text {
    let (zh, en) = match activity {
        Activity::Idle => ("空闲", "is idle"),
        Activity::Vm => ("是虚拟机线程", "belongs to the VM"),
        Activity::Lock => ("自己也在等锁", "waits for a lock itself"),
        Activity::PoolWait => ("在等连接池", "waits for a connection pool"),
        Activity::Database => ("在等数据库应答", "waits for the database"),
        Activity::Network => ("在等网络应答", "waits for the network"),
        Activity::FileIo => ("在读写文件", "reads or writes a file"),
        Activity::Native => ("在本机代码中", "is in native code"),
        Activity::Running => ("在运行", "runs"),
        Activity::Waiting => ("在等待", "waits"),
        Activity::Unknown => ("状态未知", "is in an unknown state"),
    };
    Text::new(zh, en)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{report::ReportModel, words::Lang};

    #[test]
    fn a_cycle_closes_and_a_tree_ends() {
        let lock = |address| LockRef {
            class: "a.Lock".into(),
            address,
            ..LockRef::default()
        };
        let thread = |name: &str, holds: &[u64], waits: Option<u64>| ThreadInfo {
            name: name.into(),
            holds: holds.iter().map(|a| lock(*a)).collect(),
            waits_for: waits.map(lock),
            ..ThreadInfo::default()
        };
        let blocker = |name: &str, address, blocked, victims| Blocker {
            thread: name.into(),
            lock: lock(address),
            blocked,
            victims,
            ..Blocker::default()
        };
        let dump = DumpFacts {
            threads: vec![
                thread("root", &[1], None),
                thread("middle", &[2], Some(1)),
                thread("leaf", &[], Some(2)),
            ],
            blockers: vec![blocker("root", 1, 1, 2), blocker("middle", 2, 1, 1)],
            deadlocks: vec![Deadlock {
                threads: vec!["A".into(), "B".into()],
                locks: vec!["a.Lock@0x1".into(), "a.Lock@0x2".into()],
                ..Deadlock::default()
            }],
            ..DumpFacts::default()
        };
        let case = crate::case::Case {
            dumps: vec![dump],
            ..crate::case::Case::default()
        };
        let model = ReportModel {
            dumps: vec![crate::report::DumpView::default()],
            ..ReportModel::default()
        };
        let text = super::super::text(&case, &model, Lang::En);
        assert!(text.starts_with("Verdict: a deadlock of 2 threads"), "{text}");
        for piece in [
            "╭─▶ A",
            "╰──    waits for a.Lock@0x2",
            "■ root",
            "└ a.Lock@0x1: 1 threads wait, 2 in all",
            "├ middle",
            "├ leaf",
        ] {
            assert!(text.contains(piece), "{piece}\n{text}");
        }
    }
}
