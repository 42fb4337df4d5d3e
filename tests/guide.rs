//! The guides tell the truth: excerpts stand in the code, commands parse, links lead somewhere.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

use goldenhour::{cli::help, words::Lang};
use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn excerpts_of_the_developers_guide_stand_in_the_code() {
    let guide = read("docs/developing.md");
    let mut excerpts = 0;
    for part in guide.split("<!-- from: ").skip(1) {
        let (path, rest) = part.split_once(" -->").unwrap();
        let block = rest.split("```").nth(1).unwrap();
        let wanted: Vec<&str> = block
            .lines()
            .skip(1)
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        let code = read(path);
        let lines: Vec<&str> = code.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        assert!(
            lines.windows(wanted.len()).any(|window| window == wanted),
            "{path} no longer holds:\n{}",
            wanted.join("\n")
        );
        excerpts += 1;
    }
    assert!(excerpts >= 6, "{excerpts}");
}

#[test]
fn commands_of_the_guide_parse() {
    let guide = read("docs/guide.md");
    let commands: Vec<&str> = guide
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("goldenhour "))
        .collect();
    assert!(commands.len() > 15);
    for line in commands {
        let words = line.split(" > ").next().unwrap().split_whitespace();
        let parsed = help::command(Lang::En).try_get_matches_from(words);
        assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
    }
}

#[test]
fn links_between_the_documents_lead_somewhere() {
    for document in ["README.md", "ARCHITECTURE.md", "docs/guide.md", "docs/developing.md"] {
        let text = read(document);
        let folder = root().join(document).parent().map(Path::to_path_buf).unwrap();
        for part in text.split("](").skip(1) {
            let target = part.split(')').next().unwrap().split('#').next().unwrap();
            if !target.is_empty() && !target.contains("://") {
                assert!(folder.join(target).exists(), "{document}: {target}");
            }
        }
    }
}
