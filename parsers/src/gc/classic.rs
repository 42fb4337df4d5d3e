//! Verbose GC of the IBM classic VM (1.3, 1.4): `<AF[2]: …>` and `<GC(2): …>` lines.

use super::{
    bytes::{Lines, after, before, ctime, integer, text},
    record::{Clock, Collection, Format, Summary, Trigger},
};
use crate::Parsed;

/// Reads the log. The pause is the allocation failure's own time where there is one, else the collection's.
pub(crate) fn scan<'a>(input: &'a [u8], sink: &mut dyn FnMut(Collection<'a>)) -> Parsed<Summary> {
    let mut summary = Summary {
        format: Some(Format::J9Classic),
        collector: "optthruput",
        vm: Some("IBM classic VM".to_owned()),
        ..Summary::default()
    };
    let mut clock = Clock::default();
    let mut now = Collection::default();
    let mut ready = false;
    let mut in_failure = false;
    let mut requested = None;
    for line in Lines::new(input) {
        let bytes = line.bytes.trim_ascii_start();
        let is_failure = bytes.starts_with(b"<AF[");
        if !is_failure && !bytes.starts_with(b"<GC(") {
            continue;
        }
        if is_failure {
            if let Some(value) = after(bytes, b"Allocation Failure. need ") {
                flush(&mut now, &mut ready, &mut summary, sink);
                requested = integer(value).map(|(n, _)| n);
                in_failure = true;
            } else if let Some((ms, _)) = after(bytes, b": completed in ").and_then(integer) {
                if ready {
                    now.pause_ms = Some(ms as f64);
                }
                now.cause = Some("allocation failure");
                now.requested = requested.take();
                flush(&mut now, &mut ready, &mut summary, sink);
                in_failure = false;
            }
            continue;
        }
        if let Some(date) = after(bytes, b"GC cycle started ") {
            if ready {
                flush(&mut now, &mut ready, &mut summary, sink);
            }
            now.time = ctime(text(date)).map(|(s, _)| s);
            clock.note(now.time, None);
        } else if let Some(value) = after(bytes, b": freed ") {
            let Some((free, total)) = pair(value) else { continue };
            let (freed, _) = integer(value).unwrap_or((0, b""));
            now.after = Some(total.saturating_sub(free));
            now.before = now.after.map(|a| a.saturating_add(freed));
            now.capacity = Some(total);
            now.pause_ms = after(value, b", in ").and_then(integer).map(|(n, _)| n as f64);
            now.line = line.number;
            (now.full, now.whole_heap) = (true, true);
            if !in_failure {
                now.cause = Some("system");
                now.trigger = Trigger::Explicit;
            }
            ready = true;
        }
    }
    flush(&mut now, &mut ready, &mut summary, sink);
    clock.finish(&mut summary);
    Parsed::whole(summary)
}

fn flush<'a>(now: &mut Collection<'a>, ready: &mut bool, summary: &mut Summary, sink: &mut dyn FnMut(Collection<'a>)) {
    let collection = std::mem::take(now);
    if std::mem::take(ready) {
        summary.full += 1;
        sink(collection);
    }
}

/// `… (free/total)…`: free comes first.
fn pair(value: &[u8]) -> Option<(u64, u64)> {
    let inside = before(after(value, b"(")?, b")")?;
    let (free, rest) = integer(inside)?;
    let (total, _) = integer(rest.strip_prefix(b"/")?)?;
    Some((free, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_failure_times_the_pause() {
        let log = b"<AF[2]: Allocation Failure. need 8192 bytes, 2736 ms since last AF>\n  <GC(2): GC cycle started Wed Oct  4 12:07:19 2006\n  \
                    <GC(2): freed 100 bytes, 60% free (600/1000), in 36 ms>\n<AF[2]: completed in 37 ms>\n\
                    <GC(3): GC cycle started Wed Oct  4 12:08:19 2006\n<GC(3): freed 0 bytes, 60% free (600/1000), in 5 ms>\n";
        let mut all = Vec::new();
        let summary = scan(log, &mut |c| all.push(c)).value;
        assert_eq!(all.len(), 2);
        assert_eq!(
            (all[0].pause_ms, all[0].requested, all[0].after),
            (Some(37.0), Some(8192), Some(400))
        );
        assert_eq!(all[1].trigger, Trigger::Explicit);
        assert!((summary.span_s - 60.0).abs() < 1e-9);
    }
}
