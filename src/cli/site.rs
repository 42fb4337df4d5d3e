//! `goldenhour site`, and reading the site file for the other commands.

use super::{
    args::{SiteAction, SiteArgs},
    failure::{Failure, Outcome},
    output,
    settings::Settings,
};
use crate::{
    site::{self, Site},
    words::Text,
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A site file larger than this is none (bytes).
const MAX_SITE_FILE: u64 = 4 << 20;

/// Reads the site file.
///
/// # Errors
/// Status 2, naming file and line.
pub fn load(path: &Path) -> Result<Site, Failure> {
    let shown = path.display();
    let wrong = |why: String| {
        Failure::usage(Text::new(
            format!("站点文件 {shown} 不可用：{why}"),
            format!("site file {shown}: {why}"),
        ))
    };
    let size = fs::metadata(path).map_err(|error| wrong(error.to_string()))?.len();
    if size > MAX_SITE_FILE {
        return Err(wrong(format!("{size} bytes; at most {MAX_SITE_FILE}")));
    }
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    site::parse(&text).map_err(|error| match error.line {
        Some(line) => Failure::usage(Text::new(
            format!("站点文件 {shown} 第 {line} 行有误：{}", error.message),
            format!("site file {shown}:{line}: {}", error.message),
        )),
        None => wrong(error.message),
    })
}

/// Writes or checks a site file.
///
/// # Errors
/// Status 2 when it is wrong or already there, 4 when it cannot be written.
pub fn run(args: &SiteArgs, given: Option<&PathBuf>, settings: &Settings) -> Outcome {
    match &args.action {
        SiteAction::Init { file, .. } if file.as_os_str() == "-" => output::print(site::SAMPLE)?,
        SiteAction::Init { file, force } => {
            let shown = file.display();
            if file.exists() && !force {
                return Err(Failure::usage(Text::new(
                    format!("{shown} 已存在；确要覆盖请加 --force"),
                    format!("{shown} exists; --force overwrites it"),
                )));
            }
            output::write_file(file, site::SAMPLE.as_bytes())?;
            let done = Text::new(
                format!("已写入 {shown}，请按本院情况修改"),
                format!("wrote {shown}; now fit it to your site"),
            );
            output::print(done.in_lang(settings.lang))?;
        }
        SiteAction::Check { file } => {
            let Some(path) = file.as_ref().or(given) else {
                return Err(Failure::usage(Text::new(
                    "请给出要检查的站点文件",
                    "name the site file to check",
                )));
            };
            let site = load(path)?;
            let (modules, thresholds) = (site.modules.len(), site.thresholds.len());
            let shown = path.display();
            if settings.json {
                let answer = serde_json::json!({"file": shown.to_string(), "valid": true, "modules": modules, "thresholds": thresholds});
                output::print(&answer.to_string())?;
            } else {
                let done = Text::new(
                    format!("{shown} 正确：业务模块 {modules} 个，阈值 {thresholds} 个"),
                    format!("{shown} is valid: {modules} modules, {thresholds} thresholds"),
                );
                output::print(done.in_lang(settings.lang))?;
            }
        }
    }
    Ok(0)
}
