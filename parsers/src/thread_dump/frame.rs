//! Stack frames and class names in one notation, whatever VM printed them.

use super::scan;
use crate::text::split_at;

/// A frame as `a.b.C.method(File.java:12)`: without `at`, module, loader, signature, address and compiler remarks.
pub fn normal(printed: &str) -> String {
    let printed = printed.trim();
    let printed = printed.strip_prefix("at ").unwrap_or(printed).trim_start();
    let open = printed.find('(').unwrap_or(printed.len());
    let (name, rest) = printed.split_at_checked(open).unwrap_or((printed, ""));
    let name = dotted(without_module(name));
    match source(rest) {
        "" => name,
        source => format!("{name}({source})"),
    }
}

/// A frame of `jstack -F`: `- a.b.C.m(long) @bci=59, line=143 (Compiled frame; …)` → `a.b.C.m(C.java:143)`.
pub(super) fn forced(line: &str) -> Option<String> {
    let line = line.strip_prefix("- ")?;
    let (call, rest) = split_at(line, " @bci=")?;
    let (method, _) = call.split_once('(')?;
    let class = method.rsplit_once('.').map_or(method, |(class, _)| class);
    let class = class.rsplit('.').next().unwrap_or(class);
    let file = class.split('$').next().unwrap_or(class);
    let source = match scan::number_after(rest, "line=") {
        Some(number) => format!("{file}.java:{number}"),
        // Without a line number it is a native method or was compiled without; the remark of the tool does not tell.
        None => "Unknown Source".to_owned(),
    };
    Some(format!("{}({source})", dotted(method)))
}

/// The source part inside the brackets: `Object.java:218(Compiled Code))` → `Object.java:218`.
fn source(rest: &str) -> &str {
    let inner = rest.strip_prefix('(').unwrap_or(rest);
    // JRockit and SAP print the signature first: `(J)V(Native Method)`.
    let inner = match inner.split_once(')') {
        Some((_, behind)) if !behind.starts_with(')') && behind.contains('(') => {
            behind.rsplit_once('(').map_or(inner, |(_, last)| last)
        }
        _ => inner,
    };
    let end = inner.find(['(', ')']).unwrap_or(inner.len());
    let inner = inner.get(..end).unwrap_or(inner).trim();
    match inner.rsplit_once('/') {
        Some((module, file)) if !module.contains(' ') => file,
        _ => inner,
    }
}

/// Cuts `java.base@17.0.1/`, `java.base/`, `app//` off; keeps the path notation `java/lang/Object` of J9 and JRockit.
fn without_module(name: &str) -> &str {
    let class = name
        .find("$$")
        .map_or(name, |hidden| name.get(..hidden).unwrap_or(name));
    match class.rfind('/') {
        Some(slash) if is_module(class.get(..slash).unwrap_or_default()) => name.get(slash + 1..).unwrap_or(name),
        _ => name,
    }
}

fn is_module(prefix: &str) -> bool {
    let last = prefix.rsplit('/').next().unwrap_or(prefix);
    last.is_empty() || last.contains(['.', '@']) || matches!(prefix, "app" | "platform")
}

/// Path notation to Java notation; the address behind a hidden class (`$$Lambda/0x…`) stays.
fn dotted(name: &str) -> String {
    match name.find("$$Lambda") {
        Some(hidden) => {
            let (head, tail) = name.split_at_checked(hidden).unwrap_or((name, ""));
            format!("{}{tail}", head.replace('/', "."))
        }
        None => name.replace('/', "."),
    }
}

/// A class name in Java notation: `java/util/Map$Entry` → `java.util.Map$Entry`, `[[I` → `int[][]`.
pub fn class(printed: &str) -> String {
    let printed = printed.trim();
    let element = printed.trim_start_matches('[');
    let dimensions = printed.len() - element.len();
    if dimensions == 0 {
        return dotted(printed);
    }
    let name = match element {
        "B" => "byte".to_owned(),
        "C" => "char".to_owned(),
        "D" => "double".to_owned(),
        "F" => "float".to_owned(),
        "I" => "int".to_owned(),
        "J" => "long".to_owned(),
        "S" => "short".to_owned(),
        "Z" => "boolean".to_owned(),
        other => dotted(other.strip_prefix('L').unwrap_or(other).trim_end_matches(';')),
    };
    name + &"[]".repeat(dimensions)
}

/// `a.b.C@1f2e` → class and address; `a/b/C@0x1f` too; of two addresses (`C@1/2`) the first.
pub fn class_at(printed: &str) -> Option<(String, u64)> {
    let (name, address) = printed.trim().rsplit_once('@')?;
    Some((class(name), scan::hex(address)?))
}

/// Class and method of a normalised frame: `a.b.C.m(C.java:1)` → `a.b.C.m`.
pub fn method(frame: &str) -> &str {
    frame.split_once('(').map_or(frame, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notation_becomes_the_same() {
        for (printed, wanted) in [
            ("at a.b.C.m(C.java:12)", "a.b.C.m(C.java:12)"),
            (
                "at java.lang.Thread.run(java.base@11.0.2/Thread.java:834)",
                "java.lang.Thread.run(Thread.java:834)",
            ),
            (
                "java.base/java.lang.Thread.run(Thread.java:1583)",
                "java.lang.Thread.run(Thread.java:1583)",
            ),
            ("at app//a.b.C.m(Native Method)", "a.b.C.m(Native Method)"),
            (
                "at java/lang/Object.wait(Object.java:218(Compiled Code))",
                "java.lang.Object.wait(Object.java:218)",
            ),
            ("at a/b/C.m(Bytecode PC:13(Compiled Code))", "a.b.C.m(Bytecode PC:13)"),
            (
                "at java/lang/Object.wait(J)V(Native Method)@0x11187A10",
                "java.lang.Object.wait(Native Method)",
            ),
            ("at a/B.c([Ljava/lang/Object;)I(Native Method)", "a.B.c(Native Method)"),
            (
                "at a.V$$Lambda/0x0000380001236000.run(Unknown Source)",
                "a.V$$Lambda/0x0000380001236000.run(Unknown Source)",
            ),
            (
                "at a.M$$Lambda$179/0x00007fbc04215130.run(java.base@25/Unknown Source)",
                "a.M$$Lambda$179/0x00007fbc04215130.run(Unknown Source)",
            ),
            ("at .(Bytecode PC:1770)", ".(Bytecode PC:1770)"),
            ("at", "at"),
        ] {
            assert_eq!(normal(printed), wanted);
        }
    }

    #[test]
    fn classes_are_in_java_notation() {
        assert_eq!(class("[Ljava/util/Map;"), "java.util.Map[]");
        assert_eq!(class("[[I"), "int[][]");
        assert_eq!(
            class_at("java.lang.Object@53A90D0/53A90D8"),
            Some(("java.lang.Object".to_owned(), 0x53A_90D0))
        );
        assert_eq!(class_at("nothing"), None);
    }
}
