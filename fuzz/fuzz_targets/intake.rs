//! Intake: one hostile file – gzip, zip, tar, nested, damaged – within small limits.
#![no_main]

use goldenhour::evidence::{IntakeOptions, Limits, Progress, Silent, intake};
use libfuzzer_sys::fuzz_target;
use std::{fs, sync::Arc};

fuzz_target!(|input: &[u8]| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("evidence"), input).expect("a temporary file");
    let options = IntakeOptions {
        hash: true,
        limits: Limits {
            decompressed: 16 << 20,
            ratio_free: 8 << 20,
            members: 200,
            ..Limits::default()
        },
    };
    let paths = [folder.path().to_path_buf()];
    let taken = intake(&paths, &options, &(Arc::new(Silent) as Arc<dyn Progress>)).expect("a file is there");
    for artefact in &taken.artefacts {
        assert!(!artefact.path.split('/').any(|part| part == ".."));
        std::hint::black_box(artefact.bytes());
    }
});
