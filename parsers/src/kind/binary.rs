//! Kinds that the first bytes tell.

use super::Kind;

/// Kinds that announce themselves by their first bytes.
pub fn recognise(bytes: &[u8]) -> Option<Kind> {
    // HPROF: FORMAT_FACTS 1.1. A segment file of a parallel dump has no header and is not told from chance.
    if bytes.starts_with(b"JAVA PROFILE 1.0") {
        return Some(Kind::Hprof);
    }
    if is_phd(bytes) {
        return Some(Kind::Phd);
    }
    is_core(bytes).then_some(Kind::Core)
}

/// u2 length 18 and the text `portable heap dump` (FORMAT_FACTS 2.1); a transfer in text mode may have changed the length
/// bytes, the reader says so then.
fn is_phd(bytes: &[u8]) -> bool {
    const TEXT: &[u8] = b"portable heap dump";
    let at = |from: usize| bytes.get(from..).is_some_and(|rest| rest.starts_with(TEXT));
    (0..=4).any(at)
}

fn is_core(bytes: &[u8]) -> bool {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    // ELF with e_type ET_CORE in either byte order (elf(5)).
    let elf_type = bytes.get(16..18).unwrap_or_default();
    let elf = starts(b"\x7fELF") && (elf_type == [4, 0] || elf_type == [0, 4]);
    // AIX core_dumpx: version 0x0FEEDDB1 or 2 at offset 4 (sys/core.h).
    let aix = matches!(bytes.get(4..8), Some([0x0f, 0xee, 0xdd, 0xb1 | 0xb2]));
    // Mach-O 64 with filetype MH_CORE, either byte order.
    let macho = starts(&[0xcf, 0xfa, 0xed, 0xfe]) && bytes.get(12..16) == Some(&[4, 0, 0, 0]);
    // Windows minidump and full dump; J9 trace (Snap) in either byte order; flight recording.
    let others: [&[u8]; 7] = [b"MDMP", b"PAGEDUMP", b"PAGEDU64", b"UTTH", b"HTTU", b"FLR\0", b"DR2 "];
    elf || aix || macho || others.into_iter().any(starts)
}

/// What to do with an archive.
const UNPACK: &str = "unpack it first";
/// What to do with a document.
const AS_TEXT: &str = "save what it tells as a text file beside it";

/// The name of a format that is known and not read, and what the user can do about it.
pub fn foreign(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    const TABLE: [(&[u8], &str, &str); 15] = [
        (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
        (b"Rar!\x1a\x07", "a RAR archive", UNPACK),
        (b"BZh", "a bzip2 file", UNPACK),
        (b"\xfd7zXZ\0", "an xz file", UNPACK),
        (b"\x28\xb5\x2f\xfd", "a Zstandard file", UNPACK),
        (b"\x1f\x9d", "a file made by compress (.Z)", UNPACK),
        (b"\x1f\xa0", "a file made by compress (.Z)", UNPACK),
        (b"\x04\x22\x4d\x18", "an LZ4 file", UNPACK),
        (b"MSCF", "a cabinet archive", UNPACK),
        (b"%PDF-", "a PDF document", AS_TEXT),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document", AS_TEXT),
        (b"\x89PNG\r\n\x1a\n", "a picture", AS_TEXT),
        (b"\xff\xd8\xff", "a picture", AS_TEXT),
        (b"GIF8", "a picture", AS_TEXT),
        (b"\xca\xfe\xba\xbe", "a Java class file", "no evidence of a run"),
    ];
    if bytes.starts_with(b"PK\x03\x04") {
        return package(bytes);
    }
    TABLE
        .into_iter()
        .find(|(magic, ..)| bytes.starts_with(magic))
        .map(|(_, name, advice)| (name, advice))
}

/// A zip that is a document or program: told by the name of its first member, which follows the local header
/// (APPNOTE 4.3.7; ECMA-376 part 2 for `[Content_Types].xml`, ODF 1.3 part 2 for `mimetype`).
fn package(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let first = bytes.get(30..90)?;
    if first.starts_with(b"[Content_Types].xml") || first.starts_with(b"mimetype") {
        return Some(("an Office document", AS_TEXT));
    }
    let program: [&[u8]; 3] = [b"META-INF/", b"WEB-INF/", b"AndroidManifest.xml"];
    program
        .into_iter()
        .any(|name| first.starts_with(name))
        .then_some(("a Java archive (.jar, .war, .ear)", "no evidence of a run"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magics_are_known() {
        assert_eq!(recognise(b"\0\x12portable heap dump\0\0\0\x06"), Some(Kind::Phd));
        let mut elf = b"\x7fELF\x02\x01\x01".to_vec();
        elf.resize(16, 0);
        let program = [elf.as_slice(), &[2, 0]].concat();
        let core = [elf.as_slice(), &[4, 0]].concat();
        assert_eq!(recognise(&core), Some(Kind::Core));
        assert_eq!(recognise(&program), None);
        assert_eq!(recognise(b"\x0b\x00\x00\x01\x0f\xee\xdd\xb2...."), Some(Kind::Core));
        assert_eq!(recognise(b""), None);
    }

    #[test]
    fn foreign_formats_are_named_with_advice() {
        assert_eq!(foreign(b"Rar!\x1a\x07\x01\0"), Some(("a RAR archive", UNPACK)));
        assert_eq!(
            foreign(b"\x1f\x9d\x90.."),
            Some(("a file made by compress (.Z)", UNPACK))
        );
        let mut docx = b"PK\x03\x04".to_vec();
        docx.resize(30, 0);
        docx.extend_from_slice(b"[Content_Types].xml");
        docx.resize(200, 0);
        assert_eq!(foreign(&docx), Some(("an Office document", AS_TEXT)));
        assert_eq!(foreign(b"text"), None);
    }
}
