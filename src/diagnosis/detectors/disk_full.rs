//! A file system has no space or inodes left.

use crate::diagnosis::{
    detector::{Detector, found, percent, rounded, words},
    scene::{Scene, Seen},
    themes::Theme,
    verdict::{Cause, Finding, Role, Severity},
};
use crate::system::{Sign, SignKind};

/// The detector.
pub const DETECTOR: Detector = Detector {
    id: "disk.full",
    findings: &[
        ("disk.full", words("文件系统写满", "a file system ran full")),
        (
            "disk.nearly-full",
            words("文件系统将满", "a file system is nearly full"),
        ),
    ],
    causes: &[Cause::DiskFull],
    explain: words(
        "查找“No space left on device”等写失败、df 中接近 100 % 的文件系统、errpt 的空间不足记录。日志、事务日志、转储写不下去，线程会堵在写日志上。\
         关键是时间：第一次写失败是否早于其他症状；若是反复内存溢出的转储把盘写满，则内存问题在前。可能误判：只读介质；别的主机的 df。",
        "Looks for failed writes (No space left on device …), file systems near 100 % in df, errpt entries about space. Logs, transaction logs and dumps cannot be written, threads block in logging. \
         Time decides: did the first failed write come before the other symptoms? When dumps of repeated memory errors filled the disk, memory comes first. Wrong for read-only media and another host's df.",
    ),
    run,
};

fn run(scene: &Scene) -> Vec<Finding> {
    let records: Vec<&Seen> = scene.about(&[Theme::NoSpace]).collect();
    let told: Vec<&Sign> = scene
        .signs()
        .filter(|s| matches!(&s.what, SignKind::NoSpace { .. }))
        .collect();
    let full: Vec<(&Sign, &str, f64, bool)> = scene
        .signs()
        .filter_map(|s| match &s.what {
            SignKind::FileSystem { mount, used, inodes }
                if *used >= scene.limits.disk_full_share && !is_read_only(mount) =>
            {
                Some((s, mount.as_str(), *used, *inodes))
            }
            _ => None,
        })
        .collect();
    if records.is_empty() && told.is_empty() {
        return full
            .first()
            .and_then(|(sign, mount, used, _)| nearly(scene, sign, mount, *used))
            .into_iter()
            .collect();
    }
    let mount = full.first().map(|(_, mount, ..)| (*mount).to_owned()).or_else(|| {
        told.iter().find_map(|s| match &s.what {
            SignKind::NoSpace { mount } => Some(mount.clone()),
            _ => None,
        })
    });
    let kinds = [!records.is_empty(), !told.is_empty(), !full.is_empty()]
        .iter()
        .filter(|k| **k)
        .count();
    let first = records
        .iter()
        .filter_map(|s| s.at)
        .chain(told.iter().filter_map(|s| scene.sign_time(s)))
        .min();
    let first_record = records.iter().filter_map(|s| s.at).min();
    // errpt's summary has minutes only; a failed write within that minute is more exact.
    let began = match (first, first_record) {
        (Some(first), Some(record)) if record.duration_since(first).as_secs() <= 60 => Some(record),
        (first, _) => first,
    };
    let shown = mount.clone().unwrap_or_default();
    found("disk.full", Cause::DiskFull)
        .severity(Severity::Critical)
        .process(records.first().and_then(|s| s.process))
        .time(began)
        .strength(if kinds >= 2 {
            5
        } else if records.len() >= 2 || !told.is_empty() {
            4
        } else {
            3
        })
        .coverage(scene.share_of_errors(&[Theme::NoSpace]).max(0.6))
        .subject(mount.clone())
        .title(
            format!("文件系统 {shown} 已满，{} 次写失败", records.len()),
            format!("file system {shown} is full; {} writes failed", records.len()),
        )
        .detail(
            format!("系统记录 {} 条；df 显示已满的文件系统 {} 个。", told.len(), full.len()),
            format!(
                "{} entries of the system; df shows {} full file systems.",
                told.len(),
                full.len()
            ),
        )
        .fact("failed_writes", records.len())
        .fact("system_entries", told.len())
        .fact_opt("mount", mount)
        .fact_opt("used_share", full.first().map(|f| rounded(f.2)))
        .fact_opt("inodes", full.first().map(|f| f.3))
        .cite(records.iter().take(4).map(|s| s.cite()))
        .cite(told.iter().take(3).map(|s| s.citation.clone()))
        .cite(full.iter().take(3).map(|f| f.0.citation.clone()))
        .done()
        .into_iter()
        .collect()
}

/// Media that are always full.
fn is_read_only(mount: &str) -> bool {
    ["/media", "/cdrom", "/snap", "/mnt/iso", "/proc", "/dev"]
        .iter()
        .any(|m| mount.starts_with(m))
}

fn nearly(scene: &Scene, sign: &Sign, mount: &str, used: f64) -> Option<Finding> {
    found("disk.nearly-full", Cause::DiskFull)
        .severity(Severity::Medium)
        .role(Role::Context)
        .time(scene.sign_time(sign))
        .strength(2)
        .coverage(0.1)
        .subject(Some(mount))
        .title(
            format!("文件系统 {mount} 已用 {}", percent(used)),
            format!("file system {mount} is {} full", percent(used)),
        )
        .detail("尚未见到写失败。", "No failed write was seen yet.")
        .fact("used_share", rounded(used))
        .cite([sign.citation.clone()])
        .done()
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{Build, run_one};
    use crate::diagnosis::verdict::{Cause, Role};
    use crate::system::SignKind;

    fn df(used: f64) -> SignKind {
        SignKind::FileSystem {
            mount: "/opt".into(),
            used,
            inodes: false,
        }
    }

    #[test]
    fn a_failed_write_and_df_agree() {
        let case = Build::new()
            .log("10:00:00 E java.io.IOException: No space left on device")
            .sign("10:01:00", df(1.0))
            .case();
        let findings = run_one(&super::DETECTOR, &case);
        assert_eq!((findings[0].cause, findings[0].strength), (Cause::DiskFull, 5));
    }

    #[test]
    fn a_full_disk_without_a_failed_write_is_a_risk_only() {
        let case = Build::new().sign("10:01:00", df(0.99)).case();
        assert_eq!(run_one(&super::DETECTOR, &case)[0].role, Role::Context);
    }

    #[test]
    fn ordinary_use_is_nothing() {
        assert!(run_one(&super::DETECTOR, &Build::new().sign("10:01:00", df(0.8)).case()).is_empty());
    }
}
