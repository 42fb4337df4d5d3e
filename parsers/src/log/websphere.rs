//! WebSphere traditional and Liberty `messages.log` (LOG_FORMATS §3, §4): `[time] thread component type message`.

use super::{
    Level,
    record::{Head, Source, trim, trim_start},
    times::Times,
};
use std::borrow::Cow;

/// Width of the component column of WebSphere traditional; Liberty's is 60.
const COMPONENT: usize = 13;

/// Takes apart a line that begins a record.
pub(super) fn head<'a>(line: &'a [u8], stamps: &impl Times) -> Option<Head<'a>> {
    let after = line.strip_prefix(b"[")?;
    let time = stamps.parse(after)?;
    let rest = after.get(time.length..)?;
    let rest = match rest.strip_prefix(b"] ") {
        Some(rest) => rest,
        // A zone that the table does not know: letters up to the bracket.
        None => {
            let zone = rest.iter().take(12).position(|b| *b == b']')?;
            rest.get(zone + 1..)?.strip_prefix(b" ")?
        }
    };
    let id = rest.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    if id < 6 || rest.get(id) != Some(&b' ') {
        return None;
    }
    let thread = rest.get(..id)?;
    let rest = trim_start(rest.get(id..)?);
    let (component, kind, message) = component_and_type(rest)?;
    Some(Head {
        time: Some(time),
        level: level(kind),
        thread: Some(Cow::Borrowed(thread)),
        logger: Some(Cow::Borrowed(component)),
        message: Cow::Borrowed(message),
        source: match kind {
            b'O' => Source::Out,
            b'R' => Source::Err,
            _ => Source::Logger,
        },
        ..Head::default()
    })
}

fn component_and_type(rest: &[u8]) -> Option<(&[u8], u8, &[u8])> {
    let word = rest.iter().position(|b| *b == b' ').unwrap_or(rest.len());
    let after = trim_start(rest.get(word..)?);
    let kind_follows =
        |text: &[u8]| text.first().is_some_and(|b| is_type(*b)) && matches!(text.get(1), None | Some(b' '));
    if kind_follows(after) {
        return Some((rest.get(..word)?, *after.first()?, message(after.get(1..)?)));
    }
    // A component with a blank in its cut name.
    let column = rest.get(COMPONENT + 1..)?;
    if rest.get(COMPONENT) == Some(&b' ') && kind_follows(column) {
        return Some((
            trim(rest.get(..COMPONENT)?),
            *column.first()?,
            message(column.get(1..)?),
        ));
    }
    None
}

/// One blank belongs to the layout; more of them (and a TAB of a frame) to the text.
fn message(after_type: &[u8]) -> &[u8] {
    let text = after_type.strip_prefix(b" ").unwrap_or(after_type);
    match text.strip_prefix(b"  ") {
        Some(coded) => coded,
        None => text,
    }
}

fn is_type(letter: u8) -> bool {
    matches!(
        letter,
        b'F' | b'E' | b'W' | b'A' | b'I' | b'C' | b'D' | b'O' | b'R' | b'Z' | b'>' | b'<' | b'1' | b'2' | b'3'
    )
}

fn level(kind: u8) -> Option<Level> {
    match kind {
        b'F' => Some(Level::Fatal),
        b'E' => Some(Level::Error),
        b'W' => Some(Level::Warn),
        b'A' | b'I' | b'C' => Some(Level::Info),
        b'O' | b'R' | b'Z' => None,
        _ => Some(Level::Debug),
    }
}

/// `[AUDIT   ] CWWKE0001I: text`: Liberty's console, no time.
pub(super) fn console_head(line: &[u8]) -> Option<Head<'_>> {
    let after = line.strip_prefix(b"[")?;
    let close = after.iter().take(10).position(|b| *b == b']')?;
    let word = trim(after.get(..close)?);
    let (level, source) = match word {
        b"AUDIT" | b"INFO" => (Some(Level::Info), Source::Logger),
        b"WARNING" => (Some(Level::Warn), Source::Logger),
        b"ERROR" => (Some(Level::Error), Source::Logger),
        b"FATAL" => (Some(Level::Fatal), Source::Logger),
        b"err" => (None, Source::Err),
        b"out" => (None, Source::Out),
        _ => return None,
    };
    let text = after.get(close + 1..)?;
    if !matches!(text.first(), None | Some(b' ')) {
        return None;
    }
    Some(Head {
        level,
        source,
        message: Cow::Borrowed(text.strip_prefix(b" ").unwrap_or(text)),
        ..Head::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{DateOrder, StampParser};

    fn parsed(line: &str) -> Option<(Option<Level>, String, String)> {
        let stamps = StampParser {
            order: DateOrder::YearMonthDay,
            near: None,
        };
        let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        head(line.as_bytes(), &stamps).map(|h| (h.level, text(&h.logger.unwrap_or_default()), text(&h.message)))
    }

    #[test]
    fn the_columns() {
        assert_eq!(
            parsed("[10-12-22 17:11:09:179 CST] 0000000d ThreadMonitor W   WSVR0605W: 线程"),
            Some((Some(Level::Warn), "ThreadMonitor".into(), "WSVR0605W: 线程".into()))
        );
        assert_eq!(
            parsed("[10-12-22 17:11:09:179 CST] 0000000d SystemErr     R \tat a.b.C.d(C.java:1)"),
            Some((None, "SystemErr".into(), "\tat a.b.C.d(C.java:1)".into()))
        );
        assert_eq!(
            parsed("[22-6-9, 13:03:03:918 PDT] 00000001 bm.ws.app.Manager            A CWWKE0001I: up"),
            Some((Some(Level::Info), "bm.ws.app.Manager".into(), "CWWKE0001I: up".into()))
        );
        assert_eq!(
            parsed("[10-12-22 17:11:09:179 CST] 0000000d Web Services  E   x"),
            Some((Some(Level::Error), "Web Services".into(), "x".into()))
        );
    }

    #[test]
    fn near_misses() {
        for line in [
            "[10-12-22 17:11:09:179 CST] main x W y",
            "[2010-12-22 17:30:31] order id:90885",
            "[10-12-22 17:11:09:179 CST] 0000000d",
            "10-12-22 17:11:09:179 CST] 0000000d ThreadMonitor W   x",
        ] {
            assert_eq!(parsed(line), None, "{line}");
        }
    }

    #[test]
    fn liberty_console() {
        assert_eq!(
            console_head(b"[WARNING ] CWWKS1: x").and_then(|h| h.level),
            Some(Level::Warn)
        );
        assert_eq!(console_head(b"[err] java.lang.X").map(|h| h.source), Some(Source::Err));
        assert!(console_head(b"[main] x").is_none());
    }
}
