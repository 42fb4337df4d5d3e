echo "gathering in $OUT"
keep os/date.txt date
keep os/uname.txt uname -a
keep os/uptime.txt uptime
keep os/free.txt free -m
keep os/vmstat.txt vmstat 2 5
keep os/iostat.txt iostat -x 2 3
keep os/df.txt df -h
keep os/df_i.txt df -i
keep os/dmesg.txt dmesg -T
keep os/journal_kernel.txt journalctl -k --since "-2 days" --no-pager
keep os/netstat.txt netstat -ant
keep os/ss.txt ss -ant
keep os/ss_listen.txt ss -lnt
keep os/ip.txt ip -s link
keep os/route.txt ip route
keep os/ps.txt ps -eo pid,ppid,user,%cpu,%mem,rss,nlwp,lstart,args
keep os/top.txt top -b -n 2 -d 3
keep os/last.txt last -x -n 20
[ -n "$PIDS" ] || PIDS=$(ps -e -o pid= -o comm= | awk '$2 ~ /java$/ {print $1}')
for p in $PIDS; do
  keep "jvm/status_$p.txt" cat "/proc/$p/status"
  keep "jvm/limits_$p.txt" cat "/proc/$p/limits"
  keep "jvm/fd_$p.txt" sh -c "ls -l /proc/$p/fd | awk '{print \$NF}' | sort | uniq -c | sort -rn | head -50"
  keep "jvm/flags_$p.txt" jcmd "$p" VM.flags
  keep "jvm/heap_$p.txt" jcmd "$p" GC.heap_info
done
if [ $DUMPS = 1 ]; then
  for round in 1 2 3; do
    for p in $PIDS; do
      if command -v jcmd >/dev/null 2>&1 && jcmd "$p" VM.version >/dev/null 2>&1 </dev/null; then
        keep "jvm/threads_${p}_$round.txt" jcmd "$p" Thread.print -l
      else
        ask "$p"
      fi
      keep "jvm/top_H_$p.txt" top -b -H -n 1 -p "$p"
    done
    [ $round = 3 ] || sleep "$EVERY"
  done
fi
if [ $HEAP = 1 ]; then
  for p in $PIDS; do
    need=$(awk '/^VmRSS/ {print int($2/1024)}' "/proc/$p/status" 2>/dev/null)
    if [ "${need:-0}" -gt $(($(free_mb) - 200)) ]; then
      leave_out "process $p: a heap dump may take $need MB: no room in $OUT"
    else
      echo "  heap dump of process $p: the VM pauses now"
      jcmd "$p" GC.heap_dump "$OUT/jvm/heap_$p.hprof" >>"$OUT/jvm/heapdump_$p.txt" 2>&1 </dev/null ||
        leave_out "process $p: no heap dump (see jvm/heapdump_$p.txt; jcmd must run as the user of the process)"
    fi
  done
fi
for p in $PIDS; do
  cwd=$(readlink "/proc/$p/cwd" 2>/dev/null) && take_dumps "$cwd"
done
finish
