//! The HTML report in a real browser. Needs chromedriver and Chromium (Debian: chromium-driver); says so and passes
//! without.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they skip and fail by panicking"
)]

mod browser;
mod sample;

use browser::Browser;
use goldenhour::{
    report::{ReportModel, html},
    words::Lang,
};
use std::{
    path::PathBuf,
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// A report as a file, in a folder that lives as long as it is wanted.
fn page(model: &ReportModel, lang: Lang) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.html");
    std::fs::write(&file, html::render(model, lang)).unwrap();
    (folder, file)
}

#[test]
fn nothing_is_asked_for_and_the_console_stays_empty() {
    let Some(browser) = Browser::start(true) else { return };
    for model in [
        sample::deadlock(),
        sample::healthy(),
        sample::undetermined(),
        sample::hostile(),
    ] {
        for lang in [Lang::Zh, Lang::En] {
            let (_folder, file) = page(&model, lang);
            browser.open(&file);
            browser.run("document.querySelectorAll('button').forEach(b => b.click());");
            if let Ok(folder) = std::env::var("GOLDENHOUR_SAMPLE_OUT") {
                let name = format!("{folder}/{}-{lang:?}.png", model.verdict.status as u8);
                std::fs::write(name, browser.screenshot()).unwrap();
            }
            assert_eq!(browser.console(), Vec::<String>::new());
            let asked: Vec<String> = browser
                .requests()
                .into_iter()
                .filter(|url| !url.starts_with("file:") && !url.starts_with("data:,") && !url.starts_with("chrome"))
                .collect();
            assert_eq!(asked, Vec::<String>::new());
        }
    }
}

#[test]
fn page_one_and_the_language_switch_need_no_script() {
    let Some(browser) = Browser::start(false) else { return };
    let (_folder, file) = page(&sample::deadlock(), Lang::Zh);
    browser.open(&file);
    assert_eq!(
        browser.run("return document.querySelectorAll('button.sort').length"),
        0,
        "script ran"
    );
    let shown = |selector: &str| {
        browser.run(&format!(
            "const e = document.querySelector('{selector}'); return e !== null && e.checkVisibility()"
        ))
    };
    for selector in [
        "main.zh h1",
        "main.zh .stops",
        "main.zh article",
        "main.zh .hour svg",
        "main.zh .questions",
    ] {
        assert_eq!(shown(selector), true, "{selector}");
    }
    for selector in ["main.en h1", "main.zh .scripted", "main.zh details .part"] {
        assert_eq!(shown(selector), false, "{selector}");
    }
    browser.run("document.querySelector('main.zh label[for=lang-en]').click()");
    assert_eq!((shown("main.zh h1"), shown("main.en h1")), (false.into(), true.into()));
    browser.run("document.querySelector('main.en summary').click()");
    assert_eq!(shown("main.en details .part"), true, "a part unfolds");
}

#[test]
fn tables_sort_and_filter_words_are_found_and_links_unfold() {
    let Some(browser) = Browser::start(true) else { return };
    let (_folder, file) = page(&sample::deadlock(), Lang::Zh);
    browser.open(&file);
    let sorted = browser.run(
        "const out = [];
         for (const th of document.querySelectorAll('main.zh table[data-filter] th.figures')) {
           const button = th.querySelector('button.sort'); if (!button) continue;
           const body = th.closest('table').tBodies[0], column = th.cellIndex;
           const read = () => Array.from(body.rows, r => parseFloat(r.cells[column].textContent.replace(/\\u00a0/g, '')));
           button.click(); const down = read(); button.click(); const up = read();
           out.push([th.getAttribute('aria-sort'), down.length, JSON.stringify(down.reverse()) === JSON.stringify(up) || new Set(up).size < up.length]);
         }
         return out",
    );
    let sorted = sorted.as_array().unwrap();
    assert!(sorted.len() >= 3, "{sorted:?}");
    assert!(sorted.iter().all(|s| s[0] == "ascending" && s[2] == true), "{sorted:?}");

    let filtered = browser.run(
        "const box = document.querySelector('main.zh input.filter'), body = box.parentNode.querySelector('tbody');
         const shown = () => Array.from(body.rows).filter(r => !r.hidden).length;
         const all = shown(), word = body.rows[0].cells[0].textContent;
         box.value = word; box.dispatchEvent(new Event('input')); const some = shown();
         box.value = 'nowhere to be seen'; box.dispatchEvent(new Event('input')); const none = shown();
         box.value = ''; box.dispatchEvent(new Event('input'));
         return [all, some, none, shown()]",
    );
    let figures: Vec<u64> = filtered
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n.as_u64().unwrap())
        .collect();
    let [all, some, none, again] = figures[..] else {
        panic!("{figures:?}")
    };
    assert!(all > some && some >= 1 && none == 0 && again == all, "{figures:?}");

    let found = browser.run(
        "const box = document.querySelector('main.zh input.find'), enter = () =>
             box.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter'}));
         box.value = 'webcontainer'; enter();
         const first = document.querySelector('.here'); enter();
         const next = document.querySelector('.here');
         return [document.querySelectorAll('main.zh .found').length, first !== next,
             next.getClientRects().length > 0, box.parentNode.querySelector('.hits').textContent]",
    );
    assert!(
        found[0].as_u64().unwrap() > 3 && found[1] == true && found[2] == true,
        "{found}"
    );
    assert!(found[3].as_str().unwrap().starts_with("2 / "), "{found}");

    let unfolded = browser.run(
        "const link = document.querySelector('main.zh .proof a'); link.click();
         location.hash = link.getAttribute('href'); return link.getAttribute('href')",
    );
    let target = unfolded.as_str().unwrap().to_owned();
    let seen = browser.run(&format!(
        "return document.querySelector('{target}').closest('details').open"
    ));
    assert_eq!(seen, true);
}

#[test]
fn the_chosen_language_titles_the_page_and_keeps_what_is_unfolded() {
    let Some(browser) = Browser::start(true) else { return };
    let (_folder, file) = page(&sample::deadlock(), Lang::Zh);
    browser.open(&file);
    let state = browser.run(
        "const before = document.title;
         document.querySelector('main.zh #findings').open = true;
         document.querySelector('#lang-en').click();
         return [before !== document.title, document.documentElement.lang,
             document.querySelector('#en-findings').open, getComputedStyle(document.querySelector('main.zh')).display]",
    );
    assert_eq!(state, serde_json::json!([true, "en", true, "none"]));
    let chinese = browser.run(
        "const walk = document.createTreeWalker(document.querySelector('main.en'), NodeFilter.SHOW_TEXT), out = [];
         while (walk.nextNode()) { const n = walk.currentNode;
           if (/[\\u4e00-\\u9fff]/.test(n.data) && !n.parentNode.closest('code, pre, label, svg')) out.push(n.data.trim()); }
         return out.slice(0, 5)",
    );
    println!("Chinese words on the English side (names of the evidence): {chinese}");
}

#[test]
fn hostile_words_are_text_and_do_nothing() {
    let Some(browser) = Browser::start(true) else { return };
    for lang in [Lang::Zh, Lang::En] {
        let (_folder, file) = page(&sample::hostile(), lang);
        browser.open(&file);
        let seen = browser.run(
            "return [document.querySelectorAll('img, iframe, object, embed, link').length,
                 document.querySelectorAll('script').length,
                 document.querySelectorAll('[onerror], [onclick], [onload]').length,
                 document.body.textContent.includes('<script>alert(1)</script>'),
                 /[\\u202a-\\u202e\\u0000-\\u0008\\u001b]/.test(document.body.textContent)]",
        );
        assert_eq!(seen, serde_json::json!([0, 1, 0, true, false]));
    }
}

#[test]
fn a_huge_line_stays_inside_the_page() {
    let Some(browser) = Browser::start(true) else { return };
    let mut model = sample::deadlock();
    for finding in &mut model.findings {
        for evidence in &mut finding.evidence {
            evidence.quote = Some("x".repeat(1 << 20));
        }
    }
    let (_folder, file) = page(&model, Lang::En);
    browser.open(&file);
    let wide = browser.run(
        "document.querySelectorAll('details').forEach(d => d.open = true);
         return document.documentElement.scrollWidth - innerWidth",
    );
    assert!(wide.as_i64().unwrap() <= 0, "{wide}");
}

#[test]
fn no_width_scrolls_sideways() {
    let Some(browser) = Browser::start(true) else { return };
    let (_folder, file) = page(&sample::deadlock(), Lang::En);
    browser.open(&file);
    for width in [1600, 1024, 700, 520] {
        browser.resize(width, 900);
        let wide = browser.run(
            "document.querySelectorAll('details').forEach(d => d.open = true);
             return document.documentElement.scrollWidth - innerWidth",
        );
        assert!(wide.as_i64().unwrap() <= 0, "{wide} px too wide at {width}");
    }
}

#[test]
fn text_has_contrast_in_light_and_dark() {
    let Some(browser) = Browser::start(true) else { return };
    let (_folder, file) = page(&sample::deadlock(), Lang::Zh);
    browser.open(&file);
    for theme in ["light", "dark"] {
        let poor = browser.run(&format!(
            "document.documentElement.setAttribute('data-theme', '{theme}');
             document.querySelectorAll('main.zh details').forEach(d => d.open = true);
             const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
             const light = c => {{ const [r, g, b] = parse(c).map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
               return .2126 * r + .7152 * g + .0722 * b; }};
             const ground = e => {{ for (; e; e = e.parentElement) {{ const c = getComputedStyle(e).backgroundColor, p = parse(c);
               if (p.length < 4 || p[3] > 0) return c; }} return 'rgb(255,255,255)'; }};
             const out = new Set();
             for (const e of document.querySelectorAll('main.zh *')) {{
               if (e.closest('svg') || !Array.from(e.childNodes).some(n => n.nodeType === 3 && n.data.trim()) || !e.getClientRects().length) continue;
               const a = light(getComputedStyle(e).color), b = light(ground(e));
               const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
               if (ratio < 4.5) out.add(e.tagName + '.' + e.className + ' ' + ratio.toFixed(2));
             }}
             return Array.from(out)"
        ));
        assert_eq!(poor, serde_json::json!([]), "{theme}");
    }
}

#[test]
fn the_print_out_is_complete_and_nothing_is_cut() {
    let Some(browser) = Browser::start(true) else { return };
    let found = Command::new("pdftotext").arg("-v").stderr(Stdio::null()).status();
    if found.is_err() {
        println!("skipped: no pdftotext on this machine (Debian: poppler-utils)");
        return;
    }
    for lang in [Lang::Zh, Lang::En] {
        let model = sample::deadlock();
        let (folder, file) = page(&model, lang);
        browser.open(&file);
        let pdf = folder.path().join("report.pdf");
        std::fs::write(&pdf, browser.print()).unwrap();
        let text = pdf_text(&pdf, &["-raw"]).split_whitespace().collect::<String>();
        for finding in &model.findings {
            let title: String = finding.title.in_lang(lang).split_whitespace().collect();
            assert!(text.contains(&title), "{title} is not in the print-out");
        }
        for artefact in &model.artefacts {
            assert!(
                text.contains(&artefact.path.split_whitespace().collect::<String>()),
                "{}",
                artefact.path
            );
        }
        assert!(text.contains("1/"), "pages are numbered");
        // every word lies on its page: A4 is 595 points wide
        let boxes = pdf_text(&pdf, &["-bbox"]);
        for right in boxes.split("xMax=\"").skip(1) {
            let right: f64 = right.split('"').next().unwrap().parse().unwrap();
            assert!(right < 590.0, "a word ends at {right} of 595 points");
        }
    }
}

fn pdf_text(pdf: &std::path::Path, options: &[&str]) -> String {
    let out = Command::new("pdftotext")
        .args(options)
        .arg(pdf)
        .arg("-")
        .output()
        .unwrap();
    String::from_utf8_lossy(&out.stdout).into_owned()
}
