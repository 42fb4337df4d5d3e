//! What a detector is, and how it puts a finding together.

use super::{
    scene::Scene,
    verdict::{Cause, Confidence, Finding, Role, Severity},
};
use crate::{evidence::Citation, words::Text};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// A sentence known at compile time, in both languages.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// 中文。
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

impl Words {
    /// As a [`Text`].
    pub fn text(self) -> Text {
        Text::new(self.zh, self.en)
    }
}

/// Both languages of a sentence.
pub const fn words(zh: &'static str, en: &'static str) -> Words {
    Words { zh, en }
}

/// One detector: it looks for one mechanism.
#[derive(Clone, Copy)]
pub struct Detector {
    /// Its name; findings of its own carry ids of the same family.
    pub id: &'static str,
    /// Finding ids it gives, with their titles for `explain --list`.
    pub findings: &'static [(&'static str, Words)],
    /// Causes it can speak for.
    pub causes: &'static [Cause],
    /// What it finds, why it hurts, the evidence it needs, when it is wrong.
    pub explain: Words,
    /// Looks at the scene.
    pub run: fn(&Scene) -> Vec<Finding>,
}

/// A finding in the making.
pub struct Draft(Finding);

/// Starts a finding: a cause of medium strength, severity high, until told otherwise.
pub fn found(id: &'static str, cause: Cause) -> Draft {
    Draft(Finding {
        id,
        n: 1,
        cause,
        severity: Severity::High,
        role: Role::Cause,
        process: None,
        title: Text::default(),
        detail: Text::default(),
        time: None,
        strength: 3,
        ceiling: None,
        coverage: 0.5,
        subject: None,
        facts: Map::new(),
        evidence: Vec::new(),
    })
}

/// Citations kept per finding.
const MOST_EVIDENCE: usize = 12;

impl Draft {
    /// How bad.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.0.severity = severity;
        self
    }

    /// The most that may be concluded from it.
    pub fn at_most(mut self, ceiling: Option<Confidence>) -> Self {
        self.0.ceiling = ceiling;
        self
    }

    /// Place in the chain.
    pub fn role(mut self, role: Role) -> Self {
        self.0.role = role;
        self
    }

    /// Whose.
    pub fn process(mut self, process: Option<usize>) -> Self {
        self.0.process = process;
        self
    }

    /// One line.
    pub fn title(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.0.title = Text::new(zh, en);
        self
    }

    /// A paragraph.
    pub fn detail(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.0.detail = Text::new(zh, en);
        self
    }

    /// When the mechanism began.
    pub fn time(mut self, time: Option<Timestamp>) -> Self {
        self.0.time = time;
        self
    }

    /// Specificity 1…5.
    pub fn strength(mut self, strength: u8) -> Self {
        self.0.strength = strength.clamp(1, 5);
        self
    }

    /// Share of the abnormality explained.
    pub fn coverage(mut self, coverage: f64) -> Self {
        self.0.coverage = if coverage.is_finite() {
            coverage.clamp(0.0, 1.0)
        } else {
            0.0
        };
        self
    }

    /// The recognisable name.
    pub fn subject(mut self, subject: Option<impl Into<String>>) -> Self {
        self.0.subject = subject.map(Into::into);
        self
    }

    /// A figure whose name carries its unit.
    pub fn fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.facts.insert(name.to_owned(), value.into());
        self
    }

    /// A figure that may be unknown; unknown ones are left out.
    pub fn fact_opt(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.fact(name, value),
            None => self,
        }
    }

    /// Where it was read.
    pub fn cite(mut self, citations: impl IntoIterator<Item = Citation>) -> Self {
        for citation in citations {
            if self.0.evidence.len() < MOST_EVIDENCE && !self.0.evidence.contains(&citation) {
                self.0.evidence.push(citation);
            }
        }
        self
    }

    /// The finding; none without evidence.
    pub fn done(self) -> Option<Finding> {
        (!self.0.evidence.is_empty()).then_some(self.0)
    }
}

/// `3.2 GB`, `96 MB`, `812 B` with a thin space.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or("B");
    if unit == 0 || value >= 100.0 {
        format!("{value:.0}\u{2009}{name}")
    } else {
        format!("{value:.1}\u{2009}{name}")
    }
}

/// `41 %` with a thin space.
pub fn percent(share: f64) -> String {
    format!("{:.0}\u{2009}%", share * 100.0)
}

/// Rounds a share for the JSON, so that equal evidence prints equal digits.
pub fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_readable() {
        assert_eq!(size(812), "812\u{2009}B");
        assert_eq!(size(96 << 20), "96.0\u{2009}MB");
        assert_eq!(percent(0.413), "41\u{2009}%");
    }

    #[test]
    fn a_finding_without_evidence_is_none() {
        assert!(found("x", Cause::Deadlock).done().is_none());
    }
}
