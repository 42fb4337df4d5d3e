set -u
OUT=""; PIDS=""; LOGS=""; DUMPS=1; HEAP=0; MAXMB=200; TOTALMB=2000; DAYS=1; EVERY=10
usage() {
  echo "usage: sh collect.sh [-o DIR] [-p PID]... [-l DIR]... [-d DAYS] [-m MB] [-t MB] [-s SECONDS] [-n] [-H]"
  echo "  -o DIR     where to gather (default /tmp/goldenhour-HOST-TIME; needs free space)"
  echo "  -p PID     Java process (default: every java process that ps shows)"
  echo "  -l DIR     folder with logs, javacores, dumps to copy from"
  echo "  -d DAYS    only files changed in the last DAYS days (default $DAYS)"
  echo "  -m MB      leave out files larger than this (default $MAXMB)"
  echo "  -t MB      stop copying after this much (default $TOTALMB)"
  echo "  -s SECONDS between the three thread dumps (default $EVERY)"
  echo "  -n         no thread dumps: no process is spoken to"
  echo "  -H         ALSO a heap dump of each process. It PAUSES the VM, a minute or more for a large heap:"
  echo "             only with approval, and never as long as users still work on that server."
  echo "through a bastion host: ssh -J BASTION USER@SERVER sh -s -- -l /path/to/logs < collect.sh"
  exit 2
}
while getopts o:p:l:d:m:t:s:nHh opt; do
  case $opt in
    o) OUT=$OPTARG ;; p) PIDS="$PIDS $OPTARG" ;; l) LOGS="$LOGS
$OPTARG" ;; d) DAYS=$OPTARG ;; m) MAXMB=$OPTARG ;; t) TOTALMB=$OPTARG ;; s) EVERY=$OPTARG ;;
    n) DUMPS=0 ;; H) HEAP=1 ;; *) usage ;;
  esac
done
for n in $DAYS $MAXMB $TOTALMB $EVERY $PIDS; do case $n in *[!0-9]*) usage ;; esac; done

HOST=$(hostname 2>/dev/null || uname -n)
[ -n "$OUT" ] || OUT=/tmp/goldenhour-$HOST-$(date +%Y%m%d%H%M%S)
umask 077
mkdir -p "$OUT/os" "$OUT/jvm" "$OUT/logs" || { echo "cannot make $OUT" >&2; exit 4; }
free_mb() { df -kP "$OUT" 2>/dev/null | awk 'NR==2 {print int($4/1024)}'; }
FREE=$(free_mb)
if [ -n "$FREE" ] && [ "$FREE" -lt 500 ]; then
  echo "only $FREE MB free in $OUT: choose another folder with -o" >&2; exit 4
fi
leave_out() { echo "$*" >>"$OUT/left-out.txt"; }

# Runs one command for at most 60 s and keeps what it prints, under a line that says when and where it ran.
keep() {
  file=$1; shift
  command -v "$1" >/dev/null 2>&1 || { leave_out "$1: not here"; return 0; }
  echo "  $*"
  {
    echo "# $(date '+%Y-%m-%d %H:%M:%S') $HOST \$ $*"
    "$@" 2>&1 </dev/null &
    child=$!
    ( waited=0; while [ $waited -lt 60 ] && kill -0 $child 2>/dev/null; do sleep 1; waited=$((waited + 1)); done
      kill $child 2>/dev/null ) >/dev/null 2>&1 </dev/null &
    watch=$!
    wait $child
    kill $watch 2>/dev/null
  } >>"$OUT/$file" 2>/dev/null
}

# Asks for a thread dump by signal. A VM started with -Xrs would end on it: then not.
ask() {
  if ps -fp "$1" 2>/dev/null | grep -q -e '-Xrs'; then
    leave_out "process $1 runs with -Xrs: a signal would end it, no thread dump"
  else
    echo "  kill -3 $1: the dump goes to the process's own folder or console log"
    kill -3 "$1" 2>>"$OUT/left-out.txt"
  fi
}

# Copies one file, small enough, its path kept.
take_file() {
  mb=$(( $(wc -c <"$1" 2>/dev/null || echo 0) / 1048576 ))
  have=$(du -sk "$OUT/logs" 2>/dev/null | awk '{print int($1/1024)}')
  if [ "$mb" -gt "$MAXMB" ]; then
    leave_out "$1: $mb MB, larger than $MAXMB MB: fetch it by itself"
  elif [ $((${have:-0} + mb)) -gt "$TOTALMB" ] || [ "$mb" -gt $(($(free_mb) - 200)) ]; then
    leave_out "$1: $mb MB: no room within $TOTALMB MB"
  else
    to="$OUT/logs$(dirname "$1")"
    mkdir -p "$to" && cp -p "$1" "$to/" 2>>"$OUT/left-out.txt"
  fi
}

# Copies the recent files of a folder.
take() {
  [ -d "$1" ] || { leave_out "$1: no folder"; return 0; }
  find "$1" -type f -mtime -"$DAYS" 2>/dev/null | while IFS= read -r f; do
    case $f in "$OUT"/*) ;; *) take_file "$f" ;; esac
  done
}

# Copies the dumps that a process wrote into its working folder since this script began.
take_dumps() {
  for f in "$1"/javacore* "$1"/heapdump* "$1"/Snap*; do
    [ -f "$f" ] && [ -n "$(find "$f" -newer "$OUT/os/date.txt" 2>/dev/null)" ] && take_file "$f"
  done
}

hashes() {
  if command -v sha256sum >/dev/null 2>&1; then tool="sha256sum"
  elif command -v openssl >/dev/null 2>&1; then tool="openssl dgst -sha256"
  else tool="cksum"; fi
  # shellcheck disable=SC2086,SC2094  # a command and its option; the list leaves itself out
  ( cd "$OUT" && find . -type f ! -name hashes.txt -exec $tool {} \; >hashes.txt 2>/dev/null )
}

finish() {
  echo "$LOGS" | while IFS= read -r l; do [ -z "$l" ] || take "$l"; done
  hashes
  echo "done: $OUT"
  ( cd "$(dirname "$OUT")" && tar cf - "$(basename "$OUT")" 2>/dev/null | gzip -c >"$OUT.tar.gz" ) && echo "packed: $OUT.tar.gz"
  [ -s "$OUT/left-out.txt" ] && { echo "left out:"; cat "$OUT/left-out.txt"; }
  echo "next: take the file through the bastion host to the rescue PC, then: goldenhour analyze $(basename "$OUT").tar.gz"
  echo "then see that $OUT and $OUT.tar.gz are deleted here by whoever may"
}
