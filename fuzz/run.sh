#!/usr/bin/env bash
# Fuzzes on a stable toolchain, without cargo-fuzz: coverage by the compiler's own passes, no sanitizer (the code is safe Rust).
#   fuzz/run.sh TARGET [SECONDS]      seeds: files of samples/ (and of the shared corpus, if it is there) of that kind, cut to
#                                     64 kB; crashes land in fuzz/artifacts/TARGET
set -euo pipefail
cd "$(dirname "$0")"
target=$1 seconds=${2:-60}
host=$(rustc -vV | sed -n 's/^host: //p')
export RUSTFLAGS="--cfg fuzzing -Copt-level=3 -Cdebug-assertions -Coverflow-checks -Cpasses=sancov-module -Ccodegen-units=1
 -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
 -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
RUSTFLAGS=$(printf %s "$RUSTFLAGS" | tr -d "\n")
cargo build --release --bin "$target" --target "$host"
mkdir -p "corpus/$target" "artifacts/$target"
seed() { # seed NAME FILE: the beginning of a sample, unpacked
  { gzip -dcf "$2" || true; } 2> /dev/null | head -c 65536 > "corpus/$target/$1" || true
}
case $target in
  hprof) for f in ../samples/*/*.hprof*; do seed "$(basename "$f")" "$f"; done ;;
  phd) for f in ../samples/*/*.phd*; do seed "$(basename "$f")" "$f"; done ;;
  site) cp ../src/site/sample.toml "corpus/site/sample" ;;
  intake)
    for f in ../samples/*/*.gz; do head -c 65536 "$f" > "corpus/intake/$(basename "$(dirname "$f")")-$(basename "$f")"; done
    tar cf corpus/intake/tar -C ../samples/j9 aix && gzip -kf corpus/intake/tar
    python3 -m zipfile -c corpus/intake/zip ../samples/j9/aix ../samples/j9/aix/*.txt ;;
  *) for f in ../samples/*/*.txt ../samples/*/*.log* ../samples/*/*/*.txt; do seed "$(basename "$(dirname "$f")")-$(basename "$f")" "$f"; done ;;
esac
shared=${GOLDENHOUR_SHARED:-../../shared}/corpus
case $target in
  javacore | hs_err | gc | system) folder=$target ;;
  thread_dump) folder=threads ;;
  log) folder=logs ;;
  *) folder= ;;
esac
if [ -n "$folder" ] && [ -d "$shared/$folder" ]; then
  for f in "$shared/$folder"/*; do seed "shared-$(basename "$f")" "$f"; done
fi
"target/$host/release/$target" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -max_len=65536 -print_final_stats=1 \
  -artifact_prefix="artifacts/$target/" "corpus/$target"
