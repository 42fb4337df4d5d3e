#!/bin/sh
# Makes the archive for the rescue PC: scripts/dist.sh [DIR]    (default: dist)
# In it: the program, an example site file, the quick card (zh, en), the guide, man pages, completions, collect scripts,
# licences of everything linked in, a bill of materials, checksums. Needs Rust, a C compiler and python3.
set -eu
cd "$(dirname "$0")/.."
dist=${1:-dist}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
host=$(rustc -vV | sed -n 's/^host: //p')
name=goldenhour-$version-$host
into=$dist/$name
[ ! -e "$into" ] || { echo "$into exists: move it away first" >&2; exit 1; }
target=${CARGO_TARGET_DIR:-target}

cargo build --release --locked
mkdir -p "$into/collect"
cp "$target/release/goldenhour" "$into/"
cp README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE "$into/"
cp -R docs "$into/docs"
cp src/site/sample.toml "$into/site.example.toml"
cargo run --quiet --release --locked --example manual -- "$into"
"$into/goldenhour" collect --os linux > "$into/collect/collect-linux.sh"
"$into/goldenhour" collect --os aix > "$into/collect/collect-aix.sh"
"$into/goldenhour" collect --os windows > "$into/collect/collect-windows.ps1"
python3 scripts/materials.py "$into"

# shellcheck disable=SC2094  # the list leaves itself out
( cd "$into" && find . -type f ! -name SHA256SUMS | LC_ALL=C sort | xargs sha256sum > SHA256SUMS )
tar czf "$dist/$name.tar.gz" -C "$dist" "$name"
( cd "$dist" && sha256sum "$name.tar.gz" > "$name.tar.gz.sha256" )
ls -l "$into/goldenhour" "$dist/$name.tar.gz"
