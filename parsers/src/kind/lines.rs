//! What single lines look like, in every kind of text. Sources: FORMAT_FACTS, LOG_FORMATS, THREAD_FORMATS.

use regex::bytes::{Regex, RegexSet};
use std::sync::LazyLock;

/// What a line is evidence for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    /// A tagged line of a javacore.
    Javacore,
    /// An object line of a classic heap dump.
    ClassicHeap,
    /// A section rule of a fatal error log.
    HsErr,
    /// The first line of a thread dump.
    DumpStart,
    /// A thread's header.
    Thread,
    /// A line that only a thread dump has below its headers.
    ThreadDetail,
    /// A line of a GC log.
    Gc,
    /// A request of an access log.
    Access,
    /// A record of a database's log.
    DatabaseLog,
    /// The head of a session listing.
    Sessions,
    /// The head of a listing of a JVM tool.
    JvmListing,
    /// The head or a typical row of a listing of a system command.
    System,
    /// A typed command with its prompt.
    Prompt,
    /// A record of a log.
    Record,
    /// A line of a JVM on its console.
    JvmMessage,
    /// A line of the JVM's unified log that is not about garbage collection.
    Unified,
    /// A frame of a stack trace, or an exception.
    Trace,
    /// A line of a shell history.
    History,
}

/// One table: pattern and meaning. A line takes the first that matches.
const TABLE: &[(&str, Line)] = &[
    (
        r"^(?:[0-6][A-Z]{2,}[A-Z0-9]*(?:\s|$)|NULL\s*(?:-|={3,}|\*{3,}|$)|0SECTION\s)",
        Line::Javacore,
    ),
    (r"^0x[0-9A-Fa-f]+ \[\d+\] (?:OBJ|CLS|\[)", Line::ClassicHeap),
    (
        r"^// (?:Version: |Breakdown - Classes: |EOF: {2}Total)",
        Line::ClassicHeap,
    ),
    (
        r"^-{10,} {2}(?:S U M M A R Y|T H R E A D|P R O C E S S|S Y S T E M) ",
        Line::HsErr,
    ),
    (r"Full thread dump |={5} FULL THREAD DUMP ={5}", Line::DumpStart),
    // HotSpot, HP-UX, SAP: `tid=`; JMX tools: `id=n in STATE`; VisualVM: `- Thread t@n`; JRockit: `id=n idx=`.
    (r#"^".*" .*\btid=(?:0x)?[0-9a-fA-F]+"#, Line::Thread),
    (r#"^".*" (?:id=\d+ (?:in|idx=)|- Thread t@\d+)"#, Line::Thread),
    (r#"^".*" prio=\d+ id=0x[0-9a-f]+ "#, Line::Thread),
    (
        r#"^#\d+ ".*"(?: virtual)?(?: [A-Z_]+)?(?: \d{4}-\S+Z)?\s*$"#,
        Line::Thread,
    ),
    (r"^\s+java\.lang\.Thread\.State: [A-Z_]+", Line::ThreadDetail),
    (
        r"^\s*- (?:locked|waiting to lock|waiting on|parking to wait for|eliminated|waiting to re-lock)\b",
        Line::ThreadDetail,
    ),
    (
        r"^\s*(?:JNI global ref|Threads class SMR info:|_java_thread_list=|Locked ownable synchronizers:)",
        Line::ThreadDetail,
    ),
    (
        r"^\s*(?:Found one Java-level deadlock:|\^-- |-- (?:Waiting for|Blocked trying|Parking)|-{2,3} (?:end of|End of stack) trace)",
        Line::ThreadDetail,
    ),
    // J9 XML; classic text; unified logging with a gc or safepoint tag; HotSpot up to 8; JRockit.
    (
        r"^\s*</?(?:verbosegc|exclusive-(?:start|end)|af|sys|con|af-(?:start|end)|sys-(?:start|end)|cycle-(?:start|end|continue)|gc|gc-(?:start|end|op)|mem|mem-info|mem-info-change|timesms|initialized|concurrent-\w+|allocation-\w+|response-info|nursery|tenured|remembered-set|attribute|vmarg)[\s>/]",
        Line::Gc,
    ),
    (r"^\s*<(?:AF|GC|CON)[\[(]\d+[\])]: ", Line::Gc),
    (r"^(?:\[[^\]]*\]){0,6}\[(?:gc|safepoint)[a-z,]*\s*\]", Line::Gc),
    (r"^(?:\[[^\]]{1,40}\]){1,3} GC\(\d+\) ", Line::Gc),
    (
        r"^(?:\d{4}-\d\d-\d\dT\S+: )?(?:\d+[.,]\d+: )?(?:#\d+: )?\[(?:Full )?GC\b.*(?:->|CMS|concurrent|pause|remark|PSYoungGen|ParNew|DefNew|cleanup|Metaspace|Pause|Concurrent|G1)",
        Line::Gc,
    ),
    (
        r"^(?:\d{4}-\d\d-\d\dT\S+: )?(?:\d+[.,]\d+: )?(?:#\d+: )?(?:Total time for which application threads|\[(?:CMS|G1|ParNew|PSYoungGen|GC)\b)",
        Line::Gc,
    ),
    (
        r"^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GC log file |GC STATISTICS:|\s*[A-Z][\w: ]+(?:\([GN]\))?\s+= +[\d.]+ s \(a = )",
        Line::Gc,
    ),
    (
        r"^(?:\{?Heap (?:before|after) GC invocations=|CommandLine flags: .*-XX:|Memory: \d+k page, physical|Cancelling concurrent GC|Shenandoah Heap|Desired survivor size \d+|\s*- age\s+\d+:\s+\d+ bytes)",
        Line::Gc,
    ),
    (
        r"^\s+\[(?:Eden: |Parallel Time: |GC Worker|Code Root|Clear CT: |Other: |Times: user=)",
        Line::Gc,
    ),
    (r"^\[memory ?\]\[", Line::Gc),
    (
        r#"^\S+ \S+ (?:\S+ )?\[\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] ""#,
        Line::Access,
    ),
    (
        r#"^\S+ \S+ \S+ \[\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^\]]*\] "(?:GET|POST|PUT|DELETE|HEAD|OPTIONS|PATCH) "#,
        Line::Access,
    ),
    (
        r"^#(?:Software: |Version: |Fields: .*(?:cs-uri|cs-method|sc-status))",
        Line::Access,
    ),
    // PostgreSQL, MySQL, DB2, Oracle.
    (
        r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [A-Z]{2,5} \[\d+\].* (?:LOG|ERROR|FATAL|PANIC|WARNING|DETAIL|HINT|STATEMENT|CONTEXT|NOTICE): ",
        Line::DatabaseLog,
    ),
    (
        r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:\d\d) \d+ \[(?:Note|Warning|ERROR|System)\]",
        Line::DatabaseLog,
    ),
    (
        r"^\d{4}-\d\d-\d\d-\d\d\.\d\d\.\d\d\.\d{6}[+-]\d+ \S+ +LEVEL: ",
        Line::DatabaseLog,
    ),
    (
        r"^(?:ORA-\d{5}: |Thread \d+ (?:advanced to|cannot allocate|opened at)|ARC[0-9a-z]: |Archived Log entry|Errors in file .*\.trc|Starting ORACLE instance|  Current log# ?\d+ seq#|Completed: ALTER DATABASE|SMON: |Completed checkpoint|db_recovery_file_dest_size)",
        Line::DatabaseLog,
    ),
    (
        r"(?i)^(?:-- .*)?.*\b(?:pg_stat_activity|pg_locks|v\$session|gv\$session|v\$lock|dba_blockers)\b",
        Line::Sessions,
    ),
    (r"(?i)^\s*pid\s*\|\s*(?:usename|datname|state|query)", Line::Sessions),
    (r"(?i)^\s*(?:inst_id\s+)?sid[\s|,]+serial#", Line::Sessions),
    (
        r"(?i)^\|?\s*id\s*\|?\s*user\s*\|?\s*host\s*\|?\s*db\s*\|?\s*command\s*\|?\s*time",
        Line::Sessions,
    ),
    (
        r"(?i)^\s*(?:waiting_session|holding_session|blocking_session|session_id\s+blocking_)",
        Line::Sessions,
    ),
    (r"^\s*num\s+#instances\s+#bytes\s+class name", Line::JvmListing),
    (r"^\s*\d+:\s+\d+\s+\d+\s+\S", Line::JvmListing),
    (
        r"^\s*(?:S0C\s+S1C|MCMN\s+MCMX|NGCMN\s+NGCMX|OGCMN\s+|S0\s+S1\s+E\s+O|YGC\s+YGCT|LGCC\s|Loaded\s+Bytes\s+Unloaded|Timestamp\s+S0)",
        Line::JvmListing,
    ),
    (
        r"^(?:ClassLoader\s+Parent\s+CLD|Total Usage - \d+ loaders|Native Memory Tracking:|Debugger attached successfully|Attaching to process ID|Heap Configuration:|VM Flags:|Non-default VM flags:|Command line:\s+-|Java Heap \(reserved=|JVM version is|VM Arguments:|jvm_args: )",
        Line::JvmListing,
    ),
    (
        r"^\S* ?(?:#|\$) ?(?:\d{4}-\S+ \S+ \S+ [$#>] )?(?:sudo )?(?:\S*/)?(?:jcmd|jmap|jstat|jinfo|jps) ",
        Line::JvmListing,
    ),
    (
        r"^(?:# \d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d \S+ [$#>] \S|(?:\[\w[\w.-]*@[\w.-]+ [^\]]*\]|[\w.-]+@[\w.-]+:[^$#]*)[$#] ?\S|[A-Z]:\\[^>]*>\w|[$#] (?:netstat|vmstat|iostat|df|ps|top|errpt|lsps|svmon|free|ss|dmesg|lparstat|uptime|ulimit|uname|date|hostname|ifconfig|entstat|sar|du|ls|cat|lsof|ping) ?)",
        Line::Prompt,
    ),
    (r"^IDENTIFIER TIMESTAMP {2}T C RESOURCE_NAME", Line::System),
    (r"^(?:LABEL:\s+[A-Z0-9_]+|IDENTIFIER:\s+[0-9A-F]{8})\s*$", Line::System),
    (
        r"^(?:Active Internet connections|Active UNIX domain|Active Connections|Routing [Tt]ables?|Tables? de routage|Kernel IP routing|Kernel Interface table|Proto\s+(?:Recv-Q|RefCnt)|Netid\s+State|State\s+Recv-Q\s+Send-Q|Name\s+Mtu\s+Network|Iface\s+MTU|Destination\s+Gateway|Interface\s+(?:MTU|Name))",
        Line::System,
    ),
    (
        r"^\s*(?:TCP|UDP|tcp[46]?|udp[46]?)\s+(?:\d+\s+\d+\s+)?\S+[.:](?:\d+|\*)\s+\S+[.:](?:\d+|\*)",
        Line::System,
    ),
    (
        r"^(?:Filesystem\s+\S+.*(?:Mounted|Avail|Free|%Used|IUse)|文件系统\s)",
        Line::System,
    ),
    (
        r"^(?:System configuration: lcpu|kthr\s+memory|procs -+memory|\s*r\s+b\s+(?:avm|swpd)\s|avg-cpu: |Disks:\s+% tm_act|Device:?\s+(?:rrqm|tps|r/s)|tty:\s+tin|Linux \d\S* \(\S+\)\s)",
        Line::System,
    ),
    (
        r"^(?:Total Paging Space\s+Percent|Page Space\s+Physical Volume|\s+size\s+inuse\s+free\s+pin|\s*Pid Command\s+Inuse|Node Name\s+:|Partition Name\s+:|Entitled Capacity\s+:)",
        Line::System,
    ),
    (
        r"^\s*(?:total\s+used\s+free\s+shared|Mem:\s+\d+\S*\s+\d+|Swap:\s+\d+\S*\s+\d+)",
        Line::System,
    ),
    (
        r"^(?:top - \d|Tasks: +\d+ total|Threads: +\d+ total|%?Cpu\(s\): |\s*PID\s+USER\s+PR|USER\s+PID\s+%CPU|\s*UID\s+PID\s+PPID|\s*PID\s+(?:PPID|TTY|USER|%CPU|TID|COMMAND)|F S\s+UID|\s*USER\s+PID\s+(?:PPID|TID)|COMMAND\s+PID\s+(?:TID\s+)?USER\s+FD)",
        Line::System,
    ),
    (
        r"^\s*\d\d:\d\d(?::\d\d)?(?:AM|PM)?\s+up\s+\S.*load average",
        Line::System,
    ),
    (
        r"^(?:Host Name:\s|OS Name:\s|OS Version:\s|主机名:\s|映像名称\s|Image Name\s+PID|协议\s+本地地址|活动连接|Windows IP Configuration|Limit\s+Soft Limit\s+Hard Limit|core file size\s|time\(seconds\)\s+unlimited|data seg size|Name:\s+java)",
        Line::System,
    ),
    (
        r"(?:invoked oom-killer|Out of memory: Kill|Killed process \d+|oom-kill:constraint|Memory cgroup out of memory|oom_reaper: |\] +\[ *pid *\])",
        Line::System,
    ),
    (r"^(?:<\d+>)?\[ *\d+\.\d{6}\] ", Line::System),
    // dmesg -T; the error log of an HTTP server has a bracket or a fraction where this has neither.
    (
        r"^\[[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d \d{4}\] [^\[]",
        Line::System,
    ),
    (r"^<\d{1,4}>(?:\d )?(?:[A-Z][a-z]{2} +\d+ |\d{4}-)", Line::System),
    (
        r"^(?:<\d+>)?[A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d \S+ kernel: ",
        Line::System,
    ),
    (
        r"^(?:total \d+$|[d-][rwxsStT-]{9}[.+@]? +\d+ \S+ +\S+ +\d+ )",
        Line::System,
    ),
    (
        r"^(?:\d+ bytes from |PING \S+ |traceroute to |Reply from |来自 )",
        Line::System,
    ),
    (
        r"^(?:ETHERNET STATISTICS|\S+: flags=[0-9a-f]+<|General Statistics:|Link Status ?: )",
        Line::System,
    ),
    // Messages of a JVM on its console.
    (
        r"^(?:\*+ Start Display Current Environment|\*+ End Display Current|JVM[A-Z0-9]{2,5}\d{3}[IWES] |Log file started at: |JVMDUMP)",
        Line::JvmMessage,
    ),
    (r"^(?:\[[^\]]*\]){1,6}\[[a-z,]+\s*\] ", Line::Unified),
    (
        r"^(?:Java HotSpot\(TM\)|OpenJDK) .*(?:warning|VM warning): ",
        Line::JvmMessage,
    ),
    (
        r"^(?:# A fatal error has been detected|# There is insufficient memory|#\s+SIG[A-Z]+ \(0x|Unrecognized VM option |Error: Could not create the Java Virtual Machine|Error occurred during initialization of VM|Conflicting collector combinations|Aborting due to java\.lang|Terminating due to java\.lang|Dumping heap to )",
        Line::JvmMessage,
    ),
    // WebSphere and Liberty; WebLogic; ODL.
    (r"^\[\d[^\]]{10,40}\] [0-9a-fA-F]{8} ", Line::Record),
    (r"^\[\d[^\]]{10,40}\]\s+(?:FFDC|[A-Z])", Line::Record),
    (r"^(?:####)?<[^<>]{8,60}> <[A-Z][a-z]+> <", Line::Record),
    (r"^\[(?:AUDIT|WARNING|ERROR|INFO|err|out)\s*\] ", Line::Record),
    (r"^-{6}Start of DE processing-{6}", Line::Record),
    // Date and time first, in the usual spellings; then a level or not.
    (
        r"^\W{0,3}(?:\w+-?\d*\s+\| )?\W{0,2}\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[T _]\d{1,2}:\d\d:\d\d",
        Line::Record,
    ),
    (
        r"^\W{0,2}\d{1,2}[-/ ](?:\d{1,2}|[A-Z][a-z]{2})[-/ ]\d{2,4},? \d{1,2}:\d\d:\d\d",
        Line::Record,
    ),
    (r"^\W{0,2}\d\d[-/]\d\d[-/]\d\d \d\d:\d\d:\d\d", Line::Record),
    (r"^\W{0,2}\d\d[-/]\d\d \d\d:\d\d:\d\d[.,]\d+", Line::Record),
    (r"^\W{0,2}(?:\d\d:\d\d:\d\d[,.]\d{3}) ", Line::Record),
    (
        r"^\W{0,2}(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} +\d{1,2},? (?:\d{4},? )?\d{1,2}:\d\d:\d\d",
        Line::Record,
    ),
    (
        r"^\W{0,2}(?:一|二|三|四|五|六|七|八|九|十|十一|十二|\d{1,2})月 \d{1,2}, \d{4} ",
        Line::Record,
    ),
    (
        r"^[A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d (?:[A-Z]{3,5} )?\d{4}",
        Line::Record,
    ),
    (
        r"^(?:SEVERE|WARNING|INFO|CONFIG|FINE|FINER|FINEST|严重|警告|信息|配置|详细|较详细|非常详细): ",
        Line::Record,
    ),
    (
        r"^\[?(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|SEVERE)\]? +[\[(\d]",
        Line::Record,
    ),
    (r"^[EIWF]\d{4} \d\d:\d\d:\d\d\.\d+ ", Line::Record),
    (
        r#"^(?:[\w.-]+ +\| )?\s*\{ ?"[\w@.]+" ?:.*(?:"(?:level|loglevel|severity|message|msg|@timestamp|time|ts|ibm_datetime)")"#,
        Line::Record,
    ),
    (r#"^(?:time|ts|level)="?\S+ .*(?:msg|message)="#, Line::Record),
    (r"^\$\$\w+=", Line::Record),
    (r#"^"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d""#, Line::Record),
    (r"^\S+ +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", Line::Record),
    (r"^- \d{10} \d{4}\.\d\d\.\d\d ", Line::Record),
    (r"^\s+at [\w.$/<>@-]+\(", Line::Trace),
    (
        r"^(?:Caused by: |Exception in thread |\s*\.\.\. \d+ (?:more|common frames))",
        Line::Trace,
    ),
    (
        r"^(?:[a-z][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error|Throwable)\b",
        Line::Trace,
    ),
    (
        r"^\s*\d{1,6}\s+(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\s+)?(?:cd|ls|ps|kill|tail|vi|vim|cat|grep|sudo|su|df|top|free|netstat|find|rm|cp|mv|sh|systemctl|service|jps|jstack|jmap|less|more|exit|pwd|history)\b",
        Line::History,
    ),
];

static SET: LazyLock<Option<RegexSet>> =
    LazyLock::new(|| RegexSet::new(TABLE.iter().map(|(pattern, _)| bytes_pattern(pattern))).ok());

/// Patterns are matched on bytes of any encoding: `.` and classes take any byte, Chinese words stand as UTF-8.
fn bytes_pattern(pattern: &str) -> String {
    format!("(?-u:{pattern})").replace("(?-u:(?i)", "(?i-u:")
}

/// Longest part of a line that is looked at.
const WIDTH: usize = 400;

/// What a line is evidence for.
pub fn classify(line: &[u8]) -> Option<Line> {
    let clean = without_colours(line);
    let line = clean.as_deref().unwrap_or(line);
    let line = line.get(..line.len().min(WIDTH)).unwrap_or(line);
    let matches = SET.as_ref()?.matches(line);
    let first = matches.iter().next()?;
    TABLE.get(first).map(|(_, kind)| *kind)
}

/// A line without terminal colours, if it had any.
fn without_colours(line: &[u8]) -> Option<Vec<u8>> {
    static COLOUR: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?-u)\x1b\[[0-9;?]*[A-Za-z]").ok());
    memchr::memchr(0x1b, line)?;
    Some(COLOUR.as_ref()?.replace_all(line, &b""[..]).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_compiles_and_every_row_can_be_met() {
        assert!(SET.is_some());
    }

    #[test]
    fn lines_are_what_they_are() {
        let cases: &[(&str, Line)] = &[
            (
                "3XMTHREADINFO      \"main\" J9VMThread:0x1, state:R, prio=5",
                Line::Javacore,
            ),
            ("NULL           ------", Line::Javacore),
            (
                "\"main\" #1 prio=5 os_prio=0 tid=0x00007f nid=0xa runnable",
                Line::Thread,
            ),
            ("<exclusive-end id=\"13\" timestamp=\"x\" />", Line::Gc),
            ("[0.017s][info][gc,heap] Heap region size: 2M", Line::Gc),
            ("28.940: [GC 17024K->2610K(83008K), 0.0108498 secs]", Line::Gc),
            ("[522.018s][warning][os,thread] Failed to start thread", Line::Unified),
            ("JVMDUMP039I Processing dump event \"user\"", Line::JvmMessage),
            (
                "[10-12-22 17:11:09:179 CST] 0000000d ThreadMonitor W   WSVR0605W: x",
                Line::Record,
            ),
            (
                "2026-11-16 08:27:29.904 [http-nio-8080-exec-12] INFO  a.B - x",
                Line::Record,
            ),
            ("严重: Servlet.service() for servlet", Line::Record),
            (
                "10.1.1.1 - - [17/Nov/2018:16:39:34 +0800] \"GET / HTTP/1.1\" 200 1",
                Line::Access,
            ),
            (
                "2026-11-18 10:23:12.667 CST [10325] his_app@pharm LOG:  process 1",
                Line::DatabaseLog,
            ),
            ("# 2026-11-16 08:38:01 his-app-01 $ free -m", Line::Prompt),
            (
                "# 2026-11-16 08:38:01 his-app-01 $ jcmd 1 VM.metaspace",
                Line::JvmListing,
            ),
            ("IDENTIFIER TIMESTAMP  T C RESOURCE_NAME  DESCRIPTION", Line::System),
            ("\tat a.b.C.d(C.java:1)", Line::Trace),
            (" 1004  2026-11-16 15:19:30  kill 16798", Line::History),
        ];
        for (line, want) in cases {
            assert_eq!(classify(line.as_bytes()), Some(*want), "{line}");
        }
        assert_eq!(classify("患者张三的备注".as_bytes()), None);
    }
}
