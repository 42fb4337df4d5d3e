//! What could not be read, where, and why.

use std::fmt;

/// A value together with the parts of the input that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parsed<T> {
    /// Everything that was read.
    pub value: T,
    /// What was not, in the order of offsets.
    pub gaps: Vec<Gap>,
}

impl<T> Parsed<T> {
    /// A value read without a gap.
    pub fn whole(value: T) -> Self {
        Self {
            value,
            gaps: Vec::new(),
        }
    }

    /// The same gaps around another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Parsed<U> {
        Parsed {
            value: f(self.value),
            gaps: self.gaps,
        }
    }
}

/// A stretch of the (decompressed) input that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// First byte that was not understood.
    pub offset: u64,
    /// Bytes skipped or missing from there on; 0 when unknown.
    pub length: u64,
    /// Why.
    pub reason: Reason,
}

impl Gap {
    /// A gap of `length` bytes at `offset`.
    pub fn new(offset: u64, length: u64, reason: Reason) -> Self {
        Self { offset, length, reason }
    }
}

/// Why a stretch of an artefact could not be read. The report turns each into a sentence in Chinese and English;
/// `Display` is the English one, as a clause without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The file is empty.
    Empty,
    /// The input ends in the middle of something; `expected` names it ("end of dump", "object record").
    Truncated {
        /// What should have come.
        expected: &'static str,
    },
    /// A record or section of a kind that the format does not have (tag in hexadecimal or as printed).
    UnknownRecord {
        /// The tag as met.
        tag: String,
    },
    /// A length or count that cannot be true.
    BadLength {
        /// What it was the length of.
        what: &'static str,
        /// The stated number.
        stated: u64,
    },
    /// The bytes are not what the format demands here.
    Malformed {
        /// What was expected.
        expected: &'static str,
    },
    /// A stretch of zero bytes where records should be (a file that the system extended but never wrote).
    Zeroes,
    /// A compressed stream that is damaged or cut.
    Compression {
        /// The decompressor's words.
        detail: String,
    },
    /// A limit of the tool was reached (size, count, depth, ratio, record length).
    Limit {
        /// Which limit, with its value and unit.
        what: String,
    },
    /// The operating system refused to read it.
    Unreadable {
        /// The system's words.
        detail: String,
    },
    /// Nothing the tool knows how to read.
    UnknownKind,
    /// A format that is known by its first bytes and not read: an archive to unpack, a document to save as text.
    Foreign {
        /// What it is ("a RAR archive").
        format: &'static str,
        /// What the user can do about it ("unpack it first").
        advice: &'static str,
    },
    /// A part of the tool failed on it; the rest of the report is unaffected.
    Internal {
        /// Which part, and its message.
        detail: String,
    },
    /// The writer itself says that this part is missing or unreliable.
    WriterSays {
        /// The writer's words.
        detail: String,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "the file is empty"),
            Self::Truncated { expected } => write!(f, "the file ends where {expected} was expected"),
            Self::UnknownRecord { tag } => write!(f, "record of unknown kind {tag} skipped"),
            Self::BadLength { what, stated } => write!(f, "the stated length {stated} of {what} cannot be true"),
            Self::Malformed { expected } => write!(f, "{expected} was expected here and not found"),
            Self::Zeroes => write!(f, "zero bytes where records should be"),
            Self::Compression { detail } => write!(f, "the compressed stream is damaged: {detail}"),
            Self::Limit { what } => write!(f, "limit reached: {what}"),
            Self::Unreadable { detail } => write!(f, "cannot be read: {detail}"),
            Self::UnknownKind => write!(f, "not a kind of file this program reads"),
            Self::Foreign { format, advice } => write!(f, "{format}, which this program does not read: {advice}"),
            Self::Internal { detail } => write!(f, "a part of this program failed: {detail}"),
            Self::WriterSays { detail } => write!(f, "the writer says: {detail}"),
        }
    }
}
