//! Which native library is to blame.

use goldenhour_parsers::hs_err::{ErrorKind, HsErr, is_infrastructure, module_of_frame};

/// The first module of the native stack that is neither C library nor VM nor linker. When a crash in such a module left
/// a stack that cannot be walked (no frame pointers), the return addresses found on the stack name the caller.
pub(super) fn guilty_module(h: &HsErr) -> Option<String> {
    if h.kind == ErrorKind::OutOfMemory {
        return None;
    }
    let frames = h.frame.iter().chain(&h.native_frames);
    let walked = frames
        .filter(|f| f.starts_with('C'))
        .filter_map(|f| module_of_frame(f))
        .find(|m| !is_infrastructure(m));
    if let Some(module) = walked {
        return Some(module.to_owned());
    }
    let in_native_code = h.frame.as_deref().is_some_and(|f| f.starts_with('C'));
    if !in_native_code {
        return None;
    }
    h.nearby_libraries
        .iter()
        .find(|path| is_foreign(path, h))
        .map(|path| base_name(path).to_owned())
}

/// Libraries that belong neither to the system nor to the JDK: what the application brought along.
pub(super) fn foreign_libraries(h: &HsErr) -> Vec<String> {
    h.libraries
        .iter()
        .filter(|path| is_foreign(path, h))
        .take(50)
        .cloned()
        .collect()
}

fn is_foreign(path: &str, h: &HsErr) -> bool {
    !is_infrastructure(path) && !is_system_path(path) && !jdk_root(h).is_some_and(|root| path.starts_with(root))
}

fn is_system_path(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    ["/usr/lib", "/lib", "/usr/ccs", "/system/", "[vdso]"]
        .iter()
        .any(|p| lower.starts_with(p))
        || lower.contains(":\\windows\\")
}

/// The JDK's folder, from where the VM library lies.
fn jdk_root(h: &HsErr) -> Option<&str> {
    let vm = h.libraries.iter().find(|path| {
        let name = base_name(path);
        name.starts_with("libjvm.") || name == "jvm.dll"
    })?;
    ["/jre/lib/", "/lib/", "\\jre\\bin\\", "\\bin\\"]
        .iter()
        .find_map(|part| vm.rfind(part).and_then(|at| vm.get(..at)))
}

fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(frame: &str, native: &[&str], nearby: &[&str]) -> HsErr {
        HsErr {
            frame: Some(frame.to_owned()),
            native_frames: native.iter().map(|f| (*f).to_owned()).collect(),
            nearby_libraries: nearby.iter().map(|f| (*f).to_owned()).collect(),
            libraries: vec!["/opt/jdk/lib/server/libjvm.so".to_owned()],
            ..HsErr::default()
        }
    }

    #[test]
    fn the_caller_of_libc_is_guilty() {
        let h = log(
            "C  [libc.so.6+0x1]",
            &["C  [libc.so.6+0x1]", "C  [libcard.so+0x2]  read+0x1"],
            &[],
        );
        assert_eq!(guilty_module(&h).as_deref(), Some("libcard.so"));
    }

    #[test]
    fn an_unwalkable_stack_is_read_from_its_addresses() {
        let nearby = [
            "/usr/lib/libz.so.1",
            "/opt/jdk/lib/libnio.so",
            "/opt/his/native/libcard.so",
        ];
        let h = log("C  [libc.so.6+0x1]", &["C  [libc.so.6+0x1]"], &nearby);
        assert_eq!(guilty_module(&h).as_deref(), Some("libcard.so"));
    }

    #[test]
    fn a_crash_of_the_vm_or_compiled_code_blames_no_library() {
        let nearby = ["/opt/his/native/libcard.so"];
        for frame in [
            "V  [libjvm.so+0x1]  Unsafe_GetByte+0x1",
            "J 728 c1 a.B.c()V (3 bytes)",
            "j  a.B.c()V+3",
        ] {
            assert_eq!(
                guilty_module(&log(frame, &[frame, "C  [libjli.so+0x1]"], &nearby)),
                None
            );
        }
    }
}
