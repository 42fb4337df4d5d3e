//! `trends --export DIR`: JSON Lines and CSV, a file a month and site, as DuckDB and Spark read partitions.
//!
//! ```text
//! DIR/jsonl/month=2026-11/site=…/incidents.jsonl    whole entries, which `incidents import` reads
//! DIR/csv/month=2026-11/site=…/incidents.csv        the columns, for a spreadsheet
//! ```

use crate::{
    cli::{failure::Failure, output, record},
    store::{Filter, Incident, Partition, Store, StoreError, csv_head, csv_row},
};
use jiff::tz::Offset;
use serde_json::Value;
use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

/// Writes the export; each file is whole or absent.
///
/// # Errors
/// Status 4 when the record cannot be read or a file cannot be written.
pub fn write(store: &Store, filter: &Filter, offset: Offset, folder: &Path) -> Result<(), Failure> {
    output::make_folder(folder)?;
    let partitions = store.partitions(filter, offset);
    for partition in partitions.map_err(|error| record::failure(&error))? {
        let lines = folder.join("jsonl").join(partition.folder());
        let table = folder.join("csv").join(partition.folder());
        output::make_folder(&lines)?;
        output::make_folder(&table)?;
        let mut rows = csv_head();
        let mut trouble = None;
        output::stream_file(&lines.join("incidents.jsonl"), |file| {
            match write_lines(store, &partition, file, &mut rows) {
                Err(Trouble::Store(error)) => {
                    trouble = Some(error);
                    Err(io::Error::other("the record cannot be read"))
                }
                Err(Trouble::Write(error)) => Err(error),
                Ok(()) => Ok(()),
            }
        })
        .map_err(|failure| trouble.map_or(failure, |error| record::failure(&error)))?;
        output::write_file(&table.join("incidents.csv"), rows.as_bytes())?;
    }
    Ok(())
}

/// Why a file could not be filled.
enum Trouble {
    Store(StoreError),
    Write(io::Error),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn write_lines(store: &Store, partition: &Partition, file: &mut File, rows: &mut String) -> Result<(), Trouble> {
    let mut out = BufWriter::new(file);
    store.each_of(partition, |incident, report| {
        rows.push_str(&csv_row(incident));
        writeln!(out, "{}", line(incident, report)).map_err(Trouble::Write)
    })?;
    out.flush().map_err(Trouble::Write)
}

/// An entry: the columns, and the report as a string of JSON. A string, because no engine could name the columns of all
/// the figures that reports of different evidence hold. The site is told by the partition.
fn line(incident: &Incident, report: Option<Value>) -> String {
    let mut line = serde_json::to_value(incident).unwrap_or_default();
    if let Some(object) = line.as_object_mut() {
        object.shift_remove("site");
        object.shift_remove("kept_bytes");
        if let Some(report) = report {
            object.insert("report".to_owned(), Value::from(report.to_string()));
        }
    }
    line.to_string()
}
