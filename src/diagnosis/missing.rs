//! What was not brought and could change the verdict, with the command that gets it.

use super::{
    detector::{Words, words},
    platform::{Platform, Vm},
    scene::Scene,
    verdict::{Cause, Missing, Status},
};
use crate::words::Text;
use goldenhour_parsers::Kind;

/// Lists of what to fetch are short; the most telling first.
const MOST: usize = 6;

/// What to fetch next.
pub fn list(scene: &Scene, status: Status, cause: Option<Cause>) -> Vec<Missing> {
    let platform = Platform::of(scene);
    let has = |kinds: &[Kind]| scene.case.artefacts.iter().any(|a| kinds.contains(&a.kind) && !a.stale);
    let mut missing = Vec::new();
    let mut want = |what: Words, why: Words, how: String| {
        missing.push(Missing {
            what: what.text(),
            why_it_matters: why.text(),
            how_to_get: Text::same(how),
        });
    };
    let heap_matters = cause.is_none_or(|c| {
        matches!(
            c,
            Cause::HeapLeak
                | Cause::HeapLargeRequest
                | Cause::HeapUndersized
                | Cause::ClassloaderLeak
                | Cause::FinalizerBacklog
                | Cause::MetaspaceExhausted
        )
    });
    if !has(&[Kind::Javacore, Kind::ThreadDump]) && status != Status::None {
        want(
            words("线程转储三份，间隔 30 秒", "three thread dumps, 30 s apart"),
            words(
                "一份是状态，三份才看得出是否在动。",
                "One shows a state, three show motion.",
            ),
            platform.thread_dumps(),
        );
    } else if status != Status::None
        && scene.all_dumps().count() == 1
        && matches!(
            cause,
            None | Some(Cause::LockContention | Cause::DownstreamSlow | Cause::InfiniteLoop | Cause::PoolExhaustion)
        )
    {
        want(
            words("再取两份线程转储", "two more thread dumps"),
            words(
                "只有一份转储，不能区分停住与缓慢。",
                "A single dump does not tell stuck from slow.",
            ),
            platform.thread_dumps(),
        );
    }
    if heap_matters && status != Status::None && !has(&[Kind::Hprof, Kind::Phd, Kind::ClassicHeap]) {
        want(
            words("堆转储", "a heap dump"),
            words("只有它能指出谁持有内存。", "Only it names who holds the memory."),
            platform.heap_dump(),
        );
    }
    if heap_matters && !has(&[Kind::GcLog]) {
        let how = match platform.vm {
            Vm::J9 => "-verbose:gc -Xverbosegclog:logs/verbosegc.%seq.log,10,20000",
            Vm::HotSpot => "-Xlog:gc*:file=logs/gc.log:time,uptime,level,tags:filecount=5,filesize=20m",
        };
        want(
            words("垃圾回收日志", "a GC log"),
            words(
                "它区分泄漏、堆过小和一次大请求。",
                "It tells a leak from a small heap and from one large request.",
            ),
            how.to_owned(),
        );
    }
    if !has(&[Kind::System]) {
        want(
            words("主机状态", "the state of the host"),
            words(
                "没有它无法回答“是不是网络、是不是主机”。",
                "Without it nobody can say whether it was the network or the host.",
            ),
            platform.host_state().to_owned(),
        );
    }
    if !has(&[Kind::Log]) {
        want(
            words(
                "服务器与应用日志（含错误流）",
                "logs of server and application, error stream included",
            ),
            words("时间线的主干。", "The spine of the timeline."),
            platform.pack().to_owned(),
        );
    }
    if !has(&[Kind::AccessLog]) && status == Status::Undetermined {
        want(
            words("访问日志", "the access log"),
            words("它说明用户从何时起受影响。", "It tells since when users were hit."),
            platform.pack().to_owned(),
        );
    }
    if matches!(
        cause,
        Some(Cause::DownstreamSlow | Cause::ConnectionLeak | Cause::PoolExhaustion)
    ) && !has(&[Kind::Database])
    {
        want(
            words("数据库会话与锁等待列表", "the database's sessions and lock waits"),
            words("它说明连接是在执行、在等锁，还是空闲。", "It tells whether the connections work, wait for a lock, or idle."),
            "select sid, serial#, username, status, event, blocking_session, seconds_in_wait, sql_id from v$session where username is not null;".to_owned(),
        );
    }
    if cause == Some(Cause::JvmCrashNative) && !has(&[Kind::Core]) {
        want(
            words("core 文件", "the core file"),
            words(
                "厂商需要它来定位本机代码。",
                "The vendor needs it to find the place in native code.",
            ),
            platform.pack().to_owned(),
        );
    }
    for artefact in scene.case.artefacts.iter().filter(|a| !a.stale && a.coverage < 0.9) {
        missing.push(Missing {
            what: Text::new(
                format!("{} 的完整副本", artefact.path),
                format!("a complete copy of {}", artefact.path),
            ),
            why_it_matters: words(
                "现有文件残缺，只读到一部分。",
                "The file at hand is damaged; only a part could be read.",
            )
            .text(),
            how_to_get: Text::same(platform.pack()),
        });
    }
    missing.truncate(MOST);
    missing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::Build;
    use crate::site::Site;

    #[test]
    fn an_undetermined_case_asks_for_dumps_first() {
        let case = Build::new().log("10:00:00 E x").case();
        let site = Site::default();
        let list = list(&Scene::new(&case, &site), Status::Undetermined, None);
        assert!(list[0].what.en.contains("thread dumps"));
        assert!(list.len() <= MOST);
    }
}
