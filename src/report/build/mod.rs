//! From case and diagnosis to the model: zones resolved, words masked, lists capped.

mod diagnosis;
mod facts;
mod heap_inside;
mod logs;
mod risks;
mod shown;

pub use facts::{deadlock_json, dump_json, gc_json, heap_json};
pub use logs::{codes_json, log_json};
pub use shown::{Shown, gaps_json};

use super::{
    Capped, Incident, Moment, Questions, ReportModel, Run, SCHEMA, SeenBefore, Tool, Verdict, incident_id::incident_id,
};
use crate::{case::Case, diagnosis::Diagnosis};
use jiff::Timestamp;

/// Rows of a list that could grow with the evidence (CONTRACT.md §2 wants at least 1,000).
pub(super) const MAX_ROWS: usize = 2_000;

/// What the caller adds to a report.
#[derive(Debug, Clone, Default)]
pub struct BuildOptions {
    /// Name of the site.
    pub site: Option<String>,
    /// Show persons' data, numbers and literals as they are.
    pub unmask: bool,
    /// The moment shown as "now" on the priority clock; not part of the JSON.
    pub now: Option<Timestamp>,
    /// Wall time of the analysis in seconds; not part of the JSON.
    pub elapsed_s: Option<f64>,
    /// A report of a quiet day.
    pub inspection: bool,
    /// Version of the tool; the crate's own when empty.
    pub tool_version: String,
    /// Business modules of the site file that the cause lies in.
    pub modules: Vec<String>,
    /// What the store remembers of the same fingerprint, newest first.
    pub seen_before: Vec<SeenBefore>,
}

/// Builds the model of a diagnosed case, masked unless told otherwise.
pub fn build(case: &Case, diagnosis: &Diagnosis, options: &BuildOptions) -> ReportModel {
    let shown = Shown::of_case(case, !options.unmask);
    let mut model = ReportModel {
        schema: SCHEMA.to_owned(),
        tool: tool(options),
        incident: incident(case, diagnosis, options, &shown),
        verdict: verdict(diagnosis, &shown),
        questions: Questions {
            network: diagnosis::reply(&diagnosis.network, &shown),
            host: diagnosis::reply(&diagnosis.host, &shown),
        },
        first_error: diagnosis
            .first_error
            .as_ref()
            .map(|e| diagnosis::first_error(e, &shown)),
        missing: diagnosis
            .missing
            .iter()
            .map(|m| diagnosis::missing(m, &shown))
            .collect(),
        actions: diagnosis.actions.iter().map(|a| diagnosis::action(a, &shown)).collect(),
        hypotheses: diagnosis::hypotheses(diagnosis, &shown),
        run: Run {
            now: options.now,
            elapsed_s: options.elapsed_s,
        },
        ..ReportModel::default()
    };
    let capped = &mut model.capped;
    model.findings = diagnosis::findings(diagnosis, &shown, capped);
    model.timeline = diagnosis::timeline(case, diagnosis, &shown, capped);
    model.artefacts = shown::artefacts(case, &shown, capped);
    model.processes = facts::processes(case, &shown);
    model.heaps = case.heaps.iter().map(|heap| heap_json(heap, &shown)).collect();
    model.heap_growth = heap_inside::growths(case);
    model.dumps = cap(case.dumps.iter(), "dumps", capped, |dump| dump_json(dump, &shown));
    model.series = facts::series(case);
    model.pools = facts::pools(case, &shown);
    model.deadlocks = facts::deadlocks(case, &shown, capped);
    model.blockers = facts::blockers(case, &shown, capped);
    model.gc = case.gcs.iter().map(|gc| gc_json(gc, &shown)).collect();
    model.crashes = facts::crashes(case, &shown);
    model.system = cap(case.systems.iter(), "system", capped, |s| facts::system(s, &shown));
    model.logs = logs::files(case, diagnosis, &shown, capped);
    model.bursts = logs::bursts(case, &shown, capped);
    model.codes = codes_json(&case.logs, &shown);
    if options.inspection {
        model.risks = risks::risks(&model);
        model.verdict.headline = risks::headline(model.verdict.status, &model.risks);
    }
    model
}

fn tool(options: &BuildOptions) -> Tool {
    Tool {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: if options.tool_version.is_empty() {
            env!("CARGO_PKG_VERSION").to_owned()
        } else {
            options.tool_version.clone()
        },
        unmasked: options.unmask,
        inspection: options.inspection,
    }
}

fn incident(case: &Case, diagnosis: &Diagnosis, options: &BuildOptions, shown: &Shown) -> Incident {
    Incident {
        id: incident_id(case),
        site: options.site.clone(),
        onset: diagnosis.onset.map(|t| shown.moment(t)),
        first_symptom: diagnosis.first_symptom.map(|t| shown.moment(t)),
        last_evidence: case.window.map(|(_, last)| shown.moment(last)),
        scale: diagnosis.scale,
        priority: diagnosis.priority,
        due: diagnosis.due.map(|(response, workaround, resolution)| super::Due {
            response: shown.moment(response),
            workaround: shown.moment(workaround),
            resolution: shown.moment(resolution),
        }),
        modules: options.modules.clone(),
        seen_before: options.seen_before.clone(),
    }
}

fn verdict(diagnosis: &Diagnosis, shown: &Shown) -> Verdict {
    Verdict {
        status: diagnosis.status,
        cause: diagnosis.cause,
        confidence: diagnosis.confidence,
        headline: shown.text(&diagnosis.headline),
        why: diagnosis.why.iter().map(|w| shown.text(w)).collect(),
        coverage: diagnosis.coverage.map(share),
        fingerprint: diagnosis.fingerprint.as_deref().map(|f| shown.name(f)),
    }
}

/// The first [`MAX_ROWS`] of a list, with a note when there were more.
fn cap<T, U>(
    items: impl ExactSizeIterator<Item = T>,
    list: &str,
    capped: &mut Vec<Capped>,
    make: impl FnMut(T) -> U,
) -> Vec<U> {
    note_cap(list, items.len(), MAX_ROWS, capped);
    items.take(MAX_ROWS).map(make).collect()
}

/// Notes that `total` elements were cut to `shown`.
fn note_cap(list: &str, total: usize, shown: usize, capped: &mut Vec<Capped>) {
    if total > shown {
        capped.push(Capped {
            list: list.to_owned(),
            shown: shown as u64,
            total: total as u64,
        });
    }
}

/// A share in 0…1 with four decimals; what is no number becomes 0.
fn share(value: f64) -> f64 {
    if value.is_finite() {
        (value.clamp(0.0, 1.0) * 10_000.0).round() / 10_000.0
    } else {
        0.0
    }
}

/// A figure with three decimals; JSON has no infinities.
fn figure(value: f64) -> f64 {
    if value.is_finite() {
        (value * 1_000.0).round() / 1_000.0
    } else {
        0.0
    }
}

/// `0x7f…`, lower case.
fn address(value: u64) -> String {
    format!("{value:#x}")
}

/// A moment of a stamp in an artefact, on the report's clock.
type MaybeMoment = Option<Moment>;
