//! The whole way: two files (cut at the first 0xff 0x00) to every form of the report.
#![no_main]

use goldenhour::{
    case::{self, CaseOptions},
    diagnosis::{self, DiagnosisOptions},
    evidence::{IntakeOptions, Progress, Silent, intake},
    report::{self, BuildOptions},
    site::Site,
    words::Lang,
};
use libfuzzer_sys::fuzz_target;
use std::{fs, sync::Arc};

fuzz_target!(|input: &[u8]| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = input.windows(2).position(|pair| pair == [0xff, 0]).unwrap_or(input.len());
    let (first, second) = input.split_at(at);
    fs::write(folder.path().join("a"), first).expect("a temporary file");
    fs::write(folder.path().join("b"), second).expect("a temporary file");
    let paths = [folder.path().to_path_buf()];
    let taken = intake(&paths, &IntakeOptions::default(), &(Arc::new(Silent) as Arc<dyn Progress>)).expect("files are there");
    let site = Site::default();
    let case = case::read(&taken, &site, &CaseOptions::default(), &Silent);
    let diagnosis = diagnosis::diagnose(&case, &site, &DiagnosisOptions::default());
    let model = report::build(&case, &diagnosis, &BuildOptions::default());
    let json = report::json::render(&model);
    assert!(!json.contains("a part of this program failed"), "a caught panic");
    assert!(report::json::parse(&json).is_ok(), "the report is not its own schema");
    let _ = report::html::render(&model, Lang::Zh);
    let _ = report::markdown::render(&model, Lang::En);
    let _ = report::terminal::render(&model, Lang::Zh, 80, false);
});
