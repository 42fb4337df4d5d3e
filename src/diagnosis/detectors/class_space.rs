//! Class space full, and old applications that stay loaded.

use crate::case::marks::Mark;
use crate::diagnosis::{
    detector::{Detector, found, percent, rounded, words},
    pressure,
    scene::{Scene, Seen},
    themes::Theme,
    verdict::{Cause, Confidence, Finding, Role, Severity},
};
use crate::{evidence::Citation, heap::SuspectKind, system::SignKind};
use std::collections::{BTreeMap, BTreeSet};

/// Class space full.
pub const METASPACE: Detector = Detector {
    id: "metaspace.exhausted",
    findings: &[
        ("metaspace.exhausted", words("元空间耗尽", "class space ran out")),
        (
            "metaspace.high",
            words("元空间接近上限", "class space is near its limit"),
        ),
    ],
    causes: &[Cause::MetaspaceExhausted],
    explain: words(
        "查找 OutOfMemoryError: Metaspace / Compressed class space / PermGen，回收日志中由元数据触发的回收。若原因是旧应用未卸载，则归为类加载器泄漏；若类数平稳，则是上限太小；若持续生成类，则是代理、脚本或 JSP。",
        "Looks for OutOfMemoryError: Metaspace / Compressed class space / PermGen and collections for metadata. Old applications that stay loaded make it a class-loader leak; a level class count a small limit; a steady rise generated proxies, scripts or JSPs.",
    ),
    run: metaspace,
};

/// Old copies of applications stay loaded.
pub const LOADERS: Detector = Detector {
    id: "classloader.leak",
    findings: &[(
        "classloader.leak",
        words(
            "旧的应用类加载器未被回收",
            "class loaders of replaced applications stay alive",
        ),
    )],
    causes: &[Cause::ClassloaderLeak],
    explain: words(
        "查找重新部署后仍然存活的应用类加载器：堆转储或 javacore 中同一应用的加载器有多个，日志中有“failed to stop it”一类的告警，每次部署类数上一个台阶。\
         应整体重启 JVM，不要热部署。可能误判：有意并存的两个版本；OSGi、JSP 与反射加载器本来就多。",
        "Looks for application class loaders that live on after a redeploy: several loaders of one application in a heap dump or javacore, warnings like failed to stop it, class counts that step up at each deploy. \
         Restart the whole JVM instead of deploying hot. Wrong for two versions side by side on purpose; OSGi, JSP and reflection loaders are many by design.",
    ),
    run: loaders,
};

fn metaspace(scene: &Scene) -> Vec<Finding> {
    scene
        .processes()
        .into_iter()
        .filter_map(|process| metaspace_of(scene, process))
        .collect()
}

fn metaspace_of(scene: &Scene, process: Option<usize>) -> Option<Finding> {
    let records: Vec<&Seen> = scene
        .of_process(process)
        .filter(|s| s.themes.has(Theme::OomMetaspace))
        .collect();
    let gc = scene.gcs(process).max_by_key(|g| g.metadata_triggered);
    let near = scene.signs().find_map(|s| match &s.what {
        SignKind::Metaspace {
            used,
            limit: Some(limit),
            ..
        } if *limit > 0 && *used as f64 >= scene.limits.metaspace_share * *limit as f64 => Some((s, *used, *limit)),
        _ => None,
    });
    let by_gc = gc
        .and_then(|g| g.metaspace)
        .and_then(|(used, limit)| Some(used as f64 / limit? as f64));
    let high = near.is_some() || by_gc.is_some_and(|s| s >= scene.limits.metaspace_share);
    let triggered = gc.map_or(0, |g| g.metadata_triggered);
    // Collections for metadata again and again free nothing: the space is at its limit, even if the error reached no log.
    let pressed = first_metadata_run(scene, process);
    let futile = pressed.is_some() && triggered >= 10;
    if records.is_empty() && !futile && !(high && triggered >= 5) {
        return None;
    }
    let first = records.iter().filter_map(|s| s.at).min();
    found(
        if records.is_empty() {
            "metaspace.high"
        } else {
            "metaspace.exhausted"
        },
        Cause::MetaspaceExhausted,
    )
    .severity(if records.is_empty() && !futile {
        Severity::High
    } else {
        Severity::Critical
    })
    .process(process)
    .time([first, pressed].into_iter().flatten().min())
    .strength(match (records.is_empty(), futile, high) {
        (false, true, _) | (true, true, true) => 5,
        (false, ..) | (_, true, _) => 4,
        _ => 3,
    })
    // Old loaders fill the same space (HEURISTICS.md, metaspace-exhausted): sure only when the loaders were looked at.
    .at_most((!loaders_known(scene, process)).then_some(Confidence::Medium))
    .coverage(scene.share_of_errors(&[Theme::OomMetaspace, Theme::Linkage]).max(0.5))
    .title(
        format!(
            "类元数据占满上限：{} 条报错，由元数据触发的回收 {triggered} 次",
            records.len()
        ),
        format!(
            "class metadata reached its limit: {} errors, {triggered} collections for it",
            records.len()
        ),
    )
    .detail("此后不能再加载类。", "No further class can be loaded.")
    .fact("records", records.len())
    .fact("metadata_collections", triggered)
    .fact_opt("used_share", by_gc.map(rounded))
    .cite(records.iter().take(4).map(|s| s.cite()))
    .cite(
        gc.filter(|g| g.metadata_triggered > 0)
            .and_then(|g| g.artefact)
            .map(Citation::artefact),
    )
    .cite(near.map(|n| n.0.citation.clone()))
    .done()
}

/// First collection of a run that metadata forced again and again (five within a minute).
fn first_metadata_run(scene: &Scene, process: Option<usize>) -> Option<jiff::Timestamp> {
    scene
        .gcs(process)
        .filter_map(|g| {
            let forced: Vec<jiff::Timestamp> = g
                .events
                .iter()
                .filter(|e| {
                    e.cause
                        .as_deref()
                        .is_some_and(|c| c.contains("Metadata GC") || c.contains("Last ditch"))
                })
                .filter_map(|e| scene.instant(g.artefact, e.time))
                .collect();
            forced.windows(5).find_map(|w| match w {
                [first, .., last] if last.duration_since(*first).as_secs() <= 60 => Some(*first),
                _ => None,
            })
        })
        .min()
}

/// True when a heap dump, a thread dump or a listing counts the class loaders.
fn loaders_known(scene: &Scene, process: Option<usize>) -> bool {
    scene.dumps(process).iter().any(|(_, d)| !d.class_loaders.is_empty())
        || scene.heaps(process).any(|h| !h.class_loaders.is_empty())
        || scene.has_sign(|w| matches!(w, SignKind::Metaspace { loaders, .. } if !loaders.is_empty()))
}

/// Loaders of one application by the place that lists them.
struct Copies {
    class: String,
    count: u64,
    citation: Citation,
    strength: u8,
}

fn loaders(scene: &Scene) -> Vec<Finding> {
    scene
        .processes()
        .into_iter()
        .filter_map(|process| loaders_of(scene, process))
        .collect()
}

fn loaders_of(scene: &Scene, process: Option<usize>) -> Option<Finding> {
    let records: Vec<&Seen> = scene.of_process(process).collect();
    let warnings: Vec<&&Seen> = records.iter().filter(|s| s.themes.has(Theme::AppLeak)).collect();
    let deployments: BTreeSet<Option<jiff::Timestamp>> = records
        .iter()
        .filter(|s| matches!(s.mark, Some(Mark::Deploy)))
        .map(|s| s.at)
        .collect();
    let removals = records
        .iter()
        .filter(|s| matches!(s.mark, Some(Mark::Undeploy)))
        .count();
    let copies = copies(scene, process);
    let suspect = scene
        .heaps(process)
        .filter_map(|h| {
            Some((
                h.artefact,
                h.suspects.iter().find(|s| s.kind == SuspectKind::ClassLoader)?,
            ))
        })
        .max_by(|a, b| a.1.share.total_cmp(&b.1.share));
    let full = records.iter().any(|s| s.themes.has(Theme::OomMetaspace))
        || first_metadata_run(scene, process).is_some()
        || pressure::of(scene).iter().any(|p| p.process == process);
    let redeployed = deployments.len() >= 2 || removals > 0;
    let many = copies.iter().any(|c| c.count as f64 > scene.limits.stale_loaders);
    if !(suspect.is_some() || many || (warnings.len() >= 2 && redeployed && full)) {
        return None;
    }
    if suspect.is_none() && !redeployed && warnings.is_empty() && !full {
        return None;
    }
    let best = copies.iter().max_by_key(|c| (c.strength, c.count));
    let strength = match (suspect.is_some(), many, !warnings.is_empty() || redeployed) {
        _ if !full => 2,
        (true, _, true) | (true, true, _) | (_, true, true) => 5,
        (true, ..) => 4,
        (_, true, _) => 4,
        _ => 3,
    };
    let first_oom = records
        .iter()
        .filter(|s| s.themes.any(&[Theme::OomMetaspace, Theme::OomHeap]))
        .filter_map(|s| s.at)
        .min();
    let began = [first_metadata_run(scene, process), first_oom]
        .into_iter()
        .flatten()
        .min();
    let pressed = pressure::of(scene)
        .into_iter()
        .find(|p| p.process == process)
        .and_then(|p| p.began);
    let holder = suspect
        .map(|(_, s)| s.holder_class.clone())
        .or_else(|| best.map(|c| c.class.clone()))
        .unwrap_or_default();
    let keeper = suspect.map(|(_, s)| s.accumulator_class.clone());
    let count = best.map_or(0, |c| c.count);
    found("classloader.leak", Cause::ClassloaderLeak)
        .severity(if full { Severity::Critical } else { Severity::Low })
        .role(if full { Role::Cause } else { Role::Context })
        .process(process)
        .time([began, pressed].into_iter().flatten().min())
        .strength(strength)
        .coverage(suspect.map_or(0.7, |(_, s)| s.share.max(0.7)))
        .subject(Some(holder.clone()))
        .title(
            format!("应用类加载器 {holder} 有 {count} 个仍然存活"),
            format!("{count} class loaders {holder} are alive"),
        )
        .detail(
            format!(
                "重新部署 {} 次，停止不彻底的告警 {} 条。{}",
                deployments.len().saturating_sub(1).max(removals),
                warnings.len(),
                keeper
                    .as_deref()
                    .map(|k| format!("使其存活的对象：{k}。"))
                    .unwrap_or_default()
            ),
            format!(
                "{} redeployments, {} warnings about incomplete stops. {}",
                deployments.len().saturating_sub(1).max(removals),
                warnings.len(),
                keeper
                    .as_deref()
                    .map(|k| format!("Kept alive by {k}."))
                    .unwrap_or_default()
            ),
        )
        .fact("loaders", count)
        .fact("deployments", deployments.len())
        .fact("warnings", warnings.len())
        .fact_opt("share", suspect.map(|(_, s)| rounded(s.share)))
        .fact_opt("share_shown", suspect.map(|(_, s)| percent(s.share)))
        .cite(suspect.and_then(|(id, s)| {
            Some(Citation {
                object: s.holder,
                ..Citation::artefact(id?)
            })
        }))
        .cite(copies.iter().map(|c| c.citation.clone()))
        .cite(warnings.iter().take(4).map(|s| s.cite()))
        .done()
}

/// Application loaders listed more than once. Libraries' own loaders (reflection, JSP, OSGi, scripts) are many by design.
fn copies(scene: &Scene, process: Option<usize>) -> Vec<Copies> {
    let mut all = Vec::new();
    for (_, dump) in scene.dumps(process) {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for loader in dump.class_loaders.iter().filter(|l| is_application_loader(&l.class)) {
            *counts.entry(&loader.class).or_default() += 1;
        }
        if let (Some((class, count)), Some(id)) = (counts.into_iter().max_by_key(|(_, c)| *c), dump.artefact) {
            all.push(Copies {
                class: class.to_owned(),
                count,
                citation: Citation::artefact(id),
                strength: 4,
            });
        }
    }
    for heap in scene.heaps(process) {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for loader in heap.class_loaders.iter().filter(|l| is_application_loader(&l.class)) {
            *counts.entry(&loader.class).or_default() += 1;
        }
        if let (Some((class, count)), Some(id)) = (counts.into_iter().max_by_key(|(_, c)| *c), heap.artefact) {
            all.push(Copies {
                class: class.to_owned(),
                count,
                citation: Citation::artefact(id),
                strength: 4,
            });
        }
    }
    for sign in scene.signs() {
        if let SignKind::Metaspace { loaders, .. } = &sign.what
            && let Some((class, count)) = loaders
                .iter()
                .filter(|(c, _)| is_application_loader(c))
                .max_by_key(|(_, c)| *c)
        {
            all.push(Copies {
                class: class.clone(),
                count: *count,
                citation: sign.citation.clone(),
                strength: 4,
            });
        }
    }
    all
}

fn is_application_loader(class: &str) -> bool {
    const WEB: [&str; 14] = [
        "WebappClassLoader",
        "ParallelWebappClassLoader",
        "WebAppClassLoader",
        "CompoundClassLoader",
        "AppClassLoader4",
        "GenericClassLoader",
        "ChangeAwareClassLoader",
        "FilteringClassLoader",
        "ModuleClassLoader",
        "EarLibClassLoader",
        "AppClassLoader.liberty",
        "ThreadContextClassLoader",
        "LaunchedURLClassLoader",
        "RestartClassLoader",
    ];
    let simple = class.rsplit('.').next().unwrap_or(class);
    WEB.contains(&simple)
}

#[cfg(test)]
mod tests {
    use super::{LOADERS, METASPACE};
    use crate::diagnosis::testing::{Build, run_one, thread};
    use crate::diagnosis::verdict::{Cause, Role};
    use crate::threads::{Activity, DumpLoader};

    const OOM: &str = "10:09:00 E java.lang.OutOfMemoryError: Metaspace";

    fn loader() -> DumpLoader {
        DumpLoader {
            class: "org.apache.catalina.loader.ParallelWebappClassLoader".into(),
            object: None,
            classes: 900,
        }
    }

    #[test]
    fn the_runtimes_word_is_metaspace() {
        assert_eq!(
            run_one(&METASPACE, &Build::new().log(OOM).case())[0].cause,
            Cause::MetaspaceExhausted
        );
        assert!(
            run_one(
                &METASPACE,
                &Build::new()
                    .log("10:00:00 E java.lang.OutOfMemoryError: Java heap space")
                    .case()
            )
            .is_empty()
        );
    }

    #[test]
    fn many_copies_of_one_application_are_a_leak() {
        let case = Build::new()
            .log(OOM)
            .log("10:01:00 W The web application [a] appears to have started a thread named [x] but has failed to stop it")
            .dump("10:09:10", vec![thread("w", Activity::Idle)], |d| d.class_loaders = vec![loader(); 9])
            .case();
        let findings = run_one(&LOADERS, &case);
        assert_eq!((findings[0].cause, findings[0].strength), (Cause::ClassloaderLeak, 5));
    }

    #[test]
    fn two_applications_in_one_server_are_normal() {
        let case = Build::new()
            .dump("10:09:10", vec![], |d| d.class_loaders = vec![loader(); 2])
            .case();
        assert!(run_one(&LOADERS, &case).iter().all(|f| f.role == Role::Context));
    }
}
