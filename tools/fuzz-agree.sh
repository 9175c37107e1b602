#!/usr/bin/env bash
# Does wabt's wasm-validate accept the same modules as we do?
#   fuzz-agree.sh BUILD FOLDER    each .wasm file (or libFuzzer input) of the folder, and mutations of it
# Only what both know is compared: where we refuse a feature that we leave out or reach a limit of ours, nothing
# is said. Exit code 77 when wabt is not installed.
set -euo pipefail
build=$(realpath "$1")
folder=$(realpath "$2")
mutations=${MUTATIONS:-1}
command -v wasm-validate >/dev/null || { echo "skipped: wasm-validate is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

seed=1
mutate() { # IN OUT: overwrites one to three bytes, chosen by the seed
  local size offset
  cp "$1" "$2"
  size=$(stat -c %s "$1")
  RANDOM=$((seed += 1))
  for ((i = RANDOM % 3; i >= 0; i--)); do
    offset=$((8 + (RANDOM * 32768 + RANDOM) % (size - 8)))
    # shellcheck disable=SC2059 # the format is the byte
    printf "\\x$(printf %02x $((RANDOM % 256)))" | dd of="$2" bs=1 seek="$offset" conv=notrunc status=none
  done
}

# What we have beyond what it takes by default.
features=(--enable-{extended-const,multi-memory,threads,tail-call,exceptions,relaxed-simd})

compared=0
differ=0
compare() { # FILE NAME
  local ours theirs=accepted
  ours=$("$build/bin/fuzz_wasm_replay" --verdict "$1")
  wasm-validate "${features[@]}" "$1" >"$work/errors" 2>&1 || theirs=refused
  case $ours in
    unsupported*|*limit*|*"too many"*|*"too large"*) return ;;
  esac
  compared=$((compared + 1))
  if [ "$theirs" = accepted ] && [ "$ours" = accepted ]; then return; fi
  if [ "$theirs" = refused ] && [ "$ours" != accepted ]; then return; fi
  differ=$((differ + 1))
  echo "$2: we: $ours; wasm-validate: $theirs $(head -1 "$work/errors")"
  cp "$1" "$build/disagreement-$differ.wasm"
}

for file in "$folder"/*; do
  [ "$(stat -c %s "$file")" -gt 9 ] || continue
  compare "$file" "$(basename "$file")"
  for ((m = 0; m < mutations; m++)); do
    mutate "$file" "$work/mutated.wasm"
    compare "$work/mutated.wasm" "$(basename "$file") seed $seed"
  done
done
echo "$compared modules compared, $differ judged otherwise"
[ "$differ" -eq 0 ]
