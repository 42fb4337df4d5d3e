//! What a file name tells: process id and time. Names are hints; content decides where it speaks.

use jiff::civil::DateTime;

/// Hints from a file name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct NameHints {
    /// Process id.
    pub pid: Option<u64>,
    /// Time of writing, local.
    pub time: Option<DateTime>,
}

/// Reads the hints of `javacore.20261118.185948.9830514.0001.txt`, `heapdump…`, `core…`, `Snap…`,
/// `java_pid20483.hprof`, `hs_err_pid18634.log` (names by the VMs' defaults).
pub(super) fn of(name: &str) -> NameHints {
    let mut hints = NameHints::default();
    let lower = name.to_ascii_lowercase();
    if let Some((_, rest)) = lower.split_once("pid") {
        let digits: String = rest
            .trim_start_matches(['_', '-'])
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        hints.pid = digits.parse().ok();
    }
    let parts: Vec<&str> = lower.split('.').collect();
    for window in parts.windows(3) {
        let [date, time, pid] = window else { continue };
        let all_digits = |s: &&str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if date.len() == 8 && time.len() == 6 && window.iter().all(all_digits) {
            hints.time = DateTime::strptime("%Y%m%d%H%M%S", format!("{date}{time}")).ok();
            hints.pid = pid.parse().ok();
            break;
        }
    }
    hints
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_vms_own_names_are_understood() {
        let core = of("javacore.20261118.185948.9830514.0001.txt");
        assert_eq!(core.pid, Some(9_830_514));
        assert_eq!(core.time, Some(date(2026, 11, 18).at(18, 59, 48, 0)));
        assert_eq!(of("java_pid20483.hprof").pid, Some(20483));
        assert_eq!(of("hs_err_pid18634.log").pid, Some(18634));
        assert_eq!(of("gc.log.0"), NameHints::default());
        assert_eq!(of("catalina.pid"), NameHints::default());
    }
}
