//! The site file: modules, thresholds, patterns of one hospital.

mod names;

pub use names::THRESHOLDS;

use serde::Deserialize;
use std::{collections::BTreeMap, fmt};

/// What one hospital tells about itself. Everything has a default, so the file is optional.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Site {
    /// Name of the site, shown in reports and trends.
    pub name: Option<String>,
    /// Offset from UTC of artefacts that do not tell theirs (`+08:00`).
    pub timezone: Option<String>,
    /// Business modules by name (`HIS 门诊`), each with the package prefixes or paths that belong to it.
    pub modules: BTreeMap<String, Module>,
    /// Thresholds that differ from the built-in ones, by the name `goldenhour explain` shows.
    pub thresholds: BTreeMap<String, f64>,
}

/// A business module.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Module {
    /// Package prefixes (`com.kangbo.his.outpatient`).
    pub packages: Vec<String>,
    /// Paths or context roots (`/outpatient`).
    pub paths: Vec<String>,
    /// True when many users cannot work without it.
    pub core: bool,
}

/// What is wrong in a site file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct SiteError {
    /// 1-based line, when one line is to blame.
    pub line: Option<usize>,
    /// What is wrong, in English, without a full stop.
    pub message: String,
}

impl fmt::Display for SiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// Reads a site file and checks what its values mean.
///
/// # Errors
/// The first thing that is wrong, with its line.
pub fn parse(text: &str) -> Result<Site, SiteError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let site: Site = toml::from_str(text).map_err(|error| SiteError {
        line: error.span().map(|span| line_of(text, span.start)),
        message: error.message().trim().replace('\n', "; "),
    })?;
    check(&site).map_err(|(key, message)| SiteError {
        line: line_naming(text, &key),
        message,
    })?;
    Ok(site)
}

/// The key to blame and what is wrong with it.
fn check(site: &Site) -> Result<(), (String, String)> {
    for (name, module) in &site.modules {
        if module
            .packages
            .iter()
            .chain(&module.paths)
            .any(|prefix| prefix.trim().is_empty())
        {
            return Err((
                name.clone(),
                format!("module `{name}`: an empty prefix would match everything"),
            ));
        }
        if let Some(path) = module.paths.iter().find(|path| !path.starts_with('/')) {
            return Err((
                path.clone(),
                format!("module `{name}`: path `{path}` must start with `/`"),
            ));
        }
    }
    for (name, value) in &site.thresholds {
        if !value.is_finite() || *value < 0.0 {
            return Err((
                name.clone(),
                format!("threshold `{name}` must be a number of 0 or more"),
            ));
        }
        if !THRESHOLDS.contains(&name.as_str()) {
            let hint = names::nearest(name)
                .map(|known| format!(", did you mean `{known}`?"))
                .unwrap_or_default();
            return Err((name.clone(), format!("no threshold is called `{name}`{hint}")));
        }
    }
    Ok(())
}

/// The line that names a key, table or value; one that is no comment.
fn line_naming(text: &str, key: &str) -> Option<usize> {
    text.lines()
        .position(|line| !line.trim_start().starts_with('#') && line.contains(key))
        .map(|at| at + 1)
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    memchr::memchr_iter(b'\n', before).count() + 1
}

/// A commented site file to begin with; valid as it stands.
pub const SAMPLE: &str = include_str!("sample.toml");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_valid() {
        let site = parse(SAMPLE).unwrap();
        assert_eq!(site.timezone.as_deref(), Some("+08:00"));
        assert!(site.modules.values().any(|module| module.core));
    }

    #[test]
    fn an_error_names_its_line() {
        let error = parse("name = \"x\"\n\ncolour = \"red\"\n").unwrap_err();
        assert_eq!(error.line, Some(3));
        let error = parse("[modules.\"HIS\"]\npackages = [\"a.b\"]\npaths = [\"outpatient\"]\n").unwrap_err();
        assert_eq!(error.line, Some(3), "{error}");
        let error = parse("[thresholds]\n\"pool.full\" = -1\n").unwrap_err();
        assert_eq!(error.line, Some(2), "{error}");
    }

    #[test]
    fn a_threshold_that_nobody_reads_is_an_error() {
        let error = parse("# leak_shar\n[thresholds]\nleak_shar = 0.3\n").unwrap_err();
        assert_eq!(error.line, Some(3));
        assert!(error.message.contains("`leak_share`"), "{error}");
    }

    #[test]
    fn an_empty_file_is_the_default() {
        assert!(parse("").unwrap().modules.is_empty());
    }
}
