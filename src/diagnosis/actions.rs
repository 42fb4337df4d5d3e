//! The catalogue of actions and what a verdict calls for (HEURISTICS.md §3).
//!
//! Nobody acts on their own: every action names its risk, its way back and who approves it. Preserving comes first and
//! does not count; at most three follow for now.

use super::{
    detector::{Words, words},
    modules,
    platform::{Os, Platform, Vm},
    scene::Scene,
    verdict::{Action, Cause, Finding, Role, Scale, Stage, Status},
};
use crate::words::Text;
use jiff::Timestamp;

/// One action of the catalogue.
pub struct Template {
    /// Its id.
    pub id: &'static str,
    /// What it is.
    pub title: Words,
    /// What should happen.
    pub expected: Words,
    /// What can go wrong.
    pub risk: Words,
    /// The way back.
    pub rollback: Words,
    /// Who must agree.
    pub approval: Words,
    /// How to see that it worked.
    pub verify: Words,
}

macro_rules! template {
    ($id:literal, $t:expr, $e:expr, $r:expr, $b:expr, $a:expr, $v:expr) => {
        Template {
            id: $id,
            title: $t,
            expected: $e,
            risk: $r,
            rollback: $b,
            approval: $a,
            verify: $v,
        }
    };
}

const HOSPITAL_IT: Words = words("信息科批准（生产重启）", "hospital IT (production restart)");
const PARAMETER: Words = words("信息科批准（参数变更）", "hospital IT (parameter change)");
const NONE: Words = words("无需回退", "nothing to roll back");

/// The catalogue.
pub const CATALOGUE: [Template; 18] = [
    template!(
        "A1",
        words(
            "保存现场：日志、线程与堆转储、垃圾回收日志、主机状态，连同校验和拷到应急电脑",
            "Save the evidence: logs, thread and heap dumps, GC logs, host state, with checksums, to the rescue PC"
        ),
        words("重启或轮转不会再丢失证据", "nothing is lost by a restart or rotation"),
        words(
            "占用磁盘与网络；堆转储含患者数据",
            "load on disk and network; heap dumps hold patient data"
        ),
        NONE,
        words(
            "值班负责人；堆转储需数据负责人同意",
            "duty lead; heap dumps: data owner"
        ),
        words(
            "应急电脑上的文件大小与校验和一致",
            "sizes and checksums agree on the rescue PC"
        )
    ),
    template!(
        "A2",
        words("取三份线程转储，间隔 30 秒", "Take three thread dumps 30 s apart"),
        words("看得出线程是停住还是在动", "shows whether threads are stuck or moving"),
        words("短暂停顿", "a short pause"),
        NONE,
        words("值班负责人", "duty lead"),
        words("得到三个文件，时间相差约 30 秒", "three files, about 30 s apart")
    ),
    template!(
        "A3",
        words("保存现场后重启该 JVM", "Restart this JVM after saving the evidence"),
        words("数分钟内恢复服务", "service is back within minutes"),
        words(
            "未提交的操作丢失；原因未除，会再次发生",
            "open work is lost; the cause remains and will return"
        ),
        words(
            "用未改动的设置启动；失败则不加回负载均衡",
            "start with unchanged settings; keep the node out of the plug-in if that fails"
        ),
        HOSPITAL_IT,
        words(
            "5 分钟内启动完成，登录与挂号各成功一次",
            "start message within 5 minutes; one login and one registration succeed"
        )
    ),
    template!(
        "A4",
        words("逐台重启集群成员", "Rolling restart of the cluster"),
        words("不停业务恢复各节点", "nodes recover without a full stop"),
        words("期间容量下降", "reduced capacity meanwhile"),
        words("第一台失败即停止", "stop after the first node that fails"),
        HOSPITAL_IT,
        words(
            "每台启动后错误不再出现，再做下一台",
            "errors stay away on each node before the next is touched"
        )
    ),
    template!(
        "A5",
        words(
            "暂停业务入口：关闭 Citrix 发布或限流",
            "Pause the business at the entry: Citrix off, or throttle"
        ),
        words("不再反复崩溃，系统安静下来", "no repeated crash, a quiet system"),
        words("病区转为手工流程", "wards go to the manual procedure"),
        words("按 10 %、50 %、100 % 逐步放开", "reopen at 10, 50, 100 %"),
        words("信息科与医务部门批准", "hospital IT and medical affairs"),
        words("入口请求数下降，错误停止", "requests at the entry drop and errors stop")
    ),
    template!(
        "A6",
        words(
            "通知停止引起故障的模块、报表、接口或批处理",
            "Stop the module, report, interface or batch that causes it"
        ),
        words("其余系统得以保全", "the rest of the system survives"),
        words("该功能暂不可用", "that function is off"),
        words("重新启用", "start it again"),
        words("该业务模块负责人", "module owner"),
        words("5 分钟内占用与错误下降", "load and errors fall within 5 minutes")
    ),
    template!(
        "A7",
        words(
            "关键业务切换到专用应急服务器",
            "Move critical business to the dedicated emergency server"
        ),
        words("关键业务继续", "critical work continues"),
        words(
            "容量较小；设置不同时数据可能不是最新",
            "less capacity; stale data if settings differ"
        ),
        words("切回原路由", "route back"),
        words("信息科批准", "hospital IT"),
        words("应急服务器上可完成一次完整业务", "one whole transaction succeeds there")
    ),
    template!(
        "A8",
        words(
            "下次重启时调整内存上限（-Xmx、元空间或直接内存）",
            "Change the memory limit (-Xmx, metaspace, direct) at the next restart"
        ),
        words("争取数小时", "hours are won"),
        words(
            "换页；停顿变长；32 位下本机空间减少",
            "paging; longer pauses; less native room in 32 bit"
        ),
        words("恢复保存的参数文件", "restore the saved option file"),
        PARAMETER,
        words(
            "回收后的占用低于上限的 70 %",
            "use after collections below 70 % of the limit"
        )
    ),
    template!(
        "A9",
        words(
            "调整连接池或线程池的大小、队列或超时",
            "Change pool size, queue or timeout"
        ),
        words("队列消化", "the queue drains"),
        words("压力转移到数据库", "load moves to the database"),
        words("改回报告中记录的旧值", "set back the old value noted in the report"),
        words(
            "信息科（参数变更）与数据库管理员",
            "hospital IT (parameter change) and DBA"
        ),
        words(
            "等待数归零，数据库会话数在上限之内",
            "no waiters; database sessions within their limit"
        )
    ),
    template!(
        "A10",
        words(
            "结束阻塞的数据库会话或长 SQL",
            "End the blocking database session or long SQL"
        ),
        words("锁链解除", "the lock chain is released"),
        words("该事务回滚", "that transaction rolls back"),
        words("重做该业务", "redo that work"),
        words("数据库管理员", "DBA"),
        words(
            "等锁的会话消失，线程不再停在 JDBC 读",
            "no sessions wait for locks; threads leave the JDBC read"
        )
    ),
    template!(
        "A11",
        words(
            "把旧转储与旧日志移到别的文件系统（不删除）",
            "Move (not delete) old dumps and logs to another file system"
        ),
        words("又能写入", "writes work again"),
        words("移错文件", "a wrong file is moved"),
        words("移回原处", "move it back"),
        words(
            "日志清理申请：信息科与服务经理同意",
            "log-cleaning request: hospital and service manager"
        ),
        words(
            "df 低于 90 %，新日志写入成功",
            "df below 90 %; a new log line is written"
        )
    ),
    template!(
        "A12",
        words(
            "提高系统限制（线程、文件、换页空间）",
            "Raise the system limit (threads, files, paging space)"
        ),
        words("又能创建线程或打开文件", "new threads and files are possible"),
        words("掩盖泄漏", "hides a leak"),
        words("恢复原限制", "restore the old limit"),
        words("系统管理员", "system administrator"),
        words(
            "新进程的限制为新值，报错停止",
            "the new process shows the new limit and errors stop"
        )
    ),
    template!(
        "A13",
        words(
            "回退最近的部署、补丁或参数",
            "Roll back the last deployment, patch or parameter"
        ),
        words("回到变更前的状态", "the state before the change"),
        words(
            "新功能失去；表结构变更可能阻止回退",
            "the new function is lost; a schema change may block it"
        ),
        words("重新部署新版本", "deploy again"),
        words("信息科与厂商", "hospital IT and vendor"),
        words("同样的错误 5 分钟内不再出现", "the same error stays away for 5 minutes")
    ),
    template!(
        "A14",
        words(
            "排除该 JIT 方法，或停用该本机库",
            "Exclude the JIT method or switch off the native library"
        ),
        words("不再在该处崩溃", "no further crash there"),
        words("代码变慢", "slower code"),
        words("去掉该选项", "remove the option"),
        PARAMETER,
        words(
            "运行超过上次崩溃的间隔而不崩溃",
            "runs longer than the last interval without a crash"
        )
    ),
    template!(
        "A15",
        words(
            "联系医院网络部门：端口、链路、防火墙、errpt 网卡记录",
            "Call the hospital's network department: ports, link, firewall, adapters in errpt"
        ),
        words("通路恢复", "the path is restored"),
        words("等待时间", "waiting time"),
        NONE,
        words("网络部门", "network department"),
        words("从两台主机测试端口均应答", "the port answers from two hosts")
    ),
    template!(
        "A16",
        words(
            "携证据向厂商提交问题（先脱敏）",
            "Open a vendor case with the evidence (desensitised first)"
        ),
        words("修复或规避办法", "a fix or a workaround"),
        words(
            "等待；数据出院须脱敏",
            "waiting time; data leaves the house: desensitise"
        ),
        NONE,
        words("信息科批准", "hospital IT"),
        words("得到厂商的受理编号", "the vendor's case number")
    ),
    template!(
        "A17",
        words(
            "执行数据修正脚本（附回退脚本）",
            "Run a corrective data script with its own rollback script"
        ),
        words("坏数据不再阻塞", "the bad record no longer blocks"),
        words("改错数据", "wrong data is changed"),
        words("先验证过的回退脚本", "a rollback script that was tested first"),
        words("信息科与服务经理", "hospital and service manager"),
        words("同一条数据可正常处理", "the same record is processed")
    ),
    template!(
        "P1",
        words("永久修复", "Permanent fix"),
        words("不再发生", "it does not return"),
        words("按变更流程评估", "as assessed in the change process"),
        words("回退到上一版本", "the previous version"),
        words("变更评审；测试报告签字", "change review; signed test report"),
        words(
            "负载测试通过，一周内不再出现",
            "load test passed; a week without recurrence"
        )
    ),
];

/// What a cause calls for: ids now (at most three), within the hour, within twelve hours.
struct Plan {
    now: &'static [&'static str],
    hour: &'static [&'static str],
    later: &'static [&'static str],
}

const fn plan(now: &'static [&'static str], hour: &'static [&'static str], later: &'static [&'static str]) -> Plan {
    Plan { now, hour, later }
}

fn plan_of(cause: Cause) -> Plan {
    use Cause::*;
    match cause {
        HeapLeak => plan(&["A3"], &["A8"], &["A16"]),
        HeapLargeRequest => plan(&["A6", "A3"], &["A8"], &["A16"]),
        HeapUndersized => plan(&["A5", "A3"], &["A8", "A7"], &[]),
        ClassloaderLeak => plan(&["A3"], &["A8"], &["A16"]),
        MetaspaceExhausted => plan(&["A3", "A6"], &["A8"], &["A16"]),
        DirectMemoryExhausted => plan(&["A6", "A3"], &["A8"], &["A16"]),
        NativeMemoryExhausted => plan(&["A3"], &["A12", "A8"], &["A16"]),
        ThreadExhaustion => plan(&["A2", "A3"], &["A12"], &["A16"]),
        FinalizerBacklog => plan(&["A2", "A3"], &[], &["A16"]),
        Deadlock => plan(&["A2", "A3", "A6"], &[], &["A16"]),
        LockContention => plan(&["A2", "A6", "A3"], &[], &["A16"]),
        ConnectionLeak => plan(&["A2", "A3"], &["A9"], &["A16"]),
        PoolExhaustion => plan(&["A5"], &["A9", "A7"], &[]),
        DownstreamSlow => plan(&["A10", "A6", "A5"], &["A9"], &["A16"]),
        DownstreamDown => plan(&["A15", "A6"], &["A3"], &[]),
        InfiniteLoop => plan(&["A2", "A6", "A3"], &[], &["A16"]),
        StackOverflow => plan(&["A6"], &["A13"], &["A17"]),
        JvmCrashNative => plan(&["A3"], &["A14"], &["A16"]),
        JvmCrashJit => plan(&["A3"], &["A14"], &["A16"]),
        OomKiller => plan(&["A6", "A3"], &["A12", "A8"], &[]),
        DiskFull => plan(&["A11", "A3"], &["A9"], &[]),
        FdExhaustion => plan(&["A2", "A3"], &["A12"], &["A16"]),
        NetworkFailure => plan(&["A15", "A5"], &["A7"], &[]),
        HostOverload => plan(&["A6", "A7"], &["A5"], &[]),
        DeployFailure => plan(&["A6", "A13"], &[], &["A16"]),
        ConfigError => plan(&["A13"], &["A3"], &[]),
        DataError => plan(&["A6"], &[], &["A17"]),
        ExternalKill => plan(&["A3"], &[], &[]),
        GcMisconfigured => plan(&["A7"], &["A8"], &[]),
        None => plan(&[], &[], &[]),
    }
}

/// Everything the actions depend on.
pub struct Situation<'s, 'a> {
    /// The case.
    pub scene: &'s Scene<'a>,
    /// The findings.
    pub findings: &'s [Finding],
    /// The verdict's status.
    pub status: Status,
    /// Its cause.
    pub cause: Option<Cause>,
    /// The scale.
    pub scale: Scale,
    /// Response, workaround, resolution.
    pub due: Option<(Timestamp, Timestamp, Timestamp)>,
}

/// The actions of a verdict by stage.
pub fn plan_for(situation: &Situation) -> Vec<Action> {
    if situation.status == Status::None {
        return Vec::new();
    }
    let platform = Platform::of(situation.scene);
    let mut actions = vec![make(situation, &platform, "A1", Stage::Preserve)];
    if let Some(cause) = situation.cause {
        let plan = plan_of(cause);
        for id in now(&plan, situation) {
            // Three dumps only help while the process still runs.
            let stage = if id == "A2" { Stage::Preserve } else { Stage::Now };
            actions.push(make(situation, &platform, id, stage));
        }
        actions.extend(plan.hour.iter().map(|id| make(situation, &platform, id, Stage::Hour)));
        actions.extend(
            plan.later
                .iter()
                .map(|id| make(situation, &platform, id, Stage::HalfDay)),
        );
        actions.push(permanent(situation, cause));
    } else {
        actions.push(make(situation, &platform, "A2", Stage::Preserve));
        let first = if situation.scale == Scale::Large { "A5" } else { "A3" };
        actions.push(make(situation, &platform, first, Stage::Now));
    }
    actions.sort_by_key(|a| a.stage);
    actions
}

/// At most three for now. Large scale pauses the business first, small scale restarts first; a network fault never restarts Java.
fn now(plan: &Plan, situation: &Situation) -> Vec<&'static str> {
    let mut ids: Vec<&'static str> = plan.now.to_vec();
    if situation.scale == Scale::Large {
        let several = situation
            .scene
            .case
            .processes
            .iter()
            .filter(|p| p.ended.is_none())
            .count()
            >= 2;
        for id in ids.iter_mut().filter(|_| several) {
            if *id == "A3" {
                *id = "A4";
            }
        }
        if !ids.contains(&"A5") {
            ids.insert(0, "A5");
        }
    }
    // A dead process gives no thread dumps.
    if situation.scene.case.processes.iter().all(|p| p.ended.is_some()) && !situation.scene.case.processes.is_empty() {
        ids.retain(|id| *id != "A2");
    }
    let mut counted = 0;
    ids.retain(|id| {
        if *id == "A2" {
            return true;
        }
        counted += 1;
        counted <= 3
    });
    ids
}

fn make(situation: &Situation, platform: &Platform, id: &'static str, stage: Stage) -> Action {
    let template = CATALOGUE.iter().find(|t| t.id == id).unwrap_or(&CATALOGUE[0]);
    let due = situation.due.map(|(response, workaround, resolution)| match stage {
        Stage::Preserve => response,
        Stage::Now | Stage::Hour => workaround,
        Stage::HalfDay | Stage::Permanent => resolution,
    });
    Action {
        id: template.id,
        stage,
        title: titled(template, situation),
        command: command(id, platform, situation),
        expected: template.expected.text(),
        risk: template.risk.text(),
        rollback: template.rollback.text(),
        approval: template.approval.text(),
        due,
        verify: template.verify.text(),
        because: because(situation),
    }
}

/// The title with the place it is about: host, server, thread, target.
fn titled(template: &Template, situation: &Situation) -> Text {
    let finding = leading(situation);
    let subject = finding.and_then(|f| f.subject.clone());
    let process = finding
        .and_then(|f| f.process)
        .and_then(|p| situation.scene.case.processes.get(p));
    let server = process.and_then(|p| p.name.clone().or_else(|| p.host.clone()));
    let place = match template.id {
        "A3" | "A2" | "A8" => server,
        // The site file's name of the module tells the ward more than a class name.
        "A6" => finding
            .and_then(|f| modules::of_finding(situation.scene.site, f))
            .map(str::to_owned)
            .or(subject),
        "A10" | "A13" | "A14" | "A15" | "A9" | "A11" => subject,
        _ => Option::None,
    };
    match place {
        Some(place) => Text::new(
            format!("{}（{place}）", template.title.zh),
            format!("{} ({place})", template.title.en),
        ),
        Option::None => template.title.text(),
    }
}

fn leading<'s>(situation: &Situation<'s, '_>) -> Option<&'s Finding> {
    let cause = situation.cause?;
    situation
        .findings
        .iter()
        .filter(|f| f.cause == cause && f.role == Role::Cause)
        .max_by_key(|f| f.strength)
}

fn because(situation: &Situation) -> Vec<String> {
    match situation.cause {
        Some(cause) => situation
            .findings
            .iter()
            .filter(|f| f.cause == cause && f.role == Role::Cause)
            .map(Finding::reference)
            .take(4)
            .collect(),
        Option::None => situation
            .findings
            .iter()
            .filter(|f| f.role != Role::Context)
            .map(Finding::reference)
            .take(4)
            .collect(),
    }
}

fn command(id: &str, platform: &Platform, situation: &Situation) -> Option<String> {
    match id {
        "A1" => Some(format!("{}\n{}", platform.host_state(), platform.pack())),
        "A2" => Some(platform.thread_dumps()),
        "A10" => Some("-- Oracle: select sid, serial#, blocking_session, event, seconds_in_wait, sql_id from v$session where blocking_session is not null;\n-- PostgreSQL: select pid, pg_blocking_pids(pid), state, wait_event, query from pg_stat_activity where wait_event_type = 'Lock';".to_owned()),
        "A11" => Some(match platform.os {
            Os::Aix => "df -g; du -sk * | sort -rn | head -20".to_owned(),
            Os::Linux => "df -h; df -i; du -xk --max-depth=2 . | sort -rn | head -20".to_owned(),
            Os::Windows => "wmic logicaldisk get caption,freespace,size".to_owned(),
        }),
        "A12" => Some(match platform.os {
            Os::Aix => "ulimit -a; lsuser -a nproc nofiles <USER>".to_owned(),
            Os::Linux => format!("cat /proc/{}/limits; ulimit -a", platform.pid_word()),
            Os::Windows => return Option::None,
        }),
        "A14" => {
            let finding = leading(situation)?;
            let method = finding.facts.get("method")?.as_str()?;
            Some(match platform.vm {
                Vm::J9 => format!("-Xjit:exclude={{{method}}}"),
                Vm::HotSpot => format!("-XX:CompileCommand=exclude,{method}"),
            })
        }
        "A15" => {
            let target = leading(situation).and_then(|f| f.subject.clone()).unwrap_or_else(|| "<HOST>:<PORT>".to_owned());
            let (host, port) = target.split_once(':').unwrap_or((target.as_str(), "<PORT>"));
            Some(match platform.os {
                Os::Aix => format!("ping -c 3 {host}; telnet {host} {port}; errpt | head -30; netstat -in; netstat -an | grep {port}"),
                Os::Linux => format!("ping -c 3 {host}; nc -vz {host} {port}; dmesg -T | tail -50; ip -s link; ss -an | grep {port}"),
                Os::Windows => format!("ping {host} & powershell Test-NetConnection {host} -Port {port}"),
            })
        }
        _ => Option::None,
    }
}

fn permanent(situation: &Situation, cause: Cause) -> Action {
    let platform = Platform::of(situation.scene);
    let mut action = make(situation, &platform, "P1", Stage::Permanent);
    action.title = cause.entry().fix.text();
    action
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::Build;
    use crate::site::Site;

    fn actions(cause: Option<Cause>, scale: Scale) -> Vec<Action> {
        let case = Build::new().log("10:00:00 E x").case();
        let site = Site::default();
        let scene = Scene::new(&case, &site);
        plan_for(&Situation {
            scene: &scene,
            findings: &[],
            status: Status::Determined,
            cause,
            scale,
            due: Option::None,
        })
    }

    #[test]
    fn every_cause_keeps_to_three_for_now_and_preserves_first() {
        for entry in super::super::causes::ALL.iter().filter(|e| e.cause != Cause::None) {
            for scale in [Scale::Small, Scale::Large] {
                let actions = actions(Some(entry.cause), scale);
                assert_eq!(actions[0].stage, Stage::Preserve);
                assert!(
                    actions.iter().filter(|a| a.stage == Stage::Now).count() <= 3,
                    "{}",
                    entry.id
                );
                assert!(actions.iter().any(|a| a.stage == Stage::Permanent));
            }
        }
    }

    #[test]
    fn a_network_fault_calls_the_network_department_and_restarts_nothing() {
        let actions = actions(Some(Cause::NetworkFailure), Scale::Small);
        assert!(actions.iter().any(|a| a.id == "A15" && a.stage == Stage::Now));
        assert!(actions.iter().all(|a| a.id != "A3" && a.id != "A4"));
    }

    #[test]
    fn a_large_crash_pauses_the_business_first() {
        let actions = actions(Some(Cause::HeapLeak), Scale::Large);
        let now: Vec<_> = actions.iter().filter(|a| a.stage == Stage::Now).map(|a| a.id).collect();
        assert_eq!(now, ["A5", "A3"]);
    }
}
