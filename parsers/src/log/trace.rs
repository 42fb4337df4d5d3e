//! Exceptions and stack traces inside records.

use crate::text::packages::{frame_name, is_library_frame};
use memchr::memmem;

/// What the exceptions of a record say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    /// Classes in the order named, outermost first; at most 10.
    pub exceptions: Vec<String>,
    /// `class: message` of every exception in the order named; at most 10.
    pub chain: Vec<String>,
    /// Class of the last `Caused by`, else the first class named.
    pub root: Option<String>,
    /// Text behind that class.
    pub root_message: Option<String>,
    /// Frames of the root, innermost first; at most 8, without `at`.
    pub frames: Vec<String>,
    /// First frame of the application's own code: the root's, else one of the exceptions around it.
    pub own_frame: Option<String>,
}

const MOST_EXCEPTIONS: usize = 10;
const MOST_FRAMES: usize = 8;

/// One exception of a chain.
#[derive(Default)]
struct Section {
    class: String,
    message: String,
    frames: Vec<String>,
    own: Option<String>,
    caused: bool,
}

impl Trace {
    /// Reads the message (which may name an exception in the middle of its text) and the lines after it.
    pub fn read(message: &str, body: &str) -> Trace {
        let mut reader = Reader::default();
        reader.first_line(message);
        for line in body.lines() {
            reader.line(line);
        }
        reader.finish()
    }

    /// True when neither an exception nor a frame was found.
    pub fn is_empty(&self) -> bool {
        self.exceptions.is_empty() && self.frames.is_empty()
    }
}

#[derive(Default)]
struct Reader {
    sections: Vec<Section>,
    /// Below `---- Begin backtrace for Nested Throwables` every exception is a cause.
    nested: bool,
    suppressed: bool,
}

impl Reader {
    fn first_line(&mut self, message: &str) {
        if is_frame(message.trim_start()) {
            self.line(message);
        } else if let Some((class, rest)) = exception_in(message) {
            self.open(class, rest, false);
        }
    }

    fn line(&mut self, line: &str) {
        let text = line.trim_start();
        if is_frame(text) {
            self.frame(text);
        } else if let Some(cause) = text
            .strip_prefix("Caused by: ")
            .or_else(|| text.strip_prefix("Caused By: "))
        {
            self.suppressed = false;
            let (class, rest) =
                exception_in(cause).unwrap_or((cause.split([':', ' ']).next().unwrap_or(cause).to_owned(), ""));
            self.open(class, rest, true);
        } else if text.starts_with("Suppressed: ") {
            self.suppressed = true;
        } else if text.starts_with("---- Begin backtrace for Nested Throwables") {
            self.nested = true;
        } else if let Some((class, rest)) = exception_line(text) {
            self.suppressed = false;
            self.named(class, rest);
        } else if !text.is_empty() {
            self.goes_on(text);
        }
    }

    /// A message that ends in a colon goes on in the next line (Oracle: `Listener refused the connection with the
    /// following error:`, then the code and the address).
    fn goes_on(&mut self, text: &str) {
        let Some(section) = self.sections.last_mut() else {
            return;
        };
        let open = section.message.ends_with(':') && section.message.len() < 1000;
        if open && section.frames.is_empty() && !self.suppressed {
            section.message.push(' ');
            section.message.extend(text.trim_end().chars().take(1000));
        }
    }

    /// An exception at the start of a line: the trace of the one already named, or a further one.
    fn named(&mut self, class: String, rest: &str) {
        let same = self
            .sections
            .last()
            .is_some_and(|last| last.class == class && last.frames.is_empty());
        if !same {
            let nested = self.nested;
            self.open(class, rest, nested);
        }
    }

    fn open(&mut self, class: String, rest: &str, caused: bool) {
        if self.sections.len() >= 64 {
            return;
        }
        let message = rest.trim_start_matches([':', ' ']).trim_end();
        self.sections.push(Section {
            class,
            message: message.chars().take(1000).collect(),
            caused,
            ..Section::default()
        });
    }

    fn frame(&mut self, text: &str) {
        if self.suppressed {
            return;
        }
        if self.sections.is_empty() {
            self.sections.push(Section::default());
        }
        let Some(section) = self.sections.last_mut() else {
            return;
        };
        // Logback's own messages print the word twice.
        let frame = text.trim_start_matches("at ").trim().trim_start_matches("at ");
        if section.own.is_none() && !is_library_frame(frame) && frame_name(frame).contains('.') {
            section.own = Some(frame.to_owned());
        }
        if section.frames.len() < MOST_FRAMES {
            section.frames.push(frame.to_owned());
        }
    }

    fn finish(self) -> Trace {
        let root = self.sections.iter().rposition(|s| s.caused).unwrap_or(0);
        let own_frame = self
            .sections
            .get(..=root)
            .unwrap_or_default()
            .iter()
            .rev()
            .chain(self.sections.get(root + 1..).unwrap_or_default())
            .find_map(|s| s.own.clone());
        let mut exceptions: Vec<String> = Vec::new();
        for section in &self.sections {
            if !section.class.is_empty()
                && exceptions.last() != Some(&section.class)
                && exceptions.len() < MOST_EXCEPTIONS
            {
                exceptions.push(section.class.clone());
            }
        }
        let chain = self
            .sections
            .iter()
            .filter(|s| !s.class.is_empty())
            .take(MOST_EXCEPTIONS)
            .map(|s| format!("{}: {}", s.class, s.message))
            .collect();
        let chosen = self.sections.get(root);
        Trace {
            exceptions,
            chain,
            root: chosen.map(|s| s.class.clone()).filter(|c| !c.is_empty()),
            root_message: chosen.map(|s| s.message.clone()).filter(|m| !m.is_empty()),
            frames: chosen.map(|s| s.frames.clone()).unwrap_or_default(),
            own_frame,
        }
    }
}

/// `at a.b.C.d(C.java:1)`.
fn is_frame(text: &str) -> bool {
    text.starts_with("at ") && text.contains('(')
}

/// True when a body has a line of a stack trace; cheap, on raw bytes.
pub fn has_frame(body: &[u8]) -> bool {
    body.split(|b| *b == b'\n').any(is_frame_line)
}

/// A line that is a frame, on raw bytes.
pub fn is_frame_line(line: &[u8]) -> bool {
    let text = super::record::trim_start(line);
    text.starts_with(b"at ") && text.contains(&b'(')
}

/// A line of a trace that was printed with a header of its own: frame, cause, `... 42 more`.
pub fn is_trace_line(message: &[u8]) -> bool {
    let text = super::record::trim_start(message);
    is_frame_line(text)
        || text.starts_with(b"Caused by: ")
        || text.starts_with(b"Suppressed: ")
        || text.starts_with(b"... ") && text.ends_with(b" more")
}

/// The exception that a line begins with, also behind `Exception in thread "x" ` and a number of a list (`1. `).
fn exception_line(text: &str) -> Option<(String, &str)> {
    let text = match text.strip_prefix("Exception in thread \"") {
        Some(rest) => rest.split_once("\" ").map_or(rest, |(_, rest)| rest),
        None => text.strip_prefix("Exception: ").unwrap_or(text),
    };
    let text = text
        .strip_prefix("Stack Dump = ")
        .or_else(|| text.strip_prefix("Exception = "))
        .unwrap_or(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let text = match text.get(digits..) {
        Some(rest) if digits > 0 => rest.strip_prefix(". ").unwrap_or(text),
        _ => text,
    };
    let text = text.strip_prefix("[exception] ").unwrap_or(text);
    let length = exception_at_start(text.as_bytes())?;
    Some((text.get(..length)?.to_owned(), text.get(length..)?))
}

/// Length of the exception class that a line begins with: a dotted name with an exception's ending, then nothing, a
/// colon or a blank.
pub(super) fn exception_at_start(line: &[u8]) -> Option<usize> {
    let length = line.iter().take_while(|b| is_name(**b)).count();
    let name = line.get(..length)?;
    (is_exception_name(name) && matches!(line.get(length), None | Some(b':' | b' ' | b'\r' | b';' | b',')))
        .then_some(length)
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$')
}

const ENDINGS: [&[u8]; 4] = [b"Exception", b"Error", b"Throwable", b"ThreadDeath"];

/// `a.b.CException`: packages, then a class name with one of the usual endings.
fn is_exception_name(name: &[u8]) -> bool {
    let Some(dot) = name.iter().rposition(|b| *b == b'.') else {
        return false;
    };
    let class = name.get(dot + 1..).unwrap_or_default();
    dot > 0
        && name.first().is_some_and(u8::is_ascii_alphabetic)
        && class.first().is_some_and(u8::is_ascii_uppercase)
        && ENDINGS.iter().any(|ending| class.ends_with(ending))
}

/// The first exception class named in a text, and what follows it. The VM's notation `java/lang/X` is turned.
pub fn exception_in(text: &str) -> Option<(String, &str)> {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(end) = next_ending(bytes, from) {
        from = end;
        let goes_on = |at: usize| bytes.get(at).is_some_and(|b| is_name(*b) && *b != b'.');
        if goes_on(end) || bytes.get(end) == Some(&b'.') && goes_on(end + 1) {
            continue;
        }
        let is_part = |b: &&u8| is_name(**b) || **b == b'/';
        let length = bytes.get(..end)?.iter().rev().take_while(is_part).count();
        let run = bytes.get(end - length..end)?;
        // A path before the name (`…/x=java.lang.Y`) is not part of it; a class in the VM's notation has no dot.
        let name = if run.contains(&b'.') {
            run.rsplit(|b| *b == b'/').next()?
        } else {
            run
        };
        let name = String::from_utf8_lossy(name).replace('/', ".");
        if is_exception_name(name.as_bytes()) {
            return Some((name, text.get(end..)?));
        }
    }
    None
}

/// The end of the next word ending of exceptions at or after `from`.
fn next_ending(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    ENDINGS
        .iter()
        .filter_map(|ending| memmem::find(rest, ending).map(|at| from + at + ending.len()))
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_the_last_cause() {
        let body = "a.OuterException: x\n\tat org.apache.A.b(A.java:1)\n\tat com.hosp.Web.do(Web.java:2)\nCaused by: java.sql.SQLException: ORA-01013: stop\n\tat oracle.jdbc.X.y(X.java)\n\tat com.hosp.Dao.load(Dao.java:9)\n\t... 12 more";
        let trace = Trace::read("failed", body);
        assert_eq!(trace.exceptions, ["a.OuterException", "java.sql.SQLException"]);
        assert_eq!(trace.root.as_deref(), Some("java.sql.SQLException"));
        assert_eq!(trace.root_message.as_deref(), Some("ORA-01013: stop"));
        assert_eq!(trace.own_frame.as_deref(), Some("com.hosp.Dao.load(Dao.java:9)"));
    }

    #[test]
    fn a_message_that_ends_in_a_colon_goes_on() {
        let body = "not mine\nCaused by: a.b.NetException: refused with the following error:\nORA-12541, no listener (HOST=db1)\nmore\n\tat a.b.C.d(C.java:1)";
        let trace = Trace::read("a.OuterException: x", body);
        assert_eq!(
            trace.root_message.as_deref(),
            Some("refused with the following error: ORA-12541, no listener (HOST=db1)")
        );
        assert_eq!(trace.chain.first().map(String::as_str), Some("a.OuterException: x"));
    }

    #[test]
    fn named_in_the_text() {
        let trace = Trace::read(
            "抛出的异常：java.lang.OutOfMemoryError",
            "\tat java.lang.Class.x(Native Method)\n\tat com.h.A.b(A.java)",
        );
        assert_eq!(trace.root.as_deref(), Some("java.lang.OutOfMemoryError"));
        assert_eq!(trace.frames.len(), 2);
        let trace = Trace::read("detail \"java/lang/OutOfMemoryError\" \"Java heap space\"", "");
        assert_eq!(trace.root.as_deref(), Some("java.lang.OutOfMemoryError"));
        let trace = Trace::read("原因=org.postgresql.util.PSQLException: FATAL: end", "");
        assert_eq!(trace.root_message.as_deref(), Some("FATAL: end"));
    }

    #[test]
    fn what_is_no_exception() {
        for text in [
            "ErrorHandler ready",
            "a.b.onError",
            "Error",
            "/var/log/a.Error.log",
            "com.x.ErrorPage loaded",
            "Exception",
        ] {
            assert_eq!(exception_in(text), None, "{text}");
        }
    }

    #[test]
    fn suppressed_ones_do_not_count() {
        let trace = Trace::read(
            "x",
            "a.AException: 1\n\tat b.C.d(C.java)\n\tSuppressed: e.FException: 2\n\t\tat g.H.i(H.java)",
        );
        assert_eq!(trace.exceptions, ["a.AException"]);
    }

    #[test]
    fn thread_death_and_lists() {
        let trace = Trace::read(
            "Exception in thread \"Timer-0\" java.lang.NoClassDefFoundError: a/B",
            "Caused by: java.lang.ClassNotFoundException: a.B\n\tat x.y.Z.w(Z.java)",
        );
        assert_eq!(trace.root.as_deref(), Some("java.lang.ClassNotFoundException"));
    }
}
