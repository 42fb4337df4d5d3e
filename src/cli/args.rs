//! The words of the command line, as CONTRACT.md §1 lists them.

use crate::{
    diagnosis::{Priority, Severity},
    words::Lang,
};
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::tz::Offset;
use std::path::PathBuf;

use super::values::{parse_age, parse_offset, parse_size};

/// Offline crash forensics for Java middleware: from an evidence folder to a recovery report.
#[derive(Debug, Parser)]
#[command(name = "goldenhour", version, about, propagate_version = true, max_term_width = 100)]
#[command(arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub common: Common,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Everything: from the evidence to verdict, report and record
    Analyze(AnalyzeArgs),
    /// One heap dump: summary, suspects, histogram, dominators
    Heap(HeapArgs),
    /// Javacores and thread dumps: deadlocks, blockers, pools, series
    Threads(super::threads::ThreadsArgs),
    /// GC logs: pauses, share, leak slope
    Gc(super::gc::GcArgs),
    /// Logs: first error, bursts, templates, codes
    Logs(super::logs::LogsArgs),
    /// Trends across the recorded incidents
    Trends(TrendsArgs),
    /// List, show, complete, compare, import and purge recorded incidents
    Incidents(IncidentsArgs),
    /// Print the read-only script that gathers evidence on a server
    Collect(CollectArgs),
    /// Render a saved report.json in other forms, without the evidence
    Render(RenderArgs),
    /// What a finding, cause, action or message code means
    Explain(ExplainArgs),
    /// Write or validate the site file
    Site(SiteArgs),
}

/// Options that every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
#[allow(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub struct Common {
    /// Machine output on stdout, nothing else there
    #[arg(long, global = true)]
    pub json: bool,
    /// Language of reports and messages (default from LANG, else zh)
    #[arg(long, global = true, value_enum, value_name = "LANG")]
    pub lang: Option<Lang>,
    /// The site file: modules, thresholds, zone
    #[arg(long, global = true, value_name = "FILE.toml")]
    pub site: Option<PathBuf>,
    /// Offset from UTC of artefacts that do not tell theirs
    #[arg(long, global = true, value_name = "±HH:MM", value_parser = parse_offset, allow_hyphen_values = true)]
    pub timezone: Option<Offset>,
    /// Worker threads (default: one a processor)
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Memory to keep below, e.g. 4G; more goes to temporary files
    #[arg(long, global = true, value_name = "SIZE", value_parser = parse_size)]
    pub memory_limit: Option<u64>,
    /// No progress bar
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Colours on the terminal
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub color: Color,
    /// Show persons' data, numbers and SQL literals as they are
    #[arg(long, global = true)]
    pub unmask: bool,
    /// Neither read nor write the record of incidents
    #[arg(long, global = true)]
    pub no_store: bool,
    /// The record of incidents (default GOLDENHOUR_STORE, else in the user's data directory)
    #[arg(long, global = true, value_name = "PATH")]
    pub store: Option<PathBuf>,
    /// SHA-256 of every file, in single commands too
    #[arg(long, global = true)]
    pub hash: bool,
    /// Exit with status 1 when a finding is at least this severe
    #[arg(long, global = true, value_enum, value_name = "LEVEL")]
    pub fail_on: Option<FailOn>,
    /// Say more on stderr
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal that wants them.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Levels of `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Critical findings only.
    Critical,
    /// High and critical.
    High,
    /// Medium and above.
    Medium,
}

impl FailOn {
    /// The least severity meant.
    pub fn severity(self) -> Severity {
        match self {
            Self::Critical => Severity::Critical,
            Self::High => Severity::High,
            Self::Medium => Severity::Medium,
        }
    }
}

/// The forms of a report beside JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Format {
    /// One file, self-contained.
    Html,
    /// Markdown.
    Md,
    /// Word document.
    Docx,
}

/// `goldenhour analyze`.
#[derive(Debug, Args)]
pub struct AnalyzeArgs {
    /// Files, folders and archives of evidence
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Where the report goes
    #[arg(long, value_name = "DIR", default_value = "goldenhour-report")]
    pub out: PathBuf,
    /// Forms of the report beside report.json
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FORMAT", default_values_t = [Format::Html, Format::Md])]
    pub format: Vec<Format>,
    /// A quiet day: a list of risks in place of a verdict
    #[arg(long)]
    pub inspection: bool,
    /// Override the priority class
    #[arg(long, value_enum, value_name = "CLASS")]
    pub priority: Option<Priority>,
}

/// `goldenhour heap`.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub struct HeapArgs {
    /// A heap dump; two to four of one process for growth by class
    #[arg(required = true, num_args = 1..=4, value_name = "DUMP")]
    pub dumps: Vec<PathBuf>,
    /// Only the class histogram
    #[arg(long)]
    pub histogram_only: bool,
    /// Strings, collections and duplicates too
    #[arg(long)]
    pub deep: bool,
    /// Show one object
    #[arg(long, value_name = "0x…")]
    pub object: Option<String>,
    /// One line a reachable object
    #[arg(long, value_name = "OUT.tsv")]
    pub export_objects: Option<PathBuf>,
    /// Rows of every table
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub top: usize,
    /// Which of several dumps in one file (1-based, default the last)
    #[arg(long, value_name = "N")]
    pub dump: Option<u32>,
    /// The javacore of the same event, for a PHD
    #[arg(long, value_name = "FILE")]
    pub javacore: Option<PathBuf>,
    /// Shallow sizes as MAT computes them or as the VM had them
    #[arg(long, value_name = "RULE", default_value = "mat", value_parser = ["mat", "jvm"])]
    pub sizes: String,
}

/// `goldenhour trends`.
#[derive(Debug, Args)]
pub struct TrendsArgs {
    /// Length of a period
    #[arg(long, value_enum, value_name = "PERIOD", default_value_t = Period::Month)]
    pub period: Period,
    /// Only incidents from this day on
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// Write the trends into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Forms to write
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FORMAT", default_values_t = [Format::Html, Format::Md])]
    pub format: Vec<Format>,
    /// Export the records as JSON Lines and CSV into this folder, partitioned by month and site
    #[arg(long, value_name = "DIR")]
    pub export: Option<PathBuf>,
}

/// Periods of a trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Period {
    /// Monday to Sunday.
    Week,
    /// Calendar month.
    Month,
    /// Calendar quarter.
    Quarter,
    /// Half a calendar year.
    Half,
    /// Calendar year.
    Year,
}

/// `goldenhour incidents`.
#[derive(Debug, Args)]
pub struct IncidentsArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub action: IncidentsAction,
}

/// The actions on recorded incidents.
#[derive(Debug, Subcommand)]
pub enum IncidentsAction {
    /// Incidents, newest first, with what is kept of them and how large it is
    List {
        /// At most so many (default 100; with --json all)
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
    },
    /// One incident; an unambiguous start of its id will do
    Show {
        /// Its id
        id: String,
    },
    /// Complete an incident with what happened afterwards
    Set(SetArgs),
    /// Two incidents side by side
    Compare {
        /// First id
        a: String,
        /// Second id
        b: String,
    },
    /// Merge incidents of other PCs from report.json or JSON Lines files; doing it again changes nothing
    Import {
        /// The files, or folders of an export
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Delete incidents for good, or only what was quoted of their evidence
    Purge(PurgeArgs),
}

/// `goldenhour incidents set`.
#[derive(Debug, Args)]
pub struct SetArgs {
    /// Its id
    pub id: String,
    /// When somebody began to work on it
    #[arg(long, value_name = "TIME")]
    pub responded_at: Option<String>,
    /// When the business ran again
    #[arg(long, value_name = "TIME")]
    pub restored_at: Option<String>,
    /// When it was solved for good
    #[arg(long, value_name = "TIME")]
    pub resolved_at: Option<String>,
    /// The cause found in the end (a cause id)
    #[arg(long, value_name = "CAUSE")]
    pub cause: Option<String>,
    /// What ended it, in a few words
    #[arg(long, value_name = "WORDS")]
    pub fix: Option<String>,
}

/// `goldenhour incidents purge`.
#[derive(Debug, Args)]
pub struct PurgeArgs {
    /// Their ids
    #[arg(value_name = "ID", required_unless_present = "older_than")]
    pub ids: Vec<String>,
    /// Incidents older than this, e.g. 90d, 12w, 6m, 2y
    #[arg(long, value_name = "AGE", value_parser = parse_age, conflicts_with = "ids")]
    pub older_than: Option<i64>,
    /// Keep the record, delete quotes and messages from the evidence
    #[arg(long)]
    pub evidence_only: bool,
}

/// `goldenhour collect`.
#[derive(Debug, Args)]
pub struct CollectArgs {
    /// Operating system of the server
    #[arg(long, value_enum, value_name = "OS")]
    pub os: Os,
}

/// Operating systems of servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Os {
    /// AIX.
    Aix,
    /// Linux.
    Linux,
    /// Windows.
    Windows,
}

/// `goldenhour render`.
#[derive(Debug, Args)]
pub struct RenderArgs {
    /// A saved report
    #[arg(value_name = "REPORT.json")]
    pub report: PathBuf,
    /// Forms to write
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FORMAT", default_values_t = [Format::Html, Format::Md])]
    pub format: Vec<Format>,
    /// Where they go (default: beside the report)
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `goldenhour explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A finding, cause, action or message code
    #[arg(required_unless_present = "list")]
    pub id: Option<String>,
    /// Everything that can be explained
    #[arg(long)]
    pub list: bool,
}

/// `goldenhour site`.
#[derive(Debug, Args)]
pub struct SiteArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub action: SiteAction,
}

/// The actions on the site file.
#[derive(Debug, Subcommand)]
pub enum SiteAction {
    /// Write a commented site file to begin with
    Init {
        /// Where to write it; `-` for stdout
        #[arg(value_name = "FILE", default_value = "goldenhour-site.toml")]
        file: PathBuf,
        /// Overwrite an existing file
        #[arg(long)]
        force: bool,
    },
    /// Say what is wrong with a site file
    Check {
        /// The file (default: the one of --site)
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
}
