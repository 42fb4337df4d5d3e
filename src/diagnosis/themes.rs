//! What a record is about, by its words: one pass of one automaton over each notable record.

use crate::logs::LogRecord;
use aho_corasick::{AhoCorasick, MatchKind};
use std::sync::OnceLock;

/// One thing a record can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the patterns beside each say what it is")]
pub enum Theme {
    Oom,
    OomHeap,
    OomArray,
    OomMetaspace,
    OomDirect,
    OomThread,
    OomNative,
    StackOverflow,
    PoolTimeout,
    LeakReport,
    Refused,
    ConnectTimeout,
    UnknownHost,
    NoRoute,
    Reset,
    ReadTimeout,
    BackendGone,
    NoSpace,
    TooManyFiles,
    Linkage,
    AppStartFailed,
    Lookup,
    Credential,
    Certificate,
    PortInUse,
    BadOption,
    BadData,
    HungThread,
    HungCleared,
    TxTimeout,
    DbLock,
    CpuStarved,
    VmDump,
    VmCrash,
    SlowRequest,
    AppLeak,
    KillMessage,
    Deadlock,
}

/// A set of themes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Themes(u64);

impl Themes {
    /// True when the record is about it.
    pub fn has(self, theme: Theme) -> bool {
        self.0 & (1 << theme as u64) != 0
    }

    /// True when the record is about any of them.
    pub fn any(self, themes: &[Theme]) -> bool {
        themes.iter().any(|t| self.has(*t))
    }

    fn add(&mut self, theme: Theme) {
        self.0 |= 1 << theme as u64;
    }

    fn remove(&mut self, theme: Theme) {
        self.0 &= !(1 << theme as u64);
    }
}

/// Words and what they are about. Product messages are quoted from message_codes.tsv and the products' own sources.
const WORDS: &[(&str, Theme)] = &[
    ("java.lang.OutOfMemoryError", Theme::Oom),
    ("java/lang/OutOfMemoryError", Theme::Oom),
    ("Java heap space", Theme::OomHeap),
    ("GC overhead limit exceeded", Theme::OomHeap),
    ("Requested array size exceeds VM limit", Theme::OomArray),
    ("OutOfMemoryError: Metaspace", Theme::OomMetaspace),
    ("OutOfMemoryError: Compressed class space", Theme::OomMetaspace),
    ("OutOfMemoryError: PermGen space", Theme::OomMetaspace),
    ("Direct buffer memory", Theme::OomDirect),
    ("direct buffer memory", Theme::OomDirect),
    ("Cannot reserve", Theme::OomDirect),
    (" of direct memory", Theme::OomDirect),
    ("OutOfDirectMemoryError", Theme::Oom),
    ("unable to create new native thread", Theme::OomThread),
    ("unable to create native thread", Theme::OomThread),
    ("Failed to create a thread", Theme::OomThread),
    ("pthread_create failed", Theme::OomThread),
    ("Out of swap space", Theme::OomNative),
    ("JVMDBG001", Theme::OomNative),
    ("OutOfMemoryError: Unable to allocate", Theme::OomNative),
    ("OutOfMemoryError: Unsafe.allocateMemory", Theme::OomNative),
    ("malloc failed", Theme::OomNative),
    ("native memory exhausted", Theme::OomNative),
    ("Native memory allocation (", Theme::OomNative),
    ("java.lang.StackOverflowError", Theme::StackOverflow),
    ("java/lang/StackOverflowError", Theme::StackOverflow),
    // Connection and worker pools.
    ("Connection is not available, request timed out", Theme::PoolTimeout),
    ("J2CA0045E", Theme::PoolTimeout),
    ("ConnectionWaitTimeoutException", Theme::PoolTimeout),
    ("Timeout waiting for idle object", Theme::PoolTimeout),
    ("Cannot get a connection, pool error", Theme::PoolTimeout),
    ("PoolExhaustedException", Theme::PoolTimeout),
    ("Unable to fetch a connection in", Theme::PoolTimeout),
    ("IJ000453", Theme::PoolTimeout),
    ("IJ000655", Theme::PoolTimeout),
    ("BEA-000627", Theme::PoolTimeout),
    ("GetConnectionTimeoutException", Theme::PoolTimeout),
    ("wait millis", Theme::PoolTimeout),
    (
        "An attempt by a client to checkout a Connection has timed out",
        Theme::PoolTimeout,
    ),
    ("Timeout waiting for connection from pool", Theme::PoolTimeout),
    ("PoolLimitSQLException", Theme::PoolTimeout),
    ("Apparent connection leak detected", Theme::LeakReport),
    ("Connection leak detection triggered", Theme::LeakReport),
    ("abandon connection", Theme::LeakReport),
    ("AbandonedObject", Theme::LeakReport),
    ("J2CA0086W", Theme::LeakReport),
    ("J2CA0294W", Theme::LeakReport),
    ("BEA-001153", Theme::LeakReport),
    // Targets that do not answer.
    ("Connection refused", Theme::Refused),
    ("onnection refused", Theme::Refused),
    (" refused. Check that the hostname", Theme::Refused),
    ("A remote host refused an attempted connect", Theme::Refused),
    ("ORA-12541", Theme::Refused),
    ("ORA-12514", Theme::BackendGone),
    ("ORA-12505", Theme::BackendGone),
    ("ORA-01034", Theme::BackendGone),
    ("ORA-01033", Theme::BackendGone),
    ("ORA-03113", Theme::BackendGone),
    ("ORA-03114", Theme::BackendGone),
    ("ORA-01089", Theme::BackendGone),
    ("ORA-01092", Theme::BackendGone),
    ("57P01", Theme::BackendGone),
    ("57P03", Theme::BackendGone),
    (
        "terminating connection due to administrator command",
        Theme::BackendGone,
    ),
    ("the database system is", Theme::BackendGone),
    ("StaleConnectionException", Theme::BackendGone),
    ("J2CA0056I", Theme::BackendGone),
    ("Communications link failure", Theme::BackendGone),
    ("SQLCODE=-30081", Theme::BackendGone),
    // The listener has no server process to give: the database is full, restricted or half down.
    ("ORA-12516", Theme::BackendGone),
    ("ORA-12519", Theme::BackendGone),
    ("ORA-12520", Theme::BackendGone),
    ("ORA-12528", Theme::BackendGone),
    ("ORA-12537", Theme::BackendGone),
    ("NoNodeAvailableException", Theme::BackendGone),
    ("CLUSTERDOWN", Theme::BackendGone),
    ("Broker may not be available", Theme::BackendGone),
    ("2059", Theme::BackendGone),
    ("MQRC_Q_MGR_NOT_AVAILABLE", Theme::BackendGone),
    ("MQRC_CONNECTION_BROKEN", Theme::BackendGone),
    ("connect timed out", Theme::ConnectTimeout),
    ("Connect timed out", Theme::ConnectTimeout),
    ("onnection timed out", Theme::ConnectTimeout),
    ("ORA-12170", Theme::ConnectTimeout),
    ("could not establish the connection", Theme::ConnectTimeout),
    ("UnknownHostException", Theme::UnknownHost),
    ("Name or service not known", Theme::UnknownHost),
    ("NoRouteToHostException", Theme::NoRoute),
    ("No route to host", Theme::NoRoute),
    ("Host is unreachable", Theme::NoRoute),
    ("Network is unreachable", Theme::NoRoute),
    ("Network is down", Theme::NoRoute),
    ("A route to the remote host is not available", Theme::NoRoute),
    ("Connection reset", Theme::Reset),
    ("Broken pipe", Theme::Reset),
    ("An existing connection was forcibly closed", Theme::Reset),
    ("Read timed out", Theme::ReadTimeout),
    ("SocketTimeoutException", Theme::ReadTimeout),
    ("HttpTimeoutException", Theme::ReadTimeout),
    ("ServerIOTimeout", Theme::ReadTimeout),
    ("SQLTimeoutException", Theme::ReadTimeout),
    ("statement timeout", Theme::ReadTimeout),
    ("ORA-01013", Theme::ReadTimeout),
    // Limits of the system.
    ("No space left on device", Theme::NoSpace),
    ("There is not enough space in the file system", Theme::NoSpace),
    ("There is not enough space on the disk", Theme::NoSpace),
    ("ORA-01653", Theme::NoSpace),
    ("ORA-01654", Theme::NoSpace),
    ("ORA-00257", Theme::NoSpace),
    ("Disk quota exceeded", Theme::NoSpace),
    ("设备上没有空间", Theme::NoSpace),
    ("文件系统中没有足够的空间", Theme::NoSpace),
    // Windows' own sentence, with its full stop; a monitor's "磁盘空间不足 10%" is not a failed write.
    ("磁盘空间不足。", Theme::NoSpace),
    ("Too many open files", Theme::TooManyFiles),
    ("打开的文件过多", Theme::TooManyFiles),
    ("打开文件过多", Theme::TooManyFiles),
    ("打开的文件太多", Theme::TooManyFiles),
    ("EMFILE", Theme::TooManyFiles),
    // A JVM quotes the operating system's words in the system's language: glibc zh_CN, then Windows. Behind an
    // exception only, since applications use the same everyday words.
    ("Exception: 拒绝连接", Theme::Refused),
    ("由于目标计算机积极拒绝", Theme::Refused),
    ("Exception: 连接超时", Theme::ConnectTimeout),
    ("Exception: 没有到主机的路由", Theme::NoRoute),
    ("Exception: 网络不可达", Theme::NoRoute),
    ("Exception: 网络不可访问", Theme::NoRoute),
    ("Exception: 套接字操作尝试一个无法连接的主机", Theme::NoRoute),
    ("Exception: 未知的名称或服务", Theme::UnknownHost),
    ("Exception: 连接被对方重设", Theme::Reset),
    ("Exception: 连接被对方重置", Theme::Reset),
    ("Exception: 断开的管道", Theme::Reset),
    ("Exception: 断开的管线", Theme::Reset),
    ("远程主机强迫关闭了一个现有的连接", Theme::Reset),
    ("您的主机中的软件中止了一个已建立的连接", Theme::Reset),
    ("Exception: 地址已在使用", Theme::PortInUse),
    ("Exception: 无法分配内存", Theme::OomNative),
    ("error=12, 无法分配内存", Theme::OomNative),
    ("error=12, Cannot allocate memory", Theme::OomNative),
    // Changes.
    ("NoSuchMethodError", Theme::Linkage),
    ("NoSuchFieldError", Theme::Linkage),
    ("NoClassDefFoundError", Theme::Linkage),
    ("ClassNotFoundException", Theme::Linkage),
    ("UnsupportedClassVersionError", Theme::Linkage),
    ("IncompatibleClassChangeError", Theme::Linkage),
    ("AbstractMethodError", Theme::Linkage),
    ("IllegalAccessError", Theme::Linkage),
    ("java.lang.VerifyError", Theme::Linkage),
    ("java.lang.LinkageError", Theme::Linkage),
    ("InvalidClassException", Theme::Linkage),
    ("WSVR0101W", Theme::AppStartFailed),
    ("WSVR0100W", Theme::AppStartFailed),
    ("CWWKZ0002E", Theme::AppStartFailed),
    ("CWWKZ0004E", Theme::AppStartFailed),
    ("BEA-149265", Theme::AppStartFailed),
    ("BEA-149202", Theme::AppStartFailed),
    ("ADMA5016E", Theme::AppStartFailed),
    ("One or more listeners failed to start", Theme::AppStartFailed),
    ("Error listenerStart", Theme::AppStartFailed),
    ("Error filterStart", Theme::AppStartFailed),
    ("startup failed due to previous errors", Theme::AppStartFailed),
    ("Application run failed", Theme::AppStartFailed),
    ("Context initialization failed", Theme::AppStartFailed),
    ("WFLYCTL0013", Theme::AppStartFailed),
    ("WFLYSRV0022", Theme::AppStartFailed),
    ("NameNotFoundException", Theme::Lookup),
    ("NameNotFoundException: Name [", Theme::Lookup),
    ("Could not resolve placeholder", Theme::Lookup),
    ("J2CA0294E", Theme::Lookup),
    ("Unknown database", Theme::Lookup),
    ("ORA-00942", Theme::Lookup),
    ("3D000", Theme::Lookup),
    ("ORA-01017", Theme::Credential),
    ("ORA-28000", Theme::Credential),
    ("ORA-28001", Theme::Credential),
    ("ORA-01005", Theme::Credential),
    ("password authentication failed", Theme::Credential),
    ("Access denied for user", Theme::Credential),
    ("SECJ0369E", Theme::Credential),
    ("Login failed for user", Theme::Credential),
    ("28P01", Theme::Credential),
    ("SSLHandshakeException", Theme::Certificate),
    ("CertificateExpiredException", Theme::Certificate),
    ("CertPathValidatorException", Theme::Certificate),
    ("PKIX path", Theme::Certificate),
    ("CWPKI", Theme::Certificate),
    ("TCPC0003E", Theme::PortInUse),
    ("TCPC0003E", Theme::PortInUse),
    ("CWWKO0221E", Theme::PortInUse),
    ("java.net.BindException", Theme::PortInUse),
    ("Address already in use", Theme::PortInUse),
    ("Unrecognized VM option", Theme::BadOption),
    ("Could not reserve enough space", Theme::BadOption),
    ("Could not create the Java Virtual Machine", Theme::BadOption),
    ("JVMJ9VM007E", Theme::BadOption),
    ("JVMJ9GC0", Theme::BadOption),
    ("ORA-01400", Theme::BadData),
    ("ORA-01722", Theme::BadData),
    ("ORA-12899", Theme::BadData),
    ("ORA-01438", Theme::BadData),
    ("ORA-00001", Theme::BadData),
    ("NumberFormatException", Theme::BadData),
    ("DateTimeParseException", Theme::BadData),
    ("SAXParseException", Theme::BadData),
    ("JsonParseException", Theme::BadData),
    ("JsonMappingException", Theme::BadData),
    ("MalformedInputException", Theme::BadData),
    ("ArrayIndexOutOfBoundsException", Theme::BadData),
    ("StringIndexOutOfBoundsException", Theme::BadData),
    ("DataIntegrityViolationException", Theme::BadData),
    ("value too long for type", Theme::BadData),
    ("duplicate key value violates", Theme::BadData),
    // Hangs.
    ("WSVR0605W", Theme::HungThread),
    ("WSVR0606W", Theme::HungCleared),
    ("BEA-000337", Theme::HungThread),
    ("BEA-000339", Theme::HungCleared),
    ("TRAS0114W", Theme::HungThread),
    ("has been running on thread", Theme::HungThread),
    ("StuckThreadDetectionValve.notifyStuckThreadDetected", Theme::HungThread),
    (
        "StuckThreadDetectionValve.notifyStuckThreadCompleted",
        Theme::HungCleared,
    ),
    ("WTRN0006W", Theme::TxTimeout),
    ("WTRN0124I", Theme::TxTimeout),
    ("BEA1-", Theme::TxTimeout),
    ("ARJUNA012117", Theme::TxTimeout),
    ("ORA-00060", Theme::DbLock),
    ("ORA-00054", Theme::DbLock),
    ("SQLCODE=-911", Theme::DbLock),
    ("SQLCODE=-913", Theme::DbLock),
    ("deadlock detected", Theme::DbLock),
    ("Lock wait timeout exceeded", Theme::DbLock),
    ("canceling statement due to lock timeout", Theme::DbLock),
    ("still waiting for ", Theme::DbLock),
    ("HMGR0152W", Theme::CpuStarved),
    ("Thread starvation or clock leap", Theme::CpuStarved),
    // WebLogic looks for cycles itself.
    ("BEA-000394", Theme::Deadlock),
    ("[deadlocked thread]", Theme::Deadlock),
    ("JVMDUMP039I", Theme::VmDump),
    ("JVMDUMP006I", Theme::VmDump),
    ("JVMDUMP032I", Theme::VmDump),
    ("JVMDUMP010I", Theme::VmDump),
    ("JVMDUMP013I", Theme::VmDump),
    ("dump event \"gpf\"", Theme::VmCrash),
    (" vmState=0x", Theme::VmCrash),
    (
        "A fatal error has been detected by the Java Runtime Environment",
        Theme::VmCrash,
    ),
    ("slow request", Theme::SlowRequest),
    ("slow query", Theme::SlowRequest),
    ("慢请求", Theme::SlowRequest),
    ("慢查询", Theme::SlowRequest),
    ("appears to have started a thread named", Theme::AppLeak),
    ("created a ThreadLocal with key of type", Theme::AppLeak),
    (
        "failed to unregister it when the web application was stopped",
        Theme::AppLeak,
    ),
    ("exit code 137", Theme::KillMessage),
    ("code=killed, status=9", Theme::KillMessage),
    ("Main process exited, code=killed", Theme::KillMessage),
];

fn automaton() -> Option<&'static AhoCorasick> {
    static AUTOMATON: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    AUTOMATON
        .get_or_init(|| {
            // The words are ours and small, so this cannot fail; without it every record would be about nothing.
            AhoCorasick::builder()
                .match_kind(MatchKind::Standard)
                .build(WORDS.iter().map(|(words, _)| words))
                .ok()
        })
        .as_ref()
}

/// What a record is about.
pub fn of(record: &LogRecord) -> Themes {
    let mut themes = Themes::default();
    for text in [&record.first_line, &record.message] {
        add(text, &mut themes);
    }
    for text in record.exceptions.iter().chain(&record.chain) {
        add(text, &mut themes);
    }
    for text in [&record.root_exception, &record.root_message, &record.code]
        .into_iter()
        .flatten()
    {
        add(text, &mut themes);
    }
    settle(&mut themes);
    themes
}

/// What a line of text is about.
#[cfg(test)]
pub fn of_text(text: &str) -> Themes {
    let mut themes = Themes::default();
    add(text, &mut themes);
    settle(&mut themes);
    themes
}

fn add(text: &str, themes: &mut Themes) {
    let Some(automaton) = automaton() else { return };
    for found in automaton.find_overlapping_iter(text) {
        if let Some((words, theme)) = WORDS.get(found.pattern().as_usize())
            && stands_alone(text, found.start(), found.end(), words)
        {
            themes.add(*theme);
        }
    }
}

/// A number of an error code must not be part of a longer number.
fn stands_alone(text: &str, start: usize, end: usize, words: &str) -> bool {
    if !words.bytes().all(|b| b.is_ascii_digit()) {
        return true;
    }
    let digit = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b':' | b'-' | b'/'));
    let bytes = text.as_bytes();
    let reason = text.contains("MQ") || text.contains("JMS");
    reason && !digit(start.checked_sub(1).and_then(|i| bytes.get(i))) && !digit(bytes.get(end))
}

/// An `OutOfMemoryError` without a detail of its own is the heap's; details of other kinds take it away from the heap.
fn settle(themes: &mut Themes) {
    use Theme::{Oom, OomArray, OomDirect, OomHeap, OomMetaspace, OomNative, OomThread};
    let special = themes.any(&[OomArray, OomMetaspace, OomDirect, OomThread, OomNative]);
    if themes.has(OomDirect) && themes.has(Oom) {
        themes.remove(OomNative);
    }
    if themes.has(Theme::Deadlock) {
        // "deadlock detected" is a database's word too.
        themes.remove(Theme::DbLock);
    }
    if themes.has(OomDirect) && !themes.has(Oom) {
        themes.remove(OomDirect);
    }
    if themes.has(Oom) && !special && !themes.has(Theme::VmDump) {
        themes.add(OomHeap);
    }
    if !themes.has(Oom) || special {
        themes.remove(OomHeap);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_that_names_the_error_is_no_error() {
        assert!(of_text("Command line argument: -XX:+HeapDumpOnOutOfMemoryError") == Themes::default());
    }

    #[test]
    fn details_tell_the_kinds_of_memory_apart() {
        assert!(of_text("java.lang.OutOfMemoryError: Java heap space").has(Theme::OomHeap));
        assert!(of_text("java.lang.OutOfMemoryError").has(Theme::OomHeap));
        let threads = of_text("java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory");
        assert!(threads.has(Theme::OomThread) && !threads.has(Theme::OomHeap));
        let direct = of_text("java.lang.OutOfMemoryError: Cannot reserve 1048576 bytes of direct buffer memory");
        assert!(direct.has(Theme::OomDirect) && !direct.has(Theme::OomHeap));
        assert!(of_text("Cannot reserve a bed for patient") == Themes::default());
    }

    #[test]
    fn the_system_speaks_its_own_language() {
        assert!(of_text("java.net.ConnectException: 拒绝连接").has(Theme::Refused));
        assert!(of_text("java.io.IOException: 磁盘空间不足。").has(Theme::NoSpace));
        assert!(of_text("java.net.BindException: 地址已在使用 (Bind failed)").has(Theme::PortInUse));
        assert!(of_text("患者拒绝连接监护仪") == Themes::default());
        assert!(of_text("磁盘空间不足 10%，请关注") == Themes::default());
    }

    #[test]
    fn a_reason_code_is_not_any_number() {
        assert!(of_text("MQJE001: Completion Code '2', Reason '2059'.").has(Theme::BackendGone));
        assert!(of_text("request took 2059 ms") == Themes::default());
    }
}
