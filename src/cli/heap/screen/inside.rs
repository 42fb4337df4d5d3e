//! What is in the heap: threads, pools, buffers, sessions, copies, texts, collections.

use super::{FAINT, ROWS, Screen, cut, wrapped};
use crate::{
    cli::{
        heap::text::{grouped, percent},
        table::Table,
    },
    report::{HeapThreadView, bytes},
};

impl Screen<'_> {
    pub(super) fn threads(&mut self) {
        let told = |t: &&HeapThreadView| t.out_of_memory || t.share >= 0.001;
        let threads: Vec<HeapThreadView> = self.threads.iter().filter(told).take(ROWS).cloned().collect();
        if threads.is_empty() {
            return;
        }
        self.heading("线程与局部变量", "threads and their locals");
        for thread in threads {
            let name = thread.name.clone().unwrap_or_else(|| thread.object.clone());
            let state = thread.state.as_deref().map(|s| format!("  {s}")).unwrap_or_default();
            let failed = if thread.out_of_memory { "  OutOfMemoryError" } else { "" };
            self.line(&format!(
                "{:>9}  {:>7}  {name}{state}{failed}",
                bytes(thread.retained),
                percent(thread.share)
            ));
            for local in thread.locals.iter().take(3) {
                let label = local.label.as_deref().map(|l| format!(" {l}")).unwrap_or_default();
                self.line(&format!(
                    "           {:>9}  {} @ {}{label}",
                    bytes(local.retained),
                    local.class,
                    local.object
                ));
                if let Some(frame) = &local.frame {
                    let frame = self.paint(FAINT, &format!("at {frame}"));
                    self.line(&format!("                      {frame}"));
                }
            }
            if thread.out_of_memory {
                for frame in &thread.frames {
                    let frame = self.paint(FAINT, &format!("at {frame}"));
                    self.line(&format!("           {frame}"));
                }
            }
        }
    }

    pub(super) fn pools(&mut self) {
        let facts = self.facts;
        if facts.inside.pools.is_empty() {
            return;
        }
        self.heading("连接池", "connection pools");
        let unknown = || "?".to_owned();
        let mut table = Table::new(self.heads([
            ("在用", "in use"),
            ("空闲", "idle"),
            ("上限", "max"),
            ("等待", "waiting"),
            ("库", "library"),
            ("名称", "name"),
        ]))
        .figures(4);
        for pool in &facts.inside.pools {
            let figure = |n: Option<u64>| n.map_or_else(unknown, grouped);
            let name = pool.name.as_deref().map(|n| self.shown.words(n));
            table.row([
                figure(pool.in_use),
                figure(pool.idle),
                figure(pool.max),
                figure(pool.waiting),
                pool.library.clone(),
                name.unwrap_or_else(|| pool.object.to_string()),
            ]);
        }
        self.out.push_str(&table.render(self.width));
    }

    /// Buffers outside the heap, finalizers, thread locals.
    pub(super) fn outside(&mut self) {
        let inside = &self.facts.inside;
        let mut lines = Vec::new();
        if let Some(direct) = &inside.direct {
            let reserved = direct.reserved.map_or_else(|| "?".to_owned(), bytes);
            let limit = direct.limit.map_or_else(|| "?".to_owned(), bytes);
            lines.push(self.say(
                format!(
                    "直接缓冲区 {} 个，堆外 {}（虚拟机已登记 {reserved}，上限 {limit}）",
                    grouped(direct.buffers),
                    bytes(direct.capacity)
                ),
                format!(
                    "{} direct buffers, {} outside the heap (the VM counts {reserved}, limit {limit})",
                    grouped(direct.buffers),
                    bytes(direct.capacity)
                ),
            ));
        }
        if let Some(finalizers) = &inside.finalizers {
            let queued = finalizers.queued.map_or_else(|| "?".to_owned(), grouped);
            let what = finalizers.classes.iter().take(3).map(|c| c.name.as_str());
            let what = what.collect::<Vec<_>>().join("，");
            lines.push(self.say(
                format!(
                    "带终结方法的对象 {} 个，排队等待 {queued} 个{}{what}",
                    grouped(finalizers.objects),
                    if what.is_empty() { "" } else { "：" }
                ),
                format!(
                    "{} finalizable objects, {queued} wait in the queue{}{what}",
                    grouped(finalizers.objects),
                    if what.is_empty() { "" } else { ": " }
                ),
            ));
        }
        if let Some(locals) = inside.thread_locals.as_ref().filter(|l| l.stale > 0) {
            let what = locals.classes.iter().take(3).map(|c| c.name.as_str());
            let what = what.collect::<Vec<_>>().join("，");
            lines.push(self.say(
                format!(
                    "ThreadLocal 失效条目 {} 个（共 {} 个），仍占 {}：{what}",
                    grouped(locals.stale),
                    grouped(locals.entries),
                    bytes(locals.stale_retained)
                ),
                format!(
                    "{} of {} thread-local entries lost their key and still hold {}: {what}",
                    grouped(locals.stale),
                    grouped(locals.entries),
                    bytes(locals.stale_retained)
                ),
            ));
        }
        if lines.is_empty() {
            return;
        }
        self.heading("堆外、终结队列、ThreadLocal", "off-heap, finalizers, thread locals");
        for line in lines {
            for part in wrapped(&line, self.width) {
                self.line(&part);
            }
        }
    }

    pub(super) fn sessions(&mut self) {
        let facts = self.facts;
        if facts.inside.sessions.is_empty() {
            return;
        }
        self.heading("会话（Session）", "sessions");
        for group in &facts.inside.sessions {
            let words = self.say(
                format!(
                    "{} 个会话，共 {}  {}",
                    grouped(group.objects),
                    bytes(group.retained),
                    group.class
                ),
                format!(
                    "{} sessions, {}  {}",
                    grouped(group.objects),
                    bytes(group.retained),
                    group.class
                ),
            );
            self.line(&words);
            for session in group.biggest.iter().take(3) {
                let label = session.label.clone().unwrap_or_default();
                self.line(&format!("  {:>9}  {} {label}", bytes(session.retained), session.object));
            }
        }
    }

    pub(super) fn copies(&mut self) {
        let facts = self.facts;
        if facts.inside.duplicate_classes.is_empty() {
            return;
        }
        self.heading("被多个加载器重复加载的类", "classes loaded several times");
        let mut table = Table::new(self.heads([
            ("次数", "times"),
            ("对象数", "objects"),
            ("类", "class"),
            ("加载器", "loaders"),
        ]))
        .figures(2);
        for row in facts.inside.duplicate_classes.iter().take(ROWS) {
            let loaders = row.loaders.join(" ");
            table.row([grouped(row.times), grouped(row.objects), row.class.clone(), loaders]);
        }
        self.out.push_str(&table.render(self.width));
    }

    pub(super) fn strings(&mut self) {
        let inside = &self.facts.inside;
        let Some(strings) = &inside.strings else { return };
        self.heading("字符串、装箱数字、空数组", "strings, boxed numbers, arrays of zeros");
        let words = self.say(
            format!(
                "字符串 {} 个，{}；其中重复 {} 个，浪费 {}",
                grouped(strings.objects),
                bytes(strings.bytes),
                grouped(strings.duplicates),
                bytes(strings.wasted)
            ),
            format!(
                "{} strings, {}; {} say what another one says, {} wasted",
                grouped(strings.objects),
                bytes(strings.bytes),
                grouped(strings.duplicates),
                bytes(strings.wasted)
            ),
        );
        self.line(&words);
        for row in strings.top.iter().take(ROWS) {
            let text = self.shown.words(&row.text);
            let line = format!("  {:>9}  ×{}  \"{text}\"", bytes(row.wasted), grouped(row.objects));
            let line = cut(&line, self.width);
            self.line(&line);
        }
        for row in inside.boxed.iter().take(ROWS) {
            let words = self.say(
                format!(
                    "  {:>9}  {} 个 {}，不同的值 {} 个",
                    bytes(row.shallow),
                    grouped(row.objects),
                    row.class,
                    grouped(row.distinct)
                ),
                format!(
                    "  {:>9}  {} × {}, {} different values",
                    bytes(row.shallow),
                    grouped(row.objects),
                    row.class,
                    grouped(row.distinct)
                ),
            );
            self.line(&words);
        }
        for row in inside.zeros.iter().take(ROWS) {
            let words = self.say(
                format!(
                    "  {:>9}  {} 个全零（空）的 {}",
                    bytes(row.shallow),
                    grouped(row.objects),
                    row.name
                ),
                format!(
                    "  {:>9}  {} × {} of nothing but zeros",
                    bytes(row.shallow),
                    grouped(row.objects),
                    row.name
                ),
            );
            self.line(&words);
        }
    }

    pub(super) fn collections(&mut self) {
        let facts = self.facts;
        if !facts.inside.biggest.is_empty() {
            self.heading("最大的集合", "biggest collections");
            let mut table = Table::new(self.heads([
                ("元素", "elements"),
                ("保留大小", "retained"),
                ("冲突", "collisions"),
                ("集合", "collection"),
                ("持有者", "holder"),
            ]))
            .figures(3);
            for row in facts.inside.biggest.iter().take(ROWS) {
                table.row([
                    grouped(row.elements),
                    bytes(row.retained),
                    row.collisions.map_or_else(|| "-".to_owned(), percent),
                    // Whoever reads this knows java.util; the holder needs the columns.
                    row.class
                        .strip_prefix("java.util.concurrent.")
                        .or_else(|| row.class.strip_prefix("java.util."))
                        .unwrap_or(&row.class)
                        .to_owned(),
                    row.holder.clone().unwrap_or_default(),
                ]);
            }
            self.out.push_str(&table.render(self.width));
        }
        if !facts.inside.collections.is_empty() {
            self.heading("集合的填充率", "how full collections are");
            let mut table = Table::new(self.heads([
                ("个数", "objects"),
                ("空", "empty"),
                ("填充", "fill"),
                ("空位", "unused"),
                ("类", "class"),
            ]))
            .figures(4);
            for row in facts.inside.collections.iter().take(ROWS) {
                let fill = if row.slots == 0 {
                    "-".to_owned()
                } else {
                    percent((row.elements.min(row.slots)) as f64 / row.slots as f64)
                };
                table.row([
                    grouped(row.objects),
                    grouped(row.empty),
                    fill,
                    bytes(row.unused),
                    row.class.clone(),
                ]);
            }
            self.out.push_str(&table.render(self.width));
        }
    }
}
