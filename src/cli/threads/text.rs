//! What `goldenhour threads` prints: the verdict first, then each dump with its locks drawn, groups, advice, pools, series.

use super::{NAMES, drawing};
use crate::{
    case::Case,
    report::{DumpView, PoolView, ReportModel, SeriesView, mask},
    threads::{self, Activity, AdviceLevel, DumpFacts, Group},
    words::{Lang, Text},
};
use unicode_width::UnicodeWidthChar;

/// Columns of a terminal.
const COLUMNS: usize = 80;
/// Rows shown of each kind.
const ROWS: usize = 5;
/// Waiting threads from which a holder or a pool is the verdict.
const MANY: u64 = 3;

/// The page under construction.
pub(super) struct Page {
    out: String,
    lang: Lang,
}

impl Page {
    /// A sentence, cut to the terminal. Names come from the evidence: nothing in them may steer the terminal.
    pub fn line(&mut self, indent: usize, words: &Text) {
        self.raw(indent, words.in_lang(self.lang));
    }

    /// A drawn line.
    pub fn raw(&mut self, indent: usize, text: &str) {
        self.out.push_str(&" ".repeat(indent));
        let masked = mask(text);
        let mut room = COLUMNS.saturating_sub(indent);
        let total: usize = masked.chars().map(|c| c.width().unwrap_or(0)).sum();
        let is_cut = total > room;
        if is_cut {
            room = room.saturating_sub(1);
        }
        for c in masked.chars() {
            let c = if c.is_control() { ' ' } else { c };
            let width = c.width().unwrap_or(0);
            if width > room {
                break;
            }
            room -= width;
            self.out.push(c);
        }
        if is_cut {
            self.out.push('…');
        }
        self.out.push('\n');
    }

    /// A sentence that may take several lines.
    pub fn sentence(&mut self, indent: usize, words: &Text) {
        let mut rest = words.in_lang(self.lang);
        while !rest.is_empty() {
            let (first, more) = broken(rest, COLUMNS.saturating_sub(indent));
            self.raw(indent, first);
            rest = more.trim_start();
        }
    }

    fn rule(&mut self) {
        self.out.push_str(&"─".repeat(COLUMNS));
        self.out.push('\n');
    }
}

/// Splits behind at most `columns` columns, at a blank or between Chinese characters.
fn broken(text: &str, columns: usize) -> (&str, &str) {
    let (mut used, mut last, mut previous_wide) = (0, 0, false);
    for (at, c) in text.char_indices() {
        let width = c.width().unwrap_or(0);
        let closes = matches!(c, '，' | '。' | '；' | '：' | '）' | '、' | '”');
        if at > 0 && (c == ' ' || ((width == 2 || previous_wide) && !closes)) {
            last = at;
        }
        if used + width > columns {
            let at = if last == 0 { at } else { last };
            return text.split_at_checked(at.max(1)).unwrap_or((text, ""));
        }
        used += width;
        previous_wide = width == 2;
    }
    (text, "")
}

/// The whole page.
pub fn text(case: &Case, model: &ReportModel, lang: Lang) -> String {
    let mut page = Page {
        out: String::new(),
        lang,
    };
    if model.dumps.is_empty() {
        page.line(0, &Text::new("没有找到线程转储。", "No thread dump was found."));
        return page.out;
    }
    page.sentence(0, &verdict(case, model));
    page.rule();
    for (dump, facts) in model.dumps.iter().zip(&case.dumps) {
        let path = facts
            .artefact
            .and_then(|id| case.artefact(id))
            .map_or("", |a| a.path.as_str());
        one(&mut page, path, dump, facts);
    }
    let in_use = model.pools.iter().filter(|p| p.busy > 0 || p.waiting > 0);
    for (at, pool) in in_use.take(2 * ROWS).enumerate() {
        if at == 0 {
            page.line(0, &Text::new("池", "Pools"));
        }
        page.line(2, &pool_line(pool));
    }
    for (at, series) in model.series.iter().enumerate() {
        if at == 0 {
            page.line(0, &Text::new("前后对比", "Compared over time"));
        }
        page.sentence(2, &series_line(series));
    }
    page.out
}

/// One dump.
fn one(page: &mut Page, path: &str, dump: &DumpView, facts: &DumpFacts) {
    page.sentence(0, &heading(path, dump));
    if dump.inconsistent {
        page.sentence(
            2,
            &Text::new(
                "虚拟机未能停住其他线程：锁的归属可能互相矛盾，下面的锁关系可信度较低",
                "The VM could not stop the other threads: owners of locks may contradict each other, trust them less",
            ),
        );
    }
    if dump.incomplete {
        page.line(
            2,
            &Text::new("文件不完整：结尾缺失", "The file is cut: its end is missing"),
        );
    }
    for deadlock in facts.deadlocks.iter().take(ROWS) {
        drawing::cycle(page, deadlock);
    }
    drawing::blockers(page, facts);
    for group in threads::groups(facts).iter().filter(|g| is_worth_telling(g)).take(ROWS) {
        page.line(2, &group_line(group));
    }
    for advice in threads::advice(facts)
        .iter()
        .filter(|a| a.level < AdviceLevel::Low)
        .take(2 * ROWS)
    {
        page.sentence(
            2,
            &Text::new(
                format!("・{} 个线程：{}", advice.count, advice.words.zh),
                format!("- {} threads: {}", advice.count, advice.words.en),
            ),
        );
    }
}

/// The most telling fact of all dumps.
fn verdict(case: &Case, model: &ReportModel) -> Text {
    let dumps = &case.dumps;
    let deadlock = dumps.iter().flat_map(|d| &d.deadlocks).max_by_key(|d| d.victims);
    if let Some(deadlock) = deadlock {
        let count = deadlock.threads.len();
        return Text::new(
            format!(
                "结论：死锁，{count} 个线程互相等待，另有 {} 个线程因此等待",
                deadlock.victims
            ),
            format!(
                "Verdict: a deadlock of {count} threads; {} more wait behind it",
                deadlock.victims
            ),
        );
    }
    let spinning: Vec<&String> = model.series.iter().flat_map(|s| &s.spinning).collect();
    if let Some(first) = spinning.first() {
        let count = spinning.len();
        return Text::new(
            format!("结论：{count} 个线程在空转占用 CPU，例如 {first}"),
            format!("Verdict: {count} threads burn CPU in one place, for example {first}"),
        );
    }
    let blocker = dumps.iter().flat_map(|d| &d.blockers).max_by_key(|b| b.victims);
    if let Some(blocker) = blocker.filter(|b| b.victims >= MANY) {
        let doing = drawing::doing(blocker.doing);
        let holder = if blocker.thread.is_empty() {
            "?"
        } else {
            &blocker.thread
        };
        return Text::new(
            format!("结论：{} 个线程在等 {holder} 持有的锁；它{}", blocker.victims, doing.zh),
            format!(
                "Verdict: {} threads wait for a lock that {holder} holds; it {}",
                blocker.victims, doing.en
            ),
        );
    }
    let pool = model
        .pools
        .iter()
        .max_by_key(|p| p.waiting)
        .filter(|p| p.waiting >= MANY);
    if let Some(pool) = pool {
        return Text::new(
            format!("结论：{} 个线程在等连接池 {} 的连接，池已用尽", pool.waiting, pool.name),
            format!(
                "Verdict: {} threads wait for a connection of pool {}, which is exhausted",
                pool.waiting, pool.name
            ),
        );
    }
    let stuck: u64 = model.series.iter().map(|s| s.stuck.len() as u64).sum();
    if stuck > 0 {
        return Text::new(
            format!("结论：{stuck} 个线程在多份转储中停在同一处"),
            format!("Verdict: {stuck} threads stand in the same place in several dumps"),
        );
    }
    let full = model.pools.iter().find(|p| p.size >= 5 && p.busy == p.size);
    if let Some(pool) = full {
        return Text::new(
            format!("结论：线程池 {} 的 {} 个线程全忙", pool.name, pool.size),
            format!("Verdict: all {} threads of pool {} are busy", pool.size, pool.name),
        );
    }
    Text::new(
        "结论：未见死锁、锁堆积或池耗尽",
        "Verdict: no deadlock, no queue at a lock, no exhausted pool",
    )
}

fn heading(path: &str, dump: &DumpView) -> Text {
    let time = dump
        .time
        .as_ref()
        .map(crate::report::Moment::date_and_time)
        .unwrap_or_default();
    let s = dump.states;
    let event = dump.event.as_deref().map(|e| format!("（{e}）")).unwrap_or_default();
    let event_en = dump.event.as_deref().map(|e| format!(" ({e})")).unwrap_or_default();
    Text::new(
        format!(
            "{path} {time}{event}：{} 个线程，运行 {}，阻塞 {}，等待 {}",
            dump.threads,
            s.runnable,
            s.blocked,
            s.waiting + s.timed_waiting + s.parked
        ),
        format!(
            "{path} {time}{event_en}: {} threads, {} runnable, {} blocked, {} waiting",
            dump.threads,
            s.runnable,
            s.blocked,
            s.waiting + s.timed_waiting + s.parked
        ),
    )
}

/// Groups of working threads that stand in the same place.
fn is_worth_telling(group: &Group) -> bool {
    group.threads.len() >= 3 && !matches!(group.activity, Activity::Idle | Activity::Vm | Activity::Unknown)
}

fn group_line(group: &Group) -> Text {
    let frame = group
        .own_frame
        .as_deref()
        .or_else(|| group.frames.first().map(|frame| &**frame))
        .unwrap_or_default();
    let count = group.threads.len();
    Text::new(
        format!("{count:>4} 个线程停在同一处：{frame}"),
        format!("{count:>4} threads stand in the same place: {frame}"),
    )
}

fn pool_line(pool: &PoolView) -> Text {
    let wait_zh = pool
        .waiting_for
        .as_ref()
        .map(|w| format!("，多数在等：{}", wait_in_chinese(w)))
        .unwrap_or_default();
    let wait_en = pool
        .waiting_for
        .as_ref()
        .map(|w| format!(", most wait for: {w}"))
        .unwrap_or_default();
    if pool.waiting > 0 {
        return Text::new(
            format!("连接池 {}：{} 个线程在等连接", pool.name, pool.waiting),
            format!(
                "connection pool {}: {} threads wait for a connection",
                pool.name, pool.waiting
            ),
        );
    }
    Text::new(
        format!(
            "线程池 {}：{} 个线程，{} 个在忙{wait_zh}",
            pool.name, pool.size, pool.busy
        ),
        format!(
            "thread pool {}: {} threads, {} busy{wait_en}",
            pool.name, pool.size, pool.busy
        ),
    )
}

/// The words that the facts put before a frame or a product.
fn wait_in_chinese(wait: &str) -> String {
    let words = [
        ("database: ", "数据库应答，位于 "),
        ("connection pool: ", "连接池 "),
        ("network: ", "网络应答，位于 "),
        ("file: ", "文件读写，位于 "),
    ];
    let known = words
        .iter()
        .find_map(|(en, zh)| wait.strip_prefix(en).map(|rest| format!("{zh}{rest}")));
    known.unwrap_or_else(|| format!("锁 {wait}"))
}

fn series_line(series: &SeriesView) -> Text {
    let dumps = series.dumps.len();
    let stuck = few(&series.stuck);
    let spinning = few(&series.spinning);
    Text::new(
        format!(
            "{dumps} 份转储对比：卡住的线程 {}；空转占用 CPU 的线程 {}；线程数变化 {:+}",
            stuck.zh, spinning.zh, series.thread_growth
        ),
        format!(
            "{dumps} dumps compared: stuck {}; burning CPU {}; change in threads {:+}",
            stuck.en, spinning.en, series.thread_growth
        ),
    )
}

/// The first names and how many there are.
fn few(names: &[String]) -> Text {
    match names.len() {
        0 => Text::new("无", "none"),
        count if count <= NAMES => Text::same(format!("{count}: {}", names.join(", "))),
        count => {
            let first = names.get(..NAMES).unwrap_or(names).join(", ");
            Text::new(format!("{count}: {first} 等"), format!("{count}: {first} …"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_break_at_blanks_and_between_chinese_characters() {
        assert_eq!(broken("one two three", 8), ("one two", " three"));
        assert_eq!(broken("死锁的线程", 6), ("死锁的", "线程"));
        assert_eq!(broken("abcdef", 3), ("abc", "def"));
        assert_eq!(broken("ab", 3), ("ab", ""));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let mut page = Page {
            out: String::new(),
            lang: Lang::Zh,
        };
        page.raw(4, &"死锁 lock ".repeat(40));
        page.sentence(2, &Text::same("死锁 lock，".repeat(40)));
        for line in page.out.lines() {
            assert!(
                line.chars().map(|c| c.width().unwrap_or(0)).sum::<usize>() <= COLUMNS,
                "{line}"
            );
        }
    }
}
