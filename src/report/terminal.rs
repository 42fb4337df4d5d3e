//! The one-screen summary of `goldenhour analyze` (REPORT_DESIGN.md §1).

use super::{
    ActionView, FindingView, Moment, Reply, ReportModel, YesNo,
    columns::{clean, cut, pad, width, without_stop, wrap},
    lookup::{self, Lookup},
    units,
    words::Words,
};
use crate::{
    diagnosis::{Confidence, Role, Severity, Status},
    words::Lang,
};
use anstyle::{AnsiColor, Style};

/// The summary, at most `width` columns wide (at least 40), with ANSI colours when `color`. The paths of the written
/// files are the caller's to add.
pub fn render(model: &ReportModel, lang: Lang, width: usize, color: bool) -> String {
    let mut screen = Screen::new(model, lang, width.clamp(40, 120), color);
    screen.title();
    if model.tool.inspection {
        screen.rule();
        screen.risks();
        screen.missing();
        return screen.out;
    }
    if model.verdict.status == Status::None {
        screen.nothing_wrong();
        return screen.out;
    }
    screen.rule();
    screen.verdict();
    screen.victims();
    screen.questions();
    screen.clock();
    screen.actions();
    screen.evidence();
    screen.runner_up();
    screen.missing();
    screen.out
}

struct Screen<'m> {
    model: &'m ReportModel,
    lookup: Lookup<'m>,
    w: Words,
    columns: usize,
    color: bool,
    out: String,
}

const STRONG: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const ALARM: Style = AnsiColor::Red.on_default().bold();
const CALM: Style = AnsiColor::Green.on_default();
const CARE: Style = AnsiColor::Yellow.on_default();

impl<'m> Screen<'m> {
    fn new(model: &'m ReportModel, lang: Lang, columns: usize, color: bool) -> Self {
        Self {
            model,
            lookup: Lookup::new(model),
            w: Words(lang),
            columns,
            color,
            out: String::new(),
        }
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.color && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    fn rule(&mut self) {
        let rule = self.paint(FAINT, &"─".repeat(self.columns));
        self.line(&rule);
    }

    /// Columns of the label at the left.
    fn label_width(&self) -> usize {
        match self.w.0 {
            Lang::Zh => 8,
            Lang::En => 12,
        }
    }

    /// A label and its text, wrapped with a hanging indent.
    fn labelled(&mut self, label: &str, text: &str, style: Style) {
        let indent = self.label_width();
        for (i, part) in wrap(&clean(text), self.columns.saturating_sub(indent))
            .iter()
            .enumerate()
        {
            let head = if i == 0 {
                format!(" {}", cut(label, indent - 2))
            } else {
                String::new()
            };
            let line = format!("{}{}", self.paint(FAINT, &pad(&head, indent)), self.paint(style, part));
            self.line(&line);
        }
    }

    fn title(&mut self) {
        let name = lookup::incident_name(self.model);
        let left = match name {
            Some(name) => format!(" {} · {}", self.w.product(), clean(&name)),
            None => format!(" {}", self.w.product()),
        };
        let right = self.amounts();
        let room = self.columns.saturating_sub(width(&right) + 2);
        let left = pad(&cut(&left, room), self.columns.saturating_sub(width(&right)));
        let line = format!("{}{}", self.paint(STRONG, &left), self.paint(FAINT, &right));
        self.line(&line);
    }

    /// "14 artefacts, 3.2 GB, took 38 s".
    fn amounts(&self) -> String {
        let files = self.model.artefacts.iter().filter(|a| a.parent.is_none());
        let (count, bytes) = files.fold((0_u64, 0_u64), |(n, sum), a| (n + 1, sum.saturating_add(a.bytes)));
        let mut text = match self.w.0 {
            Lang::Zh => format!("证据 {} 个，{}", units::count(count), units::bytes(bytes)),
            Lang::En => format!("{} files, {}", units::count(count), units::bytes(bytes)),
        };
        if let Some(elapsed) = self.model.run.elapsed_s {
            text.push_str(&format!(
                "{}{} {}",
                self.w.comma(),
                self.w.took(),
                units::seconds(elapsed)
            ));
        }
        clean(&text)
    }

    fn nothing_wrong(&mut self) {
        let headline = self.w.text(&self.model.verdict.headline).to_owned();
        self.labelled(self.w.verdict(), &headline, CALM);
        if let Some(why) = self.model.verdict.why.first() {
            let why = self.w.text(why).to_owned();
            self.labelled("", &why, Style::new());
        }
        self.missing();
    }

    /// The risk list of a quiet day, in place of a verdict.
    fn risks(&mut self) {
        const LISTED: usize = 12;
        let w = self.w;
        let calm = self.model.risks.is_empty();
        let headline = w.text(&self.model.verdict.headline).to_owned();
        self.labelled(w.risks(), &headline, if calm { CALM } else { STRONG });
        for risk in self.model.risks.iter().take(LISTED) {
            let style = if risk.level >= Severity::High { ALARM } else { CARE };
            let words = format!("{}{}{}", w.text(&risk.title), w.semicolon(), w.text(&risk.advice));
            self.labelled(w.severity(risk.level), &words, style);
        }
        if self.model.risks.len() > LISTED {
            let note = units::of(LISTED as u64, self.model.risks.len() as u64, w.0);
            self.labelled("", &note, FAINT);
        }
    }

    fn verdict(&mut self) {
        let verdict = &self.model.verdict;
        let style = match verdict.status {
            Status::Determined => ALARM,
            Status::Undetermined | Status::None => CARE,
        };
        let headline = match verdict.cause {
            Some(cause) if !self.w.text(&verdict.headline).contains(self.w.cause(cause)) => format!(
                "{}{}{}",
                self.w.cause(cause),
                self.w.colon(),
                self.w.text(&verdict.headline)
            ),
            _ => self.w.text(&verdict.headline).to_owned(),
        };
        self.labelled(self.w.verdict(), &headline, style);
        let mut basis = Vec::new();
        if let Some(confidence) = verdict.confidence {
            basis.push(format!(
                "{} {}{}",
                self.w.confidence(),
                self.w.confidence_word(confidence),
                self.kinds()
            ));
        }
        if let Some(coverage) = verdict.coverage {
            basis.push(self.w.explains(coverage));
        }
        let style = if verdict.confidence == Some(Confidence::High) {
            STRONG
        } else {
            Style::new()
        };
        self.labelled("", &basis.join(self.w.comma()), style);
    }

    /// " (javacore, log)": the kinds of artefact the verdict rests on.
    fn kinds(&self) -> String {
        let kinds = lookup::kinds_of_proof(self.model);
        if kinds.is_empty() {
            return String::new();
        }
        format!("{}{}{}", self.w.open(), kinds.join(self.w.listing()), self.w.close())
    }

    fn victims(&mut self) {
        let victims: Vec<&FindingView> = self.model.findings.iter().filter(|f| f.role == Role::Victim).collect();
        if victims.is_empty() {
            return;
        }
        let titles: Vec<&str> = victims
            .iter()
            .take(3)
            .map(|f| without_stop(self.w.text(&f.title)))
            .collect();
        let more = victims.len().saturating_sub(3);
        let text = self.w.are_consequences(&titles, more);
        self.labelled(self.w.consequences(), &text, Style::new());
    }

    fn questions(&mut self) {
        let questions = &self.model.questions;
        let network = self.reply(&questions.network);
        let host = self.reply(&questions.host);
        self.labelled(self.w.network_short(), &network, Style::new());
        self.labelled(self.w.host_short(), &host, Style::new());
    }

    fn reply(&self, reply: &Reply) -> String {
        let why: Vec<&str> = reply.why.iter().map(|w| without_stop(self.w.text(w))).collect();
        let answer = match reply.answer {
            YesNo::Yes => self.w.yes(),
            YesNo::No => self.w.no(),
            YesNo::Unknown => self.w.unknown(),
        };
        if why.is_empty() {
            return answer.to_owned();
        }
        format!("{answer}{}{}", self.w.colon(), why.join(self.w.semicolon()))
    }

    fn clock(&mut self) {
        let incident = &self.model.incident;
        let priority = self.w.priority(incident.priority);
        let (Some(onset), Some(due)) = (&incident.onset, &incident.due) else {
            let text = format!("{priority}{}{}", self.w.comma(), self.w.no_clock());
            self.labelled(self.w.clock(), &text, CARE);
            return;
        };
        let one = |name: &str, moment: &Moment| {
            let left = self
                .w
                .left(moment, self.model)
                .map(|(_, left)| format!("{}{left}{}", self.w.open(), self.w.close()));
            format!("{name} {}{}", moment.beside(onset), left.unwrap_or_default())
        };
        let text = [
            priority.to_owned(),
            format!("{} {}", self.w.onset(), onset.date_and_time()),
            one(self.w.workaround(), &due.workaround),
            one(self.w.resolution(), &due.resolution),
        ]
        .join("  ");
        let late = self.w.left(&due.workaround, self.model).is_some_and(|(late, _)| late);
        self.labelled(self.w.clock(), &text, if late { ALARM } else { CARE });
    }

    fn actions(&mut self) {
        let actions: Vec<&ActionView> = lookup::actions_now(self.model);
        if actions.is_empty() {
            return;
        }
        self.rule();
        let heading = self.paint(STRONG, &format!(" {}", self.w.do_now()));
        self.line(&heading);
        for (n, action) in (1..).zip(actions) {
            self.action(n, action);
        }
    }

    fn action(&mut self, n: usize, action: &ActionView) {
        let title = clean(self.w.text(&action.title));
        let approval = clean(&format!(
            "{}{}{}",
            self.w.approval(),
            self.w.colon(),
            self.w.text(&action.approval)
        ));
        let room = self.columns.saturating_sub(3);
        if width(&title) + width(&approval) + 2 <= room {
            let left = pad(&title, room.saturating_sub(width(&approval)));
            let line = format!(" {n} {}{}", self.paint(STRONG, &left), self.paint(CARE, &approval));
            self.line(&line);
        } else {
            for (i, part) in wrap(&title, room).iter().enumerate() {
                let head = if i == 0 { format!(" {n} ") } else { "   ".to_owned() };
                let line = format!("{head}{}", self.paint(STRONG, part));
                self.line(&line);
            }
            for part in wrap(&approval, room) {
                let line = format!("   {}", self.paint(CARE, &part));
                self.line(&line);
            }
        }
        let detail = clean(&format!(
            "{} {}{}{} {}",
            self.w.risk(),
            self.w.text(&action.risk),
            self.w.semicolon(),
            self.w.rollback(),
            self.w.text(&action.rollback)
        ));
        for part in wrap(&detail, room) {
            let line = format!("   {}", self.paint(FAINT, &part));
            self.line(&line);
        }
    }

    fn evidence(&mut self) {
        let places = lookup::proof(self.model, 3);
        if places.is_empty() {
            return;
        }
        self.rule();
        let heading = self.paint(STRONG, &format!(" {}", self.w.evidence()));
        self.line(&heading);
        for evidence in places {
            let place = clean(&self.lookup.place(evidence));
            let room = self.columns.saturating_sub(2);
            let quote = clean(evidence.quote.as_deref().unwrap_or_default());
            if quote.is_empty() || width(&place) + 12 > room {
                let line = format!("  {}", lookup::cut_path(&place, room));
                self.line(&line);
                if !quote.is_empty() {
                    let line = format!("    {}", self.paint(FAINT, &cut(&quote, room.saturating_sub(2))));
                    self.line(&line);
                }
            } else {
                let rest = cut(&quote, room.saturating_sub(width(&place) + 2));
                let line = format!("  {place}  {}", self.paint(FAINT, &rest));
                self.line(&line);
            }
        }
    }

    fn runner_up(&mut self) {
        let Some(second) = self
            .model
            .hypotheses
            .iter()
            .find(|h| Some(h.cause) != self.model.verdict.cause)
        else {
            return;
        };
        let mut text = format!(
            "{}{}{} {:.2}{}",
            self.w.cause(second.cause),
            self.w.open(),
            self.w.score(),
            second.score,
            self.w.close()
        );
        if let Some(check) = &second.check {
            text.push_str(self.w.colon());
            text.push_str(self.w.text(check));
        }
        self.labelled(self.w.runner_up(), &text, Style::new());
    }

    fn missing(&mut self) {
        let (rest, shown) = (
            self.model.missing.len().saturating_sub(2),
            self.model.missing.iter().take(2),
        );
        for (i, missing) in shown.enumerate() {
            let text = format!(
                "{}{}{}",
                self.w.text(&missing.what),
                self.w.colon(),
                self.w.text(&missing.how_to_get)
            );
            let label = if i == 0 { self.w.missing_short() } else { "" };
            self.labelled(label, &text, Style::new());
        }
        if rest > 0 {
            let text = self.w.more_in_report(rest);
            self.labelled("", &text, FAINT);
        }
    }
}
