//! HotSpot's deadlock report: `Found one Java-level deadlock:` and what follows.

use super::{ReportedDeadlock, ReportedLink, frame, scan};

/// Collects reports line by line.
#[derive(Debug, Default)]
pub(super) struct Reports {
    done: Vec<ReportedDeadlock>,
    current: ReportedDeadlock,
}

/// True for the line that opens a report.
pub(super) fn starts(line: &str) -> bool {
    line.starts_with("Found one Java-level deadlock") || line.starts_with("Found a total of")
}

/// True for the line that ends the chain and opens the stacks.
pub(super) fn opens_stacks(line: &str) -> bool {
    line.starts_with("Java stack information for the threads listed above")
}

/// True for `Found 2 deadlocks.`
pub(super) fn counts(line: &str) -> bool {
    line.starts_with("Found ") && (line.ends_with(" deadlock.") || line.ends_with(" deadlocks."))
}

impl Reports {
    /// A new report begins on this line.
    pub fn open(&mut self, number: u64) {
        self.close();
        self.current.line = number;
    }

    /// A line of the chain; false when it is none.
    pub fn line(&mut self, line: &str) -> bool {
        let line = line.trim();
        if line.is_empty() || line.starts_with("====") {
            return true;
        }
        if let Some(name) = line.strip_prefix('"').and_then(|rest| rest.strip_suffix("\":")) {
            self.current.links.push(ReportedLink {
                thread: name.to_owned(),
                ..ReportedLink::default()
            });
            return true;
        }
        let Some(link) = self.current.links.last_mut() else {
            return false;
        };
        if line.starts_with("waiting ") {
            wait(link, line);
            return true;
        }
        match line.strip_prefix("which is held by ") {
            Some(holder) => {
                let holder = holder.trim_end_matches(',');
                link.held_by = holder.trim_matches('"').to_owned();
                true
            }
            None => line.starts_with("in JNI") || line.starts_with("which is"),
        }
    }

    /// The chain is over.
    pub fn close(&mut self) {
        if !self.current.links.is_empty() {
            self.done.push(std::mem::take(&mut self.current));
        }
    }

    /// All reports.
    pub fn finish(mut self) -> Vec<ReportedDeadlock> {
        self.close();
        self.done
    }
}

/// `waiting to lock monitor 0x… (object 0x…, a C),`, `waiting for ownable synchronizer 0x…, (a C),`.
fn wait(link: &mut ReportedLink, line: &str) {
    let behind = |mark: &str| line.split_once(mark).map(|(_, rest)| rest);
    link.synchronizer = line.contains("ownable synchronizer");
    link.address = match behind("(object ").or_else(|| behind("ownable synchronizer ")) {
        Some(address) => scan::hex(address),
        None => None,
    };
    if let Some(class) = behind(", a ").or_else(|| behind("(a ")) {
        let end = class.find([')', ',']).unwrap_or(class.len());
        link.class = frame::class(class.get(..end).unwrap_or(class));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monitors_and_synchronizers() {
        let mut reports = Reports::default();
        reports.open(7);
        for line in [
            "=====",
            "\"A\":",
            "  waiting to lock monitor 0x1 (object 0x2, a java.lang.Object),",
            "  which is held by \"B\"",
            "",
            "\"B\":",
            "  waiting for ownable synchronizer 0x3, (a j.u.c.Sync),",
            "  which is held by \"A\"",
        ] {
            assert!(reports.line(line), "{line}");
        }
        assert!(!Reports::default().line("foreign text"));
        let all = reports.finish();
        let links: Vec<_> = all[0]
            .links
            .iter()
            .map(|l| (l.thread.as_str(), l.address, l.synchronizer, l.held_by.as_str()))
            .collect();
        assert_eq!(links, [("A", Some(2), false, "B"), ("B", Some(3), true, "A")]);
        assert_eq!(all[0].links[1].class, "j.u.c.Sync");
    }
}
