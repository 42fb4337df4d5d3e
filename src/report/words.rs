//! The catalogue of the report's own words. Every entry has both languages or it does not compile.

use super::{Moment, ReportModel, Verdict, YesNo, units};
use crate::{
    diagnosis::{Cause, Confidence, Priority, Role, Scale, Severity, Stage, Status},
    threads::Activity,
    words::{Lang, Text},
};

/// The report's words in one language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words(pub(super) Lang);

macro_rules! catalogue {
    ($($name:ident: $zh:literal, $en:literal;)*) => {
        impl Words {
            $(pub(super) fn $name(self) -> &'static str {
                match self.0 {
                    Lang::Zh => $zh,
                    Lang::En => $en,
                }
            })*
        }
    };
}

catalogue! {
    product: "金色一小时", "Golden Hour";
    report: "故障分析报告", "Incident report";
    inspection_report: "巡检报告", "Inspection report";
    html_lang: "zh-CN", "en";
    tools: "工具栏", "Tools";
    language: "语言", "Language";
    find: "在报告中查找", "Find in this report";
    no_hit: "没有找到", "nothing found";
    filter: "筛选各行", "Filter the rows";
    unfold_all: "全部展开", "Unfold all";
    fold_all: "全部收起", "Fold all";
    light_or_dark: "浅色/深色", "Light/dark";
    meaning: "含义", "Meaning";
    figure: "图", "Figure";
    chapter_overview: "概述", "Overview";
    chapter_impact: "影响", "Impact";
    chapter_root_cause: "根因", "Root cause";
    chapter_handling: "处置", "Handling";
    chapter_improvement: "改进措施", "Improvements";
    chapter_attachments: "附件", "Attachments";
    whole_heap: "可达堆", "Live heap";
    rest: "其余", "rest";
    colon: "：", ": ";
    comma: "，", ", ";
    listing: "、", ", ";
    semicolon: "；", "; ";
    open: "（", " (";
    close: "）", ")";
    incident: "事件", "Incident";
    verdict: "结论", "Verdict";
    confidence: "置信度", "Confidence";
    rests_on: "依据", "rests on";
    consequences: "受害", "Victims";
    network_short: "网络？", "Network?";
    host_short: "主机？", "Host?";
    missing_short: "缺少", "Missing";
    onset: "起点", "Onset";
    first_symptom: "首个征兆", "First symptom";
    clock: "时限", "Clock";
    response: "响应", "Response";
    workaround: "临时方案", "Workaround";
    resolution: "解决", "Resolution";
    now: "现在", "Now";
    no_clock: "起点未知，时限无法起算", "The onset is unknown, so the clock cannot start";
    do_now: "现在做", "Do now";
    approval: "批准", "Approval";
    expected: "预期", "Expected";
    verify: "如何确认", "How to see it";
    risk: "风险", "Risk";
    rollback: "回退", "Way back";
    due: "最迟", "Due";
    because: "依据", "Because of";
    signature: "批准人 ________  时间 ________", "Approved by ________  at ________";
    picture: "时间线", "The hour in one picture";
    why: "为什么这样判断", "Why we believe it";
    questions: "网络还是主机", "Network or host";
    network: "是网络吗", "Was it the network";
    host: "是主机吗", "Was it the host";
    scope: "影响范围", "Scope";
    seen_before: "以前出现过吗", "Seen before";
    never_seen: "本机记录中没有同类事件", "No incident of this kind is on record here";
    restored_after: "恢复用时", "service back after";
    missing: "还缺什么", "What is missing";
    nothing_missing: "没有缺少会改变结论的证据", "Nothing is missing that would change the verdict";
    why_it_matters: "作用", "Why it matters";
    how_to_get: "如何取得", "How to get it";
    alternatives: "其他可能", "Alternatives";
    no_alternatives: "没有其他达到门槛的解释", "No other explanation reached the bar";
    score: "得分", "Score";
    check: "区分办法", "Check";
    supported_by: "支持", "For";
    opposed_by: "反对或未能解释", "Against or unexplained";
    findings: "发现", "Findings";
    no_findings: "没有发现异常", "Nothing abnormal was found";
    evidence: "证据", "Evidence";
    heap: "堆内存", "Heap";
    holder: "持有者", "Holder";
    accumulator: "堆积对象", "Accumulator";
    content: "内容", "Content";
    retained: "保留大小（retained size）", "Retained";
    shallow: "自身大小（shallow size）", "Shallow";
    share: "占比", "Share";
    objects: "对象数", "Objects";
    class: "类", "Class";
    address: "地址", "Address";
    classes: "类数", "Classes";
    loaders: "类加载器", "Class loaders";
    unreachable: "不可达", "Unreachable";
    path_from_root: "从根（GC root）到堆积对象的路径", "Path from the root to the accumulator";
    inferred: "推断", "inferred";
    roots_inferred: "此格式不含完整的根，保留大小为估计值", "This format has no complete roots: retained sizes are estimates";
    histogram: "各类占用", "Histogram";
    dominators: "支配对象（dominator）", "Dominators";
    threads: "线程", "Threads";
    deadlocks: "死锁", "Deadlocks";
    no_deadlocks: "没有死锁", "No deadlock";
    reported_by_vm: "JVM 自己报告", "reported by the JVM";
    found_in_graph: "由等待关系推出", "found in the wait-for graph";
    waits_for: "等待", "waits for";
    victims: "受害线程", "Victims";
    blockers: "持锁线程", "Holders of locks";
    lock: "锁", "Lock";
    blocked: "直接等待", "Waiting";
    all_victims: "连带等待", "With followers";
    doing: "正在做", "Doing";
    dumps: "线程转储", "Thread dumps";
    states: "运行 / 阻塞 / 等待 / 限时等待 / 驻留", "runnable / blocked / waiting / timed / parked";
    stuck: "停在同一处的线程", "Threads that stay in one place";
    spinning: "空转的线程", "Threads that burn CPU";
    growth: "线程数变化", "Change of thread count";
    pools: "线程池与连接池", "Pools";
    pool: "池", "Pool";
    busy: "忙", "Busy";
    idle: "空闲", "Idle";
    trend: "趋势", "Trend";
    risks: "风险清单", "Risks";
    no_risks: "没有接近或正在逼近上限的项目", "No limit is near or growing near";
    advice: "建议", "Advice";
    severity_word: "级别", "Level";
    forecast_full: "按此速度写满", "Full at this rate";
    size: "大小", "Size";
    waiting: "等待者", "Waiters";
    waiting_for: "等什么", "Waiting for";
    gc: "垃圾回收", "Garbage collection";
    collector: "回收器", "Collector";
    pauses: "停顿次数", "Pauses";
    full: "其中全堆", "Full";
    max_pause: "最长停顿", "Longest pause";
    gc_share: "停顿占时", "Time in pauses";
    worst_share: "最差五分钟", "Worst five minutes";
    heap_after: "回收后的堆占用", "Heap after collection";
    slope: "增长速度", "Growth";
    heap_limit: "堆上限", "Heap limit";
    logs: "日志", "Logs";
    first_error: "本次事件的第一条错误", "First error of the incident";
    bursts: "集中爆发的消息", "Bursts";
    no_bursts: "没有集中爆发的消息", "No burst";
    template: "消息模板", "Message template";
    count: "次数", "Count";
    level: "级别", "Level";
    records: "记录", "Records";
    errors: "错误", "Errors";
    traces: "堆栈", "Traces";
    codes: "消息代码", "Message codes";
    code: "代码", "Code";
    paths: "访问路径", "Request paths";
    requests: "请求", "Requests";
    server_errors: "5xx 应答", "5xx answers";
    mean: "平均用时", "Mean time";
    crashes: "JVM 崩溃", "JVM crashes";
    frame: "出错的栈帧", "Problematic frame";
    module: "模块", "Module";
    guilty_module: "首个外来模块", "First foreign module";
    name: "名称", "Name";
    host_name: "主机", "Host";
    fingerprint: "指纹", "Fingerprint";
    compiling: "正在编译", "Compiling";
    system: "系统证据", "System evidence";
    listing_kind: "命令", "Listing";
    figures: "数值", "Figures";
    processes: "JVM 进程", "JVM processes";
    process: "进程", "Process";
    pid: "进程号", "Process id";
    vm: "虚拟机", "VM";
    started: "启动", "Started";
    ended: "结束", "Ended";
    timeline: "时间线明细", "Timeline in words";
    all_actions: "全部建议", "All actions by stage";
    artefacts: "证据清单", "Evidence list";
    file: "文件", "File";
    kind: "类型", "Kind";
    read_share: "已读", "Read";
    time: "时间", "Time";
    event: "事件", "Event";
    place: "位置", "Place";
    gaps: "未能读取", "Could not be read";
    at_byte: "字节", "byte";
    zone_assumed: "时区为假定值", "zone assumed";
    stale: "与本次事件无关的旧文件", "old, not of this incident";
    cut_out_of: "截取自", "cut out of";
    about: "关于本报告", "About this report";
    masking_on: "本报告已脱敏：姓名、证件号、电话、银行卡号、患者与就诊编号、电子邮件、SQL 字面量、令牌和口令以 *** 或 ? 代替；*** 后字母相同的是同一个值。主机名、IP 地址、端口、线程名、类名、文件名和消息代码保留。仍请按本院规定保管。",
        "This report is masked: persons' names, id, phone, bank-card, patient and visit numbers, e-mail addresses, SQL literals, tokens and passwords are shown as *** or ?; the same letter behind *** is the same value. Host names, IP addresses, ports, thread, class and file names and message codes are kept. Handle it by the hospital's rules all the same.";
    masking_off: "本报告未脱敏，可能含有患者信息，不得带出救援 PC。", "This report is not masked. It may hold patients' data and must not leave the rescue PC.";
    all_times: "所有时间按 UTC", "All times are at UTC";
    tool_version: "工具版本", "Tool version";
    unknown: "未知", "unknown";
    yes: "是", "Yes";
    no: "否", "No";
    runner_up: "备选", "Runner-up";
    took: "用时", "took";
    copy: "复制", "Copy";
    lanes: "按泳道排列的事件", "Events by lane";
    lane_log: "错误日志", "Errors";
    lane_access: "用户请求", "Requests";
    lane_gc: "垃圾回收", "GC";
    lane_threads: "线程转储", "Threads";
    lane_heap: "堆转储", "Heap";
    lane_crash: "崩溃", "Crash";
    lane_system: "系统", "System";
    lane_life: "启停", "Start, stop";
    lane_other: "其他", "Other";
    page_one_end: "以下为附录，点击展开", "The parts below open on a click";
    first_word: "最初", "first";
    last_word: "最后", "last";
    highest: "最高", "highest";
    blocked_state: "阻塞", "blocked";
    runnable_state: "运行", "runnable";
    waiting_state: "等待", "waiting";
    timed_state: "限时等待", "timed waiting";
    parked_state: "驻留", "parked";
    legend_onset: "起点", "onset";
    legend_before: "起点之前", "before the onset";
    legend_after: "起点之后", "after the onset";
}

/// The label of a cause id in both languages; `undetermined` and unknown ids have one too.
pub fn cause_text(id: &str) -> Text {
    let cause: Result<Cause, _> = serde_json::from_value(serde_json::Value::from(id));
    match cause {
        Ok(cause) => Text::new(Words(Lang::Zh).cause(cause), Words(Lang::En).cause(cause)),
        Err(_) if id == "undetermined" => Text::new("未判定", "undetermined"),
        Err(_) => Text::same(id),
    }
}

impl Words {
    /// A sentence of the model in this language.
    pub(super) fn text(self, text: &Text) -> &str {
        text.in_lang(self.0)
    }

    pub(super) fn answer(self, answer: YesNo) -> &'static str {
        match answer {
            YesNo::Yes => self.yes(),
            YesNo::No => self.no(),
            YesNo::Unknown => self.unknown(),
        }
    }

    fn pick(self, zh: &'static str, en: &'static str) -> &'static str {
        match self.0 {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    pub(super) fn confidence_word(self, confidence: Confidence) -> &'static str {
        match confidence {
            Confidence::High => self.pick("高", "high"),
            Confidence::Medium => self.pick("中", "medium"),
            Confidence::Low => self.pick("低", "low"),
        }
    }

    /// How the verdict is introduced (REPORT_DESIGN.md §5).
    pub(super) fn certainty(self, status: Status, confidence: Option<Confidence>) -> &'static str {
        match (status, confidence) {
            (Status::None, _) => self.pick("未发现故障", "Nothing wrong was found"),
            (Status::Undetermined, _) => self.pick("现有证据不足以判定", "The evidence does not suffice"),
            (Status::Determined, Some(Confidence::High)) => self.pick("原因是", "The cause is"),
            (Status::Determined, Some(Confidence::Medium)) => self.pick("很可能是", "Most likely"),
            (Status::Determined, _) => self.pick("可能是", "Possibly"),
        }
    }

    /// What stands above the headline: the certainty, unless the headline says it itself.
    pub(super) fn above_headline(self, verdict: &Verdict) -> &'static str {
        let certainty = self.certainty(verdict.status, verdict.confidence);
        let said = self.text(&verdict.headline).starts_with(certainty);
        if said { self.verdict() } else { certainty }
    }

    pub(super) fn priority(self, priority: Priority) -> &'static str {
        match priority {
            Priority::Critical => self.pick("特级", "critical"),
            Priority::Serious => self.pick("严重", "serious"),
            Priority::General => self.pick("一般", "general"),
        }
    }

    pub(super) fn scale(self, scale: Scale) -> &'static str {
        match scale {
            Scale::Small => self.pick("小范围（一台服务器或一个模块）", "small (one server or one module)"),
            Scale::Large => self.pick(
                "大范围（多台服务器或多数用户）",
                "large (several servers or most users)",
            ),
            Scale::Unknown => self.pick("范围未知", "scale unknown"),
        }
    }

    pub(super) fn severity(self, severity: Severity) -> &'static str {
        match severity {
            Severity::Critical => self.pick("致命", "critical"),
            Severity::High => self.pick("高", "high"),
            Severity::Medium => self.pick("中", "medium"),
            Severity::Low => self.pick("低", "low"),
            Severity::Info => self.pick("提示", "info"),
        }
    }

    pub(super) fn role(self, role: Role) -> &'static str {
        match role {
            Role::Trigger => self.pick("诱因", "trigger"),
            Role::Cause => self.pick("原因", "cause"),
            Role::Amplifier => self.pick("加重因素", "amplifier"),
            Role::Victim => self.pick("后果", "consequence"),
            Role::Context => self.pick("背景", "context"),
        }
    }

    pub(super) fn stage(self, stage: Stage) -> &'static str {
        match stage {
            Stage::Preserve => self.pick("先保存证据", "Preserve first"),
            Stage::Now => self.pick("现在", "Now"),
            Stage::Hour => self.pick("1 小时内", "Within the hour"),
            Stage::HalfDay => self.pick("12 小时内", "Within twelve hours"),
            Stage::Permanent => self.pick("根本解决", "For good"),
        }
    }

    pub(super) fn lane(self, kind: &str) -> &'static str {
        match kind {
            "log" => self.lane_log(),
            "access" => self.lane_access(),
            "gc" => self.lane_gc(),
            "threads" => self.lane_threads(),
            "heap" => self.lane_heap(),
            "crash" => self.lane_crash(),
            "system" => self.lane_system(),
            "life" => self.lane_life(),
            _ => self.lane_other(),
        }
    }

    /// The cause's label (HEURISTICS.md §9).
    pub(super) fn cause(self, cause: Cause) -> &'static str {
        match cause {
            Cause::HeapLeak => self.pick("堆内存泄漏", "heap leak"),
            Cause::HeapLargeRequest => self.pick("单次请求占用过大", "one request too large for the heap"),
            Cause::HeapUndersized => self.pick("堆配置过小", "heap too small for the working set"),
            Cause::ClassloaderLeak => self.pick("类加载器泄漏", "class-loader leak"),
            Cause::MetaspaceExhausted => self.pick("元空间耗尽", "metaspace exhausted"),
            Cause::DirectMemoryExhausted => self.pick("直接内存耗尽", "direct memory exhausted"),
            Cause::NativeMemoryExhausted => self.pick("本机内存耗尽", "native memory exhausted"),
            Cause::ThreadExhaustion => self.pick("线程耗尽", "threads exhausted"),
            Cause::FinalizerBacklog => self.pick("终结器积压", "finalizer backlog"),
            Cause::Deadlock => self.pick("死锁", "deadlock"),
            Cause::LockContention => self.pick("锁竞争", "lock contention"),
            Cause::ConnectionLeak => self.pick("连接泄漏", "connection leak"),
            Cause::PoolExhaustion => self.pick("连接池/线程池耗尽", "pool exhausted"),
            Cause::DownstreamSlow => self.pick("下游响应缓慢", "downstream slow"),
            Cause::DownstreamDown => self.pick("下游不可用", "downstream down"),
            Cause::InfiniteLoop => self.pick("死循环/CPU 空转", "infinite loop"),
            Cause::StackOverflow => self.pick("栈溢出", "stack overflow"),
            Cause::JvmCrashNative => self.pick("本机代码导致 JVM 崩溃", "JVM crash in native code"),
            Cause::JvmCrashJit => self.pick("JIT 编译导致 JVM 崩溃", "JVM crash in compiled code"),
            Cause::OomKiller => self.pick("被操作系统因内存不足终止", "killed by the system for memory"),
            Cause::DiskFull => self.pick("磁盘空间满", "disk full"),
            Cause::FdExhaustion => self.pick("文件句柄耗尽", "file descriptors exhausted"),
            Cause::NetworkFailure => self.pick("网络故障", "network failure"),
            Cause::HostOverload => self.pick("主机过载", "host overloaded"),
            Cause::DeployFailure => self.pick("部署/补丁失败", "deployment or patch failed"),
            Cause::ConfigError => self.pick("配置错误", "configuration error"),
            Cause::DataError => self.pick("数据异常", "bad data"),
            Cause::ExternalKill => self.pick("外部终止", "ended from outside"),
            Cause::GcMisconfigured => self.pick("垃圾回收配置不当", "garbage collector misconfigured"),
            Cause::None => self.pick("未发现故障", "nothing wrong"),
        }
    }

    /// "explains 94 % of what is abnormal".
    pub(super) fn explains(self, coverage: f64) -> String {
        let share = units::percent(coverage);
        match self.0 {
            Lang::Zh => format!("解释了 {share} 的异常"),
            Lang::En => format!("explains {share} of what is abnormal"),
        }
    }

    /// "A, B and 2 more: consequences, not the cause".
    pub(super) fn are_consequences(self, titles: &[&str], more: usize) -> String {
        let list = titles.join(self.listing());
        match (self.0, more) {
            (Lang::Zh, 0) => format!("{list}：是后果，不是原因"),
            (Lang::Zh, more) => format!("{list}等 {} 项：是后果，不是原因", titles.len() + more),
            (Lang::En, 0) => format!("{list}: consequences, not the cause"),
            (Lang::En, more) => format!("{list} and {more} more: consequences, not the cause"),
        }
    }

    /// "A waits for the lock L held by B".
    pub(super) fn thread_waits(self, thread: &str, lock: &str, holder: &str) -> String {
        match self.0 {
            Lang::Zh => format!("{thread} 等待 {holder} 持有的 {lock}"),
            Lang::En => format!("{thread} waits for {lock} held by {holder}"),
        }
    }

    /// "3 findings, 2 of them grave".
    pub(super) fn findings_summary(self, all: usize, grave: usize) -> String {
        match self.0 {
            Lang::Zh => format!("{all} 项，其中致命或高 {grave} 项"),
            Lang::En => format!("{all}, critical or high {grave}"),
        }
    }

    /// "10 files, 1 with gaps".
    pub(super) fn artefacts_summary(self, all: usize, with_gaps: usize) -> String {
        match self.0 {
            Lang::Zh => format!("{all} 个，其中 {with_gaps} 个未能读全"),
            Lang::En => format!("{all}, not read in full {with_gaps}"),
        }
    }

    pub(super) fn items(self, all: usize) -> String {
        match self.0 {
            Lang::Zh => format!("{all} 项"),
            Lang::En => format!("{all}"),
        }
    }

    pub(super) fn dumps_summary(self, all: usize) -> String {
        match self.0 {
            Lang::Zh => format!("转储 {all} 份"),
            Lang::En => format!("Dumps {all}"),
        }
    }

    /// "in 3 dumps".
    pub(super) fn in_dumps(self, dumps: usize) -> String {
        match (self.0, dumps) {
            (Lang::Zh, n) => format!("见于 {n} 份转储"),
            (Lang::En, 1) => "in one dump".to_owned(),
            (Lang::En, n) => format!("in {n} dumps"),
        }
    }

    /// Role of a message code.
    pub(super) fn code_role(self, role: &str) -> &'static str {
        match role {
            "cause" => self.pick("原因", "cause"),
            "symptom" => self.pick("症状", "symptom"),
            "noise" => self.pick("噪声", "noise"),
            "lifecycle" => self.pick("启停", "life cycle"),
            _ => "",
        }
    }

    /// "… and 3 more in the report".
    pub(super) fn more_in_report(self, more: usize) -> String {
        match self.0 {
            Lang::Zh => format!("另有 {more} 项，见报告"),
            Lang::En => format!("{more} more in the report"),
        }
    }

    /// "21 min left" or "overdue by 3 min"; `None` without a running clock.
    pub(super) fn left(self, due: &Moment, model: &ReportModel) -> Option<(bool, String)> {
        let now = model.running_now()?;
        let minutes = due.instant()?.duration_since(now).as_secs().div_euclid(60);
        let amount = units::minutes(minutes);
        Some((
            minutes < 0,
            match (self.0, minutes < 0) {
                (Lang::Zh, false) => format!("剩 {amount}"),
                (Lang::Zh, true) => format!("已超 {amount}"),
                (Lang::En, false) => format!("{amount} left"),
                (Lang::En, true) => format!("overdue by {amount}"),
            },
        ))
    }
}

/// What a thread does, with the frame it is in.
pub(super) fn doing_text(activity: Activity, frame: Option<&str>) -> Text {
    let (zh, en) = match activity {
        Activity::Idle => ("空闲", "idle"),
        Activity::Vm => ("虚拟机内部工作", "work of the VM"),
        Activity::Lock => ("等待锁", "waits for a lock"),
        Activity::PoolWait => ("等待连接池", "waits for a pool"),
        Activity::Database => ("等待数据库应答", "waits for the database"),
        Activity::Network => ("等待网络应答", "waits for the network"),
        Activity::FileIo => ("读写文件", "reads or writes files"),
        Activity::Native => ("执行本机代码", "runs native code"),
        Activity::Running => ("执行 Java 代码", "runs Java code"),
        Activity::Waiting => ("休眠或等待条件", "sleeps or waits for a condition"),
        Activity::Unknown => ("未知", "unknown"),
    };
    match frame {
        Some(frame) => Text::new(format!("{zh}（{frame}）"), format!("{en} ({frame})")),
        None => Text::new(zh, en),
    }
}
