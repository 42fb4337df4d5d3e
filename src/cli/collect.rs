//! `goldenhour collect`: the read-only script that gathers evidence on a server.

use super::{
    args::{CollectArgs, Os},
    failure::Outcome,
    output,
    settings::Settings,
};

/// Prints the script.
///
/// # Errors
/// Status 4 when stdout cannot take it.
pub fn run(args: &CollectArgs, settings: &Settings) -> Outcome {
    let _ = settings;
    let script = match args.os {
        Os::Aix => "aix",
        Os::Linux => "linux",
        Os::Windows => "windows",
    };
    output::print(script)?;
    Ok(0)
}
