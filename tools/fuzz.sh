#!/usr/bin/env bash
# Runs each libFuzzer target of a build for a while (SECONDS_EACH, default 60), from a corpus that it keeps in
# the build folder and begins with the modules of the WebAssembly test suite where that is present.
set -euo pipefail
build=$(realpath "$1")
cd "$(dirname "$0")/.."
suite=${FAASM_SPEC_TESTS:-../shared/spec-tests}
corpus=$build/corpus
work=
mkdir -p "$corpus"
mapfile -t targets < <(basename -s .c tests/fuzz/fuzz_*.c)
ninja -C "$build" --quiet "${targets[@]}" fuzz_wasm_replay

if [ -d "$suite" ] && [ -z "$(ls -A "$corpus")" ]; then
  suite=$(realpath "$suite")
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  for wast in "$suite"/*.wast; do
    (cd "$work" && wast2json "$wast") >/dev/null 2>&1 || true
  done
  find "$work" -name '*.wasm' -size -64k -exec cp {} "$corpus" \;
fi

# Modules with debug information, and their objects.
if [ -z "$(find "$corpus" -name 'debug-*')" ]; then
  debug=$(mktemp -d)
  trap 'rm -rf "$work" "$debug"' EXIT
  printf 'static inline int f(int x) { return x / 3; }\nint g(int x) {\n  return f(x) + 1; }\n' >"$debug/g.c"
  for version in 4 5; do
    for level in 0 2; do
      # Linked apart, as clang would have wasm-opt do more, which does not know all of version 5.
      clang-19 --target=wasm32 -gdwarf-$version -O$level -c "$debug/g.c" -o "$debug/g.o"
      wasm-ld-19 --no-entry --export=g "$debug/g.o" -o "$corpus/debug-$version-$level.wasm"
    done
    clang-19 -gdwarf-$version -O2 -shared -nostdlib -fPIC "$debug/g.c" -o "$corpus/debug-$version.so"
  done
fi

for target in "${targets[@]}"; do
  echo "fuzz: $target"
  # The code generator takes small modules only, and LLVM its memory.
  case $target in fuzz_codegen) limits="-max_len=8192 -timeout=60 -rss_limit_mb=3000" ;; *) limits=-max_len=65536 ;; esac
  # shellcheck disable=SC2086 # limits are words
  "$build/bin/$target" -max_total_time="${SECONDS_EACH:-60}" $limits -print_final_stats=1 \
    -artifact_prefix="$build/" "$corpus"
done

echo "agreement with wasm-validate:"
tools/fuzz-agree.sh "$build" "$corpus"
