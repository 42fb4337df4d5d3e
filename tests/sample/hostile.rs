//! The sample with hostile words wherever evidence can put them.

use goldenhour::report::ReportModel;

/// The sample with hostile words wherever evidence can put them.
pub fn hostile() -> ReportModel {
    let attack =
        "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>`](http://evil) | **b** \u{1b}[2J\u{202e}\u{0}=cmd()";
    let mut json = serde_json::to_value(super::deadlock()).unwrap();
    fn poison(value: &mut serde_json::Value, attack: &str, key: &str) {
        const KEPT: [&str; 22] = [
            "schema",
            "status",
            "cause",
            "confidence",
            "severity",
            "role",
            "scale",
            "priority",
            "answer",
            "stage",
            "time",
            "onset",
            "first_symptom",
            "last_evidence",
            "response",
            "workaround",
            "resolution",
            "started",
            "due",
            "first_time",
            "last_time",
            "end",
        ];
        match value {
            serde_json::Value::String(words) if !KEPT.contains(&key) => words.push_str(attack),
            serde_json::Value::Array(items) => items.iter_mut().for_each(|i| poison(i, attack, key)),
            serde_json::Value::Object(map) => map.iter_mut().for_each(|(k, v)| poison(v, attack, k)),
            _ => {}
        }
    }
    poison(&mut json, attack, "");
    serde_json::from_value(json).unwrap()
}
