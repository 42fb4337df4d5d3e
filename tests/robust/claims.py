#!/usr/bin/env python3
"""What is claimed of single artefacts?  claims.py BIN CORPUS_DIR [--skip NAME…]

Runs BIN analyze on every file of the corpus alone and prints one line for each verdict, and how often each cause was claimed
with which confidence. One artefact alone must not be called "high" unless it is proof: look at those lines.
"""
import argparse, collections, concurrent.futures, json, os, shutil, subprocess, sys, tempfile

NO_EVIDENCE = {"README.md", "TRUTH.tsv", "MANIFEST.tsv", "SOURCES.tsv", "LICENSES.md"}


def claim(binary, path):
    work = tempfile.mkdtemp(prefix="claims-")
    try:
        done = subprocess.run([binary, "analyze", path, "--out", work, "--format", "md", "--no-store", "--no-progress",
                               "--lang", "en"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300, check=False)
        if done.returncode == 3:
            return "nothing to read", "-", ""
        with open(os.path.join(work, "report.json"), encoding="utf-8") as f:
            report = json.load(f)
        verdict = report["verdict"]
        if verdict["status"] != "determined":
            return verdict["status"], "-", ""
        return verdict["cause"], verdict["confidence"], verdict["headline"]["en"]
    except (OSError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
        return f"failed: {type(error).__name__}", "-", ""
    finally:
        shutil.rmtree(work, ignore_errors=True)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("bin")
    ap.add_argument("corpus")
    ap.add_argument("--jobs", type=int, default=1)
    ap.add_argument("--skip", action="append", default=[], help="folders of the corpus to leave out")
    a = ap.parse_args()
    binary = os.path.abspath(a.bin)
    files = []
    for folder, folders, names in os.walk(a.corpus):
        folders[:] = sorted(f for f in folders if f not in a.skip)
        files += [os.path.join(folder, n) for n in sorted(names) if n not in NO_EVIDENCE]
    tally = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(max(1, a.jobs)) as pool:
        for path, (cause, confidence, headline) in zip(files, pool.map(lambda p: claim(binary, p), files)):
            tally[(os.path.relpath(path, a.corpus).split(os.sep)[0], confidence, cause)] += 1
            if confidence != "-" or cause.startswith("failed"):
                print(f"{confidence:<7} {cause:<24} {os.path.relpath(path, a.corpus):<60} {headline}", flush=True)
    print()
    for (kind, confidence, cause), n in sorted(tally.items()):
        print(f"{kind:<14} {confidence:<7} {cause:<28} {n:>5}")
    return 1 if any(cause.startswith("failed") for _, _, cause in tally) else 0


if __name__ == "__main__":
    sys.exit(main())
