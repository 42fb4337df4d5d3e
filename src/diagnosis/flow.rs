//! Do calls to a backend return? That separates a pool too small for the load from a slow backend.

use super::scene::Scene;
use crate::threads::{Activity, DumpFacts};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Whether calls of a process return: `Some(true)` when the threads inside them change from dump to dump or as many requests
/// are served as before, `Some(false)` when they stay or far fewer are served, `None` when nothing shows it.
pub fn calls_return(scene: &Scene, process: Option<usize>) -> Option<bool> {
    holders_change(scene, process).or_else(|| served_as_before(scene, process))
}

/// The threads inside calls to a backend, by name.
fn inside(dump: &DumpFacts) -> BTreeSet<&str> {
    dump.threads
        .iter()
        .filter(|t| matches!(t.activity, Activity::Database | Activity::Network))
        .map(|t| t.name.as_str())
        .collect()
}

/// Compares the threads inside calls in consecutive dumps.
fn holders_change(scene: &Scene, process: Option<usize>) -> Option<bool> {
    let dumps = scene.dumps(process);
    let (mut same, mut all) = (0, 0);
    for pair in dumps.windows(2) {
        let [(_, before), (_, after)] = pair else { continue };
        let apart = match (scene.dump_time(before), scene.dump_time(after)) {
            (Some(a), Some(b)) => b.duration_since(a).as_secs(),
            _ => 0,
        };
        // Dumps taken at once, or a quarter of an hour apart, compare nothing.
        if !(3..=900).contains(&apart) {
            continue;
        }
        let (before, after) = (inside(before), inside(after));
        all += before.len();
        same += before.intersection(&after).count();
    }
    (all >= 3).then_some((same as f64) < 0.5 * all as f64)
}

/// Compares the requests served a minute before and after the trouble began.
fn served_as_before(scene: &Scene, process: Option<usize>) -> Option<bool> {
    let (id, access) = scene
        .access_logs()
        .find(|(id, a)| scene.case.process_of(*id) == process && a.degraded_from.is_some())?;
    let turn = scene.instant(Some(id), access.degraded_from)?;
    let served = |wanted: &dyn Fn(Timestamp) -> bool| -> Vec<u64> {
        access
            .minutes
            .iter()
            .filter(|m| scene.instant(Some(id), m.minute).is_some_and(wanted))
            .map(|m| m.requests.saturating_sub(m.server_errors))
            .collect()
    };
    let before = median(served(&|at| at < turn))?;
    let after = median(served(&|at| at >= turn))?;
    let ratio = after as f64 / before.max(1) as f64;
    match ratio {
        r if r >= 0.7 => Some(true),
        r if r < 0.4 => Some(false),
        _ => None,
    }
}

fn median(mut values: Vec<u64>) -> Option<u64> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{Build, thread};
    use crate::site::Site;

    fn answer(first: [&str; 3], second: [&str; 3]) -> Option<bool> {
        let dump = |names: [&str; 3]| names.iter().map(|n| thread(n, Activity::Database)).collect::<Vec<_>>();
        let case = Build::new()
            .dump("10:00:00", dump(first), |_| {})
            .dump("10:00:30", dump(second), |_| {})
            .case();
        let site = Site::default();
        calls_return(&Scene::new(&case, &site), Some(0))
    }

    #[test]
    fn other_threads_in_the_calls_mean_that_they_return() {
        assert_eq!(answer(["a", "b", "c"], ["d", "e", "f"]), Some(true));
        assert_eq!(answer(["a", "b", "c"], ["a", "b", "c"]), Some(false));
    }

    #[test]
    fn without_dumps_and_access_log_nothing_is_known() {
        let case = Build::new().case();
        let site = Site::default();
        assert_eq!(calls_return(&Scene::new(&case, &site), Some(0)), None);
    }
}
