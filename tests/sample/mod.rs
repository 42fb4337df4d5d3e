//! A full report built by hand: the deadlock of an afternoon in a hospital, every part of the model filled.
#![allow(dead_code, reason = "each test binary uses another part")]

mod facts;
mod hostile;

#[allow(unused_imports, reason = "each test binary uses another part")]
pub use hostile::hostile;

use facts::{artefacts, blockers, bursts, deadlock_row, dumps, gc, heap, logs, pools, system, timeline};
use goldenhour::{
    diagnosis::{Cause, Confidence, Priority, Role, Scale, Severity, Stage, Status},
    report::*,
    words::Text,
};
use serde_json::json;

pub fn moment(time: &str) -> Moment {
    Moment(format!("2026-11-20T{time}+08:00"))
}

fn some(time: &str) -> Option<Moment> {
    Some(moment(time))
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|w| (*w).to_owned()).collect()
}

/// The deadlock incident of the design.
pub fn deadlock() -> ReportModel {
    ReportModel {
        schema: SCHEMA.to_owned(),
        tool: Tool { name: "goldenhour".to_owned(), version: "0.1.0".to_owned(), unmasked: false, inspection: false },
        incident: incident(),
        verdict: verdict(),
        questions: questions(),
        hypotheses: hypotheses(),
        risks: Vec::new(),
        findings: findings(),
        heaps: vec![heap()],
        heap_growth: Vec::new(),
        dumps: dumps(),
        series: vec![SeriesView {
            process: Some("p1".to_owned()),
            dumps: vec![0, 1, 2],
            stuck: (1..=47).map(|i| format!("WebContainer : {i}")).collect(),
            spinning: Vec::new(),
            thread_growth: 3,
        }],
        gc: vec![gc()],
        deadlocks: vec![deadlock_row("a1"), deadlock_row("a2"), deadlock_row("a3")],
        blockers: blockers(),
        pools: pools(),
        logs: logs(),
        bursts: bursts(),
        codes: vec![
            CodeView { code: "WSVR0605W".to_owned(), count: 46, role: "symptom".to_owned(), meaning: None },
            CodeView { code: "J2CA0045E".to_owned(), count: 18, role: "symptom".to_owned(), meaning: None },
        ],
        first_error: Some(FirstErrorView {
            artefact: "a4".to_owned(),
            line: Some(90_311),
            time: some("10:41:34.220"),
            exception: None,
            message: Some("[11/20/26 10:41:34:220 CST] 0000004a ThreadMonitor W   WSVR0605W: Thread \"WebContainer : 12\" (0000004a) has been active for 612098 milliseconds and may be hung.".to_owned()),
        }),
        crashes: Vec::new(),
        system: system(),
        processes: vec![ProcessView {
            id: "p1".to_owned(),
            pid: Some(4_587_604),
            host: Some("hisapp02".to_owned()),
            name: Some("server2".to_owned()),
            vm: Some("IBM J9 VM 2.9 (JRE 1.8.0 AIX ppc64-64-Bit)".to_owned()),
            started: Some(Moment("2026-11-14T03:12:40.000+08:00".to_owned())),
            ended: None,
        }],
        timeline: timeline(),
        actions: actions(),
        missing: vec![MissingView {
            what: Text::new("本次的 heapdump（PHD）", "The heap dump (PHD) of this incident"),
            why_it_matters: Text::new("能排除堆内存泄漏；对死锁结论没有影响", "It would rule out a heap leak; the deadlock stands without it"),
            how_to_get: Text::new("经堡垒机执行 wsadmin 生成 heapdump，约 2 分钟，期间该 JVM 停顿", "Generate it with wsadmin through the bastion host, about 2 minutes, the JVM pauses meanwhile"),
        }],
        artefacts: artefacts(),
        capped: vec![Capped { list: "bursts".to_owned(), shown: 2, total: 22_412 }],
        run: Run { now: "2026-11-20T11:10:22+08:00".parse().ok(), elapsed_s: Some(38.0) },
    }
}

fn incident() -> Incident {
    Incident {
        id: "5f3c09a1d2e4".to_owned(),
        site: Some("市第一医院".to_owned()),
        onset: some("10:31:22.000"),
        first_symptom: some("10:33:05.000"),
        last_evidence: some("11:08:54.000"),
        scale: Scale::Small,
        priority: Priority::Critical,
        modules: vec!["门诊医嘱".to_owned()],
        due: Some(Due {
            response: moment("11:01:22.000"),
            workaround: moment("11:31:22.000"),
            resolution: moment("22:31:22.000"),
        }),
        seen_before: vec![SeenBefore {
            id: "81aa20f7c1b3".to_owned(),
            onset: Some(Moment("2026-09-02T15:02:10.000+08:00".to_owned())),
            site: None,
            restored_after_min: Some(34.0),
            fix: Some("patch 2.3".to_owned()),
            sentence: Some(Text::new(
                "与 2026 年 9 月 2 日的事件相同，当时的处理：patch 2.3，79 天后再次出现。",
                "The same as on 2 September 2026, fixed by: patch 2.3, came back after 79 days.",
            )),
        }],
    }
}

fn verdict() -> Verdict {
    Verdict {
        status: Status::Determined,
        cause: Some(Cause::Deadlock),
        confidence: Some(Confidence::High),
        headline: Text::new(
            "server2 上医嘱提交与费用记账互相等待（死锁），自 10:31:22 起 47 个工作线程被堵，HIS 门诊无法提交医嘱",
            "On server2 order submission and billing wait for each other (deadlock); since 10:31:22, 47 worker threads are blocked and outpatient orders cannot be submitted",
        ),
        why: vec![
            Text::new(
                "三个 javacore 都由 JVM 报告同一个环：WebContainer : 12 ⇄ WebContainer : 31",
                "Three javacores hold the same cycle, reported by the JVM: WebContainer : 12 ⇄ WebContainer : 31",
            ),
            Text::new(
                "其余 45 个被堵线程都直接或间接等待这两个线程，占工作线程池的 94 %",
                "The other 45 blocked threads wait for these two, directly or not: 94 % of the worker pool",
            ),
            Text::new(
                "日志中 WSVR0605W 共 46 条，按消息自带的时长回推，起点为 10:31:22",
                "46 messages WSVR0605W, dated back by the duration they carry, begin at 10:31:22",
            ),
        ],
        coverage: Some(0.94),
        fingerprint: Some("deadlock:com.kangbo.his.billing.AccountLock+com.kangbo.his.order.OrderLock".to_owned()),
    }
}

fn questions() -> Questions {
    Questions {
        network: Reply {
            answer: YesNo::No,
            why: vec![
                Text::new("端口 9080、1521 在听", "Ports 9080 and 1521 listen"),
                Text::new("errpt 中没有网卡错误", "errpt shows no adapter error"),
            ],
        },
        host: Reply {
            answer: YesNo::No,
            why: vec![Text::new("无换页，CPU 23 %", "No paging, CPU 23 %")],
        },
    }
}

fn hypotheses() -> Vec<HypothesisView> {
    let one = |rank, cause, score, confidence, supporting: &[&str], against: &[&str], check| HypothesisView {
        rank,
        cause,
        score,
        confidence,
        supporting: owned(supporting),
        against: owned(against),
        check,
    };
    vec![
        one(
            1,
            Cause::Deadlock,
            0.93,
            Confidence::High,
            &["threads.deadlock#1", "log.hung#1"],
            &[],
            None,
        ),
        one(
            2,
            Cause::DownstreamSlow,
            0.21,
            Confidence::Low,
            &["pool.exhausted#1"],
            &["threads.deadlock#1"],
            Some(Text::new(
                "若重启后 10 分钟内再堵，间隔 30 秒取 3 个 javacore，看是否停在 socketRead",
                "If it blocks again within 10 minutes after the restart, take 3 javacores 30 s apart and look for socketRead",
            )),
        ),
    ]
}

fn findings() -> Vec<FindingView> {
    let facts = |value: serde_json::Value| value.as_object().cloned().unwrap_or_default();
    vec![
        FindingView {
            id: "threads.deadlock".to_owned(), n: 1, cause: Cause::Deadlock, severity: Severity::Critical, role: Role::Cause,
            process: Some("p1".to_owned()),
            title: Text::new("两个线程互相等待对方的锁", "Two threads wait for each other's lock"),
            detail: Text::new(
                "WebContainer : 12 持有 OrderLock 并等待 AccountLock，WebContainer : 31 持有 AccountLock 并等待 OrderLock。不重启不会解开。",
                "WebContainer : 12 holds OrderLock and waits for AccountLock, WebContainer : 31 the other way round. It will not resolve without a restart.",
            ),
            time: some("10:31:22.000"), coverage: Some(0.94), subject: Some("com.kangbo.his.order.OrderLock".to_owned()),
            facts: facts(json!({"threads_in_cycle": 2, "victims": 45, "dumps": 3})),
            evidence: vec![
                EvidenceView { artefact: "a1".to_owned(), line: Some(18_244), offset: None, object: None, quote: Some("1LKDEADLOCK    Deadlock detected !!!".to_owned()) },
                EvidenceView { artefact: "a3".to_owned(), line: Some(18_260), offset: None, object: None, quote: Some("2LKDEADLOCKTHR  Thread \"WebContainer : 12\" (0x0000000031245000)".to_owned()) },
            ],
        },
        FindingView {
            id: "log.hung".to_owned(), n: 1, cause: Cause::Deadlock, severity: Severity::High, role: Role::Victim,
            process: Some("p1".to_owned()),
            title: Text::new("46 条挂起线程告警", "46 warnings of hung threads"),
            detail: Text::new("最早一条自带 612 秒，回推到 10:31:22。", "The first one carries 612 s, which dates it back to 10:31:22."),
            time: some("10:31:22.000"), coverage: Some(0.9), subject: None,
            facts: facts(json!({"messages": 46})),
            evidence: vec![EvidenceView { artefact: "a4".to_owned(), line: Some(90_311), offset: Some(12_443_120), object: None, quote: Some("WSVR0605W: Thread \"WebContainer : 12\" (0000004a) has been active for 612098 milliseconds and may be hung.".to_owned()) }],
        },
        FindingView {
            id: "pool.exhausted".to_owned(), n: 1, cause: Cause::PoolExhaustion, severity: Severity::Medium, role: Role::Victim,
            process: Some("p1".to_owned()),
            title: Text::new("数据库连接池 jdbc/hisDS 用尽", "Connection pool jdbc/hisDS is empty"),
            detail: Text::new("被堵的线程各占一个连接，属后果。", "Each blocked thread keeps a connection: a consequence."),
            time: some("10:36:10.000"), coverage: Some(0.2), subject: Some("jdbc/hisDS".to_owned()),
            facts: facts(json!({"max": 50, "in_use": 50})),
            evidence: vec![EvidenceView { artefact: "a4".to_owned(), line: Some(90_120), offset: None, object: None, quote: Some("J2CA0045E: Connection not available while invoking method createOrWaitForConnection for resource jdbc/hisDS.".to_owned()) }],
        },
    ]
}

fn actions() -> Vec<ActionView> {
    struct Row<'a>(
        &'a str,
        Stage,
        (&'a str, &'a str),
        Option<&'a str>,
        (&'a str, &'a str),
        (&'a str, &'a str),
        (&'a str, &'a str),
        (&'a str, &'a str),
        (&'a str, &'a str),
    );
    let rows = [
        Row(
            "A1",
            Stage::Preserve,
            (
                "保存证据：已收 javacore ×3、日志；缺 heapdump（不必等）",
                "Save the evidence: 3 javacores and the logs are here; no heap dump (do not wait for it)",
            ),
            Some("cp -p /opt/IBM/WebSphere/AppServer/profiles/app02/javacore.*.txt /rescue/20261120/"),
            ("重启和轮转后不丢失", "Nothing is lost by restart or rotation"),
            ("无", "None"),
            ("不需要", "None needed"),
            ("值班负责人", "Duty lead"),
            ("核对文件数和 SHA-256", "Compare file count and SHA-256"),
        ),
        Row(
            "A6",
            Stage::Now,
            (
                "停“费用记账”入口，通知收费处",
                "Stop the billing entry and tell the cashiers",
            ),
            None,
            ("不再有新线程进入死锁", "No more threads run into the deadlock"),
            ("收费暂停，改手工登记", "Billing stops, cashiers note by hand"),
            ("重新开放入口", "Open the entry again"),
            ("信息科＋医务处", "IT department and medical affairs"),
            (
                "5 分钟内被堵线程不再增加",
                "Blocked threads stop growing within 5 minutes",
            ),
        ),
        Row(
            "A3",
            Stage::Now,
            (
                "重启 server2（先从插件摘除）",
                "Restart server2 (take it out of the plug-in first)",
            ),
            Some("./stopServer.sh server2 && ./startServer.sh server2"),
            ("约 5 分钟恢复", "Service is back in about 5 minutes"),
            ("未提交的医嘱丢失", "Orders not yet submitted are lost"),
            ("保持摘除，流量留在 server1", "Leave it out, traffic stays on server1"),
            ("信息科（生产重启）", "Hospital IT (production restart)"),
            (
                "WSVR0001I 出现，医嘱提交小于 2 秒",
                "WSVR0001I appears, submission takes less than 2 s",
            ),
        ),
        Row(
            "A2",
            Stage::Hour,
            (
                "重启后取 3 个 javacore，间隔 30 秒",
                "After the restart take 3 javacores 30 s apart",
            ),
            Some("kill -3 4587604"),
            ("确认没有再堵", "Confirms that nothing blocks"),
            ("短暂停顿", "A short pause"),
            ("不需要", "None needed"),
            ("值班负责人", "Duty lead"),
            ("没有 1LKDEADLOCK", "No 1LKDEADLOCK"),
        ),
        Row(
            "A16",
            Stage::Permanent,
            ("统一两处加锁顺序并回归测试", "Take both locks in one order and test it"),
            None,
            ("环不再可能出现", "The cycle becomes impossible"),
            ("发布风险", "Risk of a release"),
            ("回退到上一版本", "Roll back to the last version"),
            ("信息科＋厂商", "Hospital IT and vendor"),
            ("压测 2 小时无死锁", "Two hours of load without a deadlock"),
        ),
    ];
    rows.into_iter()
        .map(|row| ActionView {
            id: row.0.to_owned(),
            stage: row.1,
            title: Text::new(row.2.0, row.2.1),
            command: row.3.map(str::to_owned),
            expected: Text::new(row.4.0, row.4.1),
            risk: Text::new(row.5.0, row.5.1),
            rollback: Text::new(row.6.0, row.6.1),
            approval: Text::new(row.7.0, row.7.1),
            verify: Text::new(row.8.0, row.8.1),
            due: match row.1 {
                Stage::Preserve | Stage::Now | Stage::Hour => some("11:31:22.000"),
                Stage::HalfDay => some("22:31:22.000"),
                Stage::Permanent => None,
            },
            because: owned(&["threads.deadlock#1"]),
        })
        .collect()
}

/// A quiet day.
pub fn healthy() -> ReportModel {
    let sample = deadlock();
    ReportModel {
        incident: Incident {
            onset: None,
            first_symptom: None,
            due: None,
            priority: Priority::General,
            seen_before: Vec::new(),
            ..sample.incident
        },
        verdict: Verdict {
            status: Status::None,
            cause: Some(Cause::None),
            confidence: Some(Confidence::High),
            headline: Text::new(
                "这一时段的证据完整，未发现故障",
                "The evidence of this time is complete and nothing wrong was found",
            ),
            why: vec![Text::new(
                "没有死锁，池的峰值 24 %，回收后堆占用平稳",
                "No deadlock, pools peak at 24 %, heap after collection is flat",
            )],
            coverage: None,
            fingerprint: None,
        },
        hypotheses: Vec::new(),
        findings: Vec::new(),
        deadlocks: Vec::new(),
        blockers: Vec::new(),
        bursts: Vec::new(),
        first_error: None,
        actions: Vec::new(),
        missing: Vec::new(),
        capped: Vec::new(),
        ..sample
    }
}

/// Something is wrong and the evidence does not say why.
pub fn undetermined() -> ReportModel {
    let sample = deadlock();
    ReportModel {
        incident: Incident {
            onset: None,
            due: None,
            ..sample.incident
        },
        verdict: Verdict {
            status: Status::Undetermined,
            cause: None,
            confidence: None,
            headline: Text::new(
                "现有证据不足以判定：服务在 10:31 后停止应答，只有访问日志",
                "The evidence does not suffice: the service stopped answering after 10:31, only the access log is here",
            ),
            why: Vec::new(),
            coverage: None,
            fingerprint: None,
        },
        questions: Questions::default(),
        heaps: Vec::new(),
        dumps: Vec::new(),
        series: Vec::new(),
        gc: Vec::new(),
        deadlocks: Vec::new(),
        blockers: Vec::new(),
        pools: Vec::new(),
        bursts: Vec::new(),
        first_error: None,
        system: Vec::new(),
        findings: Vec::new(),
        ..sample
    }
}
