use super::*;

const LOG: &str = r#"#
# A fatal error has been detected by the Java Runtime Environment:
#
#  SIGSEGV (0xb) at pc=0x00007ffb9d5538a2, pid=18634, tid=18670
#
# JRE version: OpenJDK Runtime Environment (17.0.1+6) (build 17.0.1+6)
# Java VM: OpenJDK 64-Bit Server VM (17.0.1+6, mixed mode, g1 gc, linux-amd64)
# Problematic frame:
# C  [libc.so.6+0x16d8a2]
#

---------------  S U M M A R Y ------------

Command Line: -Xmx80m Main

Host: Some CPU, 2 cores, 23G, Debian
Time: Tue Nov 17 15:28:51 2026 CST elapsed time: 410.262872 seconds (0d 0h 6m 50s)

---------------  T H R E A D  ---------------

Current thread (0x00007ffb943b4750):  JavaThread "pool \"a\" [1]" daemon [_thread_in_native, id=18670, stack(0x00007ffb7c1ff000,0x00007ffb7c2ff000) (1024K)]

Stack: [0x00007ffb7c1ff000,0x00007ffb7c2ff000],  sp=0x00007ffb7c2fc0d8,  free space=1012k
Native frames: (J=compiled Java code, j=interpreted, Vv=VM code, C=native code)
C  [libc.so.6+0x16d8a2]
J 3125 c1 a.B.c()V (35 bytes) @ 0x00007ffb7d9e4904 [0x00007ffb7d9e4720+0x1e4]

siginfo: si_signo: 11 (SIGSEGV), si_code: 1 (SEGV_MAPERR), si_addr: 0x0000000000000000

RBX=0x00007ffb98dca070: <offset 0x0000000000004070> in /usr/lib/libz.so.1 at 0x00007ffb98dc6000
stack at sp + 0 slots: 0x00007ffb98dc7121: <offset 0x0000000000001121> in /opt/his/native/libcard.so at 0x00007ffb98dc6000

Java Threads: ( => current thread )
  0x1 JavaThread "main" [_thread_blocked, id=1, stack(0x1,0x2)]
=>0x2 JavaThread "x" [_thread_in_native, id=2, stack(0x1,0x2)]

Dynamic libraries:
7ffb98dc6000-7ffb98dc7000 r--p 00000000 fe:00 1   /opt/his/native/libcard.so

Memory: 4k page, physical 24684134k(1000k free), swap 0k(0k free)
rlimit (soft/hard): STACK 8192k/infinity , CORE 0k/infinity , NPROC 620/620 , NOFILE 20000/20000
END.
"#;

#[test]
fn a_signal_file_is_read() {
    let parsed = parse(LOG.as_bytes());
    let h = parsed.value;
    assert!(parsed.gaps.is_empty());
    assert!(recognise(LOG.as_bytes()));
    assert_eq!(
        (h.kind, h.signal.as_deref(), h.pid),
        (ErrorKind::Signal, Some("SIGSEGV"), Some(18634))
    );
    assert_eq!(h.frame.as_deref(), Some("C  [libc.so.6+0x16d8a2]"));
    assert_eq!(h.thread_name.as_deref(), Some(r#"pool \"a\" [1]"#));
    assert_eq!(h.thread_state.as_deref(), Some("_thread_in_native"));
    assert_eq!(h.nearby_libraries, ["/opt/his/native/libcard.so", "/usr/lib/libz.so.1"]);
    assert_eq!((h.native_frames.len(), h.java_threads), (2, Some(2)));
    assert_eq!(h.memory, Some((24_684_134 << 10, 1000 << 10)));
    assert_eq!((h.max_processes, h.max_files), (Some(620), Some(20_000)));
    assert_eq!(h.time.unwrap().rfc3339(crate::CHINA), "2026-11-17T15:28:51.000+08:00");
    assert_eq!(h.elapsed_s, Some(410.262872));
}

#[test]
fn memory_that_could_not_be_had() {
    let text = "#\n# There is insufficient memory for the Java Runtime Environment to continue.\n\
                # Native memory allocation (mmap) failed to map 12288 bytes for committing reserved memory.\n\
                #  Out of Memory Error (os_linux.cpp:2643), pid=7, tid=0x00007f00\n#\n";
    let h = parse(text.as_bytes()).value;
    assert_eq!(h.kind, ErrorKind::OutOfMemory);
    let a = h.failed_allocation.unwrap();
    assert_eq!(
        (a.call.as_str(), a.bytes, a.purpose.as_str()),
        ("mmap", 12288, "committing reserved memory")
    );
    assert_eq!((h.pid, h.tid.as_deref()), (Some(7), Some("0x00007f00")));
}

#[test]
fn a_signal_from_outside() {
    let text = "# A fatal error has been detected by the Java Runtime Environment:\n#  SIGSEGV (0xb) at pc=0x01 (sent by kill), pid=5, tid=6\n\
                \nsiginfo: si_signo: 11 (SIGSEGV), si_code: 0 (SI_USER), si_pid: 554848, si_uid: 1000\n";
    assert_eq!(parse(text.as_bytes()).value.sent_by, Some(554_848));
}

#[test]
fn a_fault_in_the_guard_pages_is_an_exhausted_stack() {
    let text = "# A fatal error has been detected by the Java Runtime Environment:\n#  SIGSEGV (0xb) at pc=0x01, pid=5, tid=6\n\
                \nCurrent thread (0x1):  JavaThread \"x\" [_thread_in_native, id=6, stack(0x00007f0000000000,0x00007f0000100000)]\n\
                \nsiginfo: si_signo: 11 (SIGSEGV), si_code: 2 (SEGV_ACCERR), si_addr: 0x00007f0000003ff8\n";
    assert!(parse(text.as_bytes()).value.stack_exhausted);
}

#[test]
fn a_log_that_speaks_of_a_crash_is_none() {
    assert!(!recognise(b"2026-01-01 INFO # Java VM: something\n"));
    assert!(!recognise(b""));
}

#[test]
fn every_prefix_and_damage_is_read() {
    for end in 0..LOG.len() {
        parse(&LOG.as_bytes()[..end]);
    }
    let mut seed = 12345u32;
    for _ in 0..300 {
        let mut bytes = LOG.as_bytes().to_vec();
        for _ in 0..8 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = seed as usize % bytes.len();
            bytes[at] = (seed >> 24) as u8;
        }
        parse(&bytes);
    }
}
