use super::*;

const SMALL: &str = r#"0SECTION       TITLE subcomponent dump routine
NULL           ===============================
1TICHARSET     UTF-8
1TISIGINFO     Dump Event "user" (00004000) received
1TIDATETIME    Date: 2026/11/10 at 08:34:52:539
1TITIMEZONE    Timezone: UTC+8 (CST)
0SECTION       ENVINFO subcomponent dump routine
1CIPROCESSID   Process ID: 21877 (0x5575)
1CIUSERARGS    UserArgs:
2CIUSERARG               -Xmx256m
2CIENVVAR      SECRET=line one
line two of the value
2CIUSERLIMIT   RLIMIT_NOFILE                        10240            unlimited
0SECTION       LOCKS subcomponent dump routine
2LKMONINUSE      sys_mon_t:0x01 infl_mon_t: 0x02:
3LKMONOBJECT       com/acme/Pool@0x00000000E06F12C8: owner "Worker: 1" (J9VMThread:0x000000000213BC00), entry count 1
3LKWAITERQ            Waiting to enter:
3LKWAITER                "Worker "2"" (J9VMThread:0x0000000002140F00)
2LKREGMON          Thread global lock (0x03): <unowned>
3LKWAITER                "VM's own" (J9VMThread:0x0000000002140F01)
0SECTION       THREADS subcomponent dump routine
1XMCURTHDINFO  Current thread
3XMTHREADINFO      "Worker: 1" J9VMThread:0x000000000213BC00, omrthread_t:0x01, java/lang/Thread:0x00000000E0000001, state:R, prio=5
NULL
1XMTHDINFO     Thread Details
3XMTHREADINFO      "Worker: 1" J9VMThread:0x000000000213BC00, omrthread_t:0x01, java/lang/Thread:0x00000000E0000001, state:R, prio=5
3XMJAVALTHREAD            (java/lang/Thread getId:0xE, isDaemon:true)
3XMTHREADINFO1            (native thread ID:0x59F, native priority:0x5, native policy:UNKNOWN, vmstate:R, vm thread flags:0x00000020)
3XMCPUTIME               CPU usage total: 3.045660461 secs, user: 3.0 secs, system: 0.04 secs, current category="Application"
3XMTHREADINFO3           Java callstack:
4XESTACKTRACE                at com/acme/Pool.get(Pool.java:7(Compiled Code))
5XESTACKTRACE                   (entered lock: com/acme/Pool@0x00000000E06F12C8, entry count: 1)
3XMTHREADINFO      "Worker "2"" J9VMThread:0x0000000002140F00, omrthread_t:0x01, java/lang/Thread:0x00000000E0000002, state:B, prio=5
3XMTHREADBLOCK     Blocked on: com/acme/Pool@0x00000000E06F12C8 Owned by: "Worker: 1" (J9VMThread:0x000000000213BC00, java/lang/Thread:0x00000000E0000001)
3XMTHREADINFO      Anonymous native thread
4XENATIVESTACK               clone+0x5e (0xB763543E [libc.so.6+0xee43e])
9NEWTAG        of a later level
0SECTION       CLASSES subcomponent dump routine
2CLTEXTCLLOADER		p---st-- Loader *System*(0x000000068003E888)
3CLNMBRLOADEDCL			Number of loaded classes 3989
0SECTION       Javadump End section
NULL           ---------------------- END OF DUMP -------------------------------------
"#;

fn small() -> Javacore {
    parse(SMALL.as_bytes()).value.remove(0)
}

#[test]
fn every_part_is_read() {
    let core = small();
    assert_eq!(core.title.event.as_deref(), Some("user"));
    assert_eq!(
        core.title.time.map(|t| t.rfc3339(crate::CHINA)).as_deref(),
        Some("2026-11-10T08:34:52.539+08:00")
    );
    assert_eq!(core.environment.pid, Some(21877));
    assert_eq!(core.environment.limits[0].hard, None);
    assert_eq!(core.monitors.len(), 1);
    assert_eq!(core.monitors[0].entering[0].name, "Worker \"2\"");
    assert_eq!(
        core.monitors[0].owner.as_ref().map(|o| o.name.as_str()),
        Some("Worker: 1")
    );
    assert_eq!(core.loaders[0].classes, 3989);
    assert!(core.complete);
}

#[test]
fn the_current_thread_counts_once_and_keeps_its_stack() {
    let core = small();
    assert_eq!(core.threads.len(), 2);
    assert_eq!((core.current, core.anonymous_threads), (Some(0), 1));
    let first = &core.threads[0];
    assert_eq!(first.frames, ["com.acme.Pool.get(Pool.java:7)".into()]);
    assert_eq!(
        (first.native_id, first.daemon, first.cpu_s),
        (Some(0x59F), true, Some(3.045_660_461))
    );
    assert_eq!(first.entered, [(1, "com.acme.Pool".to_owned(), 0xE06F_12C8)]);
    let wait = core.threads[1].wait.as_ref().unwrap();
    assert_eq!(
        (wait.kind, wait.owner.as_ref().unwrap().vm_id),
        (WaitKind::Blocked, Some(0x213_BC00))
    );
}

#[test]
fn unknown_tags_are_counted_and_values_may_span_lines() {
    let parsed = parse(SMALL.as_bytes());
    assert_eq!(parsed.value[0].unknown_tags.get("9NEWTAG"), Some(&1));
    assert_eq!(parsed.gaps.len(), 1, "{:?}", parsed.gaps);
}

#[test]
fn two_files_joined_are_two() {
    let both = format!("{SMALL}{SMALL}junk behind\n");
    let parsed = parse(both.as_bytes());
    assert_eq!(parsed.value.len(), 2);
    assert_eq!(parsed.value[1].threads.len(), 2);
    assert!(parsed.value[1].line > 40);
    assert_eq!(parsed.gaps.last().map(|g| g.offset), Some(2 * SMALL.len() as u64));
}

#[test]
fn a_file_of_z_os_is_read() {
    let table: Vec<u8> = (0..=255u8).collect();
    let ascii =
        tags::as_ascii_superset(&[&[0xF0, 0xE2, 0xC5, 0xC3, 0xE3, 0xC9, 0xD6, 0xD5][..], &table].concat()).into_owned();
    let back = |b: u8| ascii.iter().skip(8).position(|a| *a == b).map_or(0x6F, |i| i as u8);
    let ebcdic: Vec<u8> = SMALL.bytes().map(back).collect();
    let core = parse(&ebcdic).value.remove(0);
    assert_eq!((core.threads.len(), core.complete), (2, true));
}

#[test]
fn chains_of_the_classic_vm_are_one_deadlock() {
    let text = "1LKDEADLOCK    Deadlock detected !!!\n\
        2LKDEADLOCKTHR  Thread \"A: 1\" (0x25177C8)\n4LKDEADLOCKMON      sys_mon_t:0x1 infl_mon_t: 0x0:\n4LKDEADLOCKOBJ      java.lang.Object@53A90D0/53A90D8:\n\
        2LKDEADLOCKTHR  Thread \"B\" (0x2516FE8)\n4LKDEADLOCKOBJ      java.lang.Object@53A90C0/53A90C8:\n2LKDEADLOCKTHR  Thread \"A: 1\" (0x25177C8)\n\
        2LKDEADLOCKTHR  Thread \"B\" (0x2516FE8)\n4LKDEADLOCKOBJ      java.lang.Object@53A90C0/53A90C8:\n\
        2LKDEADLOCKTHR  Thread \"A: 1\" (0x25177C8)\n4LKDEADLOCKOBJ      java.lang.Object@53A90D0/53A90D8:\n2LKDEADLOCKTHR  Thread \"B\" (0x2516FE8)\n\
        0SECTION       XM subcomponent dump routine\n3XMTHREADINFO      \"A: 1\" (TID:0x2BDE718, sys_thread_t:0x25177C8, state:CW, native ID:0xCD0) prio=5\n";
    let core = parse(text.as_bytes()).value.remove(0);
    assert_eq!(core.deadlocks.len(), 1);
    assert_eq!(
        core.deadlocks[0].iter().map(|l| l.address).collect::<Vec<_>>(),
        [Some(0x53A_90D0), Some(0x53A_90C0)]
    );
    let thread = &core.threads[0];
    assert_eq!(
        (thread.vm_id, thread.object, thread.native_id, thread.state.as_str()),
        (Some(0x251_77C8), Some(0x2BD_E718), Some(0xCD0), "CW")
    );
}

#[test]
fn every_prefix_and_damage_is_survived() {
    for end in 0..SMALL.len() {
        let parsed = parse(&SMALL.as_bytes()[..end]);
        assert!(!parsed.gaps.is_empty() || end + 2 >= SMALL.len());
    }
    let mut seed: u64 = 9;
    for _ in 0..500 {
        let mut bytes = SMALL.as_bytes().to_vec();
        for _ in 0..20 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = (seed >> 33) as usize % bytes.len();
            bytes[at] = (seed >> 20) as u8;
        }
        let _ = parse(&bytes);
    }
}
