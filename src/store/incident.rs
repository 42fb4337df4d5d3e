//! One recorded incident and its columns.

use super::StoreError;
use crate::words::Text;
use rusqlite::{Connection, OptionalExtension, Row, params};
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
    /// What ended it, in the user's words (masked).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl Aftermath {
    /// True when nothing was told.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A recorded incident without its report. Times are RFC 3339, as in the report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Incident {
    /// Its id.
    pub id: String,
    /// When it was first recorded.
    pub recorded_at: String,
    /// When it was analysed last.
    pub analysed_at: String,
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
    /// True for a report of a quiet day (`--inspection`).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub inspection: bool,
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
    /// When that was told last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_at: Option<String>,
    /// The verdict in one sentence.
    pub headline: Text,
    /// Servers and applications that were hit, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<String>,
    /// Business modules of the site file that the cause lies in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<String>,
    /// Bytes that its report takes in the record.
    pub kept_bytes: u64,
    /// True when what was quoted from the evidence was purged.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub evidence_purged: bool,
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
            analysed_at: recorded_at.to_owned(),
            site: text("/incident/site"),
            onset: text("/incident/onset"),
            first_symptom: text("/incident/first_symptom"),
            last_evidence: text("/incident/last_evidence"),
            status: text("/verdict/status").ok_or("no verdict")?,
            inspection: report.pointer("/tool/inspection").and_then(Value::as_bool) == Some(true),
            cause: text("/verdict/cause"),
            confidence: text("/verdict/confidence"),
            fingerprint: text("/verdict/fingerprint"),
            priority: text("/incident/priority"),
            scale: text("/incident/scale"),
            due_response: text("/incident/due/response"),
            due_workaround: text("/incident/due/workaround"),
            due_resolution: text("/incident/due/resolution"),
            headline: Text::new(words("zh"), words("en")),
            components: components(report),
            modules: modules(report),
            ..Self::default()
        })
    }

    /// The moment that trends count it at: its onset, else the last moment of its evidence, else when it was recorded.
    pub fn moment(&self) -> &str {
        let known = self.onset.as_deref().or(self.last_evidence.as_deref());
        known.unwrap_or(&self.recorded_at)
    }
}

/// Servers and applications of a report by name, hosts where no name is known.
fn components(report: &Value) -> Vec<String> {
    let processes = report.get("processes").and_then(Value::as_array).into_iter().flatten();
    let name = |p: &Value| {
        p.get("name")
            .or_else(|| p.get("host"))
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let mut names: Vec<String> = processes.filter_map(name).collect();
    names.sort();
    names.dedup();
    names
}

/// Business modules of a report.
pub(super) fn modules(report: &Value) -> Vec<String> {
    let list = report.pointer("/incident/modules").and_then(Value::as_array);
    let names = list.into_iter().flatten().filter_map(Value::as_str);
    names.map(str::to_owned).collect()
}

/// Inserts an incident or replaces what an earlier analysis said; the first recording stays, and what happened
/// afterwards. Gives its number.
pub fn upsert(db: &Connection, i: &Incident) -> Result<i64, StoreError> {
    let sql = "
        INSERT INTO incidents (id, recorded_at, analysed_at, site, onset, first_symptom, last_evidence, status,
            inspection, cause, confidence, fingerprint, priority, scale, due_response, due_workaround, due_resolution,
            components, modules, headline_zh, headline_en)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
        ON CONFLICT (id) DO UPDATE SET recorded_at = min(recorded_at, excluded.recorded_at),
            analysed_at = excluded.analysed_at, site = excluded.site, onset = excluded.onset,
            first_symptom = excluded.first_symptom, last_evidence = excluded.last_evidence, status = excluded.status,
            inspection = excluded.inspection, cause = excluded.cause, confidence = excluded.confidence,
            fingerprint = excluded.fingerprint, priority = excluded.priority, scale = excluded.scale,
            due_response = excluded.due_response, due_workaround = excluded.due_workaround,
            due_resolution = excluded.due_resolution, components = excluded.components, modules = excluded.modules,
            headline_zh = excluded.headline_zh, headline_en = excluded.headline_en
        RETURNING n";
    let list = |names: &[String]| serde_json::to_string(names).unwrap_or_default();
    let values = params![
        i.id,
        i.recorded_at,
        i.analysed_at,
        i.site,
        i.onset,
        i.first_symptom,
        i.last_evidence,
        i.status,
        i.inspection,
        i.cause,
        i.confidence,
        i.fingerprint,
        i.priority,
        i.scale,
        i.due_response,
        i.due_workaround,
        i.due_resolution,
        list(&i.components),
        list(&i.modules),
        i.headline.zh,
        i.headline.en,
    ];
    Ok(db.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
}

/// The columns of [`from_row`], in its order.
const COLUMNS: &str =
    "id, recorded_at, analysed_at, site, onset, first_symptom, last_evidence, status, inspection, cause,
    confidence, fingerprint, priority, scale, due_response, due_workaround, due_resolution, components, modules,
    headline_zh, headline_en, set_at, responded_at, restored_at, resolved_at, final_cause, fix,
    coalesce(bytes, 0), coalesce(stripped, 0)";
const TABLES: &str = "incidents LEFT JOIN reports ON reports.incident = incidents.n";

/// The newest incidents first, at most `limit`.
pub fn list(db: &Connection, limit: Option<usize>) -> Result<Vec<Incident>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} ORDER BY moment DESC, id LIMIT ?1");
    let limit = limit.and_then(|n| i64::try_from(n).ok()).unwrap_or(-1);
    many(db, &sql, [limit])
}

/// Incidents that a condition over the columns holds for, newest first.
pub fn search(
    db: &Connection,
    condition: &str,
    values: impl rusqlite::Params,
    limit: usize,
) -> Result<Vec<Incident>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE {condition} ORDER BY moment DESC, id LIMIT {limit}");
    many(db, &sql, values)
}

fn many(db: &Connection, sql: &str, values: impl rusqlite::Params) -> Result<Vec<Incident>, StoreError> {
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(values, from_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One incident by its number.
pub fn by_number(db: &Connection, n: i64) -> Result<Option<Incident>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE n = ?1");
    Ok(db.prepare_cached(&sql)?.query_row([n], from_row).optional()?)
}

/// The number of an id.
pub fn number(db: &Connection, id: &str) -> Result<Option<i64>, StoreError> {
    let mut find = db.prepare_cached("SELECT n FROM incidents WHERE id = ?1")?;
    Ok(find.query_row([id], |row| row.get(0)).optional()?)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Incident> {
    let names = |text: String| serde_json::from_str(&text).unwrap_or_default();
    Ok(Incident {
        id: row.get(0)?,
        recorded_at: row.get(1)?,
        analysed_at: row.get(2)?,
        site: row.get(3)?,
        onset: row.get(4)?,
        first_symptom: row.get(5)?,
        last_evidence: row.get(6)?,
        status: row.get(7)?,
        inspection: row.get(8)?,
        cause: row.get(9)?,
        confidence: row.get(10)?,
        fingerprint: row.get(11)?,
        priority: row.get(12)?,
        scale: row.get(13)?,
        due_response: row.get(14)?,
        due_workaround: row.get(15)?,
        due_resolution: row.get(16)?,
        components: names(row.get(17)?),
        modules: names(row.get(18)?),
        headline: Text::new(row.get::<_, String>(19)?, row.get::<_, String>(20)?),
        set_at: row.get(21)?,
        after: Aftermath {
            responded_at: row.get(22)?,
            restored_at: row.get(23)?,
            resolved_at: row.get(24)?,
            final_cause: row.get(25)?,
            fix: row.get(26)?,
        },
        kept_bytes: row.get::<_, i64>(27)?.unsigned_abs(),
        evidence_purged: row.get(28)?,
    })
}
