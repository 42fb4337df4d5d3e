//! Intake: folders, archives, hostile and broken files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking and say what they skip"
)]

use flate2::{Compression, write::GzEncoder};
use goldenhour::evidence::{Artefact, Evidence, IntakeError, IntakeOptions, Limits, Progress, Silent, intake};
use goldenhour_parsers::{Kind, Reason};
use std::sync::Arc;
use std::{
    fs,
    io::{Cursor, Write},
    path::Path,
};
use tempfile::TempDir;

const LOG: &str = "2026-11-20 10:00:00,000 INFO [main] a.B - started\n";

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn silent() -> Arc<dyn Progress> {
    Arc::new(Silent)
}

fn take(path: &Path) -> Evidence {
    take_within(path, Limits::default())
}

fn take_within(path: &Path, limits: Limits) -> Evidence {
    intake(&[path.to_path_buf()], &IntakeOptions { hash: true, limits }, &silent()).unwrap()
}

fn paths(evidence: &Evidence) -> Vec<&str> {
    evidence.artefacts.iter().map(|a| a.path.as_str()).collect()
}

fn named<'e>(evidence: &'e Evidence, path: &str) -> &'e Artefact {
    evidence
        .artefacts
        .iter()
        .find(|a| a.path == path)
        .unwrap_or_else(|| panic!("{path} in {:?}", paths(evidence)))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, bytes) in members {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A tar whose names are written as they are, `..` and roots included.
fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(1_790_000_000);
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn reasons(artefact: &Artefact) -> Vec<&Reason> {
    artefact.gaps.iter().map(|gap| &gap.reason).collect()
}

#[test]
fn files_come_in_the_order_of_their_names_with_their_hashes() {
    let folder = folder(&[
        ("b.log", LOG.as_bytes()),
        ("a/x.log", LOG.as_bytes()),
        ("c.log.gz", &gzip(LOG.as_bytes())),
    ]);
    let evidence = take(folder.path());
    assert_eq!(paths(&evidence), ["a/x.log", "b.log", "c.log.gz"]);
    let ids: Vec<String> = evidence.artefacts.iter().map(|a| a.id.to_string()).collect();
    assert_eq!(ids, ["a1", "a2", "a3"]);
    let packed = named(&evidence, "c.log.gz");
    assert_eq!(packed.bytes(), LOG.as_bytes());
    assert_eq!(
        packed.bytes_on_disk,
        fs::metadata(folder.path().join("c.log.gz")).unwrap().len()
    );
    assert_eq!(packed.kind, Kind::Log);
    assert_ne!(
        packed.sha256, evidence.artefacts[0].sha256,
        "the hash is of the file as found"
    );
    assert_eq!(evidence.artefacts[0].sha256, evidence.artefacts[1].sha256);
    assert!(evidence.artefacts.iter().all(|a| a.modified.is_some()));
}

#[test]
fn one_file_is_named_by_itself() {
    let folder = folder(&[("x.log", LOG.as_bytes())]);
    let evidence = take(&folder.path().join("x.log"));
    assert_eq!(paths(&evidence), ["x.log"]);
}

#[test]
fn the_same_names_under_two_folders_are_told_apart() {
    let both = folder(&[("one/x.log", LOG.as_bytes()), ("two/x.log", LOG.as_bytes())]);
    let given = [both.path().join("one"), both.path().join("two")];
    let evidence = intake(&given, &IntakeOptions::default(), &silent()).unwrap();
    assert_eq!(paths(&evidence), ["x.log", "two/x.log"]);
}

#[test]
fn archives_open_and_an_archive_in_an_archive_too() {
    let inner = tar(&[
        ("logs/deep.log", LOG.as_bytes()),
        ("gc.log.gz", &gzip(b"[0.020s][info][gc] Using G1\n")),
    ]);
    let outer = zip(&[("dir/inner.tar.gz", &gzip(&inner)), ("top.log", LOG.as_bytes())]);
    let folder = folder(&[("bring.zip", &outer)]);
    let evidence = take(folder.path());
    let want = [
        "bring.zip",
        "bring.zip!/dir/inner.tar.gz",
        "bring.zip!/dir/inner.tar.gz!/gc.log.gz",
        "bring.zip!/dir/inner.tar.gz!/logs/deep.log",
        "bring.zip!/top.log",
    ];
    assert_eq!(paths(&evidence), want);
    assert_eq!(named(&evidence, want[3]).bytes(), LOG.as_bytes());
    assert_eq!(named(&evidence, want[2]).kind, Kind::GcLog);
    assert_eq!(evidence.artefacts[0].kind, Kind::Archive);
    assert!(
        evidence
            .artefacts
            .iter()
            .all(|a| a.gaps.is_empty() && a.sha256.is_some())
    );
}

#[test]
fn deeper_archives_stay_closed_and_say_so() {
    let third = zip(&[("x.log", LOG.as_bytes())]);
    let second = zip(&[("third.zip", &third)]);
    let first = zip(&[("second.zip", &second)]);
    let folder = folder(&[("first.zip", &first)]);
    let evidence = take(folder.path());
    assert_eq!(paths(&evidence).len(), 3);
    let closed = evidence.artefacts.last().unwrap();
    assert!(
        matches!(reasons(closed)[..], [Reason::Limit { .. }]),
        "{:?}",
        closed.gaps
    );
}

#[test]
fn several_gzip_members_are_one_file() {
    let mut bytes = gzip(b"first line\n");
    bytes.extend(gzip(b"second line\n"));
    bytes.extend([0; 1000]);
    let folder = folder(&[("x.txt.gz", &bytes)]);
    let evidence = take(folder.path());
    assert_eq!(evidence.artefacts[0].bytes(), b"first line\nsecond line\n");
    assert!(
        evidence.artefacts[0].gaps.is_empty(),
        "{:?}",
        evidence.artefacts[0].gaps
    );
}

#[test]
fn names_in_archives_never_lead_out() {
    let hostile: [(&str, &[u8]); 3] = [
        ("../../escape.log", LOG.as_bytes()),
        ("/etc/evil.log", LOG.as_bytes()),
        ("ok/./in.log", LOG.as_bytes()),
    ];
    let folder = folder(&[("a.tar", &tar(&hostile)), ("b.zip", &zip(&hostile))]);
    let evidence = take(folder.path());
    for path in [
        "a.tar!/escape.log",
        "a.tar!/etc/evil.log",
        "b.zip!/escape.log",
        "b.zip!/etc/evil.log",
        "b.zip!/ok/in.log",
    ] {
        assert_eq!(named(&evidence, path).bytes(), LOG.as_bytes());
    }
    assert!(!folder.path().parent().unwrap().join("escape.log").exists());
}

#[test]
fn gbk_names_in_a_zip_are_read() {
    let (raw, _, _) = encoding_rs::GBK.encode("日志/线程转储.log");
    let placeholder = "n".repeat(raw.len());
    let mut bytes = zip(&[(placeholder.as_str(), LOG.as_bytes())]);
    while let Some(at) = memchr::memmem::find(&bytes, placeholder.as_bytes()) {
        bytes[at..at + raw.len()].copy_from_slice(&raw);
    }
    let folder = folder(&[("x.zip", &bytes)]);
    assert_eq!(paths(&take(folder.path()))[1], "x.zip!/日志/线程转储.log");
}

#[test]
fn a_cut_gzip_gives_what_it_has() {
    let text = LOG.repeat(20_000);
    let whole = gzip(text.as_bytes());
    let folder = folder(&[("x.log.gz", &whole[..whole.len() / 2])]);
    let evidence = take(folder.path());
    let cut = &evidence.artefacts[0];
    assert!(!cut.bytes().is_empty() && text.as_bytes().starts_with(cut.bytes()));
    assert_eq!(cut.kind, Kind::Log);
    assert!(
        matches!(reasons(cut)[..], [Reason::Compression { .. }]),
        "{:?}",
        cut.gaps
    );
}

#[test]
fn a_cut_zip_gives_the_members_before_the_cut() {
    let text = LOG.repeat(5_000);
    let mut noise: Vec<u8> = Vec::new();
    let mut state = 1_u32;
    for _ in 0..100_000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise.extend(format!("2026-11-20 10:00:00,000 INFO [{state}] a.B - x\n").bytes());
    }
    let whole = zip(&[("a.log", text.as_bytes()), ("b.log", &noise)]);
    let folder = folder(&[("x.zip", &whole[..whole.len() / 2])]);
    let evidence = take(folder.path());
    assert_eq!(named(&evidence, "x.zip!/a.log").bytes(), text.as_bytes());
    let torn = named(&evidence, "x.zip!/b.log");
    assert!(noise.starts_with(torn.bytes()) && !torn.bytes().is_empty());
    assert!(!torn.gaps.is_empty());
    assert!(matches!(
        reasons(&evidence.artefacts[0])[..],
        [Reason::Compression { .. }]
    ));
}

#[test]
fn a_cut_tar_gives_the_part_of_its_last_member() {
    let text = LOG.repeat(1_000);
    let whole = tar(&[("a.log", LOG.as_bytes()), ("b.log", text.as_bytes())]);
    let folder = folder(&[("x.tar", &whole[..whole.len() / 2])]);
    let evidence = take(folder.path());
    assert_eq!(named(&evidence, "x.tar!/a.log").bytes(), LOG.as_bytes());
    let torn = named(&evidence, "x.tar!/b.log");
    assert!(text.as_bytes().starts_with(torn.bytes()) && !torn.bytes().is_empty());
    assert!(
        matches!(reasons(torn)[..], [Reason::Truncated { .. }]),
        "{:?}",
        torn.gaps
    );
}

#[test]
fn a_damaged_tar_header_loses_one_member_only() {
    let mut whole = tar(&[
        ("a.log", LOG.as_bytes()),
        ("b.log", LOG.as_bytes()),
        ("c.log", LOG.as_bytes()),
    ]);
    whole[1024 + 10] ^= 0xff;
    let folder = folder(&[("x.tar", &whole)]);
    let evidence = take(folder.path());
    assert_eq!(paths(&evidence), ["x.tar", "x.tar!/a.log", "x.tar!/c.log"]);
    assert!(!evidence.artefacts[0].gaps.is_empty());
}

#[test]
fn bombs_cost_no_more_than_allowed() {
    let zeroes = vec![b'0'; 8 << 20];
    let limits = Limits {
        ratio: 10,
        ratio_free: 1 << 20,
        ..Limits::default()
    };
    let nested = zip(&[
        ("one.gz", &gzip(&zeroes)),
        ("two.gz", &gzip(&zeroes)),
        ("three.gz", &gzip(&zeroes)),
    ]);
    let folder = folder(&[
        ("a.gz", &gzip(&zeroes)),
        ("b.zip", &zip(&[("x", &zeroes), ("y", &zeroes)])),
        ("c.zip", &nested),
        ("d.tgz", &gzip(&tar(&[("x", &zeroes)]))),
    ]);
    let evidence = take_within(folder.path(), limits);
    let total: usize = evidence
        .artefacts
        .iter()
        .filter(|a| a.kind != Kind::Archive)
        .map(|a| a.bytes().len())
        .sum();
    assert!(total <= 5 << 20, "{total}");
    for file in ["a.gz", "b.zip", "d.tgz"] {
        let limited = reasons(named(&evidence, file))
            .iter()
            .any(|reason| matches!(reason, Reason::Limit { .. }));
        assert!(limited, "{file}: {:?}", named(&evidence, file).gaps);
    }
    let inside = evidence.artefacts.iter().filter(|a| a.path.starts_with("c.zip!/"));
    assert!(
        inside
            .flat_map(reasons)
            .any(|reason| matches!(reason, Reason::Limit { .. }))
    );
}

#[test]
fn members_and_files_are_counted() {
    let many: Vec<(String, Vec<u8>)> = (0..20)
        .map(|n| (format!("{n:02}.log"), LOG.as_bytes().to_vec()))
        .collect();
    let many: Vec<(&str, &[u8])> = many
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let mut files = many.clone();
    let (zipped, tarred) = (zip(&many), tar(&many));
    files.push(("z.zip", &zipped));
    files.push(("z.tar", &tarred));
    let folder = folder(&files);
    let evidence = take_within(
        folder.path(),
        Limits {
            members: 5,
            ..Limits::default()
        },
    );
    let inside = |archive: &str| paths(&evidence).iter().filter(|path| path.starts_with(archive)).count();
    assert_eq!((inside("z.zip!/"), inside("z.tar!/")), (5, 5));
    let evidence = take_within(
        folder.path(),
        Limits {
            files: 3,
            ..Limits::default()
        },
    );
    assert_eq!(evidence.artefacts.len(), 4);
    assert!(matches!(reasons(&evidence.artefacts[3])[..], [Reason::Limit { .. }]));
}

#[test]
fn an_empty_folder_is_no_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let given = [folder.path().to_path_buf()];
    let nothing = intake(&given, &IntakeOptions::default(), &silent());
    assert!(matches!(nothing, Err(IntakeError::Nothing { .. })));
    let missing = intake(&[folder.path().join("x")], &IntakeOptions::default(), &silent());
    assert!(matches!(missing, Err(IntakeError::Unreadable { .. })));
}

#[test]
fn empty_and_unknown_files_are_listed_with_the_reason() {
    let random: Vec<u8> = (0..5000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let folder = folder(&[
        ("empty.log", b""),
        ("x.bin", &random),
        ("y.rar", b"Rar!\x1a\x07\x01\0........"),
    ]);
    let evidence = take(folder.path());
    assert!(matches!(reasons(named(&evidence, "empty.log"))[..], [Reason::Empty]));
    assert!(matches!(reasons(named(&evidence, "x.bin"))[..], [Reason::UnknownKind]));
    assert!(matches!(
        reasons(named(&evidence, "y.rar"))[..],
        [Reason::Foreign { .. }]
    ));
}

#[cfg(unix)]
#[test]
fn links_lead_neither_out_nor_round() {
    use std::os::unix::fs::symlink;
    let outside = folder(&[("secret.log", LOG.as_bytes())]);
    let folder = folder(&[("logs/x.log", LOG.as_bytes())]);
    symlink(folder.path(), folder.path().join("logs/loop")).unwrap();
    symlink(outside.path().join("secret.log"), folder.path().join("out.log")).unwrap();
    symlink(folder.path().join("logs/x.log"), folder.path().join("same.log")).unwrap();
    symlink("nowhere", folder.path().join("dangling.log")).unwrap();
    let evidence = take(folder.path());
    assert_eq!(paths(&evidence), ["dangling.log", "logs/x.log", "out.log"]);
    assert!(named(&evidence, "out.log").bytes().is_empty());
    assert!(matches!(
        reasons(named(&evidence, "out.log"))[..],
        [Reason::Unreadable { .. }]
    ));
}

#[cfg(unix)]
#[test]
fn what_is_no_file_and_what_cannot_be_read_stops_nothing() {
    use std::os::unix::{fs::PermissionsExt, net::UnixListener};
    let folder = folder(&[
        ("a.log", LOG.as_bytes()),
        ("locked.log", LOG.as_bytes()),
        ("z.log", LOG.as_bytes()),
    ]);
    let _socket = UnixListener::bind(folder.path().join("b.sock")).unwrap();
    let locked = folder.path().join("locked.log");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    let evidence = take(folder.path());
    assert_eq!(paths(&evidence), ["a.log", "b.sock", "locked.log", "z.log"]);
    assert!(matches!(
        reasons(named(&evidence, "b.sock"))[..],
        [Reason::Unreadable { .. }]
    ));
    if fs::File::open(&locked).is_err() {
        assert!(matches!(
            reasons(named(&evidence, "locked.log"))[..],
            [Reason::Unreadable { .. }]
        ));
    } else {
        println!("skipped: the superuser reads locked files");
    }
    assert_eq!(named(&evidence, "z.log").bytes(), LOG.as_bytes());
}

#[test]
fn an_earlier_report_in_the_folder_is_no_evidence() {
    let report = b"{\n  \"schema\": \"goldenhour.report/1\"\n}";
    let folder = folder(&[
        ("x.log", LOG.as_bytes()),
        ("goldenhour-report/report.json", report),
        ("goldenhour-report/report.html", b"<html>"),
    ]);
    assert_eq!(paths(&take(folder.path())), ["x.log"]);
}

#[test]
fn contents_are_the_same_in_memory_and_in_temporary_files() {
    let text = LOG.repeat(3_000);
    let folder = folder(&[
        ("a.log", text.as_bytes()),
        ("b.log.gz", &gzip(text.as_bytes())),
        ("c.zip", &zip(&[("c.log", text.as_bytes())])),
    ]);
    let all = |limits: Limits| -> Vec<Vec<u8>> {
        take_within(folder.path(), limits)
            .artefacts
            .iter()
            .map(|a| a.bytes().to_vec())
            .collect()
    };
    let small = Limits {
        file_in_memory: 1000,
        memory: 2000,
        ..Limits::default()
    };
    assert_eq!(all(small), all(Limits::default()));
}

#[test]
fn a_dump_in_a_console_log_is_an_artefact_with_its_place() {
    let dump = "Full thread dump OpenJDK 64-Bit Server VM (17 mixed mode):\n\n\"main\" #1 prio=5 os_prio=0 tid=0x00007f nid=0xa runnable [0x0]\n   java.lang.Thread.State: RUNNABLE\n\tat a.B.c(B.java:1)\n\nJNI global refs: 9, weak refs: 0\n\n";
    let text = format!("{LOG}{LOG}{dump}{LOG}");
    let folder = folder(&[("catalina.out", text.as_bytes())]);
    let evidence = take(folder.path());
    let [log, cut] = evidence.artefacts.as_slice() else {
        panic!("{:?}", paths(&evidence))
    };
    assert_eq!((log.kind, cut.kind), (Kind::Log, Kind::ThreadDump));
    assert_eq!(
        (cut.parent, cut.offset, cut.first_line),
        (Some(log.id), 2 * LOG.len() as u64, 3)
    );
    assert!(cut.bytes().starts_with(b"Full thread dump"));
    assert_eq!(log.cut().len(), 1);
}

#[test]
fn two_members_of_one_name_are_both_read() {
    let mut first = zip(&[("a.log", LOG.as_bytes()), ("b.log", b"second 2026-11-20 10:00:00\n")]);
    while let Some(at) = memchr::memmem::find(&first, b"b.log") {
        first[at] = b'a';
    }
    let folder = folder(&[("x.zip", &first)]);
    let evidence = take(folder.path());
    assert_eq!(paths(&evidence), ["x.zip", "x.zip!/a.log", "x.zip!/a.log"]);
    assert!(!evidence.artefacts[0].gaps.is_empty());
}

#[test]
fn a_directory_that_leads_astray_loses_no_member() {
    let mut bytes = zip(&[("a.log", LOG.as_bytes()), ("b.log", LOG.as_bytes())]);
    let at = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap();
    bytes[at + 42] ^= 0x7f;
    let folder = folder(&[("x.zip", &bytes)]);
    let evidence = take(folder.path());
    assert_eq!(named(&evidence, "x.zip!/a.log").bytes(), LOG.as_bytes());
    assert_eq!(named(&evidence, "x.zip!/b.log").bytes(), LOG.as_bytes());
    assert!(!evidence.artefacts[0].gaps.is_empty());
}

#[test]
fn links_in_a_tar_are_told() {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    builder.append_link(&mut header, "soft.log", "/etc/passwd").unwrap();
    let folder = folder(&[("x.tar", &builder.into_inner().unwrap())]);
    let evidence = take(folder.path());
    assert_eq!(paths(&evidence), ["x.tar"]);
    let told = evidence.artefacts[0].gaps[0].reason.to_string();
    assert!(told.contains("soft.log") && !told.contains("passwd"), "{told}");
}

#[test]
fn a_gzip_with_a_wrong_checksum_is_read_and_doubted() {
    let mut bytes = gzip(LOG.as_bytes());
    let at = bytes.len() - 8;
    bytes[at] ^= 1;
    for padding in [0, 1000] {
        let mut bytes = bytes.clone();
        bytes.extend(vec![0; padding]);
        let folder = folder(&[("x.log.gz", &bytes)]);
        let evidence = take(folder.path());
        let doubted = &evidence.artefacts[0];
        assert_eq!(doubted.bytes(), LOG.as_bytes());
        assert!(
            matches!(reasons(doubted)[..], [Reason::Compression { .. }]),
            "{padding}: {:?}",
            doubted.gaps
        );
    }
}
