#!/usr/bin/env bash
# `make demo`: the main job from nothing to a result. Compiles the word count, serves, uploads, counts the
# words of a real text with chained calls, checks the result against coreutils, and shows what it took.
set -euo pipefail
cd "$(dirname "$0")"
build=$(realpath "${FAASM_BUILD_DIR:-../build}")
faasm=$build/bin/faasm
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; } 2>/dev/null; rm -rf "$work"' EXIT

step() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
now() { date +%s%N; }
milliseconds() { awk -v ns="$1" 'BEGIN { printf "%.1f ms", ns / 1e6 }'; }

step "A text: the licences and copyright notices on this machine"
find -L /usr/share/common-licenses /usr/share/doc -type f \( -path '*common-licenses*' -o -name copyright \) \
  -print0 | sort -z | xargs -0 cat 2>/dev/null | head -c 8000000 >"$work/text" || true
echo "$(stat -c %s "$work/text") bytes"

step "Compile: C to WebAssembly"
for name in wordcount wordcount_map; do
  "$faasm" cc -O3 -o "$work/$name.wasm" wordcount/$name.c wordcount/word_table.c
  echo "$name.wasm: $(stat -c %s "$work/$name.wasm") bytes"
done

step "Serve, on a free port"
"$faasm" serve --port 0 --folder "$work/data" >"$work/server.out" 2>"$work/server.log" &
server=$!
for _ in $(seq 100); do
  FAASM_SERVER=$(sed -n 's/^faasm: listening on //p' "$work/server.out")
  [ -z "$FAASM_SERVER" ] || break
  sleep 0.1
done
[ -n "$FAASM_SERVER" ] || { cat "$work/server.log" >&2; exit 1; }
export FAASM_SERVER
echo "$FAASM_SERVER"

step "Upload: WebAssembly to native code"
codegen=0
for name in wordcount wordcount_map; do
  "$faasm" upload --json "demo/$name" "$work/$name.wasm" >"$work/upload.json"
  jq -r '"\(.user)/\(.name): \(.bytes) bytes of wasm, compiled in \(.codegen_seconds * 1e3 | round) ms"' \
    "$work/upload.json"
  codegen=$((codegen + $(jq '.codegen_seconds * 1e9 | round' "$work/upload.json")))
done

step "Invoke: split the text, count the pieces in chained calls, merge"
begin=$(now)
"$faasm" invoke demo/wordcount --input "$work/text" --output "$work/result"
first=$(($(now) - begin))
cat "$work/result"

step "Check against coreutils"
{
  echo "total words: $(LC_ALL=C wc -w <"$work/text")"
  LC_ALL=C tr -s '[:space:]' '\n' <"$work/text" | LC_ALL=C grep -a '[[:graph:]]' | LC_ALL=C sort |
    LC_ALL=C uniq -c | LC_ALL=C sort -k1,1nr -k2 | head | awk '{ print $1, $2 }'
} >"$work/expected" || true
diff "$work/expected" "$work/result"
echo "the same"

step "Again, and in numbers"
next=()
for _ in 1 2 3 4 5; do
  begin=$(now)
  "$faasm" invoke demo/wordcount --input "$work/text" >/dev/null
  next+=($(($(now) - begin)))
done
median=$(printf '%s\n' "${next[@]}" | sort -n | sed -n 3p)
echo "hello" >"$work/small"
"$faasm" bench demo/wordcount_map --input "$work/small" --count 5000 --concurrency 8 --json >"$work/bench.json"

echo
printf '%-52s %s\n' \
  "codegen of both functions" "$(milliseconds "$codegen")" \
  "first invoke of the word count (8 MB, chained)" "$(milliseconds "$first")" \
  "next invokes, median of 5" "$(milliseconds "$median")" \
  "small calls over HTTP, 8 at a time" "$(jq -r '"\(.calls_per_second | round) calls/s"' "$work/bench.json")"
echo
step "Shared state: machine learning by 8 workers on the same weights, without locks (HOGWILD)"
clang-19 -O3 -o "$work/sgd_native" sgd/sgd_native.c -lm
find /usr/share/common-licenses -type f | LC_ALL=C sort |
  xargs "$work/sgd_native" --make "$work/sgd_data" | sed 's/^/Is a text of the GNU project? /'
"$faasm" cc -O3 -o "$work/sgd.wasm" sgd/sgd.c
"$faasm" upload demo/sgd "$work/sgd.wasm" >/dev/null
"$faasm" state set demo/sgd%2Fdata "$work/sgd_data"
echo "plain C, one thread:  $("$work/sgd_native" "$work/sgd_data" 200)"
echo "200 8" >"$work/sgd_input"
begin=$(now)
echo "8 chained workers:    $("$faasm" invoke demo/sgd --input "$work/sgd_input")"
echo "in $(milliseconds $(($(now) - begin))), over one copy of data and weights. What they pushed:"
"$faasm" state ls demo/sgd

echo
echo "Yours: write a function as in README.md, then faasm cc, upload, invoke."
