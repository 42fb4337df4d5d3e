//! Risks of a quiet day: limits that are near or growing near, and findings that have not become an incident.

use crate::{
    diagnosis::{Severity, Status},
    report::{GcView, Reading, ReportModel, RiskView, readings, units},
    words::Text,
};

/// Shares of a limit from which on it is a risk, and a high one.
const BOUNDS: [(&str, f64, f64); 4] = [
    ("heap", 0.6, 0.8),
    ("pool", 0.7, 0.9),
    ("disk", 0.8, 0.9),
    ("paging", 0.5, 0.7),
];
/// Days to a full heap from which on growth is a risk, and a high one.
const DAYS: (f64, f64) = (30.0, 3.0);
/// Share of time in collections from which on it is a risk, and a high one.
const GC: (f64, f64) = (0.05, 0.1);

/// The list, worst first.
pub(super) fn risks(model: &ReportModel) -> Vec<RiskView> {
    let json = serde_json::to_value(model).unwrap_or_default();
    let mut risks: Vec<RiskView> = readings(&json).iter().filter_map(near).collect();
    risks.extend(model.gc.iter().filter_map(growth));
    risks.extend(model.gc.iter().filter_map(share_of_gc));
    let open = |s: Severity| s >= Severity::Medium;
    risks.extend(model.findings.iter().filter(|f| open(f.severity)).map(|f| RiskView {
        kind: "finding".to_owned(),
        of: f.reference(),
        level: f.severity,
        title: f.title.clone(),
        advice: Text::new(
            "见“发现”中的证据；排入下一次变更",
            "see the evidence under Findings; plan it with the next change",
        ),
        ..RiskView::default()
    }));
    risks.sort_by(|a, b| {
        b.level
            .cmp(&a.level)
            .then_with(|| b.share.unwrap_or(0.0).total_cmp(&a.share.unwrap_or(0.0)))
    });
    risks
}

/// The headline of an inspection.
pub(super) fn headline(status: Status, risks: &[RiskView]) -> Text {
    let high = risks.iter().filter(|r| r.level >= Severity::High).count();
    match (risks.len(), status) {
        (0, Status::None) => Text::new("巡检未发现风险", "The inspection found no risk"),
        (0, _) => Text::new(
            "巡检未发现风险，但证据不足以说明一切正常",
            "The inspection found no risk, but the evidence does not suffice to call all well",
        ),
        (n, _) => Text::new(
            format!("巡检发现 {n} 项风险，其中高风险 {high} 项"),
            format!(
                "The inspection found {n} {}, {high} of them high",
                if n == 1 { "risk" } else { "risks" }
            ),
        ),
    }
}

/// The level of a figure between two bounds.
fn level(value: f64, (medium, high): (f64, f64)) -> Option<Severity> {
    if value >= high {
        Some(Severity::High)
    } else if value >= medium {
        Some(Severity::Medium)
    } else {
        None
    }
}

/// A limit that is near.
fn near(reading: &Reading) -> Option<RiskView> {
    let (_, medium, high) = BOUNDS.into_iter().find(|(kind, ..)| *kind == reading.kind)?;
    let share = reading.value / reading.bound;
    let level = level(share, (medium, high))?;
    let (of, percent) = (&reading.of, units::percent(share));
    let (title, advice) = match reading.kind {
        "heap" => (
            Text::new(
                format!("{of} 回收后仍占堆上限的 {percent}"),
                format!("{of}: {percent} of the heap limit lives on after collection"),
            ),
            Text::new(
                "取一份堆转储看谁在增长；评估 -Xmx",
                "take a heap dump to see what grows; review -Xmx",
            ),
        ),
        "pool" => (
            Text::new(
                format!("池 {of} 峰值占用 {percent}"),
                format!("pool {of} peaks at {percent}"),
            ),
            Text::new(
                "查占用者在等什么；核对池大小与并发",
                "see what the busy ones wait for; review size against load",
            ),
        ),
        "disk" => (
            Text::new(
                format!("文件系统 {of} 已用 {percent}"),
                format!("file system {of} is {percent} full"),
            ),
            Text::new(
                "提交清理或扩容变更（需批准），不要直接删除",
                "file a change to clean up or extend (needs approval); do not just delete",
            ),
        ),
        _ => (
            Text::new(
                format!("换页空间 {of} 已用 {percent}"),
                format!("paging space {of} is {percent} used"),
            ),
            Text::new(
                "核对内存配置与各 JVM 堆之和",
                "review memory against the sum of the heaps",
            ),
        ),
    };
    Some(RiskView {
        kind: reading.kind.to_owned(),
        of: of.clone(),
        level,
        share: Some(super::share(share)),
        title,
        advice,
        ..RiskView::default()
    })
}

/// A heap that grows towards its limit.
fn growth(gc: &GcView) -> Option<RiskView> {
    /// A line through less than an hour says nothing of days.
    const LEAST: f64 = 3_600.0;
    let (slope, live, max) = (gc.leak_slope_bytes_per_s?, gc.last_heap_after?, gc.heap_max?);
    if slope <= 0.0 || gc.span_s < LEAST {
        return None;
    }
    let days = max.saturating_sub(live) as f64 / slope / 86_400.0;
    let level = level(-days, (-DAYS.0, -DAYS.1))?;
    let shown = units::minutes((days * 1440.0).round() as i64);
    Some(RiskView {
        kind: "growth".to_owned(),
        of: gc.artefact.clone(),
        level,
        days_left: Some(super::figure(days)),
        title: Text::new(
            format!("堆按现在的速度 {shown} 后写满"),
            format!("the heap is full in {shown} at this rate"),
        ),
        advice: Text::new(
            "在写满之前取堆转储；安排计划内重启",
            "take a heap dump before that; plan a restart",
        ),
        artefact: gc.artefact.clone(),
        ..RiskView::default()
    })
}

fn share_of_gc(gc: &GcView) -> Option<RiskView> {
    let share = gc.worst_share.unwrap_or(gc.gc_share).max(gc.gc_share);
    let level = level(share, GC)?;
    let percent = units::percent(share);
    Some(RiskView {
        kind: "gc".to_owned(),
        of: gc.artefact.clone(),
        level,
        share: Some(super::share(share)),
        title: Text::new(
            format!("垃圾回收停顿占时 {percent}"),
            format!("{percent} of the time goes into collection pauses"),
        ),
        advice: Text::new("核对堆大小与回收策略", "review heap size and collector policy"),
        artefact: gc.artefact.clone(),
        ..RiskView::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::PoolView;

    #[test]
    fn near_and_growing_limits_are_risks_and_ordinary_ones_are_not() {
        let gc = |last, slope| GcView {
            last_heap_after: Some(last),
            heap_max: Some(1_000_000_000),
            leak_slope_bytes_per_s: Some(slope),
            span_s: 86_400.0,
            ..GcView::default()
        };
        let pool = |name: &str, busy| PoolView {
            name: name.to_owned(),
            size: 50,
            busy,
            ..PoolView::default()
        };
        let model = ReportModel {
            gc: vec![gc(500_000_000, 3_000.0), gc(100_000_000, -5.0)],
            pools: vec![pool("WebContainer", 48), pool("Default", 4)],
            ..ReportModel::default()
        };
        let found = risks(&model);
        let kinds: Vec<(&str, Severity)> = found.iter().map(|r| (r.kind.as_str(), r.level)).collect();
        assert_eq!(kinds, [("pool", Severity::High), ("growth", Severity::High)]);
        assert!(headline(Status::None, &found).en.contains("2 risks"));
        assert!(risks(&ReportModel::default()).is_empty());
    }
}
