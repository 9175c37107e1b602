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

# Programs of bench/kernels in six builds: see bench/kernels.sh. KERNELS="lu sort" takes those only, ROUNDS=1 is quick.
figure_kernels() {
  # shellcheck disable=SC2086 # a list of names
  bench/kernels.sh "$faasm" "$work/kernels" "${ROUNDS:-3}" ${KERNELS:-} | grep -v interp_loop
}
figure_interp_loop() {
  bench/kernels.sh "$faasm" "$work/kernels" "${ROUNDS:-5}" interpreter | grep interp_loop
}

# Start to exit of `faasm run` of a hello whose object is cached.
figure_run_hello() {
  clang-19 -O2 bench/guests/hello.c -o "$work/hello"
  "$faasm" cc bench/guests/hello.c -o "$work/hello.wasm"
  "$faasm" run "$work/hello.wasm" >/dev/null
  "$compare" run_hello "native hello" 300 "$faasm" run "$work/hello.wasm" --vs "$work/hello"
}

# Two programs that print the nanoseconds of their own work: after a pair that is not counted, so many in turn.
own_times() { # own_times NAME PEER PAIRS OURS... --vs THEIRS...
  local name=$1 peer=$2 pairs=$3 ours=() pair
  shift 3
  while [ "$1" != --vs ]; do
    ours+=("$1")
    shift
  done
  shift
  for pair in $(seq 0 "$pairs"); do
    echo "$pair $("${ours[@]}") $("$@")"
  done | jq -Rsc --arg name "$name" --arg peer "$peer" '
    def median(f): map(f) | sort | .[length / 2 | floor];
    split("\n") | map(select(. != "") | split(" ") | map(tonumber)) | .[1:] |
    {name: $name, value: median(.[1]), unit: "ns", peer: $peer, peer_value: median(.[2]),
     ratio: (median(.[1] / .[2]) * 1000 | round / 1000)}'
}

# Nanoseconds to throw a C++ exception and catch it ten frames further up, beside the same source built
# natively with libstdc++, in turn; and the same where each frame has a destructor to run.
throw10() { # throw10 NAME [ARGUMENT]
  local source=bench/guests/throw.cpp
  clang++-19 -O2 "$source" -o "$work/throw"
  "$faasm" c++ -O2 "$source" -o "$work/throw.wasm"
  "$faasm" run "$work/throw.wasm" >/dev/null
  own_times "$1" "native -O2, libstdc++" 5 "$faasm" run "$work/throw.wasm" "${@:2}" --vs "$work/throw" "${@:2}"
}
figure_eh_throw10() { throw10 eh_throw10; }
figure_eh_throw10_destructors() { throw10 eh_throw10_destructors destructors; }

# Nanoseconds of a call through a pointer that dlsym gave, beside one through a pointer to a function of the
# program that does the same, in turn in one process.
figure_dlsym_call() {
  "$faasm" cc -O2 -shared -fPIC bench/guests/dlsym_module.c -o "$work/libdlsym.so"
  "$faasm" cc -O2 -rdynamic bench/guests/dlsym.c -o "$work/dlsym.wasm"
  "$faasm" run --with "$work/libdlsym.so" "$work/dlsym.wasm"
}

# Files: nanoseconds in the guest beside the same source built natively, in turn, in one folder.
files_figure() { # files_figure NAME VERB PAIRS
  mkdir -p "$work/files"
  clang-19 -O2 bench/guests/files.c -o "$work/files-native"
  "$faasm" cc -O2 bench/guests/files.c -o "$work/files.wasm"
  own_times "$1" "native -O2, same file system" "$3" "$faasm" run --dir "$work/files::/" "$work/files.wasm" "$2" / \
    --vs "$work/files-native" "$2" "$work/files"
}
figure_fd_read1() { files_figure fd_read1 read 7; }
figure_fd_write1() { files_figure fd_write1 write 7; }
figure_file_seq_read() { files_figure file_seq_read all 7; }
figure_mmap_touch() { files_figure mmap_touch map 51; }

# SQLite's own speed test, by the recipe of examples/ports, in seconds of user and system time.
figure_sqlite_speedtest() {
  local ports=$build/ports
  { [ -e "$ports/speedtest1" ] && [ "$ports/speedtest1.wasm" -nt "$faasm" ]; } ||
    FAASM=$faasm examples/ports/sqlite3.sh "$ports" native >&2
  mkdir -p "$work/files"
  "$compare" sqlite_speedtest "native -O2, same file system" 3 \
    sh -c "rm -f $work/files/*.db; $faasm run --dir $work/files::/ $ports/speedtest1.wasm --size 25 /a.db" \
    --vs sh -c "rm -f $work/files/*.db; $ports/speedtest1 --size 25 $work/files/b.db"
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

# A module out of a package of npm, in the build folder; false, with a word, where that cannot be had.
npm_module() { # npm_module PACKAGE FILE PATH-PATTERN
  [ ! -s "$work/$2" ] || return 0
  local folder
  folder=$(mktemp -d "$work/npm.XXXXXX")
  if (cd "$folder" && timeout 300 npm pack --silent "$1" >/dev/null 2>&1 && tar xzf ./*.tgz); then
    find "$folder" -path "$3" -exec cp {} "$work/$2" \; -quit
  fi
  rm -rf "$folder"
  [ -s "$work/$2" ] || { echo "skipped: npm has no $1 for us" >&2; return 1; }
}

# Seconds that a whole run of the compiler takes beside those that node takes within its process, in turn,
# and the memory of the largest process times how many there are at a time.
codegen_beside_node() { # codegen_beside_node NAME FILE ROUNDS PEER LEVEL NODE-FLAG...
  local name=$1 wasm=$work/$2 rounds=$3 peer=$4 level=$5 round begin said
  shift 5
  for ((round = 0; round < rounds; round++)); do
    begin=$(date +%s%N)
    said=$("$codegen" --opt-level "$level" --times "$wasm" "$work/npm.so" 2>&1)
    jq -nc --argjson value "$((($(date +%s%N) - begin) / 1000))" \
      --argjson memory "$(awk '$1 == "memory" { print $2 }' <<<"$said")" \
      --argjson peer "$(node "$@" --no-wasm-lazy-compilation -e "
        const bytes = require('fs').readFileSync('$wasm'), begin = process.hrtime.bigint();
        new WebAssembly.Module(bytes);
        console.log(Number((process.hrtime.bigint() - begin) / 1000n));")" \
      '{value: ($value / 1e6), peer: ($peer / 1e6), ratio: ($value / $peer), memory: $memory}'
  done | jq -sc --arg name "$name" --arg peer "$peer" --argjson jobs "$(nproc)" '
    def median(f): map(f) | sort | .[length / 2 | floor];
    {name: $name, value: median(.value), unit: "s", peer: $peer, peer_value: median(.peer),
     ratio: (median(.ratio) * 10 | round / 10), memory_mb: (median(.memory) * $jobs)}'
}
optimising=(--no-liftoff --no-wasm-tier-up)

figure_codegen_sqlite() {
  npm_module @sqlite.org/sqlite-wasm sqlite.wasm '*/jswasm/sqlite3.wasm' || return 0
  codegen_beside_node codegen_sqlite sqlite.wasm 3 "node, optimising tier" 2 "${optimising[@]}"
}
figure_codegen_sqlite_baseline() {
  npm_module @sqlite.org/sqlite-wasm sqlite.wasm '*/jswasm/sqlite3.wasm' || return 0
  codegen_beside_node codegen_sqlite_baseline sqlite.wasm 7 "node, baseline tier" 0 --liftoff-only
}
figure_codegen_esbuild() {
  npm_module esbuild-wasm esbuild.wasm '*/esbuild.wasm' || return 0
  codegen_beside_node codegen_esbuild esbuild.wasm 1 "node, optimising tier" 2 "${optimising[@]}"
}

# Figures of calls, by a program of their own (bench/calls.c).
calls() {
  local wasm=$work/calls.wasm
  [ "$wasm" -nt bench/guests/calls.c ] || "$faasm" cc -O2 bench/guests/calls.c -o "$wasm"
  "$build/bench/calls" "$wasm" "$codegen" "$1"
}
for name in call_ready call_ready_16t call_dirty16 faaslet_cold faaslet_rss host_call memory_grow memory_grow_touch chain_await fanout_10k stop_latency; do
  eval "figure_$name() { calls $name; }"
done

# `faasm serve` with the function echo, and the same HTTP library serving a constant, both on loopback.
http_start() {
  "$faasm" cc -O2 examples/echo/echo.c -o "$work/echo.wasm"
  rm -rf "$work/http" && mkdir -p "$work/http"
  "$faasm" serve --port 0 --log off --folder "$work/http/data" >"$work/http/faasm" &
  http_server=$!
  mkfifo "$work/http/end"
  "$build/bench/http_constant" <"$work/http/end" >"$work/http/constant" &
  http_peer=$!
  exec 8>"$work/http/end"
  trap 'http_stop' EXIT
  until grep -q http "$work/http/faasm" && [ -s "$work/http/constant" ]; do sleep 0.05; done
  FAASM_SERVER=$(sed 's/^faasm: listening on //' "$work/http/faasm")
  export FAASM_SERVER
  echo_url=$FAASM_SERVER/v1/functions/bench/echo/invoke
  constant_url=http://127.0.0.1:$(cat "$work/http/constant")/v1/functions/bench/echo/invoke
  "$faasm" upload bench/echo "$work/echo.wasm" >/dev/null
  cat >"$work/http/post.lua" <<'LUA'
wrk.method = "POST"
wrk.body = "hello"
local pause = tonumber(os.getenv("PAUSE_MILLISECONDS") or "0")
if pause > 0 then
  function delay() return math.floor(pause * 2 * math.random() + 0.5) end
end
LUA
}

http_stop() {
  trap - EXIT
  exec 8>&-
  kill "$http_server"
  wait "$http_server" "$http_peer" || true
}

# Prints requests a second, the 50th and 99th percentile of latency in microseconds, and the requests.
http_load() { # http_load URL CONNECTIONS SECONDS [PAUSE]
  PAUSE_MILLISECONDS=${4:-0} wrk -t 1 -c "$2" -d "$3" --latency -s "$work/http/post.lua" "$1" |
    awk 'function us(t) { return t ~ /us$/ ? t + 0 : t ~ /ms$/ ? t * 1000 : t * 1000000 }
      $1 == "50%" { p50 = us($2) } $1 == "99%" { p99 = us($2) } $1 == "Requests/sec:" { rate = $2 }
      /requests in/ { count = $1 } /Non-2xx/ { bad = 1 } END { if (bad) exit 1; print rate, p50, p99, count }'
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# A round at full load with 16 connections: adds "RATE COUNT MICROSECONDS" of CPU time to a file.
http_full() { # http_full URL PROCESS FILE
  local before after rate count _
  before=$(awk '{ print $14 + $15 }' "/proc/$2/stat")
  read -r rate _ _ count < <(http_load "$1" 16 1)
  after=$(awk '{ print $14 + $15 }' "/proc/$2/stat")
  echo "$rate $count $(((after - before) * 1000000 / $(getconf CLK_TCK)))" >>"$3"
}

http_cpu() { awk '{ count += $2; cpu += $3 } END { printf "%.1f", cpu / count }' "$1"; }

# Requests a second of an echo, keep-alive, 16 connections, beside the constant: short rounds in turn. CPU
# time of the server for a request says more than rates where others use the machine too.
figure_http_echo() {
  local round ours theirs
  http_start
  ours=$work/http/ours theirs=$work/http/theirs
  http_load "$echo_url" 16 1 >/dev/null
  http_load "$constant_url" 16 1 >/dev/null
  for round in 1 2 3 4 5 6 7 8 9; do
    http_full "$echo_url" $http_server "$ours"
    http_full "$constant_url" $http_peer "$theirs"
  done
  http_stop
  jq -nc --argjson value "$(median <"$ours")" --argjson peer "$(median <"$theirs")" \
    --argjson ratio "$(paste -d' ' "$ours" "$theirs" | awk '{ print $1 / $4 }' | median)" \
    --argjson cpu "$(http_cpu "$ours")" --argjson peer_cpu "$(http_cpu "$theirs")" \
    '{name: "http_echo", value: $value, unit: "1/s", peer: "libmicrohttpd, constant", peer_value: $peer,
      ratio: ($ratio * 1000 | round / 1000), cpu_us: $cpu, peer_cpu_us: $peer_cpu}'
}

# The 99th beside the 50th percentile of latency at half load: 64 connections that pause so long between
# requests that they make half of what 16 without a pause have just made. Adds "RATIO P99 P50 LOAD".
http_half() { # http_half URL FILE
  local full rate p50 p99 _
  read -r full p50 _ < <(http_load "$1" 16 1)
  read -r rate p50 p99 _ < <(http_load "$1" 64 1 "$(jq -n "[128000 / $full - $p50 / 1000, 1] | max")")
  jq -nr "[$p99 / $p50, $p99, $p50, $rate / $full] | map(tostring) | join(\" \")" >>"$2"
}

# Of the echo; the constant in turn tells what of that is the machine's and the library's.
figure_http_p99() {
  local round ours theirs
  http_start
  ours=$work/http/ours theirs=$work/http/theirs
  http_load "$echo_url" 16 1 >/dev/null
  for round in 1 2 3 4 5 6 7 8 9; do
    http_half "$echo_url" "$ours"
    http_half "$constant_url" "$theirs"
  done
  http_stop
  sort -n "$ours" | sed -n 5p | jq -Rc --argjson constant "$(median <"$theirs")" \
    --argjson load "$(awk '{ print $4 }' "$ours" | median)" 'split(" ") | map(tonumber) |
    {name: "http_p99", value: .[1], unit: "us", peer: "p50 of the same", peer_value: .[2],
     ratio: (.[0] * 100 | round / 100), constant_ratio: ($constant * 100 | round / 100),
     load: ($load * 100 | round / 100)}'
}

# Figures of state against Redis on loopback, by a program of their own (bench/state.c).
redis_figure() {
  local port=$((20000 + RANDOM % 10000)) redis
  redis-server --port "$port" --bind 127.0.0.1 --save "" --appendonly no >/dev/null &
  redis=$!
  until redis-cli -p "$port" ping >/dev/null 2>&1; do sleep 0.1; done
  "$build/bench/state" "$1" "$port" || echo "bench: $1 failed" >&2
  kill "$redis"
  wait "$redis" || true
}
figure_state_pull_64m() { redis_figure state_pull_64m; }
figure_state_push_64m() { redis_figure state_push_64m; }
figure_state_push_sparse() { redis_figure state_push_sparse; }
figure_lock_global() { redis_figure lock_global; }

# As functions see it (bench/guests/state.c), in turn with a yardstick of bench/state.c.
state_figure() { # state_figure NAME PEER YARDSTICK GUEST_ARGUMENTS...
  local name=$1 peer=$2 yardstick=$3 wasm=$work/state.wasm rounds=() round
  shift 3
  [ "$wasm" -nt bench/guests/state.c ] || "$faasm" cc -O2 bench/guests/state.c -o "$wasm"
  for round in 1 2 3 4 5 6 7; do
    rounds+=("$("$faasm" run "$wasm" "$@") $("$build/bench/state" "$yardstick")")
  done
  printf '%s\n' "${rounds[@]}" | awk '{ print $1 / $2, $1, $2 }' | sort -n | sed -n 4p |
    jq -Rc --arg name "$name" --arg peer "$peer" 'split(" ") | map(tonumber) |
      {name: $name, value: .[1], unit: "ns", peer: $peer, peer_value: .[2], ratio: (.[0] * 100 | round / 100)}'
}
figure_state_get_local() {
  local bytes
  for bytes in 1000 1000000 1000000000; do
    state_figure state_get_local "getppid; $bytes B" getppid get $bytes
  done
}
figure_lock_local() { state_figure lock_local getppid getppid lock; }
figure_lock_local_contended() { state_figure lock_local_contended "pthread mutex" mutex contended; }

# The SGD example on one host beside processes that each hold their own copy of the data set and of the
# weights and exchange the weights by Redis after each epoch (bench/sgd.c): the same gradient code, 8
# workers, the data set in the same Redis. The server is a new one for each run, so that it holds nothing yet.
sgd_epochs=20
sgd_start() {
  sgd_port=$((20000 + RANDOM % 10000))
  rm -rf "$work/training" && mkdir -p "$work/training"
  redis-server --port "$sgd_port" --bind 127.0.0.1 --save "" --appendonly no >/dev/null &
  sgd_redis=$!
  sgd_server=
  trap 'sgd_stop' EXIT
  until redis-cli -p "$sgd_port" ping >/dev/null 2>&1; do sleep 0.1; done
  "$build/bench/sgd" make "$work/training/data"
  "$build/bench/sgd" load "$sgd_port" "$work/training/data"
  "$faasm" cc -O3 examples/sgd/sgd.c -o "$work/training/sgd.wasm"
  sgd_serve
  "$faasm" upload bench/sgd "$work/training/sgd.wasm" --wait >/dev/null
  "$faasm" state set bench/sgd%2Fdata "$work/training/data"
}
sgd_serve() {
  sgd_quit
  rm -f "$work/training/listening"
  "$faasm" serve --port 0 --log off --workers 8 --folder "$work/training/folder" \
    --state-url "redis://127.0.0.1:$sgd_port" >"$work/training/listening" &
  sgd_server=$!
  until grep -qs http "$work/training/listening"; do sleep 0.05; done
  FAASM_SERVER=$(sed 's/^faasm: listening on //' "$work/training/listening")
  export FAASM_SERVER
}
sgd_quit() {
  if [ -n "$sgd_server" ]; then
    kill "$sgd_server" && wait "$sgd_server" || true
    sgd_server=
  fi
}
sgd_stop() {
  trap - EXIT
  sgd_quit
  kill "$sgd_redis" && wait "$sgd_redis" || true
}
sgd_ours() { # sgd_ours EPOCHS EVERY; see examples/sgd/sgd.c
  echo "$1 8 $2" >"$work/training/input"
  "$faasm" invoke bench/sgd --input "$work/training/input" >"$work/training/ours"
}
sgd_theirs() { # sgd_theirs EPOCHS
  local i
  for i in 0 1 2 3 4 5 6 7; do redis-cli -p "$sgd_port" del "peer:weights:$i" >/dev/null; done
  "$build/bench/sgd" train "$sgd_port" "$1" 8 >"$work/training/theirs"
}
sgd_seconds() { # sgd_seconds COMMAND...
  local begin
  begin=$(date +%s%N)
  "$@" || return
  echo $((($(date +%s%N) - begin) / 1000)) | awk '{ print $1 / 1e6 }'
}
sgd_accuracy() { sed 's/.* //' "$work/training/$1"; }

# Seconds from the start of the training to its result. `pushing_ratio`: where the weights also go to Redis after
# each epoch, for other hosts.
figure_sgd_speed() {
  local round ours theirs
  sgd_start
  for round in 1 2 3 4 5; do
    sgd_serve
    ours=$(sgd_seconds sgd_ours $sgd_epochs 0)
    theirs=$(sgd_seconds sgd_theirs $sgd_epochs)
    sgd_serve
    echo "$ours $theirs $(sgd_seconds sgd_ours $sgd_epochs 1) $(sgd_accuracy ours) $(sgd_accuracy theirs)"
  done >"$work/training/rounds"
  sgd_stop
  jq -Rsc 'def median(f): map(f) | sort | .[length / 2 | floor];
    def round3: . * 1000 | round / 1000;
    split("\n") | map(select(. != "") | split(" ") | map(tonumber)) |
    {name: "sgd_speed", value: (1 / median(.[0]) | round3), unit: "1/s",
     peer: "own copies, Redis", peer_value: (1 / median(.[1]) | round3), ratio: (median(.[1] / .[0]) | round3),
     pushing_ratio: (median(.[1] / .[2]) | round3), accuracy: median(.[3]), peer_accuracy: median(.[4])} |
    if .accuracy < 0.8 or .peer_accuracy < 0.8 then error("it has not learned") else . end' "$work/training/rounds"
}

# Kilobytes of memory, shared pages counted once, of processes.
sgd_pss() { # sgd_pss PROCESS...
  local process
  for process in "$@"; do
    cat "/proc/$process/smaps_rollup" 2>/dev/null || true
  done | awk '$1 == "Pss:" { sum += $2 } END { print sum + 0 }'
}
# The most that they take while a job runs, looked at ten times a second.
sgd_most() { # sgd_most JOB PROCESS-OF-SERVER...; without one: the job and its children
  local most=0 now job=$1
  shift
  while kill -0 "$job" 2>/dev/null; do
    # shellcheck disable=SC2046 # a list of processes
    now=$(sgd_pss $([ $# -gt 0 ] && echo "$@" || { echo "$job" && pgrep -P "$job"; }))
    most=$((now > most ? now : most))
    sleep 0.1
  done
  echo "$most"
}

# Kilobytes over what the same processes take before they have data.
figure_sgd_memory() {
  local idle job ours theirs
  sgd_start
  sgd_serve
  idle=$(sgd_pss "$sgd_server")
  sgd_ours $((2 * sgd_epochs)) 1 &
  ours=$(($(sgd_most $! "$sgd_server") - idle))
  mkfifo "$work/training/end"
  "$build/bench/sgd" idle "$sgd_port" 8 <"$work/training/end" &
  job=$!
  exec 8>"$work/training/end"
  sleep 0.5
  # shellcheck disable=SC2046 # a list of processes
  idle=$(sgd_pss $job $(pgrep -P $job))
  exec 8>&-
  wait $job
  sgd_theirs $((2 * sgd_epochs)) &
  theirs=$(($(sgd_most "$(sgd_child $!)") - idle))
  sgd_stop
  jq -nc --argjson value $ours --argjson peer $theirs --argjson accuracy "$(sgd_accuracy ours)" \
    --argjson peer_accuracy "$(sgd_accuracy theirs)" \
    '{name: "sgd_memory", value: $value, unit: "KB", peer: "own copies, Redis", peer_value: $peer,
      ratio: ($value / $peer * 1000 | round / 1000), accuracy: $accuracy, peer_accuracy: $peer_accuracy}'
}
# The program that a function in the background has started.
sgd_child() {
  local child
  until child=$(pgrep -P "$1" -x sgd); do sleep 0.01; done
  echo "$child"
}

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
