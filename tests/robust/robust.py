#!/usr/bin/env python3
"""How robust is the verdict?  robust.py BIN INCIDENTS_DIR

INCIDENTS_DIR holds `bundles/ID/…` and `truth/ID.json` (CONTRACT.md §4). For every bundle it runs BIN analyze on
  whole     the bundle as it is
  without F the bundle without one of its files, for each file
  names     the bundle with its file names exchanged among each other (fixed seed)
  flat      the bundle with every file in one folder under a name without meaning
  with ID   the bundle's files and those of another one in one folder; either cause is right
and says what became of the verdict:
  kept      the right cause first, as sure as on the whole bundle (or surer)
  less-sure the right cause first with lower confidence
  undet     undetermined, or "nothing wrong" while the proof was taken away
  low       a wrong cause, low confidence
  medium    a wrong cause, medium confidence
  HIGH      a wrong cause with high confidence: must never happen
Calibration counts every run. Exit status: 0 no HIGH and the bars of issue 12 hold, 1 otherwise, 2 bad command line.
"""
import argparse, concurrent.futures, json, os, random, shutil, subprocess, sys, tempfile

RANK = {"low": 1, "medium": 2, "high": 3}
OUTCOMES = ["kept", "less-sure", "undet", "low", "medium", "HIGH", "failed"]
MODES = ["whole", "without", "names", "flat", "with"]


def files_of(bundle):
    """Relative paths of all files, in a fixed order."""
    found = []
    for folder, _, names in os.walk(bundle):
        found += [os.path.relpath(os.path.join(folder, n), bundle) for n in names]
    return sorted(found)


def place(source, target):
    """A second name for the file; a copy where links are not possible. Symbolic links are not evidence."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def analyse(binary, layout, timeout):
    """Runs on a folder with {name: source file}; -> (cause or status, confidence)."""
    work = tempfile.mkdtemp(prefix="robust-")
    try:
        for name, source in layout.items():
            place(source, os.path.join(work, "in", name))
        out = os.path.join(work, "out")
        subprocess.run([binary, "analyze", os.path.join(work, "in"), "--out", out, "--format", "md", "--no-store",
                        "--no-progress", "--lang", "en"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=timeout, check=False)
        with open(os.path.join(out, "report.json"), encoding="utf-8") as f:
            verdict = json.load(f)["verdict"]
        if verdict["status"] == "determined":
            return verdict["cause"], verdict["confidence"]
        return verdict["status"], None
    except (OSError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
        return "failed: " + str(error), None
    finally:
        shutil.rmtree(work, ignore_errors=True)


def judge(answer, right, healthy, before):
    """One of OUTCOMES."""
    cause, confidence = answer
    if cause.startswith("failed"):
        return "failed"
    if cause in ("none", "undetermined"):
        return "kept" if healthy and cause == "none" else "undet"
    if cause in right:
        return "kept" if RANK[confidence] >= RANK.get(before, 0) else "less-sure"
    return "HIGH" if confidence == "high" else confidence


def layouts(bundles, ids, modes, rng):
    """-> [(mode, id, label, other id or None, {name: source})]"""
    jobs = []
    partners = {i: ids[(n + 1 + len(ids) // 3) % len(ids)] for n, i in enumerate(ids)}
    for i in ids:
        base = os.path.join(bundles, i)
        names = files_of(base)
        whole = {n: os.path.join(base, n) for n in names}
        if "without" in modes and len(names) > 1:
            for gone in names:
                jobs.append(("without", i, gone, None, {n: s for n, s in whole.items() if n != gone}))
        if "names" in modes:
            other = names[:]
            rng.shuffle(other)
            jobs.append(("names", i, "exchanged", None, {o: whole[n] for o, n in zip(other, names)}))
        if "flat" in modes:
            numbers = list(range(len(names)))
            rng.shuffle(numbers)
            jobs.append(("flat", i, "no names", None, {f"f{k:02}": whole[n] for k, n in zip(numbers, names)}))
        if "with" in modes:
            partner = partners[i]
            mixed = {os.path.basename(n): s for n, s in whole.items()}
            for n in files_of(os.path.join(bundles, partner)):
                name = os.path.basename(n)
                while name in mixed:
                    name = "2_" + name
                mixed[name] = os.path.join(bundles, partner, n)
            jobs.append(("with", i, partner, partner, mixed))
    return jobs


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("bin")
    ap.add_argument("incidents")
    ap.add_argument("--only", action="append", metavar="ID", help="bundles whose id starts so (repeatable)")
    ap.add_argument("--mode", action="append", choices=MODES, help="only these (repeatable); whole is always run")
    ap.add_argument("--jobs", type=int, default=1)
    ap.add_argument("--timeout", type=float, default=300)
    ap.add_argument("--json", metavar="FILE")
    a = ap.parse_args()
    bundles, truth_dir = os.path.join(a.incidents, "bundles"), os.path.join(a.incidents, "truth")
    if not os.path.isdir(bundles):
        ap.error(f"no such folder: {bundles}")
    ids = sorted(f[:-5] for f in os.listdir(truth_dir) if f.endswith(".json"))
    if a.only:
        ids = [i for i in ids if any(i.startswith(o) for o in a.only)]
    modes = a.mode or MODES
    truths = {}
    for i in ids:
        with open(os.path.join(truth_dir, i + ".json"), encoding="utf-8") as f:
            truths[i] = json.load(f)
    right = {i: {t["cause"], *t.get("also_first", [])} for i, t in truths.items()}
    healthy = {i: bool(t.get("healthy")) or t["cause"] == "none" for i, t in truths.items()}
    binary = os.path.abspath(a.bin)

    rows, tally, calibration = [], {m: dict.fromkeys(OUTCOMES, 0) for m in MODES}, {c: [0, 0] for c in RANK}

    def record(mode, i, label, answer, good, is_healthy, before):
        outcome = judge(answer, good, is_healthy, before)
        tally[mode][outcome] += 1
        if answer[1]:
            calibration[answer[1]][1] += 1
            calibration[answer[1]][0] += answer[0] in good
        rows.append({"bundle": i, "mode": mode, "what": label, "cause": answer[0], "confidence": answer[1],
                     "outcome": outcome})
        if outcome not in ("kept", "less-sure"):
            print(f"{outcome:<9} {i:<24} {mode:<8} {label:<44} {answer[0]} {answer[1] or ''}  (is {', '.join(sorted(good))})",
                  flush=True)

    with concurrent.futures.ThreadPoolExecutor(max(1, a.jobs)) as pool:
        def whole(i):
            base = os.path.join(bundles, i)
            return analyse(binary, {n: os.path.join(base, n) for n in files_of(base)}, a.timeout)
        first = dict(zip(ids, pool.map(whole, ids)))
        for i in ids:
            record("whole", i, "", first[i], right[i], healthy[i], first[i][1])
        jobs = layouts(bundles, ids, modes, random.Random(12))
        answers = pool.map(lambda job: analyse(binary, job[4], a.timeout), jobs)
        for (mode, i, label, partner, _), answer in zip(jobs, answers):
            good = right[i] | (right[partner] if partner else set())
            both_well = healthy[i] and (partner is None or healthy[partner])
            record(mode, i, label, answer, good, both_well, None if partner else first[i][1])

    print(f"\n{'':<9}" + "".join(f"{o:>11}" for o in OUTCOMES) + f"{'runs':>8}")
    for mode in MODES:
        total = sum(tally[mode].values())
        if total:
            print(f"{mode:<9}" + "".join(f"{tally[mode][o]:>11}" for o in OUTCOMES) + f"{total:>8}")
    print("\ncalibration over all runs: " + ", ".join(
        f"{c} {r} right of {n}" + (f" ({r / n:.1%})" if n else "") for c, (r, n) in reversed(calibration.items())))
    if a.json:
        with open(a.json, "w", encoding="utf-8") as f:
            json.dump(rows, f, indent=1, ensure_ascii=False)
    share = lambda c: calibration[c][0] / calibration[c][1] if calibration[c][1] else 1.0
    flipped = sum(t["HIGH"] + t["failed"] for t in tally.values())
    good = flipped == 0 and share("high") >= 0.98 and share("medium") >= 0.8
    print("PASS" if good else "BELOW THE BAR")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
