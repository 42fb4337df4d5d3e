//! What was collected from a whole log becomes its facts.

use super::{
    Burst, CodeCount, LogFacts, LogRecord, Template, bursts,
    codes::{self, code_meaning},
    collect::{Collector, millis, stamp_at},
    notable::{Kept, show},
};
use goldenhour_parsers::Stamp;

/// Templates kept in the facts.
const MOST_TEMPLATES: usize = 20_000;

impl Collector<'_, '_> {
    /// Templates, bursts and codes of all that was collected.
    pub(super) fn conclude(mut self) -> LogFacts {
        let encoding = self.format.encoding;
        let (of_key, texts) = self.miner.templates();
        debug_assert_eq!(of_key.len(), self.miner.keys());
        let template_of = |key: u32| of_key.get(key as usize).copied().unwrap_or(0);
        let shown = |kept: &Kept<'_>| {
            let mut record = show(kept, encoding);
            record.template = template_of(record.template);
            record
        };
        self.facts.first_error = self.first_error.as_ref().map(shown);
        self.facts.notable = std::mem::take(&mut self.keeper).finish().iter().map(shown).collect();
        let minutes = std::mem::take(&mut self.minutes).into_counts();
        self.facts.bursts = self.bursts(&of_key, &texts, &minutes);
        for (_, id) in &mut self.facts.assignment {
            *id = template_of(*id);
        }
        self.facts.templates = self.templates(&of_key, texts);
        self.facts.codes = self.codes();
        let offset = self.offset;
        self.facts.minutes = minutes
            .into_iter()
            .filter_map(|(minute, (records, errors))| Some((stamp_at(minute * 60_000, offset)?, records, errors)))
            .collect();
        if self.facts.process_name.is_none() {
            self.facts.process_name = self.server.take().map(|s| encoding.decode(&s).into_owned());
        }
        estimate_printed(&mut self.facts.notable);
        self.facts
    }

    fn bursts(&self, of_key: &[u32], texts: &[String], minutes: &[(i64, (u64, u64))]) -> Vec<Burst> {
        bursts::find(&self.events, of_key, texts, &self.exceptions, minutes, self.offset)
    }

    fn templates(&self, of_key: &[u32], texts: Vec<String>) -> Vec<Template> {
        let mut all: Vec<Template> = texts
            .into_iter()
            .enumerate()
            .map(|(id, template)| Template {
                id: id as u32,
                template,
                ..Template::default()
            })
            .collect();
        let counts = self.miner.counts();
        for ((key, template), count) in self.keys.iter().zip(of_key).zip(counts) {
            let Some(t) = all.get_mut(*template as usize) else {
                continue;
            };
            if t.count == 0 {
                t.first_line = key.first_line;
            }
            t.count += count;
            t.level = t.level.max(key.level);
            t.first_time = earlier(t.first_time, key.first_time);
            t.last_time = later(t.last_time, key.last_time);
        }
        all.sort_by_key(|t| (std::cmp::Reverse(t.count), t.id));
        if !self.options.assign {
            all.truncate(MOST_TEMPLATES);
        }
        all
    }

    fn codes(&mut self) -> Vec<CodeCount> {
        let mut all: Vec<CodeCount> = std::mem::take(&mut self.codes)
            .into_counts()
            .map(|(code, count, first_line)| {
                let code = String::from_utf8_lossy(&code).into_owned();
                CodeCount {
                    role: codes::role(&code),
                    meaning: code_meaning(&code).map(|known| known.text()),
                    count,
                    first_line,
                    code,
                }
            })
            .collect();
        all.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.code.cmp(&b.code)));
        all
    }
}

fn earlier(a: Option<Stamp>, b: Option<Stamp>) -> Option<Stamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn later(a: Option<Stamp>, b: Option<Stamp>) -> Option<Stamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    }
}

/// A record that was printed without a time happened between its neighbours: when those are close, it has their time.
fn estimate_printed(records: &mut [LogRecord]) {
    let mut next: Option<Stamp> = None;
    let mut nexts = vec![None; records.len()];
    for (slot, record) in nexts.iter_mut().zip(records.iter()).rev() {
        *slot = next;
        next = record.time.or(next);
    }
    let mut before: Option<Stamp> = None;
    for (record, next) in records.iter_mut().zip(nexts) {
        if record.time.is_some() {
            before = record.time;
        } else if let (Some(b), Some(n)) = (before, next)
            && (millis(&n) - millis(&b)).abs() <= 60_000
        {
            record.time = Some(b);
        }
    }
}
