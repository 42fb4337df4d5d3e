//! Which folders belong to which server.
//!
//! Engineers sort evidence by what it is (`logs`, `aix`, `old`) or by whom it is from (`member1`, `node2`). Folders of
//! the first sort fold into their parent; those of the second are servers of their own when at least two of them hold
//! the same kinds of artefact side by side.

use crate::evidence::ArtefactId;
use goldenhour_parsers::Kind;
use std::collections::{BTreeMap, BTreeSet};

/// Folder names that say what is inside, not whose it is.
const KINDS_OF_THINGS: [&str; 46] = [
    "logs",
    "log",
    "aix",
    "os",
    "linux",
    "windows",
    "system",
    "sys",
    "host",
    "db",
    "database",
    "oracle",
    "gc",
    "gclog",
    "gclogs",
    "dump",
    "dumps",
    "heap",
    "heapdump",
    "heapdumps",
    "javacore",
    "javacores",
    "threads",
    "threaddump",
    "threaddumps",
    "jstack",
    "ffdc",
    "old",
    "bak",
    "backup",
    "archive",
    "archived",
    "history",
    "prev",
    "previous",
    "network",
    "net",
    "console",
    "access",
    "error",
    "app",
    "tmp",
    "evidence",
    "misc",
    "other",
    "日志",
];

/// The server key of a folder: its parts without those that only name a kind of thing.
fn key_of(folder: &str) -> Vec<&str> {
    folder
        .split('/')
        .filter(|part| !part.is_empty() && !names_a_thing(part))
        .collect()
}

fn names_a_thing(part: &str) -> bool {
    let bare = part.trim_end_matches('!').to_lowercase();
    let dated = bare
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.'));
    dated || KINDS_OF_THINGS.contains(&bare.as_str())
}

/// Gives every artefact the number of its server; 0 is the server of the top folder.
pub(super) fn group(artefacts: &[(ArtefactId, &str, Kind)]) -> Servers {
    let mut kinds: BTreeMap<Vec<&str>, BTreeSet<Kind>> = BTreeMap::new();
    for (_, folder, kind) in artefacts {
        kinds.entry(key_of(folder)).or_default().insert(*kind);
    }
    let own: BTreeSet<&Vec<&str>> = kinds
        .keys()
        .filter(|key| !key.is_empty() && has_twin(key, &kinds))
        .collect();
    let mut numbers: BTreeMap<&[&str], usize> = BTreeMap::new();
    let mut names = vec![None];
    for key in &own {
        numbers.insert(key.as_slice(), names.len());
        names.push(key.last().map(|part| (*part).trim_end_matches('!').to_owned()));
    }
    let of = artefacts
        .iter()
        .map(|(id, folder, _)| {
            let key = key_of(folder);
            // The nearest ancestor that is a server of its own.
            let server = (1..=key.len())
                .rev()
                .find_map(|length| key.get(..length).and_then(|prefix| numbers.get(prefix)))
                .copied()
                .unwrap_or(0);
            (*id, server)
        })
        .collect();
    Servers { of, names }
}

/// The servers of a case.
pub(super) struct Servers {
    /// Server number by artefact.
    pub of: BTreeMap<ArtefactId, usize>,
    /// Folder name of each server; `None` for the top folder.
    pub names: Vec<Option<String>>,
}

/// Another folder, neither above nor below this one, that holds the same kind of a server's artefacts.
fn has_twin(key: &[&str], kinds: &BTreeMap<Vec<&str>, BTreeSet<Kind>>) -> bool {
    const OF_A_SERVER: [Kind; 5] = [Kind::Log, Kind::AccessLog, Kind::Javacore, Kind::GcLog, Kind::HsErr];
    let below = |key: &[&str]| -> BTreeSet<Kind> {
        kinds
            .iter()
            .filter(|(other, _)| other.starts_with(key))
            .flat_map(|(_, kinds)| kinds.iter().copied())
            .collect()
    };
    let mine = below(key);
    kinds
        .keys()
        .filter(|other| !other.is_empty() && !other.starts_with(key) && !key.starts_with(other))
        // Servers lie side by side: the same depth.
        .filter(|other| other.len() == key.len())
        .any(|other| {
            let theirs = below(other);
            OF_A_SERVER
                .iter()
                .any(|kind| mine.contains(kind) && theirs.contains(kind))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(list: &[(&str, Kind)]) -> Vec<usize> {
        let artefacts: Vec<(ArtefactId, &str, Kind)> = list
            .iter()
            .zip(1..)
            .map(|((folder, kind), id)| (ArtefactId(id), *folder, *kind))
            .collect();
        group(&artefacts).of.into_values().collect()
    }

    #[test]
    fn folders_by_kind_are_one_server() {
        assert_eq!(
            servers(&[
                ("logs", Kind::Log),
                ("aix", Kind::System),
                ("", Kind::Javacore),
                ("old", Kind::Log)
            ]),
            [0; 4]
        );
    }

    #[test]
    fn members_side_by_side_are_servers_of_their_own() {
        let list = [
            ("member1/logs", Kind::Log),
            ("member1", Kind::Javacore),
            ("member2/logs", Kind::Log),
            ("", Kind::Log),
        ];
        assert_eq!(servers(&list), [1, 1, 2, 0]);
    }

    #[test]
    fn an_archive_beside_the_logs_is_no_second_server() {
        assert_eq!(
            servers(&[
                ("", Kind::Log),
                ("node1.tar.gz!", Kind::GcLog),
                ("threads.zip!", Kind::ThreadDump)
            ]),
            [0; 3]
        );
    }
}
