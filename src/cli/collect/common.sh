set -u
OUT=""; PIDS=""; LOGS=""; DUMPS=0; MAXMB=200; DAYS=2
usage() {
  echo "usage: sh collect.sh [-o DIR] [-p PID]... [-l LOGDIR]... [-d DAYS] [-m MAXMB] [-k]"
  echo "  -o DIR     where to gather (default /tmp/goldenhour-HOST-TIME; needs free space)"
  echo "  -p PID     Java process (default: every java process that ps shows)"
  echo "  -l LOGDIR  folder with logs, javacores, dumps to copy from"
  echo "  -d DAYS    only files changed in the last DAYS days (default 2)"
  echo "  -m MAXMB   leave out files larger than this (default 200)"
  echo "  -k         ALSO ask each Java process for three thread dumps, 20 s apart (kill -3)."
  echo "             The process goes on, but writes files: only with approval."
  exit 2
}
while getopts o:p:l:d:m:kh opt; do
  case $opt in
    o) OUT=$OPTARG ;; p) PIDS="$PIDS $OPTARG" ;; l) LOGS="$LOGS
$OPTARG" ;; d) DAYS=$OPTARG ;; m) MAXMB=$OPTARG ;; k) DUMPS=1 ;; *) usage ;;
  esac
done
for n in $DAYS $MAXMB $PIDS; do case $n in *[!0-9]*) usage ;; esac; done

HOST=$(hostname 2>/dev/null || uname -n)
[ -n "$OUT" ] || OUT=/tmp/goldenhour-$HOST-$(date +%Y%m%d%H%M%S)
umask 077
mkdir -p "$OUT/os" "$OUT/jvm" "$OUT/logs" || { echo "cannot make $OUT" >&2; exit 4; }
FREE=$(df -kP "$OUT" 2>/dev/null | awk 'NR==2 {print int($4/1024)}')
if [ -n "$FREE" ] && [ "$FREE" -lt 500 ]; then
  echo "only $FREE MB free in $OUT: choose another folder with -o" >&2; exit 4
fi

# Runs one command for at most 60 s and keeps what it prints, under a line that says when and where it ran.
keep() {
  file=$1; shift
  command -v "$1" >/dev/null 2>&1 || { echo "$1: not here" >>"$OUT/left-out.txt"; return 0; }
  echo "  $*"
  {
    echo "# $(date '+%Y-%m-%d %H:%M:%S') $HOST \$ $*"
    "$@" 2>&1 &
    child=$!
    ( waited=0; while [ $waited -lt 60 ] && kill -0 $child 2>/dev/null; do sleep 1; waited=$((waited + 1)); done
      kill $child 2>/dev/null ) >/dev/null 2>&1 &
    watch=$!
    wait $child
    kill $watch 2>/dev/null
  } >>"$OUT/$file" 2>/dev/null
}

# Copies recent files of a folder, small enough, names kept.
take() {
  folder=$1
  [ -d "$folder" ] || { echo "$folder: no folder" >>"$OUT/left-out.txt"; return 0; }
  find "$folder" -type f -mtime -"$DAYS" 2>/dev/null | while IFS= read -r f; do
    mb=$(( $(wc -c <"$f" 2>/dev/null || echo 0) / 1048576 ))
    if [ "$mb" -gt "$MAXMB" ]; then
      echo "$f: $mb MB, larger than $MAXMB MB: fetch it by itself" >>"$OUT/left-out.txt"
    else
      to="$OUT/logs$(dirname "$f")"
      mkdir -p "$to" && cp -p "$f" "$to/" 2>>"$OUT/left-out.txt"
    fi
  done
}

finish() {
  echo "done: $OUT"
  ( cd "$(dirname "$OUT")" && tar cf - "$(basename "$OUT")" 2>/dev/null | gzip -c >"$OUT.tar.gz" ) && echo "packed: $OUT.tar.gz"
  [ -s "$OUT/left-out.txt" ] && { echo "left out:"; cat "$OUT/left-out.txt"; }
  echo "next: take the file through the bastion host to the rescue PC, then: goldenhour analyze $(basename "$OUT").tar.gz"
}
