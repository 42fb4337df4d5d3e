//! Figures with units, spaces that do not break between groups and before the unit.

use crate::words::Lang;

/// No-break space: between groups of digits and before a unit. (The narrow one, U+202F, is missing in common Chinese
/// fonts and then has no width at all.)
pub(super) const THIN: char = '\u{a0}';

/// `22 412`.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    if digits.len() <= 4 {
        return digits;
    }
    let mut out = String::with_capacity(digits.len() * 2);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(THIN);
        }
        out.push(digit);
    }
    out
}

/// `3.2 GB`, binary multiples as JVM options count them.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
    if n < 1024 {
        return format!("{n}{THIN}B");
    }
    let mut value = n as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or("PB");
    if value < 10.0 {
        format!("{value:.1}{THIN}{name}")
    } else {
        format!("{value:.0}{THIN}{name}")
    }
}

/// `94 %`.
pub(super) fn percent(share: f64) -> String {
    let value = share * 100.0;
    if value > 0.0 && value < 0.05 {
        format!("<{THIN}0.1{THIN}%")
    } else if value > 0.0 && value < 1.0 {
        format!("{value:.1}{THIN}%")
    } else {
        format!("{value:.0}{THIN}%")
    }
}

/// The same, but only what is whole is 100 %.
pub(super) fn percent_floor(share: f64) -> String {
    if share < 1.0 && share > 0.99 {
        format!("{:.2}{THIN}%", (share * 10_000.0).floor() / 100.0)
    } else {
        percent(share)
    }
}

/// `250 ms`, `4.2 s`, `21 min`, `3 h 05 min`.
pub(super) fn seconds(s: f64) -> String {
    let s = if s.is_finite() { s.max(0.0) } else { 0.0 };
    if s < 1.0 {
        format!("{:.0}{THIN}ms", s * 1000.0)
    } else if s < 10.0 {
        format!("{s:.1}{THIN}s")
    } else if s < 120.0 {
        format!("{s:.0}{THIN}s")
    } else {
        minutes((s / 60.0).round() as i64)
    }
}

/// `21 min`, `3 h 05 min`, `2 d 4 h`; a negative number is shown without its sign.
pub(super) fn minutes(min: i64) -> String {
    let min = min.unsigned_abs();
    if min < 60 {
        format!("{min}{THIN}min")
    } else if min < 48 * 60 {
        format!("{}{THIN}h{THIN}{:02}{THIN}min", min / 60, min % 60)
    } else {
        format!("{}{THIN}d{THIN}{}{THIN}h", min / 1440, min % 1440 / 60)
    }
}

/// "20 of 22 412" in words.
pub(super) fn of(shown: u64, total: u64, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("共 {} 条，列出 {} 条", count(total), count(shown)),
        Lang::En => format!("{} of {}", count(shown), count(total)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(count(1234), "1234");
        assert_eq!(count(22_412), "22\u{a0}412");
        assert_eq!(bytes(1023), "1023\u{a0}B");
        assert_eq!(bytes(3_435_973_837), "3.2\u{a0}GB");
        assert_eq!(bytes(u64::MAX), "16384\u{a0}PB");
        assert_eq!(percent(0.941), "94\u{a0}%");
        assert_eq!(percent(0.004), "0.4\u{a0}%");
        assert_eq!(seconds(0.25), "250\u{a0}ms");
        assert_eq!(seconds(f64::NAN), "0\u{a0}ms");
        assert_eq!(minutes(-21), "21\u{a0}min");
        assert_eq!(minutes(185), "3\u{a0}h\u{a0}05\u{a0}min");
    }
}
