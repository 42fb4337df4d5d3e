//! `goldenhour explain`: what a finding, cause or action means.

use super::{catalogue, causes, detectors, thresholds::Thresholds};
use crate::words::{Lang, Text};

/// What an id means, or nothing when it is not ours.
pub fn explain(id: &str, lang: Lang) -> Option<String> {
    finding(id)
        .or_else(|| cause(id))
        .or_else(|| action(id))
        .or_else(|| threshold(id))
        .map(|text| text.in_lang(lang).to_owned())
}

/// Every id with its title: causes, findings, actions, thresholds.
pub fn explain_list() -> Vec<(String, Text)> {
    let of_causes = causes::ALL.iter().map(|e| (e.id.to_owned(), e.name.text()));
    let of_findings = detectors::TABLE
        .iter()
        .flat_map(|d| d.findings.iter().map(|(id, words)| ((*id).to_owned(), words.text())));
    let of_actions = catalogue::CATALOGUE.iter().map(|t| (t.id.to_owned(), t.title.text()));
    let of_thresholds = Thresholds::default().list().into_iter().map(|(name, value, _)| {
        (
            name.to_owned(),
            Text::new(
                format!("检测阈值，内置为 {value}"),
                format!("a threshold, built in as {value}"),
            ),
        )
    });
    of_causes
        .chain(of_findings)
        .chain(of_actions)
        .chain(of_thresholds)
        .collect()
}

fn finding(id: &str) -> Option<Text> {
    // `heap.leak#1` is one finding of a report; `heap.leak` its kind.
    let id = id.split('#').next().unwrap_or(id);
    let detector = detectors::TABLE
        .iter()
        .find(|d| d.id == id || d.findings.iter().any(|(f, _)| *f == id))?;
    let title = detector
        .findings
        .iter()
        .find(|(f, _)| *f == id)
        .or_else(|| detector.findings.first())
        .map(|(_, w)| *w)?;
    let causes: Vec<String> = detector.causes.iter().map(|c| c.id().to_owned()).collect();
    let list = causes.join(", ");
    Some(Text::new(
        format!(
            "{id}：{}\n\n{}\n{}",
            title.zh,
            detector.explain.zh,
            if list.is_empty() {
                String::new()
            } else {
                format!("\n原因：{list}\n")
            }
        ),
        format!(
            "{id}: {}\n\n{}\n{}",
            title.en,
            detector.explain.en,
            if list.is_empty() {
                String::new()
            } else {
                format!("\nCause: {list}\n")
            }
        ),
    ))
}

fn cause(id: &str) -> Option<Text> {
    let entry = causes::ALL.iter().find(|e| e.id == id)?;
    let detectors: Vec<&str> = detectors::TABLE
        .iter()
        .filter(|d| d.causes.contains(&entry.cause))
        .map(|d| d.id)
        .collect();
    let list = detectors.join(", ");
    Some(Text::new(
        format!(
            "{id}：{}\n\n{}\n根治：{}\n检测：{list}\n",
            entry.name.zh, entry.meaning.zh, entry.fix.zh
        ),
        format!(
            "{id}: {}\n\n{}\nFix: {}\nDetectors: {list}\n",
            entry.name.en, entry.meaning.en, entry.fix.en
        ),
    ))
}

fn action(id: &str) -> Option<Text> {
    let t = catalogue::CATALOGUE.iter().find(|t| t.id.eq_ignore_ascii_case(id))?;
    Some(Text::new(
        format!(
            "{}：{}\n\n预期：{}\n风险：{}\n回退：{}\n批准：{}\n验证：{}\n",
            t.id, t.title.zh, t.expected.zh, t.risk.zh, t.rollback.zh, t.approval.zh, t.verify.zh
        ),
        format!(
            "{}: {}\n\nExpected: {}\nRisk: {}\nRollback: {}\nApproval: {}\nVerify: {}\n",
            t.id, t.title.en, t.expected.en, t.risk.en, t.rollback.en, t.approval.en, t.verify.en
        ),
    ))
}

fn threshold(id: &str) -> Option<Text> {
    let all = Thresholds::default().list();
    let (name, value, meaning) = all.into_iter().find(|(name, ..)| *name == id)?;
    Some(Text::new(
        format!(
            "{name} = {value}\n\n检测阈值，可在站点文件的 [thresholds] 中修改。{}\n",
            meaning.trim()
        ),
        format!(
            "{name} = {value}\n\nA threshold of a detector; set it under [thresholds] of the site file. {}\n",
            meaning.trim()
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_listed_is_explained_in_both_languages() {
        for (id, title) in explain_list() {
            assert!(!title.zh.is_empty() && !title.en.is_empty(), "{id}");
            for lang in [Lang::Zh, Lang::En] {
                assert!(explain(&id, lang).is_some_and(|text| text.len() > 20), "{id}");
            }
        }
        assert!(explain("no-such-id", Lang::En).is_none());
    }

    #[test]
    fn ids_are_unique() {
        let mut ids: Vec<String> = explain_list().into_iter().map(|(id, _)| id).collect();
        ids.sort();
        let before = ids.len();
        ids.dedup();
        assert_eq!(before, ids.len());
    }
}
