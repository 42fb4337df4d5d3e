//! The forms of a sheet that are files.

use super::{
    super::{
        docx::Page,
        html::{self, filters},
        markdown,
        parts::{Block, Part, Picture, Span},
        words::Words,
    },
    Sheet,
};
use crate::words::Lang;
use askama::Template;

#[derive(Template)]
#[template(path = "sheet.html")]
struct Paper<'s> {
    w: Words,
    lang: &'static str,
    /// Anchors need no prefix: a sheet has one language.
    anchors: &'static str,
    style: &'static str,
    title: &'s str,
    under: &'s str,
    parts: &'s [Part],
}

impl Sheet {
    /// One HTML file without script; nothing may be loaded.
    pub fn html(&self) -> String {
        let w = Words(self.lang);
        let paper = Paper {
            w,
            lang: w.html_lang(),
            anchors: "",
            style: html::STYLE,
            title: &self.title,
            under: &self.under,
            parts: &self.parts,
        };
        // The template writes into a string and cannot fail; should it, the words of the error are the page.
        html::without_controls(
            paper
                .render()
                .unwrap_or_else(|error| format!("<!doctype html><p>{error}")),
        )
    }

    /// Markdown.
    pub fn markdown(&self) -> String {
        markdown::sheet(&self.title, &self.under, &self.parts, Words(self.lang))
    }

    /// A Word document. `latin` is the same sheet in English, for the letters in its pictures.
    pub fn docx(&self, latin: &Self) -> Vec<u8> {
        let mut page = Page::new(self.lang);
        page.title(&self.title, &self.under);
        for part in &self.parts {
            page.chapter(&part.title);
            let same = latin.parts.iter().find(|other| other.id == part.id);
            let pictures: Vec<_> = same
                .into_iter()
                .flat_map(|part| &part.blocks)
                .filter_map(|block| match block {
                    Block::Picture(Picture { drawing, .. }) => Some(drawing.clone()),
                    _ => None,
                })
                .collect();
            page.blocks(&part.blocks, &pictures);
        }
        page.into_bytes()
    }

    /// The language of the sheet.
    pub fn lang(&self) -> Lang {
        self.lang
    }
}
