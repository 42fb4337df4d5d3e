//! Values of the command line: offsets, sizes, times, ages.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::Offset,
};

/// `+08:00`, `-05:30`, `+8`, `Z` as an offset from UTC.
///
/// # Errors
/// Says what the value must look like.
pub fn parse_offset(text: &str) -> Result<Offset, String> {
    let wrong = || "an offset from UTC looks like +08:00".to_owned();
    if matches!(text, "Z" | "z" | "UTC") {
        return Ok(Offset::UTC);
    }
    let (sign, rest) = match text.strip_prefix('+') {
        Some(rest) => (1, rest),
        None => (-1, text.strip_prefix('-').ok_or_else(wrong)?),
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some(parts) => parts,
        None if rest.len() == 4 && rest.is_ascii() => rest.split_at(2),
        None => (rest, "0"),
    };
    let hours: i32 = hours.parse().map_err(|_| wrong())?;
    let minutes: i32 = minutes.parse().map_err(|_| wrong())?;
    if !(0..=18).contains(&hours) || !(0..60).contains(&minutes) {
        return Err(wrong());
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).map_err(|_| wrong())
}

/// `512M`, `4G`, `1.5GiB`, `1000000` as bytes; units count by 1024.
///
/// # Errors
/// Says what the value must look like.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let wrong = || "a size looks like 512M or 4G".to_owned();
    let text = text.trim();
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let unit = unit.trim().to_ascii_lowercase();
    let power = match unit.trim_end_matches("ib").trim_end_matches('b') {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        _ => return Err(wrong()),
    };
    let bytes = number * 1024_f64.powi(power);
    if !(1.0..=1e18).contains(&bytes) {
        return Err(wrong());
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and 1e18"
    )]
    Ok(bytes as u64)
}

/// A point in time as an engineer types it: RFC 3339, or a date with or without time of day at the assumed offset.
///
/// # Errors
/// Says what the value must look like.
pub fn parse_time(text: &str, assumed: Offset) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let local = text
        .parse::<DateTime>()
        .ok()
        .or_else(|| DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok())
        .or_else(|| DateTime::strptime("%Y-%m-%d %H:%M", text).ok())
        .or_else(|| DateTime::strptime("%Y-%m-%dT%H:%M", text).ok())
        .or_else(|| text.parse::<Date>().ok().map(|date| date.at(0, 0, 0, 0)));
    local
        .and_then(|local| assumed.to_timestamp(local).ok())
        .ok_or_else(|| format!("`{text}` is not a time; write 2026-11-20T10:31:00+08:00 or 2026-11-20 10:31"))
}

/// `90d`, `12w`, `6m`, `2y` as days (a month counts 30 days, a year 365).
///
/// # Errors
/// Says what the value must look like.
pub fn parse_age(text: &str) -> Result<i64, String> {
    let wrong = || "an age looks like 90d, 12w, 6m or 2y".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let (number, days) = match unit.to_ascii_lowercase() {
        'd' => (text.trim_end_matches(['d', 'D']), 1),
        'w' => (text.trim_end_matches(['w', 'W']), 7),
        'm' => (text.trim_end_matches(['m', 'M']), 30),
        'y' => (text.trim_end_matches(['y', 'Y']), 365),
        '0'..='9' => (text, 1),
        _ => return Err(wrong()),
    };
    let number: u32 = number.parse().map_err(|_| wrong())?;
    i64::from(number).checked_mul(days).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_in_the_usual_spellings() {
        for text in ["+08:00", "+8", "+0800"] {
            assert_eq!(parse_offset(text), Ok(Offset::constant(8)), "{text}");
        }
        assert_eq!(parse_offset("-05:30").unwrap().seconds(), -19_800);
        for text in ["", "8", "+25", "+08:61", "CST", "+0八:00"] {
            assert!(parse_offset(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_count_by_1024() {
        assert_eq!(parse_size("4G"), Ok(4 << 30));
        assert_eq!(parse_size("1.5 MiB"), Ok(3 << 19));
        assert_eq!(parse_size("4096"), Ok(4096));
        for text in ["", "G", "-1", "4X", "0", "1e400"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_without_zone_takes_the_assumed_one() {
        let offset = Offset::constant(8);
        let want = "2026-11-20T02:31:00Z".parse().unwrap();
        for text in [
            "2026-11-20 10:31",
            "2026-11-20T10:31:00",
            "2026-11-20T10:31:00+08:00",
            "2026-11-20 10:31:00",
        ] {
            assert_eq!(parse_time(text, offset), Ok(want), "{text}");
        }
        assert!(parse_time("yesterday", offset).is_err());
    }

    #[test]
    fn ages_are_days() {
        assert_eq!(parse_age("90d"), Ok(90));
        assert_eq!(parse_age("2y"), Ok(730));
        assert!(parse_age("soon").is_err());
    }
}
