//! Lock lines below frames, in every dialect.

use super::{LockLine, LockWord, State, frame, header, scan};
use crate::text::{Names, split_at};
use std::sync::Arc;

/// Reads `- locked <0x…> (a C)` and its kin; `synchronizers` is true below `Locked ownable synchronizers:`.
pub(super) fn parse(line: &str, synchronizers: bool, names: &mut Names) -> Option<LockLine> {
    let line = line.trim();
    if let Some(rest) = line.strip_prefix("^--").or_else(|| line.strip_prefix("--")) {
        return jrockit(rest.trim_start());
    }
    let rest = match line.strip_prefix('-') {
        Some(rest) => rest.trim_start(),
        // Copies that lost the dash below "Locked ownable synchronizers".
        None if synchronizers && line.starts_with('<') => line,
        None => return None,
    };
    const WORDS: &[(&str, LockWord)] = &[
        ("waiting to re-lock in wait()", LockWord::Relocking),
        ("waiting to lock", LockWord::WaitingToLock),
        ("blocked on", LockWord::WaitingToLock),
        ("waiting on the Class initialization monitor for", LockWord::ClassInit),
        ("waiting on", LockWord::WaitingOn),
        ("parking to wait for", LockWord::Parking),
        ("locked", LockWord::Locked),
    ];
    let (kind, object) = WORDS
        .iter()
        .find_map(|(words, kind)| rest.strip_prefix(words).map(|object| (*kind, object.trim_start())))
        .unwrap_or((LockWord::OwnedSynchronizer, rest));
    let kind = if synchronizers && kind == LockWord::Locked {
        LockWord::OwnedSynchronizer
    } else {
        kind
    };
    if kind == LockWord::ClassInit {
        return Some(LockLine {
            kind,
            class: frame::class(object.split_ascii_whitespace().next()?).into(),
            ..LockLine::default()
        });
    }
    if kind == LockWord::OwnedSynchronizer && !synchronizers {
        return None;
    }
    let (class, address) = object_of(object, names)?;
    Some(LockLine {
        kind,
        address,
        class,
        owner: owner(object),
        ..LockLine::default()
    })
}

/// True for lines that belong to a stack but say nothing about ownership: `- eliminated <…>`, `- None`.
pub(super) fn is_remark(line: &str) -> bool {
    let line = line.trim();
    line == "- None" || line == "None" || line.starts_with("- eliminated") || line.starts_with("- locked <owner is")
}

/// `<0x…> (a C)`, `<C@1f>`, `<1f> (a C)`, `C@1f`, `<no object reference available>`.
fn object_of(text: &str, names: &mut Names) -> Option<(Arc<str>, Option<u64>)> {
    let Some(inner) = text.strip_prefix('<') else {
        return header::object(text).map(|(class, address)| (names.get(&class), Some(address)));
    };
    let (inner, behind) = inner.split_once('>')?;
    if let Some((class, address)) = inner.contains('@').then(|| frame::class_at(inner)).flatten() {
        return Some((names.get(&class), Some(address)));
    }
    let address = (!inner.contains(' ')).then(|| scan::hex(inner)).flatten();
    Some((class_of(behind, names), address))
}

/// ` (a java.lang.Class for com.acme.X)` → `java.lang.Class`.
fn class_of(behind: &str, names: &mut Names) -> Arc<str> {
    let class = match behind.strip_prefix(" (a ") {
        Some(class) => class,
        None => match split_at(behind, "(a ") {
            Some((_, class)) => class,
            None => return names.get(""),
        },
    };
    let end = memchr::memchr2(b')', b' ', class.as_bytes()).unwrap_or(class.len());
    let class = class.get(..end).unwrap_or(class);
    match memchr::memchr2(b'/', b'[', class.as_bytes()) {
        None => names.get(class),
        Some(_) => names.get(&frame::class(class)),
    }
}

/// ` owned by "x" Id=3`, ` owned by "x" t@12`, ` owned by: x`.
fn owner(text: &str) -> Option<String> {
    let (_, owner) = split_at(text, " owned by")?;
    let owner = owner.trim_start_matches([':', ' ']);
    match owner.strip_prefix('"').and_then(|quoted| quoted.rsplit_once('"')) {
        Some((name, _)) => Some(name.to_owned()),
        None => Some(owner.split(" Id=").next().unwrap_or(owner).trim().to_owned()).filter(|o| !o.is_empty()),
    }
}

/// The lock named in a state: `TIMED_WAITING on java.util.TaskQueue@7311acb7`, `BLOCKED on a.B@1 owned by: x`.
pub(super) fn of_state_line(state_line: &str, state: Option<State>) -> Option<LockLine> {
    let (_, object) = split_at(state_line, " on ")?;
    let (class, address) = header::object(object)?;
    let kind = match state? {
        State::Blocked => LockWord::WaitingToLock,
        _ if class.starts_with("java.util.concurrent.locks.") => LockWord::Parking,
        _ => LockWord::WaitingOn,
    };
    Some(LockLine {
        kind,
        address: Some(address),
        class: class.into(),
        owner: owner(object),
        ..LockLine::default()
    })
}

/// `Blocked trying to get lock: a/B@0x1234[fat lock]` behind `--` or `^--`.
fn jrockit(rest: &str) -> Option<LockLine> {
    let (words, object) = rest.split_once(':')?;
    let kind = match words {
        "Waiting for notification on" => LockWord::WaitingOn,
        "Blocked trying to get lock" => LockWord::WaitingToLock,
        "Parking to wait for" => LockWord::Parking,
        "Holding lock" => LockWord::Locked,
        // The monitor that `Object.wait` gave back: taken, but not held now.
        "Lock released while waiting" => LockWord::WaitingOn,
        _ => return None,
    };
    let object = object.trim_start();
    let end = object.find('[').unwrap_or(object.len());
    let (class, address) = frame::class_at(object.get(..end)?)?;
    Some(LockLine {
        kind,
        address: Some(address),
        class: class.into(),
        ..LockLine::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> (LockWord, Option<u64>, String) {
        let lock = parse(line, false, &mut Names::default()).expect(line);
        (lock.kind, lock.address, lock.class.to_string())
    }

    #[test]
    fn words_and_objects() {
        assert_eq!(
            read("\t- locked <0x1f> (a a.b.C)"),
            (LockWord::Locked, Some(0x1f), "a.b.C".into())
        );
        assert_eq!(
            read("- parking to wait for  <0x1f> (a x.Y$Z)"),
            (LockWord::Parking, Some(0x1f), "x.Y$Z".into())
        );
        assert_eq!(
            read("- waiting on <no object reference available>"),
            (LockWord::WaitingOn, None, String::new())
        );
        assert_eq!(
            read("- locked <java.lang.Object@398f5b12>"),
            (LockWord::Locked, Some(0x398f_5b12), "java.lang.Object".into())
        );
        assert_eq!(
            read("- locked sun.nio.ch.Util$1@f6ecfb5"),
            (LockWord::Locked, Some(0xf6e_cfb5), "sun.nio.ch.Util$1".into())
        );
        assert_eq!(
            read("- locked <9fff> (a java.lang.Class for a.B)"),
            (LockWord::Locked, Some(0x9fff), "java.lang.Class".into())
        );
        assert_eq!(
            read("-- Blocked trying to get lock: a/B@0x1234[fat lock]"),
            (LockWord::WaitingToLock, Some(0x1234), "a.B".into())
        );
        assert_eq!(
            read("- waiting on the Class initialization monitor for a.B"),
            (LockWord::ClassInit, None, "a.B".into())
        );
    }

    #[test]
    fn owners_are_read_where_they_are_named() {
        let lock = parse(
            r#"- waiting to lock <1f> (a a.B) owned by "x y" t@12"#,
            false,
            &mut Names::default(),
        )
        .unwrap();
        assert_eq!(lock.owner.as_deref(), Some("x y"));
    }

    #[test]
    fn synchronizers_count_only_in_their_list() {
        assert!(parse("- <0x1> (a a.Sync)", false, &mut Names::default()).is_none());
        assert_eq!(
            parse("<0x1> (a a.Sync)", true, &mut Names::default()).map(|l| l.kind),
            Some(LockWord::OwnedSynchronizer)
        );
        assert!(parse("- eliminated <0x1> (a a.B)", false, &mut Names::default()).is_none());
        assert!(is_remark("   - None"));
    }
}
