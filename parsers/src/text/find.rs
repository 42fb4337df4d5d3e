//! Looking for short marks in short lines.

/// True for the bytes of a set.
const fn table(set: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < set.len() {
        table[set[at] as usize] = true;
        at += 1;
    }
    table
}

/// Position of `needle`.
pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    // Lines are short: building the library's searcher costs more than looking for one rare byte of the needle.
    const COMMON: [bool; 256] = table(b" etaoinsrhldcu0123456789K.:,");
    let rare = needle
        .iter()
        .position(|b| COMMON.get(usize::from(*b)) == Some(&false))
        .unwrap_or(0);
    let byte = *needle.get(rare)?;
    memchr::memchr_iter(byte, haystack).find_map(|at| {
        let start = at.checked_sub(rare)?;
        haystack.get(start..)?.starts_with(needle).then_some(start)
    })
}

/// What stands before and behind the first `mark`; cheaper than `str::split_once` on lines, which builds a searcher.
pub(crate) fn split_at<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let at = find(text.as_bytes(), mark.as_bytes())?;
    Some((text.get(..at)?, text.get(at + mark.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_where_they_are() {
        assert_eq!(find(b"a -> b", b"->"), Some(2));
        assert_eq!(find(b"aaab", b"ab"), Some(2));
        assert_eq!(find(b"a", b"ab"), None);
        assert_eq!(find(b"a", b""), None);
        assert_eq!(split_at("BLOCKED on a.B", " on "), Some(("BLOCKED", "a.B")));
        assert_eq!(split_at("\u{4e2d} on \u{6587}", " on "), Some(("\u{4e2d}", "\u{6587}")));
        assert_eq!(split_at("none", " on "), None);
    }
}
