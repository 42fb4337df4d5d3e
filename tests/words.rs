//! Neither language leaks into the other.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod sample;

use goldenhour::{
    report::{ReportModel, html, markdown, reason_text, terminal},
    words::Lang,
};
use goldenhour_parsers::Reason;
use std::{collections::BTreeSet, fs, path::Path};

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}')
}

/// The samples' own Chinese names, which stand in English reports too.
fn without_names(text: &str) -> String {
    text.replace("市第一医院", "")
}

/// The part of a page that is shown in one language: the page holds both.
fn side(page: &str, lang: Lang) -> String {
    let class = match lang {
        Lang::Zh => "class=\"zh\"",
        Lang::En => "class=\"en\"",
    };
    let sides = page.split("<main ").skip(1);
    let side = sides.filter(|side| side.split('>').next().is_some_and(|head| head.contains(class)));
    let shown: String = side.filter_map(|side| side.split("</main>").next()).collect();
    assert!(shown.len() > 1000, "the page has a part in {lang:?}");
    // The switch names each language in its own words.
    shown.replace("中文", "").replace("English", "")
}

fn forms(model: &ReportModel, lang: Lang) -> Vec<String> {
    vec![
        side(&html::render(model, lang), lang),
        markdown::render(model, lang),
        terminal::render(model, lang, 80, false),
    ]
}

#[test]
fn english_forms_hold_no_chinese() {
    for model in [
        sample::deadlock(),
        sample::healthy(),
        sample::undetermined(),
        ReportModel::default(),
    ] {
        for form in forms(&model, Lang::En) {
            // the style sheet names Chinese fonts in Latin letters, so nothing has to be cut out
            let leak: String = without_names(&form).chars().filter(|c| is_han(*c)).collect();
            assert!(leak.is_empty(), "Chinese in an English form: {leak}");
        }
    }
}

/// Runs of English words that are no names, quotes or terms: four or more lower-case words in a row.
fn english_sentences(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut run: Vec<&str> = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || is_han(c)).chain([""]) {
        let plain = word.trim_matches(|c: char| ",.;:()".contains(c));
        let lower = !plain.is_empty() && plain.chars().all(|c| c.is_ascii_lowercase() || c == '\'');
        if lower {
            run.push(word);
        } else {
            if run.len() >= 4 {
                found.push(run.join(" "));
            }
            run.clear();
        }
    }
    found
}

#[test]
fn chinese_forms_hold_no_english_sentence() {
    // quotes, commands and style sheets are not the tool's words
    let mut model = sample::deadlock();
    model
        .findings
        .iter_mut()
        .flat_map(|f| &mut f.evidence)
        .for_each(|e| e.quote = None);
    model.bursts.clear();
    model.first_error = None;
    model.actions.iter_mut().for_each(|a| a.command = None);
    for form in [
        markdown::render(&model, Lang::Zh),
        terminal::render(&model, Lang::Zh, 120, false),
    ] {
        assert_eq!(english_sentences(&form), Vec::<String>::new());
    }
    let body = side(&html::render(&model, Lang::Zh), Lang::Zh).replace("<wbr>", "");
    let text: String = body
        .split('<')
        .filter_map(|tag| tag.split_once('>'))
        .map(|(_, text)| format!("{text} "))
        .collect();
    assert_eq!(english_sentences(&text), Vec::<String>::new());
}

#[test]
fn no_exclamation_in_the_tools_own_words() {
    let mut model = sample::deadlock();
    model
        .findings
        .iter_mut()
        .flat_map(|f| &mut f.evidence)
        .for_each(|e| e.quote = None);
    for lang in [Lang::Zh, Lang::En] {
        let text = markdown::render(&model, lang);
        assert!(!text.contains('！') && !text.contains('!'));
    }
}

/// Every phrase that a parser can put into a gap has its Chinese: read from the parsers' source.
#[test]
fn every_reason_of_the_parsers_is_translated() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut phrases = BTreeSet::new();
    for folder in ["parsers/src", "src"] {
        collect(&root.join(folder), &mut phrases);
    }
    assert!(!phrases.is_empty());
    let missing: Vec<&String> = phrases
        .iter()
        .filter(|phrase| {
            let phrase: &'static str = Box::leak((*phrase).clone().into_boxed_str());
            let zh = reason_text(&Reason::Truncated { expected: phrase }).zh;
            zh.contains(phrase)
        })
        .collect();
    assert!(missing.is_empty(), "no Chinese in src/report/gaps.rs for {missing:#?}");
}

fn collect(folder: &Path, phrases: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, phrases);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            // tests make up phrases of their own
            let source = source.split("#[cfg(test)]").next().unwrap_or_default();
            for line in source.lines().filter(|l| !l.trim_start().starts_with("//")) {
                for key in ["expected: \"", "what: \""] {
                    if let Some((_, rest)) = line.split_once(key)
                        && let Some((phrase, _)) = rest.split_once('"')
                        && (key == "expected: \"" || source.contains("BadLength"))
                        && !phrase.contains('{')
                        && !phrase.chars().any(is_han)
                    {
                        phrases.insert(phrase.to_owned());
                    }
                }
            }
        }
    }
}
