#!/usr/bin/env bash
# Records the samples: runs the pharmacy server in one of its modes under the load of twelve windows, and keeps what an
# engineer would fetch. Needs a JDK 17; run once, the output is committed.
#   record.sh leak|deadlock|quiet|export OUT_DIR        (OUT_DIR must not exist)
set -euo pipefail
mode=$1
out=$2
here=$(cd "$(dirname "$0")" && pwd)
home=$(mktemp -d /tmp/pharmacy.XXXXXX)   # a neutral place: its path ends up inside the dumps
mkdir -p "$home/classes" "$home/logs" "$out"
out=$(cd "$out" && pwd)
find "$here/src" -name '*.java' -print0 | xargs -0 javac -encoding UTF-8 -d "$home/classes"
cd "$home"
java=$(readlink -f "$(command -v java)")
port=$((20000 + RANDOM % 20000))
heap=24m seconds=900 pause=900
case $mode in
  deadlock) seconds=100 ;;
  quiet) seconds=150 pause=600 ;;
  export) heap=20m seconds=240 pause=900 ;;
esac
clean=(env -i PATH=/usr/bin:/bin TZ=Asia/Shanghai LANG=C.UTF-8)

"${clean[@]}" "$java" -Xms$heap -Xmx$heap -XX:+UseG1GC -XX:+HeapDumpOnOutOfMemoryError -XX:HeapDumpPath=logs \
  -Xlog:gc*:file=logs/gc.log:time,uptime,level,tags:filecount=0 -Dfile.encoding=UTF-8 -cp classes \
  com.wutongli.pharmacy.PharmacyServer $port logs $mode > logs/console.log 2>&1 &
server=$!
sleep 3
"${clean[@]}" "$java" -Xmx64m -cp classes com.wutongli.window.Windows $port $seconds $pause $mode &
windows=$!

dump() { "${clean[@]}" timeout 60 "$(dirname "$java")/jstack" $server > "logs/threads.$(TZ=Asia/Shanghai date +%Y%m%d.%H%M%S).txt" || true; }
wait_for() { # wait_for SECONDS COMMAND…
  local left=$1; shift
  until "$@" || [ $((left -= 1)) -le 0 ]; do sleep 1; done
}
full_gcs() { [ "$(grep -c 'Pause Full' logs/gc.log)" -ge "$1" ]; }
dumped() { compgen -G 'logs/*.hprof' > /dev/null; }
hung() { grep -q '未返回' logs/pharmacy.log; }

case $mode in
  leak)
    wait_for 900 full_gcs 2; dump
    wait_for 15 dumped; dump
    wait_for 300 dumped; sleep 10; dump
    kill -QUIT $server; sleep 20 ;;
  deadlock)
    wait_for 90 hung; dump
    sleep 15; kill -QUIT $server; sleep 10; dump ;;
  quiet)
    sleep 120; dump; "${clean[@]}" "$(dirname "$java")/jcmd" $server GC.heap_dump "$home/logs/java_pid$server.hprof" > /dev/null; sleep 15 ;;
  export)
    wait_for 240 dumped; sleep 20 ;;
esac
kill $windows 2> /dev/null || true
kill $server 2> /dev/null || true
wait $server 2> /dev/null || true
cp logs/* "$out/"
echo "$mode: recorded in $out, pid $server, port $port"
