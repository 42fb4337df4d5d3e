//! `goldenhour trends`: across the recorded incidents.

mod export;

use super::{
    args::{Format, Period, TrendsArgs},
    failure::{Failure, Outcome},
    output, record,
    settings::Settings,
    values::parse_time,
};
use crate::{
    store::{self, Filter, Length, Trends},
    words::{Lang, Text},
};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Shows, writes or exports trends. `site` is what `--site` named: a site file, or the name of a site.
///
/// # Errors
/// Status 4 when the record cannot be read or output cannot be written.
pub fn run(args: &TrendsArgs, site: Option<&PathBuf>, settings: &Settings) -> Outcome {
    let store = record::open(settings)?;
    let filter = filter(args, site, settings)?;
    let trends = store
        .trends(&filter, length(args.period), settings.offset())
        .map_err(|error| record::failure(&error))?;
    if let Some(folder) = &args.export {
        export::write(&store, &filter, settings.offset(), folder)?;
    }
    if let Some(folder) = &args.out {
        write(&trends, args, folder, settings.lang)?;
    }
    if settings.json {
        output::print(&json!({"schema": "goldenhour.trends/1", "trends": trends}).to_string())?;
    } else {
        output::print(&store::sheet(&trends, settings.lang).terminal(settings.width()))?;
    }
    Ok(0)
}

fn length(period: Period) -> Length {
    match period {
        Period::Week => Length::Week,
        Period::Month => Length::Month,
        Period::Quarter => Length::Quarter,
        Period::Half => Length::Half,
        Period::Year => Length::Year,
    }
}

fn filter(args: &TrendsArgs, site: Option<&PathBuf>, settings: &Settings) -> Result<Filter, Failure> {
    let since = match &args.since {
        Some(text) => Some(
            parse_time(text, settings.offset())
                .map_err(|why| Failure::usage(Text::new(format!("“{text}”不是日期；请写成 2026-11-01"), why)))?,
        ),
        None => None,
    };
    let site = match site {
        Some(path) if path.is_file() => settings.site.name.clone(),
        Some(name) => Some(name.to_string_lossy().into_owned()),
        None => None,
    };
    Ok(Filter { since, site })
}

fn write(trends: &Trends, args: &TrendsArgs, folder: &Path, lang: Lang) -> Result<(), Failure> {
    output::make_folder(folder)?;
    let object = json!({"schema": "goldenhour.trends/1", "trends": trends});
    let pretty = serde_json::to_string_pretty(&object).unwrap_or_default() + "\n";
    output::write_file(&folder.join("trends.json"), pretty.as_bytes())?;
    let sheet = store::sheet(trends, lang);
    for format in &args.format {
        match format {
            Format::Md => output::write_file(&folder.join("trends.md"), sheet.markdown().as_bytes())?,
            Format::Html => output::write_file(&folder.join("trends.html"), sheet.html().as_bytes())?,
            Format::Docx => {
                let latin = store::sheet(trends, Lang::En);
                output::write_file(&folder.join("trends.docx"), &sheet.docx(&latin))?;
            }
        }
    }
    Ok(())
}
