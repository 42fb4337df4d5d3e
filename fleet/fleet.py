#!/usr/bin/env python3
"""Golden Hour over a fleet of evidence bundles, on a Spark cluster.

    spark-submit fleet/fleet.py BUNDLES OUT --bin goldenhour [--site NAME] [--timeout 3600]

BUNDLES is a folder that every worker sees (each entry – a folder, .zip, .tar.gz – is one bundle) or an object store
with archives (s3a://bucket/evidence/*.zip). Each bundle is one task: a bundle that fails costs itself only, and the
bundles of a lost worker are done again by another. OUT gets

    OUT/jsonl/month=2026-11/site=…/part-….json   one incident a line, as `goldenhour trends --export` writes them
    OUT/runs/part-….json                         one line a bundle: seconds, exit status, what went wrong

and `goldenhour incidents import OUT/jsonl` reads the first.
"""
import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))
INCIDENT = """bundle string, id string, recorded_at string, analysed_at string, onset string, status string,
    inspection boolean, cause string, confidence string, fingerprint string, priority string, scale string,
    report string, month string, site string"""
RUN = "bundle string, exit int, seconds double, error string, worker string"


def bundles(spark, where):
    """An RDD of (name, path or bytes), one bundle a partition."""
    context = spark.sparkContext
    if "://" in where:
        files = context.binaryFiles(where, minPartitions=1024)
        return files.map(lambda pair: (os.path.basename(pair[0]), bytes(pair[1])))
    names = sorted(name for name in os.listdir(where) if not name.startswith("."))
    paths = [(name, os.path.join(os.path.abspath(where), name)) for name in names]
    return context.parallelize(paths, max(len(paths), 1))


def analyse(name, bundle, binary, options, timeout):
    """One bundle through the binary: a row of the run, and the report when there is one. It never raises."""
    started = time.time()
    row = {"bundle": name, "exit": -1, "seconds": 0.0, "error": None, "worker": f"{os.uname().nodename}:{os.getppid()}"}
    report = None
    folder = tempfile.mkdtemp(prefix="goldenhour-")
    try:
        path = bundle
        if isinstance(bundle, bytes):
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(bundle)
        command = [binary, "analyze", path, "--out", os.path.join(folder, "out"), "--format", "md", "--no-store",
                   "--no-progress", *options]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=timeout)
        row["exit"] = done.returncode
        if done.returncode in (0, 1):
            with open(os.path.join(folder, "out", "report.json"), encoding="utf-8") as file:
                report = json.load(file)
        else:
            row["error"] = done.stderr.decode("utf-8", "replace")[-500:].strip()
    except subprocess.TimeoutExpired:
        row["error"] = f"not done after {timeout} s"
    except Exception as error:  # whatever it is, the other bundles go on
        row["error"] = f"{type(error).__name__}: {error}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    row["seconds"] = round(time.time() - started, 3)
    return row, report


def incident(name, report, site):
    """The line of an export for a report."""
    inside, verdict = report["incident"], report["verdict"]
    if site and not inside.get("site"):
        inside["site"] = site
    now = datetime.now(CHINA).isoformat(timespec="milliseconds")
    moment = inside.get("onset") or inside.get("last_evidence") or now
    # the local month of China, as the program's own export has it without --timezone
    month = datetime.fromisoformat(moment).astimezone(CHINA).strftime("%Y-%m")
    return {
        "bundle": name, "id": inside["id"], "recorded_at": now, "analysed_at": now, "onset": inside.get("onset"),
        "status": verdict["status"], "inspection": bool(report["tool"].get("inspection")), "cause": verdict.get("cause"),
        "confidence": verdict.get("confidence"), "fingerprint": verdict.get("fingerprint"),
        "priority": inside.get("priority"), "scale": inside.get("scale"),
        "report": json.dumps(report, ensure_ascii=False), "month": month, "site": inside.get("site"),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundles")
    parser.add_argument("out")
    parser.add_argument("--bin", required=True, help="the goldenhour binary; it is sent to the workers")
    parser.add_argument("--site", help="name of the site of bundles that tell none")
    parser.add_argument("--timeout", type=int, default=3600, help="seconds for one bundle")
    parser.add_argument("--threads", type=int, default=0, help="threads of one analysis (default: the worker's cores)")
    arguments = parser.parse_args()

    from pyspark import SparkFiles
    from pyspark.sql import SparkSession

    spark = (SparkSession.builder.appName("golden hour fleet")
             # a lost worker's bundle is tried again elsewhere, several times before the job gives up
             .config("spark.task.maxFailures", "8")
             .config("spark.sql.sources.partitionOverwriteMode", "dynamic")
             .getOrCreate())
    context = spark.sparkContext
    context.addFile(os.path.abspath(arguments.bin))
    binary_name = os.path.basename(arguments.bin)
    site, timeout = arguments.site, arguments.timeout
    options = ["--threads", str(arguments.threads)] if arguments.threads else []

    def one(pair):
        binary = SparkFiles.get(binary_name)
        os.chmod(binary, 0o755)
        row, report = analyse(pair[0], pair[1], binary, options, timeout)
        line = None
        if report is not None:
            try:
                line = incident(pair[0], report, site)
            except (KeyError, ValueError, TypeError) as error:
                row["error"] = f"not a report: {error}"
        return row, line

    started = time.time()
    # Kept on the workers: both outputs come from one run of each bundle.
    results = bundles(spark, arguments.bundles).map(one).persist()
    lines = spark.createDataFrame(results.map(lambda r: r[1]).filter(lambda line: line is not None), INCIDENT)
    lines.write.mode("overwrite").partitionBy("month", "site").json(os.path.join(arguments.out, "jsonl"))
    runs = spark.createDataFrame(results.map(lambda r: r[0]), RUN)
    runs.coalesce(1).write.mode("overwrite").json(os.path.join(arguments.out, "runs"))
    rows = results.map(lambda r: r[0]).collect()
    seconds = time.time() - started
    failed = [row for row in rows if row["error"] is not None]
    print(f"{len(rows)} bundles, {len(failed)} failed, {seconds:.1f} s, {len(rows) / seconds * 60:.1f} bundles a minute")
    for row in failed:
        print(f"  {row['bundle']}: exit {row['exit']}: {row['error']}")
    spark.stop()


if __name__ == "__main__":
    main()
