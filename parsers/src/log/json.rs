//! JSON lines: logstash, ECS, Liberty, bunyan, GELF and their like (LOG_FORMATS §8), also behind a container's name.

use super::{
    level::{Level, level_word},
    record::{Head, Source},
    times::Times,
};
use crate::{CHINA, Stamp, text::Found};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// How far behind the line's start the object may begin (`name-1  | {…`).
const PREFIX: usize = 64;

const TIME: &[&str] = &[
    "@timestamp",
    "timestamp",
    "ibm_datetime",
    "time",
    "datetime",
    "ts",
    "date",
    "instant",
];
const LEVEL: &[&str] = &["level", "log.level", "loglevel", "severity", "levelname", "lvl"];
const MESSAGE: &[&str] = &["message", "msg", "short_message", "event", "log"];
const THREAD: &[&str] = &[
    "thread_name",
    "thread",
    "process.thread.name",
    "ibm_threadId",
    "threadName",
];
const LOGGER: &[&str] = &[
    "logger_name",
    "logger",
    "log.logger",
    "loggerName",
    "module",
    "ibm_className",
    "name",
];
const TRACE: &[&str] = &[
    "stack_trace",
    "error.stack_trace",
    "ibm_stackTrace",
    "stackTrace",
    "stacktrace",
    "exception",
    "throwable",
    "full_message",
    "stack",
    "error",
];

/// Takes one line apart: its head, and the stack trace if it holds one.
pub(super) fn head<'a>(line: &'a [u8], stamps: &impl Times) -> Option<Head<'a>> {
    let brace = line.iter().take(PREFIX).position(|b| *b == b'{')?;
    let object: Map<String, Value> = serde_json::from_slice(line.get(brace..)?).ok()?;
    let time = TIME
        .iter()
        .find_map(|key| lookup(&object, key))
        .and_then(|v| time(v, stamps));
    let level = LEVEL.iter().find_map(|key| lookup(&object, key)).and_then(level);
    let message = MESSAGE.iter().find_map(|key| text(&object, key)).unwrap_or_default();
    if time.is_none() && level.is_none() && message.is_empty() {
        return None;
    }
    let trace = TRACE.iter().find_map(|key| trace(&object, key)).unwrap_or_default();
    let owned = |keys: &[&str]| {
        keys.iter()
            .find_map(|key| text(&object, key))
            .map(|t| Cow::Owned(t.into_bytes()))
    };
    let source = match lookup(&object, "loglevel").and_then(Value::as_str) {
        Some("SystemErr") => Source::Err,
        Some("SystemOut") => Source::Out,
        _ => Source::Logger,
    };
    let mut lines = message.splitn(2, '\n');
    let first = lines.next().unwrap_or_default().to_owned();
    let mut body = lines.next().map(|rest| rest.as_bytes().to_vec()).unwrap_or_default();
    if !trace.is_empty() {
        if !body.is_empty() {
            body.push(b'\n');
        }
        body.extend_from_slice(trace.as_bytes());
    }
    Some(Head {
        time,
        level: if source == Source::Logger { level } else { None },
        thread: owned(THREAD),
        logger: owned(LOGGER),
        code: owned(&["ibm_messageId", "messageId"]),
        message: Cow::Owned(first.into_bytes()),
        source,
        server: owned(&["ibm_serverName"]),
        pid: lookup(&object, "pid")
            .or_else(|| lookup(&object, "process.pid"))
            .and_then(Value::as_u64),
        below: Some(body).filter(|body| !body.is_empty()).map(Vec::into_boxed_slice),
        ..Head::default()
    })
}

/// A key as it stands, or its parts as nested objects (ECS writes both).
fn lookup<'v>(object: &'v Map<String, Value>, key: &str) -> Option<&'v Value> {
    if let Some(value) = object.get(key) {
        return Some(value);
    }
    let (outer, inner) = key.split_once('.')?;
    lookup(object.get(outer)?.as_object()?, inner)
}

fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    match lookup(object, key)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A trace is a text, or an object with one inside (`{"stacktrace": …}`).
fn trace(object: &Map<String, Value>, key: &str) -> Option<String> {
    match lookup(object, key)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Object(inner) => ["stack_trace", "stacktrace", "stackTrace", "stack", "message"]
            .iter()
            .find_map(|key| text_of(inner, key)),
        _ => None,
    }
}

fn text_of(object: &Map<String, Value>, key: &str) -> Option<String> {
    object.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// Level words, and bunyan's and pino's numbers (10 trace … 60 fatal).
fn level(value: &Value) -> Option<Level> {
    match value {
        Value::String(word) => level_word(word.trim().as_bytes()),
        Value::Number(number) => match number.as_i64()? {
            ..=20 => Some(Level::Debug),
            21..=30 => Some(Level::Info),
            31..=40 => Some(Level::Warn),
            41..=50 => Some(Level::Error),
            _ => Some(Level::Fatal),
        },
        _ => None,
    }
}

/// A text in any layout, or a number of seconds or milliseconds since 1970.
fn time(value: &Value, stamps: &impl Times) -> Option<Found> {
    let number = match value {
        Value::String(text) => match stamps.parse(text.as_bytes()) {
            Some(found) => return Some(found),
            None => text.parse::<f64>().ok()?,
        },
        Value::Number(number) => number.as_f64()?,
        Value::Object(instant) => instant.get("epochSecond")?.as_f64()?,
        _ => return None,
    };
    let millis = if number < 1e11 { number * 1000.0 } else { number };
    if !(3e11..1e13).contains(&millis) {
        return None;
    }
    Some(Found {
        stamp: Stamp::from_epoch_millis(millis as i64, CHINA)?,
        length: 0,
        has_date: true,
        has_year: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::StampParser;

    #[test]
    fn logstash_with_a_trace() {
        let line = br#"{"@timestamp":"2016-08-03T12:06:31.009-0500","level":"ERROR","message":"bad","thread_name":"t","stack_trace":"a.B: x\n\tat a.C.d(C.java:1)"}"#;
        let h = head(line, &StampParser::default()).unwrap();
        assert_eq!(h.level, Some(Level::Error));
        assert!(h.below.unwrap().starts_with(b"a.B: x\n\tat"));
        assert_eq!(h.time.unwrap().stamp.rfc3339(CHINA), "2016-08-03T12:06:31.009-05:00");
    }

    #[test]
    fn nested_ecs_and_numbers() {
        let line = br#"web-1  | {"ts":1761019822.31,"log":{"level":"warn"},"message":"slow"}"#;
        let h = head(line, &StampParser::default()).unwrap();
        assert_eq!((h.level, &*h.message), (Some(Level::Warn), &b"slow"[..]));
        assert!(h.time.is_some());
        let h = head(
            br#"{"level":50,"msg":"x","time":1761019822310}"#,
            &StampParser::default(),
        )
        .unwrap();
        assert_eq!(h.level, Some(Level::Error));
    }

    #[test]
    fn damage_is_no_record() {
        for line in [&b"{"[..], b"{}", b"{\"level\":", b"x {", b"[1]", br#"{"a":1}"#] {
            assert!(head(line, &StampParser::default()).is_none());
        }
    }
}
