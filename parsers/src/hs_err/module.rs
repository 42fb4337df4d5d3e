//! Which module a native frame is in, and which modules are never to blame by themselves.

/// The module of a frame (`C  [libx.so+0x1]  func+0x2` gives `libx.so`).
pub fn module_of_frame(frame: &str) -> Option<&str> {
    let inner = frame.split_once('[')?.1.split_once(']')?.0;
    let (module, _) = inner.rsplit_once("+0x").unwrap_or((inner, ""));
    let module = base_name(module);
    (!module.is_empty() && !module.starts_with("0x")).then_some(module)
}

/// The last part of a path of either system.
pub(super) fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// C library, VM, dynamic linker, launcher and the system's run-time libraries: a crash inside them is usually somebody
/// else's doing.
pub fn is_infrastructure(module: &str) -> bool {
    let name = base_name(module).to_ascii_lowercase();
    let stem = name
        .split_once(".so")
        .map_or(name.as_str(), |(stem, _)| stem)
        .trim_end_matches(".dll")
        .trim_end_matches(".dylib")
        .trim_end_matches(".exe")
        .trim_end_matches(".a");
    // `libc-2.17`, `ld-2.17`, `libpthread-2.17`.
    let stem = match stem.rsplit_once('-') {
        Some((name, version)) if version.starts_with(|c: char| c.is_ascii_digit()) => name,
        _ => stem,
    };
    const EXACT: [&str; 44] = [
        "libc",
        "libpthread",
        "libpthreads",
        "libm",
        "librt",
        "libdl",
        "ld",
        "ld-linux",
        "ld-linux-x86-64",
        "ld-linux-aarch64",
        "ld64",
        "linux-vdso",
        "linux-gate",
        "vdso",
        "libgcc_s",
        "libstdc++",
        "libjvm",
        "jvm",
        "libj9vm",
        "libjsig",
        "libjli",
        "jli",
        "java",
        "javaw",
        "ntdll",
        "kernel32",
        "kernelbase",
        "msvcrt",
        "ucrtbase",
        "ucrtbased",
        "user32",
        "win32u",
        "libdyld",
        "libsystem",
        "libobjc",
        "libclient",
        "unix",
        "libthread",
        "libthr",
        "ld-musl-x86_64",
        "ld-musl-aarch64",
        "libc++",
        "libc++abi",
        "dyld",
    ];
    const PREFIXES: [&str; 6] = ["msvcr", "msvcp", "vcruntime", "libsystem_", "libj9", "ld-linux"];
    EXACT.contains(&stem) || PREFIXES.iter().any(|p| stem.starts_with(p))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_of_frames() {
        assert_eq!(
            module_of_frame("C  [libcairo.so.2+0x66e64]  cairo_region+0x4"),
            Some("libcairo.so.2")
        );
        assert_eq!(
            module_of_frame("C  [jSSC-2.8_x86_64.dll+0xb5db]"),
            Some("jSSC-2.8_x86_64.dll")
        );
        assert_eq!(module_of_frame("C  0x0000000030000000"), None);
        assert_eq!(module_of_frame("j  a.B.c()V+3"), None);
        assert_eq!(module_of_frame("C  [/opt/x/lib/libq.so+0x1]"), Some("libq.so"));
    }

    #[test]
    fn infrastructure_is_not_guilty() {
        for name in [
            "libc.so.6",
            "libc-2.17.so",
            "libjvm.so",
            "jvm.dll",
            "ntdll.dll",
            "ld-2.17.so",
            "libpthread.so.0",
            "KERNELBASE.dll",
            "VCRUNTIME140.dll",
            "libsystem_platform.dylib",
        ] {
            assert!(is_infrastructure(name), "{name}");
        }
        for name in [
            "libcairo.so.2",
            "libaio.so.1",
            "libzip.so",
            "ojdbc_x.dll",
            "libclntsh.so.19.1",
            "libcard-2.so",
        ] {
            assert!(!is_infrastructure(name), "{name}");
        }
    }
}
