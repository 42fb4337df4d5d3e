use super::*;

#[test]
fn nothing_is_no_listing() {
    assert_eq!(recognise(b""), None);
    assert_eq!(
        recognise(b"2026-11-16 08:12:04 INFO started\n2026-11-16 08:12:05 WARN x\n"),
        None
    );
    assert_eq!(parse(b"").gaps.len(), 1);
}
