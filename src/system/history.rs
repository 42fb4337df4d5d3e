//! What somebody typed: ended processes and changes.

use super::{Sign, SignKind, source::Source};
use goldenhour_parsers::system::HistoryEntry;

pub(super) fn signs(entries: &[HistoryEntry], source: &Source<'_>) -> Vec<Sign> {
    entries
        .iter()
        .filter_map(|e| Some(source.sign_at(meaning(&e.command)?, e.line, e.time)))
        .collect()
}

/// What a command does, if it ends a process or changes the system.
fn meaning(command: &str) -> Option<SignKind> {
    command
        .split(['|', ';'])
        .flat_map(|part| part.split("&&"))
        .find_map(|part| simple(part.trim(), command))
}

fn simple(part: &str, whole: &str) -> Option<SignKind> {
    let mut words = part
        .split_ascii_whitespace()
        .filter(|w| *w != "sudo" && *w != "nohup" && *w != "xargs")
        .peekable();
    let first = words.next()?;
    let program = first.rsplit('/').next().unwrap_or(first);
    let rest: Vec<&str> = words.collect();
    let kill = |pid: Option<u64>| SignKind::Kill {
        command: whole.to_owned(),
        pid,
    };
    match program {
        "kill" => killed(&rest).map(kill),
        "pkill" | "killall" | "taskkill" | "taskkill.exe" | "skill" => {
            (!is_harmless(&rest)).then(|| kill(number(&rest)))
        }
        "systemctl" | "service" | "rc-service" | "sc" | "net" => rest
            .iter()
            .any(|w| {
                matches!(
                    *w,
                    "stop" | "restart" | "kill" | "condrestart" | "try-restart" | "force-reload"
                )
            })
            .then(|| kill(None)),
        "stopServer.sh"
        | "stopNode.sh"
        | "stopManager.sh"
        | "stopCluster.sh"
        | "shutdown.sh"
        | "stopWebLogic.sh"
        | "stopManagedWebLogic.sh"
        | "stop.sh"
        | "restart.sh"
        | "stopServer.bat"
        | "shutdown.bat" => Some(kill(None)),
        "catalina.sh" | "server" | "jboss-cli.sh" | "appctl.sh" => rest
            .iter()
            .any(|w| matches!(*w, "stop" | "restart" | ":shutdown" | "shutdown"))
            .then(|| kill(None)),
        "docker" | "podman" | "kubectl" | "crictl" => rest
            .first()
            .is_some_and(|w| matches!(*w, "stop" | "kill" | "restart" | "rm" | "delete" | "rollout"))
            .then(|| kill(None)),
        "reboot" | "shutdown" | "halt" | "poweroff" => Some(SignKind::Reboot),
        "init" if rest.first().is_some_and(|w| matches!(*w, "0" | "6")) => Some(SignKind::Reboot),
        "cp" | "mv" | "scp" | "install" | "unzip" | "tar" | "jar" | "rm" | "ln" | "rsync" | "sed" | "vi" | "vim" => {
            let target = rest.iter().any(|w| is_program_file(w));
            target.then(|| SignKind::Change { what: whole.to_owned() })
        }
        "wsadmin.sh" | "deploy.sh" | "asadmin" | "yum" | "dnf" | "apt" | "apt-get" | "rpm" | "installp" | "smitty"
        | "chdev" | "sysctl" | "ulimit" => Some(SignKind::Change { what: whole.to_owned() }),
        _ => None,
    }
}

/// The pid that `kill` ends; `kill -3`, `-QUIT`, `-0`, `-l` end nothing.
fn killed(rest: &[&str]) -> Option<Option<u64>> {
    if is_harmless(rest) {
        return None;
    }
    Some(number(rest))
}

fn is_harmless(rest: &[&str]) -> bool {
    let signal = |w: &str| w.trim_start_matches('-').trim_start_matches("SIG").to_ascii_uppercase();
    rest.iter().take(2).any(|w| {
        w.starts_with('-')
            && matches!(
                signal(w).as_str(),
                "3" | "QUIT" | "0" | "L" | "USR1" | "USR2" | "HUP" | "1" | "STOP" | "CONT"
            )
    }) || matches!(rest, ["-s", "QUIT" | "SIGQUIT" | "3", ..])
}

fn number(rest: &[&str]) -> Option<u64> {
    rest.iter().filter(|w| !w.starts_with('-')).find_map(|w| w.parse().ok())
}

fn is_program_file(word: &str) -> bool {
    [
        ".jar",
        ".war",
        ".ear",
        ".class",
        ".properties",
        ".xml",
        ".yml",
        ".conf",
        ".so",
        "/webapps",
        "/lib/",
        "/installedApps",
    ]
    .iter()
    .any(|s| word.ends_with(s) || s.starts_with('/') && word.contains(s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_end_a_process() {
        assert!(matches!(
            meaning("kill -9 16798"),
            Some(SignKind::Kill { pid: Some(16798), .. })
        ));
        assert!(matches!(
            meaning("kill 16798"),
            Some(SignKind::Kill { pid: Some(16798), .. })
        ));
        assert!(matches!(
            meaning("ps -ef | grep java | awk '{print $2}' | xargs kill -9"),
            Some(SignKind::Kill { pid: None, .. })
        ));
        assert!(matches!(
            meaning("sudo systemctl restart tomcat"),
            Some(SignKind::Kill { .. })
        ));
        assert!(matches!(
            meaning("./stopServer.sh server1 -username x"),
            Some(SignKind::Kill { .. })
        ));
    }

    #[test]
    fn a_dump_is_no_kill() {
        for command in [
            "kill -3 16798",
            "kill -QUIT 16798",
            "kill -l",
            "ps -ef | grep kill",
            "tail -200 catalina.out",
            "cd /opt/kill",
        ] {
            assert!(meaning(command).is_none(), "{command}");
        }
    }

    #[test]
    fn changes() {
        assert!(matches!(
            meaning("cp /tmp/his-common-2.4.0.jar /opt/his/webapps/x/WEB-INF/lib/"),
            Some(SignKind::Change { .. })
        ));
        assert!(meaning("cp a.txt b.txt").is_none());
    }
}
