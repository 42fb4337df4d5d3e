//! The committed schema is the one of the Rust types.

mod sample;

use goldenhour::report::{ReportModel, json};
use std::path::Path;

/// Regenerate with `UPDATE_SCHEMA=1 cargo test --test schema`.
#[test]
fn the_committed_schema_is_current() {
    let schema = schemars::schema_for!(ReportModel);
    let mut generated = serde_json::to_string_pretty(&schema).unwrap();
    generated.push('\n');
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/report.schema.json");
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed.replace("\r\n", "\n") == generated,
        "schema/report.schema.json is stale: run UPDATE_SCHEMA=1 cargo test --test schema"
    );
}

/// Keys of CONTRACT.md §2 that every report has, known or not.
#[test]
fn every_list_of_the_contract_is_there_even_when_empty() {
    let value: serde_json::Value = serde_json::from_str(&json::render(&ReportModel::default())).unwrap();
    for key in [
        "schema",
        "tool",
        "incident",
        "verdict",
        "questions",
        "hypotheses",
        "findings",
        "heaps",
        "dumps",
        "series",
        "gc",
        "deadlocks",
        "blockers",
        "pools",
        "bursts",
        "crashes",
        "system",
        "processes",
        "timeline",
        "actions",
        "missing",
        "artefacts",
    ] {
        assert!(value.get(key).is_some(), "{key} is missing");
    }
}

#[test]
fn absent_means_unknown_and_null_never_appears() {
    for model in [
        sample::deadlock(),
        sample::healthy(),
        sample::undetermined(),
        ReportModel::default(),
    ] {
        assert!(!json::render(&model).contains("null"));
    }
}

#[test]
fn another_schema_is_refused_with_its_name() {
    let mut model = sample::deadlock();
    model.schema = "goldenhour.report/9".to_owned();
    let error = json::parse(&json::render(&model)).unwrap_err().to_string();
    assert!(error.contains("goldenhour.report/9"), "{error}");
    assert!(json::parse("{}").is_err());
    assert!(json::parse("not json").is_err());
}

#[test]
fn unknown_keys_of_a_later_version_are_tolerated() {
    let mut value = serde_json::to_value(sample::deadlock()).unwrap();
    value["later"] = serde_json::json!({"a": 1});
    assert!(json::parse(&value.to_string()).is_ok());
}
