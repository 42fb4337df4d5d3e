//! `goldenhour`: arguments in, exit status out.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(goldenhour::cli::run())
}
