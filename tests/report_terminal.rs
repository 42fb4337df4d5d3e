//! The one-screen summary.

#![allow(clippy::print_stdout, reason = "tests say what they skip or show")]

mod sample;

use goldenhour::{report::terminal, words::Lang};
use unicode_width::UnicodeWidthStr;

#[test]
fn every_line_fits_its_columns() {
    for model in [sample::deadlock(), sample::healthy(), sample::undetermined()] {
        for lang in [Lang::Zh, Lang::En] {
            for columns in [40, 60, 80, 120] {
                let screen = terminal::render(&model, lang, columns, false);
                for line in screen.lines() {
                    assert!(line.width() <= columns, "{} > {columns}: {line}", line.width());
                }
            }
        }
    }
}

#[test]
fn one_screen_says_it_all() {
    let screen = terminal::render(&sample::deadlock(), Lang::Zh, 80, false);
    println!("{screen}");
    for words in [
        "死锁",
        "10:31:22",
        "特级",
        "批准",
        "风险",
        "javacore",
        "网络？",
        "下游响应缓慢",
        "剩 21 min",
    ] {
        assert!(screen.contains(words), "{words} is missing in\n{screen}");
    }
    assert!(screen.lines().count() <= 40, "{} lines", screen.lines().count());
    println!("{}", terminal::render(&sample::deadlock(), Lang::En, 80, false));
    println!("{}", terminal::render(&sample::undetermined(), Lang::Zh, 80, false));
    let healthy = terminal::render(&sample::healthy(), Lang::Zh, 80, false);
    println!("{healthy}");
    assert!(healthy.lines().count() <= 4);
}

#[test]
fn no_escape_sequence_without_colour() {
    let mut model = sample::deadlock();
    model.verdict.headline.zh = "a\u{1b}[2J\u{202e}b\nc".to_owned();
    let screen = terminal::render(&model, Lang::Zh, 80, false);
    assert!(!screen.contains('\u{1b}') && !screen.contains('\u{202e}'));
    assert!(terminal::render(&model, Lang::Zh, 80, true).contains('\u{1b}'));
}
