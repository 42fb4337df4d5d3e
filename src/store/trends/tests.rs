use super::*;
use crate::store::{Aftermath, Store};
use serde_json::{Value, json};

fn report(id: &str, onset: &str, fingerprint: &str) -> Value {
    json!({
        "schema": "goldenhour.report/1",
        "incident": {"id": id, "onset": onset, "priority": "critical", "modules": ["药房"],
                     "due": {"workaround": "2026-11-20T11:30:00+08:00"}},
        "verdict": {"status": "determined", "cause": "deadlock", "fingerprint": fingerprint,
                    "headline": {"zh": "死锁", "en": "deadlock"}},
        "processes": [{"id": "p1", "name": "server1"}]
    })
}

fn store() -> Store {
    let mut store = Store::in_memory().unwrap();
    for (id, onset, fingerprint, restored) in [
        ("a", "2026-11-20T10:30:00+08:00", "f", Some("2026-11-20T11:10:00+08:00")),
        ("b", "2026-11-20T10:00:00+08:00", "f", Some("2026-11-20T12:00:00+08:00")),
        ("c", "2026-12-31T23:59:00+08:00", "g", None),
    ] {
        store
            .record(&report(id, onset, fingerprint), "2027-01-01T00:00:00Z")
            .unwrap();
        let after = Aftermath {
            restored_at: restored.map(str::to_owned),
            ..Aftermath::default()
        };
        assert!(store.set(id, &after, "2027-01-01T00:00:00Z").unwrap());
    }
    store
}

#[test]
fn incidents_fall_into_their_periods() {
    let store = store();
    let of = |length| store.trends(&Filter::default(), length, Offset::constant(8)).unwrap();
    let found = of(Length::Month);
    let names: Vec<&str> = found.periods.iter().map(|p| p.period.as_str()).collect();
    assert_eq!(names, ["2026-11", "2026-12"]);
    let november = &found.periods[0];
    assert_eq!((november.incidents, november.recurrent), (2, 1));
    assert_eq!(november.recover_median_min, Some(80.0));
    let want = Promise {
        kept: 1,
        missed: 1,
        unknown: 0,
    };
    assert_eq!(november.workaround, want);
    let one = |name: &str, count| {
        vec![CauseCount {
            name: name.to_owned(),
            count,
        }]
    };
    assert_eq!(november.priorities, one("critical", 2));
    assert_eq!(november.components, one("server1", 2));
    assert_eq!(november.modules, one("药房", 2));
    assert_eq!(found.total.workaround.unknown, 1);
    assert_eq!(found.recurrences[0].incidents, ["b", "a"]);
    assert_eq!(found.recurring_kinds, 1);
    assert_eq!((found.expenses[0].minutes, found.expenses[0].told), (160.0, 2));
    let first = |length| of(length).periods[0].period.clone();
    assert_eq!(
        [Length::Week, Length::Quarter, Length::Half, Length::Year].map(first),
        ["2026-W47", "2026-Q4", "2026-H2", "2026"]
    );
}

#[test]
fn filters_leave_out_what_is_early_or_elsewhere() {
    let store = store();
    let count = |filter: Filter| {
        let trends = store.trends(&filter, Length::Year, Offset::UTC).unwrap();
        trends.total.incidents
    };
    let since = Some("2026-12-01T00:00:00Z".parse().unwrap());
    assert_eq!(count(Filter { since, site: None }), 1);
    let site = Some("elsewhere".to_owned());
    assert_eq!(count(Filter { since: None, site }), 0);
}

#[test]
fn no_incidents_give_no_periods() {
    let store = Store::in_memory().unwrap();
    let trends = store.trends(&Filter::default(), Length::Week, Offset::UTC).unwrap();
    assert!(trends.periods.is_empty());
}

#[test]
fn what_came_back_is_a_sentence() {
    let mut before = crate::store::Incident {
        onset: Some("2026-03-03T10:00:00+08:00".to_owned()),
        ..crate::store::Incident::default()
    };
    before.after.fix = Some("patch 2.3".to_owned());
    let words = comeback(&before, "2026-04-13T12:00:00+08:00");
    assert_eq!(
        words.en,
        "The same as on 3 March 2026, fixed by: patch 2.3, came back after 41 days."
    );
    assert_eq!(
        words.zh,
        "与 2026 年 3 月 3 日的事件相同，当时的处理：patch 2.3，41 天后再次出现。"
    );
}
