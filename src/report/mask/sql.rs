//! Literals of SQL statements, bound parameters, and rows that databases quote in their messages.

use super::{Make, Rule, apply, group, keep_label, rules};
use regex::{Captures, Regex};
use std::{borrow::Cow, sync::LazyLock};

pub(super) fn mask(words: &str) -> Cow<'_, str> {
    let text = apply(&RULES, words);
    let Some(start) = STATEMENT.as_ref().and_then(|s| s.find(&text)).map(|m| m.start()) else {
        return text;
    };
    let (before, statement) = text.split_at(start);
    match literals(statement) {
        Some(masked) => Cow::Owned(format!("{before}{masked}")),
        None => text,
    }
}

/// Where a statement begins. Prose with "select" or "update" in it does not: what follows has to be SQL.
static STATEMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?ix)
        \b select \s+ (?: distinct \s | all \s | top \s+ \d | /\* | \* | ' | case \s+ when
            | [\w.$"`]+ \s* (?: , | \( | \s from \b | \s as \b ) | [\w.$"`]+ \s+ \w+ \s* , )
        | \b insert \s+ (?: /\*.{0,200}?\*/ \s* )? into \s
        | \b update \s+ [\w.$"`\[\]]+ \s+ (?: (?:as \s+)? \w+ \s+ )? set \s
        | \b delete \s+ from \s
        | \b merge \s+ into \s
        | \{ \s* (?: \? \s* = \s* )? call \s
        | \b (?: exec | execute | call ) \s+ [\w.$"]+ \s* \(
        | \b where \s+ [\w.$"`(]+ \s* (?: = | < | > | != | \s like \s | \s in \s* \( | \s between \s )
        | \b values \s* \( "#,
    )
    .ok()
});

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| rules(TABLE));

/// Parameters and rows around statements.
const TABLE: &[(&str, Make)] = &[
    // MyBatis: ==> Parameters: 张三(String), 12(Integer)
    (r"(==>\s*Parameters:\s*)[^\r\n]+", keep_label),
    // Hibernate: binding parameter [1] as [VARCHAR] - [张三]; EclipseLink: bind => [张三, 12]
    (
        r"(?i)(\bbinding parameter [^\r\n]*?(?:-|<-)\s*\[)[^\]\r\n]*",
        keep_label,
    ),
    (r"(?i)(\bbind\s*=>\s*\[)[^\]\r\n]*", keep_label),
    // PostgreSQL: Key (id)=(12) already exists; Failing row contains (…); parameters: $1 = '12'
    (r"(\bKey \([^)]*\)=\()[^)]*", keep_label),
    (r"(\bFailing row contains \()[^\r\n)]*", keep_label),
    (r"(\$\d+ = )'[^']*'?", keep_label),
    // MySQL: Duplicate entry '12' for key; SQL Server: duplicate key value is (12); DB2 and Oracle quote none
    (r"(?i)(\bduplicate entry ')[^'\r\n]*", keep_label),
    (r"(?i)(\bduplicate key value is \()[^)\r\n]*", keep_label),
];

/// The statement with `?` for its literals; `None` when it has none.
fn literals(statement: &str) -> Option<String> {
    let literal = LITERAL.as_ref()?;
    let masked = literal.replace_all(statement, |captures: &Captures<'_>| format!("{}?", group(captures, 1)));
    match masked {
        Cow::Owned(masked) if masked != statement => Some(masked),
        _ => None,
    }
}

/// A quoted string (an unfinished one runs to the end), or a number after something that compares or lists.
static LITERAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)
        \b[nqxe] '(?:[^']|'')*(?:'|$)
        | '(?:[^']|'')*(?:'|$)
        | ( (?: [=<>(,+*/] | \b(?: between | and | then | else | like | limit | offset | in ) \b ) \s* ) -? [0-9]+ (?: \.[0-9]+ )? \b",
    )
    .ok()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(RULES.len(), TABLE.len());
        assert!(STATEMENT.is_some());
        assert!(LITERAL.is_some());
    }
}
