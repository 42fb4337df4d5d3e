//! Desensitising: persons' data and secrets out, everything a diagnostician needs kept.
//!
//! Masked are persons' names where a label tells them, id, phone, card, patient and visit numbers, e-mail addresses,
//! SQL literals, tokens and passwords (CONTRACT.md §2). Kept are host names, addresses, ports, thread, class and file
//! names, message codes and times: a rule that cannot tell a name from a host wants a label or a check digit.
//!
//! The rules work on one line or sentence at a time and know nothing of where it came from. A masked text masks to
//! itself.

mod followed;
mod labels;
mod numbers;
mod secrets;
mod sql;

pub use followed::Followed;

use regex::{Captures, Regex};
use std::borrow::Cow;

/// What stands in for masked words.
const STARS: &str = "***";

/// Masks what names or numbers a person, and secrets.
///
/// ```
/// use goldenhour::report::mask;
/// assert_eq!(mask("姓名：王小明，住院号 0012345"), "姓名：***，住院号 ***");
/// assert_eq!(mask("WebContainer : 12 @ 10.20.1.5:9080"), "WebContainer : 12 @ 10.20.1.5:9080");
/// ```
pub fn mask(words: &str) -> Cow<'_, str> {
    let mut masked = Cow::Borrowed(words);
    for rules in [secrets::mask, labels::mask, sql::mask, numbers::mask] {
        let change = match rules(&masked) {
            Cow::Owned(changed) => Some(changed),
            Cow::Borrowed(_) => None,
        };
        if let Some(changed) = change {
            masked = Cow::Owned(changed);
        }
    }
    masked
}

/// What becomes of a match.
type Make = fn(&Captures<'_>) -> String;

/// One pattern with what to make of a match.
struct Rule {
    pattern: Regex,
    make: Make,
}

/// Compiles a table of rules; a pattern that does not compile fails the test below, not the user.
fn rules(table: &[(&str, Make)]) -> Vec<Rule> {
    table
        .iter()
        .filter_map(|(pattern, make)| {
            Some(Rule {
                pattern: Regex::new(pattern).ok()?,
                make: *make,
            })
        })
        .collect()
}

/// Applies rules in order; borrows when nothing changed.
fn apply<'t>(rules: &[Rule], words: &'t str) -> Cow<'t, str> {
    let mut text = Cow::Borrowed(words);
    for rule in rules {
        let change = match rule
            .pattern
            .replace_all(&text, |captures: &Captures<'_>| (rule.make)(captures))
        {
            Cow::Owned(changed) if changed != *text => Some(changed),
            _ => None,
        };
        if let Some(changed) = change {
            text = Cow::Owned(changed);
        }
    }
    text
}

/// The match with group 1 kept, stars for the rest, group 2 kept when there is one.
fn keep_label(captures: &Captures<'_>) -> String {
    format!("{}{STARS}{}", group(captures, 1), group(captures, 2))
}

/// The words of a group, empty when it took no part.
fn group<'c>(captures: &'c Captures<'_>, index: usize) -> &'c str {
    captures.get(index).map_or("", |m| m.as_str())
}

/// The whole match, unchanged.
fn whole(captures: &Captures<'_>) -> String {
    group(captures, 0).to_owned()
}

#[cfg(test)]
mod tests;
