#!/usr/bin/env bash
# Differential testing: random valid modules, and mutations of real ones, run in node's V8 and here;
# what they return, log, trap with, and leave in memory and globals must be the same.
#   fuzz-diff.sh BUILD [MODULES [FIRST_SEED]]   generated modules, and those kept in tests/diff/*.wat
#   fuzz-diff.sh BUILD --one MODE FILE.wasm     "same" or "different", for wasm-reduce
# A module is made from its seed alone. Mismatches stay in BUILD/diff, with what both sides wrote; with
# KEEP=1 they are also minimised into tests/diff/. Exit code 77 when node or binaryen is not installed.
set -euo pipefail
build=$(realpath "$1")
here=$(realpath "$(dirname "$0")/..")
work=$build/diff
support=$work/support.wasm
scalar="--enable-bulk-memory --enable-multivalue --enable-sign-ext --enable-nontrapping-float-to-int
  --enable-mutable-globals"
batch=300 # modules; a worker runs those of a mode together

for program in node wasm-opt wasm-as wasm-reduce wat2wasm; do
  command -v "$program" >/dev/null || { echo "skipped: $program is not installed"; exit 77; }
done
# Tail calls are behind a flag in the engine of node 18, and later ones lose the flag.
engine=(node)
if node --v8-options | grep -e --experimental-wasm-return-call >/dev/null; then
  engine+=(--experimental-wasm-return-call)
fi
mkdir -p "$work"
[ -f "$support" ] || wat2wasm "$here/tests/diff/support.wat" -o "$support"

# How modules are made and run: what they may contain, and diff_runner's options.
modes=(vector-strict vector-fresh scalar-fresh real-fresh vector-quick reference-fresh
  throwing-strict throwing-fresh throwing-quick mutated-fresh)
# GNU ld starts in a tenth of the time; some modes have the linker of faasm-codegen.
options_of() {
  [[ $1 == *-quick ]] || echo "--linker ld"
  case $1 in
    vector-strict) echo "--strict --same" ;;
    scalar-fresh) echo "--opt-level 3 --parts 3" ;;
    vector-quick) echo "--strict --same --opt-level 0" ;;
    throwing-strict) echo "--strict --same" ;;
    throwing-fresh) echo "--opt-level 3 --parts 3" ;;
    throwing-quick) echo "--strict --same --opt-level 0" ;;
    fresh-strict) echo "--strict" ;;
    *) echo "" ;;
  esac
}

run_both() { # MODE FILE...: writes FILE.here and FILE.there, and what engine.mjs says of each
  local mode=$1 list=$2.list
  shift
  # shellcheck disable=SC2046 # options are words
  "$build/tests/diff_runner" $(options_of "$mode") --support "$support" "$@"
  printf '%s\n' "$@" >"$list"
  # One that ends or stops node must not hide the others: it is left out, and the rest goes on.
  while ! timeout "$((60 + 2 * $#))" "${engine[@]}" "$here/tests/diff/engine.mjs" "$support" "$list"; do
    while read -r file && [ -f "$file.there" ]; do :; done <"$list"
    [ -n "$file" ] || break # all are done
    echo "node failed" >"$file.there"
    echo "different $file"
    sed -i "1,\\|^$file\$|d" "$list"
    [ -s "$list" ] || break
  done
  rm -f "$list"
}

# A call that takes too long here has no counterpart: nothing is said of the module then. Without strict traps a
# load may trap later than something that traps after it, so which of the two is seen is left open.
same() { # MODE FILE
  local only=cat
  ! cmp -s "$2.here" "$2.there" || return 0
  [[ $(options_of "$1") == *--strict* ]] || only='sed s/^trap.*/trap/'
  cmp -s <($only "$2.here") <($only "$2.there") || grep -q '^trap deadline' "$2.here"
}

# Without strict traps LLVM drops a load that it finds to be of no consequence, and a trap with it. That is what
# happened when nothing but a missing trap of memory differs first, and strict traps leave no difference.
lacks_trap() { # MODE FILE
  [[ $(options_of "$1") != *--strict* ]] && [ "$(first_difference "$2")" = "trap memory" ] || return 1
  cp "$2" "$2.strict"
  run_both fresh-strict "$2.strict" >/dev/null
  same fresh-strict "$2.strict"
}
first_difference() { # what the other engine has there
  local line
  line=$(cmp <(sed "s/^trap .*/trap/" "$1.here") <(sed "s/^trap .*/trap/" "$1.there") | sed -n 's/.* line //p')
  [ -z "$line" ] || sed -n "${line}p" "$1.there"
}

if [ "${2:-}" = --one ]; then
  cd "$(mktemp -d)"
  trap 'rm -rf "$PWD"' EXIT
  cp "$4" one.wasm
  run_both "$3" "$PWD/one.wasm" >/dev/null 2>&1
  if same "$3" "$PWD/one.wasm"; then echo same; else echo different; fi
  exit 0
fi

count=${2:-200}
first=${3:-1}

make_real_modules() {
  local source name
  mkdir -p "$work/real"
  for source in "$here"/tests/diff/real_*.c; do
    name=$(basename "$source" .c)
    [ -f "$work/real/$name.wasm" ] || clang-19 --target=wasm32 -O2 -nostdlib -Wl,--no-entry -Wl,--export-dynamic \
      "$source" -o "$work/real/$name.wasm"
  done
  real=("$work"/real/*.wasm)
  wat2wasm --enable-all "$here/tests/diff/throws.wat" -o "$work/real_throws.wasm"
}

sizes=(0 1 2 0 1 2 3 0 1 4 2 5) # how often 400 bytes are doubled

features_of() { # MODE
  local features=$scalar
  [[ $1 == scalar-* ]] || features+=" --enable-simd"
  [[ $1 != vector-* ]] || features+=" --enable-tail-call --enable-threads"
  [[ $1 != reference-* ]] || features+=" --enable-reference-types"
  [[ $1 != throwing-* && $1 != mutated-* ]] || features+=" --enable-exception-handling"
  echo "$features"
}

# Modules of a mode, FILE of each SEED: small ones, and fewer large ones; most bytes become a few nodes each. What can
# be done for all of them by one process is: starting programs took most of the time.
generate() { # MODE SEED...
  local mode=$1 features seed file initial bytes=() throwing=() prepared=()
  shift
  features=$(features_of "$mode")
  for seed in "$@"; do
    file=$work/$seed.wasm
    bytes+=("$file.bytes" "$seed" "$((400 << sizes[seed / ${#modes[@]} % ${#sizes[@]}]))")
    throwing+=(seed="$seed" out="$file.throwing" "$file.printed")
    prepared+=(out="$file.wat" "$file.printed")
  done
  "$build/tests/diff_runner" --random "${bytes[@]}"
  for seed in "$@"; do
    file=$work/$seed.wasm
    initial=()
    [[ $mode != real-* ]] || initial=(--initial-fuzz="${real[seed / ${#modes[@]} % ${#real[@]}]}")
    [[ $mode != mutated-* ]] || initial=(--initial-fuzz="$work/real_throws.wasm")
    # shellcheck disable=SC2086 # features are words
    wasm-opt "$file.bytes" -ttf "${initial[@]}" --denan $features -S -o "$file.printed" 2>/dev/null ||
      : >"$file.printed" # it may crash
  done
  if [[ $mode == throwing-* ]]; then
    awk -f "$here/tests/diff/exceptions.awk" "${throwing[@]}"
    prepared=("${prepared[@]/%.printed/.throwing}")
  fi
  awk -f "$here/tests/diff/prepare.awk" "${prepared[@]}"
  made=()
  for seed in "$@"; do
    file=$work/$seed.wasm
    # shellcheck disable=SC2086
    if wasm-as $features --enable-reference-types "$file.wat" -o "$file" >/dev/null 2>&1; then
      made+=("$seed.wasm") # with references, since mutations have some in any case
    else
      unmade=$((unmade + 1)) # binaryen's slips: tuples, crashes
      remove "$seed.wasm"
    fi
  done
}

minimise() { # MODE FILE NAME
  local target=$here/tests/diff/$3.wat
  # shellcheck disable=SC2086
  timeout 600 wasm-reduce -b "$(dirname "$(command -v wasm-opt)")" $scalar --enable-simd --enable-tail-call --enable-threads --enable-exception-handling --enable-reference-types "$2" -t "$2.test.wasm" -w "$2.work.wasm" -to 60 \
    --command "bash $here/tools/fuzz-diff.sh $build --one $1 $2.test.wasm" >"$2.reduce.log" 2>&1 ||
    cp -n "$2" "$2.work.wasm"
  {
    echo ";; Found by tools/fuzz-diff.sh in mode $1, minimised."
    wasm2wat --enable-all "$2.work.wasm"
  } >"$target"
  echo "kept as $target"
}

declare -A compared=() refused=() # by mode
mismatches=0
lacking=0
unmade=0
check() { # MODE NAME...: files BUILD/diff/NAME
  local mode=$1 name file verdict done=()
  shift
  [ $# -gt 0 ] || return 0
  while read -r verdict file; do
    name=${file##*/}
    done+=("$name")
    case $verdict in
      refused) refused[$mode]=$((${refused[$mode]:-0} + 1)) ;;
      *) compared[$mode]=$((${compared[$mode]:-0} + 1)) ;;
    esac
    [ "$verdict" = different ] || continue
    if same "$mode" "$file"; then
      continue
    fi
    if lacks_trap "$mode" "$file"; then
      lacking=$((lacking + 1))
      continue
    fi
    mismatches=$((mismatches + 1))
    unset "done[-1]"
    echo "mismatch: $file ($mode)"
    diff "$file.here" "$file.there" | head -6 || true
    [ -z "${KEEP:-}" ] || minimise "$mode" "$file" "found_${name%.wasm}"
  done < <(run_both "$mode" "${@/#/$work/}")
  remove "${done[@]}"
}
remove() { # NAME...
  local name files=()
  for name in "$@"; do
    files+=("$work/$name" "$work/$name".{here,plan,there,bytes,printed,throwing,wat,strict,strict.here,strict.plan,strict.there})
  done
  [ $# -eq 0 ] || rm -f "${files[@]}"
}

make_real_modules
kept=()
for text in "$here"/tests/diff/*.wat; do
  name=$(basename "$text" .wat)
  [ "$name" != support ] || continue
  wat2wasm --enable-all "$text" -o "$work/$name.wasm"
  kept+=("$name.wasm")
done
# Kept ones in every mode: they take no time.
for mode in vector-strict vector-fresh vector-quick; do
  for name in ${kept[@]+"${kept[@]}"}; do
    cp "$work/$name" "$work/$mode-$name"
  done
  check "$mode" ${kept[@]+"${kept[@]/#/$mode-}"}
done
for name in ${kept[@]+"${kept[@]}"}; do rm "$work/$name"; done

run_batch() { # FIRST END
  local seed mode seeds
  for mode in "${!modes[@]}"; do
    seeds=()
    for ((seed = $1; seed < $2; seed++)); do
      [ $((seed % ${#modes[@]})) -ne "$mode" ] || seeds+=("$seed")
    done
    [ ${#seeds[@]} -gt 0 ] || continue
    generate "${modes[mode]}" "${seeds[@]}"
    check "${modes[mode]}" "${made[@]}"
  done
}

sum() { # NUMBER...
  local number total=0
  for number in "$@"; do total=$((total + number)); done
  echo "$total"
}

# Workers take batches in turn, as many workers as there are cores.
work_through() { # WORKER
  local begin end mode
  for ((begin = first + $1 * batch; begin < first + count; begin += workers * batch)); do
    end=$((begin + batch < first + count ? begin + batch : first + count))
    run_batch "$begin" "$end"
    [ "$count" -le "$batch" ] || echo "seeds $begin to $((end - 1)) done: $(sum "${compared[@]}") modules compared and $mismatches mismatches so far by worker $1"
  done
  for mode in "${!compared[@]}" "${!refused[@]}"; do
    echo "compared-$mode ${compared[$mode]:-0}"
    echo "refused-$mode ${refused[$mode]:-0}"
  done | sort -u >"$work/counts.$1"
  printf '%s\n' "mismatches $mismatches" "lacking $lacking" "unmade $unmade" >>"$work/counts.$1"
}
workers=${JOBS:-$(nproc)}
batch=$((count / workers + 1 < batch ? count / workers + 1 : batch))
rm -f "$work"/counts.*
pids=()
for ((worker = 1; worker < workers; worker++)); do
  (compared=() refused=() mismatches=0 lacking=0 unmade=0 && work_through "$worker") &
  pids+=($!)
done
work_through 0
for pid in ${pids[@]+"${pids[@]}"}; do wait "$pid"; done
sum_of() { # NAME: of all that begin so
  cat "$work"/counts.* | awk -v name="$1" 'index($1, name) == 1 { sum += $2 } END { print sum + 0 }'
}
for mode in "${modes[@]}"; do
  echo "$mode: $(sum_of "compared-$mode") compared, $(sum_of "refused-$mode") refused"
done
mismatches=$(sum_of mismatches)
echo "$(sum_of compared) modules compared, $mismatches mismatches ($(sum_of lacking) that only strict traps agree on); besides, $(sum_of refused) refused by both, $(sum_of unmade) that binaryen could not make"
[ "$mismatches" -eq 0 ]
