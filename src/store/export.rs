//! The record as JSON Lines and CSV.

use super::Incident;

/// One incident a line.
pub fn json_lines(incidents: &[Incident]) -> String {
    incidents
        .iter()
        .filter_map(|incident| serde_json::to_string(incident).ok())
        .map(|line| line + "\n")
        .collect()
}

/// RFC 4180 with a header and a mark that makes spreadsheets read UTF-8.
pub fn csv(incidents: &[Incident]) -> String {
    const COLUMNS: [&str; 19] = [
        "id",
        "recorded_at",
        "site",
        "onset",
        "status",
        "cause",
        "confidence",
        "fingerprint",
        "priority",
        "scale",
        "due_response",
        "due_workaround",
        "due_resolution",
        "responded_at",
        "restored_at",
        "resolved_at",
        "final_cause",
        "headline_zh",
        "headline_en",
    ];
    let mut out = format!("\u{feff}{}\r\n", COLUMNS.join(","));
    for i in incidents {
        let cells = [
            Some(&i.id),
            Some(&i.recorded_at),
            i.site.as_ref(),
            i.onset.as_ref(),
            Some(&i.status),
            i.cause.as_ref(),
            i.confidence.as_ref(),
            i.fingerprint.as_ref(),
            i.priority.as_ref(),
            i.scale.as_ref(),
            i.due_response.as_ref(),
            i.due_workaround.as_ref(),
            i.due_resolution.as_ref(),
            i.after.responded_at.as_ref(),
            i.after.restored_at.as_ref(),
            i.after.resolved_at.as_ref(),
            i.after.final_cause.as_ref(),
            Some(&i.headline.zh),
            Some(&i.headline.en),
        ];
        let row: Vec<String> = cells
            .into_iter()
            .map(|cell| cell.map_or_else(String::new, |text| self::cell(text)))
            .collect();
        out.push_str(&row.join(","));
        out.push_str("\r\n");
    }
    out
}

/// Quoted, and never the start of a formula.
fn cell(text: &str) -> String {
    let safe = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if safe.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_start_no_formula() {
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(cell("plain"), "plain");
    }

    #[test]
    fn every_row_has_every_column() {
        let text = csv(&[Incident {
            id: "x".to_owned(),
            ..Incident::default()
        }]);
        let columns: Vec<usize> = text.lines().map(|line| line.matches(',').count()).collect();
        assert_eq!(columns, [18, 18]);
    }
}
