//! Access logs in the NCSA layouts with the additions of Tomcat, IHS, Jetty and nginx (LOG_FORMATS §9).

use super::record::{split_once, trim};
use crate::{Stamp, text::stamp};

/// One request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Request<'a> {
    /// When it was finished (Tomcat, IHS) or received (httpd), as printed.
    pub time: Stamp,
    /// Client address or name.
    pub client: &'a [u8],
    /// `GET`.
    pub method: &'a [u8],
    /// Path without parameters.
    pub path: &'a [u8],
    /// Status; `None` for `-`: the connection ended before an answer.
    pub status: Option<u16>,
    /// Number behind status and bytes, unit unknown, when there is one.
    pub last_number: Option<f64>,
    /// True when that number has a decimal point.
    pub fraction: bool,
}

/// Reads one line; `None` when it is no request.
pub fn request(line: &[u8]) -> Option<Request<'_>> {
    let open = line.iter().take(200).position(|b| *b == b'[')?;
    let client = line.get(..open)?.split(|b| *b == b' ').next()?;
    let found = stamp(line.get(open + 1..)?)?;
    let rest = line.get(open + 1 + found.length..)?.strip_prefix(b"]")?;
    let rest = trim(rest).strip_prefix(b"\"")?;
    let (request, rest) = end_of_quote(rest)?;
    let mut words = request.split(|b| *b == b' ');
    let method = words.next().unwrap_or_default();
    let target = words.next().unwrap_or_default();
    let path = target.split(|b| matches!(b, b'?' | b';')).next().unwrap_or(target);
    let mut fields = trim(rest).split(|b| *b == b' ');
    let status = fields.next()?;
    let status_number = number(status).map(|n| n as u16);
    if status_number.is_none() && status != b"-" {
        return None;
    }
    // Past the bytes; quoted referer and agent hold blanks, so only what follows the last quote counts.
    let after_bytes = split_once(trim(rest), b" ").map_or(&b""[..], |(_, r)| r);
    let after_bytes = split_once(after_bytes, b" ").map_or(&b""[..], |(_, r)| r);
    let tail = match after_bytes.iter().rposition(|b| *b == b'"') {
        Some(quote) => after_bytes.get(quote + 1..).unwrap_or_default(),
        None => after_bytes,
    };
    let last = tail
        .split(|b| *b == b' ')
        .rev()
        .find(|w| !w.is_empty())
        .unwrap_or_default();
    Some(Request {
        time: found.stamp,
        client,
        method,
        path,
        status: status_number,
        last_number: number(last),
        fraction: last.contains(&b'.'),
    })
}

/// Splits at the closing quote; `\"` is none.
fn end_of_quote(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut from = 0;
    while let Some(at) = memchr::memchr(b'"', text.get(from..)?) {
        let end = from + at;
        if end == 0 || text.get(end - 1) != Some(&b'\\') {
            return Some((text.get(..end)?, text.get(end + 1..)?));
        }
        from = end + 1;
    }
    None
}

fn number(word: &[u8]) -> Option<f64> {
    if word.is_empty() || word.len() > 18 || !word.iter().all(|b| b.is_ascii_digit() || *b == b'.') {
        return None;
    }
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// Unit of the last field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LatencyUnit {
    /// Apache's and Tomcat 10.1's `%D`.
    Microseconds,
    /// Older Tomcats' `%D`, Jetty.
    Milliseconds,
    /// `%T`.
    Seconds,
}

impl LatencyUnit {
    /// Factor to milliseconds.
    pub fn millis(self) -> f64 {
        match self {
            Self::Microseconds => 0.001,
            Self::Milliseconds => 1.0,
            Self::Seconds => 1000.0,
        }
    }

    /// Decides by evidence over (number, has a decimal point) of many requests; `None` when there are no numbers.
    ///
    /// A decimal point means seconds (`%T` of newer Tomcats, nginx). Whole numbers: a request of a server takes rarely
    /// less than 0.1 ms and its usual time is far below ten seconds, so a median of 2,000 and more is microseconds; numbers
    /// that are nearly all 0 and 1 are whole seconds.
    pub fn decide(samples: &[(f64, bool)]) -> Option<LatencyUnit> {
        if samples.is_empty() {
            return None;
        }
        if samples.iter().filter(|s| s.1).count() * 2 > samples.len() {
            return Some(Self::Seconds);
        }
        let mut numbers: Vec<f64> = samples.iter().map(|s| s.0).collect();
        numbers.sort_by(f64::total_cmp);
        let at = |share: f64| {
            numbers
                .get(((numbers.len() - 1) as f64 * share) as usize)
                .copied()
                .unwrap_or(0.0)
        };
        let (low, median, high) = (at(0.1), at(0.5), at(0.95));
        if median >= 2000.0 || low >= 300.0 || high >= 120_000.0 {
            return Some(Self::Microseconds);
        }
        let whole_seconds = numbers.iter().filter(|n| **n <= 1.0).count() * 10 > numbers.len() * 9;
        if whole_seconds
            && numbers.len() >= 50
            && high <= 10.0
            && numbers.last().is_some_and(|most| *most <= 300.0)
            && at(0.99) <= 60.0
            && low < 1.0
            && median < 1.0
            && at(1.0) >= 2.0
        {
            return Some(Self::Seconds);
        }
        Some(Self::Milliseconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_lines() {
        let r = request(
            b"10.20.30.101 - - [16/Nov/2026:08:12:24 +0800] \"GET /out/api/register?pid=P1 HTTP/1.1\" 200 2 345123",
        )
        .unwrap();
        assert_eq!(
            (r.path, r.status, r.last_number),
            (&b"/out/api/register"[..], Some(200), Some(345_123.0))
        );
        let r =
            request(b"::1 - bob [16/Nov/2026:08:12:24 +0800] \"GET / HTTP/1.1\" 503 - \"-\" \"Agent 5.2\"").unwrap();
        assert_eq!((r.status, r.last_number), (Some(503), None));
        let r =
            request(b"::1 - - [16/Nov/2026:08:12:24 +0800] \"GET / HTTP/1.1\" 200 5 \"-\" \"A/5.2\" 0.012").unwrap();
        assert_eq!((r.last_number, r.fraction), (Some(0.012), true));
        let r = request(b"a - - [16/Nov/2026:08:12:24 +0800] \"-\" - -").unwrap();
        assert_eq!(r.status, None);
    }

    #[test]
    fn no_requests() {
        for line in [
            &b""[..],
            b"x [main] INFO y",
            b"a - - [16/Nov/2026:08:12:24 +0800] \"GET / HTTP",
            b"[16/Nov/2026:08:12:24 +0800]",
        ] {
            assert!(request(line).is_none());
        }
    }

    #[test]
    fn units() {
        let unit = |all: &[f64], fraction| LatencyUnit::decide(&all.iter().map(|n| (*n, fraction)).collect::<Vec<_>>());
        assert_eq!(
            unit(&[24092.0, 21103.0, 4000.0], false),
            Some(LatencyUnit::Microseconds)
        );
        assert_eq!(unit(&[4.0, 21.0, 40.0, 1200.0], false), Some(LatencyUnit::Milliseconds));
        assert_eq!(unit(&[0.004, 0.02], true), Some(LatencyUnit::Seconds));
        assert_eq!(unit(&[], true), None);
    }
}
