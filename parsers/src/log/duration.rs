//! Durations that messages carry: how long ago began what they report (HEURISTICS §8).

/// Words after which the duration stands. Messages that come when a wait or a pause is over, or while it lasts.
const BEFORE: &[&str] = &[
    "has been active for",
    "has been busy for",
    "has been running for",
    "has been running on thread",
    "was active for approximately",
    "has been stuck for",
    "已保持活动状态",
    "处于活动状态",
    "已忙于处理",
    "已忙",
    "timed out after",
    "wait millis",
    "waited for",
    "waiting for",
    "after waiting",
    "within",
    "超时",
    "Unable to fetch a connection in",
    "scheduling delay is",
    "线程调度延迟为",
    "调度延迟",
    "Thread starvation or clock leap detected (housekeeper delta=",
    "did not receive adequate CPU time slices",
    "for at least",
    "等待时间",
];

/// The duration in seconds, if the message has one after a known phrase, or a known code and a single duration.
pub fn carried_seconds(code: Option<&str>, text: &str) -> Option<f64> {
    let by_phrase = BEFORE.iter().find_map(|phrase| {
        let at = text.find(phrase)?;
        after_phrase(text.get(at + phrase.len()..)?, 48)
    });
    by_phrase.or_else(|| match code {
        Some(
            "WSVR0605W" | "WSVR0606W" | "BEA-000337" | "WTRN0006W" | "HMGR0152W" | "DCSV0004W" | "UTLS0008W"
            | "TRAS0112W" | "TRAS0114W",
        ) => after_phrase(text, 400),
        _ => None,
    })
}

/// The first number with a unit within `reach` bytes.
fn after_phrase(text: &str, reach: usize) -> Option<f64> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len().min(reach) {
        let digit = bytes
            .get(at..bytes.len().min(reach))?
            .iter()
            .position(u8::is_ascii_digit)?;
        let start = at + digit;
        let length = bytes
            .get(start..)?
            .iter()
            .take_while(|b| b.is_ascii_digit() || matches!(b, b',' | b'.'))
            .count();
        // A comma or full stop behind the number is the sentence's.
        let length = length - usize::from(matches!(bytes.get(start + length - 1), Some(b',' | b'.')));
        // A number inside a word (an id) is none.
        let inside = start
            .checked_sub(1)
            .and_then(|i| bytes.get(i))
            .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
        if let Some(seconds) =
            number_and_unit(text.get(start..start + length)?, text.get(start + length..)?).filter(|_| !inside)
        {
            return Some(seconds);
        }
        at = start + length;
    }
    None
}

fn number_and_unit(number: &str, after: &str) -> Option<f64> {
    let value: f64 = number.trim_end_matches(['.', ',']).replace(',', "").parse().ok()?;
    let unit = after.trim_start_matches(['"', ']', '”', '\'', ' ', '(']);
    let seconds = if unit.starts_with("ms") || unit.starts_with("millis") || unit.starts_with("毫秒") {
        value / 1000.0
    } else if unit.starts_with("秒") || unit.starts_with("second") || unit.starts_with("sec") {
        value
    } else if unit.starts_with("minute") || unit.starts_with("分钟") {
        value * 60.0
    } else if let Some(rest) = unit.strip_prefix('s') {
        // Hikari: `45s234ms`.
        if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        value
    } else if after.starts_with(", active") {
        // Druid: `wait millis 60000, active 20`.
        value / 1000.0
    } else {
        return None;
    };
    (seconds > 0.0 && seconds < 1e7).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (code, text, wanted) in [
            (
                Some("WSVR0605W"),
                "WSVR0605W: Thread \"WebContainer : 3\" (0000003b) has been active for 612345 milliseconds and may be hung.",
                612.345,
            ),
            (
                Some("WSVR0605W"),
                "WSVR0605W: 线程“WebContainer : 376”（000001b1）已保持活动状态 752345 毫秒，该线程可能已挂起。",
                752.345,
            ),
            (
                Some("BEA-000337"),
                "[STUCK] ExecuteThread: '44' has been busy for \"1,720\" seconds working on",
                1720.0,
            ),
            (
                None,
                "HikariPool-1 - Connection is not available, request timed out after 30000ms.",
                30.0,
            ),
            (
                None,
                "GetConnectionTimeoutException: wait millis 60000, active 20, maxActive 20",
                60.0,
            ),
            (
                Some("HMGR0152W"),
                "HMGR0152W: CPU Starvation detected. Current thread scheduling delay is 9 seconds.",
                9.0,
            ),
            (
                Some("TRAS0114W"),
                "TRAS0114W: Request AAB_1 has been running on thread 0000002b for at least 600013.340ms. The",
                600.01334,
            ),
            (
                None,
                "Thread [http-1] (id=[25]) has been active for [60,015] milliseconds (since",
                60.015,
            ),
        ] {
            let got = carried_seconds(code, text).unwrap_or(-1.0);
            assert!((got - wanted).abs() < 1e-6, "{text}: {got}");
        }
    }

    #[test]
    fn none() {
        assert_eq!(carried_seconds(None, "request uri=/a took 300 ms"), None);
        assert_eq!(carried_seconds(None, "timed out after a while"), None);
    }
}
