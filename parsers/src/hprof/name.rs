//! Class names and texts as Java writes them.

/// Modified UTF-8 to a `String`: NUL is `C0 80`, supplementary characters are two encoded surrogates; what is neither
/// becomes U+FFFD.
pub fn text(bytes: &[u8]) -> String {
    if let Ok(plain) = std::str::from_utf8(bytes) {
        return plain.to_owned();
    }
    let mut units = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        let (unit, used) = match (first, tail) {
            (0x01..=0x7F, _) => (u16::from(first), 1),
            (0xC0..=0xDF, [b, ..]) => (u16::from(first & 0x1F) << 6 | u16::from(b & 0x3F), 2),
            (0xE0..=0xEF, [b, c, ..]) => (
                u16::from(first & 0x0F) << 12 | u16::from(b & 0x3F) << 6 | u16::from(c & 0x3F),
                3,
            ),
            _ => (0xFFFD, 1),
        };
        units.push(unit);
        rest = rest.get(used..).unwrap_or_default();
    }
    String::from_utf16_lossy(&units)
}

/// A class name of the VM (`java/lang/String`, `[I`, `[Lx/Y;`) in Java notation (`java.lang.String`, `int[]`, `x.Y[]`).
/// A `(` suffix, as MAT's exports add it, is dropped.
pub fn java_class_name(raw: &str) -> String {
    let raw = raw.split('(').next().unwrap_or(raw);
    let dimensions = raw.bytes().take_while(|&b| b == b'[').count();
    let element = raw.get(dimensions..).unwrap_or_default();
    let mut name = if dimensions == 0 {
        element.replace('/', ".")
    } else {
        match element {
            "Z" => "boolean".to_owned(),
            "C" => "char".to_owned(),
            "F" => "float".to_owned(),
            "D" => "double".to_owned(),
            "B" => "byte".to_owned(),
            "S" => "short".to_owned(),
            "I" => "int".to_owned(),
            "J" => "long".to_owned(),
            _ => {
                let inner = element.strip_prefix('L').unwrap_or(element);
                inner.strip_suffix(';').unwrap_or(inner).replace('/', ".")
            }
        }
    };
    for _ in 0..dimensions.min(255) {
        name.push_str("[]");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn java_notation() {
        assert_eq!(java_class_name("java/util/Map$Entry"), "java.util.Map$Entry");
        assert_eq!(java_class_name("[[I"), "int[][]");
        assert_eq!(java_class_name("[Ljava/lang/String;"), "java.lang.String[]");
        assert_eq!(java_class_name("a.b.C(x)"), "a.b.C");
    }

    #[test]
    fn modified_utf8() {
        assert_eq!(text(&[b'a', 0xC0, 0x80]), "a\0");
        assert_eq!(text(&[0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80]), "😀");
        assert_eq!(text(&[0xFF, b'x']), "\u{FFFD}x");
    }
}
