//! TITLE: event, time, zone, charset.

use super::{Javacore, Title, tags::Charset};
use crate::Stamp;
use jiff::{civil::DateTime, tz::Offset};

/// Times that need each other: local, UTC, zone.
#[derive(Debug, Default)]
pub(super) struct Titles {
    local: Option<DateTime>,
    utc: Option<DateTime>,
    zone: Option<Offset>,
}

impl Titles {
    pub fn take(&mut self, tag: &[u8], data: &str, title: &mut Title, text: &mut Charset) -> bool {
        match tag {
            b"1TISIGINFO" => event(data, title),
            b"1TICHARSET" => {
                text.set(data);
                title.charset = Some(data.to_owned());
            }
            b"1TIDATETIME" => self.local = date(data),
            b"1TIDATETIMEUTC" => self.utc = date(data),
            b"1TITIMEZONE" => self.zone = zone(data),
            b"1TIFILENAME" => title.file_name = data.split_once(':').map(|(_, name)| name.trim().to_owned()),
            b"1TIPREPINFO" if data.starts_with("Exclusive VM access not taken") => {
                title.inconsistent = Some(data.to_owned())
            }
            _ => {}
        }
        true
    }

    /// Joins the times once the file is read.
    pub fn finish(self, core: &mut Javacore) {
        let offset = self.zone.or_else(|| difference(self.local?, self.utc?));
        let stamp = |civil: DateTime| Stamp { civil, offset };
        core.title.time = self
            .local
            .map(stamp)
            .or_else(|| self.utc.map(|utc| Stamp::with_offset(utc, Offset::UTC)));
        if let Some(started) = core.environment.started.as_mut() {
            started.offset = offset;
        }
    }
}

/// The offset that turns UTC into local time, if it can be one. A file that was edited may contradict itself.
fn difference(local: DateTime, utc: DateTime) -> Option<Offset> {
    let seconds = local.duration_since(utc).as_secs();
    let quarters = (seconds + 450).div_euclid(900);
    let is_near = (seconds - quarters * 900).abs() <= 2;
    (is_near && quarters.abs() <= 14 * 4)
        .then(|| Offset::from_seconds(i32::try_from(quarters * 900).ok()?).ok())
        .flatten()
}

/// `Date: 2019/11/05 at 22:40:43:409`, milliseconds optional, blanks behind `Date:` as many as one likes.
pub(super) fn date(data: &str) -> Option<DateTime> {
    let digits = data.find(|c: char| c.is_ascii_digit())?;
    let rest = data.get(digits..)?;
    let (day, time) = rest.split_once(" at ")?;
    let time = time.trim_start();
    let end = time
        .find(|c: char| !c.is_ascii_digit() && c != ':')
        .unwrap_or(time.len());
    let mut parts = time.get(..end)?.split(':');
    let mut day = day.trim().split('/');
    let (year, month, date) = (
        day.next()?.parse().ok()?,
        day.next()?.parse().ok()?,
        day.next()?.parse().ok()?,
    );
    let (hour, minute, second) = (
        parts.next()?.parse().ok()?,
        parts.next()?.parse().ok()?,
        parts.next()?.parse().ok()?,
    );
    let millis: i32 = parts.next().and_then(|p| p.parse().ok()).unwrap_or(0);
    DateTime::new(
        year,
        month,
        date,
        hour,
        minute,
        second,
        millis.clamp(0, 999) * 1_000_000,
    )
    .ok()
}

/// `Timezone: UTC+9 (KST)`, `UTC-6 (CST)`, `UTC+5:30 (IST)`, `UTC`, `(unavailable)`.
fn zone(data: &str) -> Option<Offset> {
    let (_, zone) = data.split_once("UTC")?;
    let sign = match zone.as_bytes().first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return Some(Offset::UTC),
    };
    let zone = zone.get(1..)?;
    let end = zone
        .find(|c: char| !c.is_ascii_digit() && c != ':')
        .unwrap_or(zone.len());
    let (hours, minutes) = zone.get(..end)?.split_once(':').unwrap_or((zone.get(..end)?, "0"));
    let seconds = hours
        .parse::<i32>()
        .ok()?
        .checked_mul(3600)?
        .checked_add(minutes.parse::<i32>().ok()?.checked_mul(60)?)?;
    Offset::from_seconds(sign * seconds).ok()
}

/// `Dump Event "systhrow" (00040000) Detail "java/lang/OutOfMemoryError" "Java heap space" received`,
/// `Dump Requested By User (00100000) Through com.ibm.jvm.Dump.JavaDump`, `signal 21 received`.
fn event(data: &str, title: &mut Title) {
    let data = data.trim();
    let data = data.strip_suffix("received").unwrap_or(data).trim();
    title.mask = data
        .split_once('(')
        .and_then(|(_, rest)| u32::from_str_radix(rest.get(..8)?, 16).ok());
    if let Some(rest) = data.strip_prefix("Dump Event \"") {
        let (name, rest) = rest.split_once('"').unwrap_or((rest, ""));
        title.event = Some(name.to_owned());
        if let Some((_, detail)) = rest.split_once("Detail \"") {
            let (class, rest) = detail.split_once('"').unwrap_or((detail, ""));
            title.detail = Some(class.to_owned());
            title.message = rest
                .trim()
                .strip_prefix('"')
                .map(|m| m.trim_end_matches('"').to_owned());
        }
    } else if let Some((_, through)) = data.split_once("Through ") {
        title.event = Some("api".to_owned());
        title.detail = Some(through.trim().to_owned());
    } else if data.starts_with("Dump Requested By User") {
        title.event = Some("api".to_owned());
    } else {
        title.event = Some(data.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_every_generation() {
        for (data, wanted) in [
            ("Date:                 2006/05/10 at 12:29:37", "2006-05-10T12:29:37"),
            ("Date: 2021/04/23 at 18:02:44:017 (UTC)", "2021-04-23T18:02:44.017"),
            ("JVM start time: 2026/11/09 at 21:13:56:498", "2026-11-09T21:13:56.498"),
        ] {
            assert_eq!(date(data).map(|d| d.to_string()).as_deref(), Some(wanted));
        }
        assert_eq!(date("Date: 2021/13/23 at 18:02:44"), None);
    }

    #[test]
    fn zones() {
        assert_eq!(zone("Timezone: UTC+9 (KST)").map(|o| o.seconds()), Some(9 * 3600));
        assert_eq!(zone("Timezone: UTC+5:30 (IST)").map(|o| o.seconds()), Some(19_800));
        assert_eq!(zone("Timezone: UTC-4 (EDT)").map(|o| o.seconds()), Some(-4 * 3600));
        assert_eq!(zone("Timezone: UTC").map(|o| o.seconds()), Some(0));
        assert_eq!(zone("Timezone: (unavailable)"), None);
        let (local, utc) = (date("2026/11/10 at 08:34:52:539"), date("2026/11/10 at 00:34:52:539"));
        assert_eq!(
            difference(local.unwrap(), utc.unwrap()).map(|o| o.seconds()),
            Some(8 * 3600)
        );
    }

    #[test]
    fn events() {
        let mut title = Title::default();
        event(
            r#"Dump Event "systhrow" (00040000) Detail "java/lang/OutOfMemoryError" "Java heap space" received"#,
            &mut title,
        );
        assert_eq!((title.event.as_deref(), title.mask), (Some("systhrow"), Some(0x40000)));
        assert_eq!(title.message.as_deref(), Some("Java heap space"));
        event(
            "Dump Requested By User (00100000) Through com.ibm.jvm.Dump.JavaDump",
            &mut title,
        );
        assert_eq!(title.event.as_deref(), Some("api"));
        event("signal 21 received ", &mut title);
        assert_eq!(title.event.as_deref(), Some("signal 21"));
    }
}
