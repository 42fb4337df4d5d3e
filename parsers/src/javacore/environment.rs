//! GPINFO / XHPI and ENVINFO / CI: host, crash, process, options, limits.

use super::{Crash, Environment, Host, Limit, title};
use crate::Stamp;

/// Lines of GPINFO.
pub(super) fn host(tag: &[u8], data: &str, host: &mut Host, line: u64) -> bool {
    match tag {
        b"2XHOSLEVEL" => host.os = value(data),
        b"3XHCPUARCH" => host.architecture = value(data),
        b"3XHNUMCPUS" => host.processors = value(data).and_then(|v| v.parse().ok()),
        b"1XHEXCPCODE" | b"1XHEXCPMODULE" => {
            let crash = host.crash.get_or_insert_with(|| Crash {
                line,
                ..Crash::default()
            });
            crash_line(data, crash, line);
        }
        b"1XHFLAGS" => {
            if let Some(crash) = host.crash.as_mut() {
                crash.vm_flags = value(data).and_then(|v| u64::from_str_radix(&v, 16).ok());
            }
        }
        _ => compiling(data, host),
    }
    true
}

/// Newer JITs name the method that was being compiled.
fn compiling(data: &str, host: &mut Host) {
    if let Some(crash) = host.crash.as_mut()
        && let Some((_, method)) = data
            .split_once("Method_being_compiled:")
            .or_else(|| data.split_once("Compiling method:"))
    {
        crash.compiling = Some(method.trim().to_owned());
    }
}

fn crash_line(data: &str, crash: &mut Crash, line: u64) {
    let Some((key, value)) = data.split_once(':') else {
        return;
    };
    let value = value.trim();
    let number = || u64::from_str_radix(value.trim_start_matches("0x"), 16).ok();
    match key.trim() {
        "Signal_Number" => crash.signal = number().and_then(|n| u32::try_from(n).ok()),
        "Windows_ExceptionCode" | "ExceptionCode" => crash.windows_code = number().and_then(|n| u32::try_from(n).ok()),
        "InaccessibleAddress" => crash.address = number(),
        "Module" => (crash.module, crash.line) = (Some(value.to_owned()), line),
        "Offset_in_DLL" | "Module_offset" => crash.module_offset = number(),
        "Symbol" => crash.symbol = Some(value.to_owned()),
        "Method_being_compiled" => crash.compiling = Some(value.to_owned()),
        _ => {}
    }
}

/// Lines of ENVINFO.
pub(super) fn take(tag: &[u8], data: &str, env: &mut Environment) -> bool {
    match tag {
        b"1CIJAVAVERSION" => env.java_version = Some(data.to_owned()),
        b"1CISTARTTIME" => env.started = title::date(data).map(Stamp::local),
        b"1CIPROCESSID" => env.pid = crate::thread_dump::number_after(data, "Process ID:"),
        b"1CICMDLINE" if !data.starts_with('[') => env.command_line = Some(data.to_owned()),
        b"2CIUSERARG" => env.options.push(data.to_owned()),
        b"2CIUSERLIMIT" => env.limits.extend(limit(data)),
        b"2CIENVVAR" => variable(data, env),
        _ => {}
    }
    true
}

/// `RLIMIT_NOFILE  1048576  unlimited`.
fn limit(data: &str) -> Option<Limit> {
    let mut words = data.split_ascii_whitespace();
    let name = words.next().filter(|n| n.starts_with("RLIMIT"))?;
    let (soft, hard) = (words.next()?, words.next()?);
    Some(Limit {
        name: name.to_owned(),
        soft: soft.parse().ok(),
        hard: hard.parse().ok(),
    })
}

/// Of the environment only the host's name is kept: values may be secrets.
fn variable(data: &str, env: &mut Environment) {
    if let Some((name, value)) = data.split_once('=')
        && matches!(name, "HOSTNAME" | "COMPUTERNAME" | "HOST")
        && !value.trim().is_empty()
    {
        env.host_name.get_or_insert_with(|| value.trim().to_owned());
    }
}

/// `OS Level         : AIX 7.2` → `AIX 7.2`.
fn value(data: &str) -> Option<String> {
    data.split_once(':')
        .map(|(_, value)| value.trim().to_owned())
        .filter(|v| !v.is_empty())
}
