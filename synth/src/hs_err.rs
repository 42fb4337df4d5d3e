//! Fatal error logs.

/// A log of a signal in native code: `frame` is the problematic frame as printed (`C  [libx.so+0x1]`).
pub fn signal(pid: u64, frame: &str, thread: &str) -> String {
    format!(
        "#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n\
         #  SIGSEGV (0xb) at pc=0x00007ffb9d5538a2, pid={pid}, tid={}\n#\n\
         # JRE version: OpenJDK Runtime Environment (17.0.1+6) (build 17.0.1+6)\n\
         # Java VM: OpenJDK 64-Bit Server VM (17.0.1+6, mixed mode, g1 gc, linux-amd64)\n\
         # Problematic frame:\n# {frame}\n#\n\n\
         ---------------  S U M M A R Y ------------\n\nTime: Tue Nov 17 15:28:51 2026 CST elapsed time: 410.2 seconds (0d 0h 6m 50s)\n\n\
         ---------------  T H R E A D  ---------------\n\n\
         Current thread (0x00007ffb943b4750):  JavaThread \"{thread}\" [_thread_in_native, id=1, stack(0x00007ffb7c1ff000,0x00007ffb7c2ff000)]\n\n\
         Native frames: (J=compiled Java code, j=interpreted, Vv=VM code, C=native code)\n{frame}\n\nEND.\n",
        pid + 1
    )
}

/// A log of native memory that could not be had.
pub fn out_of_memory(pid: u64, bytes: u64) -> String {
    format!(
        "#\n# There is insufficient memory for the Java Runtime Environment to continue.\n\
         # Native memory allocation (mmap) failed to map {bytes} bytes for committing reserved memory.\n\
         #  Out of Memory Error (os_linux.cpp:2643), pid={pid}, tid=1\n#\n\nEND.\n"
    )
}
