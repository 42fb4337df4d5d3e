//! Frames in which a thread is inside the system, and the VM's own threads.

/// Reads, writes, connects and look-ups on the network.
pub(in super::super) const NETWORK: &[&str] = &[
    "com.ibm.jsse2.",
    "com.ibm.net.",
    "java.net.AbstractPlainDatagramSocketImpl.",
    "java.net.AbstractPlainSocketImpl.",
    "java.net.DualStackPlainDatagramSocketImpl.",
    "java.net.DualStackPlainSocketImpl.",
    "java.net.Inet4AddressImpl.",
    "java.net.Inet6AddressImpl.",
    "java.net.InetAddress",
    "java.net.NetworkInterface.",
    "java.net.PlainDatagramSocketImpl.",
    "java.net.PlainSocketImpl.",
    "java.net.Socket$Socket",
    "java.net.Socket.",
    "java.net.SocketInputStream.",
    "java.net.SocketOutputStream.",
    "java.net.TwoStacksPlainSocketImpl.",
    "jrockit.net.",
    "sun.nio.ch.DatagramChannelImpl.",
    "sun.nio.ch.DatagramDispatcher.",
    "sun.nio.ch.Net.",
    "sun.nio.ch.NioSocketImpl.",
    "sun.nio.ch.SocketAdaptor.",
    "sun.nio.ch.SocketChannelImpl.",
    "sun.nio.ch.SocketDispatcher.",
    "sun.nio.ch.UnixAsynchronousSocketChannelImpl.",
    "sun.nio.ch.WindowsAsynchronousSocketChannelImpl.",
];

/// Waits for events on many connections.
pub(in super::super) const SELECTORS: &[&str] = &[
    "com.ibm.io.async.AsyncLibrary.aio_getioev",
    "io.netty.channel.epoll.Native.",
    "io.netty.channel.kqueue.Native.",
    "org.apache.tomcat.jni.Poll.",
    "sun.nio.ch.AixPollPort.",
    "sun.nio.ch.DevPollArrayWrapper.",
    "sun.nio.ch.EPoll",
    "sun.nio.ch.Iocp.",
    "sun.nio.ch.KQueue",
    "sun.nio.ch.Poll",
    "sun.nio.ch.SelectorImpl.",
    "sun.nio.ch.WEPoll",
    "sun.nio.ch.WindowsSelectorImpl",
    "weblogic.socket.NTSocketMuxer.",
    "weblogic.socket.PosixSocketMuxer.",
    "weblogic.socket.EPollSocketMuxer.",
    "weblogic.socket.DevPollSocketMuxer.",
];

/// Reads and writes of files and directories.
pub(in super::super) const FILES: &[&str] = &[
    "java.io.FileDescriptor.",
    "java.io.FileInputStream.",
    "java.io.FileOutputStream.",
    "java.io.RandomAccessFile.",
    "java.io.UnixFileSystem.",
    "java.io.Win32FileSystem.",
    "java.io.WinNTFileSystem.",
    "java.util.jar.",
    "java.util.zip.ZipFile.",
    "jrockit.io.",
    "sun.nio.ch.FileChannelImpl.",
    "sun.nio.ch.FileDispatcherImpl.",
    "sun.nio.ch.SimpleAsynchronousFileChannelImpl.",
    "sun.nio.ch.UnixFileDispatcherImpl.",
    "sun.nio.fs.",
];

/// Native methods that do not wait: a thread in one of them is running.
pub(in super::super) const HARMLESS_NATIVES: &[&str] = &[
    "com.sun.management.",
    "java.lang.Class.",
    "java.lang.ClassLoader.",
    "java.lang.Math.",
    "java.lang.Object.",
    "java.lang.Runtime.",
    "java.lang.Shutdown.",
    "java.lang.StackTraceElement",
    "java.lang.StrictMath.",
    "java.lang.String",
    "java.lang.System.",
    "java.lang.Thread.",
    "java.lang.Throwable.",
    "java.lang.invoke.",
    "java.lang.reflect.",
    "java.security.AccessController.",
    "java.util.concurrent.atomic.",
    "java.util.zip.",
    "jdk.internal.",
    "sun.management.",
    "sun.misc.Unsafe.",
    "sun.reflect.",
];

/// True for a server socket that waits for the next connection.
pub(in super::super) fn is_accept(method: &str) -> bool {
    const CLASSES: &[&str] = &[
        "java.net.",
        "sun.nio.ch.",
        "sun.security.ssl.",
        "com.ibm.jsse2.",
        "org.apache.tomcat.jni.Socket",
    ];
    method
        .rsplit('.')
        .next()
        .is_some_and(|name| name.starts_with("accept") || name.ends_with("Accept") || name == "socketAccept")
        && super::begins(CLASSES, method)
}

/// Beginnings of names of threads that belong to the VM and have no Java stack.
const VM_THREADS: &[&str] = &[
    "(",
    "Attach API",
    "Attach Listener",
    "Attachment ",
    "C1 ",
    "C2 ",
    "CMS ",
    "Common-Cleaner",
    "CompilerThread",
    "Concurrent Mark",
    "Concurrent Mark-Sweep",
    "DestroyJavaVM",
    "Exception Catcher",
    "Finalizer thread",
    "G1 ",
    "GC ",
    "Gang worker",
    "Gc Slave",
    "IProfiler",
    "JFR ",
    "JIT ",
    "JVMCI",
    "JVMTI ",
    "Low Memory Detector",
    "MemoryPoolMXBean",
    "Monitor Deflation",
    "Notification Thread",
    "ParGC",
    "Reference Handler",
    "SIGQUIT Thread",
    "Service Thread",
    "Shenandoah",
    "Signal Dispatcher",
    "Signal Reporter",
    "Signal dispatcher",
    "StringDedup",
    "Surrogate Locker",
    "Suspend Checker",
    "Sweeper thread",
    "VM Periodic",
    "VM Thread",
    "VM Periodic Task",
    "XDirector",
    "XWorker",
    "ZDirector",
    "ZDriver",
    "ZStat",
    "ZUncommitter",
    "ZWorker",
    "process reaper",
    "vitals ",
];

/// True for the name of a VM thread.
pub(in super::super) fn is_vm_thread(name: &str) -> bool {
    super::begins(VM_THREADS, name)
}
