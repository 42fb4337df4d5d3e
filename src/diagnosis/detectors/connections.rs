//! Connection and worker pools that ran dry: leaked, too small, or waiting for somebody else.

use crate::diagnosis::{
    detector::{Detector, found, percent, rounded, words},
    flow,
    scene::{Scene, Seen, is_busy},
    themes::Theme,
    verdict::{Cause, Finding, Severity},
};
use crate::{
    evidence::Citation,
    system::{Sign, SignKind},
    threads::{Activity, DumpFacts, Pool},
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The detector of leaked connections.
pub const LEAK: Detector = Detector {
    id: "pool.leak",
    findings: &[(
        "pool.leak",
        words("连接被取走而未归还", "connections are taken and not returned"),
    )],
    causes: &[Cause::ConnectionLeak],
    explain: words(
        "连接池取不到连接，而持有连接的线程大多不在数据库调用中，或连接池自己报告了泄漏，或数据库侧会话空闲。\
         连接用完后所有需要数据库的请求都会超时。需要：日志、线程转储、数据库会话列表。可能误判：一个长批次占用少量连接。",
        "The pool has no connection to give while few of the holders are in a database call, or the pool itself reports leaks, or the sessions are idle on the database's side. \
         Once all are gone every request that needs the database times out. Needs logs, thread dumps, the session list. Wrong when one long batch holds a few.",
    ),
    run: |scene| pools(scene).iter().filter_map(|dry| leak(scene, dry)).collect(),
};

/// The detector of pools too small for the load.
pub const SMALL: Detector = Detector {
    id: "pool.exhausted",
    findings: &[
        ("pool.exhausted", words("连接池或线程池用尽", "a pool ran dry")),
        ("pool.workers-busy", words("工作线程全部占用", "all workers are busy")),
    ],
    causes: &[Cause::PoolExhaustion],
    explain: words(
        "取连接或工作线程超时，而连接会归还、下游也不慢：池对负载太小。这是排除泄漏、下游慢、死锁之后才成立的结论。\
         可能误判：早高峰的短暂排队。",
        "Waits for a connection or worker time out although connections do return and nothing downstream is slow: the pool is too small for the load. \
         It only stands once a leak, a slow backend and a deadlock are ruled out. Wrong for a short peak in the morning.",
    ),
    run: |scene| {
        let mut findings: Vec<Finding> = pools(scene).iter().filter_map(|dry| exhausted(scene, dry)).collect();
        findings.extend(workers(scene));
        findings
    },
};

/// Why a pool cannot make new connections.
const CANNOT_CONNECT: [Theme; 6] = [
    Theme::Refused,
    Theme::BackendGone,
    Theme::ConnectTimeout,
    Theme::UnknownHost,
    Theme::NoRoute,
    Theme::Credential,
];

/// A connection pool of one process that could not serve.
pub(super) struct Dry<'s, 'a> {
    process: Option<usize>,
    timeouts: Vec<&'s Seen<'a>>,
    leaks: Vec<&'s Seen<'a>>,
    waiting: u64,
    in_database: u64,
    size: Option<u64>,
    name: Option<String>,
    dumps: Vec<&'a DumpFacts>,
    idle_sessions: Vec<&'a Sign>,
    locked_sessions: u64,
    active_sessions: u64,
}

fn pools<'s, 'a>(scene: &'s Scene<'a>) -> Vec<Dry<'s, 'a>> {
    scene
        .processes()
        .into_iter()
        .filter_map(|process| dry(scene, process))
        .collect()
}

fn dry<'s, 'a>(scene: &'s Scene<'a>, process: Option<usize>) -> Option<Dry<'s, 'a>> {
    let of =
        |theme: Theme| -> Vec<&'s Seen<'a>> { scene.of_process(process).filter(|s| s.themes.has(theme)).collect() };
    let timeouts = of(Theme::PoolTimeout);
    let dumps: Vec<(usize, &DumpFacts)> = scene.dumps(process);
    let pool = dumps
        .iter()
        .flat_map(|(i, _)| scene.case.pools.iter().filter(move |p| p.dump == *i))
        .filter(|p| p.waiting > 0)
        .max_by_key(|p| p.waiting);
    let waiting_threads = dumps
        .iter()
        .map(|(_, d)| count(d, Activity::PoolWait))
        .max()
        .unwrap_or(0);
    let waiting = pool.map_or(0, |p| p.waiting).max(waiting_threads);
    if timeouts.is_empty() && waiting < 3 {
        return None;
    }
    let worst = dumps
        .iter()
        .map(|(_, d)| *d)
        .max_by_key(|d| count(d, Activity::PoolWait));
    let (stated_size, stated_name) = stated(&timeouts);
    let sessions = |wanted: &dyn Fn(&str, Option<&str>) -> bool| -> u64 {
        scene
            .signs()
            .filter_map(|s| match &s.what {
                SignKind::DbSessions { state, wait, count, .. } if wanted(state, wait.as_deref()) => Some(*count),
                _ => None,
            })
            .sum()
    };
    Some(Dry {
        process,
        leaks: of(Theme::LeakReport),
        waiting,
        in_database: worst.map_or(0, |d| count(d, Activity::Database)),
        size: stated_size.or_else(|| pool.map(|p| p.size).filter(|s| *s > 0)),
        name: stated_name.or_else(|| pool.map(|p| p.name.clone())),
        dumps: dumps.into_iter().map(|(_, d)| d).collect(),
        idle_sessions: scene.signs().filter(|s| is_idle_session(&s.what)).collect(),
        locked_sessions: sessions(&|_, wait| {
            wait.is_some_and(|w| w.contains("Lock") || w.contains("lock") || w.contains("enq:"))
        }),
        active_sessions: sessions(&|state, _| state.eq_ignore_ascii_case("active")),
        timeouts,
    })
}

fn is_idle_session(what: &SignKind) -> bool {
    matches!(what, SignKind::DbSessions { state, .. } if state.to_lowercase().starts_with("idle") || state.eq_ignore_ascii_case("inactive"))
}

fn count(dump: &DumpFacts, activity: Activity) -> u64 {
    dump.threads.iter().filter(|t| t.activity == activity).count() as u64
}

/// Size and name of the pool as the timeout messages state them (`HisPool - Connection is not available … (total=10, active=10 …`).
fn stated(timeouts: &[&Seen]) -> (Option<u64>, Option<String>) {
    let mut size = None;
    let mut name = None;
    for seen in timeouts {
        for text in [
            Some(&seen.record.message),
            seen.record.root_message.as_ref(),
            Some(&seen.record.first_line),
        ]
        .into_iter()
        .flatten()
        {
            size = size
                .or_else(|| number_after(text, "total="))
                .or_else(|| number_after(text, "maxActive "))
                .or_else(|| number_after(text, "max="));
            if name.is_none()
                && let Some((before, _)) = text.split_once(" - Connection is not available")
            {
                name = before
                    .rsplit([' ', '=', ':'])
                    .next()
                    .filter(|w| !w.is_empty())
                    .map(str::to_owned);
            }
            if name.is_none() {
                name = text
                    .split_whitespace()
                    .find(|w| w.starts_with("jdbc/") || w.starts_with("jms/"))
                    .map(|w| w.trim_end_matches(['.', ',', '。', '，']).to_owned());
            }
        }
    }
    (size, name)
}

fn number_after(text: &str, mark: &str) -> Option<u64> {
    let (_, rest) = text.split_once(mark)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

impl Dry<'_, '_> {
    /// When connections began to stay away: the first wait dated back.
    fn began(&self, scene: &Scene) -> Option<Timestamp> {
        let waited = self.timeouts.iter().filter_map(|s| s.began).min();
        waited
            .or_else(|| scene.hang_began(self.process))
            .or_else(|| self.dumps.iter().filter_map(|d| scene.dump_time(d)).min())
    }

    /// Share of the pool that is in database calls; `None` when no dump shows it.
    fn share_in_calls(&self) -> Option<f64> {
        if self.dumps.is_empty() {
            return None;
        }
        let size = self.size.unwrap_or_else(|| self.in_database.max(10));
        Some(self.in_database as f64 / size.max(1) as f64)
    }

    /// Connections that sit idle on the database's side, at the largest listing.
    fn idle(&self) -> u64 {
        self.idle_sessions
            .iter()
            .filter_map(|s| match &s.what {
                SignKind::DbSessions { count, .. } => Some(*count),
                _ => None,
            })
            .sum()
    }

    fn citations(&self) -> Vec<Citation> {
        let mut all: Vec<Citation> = self.timeouts.iter().take(3).map(|s| s.cite()).collect();
        all.extend(
            self.dumps
                .iter()
                .filter_map(|d| d.artefact)
                .map(Citation::artefact)
                .take(3),
        );
        all
    }
}

fn leak(scene: &Scene, dry: &Dry) -> Option<Finding> {
    let share_in_calls = dry.share_in_calls();
    let few_in_calls = share_in_calls.is_some_and(|s| s < scene.limits.leak_holders_in_call);
    let many_in_calls = share_in_calls.is_some_and(|s| s >= scene.limits.leak_holders_in_call);
    // Holders that wait for a lock or for each other keep their connections without leaking them.
    let blocked = dry.dumps.iter().map(|d| count(d, Activity::Lock)).max().unwrap_or(0);
    let all_idle = dry.idle() > 0 && dry.active_sessions + dry.locked_sessions <= dry.idle() / 2;
    let reported = dry.leaks.len() as f64 >= scene.limits.repeated.min(2.0);
    let held_elsewhere = blocked as f64 >= scene.limits.blocked_threads;
    if many_in_calls && !all_idle || dry.locked_sessions > 0 {
        return None;
    }
    // A pool that cannot make connections has not lost them.
    let refused = dry.timeouts.iter().filter(|s| s.themes.any(&CANNOT_CONNECT)).count();
    if refused * 2 >= dry.timeouts.len().max(1) {
        return None;
    }
    let strength = match (reported, few_in_calls && dry.waiting > 0 && !held_elsewhere, all_idle) {
        (true, true, _) | (true, _, true) => 5,
        (true, false, false) => 4,
        (false, true, true) => 4,
        (false, true, false) => 3,
        (false, false, true) => 3,
        (false, false, false) => return None,
    };
    let trigger = trigger(scene, dry);
    let first_leak = dry.leaks.iter().filter_map(|s| s.began).min();
    let (name, n) = (dry.name.clone().unwrap_or_default(), dry.leaks.len());
    let where_taken = dry.leaks.iter().find_map(|s| s.record.own_frame.clone());
    found("pool.leak", Cause::ConnectionLeak)
        .severity(Severity::Critical)
        .process(dry.process)
        .time([trigger.as_ref().and_then(|t| t.0), first_leak, dry.began(scene)].into_iter().flatten().min())
        .strength(strength)
        .coverage(scene.share_of_errors(&[Theme::PoolTimeout, Theme::LeakReport]).max(0.6))
        .subject(where_taken.as_deref().map(|f| f.split('(').next().unwrap_or(f).to_owned()).or_else(|| dry.name.clone()))
        .title(
            format!("连接池 {name} 的连接被取走而未归还"),
            format!("connections of pool {name} are taken and not returned"),
        )
        .detail(
            format!(
                "{} 次取连接超时，{} 个线程在等；在数据库调用中的线程 {} 个；连接池报告泄漏 {n} 次，数据库侧空闲会话 {} 个。{}",
                dry.timeouts.len(), dry.waiting, dry.in_database, dry.idle(),
                where_taken.as_deref().map(|f| format!("取走处：{f}。")).unwrap_or_default()
            ),
            format!(
                "{} waits for a connection timed out, {} threads wait; {} threads are in a database call; the pool reported {n} leaks; {} sessions are idle on the database. {}",
                dry.timeouts.len(), dry.waiting, dry.in_database, dry.idle(),
                where_taken.as_deref().map(|f| format!("Taken at {f}.")).unwrap_or_default()
            ),
        )
        .fact("timeouts", dry.timeouts.len())
        .fact("leak_reports", n)
        .fact("waiting_threads", dry.waiting)
        .fact("threads_in_database", dry.in_database)
        .fact_opt("pool_size", dry.size)
        .fact_opt("pool", dry.name.clone())
        .fact_opt("taken_at", where_taken)
        .fact_opt("first_leak_report", first_leak.map(|t| t.to_string()))
        .fact_opt("trigger", trigger.as_ref().map(|t| t.1.record.first_line.clone()))
        .cite(dry.leaks.iter().take(3).map(|s| s.cite()))
        .cite(trigger.map(|t| t.1.cite()))
        .cite(dry.citations())
        .cite(dry.idle_sessions.iter().map(|s| s.citation.clone()))
        .done()
}

/// The failure on whose way out connections are lost: an error of the application that came, before the pool ran dry, about as
/// often as the pool has connections, or on a thread whose connection the pool missed at that moment.
fn trigger<'s, 'a>(scene: &'s Scene<'a>, dry: &Dry) -> Option<(Option<Timestamp>, &'s Seen<'a>)> {
    let dry_at = dry.timeouts.iter().filter_map(|s| s.at).min()?;
    let mut groups: BTreeMap<(String, String), Vec<&'s Seen<'a>>> = BTreeMap::new();
    let of_application = |s: &&Seen| {
        s.record.root_exception.is_some()
            && s.record.own_frame.is_some()
            && !s.themes.any(&[Theme::PoolTimeout, Theme::LeakReport, Theme::Oom])
    };
    for seen in scene
        .of_process(dry.process)
        .filter(of_application)
        .filter(|s| s.at < Some(dry_at))
    {
        let class = seen.record.root_exception.clone().unwrap_or_default();
        let frame = seen.record.own_frame.clone().unwrap_or_default();
        groups.entry((class, frame)).or_default().push(seen);
    }
    let enough = (dry.size.unwrap_or(10) as f64 / 2.0).max(scene.limits.repeated);
    let missed = |seen: &Seen| {
        dry.leaks.iter().any(|leak| {
            let same_thread = seen
                .record
                .thread
                .as_deref()
                .is_some_and(|t| leak.record.message.contains(t) || leak.record.first_line.contains(t));
            let apart = leak
                .began
                .zip(seen.at)
                .map(|(a, b)| a.duration_since(b).as_secs().abs());
            same_thread && apart.is_some_and(|s| s <= 2)
        })
    };
    groups
        .into_values()
        .filter(|group| group.len() as f64 >= enough || group.iter().any(|s| missed(s)))
        .filter_map(|group| group.first().map(|s| (s.at, *s)))
        .min_by_key(|(at, s)| (*at, s.artefact, s.record.line))
}

fn exhausted(scene: &Scene, dry: &Dry) -> Option<Finding> {
    let enough =
        dry.timeouts.len() as f64 >= scene.limits.repeated || dry.waiting as f64 >= scene.limits.blocked_threads;
    if !enough || scene.is_background(&dry.timeouts) {
        return None;
    }
    let returned = dry.leaks.is_empty();
    let calls_return = flow::calls_return(scene, dry.process) == Some(true) && dry.in_database > 0;
    let coverage = scene.share_of_errors(&[Theme::PoolTimeout]).max(0.3);
    let name = dry.name.clone().unwrap_or_default();
    found("pool.exhausted", Cause::PoolExhaustion)
        .severity(Severity::High)
        .process(dry.process)
        .time(dry.began(scene))
        .strength(match (returned, calls_return && dry.waiting > dry.in_database) {
            (true, true) => 4,
            (true, false) => 3,
            _ => 2,
        })
        .coverage(coverage)
        .subject(dry.name.clone())
        .title(
            format!(
                "连接池 {name} 取不到连接：{} 次超时，{} 个线程在等",
                dry.timeouts.len(),
                dry.waiting
            ),
            format!(
                "pool {name} has no connection to give: {} timeouts, {} threads wait",
                dry.timeouts.len(),
                dry.waiting
            ),
        )
        .detail(
            format!("在数据库调用中的线程 {} 个。", dry.in_database),
            format!("{} threads are in a database call.", dry.in_database),
        )
        .fact("timeouts", dry.timeouts.len())
        .fact("waiting_threads", dry.waiting)
        .fact("threads_in_database", dry.in_database)
        .fact_opt("pool_size", dry.size)
        .fact_opt("pool", dry.name.clone())
        .fact_opt("share_in_calls", dry.share_in_calls().map(rounded))
        .cite(dry.citations())
        .done()
}

/// Worker pools with nobody free whose members run code of their own.
fn workers(scene: &Scene) -> Vec<Finding> {
    let full = |p: &&Pool| p.size >= 10 && p.busy as f64 >= 0.95 * p.size as f64 && p.activity == Activity::Running;
    let worst = scene.case.pools.iter().filter(full).max_by_key(|p| (p.busy, p.size));
    let Some(pool) = worst else { return Vec::new() };
    let Some(dump) = scene.case.dumps.get(pool.dump) else {
        return Vec::new();
    };
    let process = dump.artefact.and_then(|id| scene.case.process_of(id));
    let share = pool.busy as f64 / dump.threads.iter().filter(|t| is_busy(t)).count().max(1) as f64;
    found("pool.workers-busy", Cause::PoolExhaustion)
        .severity(Severity::Medium)
        .process(process)
        .time(scene.hang_began(process).or_else(|| scene.dump_time(dump)))
        .strength(2)
        .coverage(share)
        .subject(Some(pool.name.clone()))
        .title(
            format!(
                "线程池 {} 的 {} 个线程几乎全部占用（{}）",
                pool.name,
                pool.size,
                percent(pool.busy as f64 / pool.size.max(1) as f64)
            ),
            format!("{} of {} workers of {} are busy", pool.busy, pool.size, pool.name),
        )
        .detail(
            "它们在执行代码，没有在等同一个下游。",
            "They run code and do not wait for one backend.",
        )
        .fact("size", pool.size)
        .fact("busy", pool.busy)
        .cite(dump.artefact.map(Citation::artefact))
        .done()
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{LEAK, SMALL};
    use crate::diagnosis::testing::{Build, run_one, thread};
    use crate::diagnosis::verdict::Cause;
    use crate::threads::{Activity, ThreadInfo};

    const TIMEOUT: &str = "10:00:30 E java.sql.SQLTransientConnectionException: HisPool - Connection is not available, request timed out after 30000ms.";

    fn crowd(waiting: usize, in_database: usize) -> Vec<ThreadInfo> {
        (0..waiting)
            .map(|i| thread(&format!("w{i}"), Activity::PoolWait))
            .chain((0..in_database).map(|i| thread(&format!("d{i}"), Activity::Database)))
            .collect()
    }

    #[test]
    fn waiters_without_anybody_in_the_database_are_a_leak() {
        let case = Build::new()
            .log(TIMEOUT)
            .log("10:00:01 W Connection leak detection triggered for x")
            .log("10:00:02 W Connection leak detection triggered for y")
            .dump("10:00:40", crowd(20, 0), |_| {})
            .case();
        let findings = run_one(&LEAK, &case);
        assert_eq!((findings[0].cause, findings[0].strength), (Cause::ConnectionLeak, 5));
    }

    #[test]
    fn holders_in_the_database_are_slow_not_leaked() {
        let case = Build::new().log(TIMEOUT).dump("10:00:40", crowd(20, 10), |_| {}).case();
        assert!(run_one(&LEAK, &case).is_empty());
    }

    #[test]
    fn one_timeout_at_a_peak_is_no_finding() {
        assert!(run_one(&SMALL, &Build::new().log(TIMEOUT).case()).is_empty());
    }

    #[test]
    fn many_timeouts_are_an_exhausted_pool() {
        let mut build = Build::new();
        for _ in 0..5 {
            build = build.log(TIMEOUT);
        }
        let findings = run_one(&SMALL, &build.case());
        assert_eq!(findings[0].cause, Cause::PoolExhaustion);
        assert_eq!(findings[0].subject.as_deref(), Some("HisPool"));
    }
}
