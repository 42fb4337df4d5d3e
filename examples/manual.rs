//! Man pages and shell completions into a folder: `cargo run --example manual -- DIR`.
#![allow(clippy::print_stderr, reason = "a program for the command line")]

use clap_complete::{Shell, generate_to};
use goldenhour::{cli::help, words::Lang};
use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

fn main() -> ExitCode {
    let Some(folder) = env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: cargo run --example manual -- DIR");
        return ExitCode::from(2);
    };
    match write(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            ExitCode::from(4)
        }
    }
}

fn write(folder: &Path) -> io::Result<()> {
    for (lang, name) in [(Lang::En, "man"), (Lang::Zh, "man.zh")] {
        let pages = folder.join(name);
        fs::create_dir_all(&pages)?;
        clap_mangen::generate_to(help::command(lang), &pages)?;
    }
    let completions = folder.join("completions");
    fs::create_dir_all(&completions)?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell] {
        generate_to(shell, &mut help::command(Lang::En), "goldenhour", &completions)?;
    }
    Ok(())
}
