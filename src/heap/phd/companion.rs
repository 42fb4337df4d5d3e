//! What a javacore adds to the portable heap dump of the same event.

use crate::heap::facts::Companion;
use goldenhour_parsers::{hprof::java_class_name, javacore};

/// Reads threads, frames, loaders and the classes of each loader from the bytes of a javacore.
pub fn companion(input: &[u8]) -> Companion {
    let parsed = javacore::parse(input);
    let Some(core) = parsed.value.into_iter().next() else {
        return Companion::default();
    };
    // Before Java 6.0.1 the TID is all there is; MAT takes it for the address.
    let address = |thread: &javacore::Thread| thread.object.or(thread.vm_id).filter(|&a| a != 0);
    let failing = core.current.and_then(|at| core.threads.get(at));
    Companion {
        failing_thread: failing.map(|t| t.name.clone()),
        threads: core
            .threads
            .iter()
            .filter_map(|t| Some((address(t)?, t.name.clone())))
            .collect(),
        frames: core
            .threads
            .iter()
            .filter_map(|t| Some((address(t)?, t.frames.iter().filter_map(|f| frame_class(f)).collect())))
            .collect(),
        loaders: core
            .loaders
            .iter()
            .filter_map(|l| Some((l.address?, l.class.clone())))
            .collect(),
        loader_classes: loader_classes(input),
    }
}

/// Class of a frame `a.b.C.method(File.java:12)`, in Java notation.
fn frame_class(frame: &str) -> Option<String> {
    let call = frame.split('(').next()?.replace('/', ".");
    let (class, _) = call.rsplit_once('.')?;
    Some(class.to_owned())
}

/// The CLASSES section: `2CLTEXTCLLOAD … Loader *System*(0x…)`, then one `3CLTEXTCLASS name(0x…)` a class.
fn loader_classes(input: &[u8]) -> Vec<(u64, Vec<String>)> {
    let mut loaders: Vec<(u64, Vec<String>)> = Vec::new();
    for line in input.split(|&b| b == b'\n') {
        if let Some(rest) = line
            .strip_prefix(b"2CLTEXTCLLOAD\t")
            .or_else(|| line.strip_prefix(b"2CLTEXTCLLOAD "))
        {
            loaders.push((address_in(rest).unwrap_or(0), Vec::new()));
        } else if let (Some(rest), Some((_, classes))) = (line.strip_prefix(b"3CLTEXTCLASS"), loaders.last_mut()) {
            let text = String::from_utf8_lossy(rest);
            let name = text.trim().split('(').next().unwrap_or_default();
            classes.push(java_class_name(name));
        }
    }
    loaders
}

/// The number in the first `(0x…)`.
fn address_in(line: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(line).ok()?;
    let digits = text.split_once("(0x")?.1;
    let end = digits.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(digits.len());
    u64::from_str_radix(digits.get(..end)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_by_loader() {
        let text = b"2CLTEXTCLLOAD  \tLoader *System*(0x00AB), Parent\n3CLTEXTCLASS \t[Ljava/lang/String;(0x1)\n3CLTEXTCLASS\ta/B(0x2)\n";
        assert_eq!(
            loader_classes(text),
            [(0xAB, vec!["java.lang.String[]".to_owned(), "a.B".to_owned()])]
        );
    }

    #[test]
    fn frame_classes() {
        assert_eq!(frame_class("a.b.C.run(C.java:1)").as_deref(), Some("a.b.C"));
        assert_eq!(
            frame_class("a/b/C.run(C.java(Compiled Code))").as_deref(),
            Some("a.b.C")
        );
    }
}
