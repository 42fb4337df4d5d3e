//! The collector's flight recorder in a javacore (`1STGCHTYPE`, `3STHSTTYPE` lines): the last minutes of collections where
//! no GC log was kept.
//!
//! Newest first, `22:40:12:123456789 GMT j9mm.134 -   Allocation failure end: newspace=free/total oldspace=free/total …`
//! (FORMAT_FACTS.md §3.7). Numbers of the trace points: 133/134 allocation failure, 131/51 `System.gc()`, 52 and 474 / 91
//! and 475 global collection, 469 cycle of an allocation failure.

use super::{
    bytes::{Line, Lines, after, integer},
    record::{Clock, Collection, Format, Summary, Trigger},
};
use crate::{Gap, Parsed, Reason, Stamp, javacore};
use jiff::{SignedDuration, civil::DateTime, tz::Offset};

const TAG: &[u8] = b"3STHSTTYPE";
/// Bytes in which a javacore tells its time.
const TITLE: usize = 16 * 1024;
/// Events believed; the VM's buffer holds a few thousand.
const MAX_EVENTS: usize = 200_000;
const DAY_NS: u64 = 86_400_000_000_000;

/// True for a javacore with such a history.
pub(super) fn looks_like(input: &[u8]) -> bool {
    let head = input.get(..TITLE).unwrap_or(input);
    memchr::memmem::find(head, b"0SECTION").is_some() && memchr::memmem::find(input, TAG).is_some()
}

/// One line of the history.
struct Event<'a> {
    line: u64,
    /// Nanoseconds of the day, GMT.
    clock: u64,
    /// Number behind `j9mm.`.
    point: u64,
    words: &'a [u8],
}

/// Reads the history as a GC log, oldest collection first.
pub(super) fn scan<'a>(input: &[u8], sink: &mut dyn FnMut(Collection<'a>)) -> Parsed<Summary> {
    let mut gaps = Vec::new();
    let mut events = Vec::new();
    for line in Lines::new(input)
        .filter(|line| line.bytes.starts_with(TAG))
        .take(MAX_EVENTS)
    {
        match event(&line) {
            Some(event) => events.push(event),
            None => gaps.push(Gap::new(
                line.offset as u64,
                (line.end - line.offset) as u64,
                Reason::Malformed {
                    expected: "a line of the GC history",
                },
            )),
        }
    }
    let times = dates(input, &events);
    let mut reader = Reader {
        sink,
        summary: Summary {
            format: Some(Format::J9History),
            ..Summary::default()
        },
        clock: Clock::default(),
        open: None,
    };
    for (event, time) in events.iter().zip(times).rev() {
        reader.take(event, time);
    }
    reader.emit();
    reader.clock.finish(&mut reader.summary);
    Parsed {
        value: reader.summary,
        gaps,
    }
}

fn event<'a>(line: &Line<'a>) -> Option<Event<'a>> {
    let rest = line.bytes.get(TAG.len()..)?.trim_ascii_start();
    let (hours, rest) = integer(rest)?;
    let (minutes, rest) = integer(rest.strip_prefix(b":")?)?;
    let (seconds, rest) = integer(rest.strip_prefix(b":")?)?;
    let (nanos, rest) = integer(rest.strip_prefix(b":")?)?;
    let seconds = hours
        .checked_mul(3600)?
        .checked_add(minutes.checked_mul(60)?)?
        .checked_add(seconds)?;
    let clock = seconds
        .checked_mul(1_000_000_000)?
        .checked_add(nanos)
        .filter(|clock| *clock < DAY_NS)?;
    let (point, words) = integer(after(rest, b"j9mm.")?)?;
    Some(Event {
        line: line.number,
        clock,
        point,
        words,
    })
}

/// When each event was; the lines tell the time of day only. The newest one is taken to be the last before the dump, and
/// a clock that goes up from one line to the next older one has passed midnight.
fn dates(input: &[u8], newest_first: &[Event<'_>]) -> Vec<Option<Stamp>> {
    let Some(dump) = newest_first.first().and_then(|newest| dumped_at(input, newest)) else {
        return vec![None; newest_first.len()];
    };
    let mut day = dump.date();
    // A dump may be some seconds older than an event that is printed in it.
    let mut newer = clock_of(dump).saturating_add(60_000_000_000);
    let mut times = Vec::with_capacity(newest_first.len());
    for event in newest_first {
        if event.clock > newer {
            day = day.yesterday().unwrap_or(day);
        }
        // Threads write beside each other: microseconds out of order are no midnight.
        newer = event.clock.saturating_add(60_000_000_000);
        let time = i64::try_from(event.clock).ok().and_then(|ns| {
            day.to_datetime(jiff::civil::Time::midnight())
                .checked_add(SignedDuration::from_nanos(ns))
                .ok()
        });
        times.push(time.map(|civil| Stamp::with_offset(civil, Offset::UTC)));
    }
    times
}

fn clock_of(time: DateTime) -> u64 {
    let midnight = time.date().to_datetime(jiff::civil::Time::midnight());
    u64::try_from(time.duration_since(midnight).as_nanos()).unwrap_or(0)
}

/// When the dump was written, in GMT. Where the file does not tell its zone, the nearest half hour between its clock and
/// the newest event's is it.
fn dumped_at(input: &[u8], newest: &Event<'_>) -> Option<DateTime> {
    let head = input.get(..TITLE).unwrap_or(input);
    let title = javacore::parse(head).value.into_iter().next()?.title.time?;
    let offset_s = match title.offset {
        Some(offset) => i64::from(offset.seconds()),
        None => {
            let apart = i64::try_from(clock_of(title.civil) / 1_000_000_000).ok()?
                - i64::try_from(newest.clock / 1_000_000_000).ok()?;
            let half_hours = (apart + 600).div_euclid(1800);
            // East of Greenwich the day may have changed already.
            let half_hours = if half_hours > 28 { half_hours - 48 } else { half_hours };
            let half_hours = if half_hours < -24 { half_hours + 48 } else { half_hours };
            half_hours * 1800
        }
    };
    title.civil.checked_sub(SignedDuration::from_secs(offset_s)).ok()
}

/// Free and total bytes of the nursery and of the tenured space.
#[derive(Clone, Copy)]
struct Spaces {
    new: (u64, u64),
    old: (u64, u64),
}

impl Spaces {
    /// `newspace=0/53084160 oldspace=5013680/71499776`, or `memory=3534926848/4294967296` of newer global collections.
    fn read(words: &[u8]) -> Option<Self> {
        let pair = |mark: &[u8]| {
            let (free, rest) = integer(after(words, mark)?)?;
            let (total, _) = integer(rest.strip_prefix(b"/")?)?;
            (free <= total).then_some((free, total))
        };
        match (pair(b"newspace="), pair(b"oldspace=")) {
            (Some(new), Some(old)) => Some(Self { new, old }),
            _ => pair(b"memory=").map(|all| Self { new: (0, 0), old: all }),
        }
    }

    fn used(self) -> u64 {
        (self.new.1 - self.new.0).saturating_add(self.old.1 - self.old.0)
    }

    fn total(self) -> u64 {
        self.new.1.saturating_add(self.old.1)
    }
}

/// A collection that has begun.
struct Open {
    collection: Collection<'static>,
    started: u64,
    /// A global collection that nobody asked for: it ends with its own end line.
    alone: bool,
}

struct Reader<'a, 's> {
    sink: &'s mut dyn FnMut(Collection<'a>),
    summary: Summary,
    clock: Clock,
    open: Option<Open>,
}

impl Reader<'_, '_> {
    fn take(&mut self, event: &Event<'_>, time: Option<Stamp>) {
        self.clock.note(time, None);
        match event.point {
            133 => self.begin(event, time, "allocation failure", Trigger::Ordinary),
            131 => self.begin(event, time, "explicit", Trigger::Explicit),
            // Older buffers hold the cycle without its allocation failure.
            469 if self.open.is_none() => self.begin(event, time, "allocation failure", Trigger::Ordinary),
            52 | 474 => {
                if self.open.is_none() {
                    self.begin(event, time, "global collection", Trigger::Ordinary);
                    if let Some(open) = self.open.as_mut() {
                        open.alone = true;
                    }
                }
                if let Some(open) = self.open.as_mut() {
                    (open.collection.full, open.collection.whole_heap) = (true, true);
                }
            }
            134 | 51 => self.end(event),
            91 | 475 if self.open.as_ref().is_some_and(|open| open.alone) => self.end(event),
            _ => {}
        }
    }

    fn begin(&mut self, event: &Event<'_>, time: Option<Stamp>, cause: &'static str, trigger: Trigger) {
        self.emit();
        let spaces = Spaces::read(event.words);
        self.note(spaces);
        self.open = Some(Open {
            collection: Collection {
                line: event.line,
                time,
                cause: Some(cause),
                trigger,
                before: spaces.map(Spaces::used),
                capacity: spaces.map(Spaces::total),
                requested: after(event.words, b"requestedbytes=").and_then(integer).map(|(n, _)| n),
                ..Collection::default()
            },
            started: event.clock,
            alone: false,
        });
    }

    fn end(&mut self, event: &Event<'_>) {
        // The beginning may have left the buffer already.
        let Some(mut open) = self.open.take() else { return };
        let spaces = Spaces::read(event.words);
        self.note(spaces);
        let c = &mut open.collection;
        let took = (event.clock + DAY_NS - open.started) % DAY_NS;
        c.pause_ms = Some(took as f64 / 1e6);
        if let Some(spaces) = spaces {
            c.after = Some(spaces.used());
            c.capacity = Some(spaces.total());
            c.old = (spaces.new.1 > 0).then(|| (spaces.old.1 - spaces.old.0, spaces.old.1));
        }
        self.open = Some(open);
        self.emit();
    }

    fn note(&mut self, spaces: Option<Spaces>) {
        if spaces.is_some_and(|s| s.new.1 > 0) {
            self.summary.collector = "gencon";
        }
    }

    fn emit(&mut self) {
        if let Some(open) = self.open.take() {
            self.summary.full += u64::from(open.collection.full);
            (self.sink)(open.collection);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORE: &str = "\
0SECTION       TITLE subcomponent dump routine
1TIDATETIME    Date: 2026/11/10 at 08:00:05:100
1TITIMEZONE    Timezone: UTC+8 (CST)
0SECTION       MEMINFO subcomponent dump routine
1STGCHTYPE     GC History
3STHSTTYPE     00:00:03:500000000 GMT j9mm.51 -   SystemGC end: newspace=400/1000 oldspace=600/2000 loa=0/0
3STHSTTYPE     00:00:03:400000000 GMT j9mm.474 -   GlobalGC start: globalcount=3
3STHSTTYPE     00:00:03:300000000 GMT j9mm.131 -   SystemGC start: newspace=100/1000 oldspace=300/2000 loa=0/0
3STHSTTYPE     23:59:58:020000000 GMT j9mm.134 -   Allocation failure end: newspace=500/1000 oldspace=300/2000 loa=0/0
3STHSTTYPE     23:59:58:000000000 GMT j9mm.133 -   Allocation failure start: newspace=0/1000 oldspace=300/2000 loa=0/0 requestedbytes=40
3STHSTTYPE     23:59:50:000000000 GMT j9mm.134 -   Allocation failure end: newspace=500/1000 oldspace=300/2000 loa=0/0
NULL
";

    fn read(text: &str) -> (Summary, Vec<Collection<'static>>) {
        let mut all = Vec::new();
        let parsed = scan(text.as_bytes(), &mut |c| all.push(c));
        (parsed.value, all)
    }

    #[test]
    fn the_history_is_a_log_in_order_of_time() {
        assert!(looks_like(CORE.as_bytes()));
        let (summary, all) = read(CORE);
        assert_eq!((all.len(), summary.full, summary.collector), (2, 1, "gencon"));
        let times: Vec<_> = all.iter().map(|c| c.time.unwrap().rfc3339(crate::CHINA)).collect();
        assert_eq!(
            times,
            ["2026-11-09T23:59:58.000+00:00", "2026-11-10T00:00:03.300+00:00"]
        );
        assert_eq!((all[0].pause_ms, all[1].pause_ms), (Some(20.0), Some(200.0)));
        assert_eq!(
            (all[0].before, all[0].after, all[0].capacity),
            (Some(2700), Some(2200), Some(3000))
        );
        assert_eq!((all[0].old, all[0].requested), (Some((1700, 2000)), Some(40)));
        assert_eq!((all[1].full, all[1].trigger, all[1].line), (true, Trigger::Explicit, 8));
        assert!((summary.span_s - 13.5).abs() < 1e-6, "{}", summary.span_s);
    }

    #[test]
    fn a_zone_that_is_not_told_is_seen_from_the_clocks() {
        let (_, all) = read(&CORE.replace("1TITIMEZONE    Timezone: UTC+8 (CST)\n", ""));
        assert_eq!(
            all[1].time.unwrap().rfc3339(crate::CHINA),
            "2026-11-10T00:00:03.300+00:00"
        );
    }

    #[test]
    fn a_collection_without_its_end_has_no_pause() {
        let cut = CORE.replace(
            "3STHSTTYPE     00:00:03:500000000 GMT j9mm.51",
            "3STHSTTYPE     00:00:03:500000000 GMT j9mm.99",
        );
        let (_, all) = read(&cut);
        assert_eq!((all.len(), all[1].pause_ms, all[1].after), (2, None, None));
    }

    #[test]
    fn damage_is_survived_and_told() {
        let broken = CORE.replace("00:00:03:400000000 GMT", "00:00:zz GMT");
        let mut count = 0;
        let parsed = scan(broken.as_bytes(), &mut |_| count += 1);
        assert_eq!((count, parsed.gaps.len()), (2, 1));
        for end in 0..CORE.len() {
            scan(&CORE.as_bytes()[..end], &mut |_| {});
        }
        let huge = CORE.replace("00:00:03:500000000", "99999999999999999999:00:03:500000000");
        scan(huge.as_bytes(), &mut |_| {});
        assert!(!looks_like(b"3STHSTTYPE in a talk about javacores"));
    }
}
