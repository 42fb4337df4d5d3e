//! The catalogue of actions (HEURISTICS.md §3): what each is, its risk, its way back, who approves it.

use super::detector::{Words, words};

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
