//! Every file of the corpus is recognised by its content: the folder tells its true kind.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking and say what they skip"
)]

use goldenhour::evidence::{IntakeOptions, Progress, Silent, intake};
use goldenhour_parsers::Kind;
use std::{collections::BTreeMap, env, path::PathBuf, sync::Arc};

/// Folder, kinds that are right there.
const TRUTH: [(&str, &[Kind]); 6] = [
    ("gc", &[Kind::GcLog]),
    ("hs_err", &[Kind::HsErr]),
    ("javacore", &[Kind::Javacore]),
    ("logs", &[Kind::Log, Kind::AccessLog, Kind::Database]),
    ("system", &[Kind::System]),
    ("threads", &[Kind::ThreadDump]),
];

fn shared() -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared"));
    let folder = env::var_os("GOLDENHOUR_SHARED").map_or(beside, PathBuf::from);
    folder.join("corpus").is_dir().then_some(folder)
}

#[test]
fn the_corpus_is_recognised() {
    let Some(shared) = shared() else {
        println!("skipped: no ../shared beside the checkout");
        return;
    };
    let mut table: BTreeMap<(&str, Kind), Vec<String>> = BTreeMap::new();
    let (mut right, mut all) = (0, 0);
    for (folder, kinds) in TRUTH {
        let evidence = intake(
            &[shared.join("corpus").join(folder)],
            &IntakeOptions::default(),
            &(Arc::new(Silent) as Arc<dyn Progress>),
        )
        .unwrap();
        for artefact in evidence.artefacts.iter().filter(|a| a.parent.is_none()) {
            if ["README.md", "TRUTH.tsv", "MANIFEST.tsv"].contains(&artefact.file_name()) {
                continue;
            }
            all += 1;
            right += usize::from(kinds.contains(&artefact.kind));
            table
                .entry((folder, artefact.kind))
                .or_default()
                .push(artefact.path.clone());
        }
    }
    for ((folder, kind), files) in &table {
        let right = TRUTH.iter().any(|(name, kinds)| name == folder && kinds.contains(kind));
        let which = if right {
            String::new()
        } else {
            format!("  WRONG: {}", files.join(" "))
        };
        println!("{folder:10} {:12} {:4}{which}", kind.name(), files.len());
    }
    assert!(right * 100 >= all * 99, "{right} of {all}");
}
