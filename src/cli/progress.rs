//! The progress bar: bytes of real work, on a terminal's stderr only; and where the time went.

use super::table::Table;
use crate::{
    evidence::Progress,
    words::{Lang, Text},
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A bar on stderr, or nothing. Keeps the time of each stage either way.
#[derive(Debug)]
pub struct Bar {
    bar: ProgressBar,
    lang: Lang,
    stages: Mutex<Vec<Stage>>,
}

/// A stage of the work, its beginning, and what was done before it.
#[derive(Debug, Clone, Copy)]
struct Stage {
    name: &'static str,
    began: Instant,
    bytes_before: u64,
}

impl Bar {
    /// A bar that shows itself only when `shown`.
    pub fn new(shown: bool, lang: Lang) -> Arc<Self> {
        let bar = if shown {
            ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(10))
        } else {
            ProgressBar::hidden()
        };
        let template = "{msg:12} {wide_bar} {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec} {eta}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        if shown {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        let stages = Mutex::default();
        Arc::new(Self { bar, lang, stages })
    }

    /// Where the time went: a line a stage with seconds, share and bytes, then the sum and the peak of memory, where the
    /// system tells it.
    pub fn account(&self) -> String {
        let end = Stage {
            name: "",
            began: Instant::now(),
            bytes_before: self.bar.position(),
        };
        let mut stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner).clone();
        stages.push(end);
        let seconds = |from: &Stage, to: &Stage| to.began.duration_since(from.began).as_secs_f64();
        let whole = stages.first().map_or(0.0, |first| seconds(first, &end));
        let mut table = Table::new(["", "s", "%", "MB"].map(str::to_owned));
        for pair in stages.windows(2) {
            let [from, to] = pair else { continue };
            let megabytes = to.bytes_before.saturating_sub(from.bytes_before) / 1_000_000;
            table.row([
                stage_words(from.name).in_lang(self.lang).to_owned(),
                format!("{:.2}", seconds(from, to)),
                format!("{:.0}", 100.0 * seconds(from, to) / whole.max(1e-9)),
                megabytes.to_string(),
            ]);
        }
        let sum = Text::new("合计", "in all").in_lang(self.lang).to_owned();
        table.row([sum, format!("{whole:.2}"), String::new(), String::new()]);
        let mut account = table.render(80);
        if let Some(megabytes) = peak_megabytes() {
            let words = Text::new(
                format!("内存峰值 {megabytes} MB"),
                format!("peak of memory {megabytes} MB"),
            );
            account.push_str(words.in_lang(self.lang));
        }
        account.trim_end().to_owned()
    }

    /// Prints a line above the bar, where there is one.
    pub fn say(&self, words: &Text) {
        let line = words.in_lang(self.lang);
        self.bar.println(
            line.chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect::<String>(),
        );
    }

    /// Takes the bar off the terminal.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn expect(&self, bytes: u64) {
        self.bar.inc_length(bytes);
    }

    fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn stage(&self, name: &'static str) {
        self.stages.lock().unwrap_or_else(PoisonError::into_inner).push(Stage {
            name,
            began: Instant::now(),
            bytes_before: self.bar.position(),
        });
        self.bar.set_message(stage_words(name).in_lang(self.lang).to_owned());
    }
}

/// What the stages are called.
fn stage_words(name: &str) -> Text {
    match name {
        "intake" => Text::new("读取证据", "taking in"),
        "read" => Text::new("解析", "reading"),
        "heaps" => Text::new("堆转储", "heap dumps"),
        "join" => Text::new("关联", "joining"),
        "diagnose" => Text::new("诊断", "diagnosing"),
        "report" => Text::new("写报告", "reporting"),
        other => Text::same(other),
    }
}

/// The largest share of memory that the process had, mapped files included; Linux only.
fn peak_megabytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024 / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_has_its_line() {
        let bar = Bar::new(false, Lang::En);
        bar.stage("intake");
        bar.expect(3_000_000);
        bar.advance(3_000_000);
        bar.stage("heaps");
        let account = bar.account();
        let lines: Vec<&str> = account.lines().collect();
        assert!(
            lines[1].starts_with("taking in") && lines[1].ends_with(" 3"),
            "{account}"
        );
        assert!(
            lines[2].starts_with("heap dumps") && lines[2].ends_with(" 0"),
            "{account}"
        );
        assert!(lines[3].starts_with("in all"), "{account}");
    }
}
