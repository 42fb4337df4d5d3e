echo "gathering in $OUT"
keep os/date.txt date
keep os/oslevel.txt oslevel -s
keep os/uptime.txt uptime
keep os/errpt.txt errpt
keep os/errpt_a.txt errpt -a -s "$(TZ=UTC+24 date +%m%d%H%M%y)"
keep os/vmstat.txt vmstat 2 5
keep os/iostat.txt iostat 2 3
keep os/lparstat.txt lparstat 2 3
keep os/lparstat_i.txt lparstat -i
keep os/lsps.txt lsps -a
keep os/lsps.txt lsps -s
keep os/svmon.txt svmon -G
keep os/df.txt df -g
keep os/netstat_an.txt netstat -an
keep os/netstat_in.txt netstat -in
keep os/netstat_rn.txt netstat -rn
keep os/netstat_s.txt netstat -s -p tcp
keep os/ps.txt ps -ef
keep os/ps_aux.txt ps aux
keep os/ulimit.txt sh -c "ulimit -a"
[ -n "$PIDS" ] || PIDS=$(ps -e -o pid,comm | awk '$2 ~ /java$/ {print $1}')
for p in $PIDS; do
  keep "jvm/threads_$p.txt" ps -mp "$p" -o THREAD
  keep "jvm/ps_$p.txt" ps -fp "$p"
  keep "jvm/svmon_$p.txt" svmon -P "$p" -O summary=basic
  keep "jvm/limits_$p.txt" procfiles -n "$p"
done
if [ $DUMPS = 1 ]; then
  for round in 1 2 3; do
    for p in $PIDS; do
      ask "$p"
      keep "jvm/threads_$p.txt" ps -mp "$p" -o THREAD
    done
    [ $round = 3 ] || sleep "$EVERY"
  done
  sleep 10
fi
if [ $HEAP = 1 ]; then
  for p in $PIDS; do
    if command -v jcmd >/dev/null 2>&1; then
      echo "  heap dump of process $p: the VM pauses now"
      jcmd "$p" Dump.heap >>"$OUT/jvm/heapdump_$p.txt" 2>&1 </dev/null || leave_out "process $p: no heap dump (see jvm/heapdump_$p.txt)"
    else
      leave_out "process $p: jcmd is not here; ask for the heap dump with wsadmin: AdminControl.invoke(jvm, 'generateHeapDump')"
    fi
  done
fi
for p in $PIDS; do
  cwd=$(procwdx "$p" 2>/dev/null | awk '{print $2}')
  [ -n "$cwd" ] && take_dumps "${cwd%/}"
done
finish
