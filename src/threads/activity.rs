//! What a thread does, judged by its frames.

use super::facts::{Activity, ThreadState};
use super::knowledge::{
    FILES, HARMLESS_NATIVES, IDLE_READS, IDLE_WAITS, NETWORK, POOLS, SELECTORS, begins, is_accept, is_driver,
    is_library, is_queue, is_vm_thread, is_wait, names_a_pool,
};
use goldenhour_parsers::thread_dump::frame::method;
use std::sync::Arc;

/// Frames right below a wait that decide whether it is idle.
const IDLE_DEPTH: usize = 4;
/// A waiting thread with at most so many frames below the wait has a loop of its own and no request.
const SHALLOW: usize = 3;
/// Frames at the top that decide about input and output.
const TOP: usize = 8;

/// A stack, with what the rules ask about it.
pub(super) struct Stack<'a> {
    methods: Vec<&'a str>,
    top_is_native: bool,
    own: Option<usize>,
    /// Leading frames that only wait.
    waits: usize,
    state: ThreadState,
}

impl<'a> Stack<'a> {
    /// Over normalised frames, innermost first.
    pub fn new(frames: &'a [Arc<str>], state: ThreadState) -> Self {
        let methods: Vec<&str> = frames.iter().map(|f| method(f)).collect();
        Self {
            top_is_native: frames.first().is_some_and(|f| f.ends_with("(Native Method)")),
            own: methods.iter().position(|m| !is_library(m)),
            waits: methods.iter().take_while(|m| is_wait(m)).count(),
            methods,
            state,
        }
    }

    /// Index of the first frame that is the application's own.
    pub fn own(&self) -> Option<usize> {
        self.own
    }

    /// The library frames above the application's own.
    fn section(&self) -> &[&'a str] {
        let end = self.own.unwrap_or(self.methods.len());
        self.methods.get(..end).unwrap_or_default()
    }

    fn top(&self) -> &[&'a str] {
        self.methods.get(..self.methods.len().min(TOP)).unwrap_or_default()
    }

    fn is_waiting(&self) -> bool {
        self.waits > 0
            || matches!(
                self.state,
                ThreadState::Waiting | ThreadState::TimedWaiting | ThreadState::Parked
            )
    }

    /// The frames below the wait and its queue.
    fn below_wait(&self) -> &[&'a str] {
        let end = self.methods.iter().take_while(|m| is_wait(m) || is_queue(m)).count();
        self.methods.get(end..).unwrap_or_default()
    }

    fn first_is(&self, table: &[&str]) -> bool {
        self.methods.first().is_some_and(|m| begins(table, m))
    }

    fn reads_network(&self) -> bool {
        self.first_is(NETWORK) || self.first_is(SELECTORS)
    }

    /// The pool whose connection the thread waits for.
    pub fn pool(&self) -> Option<&'static str> {
        if !self.is_waiting() || self.reads_network() {
            return None;
        }
        let product = self.section().iter().find_map(|m| {
            POOLS
                .iter()
                .find(|(start, _)| m.starts_with(start))
                .map(|(_, product)| *product)
        })?;
        Some(if product == "commons-pool" {
            self.behind_commons_pool()
        } else {
            product
        })
    }

    /// commons-pool serves several: the frame that asked tells which.
    fn behind_commons_pool(&self) -> &'static str {
        let has = |part: &str| self.methods.iter().any(|m| m.contains(part));
        match () {
            () if has(".dbcp") => "DBCP",
            () if has("redis.clients.") => "Jedis",
            () => "commons-pool",
        }
    }

    /// True when an application's own pool class makes the thread wait.
    pub fn waits_for_own_pool(&self) -> bool {
        let asked = self.own.and_then(|own| self.methods.get(own));
        self.waits > 0 && self.own.is_some_and(|own| own <= self.waits + 3) && asked.is_some_and(|m| names_a_pool(m))
    }

    fn is_in_database(&self) -> bool {
        let has_driver = self.section().iter().any(|m| is_driver(m));
        has_driver
            && (self.reads_network()
                || self.top_is_native && self.waits == 0
                || (self.is_waiting() && self.own.is_some()))
    }

    fn is_idle(&self) -> bool {
        let section = self.section();
        if self.top().iter().any(|m| is_accept(m)) || self.top().iter().take(3).any(|m| begins(SELECTORS, m)) {
            return true;
        }
        if self.reads_network() {
            return section.iter().any(|m| begins(IDLE_READS, m));
        }
        if self.waits > 0 {
            let below = self.below_wait();
            return below.len() <= SHALLOW
                || below
                    .iter()
                    .take(IDLE_DEPTH)
                    .take_while(|m| is_library(m))
                    .any(|m| begins(IDLE_WAITS, m));
        }
        // Native waits of the platform: signals, pending references, the end of a process.
        section.iter().take(IDLE_DEPTH).any(|m| begins(IDLE_WAITS, m)) && (self.top_is_native || self.is_waiting())
    }

    /// The verdict; `waits_for_lock` when it waits for a lock that another thread holds or may hold.
    pub fn activity(&self, name: &str, waits_for_lock: bool) -> Activity {
        if self.methods.is_empty() {
            let is_vm = is_vm_thread(name);
            return if is_vm { Activity::Vm } else { Activity::Unknown };
        }
        match () {
            () if waits_for_lock => Activity::Lock,
            () if self.pool().is_some() || self.waits_for_own_pool() => Activity::PoolWait,
            () if self.is_in_database() => Activity::Database,
            () if self.is_idle() => Activity::Idle,
            () if self.reads_network() => Activity::Network,
            () if self.first_is(FILES) => Activity::FileIo,
            () if self.waits > 0 => Activity::Waiting,
            () if self.top_is_native && !self.first_is(HARMLESS_NATIVES) => Activity::Native,
            () if self.is_waiting() => Activity::Waiting,
            () if self.state == ThreadState::Blocked => Activity::Lock,
            () => Activity::Running,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(state: ThreadState, frames: &[&str]) -> Activity {
        let frames: Vec<Arc<str>> = frames.iter().map(|f| (*f).into()).collect();
        Stack::new(&frames, state).activity("http-1", false)
    }

    #[test]
    fn workers_without_work_are_idle() {
        use ThreadState::{Runnable, TimedWaiting, Waiting};
        for (state, frames) in [
            (
                Waiting,
                &[
                    "java.lang.Object.wait(Native Method)",
                    "com.ibm.ws.util.BoundedBuffer.waitGet_(B.java:1)",
                    "com.ibm.ws.util.BoundedBuffer.take(B.java:1)",
                    "com.ibm.ws.util.ThreadPool.getTask(T.java:1)",
                    "com.ibm.ws.util.ThreadPool$Worker.run(T.java:1)",
                ][..],
            ),
            (
                TimedWaiting,
                &[
                    "jdk.internal.misc.Unsafe.park(Native Method)",
                    "java.util.concurrent.locks.LockSupport.parkNanos(L.java:1)",
                    "java.util.concurrent.locks.AbstractQueuedSynchronizer$ConditionObject.awaitNanos(A.java:1)",
                    "java.util.concurrent.LinkedBlockingQueue.poll(L.java:1)",
                    "org.apache.tomcat.util.threads.TaskQueue.poll(T.java:1)",
                    "org.apache.tomcat.util.threads.ThreadPoolExecutor.getTask(T.java:1)",
                    "a",
                    "b",
                    "c",
                    "d",
                ],
            ),
            (
                Runnable,
                &[
                    "sun.nio.ch.EPoll.wait(Native Method)",
                    "sun.nio.ch.EPollSelectorImpl.doSelect(E.java:1)",
                    "sun.nio.ch.SelectorImpl.select(S.java:1)",
                    "com.acme.Loop.run(L.java:1)",
                ],
            ),
            (
                Runnable,
                &[
                    "java.net.PlainSocketImpl.socketAccept(Native Method)",
                    "java.net.ServerSocket.accept(S.java:1)",
                    "com.acme.Server.run(S.java:1)",
                ],
            ),
            (
                Runnable,
                &[
                    "java.net.SocketInputStream.socketRead0(Native Method)",
                    "java.net.SocketInputStream.read(S.java:1)",
                    "java.io.BufferedInputStream.fill(B.java:1)",
                    "sun.rmi.transport.tcp.TCPTransport.handleMessages(T.java:1)",
                ],
            ),
            (
                TimedWaiting,
                &[
                    "java.lang.Thread.sleep(Native Method)",
                    "com.acme.Watchdog.run(W.java:1)",
                    "java.lang.Thread.run(T.java:1)",
                ],
            ),
        ] {
            assert_eq!(judge(state, frames), Activity::Idle, "{frames:?}");
        }
    }

    #[test]
    fn work_is_not_idle() {
        use ThreadState::{Runnable, Waiting};
        let tail = [
            "com.acme.Order.save(O.java:1)",
            "javax.servlet.http.HttpServlet.service(H.java:1)",
            "org.apache.X.y(X.java:1)",
            "java.lang.Thread.run(T.java:1)",
        ];
        let with = |head: &[&'static str]| [head, &tail].concat();
        for (state, head, wanted) in [
            (
                Runnable,
                &[
                    "java.net.SocketInputStream.socketRead0(Native Method)",
                    "oracle.net.ns.Packet.receive(P.java:1)",
                ][..],
                Activity::Database,
            ),
            (
                Runnable,
                &[
                    "java.net.SocketInputStream.socketRead0(Native Method)",
                    "sun.net.www.http.HttpClient.parseHTTP(H.java:1)",
                ],
                Activity::Network,
            ),
            (
                Waiting,
                &[
                    "java.lang.Object.wait(Native Method)",
                    "com.ibm.ejs.j2c.FreePool.queueRequest(F.java:441)",
                ],
                Activity::PoolWait,
            ),
            (
                Waiting,
                &[
                    "jdk.internal.misc.Unsafe.park(Native Method)",
                    "java.util.concurrent.SynchronousQueue.poll(S.java:1)",
                    "com.zaxxer.hikari.util.ConcurrentBag.borrow(C.java:1)",
                ],
                Activity::PoolWait,
            ),
            (
                Runnable,
                &["java.io.FileOutputStream.writeBytes(Native Method)"],
                Activity::FileIo,
            ),
            (Waiting, &["java.lang.Object.wait(Native Method)"], Activity::Waiting),
            (Runnable, &["com.acme.jni.Card.read(Native Method)"], Activity::Native),
            (Runnable, &["java.util.HashMap.put(H.java:1)"], Activity::Running),
            (
                Runnable,
                &["oracle.jdbc.driver.T4CPreparedStatement.describe(T.java:1)"],
                Activity::Running,
            ),
        ] {
            assert_eq!(judge(state, &with(head)), wanted, "{head:?}");
        }
        let own_pool = with(&[
            "jdk.internal.misc.Unsafe.park(Native Method)",
            "java.util.concurrent.Semaphore.acquire(S.java:1)",
            "com.acme.db.ConnectionPool.borrow(C.java:1)",
        ]);
        assert_eq!(judge(Waiting, &own_pool), Activity::PoolWait);
    }

    #[test]
    fn the_own_frame_is_the_first_of_the_application() {
        let frames = [
            "java.util.HashMap.put(H.java:1)".into(),
            "com.acme.Order.save(O.java:3)".into(),
        ];
        assert_eq!(Stack::new(&frames, ThreadState::Runnable).own(), Some(1));
    }
}
