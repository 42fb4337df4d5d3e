use super::*;

/// Several outputs in one file, with echoes of different make.
const MIXED: &str = "# 2026-11-16 08:38:01 app-01 $ free -m\n\
               total        used        free      shared  buff/cache   available\n\
Mem:           24105        4628       15109        1200        5913       19476\n\
Swap:           1024         512           0\n\
== df -h ==\n\
Filesystem      Size  Used Avail Use% Mounted on\n\
/dev/vda        252G   29G   63G  32% /\n\
/dev/mapper/a-very-long-name-of-a-volume\n                 20M   20M     0 100% /opt/his data\n\
[root@app-01 ~]# ps -eo pid,ppid,user,%cpu,%mem,rss,nlwp,lstart,args\n\
    PID    PPID USER     %CPU %MEM   RSS NLWP                  STARTED COMMAND\n\
  20483       1 his       2.4  0.6 157672  38 Mon Nov 16 08:12:03 2026 /usr/bin/java -Xmx34m Main\n\
$ cat /proc/20483/limits\n\
Limit                     Soft Limit           Hard Limit           Units     \n\
Max processes             620                  unlimited            processes \n\
Max open files            320                  320                  files     \n";

const ERRPT_A: &str = "---------------------------------------------------------------------------\n\
LABEL:          CORE_DUMP\nIDENTIFIER:     A924A5FC\n\nDate/Time:       Sun Nov 15 02:19:15 CST 2026\nSequence Number: 9559\n\
Node Id:         emrapp1\nClass:           S\nType:            PERM\nResource Name:   SYSPROC\n\nDescription\nSOFTWARE PROGRAM ABNORMALLY TERMINATED\n\n\
Detail Data\nSIGNAL NUMBER\n          11\nUSER'S PROCESS ID:\n             10092938\nPROGRAM NAME\njava\n";

const KERNEL: &str = "[137771.992498] java invoked oom-killer: gfp_mask=0x140dca, order=0, oom_score_adj=0\n\
[137771.992814] Out of memory: Killed process 49358 (java) total-vm:9476316kB, anon-rss:6845824kB, file-rss:444kB, shmem-rss:0kB, UID:1000\n\
[137772.5] ens192: NIC Link is Down\n";

const HISTORY: &str = " 1001  2026-11-16 15:19:15  cd /opt/his\n 1002  2026-11-16 15:19:19  df -h\n 1003  2026-11-16 15:19:30  kill 16798\n";

fn one(text: &str) -> Output {
    let mut all = parse(text.as_bytes()).value;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn nothing_is_no_listing() {
    assert_eq!(recognise(b""), None);
    assert_eq!(parse(b"").gaps.len(), 1);
    for text in [
        "2026-11-16 08:12:04 INFO started\n2026-11-16 08:12:05 WARN x\n",
        "16798\n",
        "Dear colleague,\n\nthe total is used and free of charge.\n",
        "2026-11-22 01:52:42 weekly maintenance window: stop node1\n2026-11-22 01:52:43 node1 stopped\n",
        "<html>\n<body>\n</body>\n</html>\n",
        "1. Filesystem check\n2. Mounted on the wall\n3. Look\n",
    ] {
        assert_eq!(recognise(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn a_file_of_several_outputs_is_split() {
    let all = parse(MIXED.as_bytes()).value;
    let kinds: Vec<&str> = all.iter().map(|o| o.kind).collect();
    assert_eq!(kinds, ["free", "df", "ps", "limits"]);
    assert_eq!(all[0].host.as_deref(), Some("app-01"));
    assert!(all[0].time.is_some());
    let Listing::Free(free) = &all[0].listing else { panic!() };
    assert_eq!(free.bytes(free.available.as_ref()), Some(19476 << 20));
    let Listing::FileSystems(rows) = &all[1].listing else {
        panic!()
    };
    assert_eq!(
        (rows[1].mount.as_str(), rows[1].used_percent),
        ("/opt/his data", Some(100.0))
    );
    let Listing::Processes(rows) = &all[2].listing else {
        panic!()
    };
    assert_eq!(
        (rows[0].pid, rows[0].threads, rows[0].rss),
        (20483, Some(38), Some(157_672 << 10))
    );
    assert_eq!(rows[0].command, "/usr/bin/java -Xmx34m Main");
    assert!(rows[0].started.is_some());
    let Listing::Limits(rows) = &all[3].listing else {
        panic!()
    };
    assert_eq!((rows[0].what, rows[0].soft, rows[0].hard), ("threads", Some(620), None));
}

#[test]
fn outputs_without_echoes_are_split_by_their_headers() {
    let text = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/hd4 2097152 1005632 1091520 48% /\n\n\
                IDENTIFIER TIMESTAMP  T C RESOURCE_NAME  DESCRIPTION\n369D049B   1114235526 I O SYSPFS         UNABLE TO ALLOCATE SPACE IN FILE SYSTEM\n";
    let kinds: Vec<&str> = parse(text.as_bytes()).value.iter().map(|o| o.kind).collect();
    assert_eq!(kinds, ["df", "errpt"]);
}

#[test]
fn df_of_aix_in_gigabytes() {
    let text = "Filesystem    GB blocks      Free %Used    Iused %Iused Mounted on\n/dev/fslv03      200.00      0.00  100%  1388120    86% /hisdata\n/proc                -         -    -         -     -  /proc\n";
    let Listing::FileSystems(rows) = one(text).listing else {
        panic!()
    };
    assert_eq!((rows[0].size, rows[0].inodes_percent), (Some(200 << 30), Some(86.0)));
    assert_eq!(rows[1].used_percent, None);
}

#[test]
fn error_log_of_aix() {
    let Listing::ErrptDetails(entries) = one(ERRPT_A).listing else {
        panic!()
    };
    let e = &entries[0];
    assert_eq!(
        (e.label.as_str(), e.detail("PROGRAM NAME"), e.detail("SIGNAL NUMBER")),
        ("CORE_DUMP", Some("java"), Some("11"))
    );
    assert_eq!(e.time.unwrap().rfc3339(crate::CHINA), "2026-11-15T02:19:15.000+08:00");
    let text = "IDENTIFIER TIMESTAMP  T C RESOURCE_NAME  DESCRIPTION\nEC0BCCD4   1105110826 T H ent2           ETHERNET DOWN\n";
    let Listing::Errpt(rows) = one(text).listing else {
        panic!()
    };
    assert_eq!(rows[0].time().unwrap().civil.to_string(), "2026-11-05T11:08:00");
}

#[test]
fn kernel_messages() {
    let Listing::Kernel(events) = one(KERNEL).listing else {
        panic!()
    };
    assert!(
        matches!(&events[1].what, KernelLine::OomKilled { pid: 49358, name, rss_kb: Some(6_846_268), .. } if name == "java")
    );
    assert!(matches!(&events[2].what, KernelLine::Link { adapter, up: false } if adapter == "ens192"));
    let text = "Nov 19 10:00:01 app-01 kernel: java[77]: segfault at 0 ip 00007f sp 00007f error 4 in libcard.so[7f+1000]\nNov 19 10:00:02 app-01 sshd[1]: x\n";
    let Listing::Syslog(log) = one(text).listing else {
        panic!()
    };
    assert_eq!(log.records, 2);
    assert!(
        matches!(&log.events[0].what, KernelLine::Segfault { pid: Some(77), module: Some(m), .. } if m == "libcard.so")
    );
}

#[test]
fn connections_of_every_system() {
    for (text, family, port) in [
        (
            "Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)\ntcp4 0 0 10.1.1.1.40066 10.1.1.9.1521 SYN_SENT\n",
            "aix",
            "1521",
        ),
        (
            "Proto Recv-Q Send-Q Local Address           Foreign Address         State\ntcp6 0 0 10.1.1.1:8080 10.1.1.9:1521 SYN_SENT\n",
            "linux",
            "1521",
        ),
        (
            "  Proto  Local Address          Foreign Address        State\n  TCP    10.1.1.1:1031         10.1.1.9:1521         SYN_SENT\n",
            "windows",
            "1521",
        ),
        (
            "State   Recv-Q Send-Q Local Address:Port  Peer Address:Port\nSYN-SENT 0 1 10.1.1.1:40066 10.1.1.9:1521\n",
            "ss",
            "1521",
        ),
    ] {
        let Listing::Sockets(s) = one(text).listing else {
            panic!("{text}")
        };
        assert_eq!(
            (s.family, s.tcp[0].state.as_str(), s.tcp[0].peer_port.as_str()),
            (family, "SYN_SENT", port)
        );
    }
}

#[test]
fn a_listing_in_utf_16_is_read() {
    let text = "\u{feff}Host Name:                 APP\r\nTotal Physical Memory:     2,047 MB\r\n";
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(recognise(&bytes), Some("systeminfo"));
    let Listing::Settings(s) = parse(&bytes).value.remove(0).listing else {
        panic!()
    };
    assert_eq!(s.get(&["Total Physical Memory"]), Some("2,047 MB"));
}

#[test]
fn histories_with_and_without_times() {
    let Listing::History(entries) = one(HISTORY).listing else {
        panic!()
    };
    assert_eq!((entries[2].command.as_str(), entries[2].line), ("kill 16798", 3));
    let Listing::History(entries) = one("#1700000000\ncd /opt\n#1700000010\nkill -9 1\n").listing else {
        panic!()
    };
    assert!(entries[1].time.is_some());
}

#[test]
fn sessions_of_three_databases() {
    let pg = "  pid  | usename | state  | wait_event_type | wait_event | since | query\n-------+---------+-----\n 17 | his | active | Lock | relation | 00:01:06 | update a | b\n(1 row)\n";
    let Listing::Sessions(s) = one(pg).listing else {
        panic!()
    };
    assert_eq!(
        (s[0].age_s, s[0].wait_kind.as_deref(), s[0].statement.as_deref()),
        (Some(66.0), Some("Lock"), Some("update a | b"))
    );
    let ora = "       SID    SERIAL# USERNAME   STATUS   EVENT                          BLOCKING_SESSION\n---------- ---------- ---------- -------- ------------------------------ ----------------\n       123        456 HIS        ACTIVE   enq: TX - row lock contention               77\n";
    let Listing::Sessions(s) = one(ora).listing else {
        panic!()
    };
    assert_eq!(
        (s[0].id.as_str(), s[0].wait.as_deref(), s[0].blocked_by.as_deref()),
        ("123", Some("enq: TX - row lock contention"), Some("77"))
    );
    let my = "| Id | User | Host | db | Command | Time | State | Info |\n|  5 | his | a:1 | x | Query | 66 | Locked | select 1 |\n";
    let Listing::Sessions(s) = one(my).listing else {
        panic!()
    };
    assert_eq!((s[0].id.as_str(), s[0].age_s), ("5", Some(66.0)));
}

#[test]
fn the_log_of_postgresql() {
    let text = "2026-11-18 10:23:12.667 CST [10325] a@b LOG:  process 10325 still waiting for ShareLock on transaction 5 after 1000.107 ms\n\
                2026-11-18 10:23:12.667 CST [10325] a@b DETAIL:  Process holding the lock: 17258. Wait queue: 10325.\n\
                2026-11-18 10:23:13.000 CST [10326] a@b FATAL:  sorry, too many clients already\n";
    let Listing::DatabaseLog(log) = one(text).listing else {
        panic!()
    };
    assert_eq!(
        (log.lock_waits[0].holder, log.lock_waits[0].waited_ms),
        (Some(17258), 1000.107)
    );
    assert_eq!((log.errors[0].level.as_str(), log.records), ("FATAL", 2));
}

#[test]
fn metaspace_and_loaders() {
    let text = "$ jcmd 9370 VM.classloader_stats\n9370:\nClassLoader         Parent              CLD*               Classes   ChunkSz   BlockSz  Type\n\
                0x1  0x0  0x7     3    10    9  a.B$Loader\n0x1  0x0  0x8     3    10    9  a.B$Loader\nTotal = 2                  6  5000  4000  \n";
    let Listing::Metaspace(m) = one(text).listing else {
        panic!()
    };
    assert_eq!((m.used, m.loaders_total, m.loaders[0].count), (Some(4000), Some(2), 2));
}

#[test]
fn every_prefix_and_random_damage_is_read() {
    for text in [MIXED, ERRPT_A, KERNEL, HISTORY] {
        for end in (0..text.len()).filter(|e| text.is_char_boundary(*e)) {
            parse(&text.as_bytes()[..end]);
            recognise(&text.as_bytes()[..end]);
        }
        let mut seed = 99u32;
        for _ in 0..200 {
            let mut bytes = text.as_bytes().to_vec();
            for _ in 0..6 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = (seed >> 4) as usize % bytes.len();
                bytes[at] = (seed >> 24) as u8;
            }
            parse(&bytes);
        }
    }
}
