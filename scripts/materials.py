#!/usr/bin/env python3
"""What is linked in: a bill of materials (CycloneDX 1.5) and the licence texts, from `cargo metadata` and nothing else.

    scripts/materials.py DIR        writes DIR/sbom.cdx.json and DIR/THIRD-PARTY-LICENSES.txt
"""

import json
import os
import subprocess
import sys


def linked():
    """Packages that end in the binary: normal and build dependencies of the program, for this host."""
    host = next(line[6:] for line in subprocess.check_output(["rustc", "-vV"], text=True).splitlines() if line.startswith("host: "))
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", host]
    meta = json.loads(subprocess.check_output(command))
    packages = {package["id"]: package for package in meta["packages"]}
    nodes = {node["id"]: node for node in meta["resolve"]["nodes"]}
    root = meta["resolve"]["root"]
    seen, todo = set(), [root]
    while todo:
        at = todo.pop()
        if at in seen:
            continue
        seen.add(at)
        for dependency in nodes[at]["deps"]:
            if any(kind["kind"] in (None, "build") for kind in dependency["dep_kinds"]):
                todo.append(dependency["pkg"])
    return packages[root], sorted((packages[at] for at in seen), key=lambda p: (p["name"], p["version"]))


def component(package):
    return {
        "type": "library",
        "bom-ref": f"pkg:cargo/{package['name']}@{package['version']}",
        "name": package["name"],
        "version": package["version"],
        "purl": f"pkg:cargo/{package['name']}@{package['version']}",
        "licenses": [{"expression": package["license"].replace("/", " OR ")}] if package.get("license") else [],
    }


def texts(package):
    folder = os.path.dirname(package["manifest_path"])
    for name in sorted(os.listdir(folder)):
        if name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE")):
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                yield name, open(path, encoding="utf-8", errors="replace").read().strip()


def main():
    folder = sys.argv[1]
    root, packages = linked()
    others = [package for package in packages if package["source"]]
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {**component(root), "type": "application"}},
        "components": [component(package) for package in others],
    }
    with open(os.path.join(folder, "sbom.cdx.json"), "w", encoding="utf-8") as file:
        json.dump(bill, file, indent=1, ensure_ascii=False)
        file.write("\n")
    said = {}
    with open(os.path.join(folder, "THIRD-PARTY-LICENSES.txt"), "w", encoding="utf-8") as file:
        for package in others:
            file.write(f"{'=' * 100}\n{package['name']} {package['version']}: {package.get('license') or 'see its text'}\n")
            for name, text in texts(package):
                first = said.setdefault(text, f"{package['name']} {package['version']}, {name}")
                file.write(f"\n--- {name}\n")
                file.write(text + "\n" if first == f"{package['name']} {package['version']}, {name}" else f"(as of {first})\n")
            file.write("\n")
    without = [package["name"] for package in others if not package.get("license")]
    print(f"{len(others)} packages linked in" + (f"; without a licence: {without}" if without else ""))


main()
