//! `goldenhour threads FILE…`: deadlocks, blockers, pools, groups of equal stacks, series.

use crate::{
    case::Case,
    report::{BlockerView, DeadlockView, DumpView, PoolView, ReportModel, SeriesView},
    threads::{self, Activity, DumpFacts, Group},
    words::{Lang, Text},
};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Groups of equal stacks shown of each dump in JSON.
const GROUPS: usize = 50;
/// Frames shown of a group.
const GROUP_FRAMES: usize = 12;
/// Names shown of a list.
const NAMES: usize = 8;
/// Rows shown of each kind on the terminal.
const ROWS: usize = 5;

/// Arguments of `goldenhour threads`.
#[derive(Debug, clap::Args)]
pub struct ThreadsArgs {
    /// Javacores and thread dumps, alone or inside console logs
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// The object of CONTRACT.md §5 `threads`.
pub fn json(case: &Case, model: &ReportModel) -> Value {
    let groups: Vec<Value> = case
        .dumps
        .iter()
        .enumerate()
        .flat_map(|(at, dump)| groups_of(at, dump))
        .collect();
    json!({"dumps": model.dumps, "series": model.series, "pools": model.pools, "groups": groups})
}

/// Threads of one dump with the same stack, when at least two have it.
fn groups_of(at: usize, dump: &DumpFacts) -> Vec<Value> {
    let shared = |group: &Group| group.threads.len() >= 2;
    threads::groups(dump)
        .iter()
        .filter(|g| shared(g))
        .take(GROUPS)
        .map(|g| group(at, g))
        .collect()
}

fn group(at: usize, group: &Group) -> Value {
    let frames: Vec<&String> = group.frames.iter().take(GROUP_FRAMES).collect();
    let names: Vec<&String> = group.threads.iter().take(NAMES).collect();
    let mut out = Map::new();
    out.insert("dump".into(), at.into());
    out.insert("count".into(), group.threads.len().into());
    out.insert("activity".into(), activity_word(group.activity).into());
    if let Some(own) = &group.own_frame {
        out.insert("own_frame".into(), own.clone().into());
    }
    out.insert("frames".into(), json!(frames));
    out.insert("threads".into(), json!(names));
    Value::Object(out)
}

/// The machine's word for an activity.
fn activity_word(activity: Activity) -> &'static str {
    match activity {
        Activity::Idle => "idle",
        Activity::Vm => "vm",
        Activity::Lock => "lock",
        Activity::PoolWait => "pool-wait",
        Activity::Database => "database",
        Activity::Network => "network",
        Activity::FileIo => "file-io",
        Activity::Native => "native",
        Activity::Running => "running",
        Activity::Waiting => "waiting",
        Activity::Unknown => "unknown",
    }
}

/// The same on a terminal, short.
pub fn text(case: &Case, model: &ReportModel, lang: Lang) -> String {
    let mut out = String::new();
    let mut line = |indent: usize, words: &Text| {
        out.push_str(&" ".repeat(indent));
        // Names come from the evidence: nothing in them may steer the terminal.
        out.extend(
            words
                .in_lang(lang)
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c }),
        );
        out.push('\n');
    };
    for (dump, facts) in model.dumps.iter().zip(&case.dumps) {
        let path = facts
            .artefact
            .and_then(|id| case.artefact(id))
            .map_or("", |a| a.path.as_str());
        line(0, &heading(path, dump));
        for deadlock in dump.deadlocks.iter().take(ROWS) {
            line(2, &deadlock_line(deadlock));
        }
        for blocker in dump.blockers.iter().take(ROWS) {
            line(2, &blocker_line(blocker));
        }
        for group in threads::groups(facts).iter().filter(|g| is_worth_telling(g)).take(ROWS) {
            line(2, &group_line(group));
        }
    }
    for pool in model
        .pools
        .iter()
        .filter(|p| p.busy > 0 || p.waiting > 0)
        .take(2 * ROWS)
    {
        line(0, &pool_line(pool));
    }
    for series in &model.series {
        line(0, &series_line(series));
    }
    if model.dumps.is_empty() {
        line(0, &Text::new("没有找到线程转储。", "No thread dump was found."));
    }
    out
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

fn deadlock_line(deadlock: &DeadlockView) -> Text {
    let names = deadlock.threads.join(" ↔ ");
    let (zh, en) = match deadlock.reported_by_vm {
        true => ("虚拟机报告", "reported by the VM"),
        false => (
            "由等待关系推出，虚拟机未报告",
            "found in the wait graph, not reported by the VM",
        ),
    };
    let victims = deadlock.victims.unwrap_or(0);
    Text::new(
        format!("死锁（{zh}）：{names}；另有 {victims} 个线程因此等待"),
        format!("deadlock ({en}): {names}; {victims} more threads wait behind it"),
    )
}

fn blocker_line(blocker: &BlockerView) -> Text {
    let holder_zh = if blocker.thread.is_empty() {
        "持有者未知"
    } else {
        &blocker.thread
    };
    let holder_en = if blocker.thread.is_empty() {
        "owner unknown"
    } else {
        &blocker.thread
    };
    Text::new(
        format!(
            "锁 {}：{holder_zh}，{} 个线程在等（连带共 {} 个）；持有者{}",
            blocker.lock, blocker.blocked, blocker.victims, blocker.doing.zh
        ),
        format!(
            "lock {}: {holder_en}, {} threads wait ({} in all); the holder {}",
            blocker.lock, blocker.blocked, blocker.victims, blocker.doing.en
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
        .as_ref()
        .or(group.frames.first())
        .map_or("", String::as_str);
    let count = group.threads.len();
    Text::new(
        format!("{count} 个线程停在同一处：{frame}"),
        format!("{count} threads stand in the same place: {frame}"),
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
