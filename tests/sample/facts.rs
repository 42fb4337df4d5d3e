//! The facts of the sample: heap, dumps, locks, pools, GC, logs, listings, timeline, artefacts.

use super::{moment, owned, some};
use goldenhour::{report::*, words::Text};
use serde_json::json;

const BILLING: &str = "WebContainer : 31";
const ORDERS: &str = "WebContainer : 12";
const ORDER_LOCK: &str = "com.kangbo.his.order.OrderLock@0x000000070a1b2c40";
const BILL_LOCK: &str = "com.kangbo.his.billing.AccountLock@0x000000070a1b7f18";

pub fn heap() -> HeapView {
    let class = |class: &str, objects, shallow| ClassView {
        class: class.to_owned(),
        objects,
        shallow,
        retained: None,
    };
    HeapView {
        artefact: "a9".to_owned(),
        dump: 1,
        format: "phd".to_owned(),
        time: some("09:58:02.000"),
        objects: 24_118_220,
        shallow: 1_733_120_544,
        classes: 38_120,
        loaders: 412,
        unreachable: PopulationView {
            objects: 120_331,
            shallow: 8_812_400,
        },
        coverage: Some(1.0),
        roots_inferred: true,
        roots: Default::default(),
        suspects: vec![SuspectView {
            holder_class: "com.kangbo.emr.cache.TemplateCache".to_owned(),
            holder: Some("0x7000a110".to_owned()),
            holder_field: Some("templates".to_owned()),
            accumulator_class: "java.util.concurrent.ConcurrentHashMap".to_owned(),
            accumulator: Some("0x7000a140".to_owned()),
            content_class: "com.kangbo.emr.cache.Template".to_owned(),
            content_count: Some(18_220),
            retained: 402_653_184,
            share: 0.232,
            inferred: false,
            thread: None,
            path: owned(&[
                "class com.kangbo.emr.cache.TemplateCache",
                "TemplateCache.templates → java.util.concurrent.ConcurrentHashMap @ 0x7000a140",
            ]),
            holder_label: None,
            accumulator_label: Some("size=18220".to_owned()),
        }],
        histogram: vec![
            class("byte[]", 3_220_110, 611_224_100),
            class("java.lang.String", 6_112_040, 195_585_280),
            class("java.util.concurrent.ConcurrentHashMap$Node", 4_010_220, 128_327_040),
            class("com.kangbo.emr.cache.Template", 18_220, 2_040_640),
        ],
        dominators: vec![DominatorView {
            object: "0x7000a140".to_owned(),
            class: "java.util.concurrent.ConcurrentHashMap".to_owned(),
            shallow: 64,
            retained: 402_653_184,
            share: 0.232,
            label: Some("size=18220".to_owned()),
        }],
        ..HeapView::default()
    }
}

pub fn dumps() -> Vec<DumpView> {
    let dump = |artefact: &str, time: &str, blocked| DumpView {
        artefact: artefact.to_owned(),
        index: 0,
        time: some(time),
        format: "javacore".to_owned(),
        vm: Some("IBM J9 VM 2.9".to_owned()),
        pid: Some(4_587_604),
        event: Some("user".to_owned()),
        threads: 212,
        with_java_stack: 188,
        states: StatesView {
            runnable: 21,
            blocked,
            waiting: 96,
            timed_waiting: 0,
            parked: 188 - 21 - blocked,
        },
        deadlocks: vec![deadlock_row(artefact)],
        blockers: blockers(),
        heap_max: Some(2_147_483_648),
        heap_free: Some(414_363_104),
        gc_policy: Some("gencon".to_owned()),
        ..DumpView::default()
    };
    vec![
        dump("a1", "10:35:12.000", 41),
        dump("a2", "10:35:44.000", 45),
        dump("a3", "10:36:15.000", 47),
    ]
}

pub fn deadlock_row(artefact: &str) -> DeadlockView {
    DeadlockView {
        process: Some("p1".to_owned()),
        artefact: artefact.to_owned(),
        threads: owned(&[ORDERS, BILLING]),
        locks: owned(&[BILL_LOCK, ORDER_LOCK]),
        reported_by_vm: true,
        victims: Some(45),
        line: Some(18_244),
    }
}

pub fn blockers() -> Vec<BlockerView> {
    let one = |thread: &str, lock: &str, blocked, victims| BlockerView {
        artefact: "a3".to_owned(),
        thread: thread.to_owned(),
        lock: lock.to_owned(),
        lock_class: lock.split('@').next().unwrap_or_default().to_owned(),
        kind: "monitor".to_owned(),
        blocked,
        victims,
        doing: Text::new(
            "等待锁（com.kangbo.his.billing.BillingService.post(BillingService.java:212)）",
            "waits for a lock (com.kangbo.his.billing.BillingService.post(BillingService.java:212))",
        ),
        line: Some(18_120),
    };
    vec![one(BILLING, BILL_LOCK, 37, 46), one(ORDERS, ORDER_LOCK, 9, 46)]
}

pub fn pools() -> Vec<PoolView> {
    let pool = |name: &str, size, busy, waiting, waiting_for: Option<&str>| PoolView {
        process: Some("p1".to_owned()),
        artefact: "a3".to_owned(),
        name: name.to_owned(),
        size,
        busy,
        waiting,
        waiting_for: waiting_for.map(str::to_owned),
        doing: None,
    };
    vec![
        pool("WebContainer", 50, 47, 0, Some("com.kangbo.his.billing.AccountLock")),
        pool("jdbc/hisDS", 50, 50, 12, Some("com.kangbo.his.billing.AccountLock")),
        pool("ORB.thread.pool", 20, 1, 0, None),
    ]
}

pub fn gc() -> GcView {
    GcView {
        artefact: "a6".to_owned(),
        format: "j9-xml".to_owned(),
        collector: "gencon".to_owned(),
        pauses: 2_210,
        full: 11,
        max_pause_ms: 812.4,
        total_pause_ms: 41_200.0,
        span_s: 25_400.0,
        gc_share: 0.0016,
        worst_share: Some(0.012),
        max_heap_after: Some(1_733_120_544),
        last_heap_after: Some(1_690_000_000),
        heap_max: Some(2_147_483_648),
        leak_slope_bytes_per_s: Some(18_432.0),
        first_time: some("04:05:00.000"),
        last_time: some("11:08:20.000"),
        pressure_onset: None,
        points: (0..120_u32)
            .map(|i| {
                let at_s = f64::from(i) * 212.0;
                let minute = 245 + (at_s / 60.0) as u32;
                GcPoint {
                    time: some(&format!(
                        "{:02}:{:02}:{:02}.000",
                        minute / 60,
                        minute % 60,
                        (at_s % 60.0) as u32
                    )),
                    at_s,
                    after: 900_000_000 + u64::from(i) * 5_500_000 + u64::from(i % 7) * 40_000_000,
                    pause_ms: 18.0 + f64::from(i % 9),
                    full: i % 11 == 10,
                }
            })
            .collect(),
    }
}

pub fn logs() -> Vec<LogView> {
    let minutes = |shape: fn(u64) -> (u64, u64)| {
        (0..60_u64)
            .map(|i| {
                let (records, errors) = shape(i);
                let minute = 10 * 60 + 10 + i;
                MinuteView {
                    time: moment(&format!("{:02}:{:02}:00.000", minute / 60, minute % 60)),
                    records,
                    errors,
                }
            })
            .collect::<Vec<_>>()
    };
    let log = |artefact: &str, format: &str, records, errors, minutes, access| LogView {
        artefact: artefact.to_owned(),
        format: format.to_owned(),
        encoding: "gb18030".to_owned(),
        records,
        errors,
        traces: 64,
        first_time: some("00:00:01.000"),
        last_time: some("11:08:54.000"),
        minutes,
        access,
    };
    vec![
        log(
            "a4",
            "websphere",
            90_820,
            212,
            minutes(|i| (40 + i % 7, if i > 30 { 6 + i % 9 } else { u64::from(i % 13 == 0) })),
            None,
        ),
        log(
            "a5",
            "access",
            412_004,
            1_890,
            minutes(|i| {
                if i > 24 {
                    (60 - i, 20 + i % 5)
                } else {
                    (320 + i % 40, 0)
                }
            }),
            Some(AccessView {
                requests: 412_004,
                server_errors: 1_890,
                degraded_from: some("10:33:00.000"),
                paths: vec![PathView {
                    path: "/his/order/submit".to_owned(),
                    requests: 20_118,
                    server_errors: 1_702,
                    mean_ms: 48_120.0,
                }],
            }),
        ),
    ]
}

pub fn bursts() -> Vec<BurstView> {
    vec![
        BurstView {
            artefact: "a4".to_owned(), onset: some("10:41:34.220"), end: some("10:59:34.900"), level: "WARN".to_owned(),
            template: "WSVR0605W: Thread \"WebContainer : <*>\" (<*>) has been active for <*> milliseconds and may be hung.".to_owned(),
            exception: None, count: 46, line: Some(90_311), expected: Some(0.1),
        },
        BurstView {
            artefact: "a4".to_owned(), onset: some("10:36:10.000"), end: some("11:02:00.000"), level: "ERROR".to_owned(),
            template: "J2CA0045E: Connection not available while invoking method createOrWaitForConnection for resource jdbc/hisDS.".to_owned(),
            exception: Some("com.ibm.websphere.ce.cm.ConnectionWaitTimeoutException".to_owned()), count: 18, line: Some(90_120), expected: None,
        },
    ]
}

pub fn system() -> Vec<SystemView> {
    let listing = |artefact: &str, kind: &str, facts: serde_json::Value| SystemView {
        artefact: artefact.to_owned(),
        kind: kind.to_owned(),
        host: Some("hisapp02".to_owned()),
        time: some("10:37:02.000"),
        facts: facts.as_object().cloned().unwrap_or_default(),
    };
    vec![
        listing("a7", "errpt", json!({"entries": 4, "hardware_errors": 0})),
        listing(
            "a8",
            "netstat",
            json!({"established": 212, "close_wait": 3, "listening": "9080 9443 8880"}),
        ),
        listing(
            "a10",
            "vmstat",
            json!({"samples": 10, "max_run_queue": 3, "min_idle": 71}),
        ),
    ]
}

pub fn timeline() -> Vec<EventView> {
    let event = |time: &str, kind: &str, uncertainty_s: f64, zh: &str, en: &str, artefact: &str, line| EventView {
        time: moment(time),
        uncertainty_s,
        what: Text::new(zh, en),
        kind: kind.to_owned(),
        artefact: artefact.to_owned(),
        line,
    };
    vec![
        event(
            "09:58:02.000",
            "heap",
            0.0,
            "生成 heapdump（日常）",
            "Heap dump written (routine)",
            "a9",
            None,
        ),
        event(
            "10:12:40.000",
            "gc",
            0.0,
            "全堆回收，停顿 812 ms",
            "Full collection, pause 812 ms",
            "a6",
            Some(8_120),
        ),
        event(
            "10:31:22.000",
            "threads",
            30.0,
            "WebContainer : 12 与 31 互相等待",
            "WebContainer : 12 and 31 wait for each other",
            "a1",
            Some(18_244),
        ),
        event(
            "10:33:05.000",
            "access",
            30.0,
            "医嘱提交用时超出平常",
            "Order submission leaves its usual time",
            "a5",
            Some(201_220),
        ),
        event(
            "10:35:12.000",
            "threads",
            0.0,
            "第 1 个 javacore，41 个线程被堵",
            "Javacore 1, 41 threads blocked",
            "a1",
            None,
        ),
        event(
            "10:35:44.000",
            "threads",
            0.0,
            "第 2 个 javacore，45 个线程被堵",
            "Javacore 2, 45 threads blocked",
            "a2",
            None,
        ),
        event(
            "10:36:10.000",
            "log",
            0.0,
            "J2CA0045E 连接池用尽",
            "J2CA0045E pool empty",
            "a4",
            Some(90_120),
        ),
        event(
            "10:36:15.000",
            "threads",
            0.0,
            "第 3 个 javacore，47 个线程被堵",
            "Javacore 3, 47 threads blocked",
            "a3",
            None,
        ),
        event(
            "10:41:34.220",
            "log",
            0.0,
            "WSVR0605W 挂起线程告警开始",
            "WSVR0605W hung threads begin",
            "a4",
            Some(90_311),
        ),
        event(
            "10:37:02.000",
            "system",
            0.0,
            "取 errpt、netstat、vmstat",
            "errpt, netstat, vmstat taken",
            "a7",
            None,
        ),
        event(
            "10:58:40.000",
            "gc",
            0.0,
            "全堆回收，停顿 640 ms",
            "Full collection, pause 640 ms",
            "a6",
            Some(8_412),
        ),
    ]
}

pub fn artefacts() -> Vec<ArtefactView> {
    let hash = |seed: u8| {
        (0..32_u8)
            .map(|i| format!("{:02x}", i.wrapping_mul(37).wrapping_add(seed)))
            .collect::<String>()
    };
    let file = |n: u8, path: &str, kind: &str, bytes, time| ArtefactView {
        id: format!("a{n}"),
        path: path.to_owned(),
        kind: kind.to_owned(),
        bytes,
        sha256: Some(hash(n)),
        process: Some("p1".to_owned()),
        coverage: Some(1.0),
        time,
        ..ArtefactView::default()
    };
    let mut files = vec![
        file(
            1,
            "javacore.20261120.103512.4587604.0001.txt",
            "javacore",
            4_812_220,
            some("10:35:12.000"),
        ),
        file(
            2,
            "javacore.20261120.103544.4587604.0002.txt",
            "javacore",
            4_830_118,
            some("10:35:44.000"),
        ),
        file(
            3,
            "javacore.20261120.103615.4587604.0003.txt",
            "javacore",
            4_841_004,
            some("10:36:15.000"),
        ),
        file(4, "logs/server2/SystemOut.log", "log", 12_882_200, some("00:00:01.000")),
        file(
            5,
            "logs/server2/http_access.log.gz",
            "access-log",
            8_112_040,
            some("00:00:00.000"),
        ),
        file(
            6,
            "logs/server2/native_stderr.log",
            "gc-log",
            2_104_220,
            some("04:05:00.000"),
        ),
        file(7, "os/errpt.txt", "system", 2_204, some("10:37:02.000")),
        file(8, "os/netstat.txt", "system", 18_220, some("10:37:02.000")),
        file(
            9,
            "heapdump.20261120.095802.4587604.0001.phd",
            "phd",
            402_118_220,
            some("09:58:02.000"),
        ),
        file(10, "os/vmstat.txt", "system", 1_820, some("10:37:02.000")),
    ];
    if let Some(log) = files.get_mut(3) {
        log.zone_assumed = true;
        log.coverage = Some(0.998);
        log.gaps = vec![GapView {
            offset: 12_880_100,
            length: 2_100,
            reason: Text::new(
                "文件在此中断，后面本应有一条 GC 记录的结尾",
                "the file ends where the end of a GC record was expected",
            ),
        }];
    }
    files
}
