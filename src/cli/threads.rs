//! `goldenhour threads FILE…`: deadlocks, blockers, pools, groups of equal stacks, series.

mod drawing;
mod text;

pub use text::text;

use crate::{
    case::Case,
    report::ReportModel,
    threads::{self, Activity, Advice, DumpFacts, Group},
};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Groups of equal stacks shown of each dump in JSON.
const GROUPS: usize = 50;
/// Frames shown of a group.
const GROUP_FRAMES: usize = 12;
/// Names shown of a list.
const NAMES: usize = 8;
/// Pieces of advice shown of each dump in JSON.
const ADVICE: usize = 100;

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
    let advice: Vec<Value> = case
        .dumps
        .iter()
        .enumerate()
        .flat_map(|(at, dump)| {
            threads::advice(dump)
                .into_iter()
                .take(ADVICE)
                .map(move |a| advice(at, &a))
        })
        .collect();
    json!({"dumps": model.dumps, "series": model.series, "pools": model.pools, "groups": groups, "advice": advice})
}

/// A row of the table of advice that fits a dump.
fn advice(at: usize, advice: &Advice) -> Value {
    json!({
        "dump": at,
        "id": advice.id,
        "level": advice.level.name(),
        "count": advice.count,
        "words": {"zh": advice.words.zh, "en": advice.words.en},
        "source": advice.source,
        "threads": advice.threads,
    })
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
    let frames: Vec<&str> = group.frames.iter().take(GROUP_FRAMES).map(|frame| &**frame).collect();
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
