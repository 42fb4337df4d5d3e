//! One narrow row an incident for counting: everything that trends group by, as numbers.
//!
//! A digest is a pure function of the incident's row. Words are numbers of the table `names`, so that a million
//! incidents are read in a fraction of a second.

use super::{Incident, StoreError, incident};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

/// Number of a name; 0 is "unknown".
pub type Name = u32;

/// Was a promise kept?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Nobody told when it happened, or no due time is known.
    Unknown,
    /// In time.
    Yes,
    /// Late.
    No,
}

/// What a name in a digest names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// A server or application.
    System,
    /// A business module.
    Module,
}

/// An incident as trends see it.
#[derive(Debug, Clone, Copy)]
pub struct Digest {
    /// Number of the incident.
    pub incident: i64,
    /// Milliseconds since 1970.
    pub moment: i64,
    flags: u32,
    /// Its site.
    pub site: Name,
    /// The cause found in the end, else the verdict's.
    pub cause: Name,
    /// Its fingerprint.
    pub fingerprint: Name,
    /// Seconds from the onset until somebody responded.
    pub respond: Option<u32>,
    /// … until the business ran again.
    pub restore: Option<u32>,
    /// … until it was solved for good.
    pub resolve: Option<u32>,
    /// Its names in [`Digests::names`].
    from: u32,
    to: u32,
}

/// Digests with the names they share.
#[derive(Debug, Default)]
pub struct Digests {
    /// In order of time.
    pub all: Vec<Digest>,
    names: Vec<u32>,
}

const QUIET: u32 = 1;
const DETERMINED: u32 = 2;
const INSPECTION: u32 = 4;
/// Where the fields of two bits begin.
const PRIORITY: u32 = 4;
const RESPONSE: u32 = 6;
const WORKAROUND: u32 = 8;
const RESOLUTION: u32 = 10;
/// The bit of a packed name that tells modules from systems.
const MODULE: u32 = 1 << 31;

impl Digest {
    fn field(&self, at: u32) -> u32 {
        self.flags >> at & 3
    }

    fn kept(&self, at: u32) -> Kept {
        match self.field(at) {
            1 => Kept::Yes,
            2 => Kept::No,
            _ => Kept::Unknown,
        }
    }

    /// True when nothing was wrong.
    pub fn quiet(&self) -> bool {
        self.flags & QUIET != 0
    }

    /// True when the cause was determined.
    pub fn determined(&self) -> bool {
        self.flags & DETERMINED != 0
    }

    /// True for an inspection of a quiet day.
    pub fn inspection(&self) -> bool {
        self.flags & INSPECTION != 0
    }

    /// `critical`, `serious`, `general` or `unknown`.
    pub fn priority(&self) -> &'static str {
        match self.field(PRIORITY) {
            1 => "critical",
            2 => "serious",
            3 => "general",
            _ => "unknown",
        }
    }

    /// Response in time?
    pub fn response(&self) -> Kept {
        self.kept(RESPONSE)
    }

    /// Workaround in time?
    pub fn workaround(&self) -> Kept {
        self.kept(WORKAROUND)
    }

    /// Resolution in time?
    pub fn resolution(&self) -> Kept {
        self.kept(RESOLUTION)
    }
}

impl Digests {
    /// The systems and modules of an incident.
    pub fn names_of(&self, digest: &Digest) -> impl Iterator<Item = (Tag, Name)> + '_ {
        let range = digest.from as usize..digest.to as usize;
        let names = self.names.get(range).unwrap_or_default().iter();
        names.map(|name| match name & MODULE {
            0 => (Tag::System, *name),
            _ => (Tag::Module, name & !MODULE),
        })
    }
}

/// Writes the digest of incident number `n` anew; without a moment there is none.
pub fn refresh(db: &Connection, n: i64) -> Result<(), StoreError> {
    db.prepare_cached("DELETE FROM digests WHERE incident = ?1")?
        .execute([n])?;
    let Some(i) = incident::by_number(db, n)? else {
        return Ok(());
    };
    let Some(moment) = instant(Some(i.moment())) else {
        return Ok(());
    };
    db.prepare_cached("UPDATE incidents SET moment = ?2 WHERE n = ?1")?
        .execute(params![n, moment.as_millisecond()])?;
    let mut names = Vec::new();
    for (mark, list) in [(0, &i.components), (MODULE, &i.modules)] {
        for name in list {
            names.extend((number(db, Some(name))? | mark).to_le_bytes());
        }
    }
    let cause = i.after.final_cause.as_deref().or(i.cause.as_deref());
    let onset = i.onset.as_deref();
    db.prepare_cached(
        "INSERT INTO digests (incident, moment, flags, site, cause, fingerprint, respond, restore, resolve, names)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        n,
        moment.as_millisecond(),
        flags(&i),
        number(db, i.site.as_deref())?,
        number(db, cause)?,
        number(db, i.fingerprint.as_deref())?,
        seconds(onset, i.after.responded_at.as_deref()),
        seconds(onset, i.after.restored_at.as_deref()),
        seconds(onset, i.after.resolved_at.as_deref()),
        names,
    ])?;
    Ok(())
}

fn flags(i: &Incident) -> u32 {
    let priority = match i.priority.as_deref() {
        Some("critical") => 1,
        Some("serious") => 2,
        Some("general") => 3,
        _ => 0,
    };
    let status = match i.status.as_str() {
        "none" => QUIET,
        "determined" => DETERMINED,
        _ => 0,
    };
    let kept = |due: &Option<String>, done: &Option<String>| match (instant(due.as_deref()), instant(done.as_deref())) {
        (Some(due), Some(done)) if done <= due => 1,
        (Some(_), Some(_)) => 2,
        _ => 0,
    };
    // A quiet inspection and one that found risks are both no incidents.
    let inspection = if i.inspection { INSPECTION | QUIET } else { 0 };
    status
        | inspection
        | priority << PRIORITY
        | kept(&i.due_response, &i.after.responded_at) << RESPONSE
        | kept(&i.due_workaround, &i.after.restored_at) << WORKAROUND
        | kept(&i.due_resolution, &i.after.resolved_at) << RESOLUTION
}

/// An RFC 3339 time.
pub fn instant(text: Option<&str>) -> Option<Timestamp> {
    text?.parse().ok()
}

/// Seconds between two times, when the second is not before the first.
fn seconds(from: Option<&str>, to: Option<&str>) -> Option<u32> {
    let seconds = instant(to)?.duration_since(instant(from)?).as_secs();
    u32::try_from(seconds).ok()
}

/// The number of a name, given when it is new.
pub fn number(db: &Connection, name: Option<&str>) -> Result<Name, StoreError> {
    let Some(name) = name else { return Ok(0) };
    if let Some(n) = known_number(db, name)? {
        return Ok(n);
    }
    db.prepare_cached("INSERT INTO names (name) VALUES (?1)")?
        .execute([name])?;
    Ok(u32::try_from(db.last_insert_rowid()).unwrap_or(0))
}

/// The number of a name that some incident bears.
pub fn known_number(db: &Connection, name: &str) -> Result<Option<Name>, StoreError> {
    let mut find = db.prepare_cached("SELECT n FROM names WHERE name = ?1")?;
    Ok(find.query_row([name], |row| row.get(0)).optional()?)
}

/// The name of a number; `None` for 0.
pub fn name(db: &Connection, n: Name) -> Result<Option<String>, StoreError> {
    let mut find = db.prepare_cached("SELECT name FROM names WHERE n = ?1")?;
    Ok(find.query_row([n], |row| row.get(0)).optional()?)
}

/// Digests from `since` on, of one site or all, in order of time.
pub fn read(db: &Connection, since: Option<Timestamp>, site: Option<Name>) -> Result<Digests, StoreError> {
    let mut digests = Digests::default();
    let mut statement = db.prepare(
        "SELECT incident, moment, flags, site, cause, fingerprint, respond, restore, resolve, names FROM digests",
    )?;
    let since = since.map_or(i64::MIN, Timestamp::as_millisecond);
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let moment: i64 = row.get(1)?;
        let of: Name = row.get(3)?;
        if moment < since || site.is_some_and(|site| site != of) {
            continue;
        }
        let from = digests.names.len();
        let packed = row.get_ref(9)?.as_blob().unwrap_or_default();
        digests
            .names
            .extend(packed.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes)));
        digests.all.push(Digest {
            incident: row.get(0)?,
            moment,
            flags: row.get(2)?,
            site: of,
            cause: row.get(4)?,
            fingerprint: row.get(5)?,
            respond: row.get(6)?,
            restore: row.get(7)?,
            resolve: row.get(8)?,
            from: u32::try_from(from).unwrap_or(u32::MAX),
            to: u32::try_from(digests.names.len()).unwrap_or(u32::MAX),
        });
    }
    digests.all.sort_by_key(|d| (d.moment, d.incident));
    Ok(digests)
}

/// Deletes names that no incident bears any more.
pub fn forget_names(db: &Connection) -> Result<(), StoreError> {
    let digests = read(db, None, None)?;
    let mut used = std::collections::HashSet::new();
    for d in &digests.all {
        used.extend([d.site, d.cause, d.fingerprint]);
        used.extend(digests.names_of(d).map(|(_, name)| name));
    }
    let mut series = db.prepare("SELECT DISTINCT series FROM readings")?;
    for n in series.query_map([], |row| row.get(0))? {
        used.insert(n?);
    }
    let mut all = db.prepare("SELECT n FROM names")?;
    let unused: Vec<Name> = all
        .query_map([], |row| row.get(0))?
        .filter(|n| !matches!(n, Ok(n) if used.contains(n)))
        .collect::<Result<_, _>>()?;
    for n in unused {
        db.prepare_cached("DELETE FROM names WHERE n = ?1")?.execute([n])?;
    }
    Ok(())
}
