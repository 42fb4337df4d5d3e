//! Passwords, tokens, cookies, credentials in URLs, e-mail addresses.

use super::{Make, Rule, STARS, apply, group, keep_label, rules, whole};
use regex::Captures;
use std::{borrow::Cow, sync::LazyLock};

pub(super) fn mask(words: &str) -> Cow<'_, str> {
    apply(&RULES, words)
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| rules(TABLE));

/// The table of rules, in order of application.
const TABLE: &[(&str, Make)] = &[
    // Authorization: Bearer …, to the end of the line or quote
    (
        r#"(?i)\b((?:proxy-)?authorization\\?["']?\s*[:=]\s*\\?["']?(?:basic|bearer|digest|negotiate|ntlm|token)\s+)[^\r\n"'\\]+"#,
        keep_label,
    ),
    (
        r#"(?i)\b((?:basic|bearer)\s+)([A-Za-z0-9+/=._~-]{16,})"#,
        bare_credential,
    ),
    // "Cookie": "a=b; c=d" up to its quote, Cookie: a=b; c=d to the end of the line
    (
        r#"(?i)\b((?:set-)?cookie\\?["']\s*[:=]\s*\[?\s*\\?["'])[^\r\n"'=\\]*=[^\r\n"'\\]*"#,
        keep_label,
    ),
    (r#"(?i)\b((?:set-)?cookie\s*[:=]\s*)[^\r\n=\["']*=[^\r\n]*"#, keep_label),
    // JSON web token (RFC 7519): the header always starts with {" in base64url
    (
        r"\b()eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)?",
        keep_label,
    ),
    // scheme://user:password@host
    (r#"(\b[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@"']+:)[^\s/@"']+(@)"#, keep_label),
    // jdbc:oracle:thin:user/password@…, sqlplus user/password@…
    (r#"(?i)(\bjdbc:oracle:[a-z0-9]+:[^\s/@"']+/)[^\s@"']+(@)"#, keep_label),
    (
        r#"(?i)(\b(?:sqlplus|expdp|impdp|exp|imp|rman|conn|connect)\s+(?:target\s+)?[\w$#]+/)[^\s@"']+"#,
        keep_label,
    ),
    // --password secret
    (
        r#"(?i)((?:^|\s)--?(?:password|passwd|pass|passphrase|token|secret)\s+)[^\s-]\S*"#,
        keep_label,
    ),
    // <password>…</password>
    (
        r"(?i)(<(?:[\w.-]*:)?[\w.-]*(?:password|passwd|pwd|secret|passphrase|token)(?:\s[^<>]*)?>)[^<]+",
        keep_label,
    ),
    // password=…, "pwd": "…", 密码：…
    (
        r#"(?i)((?:[\w.-]*(?:password|passwd|passphrase|pwd|secret|secretkey|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)|密码|口令|密钥)\\?["']?\s*(?:=>|[:=：＝])\s*)(\\?"[^"\\\r\n]*|'[^'\r\n]*|[^\s,;&"'<>(){}\[\]|\\]+)"#,
        labelled_secret,
    ),
    // token=…, JSESSIONID=…: words that prose uses too, so the value has to look like one
    (
        r#"(?i)((?:[\w.-]*(?:token|ticket|nonce|jsessionid|sessionid|session_id|ltpatoken2?)|令牌)\\?["']?\s*(?:=>|[:=：＝])\s*\\?["']?)([A-Za-z0-9+/=._~!:%-]{8,})"#,
        token,
    ),
    // e-mail: the person goes, the host stays
    (
        r"([A-Za-z0-9._%+-]*[A-Za-z0-9_%+-])@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,10})\b",
        email,
    ),
];

/// `Bearer …` without a header's name: only when it has a digit, since prose has none.
fn bare_credential(captures: &Captures<'_>) -> String {
    let value = group(captures, 2);
    if value.bytes().any(|b| b.is_ascii_digit()) {
        keep_first(captures)
    } else {
        whole(captures)
    }
}

/// The value of a label that always is a secret. A directory (`PWD=/opt`) and `null` are none.
fn labelled_secret(captures: &Captures<'_>) -> String {
    let (label, value) = (group(captures, 1), group(captures, 2));
    let bare = value.trim_start_matches(['\\', '"', '\'']);
    let directory = (label.ends_with("PWD=") || label.ends_with("PWD: ")) && bare.starts_with('/');
    if directory || nothing(bare) {
        return whole(captures);
    }
    let quote = value.get(..value.len() - bare.len()).unwrap_or_default();
    format!("{label}{quote}{STARS}")
}

fn token(captures: &Captures<'_>) -> String {
    let value = group(captures, 2);
    let random = value.bytes().any(|b| b.is_ascii_digit()) || value.len() >= 24;
    // a class, package or file (`token: com.x.Parser`, `a.jsp:12`) is no token
    let named = value.contains(".java:") || value.split('.').filter(|p| p.len() > 1).count() > 2 && value.len() < 40;
    let address = value.starts_with("0x");
    if !random || named || address || nothing(value) {
        whole(captures)
    } else {
        keep_first(captures)
    }
}

fn keep_first(captures: &Captures<'_>) -> String {
    format!("{}{STARS}", group(captures, 1))
}

fn nothing(value: &str) -> bool {
    value.is_empty()
        || value.starts_with('*')
        || ["null", "none", "true", "false"]
            .iter()
            .any(|word| value.eq_ignore_ascii_case(word))
}

/// An address, unless it is an object (`lock@com.x.Y`), a module version (`java.base@17.0.1`) or the like.
fn email(captures: &Captures<'_>) -> String {
    let domain = group(captures, 2);
    let labels: Vec<&str> = domain.split('.').collect();
    let numeric = labels
        .iter()
        .take_while(|l| l.bytes().all(|b| b.is_ascii_digit()))
        .count();
    let reversed = matches!(
        labels.first(),
        Some(&("com" | "org" | "net" | "java" | "javax" | "jakarta" | "sun"))
    );
    let last_is_domain = labels
        .last()
        .is_some_and(|l| l.bytes().all(|b| b.is_ascii_lowercase()) || l.bytes().all(|b| b.is_ascii_uppercase()));
    if numeric >= 2 || reversed || !last_is_domain {
        whole(captures)
    } else {
        format!("{STARS}@{domain}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(RULES.len(), TABLE.len());
    }
}
