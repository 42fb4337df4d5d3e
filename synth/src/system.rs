//! Listings of system commands.

use std::fmt::Write;

/// `errpt` with one row a (identifier, `MMDDhhmmYY`, type, class, resource, description).
pub fn errpt(rows: &[(&str, &str, char, char, &str, &str)]) -> String {
    let mut out = String::from("IDENTIFIER TIMESTAMP  T C RESOURCE_NAME  DESCRIPTION\n");
    for (identifier, time, kind, class, resource, description) in rows {
        let _ = writeln!(
            out,
            "{identifier:<10} {time} {kind} {class} {resource:<14} {description}"
        );
    }
    out
}

/// `netstat -an` of Linux with one row a (local, peer, state).
pub fn netstat(rows: &[(&str, &str, &str)]) -> String {
    let mut out = String::from(
        "Active Internet connections (servers and established)\nProto Recv-Q Send-Q Local Address           Foreign Address         State\n",
    );
    for (local, peer, state) in rows {
        let _ = writeln!(out, "tcp        0      0 {local:<23} {peer:<23} {state}");
    }
    out
}

/// `df -k` with one row a (device, KiB, used per cent, mount point).
pub fn df(rows: &[(&str, u64, u64, &str)]) -> String {
    let mut out = String::from("Filesystem     1K-blocks      Used Available Use% Mounted on\n");
    for (device, size, percent, mount) in rows {
        let used = size * percent / 100;
        let _ = writeln!(out, "{device} {size} {used} {} {percent}% {mount}", size - used);
    }
    out
}
