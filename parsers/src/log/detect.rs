//! Which layouts a log has, by its lines.

use super::{
    columns::{Columns, is_continuation},
    ffdc, json, juli,
    record::Head,
    times::Times,
    uap, weblogic, websphere,
};
use crate::text::{DateOrder, Encoding, StampParser, detect as detect_encoding, guess_order, lines};
use jiff::civil::Date;

/// One way to begin a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// WebSphere traditional.
    WebSphere,
    /// Liberty's `messages.log`: the same columns, a wider component.
    Liberty,
    /// Liberty's console.
    LibertyConsole,
    /// WebLogic's server log.
    WebLogic,
    /// WebLogic's console.
    WebLogicConsole,
    /// JULI's two lines.
    JuliTwoLine,
    /// JSON lines.
    Json,
    /// Yonyou UAP.
    Uap,
    /// First-failure data.
    Ffdc,
    /// A time alone on a line, the text below it (Oracle alert log).
    DateLine,
    /// Columns found from the lines.
    Columns(Columns),
}

/// How to read one log file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFormat {
    /// Layouts, most frequent first; a console log may have two.
    pub layouts: Vec<Layout>,
    /// How times are to be read.
    pub stamps: StampParser,
    /// Encoding of the texts.
    pub encoding: Encoding,
    /// Name in reports: `websphere`, `weblogic`, `juli`, `log4j`, `plain` …
    pub name: &'static str,
    /// True when times have no date or no year of their own.
    pub undated: bool,
}

/// Lines and bytes of the beginning that are looked at, and of the middle.
const SAMPLE_LINES: usize = 3000;
const SAMPLE_BYTES: usize = 1 << 20;

impl LogFormat {
    /// Decides by content. `near` is the day of the file's end, for layouts without year or date.
    pub fn detect(bytes: &[u8], near: Option<Date>) -> LogFormat {
        let sample = sample(bytes);
        let mut stamps = StampParser {
            order: DateOrder::default(),
            near,
        };
        let dates = sample.iter().map(|line| {
            line.strip_prefix(b"[")
                .or_else(|| line.strip_prefix(b"<"))
                .unwrap_or(line)
        });
        if let Some(order) = guess_order(dates) {
            stamps.order = order;
        }
        let layouts = layouts(&sample, &stamps);
        let undated = sample
            .iter()
            .filter_map(|line| layouts.iter().find_map(|l| l.head(line, b"", &stamps)))
            .find_map(|head| head.time)
            .is_some_and(|time| !time.has_date || !time.has_year);
        LogFormat {
            name: layouts.first().map_or("plain", |l| l.name(&sample)),
            layouts,
            stamps,
            encoding: detect_encoding(bytes),
            undated,
        }
    }

    /// True when no line has a time.
    pub fn is_plain(&self) -> bool {
        self.layouts
            .iter()
            .all(|l| matches!(l, Layout::Columns(c) if !c.has_time()))
    }

    /// True for layouts of captured console output, where lines of the virtual machine stand between records.
    pub(super) fn is_console(&self) -> bool {
        matches!(
            self.layouts.first(),
            Some(Layout::Columns(_) | Layout::JuliTwoLine | Layout::LibertyConsole | Layout::WebLogicConsole)
        )
    }
}

impl Layout {
    /// The head of a record that begins with `line`; `next` is the line after it. JSON is read elsewhere.
    pub(super) fn head<'a>(&self, line: &'a [u8], next: &'a [u8], stamps: &impl Times) -> Option<Head<'a>> {
        match self {
            Self::WebSphere | Self::Liberty => websphere::head(line, stamps),
            Self::LibertyConsole => websphere::console_head(line),
            Self::WebLogic => weblogic::head(line, stamps),
            Self::WebLogicConsole => weblogic::console_head(line, stamps),
            Self::JuliTwoLine => juli::head(line, next, stamps),
            Self::Json => json::head(line, stamps),
            Self::Uap => uap::head(line, stamps),
            Self::Ffdc => ffdc::head(line, stamps),
            Self::DateLine => date_line(line, next, stamps),
            Self::Columns(columns) => columns.head(line, stamps),
        }
    }

    fn name(&self, sample: &[&[u8]]) -> &'static str {
        match self {
            Self::WebSphere => "websphere",
            Self::Liberty => "liberty",
            Self::LibertyConsole => "liberty-console",
            Self::WebLogic => "weblogic",
            Self::WebLogicConsole => "weblogic-console",
            Self::JuliTwoLine => "juli",
            Self::Json => "json",
            Self::Uap => "uap",
            Self::Ffdc => "ffdc",
            Self::DateLine => "oracle-alert",
            Self::Columns(columns) if !columns.has_time() && is_native(sample) => "native",
            Self::Columns(columns) => columns.name(),
        }
    }
}

/// Console output of a J9 process.
fn is_native(sample: &[&[u8]]) -> bool {
    sample
        .iter()
        .any(|l| l.starts_with(b"JVM") || l.starts_with(b"Log file started at: "))
}

fn date_line<'a>(line: &'a [u8], next: &'a [u8], stamps: &impl Times) -> Option<Head<'a>> {
    let time = stamps.parse(line).filter(|time| time.length == line.len())?;
    Some(Head {
        time: Some(time),
        message: std::borrow::Cow::Borrowed(next),
        two_lines: true,
        ..Head::default()
    })
}

/// Lines of the beginning and, of a large file, of its middle and end.
fn sample(bytes: &[u8]) -> Vec<&[u8]> {
    let part = |from: usize, length: usize| bytes.get(from..(from + length).min(bytes.len())).unwrap_or_default();
    let mut all: Vec<&[u8]> = lines(part(0, SAMPLE_BYTES))
        .take(SAMPLE_LINES)
        .map(|l| l.bytes)
        .collect();
    if bytes.len() > 3 * SAMPLE_BYTES {
        for from in [bytes.len() / 2, bytes.len() - SAMPLE_BYTES / 2] {
            // The first line of a piece is a rest.
            all.extend(
                lines(part(from, SAMPLE_BYTES / 2))
                    .skip(1)
                    .take(SAMPLE_LINES / 4)
                    .map(|l| l.bytes),
            );
        }
    }
    all
}

fn layouts(sample: &[&[u8]], stamps: &impl Times) -> Vec<Layout> {
    let next = |index: usize| sample.get(index + 1).copied().unwrap_or_default();
    let count = |layout: &Layout| {
        let hits = |(index, line): (usize, &&[u8])| layout.head(line, next(index), stamps).is_some();
        sample.iter().enumerate().filter(|pair| hits(*pair)).count()
    };
    let mut best: Option<(Layout, usize)> = None;
    for layout in [
        Layout::WebSphere,
        Layout::WebLogic,
        Layout::WebLogicConsole,
        Layout::LibertyConsole,
        Layout::JuliTwoLine,
        Layout::Uap,
        Layout::Ffdc,
        Layout::DateLine,
        Layout::Json,
    ] {
        let hits = count(&layout);
        if hits > best.as_ref().map_or(0, |(_, most)| *most) {
            best = Some((layout, hits));
        }
    }
    let learned = Columns::learn(sample, stamps);
    let Some((layout, hits)) = best.filter(|(layout, hits)| outweighs(layout, *hits, &learned, sample)) else {
        return learned
            .into_iter()
            .map(|(columns, _)| Layout::Columns(columns))
            .collect();
    };
    let layout = match layout {
        Layout::WebSphere if is_liberty(sample) => Layout::Liberty,
        other => other,
    };
    let mut all = vec![layout];
    // Console output of two-line JULI also holds the application's own layout.
    if all == [Layout::JuliTwoLine] {
        all.extend(
            learned
                .into_iter()
                .filter(|(columns, lines)| columns.has_time() && columns.has_level() && *lines * 20 > hits)
                .map(|(columns, _)| Layout::Columns(columns)),
        );
    }
    all
}

/// A named layout wins when at least a third of the timed lines are its own; a few stray hits do not.
fn outweighs(layout: &Layout, hits: usize, learned: &[(Columns, usize)], sample: &[&[u8]]) -> bool {
    let timed: usize = learned
        .iter()
        .filter(|(c, _)| c.has_time())
        .map(|(_, lines)| *lines)
        .sum();
    let records = sample.iter().filter(|l| !is_continuation(l)).count();
    match layout {
        Layout::WebSphere | Layout::WebLogic | Layout::JuliTwoLine | Layout::Uap | Layout::Ffdc => hits * 4 >= timed,
        Layout::DateLine => hits * 2 > timed && hits >= 2,
        _ => hits * 2 >= records && hits * 2 >= timed,
    }
}

/// Liberty pads the component to 60 columns, and its header names the product.
fn is_liberty(sample: &[&[u8]]) -> bool {
    sample
        .iter()
        .take(20)
        .any(|l| l.starts_with(b"wlp.install.dir = ") || l.starts_with(b"product = Open Liberty"))
        || sample.iter().any(|l| {
            let wide = l
                .iter()
                .position(|b| *b == b']')
                .and_then(|close| l.get(close + 11..close + 11 + 61));
            l.starts_with(b"[")
                && wide.is_some_and(|c| c.last() == Some(&b' ') && c.get(13..20).is_some_and(|t| !t.contains(&b' ')))
        })
}
