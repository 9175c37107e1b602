#!/usr/bin/env bash
# Runs each libFuzzer target of a build for a while (SECONDS_EACH, default 60), from a corpus that it keeps in
# the build folder and begins with the modules of the WebAssembly test suite where that is present.
set -euo pipefail
build=$(realpath "$1")
cd "$(dirname "$0")/.."
suite=${FAASM_SPEC_TESTS:-../shared/spec-tests}
corpus=$build/corpus
mkdir -p "$corpus"
ninja -C "$build" --quiet $(cd tests/fuzz && ls fuzz_*.c | sed 's/\.c$//')

if [ -d "$suite" ] && [ -z "$(ls -A "$corpus")" ]; then
  suite=$(realpath "$suite")
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  for wast in "$suite"/*.wast; do
    (cd "$work" && wast2json "$wast") >/dev/null 2>&1 || true
  done
  find "$work" -name '*.wasm' -size -64k -exec cp {} "$corpus" \;
fi

for target in "$build"/bin/fuzz_*; do
  case $target in *_replay) continue ;; esac
  echo "fuzz: $(basename "$target")"
  "$target" -max_total_time="${SECONDS_EACH:-60}" -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$build/" "$corpus"
done
