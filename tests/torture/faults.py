#!/usr/bin/env python3
"""Hostile archives and a hostile machine, against the built program.

    tests/torture/faults.py target/release/goldenhour            everything (some minutes)
    tests/torture/faults.py target/release/goldenhour --short    as CI runs it
    tests/torture/faults.py BIN --only NAME                      the checks whose name holds NAME

Every check is a function `check_…`; it fails by `fail(…)`. What must hold everywhere: no panic, no signal, an exit status
of the table in the README, a report that is whole or absent. What needs root (tmpfs, another user, a device node) or strace
says "skipped" without it.
"""

import argparse
import gzip
import io
import json
import os
import random
import re
import resource
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zipfile
import zlib

LOG = b"".join(
    b"2026-11-20 10:%02d:%02d,000 %s [main] a.B - step %d\n" % (n // 60, n % 60, b"ERROR" if n % 50 == 49 else b"INFO ", n)
    for n in range(600)
)
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SAMPLE = os.path.join(ROOT, "samples", "incident")


class Failed(Exception):
    pass


class Skipped(Exception):
    pass


def fail(words):
    raise Failed(words)


def skip(words):
    raise Skipped(words)


class Run:
    """One run of the program: its status, streams, seconds and peak memory."""

    def __init__(self, status, out, err, seconds, peak_mb):
        self.status, self.out, self.err, self.seconds, self.peak_mb = status, out, err, seconds, peak_mb


class World:
    """A folder for one check, and the program in it."""

    def __init__(self, binary, short):
        self.binary, self.short = binary, short
        self.home = tempfile.mkdtemp(prefix="torture-")
        self.evidence = self.path("evidence")
        os.mkdir(self.evidence)

    def path(self, *parts):
        return os.path.join(self.home, *parts)

    def put(self, name, data):
        path = os.path.join(self.evidence, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def env(self, **more):
        env = {"HOME": self.home, "LANG": "en_US.UTF-8", "PATH": os.environ["PATH"]}
        env.update(more)
        return env

    def start(self, *args, env=None, **options):
        return subprocess.Popen(
            [self.binary, *args], cwd=self.home, env=self.env(**(env or {})), stdin=subprocess.DEVNULL, **options
        )

    def run(self, *args, env=None, timeout=120, wants=(0,), stdout=None):
        out = tempfile.TemporaryFile()
        err = tempfile.TemporaryFile()
        began = time.monotonic()
        process = self.start(*args, env=env, stdout=stdout or out, stderr=err)
        timer = threading.Timer(timeout, process.kill)
        timer.start()
        _, code, usage = os.wait4(process.pid, 0)
        timer.cancel()
        seconds = time.monotonic() - began
        process.returncode = status = os.waitstatus_to_exitcode(code)
        out.seek(0)
        err.seek(0)
        run = Run(status, out.read().decode("utf-8", "replace"), err.read().decode("utf-8", "replace"), seconds, usage.ru_maxrss / 1024)
        if seconds >= timeout:
            fail(f"{args}: not done after {timeout} s")
        if "panicked at" in run.err:
            fail(f"{args}: a panic: {run.err[:500]}")
        if status not in wants:
            fail(f"{args}: exit status {status}, not one of {wants}: {run.err[:500]}")
        return run

    def analyze(self, *args, wants=(0,), **options):
        return self.run("analyze", "evidence", "--no-progress", "-v", *args, wants=wants, **options)

    def report(self, folder="goldenhour-report"):
        with open(self.path(folder, "report.json"), encoding="utf-8") as file:
            return json.load(file)

    def artefacts(self):
        return {a["path"]: a for a in self.report()["artefacts"] if "parent" not in a}

    def gaps(self, path):
        artefact = self.artefacts().get(path)
        if artefact is None:
            fail(f"{path} is not in the report: {sorted(self.artefacts())[:20]}")
        return [gap["reason"]["en"] for gap in artefact.get("gaps", [])]

    def remove(self):
        subprocess.run(["umount", "-q", self.path("small")], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.home, ignore_errors=True)


def zipped(members, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def tarred(entries, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=tarfile.GNU_FORMAT) as archive:
        for info, data in entries:
            if data is not None:
                info.size = len(data)
            archive.addfile(info, io.BytesIO(data) if data is not None else None)
    return out.getvalue()


def regular(name, data):
    return tarfile.TarInfo(name), data


def special(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, None


def zeroes(size):
    """A gzip of `size` zero bytes, made without holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1 << 20)
    out = [packer.compress(block) for _ in range(size >> 20)]
    return b"".join(out) + packer.flush()


def wants_gap(world, path, *words):
    gaps = world.gaps(path)
    if not any(any(word in gap for word in words) for gap in gaps):
        fail(f"{path}: no gap with one of {words}: {gaps}")


# --- archives ---------------------------------------------------------------------------------------------------------


def check_bomb_ratio(world):
    world.put("bomb.log.gz", zeroes(2 << 30))
    world.put("app.log", LOG)
    run = world.analyze()
    wants_gap(world, "bomb.log.gz", "limit")
    if run.peak_mb > 2500:
        fail(f"{run.peak_mb:.0f} MB of memory")


def check_bomb_of_many_members(world):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for n in range(60_000):
            archive.writestr(f"{n}.log", b"x\n")
    world.put("many.zip", out.getvalue())
    world.put("app.log", LOG)
    world.analyze(timeout=240)
    wants_gap(world, "many.zip", "limit")


def check_bomb_of_overlapping_members(world):
    """One stream of data, named by a thousand directory entries (Fifield, "A better zip bomb")."""
    data = zlib.compress(bytes(64 << 20), 9)[2:-4]
    crc = zlib.crc32(bytes(64 << 20))
    name = b"big.log"
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0x5A74, crc, len(data), 64 << 20, len(name), 0) + name + data
    directory = b""
    for n in range(1000):
        other = b"%07d" % n
        directory += struct.pack(
            "<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 0x5A74, crc, len(data), 64 << 20, len(other), 0, 0, 0, 0, 0, 0
        ) + other
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1000, 1000, len(directory), len(local), 0)
    world.put("overlap.zip", local + directory + end)
    world.put("app.log", LOG)
    run = world.analyze(timeout=240)
    if run.peak_mb > 2500:
        fail(f"{run.peak_mb:.0f} MB of memory")


def check_depth(world):
    data = zipped([("deep.log", LOG)])
    for n in range(20):
        data = zipped([(f"level{n}.zip", data)])
    world.put("deep.zip", data)
    tower = LOG
    for _ in range(30):
        tower = gzip.compress(tower)
    world.put("tower.log.gz", tower)
    world.put("app.log", LOG)
    world.analyze()
    wants_gap(world, "deep.zip!/level19.zip!/level18.zip", "limit")
    if not world.gaps("tower.log.gz"):
        fail("thirty gzip layers and no gap")


def check_quine(world):
    """A gzip that unpacks to itself (Cox, "Zip Files All The Way Down"), built the short way: one that holds its like."""
    data = b""
    for _ in range(3):
        data = gzip.compress(data + data, mtime=0)
    world.put("quine.gz", data)
    inner = zipped([("self.zip", b"placeholder")])
    world.put("self.zip", zipped([("self.zip", inner), ("again/self.zip", inner)]))
    world.put("app.log", LOG)
    world.analyze()


def check_names(world):
    # A name nobody else uses: the check looks beside its own folder, too.
    stray = f"torture-stray-{os.getpid()}.log"
    names = ["../../../../tmp/torture-escape.log", "/tmp/torture-escape.log", "C:\\windows\\torture.log", "..\\up.log",
             f"a/../../{stray}", "./x.log", "new\nline.log", "esc\x1b[31m.log", "a" * 250 + ".log", "<script>alert(1)</script>.log"]
    world.put("names.zip", zipped([(name, LOG) for name in names]))
    world.put("names.tar", tarred([regular(name, LOG) for name in names]))
    world.analyze()
    for place in ["/tmp/torture-escape.log", world.path("..", stray), world.path("up.log")]:
        if os.path.exists(place):
            fail(f"{place} was written")
    for path in world.artefacts():
        inside = path.split("!/", 1)[-1]
        if inside.startswith("/") or ".." in inside.split("/") or any(ord(c) < 32 for c in inside):
            fail(f"a name that misleads: {path!r}")
    page = open(world.path("goldenhour-report", "report.html"), encoding="utf-8").read()
    if "<script>alert(1)" in page:
        fail("a member's name became script")


def check_gbk_names(world):
    name = "日志/线程转储.log".encode("gbk")
    data = zipped([("n" * len(name), LOG)]).replace(b"n" * len(name), name)
    world.put("gbk.zip", data)
    info = tarfile.TarInfo("n" * len(name))
    data = bytearray(tarred([(info, LOG)]))
    data[: len(name)] = name
    data[148:156] = b"        "
    data[148:156] = b"%06o\0 " % sum(data[:512])
    world.put("gbk.tar", bytes(data))
    os.makedirs(os.path.join(world.evidence.encode(), "日志".encode("gbk")))
    with open(os.path.join(world.evidence.encode(), "日志".encode("gbk"), "控制台.log".encode("gbk")), "wb") as file:
        file.write(LOG)
    world.analyze()
    for path in ["gbk.zip!/日志/线程转储.log", "gbk.tar!/日志/线程转储.log", "日志/控制台.log"]:
        world.gaps(path)


def check_links_and_devices(world):
    world.put("links.tar", tarred([
        regular("real.log", LOG),
        special("soft.log", tarfile.SYMTYPE, "/etc/passwd"),
        special("hard.log", tarfile.LNKTYPE, "real.log"),
        special("out.log", tarfile.LNKTYPE, "/etc/shadow"),
        special("null", tarfile.CHRTYPE),
        special("disk", tarfile.BLKTYPE),
        special("pipe", tarfile.FIFOTYPE),
        special("folder", tarfile.DIRTYPE),
    ]))
    info = zipfile.ZipInfo("soft.log")
    info.external_attr = 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, "/etc/passwd")
        archive.writestr("real.log", LOG)
    world.put("links.zip", out.getvalue())
    os.symlink("/etc/passwd", os.path.join(world.evidence, "passwd.log"))
    os.symlink(world.evidence, os.path.join(world.evidence, "round"))
    os.symlink("/dev/zero", os.path.join(world.evidence, "zero.log"))
    world.analyze()
    text = json.dumps(world.report())
    if "root:x:0" in text:
        fail("a link was followed out of the evidence")
    for member in ["soft.log", "out.log"]:
        artefact = world.artefacts().get(f"links.tar!/{member}")
        if artefact and not artefact.get("gaps"):
            fail(f"{member}: a link without a gap")


def check_links_in_archives_are_told(world):
    world.put("links.tar", tarred([regular("real.log", LOG), special("soft.log", tarfile.SYMTYPE, "/etc/passwd")]))
    world.analyze()
    gaps = world.gaps("links.tar")
    if not any("soft.log" in gap for gap in gaps):
        fail(f"a link in a tar is left out without a word: {gaps}")


def check_duplicates(world):
    import warnings
    warnings.simplefilter("ignore")
    world.put("twice.zip", zipped([("app.log", LOG), ("app.log", LOG + b"second\n")]))
    world.put("twice.tar", tarred([regular("app.log", LOG), regular("app.log", LOG + b"second\n")]))
    world.analyze()
    for archive in ["twice.tar", "twice.zip"]:
        both = [a for a in world.report()["artefacts"] if a["path"].startswith(archive + "!/") and "parent" not in a]
        if len(both) != 2 and not world.gaps(archive):
            fail(f"{archive}: {len(both)} of two members of one name, and no gap")


def check_wrong_sizes(world):
    good = zipped([("app.log", LOG)])
    at = good.index(b"PK\x01\x02")
    for n, (field, value) in enumerate([(20, 1), (20, 0xFFFFFFF0), (24, 1), (24, 0xFFFFFFF0), (16, 12345), (42, 0xFFFF)]):
        bad = bytearray(good)
        bad[at + field : at + field + 4] = struct.pack("<I", value)
        world.put(f"size{n}.zip", bytes(bad))
    tar = bytearray(tarred([regular("app.log", LOG)]))
    for n, size in enumerate([b"77777777777\0", b"\x80" + b"\xff" * 11, b"-0000000001\0", b"zzzzzzzzzzz\0"]):
        bad = bytearray(tar)
        bad[124:136] = size
        bad[148:156] = b"        "
        bad[148:156] = b"%06o\0 " % sum(bad[:512])
        world.put(f"size{n}.tar", bytes(bad))
    world.put("app.log", LOG)
    run = world.analyze()
    if run.peak_mb > 1000:
        fail(f"{run.peak_mb:.0f} MB of memory")
    for path in [f"size{n}.tar" for n in range(4)] + [f"size{n}.zip" for n in (0, 2, 4, 5)]:
        told = [a for a in world.report()["artefacts"] if a["path"].startswith(path) and a.get("gaps")]
        if not told:
            fail(f"{path}: a wrong size and no gap")


def check_encrypted(world):
    data = bytearray(zipped([("secret.log", LOG)]))
    data[6] |= 1
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    world.put("secret.zip", bytes(data))
    world.put("app.log", LOG)
    world.analyze()
    wants_gap(world, "secret.zip!/secret.log", "assword", "ncrypt")


def check_foreign_archives(world):
    world.put("a.log.Z", b"\x1f\x9d\x90" + bytes(range(200)))
    world.put("b.7z", b"7z\xbc\xaf\x27\x1c\0\4" + bytes(100))
    world.put("c.rar", b"Rar!\x1a\x07\x01\0" + bytes(range(100)))
    world.put("d.log.bz2", b"BZh91AY&SY" + bytes(range(100)))
    world.put("e.log.xz", b"\xfd7zXZ\0" + bytes(range(100)))
    world.put("f.log.zst", b"\x28\xb5\x2f\xfd" + bytes(range(100)))
    world.put("g.docx", zipped([("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w:document/>")]))
    world.put("h.xlsx", zipped([("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>")]))
    world.put("app.log", LOG)
    world.analyze()
    for name in ["a.log.Z", "b.7z", "c.rar", "d.log.bz2", "e.log.xz", "f.log.zst"]:
        wants_gap(world, name, "unpack")
    for name in ["g.docx", "h.xlsx"]:
        wants_gap(world, name, "document", "Word", "Office")


# --- folders and files ------------------------------------------------------------------------------------------------


def check_many_files(world):
    count = 3_000 if world.short else 100_000
    for n in range(count):
        folder = os.path.join(world.evidence, f"{n // 1000:03}")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, f"{n:06}.log"), "wb") as file:
            file.write(b"2026-11-20 10:00:00,000 INFO [main] a.B - %d\n" % n)
    run = world.analyze(timeout=900)
    size = os.path.getsize(world.path("goldenhour-report", "report.html"))
    print(f"      {count} files: {run.seconds:.1f} s, {run.peak_mb:.0f} MB, report.html {size >> 20} MB")
    if size > 30 << 20:
        fail(f"report.html has {size >> 20} MB")


def check_pipes_and_sockets(world):
    os.mkfifo(os.path.join(world.evidence, "pipe.log"))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.path.join(world.evidence, "socket.log"))
    world.put("app.log", LOG)
    world.analyze(timeout=20)
    for name in ["pipe.log", "socket.log"]:
        wants_gap(world, name, "regular file")
    world.run("analyze", os.path.join(world.evidence, "pipe.log"), "--no-progress", wants=(3,), timeout=20)
    for command in ["logs", "threads", "gc", "heap"]:
        world.run(command, os.path.join(world.evidence, "pipe.log"), "--no-progress", wants=(3,), timeout=20)


def check_file_that_shrinks(world):
    rounds = 3 if world.short else 25
    for n in range(rounds):
        path = world.put("big.log", LOG * 2500)
        process = world.start("analyze", "evidence", "--no-progress", "-v", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        time.sleep(0.02 + random.random() * 0.5)
        os.truncate(path, random.choice([0, 4096, 1 << 20, (40 << 20) + 123]))
        _, err = process.communicate(timeout=60)
        if process.returncode not in (0, 3) or b"panicked" in err:
            fail(f"round {n}: status {process.returncode}: {err[:300]}")


def check_file_that_is_replaced(world):
    for n in range(2 if world.short else 15):
        path = world.put("big.log", LOG * 2500)
        process = world.start("analyze", "evidence", "--no-progress", "-v", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        time.sleep(random.random() * 0.4)
        os.replace(world.put("other.log", LOG), path)
        _, err = process.communicate(timeout=60)
        if process.returncode != 0 or b"panicked" in err:
            fail(f"round {n}: status {process.returncode}: {err[:300]}")


def as_nobody(world, *args, wants):
    if os.geteuid() != 0:
        skip("needs root to become somebody else")
    os.chmod(world.home, 0o777)
    copy = world.path("goldenhour")
    shutil.copy(world.binary, copy)
    os.chmod(copy, 0o755)
    done = subprocess.run([copy, *args], cwd=world.home, env=world.env(), user=65534, group=65534, capture_output=True, timeout=60)
    err = done.stderr.decode("utf-8", "replace")
    if done.returncode not in wants or "panicked" in err:
        fail(f"{args}: status {done.returncode}, wanted {wants}: {err[:300]}")
    return done, err


def check_folder_without_rights(world):
    world.put("open/app.log", LOG)
    world.put("closed/app.log", LOG)
    world.put("half/app.log", LOG)
    os.chmod(os.path.join(world.evidence, "closed"), 0)
    os.chmod(os.path.join(world.evidence, "half"), 0o444)
    as_nobody(world, "analyze", "evidence", "--no-progress", "--no-store", "-v", wants=(0,))
    for name in ["closed", "half/app.log"]:
        wants_gap(world, name, "ermission")
    as_nobody(world, "analyze", "evidence/closed", "--no-progress", "--no-store", wants=(3,))
    os.mkdir(world.path("locked"), 0o555)
    _, err = as_nobody(world, "analyze", "evidence", "--out", "locked/report", "--no-progress", "--no-store", wants=(4,))
    if "locked/report" not in err:
        fail(f"the sentence does not name the folder: {err}")


def check_store_that_cannot_be_written(world):
    world.put("app.log", LOG)
    with open(world.path("rubbish.db"), "wb") as file:
        file.write(b"this is no database" * 500)
    world.analyze("--store", "rubbish.db", wants=(4,))
    world.report()
    world.analyze("--store", "evidence/app.log/x.db", wants=(4,))
    run = world.analyze(env={"HOME": "/proc/nowhere"})
    if "not recorded" not in run.err:
        fail(f"an unusable record of its own choice is not told: {run.err}")


def small_disk(world, size):
    if os.geteuid() != 0:
        skip("needs root to mount a small tmpfs")
    place = world.path("small")
    os.makedirs(place, exist_ok=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "torture", place], stderr=subprocess.DEVNULL).returncode:
        skip("no right to mount")
    return place


def check_full_disk(world):
    place = small_disk(world, "64k")
    try:
        run = world.run("analyze", SAMPLE, "--out", "small/report", "--no-store", "--no-progress", "-v", wants=(4,))
        if "small/report" not in run.err:
            fail(f"the sentence does not name the folder: {run.err}")
        for name in os.listdir(place + "/report"):
            if name.startswith(".goldenhour") or name.endswith(".html") and os.path.getsize(f"{place}/report/{name}") == 0:
                fail(f"{name} is left behind")
        world.put("app.log", LOG)
        run = world.analyze("--store", "small/store/x.db", wants=(0, 4))
        run = world.run("trends", "--store", "small/none.db", "--out", "small/trends", "--no-progress", wants=(0, 4))
    finally:
        subprocess.run(["umount", "-l", place], check=False)


def check_full_temporary_folder(world):
    """What is larger than memory's share goes to temporary files; a full disk there is a gap, no death."""
    place = small_disk(world, "1m")
    try:
        world.put("big.log.gz", gzip.compress(LOG * 3000, 1))
        world.put("app.log", LOG)
        world.analyze("--memory-limit", "64M", env={"TMPDIR": place})
        if not world.gaps("big.log.gz"):
            fail("no gap for what did not fit")
        world.analyze("--memory-limit", "64M", env={"TMPDIR": "/nowhere"})
    finally:
        subprocess.run(["umount", "-l", place], check=False)


def check_read_only_disk(world):
    place = small_disk(world, "1m")
    try:
        os.mkdir(place + "/report")
        if subprocess.run(["mount", "-o", "remount,ro", place], stderr=subprocess.DEVNULL).returncode:
            skip("no right to remount")
        world.put("app.log", LOG)
        world.analyze("--out", "small/report", wants=(4,))
        world.analyze("--out", "small/new", wants=(4,))
        world.analyze("--store", "small/x.db", wants=(4,))
    finally:
        subprocess.run(["umount", "-l", place], check=False)


# --- the process ------------------------------------------------------------------------------------------------------


def whole_or_absent(world, folder):
    """Every form that is there ends as it should, and no temporary file bears a form's name."""
    ends = {"report.json": "}", "report.html": "</html>", "report.md": ""}
    for name, end in ends.items():
        path = world.path(folder, name)
        if os.path.exists(path):
            text = open(path, encoding="utf-8").read()
            if not text.strip() or not text.rstrip().endswith(end):
                fail(f"half a {name}")
            if name == "report.json":
                json.loads(text)


def check_kill(world):
    shutil.copytree(SAMPLE, os.path.join(world.evidence, "incident"))
    whole = min(world.analyze("--store", "s.db").seconds for _ in range(2))
    random.seed(7)
    finished = 0
    for n in range(12 if world.short else 100):
        folder = f"r{n % 3}"
        process = world.start(
            "analyze", "evidence", "--out", folder, "--store", "s.db", "--no-progress", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(whole * random.random() * 1.8)
        finished += process.poll() is not None
        process.send_signal(signal.SIGKILL)
        process.wait()
        whole_or_absent(world, folder)
        store = sqlite3.connect(world.path("s.db"))
        if store.execute("pragma integrity_check").fetchone() != ("ok",):
            fail(f"the record is damaged after kill {n}")
        store.close()
    world.analyze("--store", "s.db", "--out", "r0")
    run = world.run("incidents", "list", "--json", "--store", "s.db")
    count = len(json.loads(run.out)["incidents"])
    if count != 1:
        fail(f"{count} incidents of one evidence")
    left = [name for name in os.listdir(world.path("r0")) if name.startswith(".goldenhour-")]
    print(f"      {finished} finished before the signal; temporary files left in r0: {len(left)}")
    if left:
        fail(f"temporary files of killed runs stay behind: {left[:3]}")


def check_two_at_once(world):
    shutil.copytree(SAMPLE, os.path.join(world.evidence, "incident"))
    for _ in range(2 if world.short else 10):
        both = [
            world.start("analyze", "evidence", "--store", "s.db", "--no-progress", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            for _ in range(3)
        ]
        for process in both:
            _, err = process.communicate(timeout=120)
            if process.returncode != 0 or err:
                fail(f"status {process.returncode}: {err[:300]}")
        whole_or_absent(world, "goldenhour-report")
    count = len(json.loads(world.run("incidents", "list", "--json", "--store", "s.db").out)["incidents"])
    if count != 1:
        fail(f"{count} incidents of one evidence")


def check_clock(world):
    """The report's bytes do not hang on the clock, nor on file times from the future or before 1970."""
    shutil.copytree(SAMPLE, os.path.join(world.evidence, "incident"))
    world.analyze("--out", "now")
    first = open(world.path("now", "report.json"), "rb").read()
    for name, moment in [("future", 2**33), ("past", -10_000_000), ("zero", 0)]:
        for folder, _, files in os.walk(world.evidence):
            for file in files:
                os.utime(os.path.join(folder, file), (moment, moment))
        world.analyze("--out", name, "--no-store")
    if shutil.which("faketime"):
        subprocess.run(["faketime", "2001-01-01 00:00:00", world.binary, "analyze", "evidence", "--out", "old", "--no-store", "--no-progress"],
                       cwd=world.home, env=world.env(), check=True, stdout=subprocess.DEVNULL)
    if not first:
        fail("no report")


def check_locale(world):
    shutil.copytree(SAMPLE, os.path.join(world.evidence, "incident"))
    reports = set()
    for env in [{"LANG": "C"}, {"LANG": "POSIX", "LC_ALL": "C"}, {"LANG": "zh_CN.GB18030"}, {"LANG": ""}, {"LANG": "\udcff", "TERM": "dumb"}]:
        run = world.analyze("--no-store", env=env)
        if not run.out.strip():
            fail(f"{env}: nothing on stdout")
        reports.add(open(world.path("goldenhour-report", "report.json"), "rb").read())
    if len(reports) != 1:
        fail("the locale changes report.json")


def check_closed_streams(world):
    shutil.copytree(SAMPLE, os.path.join(world.evidence, "incident"))
    q = f"'{world.binary}'"
    lines = [
        f"{q} analyze evidence --no-store --json | head -c 100 > /dev/null; exit ${{PIPESTATUS[0]}}",
        f"{q} explain --list | head -1 > /dev/null; exit ${{PIPESTATUS[0]}}",
        f"{q} --help | head -1 > /dev/null; exit ${{PIPESTATUS[0]}}",
        f"{q} collect --os linux | true; exit ${{PIPESTATUS[0]}}",
        f"{q} analyze evidence --no-store >&-",
        f"{q} analyze evidence --no-store 2>&-",
        f"{q} analyze evidence --no-store <&- >/dev/null 2>&-",
    ]
    for line in lines:
        done = subprocess.run(["bash", "-c", line], cwd=world.home, env=world.env(), capture_output=True, timeout=60)
        if done.returncode != 0 or b"panicked" in done.stderr:
            fail(f"{line}: status {done.returncode}: {done.stderr[:300]}")
    for command in ["analyze evidence --no-store", "explain --list", "collect --os aix", "--help"]:
        done = subprocess.run(["bash", "-c", f"{q} {command} > /dev/full"], cwd=world.home, env=world.env(), capture_output=True, timeout=60)
        if done.returncode != 4 or b"panicked" in done.stderr:
            fail(f"{command} > /dev/full: status {done.returncode}: {done.stderr[:300]}")


def check_little_memory_and_few_descriptors(world):
    shutil.copytree(SAMPLE, os.path.join(world.evidence, "incident"))
    for n in range(300):
        world.put(f"more/{n}.log", LOG)
    q = f"'{world.binary}'"
    for limit, wants in [("ulimit -n 16", (0,)), ("ulimit -v 3000000", (0, 134)), ("ulimit -u 1", (0,)), ("ulimit -s 256", (0,))]:
        line = f"{limit}; {q} analyze evidence --no-store --no-progress -v"
        done = subprocess.run(["bash", "-c", line], cwd=world.home, env=world.env(), capture_output=True, timeout=120)
        if done.returncode not in wants or b"panicked" in done.stderr:
            fail(f"{limit}: status {done.returncode}: {done.stderr[:300]}")


def check_no_network(world):
    if not shutil.which("strace"):
        skip("strace is not installed")
    shutil.copytree(SAMPLE, os.path.join(world.evidence, "incident"))
    trace = world.path("trace.txt")
    for args in [["analyze", "evidence"], ["trends"], ["incidents", "list"], ["render", "goldenhour-report/report.json"],
                 ["heap", "evidence/incident/java_pid14123.hprof.gz"], ["collect", "--os", "linux"], ["explain", "--list"]]:
        done = subprocess.run(["strace", "-f", "-qq", "-e", "trace=%network", "-o", trace, world.binary, *args],
                              cwd=world.home, env=world.env(), capture_output=True, timeout=300)
        if b"ptrace" in done.stderr:
            skip("no right to trace")
        # `???( <detached ...>` is a thread that ended before strace knew its call.
        calls = [line for line in open(trace)
                 if "(" in line and "+++" not in line and "---" not in line and "<detached" not in line]
        if done.returncode or calls:
            fail(f"{args}: status {done.returncode}, network calls {calls[:3]}")


def check_identities_nowhere_but_asked(world):
    """Markup, escapes and formulas in the evidence come out harmless everywhere."""
    evil = "\x1b]0;pwned\x07\x1b[2J<script>alert(1)</script>=cmd|' /C calc'!A0 [x](javascript:alert(1)) \u202egnp.exe"
    lines = "".join(
        f"2026-11-20 10:{n // 60:02}:{n % 60:02},000 ERROR [{evil}] a.B - {evil} failed\njava.lang.IllegalStateException: {evil}\n\tat a.B.c(B.java:1)\n"
        for n in range(600)
    )
    world.put("app.log", lines.encode())
    run = world.analyze("--color", "never")
    if any(ord(c) < 32 and c not in "\n\t" for c in run.out):
        fail("control characters on the terminal")
    page = open(world.path("goldenhour-report", "report.html"), encoding="utf-8").read()
    if "<script>alert" in page or "\x1b" in page:
        fail("markup of the evidence in report.html")
    text = open(world.path("goldenhour-report", "report.md"), encoding="utf-8").read()
    # What stands in a code span or behind a backslash is words to every reader of Markdown.
    bare = re.sub(r"`[^`\n]*`|\\.", "", text)
    if "<script>" in bare or "\x1b" in text or "](javascript" in bare:
        fail("markup of the evidence in report.md")
    for command in ["logs"]:
        run = world.run(command, "evidence/app.log", "--no-progress", "--color", "never")
        if any(ord(c) < 32 and c not in "\n\t" for c in run.out):
            fail(f"{command}: control characters on the terminal")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    binary = os.path.abspath(args.binary)
    checks = [(name[6:], check) for name, check in globals().items() if name.startswith("check_") and args.only in name]
    failures = 0
    for name, check in checks:
        world = World(binary, args.short)
        began = time.monotonic()
        try:
            check(world)
            word = "holds"
        except Skipped as why:
            word = f"skipped: {why}"
        except Failed as why:
            word = f"FAILS: {why}"
            failures += 1
        except subprocess.TimeoutExpired as why:
            word = f"FAILS: {why}"
            failures += 1
        finally:
            for folder, _, _ in os.walk(world.home):
                os.chmod(folder, 0o755)
            world.remove()
        print(f"  {name.replace('_', ' '):48} {time.monotonic() - began:6.1f} s  {word}", flush=True)
    print(f"{len(checks) - failures} of {len(checks)} hold")
    return 1 if failures else 0


sys.exit(main())
