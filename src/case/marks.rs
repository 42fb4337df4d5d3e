//! Life-cycle marks in logs: when a server began to start, was ready, began to stop.

use crate::logs::LogRecord;

/// What a record says about the life of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// The process begins: version banner, first line of a start.
    Begin,
    /// The server is open for work.
    Ready,
    /// An orderly stop begins or ends.
    Stop,
    /// An application (not the server) is deployed, started again or replaced.
    Deploy,
    /// An application is taken down.
    Undeploy,
}

/// Codes with their mark (message_codes.tsv, role `lifecycle`).
const CODES: [(&str, Mark); 20] = [
    ("WSVR0001I", Mark::Ready),
    ("WSVR0024I", Mark::Stop),
    ("ADMN1020I", Mark::Stop),
    ("WSVR0801I", Mark::Begin),
    ("CWWKE0001I", Mark::Begin),
    ("CWWKF0011I", Mark::Ready),
    ("CWWKE0055I", Mark::Stop),
    ("CWWKE0036I", Mark::Stop),
    ("CWWKE1100I", Mark::Stop),
    ("BEA-000377", Mark::Begin),
    ("BEA-000360", Mark::Ready),
    ("BEA-000396", Mark::Stop),
    ("BEA-000236", Mark::Stop),
    ("BEA-000238", Mark::Stop),
    ("JBAS015899", Mark::Begin),
    ("WSVR0200I", Mark::Deploy),
    ("WSVR0217I", Mark::Undeploy),
    ("CWWKZ0018I", Mark::Deploy),
    ("CWWKZ0003I", Mark::Deploy),
    ("CWWKZ0009I", Mark::Undeploy),
];

/// Words of products without codes.
const WORDS: [(&str, Mark); 22] = [
    ("Server version name:", Mark::Begin),
    ("Server version:", Mark::Begin),
    ("Server startup in", Mark::Ready),
    ("服务器启动完成", Mark::Ready),
    ("Stopping service [", Mark::Stop),
    ("Pausing ProtocolHandler", Mark::Stop),
    ("Destroying ProtocolHandler", Mark::Stop),
    ("Deploying web application", Mark::Deploy),
    ("Deploying deployment descriptor", Mark::Deploy),
    ("Reloading Context with name", Mark::Deploy),
    ("Undeploying context", Mark::Undeploy),
    ("Started ServerConnector@", Mark::Ready),
    ("Stopped ServerConnector@", Mark::Stop),
    ("Stopped Server@", Mark::Stop),
    ("Server state changed to RUNNING", Mark::Ready),
    ("Server state changed to SHUTTING_DOWN", Mark::Stop),
    ("Server state changed to FORCE_SHUTTING_DOWN", Mark::Stop),
    ("open for e-business", Mark::Ready),
    ("ADMU3200I", Mark::Begin),
    ("WFLYSRV0049", Mark::Begin),
    ("WFLYSRV0025", Mark::Ready),
    ("WFLYSRV0050", Mark::Stop),
];

/// The mark of a record, if it is one.
pub fn of(record: &LogRecord) -> Option<Mark> {
    if let Some(code) = &record.code
        && let Some((_, mark)) = CODES.iter().find(|(known, _)| known == code)
    {
        return Some(*mark);
    }
    // A banner says "Server version number:" and "Server version name:" on following lines; one is enough.
    WORDS
        .iter()
        .find(|(words, _)| record.first_line.contains(words))
        .map(|(_, mark)| *mark)
}

/// Seconds that a `Ready` record says the start took (`in [5161] milliseconds`, `@4069ms`), to date the begin.
pub fn start_took_s(record: &LogRecord) -> Option<f64> {
    let text = record.first_line.as_str();
    let after = text
        .split_once(" in [")
        .map(|(_, rest)| rest)
        .or_else(|| text.split_once(" in ").map(|(_, rest)| rest))
        .or_else(|| text.rsplit_once('@').map(|(_, rest)| rest))?;
    let digits: String = after
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == ',')
        .filter(|c| *c != ',')
        .collect();
    let number: f64 = digits.parse().ok()?;
    let rest = after
        .trim_start_matches(|c: char| c.is_ascii_digit() || c == ',')
        .trim_start_matches(']');
    let unit = rest.trim_start();
    if unit.starts_with("ms") || unit.starts_with("milli") {
        Some(number / 1000.0)
    } else if unit.starts_with("sec") || unit.starts_with("s ") {
        Some(number)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(line: &str, code: Option<&str>) -> LogRecord {
        LogRecord {
            first_line: line.to_owned(),
            code: code.map(str::to_owned),
            ..LogRecord::default()
        }
    }

    #[test]
    fn a_code_decides_before_the_words() {
        assert_eq!(of(&record("x", Some("WSVR0024I"))), Some(Mark::Stop));
        assert_eq!(
            of(&record("INFO Server startup in [5161] milliseconds", None)),
            Some(Mark::Ready)
        );
        assert_eq!(of(&record("INFO nothing", Some("SRVE0169I"))), None);
    }

    #[test]
    fn a_start_tells_how_long_it_took() {
        assert_eq!(
            start_took_s(&record("Server startup in [5,161] milliseconds", None)),
            Some(5.161)
        );
        assert_eq!(start_took_s(&record("Started @3200ms", None)), Some(3.2));
        assert_eq!(start_took_s(&record("nothing", None)), None);
    }
}
