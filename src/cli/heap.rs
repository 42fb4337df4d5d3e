//! `goldenhour heap DUMP`: one dump in figures, or growth between two.

mod object;
mod screen;
mod text;

use super::{
    args::HeapArgs,
    failure::{Failure, Outcome},
    output, pipeline,
    progress::Bar,
    settings::Settings,
};
use crate::{
    evidence::{Artefact, Evidence, Progress},
    heap::{self, ClassRow, Companion, HeapFacts, HeapOptions},
    report::{Shown, gaps_json, heap_json},
    words::Text,
};
use goldenhour_parsers::Kind;
use serde_json::{Value, json};
use std::sync::Arc;
use std::{io::Write, path::Path};

/// Runs the command.
///
/// # Errors
/// Status 2 for a wrong address, 3 without a readable dump, 4 when the export cannot be written.
pub fn run(args: &HeapArgs, settings: &Settings) -> Outcome {
    let bar = Bar::new(settings.progress, settings.lang);
    let wanted = args.object.as_deref().map(object::parse_address).transpose()?;
    let companion = match &args.javacore {
        Some(path) => Some(javacore(path, settings, &bar)?),
        None => None,
    };
    let mut dumps = Vec::new();
    for path in &args.dumps {
        let evidence = pipeline::intake(std::slice::from_ref(path), settings.hash, settings, &bar)?;
        dumps.push(examine(&evidence, args, companion.as_ref(), wanted, settings, &bar)?);
    }
    bar.finish();
    let text = match dumps.as_slice() {
        [_, _, ..] if settings.json => growth_json(&dumps, settings),
        [_, _, ..] => text::growth(&dumps, args.top, settings),
        [one, ..] if settings.json => one_json(one, args, settings),
        [one, ..] => match &one.object {
            Some(object) => object.text(settings.lang),
            None => screen::render(&one.path, &one.facts, args, settings),
        },
        [] => String::new(),
    };
    output::print(&text)?;
    Ok(0)
}

/// A dump with what the command shows of it.
struct Shot {
    path: String,
    artefact: Value,
    facts: HeapFacts,
    object: Option<object::Object>,
}

fn examine(
    evidence: &Evidence,
    args: &HeapArgs,
    companion: Option<&Companion>,
    wanted: Option<u64>,
    settings: &Settings,
    bar: &Arc<Bar>,
) -> Result<Shot, Failure> {
    let artefact = evidence
        .artefacts
        .iter()
        .find(|a| matches!(a.kind, Kind::Hprof | Kind::Phd | Kind::ClassicHeap))
        .or_else(|| evidence.artefacts.first())
        .ok_or_else(no_dump)?;
    let options = HeapOptions {
        top: args.top,
        dump: Some(args.dump.unwrap_or(HeapOptions::LAST)),
        histogram_only: args.histogram_only,
        memory_limit: settings.memory_limit,
        companion: companion.cloned(),
        deep: args.deep,
        sizes: match args.sizes.as_str() {
            "jvm" => heap::SizeRule::Jvm,
            _ => heap::SizeRule::Mat,
        },
        every_class: args.dumps.len() > 1,
        watch: settings.progress.then(|| super::early::watcher(bar)),
    };
    let shown = Shown::at(settings.offset(), !settings.unmask);
    bar.stage("read");
    bar.expect(artefact.bytes().len() as u64);
    let mut shot = None;
    let mut export = Ok(());
    heap::examine(artefact, &options, |examined| {
        if let Some(path) = &args.export_objects {
            export = export_objects(path, examined);
        }
        shot = Some(Shot {
            path: artefact.path.clone(),
            artefact: artefact_json(artefact, &examined.facts, settings),
            facts: examined.facts.clone(),
            object: wanted.map(|address| object::Object::of(examined, address, &shown)),
        });
    });
    artefact.done();
    export?;
    let shot = shot.ok_or_else(no_dump)?;
    if shot.facts.objects == 0 && shot.facts.histogram.is_empty() {
        let why = shot
            .facts
            .gaps
            .first()
            .map(|gap| crate::report::reason_text(&gap.reason))
            .unwrap_or_default();
        return Err(Failure::no_evidence(Text::new(
            format!("{} 不是可读的堆转储：{}", shot.path, why.zh),
            format!("{} is no readable heap dump: {}", shot.path, why.en),
        )));
    }
    Ok(shot)
}

fn no_dump() -> Failure {
    Failure::no_evidence(Text::new("没有找到堆转储", "no heap dump found"))
}

fn javacore(path: &Path, settings: &Settings, bar: &Arc<Bar>) -> Result<Companion, Failure> {
    let evidence = pipeline::intake(&[path.to_owned()], false, settings, bar)?;
    let javacore = evidence.artefacts.iter().find(|a| a.kind == Kind::Javacore);
    javacore.map(|a| heap::companion(a.bytes())).ok_or_else(|| {
        Failure::no_evidence(Text::new(
            format!("{} 不是 javacore", path.display()),
            format!("{} is no javacore", path.display()),
        ))
    })
}

/// Writes under a temporary name and renames; never capped.
fn export_objects(path: &Path, examined: &heap::Examined<'_>) -> Result<(), Failure> {
    output::stream_file(path, |file| {
        let mut out = std::io::BufWriter::with_capacity(1 << 20, file);
        examined.analysis.export(&mut out)?;
        out.flush()
    })
}

fn artefact_json(artefact: &Artefact, facts: &HeapFacts, settings: &Settings) -> Value {
    let mut out = json!({
        "id": artefact.id.to_string(),
        "path": artefact.path,
        "kind": artefact.kind.name(),
        "bytes": artefact.bytes_on_disk,
        "coverage": facts.coverage,
    });
    if let Some(map) = out.as_object_mut() {
        if let Some(hash) = &artefact.sha256 {
            map.insert("sha256".into(), hash.clone().into());
        }
        if let Some(time) = &facts.written {
            map.insert("time".into(), time.rfc3339(settings.offset()).into());
        }
        let gaps: Vec<_> = artefact.gaps.iter().chain(&facts.gaps).cloned().collect();
        map.insert("gaps".into(), json!(gaps_json(&gaps)));
    }
    out
}

fn one_json(shot: &Shot, args: &HeapArgs, settings: &Settings) -> String {
    let shown = Shown::at(settings.offset(), !settings.unmask);
    let mut view = heap_json(&shot.facts, &shown);
    view.histogram.clear();
    view.dominators.clear();
    view.threads.clear();
    let mut out = json!({"heap": view, "histogram": histogram_json(&shot.facts.histogram)});
    if let Some(map) = out.as_object_mut() {
        if !args.histogram_only {
            map.insert("dominators".into(), text::dominators_json(&shot.facts, &shown));
            map.insert("threads".into(), text::threads_json(&shot.facts, &shown));
            map.insert("loaders".into(), text::loaders_json(&shot.facts));
        }
        if let Some(object) = &shot.object {
            map.insert("object".into(), object.json());
        }
        map.insert("artefacts".into(), json!([shot.artefact]));
    }
    serde_json::to_string_pretty(&out).unwrap_or_default()
}

fn histogram_json(rows: &[ClassRow]) -> Value {
    let rows = rows.iter().map(|row| {
        let mut out = json!({"class": row.class, "objects": row.objects, "shallow": row.shallow});
        if let (Some(map), Some(retained)) = (out.as_object_mut(), row.retained) {
            map.insert("retained".into(), retained.into());
        }
        out
    });
    Value::Array(rows.collect())
}

fn growth_json(shots: &[Shot], settings: &Settings) -> String {
    let shown = Shown::at(settings.offset(), !settings.unmask);
    let facts: Vec<&HeapFacts> = shots.iter().map(|s| &s.facts).collect();
    let out = json!({
        "heaps": facts.iter().map(|f| heap_json(f, &shown)).collect::<Vec<_>>(),
        "growth": heap::growth(&facts, usize::MAX, true),
        "artefacts": shots.iter().map(|s| s.artefact.clone()).collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&out).unwrap_or_default()
}
