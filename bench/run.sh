#!/usr/bin/env bash
# `make bench`: measures each figure beside its peer in the same run, prints a line a figure, and writes
# build/bench.json. An argument keeps the figures whose name it matches (an extended regular expression).
# A figure is a function figure_NAME that prints one JSON object a line; see docs/benchmarks.md.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${FAASM_BUILD_DIR:-build}")
only=${1:-.}
work=$build/bench
mkdir -p "$work"
faasm=$build/bin/faasm
codegen=$build/bin/faasm-codegen
compare=$build/bench/compare
export FAASM_CACHE=$work/cache

# A kernel as wasm -O3 through `faasm run` beside the same source built natively -O3: whole processes,
# with the compiled object cached. Outputs must be equal.
kernel() {
  local name=$1 source=bench/kernels/$1.c
  clang-19 -O3 "$source" -o "$work/$name" -lm
  "$faasm" cc -O3 "$source" -o "$work/$name.wasm" -lm
  diff <("$work/$name") <("$faasm" run "$work/$name.wasm") >&2
  "$compare" "kernel_$name" "native -O3" 7 "$faasm" run "$work/$name.wasm" --vs "$work/$name"
}
figure_kernel_matmul() { kernel matmul; }
figure_kernel_nbody() { kernel nbody; }
figure_kernel_sha256() { kernel sha256; }
figure_kernel_mandelbrot() { kernel mandelbrot; }

# Start to exit of `faasm run` of a hello whose object is cached.
figure_run_hello() {
  clang-19 -O2 bench/kernels/hello.c -o "$work/hello"
  "$faasm" cc bench/kernels/hello.c -o "$work/hello.wasm"
  "$faasm" run "$work/hello.wasm" >/dev/null
  "$compare" run_hello "native hello" 300 "$faasm" run "$work/hello.wasm" --vs "$work/hello"
}

# Kilobytes (1000 bytes) of wasm a second of user and system time, on one core at the default level. The peer
# is node compiling the same file with its optimising tier alone, also on one core.
figure_codegen_speed() {
  local wasm=$work/large.wasm
  [ "$wasm" -nt bench/large_module.cpp ] ||
    "$faasm" c++ -std=c++20 -O3 -Wl,--strip-debug bench/large_module.cpp -o "$wasm"
  taskset -c 0 "$compare" codegen_speed "node, optimising tier" 3 \
    "$codegen" "$wasm" "$work/large.so" \
    --vs node --no-liftoff --no-wasm-lazy-compilation --single-threaded \
    -e "new WebAssembly.Module(require('fs').readFileSync('$wasm'))" |
    jq -c --argjson bytes "$(stat -c %s "$wasm")" '
      .value = ($bytes / .value * 10 | round / 10) |
      .peer_value = ($bytes / .peer_value * 10 | round / 10) |
      .ratio = (.value / .peer_value * 1000 | round / 1000) | .unit = "KB/s"'
}

# Figures of calls, by a program of their own (bench/calls.c).
calls() {
  local wasm=$work/calls.wasm
  [ "$wasm" -nt bench/guests/calls.c ] || "$faasm" cc -O2 bench/guests/calls.c -o "$wasm"
  "$build/bench/calls" "$wasm" "$codegen" "$1"
}
for name in call_ready call_ready_16t call_dirty16 faaslet_cold faaslet_rss chain_await fanout_10k stop_latency; do
  eval "figure_$name() { calls $name; }"
done

figures=$(declare -F | awk '{print $3}' | sed -n 's/^figure_//p' | grep -E -- "$only" || true)
[ -n "$figures" ] || { echo "bench: no figure matches '$only'" >&2; exit 1; }
lines=$work/lines.json
: >"$lines"
printf '%-24s %12s %-6s %12s %8s  %s\n' name value unit 'peer value' ratio peer
for figure in $figures; do
  figure_"$figure" >"$work/line.json"
  cat "$work/line.json" >>"$lines"
  jq -r '[.name, .value, .unit, .peer_value, .ratio, .peer] | @tsv' "$work/line.json" |
    while IFS=$'\t' read -r name value unit peer_value ratio peer; do
      printf '%-24s %12s %-6s %12s %8s  %s\n' "$name" "$value" "$unit" "$peer_value" "$ratio" "$peer"
    done
done
jq -s . "$lines" >"$build/bench.json"
