//! The Word form: the order of a post-mortem, pictures inside, hostile words as words, opened by LibreOffice where it is.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they skip and fail by panicking"
)]

mod sample;

use goldenhour::{report::docx, words::Lang};
use std::{
    io::{Cursor, Read},
    process::{Command, Stdio},
};

fn members(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..zip.len())
        .map(|i| {
            let mut member = zip.by_index(i).unwrap();
            let mut body = Vec::new();
            member.read_to_end(&mut body).unwrap();
            (member.name().unwrap().to_string(), body)
        })
        .collect()
}

fn document(bytes: &[u8]) -> String {
    let (_, body) = members(bytes)
        .into_iter()
        .find(|(name, _)| name == "word/document.xml")
        .unwrap();
    String::from_utf8(body).unwrap()
}

#[test]
fn chapters_stand_in_the_order_of_a_post_mortem() {
    let text = document(&docx::render(&sample::deadlock(), Lang::Zh));
    let order: Vec<usize> = [
        "一、概述",
        "二、影响",
        "三、时间线",
        "四、根因",
        "五、证据",
        "六、处置",
        "七、改进措施",
        "八、附件",
    ]
    .iter()
    .map(|chapter| text.find(chapter).unwrap_or_else(|| panic!("{chapter} is missing")))
    .collect();
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn pictures_are_whole_pngs_and_the_same_every_time() {
    let bytes = docx::render(&sample::deadlock(), Lang::Zh);
    let pictures: Vec<Vec<u8>> = members(&bytes)
        .into_iter()
        .filter(|(name, _)| name.starts_with("word/media/") && name.ends_with(".png"))
        .map(|(_, body)| body)
        .collect();
    assert!(pictures.len() >= 4, "{}", pictures.len());
    for picture in &pictures {
        assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n") && picture.ends_with(b"IEND\xae\x42\x60\x82"));
    }
    assert_eq!(bytes, docx::render(&sample::deadlock(), Lang::Zh));
}

#[test]
fn hostile_words_stay_words() {
    let text = document(&docx::render(&sample::hostile(), Lang::En));
    assert!(!text.contains("<script") && !text.contains("<img") && text.contains("&lt;script&gt;"));
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains('\u{0}'));
}

#[test]
fn an_office_opens_it_and_prints_it_with_its_pictures() {
    if Command::new("soffice")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        println!("skipped: no soffice on this machine (Debian: libreoffice-writer)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, model) in [("calm", sample::deadlock()), ("hostile", sample::hostile())] {
        let file = folder.path().join(format!("{name}.docx"));
        std::fs::write(&file, docx::render(&model, Lang::Zh)).unwrap();
        let profile = format!(
            "-env:UserInstallation=file://{}",
            folder.path().join("profile").display()
        );
        let status = Command::new("soffice")
            .args([profile.as_str(), "--headless", "--convert-to", "pdf", "--outdir"])
            .arg(folder.path())
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
        let pdf = std::fs::read(folder.path().join(format!("{name}.pdf"))).unwrap();
        let images = memchr::memmem::find_iter(&pdf, b"/Subtype/Image").count();
        assert!(pdf.starts_with(b"%PDF") && images >= 4, "{name}: {images} pictures");
    }
}
