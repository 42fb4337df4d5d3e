//! The site file: modules, thresholds, patterns of one hospital.

use serde::Deserialize;
use std::collections::BTreeMap;

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
