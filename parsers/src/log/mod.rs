//! Server and application logs: records in the layouts of the middleware, and in layouts found from the lines.
//!
//! [`LogFormat::detect`] looks at a sample, [`Records`] reads the file once from front to back and borrows from it.

pub mod access;
mod code;
mod columns;
mod console;
mod detect;
mod duration;
mod environment;
mod ffdc;
mod inner;
mod json;
mod juli;
mod level;
mod record;
mod records;
mod times;
mod token;
mod trace;
mod uap;
mod weblogic;
mod websphere;

pub use code::{embedded_code, leading_code, message_code};
pub use columns::Columns;
pub use detect::{Layout, LogFormat};
pub use duration::carried_seconds;
pub use environment::Environment;
pub use inner::inner_head;
pub use level::{Level, level_word};
pub use record::{Head, Record, Source};
pub use records::{Item, Records};
pub use trace::{Trace, exception_in, has_frame, is_frame_line, is_trace_line};
