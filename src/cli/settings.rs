//! The common options, resolved once: language, colours, site, zone, limits.

use super::{
    args::{Color, Common},
    failure::Failure,
    values::parse_offset,
};
use crate::{
    site::Site,
    words::{Lang, Text},
};
use goldenhour_parsers::CHINA;
use jiff::tz::Offset;
use std::{env, io::IsTerminal, path::PathBuf};

/// What the common options mean here and now.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "independent wishes of the user")]
pub struct Settings {
    /// Language of reports and messages.
    pub lang: Lang,
    /// JSON on stdout.
    pub json: bool,
    /// What the hospital tells about itself.
    pub site: Site,
    /// Offset for artefacts that do not tell theirs, when somebody said.
    pub told_offset: Option<Offset>,
    /// Colours on stdout.
    pub color: bool,
    /// A progress bar on stderr.
    pub progress: bool,
    /// Show everything as it is.
    pub unmask: bool,
    /// Where incidents are recorded; `None` with `--no-store`.
    pub store: Option<PathBuf>,
    /// True when the user named the record.
    pub store_asked_for: bool,
    /// Memory to keep below, in bytes.
    pub memory_limit: Option<u64>,
    /// SHA-256 in single commands.
    pub hash: bool,
    /// Say more on stderr.
    pub verbose: bool,
}

impl Settings {
    /// Resolves the options against the site file, environment and terminal.
    ///
    /// # Errors
    /// Status 2 when the site file is wrong, status 4 when no data directory is known.
    pub fn resolve(common: &Common, site: Option<&PathBuf>, lang: Lang) -> Result<Self, Failure> {
        let site = match site {
            Some(path) => super::site::load(path)?,
            None => Site::default(),
        };
        let of_site = match &site.timezone {
            Some(text) => Some(parse_offset(text).map_err(|why| {
                Failure::usage(Text::new(
                    format!("站点文件中的 timezone 不正确：{text}（应写成 +08:00）"),
                    format!("timezone of the site file is wrong: {text}: {why}"),
                ))
            })?),
            None => None,
        };
        Ok(Self {
            lang,
            json: common.json,
            told_offset: common.timezone.or(of_site),
            site,
            color: colours(common.color),
            progress: !common.no_progress && std::io::stderr().is_terminal(),
            unmask: common.unmask,
            store: if common.no_store {
                None
            } else {
                common.store.clone().or_else(store_file)
            },
            store_asked_for: common.store.is_some() || env::var_os("GOLDENHOUR_STORE").is_some(),
            memory_limit: common.memory_limit,
            hash: common.hash,
            verbose: common.verbose > 0,
        })
    }

    /// The offset that local times are read and shown with.
    pub fn offset(&self) -> Offset {
        self.told_offset.unwrap_or(CHINA)
    }

    /// Columns of the terminal, 80 when stdout is none.
    pub fn width(&self) -> usize {
        let columns = env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
        columns.unwrap_or(80_usize).clamp(60, 160)
    }
}

/// The language of messages before the command line is understood: `--lang`, else the locale, else Chinese.
pub fn language(given: Option<Lang>) -> Lang {
    if let Some(lang) = given {
        return lang;
    }
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| env::var(name).ok())
        .find(|value| !value.is_empty());
    match locale {
        Some(locale) if locale.starts_with("en") => Lang::En,
        _ => Lang::Zh,
    }
}

/// The same before the command line is understood, for the words about the command line itself.
pub fn early_language() -> Lang {
    let words: Vec<String> = env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let next = words
        .iter()
        .position(|word| word == "--lang")
        .and_then(|at| words.get(at + 1));
    let given = next
        .map(String::as_str)
        .or_else(|| words.iter().find_map(|word| word.strip_prefix("--lang=")));
    language(match given {
        Some("zh") => Some(Lang::Zh),
        Some("en") => Some(Lang::En),
        _ => None,
    })
}

/// `--color`, then `CLICOLOR_FORCE`, `NO_COLOR`, then whether stdout is a terminal (bixense.com/clicolors, no-color.org).
fn colours(wish: Color) -> bool {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    match wish {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if set("NO_COLOR") => false,
        Color::Auto if set("CLICOLOR_FORCE") => true,
        Color::Auto => std::io::stdout().is_terminal() && env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}

/// `GOLDENHOUR_STORE`, else `goldenhour/incidents.db` in the user's data directory.
fn store_file() -> Option<PathBuf> {
    if let Some(path) = env::var_os("GOLDENHOUR_STORE").filter(|path| !path.is_empty()) {
        return Some(PathBuf::from(path));
    }
    let folder = if cfg!(windows) {
        env::var_os("LOCALAPPDATA").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        env::var_os("HOME").map(|home| PathBuf::from(home).join("Library/Application Support"))
    } else {
        env::var_os("XDG_DATA_HOME")
            .filter(|folder| !folder.is_empty())
            .map(PathBuf::from)
            .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share")))
    };
    folder.map(|folder| folder.join("goldenhour").join("incidents.db"))
}
