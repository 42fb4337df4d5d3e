//! The progress bar: bytes of real work, on a terminal's stderr only.

use crate::{
    evidence::Progress,
    words::{Lang, Text},
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{sync::Arc, time::Duration};

/// A bar on stderr, or nothing.
#[derive(Debug)]
pub struct Bar {
    bar: ProgressBar,
    lang: Lang,
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
        Arc::new(Self { bar, lang })
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
        self.bar.set_message(stage_words(name).in_lang(self.lang).to_owned());
    }
}

/// What the stages are called.
fn stage_words(name: &str) -> Text {
    match name {
        "intake" => Text::new("读取证据", "taking in"),
        "read" => Text::new("解析", "reading"),
        "diagnose" => Text::new("诊断", "diagnosing"),
        "report" => Text::new("写报告", "reporting"),
        other => Text::same(other),
    }
}
