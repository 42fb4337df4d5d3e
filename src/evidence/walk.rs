//! From the PATHs of the command line to a stable list of files.

use super::{IntakeError, limits::Limits};
use goldenhour_parsers::{Gap, Reason};
use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

/// A file to take in, or one that cannot be.
#[derive(Debug)]
pub struct Found {
    /// Path as the report shows it.
    pub shown: String,
    /// Path on disk; `None` when it is not to be opened.
    pub disk: Option<PathBuf>,
    /// Bytes on disk.
    pub bytes: u64,
    /// Why it is not to be opened.
    pub gap: Option<Gap>,
}

/// Lists the files under `paths`, in the order given and by name within each.
///
/// # Errors
/// When a PATH cannot be opened at all.
pub fn find(paths: &[PathBuf], limits: &Limits) -> Result<Vec<Found>, IntakeError> {
    let mut walk = Walk {
        limits,
        seen: BTreeSet::new(),
        found: Vec::new(),
    };
    for path in paths {
        walk.root(path, paths.len() > 1)?;
    }
    Ok(walk.found)
}

struct Walk<'l> {
    limits: &'l Limits,
    seen: BTreeSet<PathBuf>,
    found: Vec<Found>,
}

impl Walk<'_> {
    /// One PATH of the command line; a link given by hand is followed, for the user meant it.
    fn root(&mut self, path: &Path, several: bool) -> Result<(), IntakeError> {
        let unreadable = |error: std::io::Error| IntakeError::Unreadable {
            path: path.display().to_string(),
            detail: error.to_string(),
        };
        let disk = fs::canonicalize(path).map_err(unreadable)?;
        let meta = fs::metadata(&disk).map_err(unreadable)?;
        let name = path
            .file_name()
            .or_else(|| disk.file_name())
            .map_or_else(String::new, label);
        if !meta.is_dir() {
            self.file(name, &disk);
            return Ok(());
        }
        fs::read_dir(&disk).map_err(unreadable)?;
        let before = self.found.len();
        self.folder("", &disk, &disk, 0);
        if several {
            self.tell_apart(before, &name);
        }
        Ok(())
    }

    /// Two folders given at once may hold files of the same name: the later one's then carry its name.
    fn tell_apart(&mut self, from: usize, folder: &str) {
        let (earlier, later) = self.found.split_at_mut(from);
        let taken: BTreeSet<&str> = earlier.iter().map(|found| found.shown.as_str()).collect();
        if later.iter().any(|found| taken.contains(found.shown.as_str())) {
            for found in later {
                found.shown = format!("{folder}/{}", found.shown);
            }
        }
    }

    fn folder(&mut self, shown: &str, disk: &Path, root: &Path, depth: usize) {
        if depth > self.limits.folder_depth {
            self.refuse(
                shown,
                limit(format!("{} folders inside each other", self.limits.folder_depth)),
            );
            return;
        }
        let entries = match fs::read_dir(disk) {
            Ok(entries) => entries,
            Err(error) => return self.refuse(shown, unreadable(error.to_string())),
        };
        let mut names: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.file_name()).collect();
        names.sort();
        let has_report = has_report(disk);
        for name in names {
            if is_dropping(&name) || has_report && is_form_of_report(&name) {
                continue;
            }
            let path = disk.join(&name);
            let shown = if shown.is_empty() {
                label(&name)
            } else {
                format!("{shown}/{}", label(&name))
            };
            match fs::symlink_metadata(&path) {
                Err(error) => self.refuse(&shown, unreadable(error.to_string())),
                Ok(meta) if meta.file_type().is_symlink() => self.link(&shown, &path, root),
                Ok(meta) if meta.is_dir() => self.folder(&shown, &path, root, depth + 1),
                Ok(_) => self.file(shown, &path),
            }
        }
    }

    /// What a link inside the evidence points to lies in the evidence too, and is met there, or is none of our business.
    fn link(&mut self, shown: &str, path: &Path, root: &Path) {
        match fs::canonicalize(path) {
            Ok(target) if target.starts_with(root) => {}
            Ok(_) => self.refuse(
                shown,
                unreadable("a link that leads out of the evidence is not followed"),
            ),
            Err(error) => self.refuse(shown, unreadable(format!("a link that leads nowhere: {error}"))),
        }
    }

    fn file(&mut self, shown: String, disk: &Path) {
        if self.found.len() == self.limits.files {
            return self.refuse(
                &shown,
                limit(format!(
                    "{} files; this one and all after it are left out",
                    self.limits.files
                )),
            );
        }
        if self.found.len() > self.limits.files || !self.seen.insert(disk.to_path_buf()) {
            return;
        }
        match fs::metadata(disk) {
            Ok(meta) if meta.is_file() => self.found.push(Found {
                shown,
                disk: Some(disk.to_path_buf()),
                bytes: meta.len(),
                gap: None,
            }),
            Ok(_) => self.refuse(&shown, unreadable("not a regular file (a pipe, socket or device)")),
            Err(error) => self.refuse(&shown, unreadable(error.to_string())),
        }
    }

    fn refuse(&mut self, shown: &str, reason: Reason) {
        self.found.push(Found {
            shown: shown.to_owned(),
            disk: None,
            bytes: 0,
            gap: Some(Gap::new(0, 0, reason)),
        });
    }
}

fn limit(what: String) -> Reason {
    Reason::Limit { what }
}

fn unreadable(detail: impl Into<String>) -> Reason {
    Reason::Unreadable { detail: detail.into() }
}

/// A file name for the report: UTF-8 as it is, else GBK, the other encoding of Chinese servers.
fn label(name: &OsStr) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        super::names::decode(name.as_bytes())
    }
    #[cfg(not(unix))]
    {
        name.to_string_lossy().into_owned()
    }
}

/// What desktops leave behind in folders.
fn is_dropping(name: &OsStr) -> bool {
    ["__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"]
        .iter()
        .any(|dropping| name == *dropping)
}

/// True when an earlier run wrote its report into this folder.
fn has_report(folder: &Path) -> bool {
    use std::io::Read;
    let mut head = Vec::new();
    let opened = fs::File::open(folder.join("report.json"));
    let read = opened.and_then(|file| file.take(512).read_to_end(&mut head));
    read.is_ok() && memchr::memmem::find(&head, b"\"goldenhour.report/").is_some()
}

/// The files of a report: no evidence, or a second run would differ from the first.
fn is_form_of_report(name: &OsStr) -> bool {
    ["report.json", "report.html", "report.md", "report.docx"]
        .iter()
        .any(|form| name == *form)
}
