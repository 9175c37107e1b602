#!/usr/bin/env bash
# Times the programs of bench/kernels, each in six builds that run in turn, ROUNDS times over:
#
#   kernels.sh FAASM WORK ROUNDS [KERNEL...]
#
# native: clang-19 -O3 (baseline x86-64); tuned: -march=native -ffp-contract=off besides; faasm and
# node run the same two wasm files, -O3 without and with -msimd128, node with its optimising tier alone.
# A kernel times itself, from the begin of its work to its end. All builds must give one checksum.
#
# The table goes to standard error: milliseconds of the native build, and the others as ratios to it
# (medians of the ratios round by round), then geometric means. Figures go to standard output, as build/bench.json
# holds them.
set -euo pipefail
faasm=$1 work=$2 rounds=$3
shift 3
sources=$(dirname "$0")/kernels
if [ $# -eq 0 ]; then
  for source in "$sources"/*.c; do set -- "$@" "$(basename "$source" .c)"; done
fi
mkdir -p "$work"

builds=(native tuned faasm_scalar faasm_simd node_scalar node_simd)

build_kernel() {
  local source=$sources/$1.c to=$work/$1
  [ -f "$source" ] || { echo "bench: no kernel '$1' in $sources" >&2; exit 1; }
  [ "$to.simd.wasm" -nt "$source" ] && [ "$to.simd.wasm" -nt "$sources/kernel.h" ] && return
  clang-19 -O3 "$source" -o "$to.native"
  clang-19 -O3 -march=native -ffp-contract=off "$source" -o "$to.tuned"
  "$faasm" cc -O3 "$source" -o "$to.scalar.wasm"
  "$faasm" cc -O3 -msimd128 "$source" -o "$to.simd.wasm"
}

cat >"$work/node.cjs" <<'JS'
const { WASI } = require('wasi');
const module_ = new WebAssembly.Module(require('fs').readFileSync(process.argv[2]));
const wasi = new WASI({ version: 'preview1' });
const { _initialize, ...rest } = new WebAssembly.Instance(module_, wasi.getImportObject()).exports;
if (_initialize) _initialize();
wasi.start({ exports: rest });
JS

run() { # run KERNEL BUILD: prints checksum and milliseconds
  case $2 in
  native | tuned) "$work/$1.$2" ;;
  faasm_*) "$faasm" run "$work/$1.${2#faasm_}.wasm" ;;
  node_*) node --no-warnings --no-liftoff --no-wasm-lazy-compilation "$work/node.cjs" "$work/$1.${2#node_}.wasm" ;;
  esac
}

# Lines: kernel, build, round, milliseconds. The compiled object is in the cache before the first round.
measure() {
  local kernel=$1 build round sum time expected=
  for build in faasm_scalar faasm_simd; do run "$kernel" "$build" >/dev/null; done
  for ((round = 0; round < rounds; round++)); do
    for build in "${builds[@]}"; do
      read -r sum time < <(run "$kernel" "$build") || { echo "bench: $kernel: $build failed" >&2; exit 1; }
      [ "$sum" = "${expected:=$sum}" ] ||
        { echo "bench: $kernel: $build computes $sum, native $expected" >&2; exit 1; }
      echo "$kernel $build $round $time"
    done
  done
}

times=$work/times
: >"$times"
printf '%-16s %9s' kernel 'native ms' >&2
printf ' %12s' "${builds[@]:1}" >&2
echo >&2
for kernel; do
  build_kernel "$kernel"
  measure "$kernel" >"$work/kernel_times"
  cat "$work/kernel_times" >>"$times"
  awk -v order="${builds[*]}" '
    function median(list, count,   i, j, swap) {
      for (i = 2; i <= count; i++)
        for (j = i; j > 1 && list[j] < list[j - 1]; j--) { swap = list[j]; list[j] = list[j - 1]; list[j - 1] = swap }
      return count % 2 ? list[(count + 1) / 2] : (list[count / 2] + list[count / 2 + 1]) / 2
    }
    { time[$2, $3] = $4; if ($3 + 1 > rounds) rounds = $3 + 1; kernel = $1 }
    END {
      count = split(order, builds)
      for (i = 1; i <= rounds; i++) list[i] = time["native", i - 1]
      printf "%-16s %9.1f", kernel, median(list, rounds)
      for (b = 2; b <= count; b++) {
        for (i = 1; i <= rounds; i++) list[i] = time[builds[b], i - 1] / time["native", i - 1]
        printf " %12.3f", median(list, rounds)
      }
      printf "\n"
    }' "$work/kernel_times" | tee -a "$work/rows.new" >&2
done
mv "$work/rows.new" "$work/rows"

awk '{ for (i = 3; i <= NF; i++) log_sum[i] += log($i) }
  END { printf "%-16s %9s", "geomean", ""; for (i = 3; i <= NF; i++) printf " %12.3f", exp(log_sum[i] / NR); printf "\n" }' \
  "$work/rows" >&2
awk 'function figure(name, value, peer, peer_value) {
    printf "{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"x\",\"peer\":\"%s\",\"peer_value\":%.3f,\"ratio\":%.3f}\n",
      name, value, peer, peer_value, value
  }
  { tuned += log($3); scalar += log($4); simd += log($5); node_scalar += log($6); node_simd += log($7)
    if ($5 > worst) { worst = $5; name = $1 }
    if ($1 == "interpreter") { loop = $5; node_loop = $7 } }
  END {
    figure("kernels_geomean", exp(simd / NR), "native -O3 (tuned to the CPU: peer_value)", exp(tuned / NR))
    figure("kernels_worst", worst, "native -O3: " name, 1)
    figure("kernels_scalar_geomean", exp(scalar / NR), "native -O3 (tuned to the CPU: peer_value)", exp(tuned / NR))
    if (loop) figure("interp_loop", loop, "native -O3", 1)
  }' "$work/rows"
