//! Layouts that nobody names: the columns before the message, found from the lines themselves.
//!
//! Pattern layouts (log4j, logback, Spring Boot, JBoss, one-line JULI, syslog, PostgreSQL, plug-ins …) print the same
//! kinds of columns in every line. The leading words of sample lines are classed (time, number, level, bracket group,
//! word with a colon, dash, dotted name); the header ends after the last column that has one class in nearly all lines.

use super::{
    level::level_word,
    record::{Head, trim, trim_start},
    times::Times,
    token::{Class, Token, next_token},
};
use std::{borrow::Cow, collections::BTreeMap};

/// Columns looked at.
const MOST: usize = 14;
/// Columns of mixed class that may stand between two of one class.
const GAP: usize = 3;
/// Share of lines that must agree.
const AGREE: f64 = 0.95;

/// What a column tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Nothing,
    Time,
    Level,
    Thread,
    Logger,
    Pid,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    /// The one class, or `None` when anything may stand here.
    class: Option<Class>,
    role: Role,
}

/// The columns of one layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    columns: Vec<Column>,
    /// Which column is the time; `None` when the layout has none.
    time: Option<usize>,
    name: &'static str,
}

/// A sample line taken apart.
struct Sample<'a> {
    line: &'a [u8],
    tokens: Vec<Token>,
    time: Option<usize>,
}

impl Columns {
    /// Learns the layouts of sample lines: those with a time by the shape of that time, most frequent first (at most
    /// two); one without a time when there is none at all.
    pub(super) fn learn(lines: &[&[u8]], stamps: &impl Times) -> Vec<(Columns, usize)> {
        let samples: Vec<Sample<'_>> = lines
            .iter()
            .filter(|line| !is_continuation(line))
            .map(|line| Sample::new(line, stamps))
            .collect();
        let mut groups: BTreeMap<Vec<u8>, Vec<&Sample<'_>>> = BTreeMap::new();
        for sample in &samples {
            groups.entry(sample.shape()).or_default().push(sample);
        }
        let untimed = groups.remove(&Vec::new()).unwrap_or_default();
        let timed: usize = groups.values().map(Vec::len).sum();
        if timed * 20 < untimed.len() || timed == 0 {
            let columns = Columns::of_group(&untimed);
            return vec![(columns, untimed.len())];
        }
        let mut groups: Vec<Vec<&Sample<'_>>> = groups.into_values().collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
        groups
            .into_iter()
            .take(2)
            .filter(|group| group.len() * 33 >= timed)
            .map(|group| (Columns::of_group(&group), group.len()))
            .collect()
    }

    fn of_group(group: &[&Sample<'_>]) -> Columns {
        let time = group.first().and_then(|s| s.time);
        let mut classes: Vec<Option<Class>> = Vec::new();
        let mut end = 0;
        for index in 0..MOST {
            let class = agreed_class(group, index);
            classes.push(class);
            let gap = index - end;
            if class.is_none() {
                if gap >= GAP && time.is_none_or(|t| index > t) {
                    break;
                }
                continue;
            }
            // Few lines prove little: then only what follows without a gap.
            if gap > 0 && group.len() < 10 && time.is_none_or(|t| index > t) {
                break;
            }
            end = index + 1;
        }
        // Without time and level only a long agreement is a header.
        if time.is_none() && group.len() < 30 {
            end = 0;
        }
        classes.truncate(end);
        let mut columns: Vec<Column> = classes
            .into_iter()
            .map(|class| Column {
                class,
                role: Role::Nothing,
            })
            .collect();
        give_roles(&mut columns, group);
        let name = name(&columns, group);
        Columns { columns, time, name }
    }

    /// True when lines of this layout begin with a time.
    pub(super) fn has_time(&self) -> bool {
        self.time.is_some()
    }

    /// True when a level is among the columns.
    pub(super) fn has_level(&self) -> bool {
        self.columns.iter().any(|c| c.role == Role::Level)
    }

    /// The layout's usual name.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Takes apart a line that begins a record; `None` when it does not.
    pub(super) fn head<'a>(&self, line: &'a [u8], stamps: &impl Times) -> Option<Head<'a>> {
        let Some(time) = self.time else {
            return (!is_continuation(line)).then(|| self.untimed_head(line, stamps));
        };
        let mut head = Head::default();
        let mut at = 0;
        let mut time_end = 0;
        for (index, column) in self.columns.iter().enumerate() {
            let token = match next_token(line, at, if index <= time { Some(stamps) } else { None }) {
                Some(token) => token,
                None if index > time => break,
                None => return None,
            };
            if column.class.is_some_and(|class| class != token.class) {
                if index <= time {
                    return None;
                }
                break;
            }
            take(&mut head, column.role, &token, line);
            at = token.end;
            if index == time {
                time_end = token.end;
            }
        }
        let rest = line.get(time_end..).unwrap_or_default();
        if head.level.is_none() && rest.starts_with(b":") {
            head.level = leading_level(rest);
        }
        head.message = Cow::Borrowed(trim_start(line.get(at..).unwrap_or_default()));
        Some(head)
    }

    fn untimed_head<'a>(&self, line: &'a [u8], stamps: &impl Times) -> Head<'a> {
        let mut head = Head::default();
        let mut at = 0;
        for column in &self.columns {
            let Some(token) = next_token(line, at, Some(stamps)) else {
                break;
            };
            if column.class.is_some_and(|class| class != token.class) {
                break;
            }
            take(&mut head, column.role, &token, line);
            at = token.end;
        }
        let rest = line.get(at..).unwrap_or_default();
        head.message = Cow::Borrowed(if at == 0 { rest } else { trim_start(rest) });
        head
    }
}

fn take<'a>(head: &mut Head<'a>, role: Role, token: &Token, line: &'a [u8]) {
    let inner = line.get(token.inner.clone()).unwrap_or_default();
    match role {
        Role::Nothing => {}
        Role::Time => head.time = token.time,
        Role::Level => head.level = token.level,
        Role::Thread => head.thread = Some(Cow::Borrowed(trim(inner))).filter(|t| !t.is_empty()),
        Role::Logger => head.logger = Some(Cow::Borrowed(logger(inner))),
        Role::Pid => head.pid = std::str::from_utf8(inner).ok().and_then(|n| n.parse().ok()),
    }
}

/// `sshd[24200]:` → `sshd`.
fn logger(word: &[u8]) -> &[u8] {
    let word = trim(word);
    let word = word.strip_suffix(b":").unwrap_or(word);
    match word.iter().position(|b| *b == b'[') {
        Some(open) if open > 0 && word.ends_with(b"]") => word.get(..open).unwrap_or(word),
        _ => word,
    }
}

impl<'a> Sample<'a> {
    fn new(line: &'a [u8], stamps: &impl Times) -> Self {
        let mut tokens: Vec<Token> = Vec::new();
        let mut time = None;
        let mut at = 0;
        while tokens.len() < MOST {
            let want_time = (time.is_none() && tokens.len() < 6).then_some(stamps);
            let Some(token) = next_token(line, at, want_time) else {
                break;
            };
            if token.class == Class::Time {
                time = Some(tokens.len());
            }
            at = token.end;
            tokens.push(token);
        }
        Self { line, tokens, time }
    }

    /// The shape of the time and its place: lines of one layout agree in it. Empty without a time.
    fn shape(&self) -> Vec<u8> {
        let Some(token) = self.time.and_then(|t| self.tokens.get(t)) else {
            return Vec::new();
        };
        let mut shape = vec![u8::try_from(self.time.unwrap_or(0)).unwrap_or(0) + 1];
        for byte in self.line.get(token.start..token.end).unwrap_or_default() {
            let class = match byte {
                b'0'..=b'9' => b'd',
                b'A'..=b'Z' | b'a'..=b'z' | 0x80.. => b'a',
                b' ' => continue,
                other => *other,
            };
            if shape.last() != Some(&class) {
                shape.push(class);
            }
        }
        shape
    }
}

/// The class that nearly all lines have in a column; a word column counts when all pad it to a fixed width.
fn agreed_class(group: &[&Sample<'_>], index: usize) -> Option<Class> {
    let mut counts: BTreeMap<Class, usize> = BTreeMap::new();
    let mut padded = 0;
    for sample in group {
        let Some(token) = sample.tokens.get(index) else {
            continue;
        };
        *counts.entry(token.class).or_default() += 1;
        if sample
            .tokens
            .get(index + 1)
            .is_some_and(|next| next.start >= token.end + 2)
        {
            padded += 1;
        }
    }
    let enough = AGREE * group.len() as f64;
    let (class, count) = counts
        .into_iter()
        .max_by_key(|(class, count)| (*count, std::cmp::Reverse(*class)))?;
    if (count as f64) < enough || class == Class::Word && (padded as f64) < enough {
        return None;
    }
    Some(class)
}

fn give_roles(columns: &mut [Column], group: &[&Sample<'_>]) {
    let mut given: Vec<Role> = Vec::new();
    let classes: Vec<Option<Class>> = columns.iter().map(|c| c.class).collect();
    for (index, column) in columns.iter_mut().enumerate() {
        let next = classes.get(index + 1).copied().flatten();
        let texts = || {
            group
                .iter()
                .filter_map(|s| s.tokens.get(index).and_then(|t| s.line.get(t.inner.clone())))
        };
        let role = match column.class {
            Some(Class::Time) => Role::Time,
            Some(Class::Level) => Role::Level,
            Some(Class::Square | Class::Round) => bracket_role(texts().map(trim), given.contains(&Role::Thread)),
            Some(Class::Colon | Class::Dotted) => Role::Logger,
            Some(Class::Number) if next == Some(Class::Dash) && given.contains(&Role::Level) => Role::Pid,
            Some(Class::Word) => Role::Logger,
            None if next == Some(Class::Dash) && given.contains(&Role::Level) => Role::Logger,
            _ => Role::Nothing,
        };
        if role != Role::Nothing && !given.contains(&role) {
            given.push(role);
            column.role = role;
        }
    }
}

/// A bracket group holds a logger when its texts look like class names, else the thread; empty ones hold nothing.
fn bracket_role<'a>(texts: impl Iterator<Item = &'a [u8]>, thread_known: bool) -> Role {
    let (mut all, mut filled, mut dotted) = (0usize, 0usize, 0usize);
    for text in texts {
        all += 1;
        filled += usize::from(!text.is_empty());
        let plain = text
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'$'));
        dotted += usize::from(plain && text.contains(&b'.') && text.first().is_some_and(u8::is_ascii_alphabetic));
    }
    if filled * 5 < all {
        Role::Nothing
    } else if dotted * 10 >= filled * 6 || thread_known {
        Role::Logger
    } else {
        Role::Thread
    }
}

/// The usual name of a layout with these columns.
fn name(columns: &[Column], group: &[&Sample<'_>]) -> &'static str {
    let Some(sample) = group.first() else { return "plain" };
    let Some(token) = sample.time.and_then(|t| sample.tokens.get(t)) else {
        return "plain";
    };
    let text = sample.line.get(token.start..token.end).unwrap_or_default();
    let has = |class| columns.iter().any(|c| c.class == Some(class));
    let word = |wanted: &[u8]| {
        group
            .iter()
            .any(|s| memchr::memmem::find(s.line.get(..80).unwrap_or(s.line), wanted).is_some())
    };
    let time = token.time;
    if time.is_some_and(|t| !t.has_date) {
        return if has(Class::Round) { "jboss" } else { "time-only" };
    }
    if time.is_some_and(|t| !t.has_year) {
        return "syslog";
    }
    if text.get(2) == Some(&b'-') && text.get(3).is_some_and(u8::is_ascii_alphabetic) {
        return "juli";
    }
    if has(Class::Number) && word(b" --- ") {
        return "spring-boot";
    }
    if word(b"] LOG:  ") {
        return "postgresql";
    }
    match (has(Class::Level), text.contains(&b',')) {
        (true, true) => "log4j",
        (true, false) => "logback",
        _ => "dated",
    }
}

/// A line that can only go on with the record before it: frames, causes, indented text, nothing.
pub(super) fn is_continuation(line: &[u8]) -> bool {
    match line.first() {
        None | Some(b' ' | b'\t' | b'}' | b')') => true,
        Some(b'C') => line.starts_with(b"Caused by: ") || line.starts_with(b"Caused By: "),
        Some(b'.') => line.starts_with(b"... "),
        Some(b'a') => line.starts_with(b"at ") && line.contains(&b'('),
        Some(b'S') => line.starts_with(b"Suppressed: "),
        _ => false,
    }
}

/// The level that begins a message itself (`ERROR: text`), for layouts without a level column.
pub(super) fn leading_level(message: &[u8]) -> Option<super::Level> {
    // Jetty's own logger joins its columns with colons: `2026-11-18 10:44:12.000:WARN:oejs.HttpChannel:qtp1-41: text`.
    let text = match message {
        [b'[' | b':', rest @ ..] => rest,
        _ => message,
    };
    let end = text
        .iter()
        .take(12)
        .position(|b| matches!(b, b':' | b' ' | b']' | b','))?;
    let word = text.get(..end)?;
    // A word in small letters begins a sentence; levels are printed in capitals.
    if word.iter().any(u8::is_ascii_lowercase) {
        return None;
    }
    level_word(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{log::Level, text::StampParser};

    fn learned(text: &str) -> Columns {
        let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
        Columns::learn(&lines, &StampParser::default()).remove(0).0
    }

    #[track_caller]
    fn is(text: &str, name: &str, level: Level, thread: &str, logger: &str, message: &str) {
        let columns = learned(text);
        let last = text.lines().next_back().unwrap();
        let head = columns.head(last.as_bytes(), &StampParser::default()).unwrap();
        let shown = |t: &Option<Cow<'_, [u8]>>| {
            t.as_ref()
                .map_or(String::new(), |b| String::from_utf8_lossy(b).into_owned())
        };
        assert_eq!(columns.name(), name);
        assert_eq!(String::from_utf8_lossy(&head.message), message);
        assert_eq!(head.level, Some(level));
        assert_eq!(shown(&head.thread), thread);
        assert_eq!(shown(&head.logger), logger);
    }

    #[test]
    fn usual_layouts() {
        is(
            "2012-11-20 03:13:54,808 INFO [com.x.A] - Start\n2012-11-20 03:13:54,808 ERROR [com.x.ModuleService] - Write file error",
            "log4j",
            Level::Error,
            "",
            "com.x.ModuleService",
            "Write file error",
        );
        is(
            "2026-11-16 08:12:21.987 [main] INFO  com.zaxxer.hikari.HikariDataSource [] - HisPool - Starting...\n2026-11-16 08:12:22.324 [http-1] WARN  c.k.web.AppListener [P1] - 应用启动完成",
            "logback",
            Level::Warn,
            "http-1",
            "c.k.web.AppListener",
            "应用启动完成",
        );
        is(
            "2026-11-19 16:05:08.750  INFO 23505 --- [           main] org.eclipse.jetty.util.log               : Logging\n2026-11-19 16:05:10.135  WARN 23505 --- [           main] o.eclipse.jetty.server.RequestLogWriter  : Opened /opt",
            "spring-boot",
            Level::Warn,
            "main",
            "o.eclipse.jetty.server.RequestLogWriter",
            "Opened /opt",
        );
        is(
            "12:11:03,788 INFO  [org.jboss.modules] (main) JBoss Modules\n12:11:06,971 ERROR [org.jboss.as] (MSC service thread 1-7) JBAS015899: JBoss",
            "jboss",
            Level::Error,
            "MSC service thread 1-7",
            "org.jboss.as",
            "JBAS015899: JBoss",
        );
        is(
            "17-Nov-2018 16:37:36.990 INFO [main] org.apache.x.V.log Server version:  8\n17-Nov-2018 16:37:36.995 SEVERE [main] org.apache.y.Z.init Failed",
            "juli",
            Level::Error,
            "main",
            "org.apache.y.Z.init",
            "Failed",
        );
        is(
            "17/06/09 20:10:40 INFO executor.Coarse: Registered\n17/06/09 20:10:41 WARN spark.SecurityManager: Changing",
            "logback",
            Level::Warn,
            "",
            "spark.SecurityManager",
            "Changing",
        );
    }

    #[test]
    fn jettys_own_logger_joins_its_columns() {
        let text = "2026-11-18 10:44:11.000:INFO:oejs.Server:main: Started\n\
                    2026-11-18 10:44:12.000:WARN:oeje.HttpChannel:qtp1-41: /pacs/image/get";
        let columns = learned(text);
        let last = text.lines().next_back().unwrap();
        let head = columns.head(last.as_bytes(), &StampParser::default()).unwrap();
        assert_eq!(head.level, Some(Level::Warn));
    }

    #[test]
    fn nothing_but_text_has_no_header() {
        let columns = learned("hello world\nanother line\n");
        assert_eq!(columns.name(), "plain");
        let head = columns.head(b"hello world", &StampParser::default()).unwrap();
        assert_eq!(&*head.message, b"hello world");
    }

    #[test]
    fn lines_without_the_time_begin_no_record() {
        let columns = learned("2012-11-20 03:13:54,808 INFO [com.x.A] - Start\n");
        for line in ["java.lang.X: y", "\tat a.b(C.java)", "", "20 apples"] {
            assert!(
                columns.head(line.as_bytes(), &StampParser::default()).is_none(),
                "{line}"
            );
        }
    }
}
