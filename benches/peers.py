#!/usr/bin/env python3
"""Javacores and GC logs beside other readers, in the same run: CPU seconds, wall seconds, peak memory.

    benches/peers.py GOLDENHOUR [--javacore FILE] [--gc FILE] [--copies N] [--rounds N]

FILE may be gzipped. A javacore is copied N times, each copy ten seconds later than the one before, as a series taken
in the field is; a GC log is repeated N times in one file. Peers that are not installed are left out and said so:
  javacore_analyser_batch   from PyPI `javacore-analyser` (or JAVACORE_ANALYSER=path); writes HTML, so it does more
  gcviewer                  GCVIEWER=path of its jar, run with java; writes CSV
CPU time is user + system of all processes, the least of the rounds; the machine's load is printed with it.
"""

import argparse
import datetime
import gzip
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

STAMP = re.compile(rb"^(1TIDATETIME(?:UTC)?\s+Date:\s+)(\d{4}/\d\d/\d\d) at (\d\d:\d\d:\d\d)", re.M)


def content(path):
    with open(path, "rb") as file:
        data = file.read()
    return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data


def later(text, seconds):
    """The javacore with its times moved on."""
    def move(match):
        words = f"{match[2].decode()} {match[3].decode()}"
        moved = datetime.datetime.strptime(words, "%Y/%m/%d %H:%M:%S") + datetime.timedelta(seconds=seconds)
        return match[1] + moved.strftime("%Y/%m/%d at %H:%M:%S").encode()
    return STAMP.sub(move, text)


def javacores(path, folder, copies):
    text = content(path)
    os.mkdir(folder)
    first = datetime.datetime(2026, 1, 1, 8)
    names = []
    for number in range(copies):
        at = (first + datetime.timedelta(seconds=10 * number)).strftime("%Y%m%d.%H%M%S")
        names.append(os.path.join(folder, f"javacore.{at}.1.{number + 1:04}.txt"))
        with open(names[-1], "wb") as file:
            file.write(later(text, 10 * number))
    return names


def repeated(path, target, copies):
    text = content(path)
    with open(target, "wb") as file:
        for _ in range(copies):
            file.write(text if text.endswith(b"\n") else text + b"\n")
    return [target]


def once(command, cwd):
    """CPU seconds, wall seconds, peak MiB and the exit status of one run in a process of its own."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        started = time.monotonic()
        status = subprocess.call(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wall = time.monotonic() - started
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        figures = f"{used.ru_utime + used.ru_stime} {wall} {used.ru_maxrss / 1024} {status}"
        os.write(write, figures.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        cpu, wall, peak, status = pipe.read().split()
    os.waitpid(child, 0)
    return float(cpu), float(wall), float(peak), int(status)


def compare(title, files, runs, rounds, work):
    size = sum(os.path.getsize(name) for name in files) / 1e6
    print(f"{title}: {len(files)} file(s), {size:.1f} MB, load {os.getloadavg()[0]:.1f}, least of {rounds}")
    print(f"  {'reader':24} {'cpu s':>8} {'wall s':>8} {'peak MiB':>9} {'MB/cpu s':>9} {'ratio':>7}")
    ours = None
    for name, command in runs:
        figures = []
        for number in range(rounds):
            out = os.path.join(work, f"out-{title}-{name}-{number}".replace(" ", "-"))
            figures.append(once([word.replace("OUT", out) for word in command], work))
        cpu, wall, peak = (min(column) for column in list(zip(*figures))[:3])
        ours = ours or cpu
        failed = "" if all(f[3] == 0 for f in figures) else "  (exit status not 0)"
        print(f"  {name:24} {cpu:8.2f} {wall:8.2f} {peak:9.0f} {size / max(cpu, 1e-9):9.1f} {cpu / max(ours, 1e-9):6.1f}x{failed}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("goldenhour")
    parser.add_argument("--javacore")
    parser.add_argument("--gc")
    parser.add_argument("--copies", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    args = parser.parse_args()
    if not (args.javacore or args.gc):
        parser.error("--javacore or --gc is needed")
    binary = os.path.abspath(args.goldenhour)
    with tempfile.TemporaryDirectory(prefix="peers.") as work:
        if args.javacore:
            folder = os.path.join(work, "javacores")
            files = javacores(args.javacore, folder, args.copies)
            runs = [("goldenhour threads", [binary, "threads", *files, "--json"])]
            peer = os.environ.get("JAVACORE_ANALYSER") or shutil.which("javacore_analyser_batch")
            if peer:
                runs.append(("javacore-analyser", [peer, folder, "OUT"]))
            else:
                print("skipped: javacore_analyser_batch is not installed")
            compare("javacores", files, runs, args.rounds, work)
        if args.gc:
            files = repeated(args.gc, os.path.join(work, "gc.log"), args.copies)
            runs = [("goldenhour gc", [binary, "gc", *files, "--json"])]
            jar = os.environ.get("GCVIEWER")
            if jar and shutil.which("java"):
                runs.append(("GCViewer", ["java", "-jar", os.path.abspath(jar), files[0], "OUT.csv"]))
            else:
                print("skipped: GCVIEWER names no jar")
            compare("GC log", files, runs, args.rounds, work)


if __name__ == "__main__":
    sys.exit(main())
