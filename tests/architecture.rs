//! The import table of ARCHITECTURE.md holds: this test reads the table from the document and the paths from the source.
//!
//! A table row is `room → may import`. An entry `x` allows everything of room `x`, `x::y` only what begins with that
//! path, `x::facts` only the items that `src/x/facts.rs` declares. Code under `#[cfg(test)]` is exempt.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may stop with a message"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const PARSERS: &str = "parsers";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

// ---------------------------------------------------------------------------------------------- the tables

/// The backticked cells of the table that follows `<!-- marker -->`: first column → entries of the second.
fn table(document: &str, marker: &str) -> BTreeMap<String, BTreeSet<String>> {
    let start = document
        .find(&format!("<!-- {marker} -->"))
        .unwrap_or_else(|| panic!("ARCHITECTURE.md has no table {marker}"));
    let mut rows = BTreeMap::new();
    let lines = document[start..].lines().skip(1).skip_while(|l| l.trim().is_empty());
    for line in lines.take_while(|l| l.starts_with('|')).skip(2) {
        let mut cells = line.trim_matches('|').split('|');
        let names = ticked(cells.next().unwrap_or_default());
        let entries = ticked(cells.next().unwrap_or_default());
        for name in names {
            rows.insert(name, entries.iter().cloned().collect());
        }
    }
    assert!(!rows.is_empty(), "the table {marker} is empty");
    rows
}

fn ticked(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

// ---------------------------------------------------------------------------------------------- reading Rust

/// The code without comments, strings and characters; line breaks stay.
fn bare(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut i = 0;
    while i < chars.len() {
        let next = chars.get(i + 1).copied().unwrap_or(' ');
        let end = match (chars[i], next) {
            ('/', '/') => (i..chars.len()).find(|&k| chars[k] == '\n').unwrap_or(chars.len()),
            ('/', '*') => block_comment_end(&chars, i),
            ('r', '"' | '#') if !previous_is_word(&chars, i) => raw_string_end(&chars, i),
            ('b', 'r') if !previous_is_word(&chars, i) => raw_string_end(&chars, i + 1),
            ('"', _) => string_end(&chars, i),
            ('\'', _) => char_end(&chars, i),
            _ => i,
        };
        if end > i {
            out.extend(chars[i..end.min(chars.len())].iter().filter(|c| **c == '\n'));
            out.push(' ');
            i = end;
        } else {
            out.push(chars[i]);
            i += 1;
        }
    }
    out
}

fn previous_is_word(chars: &[char], at: usize) -> bool {
    at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_')
}

fn block_comment_end(chars: &[char], start: usize) -> usize {
    let (mut depth, mut i) = (0, start);
    while i + 1 < chars.len() {
        match (chars[i], chars[i + 1]) {
            ('/', '*') => (depth, i) = (depth + 1, i + 2),
            ('*', '/') => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i;
        }
    }
    chars.len()
}

/// End of the raw string at `start`, or `start` when none begins there (`r#type`).
fn raw_string_end(chars: &[char], start: usize) -> usize {
    let hashes = chars[start + 1..].iter().take_while(|c| **c == '#').count();
    if chars.get(start + 1 + hashes) != Some(&'"') {
        return start;
    }
    let body = start + 2 + hashes;
    (body..chars.len())
        .find(|&k| chars[k] == '"' && chars[k + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes)
        .map_or(chars.len(), |k| k + 1 + hashes)
}

fn string_end(chars: &[char], start: usize) -> usize {
    let mut i = start + 1;
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

/// End of a character, or `start` for a lifetime.
fn char_end(chars: &[char], start: usize) -> usize {
    match (chars.get(start + 1), chars.get(start + 2)) {
        (Some('\\'), _) => (start + 3..chars.len())
            .find(|&k| chars[k] == '\'')
            .map_or(start, |k| k + 1),
        (Some(_), Some('\'')) => start + 3,
        _ => start,
    }
}

/// Code without the items under `#[cfg(test)]`, and the names of modules that are wholly for tests.
fn without_tests(code: &str) -> (String, BTreeSet<String>) {
    let mut out = String::new();
    let mut modules = BTreeSet::new();
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        out.push_str(&rest[..at]);
        let item = &rest[at + "#[cfg(test)]".len()..];
        let semicolon = item.find(';').unwrap_or(item.len());
        let brace = item.find('{').unwrap_or(item.len());
        let head = &item[..semicolon.min(brace)];
        if semicolon < brace {
            if let Some(name) = head.trim().strip_prefix("mod ") {
                modules.insert(name.trim().to_owned());
            }
            rest = item.get(semicolon + 1..).unwrap_or("");
        } else {
            rest = &item[closing(item, brace)..];
        }
    }
    out.push_str(rest);
    (out, modules)
}

/// Index after the brace that closes the one at `open`.
fn closing(text: &str, open: usize) -> usize {
    let mut depth = 0;
    for (i, byte) in text.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return i + 1;
        }
    }
    text.len()
}

/// Every path that begins with `head`, use trees spelled out, `as` names left out.
fn paths(code: &str, head: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(head) {
        let before = code[..at].chars().next_back().unwrap_or(' ');
        let after = &code[at + head.len()..];
        if before.is_alphanumeric() || before == '_' || before == ':' && !code[..at].ends_with(" ::") {
            continue;
        }
        match after.trim_start().strip_prefix("::") {
            Some(tree) => {
                spell_out(tree, &mut Vec::new(), &mut found);
            }
            None if !after.starts_with(|c: char| c.is_alphanumeric() || c == '_') => found.push(Vec::new()),
            None => {}
        }
    }
    found
}

/// Reads one use tree (or the rest of an inline path) and gives what follows it.
fn spell_out<'a>(tree: &'a str, prefix: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> &'a str {
    let tree = tree.trim_start();
    if let Some(mut list) = tree.strip_prefix('{') {
        loop {
            list = spell_out(list, &mut prefix.clone(), found).trim_start();
            match list.strip_prefix(',') {
                Some(more) if !more.trim_start().starts_with('}') => list = more,
                Some(more) => return more.trim_start().strip_prefix('}').unwrap_or(""),
                None => return list.strip_prefix('}').unwrap_or(""),
            }
        }
    }
    let length = tree
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '*'))
        .unwrap_or(tree.len());
    let (word, rest) = tree.split_at(length);
    match word {
        "self" | "" => {}
        word => prefix.push(word.to_owned()),
    }
    if let Some(more) = rest.trim_start().strip_prefix("::") {
        if more.trim_start().starts_with('<') || length == 0 {
            found.push(prefix.clone());
            return more;
        }
        return spell_out(more, prefix, found);
    }
    found.push(prefix.clone());
    match rest.trim_start().strip_prefix("as ") {
        Some(alias) => alias
            .trim_start()
            .trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'),
        None => rest,
    }
}

// ---------------------------------------------------------------------------------------------- the source

struct File {
    /// Path from the root, `/`-separated.
    path: String,
    /// Modules from the crate's root: `heap`, `graph`.
    module: Vec<String>,
    /// Bare code without tests.
    code: String,
    lines: usize,
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(dir)
        .unwrap_or_else(|e| panic!("{}: {e}", dir.display()))
        .map(|e| e.expect("a readable folder").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

/// The Rust files below `base`, those that only tests see left out.
fn sources(base: &str) -> Vec<File> {
    let dir = root().join(base);
    let mut found = Vec::new();
    walk(&dir, &mut found);
    let mut files = Vec::new();
    let mut test_modules: BTreeSet<Vec<String>> = BTreeSet::new();
    for path in found {
        let mut module: Vec<String> = path
            .strip_prefix(&dir)
            .expect("below the folder")
            .with_extension("")
            .iter()
            .map(|p| p.to_string_lossy().into_owned())
            .collect();
        if module.last().is_some_and(|m| m == "mod" || m == "lib") {
            module.pop();
        }
        let source = read(&path);
        let (code, tests) = without_tests(&bare(&source));
        test_modules.extend(tests.into_iter().map(|t| [module.clone(), vec![t]].concat()));
        let path = path
            .strip_prefix(root())
            .expect("below the root")
            .to_string_lossy()
            .replace('\\', "/");
        files.push(File {
            path,
            module,
            code,
            lines: source.lines().count(),
        });
    }
    files.retain(|f| !test_modules.iter().any(|t| f.module.starts_with(t)));
    files
}

/// Paths of a file into other rooms, `[room, item, …]`; `super::` resolved.
fn imports(file: &File) -> Vec<Vec<String>> {
    let mut all = paths(&file.code, "crate");
    for path in paths(&file.code, "goldenhour_parsers") {
        all.push([vec![PARSERS.to_owned()], path].concat());
    }
    for path in paths(&file.code, "super") {
        let ups = 1 + path.iter().take_while(|p| *p == "super").count();
        let Some(keep) = file.module.len().checked_sub(ups) else {
            continue;
        };
        all.push([&file.module[..keep], &path[ups - 1..]].concat());
    }
    all.retain(|p| !p.is_empty());
    all
}

/// Names of the items that a room's facts.rs declares.
fn facts_of(room: &str) -> BTreeSet<String> {
    let path = root().join("src").join(room).join("facts.rs");
    if !path.exists() {
        return BTreeSet::new();
    }
    let code = bare(&read(&path));
    let mut names = BTreeSet::from(["facts".to_owned()]);
    for line in code.lines() {
        let mut words = line
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .filter(|w| !w.is_empty());
        if words.next() == Some("pub") && matches!(words.next(), Some("struct" | "enum" | "const" | "type" | "trait")) {
            names.extend(words.next().map(str::to_owned));
        }
    }
    names
}

fn allowed(path: &[String], entries: &BTreeSet<String>) -> bool {
    entries.iter().any(|entry| {
        let mut parts = entry.split("::");
        if parts.next() != path.first().map(String::as_str) {
            return false;
        }
        match parts.next() {
            None => true,
            Some("facts") => path.get(1).is_some_and(|item| facts_of(&path[0]).contains(item)),
            Some(item) => path.get(1).is_some_and(|p| p == item),
        }
    })
}

fn has_word(code: &str, word: &str) -> bool {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .any(|w| w == word)
}

// ---------------------------------------------------------------------------------------------- the rules

#[test]
fn rooms_import_only_what_the_table_allows() {
    let document = read(&root().join("ARCHITECTURE.md"));
    let rooms = table(&document, "table: imports");
    let mut broken = Vec::new();
    let mut seen = BTreeSet::new();
    for file in sources("src") {
        let Some(room) = file.module.first() else { continue }; // lib.rs declares the rooms
        let Some(entries) = rooms.get(room) else {
            broken.push(format!("{}: room `{room}` is not in the table", file.path));
            continue;
        };
        seen.insert(room.clone());
        let mut paths = imports(&file);
        paths.extend(if room == "main" {
            paths_of_lib(&file)
        } else {
            Vec::new()
        });
        for path in paths {
            let target = &path[0];
            if target != room && (rooms.contains_key(target) || target == "*") && !allowed(&path, entries) {
                broken.push(format!("{}: `{room}` may not import `{}`", file.path, path.join("::")));
            }
        }
    }
    let unused: Vec<_> = rooms.keys().filter(|r| *r != PARSERS && !seen.contains(*r)).collect();
    assert!(unused.is_empty(), "rooms of the table without a file: {unused:?}");
    assert!(
        broken.is_empty(),
        "ARCHITECTURE.md's import table is broken:\n{}",
        broken.join("\n")
    );
}

/// What the thin binary takes from the library.
fn paths_of_lib(file: &File) -> Vec<Vec<String>> {
    paths(&file.code, "goldenhour")
        .into_iter()
        .filter(|p| !p.is_empty())
        .collect()
}

#[test]
fn parsers_are_bytes_in_records_out() {
    let forbidden = table(&read(&root().join("ARCHITECTURE.md")), "table: parsers");
    let forbidden = forbidden.get(PARSERS).expect("a row for the parsers");
    let mut broken = Vec::new();
    for file in sources("parsers/src") {
        for word in ["println", "eprintln", "print", "eprint", "dbg"] {
            if file.code.contains(&format!("{word}!")) && has_word(&file.code, word) {
                broken.push(format!("{}: {word}!", file.path));
            }
        }
        for path in paths(&file.code, "std") {
            let path = format!("std::{}", path.first().map_or("", String::as_str));
            if forbidden.contains(&path) || path == "std::" || path == "std::*" {
                broken.push(format!("{}: {path}", file.path));
            }
        }
        for crate_name in ["rayon", "memmap2", "tempfile", "goldenhour"] {
            if has_word(&file.code, crate_name) {
                broken.push(format!("{}: {crate_name}", file.path));
            }
        }
    }
    assert!(
        broken.is_empty(),
        "parsers do more than read bytes:\n{}",
        broken.join("\n")
    );
    assert!(
        read(&root().join("parsers/src/lib.rs")).contains("#![forbid(unsafe_code)]"),
        "the parsers crate forbids unsafe code"
    );
}

#[test]
fn unsafe_stands_only_where_the_table_says() {
    let table = table(&read(&root().join("ARCHITECTURE.md")), "table: unsafe");
    for file in sources("src") {
        if has_word(&file.code, "unsafe") {
            assert!(
                table.contains_key(&file.path),
                "{}: `unsafe` is not in the table",
                file.path
            );
            assert!(
                read(&root().join(&file.path)).contains("SAFETY"),
                "{}: no SAFETY argument",
                file.path
            );
        }
    }
    assert!(read(&root().join("src/lib.rs")).contains("#![deny(unsafe_code)]"));
}

#[test]
fn only_the_command_line_prints() {
    let mut broken = Vec::new();
    for file in sources("src") {
        if file.module.first().is_some_and(|room| room == "cli") {
            continue;
        }
        for word in ["println!", "eprintln!", "print!", "eprint!", "dbg!"] {
            if file.code.contains(word) {
                broken.push(format!("{}: {word}", file.path));
            }
        }
    }
    assert!(broken.is_empty(), "output outside `cli`:\n{}", broken.join("\n"));
}

#[test]
fn long_files_are_named() {
    for file in sources("src").into_iter().chain(sources("parsers/src")) {
        if file.lines > 500 {
            println!("hint: {} has {} lines", file.path, file.lines);
        }
    }
}

#[test]
fn use_trees_are_spelled_out() {
    let code = bare("use crate::{a::{self, B}, c::d as e, f}; let x = crate::g::h::<T>(); // crate::no\n\"crate::no\"");
    let mut found: Vec<String> = paths(&code, "crate").iter().map(|p| p.join("::")).collect();
    found.sort();
    assert_eq!(found, ["a", "a::B", "c::d", "f", "g::h"]);
}

#[test]
fn test_code_is_exempt() {
    let (code, modules) =
        without_tests("use a;\n#[cfg(test)]\nmod tests { fn f() { { } } }\n#[cfg(test)]\nmod far;\nuse b;");
    assert!(!code.contains("fn f") && code.contains("use a") && code.contains("use b"));
    assert!(modules.contains("far"));
}

#[test]
fn the_table_says_no() {
    let entries = BTreeSet::from([
        "case".to_owned(),
        "evidence::Citation".to_owned(),
        "heap::facts".to_owned(),
    ]);
    let path = |p: &str| -> Vec<String> { p.split("::").map(str::to_owned).collect() };
    assert!(allowed(&path("case::Case"), &entries));
    assert!(allowed(&path("evidence::Citation"), &entries));
    assert!(allowed(&path("heap::Suspect"), &entries));
    assert!(!allowed(&path("heap::analyse"), &entries));
    assert!(!allowed(&path("evidence::intake"), &entries));
    assert!(!allowed(&path("evidence"), &entries));
}
