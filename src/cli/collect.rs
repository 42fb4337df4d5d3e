//! `goldenhour collect`: the read-only script that gathers evidence on a server, run there by whoever is allowed to.

use super::{
    args::{CollectArgs, Os},
    failure::Outcome,
    record::printed,
    settings::Settings,
};
use serde_json::json;

const COMMON: &str = include_str!("collect/common.sh");
const AIX: &str = include_str!("collect/aix.sh");
const LINUX: &str = include_str!("collect/linux.sh");
const WINDOWS: &str = include_str!("collect/windows.ps1");

/// What every script says about itself. ASCII: the server's terminal may know no other encoding.
const PROMISE: &str = "\
# Gathers evidence for goldenhour. Read-only: it changes no setting, restarts and deletes nothing, needs no root.
# It writes only into its own folder. Java processes are asked for three thread dumps (they go on working); a heap dump,
# which pauses the VM, only with the switch for it and with approval.
# The result may hold patients' data: take it through the bastion host, keep it on the rescue PC, delete it afterwards.
";

/// Prints the script.
///
/// # Errors
/// Status 4 when stdout cannot take it.
pub fn run(args: &CollectArgs, settings: &Settings) -> Outcome {
    let script = script(args.os);
    if settings.json {
        return printed(&json!({"os": name(args.os), "script": script}).to_string());
    }
    printed(&script)
}

fn script(os: Os) -> String {
    match os {
        Os::Aix => format!("#!/bin/sh\n{PROMISE}{COMMON}\n{AIX}"),
        Os::Linux => format!("#!/bin/sh\n{PROMISE}{COMMON}\n{LINUX}"),
        Os::Windows => format!("{PROMISE}{WINDOWS}"),
    }
}

fn name(os: Os) -> &'static str {
    match os {
        Os::Aix => "aix",
        Os::Linux => "linux",
        Os::Windows => "windows",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_script_deletes_restarts_or_changes_anything() {
        const NEVER: [&str; 14] = [
            "rm ",
            "rm -",
            "Remove-Item",
            "kill -9",
            "shutdown",
            "reboot",
            "systemctl",
            "chown",
            "chdev",
            "no -o",
            "Stop-Process",
            "Restart-",
            "Set-",
            "truncate",
        ];
        for os in [Os::Aix, Os::Linux, Os::Windows] {
            let script = script(os);
            for word in NEVER {
                let hit = script
                    .lines()
                    .find(|line| !line.trim_start().starts_with('#') && line.contains(word));
                assert_eq!(hit, None, "{word}");
            }
            assert!(script.is_ascii());
        }
    }
}
