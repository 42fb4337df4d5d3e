//! The Word form, in the order of a Chinese hospital's post-mortem: 概述、影响、时间线、根因、证据、处置、改进措施、附件.
//!
//! Pictures are PNG, drawn by the program itself; letters in them are Latin (a rescue PC may have no CJK font), the
//! caption below says the same in the document's language.

mod page;

pub(super) use page::Page;

use super::{
    ActionView, ReportModel,
    charts::{Drawing, timeline},
    lookup,
    parts::{self, Block, Part, Picture},
    words::Words,
};
use crate::{diagnosis::Stage, words::Lang};
use docx_rs::Paragraph;
use page::{code, run};

/// The report as a Word document.
pub fn render(model: &ReportModel, lang: Lang) -> Vec<u8> {
    let mut paper = Paper::new(model, lang);
    paper.cover();
    paper.overview();
    paper.impact();
    paper.timeline();
    paper.root_cause();
    paper.evidence();
    paper.handling();
    paper.improvement();
    paper.attachments();
    paper.page.into_bytes()
}

struct Paper<'m> {
    model: &'m ReportModel,
    w: Words,
    parts: Vec<Part>,
    /// The same parts in English, for the letters in the pictures.
    latin: Vec<Part>,
    page: Page,
}

impl<'m> Paper<'m> {
    fn new(model: &'m ReportModel, lang: Lang) -> Self {
        Self {
            model,
            w: Words(lang),
            parts: parts::all(model, lang),
            latin: parts::all(model, Lang::En),
            page: Page::new(lang),
        }
    }

    fn cover(&mut self) {
        let kind = if self.model.tool.inspection {
            self.w.inspection_report()
        } else {
            self.w.report()
        };
        let mut under = vec![format!("{} {}", self.w.incident(), self.model.incident.id)];
        under.extend(lookup::incident_name(self.model));
        self.page.title(kind, &under.join(" · "));
        if self.model.tool.unmasked {
            self.page
                .add(Paragraph::new().add_run(run(self.w.masking_off()).bold().color("B3261E")));
        }
    }

    fn overview(&mut self) {
        let (w, model) = (self.w, self.model);
        self.page.chapter(w.chapter_overview());
        self.page
            .add(Paragraph::new().add_run(run(w.text(&model.verdict.headline)).bold().size(25)));
        let mut basis = Vec::new();
        if let Some(confidence) = model.verdict.confidence {
            basis.push(format!(
                "{}{}{}",
                w.confidence(),
                w.colon(),
                w.confidence_word(confidence)
            ));
        }
        let kinds = lookup::kinds_of_proof(model);
        if !kinds.is_empty() {
            basis.push(format!("{} {}", w.rests_on(), kinds.join(w.listing())));
        }
        basis.extend(model.verdict.coverage.map(|c| w.explains(c)));
        if !basis.is_empty() {
            self.page.say(&basis.join(w.semicolon()));
        }
        for (question, reply) in [
            (w.network(), &model.questions.network),
            (w.host(), &model.questions.host),
        ] {
            let why: Vec<&str> = reply.why.iter().map(|t| w.text(t)).collect();
            self.page.item(&format!(
                "{question}{}{} {}",
                w.colon(),
                w.answer(reply.answer),
                why.join(" ")
            ));
        }
    }

    fn impact(&mut self) {
        let (w, model) = (self.w, self.model);
        self.page.chapter(w.chapter_impact());
        self.page
            .item(&format!("{}{}{}", w.scope(), w.colon(), w.scale(model.incident.scale)));
        self.page.item(&format!(
            "{}{}{}",
            w.clock(),
            w.colon(),
            w.priority(model.incident.priority)
        ));
        let mut moments = vec![
            (w.first_symptom(), model.incident.first_symptom.as_ref()),
            (w.onset(), model.incident.onset.as_ref()),
        ];
        if let Some(due) = &model.incident.due {
            moments.push((w.response(), Some(&due.response)));
            moments.push((w.workaround(), Some(&due.workaround)));
            moments.push((w.resolution(), Some(&due.resolution)));
        }
        for (name, moment) in moments {
            let shown = moment.map_or_else(|| w.unknown().to_owned(), |m| m.date_and_time());
            self.page.item(&format!("{name}{}{shown}", w.colon()));
        }
        let seen = model.incident.seen_before.first();
        let line = match seen.map(|s| (&s.sentence, &s.onset)) {
            Some((Some(sentence), _)) => w.text(sentence).to_owned(),
            Some((None, Some(onset))) => onset.date_and_time(),
            _ => w.never_seen().to_owned(),
        };
        self.page.item(&format!("{}{}{line}", w.seen_before(), w.colon()));
    }

    fn timeline(&mut self) {
        self.page.chapter(self.w.picture());
        if let (Some(hour), Some(latin)) = (
            timeline::draw(self.model, self.w),
            timeline::draw(self.model, Words(Lang::En)),
        ) {
            self.page.picture(&latin.picture.drawing, &hour.picture.alternative);
        }
        self.part("timeline", false);
    }

    fn root_cause(&mut self) {
        let (w, model) = (self.w, self.model);
        self.page.chapter(w.chapter_root_cause());
        for reason in &model.verdict.why {
            self.page.item(w.text(reason));
        }
        for id in ["alternatives", "heap", "threads", "pools", "gc"] {
            self.part(id, true);
        }
    }

    fn evidence(&mut self) {
        self.page.chapter(self.w.evidence());
        for id in ["findings", "logs", "crashes", "system"] {
            self.part(id, true);
        }
    }

    fn handling(&mut self) {
        self.page.chapter(self.w.chapter_handling());
        self.stages(&[Stage::Preserve, Stage::Now, Stage::Hour]);
    }

    fn improvement(&mut self) {
        let w = self.w;
        self.page.chapter(w.chapter_improvement());
        self.stages(&[Stage::HalfDay, Stage::Permanent]);
        self.page.head("Heading2", w.missing());
        if self.model.missing.is_empty() {
            self.page.say(w.nothing_missing());
        }
        for gap in &self.model.missing {
            let words = [&gap.what, &gap.why_it_matters, &gap.how_to_get].map(|t| w.text(t));
            self.page.item(&words.join(w.semicolon()));
        }
    }

    fn attachments(&mut self) {
        self.page.chapter(self.w.chapter_attachments());
        self.part("artefacts", true);
        self.part("about", true);
    }

    fn stages(&mut self, stages: &[Stage]) {
        let model = self.model;
        for stage in stages {
            let mut actions = model.actions.iter().filter(|a| a.stage == *stage).peekable();
            if actions.peek().is_some() {
                self.page.head("Heading2", self.w.stage(*stage));
            }
            for action in actions {
                self.action(action);
            }
        }
    }

    fn action(&mut self, action: &ActionView) {
        let w = self.w;
        self.page.head("Heading3", w.text(&action.title));
        for (name, text) in [
            (w.approval(), &action.approval),
            (w.expected(), &action.expected),
            (w.verify(), &action.verify),
            (w.risk(), &action.risk),
            (w.rollback(), &action.rollback),
        ] {
            self.page.item(&format!("{name}{}{}", w.colon(), w.text(text)));
        }
        for line in action.command.iter().flat_map(|c| c.lines()) {
            self.page.add(Paragraph::new().add_run(code(line)));
        }
        self.page.say(w.signature());
    }

    /// One part of the appendix of the other forms.
    fn part(&mut self, id: &str, titled: bool) {
        let Some(at) = self.parts.iter().position(|part| part.id == id) else {
            return;
        };
        let part = self.parts.swap_remove(at);
        let pictures: Vec<Drawing> = match self.latin.iter().position(|part| part.id == id) {
            Some(at) => pictures(self.latin.swap_remove(at)),
            None => Vec::new(),
        };
        if titled {
            self.page.head("Heading2", &part.title);
        }
        self.page.blocks(&part.blocks, &pictures);
    }
}

fn pictures(part: Part) -> Vec<Drawing> {
    let drawings = part.blocks.into_iter().filter_map(|block| match block {
        Block::Picture(Picture { drawing, .. }) => Some(drawing),
        _ => None,
    });
    drawings.collect()
}
