//! On what the server runs, as far as the evidence tells: commands differ.

use super::scene::Scene;
use goldenhour_parsers::Kind;

/// Operating systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Os {
    /// AIX.
    Aix,
    /// Linux.
    Linux,
    /// Windows.
    Windows,
}

/// Virtual machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vm {
    /// IBM J9 or OpenJ9.
    J9,
    /// HotSpot.
    HotSpot,
}

/// What the server runs on.
#[derive(Debug, Clone, Copy)]
pub struct Platform {
    /// Operating system.
    pub os: Os,
    /// Virtual machine.
    pub vm: Vm,
    /// Process id, when exactly one is known.
    pub pid: Option<u64>,
}

impl Platform {
    /// Reads it off the evidence.
    pub fn of(scene: &Scene) -> Self {
        let j9 = scene
            .case
            .artefacts
            .iter()
            .any(|a| matches!(a.kind, Kind::Javacore | Kind::Phd | Kind::ClassicHeap))
            || scene.gcs_any(|g| g.format.starts_with("j9"));
        let says = |word: &str| {
            scene
                .case
                .processes
                .iter()
                .filter_map(|p| p.vm.as_deref())
                .any(|vm| vm.contains(word))
        };
        let aix_listing = scene
            .case
            .systems
            .iter()
            .any(|s| matches!(s.kind, "errpt" | "errpt-a" | "svmon" | "lsps"));
        let windows = says("Windows") || says("windows");
        let os = if says("AIX") || says("aix") || aix_listing {
            Os::Aix
        } else if windows {
            Os::Windows
        } else if j9 && !says("Linux") && !says("linux") {
            Os::Aix
        } else {
            Os::Linux
        };
        let pids: Vec<u64> = scene.case.processes.iter().filter_map(|p| p.pid).collect();
        let pid = match pids.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        Self {
            os,
            vm: if j9 { Vm::J9 } else { Vm::HotSpot },
            pid,
        }
    }

    /// The pid, or a placeholder to fill in.
    pub fn pid_word(&self) -> String {
        self.pid.map_or_else(|| "<PID>".to_owned(), |p| p.to_string())
    }

    /// Three thread dumps half a minute apart.
    pub fn thread_dumps(&self) -> String {
        let pid = self.pid_word();
        match (self.os, self.vm) {
            (Os::Windows, _) => format!(
                "jcmd {pid} Thread.print > td_1.txt & timeout /t 30 & jcmd {pid} Thread.print > td_2.txt & timeout /t 30 & jcmd {pid} Thread.print > td_3.txt"
            ),
            (_, Vm::J9) => format!("for i in 1 2 3; do kill -3 {pid}; sleep 30; done"),
            (_, Vm::HotSpot) => format!("for i in 1 2 3; do jstack -l {pid} > td_$i.txt; sleep 30; done"),
        }
    }

    /// A heap dump of a live process.
    pub fn heap_dump(&self) -> String {
        let pid = self.pid_word();
        match self.vm {
            Vm::J9 => format!("jcmd {pid} Dump.heap"),
            Vm::HotSpot => format!("jcmd {pid} GC.heap_dump /tmp/heap_{pid}.hprof"),
        }
    }

    /// What the host is asked before anything changes.
    pub fn host_state(&self) -> &'static str {
        match self.os {
            Os::Aix => {
                "errpt > errpt.txt; errpt -a > errpt_a.txt; netstat -an > netstat.txt; vmstat 2 10 > vmstat.txt; df -g > df.txt; lsps -a > lsps.txt; svmon -G > svmon.txt; ps -ef > ps.txt; ulimit -a > ulimit.txt"
            }
            Os::Linux => {
                "dmesg -T > dmesg.txt; ss -anp > ss.txt; vmstat 2 10 > vmstat.txt; df -h > df.txt; df -i >> df.txt; free -m > free.txt; ps -eLf > ps.txt; ulimit -a > ulimit.txt"
            }
            Os::Windows => {
                "systeminfo > system.txt & netstat -ano > netstat.txt & tasklist /v > tasks.txt & wevtutil qe System /c:500 /rd:true /f:text > events.txt"
            }
        }
    }

    /// Packs logs and dumps with checksums.
    pub fn pack(&self) -> &'static str {
        match self.os {
            Os::Aix => {
                "tar -cf - logs javacore* heapdump* core* Snap* | gzip > evidence_$(hostname)_$(date +%Y%m%d%H%M).tar.gz; csum -h SHA256 evidence_*.tar.gz"
            }
            Os::Linux => {
                "tar -czf evidence_$(hostname)_$(date +%Y%m%d%H%M).tar.gz logs *.hprof hs_err* javacore* heapdump* gc*.log* 2>/dev/null; sha256sum evidence_*.tar.gz"
            }
            Os::Windows => {
                "powershell Compress-Archive -Path logs,*.hprof,hs_err*,javacore*,heapdump* -DestinationPath evidence.zip & certutil -hashfile evidence.zip SHA256"
            }
        }
    }
}
