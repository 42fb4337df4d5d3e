//! The table of known crashes: whose module or frame it is, and what to do.
//!
//! `known.tsv`: id, owner, where (`module`, `frame`, `message`, `thread`), pattern, words in Chinese and English, source.
//! A pattern holds alternatives (`|`): the beginning of a module's file name or of a thread's name, a part of the
//! problematic frame or of the message. To teach the tool a new crash, add a line.

use super::facts::{KnownCrash, Owner};
use crate::words::Text;
use std::sync::LazyLock;

const TABLE: &str = include_str!("known.tsv");

/// Rows told of one crash.
const TOLD: usize = 4;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Message,
    Frame,
    Module,
    Thread,
}

/// A row.
#[derive(Debug)]
struct Row {
    id: &'static str,
    owner: Owner,
    place: Place,
    patterns: Vec<&'static str>,
    zh: &'static str,
    en: &'static str,
    source: &'static str,
}

fn row(line: &'static str) -> Option<Row> {
    let cells: Vec<&str> = line.split('\t').collect();
    let &[id, owner, place, pattern, zh, en, source] = cells.as_slice() else {
        return None;
    };
    let place = match place {
        "message" => Place::Message,
        "frame" => Place::Frame,
        "module" => Place::Module,
        "thread" => Place::Thread,
        _ => return None,
    };
    Some(Row {
        id,
        owner: Owner::read(owner)?,
        place,
        patterns: pattern.split('|').filter(|p| !p.is_empty()).collect(),
        zh,
        en,
        source,
    })
}

fn rows() -> &'static [Row] {
    static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| TABLE.lines().skip(1).filter_map(row).collect());
    &ROWS
}

/// What a crash report says of itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct CrashSigns<'a> {
    /// The module to blame, file name or path.
    pub module: Option<&'a str>,
    /// The problematic frame or symbol.
    pub frame: Option<&'a str>,
    /// Signal and message.
    pub message: &'a str,
    /// The crashed thread.
    pub thread: Option<&'a str>,
}

impl CrashSigns<'_> {
    fn show(&self, row: &Row) -> bool {
        let any = |holds: &dyn Fn(&str) -> bool| row.patterns.iter().any(|p| holds(p));
        match row.place {
            Place::Message => any(&|p| self.message.contains(p)),
            Place::Frame => self.frame.is_some_and(|frame| any(&|p| frame.contains(p))),
            Place::Thread => self.thread.is_some_and(|name| any(&|p| name.starts_with(p))),
            Place::Module => self.module.is_some_and(|module| {
                let name = module.rsplit(['/', '\\']).next().unwrap_or(module).to_ascii_lowercase();
                any(&|p| name.starts_with(&p.to_ascii_lowercase()))
            }),
        }
    }
}

/// What the table knows about a crash: a foreign module first, then message, frame, own module, thread.
pub fn known_crashes(signs: &CrashSigns<'_>) -> Vec<KnownCrash> {
    let mut found: Vec<&Row> = rows().iter().filter(|row| signs.show(row)).collect();
    let is_foreign =
        |row: &Row| row.place == Place::Module && matches!(row.owner, Owner::Driver | Owner::Native | Owner::Agent);
    found.sort_by_key(|row| (!is_foreign(row), row.place));
    found.truncate(TOLD);
    found
        .into_iter()
        .map(|row| KnownCrash {
            id: row.id,
            owner: row.owner,
            words: Text::new(row.zh, row.en),
            source: row.source,
        })
        .collect()
}

impl Owner {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "vm" => Self::Vm,
            "jit" => Self::Jit,
            "gc" => Self::Collector,
            "jdk" => Self::Jdk,
            "driver" => Self::Driver,
            "native" => Self::Native,
            "agent" => Self::Agent,
            "system" => Self::System,
            "hardware" => Self::Hardware,
            "application" => Self::Application,
            _ => return None,
        })
    }

    /// Whose it is, in words.
    pub fn words(self) -> Text {
        let (zh, en) = match self {
            Self::Vm => ("虚拟机自身", "the VM itself"),
            Self::Jit => ("即时编译器", "the JIT compiler"),
            Self::Collector => ("垃圾回收器", "the collector"),
            Self::Jdk => ("JDK 本机库", "a library of the JDK"),
            Self::Driver => ("数据库或消息驱动", "a database or messaging driver"),
            Self::Native => ("应用带来的本机库", "a native library that the application brought"),
            Self::Agent => ("探针或监控工具", "an agent or monitoring tool"),
            Self::System => ("操作系统", "the operating system"),
            Self::Hardware => ("硬件", "the hardware"),
            Self::Application => ("应用程序", "the application"),
        };
        Text::new(zh, en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_row_is_well_formed() {
        assert_eq!(rows().len(), TABLE.lines().count() - 1);
        let ids: BTreeSet<&str> = rows().iter().map(|r| r.id).collect();
        assert_eq!(ids.len(), rows().len(), "an id stands twice");
        for row in rows() {
            let has_chinese = row.zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(has_chinese && row.en.is_ascii() && !row.source.is_empty(), "{}", row.id);
            assert!(
                !row.patterns.is_empty() && row.patterns.iter().all(|p| p.len() >= 3),
                "{}",
                row.id
            );
        }
    }

    #[test]
    fn every_alternative_of_every_row_is_reached() {
        for row in rows() {
            for pattern in &row.patterns {
                let text = format!("{pattern}x");
                let signs = match row.place {
                    Place::Message => CrashSigns {
                        message: &text,
                        ..CrashSigns::default()
                    },
                    Place::Frame => CrashSigns {
                        frame: Some(&text),
                        ..CrashSigns::default()
                    },
                    Place::Module => CrashSigns {
                        module: Some(&text),
                        ..CrashSigns::default()
                    },
                    Place::Thread => CrashSigns {
                        thread: Some(&text),
                        ..CrashSigns::default()
                    },
                };
                let told = known_crashes(&signs);
                assert!(told.iter().any(|k| k.id == row.id), "{} {pattern}: {told:?}", row.id);
            }
        }
    }

    #[test]
    fn a_foreign_module_is_named_first_and_an_unknown_one_not_at_all() {
        let told = known_crashes(&CrashSigns {
            module: Some("/opt/oracle/libocijdbc11.so"),
            frame: Some("C  [libc.so.6+0x1]  memcpy+0x10"),
            message: "SIGSEGV",
            thread: Some("WebContainer : 3"),
        });
        assert_eq!((told[0].id, told[0].owner), ("module.libocijdbc", Owner::Driver));
        assert_eq!(told[1].id, "frame.sys.memcpy");
        let quiet = CrashSigns {
            module: Some("libhiscard.so"),
            message: "SIGSEGV",
            ..CrashSigns::default()
        };
        assert!(known_crashes(&quiet).is_empty());
    }
}
