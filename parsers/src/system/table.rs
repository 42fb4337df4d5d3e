//! Tables with a header line and blank-separated columns.

/// Names of a header, for finding columns by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Header<'t> {
    names: Vec<&'t str>,
}

impl<'t> Header<'t> {
    pub fn new(line: &'t str) -> Self {
        Self {
            names: line.split_ascii_whitespace().collect(),
        }
    }

    /// Index of the first column with one of these names.
    pub fn at(&self, names: &[&str]) -> Option<usize> {
        self.names
            .iter()
            .position(|n| names.iter().any(|m| n.eq_ignore_ascii_case(m)))
    }

    /// Index counted from the end of the header.
    pub fn back_from_end(&self, names: &[&str]) -> Option<usize> {
        self.at(names).map(|i| self.names.len() - 1 - i)
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }
}

/// The word in a column.
pub(super) fn word<'t>(words: &[&'t str], at: Option<usize>) -> Option<&'t str> {
    words.get(at?).copied()
}

/// The integer in a column.
pub(super) fn integer(words: &[&str], at: Option<usize>) -> Option<u64> {
    word(words, at)?.parse().ok()
}

/// The number in a column, decimal comma allowed.
pub(super) fn decimal(words: &[&str], at: Option<usize>) -> Option<f64> {
    number(word(words, at)?)
}

/// A number with an optional percent sign and decimal comma.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim().trim_end_matches('%');
    let value: f64 = text.parse().or_else(|_| text.replace(',', ".").parse()).ok()?;
    value.is_finite().then_some(value)
}

/// A size with unit letter (`252G`, `1.9G`, `608M`, `4.1m`, `16384MB`, `512`) in bytes; a bare number counts `unit` bytes.
pub(super) fn size(text: &str, unit: u64) -> Option<u64> {
    let text = text.trim();
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))
        .unwrap_or(text.len());
    let value = number(text.get(..end)?)?;
    let scale = match text.get(end..)?.chars().next().map(|c| c.to_ascii_uppercase()) {
        None => unit as f64,
        Some('B') => 1.0,
        Some('K') => 1024.0,
        Some('M') => 1_048_576.0,
        Some('G') => 1_073_741_824.0,
        Some('T') => 1_099_511_627_776.0,
        Some('P') => 1_125_899_906_842_624.0,
        Some(_) => return None,
    };
    Some((value * scale) as u64)
}

/// The text from the n-th blank-separated word on.
pub(super) fn from_word(line: &str, n: usize) -> Option<&str> {
    let mut rest = line.trim_start();
    for _ in 0..n {
        let end = rest.find(|c: char| c.is_ascii_whitespace())?;
        rest = rest.get(end..)?.trim_start();
    }
    (!rest.is_empty()).then(|| rest.trim_end())
}
