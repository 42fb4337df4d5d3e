//! Listings of labels and values: `systeminfo`, AIX `lparstat -i`.

/// Labels and values in order, as printed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// (label, value).
    pub values: Vec<(String, String)>,
}

impl Settings {
    /// The value of the first of these labels that is there.
    pub fn get(&self, labels: &[&str]) -> Option<&str> {
        labels
            .iter()
            .find_map(|wanted| self.values.iter().find(|(label, _)| label == wanted))
            .map(|(_, value)| value.as_str())
    }
}

pub(super) fn settings(lines: &[&str]) -> Settings {
    let mut found = Settings::default();
    for line in lines {
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let Some((label, value)) = split(line) else { continue };
        found.values.push((label.trim().to_owned(), value.trim().to_owned()));
    }
    found
}

/// At the colon that separates: `Virtual Memory: Max Size:  2,687 MB` has two, the value is behind the last one that
/// blanks follow.
fn split(line: &str) -> Option<(&str, &str)> {
    if let Some((label, value)) = line.split_once(" : ") {
        return Some((label, value));
    }
    let wide = line
        .match_indices(':')
        .find(|(i, _)| line.get(i + 1..).is_some_and(|r| r.starts_with("  ")));
    match wide {
        Some((i, _)) => Some((line.get(..i)?, line.get(i + 1..)?)),
        None => line.split_once(": ").or_else(|| line.split_once('：')),
    }
}
