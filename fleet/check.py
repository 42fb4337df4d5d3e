#!/usr/bin/env python3
"""Runs fleet.py in Spark's local-cluster mode: one worker, two workers, a worker killed on the way, an empty bundle.

    python3 fleet/check.py GOLDENHOUR BUNDLES

Then imports the result twice, exports it, and reads the export with DuckDB and Spark. Exit status 0 when all of it holds.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def spark_submit():
    import pyspark
    return os.path.join(os.path.dirname(pyspark.__file__), "bin", "spark-submit")


def executors(of):
    """Process ids of the executors below a process, by what Linux tells of their parents."""
    found, parents = [], {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                parents[int(pid)] = int(file.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    for pid in parents:
        above, steps = pid, 0
        while above in parents and steps < 20 and above != of:
            above, steps = parents[above], steps + 1
        if above != of:
            continue
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if b"CoarseGrainedExecutorBackend" in file.read():
                    found.append(pid)
        except OSError:
            continue
    return found


def run(binary, bundles, out, workers, kill=False):
    """One job; with `kill`, an executor dies as soon as bundles are under way."""
    command = [spark_submit(), "--master", f"local-cluster[{workers},1,1024]", "--conf", "spark.ui.enabled=false",
               "--conf", "spark.executor.memory=512m", os.path.join(HERE, "fleet.py"), bundles, out, "--bin", binary,
               "--threads", "1"]
    job = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                           env={**os.environ, "PYSPARK_PYTHON": sys.executable})
    killed = []

    def killer():
        while job.poll() is None and not killed:
            time.sleep(1)
            running = executors(job.pid)
            if len(running) >= workers:
                time.sleep(6)
                os.kill(running[0], signal.SIGKILL)
                killed.append(running[0])

    if kill:
        threading.Thread(target=killer, daemon=True).start()
    said, errors = job.communicate()
    if job.returncode != 0:
        sys.exit(f"{workers} workers: status {job.returncode}\n{errors[-3000:]}")
    if kill and not killed:
        sys.exit("no worker was killed")
    line = next(line for line in said.splitlines() if "bundles a minute" in line)
    print(f"{workers} worker{'s' if workers > 1 else ''}{', one killed' if kill else ''}: {line}", flush=True)
    return int(line.split()[0]), int(re.search(r"(\d+) failed", line).group(1))


def golden(binary, store, *words):
    done = subprocess.run([binary, *words, "--json", "--store", store], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def main():
    binary, bundles = map(os.path.abspath, sys.argv[1:3])
    work = tempfile.mkdtemp(prefix="goldenhour-fleet-")
    evidence = os.path.join(work, "bundles")
    os.mkdir(evidence)
    names = sorted(os.listdir(bundles))
    for name in names:
        os.symlink(os.path.join(bundles, name), os.path.join(evidence, name))
    os.mkdir(os.path.join(evidence, "nothing-in-it"))
    wanted = (len(names) + 1, 1)
    out = os.path.join(work, "out")
    for workers, kill in ((1, False), (2, False), (2, True)):
        assert run(binary, evidence, out, workers, kill) == wanted, wanted
    store = os.path.join(work, "store.db")
    lines = os.path.join(out, "jsonl")
    first, again = (golden(binary, store, "incidents", "import", lines) for _ in range(2))
    assert first["new"] == len(names) and again["same"] == len(names), (first, again)
    export = os.path.join(work, "export")
    golden(binary, store, "trends", "--export", export)
    read(export, len(names))
    shutil.rmtree(work)
    print("fleet: all of it holds")


def read(export, count):
    """The export as DuckDB and Spark read it, without being told anything."""
    import duckdb
    for form, reader in (("jsonl", "read_json('{}/**/*.jsonl', hive_partitioning = true, maximum_object_size = 1000000000)"),
                         ("csv", "read_csv('{}/**/*.csv', hive_partitioning = true)")):
        source = reader.format(os.path.join(export, form))
        rows = duckdb.sql(f"select month, site, count(*), count(distinct cause) from {source} group by all").fetchall()
        assert sum(row[2] for row in rows) == count, (form, rows)
        print(f"DuckDB, {form}: {rows[:3]} …", flush=True)
    from pyspark.sql import SparkSession
    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    for form, frame in (("jsonl", spark.read.json(os.path.join(export, "jsonl"))),
                        ("csv", spark.read.option("header", True).csv(os.path.join(export, "csv")))):
        rows = frame.groupBy("month", "site").count().collect()
        assert sum(row["count"] for row in rows) == count, (form, rows)
        assert "id" in frame.columns and "cause" in frame.columns, frame.columns
        print(f"Spark, {form}: {len(rows)} partitions, {count} incidents", flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
