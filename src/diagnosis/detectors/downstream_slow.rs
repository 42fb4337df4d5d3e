//! A database or remote service answers late and the threads of the server wait for it.

use crate::diagnosis::{
    detector::{Detector, found, percent, rounded, words},
    flow,
    scene::{Scene, busy},
    targets,
    themes::Theme,
    verdict::{Cause, Finding, Role, Severity},
};
use crate::{
    evidence::Citation,
    system::{Sign, SignKind},
    threads::{Activity, DumpFacts, ThreadInfo},
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// The detector.
pub const DETECTOR: Detector = Detector {
    id: "downstream.slow",
    findings: &[
        (
            "downstream.slow",
            words("大量线程在等同一个下游的回答", "many threads wait for one backend"),
        ),
        (
            "downstream.hung-reports",
            words(
                "挂起线程报告中的堆栈都停在下游调用里",
                "the stacks in hung-thread reports are inside calls to a backend",
            ),
        ),
        (
            "downstream.sessions-locked",
            words("数据库会话在等锁", "database sessions wait for a lock"),
        ),
        (
            "downstream.timeouts",
            words("下游调用超时", "calls to a backend time out"),
        ),
    ],
    causes: &[Cause::DownstreamSlow],
    explain: words(
        "查找一半以上的忙碌线程停在对同一下游（数据库、Web 服务、消息队列）的调用里，挂起线程告警，事务与读超时，数据库会话等锁。\
         线程与连接被占住，随后连接池和线程池用尽，用户看到的是整个系统慢。可能误判：本机回收停顿使所有调用变慢；等消息的监听线程。",
        "Looks for half of the busy threads inside a call to one backend (database, web service, queue), hung-thread warnings, transaction and read timeouts, database sessions that wait for locks. \
         Threads and connections are held, then the pools run dry and the whole system is slow. Wrong when our own collection pauses slow every call, and for listeners that wait for messages.",
    ),
    run,
};

fn run(scene: &Scene) -> Vec<Finding> {
    let mut findings: Vec<Finding> = scene
        .processes()
        .into_iter()
        .filter_map(|process| by_threads(scene, process).or_else(|| super::hung::in_downstream(scene, process)))
        .collect();
    findings.extend(by_sessions(scene));
    findings.extend(by_timeouts(scene));
    findings
}

/// Threads of one dump inside calls to one place.
struct Crowd<'a> {
    dump: &'a DumpFacts,
    threads: Vec<&'a ThreadInfo>,
    place: String,
    share: f64,
}

fn by_threads(scene: &Scene, process: Option<usize>) -> Option<Finding> {
    let dumps = scene.dumps(process);
    let crowds: Vec<Crowd> = dumps
        .iter()
        .filter_map(|(_, dump)| crowd(dump))
        .filter(|c| counts(scene, c))
        .collect();
    let worst = crowds.iter().max_by(|a, b| (a.threads.len()).cmp(&b.threads.len()))?;
    let hung = scene
        .about(&[Theme::HungThread, Theme::TxTimeout])
        .filter(|s| s.process == process)
        .count();
    let behind = worst
        .dump
        .blockers
        .iter()
        .filter(|b| worst.threads.iter().any(|t| t.name == b.thread))
        .map(|b| b.victims.max(b.blocked))
        .sum::<u64>();
    let queued = worst
        .dump
        .threads
        .iter()
        .filter(|t| t.activity == Activity::PoolWait)
        .count() as u64;
    let all_busy = busy(worst.dump).count().max(1) as f64;
    let coverage = (worst.threads.len() as f64 + behind as f64 + queued as f64) / all_busy;
    let strength = match (crowds.len(), worst.share, hung) {
        (2.., s, _) if s >= scene.limits.downstream_share => 4,
        (_, s, 1..) if s >= scene.limits.downstream_share => 4,
        (2.., _, _) => 4,
        (_, s, _) if s >= 0.7 => 4,
        _ => 3,
    };
    // Calls that return, with a queue for connections longer than the pool: the pool is too small, the backend is not slow.
    let returning =
        queued as usize >= worst.threads.len() && hung == 0 && flow::calls_return(scene, process) == Some(true);
    // Busy threads that nobody complains about are a server at work.
    let at_work =
        queued + behind == 0 && !scene.has_symptom(process) && flow::calls_return(scene, process) != Some(false);
    let strength = if returning || at_work { 2 } else { strength };
    let target = target(scene, process, worst);
    let (n, share) = (worst.threads.len(), percent(worst.share));
    let shown = target.clone().unwrap_or_else(|| worst.place.clone());
    let frame = commonest_own_frame(&worst.threads);
    let began = scene
        .hang_began(process)
        .or_else(|| session_began(scene))
        .or_else(|| crowds.iter().filter_map(|c| scene.dump_time(c.dump)).min());
    found("downstream.slow", Cause::DownstreamSlow)
        .role(if at_work { Role::Context } else { Role::Cause })
        .severity(match (returning || at_work, worst.share) {
            (true, _) if at_work => Severity::Info,
            (true, _) => Severity::Medium,
            (_, share) if share >= 0.5 => Severity::Critical,
            _ => Severity::High,
        })
        .process(process)
        .time(began)
        .strength(strength)
        .coverage(coverage)
        .subject(Some(shown.clone()))
        .title(
            format!("{n} 个线程（忙碌线程的 {share}）在等 {shown} 的回答"),
            format!("{n} threads ({share} of the busy ones) wait for {shown} to answer"),
        )
        .detail(
            format!(
                "见于 {} 份转储；其后排队的线程 {} 个。{}",
                crowds.len(),
                behind + queued,
                frame
                    .as_deref()
                    .map(|f| format!("最常见的代码位置：{f}。"))
                    .unwrap_or_default()
            ),
            format!(
                "Seen in {} dumps; {} threads queue behind them. {}",
                crowds.len(),
                behind + queued,
                frame
                    .as_deref()
                    .map(|f| format!("Commonest code: {f}."))
                    .unwrap_or_default()
            ),
        )
        .fact("threads", n)
        .fact("share", rounded(worst.share))
        .fact("dumps", crowds.len())
        .fact("hung_messages", hung)
        .fact("queued_behind", behind + queued)
        .fact_opt("target", target)
        .fact_opt("frame", frame)
        .cite(
            worst
                .threads
                .iter()
                .take(3)
                .filter_map(|t| crate::diagnosis::scene::cite_thread(worst.dump, &t.name)),
        )
        .cite(crowds.iter().filter_map(|c| c.dump.artefact).map(Citation::artefact))
        .cite(
            scene
                .about(&[Theme::HungThread, Theme::TxTimeout])
                .filter(|s| s.process == process)
                .take(2)
                .map(|s| s.cite()),
        )
        .done()
}

/// The largest group of threads that wait in the same kind of downstream call.
fn crowd(dump: &DumpFacts) -> Option<Crowd<'_>> {
    let mut groups: BTreeMap<(Activity, String), Vec<&ThreadInfo>> = BTreeMap::new();
    for thread in busy(dump).filter(|t| matches!(t.activity, Activity::Database | Activity::Network)) {
        groups.entry((thread.activity, place(thread))).or_default().push(thread);
    }
    let ((_, place), threads) = groups.into_iter().max_by_key(|(_, threads)| threads.len())?;
    let waiting_for_pool = dump.threads.iter().filter(|t| t.activity == Activity::PoolWait).count();
    let busy_besides_queue = busy(dump).count().saturating_sub(waiting_for_pool).max(1);
    let share = threads.len() as f64 / busy_besides_queue as f64;
    Some(Crowd {
        dump,
        threads,
        place,
        share,
    })
}

/// What a thread waits for, by the driver or client in its frames.
pub(super) fn place(thread: &ThreadInfo) -> String {
    const CLIENTS: [(&str, &str); 17] = [
        ("oracle.jdbc", "Oracle"),
        ("oracle.net", "Oracle"),
        ("org.postgresql", "PostgreSQL"),
        ("com.mysql", "MySQL"),
        ("org.mariadb", "MariaDB"),
        ("com.microsoft.sqlserver", "SQL Server"),
        ("net.sourceforge.jtds", "SQL Server"),
        ("com.ibm.db2", "DB2"),
        ("dm.jdbc", "DM"),
        ("com.kingbase8", "Kingbase"),
        ("com.ibm.mq", "IBM MQ"),
        ("com.sun.jndi.ldap", "LDAP"),
        ("redis.clients", "Redis"),
        ("com.mongodb", "MongoDB"),
        ("org.apache.axis", "SOAP"),
        ("org.apache.cxf", "SOAP"),
        ("java.net.http", "HTTP"),
    ];
    for (prefix, name) in CLIENTS {
        if thread.frames.iter().any(|f| f.starts_with(prefix)) {
            return name.to_owned();
        }
    }
    if thread
        .frames
        .iter()
        .any(|f| f.contains("HttpURLConnection") || f.contains("http.impl") || f.contains("okhttp"))
    {
        return "HTTP".to_owned();
    }
    thread
        .own_frame
        .as_deref()
        .map(|f| f.split('(').next().unwrap_or(f).to_owned())
        .unwrap_or_else(|| "network".to_owned())
}

fn counts(scene: &Scene, crowd: &Crowd) -> bool {
    let n = crowd.threads.len() as f64;
    let blocks_many = crowd.dump.blockers.iter().any(|b| {
        crowd.threads.iter().any(|t| t.name == b.thread)
            && b.victims.max(b.blocked) as f64 >= scene.limits.blocked_threads
    });
    (n >= scene.limits.downstream_threads && crowd.share >= 0.3) || blocks_many
}

fn commonest_own_frame(threads: &[&ThreadInfo]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for frame in threads.iter().filter_map(|t| t.own_frame.as_deref()) {
        *counts.entry(frame).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0)))
        .map(|(frame, _)| frame.to_owned())
}

/// The remote address: from messages, from what pools say, from the busiest peer of netstat.
fn target(scene: &Scene, process: Option<usize>, crowd: &Crowd) -> Option<String> {
    let database = crowd.threads.first().is_some_and(|t| t.activity == Activity::Database);
    let from_messages = scene
        .about(&[
            Theme::ReadTimeout,
            Theme::ConnectTimeout,
            Theme::Reset,
            Theme::HungThread,
        ])
        .filter(|s| s.process == process)
        .find_map(targets::of);
    let from_any = || {
        let of_process = scene.of_process(process).filter(|s| s.is_trouble());
        of_process.filter(|_| !database).find_map(targets::of)
    };
    from_messages
        .or_else(|| busiest_peer(scene, database))
        .or_else(from_any)
        .or_else(|| Some(crowd.place.clone()))
}

/// The peer with most established connections whose port is a service's.
fn busiest_peer(scene: &Scene, database: bool) -> Option<String> {
    const DATABASE_PORTS: [&str; 8] = ["1521", "1526", "5432", "3306", "1433", "50000", "5236", "54321"];
    let mut peers: Vec<(u64, &str)> = scene
        .signs()
        .filter_map(|s| match &s.what {
            SignKind::Connections { state, peer, count } if state.eq_ignore_ascii_case("ESTABLISHED") => {
                Some((*count, peer.as_str()))
            }
            _ => None,
        })
        .filter(|(_, peer)| {
            let port = peer.rsplit([':', '.']).next().unwrap_or("");
            let ephemeral = port.parse::<u32>().is_ok_and(|p| p >= 32_768 && p != 50_000);
            let known = DATABASE_PORTS.contains(&port);
            !ephemeral && port.parse::<u32>().is_ok() && (known == database || !known)
        })
        .collect();
    let is_database = |peer: &str| DATABASE_PORTS.contains(&peer.rsplit([':', '.']).next().unwrap_or(""));
    peers.sort_by_key(|(count, peer)| {
        (
            std::cmp::Reverse(database && is_database(peer)),
            std::cmp::Reverse(*count),
            (*peer).to_owned(),
        )
    });
    peers.first().map(|(_, peer)| (*peer).to_owned())
}

/// Sessions that wait for locks of the database.
fn by_sessions(scene: &Scene) -> Vec<Finding> {
    let locked: Vec<(&Sign, u64, Option<f64>, Option<&String>)> = scene
        .signs()
        .filter_map(|s| match &s.what {
            SignKind::DbSessions {
                wait: Some(wait),
                count,
                longest_s,
                statement,
                state,
            } if is_lock_wait(wait) && !state.starts_with("idle") => Some((s, *count, *longest_s, statement.as_ref())),
            _ => None,
        })
        .collect();
    let total: u64 = locked.iter().map(|l| l.1).sum();
    let messages: Vec<_> = scene.about(&[Theme::DbLock]).collect();
    if (total as f64) < scene.limits.repeated && messages.len() < 3 {
        return Vec::new();
    }
    let statement = locked.iter().find_map(|l| l.3).cloned();
    let first_message = messages.iter().filter_map(|s| s.began).min();
    found("downstream.sessions-locked", Cause::DownstreamSlow)
        .severity(Severity::Critical)
        .time([session_began(scene), first_message].into_iter().flatten().min())
        .strength(4)
        .coverage(0.7)
        .subject(Some("database lock"))
        .title(
            format!("数据库中 {total} 个会话在等锁"),
            format!("{total} sessions of the database wait for locks"),
        )
        .detail(
            "有一个会话持有锁而不提交；请数据库管理员找出并处理持锁会话。",
            "One session holds a lock and does not commit; the DBA can find and end it.",
        )
        .fact("sessions", total)
        .fact("lock_messages", messages.len())
        .fact_opt("statement", statement)
        .cite(locked.iter().map(|l| l.0.citation.clone()))
        .cite(messages.iter().take(3).map(|s| s.cite()))
        .done()
        .into_iter()
        .collect()
}

fn is_lock_wait(wait: &str) -> bool {
    let wait = wait.to_ascii_lowercase();
    wait.starts_with("lock")
        || wait.contains("enq:")
        || wait.contains("row lock")
        || wait.contains("transactionid")
        || wait.contains("lock wait")
}

/// When the oldest waiting session began to wait.
fn session_began(scene: &Scene) -> Option<Timestamp> {
    scene
        .signs()
        .filter_map(|s| match &s.what {
            SignKind::DbSessions {
                wait: Some(wait),
                longest_s: Some(longest),
                ..
            } if is_lock_wait(wait) => {
                let at = scene.sign_time(s).or_else(|| scene.listing_time(s))?;
                at.checked_sub(SignedDuration::try_from_secs_f64(*longest).ok()?).ok()
            }
            _ => None,
        })
        .min()
}

/// Read timeouts against one target, without thread dumps.
fn by_timeouts(scene: &Scene) -> Vec<Finding> {
    let records: Vec<_> = scene
        .about(&[Theme::ReadTimeout, Theme::TxTimeout])
        .filter(|s| !s.themes.any(&[Theme::PoolTimeout, Theme::ConnectTimeout]))
        .collect();
    if (records.len() as f64) < scene.limits.repeated || scene.is_background(&records) {
        return Vec::new();
    }
    let target = records.iter().find_map(|s| targets::of(s));
    found("downstream.timeouts", Cause::DownstreamSlow)
        .process(records.first().and_then(|s| s.process))
        .time(records.iter().filter_map(|s| s.began).min())
        .strength(3)
        .coverage(scene.share_of_errors(&[Theme::ReadTimeout, Theme::TxTimeout]))
        .subject(target.clone())
        .title(
            format!(
                "{} 次下游调用或事务超时{}",
                records.len(),
                target.as_deref().map(|t| format!("（{t}）")).unwrap_or_default()
            ),
            format!(
                "{} calls or transactions timed out{}",
                records.len(),
                target.as_deref().map(|t| format!(" ({t})")).unwrap_or_default()
            ),
        )
        .detail(
            "对方接受了连接，却没有按时回答。",
            "The other side accepted the connection and did not answer in time.",
        )
        .fact("records", records.len())
        .fact_opt("target", target)
        .cite(records.iter().take(4).map(|s| s.cite()))
        .done()
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{Build, run_one, thread};
    use crate::diagnosis::verdict::{Cause, Role};
    use crate::threads::{Activity, ThreadInfo};

    fn crowd(database: usize, running: usize, idle: usize) -> Vec<ThreadInfo> {
        let of =
            |n: usize, a: Activity, p: &str| (0..n).map(move |i| thread(&format!("{p}{i}"), a)).collect::<Vec<_>>();
        [
            of(database, Activity::Database, "d"),
            of(running, Activity::Running, "r"),
            of(idle, Activity::Idle, "i"),
        ]
        .concat()
    }

    #[test]
    fn most_threads_in_the_database_twice_is_a_slow_backend() {
        let case = Build::new()
            .dump("10:00:00", crowd(20, 2, 30), |_| {})
            .dump("10:00:30", crowd(22, 1, 30), |_| {})
            .case();
        let findings = run_one(&super::DETECTOR, &case);
        assert_eq!((findings[0].cause, findings[0].strength), (Cause::DownstreamSlow, 4));
    }

    #[test]
    fn a_database_at_work_is_no_fault() {
        let other = (0..9).map(|i| thread(&format!("x{i}"), Activity::Database)).collect();
        let case = Build::new()
            .dump("10:00:00", crowd(9, 1, 30), |_| {})
            .dump("10:00:30", other, |_| {})
            .case();
        assert_eq!(run_one(&super::DETECTOR, &case)[0].role, Role::Context);
    }

    #[test]
    fn a_few_queries_among_many_workers_are_normal() {
        let case = Build::new().dump("10:00:00", crowd(3, 20, 30), |_| {}).case();
        assert!(run_one(&super::DETECTOR, &case).is_empty());
    }

    #[test]
    fn idle_listeners_do_not_count() {
        let case = Build::new().dump("10:00:00", crowd(0, 1, 60), |_| {}).case();
        assert!(run_one(&super::DETECTOR, &case).is_empty());
    }
}
