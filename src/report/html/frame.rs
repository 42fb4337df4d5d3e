//! The file around the two languages: its policy, style, script and the switch between them.

use super::page::{Side, tag};
use crate::{
    report::{ReportModel, words::Words},
    words::Lang,
};
use askama::Template;
use sha2::{Digest, Sha256};

pub(in crate::report) const STYLE: &str = include_str!("../../../templates/report.css");
const SCRIPT: &str = include_str!("../../../templates/report.js");

#[derive(Template)]
#[template(path = "report.html")]
pub(super) struct Frame<'m> {
    lang: &'static str,
    tag: &'static str,
    policy: String,
    title: String,
    style: &'static str,
    script: &'static str,
    sides: [Side<'m>; 2],
}

impl<'m> Frame<'m> {
    /// A page that opens in `lang` and holds the other language behind its switch.
    pub(super) fn new(model: &'m ReportModel, lang: Lang) -> Self {
        let other = match lang {
            Lang::Zh => Lang::En,
            Lang::En => Lang::Zh,
        };
        let first = Side::new(model, lang, true);
        Self {
            lang: Words(lang).html_lang(),
            tag: tag(lang),
            policy: policy(),
            title: first.title.clone(),
            style: STYLE,
            script: SCRIPT,
            sides: [first, Side::new(model, other, false)],
        }
    }
}

/// Nothing is loaded, nothing sent, and no script runs but the page's own.
fn policy() -> String {
    let hash = base64(&Sha256::digest(SCRIPT.as_bytes()));
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
    )
}

/// Base64 of RFC 4648, as a content security policy writes hashes.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4_usize {
            let letter = LETTERS
                .get((bits >> (18 - 6 * i) & 63) as usize)
                .copied()
                .unwrap_or(b'=');
            out.push(if i > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_pads() {
        for (bytes, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), expected);
        }
    }
}
