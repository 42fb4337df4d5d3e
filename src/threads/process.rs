//! What a javacore's process section tells: name, pid, options, signals.

/// Server or program: the last words of a WebSphere command line, the server of Liberty, WebLogic and Tomcat, else the
/// main class or jar.
pub(super) fn name(command_line: Option<&str>, options: &[String]) -> Option<String> {
    let option = |start: &str| {
        let found = options.iter().rev().find_map(|o| o.strip_prefix(start));
        found.map(str::to_owned).filter(|v| !v.is_empty())
    };
    if let Some(server) =
        option("-Dweblogic.Name=").or_else(|| option("-D[Server:").map(|s| s.trim_end_matches(']').to_owned()))
    {
        return Some(server);
    }
    let words: Vec<&str> = command_line.unwrap_or_default().split_ascii_whitespace().collect();
    let has = |part: &str| words.iter().any(|w| w.contains(part));
    if has("WSPreLauncher") || has("WSLauncher") || has("com.ibm.ws.runtime.WsServer") {
        return words.last().map(|w| (*w).to_owned());
    }
    if let Some(at) = words.iter().position(|w| w.ends_with("ws-server.jar")) {
        return Some(words.get(at + 1).map_or("defaultServer", |w| w).to_owned());
    }
    if let Some(base) = option("-Dcatalina.base=") {
        return base.rsplit(['/', '\\']).next().map(str::to_owned);
    }
    if let Some(command) = option("-Dsun.java.command=") {
        return command.split_ascii_whitespace().next().map(base_name);
    }
    main_of(&words)
}

/// The first word that is neither the launcher nor an option nor an option's value.
fn main_of(words: &[&str]) -> Option<String> {
    let mut words = words.iter().skip(1);
    while let Some(word) = words.next() {
        match *word {
            "-cp" | "-classpath" | "--class-path" | "-p" | "--module-path" | "--add-modules" => _ = words.next(),
            "-jar" | "-m" | "--module" => return words.next().map(|w| base_name(w)),
            option if option.starts_with('-') => {}
            main => return Some(main.to_owned()),
        }
    }
    None
}

fn base_name(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}

/// The pid in `javacore.20261118.185948.9830514.0001.txt` or AIX's old `javacore9830514.1163152345.txt`.
pub(super) fn pid_of_name(path: &str) -> Option<u64> {
    let name = path.rsplit(['/', '\\']).next()?;
    let rest = name.strip_prefix("javacore")?;
    let parts: Vec<&str> = rest.split('.').collect();
    let number = |at: usize| parts.get(at).and_then(|p| p.parse::<u64>().ok());
    match parts.first() {
        Some(&"") if number(1).is_some() && number(2).is_some() => number(3),
        Some(_) if number(0).is_some() && number(1).is_some() => number(0),
        _ => None,
    }
}

/// `-Xmx` in bytes; the last one counts.
pub(super) fn max_heap(options: &[String]) -> Option<u64> {
    let value = options
        .iter()
        .rev()
        .find_map(|o| o.strip_prefix("-Xmx").or_else(|| o.strip_prefix("-XX:MaxHeapSize=")))?;
    size(value)
}

fn size(value: &str) -> Option<u64> {
    let value = value.trim();
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = value.split_at_checked(digits)?;
    let unit = match unit.as_bytes().first().map(u8::to_ascii_lowercase) {
        Some(b'k') => 1 << 10,
        Some(b'm') => 1 << 20,
        Some(b'g') => 1 << 30,
        Some(b't') => 1 << 40,
        _ => 1,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// The collector policy: as asked for, else as the spaces of the heap show it.
pub(super) fn gc_policy(options: &[String], spaces: &[String]) -> Option<String> {
    if let Some(policy) = options.iter().rev().find_map(|o| o.strip_prefix("-Xgcpolicy:")) {
        return Some(policy.to_owned());
    }
    let space = spaces.first()?.to_ascii_lowercase();
    let known = [
        ("generational", "gencon"),
        ("balanced", "balanced"),
        ("metronome", "metronome"),
    ];
    known
        .iter()
        .find(|(start, _)| space.starts_with(start))
        .map(|(_, policy)| (*policy).to_owned())
}

/// The signal's name: numbers differ between systems.
pub(super) fn signal(number: Option<u32>, windows_code: Option<u32>, os: Option<&str>) -> Option<String> {
    if let Some(code) = windows_code {
        return Some(match code {
            0xC000_0005 => "EXCEPTION_ACCESS_VIOLATION".to_owned(),
            0xC000_001D => "EXCEPTION_ILLEGAL_INSTRUCTION".to_owned(),
            0xC000_0094 => "EXCEPTION_INT_DIVIDE_BY_ZERO".to_owned(),
            0xC000_00FD => "EXCEPTION_STACK_OVERFLOW".to_owned(),
            other => format!("{other:#010X}"),
        });
    }
    let number = number?;
    let is_linux = os.is_none_or(|os| os.starts_with("Linux"));
    Some(match number {
        3 => "SIGQUIT".to_owned(),
        4 => "SIGILL".to_owned(),
        5 => "SIGTRAP".to_owned(),
        6 => "SIGABRT".to_owned(),
        7 if is_linux => "SIGBUS".to_owned(),
        8 => "SIGFPE".to_owned(),
        10 if !is_linux => "SIGBUS".to_owned(),
        11 => "SIGSEGV".to_owned(),
        other => format!("signal {other}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(options: &[&str]) -> Vec<String> {
        options.iter().map(|o| (*o).to_owned()).collect()
    }

    #[test]
    fn names_of_servers_and_programs() {
        for (line, options, wanted) in [
            (
                "/was/java/bin/java -Xmx256m com.ibm.wsspi.bootstrap.WSPreLauncher -nosplash com.ibm.ws.runtime.WsServer /cfg cell01 node01 server1",
                &[][..],
                "server1",
            ),
            (
                "/opt/java -jar /opt/ibm/wlp/bin/tools/ws-server.jar emrHl7",
                &[],
                "emrHl7",
            ),
            (
                "java -Xms32m weblogic.Server",
                &["-Dweblogic.Name=myserver"],
                "myserver",
            ),
            (
                "java org.apache.catalina.startup.Bootstrap start",
                &["-Dcatalina.base=/srv/tomcat/his"],
                "his",
            ),
            ("java -cp a.jar -Xmx1g com.acme.Main x", &[], "com.acme.Main"),
            ("java -jar /srv/app.jar", &[], "app.jar"),
        ] {
            assert_eq!(name(Some(line), &owned(options)).as_deref(), Some(wanted), "{line}");
        }
        assert_eq!(name(None, &[]), None);
    }

    #[test]
    fn figures_and_policies() {
        assert_eq!(max_heap(&owned(&["-Xmx1g", "-Xmx256m"])), Some(256 << 20));
        assert_eq!(
            gc_policy(&owned(&["-Xgcpolicy:optthruput"]), &[]).as_deref(),
            Some("optthruput")
        );
        assert_eq!(gc_policy(&[], &owned(&["Generational"])).as_deref(), Some("gencon"));
        assert_eq!(
            pid_of_name("x/javacore.20261118.185948.9830514.0001.txt"),
            Some(9_830_514)
        );
        assert_eq!(pid_of_name("javacore.20060510.122937.6036.txt"), Some(6036));
        assert_eq!(pid_of_name("javacore123.1163152345.txt"), Some(123));
        assert_eq!(pid_of_name("heapdump.phd"), None);
        assert_eq!(signal(Some(10), None, Some("AIX 7.2")).as_deref(), Some("SIGBUS"));
    }
}
