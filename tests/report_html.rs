//! The HTML and Markdown forms: self-contained, escaped, readable without script.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests say what they skip and fail by panicking"
)]

mod sample;

use goldenhour::{
    report::{ReportModel, html, markdown, terminal},
    words::Lang,
};

const LANGS: [Lang; 2] = [Lang::Zh, Lang::En];

fn models() -> Vec<ReportModel> {
    vec![
        sample::deadlock(),
        sample::healthy(),
        sample::undetermined(),
        ReportModel::default(),
    ]
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    for model in models() {
        for lang in LANGS {
            let page = html::render(&model, lang);
            for reference in [
                "http:", "https:", "src=", "@import", "url(", "<link", "<iframe", "<object", "<base",
            ] {
                assert!(!page.contains(reference), "{reference} in the page");
            }
            assert!(page.contains("default-src &#39;none&#39;"));
            assert!(!page.contains("href=\"") || page.matches("href=\"").count() == page.matches("href=\"#").count());
        }
    }
}

#[test]
fn page_one_stands_in_order_before_the_folded_parts() {
    let page = html::render(&sample::deadlock(), Lang::Zh);
    let at = |words: &str| page.find(words).unwrap_or_else(|| panic!("{words} is missing"));
    let order = [
        at("<h1>server2 上医嘱提交"),
        at("class=\"stops\""),
        at("class=\"cards\""),
        at("class=\"hour\""),
        at("<h2>为什么这样判断"),
        at("<h2>是网络吗"),
        at("<h2>影响范围"),
        at("<h2>还缺什么"),
        at("<details id=\"alternatives\""),
        at("<details id=\"findings\""),
        at("<details id=\"heap\""),
        at("<details id=\"threads\""),
        at("<details id=\"pools\""),
        at("<details id=\"gc\""),
        at("<details id=\"logs\""),
        at("<details id=\"system\""),
        at("<details id=\"actions\""),
        at("<details id=\"artefacts\""),
        at("<details id=\"about\""),
    ];
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn every_link_leads_somewhere() {
    let page = html::render(&sample::deadlock(), Lang::Zh);
    for target in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(
            page.contains(&format!("id=\"{target}\"")),
            "nothing has the id {target}"
        );
    }
}

#[test]
fn every_picture_has_a_text_alternative() {
    let page = html::render(&sample::deadlock(), Lang::En);
    assert!(page.matches("<svg").count() >= 4);
    for svg in page.split("<svg").skip(1) {
        let head = svg.split('>').next().unwrap_or_default();
        let label = head
            .split("aria-label=\"")
            .nth(1)
            .and_then(|l| l.split('"').next())
            .unwrap_or_default();
        assert!(label.len() > 20, "{head}");
    }
    assert!(page.contains("WebContainer : 12 waits for"));
}

#[test]
fn hostile_words_stay_words_in_html() {
    let calm = html::render(&sample::deadlock(), Lang::Zh);
    let page = html::render(&sample::hostile(), Lang::Zh);
    assert_eq!(page.matches("<script").count(), calm.matches("<script").count());
    assert!(!page.contains("<img") && !page.contains("onerror=alert(2)>\""));
    assert!(!page.contains('\u{1b}') && !page.contains('\u{202e}') && !page.contains('\u{0}'));
    assert!(page.contains("&lt;script&gt;") || page.contains("&#60;script&#62;"));
    for attribute in page.split("=\"").skip(1) {
        let value = attribute.split('"').next().unwrap_or_default();
        assert!(!value.contains('<'), "{value}");
    }
}

#[test]
fn hostile_words_stay_words_in_markdown_and_terminal() {
    let text = markdown::render(&sample::hostile(), Lang::En);
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains('\u{0}'));
    for line in text.lines() {
        let outside: String = strip_code(line);
        assert!(!outside.replace("\\<", "").contains("<script"), "{line}");
        assert!(!outside.contains("](http://"), "{line}");
    }
    let screen = terminal::render(&sample::hostile(), Lang::En, 80, false);
    assert!(!screen.chars().any(|c| c.is_control() && c != '\n'));
}

/// A Markdown line without its code spans.
fn strip_code(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        if rest[..start].ends_with('\\') {
            out.push_str(&rest[..=start]);
            rest = &rest[start + 1..];
            continue;
        }
        out.push_str(&rest[..start]);
        let fence = rest[start..].chars().take_while(|c| *c == '`').count();
        let inner = &rest[start + fence..];
        let mut from = 0;
        let end = loop {
            let Some(at) = inner[from..].find('`').map(|at| from + at) else {
                break None;
            };
            let run = inner[at..].chars().take_while(|c| *c == '`').count();
            if run == fence {
                break Some(at + run);
            }
            from = at + run;
        };
        let Some(end) = end else { return out };
        rest = &inner[end..];
    }
    out.push_str(rest);
    out
}

#[test]
fn forms_are_the_same_every_time_and_from_saved_json() {
    let model = sample::deadlock();
    let saved = goldenhour::report::json::render(&model);
    let mut again = goldenhour::report::json::parse(&saved).unwrap();
    again.run = model.run.clone();
    assert_eq!(again, model);
    assert_eq!(html::render(&again, Lang::Zh), html::render(&model, Lang::Zh));
    assert_eq!(markdown::render(&again, Lang::En), markdown::render(&model, Lang::En));
}

/// Writes the forms of the sample for looking at: `GOLDENHOUR_SAMPLE_OUT=dir cargo test --test report_html samples`.
#[test]
fn samples_are_written_on_request() {
    let Ok(folder) = std::env::var("GOLDENHOUR_SAMPLE_OUT") else {
        println!("skipped: GOLDENHOUR_SAMPLE_OUT is not set");
        return;
    };
    std::fs::create_dir_all(&folder).unwrap();
    for (name, model) in [
        ("deadlock", sample::deadlock()),
        ("healthy", sample::healthy()),
        ("undetermined", sample::undetermined()),
        ("hostile", sample::hostile()),
    ] {
        for (lang, tag) in [(Lang::Zh, "zh"), (Lang::En, "en")] {
            std::fs::write(format!("{folder}/{name}.{tag}.html"), html::render(&model, lang)).unwrap();
            std::fs::write(format!("{folder}/{name}.{tag}.md"), markdown::render(&model, lang)).unwrap();
        }
    }
}
