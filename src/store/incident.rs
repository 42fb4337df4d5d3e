//! One recorded incident and its columns.

use super::StoreError;
use crate::words::Text;
use rusqlite::{Connection, Row, params};
use serde::Serialize;
use serde_json::Value;

/// What happened after the analysis, as the user told it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Aftermath {
    /// When somebody began to work on it (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responded_at: Option<String>,
    /// When the business ran again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restored_at: Option<String>,
    /// When it was solved for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<String>,
    /// The cause found in the end (a cause id).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_cause: Option<String>,
}

/// A recorded incident without its report. Times are RFC 3339, as in the report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Incident {
    /// Its id.
    pub id: String,
    /// When it was first recorded.
    pub recorded_at: String,
    /// Name of the site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// When the mechanism began to show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onset: Option<String>,
    /// The first thing a user could have noticed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_symptom: Option<String>,
    /// The last moment the evidence speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_evidence: Option<String>,
    /// `determined`, `undetermined` or `none`.
    pub status: String,
    /// Cause id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// `high`, `medium` or `low`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<String>,
    /// Stable across incidents of the same kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Priority class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// `small`, `large` or `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<String>,
    /// Due times: response, workaround, resolution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_response: Option<String>,
    /// Due time of the workaround.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_workaround: Option<String>,
    /// Due time of the resolution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_resolution: Option<String>,
    /// What happened afterwards.
    #[serde(flatten)]
    pub after: Aftermath,
    /// The verdict in one sentence.
    pub headline: Text,
    /// Servers and applications that were hit, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<String>,
}

impl Incident {
    /// The columns of a report. `Err` says what is missing.
    pub fn from_report(report: &Value, recorded_at: &str) -> Result<Self, String> {
        let text = |pointer: &str| report.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let schema = text("/schema").ok_or("no schema")?;
        if schema != "goldenhour.report/1" {
            return Err(format!("schema {schema}"));
        }
        let words = |lang: &str| text(&format!("/verdict/headline/{lang}")).unwrap_or_default();
        Ok(Self {
            id: text("/incident/id")
                .filter(|id| !id.is_empty())
                .ok_or("no incident id")?,
            recorded_at: recorded_at.to_owned(),
            site: text("/incident/site"),
            onset: text("/incident/onset"),
            first_symptom: text("/incident/first_symptom"),
            last_evidence: text("/incident/last_evidence"),
            status: text("/verdict/status").ok_or("no verdict")?,
            cause: text("/verdict/cause"),
            confidence: text("/verdict/confidence"),
            fingerprint: text("/verdict/fingerprint"),
            priority: text("/incident/priority"),
            scale: text("/incident/scale"),
            due_response: text("/incident/due/response"),
            due_workaround: text("/incident/due/workaround"),
            due_resolution: text("/incident/due/resolution"),
            after: Aftermath::default(),
            headline: Text::new(words("zh"), words("en")),
            components: Vec::new(),
        })
    }

    /// The moment that trends count it at: its onset, else the last moment of its evidence, else when it was recorded.
    pub fn moment(&self) -> &str {
        let known = self.onset.as_deref().or(self.last_evidence.as_deref());
        known.unwrap_or(&self.recorded_at)
    }
}

/// Inserts an incident or replaces what an earlier analysis said; the aftermath and the first recording stay.
pub fn upsert(db: &Connection, incident: &Incident, report: &str) -> Result<(), StoreError> {
    let sql = "
        INSERT INTO incidents (id, recorded_at, analysed_at, site, onset, first_symptom, last_evidence, status, cause,
            confidence, fingerprint, priority, scale, due_response, due_workaround, due_resolution, headline_zh,
            headline_en, report)
        VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
        ON CONFLICT (id) DO UPDATE SET analysed_at = excluded.analysed_at, site = excluded.site,
            onset = excluded.onset, first_symptom = excluded.first_symptom, last_evidence = excluded.last_evidence,
            status = excluded.status, cause = excluded.cause, confidence = excluded.confidence,
            fingerprint = excluded.fingerprint, priority = excluded.priority, scale = excluded.scale,
            due_response = excluded.due_response, due_workaround = excluded.due_workaround,
            due_resolution = excluded.due_resolution, headline_zh = excluded.headline_zh,
            headline_en = excluded.headline_en, report = excluded.report";
    let i = incident;
    db.execute(
        sql,
        params![
            i.id,
            i.recorded_at,
            i.site,
            i.onset,
            i.first_symptom,
            i.last_evidence,
            i.status,
            i.cause,
            i.confidence,
            i.fingerprint,
            i.priority,
            i.scale,
            i.due_response,
            i.due_workaround,
            i.due_resolution,
            i.headline.zh,
            i.headline.en,
            report
        ],
    )?;
    Ok(())
}

/// The processes and artefacts of a report, in place of those of an earlier analysis.
pub fn insert_parts(db: &Connection, id: &str, report: &Value) -> Result<(), StoreError> {
    db.execute("DELETE FROM processes WHERE incident = ?1", [id])?;
    db.execute("DELETE FROM artefacts WHERE incident = ?1", [id])?;
    let list = |key: &str| report.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let number = |value: &Value, key: &str| value.get(key).and_then(Value::as_i64);
    for p in list("processes") {
        let sql = "INSERT OR REPLACE INTO processes (incident, process, pid, host, name) VALUES (?1, ?2, ?3, ?4, ?5)";
        let process = text(&p, "id").unwrap_or_default();
        db.execute(
            sql,
            params![id, process, number(&p, "pid"), text(&p, "host"), text(&p, "name")],
        )?;
    }
    for a in list("artefacts") {
        let sql = "INSERT OR REPLACE INTO artefacts (incident, artefact, path, kind, bytes, sha256) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let (artefact, path) = (text(&a, "id").unwrap_or_default(), text(&a, "path").unwrap_or_default());
        let kind = text(&a, "kind").unwrap_or_default();
        db.execute(
            sql,
            params![id, artefact, path, kind, number(&a, "bytes"), text(&a, "sha256")],
        )?;
    }
    Ok(())
}

/// All incidents, newest moment first.
pub fn list(db: &Connection) -> Result<Vec<Incident>, StoreError> {
    let sql =
        "SELECT id, recorded_at, site, onset, first_symptom, last_evidence, status, cause, confidence, fingerprint,
        priority, scale, due_response, due_workaround, due_resolution, responded_at, restored_at, resolved_at,
        final_cause, headline_zh, headline_en FROM incidents";
    let mut statement = db.prepare(sql)?;
    let mut incidents = statement.query_map([], from_row)?.collect::<Result<Vec<_>, _>>()?;
    let mut names = db.prepare(
        "SELECT DISTINCT coalesce(name, host) FROM processes WHERE incident = ?1 AND coalesce(name, host) IS NOT NULL ORDER BY 1",
    )?;
    for incident in &mut incidents {
        incident.components = names
            .query_map([&incident.id], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
    }
    let at = |incident: &Incident| incident.moment().parse::<jiff::Timestamp>().ok();
    incidents.sort_by(|a, b| at(b).cmp(&at(a)).then_with(|| a.id.cmp(&b.id)));
    Ok(incidents)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Incident> {
    Ok(Incident {
        id: row.get(0)?,
        recorded_at: row.get(1)?,
        site: row.get(2)?,
        onset: row.get(3)?,
        first_symptom: row.get(4)?,
        last_evidence: row.get(5)?,
        status: row.get(6)?,
        cause: row.get(7)?,
        confidence: row.get(8)?,
        fingerprint: row.get(9)?,
        priority: row.get(10)?,
        scale: row.get(11)?,
        due_response: row.get(12)?,
        due_workaround: row.get(13)?,
        due_resolution: row.get(14)?,
        after: Aftermath {
            responded_at: row.get(15)?,
            restored_at: row.get(16)?,
            resolved_at: row.get(17)?,
            final_cause: row.get(18)?,
        },
        headline: Text::new(row.get::<_, String>(19)?, row.get::<_, String>(20)?),
        components: Vec::new(),
    })
}
