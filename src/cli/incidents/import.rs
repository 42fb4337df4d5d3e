//! `incidents import`: merges what other PCs exported.

use super::told;
use crate::{
    cli::{
        failure::{Failure, Outcome},
        record::{self, now},
        settings::Settings,
    },
    store::{Entry, Imported, Store, StoreError},
    words::Text,
};
use serde_json::Value;
use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

/// Imports files, and every `.jsonl` and `report.json` of folders. Each file is taken whole or not at all.
///
/// # Errors
/// Status 3 when a file cannot be read or holds no report, 4 when the record cannot be written.
pub fn run(store: &mut Store, paths: &[PathBuf], settings: &Settings) -> Outcome {
    let mut files = Vec::new();
    for path in paths {
        collect(path, 0, &mut files).map_err(|why| wrong(path, &why.to_string()))?;
        if files.is_empty() {
            return Err(wrong(path, "no .jsonl file and no report.json"));
        }
    }
    let mut sum = Imported::default();
    for file in &files {
        let one = import(store, file, settings)?;
        sum.read += one.read;
        sum.new += one.new;
        sum.changed += one.changed;
        sum.same += one.same;
    }
    let Imported {
        read,
        new,
        changed,
        same,
    } = sum;
    told(
        settings,
        serde_json::json!({"imported": read, "new": new, "changed": changed, "same": same, "files": files.len()}),
        Text::new(
            format!("已导入 {read} 个事件：新增 {new}，更新 {changed}，无变化 {same}"),
            format!("{read} incidents imported: {new} new, {changed} changed, {same} as they were"),
        ),
    )
}

fn wrong(path: &Path, why: &str) -> Failure {
    let shown = path.display();
    Failure::no_evidence(Text::new(
        format!("{shown} 无法导入：{why}"),
        format!("{shown} cannot be imported: {why}"),
    ))
}

/// The files of a path, in order of name.
fn collect(path: &Path, depth: usize, into: &mut Vec<PathBuf>) -> std::io::Result<()> {
    const DEEPEST: usize = 8;
    if !path.is_dir() {
        into.push(path.to_owned());
        return Ok(());
    }
    let mut inside: Vec<PathBuf> = fs::read_dir(path)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    inside.sort();
    for path in inside {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        let ends = |end: &str| name.ends_with(end) && !name.starts_with(['.', '_']);
        // `part-….json` is what Spark writes: one entry a line.
        let wanted = ends(".jsonl") || name == "report.json" || (name.starts_with("part-") && ends(".json"));
        if if path.is_dir() { depth < DEEPEST } else { wanted } {
            collect(&path, depth + 1, into)?;
        }
    }
    Ok(())
}

/// One report, or one a line.
fn import(store: &mut Store, file: &Path, settings: &Settings) -> Result<Imported, Failure> {
    let now = now(settings);
    let opened = File::open(file).map_err(|error| wrong(file, &error.to_string()))?;
    let mut lines = BufReader::new(opened);
    let first = first_line(&mut lines).map_err(|error| wrong(file, &error.to_string()))?;
    let imported = match serde_json::from_str::<Value>(first.trim_start_matches('\u{feff}')) {
        Ok(line) => {
            let rest = lines.lines().zip(2_u64..).filter_map(|(line, n)| entry(line, n, &now));
            store.import(std::iter::once(at_line(1, Entry::new(&line, &now))).chain(rest))
        }
        // Not a value a line: a report.json with line breaks.
        Err(_) => {
            let text = fs::read_to_string(file).map_err(|error| wrong(file, &error.to_string()))?;
            let report = serde_json::from_str(text.trim_start_matches('\u{feff}'));
            let report: Value = report.map_err(|error| wrong(file, &error.to_string()))?;
            store.import(std::iter::once(Entry::new(&report, &now)))
        }
    };
    imported.map_err(|error| match error {
        StoreError::NoReport(why) => wrong(file, &why),
        other => record::failure(&other),
    })
}

/// The first line that is not empty.
fn first_line(lines: &mut impl BufRead) -> std::io::Result<String> {
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 && line.trim().is_empty() {
        line.clear();
    }
    Ok(line)
}

/// What a further line holds; nothing when it is empty.
fn entry(line: std::io::Result<String>, n: u64, now: &str) -> Option<Result<Entry, StoreError>> {
    let parsed = match line {
        Ok(line) if line.trim().is_empty() => return None,
        Ok(line) => serde_json::from_str(&line).map_err(|error| StoreError::NoReport(error.to_string())),
        Err(error) => Err(StoreError::NoReport(error.to_string())),
    };
    Some(at_line(n, parsed.and_then(|line: Value| Entry::new(&line, now))))
}

fn at_line(n: u64, entry: Result<Entry, StoreError>) -> Result<Entry, StoreError> {
    entry.map_err(|error| match error {
        StoreError::NoReport(why) => StoreError::NoReport(format!("line {n}: {why}")),
        other => other,
    })
}
