//! One language of the report: what page one shows, ready for the template.

use super::{super::parts::Block, filters};
use crate::{
    diagnosis::{Confidence, Stage, Status},
    report::{
        ActionView, Moment, Reply, ReportModel, YesNo,
        charts::timeline::{self, Timeline},
        lookup::{self, Lookup},
        parts::{self, Part, Span, Table},
        units,
        words::Words,
    },
    words::Lang,
};
use askama::Template;

/// Evidence lines of page one.
const PROOF: usize = 6;

#[derive(Template)]
#[template(path = "side.html")]
pub(super) struct Side<'m> {
    w: Words,
    /// `zh` or `en`, the class that the language switch shows or hides.
    tag: &'static str,
    /// What every anchor of this side begins with: the two languages stand in one file.
    anchors: &'static str,
    model: &'m ReportModel,
    pub(super) title: String,
    kind: &'static str,
    name: Option<String>,
    verdict: VerdictLines<'m>,
    priority: &'static str,
    stops: Vec<Stop>,
    preserve: Vec<&'m ActionView>,
    cards: Vec<&'m ActionView>,
    timeline: Option<Timeline<'m>>,
    why: Vec<&'m str>,
    proof: Vec<ProofLine<'m>>,
    network: AnswerLines<'m>,
    host: AnswerLines<'m>,
    scope: Vec<Vec<Span>>,
    seen_before: Vec<String>,
    parts: Vec<Part>,
}

struct VerdictLines<'m> {
    class: &'static str,
    certainty: &'static str,
    cause: Option<&'static str>,
    headline: &'m str,
    confidence: Option<Level>,
    kinds: Option<String>,
    explains: Option<String>,
}

struct Level {
    class: &'static str,
    word: &'static str,
}

/// One stop of the clock strip.
struct Stop {
    class: &'static str,
    name: String,
    time: String,
    state: String,
}

struct ProofLine<'m> {
    to: String,
    place: String,
    quote: Option<&'m str>,
}

struct AnswerLines<'m> {
    class: &'static str,
    word: &'static str,
    why: Vec<&'m str>,
}

impl<'m> Side<'m> {
    /// `first` is the language that the page opens in.
    pub(super) fn new(model: &'m ReportModel, lang: Lang, first: bool) -> Self {
        let w = Words(lang);
        let kind = if model.tool.inspection {
            w.inspection_report()
        } else {
            w.report()
        };
        let name = lookup::incident_name(model);
        let (preserve, cards): (Vec<&ActionView>, Vec<&ActionView>) = lookup::actions_now(model)
            .into_iter()
            .partition(|a| a.stage == Stage::Preserve);
        Self {
            w,
            tag: tag(lang),
            anchors: match (first, lang) {
                (true, _) => "",
                (false, Lang::Zh) => "zh-",
                (false, Lang::En) => "en-",
            },
            model,
            title: match &name {
                Some(name) => format!("{kind} · {name}"),
                None => format!("{kind} · {}", w.product()),
            },
            kind,
            name,
            verdict: verdict(model, w),
            priority: w.priority(model.incident.priority),
            stops: stops(model, w),
            preserve,
            cards,
            timeline: timeline::draw(model, w),
            why: model.verdict.why.iter().map(|t| w.text(t)).collect(),
            proof: proof(model),
            network: answer(&model.questions.network, w),
            host: answer(&model.questions.host, w),
            scope: scope(model, w),
            seen_before: seen_before(model, w),
            parts: parts::all(model, lang),
        }
    }
}

/// `zh` or `en`.
pub(super) fn tag(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "zh",
        Lang::En => "en",
    }
}

fn verdict(model: &ReportModel, w: Words) -> VerdictLines<'_> {
    let verdict = &model.verdict;
    if model.tool.inspection {
        return VerdictLines {
            class: if model.risks.is_empty() { "none" } else { "undetermined" },
            certainty: w.risks(),
            cause: None,
            headline: w.text(&verdict.headline),
            confidence: None,
            kinds: None,
            explains: None,
        };
    }
    let kinds = lookup::kinds_of_proof(model);
    VerdictLines {
        class: match verdict.status {
            Status::Determined => "determined",
            Status::Undetermined => "undetermined",
            Status::None => "none",
        },
        certainty: w.above_headline(verdict),
        cause: verdict
            .cause
            .filter(|_| verdict.status == Status::Determined)
            .map(|c| w.cause(c)),
        headline: w.text(&verdict.headline),
        confidence: verdict.confidence.map(|confidence| Level {
            class: match confidence {
                Confidence::High => "high",
                Confidence::Medium => "medium",
                Confidence::Low => "low",
            },
            word: w.confidence_word(confidence),
        }),
        kinds: (!kinds.is_empty()).then(|| kinds.join(w.listing())),
        explains: verdict.coverage.map(|c| w.explains(c)),
    }
}

/// Onset, response, workaround, resolution, and "now" where it belongs among them.
fn stops(model: &ReportModel, w: Words) -> Vec<Stop> {
    let (Some(onset), Some(due)) = (&model.incident.onset, &model.incident.due) else {
        return Vec::new();
    };
    let mut stops = vec![(
        onset.instant(),
        Stop {
            class: "onset",
            name: format!("{} · {}", w.onset(), w.priority(model.incident.priority)),
            time: onset.time_of_day().to_owned(),
            state: onset.date().to_owned(),
        },
    )];
    let dues = [
        (w.response(), &due.response),
        (w.workaround(), &due.workaround),
        (w.resolution(), &due.resolution),
    ];
    for (name, moment) in dues {
        let left = w.left(moment, model);
        stops.push((
            moment.instant(),
            Stop {
                class: if left.as_ref().is_some_and(|(late, _)| *late) {
                    "late"
                } else {
                    "ahead"
                },
                name: name.to_owned(),
                time: moment.time_of_day().to_owned(),
                state: match left {
                    Some((_, words)) => words,
                    None if moment.date() != onset.date() => moment.date().to_owned(),
                    None => String::new(),
                },
            },
        ));
    }
    if let Some(now) = model.running_now() {
        let shown = Moment::new(now, onset.offset());
        stops.push((
            Some(now),
            Stop {
                class: "now",
                name: w.now().to_owned(),
                time: shown.time_of_day().to_owned(),
                state: if shown.date() == onset.date() {
                    String::new()
                } else {
                    shown.date().to_owned()
                },
            },
        ));
    }
    stops.sort_by_key(|(at, _)| *at);
    stops.into_iter().map(|(_, stop)| stop).collect()
}

fn proof(model: &ReportModel) -> Vec<ProofLine<'_>> {
    let lookup = Lookup::new(model);
    lookup::proof(model, PROOF)
        .into_iter()
        .map(|evidence| ProofLine {
            to: format!("artefact-{}", evidence.artefact),
            place: lookup.place(evidence),
            quote: evidence.quote.as_deref(),
        })
        .collect()
}

fn answer(reply: &Reply, w: Words) -> AnswerLines<'_> {
    AnswerLines {
        class: match reply.answer {
            YesNo::Yes => "yes",
            YesNo::No => "no",
            YesNo::Unknown => "unknown",
        },
        word: w.answer(reply.answer),
        why: reply.why.iter().map(|t| w.text(t)).collect(),
    }
}

/// How large, which servers, which requests.
fn scope(model: &ReportModel, w: Words) -> Vec<Vec<Span>> {
    let mut lines = vec![vec![Span::Words(w.scale(model.incident.scale).to_owned())]];
    for process in model.processes.iter().take(4) {
        let name = [process.name.as_deref(), process.host.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" @ ");
        let name = if name.is_empty() { process.id.clone() } else { name };
        lines.push(vec![Span::Faint(format!("{} ", w.process())), Span::Code(name)]);
    }
    let failing = model
        .logs
        .iter()
        .filter_map(|l| l.access.as_ref())
        .flat_map(|a| &a.paths)
        .filter(|p| p.server_errors > 0);
    for path in failing.take(3) {
        lines.push(vec![
            Span::Code(path.path.clone()),
            Span::Faint(format!(" {} ", w.server_errors())),
            Span::Words(format!(
                "{} / {}",
                units::count(path.server_errors),
                units::count(path.requests)
            )),
        ]);
    }
    if let Some(symptom) = &model.incident.first_symptom {
        lines.push(vec![
            Span::Faint(format!("{} ", w.first_symptom())),
            Span::Words(symptom.date_and_time()),
        ]);
    }
    lines
}

fn seen_before(model: &ReportModel, w: Words) -> Vec<String> {
    let seen = &model.incident.seen_before;
    if seen.is_empty() {
        return vec![w.never_seen().to_owned()];
    }
    seen.iter()
        .take(5)
        .map(|one| {
            if let Some(sentence) = &one.sentence {
                return w.text(sentence).to_owned();
            }
            let mut line = one.onset.as_ref().map_or_else(|| one.id.clone(), |t| t.date_and_time());
            if let Some(minutes) = one.restored_after_min.filter(|m| m.is_finite()) {
                line.push_str(&format!(
                    "{}{} {}",
                    w.comma(),
                    w.restored_after(),
                    units::minutes(minutes.round() as i64)
                ));
            }
            line
        })
        .collect()
}

impl Table {
    /// True when the column holds figures.
    pub(in crate::report) fn is_figures(&self, column: &usize) -> bool {
        self.head.get(*column).is_some_and(|c| c.figures)
    }
}
