//! LOCKS / LK: object monitors, flat locks, deadlocks.

use super::{DeadlockLink, Javacore, Monitor, ThreadName, threads};
use crate::thread_dump::{frame, hex};
use std::collections::HashMap;

/// What the last monitor line opened.
#[derive(Debug, Default, PartialEq, Eq)]
enum Open {
    #[default]
    Nothing,
    Object,
    /// A monitor of the VM itself: its waiters are not the application's.
    System,
}

/// Monitors and deadlocks in the making.
#[derive(Debug, Default)]
pub(super) struct Locks {
    monitors: Vec<Monitor>,
    open: Open,
    /// Threads by the ident that flat locks carry (classic VMs).
    idents: HashMap<u64, ThreadName>,
    /// Monitors that name their owner by ident only.
    by_ident: Vec<(usize, u64)>,
    chains: Vec<Vec<DeadlockLink>>,
    chain: Vec<DeadlockLink>,
    flat: Option<(String, u64)>,
}

impl Locks {
    pub fn take(&mut self, tag: &[u8], data: &str, line: u64) -> bool {
        match tag {
            b"2LKMONINUSE" => self.open = Open::Nothing,
            b"3LKMONOBJECT" => self.object(data),
            b"2LKREGMON" => self.open = Open::System,
            b"3LKWAITER" => {
                if let Some(monitor) = self.monitor() {
                    monitor.entering.extend(threads::reference(data));
                }
            }
            b"3LKWAITNOTIFY" => {
                if let Some(monitor) = self.monitor() {
                    monitor.notified.extend(threads::reference(data));
                }
            }
            b"2LKFLATMON" => self.ident(data),
            b"2LKFLATLOCKED" => self.flat = frame::class_at(data),
            b"3LKFLATDETAILS" => self.flat_details(data),
            b"1LKDEADLOCK" => self.close_chain(),
            b"2LKDEADLOCKTHR" => self.link(data, line),
            b"4LKDEADLOCKMON" => {
                if let Some(link) = self.chain.last_mut() {
                    link.monitor = true;
                }
            }
            b"4LKDEADLOCKOBJ" => {
                if let (Some(link), Some((class, address))) = (self.chain.last_mut(), object(data)) {
                    (link.class, link.address) = (class, Some(address));
                }
            }
            b"4LKDEADLOCKREG" => {
                if let Some(link) = self.chain.last_mut() {
                    link.class = data.trim().to_owned();
                }
            }
            _ => {}
        }
        true
    }

    fn monitor(&mut self) -> Option<&mut Monitor> {
        if self.open == Open::Object {
            self.monitors.last_mut()
        } else {
            None
        }
    }

    /// `C@0x…: owner "T" (J9VMThread:0x…), entry count 1`, `Flat locked by …`, `<unowned>`.
    fn object(&mut self, data: &str) {
        self.open = Open::Nothing;
        let Some((class, address)) = object(data) else { return };
        let state = data
            .split_once('@')
            .and_then(|(_, rest)| rest.split_once(": "))
            .map_or("", |(_, s)| s);
        let owner = state
            .strip_prefix("owner ")
            .or_else(|| state.strip_prefix("Flat locked by "))
            .and_then(threads::reference);
        if owner.is_none()
            && let Some(ident) = state.split_once("thread ident ").and_then(|(_, rest)| hex(rest))
        {
            self.by_ident.push((self.monitors.len(), ident));
        }
        self.monitors.push(Monitor {
            class,
            address,
            owner,
            ..Monitor::default()
        });
        self.open = Open::Object;
    }

    /// `ident 0x08 "Thread-2" (0x22AAAED0) ee 0x22AAAD48`.
    fn ident(&mut self, data: &str) {
        let Some(rest) = data.strip_prefix("ident ") else {
            return;
        };
        let Some((ident, thread)) = rest.split_once(' ') else {
            return;
        };
        if let (Some(ident), Some(thread)) = (hex(ident), threads::reference(thread)) {
            self.idents.insert(ident, thread);
        }
    }

    /// `locknflags 00080000 Flat locked by thread ident 0x08, entry count 1`: a flat lock outside the pool.
    fn flat_details(&mut self, data: &str) {
        let Some((class, address)) = self.flat.take() else {
            return;
        };
        let Some(ident) = data.split_once("thread ident ").and_then(|(_, rest)| hex(rest)) else {
            return;
        };
        if !self.monitors.iter().any(|m| m.address == address) {
            self.by_ident.push((self.monitors.len(), ident));
            self.monitors.push(Monitor {
                class,
                address,
                ..Monitor::default()
            });
        }
    }

    /// `Thread "A" (0x…)`: the next link; the chain closes where its first thread comes again.
    fn link(&mut self, data: &str, line: u64) {
        let Some(thread) = data.strip_prefix("Thread ").and_then(threads::reference) else {
            return;
        };
        if self.chain.first().is_some_and(|first| first.thread == thread) {
            return self.close_chain();
        }
        self.chain.push(DeadlockLink {
            thread,
            line,
            ..DeadlockLink::default()
        });
    }

    fn close_chain(&mut self) {
        if self.chain.is_empty() {
            return;
        }
        let chain = std::mem::take(&mut self.chain);
        // Classic VMs print the same cycle once for each of its threads.
        let key = |chain: &[DeadlockLink]| {
            let mut key: Vec<_> = chain
                .iter()
                .map(|l| (l.thread.name.clone(), l.thread.vm_id, l.address))
                .collect();
            key.sort();
            key
        };
        let new = key(&chain);
        if !self.chains.iter().any(|known| key(known) == new) {
            self.chains.push(chain);
        }
    }

    pub fn finish(mut self, core: &mut Javacore) {
        self.close_chain();
        for (at, ident) in self.by_ident {
            if let (Some(monitor), Some(owner)) = (self.monitors.get_mut(at), self.idents.get(&ident)) {
                monitor.owner = Some(owner.clone());
            }
        }
        core.monitors = self.monitors;
        core.deadlocks = self.chains;
    }
}

/// Class and address at the beginning: `java.lang.Object@53A90D0/53A90D8: …`, `a/B@0x1f: …`.
fn object(data: &str) -> Option<(String, u64)> {
    let (class, rest) = data.trim().split_once('@')?;
    Some((frame::class(class), hex(rest)?))
}
