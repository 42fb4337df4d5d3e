#!/usr/bin/env bash
# Makes samples/broken out of the healthy and the J9 sample: what a crash, a full disk or a bad copy leaves behind.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p broken
cut_at() { # cut_at FILE BYTES: closes the pipe early without failing
  python3 -c 'import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()[:int(sys.argv[1])])' "$1"
}
gzip -dc healthy/java_pid*.hprof.gz | cut_at 3300000 | gzip -9n > broken/cut-in-a-record.hprof.gz  # whole gzip, cut dump
cut_at 9000 < healthy/access.log.gz > broken/cut.log.gz                                          # cut gzip
gzip -dc j9/heapdump.*.phd.gz | cut_at 60001 > broken/cut.phd
cut_at 9000 < j9/javacore.*.txt > broken/javacore-cut.txt
: > broken/empty.log
python3 - <<'PY'
import struct
# Bytes without meaning, the same ones every time.
state, junk = 20261125, bytearray()
for _ in range(4096):
    state = (state * 1103515245 + 12345) & 0x7FFFFFFF
    junk.append(state >> 16 & 0xFF)
open("broken/unknown.bin", "wb").write(junk)

# An HPROF whose counts lie: an object array of two thousand million elements, a segment longer than the file.
def record(tag, body, length=None):
    return struct.pack(">BII", tag, 0, len(body) if length is None else length) + body
def text(i, s):
    return record(0x01, struct.pack(">Q", i) + s)
dump = b"JAVA PROFILE 1.0.2\0" + struct.pack(">IQ", 8, 1795580000000)
dump += text(1, b"java/lang/Object") + text(2, b"[Ljava/lang/Object;")
dump += record(0x02, struct.pack(">IQIQ", 1, 0x100, 0, 1)) + record(0x02, struct.pack(">IQIQ", 2, 0x200, 0, 2))
klass = lambda i: struct.pack(">BQI6QIHHH", 0x20, i, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
heap = klass(0x100) + klass(0x200)
heap += struct.pack(">BQIQI", 0x21, 0x1000, 1, 0x100, 0) + struct.pack(">BQ", 0x05, 0x1000)
heap += struct.pack(">BQIIQQ", 0x22, 0x2000, 1, 0x7FFFFFFF, 0x200, 0x1000)
dump += record(0x1C, heap, 0xFFFFFF00)
open("broken/lying-counts.hprof", "wb").write(dump)
PY
