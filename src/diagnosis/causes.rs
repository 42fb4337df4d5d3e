//! The catalogue of causes: names, meanings, fixes, and the check that separates look-alikes.

use super::{
    detector::{Words, words},
    verdict::Cause,
};
use crate::words::Text;

/// What the catalogue knows of one cause.
pub struct Entry {
    /// The cause.
    pub cause: Cause,
    /// Its id of CONTRACT.md §3.
    pub id: &'static str,
    /// Its name.
    pub name: Words,
    /// What it is.
    pub meaning: Words,
    /// The permanent fix.
    pub fix: Words,
}

macro_rules! entry {
    ($cause:ident, $id:literal, $zh:literal, $en:literal, $mzh:literal, $men:literal, $fzh:literal, $fen:literal) => {
        Entry {
            cause: Cause::$cause,
            id: $id,
            name: words($zh, $en),
            meaning: words($mzh, $men),
            fix: words($fzh, $fen),
        }
    };
}

/// Every cause, in the order of CONTRACT.md §3.
pub const ALL: [Entry; 30] = [
    entry!(
        HeapLeak,
        "heap-leak",
        "堆内存泄漏",
        "heap leak",
        "对象持续增加且始终可达，直到堆被占满。",
        "Live objects accumulate until the heap is full.",
        "给持有者加上限或清理，指明类与字段；上线前用负载测试验证回收后的占用是平的。",
        "Bound or clear the holder, by class and field; prove with a load test that use after collections stays level."
    ),
    entry!(
        HeapLargeRequest,
        "heap-large-request",
        "单次请求占用过大",
        "one request too large for the heap",
        "一次请求或作业申请的内存超过堆的容量。",
        "One request or job allocates more than the heap holds.",
        "分页、限制行数、流式输出，导出进入队列。",
        "Paging, row limits, streaming, a queue for exports."
    ),
    entry!(
        HeapUndersized,
        "heap-undersized",
        "堆配置过小",
        "heap too small",
        "正常的工作集比堆大。",
        "The honest working set is larger than the heap.",
        "按工作集的 1.5 至 2 倍设置堆；缩小缓存与会话。",
        "Size the heap to 1.5–2 times the live set; cut caches and sessions."
    ),
    entry!(
        ClassloaderLeak,
        "classloader-leak",
        "类加载器泄漏",
        "class-loader leak",
        "重新部署后，旧的应用副本仍留在内存。",
        "Old copies of an application stay loaded after redeployments.",
        "停止应用时注销驱动、清理 ThreadLocal、停止自建线程；禁止热部署。",
        "Deregister drivers, clear ThreadLocals, stop own threads when an application stops; no hot redeployment."
    ),
    entry!(
        MetaspaceExhausted,
        "metaspace-exhausted",
        "元空间耗尽",
        "class space exhausted",
        "类元数据区写满。",
        "The space for class metadata is full.",
        "找出生成类的代码（代理、脚本、JSP）；设置合理上限。",
        "Find what generates classes (proxies, scripts, JSPs); set a sane limit."
    ),
    entry!(
        DirectMemoryExhausted,
        "direct-memory-exhausted",
        "直接内存耗尽",
        "direct memory exhausted",
        "堆外的 NIO 缓冲区超过上限。",
        "NIO buffers outside the heap reached their limit.",
        "释放缓冲区，给缓冲池加上限。",
        "Release the buffers, bound the pools."
    ),
    entry!(
        NativeMemoryExhausted,
        "native-memory-exhausted",
        "本机内存耗尽",
        "native memory exhausted",
        "进程或主机已没有本机内存。",
        "The process or host has no native memory left.",
        "找出增长的组件；迁移到 64 位；核对堆加本机内存不超过物理内存。",
        "Find the component that grew; go 64-bit; keep heap plus native below the physical memory."
    ),
    entry!(
        ThreadExhaustion,
        "thread-exhaustion",
        "线程耗尽",
        "threads exhausted",
        "进程不能再创建线程。",
        "The process cannot create another native thread.",
        "使用有上限的线程池，并在用完后关闭。",
        "Use bounded executors and shut them down."
    ),
    entry!(
        FinalizerBacklog,
        "finalizer-backlog",
        "终结器积压",
        "finalizer backlog",
        "终结线程被阻塞，待终结对象越积越多。",
        "The finalizer thread is held up and finalizable objects pile up.",
        "去掉 finalize()，改用有界的 Cleaner 或 try-with-resources。",
        "Remove finalize(); use try-with-resources or a bounded Cleaner."
    ),
    entry!(
        Deadlock,
        "deadlock",
        "死锁",
        "deadlock",
        "线程互相等待对方的锁，永远不会继续。",
        "Threads wait for each other's locks and never go on.",
        "统一加锁顺序；指明两处代码行。",
        "One lock order; name the two code lines."
    ),
    entry!(
        LockContention,
        "lock-contention",
        "锁竞争",
        "lock contention",
        "许多线程排队等同一把锁。",
        "Many threads queue for one lock.",
        "缩短临界区；日志改为异步。",
        "Shorter critical section; asynchronous logging."
    ),
    entry!(
        ConnectionLeak,
        "connection-leak",
        "连接泄漏",
        "connection leak",
        "连接被取走而未归还。",
        "Connections are borrowed and never returned.",
        "在 finally 或 try-with-resources 中关闭；打开泄漏检测。",
        "Close in finally or try-with-resources; switch leak detection on."
    ),
    entry!(
        PoolExhaustion,
        "pool-exhaustion",
        "连接池/线程池耗尽",
        "pool exhausted",
        "池对负载太小，但连接会归还。",
        "The pool is too small for the load; connections do return.",
        "按公式设置池大小；减少一次请求占用的连接数。",
        "Size the pool by formula; take fewer connections per request."
    ),
    entry!(
        DownstreamSlow,
        "downstream-slow",
        "下游响应缓慢",
        "slow backend",
        "数据库或远程服务回答得太慢。",
        "A database or remote service answers late.",
        "优化索引与执行计划；每个调用都设超时；隔离线程池。",
        "Indexes and plans; a timeout on every call; bulkheads."
    ),
    entry!(
        DownstreamDown,
        "downstream-down",
        "下游不可用",
        "backend down",
        "下游拒绝连接或已停止。",
        "A backend refuses connections or is gone.",
        "故障切换；带退避的重试；连接校验。",
        "Fail-over; retry with backoff; validate connections."
    ),
    entry!(
        InfiniteLoop,
        "infinite-loop",
        "死循环/CPU 空转",
        "endless loop",
        "线程占满处理器而没有进展。",
        "Threads burn processors without progress.",
        "修正循环出口；使用线程安全的集合；限制正则。",
        "Give the loop an end; thread-safe collections; bounded regular expressions."
    ),
    entry!(
        StackOverflow,
        "stack-overflow",
        "栈溢出",
        "stack overflow",
        "递归超过栈的上限。",
        "Recursion beyond the limit of the stack.",
        "给递归加终止条件；校验循环引用的数据。",
        "Give the recursion an end; reject cyclic data."
    ),
    entry!(
        JvmCrashNative,
        "jvm-crash-native",
        "本机代码导致 JVM 崩溃",
        "JVM crash in native code",
        "JVM 在本机库或自身代码中崩溃。",
        "The JVM crashed in a native library or its own code.",
        "升级或替换该库（本机驱动换为纯 Java 驱动）；向厂商报告。",
        "Patch or replace the library (native driver → thin driver); report to its vendor."
    ),
    entry!(
        JvmCrashJit,
        "jvm-crash-jit",
        "JIT 编译导致 JVM 崩溃",
        "JVM crash in the JIT",
        "JVM 在编译器或已编译的代码中崩溃。",
        "The JVM crashed in the compiler or compiled code.",
        "升级 JVM；升级前保留排除选项。",
        "A newer JVM level; keep the exclusion until then."
    ),
    entry!(
        OomKiller,
        "oom-killer",
        "被操作系统因内存不足终止",
        "killed by the system for memory",
        "操作系统为腾出内存而终止了 JVM。",
        "The operating system ended the JVM to free memory.",
        "堆、本机内存与线程栈之和不超过主机或容器的上限。",
        "Heap plus native plus stacks below the limit of host or container."
    ),
    entry!(
        DiskFull,
        "disk-full",
        "磁盘空间满",
        "disk full",
        "文件系统没有空间或 inode。",
        "A file system has no space or inodes.",
        "日志轮转与保留策略；80 % 告警；转储放到独立文件系统。",
        "Rotation and retention; an alarm at 80 %; dumps on a file system of their own."
    ),
    entry!(
        FdExhaustion,
        "fd-exhaustion",
        "文件句柄耗尽",
        "file descriptors exhausted",
        "打开的文件或套接字达到上限。",
        "Open files or sockets reached their limit.",
        "关闭流与连接；上限按并发设置。",
        "Close streams and sockets; size the limit to the concurrency."
    ),
    entry!(
        NetworkFailure,
        "network-failure",
        "网络故障",
        "network failure",
        "网卡、端口或路由故障。",
        "An adapter, port or route failed.",
        "链路冗余；连接保活；所有调用设超时。",
        "Redundant links; keep-alive; timeouts on all calls."
    ),
    entry!(
        HostOverload,
        "host-overload",
        "主机过载",
        "host overloaded",
        "主机换页或处理器不足。",
        "The host pages or lacks processors.",
        "错开备份与批处理；扩容；迁移其他负载。",
        "Move backups and batches; add capacity; move other loads."
    ),
    entry!(
        DeployFailure,
        "deploy-failure",
        "部署/补丁失败",
        "failed release",
        "变更之后类或资源缺失、冲突。",
        "Classes or resources are missing or in conflict after a change.",
        "按补丁规范先测试并签字；发布包做依赖核对。",
        "Test and sign off first as the patch rules say; check the package's dependencies."
    ),
    entry!(
        ConfigError,
        "config-error",
        "配置错误",
        "configuration error",
        "有一项设置不正确。",
        "A setting is wrong.",
        "配置纳入版本管理；启动前核对差异。",
        "Configuration under version control; compare before each start."
    ),
    entry!(
        DataError,
        "data-error",
        "数据异常",
        "bad data",
        "特定数据使代码失败。",
        "Particular data makes code fail.",
        "入口校验；失败消息单独存放。",
        "Validate at the door; set poison messages aside."
    ),
    entry!(
        ExternalKill,
        "external-kill",
        "外部终止",
        "ended from outside",
        "由人员、脚本或监控程序终止。",
        "An operator, script or watchdog ended the process.",
        "规范停机脚本与权限；健康检查阈值留有余量。",
        "Guard stop scripts and rights; leave room in health-check limits."
    ),
    entry!(
        GcMisconfigured,
        "gc-misconfigured",
        "垃圾回收配置不当",
        "unfit garbage collection",
        "内存充裕，但回收停顿影响业务。",
        "Memory suffices, yet collections hurt.",
        "选用合适的收集器与分代大小；谨慎停用显式回收。",
        "A fitting collector and sizes; disable explicit collections with care."
    ),
    entry!(
        None,
        "none",
        "未发现故障",
        "nothing wrong",
        "证据完整，没有发现异常。",
        "The evidence is complete and nothing is wrong.",
        "保持巡检；预先打开转储与泄漏检测。",
        "Keep inspecting; switch dumps and leak detection on beforehand."
    ),
];

impl Cause {
    /// What the catalogue says of it.
    pub fn entry(self) -> &'static Entry {
        // The catalogue lists every cause (a test checks it), so the first entry is never taken for want of one.
        ALL.iter().find(|e| e.cause == self).unwrap_or(&ALL[0])
    }

    /// The id of CONTRACT.md §3.
    pub fn id(self) -> &'static str {
        self.entry().id
    }

    /// Its name.
    pub fn name(self) -> Text {
        self.entry().name.text()
    }
}

/// The one check that separates two look-alikes (HEURISTICS.md §5), in either order.
const CHECKS: &[(Cause, Cause, Words)] = &[
    (
        Cause::HeapLeak,
        Cause::HeapUndersized,
        words(
            "看最近几小时完全回收后的占用是上升还是平的；堆转储里有没有占大头的持有者。",
            "Does use after full collections rise or stay level over the last hours, and is there a dominating holder in the heap dump?",
        ),
    ),
    (
        Cause::HeapLeak,
        Cause::HeapLargeRequest,
        words(
            "看占大头的是静态集合，还是某个线程的局部变量。",
            "Is the dominator a static collection or a local of one thread?",
        ),
    ),
    (
        Cause::HeapUndersized,
        Cause::HeapLargeRequest,
        words(
            "该请求结束后，回收后的占用是否回落。",
            "Does use after collections fall back when that request ends?",
        ),
    ),
    (
        Cause::ConnectionLeak,
        Cause::DownstreamSlow,
        words(
            "持有连接的线程此刻是否在 JDBC 调用中。",
            "Are the holders of borrowed connections in a JDBC call?",
        ),
    ),
    (
        Cause::PoolExhaustion,
        Cause::ConnectionLeak,
        words(
            "低负载时占用数是否回落。",
            "Does the number in use fall back at low load?",
        ),
    ),
    (
        Cause::PoolExhaustion,
        Cause::DownstreamSlow,
        words(
            "数据库每次调用的耗时是否正常。",
            "Is the database's time per call normal?",
        ),
    ),
    (
        Cause::DownstreamSlow,
        Cause::NetworkFailure,
        words("受影响的是一个目标还是几个。", "Is one target affected or several?"),
    ),
    (
        Cause::DownstreamDown,
        Cause::NetworkFailure,
        words(
            "从另一台主机测试该端口是否应答。",
            "Does the port answer from another host?",
        ),
    ),
    (
        Cause::DownstreamDown,
        Cause::DownstreamSlow,
        words(
            "目标拒绝连接，还是接受了却不回答。",
            "Does the target refuse, or accept and not answer?",
        ),
    ),
    (
        Cause::LockContention,
        Cause::Deadlock,
        words("等待图中是否有环。", "Is there a cycle in the wait graph?"),
    ),
    (
        Cause::LockContention,
        Cause::DownstreamSlow,
        words(
            "锁的持有者自己在等什么。",
            "What does the owner of the lock itself wait for?",
        ),
    ),
    (
        Cause::InfiniteLoop,
        Cause::LockContention,
        words(
            "持有者在两份转储之间用了多少 CPU 时间。",
            "How much CPU time did the holder use between two dumps?",
        ),
    ),
    (
        Cause::InfiniteLoop,
        Cause::HostOverload,
        words(
            "占用处理器的是我们的进程还是别的进程。",
            "Is it our process that uses the processors or another one?",
        ),
    ),
    (
        Cause::ThreadExhaustion,
        Cause::NativeMemoryExhausted,
        words(
            "错误号是 11（个数上限）还是 12（内存）；看 ulimit。",
            "errno 11 (a limit) or 12 (memory)? Look at the limits.",
        ),
    ),
    (
        Cause::OomKiller,
        Cause::ExternalKill,
        words(
            "内核日志或 errpt 中是否有该进程号的记录。",
            "Is there a line of the kernel or errpt with the pid?",
        ),
    ),
    (
        Cause::JvmCrashNative,
        Cause::JvmCrashJit,
        words(
            "最上层帧的种类；每次是否同一个方法。",
            "The kind of the top frame; is it the same method each time?",
        ),
    ),
    (
        Cause::DeployFailure,
        Cause::ConfigError,
        words(
            "是类与方法的错误，还是名称、口令、端口的错误。",
            "Errors of classes and methods, or of names, passwords and ports?",
        ),
    ),
    (
        Cause::DiskFull,
        Cause::HeapLeak,
        words(
            "第一次写失败与第一次内存不足，哪个在前。",
            "Which came first, the failed write or the OutOfMemoryError?",
        ),
    ),
    (
        Cause::GcMisconfigured,
        Cause::HeapUndersized,
        words("回收之后的占用是低还是高。", "Is use after collections low or high?"),
    ),
    (
        Cause::HostOverload,
        Cause::GcMisconfigured,
        words(
            "停顿的墙钟时间与 CPU 时间之比。",
            "The pauses' wall time against their CPU time.",
        ),
    ),
    (
        Cause::ClassloaderLeak,
        Cause::MetaspaceExhausted,
        words(
            "类加载器的个数是否随部署次数增加。",
            "Does the number of loaders grow with each deployment?",
        ),
    ),
    (
        Cause::ClassloaderLeak,
        Cause::HeapLeak,
        words(
            "堆积的对象是否都挂在旧应用的类加载器下。",
            "Do the piled-up objects all hang on loaders of old applications?",
        ),
    ),
    (
        Cause::StackOverflow,
        Cause::DataError,
        words(
            "是否总由同一条数据触发。",
            "Is it always the same record that triggers it?",
        ),
    ),
    (
        Cause::FinalizerBacklog,
        Cause::HeapLeak,
        words(
            "终结器线程此刻在做什么；栈为空即没有积压。",
            "What does the finalizer thread do? An empty stack means no backlog.",
        ),
    ),
];

/// The check between two causes, or the general one.
pub fn check(a: Cause, b: Cause) -> Text {
    CHECKS
        .iter()
        .find(|(x, y, _)| (*x, *y) == (a, b) || (*y, *x) == (a, b))
        .map(|(_, _, words)| words.text())
        .unwrap_or_else(|| {
            Text::new(
                format!(
                    "在时间线上比较两者的第一条证据：{}与{}，哪个在前。",
                    a.name().zh,
                    b.name().zh
                ),
                format!(
                    "Compare the first evidence of both on the timeline: {} or {}, which came first?",
                    a.name().en,
                    b.name().en
                ),
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_complete_and_agrees_with_the_json() {
        for entry in &ALL {
            let json = serde_json::to_value(entry.cause).unwrap();
            assert_eq!(json, entry.id);
            assert_eq!(entry.cause.id(), entry.id);
        }
    }

    #[test]
    fn a_check_works_in_either_order() {
        assert_eq!(
            check(Cause::HeapLeak, Cause::HeapUndersized),
            check(Cause::HeapUndersized, Cause::HeapLeak)
        );
        assert!(!check(Cause::DataError, Cause::HostOverload).is_empty());
    }
}
