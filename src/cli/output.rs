//! Writing: files that are whole or absent, and stdout that may close early.

use super::failure::Failure;
use crate::words::Text;
use std::{
    fs,
    io::{self, Write},
    path::Path,
};

/// Writes a file under a temporary name and renames it, so that a reader never sees half of it.
///
/// # Errors
/// Status 4 with the system's words.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_whole(path, bytes).map_err(|error| cannot_write(path, &error))
}

/// The same for a file that is written bit by bit.
///
/// # Errors
/// Status 4 with the system's words.
pub fn stream_file(path: &Path, write: impl FnOnce(&mut fs::File) -> io::Result<()>) -> Result<(), Failure> {
    stream_whole(path, write).map_err(|error| cannot_write(path, &error))
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    stream_whole(path, |file| file.write_all(bytes))
}

fn stream_whole(path: &Path, write: impl FnOnce(&mut fs::File) -> io::Result<()>) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new().prefix(".goldenhour-").tempfile_in(folder)?;
    write(file.as_file_mut())?;
    file.as_file().sync_all()?;
    readable_by_all(file.as_file())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// A temporary file is private to its owner; a report is an ordinary file.
#[cfg(unix)]
fn readable_by_all(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_: &fs::File) -> io::Result<()> {
    Ok(())
}

/// Makes the folder that output goes into, and sees that it can be written.
///
/// # Errors
/// Status 4 with the system's words.
pub fn make_folder(path: &Path) -> Result<(), Failure> {
    let made = fs::create_dir_all(path).and_then(|()| tempfile::tempfile_in(path));
    made.map(drop).map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    let path = path.display();
    Failure::output(Text::new(
        format!("无法写入 {path}：{error}。请检查磁盘空间和权限，或用 --out 指定其他目录。"),
        format!("cannot write {path}: {error}. Check disk space and permissions, or name another folder with --out."),
    ))
}

/// Writes to stdout; a reader that closed the pipe early is no failure.
///
/// # Errors
/// Status 4 when stdout cannot take it (a full disk behind a redirection).
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = out
        .write_all(text.as_bytes())
        .and_then(|()| {
            if text.ends_with('\n') {
                Ok(())
            } else {
                out.write_all(b"\n")
            }
        })
        .and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::output(Text::new(
            format!("无法写到标准输出：{error}"),
            format!("cannot write to standard output: {error}"),
        ))),
        _ => Ok(()),
    }
}

/// Says something on stderr; nobody is told when even that fails.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
