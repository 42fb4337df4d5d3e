//! WebLogic server, domain and console logs (LOG_FORMATS §5).

use super::{
    level::level_word,
    record::{Head, split_once, trim},
    times::Times,
};
use crate::{CHINA, Stamp, text::Found};
use jiff::{civil::DateTime, tz::Offset};
use std::borrow::Cow;

/// `####<time> <severity> … <text> `: the server log.
pub(super) fn head<'a>(line: &'a [u8], stamps: &impl Times) -> Option<Head<'a>> {
    let fields = Fields(line.strip_prefix(b"####<")?);
    let printed = fields.clone().next()?;
    let mut all: [&[u8]; 13] = [b""; 13];
    let mut rest = fields;
    for slot in &mut all {
        *slot = rest.next()?;
        if is_code(slot) {
            break;
        }
    }
    let position = all.iter().position(|f| is_code(f))?;
    let at = |index: usize| all.get(index).copied().unwrap_or_default();
    // The epoch stands before the code, or before the bracketed extras of 12.2.1.
    let epoch = [position.checked_sub(1)?, position.checked_sub(2)?]
        .into_iter()
        .find_map(|index| number(at(index)).filter(|n| *n > 100_000_000_000));
    Some(Head {
        time: time(printed, epoch, stamps),
        level: level_word(at(1)),
        thread: Some(Cow::Borrowed(at(5))),
        logger: Some(Cow::Borrowed(at(2))),
        code: Some(Cow::Borrowed(at(position))),
        message: Cow::Borrowed(without_end(rest.0)),
        server: Some(at(4)).filter(|s| !s.is_empty()).map(Cow::Borrowed),
        ..Head::default()
    })
}

/// `<time> <severity> <subsystem> <BEA-nnnnnn> <text>`: the console. Node manager: `<time> <level> <class> <text>`.
pub(super) fn console_head<'a>(line: &'a [u8], stamps: &impl Times) -> Option<Head<'a>> {
    let mut fields = Fields(line.strip_prefix(b"<")?);
    let time = stamps.parse(fields.next()?)?;
    let level = level_word(fields.next()?)?;
    let subsystem = fields.next()?;
    let before_code = fields.clone();
    let code = fields.next().filter(|f| is_code(f));
    let text = if code.is_some() { fields.0 } else { before_code.0 };
    Some(Head {
        time: Some(time),
        level: Some(level),
        logger: Some(Cow::Borrowed(subsystem)),
        code: code.map(Cow::Borrowed),
        message: Cow::Borrowed(without_end(text)),
        ..Head::default()
    })
}

/// The text between `<…> ` groups; values may hold brackets themselves, so only `> <` separates.
#[derive(Clone)]
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (field, rest) = split_once(self.0, b"> <")?;
        self.0 = rest;
        Some(field)
    }
}

/// `BEA-000337`, `OSB-382500`, `J2EE-160166`.
fn is_code(field: &[u8]) -> bool {
    let Some(dash) = field.iter().position(|b| *b == b'-') else {
        return false;
    };
    let (name, digits) = (
        field.get(..dash).unwrap_or_default(),
        field.get(dash + 1..).unwrap_or_default(),
    );
    (2..=10).contains(&name.len())
        && name.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && (4..=8).contains(&digits.len())
        && digits.iter().all(u8::is_ascii_digit)
}

/// The last line of a record ends with `> `.
fn without_end(text: &[u8]) -> &[u8] {
    let text = trim(text);
    text.strip_suffix(b">").unwrap_or(text)
}

fn number(field: &[u8]) -> Option<i64> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// The epoch field is certain; the printed time is localised but tells the zone: it is the difference of both.
fn time(printed: &[u8], epoch: Option<i64>, stamps: &impl Times) -> Option<Found> {
    let local = stamps.parse(printed);
    let Some(epoch) = epoch else { return local };
    let offset = match local {
        Some(found) => found
            .stamp
            .offset
            .unwrap_or_else(|| difference(found.stamp.civil, epoch)),
        None => CHINA,
    };
    Some(Found {
        stamp: Stamp::from_epoch_millis(epoch, offset)?,
        length: printed.len(),
        has_date: true,
        has_year: true,
    })
}

/// Offset of a local time from the instant it stands for, to the quarter of an hour.
fn difference(local: DateTime, epoch: i64) -> Offset {
    let as_utc = Offset::UTC.to_timestamp(local).map(|t| t.as_second());
    let quarters = as_utc
        .map(|utc| (utc - epoch.div_euclid(1000) + 450).div_euclid(900))
        .unwrap_or(32);
    i32::try_from(quarters * 900)
        .ok()
        .and_then(|seconds| Offset::from_seconds(seconds).ok())
        .unwrap_or(CHINA)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Level;
    use crate::text::StampParser;

    const LINE: &str = "####<2016-5-20 下午08时53分16秒 CST> <Warning> <Socket> <WIN> <AdminServer> <[ACTIVE] ExecuteThread: '21' for queue: 'weblogic.kernel.Default (self-tuning)'> <<WLS Kernel>> <> <> <1463748796751> <BEA-000449> <Closing the socket> ";

    #[test]
    fn the_twelve_fields() {
        let h = head(LINE.as_bytes(), &StampParser::default()).unwrap();
        assert_eq!(h.level, Some(Level::Warn));
        assert_eq!(h.code.as_deref(), Some(&b"BEA-000449"[..]));
        assert_eq!(&*h.message, b"Closing the socket");
        assert_eq!(h.server.as_deref(), Some(&b"AdminServer"[..]));
        assert_eq!(h.time.unwrap().stamp.rfc3339(CHINA), "2016-05-20T20:53:16.751+08:00");
    }

    #[test]
    fn extras_of_newer_levels() {
        let line = LINE.replace("> <BEA", "> <[severity-value: 16] [rid: 0] [partition-id: 0] > <BEA");
        let h = head(line.as_bytes(), &StampParser::default()).unwrap();
        assert_eq!(h.code.as_deref(), Some(&b"BEA-000449"[..]));
        assert_eq!(h.time.unwrap().stamp.rfc3339(CHINA), "2016-05-20T20:53:16.751+08:00");
    }

    #[test]
    fn the_offset_is_the_difference() {
        let line = "####<Sep 20, 2010 8:05:08 PM> <Error> <S> <m> <s> <t> <<u>> <> <> <1284984308000> <BEA-1> <x> ";
        assert!(head(line.as_bytes(), &StampParser::default()).is_none());
        let line = line.replace("BEA-1", "BEA-000001");
        let h = head(line.as_bytes(), &StampParser::default()).unwrap();
        assert_eq!(h.time.unwrap().stamp.rfc3339(CHINA), "2010-09-20T20:05:08.000+08:00");
    }

    #[test]
    fn console() {
        let line = "<2011-8-24 下午07时58分15秒 CST> <Error> <WebLogicServer> <BEA-000337> <ExecuteThread: '196' busy";
        let h = console_head(line.as_bytes(), &StampParser::default()).unwrap();
        assert_eq!(h.code.as_deref(), Some(&b"BEA-000337"[..]));
        assert_eq!(h.level, Some(Level::Error));
        let line = "<2011-8-24 19:58:15> <Info> <NodeManager> <server started>";
        let h = console_head(line.as_bytes(), &StampParser::default()).unwrap();
        assert_eq!(&*h.message, b"server started");
    }
}
